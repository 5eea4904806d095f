// Methods of torch.Tensor: further elementwise functions of two and more tensors.
import * as core from "@isoform/core";
import type { Tensor as CoreTensor } from "@isoform/core";
import * as pairs from "../pairs.js";
import type { CloseOptions, ValueOption } from "../pairs.js";
import type { Tensor } from "../tensor.js";
import type { TensorLike } from "./base.js";
import { BinaryTensor, truth, type AlphaOption, type DivideOptions } from "./binary.js";

/** Further elementwise functions of several tensors. */
export abstract class PairTensor extends BinaryTensor {
  /**
   * this − alpha · other, broadcast with other; `alpha` is 1 by default; `sub`.
   * @throws {ShapeError} when the shapes do not broadcast
   * @throws {ArgumentError} when other is neither a tensor nor a JavaScript number, bigint or boolean, or for
   *   an unknown option
   * @throws {DTypeError} when both are bool
   */
  subtract(other: TensorLike, options: AlphaOption = {}): Tensor {
    return this.sub(other, options);
  }
  /**
   * this · other, elementwise, broadcast with other; `mul`.
   * @throws {ShapeError} when the shapes do not broadcast
   * @throws {ArgumentError} when other is neither a tensor nor a JavaScript number, bigint or boolean
   * @throws {DTypeError} when both are bool
   */
  multiply(other: TensorLike): Tensor {
    return this.mul(other);
  }
  /**
   * this / other, elementwise, broadcast with other: integers and bool become float32, unless `roundingMode` is
   * "trunc" or "floor"; `div`.
   * @throws {ShapeError} when the shapes do not broadcast
   * @throws {ArgumentError} when other is neither a tensor nor a JavaScript number, bigint or boolean, or for
   *   an unknown option or `roundingMode`
   * @throws {DTypeError} when both are bool and there is a `roundingMode`
   */
  divide(other: TensorLike, options: DivideOptions = {}): Tensor {
    return this.div(other, options);
  }
  /**
   * this / other, elementwise, broadcast with other: integers and bool become float32; `div` without rounding.
   * @throws {ShapeError} when the shapes do not broadcast
   * @throws {ArgumentError} when other is neither a tensor nor a JavaScript number, bigint or boolean
   */
  trueDivide(other: TensorLike): Tensor {
    return this.div(other);
  }
  /**
   * this / other rounded down, elementwise, broadcast with other, in the promoted dtype; a zero divisor gives
   * integers 0. No gradient.
   * @throws {ShapeError} when the shapes do not broadcast
   * @throws {ArgumentError} when other is neither a tensor nor a JavaScript number, bigint or boolean
   * @throws {DTypeError} when both are bool
   */
  floorDivide(other: TensorLike): Tensor {
    return this._own(core.floorDiv(this, other));
  }
  /**
   * Angle of the point (other, this) in radians, −π to π, elementwise, broadcast with other; integers and bool
   * become float32.
   * @throws {ShapeError} when the shapes do not broadcast
   * @throws {ArgumentError} when other is neither a tensor nor a JavaScript number, bigint or boolean
   */
  atan2(other: TensorLike): Tensor {
    return this._made(() => core.atan2(...pairs.realPair("atan2", this, other)));
  }
  /**
   * √(this² + other²) without overflow in between, elementwise, broadcast with other.
   * @throws {ShapeError} when the shapes do not broadcast
   * @throws {ArgumentError} when other is neither a tensor nor a JavaScript number, bigint or boolean
   * @throws {DTypeError} unless one is a float
   */
  hypot(other: TensorLike): Tensor {
    return this._made(() => pairs.hypot(this, other));
  }
  /**
   * log(eᵃ + eᵇ) of this and other without overflow, elementwise, broadcast with other.
   * @throws {ShapeError} when the shapes do not broadcast
   * @throws {ArgumentError} when other is neither a tensor nor a JavaScript number, bigint or boolean
   * @throws {DTypeError} unless one is a float
   */
  logaddexp(other: TensorLike): Tensor {
    return this._own(core.logAddExp(this, other));
  }
  /**
   * this · log(other), and 0 where this is 0, elementwise, broadcast with other; NaN where other is NaN, integers
   * and bool become float32.
   * @throws {ShapeError} when the shapes do not broadcast
   * @throws {ArgumentError} when other is neither a tensor nor a JavaScript number, bigint or boolean
   */
  xlogy(other: TensorLike): Tensor {
    return this._made(() => core.xlogy(...pairs.realPair("xlogy", this, other)));
  }
  /**
   * this + weight · (end − this), elementwise; end and weight, a number or a tensor, broadcast with this.
   * @throws {ShapeError} when the shapes do not broadcast
   * @throws {ArgumentError} when end is no tensor, or weight neither a tensor nor a number
   * @throws {DTypeError} unless this or end is a float tensor
   */
  lerp(end: CoreTensor, weight: TensorLike): Tensor {
    return this._made(() => pairs.lerp(this, end, weight));
  }
  /**
   * this + value · tensor1 · tensor2, elementwise; all three broadcast, `value` is 1 by default.
   * @throws {ShapeError} when the shapes do not broadcast
   * @throws {ArgumentError} for what is no tensor, a value that is no number, or an unknown option
   * @throws {DTypeError} when the last two are bool
   */
  addcmul(tensor1: CoreTensor, tensor2: CoreTensor, options: ValueOption = {}): Tensor {
    return this._made(() => pairs.addScaled("addcmul", this, tensor1, tensor2, options));
  }
  /**
   * this + value · tensor1 / tensor2, elementwise; all three broadcast, `value` is 1 by default.
   * @throws {ShapeError} when the shapes do not broadcast
   * @throws {ArgumentError} for what is no tensor, a value that is no number, or an unknown option
   * @throws {DTypeError} unless tensor1 or tensor2 is a float tensor
   */
  addcdiv(tensor1: CoreTensor, tensor2: CoreTensor, options: ValueOption = {}): Tensor {
    return this._made(() => pairs.addScaled("addcdiv", this, tensor1, tensor2, options));
  }
  /**
   * The greater of two, elementwise, broadcast with other; a number wins over NaN, this has the gradient of ties.
   * @throws {ShapeError} when the shapes do not broadcast
   * @throws {ArgumentError} when other is neither a tensor nor a JavaScript number, bigint or boolean
   */
  fmax(other: TensorLike): Tensor {
    return this._made(() => pairs.extremeNumber("max", this, other));
  }
  /**
   * The smaller of two, elementwise, broadcast with other; a number wins over NaN, this has the gradient of ties.
   * @throws {ShapeError} when the shapes do not broadcast
   * @throws {ArgumentError} when other is neither a tensor nor a JavaScript number, bigint or boolean
   */
  fmin(other: TensorLike): Tensor {
    return this._made(() => pairs.extremeNumber("min", this, other));
  }
  /**
   * |this| with the sign of other, −0 included, elementwise, broadcast with other; integers and bool become
   * float32.
   * @throws {ShapeError} when the shapes do not broadcast
   * @throws {ArgumentError} when other is neither a tensor nor a JavaScript number, bigint or boolean
   */
  copysign(other: TensorLike): Tensor {
    return this._made(() => pairs.copysign(this, other));
  }
  /**
   * 0 where this is below 0 or NaN, 1 where it is above, elsewhere `values`, which broadcasts with this.
   * @throws {ShapeError} when the shapes do not broadcast
   * @throws {ArgumentError} when values is neither a tensor nor a JavaScript number, bigint or boolean
   */
  heaviside(values: TensorLike): Tensor {
    return this._made(() => pairs.heaviside(this, values));
  }
  /**
   * True where one is non-zero and the other is 0, as bool, elementwise, broadcast with other, of any dtype.
   * @throws {ShapeError} when the shapes do not broadcast
   * @throws {ArgumentError} when other is no tensor
   */
  logicalXor(other: CoreTensor): Tensor {
    return this._made(() => core.xor(core.cast(this, "bool"), truth("logicalXor", other)));
  }
  /**
   * Bitwise and of integers, logical of bool, elementwise, broadcast with other.
   * @throws {ShapeError} when the shapes do not broadcast
   * @throws {ArgumentError} when other is neither a tensor nor a JavaScript number, bigint or boolean
   * @throws {DTypeError} when one is a float
   */
  bitwiseAnd(other: TensorLike): Tensor {
    return this._own(core.and(this, other));
  }
  /**
   * Bitwise or of integers, logical of bool, elementwise, broadcast with other.
   * @throws {ShapeError} when the shapes do not broadcast
   * @throws {ArgumentError} when other is neither a tensor nor a JavaScript number, bigint or boolean
   * @throws {DTypeError} when one is a float
   */
  bitwiseOr(other: TensorLike): Tensor {
    return this._own(core.or(this, other));
  }
  /**
   * Bitwise exclusive or of integers, logical of bool, elementwise, broadcast with other.
   * @throws {ShapeError} when the shapes do not broadcast
   * @throws {ArgumentError} when other is neither a tensor nor a JavaScript number, bigint or boolean
   * @throws {DTypeError} when one is a float
   */
  bitwiseXor(other: TensorLike): Tensor {
    return this._own(core.xor(this, other));
  }
  /**
   * this · 2ᵇ for b = other, of integers, elementwise, broadcast with other; a shift outside the width gives 0.
   * @throws {ShapeError} when the shapes do not broadcast
   * @throws {ArgumentError} when other is neither a tensor nor a JavaScript number, bigint or boolean
   * @throws {DTypeError} unless both are integers
   */
  bitwiseLeftShift(other: TensorLike): Tensor {
    return this._own(core.shl(this, other));
  }
  /**
   * this shifted right by other, of integers, elementwise, broadcast with other; signed ones keep their sign, a
   * shift outside the width gives 0 or −1.
   * @throws {ShapeError} when the shapes do not broadcast
   * @throws {ArgumentError} when other is neither a tensor nor a JavaScript number, bigint or boolean
   * @throws {DTypeError} unless both are integers
   */
  bitwiseRightShift(other: TensorLike): Tensor {
    return this._own(core.shr(this, other));
  }
  /**
   * this > other, as bool, elementwise, broadcast with other; false for NaN; `gt`.
   * @throws {ShapeError} when the shapes do not broadcast
   * @throws {ArgumentError} when other is neither a tensor nor a JavaScript number, bigint or boolean
   */
  greater(other: TensorLike): Tensor {
    return this.gt(other);
  }
  /**
   * this ≥ other, as bool, elementwise, broadcast with other; false for NaN; `ge`.
   * @throws {ShapeError} when the shapes do not broadcast
   * @throws {ArgumentError} when other is neither a tensor nor a JavaScript number, bigint or boolean
   */
  greaterEqual(other: TensorLike): Tensor {
    return this.ge(other);
  }
  /**
   * this < other, as bool, elementwise, broadcast with other; false for NaN; `lt`.
   * @throws {ShapeError} when the shapes do not broadcast
   * @throws {ArgumentError} when other is neither a tensor nor a JavaScript number, bigint or boolean
   */
  less(other: TensorLike): Tensor {
    return this.lt(other);
  }
  /**
   * this ≤ other, as bool, elementwise, broadcast with other; false for NaN; `le`.
   * @throws {ShapeError} when the shapes do not broadcast
   * @throws {ArgumentError} when other is neither a tensor nor a JavaScript number, bigint or boolean
   */
  lessEqual(other: TensorLike): Tensor {
    return this.le(other);
  }
  /**
   * this ≠ other, as bool, elementwise, broadcast with other; true for NaN; `ne`.
   * @throws {ShapeError} when the shapes do not broadcast
   * @throws {ArgumentError} when other is neither a tensor nor a JavaScript number, bigint or boolean
   */
  notEqual(other: TensorLike): Tensor {
    return this.ne(other);
  }
  /**
   * |this − other| ≤ `atol` + `rtol`·|other|, as bool, elementwise, broadcast with other, of any dtype; `rtol` is
   * 1e-5, `atol` 1e-8. Equal infinities are close, NaN only to NaN and with `equalNan`.
   * @throws {ShapeError} when the shapes do not broadcast
   * @throws {ArgumentError} for what is neither a tensor nor a number, a negative tolerance, or an unknown option
   */
  isclose(other: TensorLike, options: CloseOptions = {}): Tensor {
    return this._made(() => pairs.isclose(this, other, options));
  }
  /**
   * Whether other has the same shape and the same elements; NaN equals nothing. Reads from the device.
   * @throws {ArgumentError} when other is no tensor
   * @throws {LifetimeError} when a tensor was released, or in a step that is being compiled
   */
  equal(other: CoreTensor): Promise<boolean> {
    return pairs.equal(this, other);
  }
}
