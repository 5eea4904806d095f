// Functions of several tensors in the torch namespace.
import * as core from "@isoform/core";
import type { Tensor as CoreTensor } from "@isoform/core";
import { checkOptions, oneOf } from "../checks.js";
import { asTensor, type Tensor } from "../tensor/tensor.js";

/** `cat(tensors, 1)` or `cat(tensors, { dim: 1 })`. */
export type DimOption = number | { readonly dim?: number };

function dimOf(op: string, given: DimOption): number {
  if (typeof given === "number") return given;
  core.checkOptions(op, given, ["dim"]);
  return given.dim ?? 0;
}
/**
 * Tensors joined along an axis, the first by default, promoted to one dtype: (A, N), (B, N) -> (A + B, N).
 * @throws {ShapeError} without tensors, or when sizes differ outside the joined axis
 * @throws {ArgumentError} for what is no list of tensors, when `dim` is not an axis, or for an unknown option
 * @see torch.cat
 */
export function cat(tensors: readonly CoreTensor[], dim: DimOption = 0): Tensor {
  core.requireTensors("cat", tensors);
  return asTensor(core.concat(tensors, dimOf("cat", dim)));
}
/**
 * K tensors of one shape joined along a new axis, the first by default, promoted to one dtype: (A, B), … ->
 * (K, A, B).
 * @throws {ShapeError} without tensors, or when the shapes differ
 * @throws {ArgumentError} for what is no list of tensors, when the result has no axis `dim`, or for an unknown option
 * @see torch.stack
 */
export function stack(tensors: readonly CoreTensor[], dim: DimOption = 0): Tensor {
  return asTensor(core.stack(tensors, dimOf("stack", dim)));
}

/** Tensors joined after each got at least `rank` axes. */
function stacked(op: string, tensors: readonly CoreTensor[], rank: number, dim: number): Tensor {
  if (core.requireTensors(op, tensors).length === 0)
    throw core.shapeError(op, "there is nothing to join", [], "pass at least one tensor");
  const joined = () =>
    core.concat(
      tensors.map((x) => atLeast(x, rank)),
      dim,
    );
  return core.scope(() => asTensor(joined()));
}
/**
 * Tensors joined side by side: along axis 1, vectors and scalars along axis 0, promoted to one dtype: (A, M),
 * (A, N) -> (A, M + N).
 * @throws {ShapeError} without tensors, or when other sizes differ
 * @throws {ArgumentError} for what is no list of tensors
 * @see torch.hstack
 */
export function hstack(tensors: readonly CoreTensor[]): Tensor {
  core.requireTensors("hstack", tensors);
  return stacked("hstack", tensors, 1, (tensors[0]?.rank ?? 0) <= 1 ? 0 : 1);
}
/**
 * Tensors joined on top of each other, along axis 0; vectors (N) count as (1, N). Promoted to one dtype.
 * @throws {ShapeError} without tensors, or when other sizes differ
 * @throws {ArgumentError} for what is no list of tensors
 * @see torch.vstack
 */
export function vstack(tensors: readonly CoreTensor[]): Tensor {
  return stacked("vstack", tensors, 2, 0);
}
/**
 * Tensors joined in depth, along axis 2; (N) counts as (1, N, 1), (M, N) as (M, N, 1). Promoted to one dtype.
 * @throws {ShapeError} without tensors, or when other sizes differ
 * @throws {ArgumentError} for what is no list of tensors
 * @see torch.dstack
 */
export function dstack(tensors: readonly CoreTensor[]): Tensor {
  return stacked("dstack", tensors, 3, 2);
}

/** x with axes of size 1 where it has too few, placed as PyTorch does. */
function atLeast(x: CoreTensor, rank: number): CoreTensor {
  if (x.rank >= rank) return x;
  if (x.rank === 0)
    return core.reshape(
      x,
      Array.from({ length: rank }, () => 1),
    );
  if (rank === 2) return core.unsqueeze(x, [0]);
  return core.reshape(x, x.rank === 1 ? [1, x.shape[0]!, 1] : [...x.shape, 1]);
}

/** One tensor, several, or a list of them. */
type Several = readonly CoreTensor[] | readonly [readonly CoreTensor[]];
const listOf = (op: string, given: Several): readonly CoreTensor[] => {
  const [first] = given;
  return core.requireTensors(op, given.length === 1 && core.isList(first) ? first : (given as CoreTensor[]));
};

function atLeastAll(op: string, given: Several, rank: number): Tensor | Tensor[] {
  const out = listOf(op, given).map((x) => asTensor(atLeast(x, rank)));
  return out.length === 1 && !core.isList(given[0]) ? out[0]! : out;
}
/**
 * A scalar as a vector of shape [1], other tensors as they are; of several tensors, or a list, a list. Views.
 * @throws {ArgumentError} for what is no tensor
 * @see torch.atleast_1d
 */
export function atleast1d(x: CoreTensor): Tensor;
export function atleast1d(...tensors: Several): Tensor[];
export function atleast1d(...given: Several): Tensor | Tensor[] {
  return atLeastAll("atleast1d", given, 1);
}
/**
 * A scalar as [1, 1], a vector (N) as [1, N], other tensors as they are; of several tensors, or a list, a list.
 * Views.
 * @throws {ArgumentError} for what is no tensor
 * @see torch.atleast_2d
 */
export function atleast2d(x: CoreTensor): Tensor;
export function atleast2d(...tensors: Several): Tensor[];
export function atleast2d(...given: Several): Tensor | Tensor[] {
  return atLeastAll("atleast2d", given, 2);
}
/**
 * A scalar as [1, 1, 1], a vector (N) as [1, N, 1], a matrix (M, N) as [M, N, 1], other tensors as they are; of
 * several tensors, or a list, a list. Views.
 * @throws {ArgumentError} for what is no tensor
 * @see torch.atleast_3d
 */
export function atleast3d(x: CoreTensor): Tensor;
export function atleast3d(...tensors: Several): Tensor[];
export function atleast3d(...given: Several): Tensor | Tensor[] {
  return atLeastAll("atleast3d", given, 3);
}

/**
 * Tensors repeated to the shape that all broadcast to, without copying: (A, 1), (B) -> (A, B), (A, B).
 * @throws {ShapeError} when the shapes do not broadcast
 * @throws {ArgumentError} for what is no tensor
 * @throws {LimitExceededError} for more than 2³¹ − 1 elements
 * @see torch.broadcast_tensors
 */
export function broadcastTensors(...tensors: Several): Tensor[] {
  const all = listOf("broadcastTensors", tensors);
  let shape: readonly number[] = [];
  for (const t of all) {
    const next = core.broadcastShapes(shape, t.shape);
    if (next === null) {
      const hint = "sizes must be equal or 1, counted from the last axis";
      throw core.shapeError("broadcastTensors", "the shapes cannot be broadcast", all, hint);
    }
    shape = next;
  }
  return all.map((t) => asTensor(core.broadcastTo(t, shape)));
}

/** Which of the first two vectors of `meshgrid` runs along which axis. */
export interface MeshOptions {
  /** The first along axis 0 (`ij`, the default), or along axis 1 (`xy`). */
  readonly indexing?: "ij" | "xy";
}
/** `meshgrid(a, b)`, `meshgrid([a, b])`, options last. */
export type MeshArgs = readonly (CoreTensor | readonly CoreTensor[] | MeshOptions)[];

/**
 * Coordinates of a grid: vectors (A), (B) of one dtype -> two of shape (A, B), each constant along the other's
 * axis; (B, A) with `indexing` "xy". A scalar counts as (1). Views.
 * @throws {ShapeError} without tensors, or for one of two axes or more
 * @throws {DTypeError} unless all have one dtype
 * @throws {ArgumentError} for what is no tensor, or for an unknown option
 * @throws {LimitExceededError} for more than 2³¹ − 1 elements
 * @see torch.meshgrid
 */
export function meshgrid(...args: MeshArgs): Tensor[] {
  const last = args.at(-1);
  const named =
    typeof last === "object" && last !== null && !(last instanceof core.Tensor) && !core.isList(last);
  const options = named ? (last as MeshOptions) : {};
  checkOptions("meshgrid", options, { indexing: oneOf("ij", "xy") });
  const given = (named ? args.slice(0, -1) : args) as Several;
  const tensors = listOf("meshgrid", given);
  return core.scope(() => grid("meshgrid", tensors, options.indexing === "xy").map(asTensor));
}

function grid(op: string, tensors: readonly CoreTensor[], swap: boolean): CoreTensor[] {
  if (tensors.length === 0) throw core.shapeError(op, "there are no vectors", [], "pass at least one tensor");
  core.requireOneDType(op, tensors);
  const long = tensors.find((t) => t.rank > 1);
  if (long !== undefined) throw core.shapeError(op, "an input is not a vector", tensors, "use ravel()");
  const axisOf = (i: number): number => (swap && tensors.length > 1 && i < 2 ? 1 - i : i);
  const shape = tensors.map((_, i) => tensors[axisOf(i)]!.size);
  return tensors.map((t, i) =>
    core.broadcastTo(
      core.reshape(
        t,
        shape.map((n, axis) => (axis === axisOf(i) ? n : 1)),
      ),
      shape,
    ),
  );
}

/**
 * All combinations of elements of K vectors of one dtype, the last one changing fastest: (A), (B) -> (A·B, 2);
 * one vector stays as it is.
 * @throws {ShapeError} without tensors, or for one that has not one axis
 * @throws {DTypeError} unless all have one dtype
 * @throws {ArgumentError} for what is no tensor
 * @throws {LimitExceededError} for more than 2³¹ − 1 elements
 * @see torch.cartesian_prod
 */
export function cartesianProd(...tensors: Several): Tensor {
  const op = "cartesianProd";
  const all = listOf(op, tensors);
  const odd = all.find((t) => t.rank !== 1);
  if (odd !== undefined) throw core.shapeError(op, "an input is not a vector", all, "use ravel()");
  return core.scope(() => {
    const columns = grid(op, all, false).map((t) => core.reshape(t, [t.size]));
    return asTensor(columns.length === 1 ? columns[0]! : core.stack(columns, 1));
  });
}

/**
 * Sum of products by Einstein's notation: `einsum("ij,jk->ik", a, b)` is [I, J] x [J, K] -> [I, K]. Labels
 * that are not in the output are summed, a label twice in a term takes the diagonal, `...` stands for axes
 * that broadcast.
 * @throws {ArgumentError} for a malformed equation, what is no tensor, or another number of terms than tensors
 * @throws {ShapeError} without tensors, for a term of another rank than its tensor, or a label of two sizes
 * @throws {DTypeError} when all tensors are bool
 * @see torch.einsum
 */
export function einsum(equation: string, ...tensors: readonly CoreTensor[]): Tensor {
  return asTensor(core.einsum(equation, tensors));
}

/**
 * Whether the shapes are equal and all elements agree within `atol + rtol·|b|`; `rtol` is 1e-5, `atol` 1e-8,
 * `equalNan` false by default. Reads from the device.
 * @throws {ArgumentError} for what is no tensor, a tolerance that is no number, or an unknown option
 * @throws {LifetimeError} when a tensor was released, or in a step that is being compiled
 * @see torch.allclose
 */
export async function allclose(
  a: CoreTensor,
  b: CoreTensor,
  options: { readonly rtol?: number; readonly atol?: number; readonly equalNan?: boolean } = {},
): Promise<boolean> {
  core.checkOptions("allclose", options, ["rtol", "atol", "equalNan"]);
  core.requireTensors("allclose", [a, b]);
  const { rtol = 1e-5, atol = 1e-8, equalNan = false } = options;
  core.requireNumber("allclose", "rtol", rtol);
  core.requireNumber("allclose", "atol", atol);
  const [x, y] = [await a.data(), await b.data()];
  const [readX, readY] = [core.elementReader(a.dtype), core.elementReader(b.dtype)];
  const close = (p: number, q: number): boolean => {
    if (p === q) return true;
    if (Number.isNaN(p) || Number.isNaN(q)) return equalNan && Number.isNaN(p) && Number.isNaN(q);
    return Math.abs(p - q) <= atol + rtol * Math.abs(q);
  };
  let all = core.sameShape(a.shape, b.shape);
  for (let i = 0; all && i < x.length; i++) all = close(Number(readX(x, i)), Number(readY(y, i)));
  return all;
}
