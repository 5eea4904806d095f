// Shape helpers behind the tensor methods.
import * as core from "@isoform/core";
import type { Tensor as CoreTensor } from "@isoform/core";
import { checkOptions, checkValue, coded, COUNT, INTEGER, orNull } from "../checks.js";
import { requireIndices } from "./arguments.js";
import type { ShapeArgs } from "./methods/base.js";

/** `f(2, 3)` and `f([2, 3])` alike. What is no number is left for the op to refuse. */
export function shapeOf(args: ShapeArgs): readonly number[] {
  const [first] = args;
  return args.length === 1 && core.isList(first) ? first : (args as readonly number[]);
}

/** @throws {ShapeError} unless all are integers of at least `least` */
function requireSizes(
  op: string,
  x: CoreTensor,
  name: string,
  sizes: readonly number[],
  least: number,
): void {
  if (Array.isArray(sizes) && sizes.every((n) => Number.isSafeInteger(n) && n >= least)) return;
  throw core.shapeError(op, `${name} ${core.shown(sizes)}`, [x], `use integers of at least ${least}`);
}

/** The same values as a tensor of its own; differentiable. */
export function copyOf(x: CoreTensor): CoreTensor {
  return core.bind(core.broadcastToOp, [x], { shape: x.shape })[0];
}

/** One integer or a list of them. @throws {ArgumentError} for anything else */
function integers(op: string, name: string, given: number | readonly number[]): readonly number[] {
  const list = core.isList(given) ? given : [given];
  for (const v of list) checkValue(op, name, v, INTEGER);
  return list;
}

/** @throws {LimitExceededError} for a result of 2³¹ elements or more */
export function requireRoom(op: string, x: CoreTensor | null, elements: number): void {
  if (elements < 2 ** 31) return;
  throw new core.LimitExceededError("the result has 2³¹ elements or more", {
    code: "limit/elements",
    op,
    inputs: x === null ? [] : [core.describe(x)],
    hint: "work on parts of the tensor",
  });
}

/** `torch.squeeze`: given axes of another size are left alone. */
export function squeeze(x: CoreTensor, dim: number | readonly number[] | undefined): CoreTensor {
  const axes = core.normalizeAxes("squeeze", dim, x.rank).filter((a) => x.shape[a] === 1);
  return axes.length === 0 ? x : core.squeeze(x, axes);
}

/** `torch.unflatten`. */
export function unflatten(x: CoreTensor, dim: number, sizes: readonly number[]): CoreTensor {
  const axis = core.normalizeAxis("unflatten", dim, x.rank);
  requireSizes("unflatten", x, "sizes", sizes, -1);
  const known = sizes.reduce((p, n) => (n === -1 ? p : p * n), 1);
  const filled = sizes.map((n) => (n === -1 ? x.shape[axis]! / known : n));
  return core.reshape(x, [...x.shape.slice(0, axis), ...filled, ...x.shape.slice(axis + 1)]);
}

/** `torch.Tensor.expand`: −1 keeps the size. */
export function expand(x: CoreTensor, shape: readonly number[], op = "expand"): CoreTensor {
  requireSizes(op, x, "sizes", shape, -1);
  const lead = shape.length - x.rank;
  return core.broadcastTo(
    x,
    shape.map((n, i) => (n === -1 ? (x.shape[i - lead] ?? 1) : n)),
  );
}

/** `torch.Tensor.repeat`. */
export function repeat(x: CoreTensor, times: readonly number[]): CoreTensor {
  const lead = times.length - x.rank;
  const base = lead > 0 ? core.reshape(x, [...new Array<number>(lead).fill(1), ...x.shape]) : x;
  return core.tile(base, times);
}

/** `torch.split`. */
export function split(x: CoreTensor, size: number | readonly number[], dim: number): CoreTensor[] {
  const axis = core.normalizeAxis("split", dim, x.rank);
  const n = x.shape[axis]!;
  if (!core.isList(size) && !(Number.isSafeInteger(size) && size > 0)) {
    const hint = "use a positive integer, or a list of sizes";
    throw core.shapeError("split", `parts of size ${core.shown(size)}`, [x], hint);
  }
  const sizes = core.isList(size)
    ? size
    : Array.from({ length: Math.max(1, Math.ceil(n / size)) }, (_, i) => Math.min(size, n - i * size));
  requireSizes("split", x, "parts of sizes", sizes, 0);
  if (sizes.reduce((a, b) => a + b, 0) !== n) {
    throw core.shapeError(
      "split",
      `the parts [${sizes.join(",")}] do not add up to ${n}`,
      [x],
      "sizes must sum to the axis",
    );
  }
  let at = 0;
  return sizes.map((s) => {
    const part = core.sliceAxis(x, axis, at, at + s);
    at += s;
    return part;
  });
}

/** `torch.chunk`. */
export function chunk(x: CoreTensor, chunks: number, dim: number): CoreTensor[] {
  const axis = core.normalizeAxis("chunk", dim, x.rank);
  requireSizes("chunk", x, "numbers of chunks", [chunks], 1);
  return split(x, Math.max(1, Math.ceil(x.shape[axis]! / chunks)), axis);
}

/** `torch.select`. */
export function select(x: CoreTensor, dim: number, index: number): CoreTensor {
  const axis = core.normalizeAxis("select", dim, x.rank);
  const n = x.shape[axis]!;
  const i = index < 0 ? index + n : index;
  if (!Number.isInteger(i) || i < 0 || i >= n) {
    throw core.shapeError(
      "select",
      `index ${index} is outside axis ${axis}`,
      [x],
      `use an index from ${-n} to ${n - 1}`,
    );
  }
  return core.squeeze(core.sliceAxis(x, axis, i, i + 1), [axis]);
}

/** `torch.narrow`. */
export function narrow(x: CoreTensor, dim: number, start: number, length: number): CoreTensor {
  const axis = core.normalizeAxis("narrow", dim, x.rank);
  const n = x.shape[axis]!;
  const whole = Number.isSafeInteger(start) && Number.isSafeInteger(length);
  const from = whole && start < 0 ? start + n : start;
  if (!whole || from < 0 || length < 0 || from + length > n) {
    throw core.shapeError(
      "narrow",
      `start ${core.shown(start)} and length ${core.shown(length)} are outside axis ${axis} of size ${n}`,
      [x],
      "start and length are integers, start + length is at most the size",
    );
  }
  return core.sliceAxis(x, axis, from, from + length);
}

/** `torch.index_select`. */
export function indexSelect(x: CoreTensor, dim: number, index: CoreTensor): CoreTensor {
  const axis = requireIndices("indexSelect", x, dim, index);
  if (index.rank > 1) {
    throw core.shapeError("indexSelect", "the index is not a vector", [x, index], "use at() for more axes");
  }
  return core.gather(x, core.reshape(index, [index.size]), axis);
}

/** `torch.roll`: of all elements in a row where no axes are given. */
export function roll(
  x: CoreTensor,
  shifts: number | readonly number[],
  dims: number | readonly number[] | null | undefined,
): CoreTensor {
  const by = integers("roll", "shifts", shifts);
  const axes = integers("roll", "dims", dims ?? []);
  const flat = axes.length === 0;
  if (by.length !== (flat ? 1 : axes.length)) {
    throw new core.ArgumentError(`${by.length} shifts for ${flat ? "no" : axes.length} axes`, {
      code: "argument/length",
      op: "roll",
      inputs: [core.describe(x)],
      hint: flat ? "name the axes of the shifts" : "use one shift per axis",
    });
  }
  if (flat) return core.reshape(core.roll(core.reshape(x, [x.size]), by[0]!, 0), x.shape);
  return axes.reduce((t, axis, i) => core.roll(t, by[i]!, axis), x);
}

/** Copies of each slice, one number for all or one each. Reads a tensor of several. */
function repeatCounts(op: string, x: CoreTensor, repeats: CoreTensor, n: number): readonly number[] {
  core.requireInteger(op, repeats);
  if (repeats.rank > 1 || (repeats.size !== 1 && repeats.size !== n)) {
    const hint = `use one number, or a vector of ${n}`;
    throw core.shapeError(op, "the repeats do not fit", [x, repeats], hint);
  }
  const counts = Array.from(core.numbersOf(repeats.dataSync()));
  for (const count of counts) checkValue(op, "a number of repeats", count, coded("argument/range", COUNT));
  return counts;
}

/** `torch.repeat_interleave`. */
export function repeatInterleave(
  x: CoreTensor,
  repeats: number | CoreTensor,
  options: number | null | { readonly dim?: number | null },
): CoreTensor {
  const op = "repeatInterleave";
  const named = typeof options === "object" && options !== null;
  if (named) checkOptions(op, options, { dim: orNull(INTEGER) });
  const dim = (named ? options.dim : options) ?? null;
  const line = dim === null ? core.reshape(x, [x.size]) : x;
  const axis = core.normalizeAxis(op, dim ?? 0, line.rank);
  const n = line.shape[axis]!;
  const counts = repeats instanceof core.Tensor ? repeatCounts(op, x, repeats, n) : [repeats];
  if (counts.length === 1 && (n === 1 || !(repeats instanceof core.Tensor) || repeats.size === 1)) {
    const [count = 0] = counts;
    const out = core.repeatInterleave(line, count, axis);
    return out === x ? copyOf(x) : out;
  }
  const total = counts.reduce((a, b) => a + b, 0);
  requireRoom(op, x, (total * x.size) / Math.max(1, n));
  const index = new Int32Array(total);
  let at = 0;
  counts.forEach((count, i) => index.fill(i, at, (at += count)));
  return core.gather(line, core.fromTypedArray(index), axis);
}

/** `torch.tile`. */
export function tile(x: CoreTensor, times: readonly number[]): CoreTensor {
  const out = core.tile(x, times);
  return out === x ? copyOf(x) : out;
}

/** `torch.unbind`. */
export function unbind(x: CoreTensor, dim: number): CoreTensor[] {
  const axis = core.normalizeAxis("unbind", dim, x.rank);
  return Array.from({ length: x.shape[axis]! }, (_, i) =>
    core.squeeze(core.sliceAxis(x, axis, i, i + 1), [axis]),
  );
}

/** `torch.movedim`. */
export function movedim(
  x: CoreTensor,
  source: number | readonly number[],
  destination: number | readonly number[],
): CoreTensor {
  const from = integers("movedim", "source", source);
  return core.moveaxis(x, from, integers("movedim", "destination", destination));
}

/** `torch.Tensor.mT`. */
export function matrixTranspose(x: CoreTensor): CoreTensor {
  if (x.rank < 2) throw core.shapeError("mT", "x is not a matrix", [x], "use a tensor of two axes or more");
  return core.swapaxes(x, -2, -1);
}

/** `torch.rot90`. */
export function rot90(x: CoreTensor, k: number, dims: readonly number[]): CoreTensor {
  checkValue("rot90", "k", k, INTEGER);
  const [a, b, ...more] = integers("rot90", "dims", dims).map((d) => core.normalizeAxis("rot90", d, x.rank));
  if (a === undefined || b === undefined || more.length > 0 || a === b) {
    throw new core.ArgumentError(`dims are ${core.shown(dims)}`, {
      code: "argument/axis",
      op: "rot90",
      inputs: [core.describe(x)],
      hint: "name two distinct axes",
    });
  }
  switch (((k % 4) + 4) % 4) {
    case 1:
      return core.swapaxes(core.flip(x, b), a, b);
    case 2:
      return core.flip(x, [a, b]);
    case 3:
      return core.swapaxes(core.flip(x, a), a, b);
    default:
      return copyOf(x);
  }
}

/** More parts than this are made only of axes that long. */
const MOST_PARTS = 2 ** 16;

/** `torch.tensor_split`. */
export function tensorSplit(x: CoreTensor, parts: number | readonly number[], dim: number): CoreTensor[] {
  const op = "tensorSplit";
  const axis = core.normalizeAxis(op, dim, x.rank);
  const n = x.shape[axis]!;
  if (core.isList(parts)) {
    const cuts = integers(op, "a place to split", parts);
    return [...cuts, n].map((end, i) => core.sliceAxis(x, axis, i === 0 ? 0 : cuts[i - 1]!, end));
  }
  if (!Number.isSafeInteger(parts) || parts < 1) {
    const hint = "use a positive integer, or a list of places";
    throw core.shapeError(op, `${core.shown(parts)} parts`, [x], hint);
  }
  if (parts > Math.max(n, MOST_PARTS)) {
    throw new core.LimitExceededError(`${parts} parts of an axis of size ${n}`, {
      code: "limit/parts",
      op,
      inputs: [core.describe(x)],
      hint: `use at most ${Math.max(n, MOST_PARTS)}`,
    });
  }
  const [least, longer] = [Math.floor(n / parts), n % parts];
  const start = (i: number): number => i * least + Math.min(i, longer);
  return Array.from({ length: parts }, (_, i) => core.sliceAxis(x, axis, start(i), start(i + 1)));
}

/** `torch.Tensor.unfold`. */
export function unfold(x: CoreTensor, dim: number, size: number, step: number): CoreTensor {
  const axis = core.normalizeAxis("unfold", dim, x.rank);
  const n = x.shape[axis]!;
  const whole = Number.isSafeInteger(size) && Number.isSafeInteger(step);
  if (!whole || size < 0 || size > n || step < 1) {
    const problem = `windows of ${core.shown(size)} in steps of ${core.shown(step)}`;
    throw core.shapeError("unfold", problem, [x], `use sizes from 0 to ${n} and steps of at least 1`);
  }
  const count = Math.floor((n - size) / step) + 1;
  const starts = core.mul(core.iota([count, 1], 0, "int32"), Math.min(step, n));
  const windows = core.gather(x, core.add(starts, core.iota([1, size], 1, "int32")), axis);
  return core.moveaxis(windows, axis + 1, -1);
}
