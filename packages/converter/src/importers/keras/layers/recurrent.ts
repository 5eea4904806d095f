// LSTM, GRU and SimpleRNN as one ONNX-style node each; masks by moving the kept steps to the front.
import type { IrAttrsGiven } from "../../../ir/ops/table.js";
import type { IrValue } from "../../../ir/types.js";
import type { WeightPiece, WeightStep } from "../../../ir/weights.js";
import { rnnActivation } from "../activations.js";
import type { LayerConfig } from "../config.js";
import type { Laid, Site } from "../laid.js";
import { input, tensorArgument, tensorsOf, type LayerCall, type LayerImporter } from "../layer.js";

/** The three kinds of cells. */
export type CellKind = "LSTM" | "GRU" | "RNN";

/** Order of the gates: row block i of ONNX is block order[i] of Keras. */
const GATES: Readonly<Record<CellKind, readonly number[]>> = {
  LSTM: [0, 3, 1, 2],
  GRU: [0, 1, 2],
  RNN: [0],
};
/** Whether Keras time-major order [T, B, F] lies as [B, T, F]. */
const TIME_MAJOR: readonly number[] = [1, 0, 2];

/** Weights of one direction: the cell's site, its config, and where CuDNN layers differ. */
export interface CellWeights {
  readonly kind: CellKind;
  readonly site: Site;
  readonly cfg: LayerConfig;
  readonly units: number;
  readonly cudnn: boolean;
}

function gateSteps(kind: CellKind, units: number, from: readonly number[]): WeightStep[] {
  const order = GATES[kind];
  const n = order.length;
  const steps: WeightStep[] = from.length === 2 ? [{ kind: "transpose", perm: [1, 0] }] : [];
  const inner = from.length === 2 ? [from[0]!] : [];
  steps.push({ kind: "reshape", shape: [n, units, ...inner] });
  if (order.some((g, i) => g !== i)) steps.push({ kind: "take", axis: 0, indices: order });
  steps.push({ kind: "reshape", shape: [1, n * units, ...inner] });
  return steps;
}

function kernelPiece(w: CellWeights, name: string): WeightPiece {
  const path = `${w.site.path}/${name}`;
  const { shape } = w.site.tensor(name);
  if (!w.cudnn) return { name: path, shape, steps: gateSteps(w.kind, w.units, shape) };
  // CuDNN stores each gate's matrix transposed in its own memory: K_g = reshape_F(k_gᵀ).
  const [rows, columns] = shape as [number, number];
  const n = GATES[w.kind].length;
  const per = columns / n;
  const steps: WeightStep[] = [{ kind: "reshape", shape: [rows, n, per] }, { kind: "transpose", perm: [1, 2, 0] }];
  if (name === "kernel") {
    // reshape_F(kᵀ, (in, u)) in row-major terms is a plain reshape of k to (u, in).
    steps.length = 0;
    steps.push({ kind: "reshape", shape: [rows, n, per] }, { kind: "transpose", perm: [1, 0, 2] });
    steps.push({ kind: "reshape", shape: [n, per, rows] });
  }
  const order = GATES[w.kind];
  if (order.some((g, i) => g !== i)) steps.push({ kind: "take", axis: 0, indices: order });
  steps.push({ kind: "reshape", shape: [1, n * w.units, rows] });
  return { name: path, shape, steps };
}

/** Input and recurrent bias as pieces of B; GRU(reset_after) and CuDNN have both, others only the first. */
function biasPieces(w: CellWeights): WeightPiece[] {
  const n = GATES[w.kind].length;
  const width = n * w.units;
  const none: WeightPiece = { name: null, shape: [1, width], steps: [] };
  if (!w.cudnn && !w.cfg.flag("use_bias", true)) return [none, none];
  const path = `${w.site.path}/bias`;
  const { shape } = w.site.tensor("bias");
  const order = GATES[w.kind];
  if (shape.length === 1 && shape[0] === width) {
    return [{ name: path, shape, steps: gateSteps(w.kind, w.units, shape) }, none];
  }
  // (2, width), or flat with both halves one after the other.
  const steps: WeightStep[] = [{ kind: "reshape", shape: [2, n, w.units] }];
  if (order.some((g, i) => g !== i)) steps.push({ kind: "take", axis: 1, indices: order });
  steps.push({ kind: "reshape", shape: [1, 2 * width] });
  return [{ name: path, shape, steps }];
}

/** A weight over all directions. */
function joined(cells: readonly CellWeights[], owner: Site, name: string, pieces: (w: CellWeights) => readonly WeightPiece[], axis: number): IrValue {
  if (cells.length === 1) {
    const list = pieces(cells[0]!);
    return owner.assembled(name, { axis: list.length === 1 ? null : axis, pieces: list });
  }
  const parts = cells.map((w) => {
    const list = pieces(w);
    return w.site.assembled(name, { axis: list.length === 1 ? null : axis, pieces: list });
  });
  // Two directions: join whole single-direction tensors on the direction axis when both are simple.
  const flat = cells.flatMap((w) => pieces(w));
  if (flat.length === cells.length) return owner.assembled(name, { axis: 0, pieces: flat });
  return owner.op("Concat", parts, { axis: 0 }, `${name}_both`);
}

/** Activations of one direction, or null when one has no recurrent form. */
function activationsOf(w: CellWeights, kerasMajor: number) {
  const main = rnnActivation(w.cudnn ? "tanh" : w.cfg.get("activation"), "tanh", kerasMajor);
  if (w.kind === "RNN") return main && [main];
  const inner = rnnActivation(w.cudnn ? "sigmoid" : w.cfg.get("recurrent_activation"), "sigmoid", kerasMajor);
  if (!main || !inner) return null;
  return w.kind === "LSTM" ? [inner, main, main] : [inner, main];
}

/** What a recurrent node gives, in time-major order with a direction axis. */
export interface RnnOutputs {
  /** [T, D, B, U] */
  readonly y: IrValue;
  /** [D, B, U] */
  readonly h: IrValue;
  readonly c: IrValue | null;
}

/** One ONNX node over the given cells (one or two directions). `lengths` are the steps kept per sequence. */
export function recurrentNode(
  c: LayerCall,
  cells: readonly CellWeights[],
  x: IrValue,
  direction: string,
  initial: readonly (IrValue | null)[],
  lengths: IrValue | null,
): RnnOutputs {
  const { site } = c;
  const [first] = cells as readonly [CellWeights];
  const lists = cells.map((w) => activationsOf(w, site.shared.kerasMajor));
  const all = lists.flatMap((l) => l ?? []);
  if (lists.includes(null)) throw c.cfg.unsupported("one of the activations has no recurrent form");
  const plain = all.every((a) => a.alpha === undefined);
  const attrs = {
    hidden_size: first.units,
    direction,
    activations: all.map((a) => a.name),
    ...(plain ? {} : { activation_alpha: all.map((a) => a.alpha ?? 0), activation_beta: all.map((a) => a.beta ?? 0) }),
  };
  const w = joined(cells, site, "W", (cell) => [kernelPiece(cell, "kernel")], 0);
  const r = joined(cells, site, "R", (cell) => [kernelPiece(cell, "recurrent_kernel")], 0);
  const b = joined(cells, site, "B", biasPieces, 1);
  const states = initial.map((s) => s && site.op("Unsqueeze", [s, site.ints([0])], {}, "initial"));
  const inputs = [x, w, r, b, lengths, ...states];
  if (first.kind === "LSTM") {
    const [y, h, cell] = site.ops("LSTM", inputs, attrs, ["Y", "Y_h", "Y_c"]);
    return { y: y!, h: h!, c: cell! };
  }
  if (first.kind === "GRU") {
    const after = first.cudnn || first.cfg.flag("reset_after", defaultResetAfter(site));
    const gru: IrAttrsGiven<"GRU"> = { ...attrs, linear_before_reset: after ? 1 : 0 };
    const [y, h] = site.ops("GRU", inputs, gru, ["Y", "Y_h"]);
    return { y: y!, h: h!, c: null };
  }
  const [y, h] = site.ops("RNN", inputs, attrs, ["Y", "Y_h"]);
  return { y: y!, h: h!, c: null };
}

/** Keras 2.0 to 2.2 knew no reset_after and meant false; later configs always say. */
function defaultResetAfter(site: Site): boolean {
  return site.shared.kerasMajor >= 3;
}

/** The kept steps of every sequence moved to the front, how many they are, and how to bring results back. */
export interface Compacted {
  readonly x: IrValue;
  readonly lengths: IrValue;
  /** Outputs [T, B, U] at the original steps: a masked step repeats the output before it, or is 0. */
  readonly restore: (y: IrValue, zero: boolean) => IrValue;
}

/** Sorts the steps of [T, B, F] so that masked ones come last: ties of TopK keep their order. */
export function compact(site: Site, x: IrValue, mask: IrValue): Compacted {
  const rows = site.op("Transpose", [mask], { perm: [1, 0] }, "mask_time");
  const keep = site.op("Cast", [rows], { to: "float32" }, "mask_float");
  const steps = site.op("Shape", [rows], { start: 0, end: 1 }, "steps");
  const [, order] = site.ops("TopK", [keep, steps], { axis: 0 }, ["kept", "order"], "kept_first");
  const wide = site.op("Expand", [site.op("Unsqueeze", [order!, site.ints([2])], {}, "order_wide"), site.op("Shape", [x], {}, "shape")], {}, "order_full");
  const sorted = site.op("GatherElements", [x, wide], { axis: 0 }, "sorted");
  const counts = site.op("Cast", [site.op("ReduceSum", [keep, site.ints([0])], { keepdims: 0 }, "count")], { to: "int32" }, "lengths");
  const restore = (y: IrValue, zero: boolean): IrValue => {
    const whole = site.op("Cast", [keep], { to: "int64" }, "mask_int");
    const seen = site.op("CumSum", [whole, site.b.scalar(0, "int64")], {}, "seen");
    const last = site.op("Max", [site.op("Sub", [seen, site.b.scalar(1, "int64")], {}, "last"), site.b.scalar(0, "int64")], {}, "last_step");
    const shape = site.op("Shape", [y], {}, "out_shape");
    const places = site.op("Expand", [site.op("Unsqueeze", [last, site.ints([2])], {}, "places"), shape], {}, "places_full");
    const back = site.op("GatherElements", [y, places], { axis: 0 }, "spread");
    const known = zero ? rows : site.op("Greater", [seen, site.b.scalar(0, "int64")], {}, "any_seen");
    return site.op("Where", [site.op("Unsqueeze", [known, site.ints([2])], {}, "known"), back, site.scalar(0)], {}, "unmasked");
  };
  return { x: sorted, lengths: counts, restore };
}

/** Reads one direction's cell config: a layer that makes its cell itself. */
export function ownCell(c: LayerCall, kind: CellKind, cellName: string): CellWeights {
  const cudnn = c.cfg.className.startsWith("CuDNN");
  const site = cudnn ? c.site : c.site.inner(cellName);
  return { kind, site, cfg: c.cfg, units: c.cfg.int("units", c.cfg.int("output_dim", 0)), cudnn };
}

function squeezeDirection(site: Site, v: IrValue, axis: number, part?: string): IrValue {
  return site.op("Squeeze", [v, site.ints([axis])], {}, part);
}

/** Initial states of a call: further inputs, or the keyword `initial_state`. */
function initialStates(c: LayerCall): (IrValue | null)[] {
  const given = c.inputs.slice(1);
  const named = tensorsOf(c.kwargs.get("initial_state"));
  return (given.length > 0 ? given : named).map((s) => c.site.natural(s));
}

export const recurrent =
  (kind: CellKind, cellName: string): LayerImporter =>
  (c) =>
    runRecurrent(c, ownCell(c, kind, cellName), c.cfg);

/** The layer around one direction. */
export function runRecurrent(c: LayerCall, cell: CellWeights, cfg: LayerConfig): readonly Laid[] {
  const { site } = c;
  const given = input(c);
  const mask = tensorArgument(c, "mask") ?? given.mask;
  const backwards = cfg.flag("go_backwards", false);
  const sequences = cfg.flag("return_sequences", false);
  const zero = cfg.flag("zero_output_for_mask", false);
  const x = site.arranged(given, TIME_MAJOR);
  const kept = mask ? compact(site, x, site.natural(mask)) : null;
  const direction = backwards ? "reverse" : "forward";
  const out = recurrentNode(c, [cell], kept?.x ?? x, direction, initialStates(c), kept?.lengths ?? null);
  const last = (): Laid => site.plain(squeezeDirection(site, out.h, 0, sequences ? "h" : undefined));
  const all = (): Laid => {
    const y = squeezeDirection(site, out.y, 1, "steps");
    const restored = kept ? kept.restore(y, zero) : y;
    const ordered = backwards ? reverseTime(site, restored) : restored;
    return site.laid(ordered, TIME_MAJOR, backwards ? null : mask);
  };
  const first = sequences ? all() : last();
  if (!cfg.flag("return_state", false)) return [first];
  const states = [sequences ? last() : first];
  if (out.c) states.push(site.plain(squeezeDirection(site, out.c, 0, "c")));
  return [first, ...states];
}

function reverseTime(site: Site, y: IrValue): IrValue {
  const end = site.ints([Number.MIN_SAFE_INTEGER]);
  return site.op("Slice", [y, site.ints([-1]), end, site.ints([0]), site.ints([-1])], {}, "reversed");
}

/** The cell of a serialised layer or cell class. */
export function cellKindOf(className: string): { readonly kind: CellKind; readonly cell: string } | null {
  switch (className) {
    case "LSTM":
    case "LSTMCell":
    case "CuDNNLSTM":
      return { kind: "LSTM", cell: "lstm_cell" };
    case "GRU":
    case "GRUCell":
    case "CuDNNGRU":
      return { kind: "GRU", cell: "gru_cell" };
    case "SimpleRNN":
    case "SimpleRNNCell":
      return { kind: "RNN", cell: "simple_rnn_cell" };
    default:
      return null;
  }
}

/** Order of time-major values, for wrappers. */
export const RNN_ORDER: readonly number[] = TIME_MAJOR;

