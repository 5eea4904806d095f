// MultiHeadAttention and GroupedQueryAttention.
import * as core from "@isoform/core";
import { ArgumentError, constructible, type Constructible } from "@isoform/core";
import {
  REQUIRED,
  positive,
  type AnyDefaults,
  type Defaults,
  type Resolved,
  type Settled,
} from "../../config/options.js";
import type { ConstraintLike } from "../../constraints.js";
import { knownSize } from "../../engine/input-spec.js";
import type { SymbolicShape } from "../../engine/keras-tensor.js";
import { Layer, type LayerOptions } from "../../engine/layer.js";
import type { InitializerLike } from "../../initializers/index.js";
import { dropout } from "../../random/draws.js";
import { SeedGenerator } from "../../random/seed.js";
import type { RegularizerLike } from "../../regularizers.js";
import { Tensor } from "../../tensor/tensor.js";
import { EinsumDenseLayer } from "../core/einsum-dense.js";

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

interface CommonOptions {
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
  /** Not implemented: must be false. */
  readonly useGate?: boolean;
  readonly seed?: number | null;
}
const WEIGHTS = {
  kernelInitializer: "glorot_uniform",
  biasInitializer: "zeros",
  kernelRegularizer: null,
  biasRegularizer: null,
  activityRegularizer: null,
  kernelConstraint: null,
  biasConstraint: null,
};

interface HeadsBase extends Resolved<Omit<CommonOptions, "activityRegularizer">> {}
/** What both share: projections, masks, the weighted mean. */
abstract class HeadsBase extends Layer {
  declare seedGenerator: SeedGenerator | null;
  constructor(options: LayerOptions, defaults: AnyDefaults) {
    super(options, defaults);
    this.seedGenerator = this.dropout > 0 ? new SeedGenerator(this.seed) : null;
    this.supportsMasking = true;
    if (this.useGate) {
      throw new ArgumentError("useGate is not supported", {
        code: "argument/unsupported",
        op: this.describe(),
        hint: "leave it out",
      });
    }
  }
  /** A projection with this layer's initializers and the rest. */
  protected projection(
    name: string,
    equation: string,
    outputShape: SymbolicShape,
    biasAxes: string,
  ): EinsumDenseLayer {
    return new EinsumDenseLayer(equation, outputShape, {
      name,
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
    const added =
      perHead && core.mul(core.cast(core.not(perHead), q.dtype), q.dtype === "float16" ? -3e4 : -1e9);
    const drops = (o.training ?? false) && this.seedGenerator !== null;
    if (!drops && !o.returnAttentionScores) {
      return [core.attention(q, k, v, added, { scale: 1 / Math.sqrt(size), causal }), null];
    }
    let scores = core.mul(core.matmul(q, core.swapaxes(k, -1, -2)), 1 / Math.sqrt(size));
    if (added) scores = core.add(scores, added);
    if (causal) {
      const shape = [1, 1, q.shape.at(-2)!, k.shape.at(-2)!];
      scores = core.where(core.ge(core.iota(shape, 2), core.iota(shape, 3)), scores, -1e9);
    }
    const weights = core.softmax(scores, -1);
    const used = drops ? dropout(weights, this.dropout, { seed: this.seedGenerator }) : weights;
    return [core.matmul(used, v), weights];
  }
  override computeMask(_inputs: unknown, mask: unknown): unknown {
    return mask ?? null;
  }
}

/** Options of `MultiHeadAttention`, Keras' names and defaults. */
export interface MultiHeadAttentionOptions extends CommonOptions {
  /** Size of each value head; default (null) that of the keys. */
  readonly valueDim?: number | null;
  /** Last sizes of the output; default (null) those of the query. */
  readonly outputShape?: number | readonly number[] | null;
  /** Axes that attend to each other; default all between batch and features. */
  readonly attentionAxes?: number | readonly number[] | null;
}
interface MultiHeadConfig extends MultiHeadAttentionOptions {
  readonly numHeads: number;
  readonly keyDim: number;
}
const MULTI: Defaults<MultiHeadConfig> = {
  numHeads: REQUIRED,
  keyDim: REQUIRED,
  valueDim: null,
  dropout: 0,
  useBias: true,
  useGate: false,
  outputShape: null,
  attentionAxes: null,
  slidingWindow: null,
  ...WEIGHTS,
  seed: null,
};

interface MultiHeadFields {
  readonly valueDim: number;
  readonly attentionAxes: readonly number[] | null;
  readonly outputShape: readonly number[] | null;
}
interface MultiHeadAttentionLayer extends Settled<
  Omit<MultiHeadConfig, "activityRegularizer">,
  MultiHeadFields
> {}
class MultiHeadAttentionLayer extends HeadsBase {
  static override readonly className: string = "MultiHeadAttention";
  static override readonly positional: readonly string[] = ["numHeads", "keyDim"];
  static override readonly buildNames: readonly string[] = ["query_shape", "value_shape", "key_shape"];
  queryDense!: EinsumDenseLayer;
  keyDense!: EinsumDenseLayer;
  valueDense!: EinsumDenseLayer;
  outputDense!: EinsumDenseLayer;

  constructor(numHeads: number, keyDim: number, options: MultiHeadAttentionOptions & LayerOptions = {}) {
    super({ ...options, numHeads, keyDim } as LayerOptions, MULTI);
    positive(this.describe(), "numHeads", numHeads);
    positive(this.describe(), "keyDim", keyDim);
    const list = (v: number | readonly number[] | null) => (typeof v === "number" ? [v] : v);
    this.settle({
      valueDim: (this.valueDim as number | null) ?? keyDim,
      outputShape: list(this.outputShape as number | readonly number[] | null),
      attentionAxes: list(this.attentionAxes as number | readonly number[] | null),
    });
  }

  override build(
    queryShape: SymbolicShape,
    valueShape: SymbolicShape,
    rest?: { readonly key?: SymbolicShape } | SymbolicShape,
  ): void {
    const keyShape = Array.isArray(rest)
      ? (rest as SymbolicShape)
      : ((rest as { key?: SymbolicShape } | undefined)?.key ?? valueShape);
    const rank = queryShape.length;
    if (this.attentionAxes === null)
      this.settle({ attentionAxes: Array.from({ length: rank - 2 }, (_, i) => i + 1) });
    const dense = (name: string, shape: SymbolicShape, size: number) => {
      const [equation, biasAxes] = projectionEquation(shape.length);
      const lead = Array.from({ length: shape.length - 1 }, () => null);
      const layer = this.projection(name, equation, [...lead.slice(1), this.numHeads, size], biasAxes);
      layer.build(shape);
      return layer;
    };
    this.queryDense = dense("query", queryShape, this.keyDim);
    this.keyDense = dense("key", keyShape, this.keyDim);
    this.valueDense = dense("value", valueShape, this.valueDim);
    const letters = alphabet(rank - 1);
    const output = this.outputShape ?? [knownSize(this.describe(), queryShape, -1)];
    const extra = alphabet(output.length, rank + 1);
    const equation = `${letters}YZ,YZ${extra}->${letters}${extra}`;
    const lead = Array.from({ length: rank - 2 }, () => null);
    this.outputDense = this.projection("attention_output", equation, [...lead, ...output], extra);
    this.outputDense.build([...queryShape.slice(0, -1), this.numHeads, this.valueDim]);
  }

  override call(
    query: core.Tensor,
    value: core.Tensor,
    third: MultiHeadCallOptions | core.Tensor,
    fourth?: MultiHeadCallOptions,
  ): unknown {
    const options = third instanceof core.Tensor ? (fourth ?? {}) : third;
    const key = third instanceof core.Tensor ? third : (options.key ?? value);
    const axes = this.attentionAxes!;
    const q = toHeads(run(this.queryDense, query), axes);
    const k = toHeads(run(this.keyDense, key), axes);
    const v = toHeads(run(this.valueDense, value), axes);
    const [mixed, weights] = this.attend(
      [q.tensor, k.tensor, v.tensor],
      this.combinedMask(options, query, value, key),
      options,
    );
    const result = run(this.outputDense, fromHeads(mixed, q));
    return options.returnAttentionScores ? [result, weights] : result;
  }
}

function run(layer: EinsumDenseLayer, x: core.Tensor): core.Tensor {
  return layer<core.Tensor>(x);
}

const LETTERS = "abcdefghijklmnopqrstuvwx";
const alphabet = (n: number, from = 0) => LETTERS.slice(from, from + n);

/** `abc,cYZ->abYZ`, bias over heads and sizes. */
function projectionEquation(rank: number): readonly [equation: string, biasAxes: string] {
  const letters = alphabet(rank);
  const free = letters.slice(0, -1);
  return [`${letters},${letters.at(-1)}YZ->${free}YZ`, "YZ"];
}

interface Heads {
  /** `[batch…, heads, steps, size]`. */
  readonly tensor: core.Tensor;
  readonly perm: readonly number[];
  /** Shape before the attended axes were joined. */
  readonly moved: readonly number[];
  readonly attended: number;
}

/** `[batch, ...axes, heads, size]` with the attended axes joined behind the heads. */
function toHeads(x: core.Tensor, axes: readonly number[]): Heads {
  const rank = x.rank;
  const attended = axes.map((a) => (a < 0 ? a + rank - 1 : a));
  const free = x.shape.map((_, i) => i).filter((i) => i < rank - 2 && !attended.includes(i));
  const perm = [...free, rank - 2, ...attended, rank - 1];
  const moved = core.transpose(x, perm);
  const steps = attended.reduce((p, a) => p * x.shape[a]!, 1);
  const lead = free.map((a) => x.shape[a]!);
  const tensor = core.reshape(moved, [...lead, x.shape[rank - 2]!, steps, x.shape[rank - 1]!]);
  return { tensor, perm, moved: moved.shape, attended: attended.length };
}

/** The inverse of `toHeads` for results with the queries' axes. */
function fromHeads(x: core.Tensor, like: Heads): core.Tensor {
  const wide = core.reshape(x, [...like.moved.slice(0, -1), x.shape.at(-1)!]);
  const inverse = like.perm.map((_, i) => like.perm.indexOf(i));
  return core.transpose(wide, inverse);
}

/** Options of `GroupedQueryAttention`, Keras' names and defaults. */
export type GroupedQueryAttentionOptions = CommonOptions;
interface GroupedConfig extends CommonOptions {
  readonly headDim: number;
  readonly numQueryHeads: number;
  readonly numKeyValueHeads: number;
}
const GROUPED: Defaults<GroupedConfig> = {
  headDim: REQUIRED,
  numQueryHeads: REQUIRED,
  numKeyValueHeads: REQUIRED,
  useBias: true,
  useGate: false,
  slidingWindow: null,
  dropout: 0,
  ...WEIGHTS,
  seed: null,
};

interface GroupedQueryAttentionLayer extends Resolved<Omit<GroupedConfig, "activityRegularizer">> {}
class GroupedQueryAttentionLayer extends HeadsBase {
  static override readonly className: string = "GroupedQueryAttention";
  static override readonly positional: readonly string[] = ["headDim", "numQueryHeads", "numKeyValueHeads"];
  static override readonly buildNames: readonly string[] = ["query_shape", "value_shape", "key_shape"];
  _queryDense!: EinsumDenseLayer;
  _keyDense!: EinsumDenseLayer;
  _valueDense!: EinsumDenseLayer;
  _outputDense!: EinsumDenseLayer;

  constructor(
    headDim: number,
    numQueryHeads: number,
    numKeyValueHeads: number,
    options: GroupedQueryAttentionOptions & LayerOptions = {},
  ) {
    super({ ...options, headDim, numQueryHeads, numKeyValueHeads } as LayerOptions, GROUPED);
    positive(this.describe(), "headDim", headDim);
    positive(this.describe(), "numQueryHeads", numQueryHeads);
    positive(this.describe(), "numKeyValueHeads", numKeyValueHeads);
    if (numQueryHeads % numKeyValueHeads !== 0) {
      throw new ArgumentError(
        `${numQueryHeads} query heads do not split over ${numKeyValueHeads} key heads`,
        {
          code: "argument/invalid",
          op: this.describe(),
          hint: "numQueryHeads must be a multiple of numKeyValueHeads",
        },
      );
    }
  }
  override build(
    queryShape: SymbolicShape,
    valueShape: SymbolicShape,
    rest?: { readonly key?: SymbolicShape } | SymbolicShape,
  ): void {
    const keyShape = Array.isArray(rest)
      ? (rest as SymbolicShape)
      : ((rest as { key?: SymbolicShape } | undefined)?.key ?? valueShape);
    const dense = (name: string, shape: SymbolicShape, heads: number) => {
      const layer = this.projection(name, "bqm,muh->bquh", [null, heads, this.headDim], "uh");
      layer.build(shape);
      return layer;
    };
    this._queryDense = dense("query", queryShape, this.numQueryHeads);
    this._keyDense = dense("key", keyShape, this.numKeyValueHeads);
    this._valueDense = dense("value", valueShape, this.numKeyValueHeads);
    const size = knownSize(this.describe(), queryShape, -1);
    this._outputDense = this.projection("attention_output", "bquh,uhm->bqm", [null, size], "m");
    this._outputDense.build([queryShape[0] ?? null, queryShape[1] ?? null, this.numQueryHeads, this.headDim]);
  }
  override call(
    query: core.Tensor,
    value: core.Tensor,
    third: MultiHeadCallOptions | core.Tensor,
    fourth?: MultiHeadCallOptions,
  ): unknown {
    const options = third instanceof core.Tensor ? (fourth ?? {}) : third;
    const key = third instanceof core.Tensor ? third : (options.key ?? value);
    const repeats = this.numQueryHeads / this.numKeyValueHeads;
    const heads = (layer: EinsumDenseLayer, x: core.Tensor, n: number) =>
      core.transpose(core.repeatInterleave(run(layer, x), n, 2), [0, 2, 1, 3]);
    const q = heads(this._queryDense, query, 1);
    const k = heads(this._keyDense, key, repeats);
    const v = heads(this._valueDense, value, repeats);
    const [mixed, weights] = this.attend([q, k, v], this.combinedMask(options, query, value, key), options);
    const result = run(this._outputDense, core.transpose(mixed, [0, 2, 1, 3]));
    return options.returnAttentionScores ? [result, weights] : result;
  }
}

/**
 * Attention with several heads (Vaswani et al. 2017): `layer(query, value, { key, attentionMask, useCausalMask, … })`.
 * Weights query, key and value `[dim, heads, size]`, output `[heads, size, dim]`, each with a bias.
 */
export const MultiHeadAttention: Constructible<typeof MultiHeadAttentionLayer> =
  /* @__PURE__ */ constructible(MultiHeadAttentionLayer);
/** Attention in which several query heads share each key and value head (Ainslie et al. 2023). */
export const GroupedQueryAttention: Constructible<typeof GroupedQueryAttentionLayer> =
  /* @__PURE__ */ constructible(GroupedQueryAttentionLayer);
