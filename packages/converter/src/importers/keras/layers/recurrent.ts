// LSTM, GRU and SimpleRNN as one ONNX-style node each; masks by moving the kept steps to the front.
import type { IrAttrsGiven } from "../../../ir/ops/table.js";
import type { Facts, IrValue } from "../../../ir/types.js";
import type { WeightPiece, WeightStep } from "../../../ir/weights.js";
import { rnnActivation, type RnnActivation } from "../activations.js";
import type { LayerConfig } from "../config.js";
import type { Laid, Site } from "../laid.js";
import { scanned } from "./scan.js";
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
  /** The layer around the cell. */
  readonly owner: Site;
  readonly site: Site;
  readonly cfg: LayerConfig;
  readonly units: number;
  readonly cudnn: boolean;
}

/** Blocks of gates in ONNX's order: the weight has the gates on axis 0 after `before`. */
function reorder(kind: CellKind, axis: number): WeightStep[] {
  const order = GATES[kind];
  return order.some((g, i) => g !== i) ? [{ kind: "take", axis, indices: order }] : [];
}

/** A kernel (in, n·units) as rows [1, n·units, in]. */
function kernelPiece(w: CellWeights, name: string): WeightPiece {
  const path = `${w.site.path}/${name}`;
  const n = GATES[w.kind].length;
  const rows = name === "kernel" ? null : w.units;
  const shape = w.site.shapeOf(name, [rows, n * w.units]);
  const inner = shape[0]!;
  const whole: WeightStep = { kind: "reshape", shape: [1, n * w.units, inner] };
  if (w.cudnn) {
    // CuDNN layers store each gate as a matrix (units, in) in their own memory; recurrent ones are transposed.
    const steps: WeightStep[] = [
      { kind: "reshape", shape: [inner, n, w.units] },
      { kind: "transpose", perm: [1, 0, 2] },
      { kind: "reshape", shape: [n, w.units, inner] },
    ];
    return { name: path, shape, steps: [...steps, ...reorder(w.kind, 0), whole] };
  }
  const steps: WeightStep[] = [
    { kind: "transpose", perm: [1, 0] },
    { kind: "reshape", shape: [n, w.units, inner] },
  ];
  return { name: path, shape, steps: [...steps, ...reorder(w.kind, 0), whole] };
}

/** True when a direction has a bias. */
function hasBias(w: CellWeights): boolean {
  return w.cudnn || w.cfg.flag("use_bias", true);
}

/** Input and recurrent bias, flat: GRU(reset_after) and CuDNN layers have both, others only the first. */
function biasPieces(w: CellWeights): WeightPiece[] {
  const n = GATES[w.kind].length;
  const width = n * w.units;
  const zeros: WeightPiece = { name: null, shape: [width], steps: [] };
  if (!hasBias(w)) return [zeros, zeros];
  const path = `${w.site.path}/bias`;
  const { shape } = w.site.tensor("bias");
  const size = shape.reduce((p, d) => p * d, 1);
  const halves = size / width;
  if (halves !== 1 && halves !== 2) w.site.shapeOf("bias", [width]);
  const steps: WeightStep[] = [
    { kind: "reshape", shape: [halves, n, w.units] },
    ...reorder(w.kind, 1),
    { kind: "reshape", shape: [size] },
  ];
  const piece: WeightPiece = { name: path, shape, steps };
  return halves === 2 ? [piece] : [piece, zeros];
}

/** The kernels of all directions, [D, n·units, in]. */
function joined(cells: readonly CellWeights[], owner: Site, name: string, kernel: string): IrValue {
  const pieces = cells.map((w) => kernelPiece(w, kernel));
  return owner.assembled(name, { axis: pieces.length === 1 ? null : 0, pieces });
}

/** The biases of all directions, [D, 2·n·units]; null when there are none. */
function joinedBias(cells: readonly CellWeights[], owner: Site): IrValue | null {
  if (!cells.some(hasBias)) return null;
  const pieces = cells.flatMap(biasPieces);
  const width = GATES[cells[0]!.kind].length * cells[0]!.units;
  return owner.assembled("B", {
    axis: pieces.length === 1 ? null : 0,
    pieces,
    shape: [cells.length, 2 * width],
  });
}

/** Activations of one direction, or null when one has no recurrent form. */
export function activationsOf(w: CellWeights, kerasMajor: number): readonly RnnActivation[] | null {
  const main = rnnActivation(w.cudnn ? "tanh" : w.cfg.get("activation"), "tanh", kerasMajor);
  if (w.kind === "RNN") return main && [main];
  const usual = kerasMajor >= 3 ? "sigmoid" : "hard_sigmoid";
  const inner = rnnActivation(w.cudnn ? "sigmoid" : w.cfg.get("recurrent_activation"), usual, kerasMajor);
  if (!main || !inner) return null;
  return w.kind === "LSTM" ? [inner, main, main] : [inner, main];
}

/** One direction in time-major order. */
export interface Timed {
  /** [T, B, F] */
  readonly x: IrValue;
  /** bool [T, B] */
  readonly mask: IrValue | null;
  /** Initial states [B, U]. */
  readonly initial: readonly (IrValue | null)[];
  readonly backwards: boolean;
  /** True when the outputs of all steps are wanted. */
  readonly sequences: boolean;
  /** True when outputs of masked steps are zero. */
  readonly zero: boolean;
}

/** What one direction gives. */
export interface TimedOutputs {
  /** Outputs [T, B, U] in the order in which the steps were run. */
  readonly y: IrValue;
  /** [B, U] */
  readonly last: IrValue;
  readonly states: readonly IrValue[];
}

/** What a recurrent node gives, in time-major order with a direction axis. */
export interface RnnOutputs {
  /** [T, D, B, U] */
  readonly y: IrValue;
  /** [D, B, U] */
  readonly h: IrValue;
  readonly c: IrValue | null;
}

/** Rates of dropout inside the cell, and whether the state was kept between batches: facts for training. */
function cellFacts(cfg: LayerConfig, layer: LayerConfig): Facts {
  cfg.ignore("unit_forget_bias", "reset_after");
  layer.ignore("stateful", "unit_forget_bias");
  const rates = ["dropout", "recurrent_dropout"].flatMap((key): [string, number][] => {
    const rate = cfg.number(key, 0);
    return rate === 0 ? [] : [[key, rate]];
  });
  return Object.fromEntries(rates);
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
  const all = cells.flatMap((w) => activationsOf(w, site.shared.kerasMajor) ?? []);
  const alphas = all.flatMap((a) => (a.alpha === undefined ? [] : [a.alpha]));
  const betas = all.flatMap((a) => (a.beta === undefined ? [] : [a.beta]));
  const attrs = {
    hidden_size: first.units,
    direction,
    activations: all.map((a) => a.name),
    ...(alphas.length > 0 ? { activation_alpha: alphas } : {}),
    ...(betas.length > 0 ? { activation_beta: betas } : {}),
  };
  const facts = cellFacts(first.cfg, c.cfg);
  const w = joined(cells, site, "W", "kernel");
  const r = joined(cells, site, "R", "recurrent_kernel");
  const b = joinedBias(cells, site);
  const states = initial.map(
    (s) =>
      s && (direction === "bidirectional" ? s : site.op("Unsqueeze", [s, site.ints([0])], {}, "initial")),
  );
  const inputs = trimmed([x, w, r, b, lengths, ...states]);
  const some = Object.keys(facts).length > 0 ? facts : undefined;
  if (first.kind === "LSTM") {
    const [y, h, cell] = site.ops("LSTM", inputs, attrs, ["Y", "Y_h", "Y_c"], undefined, some);
    return { y: y!, h: h!, c: cell! };
  }
  if (first.kind === "GRU") {
    const after = first.cudnn || first.cfg.flag("reset_after", defaultResetAfter(site));
    const gru: IrAttrsGiven<"GRU"> = { ...attrs, linear_before_reset: after ? 1 : 0 };
    const [y, h] = site.ops("GRU", inputs, gru, ["Y", "Y_h"], undefined, some);
    return { y: y!, h: h!, c: null };
  }
  const [y, h] = site.ops("RNN", inputs, attrs, ["Y", "Y_h"], undefined, some);
  return { y: y!, h: h!, c: null };
}

function trimmed(inputs: readonly (IrValue | null)[]): readonly (IrValue | null)[] {
  let n = inputs.length;
  while (n > 0 && inputs[n - 1] === null) n--;
  return inputs.slice(0, n);
}

/** Keras 2.0 to 2.2 knew no reset_after and meant false; later configs always say. */
function defaultResetAfter(site: Site): boolean {
  return site.shared.kerasMajor >= 3;
}

/** The kept steps of every sequence moved to the front, how many they are, and how to bring results back. */
export interface Compacted {
  readonly x: IrValue;
  readonly lengths: IrValue;
  /**
   * Outputs [T, B, U] at the original steps. A masked step is 0 (`zero`), or repeats the output of the kept step that
   * was run before it (in reverse: the next one), 0 when there is none.
   */
  readonly restore: (y: IrValue, zero: boolean, reverse: boolean) => IrValue;
}

/**
 * Sorts the steps of [T, B, F] so that masked ones come last; TopK keeps the order of equal values. Exact for every
 * mask: a recurrent layer of Keras skips masked steps.
 */
export function compact(site: Site, x: IrValue, mask: IrValue): Compacted {
  const keep = site.op("Cast", [mask], { to: "float32" }, "mask_float");
  const steps = site.op("Shape", [mask], { start: 0, end: 1 }, "steps");
  const [, order] = site.ops("TopK", [keep, steps], { axis: 0 }, ["kept", "order"], "kept_first");
  const gathered = (from: IrValue, places: IrValue, part: string): IrValue => {
    const wide = site.op("Unsqueeze", [places, site.ints([2])], {}, `${part}_wide`);
    const full = site.op(
      "Expand",
      [wide, site.op("Shape", [from], {}, `${part}_shape`)],
      {},
      `${part}_places`,
    );
    return site.op("GatherElements", [from, full], { axis: 0 }, part);
  };
  const counts = site.op("ReduceSum", [keep, site.ints([0])], { keepdims: 0 }, "count");
  const lengths = site.op("Cast", [counts], { to: "int32" }, "lengths");
  const one = site.b.scalar(1, "int64");
  const none = site.b.scalar(0, "int64");
  const restore = (y: IrValue, zero: boolean, reverse: boolean): IrValue => {
    const whole = site.op("Cast", [mask], { to: "int64" }, "mask_int");
    const seen = site.op("CumSum", [whole, none], { exclusive: reverse ? 1 : 0 }, "seen");
    const last = reverse ? seen : site.op("Sub", [seen, one], {}, "last");
    const top = site.op(
      "Sub",
      [site.op("Max", [site.op("Cast", [lengths], { to: "int64" }, "count_int"), one], {}, "some"), one],
      {},
      "top",
    );
    const place = site.op("Min", [site.op("Max", [last, none], {}, "not_before"), top], {}, "place");
    const known = zero
      ? mask
      : reverse
        ? site.op("Less", [seen, site.op("Cast", [lengths], { to: "int64" }, "count_int")], {}, "known")
        : site.op("Greater", [seen, none], {}, "known");
    const back = gathered(y, place, "spread");
    return site.op(
      "Where",
      [site.op("Unsqueeze", [known, site.ints([2])], {}, "known_wide"), back, site.scalar(0)],
      {},
      "unmasked",
    );
  };
  return { x: gathered(x, order!, "sorted"), lengths, restore };
}

/** Reads one direction's cell config: a layer that makes its cell itself. */
export function ownCell(c: LayerCall, kind: CellKind, cellName: string): CellWeights {
  const cudnn = c.cfg.className.startsWith("CuDNN");
  const site = cudnn ? c.site : c.site.inner(cellName);
  return { kind, owner: c.site, site, cfg: c.cfg, units: c.cfg.int("units", undefined, 1), cudnn };
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

/** The layer around one direction: `cfg` says what it returns. */
export function runRecurrent(c: LayerCall, cell: CellWeights, cfg: LayerConfig): readonly Laid[] {
  const { site } = c;
  const given = input(c);
  const mask = tensorArgument(c, "mask") ?? given.mask;
  const timed: Timed = {
    x: site.arranged(given, timeOrder(cfg)),
    mask: mask ? site.arranged(mask, timeOrder(cfg).slice(0, 2)) : null,
    initial: initialStates(c),
    backwards: cfg.flag("go_backwards", false),
    sequences: cfg.flag("return_sequences", false),
    zero: cfg.flag("zero_output_for_mask", false),
  };
  if (cfg.flag("stateful", false))
    site.note("the state is not kept from call to call; every call starts from zeros");
  const out = oneDirection(c, cell, timed);
  const first = timed.sequences ? site.laid(out.y, timeOrder(cfg), mask) : site.plain(out.last);
  if (!cfg.flag("return_state", false)) return [first];
  return [first, ...out.states.map((s) => site.plain(s))];
}

/** One direction: one node, or a Scan where the activations have no recurrent form. */
export function oneDirection(c: LayerCall, cell: CellWeights, t: Timed): TimedOutputs {
  return activationsOf(cell, c.site.shared.kerasMajor) ? oneNode(c, cell, t) : scanned(c, cell, t);
}

/** Keras axes [B, T, F] of a value [T, B, F]; time-major layers have that order themselves. */
function timeOrder(cfg: LayerConfig): readonly number[] {
  return cfg.flag("time_major", false) ? [0, 1, 2] : TIME_MAJOR;
}

/** As one LSTM, GRU or RNN node. */
function oneNode(c: LayerCall, cell: CellWeights, t: Timed): TimedOutputs {
  const { site } = c;
  const kept = t.mask ? compact(site, t.x, t.mask) : null;
  const direction = t.backwards ? "reverse" : "forward";
  const out = recurrentNode(c, [cell], kept?.x ?? t.x, direction, t.initial, kept?.lengths ?? null);
  const h = squeezeDirection(site, out.h, 0, "h");
  const states = out.c ? [h, squeezeDirection(site, out.c, 0, "c")] : [h];
  const y = squeezeDirection(site, out.y, 1, "steps");
  const restored = kept ? kept.restore(y, t.zero, t.backwards) : y;
  const sequence = t.backwards ? reverseTime(site, restored) : restored;
  return { y: sequence, last: t.zero && t.mask && !t.sequences ? lastOutput(site, h, t) : h, states };
}

/** The last output where masked outputs are zero: zero when the last step that is run is masked. */
function lastOutput(site: Site, h: IrValue, t: Timed): IrValue {
  const place = site.b.scalar(t.backwards ? 0 : -1, "int64");
  const kept = site.op(
    "Unsqueeze",
    [site.op("Gather", [t.mask!, place], { axis: 0 }, "last_kept"), site.ints([1])],
    {},
    "last_wide",
  );
  return site.op("Where", [kept, h, site.scalar(0)], {}, "last");
}

/** A time-major value backwards. */
export function reverseTime(site: Site, y: IrValue): IrValue {
  const end = site.ints([-(2 ** 63)]);
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
