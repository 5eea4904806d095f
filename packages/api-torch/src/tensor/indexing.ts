// `x[...]` of Python as `x.at(...)`: integers, slices as strings, new axes, ellipsis, index tensors and masks.
import * as core from "@isoform/core";
import type { Tensor as CoreTensor } from "@isoform/core";

/** One index: an integer, `'start:stop:step'` (parts optional), `null` (new axis), `'...'`, a tensor or a nested list. */
export type Index = number | string | null | CoreTensor | readonly number[];

interface Plan {
  readonly starts: number[];
  readonly ends: number[];
  readonly steps: number[];
  readonly flips: number[];
  /** Shape after slicing, with indexed axes dropped and new axes added. */
  readonly shape: number[];
  /** Axis of `shape` and indices, for at most one index tensor. */
  advanced: { readonly axis: number; readonly indices: CoreTensor } | null;
}

function bad(problem: string, x: CoreTensor, hint: string): Error {
  return core.shapeError("at", problem, [x], hint);
}

function parseSlice(text: string, n: number, x: CoreTensor): { start: number; end: number; step: number } {
  const parts = text.split(":");
  if (parts.length < 2 || parts.length > 3 || parts.some((p) => !/^\s*-?\d*\s*$/.test(p))) {
    throw bad(
      `${JSON.stringify(text)} is not an index`,
      x,
      "write slices as 'start:stop' or 'start:stop:step'",
    );
  }
  const [a, b, c] = parts.map((p) => (p.trim() === "" ? null : Number(p)));
  const step = c ?? 1;
  if (step === 0) throw bad("a slice step is 0", x, "use a positive or negative step");
  const clamp = (i: number, low: number, high: number) => Math.min(high, Math.max(low, i < 0 ? i + n : i));
  if (step > 0) {
    const start = a === null || a === undefined ? 0 : clamp(a, 0, n);
    const end = b === null || b === undefined ? n : clamp(b, 0, n);
    return { start, end: Math.max(start, end), step };
  }
  const from = a === null || a === undefined ? n - 1 : clamp(a, -1, n - 1);
  const to = b === null || b === undefined ? -1 : clamp(b, -1, n - 1);
  const count = Math.max(0, Math.ceil((from - to) / -step));
  return { start: count === 0 ? 0 : from + (count - 1) * step, end: count === 0 ? 0 : from + 1, step };
}

function plan(x: CoreTensor, index: readonly Index[]): Plan {
  const used = index.filter((i) => i !== null && i !== "...").length;
  if (used > x.rank) throw bad(`${used} indices for ${x.rank} axes`, x, "use at most one index per axis");
  const p: Plan = { starts: [], ends: [], steps: [], flips: [], shape: [], advanced: null };
  const whole = () => {
    const n = x.shape[p.starts.length]!;
    p.starts.push(0);
    p.ends.push(n);
    p.steps.push(1);
    p.shape.push(n);
  };
  for (const i of index) {
    const axis = p.starts.length;
    const n = x.shape[axis]!;
    if (i === null) p.shape.push(1);
    else if (i === "...") while (p.starts.length < x.rank - (used - consumed(index, i))) whole();
    else if (typeof i === "string") {
      const { start, end, step } = parseSlice(i, n, x);
      p.starts.push(start);
      p.ends.push(end);
      p.steps.push(Math.abs(step));
      if (step < 0) p.flips.push(axis);
      p.shape.push(Math.ceil((end - start) / Math.abs(step)));
    } else if (typeof i === "number") {
      const at = i < 0 ? i + n : i;
      if (!Number.isInteger(at) || at < 0 || at >= n) {
        throw bad(
          `index ${i} is outside axis ${axis} of size ${n}`,
          x,
          `use an index from ${-n} to ${n - 1}`,
        );
      }
      p.starts.push(at);
      p.ends.push(at + 1);
      p.steps.push(1);
    } else {
      if (p.advanced) throw bad("two index tensors in one index", x, "index one axis at a time");
      const indices = i instanceof core.Tensor ? i : core.tensor([...i], { dtype: "int64" });
      const wrapped = core.where(core.lt(indices, 0), core.add(indices, n), indices);
      p.advanced = { axis: p.shape.length, indices: wrapped };
      whole();
    }
  }
  while (p.starts.length < x.rank) whole();
  return p;
}

function consumed(index: readonly Index[], upTo: Index): number {
  return index.slice(0, index.indexOf(upTo)).filter((i) => i !== null).length;
}

function isMask(i: Index | undefined): i is CoreTensor {
  return i instanceof core.Tensor && i.dtype === "bool";
}

/** Positions of true elements of a mask, read from the device: the result's size depends on values. */
function maskPositions(mask: CoreTensor): CoreTensor {
  const flags = mask.dataSync();
  const found: number[] = [];
  for (let i = 0; i < flags.length; i++) if (flags[i]) found.push(i);
  return core.tensor(found, { dtype: "int64" });
}

/** Reads `x[...index]`. Basic indices give views; index tensors and masks copy. @throws ShapeError */
export function at(x: CoreTensor, index: readonly Index[]): CoreTensor {
  const mask = index[0];
  if (isMask(mask) && index.length === 1) {
    checkMask(x, mask);
    const rest = x.shape.slice(mask.rank);
    return core.gather(core.reshape(x, [mask.size, ...rest]), maskPositions(mask), 0);
  }
  const p = plan(x, index);
  const cut = core.reshape(core.flip(core.slice(x, p.starts, p.ends, p.steps), p.flips), p.shape);
  return p.advanced ? core.gather(cut, p.advanced.indices, p.advanced.axis) : cut;
}

function checkMask(x: CoreTensor, mask: CoreTensor): void {
  if (!core.sameShape(mask.shape, x.shape.slice(0, mask.rank))) {
    throw core.shapeError(
      "at",
      "the mask does not fit the tensor",
      [x, mask],
      "a mask has the leading sizes of the tensor",
    );
  }
}

/** x with `value` written at an index. @throws ShapeError */
export function setAt(
  x: CoreTensor,
  index: readonly Index[],
  value: CoreTensor | number | bigint | boolean,
): CoreTensor {
  const mask = index[0];
  if (isMask(mask) && index.length === 1) {
    checkMask(x, mask);
    const wide = core.reshape(mask, [...mask.shape, ...x.shape.slice(mask.rank).map(() => 1)]);
    return core.where(wide, value, x);
  }
  const places = core.reshape(core.iota([Math.max(1, x.size)], 0), x.size === 0 ? [1] : x.shape);
  const targets = at(places, index);
  const source = value instanceof core.Tensor ? core.cast(value, x.dtype) : core.scalar(value, x.dtype);
  const updates = core.reshape(core.broadcastTo(source, targets.shape), [-1]);
  const flat = core.scatter(core.reshape(x, [-1]), core.reshape(targets, [-1]), updates, { mode: "set" });
  return core.reshape(flat, x.shape);
}
