// where, cast and bitcast.
import { bind } from "../../dispatch/bind.js";
import { besideInputs } from "../../dispatch/execute.js";
import { isFloat, itemSize, promoteTypes, type DType } from "../../tensor/dtype.js";
import { Tensor } from "../../tensor/tensor.js";
import { broadcastShapes, type View } from "../../tensor/view.js";
import { requireOperand, scalar, scalarDType, type TensorLike } from "../broadcast.js";
import { dtypeError, notTensor, requireOneDType, requireOneShape, shapeError } from "../infer.js";
import { definePrim, type Op } from "../table.js";
import { broadcastTo } from "./movement.js";
import { zerosLike } from "./source.js";

declare module "../table.js" {
  interface OpTable {
    where: { readonly tier: "prim"; readonly in: readonly ["cond", "a", "b"]; readonly attrs: object };
    cast: { readonly tier: "prim"; readonly in: readonly ["x"]; readonly attrs: { readonly dtype: DType } };
    bitcast: {
      readonly tier: "prim";
      readonly in: readonly ["x"];
      readonly attrs: { readonly dtype: DType };
    };
  }
}

/** The `where` primitive. */
export const whereOp: Op<"where"> = definePrim("where", {
  family: "where",
  saves: "inputs",
  infer: ([cond, a, b]) => {
    if (cond.dtype !== "bool") throw dtypeError("where", [cond, a, b], "the condition must be bool");
    requireOneDType("where", [a, b]);
    requireOneShape("where", [cond, a, b]);
    return [a];
  },
  lower: (k, [cond, a, b], [out]) => k.where(cond, a, b, out),
  vjp: ({ inputs: [cond], grads: [g], needs }) => {
    if (g === null) return [null, null, null];
    const none = zerosLike(g);
    return [
      null,
      needs[1] ? bind(whereOp, [cond, g, none], {})[0] : null,
      needs[2] ? bind(whereOp, [cond, none, g], {})[0] : null,
    ];
  },
});

/** The `cast` primitive. */
export const castOp: Op<"cast"> = definePrim("cast", {
  family: "cast",
  saves: "none",
  infer: ([x], { dtype }) => {
    itemSize(dtype);
    return [{ shape: x.shape, dtype }];
  },
  lower: (k, [x], [out]) => k.cast(x, out),
  vjp: ({ inputs: [x], grads: [g] }) => [g && isFloat(x.dtype) ? cast(g, x.dtype) : null],
});

/** The `bitcast` primitive. */
export const bitcastOp: Op<"bitcast"> = definePrim("bitcast", {
  infer: ([x], { dtype }) => {
    if (itemSize(dtype) !== itemSize(x.dtype)) {
      throw dtypeError("bitcast", [x], `${dtype} must have the same number of bytes as ${x.dtype}`);
    }
    return [{ shape: x.shape, dtype }];
  },
  view: (x: View) => x,
});

/** Dtype of two scalars alone: bool and int64 for booleans and bigints, as `tensor` takes them, float32 for numbers. */
function alone(a: TensorLike, b: TensorLike): DType {
  if (typeof a === "number" || typeof b === "number") return "float32";
  return typeof a === "boolean" && typeof b === "boolean" ? "bool" : "int64";
}

/**
 * `a` where `cond` is true, else `b`, elementwise; all three shapes broadcast, a and b are promoted (two
 * numbers: float32). The gradient goes to the one that is taken, 0 to the other.
 * @throws {ShapeError} when the shapes do not broadcast
 * @throws {DTypeError} unless `cond` is bool
 * @see torch.where, ONNX Where
 */
export function where(cond: Tensor, a: TensorLike, b: TensorLike): Tensor {
  if (!(cond instanceof Tensor)) throw notTensor("where", cond, "cond");
  requireOperand("where", a);
  requireOperand("where", b);
  const like = a instanceof Tensor ? a : b instanceof Tensor ? b : null;
  const base: DType = like?.dtype ?? alone(a, b);
  const asTensor = (v: TensorLike): Tensor =>
    v instanceof Tensor ? v : besideInputs([like ?? cond], () => scalar(v, scalarDType(v, base)));
  const x = asTensor(a);
  const y = asTensor(b);
  const dtype = promoteTypes(x.dtype, y.dtype);
  const inner = broadcastShapes(x.shape, y.shape);
  const shape = inner && broadcastShapes(cond.shape, inner);
  if (!shape)
    throw shapeError("where", "the shapes cannot be broadcast", [cond, x, y], "sizes must be equal or 1");
  const inputs = [
    broadcastTo(cond, shape),
    broadcastTo(cast(x, dtype), shape),
    broadcastTo(cast(y, dtype), shape),
  ] as const;
  return bind(whereOp, inputs, {})[0];
}

/**
 * x, of any shape, in another dtype. Float to integer truncates toward zero and saturates, NaN gives 0;
 * integers wrap; to bool is x ≠ 0. Returns x itself when nothing changes. The gradient passes between float
 * dtypes only.
 * @throws {DTypeError} when the device lacks the dtype, or it is not an element type
 * @see torch.Tensor.to, ONNX Cast
 */
export function cast(x: Tensor, dtype: DType): Tensor {
  return x.dtype === dtype ? x : bind(castOp, [x], { dtype })[0];
}

/**
 * The same bits, in the same shape, read as another dtype of the same size. A view. No gradient.
 * @throws {DTypeError} when the sizes differ, or `dtype` is not an element type
 * @see torch.Tensor.view with a dtype, StableHLO bitcast_convert
 */
export function bitcast(x: Tensor, dtype: DType): Tensor {
  return x.dtype === dtype ? x : bind(bitcastOp, [x], { dtype })[0];
}
