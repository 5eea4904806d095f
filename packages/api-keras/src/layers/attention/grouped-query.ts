// GroupedQueryAttention.
import * as core from "@isoform/core";
import { ArgumentError, constructible, type Constructible } from "@isoform/core";
import type { ObjectConfig } from "../../config/object.js";
import { REQUIRED, positive, type Defaults, type Resolved, given } from "../../config/options.js";
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
  _gateDense: EinsumDenseLayer | null = null;
  _valueDense!: EinsumDenseLayer;
  _outputDense!: EinsumDenseLayer;

  constructor(
    headDim: number,
    numQueryHeads: number,
    numKeyValueHeads: number,
    options: GroupedQueryAttentionOptions & LayerOptions = {},
  ) {
    super(given(options, { headDim, numQueryHeads, numKeyValueHeads }), GROUPED);
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
  /** Files name the class as keras.layers does. */
  override _record(): ObjectConfig {
    return { ...super._record(), class_name: "GroupQueryAttention" };
  }
  override build(queryShape: SymbolicShape, valueShape: SymbolicShape, rest?: KeyShape): void {
    const keyShape = keyShapeOf(valueShape, rest);
    const dense = (name: string, shape: SymbolicShape, heads: number, activation?: string) => {
      const layer = this.projection(name, "bqm,muh->bquh", [null, heads, this.headDim], "uh", activation);
      layer.build(shape);
      return layer;
    };
    this._queryDense = dense("query", queryShape, this.numQueryHeads);
    this._keyDense = dense("key", keyShape, this.numKeyValueHeads);
    if (this.useGate) this._gateDense = dense("gate", queryShape, this.numQueryHeads, "sigmoid");
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
    const { key, options } = readCall(value, third, fourth);
    const repeats = this.numQueryHeads / this.numKeyValueHeads;
    const heads = (layer: EinsumDenseLayer, x: core.Tensor, n: number) =>
      core.transpose(core.repeatInterleave(run(layer, x), n, 2), [0, 2, 1, 3]);
    const q = heads(this._queryDense, query, 1);
    const k = heads(this._keyDense, key, repeats);
    const v = heads(this._valueDense, value, repeats);
    const [mixed, weights] = this.attend([q, k, v], this.combinedMask(options, query, value, key), options);
    const joined = core.transpose(mixed, [0, 2, 1, 3]);
    const gated = this._gateDense ? core.mul(joined, run(this._gateDense, query)) : joined;
    const result = run(this._outputDense, gated);
    return options.returnAttentionScores ? [result, weights] : result;
  }
}

/**
 * Attention in which several query heads share each key and value head (Ainslie et al. 2023):
 * `layer(query, value, { key, attentionMask, … })`, `[N, T_q, d]` and `[N, T_v, d_v]` to `[N, T_q, d]`; with
 * `returnAttentionScores` also the weights `[N, heads, T_q, T_v]`.
 * @throws {ArgumentError} when an option is unknown, a number is not a positive integer, or
 *   `numKeyValueHeads` does not divide `numQueryHeads`
 * @throws {ShapeError} when an input has not 3 axes, or inputs or masks do not fit each other
 * @see keras.layers.GroupQueryAttention
 * @see Ainslie et al. 2023, https://arxiv.org/abs/2305.13245
 */
export const GroupedQueryAttention: Constructible<typeof GroupedQueryAttentionLayer> =
  /* @__PURE__ */ constructible(GroupedQueryAttentionLayer);
