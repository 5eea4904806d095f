// SimpleRNN and SimpleRNNCell.
import * as core from "@isoform/core";
import { constructible, type Constructible } from "@isoform/core";
import { REQUIRED, positive, type Defaults, type Resolved, given, isOptions } from "../../config/options.js";
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
  type CellOptions,
  type LoopOptions,
} from "./options.js";
import { RNNLayer, type Sequence } from "./rnn.js";

interface CellConfig extends CellOptions {
  readonly units: number;
}
const CELL: Defaults<CellConfig> = {
  units: REQUIRED,
  activation: "tanh",
  useBias: true,
  ...WEIGHTS,
  ...PENALTIES,
  ...CONSTRAINTS,
  ...DROPS,
  seed: null,
};

/** See `SimpleRNNCell`. */
export interface SimpleRNNCellLayer extends Resolved<CellConfig> {}
/** See `SimpleRNNCell`. */
export class SimpleRNNCellLayer extends Cell {
  static override readonly className: string = "SimpleRNNCell";
  static override readonly positional: readonly string[] = ["units"];
  /** `[inputs, units]`. */
  kernel!: Variable;
  /** `[units, units]`. */
  recurrentKernel!: Variable;
  /** `[units]`, or null. */
  bias: Variable | null = null;
  declare seedGenerator: SeedGenerator | null;

  constructor(units: number, options: CellOptions & LayerOptions = {}) {
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
    Object.assign(this, cellWeights(this, [knownSize(this.describe(), shape, -1), n], [n, n], [n]));
  }
  override masks(x: core.Tensor, states: States, training: boolean): StepMasks {
    return dropoutMasks(x, states[0]!, this, this.seedGenerator, training);
  }
  override step(x: core.Tensor, [h]: States, masks: StepMasks): readonly [core.Tensor, States] {
    const dtype = this.computeDtype;
    const fromInput = core.matmul(masked(x, masks.input), core.cast(this.kernel, dtype));
    const biased = this.bias ? core.add(fromInput, core.cast(this.bias, dtype)) : fromInput;
    const fromState = core.matmul(masked(h!, masks.recurrent), core.cast(this.recurrentKernel, dtype));
    const output = this.activation(core.add(biased, fromState));
    return [output, [output]];
  }
}

/** Options of `SimpleRNN`, Keras' names and defaults. */
export interface SimpleRNNOptions extends CellOptions, LoopOptions {
  readonly activityRegularizer?: RegularizerLike;
}
interface SimpleRNNConfig extends Omit<SimpleRNNOptions, "seed"> {
  readonly units: number;
}
const LAYER: Defaults<SimpleRNNConfig> = {
  ...LOOP,
  units: REQUIRED,
  activation: "tanh",
  useBias: true,
  ...WEIGHTS,
  ...PENALTIES,
  activityRegularizer: null,
  ...CONSTRAINTS,
  ...DROPS,
};

interface SimpleRNNLayer extends Resolved<Omit<SimpleRNNConfig, "activityRegularizer" | keyof LoopOptions>> {}
class SimpleRNNLayer extends RNNLayer {
  static override readonly className: string = "SimpleRNN";
  static override readonly positional: readonly string[] = ["units"];
  declare cell: SimpleRNNCellLayer;

  constructor(units: number, options: SimpleRNNOptions & LayerOptions = {}) {
    const keys = new Set([...Object.keys(CELL), "dtype", "trainable"]);
    const cell = new SimpleRNNCellLayer(units, { ...cellOptions(options, keys), name: "simple_rnn_cell" });
    const { seed: _cells, ...rest }: SimpleRNNOptions & LayerOptions = isOptions(options) ? options : {};
    super(cell, given(rest, { units }), LAYER);
  }
  protected override fused(x: core.Tensor, [h]: States, training: boolean): Sequence | null {
    const { cell } = this;
    const activation = recurrentActivation(this.activation);
    const plain = activation === "tanh" || activation === "relu";
    if (!plain || (training && cell.seedGenerator !== null)) return null;
    const weight = (v: Variable) => core.transpose(core.cast(v, this.computeDtype));
    const bias = cell.bias && core.cast(cell.bias, this.computeDtype);
    const [y, hT] = core.rnn(
      timeFirst(x),
      h!,
      weight(cell.kernel),
      weight(cell.recurrentKernel),
      bias,
      null,
      {
        reverse: this.goBackwards,
        activation,
      },
    );
    return { outputs: processed(y, this.goBackwards), states: [hT] };
  }
}

/**
 * One step of a simple recurrent network, activation(x·W + h·U + b): `[N, features]` and state `[N, units]`
 * to `[N, units]`. Weights `kernel` `[in, u]`, `recurrentKernel` `[u, u]`, `bias` `[u]`.
 * @throws {ArgumentError} when an option, or a name given for one, is unknown, or `units` is not a positive
 *   integer
 * @throws {ShapeError} when the features are unknown, or input or states do not fit the weights
 * @see keras.layers.SimpleRNNCell
 */
export const SimpleRNNCell: Constructible<typeof SimpleRNNCellLayer> =
  /* @__PURE__ */ constructible(SimpleRNNCellLayer);
/**
 * A simple recurrent network over `[batch, time, features]`: `[N, units]`, `[N, T, units]` with
 * `returnSequences`, and `[output, ...states]` with `returnState`. State h. Weights `kernel` `[in, u]`,
 * `recurrent_kernel` `[u, u]`, `bias` `[u]`.
 * @throws {ArgumentError} when an option, or a name given for one, is unknown, `units` is not a positive
 *   integer, or the number of initial states is wrong
 * @throws {ShapeError} when the input has not 3 axes or no steps, its features are unknown, or an initial
 *   state has another shape
 * @see keras.layers.SimpleRNN
 */
export const SimpleRNN: Constructible<typeof SimpleRNNLayer> = /* @__PURE__ */ constructible(SimpleRNNLayer);
