// ConvLSTM1D, ConvLSTM2D, ConvLSTM3D: LSTMs whose products are convolutions.
import * as core from "@isoform/core";
import { constructible, type Constructible } from "@isoform/core";
import {
  REQUIRED,
  oneOf,
  positive,
  sizes,
  type AnyDefaults,
  type Defaults,
  type Settled,
  given,
} from "../../config/options.js";
import { knownSize } from "../../engine/input-spec.js";
import type { SymbolicShape } from "../../engine/keras-tensor.js";
import type { LayerOptions } from "../../engine/layer.js";
import { conv, type ConvSettings } from "../../nn/conv.js";
import { channelAxis } from "../../nn/layout.js";
import { SeedGenerator } from "../../random/seed.js";
import type { RegularizerLike } from "../../regularizers.js";
import { standardizeDataFormat, type DataFormat } from "../../session.js";
import type { Variable } from "../../tensor/variable.js";
import { checkFactors, type Sizes } from "../convolutional/conv.js";
import { Cell, dropoutMasks, masked, type States, type StepMasks } from "./cell.js";
import { cellOptions, forgetBias, type LSTMCellOptions } from "./lstm.js";
import { CONSTRAINTS, DROPS, LOOP, PENALTIES, WEIGHTS, cellWeights, type LoopOptions } from "./options.js";
import { RNNLayer } from "./rnn.js";

/** Options of the cell. */
export interface ConvLSTMCellOptions extends LSTMCellOptions {
  readonly strides?: Sizes;
  readonly padding?: "valid" | "same";
  readonly dataFormat?: DataFormat | null;
  readonly dilationRate?: Sizes;
}
interface CellConfig extends ConvLSTMCellOptions {
  readonly filters: number;
  readonly kernelSize: Sizes;
}
const CONV = {
  filters: REQUIRED,
  kernelSize: REQUIRED,
  strides: 1,
  padding: "valid",
  dataFormat: null,
  dilationRate: 1,
} as const;
const CELL: Defaults<CellConfig> = {
  ...CONV,
  activation: "tanh",
  recurrentActivation: "sigmoid",
  useBias: true,
  ...WEIGHTS,
  unitForgetBias: true,
  ...PENALTIES,
  ...CONSTRAINTS,
  ...DROPS,
  seed: null,
};
interface Fields {
  readonly kernelSize: readonly number[];
  readonly strides: readonly number[];
  readonly dilationRate: readonly number[];
  readonly dataFormat: DataFormat;
}

/** Sizes and formats from the options. */
function settled(owner: string, rank: number, c: CellConfig): Fields {
  positive(owner, "filters", c.filters);
  oneOf(owner, "padding", c.padding ?? "valid", ["valid", "same"]);
  const strides = sizes(owner, "strides", c.strides ?? 1, rank);
  const dilationRate = sizes(owner, "dilationRate", c.dilationRate ?? 1, rank);
  checkFactors(owner, strides, dilationRate);
  return {
    kernelSize: sizes(owner, "kernelSize", c.kernelSize, rank),
    strides,
    dilationRate,
    dataFormat: standardizeDataFormat(owner, c.dataFormat),
  };
}

interface ConvLSTMCell extends Settled<CellConfig, Fields> {}
class ConvLSTMCell extends Cell {
  static override readonly className: string = "ConvLSTMCell";
  kernel!: Variable;
  recurrentKernel!: Variable;
  bias: Variable | null = null;
  declare seedGenerator: SeedGenerator | null;
  #stateShape: SymbolicShape = [];

  constructor(rank: number, options: CellConfig & LayerOptions) {
    super(options, CELL);
    this.settle({ ...settled(this.describe(), rank, this) });
    const drops = this.dropout > 0 || this.recurrentDropout > 0;
    this.seedGenerator = drops ? new SeedGenerator(this.seed) : null;
  }
  override get stateSize(): readonly SymbolicShape[] {
    return [this.#stateShape, this.#stateShape];
  }
  override build(shape: SymbolicShape): void {
    const n = this.filters;
    const inputs = knownSize(this.describe(), shape, channelAxis(this.dataFormat));
    const initial = this.unitForgetBias ? forgetBias(this.biasInitializer, n) : this.biasInitializer;
    const window = this.kernelSize;
    Object.assign(
      this,
      cellWeights(this, [...window, inputs, 4 * n], [...window, n, 4 * n], [4 * n], initial),
    );
  }
  /** Zeros of the size that the input convolution gives. */
  override initialStates(x: core.Tensor): core.Tensor[] {
    const spec = { shape: x.shape, dtype: x.dtype };
    const { shape } = core.noGrad(() => core.inferSpecs((t) => this.#fromInput(t!), [spec]))[0]!;
    const axis = core.normalizeAxis(this.describe(), channelAxis(this.dataFormat), x.rank);
    const size = shape.map((s, i) => (i === axis ? this.filters : s));
    return [core.zeros(size, this.computeDtype), core.zeros(size, this.computeDtype)];
  }
  override masks(x: core.Tensor, states: States, training: boolean): StepMasks {
    return dropoutMasks(x, states[0]!, this, this.seedGenerator, training);
  }
  #fromInput(x: core.Tensor): core.Tensor {
    const dtype = this.computeDtype;
    return conv(x, core.cast(this.kernel, dtype), this.bias && core.cast(this.bias, dtype), this);
  }
  override step(x: core.Tensor, [h, c]: States, masks: StepMasks): readonly [core.Tensor, States] {
    const n = this.filters;
    const ones = this.strides.map(() => 1);
    const same: ConvSettings = {
      strides: ones,
      dilationRate: ones,
      padding: "same",
      dataFormat: this.dataFormat,
    };
    const fromState = conv(
      masked(h!, masks.recurrent),
      core.cast(this.recurrentKernel, this.computeDtype),
      null,
      same,
    );
    const z = core.add(this.#fromInput(masked(x, masks.input)), fromState);
    const axis = channelAxis(this.dataFormat);
    const gate = (k: number) => core.sliceAxis(z, axis, k * n, (k + 1) * n);
    const [i, f, o] = [gate(0), gate(1), gate(3)].map((g) => this.recurrentActivation(g));
    const cell = core.add(core.mul(f!, c!), core.mul(i!, this.activation(gate(2))));
    const output = core.mul(o!, this.activation(cell));
    return [output, [output, cell]];
  }
}

/** Options of convolutional LSTMs, Keras' names and defaults. */
export interface ConvLSTMOptions extends ConvLSTMCellOptions, LoopOptions {
  readonly activityRegularizer?: RegularizerLike;
}
interface LayerConfig extends ConvLSTMOptions {
  readonly filters: number;
  readonly kernelSize: Sizes;
}
const LAYER: Defaults<LayerConfig> = {
  ...LOOP,
  ...CONV,
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
const CELL_KEYS = new Set([...Object.keys(CELL), "dtype", "trainable"]);

abstract class ConvLSTM extends RNNLayer {
  static override readonly positional: readonly string[] = ["filters", "kernelSize"];
  constructor(rank: number, filters: number, kernelSize: Sizes, options: ConvLSTMOptions & LayerOptions) {
    const cell = { ...cellOptions(options, CELL_KEYS), filters, kernelSize, name: "conv_lstm_cell" };
    const defaults: AnyDefaults = LAYER;
    super(new ConvLSTMCell(rank, cell), given(options, { filters, kernelSize }), defaults);
    this.settle({ ...settled(this.describe(), rank, { ...options, filters, kernelSize }) });
    this.inputSpec = { ndim: rank + 3 };
  }
}
class ConvLSTM1DLayer extends ConvLSTM {
  static override readonly className: string = "ConvLSTM1D";
  constructor(filters: number, kernelSize: Sizes, options: ConvLSTMOptions & LayerOptions = {}) {
    super(1, filters, kernelSize, options);
  }
}
class ConvLSTM2DLayer extends ConvLSTM {
  static override readonly className: string = "ConvLSTM2D";
  constructor(filters: number, kernelSize: Sizes, options: ConvLSTMOptions & LayerOptions = {}) {
    super(2, filters, kernelSize, options);
  }
}
class ConvLSTM3DLayer extends ConvLSTM {
  static override readonly className: string = "ConvLSTM3D";
  constructor(filters: number, kernelSize: Sizes, options: ConvLSTMOptions & LayerOptions = {}) {
    super(3, filters, kernelSize, options);
  }
}

/**
 * Convolutional LSTM (Shi et al. 2015): `(N, T, W, C) -> (N, W_out, filters)`, `(N, T, W_out, filters)` with
 * `returnSequences`; channels behind the time with `dataFormat: "channels_first"`. Weights `kernel`
 * `[k, C, 4f]`, `recurrent_kernel` `[k, f, 4f]`, `bias` `[4f]`.
 * @throws {ArgumentError} when an option is unknown, a size is not a positive integer, `padding` is neither
 *   `"valid"` nor `"same"`, `strides` and `dilationRate` are both over 1, or the number of initial states is wrong
 * @throws {ShapeError} when the input has not 4 axes or no steps, its channels are unknown, or an initial
 *   state has another shape
 * @see keras.layers.ConvLSTM1D
 * @see Shi et al. 2015, https://arxiv.org/abs/1506.04214
 */
export const ConvLSTM1D: Constructible<typeof ConvLSTM1DLayer> =
  /* @__PURE__ */ constructible(ConvLSTM1DLayer);
/**
 * Convolutional LSTM (Shi et al. 2015): `(N, T, H, W, C) -> (N, H_out, W_out, filters)`,
 * `(N, T, H_out, W_out, filters)` with `returnSequences`; channels behind the time with
 * `dataFormat: "channels_first"`. Weights `kernel` `[kh, kw, C, 4f]`, `recurrent_kernel` `[kh, kw, f, 4f]`,
 * `bias` `[4f]`.
 * @throws {ArgumentError} when an option is unknown, a size is not a positive integer, `padding` is neither
 *   `"valid"` nor `"same"`, `strides` and `dilationRate` are both over 1, or the number of initial states is wrong
 * @throws {ShapeError} when the input has not 5 axes or no steps, its channels are unknown, or an initial
 *   state has another shape
 * @see keras.layers.ConvLSTM2D
 * @see Shi et al. 2015, https://arxiv.org/abs/1506.04214
 */
export const ConvLSTM2D: Constructible<typeof ConvLSTM2DLayer> =
  /* @__PURE__ */ constructible(ConvLSTM2DLayer);
/**
 * Convolutional LSTM (Shi et al. 2015): `(N, T, D, H, W, C) -> (N, D_out, H_out, W_out, filters)`,
 * `(N, T, D_out, H_out, W_out, filters)` with `returnSequences`; channels behind the time with
 * `dataFormat: "channels_first"`. Weights `kernel` `[kd, kh, kw, C, 4f]`, `recurrent_kernel`
 * `[kd, kh, kw, f, 4f]`, `bias` `[4f]`.
 * @throws {ArgumentError} when an option is unknown, a size is not a positive integer, `padding` is neither
 *   `"valid"` nor `"same"`, `strides` and `dilationRate` are both over 1, or the number of initial states is wrong
 * @throws {ShapeError} when the input has not 6 axes or no steps, its channels are unknown, or an initial
 *   state has another shape
 * @see keras.layers.ConvLSTM3D
 * @see Shi et al. 2015, https://arxiv.org/abs/1506.04214
 */
export const ConvLSTM3D: Constructible<typeof ConvLSTM3DLayer> =
  /* @__PURE__ */ constructible(ConvLSTM3DLayer);
