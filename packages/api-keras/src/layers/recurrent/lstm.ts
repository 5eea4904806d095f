// LSTM and LSTMCell.
import * as core from "@isoform/core";
import { constructible, type Constructible } from "@isoform/core";
import { REQUIRED, positive, type Defaults, type Resolved, given } from "../../config/options.js";
import { knownSize } from "../../engine/input-spec.js";
import type { SymbolicShape } from "../../engine/keras-tensor.js";
import type { LayerOptions } from "../../engine/layer.js";
import type { InitializerFn } from "../../initializers/index.js";
import { SeedGenerator } from "../../random/seed.js";
import type { RegularizerLike } from "../../regularizers.js";
import type { Variable } from "../../tensor/variable.js";
import { Cell, dropoutMasks, masked, type States, type StepMasks } from "./cell.js";
import { processed, recurrentActivation, timeFirst } from "./fused.js";
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

/** Options of `LSTMCell`, Keras' names and defaults. */
export interface LSTMCellOptions extends GatedCellOptions {
  /** Start with a bias of 1 for the forget gate (Jozefowicz et al. 2015). */
  readonly unitForgetBias?: boolean;
}
interface LSTMCellConfig extends LSTMCellOptions {
  readonly units: number;
}
const CELL: Defaults<LSTMCellConfig> = {
  units: REQUIRED,
  activation: "tanh",
  recurrentActivation: "sigmoid",
  useBias: true,
  unitForgetBias: true,
  ...WEIGHTS,
  ...PENALTIES,
  ...CONSTRAINTS,
  ...DROPS,
  seed: null,
};

/** See `LSTMCell`. */
export interface LSTMCellLayer extends Resolved<LSTMCellConfig> {}
/** See `LSTMCell`. */
export class LSTMCellLayer extends Cell {
  static override readonly className: string = "LSTMCell";
  static override readonly positional: readonly string[] = ["units"];
  /** `[inputs, 4·units]`, gates i, f, c, o. */
  kernel!: Variable;
  /** `[units, 4·units]`. */
  recurrentKernel!: Variable;
  /** `[4·units]`, or null. */
  bias: Variable | null = null;
  declare seedGenerator: SeedGenerator | null;

  constructor(units: number, options: LSTMCellOptions & LayerOptions = {}) {
    super(given(options, { units }), CELL);
    positive(this.describe(), "units", units);
    const drops = this.dropout > 0 || this.recurrentDropout > 0;
    this.seedGenerator = drops ? new SeedGenerator(this.seed) : null;
  }
  override get stateSize(): readonly SymbolicShape[] {
    return [[this.units], [this.units]];
  }
  override build(shape: SymbolicShape): void {
    const n = this.units;
    const inputs = knownSize(this.describe(), shape, -1);
    const initial = this.unitForgetBias ? forgetBias(this.biasInitializer, n) : this.biasInitializer;
    Object.assign(this, cellWeights(this, [inputs, 4 * n], [n, 4 * n], [4 * n], initial));
  }
  override masks(x: core.Tensor, states: States, training: boolean): StepMasks {
    return dropoutMasks(x, states[0]!, this, this.seedGenerator, training);
  }
  override step(x: core.Tensor, [h, c]: States, masks: StepMasks): readonly [core.Tensor, States] {
    const n = this.units;
    const dtype = this.computeDtype;
    const fromState = core.matmul(masked(h!, masks.recurrent), core.cast(this.recurrentKernel, dtype));
    const z = core.add(core.matmul(masked(x, masks.input), core.cast(this.kernel, dtype)), fromState);
    const biased = this.bias ? core.add(z, core.cast(this.bias, dtype)) : z;
    const gate = (k: number) => core.sliceAxis(biased, -1, k * n, (k + 1) * n);
    const [i, f, o] = [gate(0), gate(1), gate(3)].map((g) => this.recurrentActivation(g));
    const cell = core.add(core.mul(f!, c!), core.mul(i!, this.activation(gate(2))));
    const output = core.mul(o!, this.activation(cell));
    return [output, [output, cell]];
  }
}

/** A bias of ones for the second quarter, and `rest` for the others. */
export function forgetBias(rest: InitializerFn, units: number): InitializerFn {
  return (_shape, dtype) =>
    core.concat([rest([units], dtype), core.ones([units], dtype), rest([2 * units], dtype)], 0);
}

/** Options of `LSTM`, Keras' names and defaults. */
export interface LSTMOptions extends LSTMCellOptions, LoopOptions {
  readonly activityRegularizer?: RegularizerLike;
}
interface LSTMConfig extends LSTMOptions {
  readonly units: number;
}
const LAYER: Defaults<LSTMConfig> = {
  ...LOOP,
  units: REQUIRED,
  activation: "tanh",
  recurrentActivation: "sigmoid",
  useBias: true,
  ...WEIGHTS,
  unitForgetBias: true,
  ...PENALTIES,
  activityRegularizer: null,
  ...CONSTRAINTS,
  ...DROPS,
  seed: null,
};

interface LSTMLayer extends Resolved<Omit<LSTMConfig, "activityRegularizer" | keyof LoopOptions>> {}
class LSTMLayer extends RNNLayer {
  static override readonly className: string = "LSTM";
  static override readonly positional: readonly string[] = ["units"];
  declare cell: LSTMCellLayer;

  constructor(units: number, options: LSTMOptions & LayerOptions = {}) {
    const cell = new LSTMCellLayer(units, { ...cellOptions(options), name: "lstm_cell" });
    super(cell, given(options, { units }), LAYER);
  }
  protected override fused(x: core.Tensor, [h, c]: States, training: boolean): Sequence | null {
    const { cell } = this;
    const gates = recurrentActivation(this.recurrentActivation);
    const inner = recurrentActivation(this.activation);
    if (gates === null || inner === null || (training && cell.seedGenerator !== null)) return null;
    const dtype = this.computeDtype;
    const weight = (v: Variable) => core.transpose(core.cast(v, dtype));
    const bias = cell.bias && core.cast(cell.bias, dtype);
    const [y, hT, cT] = core.lstm(
      timeFirst(x),
      h!,
      c!,
      weight(cell.kernel),
      weight(cell.recurrentKernel),
      bias,
      null,
      {
        reverse: this.goBackwards,
        activations: [gates, inner, inner],
      },
    );
    return { outputs: processed(y, this.goBackwards), states: [hT, cT] };
  }
}

const CELL_KEYS = new Set([...Object.keys(CELL), "dtype", "trainable"]);

/** The options of a layer that its cell takes too. */
export function cellOptions(options: object, keys: ReadonlySet<string> = CELL_KEYS): object {
  return Object.fromEntries(Object.entries(options ?? {}).filter(([k, v]) => keys.has(k) && v !== undefined));
}

/**
 * One step of an LSTM (Hochreiter and Schmidhuber 1997): `[N, features]` and states h and c `[N, units]` to
 * `[N, units]` and both states. Weights `kernel` `[in, 4u]`, `recurrentKernel` `[u, 4u]`, `bias` `[4u]`.
 * @throws {ArgumentError} when an option, or a name given for one, is unknown, or `units` is not a positive
 *   integer
 * @throws {ShapeError} when the features are unknown, or input or states do not fit the weights
 * @see keras.layers.LSTMCell
 * @see Hochreiter and Schmidhuber 1997, https://doi.org/10.1162/neco.1997.9.8.1735
 */
export const LSTMCell: Constructible<typeof LSTMCellLayer> = /* @__PURE__ */ constructible(LSTMCellLayer);
/**
 * Long short-term memory over `[batch, time, features]`: `[N, units]`, `[N, T, units]` with
 * `returnSequences`, and `[output, ...states]` with `returnState`. States h and c. Weights `kernel`
 * `[in, 4u]`, `recurrent_kernel` `[u, 4u]`, `bias` `[4u]`, gates i, f, c, o. Without a mask and dropout it is
 * one op of core.
 * @throws {ArgumentError} when an option, or a name given for one, is unknown, `units` is not a positive
 *   integer, or the number of initial states is wrong
 * @throws {ShapeError} when the input has not 3 axes or no steps, its features are unknown, or an initial
 *   state has another shape
 * @see keras.layers.LSTM
 * @see Hochreiter and Schmidhuber 1997, https://doi.org/10.1162/neco.1997.9.8.1735
 */
export const LSTM: Constructible<typeof LSTMLayer> = /* @__PURE__ */ constructible(LSTMLayer);
