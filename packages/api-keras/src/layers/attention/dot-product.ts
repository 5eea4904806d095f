// Attention and AdditiveAttention: attention over lists [query, value, key].
import * as core from "@isoform/core";
import { constructible, type Constructible } from "@isoform/core";
import { oneOf, type AnyDefaults, type Defaults, type Resolved } from "../../config/options.js";
import { knownSize, listOf } from "../../engine/input-spec.js";
import type { SymbolicShape } from "../../engine/keras-tensor.js";
import { Layer, shapeList, type LayerOptions } from "../../engine/layer.js";
import { dropOut } from "../../nn/dropout.js";
import { SeedGenerator } from "../../random/seed.js";
import type { Variable } from "../../tensor/variable.js";

/** Options of a call. */
export interface AttentionCallOptions {
  readonly training?: boolean;
  /** Masks of query and value (true = use). */
  readonly mask?: unknown;
  /** Give the weights too: `[result, weights]`. */
  readonly returnAttentionScores?: boolean;
  /** Query i sees values 0…i only. */
  readonly useCausalMask?: boolean;
}

/** Options of `AdditiveAttention`. */
export interface AdditiveAttentionOptions {
  /** Whether a scale is learned. */
  readonly useScale?: boolean;
  readonly dropout?: number;
  readonly seed?: number | null;
}
/** Options of `Attention`. */
export interface AttentionOptions extends AdditiveAttentionOptions {
  readonly scoreMode?: "dot" | "concat";
}
const ADDITIVE: Defaults<AdditiveAttentionOptions> = { useScale: true, dropout: 0, seed: null };
const DOT: Defaults<AttentionOptions> = { useScale: false, scoreMode: "dot", dropout: 0, seed: null };

interface AttentionBase extends Resolved<AdditiveAttentionOptions> {}
abstract class AttentionBase extends Layer {
  scale: Variable | null = null;
  declare seedGenerator: SeedGenerator | null;
  constructor(options: LayerOptions, defaults: AnyDefaults) {
    super(options, defaults);
    this.seedGenerator = this.dropout > 0 ? new SeedGenerator(this.seed) : null;
    this.supportsMasking = true;
    this.takes = { ...listOf(2, 3), hint: "pass [query, value] or [query, value, key]" };
  }
  override build(shapes: unknown): void {
    this.buildFor(shapeList(shapes));
  }
  protected abstract buildFor(shapes: readonly SymbolicShape[]): void;
  /** `[batch, queries, values]`. */
  protected abstract scores(query: core.Tensor, key: core.Tensor): core.Tensor;

  override call(inputs: readonly core.Tensor[], options: AttentionCallOptions = {}): unknown {
    const [query, value] = inputs as [core.Tensor, core.Tensor];
    const key = inputs[2] ?? value;
    const masks = Array.isArray(options.mask) ? options.mask : [];
    let scores = this.scores(query, key);
    const allowed = valueMask(scores, masks[1], options.useCausalMask ?? false);
    if (allowed) {
      const limit = scores.dtype === "float16" ? 65504 : 1e9;
      scores = core.sub(scores, core.mul(core.cast(core.not(allowed), scores.dtype), limit));
    }
    let weights = core.softmax(scores, -1);
    if (options.training && this.seedGenerator)
      weights = dropOut(this.describe(), weights, this.dropout, { seed: this.seedGenerator! });
    let result = core.matmul(weights, value);
    const queryMask: unknown = masks[0];
    if (queryMask instanceof core.Tensor)
      result = core.mul(result, core.unsqueeze(core.cast(queryMask, result.dtype), [-1]));
    return options.returnAttentionScores ? [result, weights] : result;
  }
  override computeMask(_inputs: unknown, mask: unknown): unknown {
    return Array.isArray(mask) ? (mask[0] ?? null) : null;
  }
}

/** Which values each query may see, or null for all. */
function valueMask(scores: core.Tensor, mask: unknown, causal: boolean): core.Tensor | null {
  const padding = mask instanceof core.Tensor ? core.unsqueeze(mask, [-2]) : null;
  if (!causal) return padding;
  const [queries, values] = scores.shape.slice(-2) as [number, number];
  const shape = [1, queries, values];
  const lower = core.ge(core.iota(shape, 1), core.iota(shape, 2));
  return padding
    ? core.and(core.broadcastTo(padding, scores.shape), core.broadcastTo(lower, scores.shape))
    : lower;
}

interface AttentionLayer extends Resolved<AttentionOptions> {}
class AttentionLayer extends AttentionBase {
  static override readonly className: string = "Attention";
  concatScoreWeight: Variable | null = null;
  constructor(options: AttentionOptions & LayerOptions = {}) {
    super(options, DOT);
    oneOf(this.describe(), "scoreMode", this.scoreMode, ["dot", "concat"]);
  }
  protected override buildFor(): void {
    if (this.useScale) this.scale = this.addWeight({ name: "scale", shape: [], initializer: "ones" });
    if (this.scoreMode === "concat") {
      this.concatScoreWeight = this.addWeight({
        name: "concat_score_weight",
        shape: [],
        initializer: "ones",
      });
    }
  }
  protected override scores(query: core.Tensor, key: core.Tensor): core.Tensor {
    if (this.scoreMode === "dot") {
      const products = core.matmul(query, core.swapaxes(key, -1, -2));
      return this.scale ? core.mul(products, this.scale) : products;
    }
    const sum = core.add(core.unsqueeze(query, [-2]), core.unsqueeze(key, [-3]));
    const scaled = this.scale ? core.mul(sum, this.scale) : sum;
    return core.mul(core.sum(core.tanh(scaled), -1), this.concatScoreWeight!);
  }
}

class AdditiveAttentionLayer extends AttentionBase {
  static override readonly className: string = "AdditiveAttention";
  constructor(options: AdditiveAttentionOptions & LayerOptions = {}) {
    super(options, ADDITIVE);
  }
  protected override buildFor(shapes: readonly SymbolicShape[]): void {
    const size = knownSize(this.describe(), shapes[0]!, -1);
    if (this.useScale)
      this.scale = this.addWeight({ name: "scale", shape: [size], initializer: "glorot_uniform" });
  }
  protected override scores(query: core.Tensor, key: core.Tensor): core.Tensor {
    const sum = core.tanh(core.add(core.unsqueeze(query, [-2]), core.unsqueeze(key, [-3])));
    return core.sum(this.scale ? core.mul(sum, this.scale) : sum, -1);
  }
}

/**
 * Dot-product attention (Luong et al. 2015) of `[query, value]` or `[query, value, key]`: `[N, T_q, d]`,
 * `[N, T_v, d_v]`, `[N, T_v, d]` to `[N, T_q, d_v]`; with `returnAttentionScores` also the weights
 * `[N, T_q, T_v]`.
 * @throws {ArgumentError} when an option is unknown, `scoreMode` is neither `"dot"` nor `"concat"`, or the
 *   input is not a list of two or three tensors
 * @throws {ShapeError} when the shapes do not fit each other
 * @throws {DTypeError} when the inputs are not of a float dtype
 * @see keras.layers.Attention
 * @see Luong et al. 2015, https://arxiv.org/abs/1508.04025
 */
export const Attention: Constructible<typeof AttentionLayer> = /* @__PURE__ */ constructible(AttentionLayer);
/**
 * Additive attention (Bahdanau et al. 2015) of `[query, value]` or `[query, value, key]`: `[N, T_q, d]`,
 * `[N, T_v, d_v]`, `[N, T_v, d]` to `[N, T_q, d_v]`. Weight `scale` `[d]`.
 * @throws {ArgumentError} when an option is unknown or the input is not a list of two or three tensors
 * @throws {ShapeError} when the shapes do not fit each other or `d` is unknown
 * @throws {DTypeError} when the inputs are not of a float dtype
 * @see keras.layers.AdditiveAttention
 * @see Bahdanau et al. 2015, https://arxiv.org/abs/1409.0473
 */
export const AdditiveAttention: Constructible<typeof AdditiveAttentionLayer> =
  /* @__PURE__ */ constructible(AdditiveAttentionLayer);
