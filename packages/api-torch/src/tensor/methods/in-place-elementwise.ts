// Methods of torch.Tensor: elementwise functions in place.
import * as core from "@isoform/core";
import type { Tensor as CoreTensor } from "@isoform/core";
import { elementOf } from "../arguments.js";
import { addScaled, lerp, type ValueOption } from "../pairs.js";
import type { TensorLike } from "./base.js";
import { InPlaceTensor } from "./in-place.js";
import type { Limits } from "./unary.js";

/** Elementwise functions in place. */
export abstract class ElementwiseInPlaceTensor extends InPlaceTensor {
  /**
   * Absolute values, in place, any shape.
   * @throws {ArgumentError} when this is a leaf that requires gradients, outside `noGrad`
   * @throws {DTypeError} for bool
   */
  abs_(): this {
    return this.assign_(this.abs());
  }
  /**
   * Changes the sign, in place, any shape.
   * @throws {ArgumentError} when this is a leaf that requires gradients, outside `noGrad`
   * @throws {DTypeError} for bool
   */
  neg_(): this {
    return this.assign_(this.neg());
  }
  /**
   * eˣ of every element, in place, any shape.
   * @throws {ArgumentError} when this is a leaf that requires gradients, outside `noGrad`
   * @throws {DTypeError} unless this is a float tensor
   */
  exp_(): this {
    core.requireFloat("exp_", this);
    return this.assign_(this.exp());
  }
  /**
   * Natural logarithms, in place, any shape; −∞ at 0, NaN below.
   * @throws {ArgumentError} when this is a leaf that requires gradients, outside `noGrad`
   * @throws {DTypeError} unless this is a float tensor
   */
  log_(): this {
    core.requireFloat("log_", this);
    return this.assign_(this.log());
  }
  /**
   * Square roots, in place, any shape; NaN below 0.
   * @throws {ArgumentError} when this is a leaf that requires gradients, outside `noGrad`
   * @throws {DTypeError} unless this is a float tensor
   */
  sqrt_(): this {
    core.requireFloat("sqrt_", this);
    return this.assign_(this.sqrt());
  }
  /**
   * 1/√x of every element, in place, any shape.
   * @throws {ArgumentError} when this is a leaf that requires gradients, outside `noGrad`
   * @throws {DTypeError} unless this is a float tensor
   */
  rsqrt_(): this {
    core.requireFloat("rsqrt_", this);
    return this.assign_(this.rsqrt());
  }
  /**
   * Squares, in place, any shape.
   * @throws {ArgumentError} when this is a leaf that requires gradients, outside `noGrad`
   * @throws {DTypeError} for bool
   */
  square_(): this {
    return this.assign_(this.square());
  }
  /**
   * Sines of angles in radians, in place, any shape.
   * @throws {ArgumentError} when this is a leaf that requires gradients, outside `noGrad`
   * @throws {DTypeError} unless this is a float tensor
   */
  sin_(): this {
    core.requireFloat("sin_", this);
    return this.assign_(this.sin());
  }
  /**
   * Cosines of angles in radians, in place, any shape.
   * @throws {ArgumentError} when this is a leaf that requires gradients, outside `noGrad`
   * @throws {DTypeError} unless this is a float tensor
   */
  cos_(): this {
    core.requireFloat("cos_", this);
    return this.assign_(this.cos());
  }
  /**
   * Hyperbolic tangents, in place, any shape.
   * @throws {ArgumentError} when this is a leaf that requires gradients, outside `noGrad`
   * @throws {DTypeError} unless this is a float tensor
   */
  tanh_(): this {
    core.requireFloat("tanh_", this);
    return this.assign_(this.tanh());
  }
  /**
   * 1/(1 + e⁻ˣ) of every element, in place, any shape.
   * @throws {ArgumentError} when this is a leaf that requires gradients, outside `noGrad`
   * @throws {DTypeError} unless this is a float tensor
   */
  sigmoid_(): this {
    core.requireFloat("sigmoid_", this);
    return this.assign_(this.sigmoid());
  }
  /**
   * max(x, 0) of every element, in place, any shape.
   * @throws {ArgumentError} when this is a leaf that requires gradients, outside `noGrad`
   * @throws {DTypeError} for bool
   */
  relu_(): this {
    return this.assign_(this.relu());
  }
  /**
   * Rounds down, in place, any shape.
   * @throws {ArgumentError} when this is a leaf that requires gradients, outside `noGrad`
   * @throws {DTypeError} for bool
   */
  floor_(): this {
    return this.assign_(this.floor());
  }
  /**
   * Rounds up, in place, any shape.
   * @throws {ArgumentError} when this is a leaf that requires gradients, outside `noGrad`
   * @throws {DTypeError} for bool
   */
  ceil_(): this {
    return this.assign_(this.ceil());
  }
  /**
   * Rounds to the nearest integers, halves to even, in place, any shape.
   * @throws {ArgumentError} when this is a leaf that requires gradients, outside `noGrad`
   * @throws {DTypeError} for bool
   */
  round_(): this {
    return this.assign_(this.round());
  }
  /**
   * Drops fractions, in place, any shape.
   * @throws {ArgumentError} when this is a leaf that requires gradients, outside `noGrad`
   * @throws {DTypeError} for bool
   */
  trunc_(): this {
    return this.assign_(this.trunc());
  }
  /**
   * 1/x of every element, in place, any shape.
   * @throws {ArgumentError} when this is a leaf that requires gradients, outside `noGrad`
   * @throws {DTypeError} unless this is a float tensor
   */
  reciprocal_(): this {
    core.requireFloat("reciprocal_", this);
    return this.assign_(this.reciprocal());
  }
  /**
   * Powers, in place; the exponent broadcasts to this shape.
   * @throws {ShapeError} when the shapes do not broadcast, or the result has another shape or dtype
   * @throws {ArgumentError} when this is a leaf that requires gradients, outside `noGrad`, or the exponent is
   *   neither a tensor nor a number
   * @throws {DTypeError} when both are bool
   */
  pow_(exponent: TensorLike): this {
    return this.assign_(this.pow(exponent));
  }
  /**
   * Remainders with the sign of the divisor, in place; other broadcasts to this shape.
   * @throws {ShapeError} when the shapes do not broadcast, or the result has another shape or dtype
   * @throws {ArgumentError} when this is a leaf that requires gradients, outside `noGrad`, or other is neither
   *   a tensor nor a number
   * @throws {DTypeError} when both are bool
   */
  remainder_(other: TensorLike): this {
    return this.assign_(this.remainder(other));
  }
  /**
   * Remainders with the sign of the dividend, in place; other broadcasts to this shape.
   * @throws {ShapeError} when the shapes do not broadcast, or the result has another shape or dtype
   * @throws {ArgumentError} when this is a leaf that requires gradients, outside `noGrad`, or other is neither
   *   a tensor nor a number
   * @throws {DTypeError} when both are bool
   */
  fmod_(other: TensorLike): this {
    return this.assign_(this.fmod(other));
  }
  /**
   * Quotients rounded down, in place; other broadcasts to this shape.
   * @throws {ShapeError} when the shapes do not broadcast, or the result has another shape or dtype
   * @throws {ArgumentError} when this is a leaf that requires gradients, outside `noGrad`, or other is neither
   *   a tensor nor a number
   * @throws {DTypeError} when both are bool
   */
  floorDivide_(other: TensorLike): this {
    return this.assign_(core.floorDiv(this, other));
  }
  /**
   * Limits to [min, max], in place, any shape: `x.clamp_(0, 1)`, `x.clamp_({ min: 0 })`.
   * @throws {ArgumentError} when this is a leaf that requires gradients, outside `noGrad`, without a limit, for
   *   NaN, for a fraction with integers, or for an unknown option
   * @throws {DTypeError} for bool
   */
  clamp_(min: number | null | Limits, max: number | null = null): this {
    return this.assign_(this.clamp(min, max));
  }
  /**
   * Raises smaller elements to a limit, in place, any shape.
   * @throws {ArgumentError} when this is a leaf that requires gradients, outside `noGrad`, for what is no
   *   number, or for a fraction with integers
   * @throws {DTypeError} for bool
   */
  clampMin_(min: number): this {
    return this.assign_(core.clip(this, core.requireNumber("clampMin_", "min", min), null));
  }
  /**
   * Lowers greater elements to a limit, in place, any shape.
   * @throws {ArgumentError} when this is a leaf that requires gradients, outside `noGrad`, for what is no
   *   number, or for a fraction with integers
   * @throws {DTypeError} for bool
   */
  clampMax_(max: number): this {
    return this.assign_(core.clip(this, null, core.requireNumber("clampMax_", "max", max)));
  }
  /**
   * Writes a number, or a tensor of shape [], where `mask` (bool) is true, in place; the mask broadcasts to
   * this shape. Integers drop fractions.
   * @throws {ShapeError} when mask does not broadcast to this shape
   * @throws {ArgumentError} when this is a leaf that requires gradients, outside `noGrad`, mask is no tensor,
   *   or for a value that is no scalar
   * @throws {DTypeError} unless mask is bool, or for a number that the integer dtype does not hold
   */
  maskedFill_(mask: CoreTensor, value: CoreTensor | number | bigint | boolean): this {
    const given = (): CoreTensor =>
      value instanceof core.Tensor && value.rank === 0
        ? core.cast(value, this.dtype)
        : core.scalar(elementOf("maskedFill_", value as number, this.dtype), this.dtype);
    return this.assign_(this._made(() => core.where(mask, given(), this)));
  }
  /**
   * Moves by `weight` from this towards `end`, this + weight · (end − this), in place; both broadcast to this
   * shape.
   * @throws {ShapeError} when the shapes do not broadcast, or the result has another shape or dtype
   * @throws {ArgumentError} when this is a leaf that requires gradients, outside `noGrad`, or for what is
   *   neither a tensor nor a number
   * @throws {DTypeError} unless this is a float tensor
   */
  lerp_(end: CoreTensor, weight: CoreTensor | number): this {
    return this.assign_(this._made(() => lerp(this, end, weight)));
  }
  /**
   * Adds value · tensor1 · tensor2 in place; both broadcast to this shape, `value` is 1 by default.
   * @throws {ShapeError} when the shapes do not broadcast, or the result has another shape or dtype
   * @throws {ArgumentError} when this is a leaf that requires gradients, outside `noGrad`, for what is no
   *   tensor, or for an unknown option
   * @throws {DTypeError} when all are bool
   */
  addcmul_(tensor1: CoreTensor, tensor2: CoreTensor, options: ValueOption = {}): this {
    return this.assign_(this._made(() => addScaled("addcmul", this, tensor1, tensor2, options)));
  }
  /**
   * Adds value · tensor1 / tensor2 in place; both broadcast to this shape, `value` is 1 by default.
   * @throws {ShapeError} when the shapes do not broadcast, or the result has another shape or dtype
   * @throws {ArgumentError} when this is a leaf that requires gradients, outside `noGrad`, for what is no
   *   tensor, or for an unknown option
   * @throws {DTypeError} for integers
   */
  addcdiv_(tensor1: CoreTensor, tensor2: CoreTensor, options: ValueOption = {}): this {
    return this.assign_(this._made(() => addScaled("addcdiv", this, tensor1, tensor2, options)));
  }
}
