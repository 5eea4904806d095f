// What MultiHeadAttention and GroupedQueryAttention share: options, projections, masks, the weighted mean.
import * as core from "@isoform/core";
import type { AnyDefaults, Resolved } from "../../config/options.js";
import type { ConstraintLike } from "../../constraints.js";
import type { SymbolicShape } from "../../engine/keras-tensor.js";
import { Layer, isShape, type LayerOptions } from "../../engine/layer.js";
import type { InitializerLike } from "../../initializers/index.js";
import { dropOut } from "../../nn/dropout.js";
import { SeedGenerator } from "../../random/seed.js";
import type { RegularizerLike } from "../../regularizers.js";
import { Tensor } from "../../tensor/tensor.js";
import { EinsumDenseLayer } from "../core/einsum-dense.js";
import { leftOut } from "../../nn/masked.js";

/** Options of a call. */
export interface MultiHeadCallOptions {
  readonly training?: boolean;
  /** Default: the value. */
  readonly key?: core.Tensor;
  /** `[batch, queries, values]` (or with a head axis): true = may see. */
  readonly attentionMask?: core.Tensor | null;
  readonly queryMask?: core.Tensor | null;
  readonly valueMask?: core.Tensor | null;
  readonly keyMask?: core.Tensor | null;
  /** Give the weights too: `[result, weights]`. */
  readonly returnAttentionScores?: boolean;
  readonly useCausalMask?: boolean;
}

/** Options that both layers share. */
export interface CommonOptions {
  readonly dropout?: number;
  readonly useBias?: boolean;
  /** Query i sees keys within this distance only. */
  readonly slidingWindow?: number | null;
  readonly kernelInitializer?: InitializerLike;
  readonly biasInitializer?: InitializerLike;
  readonly kernelRegularizer?: RegularizerLike;
  readonly biasRegularizer?: RegularizerLike;
  readonly activityRegularizer?: RegularizerLike;
  readonly kernelConstraint?: ConstraintLike;
  readonly biasConstraint?: ConstraintLike;
  /** Multiply the result of each head by a gate, a sigmoid of the query. */
  readonly useGate?: boolean;
  readonly seed?: number | null;
}
/** Defaults of the weight options. */
export const WEIGHTS = {
  kernelInitializer: "glorot_uniform",
  biasInitializer: "zeros",
  kernelRegularizer: null,
  biasRegularizer: null,
  activityRegularizer: null,
  kernelConstraint: null,
  biasConstraint: null,
};

/** What both share: projections, masks, the weighted mean. */
export interface HeadsBase extends Resolved<Omit<CommonOptions, "activityRegularizer">> {}
/** What both share: projections, masks, the weighted mean. */
export abstract class HeadsBase extends Layer {
  static override readonly callArguments: readonly string[] = ["query", "value"];
  declare seedGenerator: SeedGenerator | null;
  constructor(options: LayerOptions, defaults: AnyDefaults) {
    super(options, defaults);
    this.seedGenerator = this.dropout > 0 ? new SeedGenerator(this.seed) : null;
    this.supportsMasking = true;
    this.inputSpec = {};
  }
  /** A projection with this layer's initializers and the rest. */
  protected projection(
    name: string,
    equation: string,
    outputShape: SymbolicShape,
    biasAxes: string,
    activation: string | null = null,
  ): EinsumDenseLayer {
    return new EinsumDenseLayer(equation, outputShape, {
      name,
      activation,
      biasAxes: this.useBias ? biasAxes : null,
      kernelInitializer: this.kernelInitializer,
      biasInitializer: this.biasInitializer,
      kernelRegularizer: this.kernelRegularizer,
      biasRegularizer: this.biasRegularizer,
      kernelConstraint: this.kernelConstraint,
      biasConstraint: this.biasConstraint,
      dtype: this.dtypePolicy,
    });
  }
  /** Which keys each query may see, `[batch | 1, queries, keys]`, or null for all. Causality is left to the op when it is alone. */
  protected combinedMask(
    o: MultiHeadCallOptions,
    query: core.Tensor,
    value: core.Tensor,
    key: core.Tensor,
  ): { mask: core.Tensor | null; causal: boolean } {
    const carried = (given: unknown, t: core.Tensor) =>
      given instanceof core.Tensor ? given : t instanceof Tensor ? t.kerasMask : null;
    const parts: core.Tensor[] = [];
    const queryMask = carried(o.queryMask, query);
    const valueMask = carried(o.valueMask, value);
    const keyMask = key === value ? (o.keyMask ?? null) : carried(o.keyMask, key);
    if (queryMask) parts.push(core.unsqueeze(core.cast(queryMask, "bool"), [-1]));
    if (valueMask) parts.push(core.unsqueeze(core.cast(valueMask, "bool"), [-2]));
    if (keyMask) parts.push(core.unsqueeze(core.cast(keyMask, "bool"), [-2]));
    const [queries, keys] = [query.shape[1]!, value.shape[1]!];
    if (this.slidingWindow !== null) {
      const distance = core.abs(core.sub(core.iota([1, queries, keys], 1), core.iota([1, queries, keys], 2)));
      parts.push(core.lt(distance, this.slidingWindow));
    }
    if (o.attentionMask) parts.push(core.cast(o.attentionMask, "bool"));
    if (parts.length === 0) return { mask: null, causal: o.useCausalMask ?? false };
    if (o.useCausalMask)
      parts.push(core.ge(core.iota([1, queries, keys], 1), core.iota([1, queries, keys], 2)));
    const both = (a: core.Tensor, b: core.Tensor) => {
      const shape = core.broadcastShapes(a.shape, b.shape);
      return shape ? core.and(core.broadcastTo(a, shape), core.broadcastTo(b, shape)) : core.and(a, b);
    };
    return { mask: parts.reduce(both), causal: false };
  }
  /** Attention of `[batch, heads, steps, size]`; the weights only when they are needed. */
  protected attend(
    [q, k, v]: readonly [core.Tensor, core.Tensor, core.Tensor],
    { mask, causal }: { readonly mask: core.Tensor | null; readonly causal: boolean },
    o: MultiHeadCallOptions,
  ): readonly [core.Tensor, core.Tensor | null] {
    const size = q.shape.at(-1)!;
    const perHead = mask && mask.rank === 3 ? core.unsqueeze(mask, [1]) : mask;
    const least = leftOut(q.dtype);
    const drops = (o.training ?? false) && this.seedGenerator !== null;
    if (!drops && !o.returnAttentionScores) {
      const added = perHead && core.mul(core.cast(core.not(perHead), q.dtype), least);
      return [core.attention(q, k, v, added, { scale: 1 / Math.sqrt(size), causal }), null];
    }
    const scores = core.mul(core.matmul(q, core.swapaxes(k, -1, -2)), 1 / Math.sqrt(size));
    let seen = perHead && core.cast(perHead, "bool");
    if (causal) {
      const shape = [1, 1, q.shape.at(-2)!, k.shape.at(-2)!];
      const before = core.ge(core.iota(shape, 2), core.iota(shape, 3));
      seen = seen ? core.and(seen, before) : before;
    }
    const weights = seen
      ? core.where(seen, core.softmax(core.where(seen, scores, least), -1), 0)
      : core.softmax(scores, -1);
    const used = drops
      ? dropOut(this.describe(), weights, this.dropout, { seed: this.seedGenerator })
      : weights;
    return [core.matmul(used, v), weights];
  }
  override computeMask(_inputs: unknown, mask: unknown): unknown {
    return mask ?? null;
  }
}

/** A projection of a tensor. */
export function run(layer: EinsumDenseLayer, x: core.Tensor): core.Tensor {
  return layer<core.Tensor>(x);
}

/** Query, value and key of a call, and its options: the key is given by position, by name, or is the value. */
export function readCall(
  value: core.Tensor,
  third: MultiHeadCallOptions | core.Tensor,
  fourth: MultiHeadCallOptions = {},
): { readonly key: core.Tensor; readonly options: MultiHeadCallOptions } {
  return third instanceof core.Tensor
    ? { key: third, options: fourth }
    : { key: third.key ?? value, options: third };
}

/** Shape of the key: by position, by name, or that of the value. */
export function keyShapeOf(value: SymbolicShape, rest: KeyShape | undefined): SymbolicShape {
  return isShape(rest) ? rest : (rest?.key ?? value);
}

/** The third argument of `build`. */
export type KeyShape = SymbolicShape | { readonly key?: SymbolicShape };
