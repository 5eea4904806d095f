// Products of matrices and vectors, and distances, that core has no op for.
import * as core from "@isoform/core";
import type { Tensor as CoreTensor } from "@isoform/core";
import { checkOptions, checkValue, INTEGER, listOf, NOT_NEGATIVE, NUMBER, orNull } from "../checks.js";
import { copyOf } from "./special.js";

function requireRank(op: string, name: string, x: CoreTensor, rank: number): CoreTensor {
  core.requireTensor(op, x, name);
  if (x.rank === rank) return x;
  throw core.shapeError(op, `${name} has ${x.rank} axes`, [x], `it must have ${rank}`);
}

/** Factors of the added tensor and of the product. */
export interface AddProductOptions {
  /** Of the tensor that is added to; 0 leaves it out. Default 1. */
  readonly beta?: number;
  /** Of the product; default 1. */
  readonly alpha?: number;
}

/** `torch.addmm`, `addmv` and `baddbmm`: beta·x + alpha·(a @ b). `ranks` are those of a and b. */
export function addProduct(
  op: string,
  x: CoreTensor,
  [a, b]: readonly [CoreTensor, CoreTensor],
  ranks: readonly [number, number],
  options: AddProductOptions,
): CoreTensor {
  checkOptions(op, options, { beta: NUMBER, alpha: NUMBER });
  const { beta = 1, alpha = 1 } = options;
  const names = ranks[1] === 1 ? ["mat", "vec"] : ["the first matrix", "the second matrix"];
  const p = core.matmul(requireRank(op, names[0]!, a, ranks[0]), requireRank(op, names[1]!, b, ranks[1]));
  const shape = core.broadcastShapes(x.shape, p.shape);
  if (shape === null || !core.sameShape(shape, p.shape)) {
    const hint = "its sizes must be equal or 1, counted from the last axis";
    throw core.shapeError(op, `the product is [${p.shape.join(",")}], which x does not fit`, [x, a, b], hint);
  }
  const product = alpha === 1 ? p : core.mul(p, alpha);
  if (beta === 0) return core.cast(product, core.promoteTypes(product.dtype, x.dtype));
  return core.add(beta === 1 ? x : core.mul(x, beta), product);
}

/** `torch.mv`. */
export const mv = (x: CoreTensor, vec: CoreTensor): CoreTensor =>
  core.matmul(requireRank("mv", "the matrix", x, 2), requireRank("mv", "vec", vec, 1));

/** `torch.inner`. */
export function inner(x: CoreTensor, other: CoreTensor): CoreTensor {
  core.requireTensor("inner", other, "other");
  if (x.rank === 0 || other.rank === 0) return core.mul(x, other);
  return core.tensordot(x, other, [[-1], [-1]]);
}

/** `torch.kron`. */
export function kron(x: CoreTensor, other: CoreTensor): CoreTensor {
  core.requireTensor("kron", other, "other");
  const rank = Math.max(x.rank, other.rank);
  const padded = (t: CoreTensor) => [...new Array<number>(rank - t.rank).fill(1), ...t.shape];
  const [p, q] = [padded(x), padded(other)];
  const rows = core.reshape(
    x,
    p.flatMap((n) => [n, 1]),
  );
  const columns = core.reshape(
    other,
    q.flatMap((n) => [1, n]),
  );
  return core.reshape(
    core.mul(rows, columns),
    p.map((n, i) => n * q[i]!),
  );
}

/** `cross(other, 1)` or `cross(other, { dim: 1 })`. */
export type CrossDim = number | null | { readonly dim?: number | null };

/** `torch.cross`: by default along the first axis of size 3. */
export function cross(x: CoreTensor, other: CoreTensor, given: CrossDim): CoreTensor {
  const named = typeof given === "object" && given !== null ? given : { dim: given };
  checkOptions("cross", named, { dim: orNull(INTEGER) });
  const { dim = null } = named;
  const [a, b] = core.broadcastPair("cross", x, core.requireTensor("cross", other, "other"));
  const axis = dim === null ? a.shape.indexOf(3) : core.normalizeAxis("cross", dim, a.rank);
  if (a.shape[axis] !== 3) {
    const problem = dim === null ? "no axis has the size 3" : `axis ${axis} has not the size 3`;
    throw core.shapeError("cross", problem, [x, other], "a cross product is one of vectors of size 3");
  }
  const [next, last] = [(t: CoreTensor) => core.roll(t, -1, axis), (t: CoreTensor) => core.roll(t, -2, axis)];
  return core.sub(core.mul(next(a), last(b)), core.mul(last(a), next(b)));
}

/** `torch.dist`. */
export function dist(x: CoreTensor, other: CoreTensor, p: number): CoreTensor {
  const d = core.sub(x, core.requireTensor("dist", other, "other"));
  return core.norm(d, { p });
}

/** Options of `cdist`. */
export interface CdistOptions {
  /** Order of the norm, 0 to ∞; default 2. */
  readonly p?: number;
}

/** `torch.cdist`. */
export function cdist(a: CoreTensor, b: CoreTensor, given: number | CdistOptions): CoreTensor {
  const options = typeof given === "number" ? { p: given } : given;
  checkOptions("cdist", options, { p: NOT_NEGATIVE });
  core.requireTensor("cdist", a, "x1");
  core.requireTensor("cdist", b, "x2");
  if (a.rank < 2 || b.rank < 2 || a.shape.at(-1) !== b.shape.at(-1)) {
    const hint = "both are [.., number of vectors, size of a vector], of one size";
    throw core.shapeError("cdist", "the vectors do not fit", [a, b], hint);
  }
  const [x, y] = core.promoteAll("cdist", [a, b]) as [CoreTensor, CoreTensor];
  core.requireFloat("cdist", x);
  const between = core.sub(core.unsqueeze(x, [-2]), core.unsqueeze(y, [-3]));
  return core.norm(between, { p: options.p ?? 2, axes: -1 });
}

/** A number of axes, or the axes of both. */
export type TensordotDims = number | readonly [readonly number[], readonly number[]];

/** `torch.tensordot`. */
export function tensordot(
  a: CoreTensor,
  b: CoreTensor,
  given: TensordotDims | { readonly dims?: TensordotDims },
): CoreTensor {
  const named = typeof given === "object" && given !== null && "dims" in given ? given : null;
  if (named) core.checkOptions("tensordot", named, ["dims"]);
  const dims = named ? (named.dims ?? 2) : given;
  core.requireTensor("tensordot", a, "a");
  core.requireTensor("tensordot", b, "b");
  if (typeof dims === "number") return core.tensordot(a, b, dims);
  const pair = "a number of axes, or two lists of axes";
  checkValue<unknown>("tensordot", "dims", dims, listOf(listOf(INTEGER, pair), pair, 2));
  return core.tensordot(a, b, dims as readonly [readonly number[], readonly number[]]);
}

function requireMatrices(op: string, x: CoreTensor): number {
  const [rows, columns] = x.shape.slice(-2);
  if (x.rank >= 2 && rows === columns) return rows!;
  throw core.shapeError(op, "x is not square", [x], "the last two axes must have one size");
}

/** `torch.trace`. */
export function trace(x: CoreTensor): CoreTensor {
  requireRank("trace", "x", x, 2);
  core.requireNumeric("trace", x);
  const [rows, columns] = [x.shape[0]!, x.shape[1]!];
  const n = Math.min(rows, columns);
  const end = n === 0 ? 0 : (n - 1) * (columns + 1) + 1;
  const diagonal = core.slice(core.reshape(x, [-1]), [0], [end], [columns + 1]);
  return core.sum(core.isFloat(x.dtype) ? diagonal : core.cast(diagonal, "int64"));
}

/** `torch.linalg.matrix_power` for n from 0, by squaring. */
export function matrixPower(x: CoreTensor, n: number): CoreTensor {
  core.requireWhole("matrixPower", "n", n);
  if (n < 0) {
    throw new core.ArgumentError(`n is ${n}`, {
      code: "argument/range",
      op: "matrixPower",
      hint: "use 0 or more: there is no inverse of a matrix here",
    });
  }
  const size = requireMatrices("matrixPower", x);
  core.requireNumeric("matrixPower", x);
  if (n === 0) return core.broadcastTo(core.eye(size, size, x.dtype), x.shape);
  let power: CoreTensor | null = null;
  let square = x;
  for (let left = n; left > 0; left = Math.floor(left / 2)) {
    if (left % 2 === 1) power = power === null ? square : core.matmul(power, square);
    if (left > 1) square = core.matmul(square, square);
  }
  return power === null || power === x ? copyOf(x) : power;
}
