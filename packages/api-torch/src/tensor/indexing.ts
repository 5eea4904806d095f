// `x[...]` of Python as `x.at(...)`: integers, slices as strings, new axes, ellipsis, index tensors and masks.
import * as core from "@isoform/core";
import type { Tensor as CoreTensor } from "@isoform/core";
import { checkOptions, FLAG } from "../checks.js";
import { elementOf } from "./arguments.js";
import { copyOf } from "./shape.js";

/**
 * One index: an integer, `'start:stop:step'` (parts optional, steps may be negative), `null` (new axis), `'...'`,
 * an integer tensor or a list of integers, or a bool tensor or a list of booleans (a mask of as many axes as it has).
 */
export type Index = number | string | null | CoreTensor | readonly number[] | readonly boolean[];

/** Integers that pick along one axis of the sliced tensor. */
interface Picks {
  readonly axis: number;
  readonly indices: CoreTensor;
}

interface Plan {
  readonly starts: number[];
  readonly ends: number[];
  readonly steps: number[];
  readonly flips: number[];
  /** Shape after slicing, with axes of integers dropped and new axes added. */
  readonly shape: number[];
  readonly picks: Picks[];
}

function bad(problem: string, x: CoreTensor, hint: string): Error {
  return core.shapeError("at", problem, [x], hint);
}

interface Range {
  readonly start: number;
  readonly end: number;
  readonly step: number;
}

/** Elements of a slice: `start` to `end` (exclusive) in steps of |step|, to be reversed when the step is negative. */
function parseSlice(text: string, n: number, x: CoreTensor): Range {
  const parts = text.split(":");
  if (parts.length < 2 || parts.length > 3 || parts.some((p) => !/^\s*(-?\d+)?\s*$/.test(p))) {
    const hint = "write slices as 'start:stop' or 'start:stop:step', '...' for all other axes";
    throw bad(`${JSON.stringify(text)} is not an index`, x, hint);
  }
  const [a = null, b = null, c = null] = parts.map((p) => (p.trim() === "" ? null : Number(p)));
  const step = c ?? 1;
  if (step === 0) throw bad("a slice step is 0", x, "use a positive or negative step");
  const clamp = (i: number, low: number, high: number) => Math.min(high, Math.max(low, i < 0 ? i + n : i));
  if (step > 0) {
    const start = a === null ? 0 : clamp(a, 0, n);
    const end = b === null ? n : clamp(b, 0, n);
    return { start, end: Math.max(start, end), step };
  }
  const from = a === null ? n - 1 : clamp(a, -1, n - 1);
  const to = b === null ? -1 : clamp(b, -1, n - 1);
  const count = Math.max(0, Math.ceil((from - to) / -step));
  return count === 0 ? { start: 0, end: 0, step } : { start: from + (count - 1) * step, end: from + 1, step };
}

const isMask = (i: Index | undefined): i is CoreTensor => i instanceof core.Tensor && i.dtype === "bool";

/** How many axes of the tensor an index takes. */
function axesOf(i: Index): number {
  if (i === null || i === "...") return 0;
  return isMask(i) ? i.rank : 1;
}

const isFlags = (i: readonly (number | boolean)[]): i is readonly boolean[] => typeof i[0] === "boolean";

/** A list of booleans is a mask. @throws {ArgumentError} for what is no index */
function known(op: string, i: Index): Exclude<Index, readonly boolean[]> {
  if (core.isList(i)) return isFlags(i) ? core.tensor(i) : i;
  if (i === null || typeof i === "number" || typeof i === "string" || i instanceof core.Tensor) return i;
  throw new core.ArgumentError(`${core.shown(i)} is not an index`, {
    code: "argument/index-kind",
    op,
    hint: "use numbers, 'start:stop:step', null, '...', lists, index tensors or masks",
  });
}

function plan(x: CoreTensor, given: readonly Index[]): Plan {
  const index = given.map((i) => known("at", i));
  const used = index.reduce<number>((n, i) => n + axesOf(i), 0);
  if (used > x.rank) throw bad(`${used} indices for ${x.rank} axes`, x, "use at most one index per axis");
  if (index.filter((i) => i === "...").length > 1) throw bad("two '...' in one index", x, "use at most one");
  const p: Plan = { starts: [], ends: [], steps: [], flips: [], shape: [], picks: [] };
  const take = (start: number, end: number, step: number) => {
    p.starts.push(start);
    p.ends.push(end);
    p.steps.push(Math.abs(step));
  };
  const whole = () => {
    const n = x.shape[p.starts.length]!;
    take(0, n, 1);
    p.shape.push(n);
  };
  for (const i of index) {
    const axis = p.starts.length;
    const n = x.shape[axis]!;
    if (i === null) p.shape.push(1);
    else if (i === "...") for (let k = used; k < x.rank; k++) whole();
    else if (typeof i === "string") {
      const { start, end, step } = parseSlice(i, n, x);
      take(start, end, step);
      if (step < 0) p.flips.push(axis);
      p.shape.push(Math.ceil((end - start) / Math.abs(step)));
    } else if (typeof i === "number") {
      const at = i < 0 ? i + n : i;
      if (!Number.isInteger(at) || at < 0 || at >= n) {
        const hint = n === 0 ? "the axis is empty" : `use an index from ${-n} to ${n - 1}`;
        throw bad(`index ${i} is outside axis ${axis} of size ${n}`, x, hint);
      }
      take(at, at + 1, 1);
    } else if (isMask(i)) {
      checkMask(x, i, axis);
      for (const indices of maskPositions(i)) {
        p.picks.push({ axis: p.shape.length, indices });
        whole();
      }
    } else {
      p.picks.push({ axis: p.shape.length, indices: positions(x, i, axis) });
      whole();
    }
  }
  while (p.starts.length < x.rank) whole();
  return p;
}

/** Indices into one axis of x. @throws {DTypeError} for floats @throws {ArgumentError} for one outside */
function positions(x: CoreTensor, index: CoreTensor | readonly number[], axis: number): CoreTensor {
  const indices = index instanceof core.Tensor ? index : core.tensor([...index], { dtype: "int64" });
  if (core.isInteger(indices.dtype)) return fromEnd("at", x, indices, x.shape[axis]!, `axis ${axis}`);
  throw new core.DTypeError("an index tensor must hold integers or booleans", {
    code: "dtype/not-allowed",
    op: "at",
    inputs: [core.describe(x), core.describe(indices)],
    hint: "convert it with long() or bool()",
  });
}

/** Indices into `what` of size n with negative ones counted from the end. @throws {ArgumentError} for one outside */
function fromEnd(op: string, x: CoreTensor, indices: CoreTensor, n: number, what: string): CoreTensor {
  const values = core.hostIntegers(indices);
  if (values === null) core.countIndices(op, indices, n, { what, negative: true });
  let negative = values === null;
  for (let i = 0; values !== null && i < values.length; i++) {
    const v = values[i]!;
    if (v < -n || v >= n) throw core.indexError(op, v, n, x, what);
    negative ||= v < 0;
  }
  return negative ? core.where(core.lt(indices, 0), core.add(indices, n), indices) : indices;
}

/** `torch.take`. */
export function take(x: CoreTensor, index: CoreTensor): CoreTensor {
  core.requireInteger("take", core.requireTensor("take", index, "index"));
  return core.gather(core.reshape(x, [x.size]), fromEnd("take", x, index, x.size, "the elements"), 0);
}

/** `torch.take_along_dim`. */
export function takeAlongDim(x: CoreTensor, index: CoreTensor, dim: number | null): CoreTensor {
  const op = "takeAlongDim";
  core.requireInteger(op, core.requireTensor(op, index, "index"));
  const flat = (t: CoreTensor): CoreTensor => (dim === null ? core.reshape(t, [t.size]) : t);
  const [table, picks] = [flat(x), flat(index)];
  const axis = core.normalizeAxis(op, dim ?? 0, table.rank);
  const outside = (t: CoreTensor): number[] => t.shape.map((n, i) => (i === axis ? 1 : n));
  const shape = table.rank === picks.rank ? core.broadcastShapes(outside(table), outside(picks)) : null;
  if (shape === null) {
    const hint = "the index needs x's rank and, outside the axis, sizes that broadcast with x's";
    throw core.shapeError(op, "the index does not fit x", [x, index], hint);
  }
  core.countIndices(op, picks, table.shape[axis]!, { what: `axis ${axis}`, negative: dim !== null });
  const along = (t: CoreTensor): CoreTensor =>
    core.broadcastTo(
      t,
      shape.map((n, i) => (i === axis ? t.shape[i]! : n)),
    );
  return core.gatherElements(along(table), along(picks), axis);
}

function checkMask(x: CoreTensor, mask: CoreTensor, axis: number): void {
  const covered = x.shape.slice(axis, axis + mask.rank);
  if (mask.rank > 0 && core.sameShape(mask.shape, covered)) return;
  const hint = `a mask here has the shape [${covered.join(",")}]`;
  throw core.shapeError("at", "the mask does not fit the tensor", [x, mask], hint);
}

/** Positions of true elements, one index tensor per axis of the mask. Reads: the result's size depends on values. */
function maskPositions(mask: CoreTensor): CoreTensor[] {
  const flags = mask.dataSync();
  const found: number[] = [];
  for (let i = 0; i < flags.length; i++) if (flags[i]) found.push(i);
  let step = mask.size;
  return mask.shape.map((n) => {
    step /= n;
    return core.tensor(BigInt64Array.from(found, (i) => BigInt(Math.floor(i / step) % n)));
  });
}

/** Elements at several index tensors at once, broadcast to one shape: first, or where they stood when adjacent. */
function pickAll(x: CoreTensor, picks: readonly Picks[]): CoreTensor {
  const [first, ...others] = picks;
  if (first === undefined) return x;
  if (others.length === 0) return core.gather(x, first.indices, first.axis);
  const axes = picks.map((p) => p.axis);
  const rest = x.shape.map((_, i) => i).filter((i) => !axes.includes(i));
  let flat: CoreTensor = core.scalar(0, "int64");
  for (const { axis, indices } of picks) flat = core.add(core.mul(flat, x.shape[axis]!), indices);
  const rows = axes.reduce((n, a) => n * x.shape[a]!, 1);
  const table = core.reshape(core.transpose(x, [...axes, ...rest]), [rows, ...rest.map((i) => x.shape[i]!)]);
  const found = core.gather(table, flat, 0);
  const adjacent = axes.every((a, i) => a === first.axis + i);
  if (!adjacent || first.axis === 0) return found;
  const order = found.shape.map((_, i) => i);
  const [picked, before] = [order.slice(0, flat.rank), order.slice(flat.rank, flat.rank + first.axis)];
  return core.transpose(found, [...before, ...picked, ...order.slice(flat.rank + first.axis)]);
}

/**
 * Reads `x[...index]`. Basic indices give views; index tensors and masks copy.
 * @throws {ShapeError} for numbers outside, too many indices, malformed strings and masks that do not fit
 * @throws {ArgumentError} for an entry of an index tensor outside its axis
 * @throws {DTypeError} for index tensors of floats
 */
export function at(x: CoreTensor, index: readonly Index[]): CoreTensor {
  const p = plan(x, index);
  const cut = core.reshape(core.flip(core.slice(x, p.starts, p.ends, p.steps), p.flips), p.shape);
  return pickAll(cut, p.picks);
}

/**
 * x with `value` (broadcast, cast to x's dtype) written at an index.
 * @throws {ShapeError} for a value that does not broadcast to the place, and as `at`
 * @throws {ArgumentError} as `at`, unless the index is an array and the value a tensor or a scalar
 * @throws {DTypeError} as `at`, and for a number that x's integer dtype does not hold
 */
export function setAt(
  x: CoreTensor,
  index: readonly Index[],
  value: CoreTensor | number | bigint | boolean,
): CoreTensor {
  if (!Array.isArray(index)) {
    throw new core.ArgumentError(`the index is ${core.shown(index)}`, {
      code: "argument/not-a-list",
      op: "setAt",
      hint: "put it into an array: setAt([0], value)",
    });
  }
  const source =
    value instanceof core.Tensor
      ? core.cast(value, x.dtype)
      : core.scalar(elementOf("setAt", value, x.dtype), x.dtype);
  return write("setAt", x, index, source, "set");
}

/** Options of `indexPut`. */
export interface AccumulateOption {
  readonly accumulate?: boolean;
}

/** `torch.index_put`. */
export function indexPut(
  x: CoreTensor,
  indices: readonly CoreTensor[],
  values: CoreTensor,
  options: AccumulateOption,
): CoreTensor {
  const op = "indexPut";
  checkOptions(op, options, { accumulate: FLAG });
  core.requireTensors(op, indices);
  core.requireTensor(op, values, "values");
  if (x.dtype !== values.dtype) {
    throw core.dtypeError(op, [x, values], `cast the values to ${x.dtype} first`);
  }
  return write(op, x, indices, values, options.accumulate === true ? "add" : "set");
}

/** x with `source`, of its dtype, broadcast to the place of an index and put or added there. */
function write(
  op: string,
  x: CoreTensor,
  index: readonly Index[],
  source: CoreTensor,
  mode: "set" | "add",
): CoreTensor {
  const mask = index.length === 1 && mode === "set" ? known(op, index[0]!) : undefined;
  if (isMask(mask) && source.size === 1) {
    checkMask(x, mask, 0);
    const wide = core.reshape(mask, [...mask.shape, ...x.shape.slice(mask.rank).map(() => 1)]);
    return core.where(wide, core.reshape(source, []), x);
  }
  const places = core.reshape(core.iota([x.size], 0), x.shape);
  const targets = at(places, index);
  const spare = source.shape.slice(0, Math.max(0, source.rank - targets.rank));
  const given = spare.every((n) => n === 1) ? core.reshape(source, source.shape.slice(spare.length)) : source;
  const shape = core.broadcastShapes(given.shape, targets.shape);
  if (shape === null || !core.sameShape(shape, targets.shape)) {
    const hint = "its sizes must be equal or 1, counted from the last axis";
    throw core.shapeError(op, `the value does not fit [${targets.shape.join(",")}]`, [x, source], hint);
  }
  if (targets.size === 0) return copyOf(x);
  const updates = core.reshape(core.broadcastTo(given, shape), [-1]);
  const flat = core.scatter(core.reshape(x, [-1]), core.reshape(targets, [-1]), updates, { mode });
  return core.reshape(flat, x.shape);
}
