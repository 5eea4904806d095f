// nn.LSTMCell, GRUCell and RNNCell: one step of a recurrent network. Weights have PyTorch's names and gate orders.
import * as core from "@isoform/core";
import type { Tensor as CoreTensor } from "@isoform/core";
import type { Parameter } from "../../tensor/parameter.js";
import { asTensor, type Tensor } from "../../tensor/tensor.js";
import { FLAG, oneOf, type Kinds } from "../../checks.js";
import { checkTensors } from "../../tensor/arguments.js";
import * as init from "../init.js";
import { checkArguments } from "../arguments.js";
import { Module } from "../module.js";
import { emptyParameter } from "./linear.js";
import { inOrder, type InOrder } from "../../options.js";

/** Weights of the input and of the state, with a row per gate and unit. */
export interface StepWeights {
  readonly ih: CoreTensor;
  readonly hh: CoreTensor;
  readonly bih: CoreTensor | null;
  readonly bhh: CoreTensor | null;
}

/** The two states of an LSTM. @throws {ArgumentError} unless they are in a list */
export function requirePair<T>(owner: string, hx: readonly [T, T]): readonly [T, T] {
  if (Array.isArray(hx) && hx.length === 2) return hx;
  throw new core.ArgumentError(`the state is ${core.shown(hx)}`, {
    code: "argument/state",
    op: owner,
    hint: "pass both states in a list: [h, c]",
  });
}

/** The next states of an LSTM, gates i, f, g, o. */
export function lstmStep(
  x: CoreTensor,
  h: CoreTensor,
  c: CoreTensor,
  w: StepWeights,
): [CoreTensor, CoreTensor] {
  const gates = core.add(core.linear(x, w.ih, w.bih), core.linear(h, w.hh, w.bhh));
  const [i, f, g, o] = core.split(gates, 4, -1) as [CoreTensor, CoreTensor, CoreTensor, CoreTensor];
  const next = core.add(core.mul(core.sigmoid(f), c), core.mul(core.sigmoid(i), core.tanh(g)));
  return [core.mul(core.sigmoid(o), core.tanh(next)), next];
}

/** What all cells are: weights, checks of what they are called with, and the printed text. */
abstract class Cell<I extends readonly unknown[], O> extends Module<I, O> {
  readonly inputSize: number;
  readonly hiddenSize: number;
  weight_ih: Parameter;
  weight_hh: Parameter;
  bias_ih: Parameter | null;
  bias_hh: Parameter | null;

  constructor(
    gates: number,
    inputSize: number,
    hiddenSize: number,
    options: { readonly bias?: boolean },
    known: Kinds = {},
  ) {
    super();
    const owner = this.constructor.name;
    checkArguments(owner, { sizes: { inputSize, hiddenSize }, options, known: { bias: FLAG, ...known } });
    this.inputSize = inputSize;
    this.hiddenSize = hiddenSize;
    const bias = options.bias ?? true;
    this.weight_ih = emptyParameter([gates * hiddenSize, inputSize]);
    this.weight_hh = emptyParameter([gates * hiddenSize, hiddenSize]);
    this.bias_ih = bias ? emptyParameter([gates * hiddenSize]) : null;
    this.bias_hh = bias ? emptyParameter([gates * hiddenSize]) : null;
    const bound = hiddenSize > 0 ? 1 / Math.sqrt(hiddenSize) : 0;
    for (const p of this.parameters()) init.uniform_(p, -bound, bound);
  }

  protected get stepWeights(): StepWeights {
    return { ih: this.weight_ih, hh: this.weight_hh, bih: this.bias_ih, bhh: this.bias_hh };
  }

  /** Shape of the states for an input. @throws {ArgumentError, ShapeError} */
  protected stateShape(x: CoreTensor): number[] {
    const owner = this.constructor.name;
    checkTensors(owner, { x });
    if (x.rank !== 1 && x.rank !== 2) {
      throw core.shapeError(owner, "the input must have 1 or 2 axes", [x], "pass [N, F], or [F] unbatched");
    }
    return [...x.shape.slice(0, -1), this.hiddenSize];
  }

  /** Throws unless the states have the shape. @throws {ArgumentError, ShapeError} */
  protected requireStates(want: readonly number[], states: Readonly<Record<string, CoreTensor>>): void {
    const owner = this.constructor.name;
    checkTensors(owner, states);
    const given = Object.values(states);
    if (given.every((s) => core.sameShape(s.shape, want))) return;
    const what = given.length === 1 ? "the state must be" : "the states must be";
    throw core.shapeError(owner, `${what} [${want.join(",")}]`, given, "one state per row of the input");
  }

  override extraRepr(): string {
    return `${this.inputSize}, ${this.hiddenSize}${this.bias_ih ? "" : ", bias=False"}`;
  }
}

type LSTMCellOptions = { readonly bias?: boolean };
const CELL = ["bias"] as const;

/** One step of an LSTM: `(x [N, I], [h, c]?) -> [h', c']`. */
export class LSTMCell extends Cell<[x: CoreTensor, hx?: [CoreTensor, CoreTensor] | null], [Tensor, Tensor]> {
  static override readonly name: string = "LSTMCell";
  constructor(inputSize: number, hiddenSize: number, ...given: InOrder<LSTMCellOptions, typeof CELL>) {
    super(4, inputSize, hiddenSize, inOrder<LSTMCellOptions>("LSTMCell", given, CELL));
  }
  override forward(x: CoreTensor, hx: [CoreTensor, CoreTensor] | null = null): [Tensor, Tensor] {
    const want = this.stateShape(x);
    const zero = () => core.zeros(want, x.dtype);
    const [h, c] = hx === null ? [zero(), zero()] : requirePair("LSTMCell", hx);
    this.requireStates(want, { h, c });
    const [h1, c1] = lstmStep(x, h, c, this.stepWeights);
    return [asTensor(h1), asTensor(c1)];
  }
}

type GRUCellOptions = { readonly bias?: boolean };

/** One step of a GRU: `(x [N, I], h?) -> h'`, gates r, z, n. */
export class GRUCell extends Cell<[x: CoreTensor, hx?: CoreTensor | null], Tensor> {
  static override readonly name: string = "GRUCell";
  constructor(inputSize: number, hiddenSize: number, ...given: InOrder<GRUCellOptions, typeof CELL>) {
    super(3, inputSize, hiddenSize, inOrder<GRUCellOptions>("GRUCell", given, CELL));
  }
  override forward(x: CoreTensor, hx: CoreTensor | null = null): Tensor {
    const want = this.stateShape(x);
    const h = hx ?? core.zeros(want, x.dtype);
    this.requireStates(want, { h });
    const w = this.stepWeights;
    const parts = (t: CoreTensor) => core.split(t, 3, -1) as [CoreTensor, CoreTensor, CoreTensor];
    const [xr, xz, xn] = parts(core.linear(x, w.ih, w.bih));
    const [hr, hz, hn] = parts(core.linear(h, w.hh, w.bhh));
    const reset = core.sigmoid(core.add(xr, hr));
    const keep = core.sigmoid(core.add(xz, hz));
    const next = core.tanh(core.add(xn, core.mul(reset, hn)));
    return asTensor(core.add(next, core.mul(keep, core.sub(h, next))));
  }
}

type RNNCellOptions = { readonly bias?: boolean; readonly nonlinearity?: "tanh" | "relu" };
const RNN_CELL = ["bias", "nonlinearity"] as const;

/** One step of an Elman network with tanh or ReLU: `(x [N, I], h?) -> h'`. */
export class RNNCell extends Cell<[x: CoreTensor, hx?: CoreTensor | null], Tensor> {
  static override readonly name: string = "RNNCell";
  readonly nonlinearity: "tanh" | "relu";
  constructor(inputSize: number, hiddenSize: number, ...given: InOrder<RNNCellOptions, typeof RNN_CELL>) {
    const options = inOrder<RNNCellOptions>("RNNCell", given, RNN_CELL);
    super(1, inputSize, hiddenSize, options, { nonlinearity: oneOf("tanh", "relu") });
    this.nonlinearity = options.nonlinearity ?? "tanh";
  }
  override forward(x: CoreTensor, hx: CoreTensor | null = null): Tensor {
    const want = this.stateShape(x);
    const h = hx ?? core.zeros(want, x.dtype);
    this.requireStates(want, { h });
    const w = this.stepWeights;
    const sum = core.add(core.linear(x, w.ih, w.bih), core.linear(h, w.hh, w.bhh));
    return asTensor(this.nonlinearity === "relu" ? core.relu(sum) : core.tanh(sum));
  }
  override extraRepr(): string {
    return `${super.extraRepr()}${this.nonlinearity === "tanh" ? "" : `, nonlinearity=${this.nonlinearity}`}`;
  }
}
