// nn.LSTM, GRU and RNN. Weights have PyTorch's names (`weight_ih_l0`, `bias_hh_l0_reverse`, …) and gate orders.
import * as core from "@isoform/core";
import type { Tensor as CoreTensor } from "@isoform/core";
import { asTensor, type Tensor } from "../../tensor/tensor.js";
import * as F from "../functional/dropout.js";
import * as init from "../init.js";
import { FLAG, oneOf, COUNT, POSITIVE, PROBABILITY, type Kinds } from "../../checks.js";
import { checkTensors } from "../../tensor/arguments.js";
import { checkArguments } from "../arguments.js";
import { Module } from "../module.js";
import { emptyParameter } from "./linear.js";
import { lstmStep, requirePair, type StepWeights } from "./recurrent-cells.js";
import { inOrder, type InOrder } from "../../options.js";

/** Options of the recurrent modules, PyTorch's names and defaults. */
export interface RecurrentOptions {
  readonly numLayers?: number;
  readonly bias?: boolean;
  /** Input and output are `[N, T, F]` instead of `[T, N, F]`. */
  readonly batchFirst?: boolean;
  /** Between layers, in training. */
  readonly dropout?: number;
  readonly bidirectional?: boolean;
}

interface Weights extends StepWeights {
  readonly hr: CoreTensor | null;
}
/** One direction of one layer: sequence `[T, N, F]` and its first states to the outputs and last states. */
interface Run {
  readonly y: CoreTensor;
  readonly last: readonly CoreTensor[];
}

const BASE: Kinds = {
  numLayers: POSITIVE,
  bias: FLAG,
  batchFirst: FLAG,
  dropout: PROBABILITY,
  bidirectional: FLAG,
};

abstract class RecurrentBase<S> extends Module<[x: CoreTensor, hx?: S | null], [Tensor, S]> {
  readonly inputSize: number;
  readonly hiddenSize: number;
  readonly numLayers: number;
  readonly bias: boolean;
  readonly batchFirst: boolean;
  readonly dropout: number;
  readonly bidirectional: boolean;
  readonly projSize: number;

  constructor(
    gates: number,
    inputSize: number,
    hiddenSize: number,
    options: RecurrentOptions & { readonly projSize?: number },
    known: Kinds = {},
  ) {
    super();
    const owner = this.constructor.name;
    checkArguments(owner, {
      sizes: { inputSize, hiddenSize },
      least: 1,
      options,
      known: { ...BASE, ...known },
    });
    const { projSize = 0 } = options;
    if (projSize >= hiddenSize) {
      throw new core.ArgumentError(`projSize is ${projSize}`, {
        code: "argument/range",
        op: owner,
        hint: `use less than hiddenSize, ${hiddenSize}`,
      });
    }
    this.inputSize = inputSize;
    this.hiddenSize = hiddenSize;
    this.numLayers = options.numLayers ?? 1;
    this.bias = options.bias ?? true;
    this.batchFirst = options.batchFirst ?? false;
    this.dropout = options.dropout ?? 0;
    this.bidirectional = options.bidirectional ?? false;
    this.projSize = projSize;
    const outSize = projSize || hiddenSize;
    const bound = 1 / Math.sqrt(hiddenSize);
    const add = (name: string, shape: number[]) => Reflect.set(this, name, emptyParameter(shape));
    for (let layer = 0; layer < this.numLayers; layer++) {
      const size = layer === 0 ? inputSize : outSize * this.directions;
      for (const suffix of this.suffixes(layer)) {
        add(`weight_ih_${suffix}`, [gates * hiddenSize, size]);
        add(`weight_hh_${suffix}`, [gates * hiddenSize, outSize]);
        if (this.bias) {
          add(`bias_ih_${suffix}`, [gates * hiddenSize]);
          add(`bias_hh_${suffix}`, [gates * hiddenSize]);
        }
        if (projSize) add(`weight_hr_${suffix}`, [projSize, hiddenSize]);
      }
    }
    for (const [, p] of this.ownParameters()) init.uniform_(p, -bound, bound);
  }

  get directions(): number {
    return this.bidirectional ? 2 : 1;
  }

  private suffixes(layer: number): string[] {
    return this.bidirectional ? [`l${layer}`, `l${layer}_reverse`] : [`l${layer}`];
  }

  private weightsOf(suffix: string): Weights {
    const get = (name: string): CoreTensor | null => {
      const value: unknown = Reflect.get(this, `${name}_${suffix}`);
      return value instanceof core.Tensor ? value : null;
    };
    return {
      ih: get("weight_ih")!,
      hh: get("weight_hh")!,
      bih: get("bias_ih"),
      bhh: get("bias_hh"),
      hr: get("weight_hr"),
    };
  }

  protected abstract run(x: CoreTensor, states: readonly CoreTensor[], w: Weights, reverse: boolean): Run;
  protected abstract stateSizes(): readonly number[];
  protected abstract statesOf(hx: S): readonly CoreTensor[];
  protected abstract packStates(states: readonly Tensor[]): S;

  override forward(x: CoreTensor, hx: S | null = null): [Tensor, S] {
    checkTensors(this.constructor.name, { x });
    if (x.rank !== 2 && x.rank !== 3) {
      throw core.shapeError(
        this.constructor.name,
        "the input must have 2 or 3 axes",
        [x],
        "pass [T, N, F], or [T, F] unbatched",
      );
    }
    if (x.shape[x.rank - 1] !== this.inputSize) {
      throw core.shapeError(
        this.constructor.name,
        `the last axis must be ${this.inputSize}`,
        [x],
        "check inputSize and batchFirst",
      );
    }
    const unbatched = x.rank === 2;
    let seq = unbatched ? core.unsqueeze(x, [1]) : this.batchFirst ? core.swapaxes(x, 0, 1) : x;
    const first = this.firstStates(seq, hx, unbatched);
    const lasts: CoreTensor[][] = this.stateSizes().map(() => []);
    for (let layer = 0; layer < this.numLayers; layer++) {
      const runs = this.suffixes(layer).map((suffix, d) => {
        const states = first.map((s) =>
          core.squeeze(
            core.sliceAxis(s, 0, layer * this.directions + d, layer * this.directions + d + 1),
            [0],
          ),
        );
        return this.run(seq, states, this.weightsOf(suffix), d === 1);
      });
      for (const r of runs) r.last.forEach((s, i) => lasts[i]!.push(s));
      seq =
        runs.length === 1
          ? runs[0]!.y
          : core.concat(
              runs.map((r) => r.y),
              -1,
            );
      if (this.dropout > 0 && this.training && layer < this.numLayers - 1)
        seq = F.dropout(seq, { p: this.dropout });
    }
    const y = unbatched ? core.squeeze(seq, [1]) : this.batchFirst ? core.swapaxes(seq, 0, 1) : seq;
    const states = lasts.map((list) => {
      const s = core.stack(list, 0);
      return asTensor(unbatched ? core.squeeze(s, [1]) : s);
    });
    return [asTensor(y), this.packStates(states)];
  }

  private firstStates(seq: CoreTensor, hx: S | null, unbatched: boolean): CoreTensor[] {
    const batch = seq.shape[1]!;
    const count = this.numLayers * this.directions;
    if (hx === null) return this.stateSizes().map((n) => core.zeros([count, batch, n], seq.dtype));
    return this.statesOf(hx).map((s, i) => {
      checkTensors(this.constructor.name, { [`state ${i}`]: s });
      const state = unbatched ? core.unsqueeze(s, [1]) : s;
      const want = [count, batch, this.stateSizes()[i]!];
      if (core.sameShape(state.shape, want)) return state;
      throw core.shapeError(
        this.constructor.name,
        `state ${i} must be [${want.join(",")}]`,
        [s],
        "one state per layer and direction",
      );
    });
  }

  override extraRepr(): string {
    const parts = [`${this.inputSize}`, `${this.hiddenSize}`];
    if (this.projSize) parts.push(`proj_size=${this.projSize}`);
    if (this.numLayers !== 1) parts.push(`num_layers=${this.numLayers}`);
    if (!this.bias) parts.push("bias=False");
    if (this.batchFirst) parts.push("batch_first=True");
    if (this.dropout !== 0) parts.push(`dropout=${this.dropout}`);
    if (this.bidirectional) parts.push("bidirectional=True");
    return parts.join(", ");
  }
}

type LSTMOptions = RecurrentOptions & { readonly projSize?: number };
const LSTM_ORDER = ["numLayers", "bias", "batchFirst", "dropout", "bidirectional", "projSize"] as const;

/** Long short-term memory (Hochreiter & Schmidhuber 1997). `(x, [h0, c0]?) -> [y, [h_n, c_n]]`, gates i, f, g, o. */
export class LSTM extends RecurrentBase<[Tensor, Tensor]> {
  static override readonly name: string = "LSTM";
  constructor(inputSize: number, hiddenSize: number, ...given: InOrder<LSTMOptions, typeof LSTM_ORDER>) {
    super(4, inputSize, hiddenSize, inOrder<LSTMOptions>("LSTM", given, LSTM_ORDER), { projSize: COUNT });
  }
  protected override run(x: CoreTensor, [h, c]: readonly CoreTensor[], w: Weights, reverse: boolean): Run {
    if (w.hr === null) {
      const [y, hT, cT] = core.lstm(x, h!, c!, w.ih, w.hh, w.bih, w.bhh, { reverse });
      return { y, last: [hT, cT] };
    }
    return projectedLstm(x, h!, c!, w, w.hr, reverse);
  }
  protected override stateSizes(): readonly number[] {
    return [this.projSize || this.hiddenSize, this.hiddenSize];
  }
  protected override statesOf(hx: [Tensor, Tensor]): readonly CoreTensor[] {
    return requirePair("LSTM", hx);
  }
  protected override packStates(states: readonly Tensor[]): [Tensor, Tensor] {
    return [states[0]!, states[1]!];
  }
}

/** LSTM whose hidden state is projected by `hr` after every step (Sak et al. 2014). */
function projectedLstm(
  x: CoreTensor,
  h0: CoreTensor,
  c0: CoreTensor,
  w: Weights,
  hr: CoreTensor,
  reverse: boolean,
): Run {
  const steps = x.shape[0]!;
  const outputs: CoreTensor[] = new Array(steps);
  let h = h0;
  let c = c0;
  for (let i = 0; i < steps; i++) {
    const t = reverse ? steps - 1 - i : i;
    const xt = core.squeeze(core.sliceAxis(x, 0, t, t + 1), [0]);
    [h, c] = lstmStep(xt, h, c, w);
    h = core.linear(h, hr, null);
    outputs[t] = h;
  }
  return { y: core.stack(outputs, 0), last: [h, c] };
}

const GRU_ORDER = ["numLayers", "bias", "batchFirst", "dropout", "bidirectional"] as const;

/** Gated recurrent unit (Cho et al. 2014), reset gate after the product, gates r, z, n. `(x, h0?) -> [y, h_n]`. */
export class GRU extends RecurrentBase<Tensor> {
  static override readonly name: string = "GRU";
  constructor(inputSize: number, hiddenSize: number, ...given: InOrder<RecurrentOptions, typeof GRU_ORDER>) {
    super(3, inputSize, hiddenSize, inOrder<RecurrentOptions>("GRU", given, GRU_ORDER));
  }
  protected override run(x: CoreTensor, [h]: readonly CoreTensor[], w: Weights, reverse: boolean): Run {
    const [y, hT] = core.gru(x, h!, w.ih, w.hh, w.bih, w.bhh, { reverse, linearBeforeReset: true });
    return { y, last: [hT] };
  }
  protected override stateSizes(): readonly number[] {
    return [this.hiddenSize];
  }
  protected override statesOf(hx: Tensor): readonly CoreTensor[] {
    return [hx];
  }
  protected override packStates(states: readonly Tensor[]): Tensor {
    return states[0]!;
  }
}

type RNNOptions = RecurrentOptions & { readonly nonlinearity?: "tanh" | "relu" };
const RNN_ORDER = ["numLayers", "nonlinearity", "bias", "batchFirst", "dropout", "bidirectional"] as const;

/** Elman network with tanh or ReLU. `(x, h0?) -> [y, h_n]`. */
export class RNN extends RecurrentBase<Tensor> {
  static override readonly name: string = "RNN";
  readonly nonlinearity: "tanh" | "relu";
  constructor(inputSize: number, hiddenSize: number, ...given: InOrder<RNNOptions, typeof RNN_ORDER>) {
    const options = inOrder<RNNOptions>("RNN", given, RNN_ORDER);
    super(1, inputSize, hiddenSize, options, { nonlinearity: oneOf("tanh", "relu") });
    this.nonlinearity = options.nonlinearity ?? "tanh";
  }
  protected override run(x: CoreTensor, [h]: readonly CoreTensor[], w: Weights, reverse: boolean): Run {
    const [y, hT] = core.rnn(x, h!, w.ih, w.hh, w.bih, w.bhh, { reverse, activation: this.nonlinearity });
    return { y, last: [hT] };
  }
  protected override stateSizes(): readonly number[] {
    return [this.hiddenSize];
  }
  protected override statesOf(hx: Tensor): readonly CoreTensor[] {
    return [hx];
  }
  protected override packStates(states: readonly Tensor[]): Tensor {
    return states[0]!;
  }
}
