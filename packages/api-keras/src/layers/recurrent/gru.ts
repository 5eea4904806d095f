// GRU and GRUCell.
import * as core from "@isoform/core";
import { constructible, type Constructible } from "@isoform/core";
import { REQUIRED, positive, type Defaults, type Resolved, given } from "../../config/options.js";
import { knownSize } from "../../engine/input-spec.js";
import type { SymbolicShape } from "../../engine/keras-tensor.js";
import type { LayerOptions } from "../../engine/layer.js";
import { SeedGenerator } from "../../random/seed.js";
import type { RegularizerLike } from "../../regularizers.js";
import type { Variable } from "../../tensor/variable.js";
import { Cell, dropoutMasks, masked, type States, type StepMasks } from "./cell.js";
import { processed, recurrentActivation, timeFirst } from "./fused.js";
import { cellOptions } from "./lstm.js";
import {
  CONSTRAINTS,
  DROPS,
  LOOP,
  PENALTIES,
  WEIGHTS,
  cellWeights,
  type GatedCellOptions,
  type LoopOptions,
} from "./options.js";
import { RNNLayer, type Sequence } from "./rnn.js";

/** Options of `GRUCell`, Keras' names and defaults. */
export interface GRUCellOptions extends GatedCellOptions {
  /** Apply the reset gate behind the recurrent product (as cuDNN and PyTorch) or before it (Cho et al. 2014). */
  readonly resetAfter?: boolean;
}
interface GRUCellConfig extends GRUCellOptions {
  readonly units: number;
}
const CELL: Defaults<GRUCellConfig> = {
  units: REQUIRED,
  activation: "tanh",
  recurrentActivation: "sigmoid",
  useBias: true,
  ...WEIGHTS,
  ...PENALTIES,
  ...CONSTRAINTS,
  ...DROPS,
  resetAfter: true,
  seed: null,
};

/** See `GRUCell`. */
export interface GRUCellLayer extends Resolved<GRUCellConfig> {}
/** See `GRUCell`. */
export class GRUCellLayer extends Cell {
  static override readonly className: string = "GRUCell";
  static override readonly positional: readonly string[] = ["units"];
  /** `[inputs, 3·units]`, gates z, r, h. */
  kernel!: Variable;
  /** `[units, 3·units]`. */
  recurrentKernel!: Variable;
  /** `[2, 3·units]` (input and recurrent bias) with `resetAfter`, else `[3·units]`; or null. */
  bias: Variable | null = null;
  declare seedGenerator: SeedGenerator | null;

  constructor(units: number, options: GRUCellOptions & LayerOptions = {}) {
    super(given(options, { units }), CELL);
    positive(this.describe(), "units", units);
    const drops = this.dropout > 0 || this.recurrentDropout > 0;
    this.seedGenerator = drops ? new SeedGenerator(this.seed) : null;
  }
  override get stateSize(): readonly SymbolicShape[] {
    return [[this.units]];
  }
  override build(shape: SymbolicShape): void {
    const n = this.units;
    const inputs = knownSize(this.describe(), shape, -1);
    const bias = this.resetAfter ? [2, 3 * n] : [3 * n];
    Object.assign(this, cellWeights(this, [inputs, 3 * n], [n, 3 * n], bias));
  }
  override masks(x: core.Tensor, states: States, training: boolean): StepMasks {
    return dropoutMasks(x, states[0]!, this, this.seedGenerator, training);
  }
  /** Biases of the input and of the state, `[3·units]` each or null. */
  biases(): readonly [core.Tensor | null, core.Tensor | null] {
    if (this.bias === null) return [null, null];
    const bias = core.cast(this.bias, this.computeDtype);
    if (!this.resetAfter) return [bias, null];
    const row = (i: number) => core.squeeze(core.sliceAxis(bias, 0, i, i + 1), [0]);
    return [row(0), row(1)];
  }
  override step(x: core.Tensor, [state]: States, masks: StepMasks): readonly [core.Tensor, States] {
    const n = this.units;
    const dtype = this.computeDtype;
    const h = masked(state!, masks.recurrent);
    const [inputBias, stateBias] = this.biases();
    const plus = (t: core.Tensor, b: core.Tensor | null) => (b ? core.add(t, b) : t);
    const part = (t: core.Tensor, from: number, to: number) => core.sliceAxis(t, -1, from * n, to * n);
    const recurrent = core.cast(this.recurrentKernel, dtype);
    const fromInput = plus(core.matmul(masked(x, masks.input), core.cast(this.kernel, dtype)), inputBias);
    let z: core.Tensor;
    let candidate: core.Tensor;
    if (this.resetAfter) {
      const fromState = plus(core.matmul(h, recurrent), stateBias);
      z = this.recurrentActivation(core.add(part(fromInput, 0, 1), part(fromState, 0, 1)));
      const r = this.recurrentActivation(core.add(part(fromInput, 1, 2), part(fromState, 1, 2)));
      candidate = core.add(part(fromInput, 2, 3), core.mul(r, part(fromState, 2, 3)));
    } else {
      const fromState = core.matmul(h, part(recurrent, 0, 2));
      z = this.recurrentActivation(core.add(part(fromInput, 0, 1), part(fromState, 0, 1)));
      const r = this.recurrentActivation(core.add(part(fromInput, 1, 2), part(fromState, 1, 2)));
      candidate = core.add(part(fromInput, 2, 3), core.matmul(core.mul(r, h), part(recurrent, 2, 3)));
    }
    const output = core.add(core.mul(z, state!), core.mul(core.sub(1, z), this.activation(candidate)));
    return [output, [output]];
  }
}

/** Options of `GRU`, Keras' names and defaults. */
export interface GRUOptions extends GRUCellOptions, LoopOptions {
  readonly activityRegularizer?: RegularizerLike;
}
interface GRUConfig extends GRUOptions {
  readonly units: number;
}
const LAYER: Defaults<GRUConfig> = {
  ...LOOP,
  units: REQUIRED,
  activation: "tanh",
  recurrentActivation: "sigmoid",
  useBias: true,
  ...WEIGHTS,
  ...PENALTIES,
  activityRegularizer: null,
  ...CONSTRAINTS,
  ...DROPS,
  resetAfter: true,
  seed: null,
};

interface GRULayer extends Resolved<Omit<GRUConfig, "activityRegularizer" | keyof LoopOptions>> {}
class GRULayer extends RNNLayer {
  static override readonly className: string = "GRU";
  static override readonly positional: readonly string[] = ["units"];
  declare cell: GRUCellLayer;

  constructor(units: number, options: GRUOptions & LayerOptions = {}) {
    const keys = new Set([...Object.keys(CELL), "dtype", "trainable"]);
    const cell = new GRUCellLayer(units, { ...cellOptions(options, keys), name: "gru_cell" });
    super(cell, given(options, { units }), LAYER);
  }
  protected override fused(x: core.Tensor, [h]: States, training: boolean): Sequence | null {
    const { cell } = this;
    const gates = recurrentActivation(this.recurrentActivation);
    const inner = recurrentActivation(this.activation);
    if (gates === null || inner === null || (training && cell.seedGenerator !== null)) return null;
    const n = this.units;
    const swap = (t: core.Tensor) => swapGates(t, n);
    const weight = (v: Variable) => core.transpose(swap(core.cast(v, this.computeDtype)));
    const [inputBias, stateBias] = cell.biases();
    const [y, hT] = core.gru(
      timeFirst(x),
      h!,
      weight(cell.kernel),
      weight(cell.recurrentKernel),
      inputBias && swap(inputBias),
      stateBias && swap(stateBias),
      { reverse: this.goBackwards, linearBeforeReset: this.resetAfter, activations: [gates, inner] },
    );
    return { outputs: processed(y, this.goBackwards), states: [hT] };
  }
}

/** Gates z, r, h of Keras as r, z, h of core, along the last axis. */
function swapGates(t: core.Tensor, units: number): core.Tensor {
  const part = (from: number, to: number) => core.sliceAxis(t, -1, from * units, to * units);
  return core.concat([part(1, 2), part(0, 1), part(2, 3)], -1);
}

/**
 * One step of a GRU: `[N, features]` and state h `[N, units]` to `[N, units]`. Weights `kernel` `[in, 3u]`,
 * `recurrentKernel` `[u, 3u]`, `bias` `[2, 3u]` (or `[3u]` with `resetAfter: false`).
 * @throws {ArgumentError} when an option, or a name given for one, is unknown, or `units` is not a positive
 *   integer
 * @throws {ShapeError} when the features are unknown, or input or states do not fit the weights
 * @see keras.layers.GRUCell
 * @see Cho et al. 2014, https://arxiv.org/abs/1406.1078
 */
export const GRUCell: Constructible<typeof GRUCellLayer> = /* @__PURE__ */ constructible(GRUCellLayer);
/**
 * Gated recurrent unit over `[batch, time, features]`: `[N, units]`, `[N, T, units]` with `returnSequences`,
 * and `[output, ...states]` with `returnState`. State h. Weights `kernel` `[in, 3u]`, `recurrent_kernel`
 * `[u, 3u]`, `bias` `[2, 3u]` (or `[3u]` with `resetAfter: false`), gates z, r, h.
 * @throws {ArgumentError} when an option, or a name given for one, is unknown, `units` is not a positive
 *   integer, or the number of initial states is wrong
 * @throws {ShapeError} when the input has not 3 axes or no steps, its features are unknown, or an initial
 *   state has another shape
 * @see keras.layers.GRU
 * @see Cho et al. 2014, https://arxiv.org/abs/1406.1078
 */
export const GRU: Constructible<typeof GRULayer> = /* @__PURE__ */ constructible(GRULayer);
