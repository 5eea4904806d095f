// MultiHeadAttention.
import * as core from "@isoform/core";
import { constructible, type Constructible } from "@isoform/core";
import { REQUIRED, positive, type Defaults, type Settled, given } from "../../config/options.js";
import { knownSize } from "../../engine/input-spec.js";
import type { SymbolicShape } from "../../engine/keras-tensor.js";
import type { LayerOptions } from "../../engine/layer.js";
import type { EinsumDenseLayer } from "../core/einsum-dense.js";
import {
  HeadsBase,
  WEIGHTS,
  keyShapeOf,
  readCall,
  run,
  type CommonOptions,
  type KeyShape,
  type MultiHeadCallOptions,
} from "./heads.js";

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
  _gateDense: EinsumDenseLayer | null = null;
  valueDense!: EinsumDenseLayer;
  outputDense!: EinsumDenseLayer;

  constructor(numHeads: number, keyDim: number, options: MultiHeadAttentionOptions & LayerOptions = {}) {
    super(given(options, { numHeads, keyDim }), MULTI);
    positive(this.describe(), "numHeads", numHeads);
    positive(this.describe(), "keyDim", keyDim);
    const list = (v: number | readonly number[] | null) => (typeof v === "number" ? [v] : v);
    this.settle({
      valueDim: (this.valueDim as number | null) ?? keyDim,
      outputShape: list(this.outputShape as number | readonly number[] | null),
      attentionAxes: list(this.attentionAxes as number | readonly number[] | null),
    });
  }

  override build(queryShape: SymbolicShape, valueShape: SymbolicShape, rest?: KeyShape): void {
    const keyShape = keyShapeOf(valueShape, rest);
    const rank = queryShape.length;
    if (this.attentionAxes === null)
      this.settle({ attentionAxes: Array.from({ length: rank - 2 }, (_, i) => i + 1) });
    const dense = (name: string, shape: SymbolicShape, size: number, activation?: string) => {
      const [equation, biasAxes] = projectionEquation(shape.length);
      const lead = Array.from({ length: shape.length - 1 }, () => null);
      const layer = this.projection(
        name,
        equation,
        [...lead.slice(1), this.numHeads, size],
        biasAxes,
        activation,
      );
      layer.build(shape);
      return layer;
    };
    this.queryDense = dense("query", queryShape, this.keyDim);
    this.keyDense = dense("key", keyShape, this.keyDim);
    if (this.useGate) this._gateDense = dense("gate", queryShape, this.valueDim, "sigmoid");
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
    const { key, options } = readCall(value, third, fourth);
    const axes = this.attentionAxes!;
    const q = toHeads(run(this.queryDense, query), axes);
    const k = toHeads(run(this.keyDense, key), axes);
    const v = toHeads(run(this.valueDense, value), axes);
    const [mixed, weights] = this.attend(
      [q.tensor, k.tensor, v.tensor],
      this.combinedMask(options, query, value, key),
      options,
    );
    const joined = fromHeads(mixed, q);
    const gated = this._gateDense ? core.mul(joined, run(this._gateDense, query)) : joined;
    const result = run(this.outputDense, gated);
    return options.returnAttentionScores ? [result, weights] : result;
  }
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

/**
 * Attention with several heads (Vaswani et al. 2017):
 * `layer(query, value, { key, attentionMask, useCausalMask, … })`, `[N, T_q, d]` and `[N, T_v, d_v]` to
 * `[N, T_q, d]` (or `[N, T_q, ...outputShape]`); with `returnAttentionScores` also the weights
 * `[N, heads, T_q, T_v]`. Weights query, key and value `[dim, heads, size]`, output `[heads, size, dim]`,
 * each with a bias.
 * @throws {ArgumentError} when an option is unknown, `numHeads` or `keyDim` is not a positive integer, or an
 *   attention axis is out of range
 * @throws {ShapeError} when a size is unknown, or inputs or masks do not fit each other
 * @see keras.layers.MultiHeadAttention
 * @see Vaswani et al. 2017, https://arxiv.org/abs/1706.03762
 */
export const MultiHeadAttention: Constructible<typeof MultiHeadAttentionLayer> =
  /* @__PURE__ */ constructible(MultiHeadAttentionLayer);
