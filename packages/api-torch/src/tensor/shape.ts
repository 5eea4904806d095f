// Shape helpers behind the tensor methods.
import * as core from "@isoform/core";
import type { Tensor as CoreTensor } from "@isoform/core";
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
export function expand(x: CoreTensor, shape: readonly number[]): CoreTensor {
  requireSizes("expand", x, "sizes", shape, -1);
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
