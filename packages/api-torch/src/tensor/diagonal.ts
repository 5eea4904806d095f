// Diagonals of matrices, behind the tensor methods.
import * as core from "@isoform/core";
import type { Tensor as CoreTensor } from "@isoform/core";
import { checkOptions, checkValue, FLAG, INTEGER } from "../checks.js";
import { numbersOf, type Numbers } from "../options.js";
import { elementOf } from "./arguments.js";
import { requireRoom } from "./shape.js";

/** `x.diagonal(1)`, `x.diagonal(0, 1, 2)`, or by name. */
export type DiagonalArgs = Numbers<"offset" | "dim1" | "dim2">;

interface Diagonal {
  readonly offset: number;
  readonly dim1: number;
  readonly dim2: number;
}

/** The offset and two distinct axes of `rank`. */
function diagonalOf(op: string, given: DiagonalArgs, defaults: Diagonal, rank: number): Diagonal {
  const { offset, dim1, dim2 } = numbersOf(op, given, { ...defaults });
  checkValue(op, "offset", offset, INTEGER);
  const [a, b] = [core.normalizeAxis(op, dim1, rank), core.normalizeAxis(op, dim2, rank)];
  if (a !== b) return { offset, dim1: a, dim2: b };
  throw new core.ArgumentError(`dim1 and dim2 are both ${a}`, {
    code: "argument/axis",
    op,
    hint: "name two distinct axes",
  });
}

/** A diagonal of the last two axes of x, as the last axis. */
function taken(x: CoreTensor, offset: number): CoreTensor {
  const [rows, columns] = x.shape.slice(-2) as [number, number];
  const length = Math.max(0, Math.min(rows + Math.min(0, offset), columns - Math.max(0, offset)));
  const flat = core.reshape(x, [...x.shape.slice(0, -2), rows * columns]);
  if (length === 0) return core.sliceAxis(flat, -1, 0, 0);
  const start = offset < 0 ? -offset * columns : offset;
  return core.sliceAxis(flat, -1, start, start + (length - 1) * (columns + 1) + 1, columns + 1);
}

/** `torch.diagonal`. */
export function diagonal(x: CoreTensor, given: DiagonalArgs, op = "diagonal"): CoreTensor {
  const { offset, dim1, dim2 } = diagonalOf(op, given, { offset: 0, dim1: 0, dim2: 1 }, x.rank);
  return taken(core.moveaxis(x, [dim1, dim2], [-2, -1]), offset);
}

/** `torch.diag_embed`. */
export function diagEmbed(x: CoreTensor, given: DiagonalArgs, op = "diagEmbed"): CoreTensor {
  if (x.rank === 0) throw core.shapeError(op, "a scalar is no diagonal", [x], "use a vector");
  const defaults = { offset: 0, dim1: -2, dim2: -1 };
  const { offset, dim1, dim2 } = diagonalOf(op, given, defaults, x.rank + 1);
  const lead = x.shape.slice(0, -1);
  const length = x.shape[x.rank - 1]!;
  const n = length + Math.abs(offset);
  requireRoom(op, x, core.sizeOf(lead) * n * n);
  const start = length === 0 ? 0 : offset < 0 ? -offset * n : offset;
  const end = length === 0 ? 0 : start + (length - 1) * (n + 1) + 1;
  const none = lead.map(() => 0);
  const flat = core.pad(x, { low: [...none, start], high: [...none, n * n - end], interior: [...none, n] });
  return core.moveaxis(core.reshape(flat, [...lead, n, n]), [-2, -1], [dim1, dim2]);
}

/** `torch.diag`. */
export function diag(x: CoreTensor, offset: number): CoreTensor {
  if (x.rank === 1) return diagEmbed(x, [offset], "diag");
  if (x.rank === 2) return diagonal(x, [offset], "diag");
  throw core.shapeError("diag", "x is neither a vector nor a matrix", [x], "use diagonal or diagEmbed");
}

/** `torch.diagonal_scatter`. */
export function diagonalScatter(x: CoreTensor, source: CoreTensor, given: DiagonalArgs): CoreTensor {
  const op = "diagonalScatter";
  core.requireTensor(op, source, "src");
  const { offset, dim1, dim2 } = diagonalOf(op, given, { offset: 0, dim1: 0, dim2: 1 }, x.rank);
  const all = core.reshape(core.iota([x.size], 0), x.shape);
  const places = taken(core.moveaxis(all, [dim1, dim2], [-2, -1]), offset);
  if (!core.sameShape(places.shape, source.shape)) {
    const hint = `it replaces [${places.shape.join(",")}]`;
    throw core.shapeError(op, "the source does not fit", [x, source], hint);
  }
  const [size, updates] = [places.size, core.cast(source, x.dtype)];
  const flat = core.scatter(
    core.reshape(x, [x.size]),
    core.reshape(places, [size]),
    core.reshape(updates, [size]),
  );
  return core.reshape(flat, x.shape);
}

/** Options of `fillDiagonal_`. */
export interface WrapOption {
  /** Starts the diagonal of a tall matrix again below its end. */
  readonly wrap?: boolean;
}

/** `torch.Tensor.fill_diagonal_` of a matrix. */
export function fillDiagonal(
  x: CoreTensor,
  value: number | bigint | boolean,
  options: WrapOption,
): CoreTensor {
  const op = "fillDiagonal_";
  checkOptions(op, options, { wrap: FLAG });
  if (x.rank !== 2) throw core.shapeError(op, "x is not a matrix", [x], "use a tensor of two axes");
  const [rows, columns] = x.shape as [number, number];
  const down = core.iota([rows, 1], 0, "int32");
  const row = options.wrap === true ? core.mod(down, columns + 1) : down;
  const hit = core.eq(row, core.iota([1, columns], 1, "int32"));
  return core.where(hit, core.scalar(elementOf(op, value, x.dtype), x.dtype), x);
}
