// Circular functions beside the primitives sin, cos and atan: tan, asin, acos, atan2.
import { bind } from "../../../dispatch/bind.js";
import type { Tensor } from "../../../tensor/tensor.js";
import { broadcastPair, type TensorLike } from "../../broadcast.js";
import { add, and, div, maximum, minimum, mul, or, sub } from "../../prims/binary.js";
import { eq, gt, lt } from "../../prims/compare.js";
import { cast, where } from "../../prims/select.js";
import { abs, atan, cos, neg, rsqrt, sin, sqrt } from "../../prims/unary.js";
import { defineOp, type Op } from "../../table.js";
import type { BinaryEntry, UnaryEntry } from "../common/entries.js";
import { floatLike, floatPair } from "../common/infer.js";
import { inFloat32, inFloat32Pair, wide } from "../common/precision.js";

declare module "../../table.js" {
  interface OpTable {
    tan: UnaryEntry;
    asin: UnaryEntry;
    acos: UnaryEntry;
    atan2: BinaryEntry;
  }
}

/** (1 − x)(1 + x): 1 − x² without cancellation near ±1. */
const complement = (x: Tensor): Tensor => mul(sub(1, x), add(x, 1));

/** True where x has its sign bit set, −0 included. */
const isNegative = (x: Tensor): Tensor => or(lt(x, 0), and(eq(x, 0), lt(div(1, x), 0)));

function angle(y: Tensor, x: Tensor): Tensor {
  const [a, b] = [abs(y), abs(x)];
  const [low, high] = [minimum(a, b), maximum(a, b)];
  // 0/0 and ∞/∞ are the corners of the octant: ratio 0 and 1.
  const ratio = where(eq(low, high), where(eq(high, 0), 0, 1), div(low, high));
  const first = atan(where(and(eq(a, a), eq(b, b)), ratio, add(y, x)));
  const quarter = where(gt(a, b), sub(Math.PI / 2, first), first);
  const half = where(isNegative(x), sub(Math.PI, quarter), quarter);
  return where(isNegative(y), neg(half), half);
}

/** The `tan` composite. */
export const tanOp: Op<"tan"> = defineOp("tan", {
  saves: "outputs",
  infer: floatLike("tan"),
  decompose: ([x]) => [inFloat32(x, (v) => div(sin(v), cos(v)))],
  vjp: ({ outputs: [y], grads: [g] }) => [g && mul(g, add(mul(y, y), 1))],
});

/** The `asin` composite. */
export const asinOp: Op<"asin"> = defineOp("asin", {
  saves: "inputs",
  infer: floatLike("asin"),
  decompose: ([x]) => [inFloat32(x, (v) => angle(v, sqrt(complement(v))))],
  vjp: ({ inputs: [x], grads: [g] }) => [g && inFloat32Pair(g, x, (h, v) => mul(h, rsqrt(complement(v))))],
});

/** The `acos` composite. */
export const acosOp: Op<"acos"> = defineOp("acos", {
  saves: "inputs",
  infer: floatLike("acos"),
  decompose: ([x]) => [inFloat32(x, (v) => angle(sqrt(complement(v)), v))],
  vjp: ({ inputs: [x], grads: [g] }) => [
    g && inFloat32Pair(g, x, (h, v) => neg(mul(h, rsqrt(complement(v))))),
  ],
});

/** The `atan2` composite: a is y, b is x. */
export const atan2Op: Op<"atan2"> = defineOp("atan2", {
  saves: "inputs",
  infer: floatPair("atan2"),
  decompose: ([y, x]) => [inFloat32Pair(y, x, angle)],
  vjp: ({ inputs: [y, x], grads: [g], needs }) => {
    if (g === null) return [null, null];
    const [h, a, b] = [wide(g), wide(y), wide(x)];
    const scaled = div(h, add(mul(a, a), mul(b, b)));
    return [
      needs[0] ? cast(mul(scaled, b), g.dtype) : null,
      needs[1] ? cast(neg(mul(scaled, a)), g.dtype) : null,
    ];
  },
});

/**
 * Tangent of an angle in radians, elementwise, any shape.
 * @throws {DTypeError} unless x is of a float dtype
 * @see torch.tan, ONNX Tan
 */
export function tan(x: Tensor): Tensor {
  return bind(tanOp, [x], {})[0];
}

/**
 * Arc sine in radians, −π/2 to π/2, elementwise, any shape; NaN outside [−1, 1]. The derivative at ±1 is ∞.
 * @throws {DTypeError} unless x is of a float dtype
 * @see torch.asin, ONNX Asin
 */
export function asin(x: Tensor): Tensor {
  return bind(asinOp, [x], {})[0];
}

/**
 * Arc cosine in radians, 0 to π, elementwise, any shape; NaN outside [−1, 1]. The derivative at ±1 is −∞.
 * @throws {DTypeError} unless x is of a float dtype
 * @see torch.acos, ONNX Acos
 */
export function acos(x: Tensor): Tensor {
  return bind(acosOp, [x], {})[0];
}

/**
 * Angle of the point (x, y) in radians, −π to π, with C's rules for zeros and infinities, elementwise; shapes
 * broadcast, dtypes are promoted. The gradient at (0, 0) is NaN.
 * @throws {ShapeError} when the shapes do not broadcast
 * @throws {DTypeError} unless the promoted dtype is a float
 * @throws {ArgumentError} when no operand is a tensor, or one is neither tensor nor number
 * @see C atan2, torch.atan2, StableHLO atan2
 */
export function atan2(y: TensorLike, x: TensorLike): Tensor {
  return bind(atan2Op, broadcastPair("atan2", y, x), {})[0];
}
