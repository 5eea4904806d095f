// Further elementwise functions of two and more tensors in the torch namespace.
import type { AlphaOption, Tensor, TensorLike } from "../tensor/tensor.js";
import { mul, sub } from "./elementwise.js";
import { asFunction, type AsFunction } from "./as-function.js";

/**
 * x / other, elementwise, broadcast with other: integers and bool become float32, unless `roundingMode` is "trunc"
 * or "floor"; `div`.
 * @throws {ShapeError} when the shapes do not broadcast
 * @throws {ArgumentError} when other is neither a tensor nor a JavaScript number, bigint or boolean, or for an
 *   unknown option or `roundingMode`
 * @throws {DTypeError} when both are bool and there is a `roundingMode`
 * @see torch.divide
 */
export const divide: AsFunction<"divide"> = /* @__PURE__ */ asFunction("divide");
/**
 * x / other, elementwise, broadcast with other: integers and bool become float32; `div` without rounding.
 * @throws {ShapeError} when the shapes do not broadcast
 * @throws {ArgumentError} when other is neither a tensor nor a JavaScript number, bigint or boolean
 * @see torch.true_divide
 */
export const trueDivide: AsFunction<"trueDivide"> = /* @__PURE__ */ asFunction("trueDivide");
/**
 * x / other rounded down, elementwise, broadcast with other, in the promoted dtype; a zero divisor gives integers
 * 0. No gradient.
 * @throws {ShapeError} when the shapes do not broadcast
 * @throws {ArgumentError} when other is neither a tensor nor a JavaScript number, bigint or boolean
 * @throws {DTypeError} when both are bool
 * @see torch.floor_divide
 */
export const floorDivide: AsFunction<"floorDivide"> = /* @__PURE__ */ asFunction("floorDivide");
/**
 * Angle of the point (other, x) in radians, −π to π, elementwise, broadcast with other; integers and bool become
 * float32.
 * @throws {ShapeError} when the shapes do not broadcast
 * @throws {ArgumentError} when other is neither a tensor nor a JavaScript number, bigint or boolean
 * @see torch.atan2
 */
export const atan2: AsFunction<"atan2"> = /* @__PURE__ */ asFunction("atan2");
/**
 * √(x² + other²) without overflow in between, elementwise, broadcast with other.
 * @throws {ShapeError} when the shapes do not broadcast
 * @throws {ArgumentError} when other is neither a tensor nor a JavaScript number, bigint or boolean
 * @throws {DTypeError} unless one is a float
 * @see torch.hypot
 */
export const hypot: AsFunction<"hypot"> = /* @__PURE__ */ asFunction("hypot");
/**
 * log(eᵃ + eᵇ) of x and other without overflow, elementwise, broadcast with other.
 * @throws {ShapeError} when the shapes do not broadcast
 * @throws {ArgumentError} when other is neither a tensor nor a JavaScript number, bigint or boolean
 * @throws {DTypeError} unless one is a float
 * @see torch.logaddexp
 */
export const logaddexp: AsFunction<"logaddexp"> = /* @__PURE__ */ asFunction("logaddexp");
/**
 * x · log(other), and 0 where x is 0, elementwise, broadcast with other; NaN where other is NaN, integers and bool
 * become float32.
 * @throws {ShapeError} when the shapes do not broadcast
 * @throws {ArgumentError} when other is neither a tensor nor a JavaScript number, bigint or boolean
 * @see torch.xlogy
 */
export const xlogy: AsFunction<"xlogy"> = /* @__PURE__ */ asFunction("xlogy");
/**
 * x + weight · (end − x), elementwise; end and weight, a number or a tensor, broadcast with x.
 * @throws {ShapeError} when the shapes do not broadcast
 * @throws {ArgumentError} when end is no tensor, or weight neither a tensor nor a number
 * @throws {DTypeError} unless x or end is a float tensor
 * @see torch.lerp
 */
export const lerp: AsFunction<"lerp"> = /* @__PURE__ */ asFunction("lerp");
/**
 * x + value · tensor1 · tensor2, elementwise; all three broadcast, `value` is 1 by default.
 * @throws {ShapeError} when the shapes do not broadcast
 * @throws {ArgumentError} for what is no tensor, a value that is no number, or an unknown option
 * @throws {DTypeError} when the last two are bool
 * @see torch.addcmul
 */
export const addcmul: AsFunction<"addcmul"> = /* @__PURE__ */ asFunction("addcmul");
/**
 * x + value · tensor1 / tensor2, elementwise; all three broadcast, `value` is 1 by default.
 * @throws {ShapeError} when the shapes do not broadcast
 * @throws {ArgumentError} for what is no tensor, a value that is no number, or an unknown option
 * @throws {DTypeError} unless tensor1 or tensor2 is a float tensor
 * @see torch.addcdiv
 */
export const addcdiv: AsFunction<"addcdiv"> = /* @__PURE__ */ asFunction("addcdiv");
/**
 * The greater of two, elementwise, broadcast with other; a number wins over NaN, x has the gradient of ties.
 * @throws {ShapeError} when the shapes do not broadcast
 * @throws {ArgumentError} when other is neither a tensor nor a JavaScript number, bigint or boolean
 * @see torch.fmax
 */
export const fmax: AsFunction<"fmax"> = /* @__PURE__ */ asFunction("fmax");
/**
 * The smaller of two, elementwise, broadcast with other; a number wins over NaN, x has the gradient of ties.
 * @throws {ShapeError} when the shapes do not broadcast
 * @throws {ArgumentError} when other is neither a tensor nor a JavaScript number, bigint or boolean
 * @see torch.fmin
 */
export const fmin: AsFunction<"fmin"> = /* @__PURE__ */ asFunction("fmin");
/**
 * |x| with the sign of other, −0 included, elementwise, broadcast with other; integers and bool become float32.
 * @throws {ShapeError} when the shapes do not broadcast
 * @throws {ArgumentError} when other is neither a tensor nor a JavaScript number, bigint or boolean
 * @see torch.copysign
 */
export const copysign: AsFunction<"copysign"> = /* @__PURE__ */ asFunction("copysign");
/**
 * 0 where x is below 0 or NaN, 1 where it is above, elsewhere `values`, which broadcasts with x.
 * @throws {ShapeError} when the shapes do not broadcast
 * @throws {ArgumentError} when values is neither a tensor nor a JavaScript number, bigint or boolean
 * @see torch.heaviside
 */
export const heaviside: AsFunction<"heaviside"> = /* @__PURE__ */ asFunction("heaviside");
/**
 * True where one is non-zero and the other is 0, as bool, elementwise, broadcast with other, of any dtype.
 * @throws {ShapeError} when the shapes do not broadcast
 * @throws {ArgumentError} when other is no tensor
 * @see torch.logical_xor
 */
export const logicalXor: AsFunction<"logicalXor"> = /* @__PURE__ */ asFunction("logicalXor");
/**
 * Bitwise and of integers, logical of bool, elementwise, broadcast with other.
 * @throws {ShapeError} when the shapes do not broadcast
 * @throws {ArgumentError} when other is neither a tensor nor a JavaScript number, bigint or boolean
 * @throws {DTypeError} when one is a float
 * @see torch.bitwise_and
 */
export const bitwiseAnd: AsFunction<"bitwiseAnd"> = /* @__PURE__ */ asFunction("bitwiseAnd");
/**
 * Bitwise or of integers, logical of bool, elementwise, broadcast with other.
 * @throws {ShapeError} when the shapes do not broadcast
 * @throws {ArgumentError} when other is neither a tensor nor a JavaScript number, bigint or boolean
 * @throws {DTypeError} when one is a float
 * @see torch.bitwise_or
 */
export const bitwiseOr: AsFunction<"bitwiseOr"> = /* @__PURE__ */ asFunction("bitwiseOr");
/**
 * Bitwise exclusive or of integers, logical of bool, elementwise, broadcast with other.
 * @throws {ShapeError} when the shapes do not broadcast
 * @throws {ArgumentError} when other is neither a tensor nor a JavaScript number, bigint or boolean
 * @throws {DTypeError} when one is a float
 * @see torch.bitwise_xor
 */
export const bitwiseXor: AsFunction<"bitwiseXor"> = /* @__PURE__ */ asFunction("bitwiseXor");
/**
 * x · 2ᵇ for b = other, of integers, elementwise, broadcast with other; a shift outside the width gives 0.
 * @throws {ShapeError} when the shapes do not broadcast
 * @throws {ArgumentError} when other is neither a tensor nor a JavaScript number, bigint or boolean
 * @throws {DTypeError} unless both are integers
 * @see torch.bitwise_left_shift
 */
export const bitwiseLeftShift: AsFunction<"bitwiseLeftShift"> =
  /* @__PURE__ */ asFunction("bitwiseLeftShift");
/**
 * x shifted right by other, of integers, elementwise, broadcast with other; signed ones keep their sign, a shift
 * outside the width gives 0 or −1.
 * @throws {ShapeError} when the shapes do not broadcast
 * @throws {ArgumentError} when other is neither a tensor nor a JavaScript number, bigint or boolean
 * @throws {DTypeError} unless both are integers
 * @see torch.bitwise_right_shift
 */
export const bitwiseRightShift: AsFunction<"bitwiseRightShift"> =
  /* @__PURE__ */ asFunction("bitwiseRightShift");
/**
 * x > other, as bool, elementwise, broadcast with other; false for NaN; `gt`.
 * @throws {ShapeError} when the shapes do not broadcast
 * @throws {ArgumentError} when other is neither a tensor nor a JavaScript number, bigint or boolean
 * @see torch.greater
 */
export const greater: AsFunction<"greater"> = /* @__PURE__ */ asFunction("greater");
/**
 * x ≥ other, as bool, elementwise, broadcast with other; false for NaN; `ge`.
 * @throws {ShapeError} when the shapes do not broadcast
 * @throws {ArgumentError} when other is neither a tensor nor a JavaScript number, bigint or boolean
 * @see torch.greater_equal
 */
export const greaterEqual: AsFunction<"greaterEqual"> = /* @__PURE__ */ asFunction("greaterEqual");
/**
 * x < other, as bool, elementwise, broadcast with other; false for NaN; `lt`.
 * @throws {ShapeError} when the shapes do not broadcast
 * @throws {ArgumentError} when other is neither a tensor nor a JavaScript number, bigint or boolean
 * @see torch.less
 */
export const less: AsFunction<"less"> = /* @__PURE__ */ asFunction("less");
/**
 * x ≤ other, as bool, elementwise, broadcast with other; false for NaN; `le`.
 * @throws {ShapeError} when the shapes do not broadcast
 * @throws {ArgumentError} when other is neither a tensor nor a JavaScript number, bigint or boolean
 * @see torch.less_equal
 */
export const lessEqual: AsFunction<"lessEqual"> = /* @__PURE__ */ asFunction("lessEqual");
/**
 * x ≠ other, as bool, elementwise, broadcast with other; true for NaN; `ne`.
 * @throws {ShapeError} when the shapes do not broadcast
 * @throws {ArgumentError} when other is neither a tensor nor a JavaScript number, bigint or boolean
 * @see torch.not_equal
 */
export const notEqual: AsFunction<"notEqual"> = /* @__PURE__ */ asFunction("notEqual");
/**
 * |x − other| ≤ `atol` + `rtol`·|other|, as bool, elementwise, broadcast with other, of any dtype; `rtol` is 1e-5,
 * `atol` 1e-8. Equal infinities are close, NaN only to NaN and with `equalNan`.
 * @throws {ShapeError} when the shapes do not broadcast
 * @throws {ArgumentError} for what is neither a tensor nor a number, a negative tolerance, or an unknown option
 * @see torch.isclose
 */
export const isclose: AsFunction<"isclose"> = /* @__PURE__ */ asFunction("isclose");
/**
 * Whether other has the same shape and the same elements; NaN equals nothing. Reads from the device.
 * @throws {ArgumentError} when other is no tensor
 * @throws {LifetimeError} when a tensor was released, or in a step that is being compiled
 * @see torch.equal
 */
export const equal: AsFunction<"equal"> = /* @__PURE__ */ asFunction("equal");

/**
 * x − alpha · other, broadcast with other; `alpha` is 1 by default; `sub`.
 * @throws {ShapeError} when the shapes do not broadcast
 * @throws {ArgumentError} when other is neither a tensor nor a JavaScript number, bigint or boolean, or for an
 *   unknown option
 * @throws {DTypeError} when both are bool
 * @see torch.subtract
 */
export function subtract(a: TensorLike, b: TensorLike, options?: AlphaOption): Tensor {
  return sub(a, b, options);
}
/**
 * x · other, elementwise, broadcast with other; `mul`.
 * @throws {ShapeError} when the shapes do not broadcast
 * @throws {ArgumentError} when other is neither a tensor nor a JavaScript number, bigint or boolean
 * @throws {DTypeError} when both are bool
 * @see torch.multiply
 */
export function multiply(a: TensorLike, b: TensorLike): Tensor {
  return mul(a, b);
}
