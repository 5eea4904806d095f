// Broadcasting and promotion, once for all ops: explicit cast and broadcastTo nodes before the primitive.
import { ambient } from "../dispatch/ambient.js";
import { ArgumentError, shown } from "../errors.js";
import { dtypeKind, isFloat, promoteTypes, type DType } from "../tensor/dtype.js";
import { ScalarCache } from "../tensor/scalar-cache.js";
import { Tensor } from "../tensor/tensor.js";
import { broadcastShapes, sameShape } from "../tensor/view.js";
import { notTensor, shapeError } from "./infer.js";
import { broadcastTo } from "./prims/movement.js";
import { cast } from "./prims/select.js";
import { full } from "./prims/source.js";

/** A tensor or a JavaScript scalar. Scalars are weakly typed: they take the dtype of the tensor beside them. */
export type TensorLike = Tensor | number | bigint | boolean;

/**
 * Dtype of a JavaScript scalar beside a tensor of `dtype`: a fraction makes integers float32; an integer
 * beside bool is int64, a boolean takes the tensor's dtype.
 * @throws {DTypeError} when `dtype` is not an element type
 */
export function scalarDType(value: number | bigint | boolean, dtype: DType): DType {
  if (typeof value === "boolean" || isFloat(dtype)) return dtype;
  if (typeof value === "bigint" || Number.isInteger(value)) return dtype === "bool" ? "int64" : dtype;
  return "float32";
}

/**
 * A scalar constant, shape `[]`, on the current device; eager ones are shared per device while they are used.
 * @throws {ArgumentError} when no backend is set
 * @throws {DTypeError} when the device lacks the dtype, or it is not an element type
 */
export function scalar(value: number | bigint | boolean, dtype: DType): Tensor {
  const number = typeof value === "boolean" ? Number(value) : value;
  const device = ambient.device;
  if (ambient.trace !== null || device === null) return full([], number, dtype);
  let kept = device.scalars.get(dtype);
  if (kept === undefined) {
    kept = new ScalarCache();
    device.scalars.set(dtype, kept);
  }
  const key = Object.is(number, -0) ? "-0" : number;
  const found = kept.get(key);
  if (found !== undefined) return found;
  const made = full([], number, dtype);
  made._keep();
  made._owned = false;
  kept.set(key, made);
  device.exclude(made._live("scalar"));
  return made;
}

/**
 * Checks an operand of an elementwise op.
 * @throws {ArgumentError} unless the value is a tensor, of any shape, or a JavaScript scalar
 */
export function requireOperand(op: string, value: TensorLike): void {
  if (value instanceof Tensor) return;
  if (typeof value === "number" || typeof value === "bigint" || typeof value === "boolean") return;
  throw new ArgumentError(`expected a tensor or a number, got ${value === null ? "null" : typeof value}`, {
    code: "argument/not-a-tensor",
    op,
    hint: "make a tensor of it first",
  });
}

/** The other operand of `like` as a tensor. */
function asTensor(op: string, value: TensorLike, like: Tensor): Tensor {
  if (value instanceof Tensor) return value;
  requireOperand(op, value);
  const before = ambient.device;
  if (like._traced === null) ambient.device = like._live(op).device;
  try {
    return scalar(value, scalarDType(value, like.dtype));
  } finally {
    ambient.device = before;
  }
}

/**
 * Two operands as tensors of one dtype (`promoteTypes`; numbers are weakly typed) and one shape (NumPy's
 * rule).
 * @throws {ShapeError} when the shapes cannot be broadcast
 * @throws {ArgumentError} when neither is a tensor, or one is neither a tensor nor a number, bigint or
 *   boolean
 * @throws {LifetimeError} when the tensor beside a number was released
 * @see numpy.broadcast_arrays, torch.result_type
 */
export function broadcastPair(op: string, a: TensorLike, b: TensorLike): readonly [Tensor, Tensor] {
  const like = a instanceof Tensor ? a : b;
  if (!(like instanceof Tensor)) {
    requireOperand(op, a);
    requireOperand(op, b);
    throw new ArgumentError("at least one operand must be a tensor", {
      code: "argument/not-a-tensor",
      op,
      hint: "make a tensor of one of them first",
    });
  }
  let x = asTensor(op, a, like);
  let y = asTensor(op, b, like);
  if (x.dtype !== y.dtype) {
    const dtype = promoteTypes(x.dtype, y.dtype);
    x = cast(x, dtype);
    y = cast(y, dtype);
  }
  if (sameShape(x.shape, y.shape)) return [x, y];
  const shape = broadcastShapes(x.shape, y.shape);
  if (shape === null) {
    throw shapeError(
      op,
      "the shapes cannot be broadcast",
      [x, y],
      "sizes must be equal or 1, counted from the last axis",
    );
  }
  return [broadcastTo(x, shape), broadcastTo(y, shape)];
}

/**
 * The value, a tensor of any shape; `name` is the argument's.
 * @throws {ArgumentError} when it is not a tensor
 */
export function requireTensor(op: string, value: Tensor, name?: string): Tensor {
  if (value instanceof Tensor) return value;
  throw notTensor(op, value, name);
}

/**
 * The list, all of whose entries are tensors, of any shape.
 * @throws {ArgumentError} when it is not a list, or an entry is not a tensor
 */
export function requireTensors(op: string, list: readonly Tensor[]): readonly Tensor[] {
  if (!Array.isArray(list)) {
    throw new ArgumentError(`expected a list of tensors, got ${shown(list)}`, {
      code: "argument/not-a-list",
      op,
      hint: "put the tensors into an array",
    });
  }
  for (let i = 0; i < list.length; i++) requireTensor(op, list[i]!, `input ${i}`);
  return list;
}

/**
 * All tensors in one dtype, the promotion of all; shapes stay. No tensors give none.
 * @throws {ArgumentError} when one is not a tensor
 * @throws {LifetimeError} when one that has to be cast was released
 * @see torch.promote_types
 */
export function promoteAll(op: string, tensors: readonly Tensor[]): Tensor[] {
  requireTensors(op, tensors);
  const first = tensors[0];
  if (first === undefined) return [];
  const dtype = tensors.reduce<DType>((d, t) => promoteTypes(d, t.dtype), first.dtype);
  return tensors.map((t) => cast(t, dtype));
}

/**
 * Float dtype for results of ops that need one: the tensor's own, or float32.
 * @throws {DTypeError} when `dtype` is not an element type
 */
export function floatDType(dtype: DType): DType {
  return dtypeKind(dtype) === "float" ? dtype : "float32";
}
