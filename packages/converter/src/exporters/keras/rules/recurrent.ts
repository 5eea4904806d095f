// Recurrent layers: LSTM, GRU and SimpleRNN, alone or Bidirectional; the time axis comes second in Keras.
import type { PlainObject } from "../../../formats/keras/index.js";
import { rawTensor, typedArrayOf, type RawTensor } from "../../../formats/raw-tensor.js";
import type { Dim, IrValue } from "../../../ir/types.js";
import { isOp } from "../../../ir/walk.js";
import { applySteps, sliceBytes, type WeightStep } from "../../../ir/weights.js";
import type { KView } from "../emitter.js";
import type { KerasRule, KerasRules, NodeExport } from "../node.js";
import { isZero, madeBy } from "../plans/made-by.js";
import type { Arg, KTensor, LayerWeights, WeightGiven } from "../tensors.js";
import { cellActivations } from "./cell-activations.js";
import { lastReaders, sequenceReaders, sideReaders, type Readers } from "./recurrent-readers.js";

type Kind = "LSTM" | "GRU" | "RNN";
type Rnn = NodeExport<Kind>;

const LAYER: Readonly<Record<Kind, string>> = { LSTM: "LSTM", GRU: "GRU", RNN: "SimpleRNN" };
const CELL: Readonly<Record<Kind, string>> = { LSTM: "lstm_cell", GRU: "gru_cell", RNN: "simple_rnn_cell" };
/** Block i of Keras' gates is block GATES[i] of ONNX. */
const GATES: Readonly<Record<Kind, readonly number[]>> = { LSTM: [0, 2, 3, 1], GRU: [0, 1, 2], RNN: [0] };

/** Keras tensors [B, T, …] seen as [T, B, …]. */
const TIME_FIRST = [1, 0, 2];

function kindOf(n: Rnn): Kind {
  return n.node.op;
}

/** (n·units, in) in ONNX's order of gates as (in, n·units) in Keras'. */
function kernelSteps(kind: Kind, units: number, inputs: number): WeightStep[] {
  const order = GATES[kind];
  const count = order.length;
  const steps: WeightStep[] = [];
  if (order.some((g, i) => g !== i)) {
    steps.push({ kind: "reshape", shape: [count, units, inputs] }, { kind: "take", axis: 0, indices: order });
  }
  steps.push({ kind: "reshape", shape: [count * units, inputs] }, { kind: "transpose", perm: [1, 0] });
  return steps;
}

/** A part of a weight as a tensor of its own. */
function partOf(n: Rnn, i: number, direction: number): RawTensor {
  const whole = n.constant(i, "a weight of the layer");
  const part = sliceBytes(whole, 0, direction, direction + 1);
  return rawTensor(part.dtype, part.shape.slice(1), part.data);
}

function kernelOf(n: Rnn, i: number, direction: number, directions: number): WeightGiven {
  const { shape } = n.constant(i, "a weight of the layer");
  const units = n.constant(2, "the recurrent weight").shape[2]!;
  const steps = kernelSteps(kindOf(n), units, shape[2]!);
  if (directions === 1) return n.weight(i, steps);
  return { tensor: applySteps(partOf(n, i, direction), steps), from: n.value(i).name };
}

/** The bias of a cell: both halves for GRU(reset_after), else one, to which a recurrent bias is added. */
function biasOf(n: Rnn, direction: number): WeightGiven | null {
  if (!n.has(3)) return null;
  const kind = kindOf(n);
  const both = partOf(n, 3, direction);
  const count = GATES[kind].length;
  const width = both.shape[0]! / 2;
  const units = width / count;
  const reorder: WeightStep[] = [
    { kind: "reshape", shape: [2, count, units] },
    { kind: "take", axis: 1, indices: GATES[kind] },
    { kind: "reshape", shape: [2, width] },
  ];
  const ordered = applySteps(both, reorder);
  const from = n.value(3).name;
  if (isOp(n.node, "GRU") && n.node.attrs.linear_before_reset) return { tensor: ordered, from };
  const [first, second] = [0, 1].map((i) => flat(sliceBytes(ordered, 0, i, i + 1), width)) as [
    RawTensor,
    RawTensor,
  ];
  const data = typedArrayOf(second);
  if (Array.from(data, Number).every((v) => v === 0)) return { tensor: first, from };
  const a = Array.from(typedArrayOf(first), Number);
  const sum = Float32Array.from(a, (v, i) => v + Number(data[i]));
  n.out.notes.push(`${n.path}: input and recurrent bias are added; they were two weights`);
  return { tensor: rawTensor("float32", [width], new Uint8Array(sum.buffer)), from };
}

function flat(t: RawTensor, size: number): RawTensor {
  return rawTensor(t.dtype, [size], t.data);
}

/** The weights of one direction, by their path inside the layer. */
function cellWeights(n: Rnn, direction: number, directions: number, prefix: string): LayerWeights {
  const base = `${prefix}${CELL[kindOf(n)]}`;
  return {
    [`${base}/kernel`]: kernelOf(n, 1, direction, directions),
    [`${base}/recurrent_kernel`]: kernelOf(n, 2, direction, directions),
    [`${base}/bias`]: biasOf(n, direction),
  };
}

/** Settings of one direction. */
function cellConfig(n: Rnn, direction: number): PlainObject {
  const kind = kindOf(n);
  const [first, ...others] = cellActivations(n, direction);
  const names =
    kind === "RNN" ? { activation: first! } : { activation: others[0]!, recurrent_activation: first! };
  const { facts } = n.node;
  const rate = (key: string) => (typeof facts?.[key] === "number" ? facts[key] : 0);
  const after = isOp(n.node, "GRU") ? { reset_after: n.node.attrs.linear_before_reset !== 0 } : {};
  return {
    units: n.constant(2, "the recurrent weight").shape[2]!,
    ...names,
    use_bias: n.has(3),
    dropout: rate("dropout"),
    recurrent_dropout: rate("recurrent_dropout"),
    ...after,
  };
}

/** Initial states [B, U] of each direction, empty when they are zero. */
function initialStates(n: Rnn, directions: number): readonly (readonly KTensor[])[] {
  const kinds = kindOf(n) === "LSTM" ? [5, 6] : [5];
  const given = kinds.filter((i) => n.has(i) && !isZero(n.out.graph, n.out.makers, n.value(i)));
  if (given.length === 0) return [];
  if (given.length < kinds.length) throw n.error("only one of two initial states");
  return Array.from({ length: directions }, (_, d) => given.map((i) => stateOf(n, i, d, directions)));
}

function stateOf(n: Rnn, i: number, direction: number, directions: number): KTensor {
  const v = n.value(i);
  const wide = madeBy(n.out.makers, v, "Unsqueeze");
  if (directions === 1 && wide?.inputs[0]?.dims?.length === 2 && n.out.has(wide.inputs[0]))
    return n.out.layouts.plain(n.out.view(wide.inputs[0]), n.wanted());
  const x = n.plain(i);
  const dims = x.dims.slice(1);
  const all = { class_name: "__slice__", config: { start: null, stop: null, step: null } };
  return n.operation("GetItem", [x, [direction, all, all]], dims, {
    part: `state_${i}_${direction}`,
    dtype: x.dtype,
  });
}

/** The input [B, T, F] and the mask [B, T]. */
function inputOf(n: Rnn): { readonly x: KTensor; readonly mask: KTensor | null; readonly zero: boolean } {
  const plan = n.out.plans.masks.get(n.node);
  if (!plan) {
    if (n.has(4)) throw n.error("sequence lengths that are no mask of Keras");
    return { x: n.arranged(0, TIME_FIRST), mask: null, zero: false };
  }
  const { layouts } = n.out;
  const x = layouts.as(n.out.view(plan.x), TIME_FIRST, n.wanted());
  return { x, mask: layouts.as(n.out.view(plan.mask), [1, 0], n.wanted()), zero: plan.zero };
}

function check(n: Rnn): void {
  const { attrs } = n;
  if (attrs.layout) throw n.error("the batch as first axis");
  if (attrs.clip !== undefined) throw n.error("clipped gates");
  if (isOp(n.node, "LSTM") && (n.node.attrs.input_forget || n.node.inputs[7]))
    throw n.error("coupled gates or peepholes");
}

/** Gives readers of an output what they stand for. */
function give(n: Rnn, readers: Readers, view: KView): void {
  for (const node of readers.absorbed) n.out.absorbed.add(node);
  for (const v of readers.values) n.out.set(v, view);
}

const recurrent: KerasRule<Kind> = (n) => {
  check(n);
  if (n.attrs.direction === "bidirectional") bidirectional(n);
  else oneDirection(n);
};

function oneDirection(n: Rnn): void {
  const kind = kindOf(n);
  const [y, h, c] = [0, 1, 2].map((i) => n.node.outputs[i] ?? null);
  const { x, mask, zero } = inputOf(n);
  const backwards = n.attrs.direction === "reverse";
  const [batch = null, time = null] = x.dims;
  const units = n.constant(2, "the recurrent weight").shape[2]!;
  const states = initialStates(n, 1)[0] ?? [];
  const state = Boolean(c) || (y !== null && h !== null);
  const config = {
    ...cellConfig(n, 0),
    return_sequences: y !== null,
    return_state: state,
    go_backwards: backwards,
    zero_output_for_mask: zero,
  };
  const last = { dims: [batch, units] as Dim[], dtype: x.dtype };
  const first = y ? { dims: [batch, time, units] as Dim[], dtype: x.dtype } : last;
  const outputs = state ? [first, last, ...(kind === "LSTM" ? [last] : [])] : [first];
  const kwargs: Readonly<Record<string, Arg>> = {
    ...(states.length > 0 ? { initial_state: states.length === 1 ? [states[0]!] : states } : {}),
    ...(mask ? { mask } : {}),
  };
  const made = n.layers(LAYER[kind], [x], outputs, { config, weights: cellWeights(n, 0, 1, ""), kwargs });
  if (y) sequence(n, y, made[0]!, backwards);
  if (h) stateOutput(n, h, made[state && y ? 1 : 0]!);
  if (c) stateOutput(n, c, made[2]!);
}

/** The outputs of all steps. Keras lists those of a backward layer in the order they were made. */
function sequence(n: Rnn, y: IrValue, t: KTensor, backwards: boolean): void {
  const readers = sequenceReaders(n, y, backwards);
  const flip = () =>
    n.operation("Flip", [t], t.dims, { config: { axis: 1 }, part: "forward", dtype: t.dtype });
  const forward = backwards && readers.forward.values.length + (readers.rest ? 1 : 0) > 0 ? flip() : t;
  give(n, readers.forward, { value: forward, order: TIME_FIRST, shuffle: null });
  give(n, readers.reversed, { value: t, order: TIME_FIRST, shuffle: null });
  if (!readers.rest) return;
  const [batch = null, time = null, units = null] = t.dims;
  const wide = n.operation("ExpandDims", [forward], [batch, time, 1, units], {
    config: { axis: 2 },
    part: "directions",
    dtype: t.dtype,
  });
  n.out.set(y, { value: wide, order: [1, 2, 0, 3], shuffle: null });
}

function stateOutput(n: Rnn, v: IrValue, t: KTensor): void {
  const readers = lastReaders(n, v);
  give(n, readers, { value: t, order: [0, 1], shuffle: null });
  if (!readers.rest) return;
  const wide = n.operation("ExpandDims", [t], [1, ...t.dims], {
    config: { axis: 0 },
    part: "state",
    dtype: t.dtype,
  });
  n.out.set(v, { value: wide, order: [0, 1, 2], shuffle: null });
}

/** Name of the layer inside a Bidirectional one: that of the source. */
function innerName(n: Rnn): string {
  const source = n.out.graph.weights.get(n.value(1))?.source?.pieces[0]?.name ?? "";
  const parts = source.split("/").find((part) => part.startsWith("forward_"));
  return parts?.slice("forward_".length) || LAYER[kindOf(n)].toLowerCase();
}

function bidirectional(n: Rnn): void {
  const kind = kindOf(n);
  const [y, h, c] = [0, 1, 2].map((i) => n.node.outputs[i] ?? null);
  const { x, mask, zero } = inputOf(n);
  const [batch = null, time = null] = x.dims;
  const units = n.constant(2, "the recurrent weight").shape[2]!;
  const main = y ?? h;
  if (!main) throw n.error("no output is used");
  const sides = sideReaders(n, main, y ? 1 : 0);
  const state = Boolean(c) || (y !== null && h !== null);
  const same = JSON.stringify(cellConfig(n, 0)) === JSON.stringify(cellConfig(n, 1));
  if (!same) throw n.error("two directions with different activations");
  const name = innerName(n);
  const layer = {
    module: "keras.layers",
    class_name: LAYER[kind],
    config: {
      name,
      ...cellConfig(n, 0),
      return_sequences: y !== null,
      return_state: state,
      zero_output_for_mask: zero,
    },
    registered_name: null,
  };
  const width = sides.mode === "concat" ? 2 * units : units;
  const dims = (size: number): Dim[] => (y ? [batch, time, size] : [batch, size]);
  const last = { dims: [batch, units] as Dim[], dtype: x.dtype };
  const mains = sides.mode === null ? [dims(units), dims(units)] : [dims(width)];
  const per = kind === "LSTM" ? 2 : 1;
  const outputs = [
    ...mains.map((d) => ({ dims: d, dtype: x.dtype })),
    ...(state ? Array.from({ length: 2 * per }, () => last) : []),
  ];
  const states = initialStates(n, 2).flat();
  const kwargs: Readonly<Record<string, Arg>> = {
    ...(states.length > 0 ? { initial_state: states } : {}),
    ...(mask ? { mask } : {}),
  };
  const weights = {
    ...cellWeights(n, 0, 2, `forward_${name}/`),
    ...cellWeights(n, 1, 2, `backward_${name}/`),
  };
  const config = { merge_mode: sides.mode, layer };
  const made = n.layers("Bidirectional", [x], outputs, { config, weights, kwargs });
  const order = y ? TIME_FIRST : [0, 1];
  if (sides.merged) give(n, sides.merged, { value: made[0]!, order, shuffle: null });
  else {
    give(n, sides.forward, { value: made[0]!, order, shuffle: null });
    give(n, sides.backward, { value: made[1]!, order, shuffle: null });
    if (sides.rest) stacked(n, main, [made[0]!, made[1]!], y !== null);
  }
  if (!state) return;
  const ends = made.slice(mains.length);
  if (y && h) bothStates(n, h, [ends[0]!, ends[per]!]);
  if (c) bothStates(n, c, [ends[1]!, ends[per + 1]!]);
}

function bothStates(n: Rnn, v: IrValue, ends: readonly [KTensor, KTensor]): void {
  const sides = sideReaders(n, v, 0, false);
  give(n, sides.forward, { value: ends[0], order: [0, 1], shuffle: null });
  give(n, sides.backward, { value: ends[1], order: [0, 1], shuffle: null });
  if (sides.rest) stacked(n, v, ends, false);
}

/** Both directions on an axis of their own. */
function stacked(n: Rnn, v: IrValue, sides: readonly [KTensor, KTensor], sequences: boolean): void {
  const [first] = sides;
  const axis = sequences ? 2 : 0;
  const dims = [...first.dims.slice(0, axis), 2, ...first.dims.slice(axis)];
  const t = n.operation("Stack", [[...sides]], dims, {
    config: { axis },
    part: "directions",
    dtype: first.dtype,
  });
  n.out.set(v, { value: t, order: sequences ? [1, 2, 0, 3] : [0, 1, 2], shuffle: null });
}

/** Recurrent layers. */
export const RECURRENT_RULES: KerasRules = {
  LSTM: recurrent,
  GRU: recurrent,
  RNN: recurrent,
};
