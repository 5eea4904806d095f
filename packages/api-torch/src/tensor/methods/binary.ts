// Methods of torch.Tensor: arithmetic, products, comparisons and logic of two tensors.
import * as core from "@isoform/core";
import { Tensor as CoreTensor } from "@isoform/core";
import * as reduce from "../reduce.js";
import type { Tensor } from "../tensor.js";
import type { TensorLike } from "./base.js";
import { SpecialTensor } from "./special.js";

/** Functions of two tensors. */
export abstract class BinaryTensor extends SpecialTensor {
  /**
   * this + alpha · other, broadcast with other; `alpha` is 1 by default.
   * @throws {ShapeError} when the shapes do not broadcast
   * @throws {ArgumentError} when other is neither a tensor nor a JavaScript number, bigint or boolean, or for
   *   an unknown option
   * @throws {DTypeError} when both are bool
   */
  add(other: TensorLike, options: AlphaOption = {}): Tensor {
    return this._own(withScaled("add", this, other, options));
  }
  /**
   * this − alpha · other, broadcast with other; `alpha` is 1 by default.
   * @throws {ShapeError} when the shapes do not broadcast
   * @throws {ArgumentError} when other is neither a tensor nor a JavaScript number, bigint or boolean, or for
   *   an unknown option
   * @throws {DTypeError} when both are bool
   */
  sub(other: TensorLike, options: AlphaOption = {}): Tensor {
    return this._own(withScaled("sub", this, other, options));
  }
  /**
   * this · other, elementwise, broadcast with other.
   * @throws {ShapeError} when the shapes do not broadcast
   * @throws {ArgumentError} when other is neither a tensor nor a JavaScript number, bigint or boolean
   * @throws {DTypeError} when both are bool
   */
  mul(other: TensorLike): Tensor {
    return this._own(core.mul(this, other));
  }
  /**
   * this / other, elementwise, broadcast with other: integers and bool become float32. `roundingMode` "trunc"
   * rounds toward zero, "floor" down; both keep integers, and a zero divisor gives integers 0. Default null.
   * @throws {ShapeError} when the shapes do not broadcast
   * @throws {ArgumentError} when other is neither a tensor nor a JavaScript number, bigint or boolean, or for
   *   an unknown option or `roundingMode`
   * @throws {DTypeError} when both are bool and there is a `roundingMode`
   */
  div(other: TensorLike, options: DivideOptions = {}): Tensor {
    core.checkOptions("div", options, ["roundingMode"]);
    return this._own(reduce.trueDivide(this, other, options.roundingMode ?? null));
  }
  /**
   * this to the power of other, elementwise, broadcast with other; NaN for a negative base with a fraction.
   * @throws {ShapeError} when the shapes do not broadcast
   * @throws {ArgumentError} when other is neither a tensor nor a JavaScript number, bigint or boolean
   * @throws {DTypeError} when both are bool
   */
  pow(other: TensorLike): Tensor {
    return this._own(core.pow(this, other));
  }
  /**
   * Remainder with the sign of the divisor, elementwise, broadcast with other.
   * @throws {ShapeError} when the shapes do not broadcast
   * @throws {ArgumentError} when other is neither a tensor nor a JavaScript number, bigint or boolean
   * @throws {DTypeError} when both are bool
   */
  remainder(other: TensorLike): Tensor {
    return this._own(core.mod(this, other));
  }
  /**
   * Remainder with the sign of the dividend, elementwise, broadcast with other.
   * @throws {ShapeError} when the shapes do not broadcast
   * @throws {ArgumentError} when other is neither a tensor nor a JavaScript number, bigint or boolean
   * @throws {DTypeError} when both are bool
   */
  fmod(other: TensorLike): Tensor {
    return this._own(core.rem(this, other));
  }
  /**
   * Matrix product by `torch.matmul`'s rule: [.., M, K] x [.., K, N] -> [.., M, N]. 1-d operands are vectors,
   * leading axes broadcast.
   * @throws {ShapeError} for a scalar, or when the inner sizes or the leading axes do not fit
   * @throws {DTypeError} when both are bool
   */
  matmul(other: CoreTensor): Tensor {
    return this._own(core.matmul(this, other));
  }
  /**
   * Matrix product [M, K] x [K, N] -> [M, N]; other ranks as in `matmul`.
   * @throws {ShapeError} for a scalar, or when the inner sizes or the leading axes do not fit
   * @throws {DTypeError} when both are bool
   */
  mm(other: CoreTensor): Tensor {
    return this._own(core.matmul(this, other));
  }
  /**
   * Batched matrix product [B, M, K] x [B, K, N] -> [B, M, N]; other ranks as in `matmul`.
   * @throws {ShapeError} for a scalar, or when the inner sizes or the leading axes do not fit
   * @throws {DTypeError} when both are bool
   */
  bmm(other: CoreTensor): Tensor {
    return this._own(core.matmul(this, other));
  }
  /**
   * Product of two vectors, [K] x [K] -> a scalar; other ranks as in `matmul`.
   * @throws {ShapeError} for a scalar, or when the inner sizes or the leading axes do not fit
   * @throws {DTypeError} when both are bool
   */
  dot(other: CoreTensor): Tensor {
    return this._own(core.matmul(this, other));
  }
  /**
   * The greater of two, elementwise, broadcast with other; NaN wins, ties share the gradient.
   * @throws {ShapeError} when the shapes do not broadcast
   * @throws {ArgumentError} when other is neither a tensor nor a JavaScript number, bigint or boolean
   * @throws {DTypeError} when both are bool
   */
  maximum(other: TensorLike): Tensor {
    return this._own(core.maximum(this, other));
  }
  /**
   * The smaller of two, elementwise, broadcast with other; NaN wins, ties share the gradient.
   * @throws {ShapeError} when the shapes do not broadcast
   * @throws {ArgumentError} when other is neither a tensor nor a JavaScript number, bigint or boolean
   * @throws {DTypeError} when both are bool
   */
  minimum(other: TensorLike): Tensor {
    return this._own(core.minimum(this, other));
  }
  /**
   * this = other, as bool, elementwise, broadcast with other; NaN equals nothing.
   * @throws {ShapeError} when the shapes do not broadcast
   * @throws {ArgumentError} when other is neither a tensor nor a JavaScript number, bigint or boolean
   */
  eq(other: TensorLike): Tensor {
    return this._own(core.eq(this, other));
  }
  /**
   * this ≠ other, as bool, elementwise, broadcast with other; true for NaN.
   * @throws {ShapeError} when the shapes do not broadcast
   * @throws {ArgumentError} when other is neither a tensor nor a JavaScript number, bigint or boolean
   */
  ne(other: TensorLike): Tensor {
    return this._own(core.ne(this, other));
  }
  /**
   * this < other, as bool, elementwise, broadcast with other; false for NaN.
   * @throws {ShapeError} when the shapes do not broadcast
   * @throws {ArgumentError} when other is neither a tensor nor a JavaScript number, bigint or boolean
   */
  lt(other: TensorLike): Tensor {
    return this._own(core.lt(this, other));
  }
  /**
   * this ≤ other, as bool, elementwise, broadcast with other; false for NaN.
   * @throws {ShapeError} when the shapes do not broadcast
   * @throws {ArgumentError} when other is neither a tensor nor a JavaScript number, bigint or boolean
   */
  le(other: TensorLike): Tensor {
    return this._own(core.le(this, other));
  }
  /**
   * this > other, as bool, elementwise, broadcast with other; false for NaN.
   * @throws {ShapeError} when the shapes do not broadcast
   * @throws {ArgumentError} when other is neither a tensor nor a JavaScript number, bigint or boolean
   */
  gt(other: TensorLike): Tensor {
    return this._own(core.gt(this, other));
  }
  /**
   * this ≥ other, as bool, elementwise, broadcast with other; false for NaN.
   * @throws {ShapeError} when the shapes do not broadcast
   * @throws {ArgumentError} when other is neither a tensor nor a JavaScript number, bigint or boolean
   */
  ge(other: TensorLike): Tensor {
    return this._own(core.ge(this, other));
  }
  /** True where x is 0, as bool, any shape, elementwise, of any dtype. */
  logicalNot(): Tensor {
    return this._own(core.eq(this, 0));
  }
  /**
   * True where both are non-zero, as bool, elementwise, broadcast with other, of any dtype.
   * @throws {ShapeError} when the shapes do not broadcast
   */
  logicalAnd(other: CoreTensor): Tensor {
    return this._own(core.and(core.cast(this, "bool"), truth("logicalAnd", other)));
  }
  /**
   * True where one is non-zero, as bool, elementwise, broadcast with other, of any dtype.
   * @throws {ShapeError} when the shapes do not broadcast
   */
  logicalOr(other: CoreTensor): Tensor {
    return this._own(core.or(core.cast(this, "bool"), truth("logicalOr", other)));
  }
  /**
   * this where `cond` (bool) is true, else `other`; all three broadcast.
   * @throws {ShapeError} when the shapes do not broadcast
   * @throws {DTypeError} unless cond is bool
   */
  where(cond: CoreTensor, other: TensorLike): Tensor {
    return this._own(core.where(cond, this, other));
  }
  /**
   * this with `value` where `mask` (bool) is true, broadcast with mask; a fraction makes integers float32.
   * @throws {ShapeError} when the shapes do not broadcast
   * @throws {DTypeError} unless mask is bool
   */
  maskedFill(mask: CoreTensor, value: number): Tensor {
    return this._own(core.where(mask, value, this));
  }
}

/** Whether elements are not 0. @throws {ArgumentError} for what is no tensor */
export const truth = (op: string, x: CoreTensor): CoreTensor =>
  core.cast(core.requireTensor(op, x, "other"), "bool");

/** How quotients are rounded. */
export interface DivideOptions {
  readonly roundingMode?: "trunc" | "floor" | null;
}

/** Factor of the second operand. */
export interface AlphaOption {
  readonly alpha?: number;
}

/** a ± alpha · b. @throws {ArgumentError} for an unknown option, or what is no number */
export function withScaled(
  op: "add" | "sub",
  a: TensorLike,
  b: TensorLike,
  options: AlphaOption,
): CoreTensor {
  core.checkOptions(op, options, ["alpha"]);
  const { alpha = 1 } = options;
  const combine = op === "add" ? core.add : core.sub;
  if (alpha === 1) return combine(a, b);
  core.requireNumber(op, "alpha", alpha);
  core.requireOperand(op, b);
  return core.scope(() => combine(a, b instanceof CoreTensor ? core.mul(b, alpha) : Number(b) * alpha));
}
