// The tensor of this API: core's tensor with methods in place of Python's operators. Functions live in ops/.
import * as core from "@isoform/core";
import { Tensor as CoreTensor, isFloat, type DType, type TensorClass } from "@isoform/core";
import { invalid, newOrder, newShape } from "../config/arguments.js";
import { axisOptions, type AxisOr } from "../config/axis.js";
import { at as readAt, type Index } from "./indexing.js";
import { formatTensor } from "./print.js";

/** Right side of an arithmetic method. */
export type Operand = CoreTensor | number | bigint | boolean;
/** One axis, several, or all. */
export type Axis = number | readonly number[] | null | undefined;
/** Options of reductions. */
export interface ReduceOptions {
  /** Axis or axes; null (the default) reduces all. */
  readonly axis?: Axis;
  /** Keep reduced axes with size 1. */
  readonly keepdims?: boolean;
}

/**
 * A tensor of the Keras API, of any shape and dtype. Immutable; variables are the exception.
 * @see tf.Tensor
 */
export class Tensor extends CoreTensor {
  static {
    core.showValues(this.prototype, formatTensor);
  }

  /** Which time steps count (bool, true = use), as set by masking layers; null when all do. */
  kerasMask: Tensor | null = null;
  /** @internal What a layer applied its softmax or sigmoid to, in a step of `fit`; see losses/functions.ts. */
  kerasLogits: { readonly input: CoreTensor; readonly kind: "softmax" | "sigmoid" } | null = null;

  /** @internal */
  override _resultClass(): TensorClass {
    return Tensor;
  }

  override toString(): string {
    const state = this.disposed ? ", released" : this._traced ? ", traced" : "";
    return `<tf.Tensor: shape=(${this.shape.join(", ")}${this.rank === 1 ? "," : ""}), dtype=${this.dtype}${state}>`;
  }
  /** The values as TensorFlow prints them. Reads from the device. */
  async repr(): Promise<string> {
    return formatTensor(this, await this.data());
  }
  /** Text in templates. @throws {ArgumentError} for operators: `x + 1` would be text, `x > 1` false */
  [Symbol.toPrimitive](hint: string): string {
    return core.asPrimitive(this, hint);
  }
  /** The text of the tensor, without its values, for any shape. Never throws. */
  toJSON(): string {
    return this.toString();
  }
  /** Number of axes. */
  get ndim(): number {
    return this.rank;
  }

  // ---- arithmetic (Python's operators); operands broadcast and are promoted

  /**
   * this + other, elementwise; the shapes broadcast.
   * @throws {ShapeError} when the shapes do not broadcast
   * @throws {DTypeError} when both are bool
   * @throws {ArgumentError} when `other` is neither a tensor nor a number
   */
  add(other: Operand): Tensor {
    return own(core.add(this, other));
  }
  /**
   * this − other, elementwise; the shapes broadcast.
   * @throws {ShapeError} when the shapes do not broadcast
   * @throws {DTypeError} when both are bool
   * @throws {ArgumentError} when `other` is neither a tensor nor a number
   */
  sub(other: Operand): Tensor {
    return own(core.sub(this, other));
  }
  /**
   * this · other, elementwise; the shapes broadcast.
   * @throws {ShapeError} when the shapes do not broadcast
   * @throws {DTypeError} when both are bool
   * @throws {ArgumentError} when `other` is neither a tensor nor a number
   */
  mul(other: Operand): Tensor {
    return own(core.mul(this, other));
  }
  /**
   * this / other, elementwise; the shapes broadcast, integers and bool become float32.
   * @throws {ShapeError} when the shapes do not broadcast
   * @throws {ArgumentError} when `other` is neither a tensor nor a number
   */
  div(other: Operand): Tensor {
    return own(core.div(floating(this), other instanceof CoreTensor ? floating(other) : other));
  }
  /**
   * this to the power of other, elementwise; the shapes broadcast.
   * @throws {ShapeError} when the shapes do not broadcast
   * @throws {DTypeError} when both are bool
   * @throws {ArgumentError} when `other` is neither a tensor nor a number
   */
  pow(other: Operand): Tensor {
    return own(core.pow(this, other));
  }
  /**
   * this / other rounded down, elementwise; the shapes broadcast.
   * @throws {ShapeError} when the shapes do not broadcast
   * @throws {DTypeError} when both are bool
   * @throws {ArgumentError} when `other` is neither a tensor nor a number
   */
  floorDiv(other: Operand): Tensor {
    return own(core.floorDiv(this, other));
  }
  /**
   * Remainder with the sign of the divisor, elementwise; the shapes broadcast.
   * @throws {ShapeError} when the shapes do not broadcast
   * @throws {DTypeError} when both are bool
   * @throws {ArgumentError} when `other` is neither a tensor nor a number
   */
  mod(other: Operand): Tensor {
    return own(core.mod(this, other));
  }
  /**
   * Matrix product by NumPy's rule, `[..., m, k] x [..., k, n] -> [..., m, n]`; 1-d operands are vectors.
   * @throws {ShapeError} when the inner sizes differ, the leading axes do not broadcast, or one is a scalar
   * @throws {DTypeError} when both are bool
   * @throws {ArgumentError} when the operand is no tensor
   */
  matmul(other: CoreTensor): Tensor {
    if (!(other instanceof CoreTensor)) throw invalid("Tensor.matmul", "the operand", other, "a tensor");
    return own(core.matmul(this, other));
  }
  /**
   * −this, any shape, elementwise.
   * @throws {DTypeError} when the tensor is bool
   */
  neg(): Tensor {
    return own(core.neg(this));
  }
  /**
   * |x|, any shape, elementwise.
   * @throws {DTypeError} when the tensor is bool
   */
  abs(): Tensor {
    return own(core.abs(this));
  }

  // ---- comparison and logic, bool

  /**
   * this = other as bool, elementwise; the shapes broadcast.
   * @throws {ShapeError} when the shapes do not broadcast
   * @throws {ArgumentError} when `other` is neither a tensor nor a number
   */
  eq(other: Operand): Tensor {
    return own(core.eq(this, other));
  }
  /**
   * this ≠ other as bool, elementwise; the shapes broadcast.
   * @throws {ShapeError} when the shapes do not broadcast
   * @throws {ArgumentError} when `other` is neither a tensor nor a number
   */
  ne(other: Operand): Tensor {
    return own(core.ne(this, other));
  }
  /**
   * this < other as bool, elementwise; the shapes broadcast.
   * @throws {ShapeError} when the shapes do not broadcast
   * @throws {ArgumentError} when `other` is neither a tensor nor a number
   */
  lt(other: Operand): Tensor {
    return own(core.lt(this, other));
  }
  /**
   * this ≤ other as bool, elementwise; the shapes broadcast.
   * @throws {ShapeError} when the shapes do not broadcast
   * @throws {ArgumentError} when `other` is neither a tensor nor a number
   */
  le(other: Operand): Tensor {
    return own(core.le(this, other));
  }
  /**
   * this > other as bool, elementwise; the shapes broadcast.
   * @throws {ShapeError} when the shapes do not broadcast
   * @throws {ArgumentError} when `other` is neither a tensor nor a number
   */
  gt(other: Operand): Tensor {
    return own(core.gt(this, other));
  }
  /**
   * this ≥ other as bool, elementwise; the shapes broadcast.
   * @throws {ShapeError} when the shapes do not broadcast
   * @throws {ArgumentError} when `other` is neither a tensor nor a number
   */
  ge(other: Operand): Tensor {
    return own(core.ge(this, other));
  }
  /**
   * Logical and of bool, bitwise of integers, elementwise; the shapes broadcast.
   * @throws {ShapeError} when the shapes do not broadcast
   * @throws {DTypeError} when one is a float
   */
  and(other: CoreTensor): Tensor {
    return own(core.and(this, other));
  }
  /**
   * Logical or of bool, bitwise of integers, elementwise; the shapes broadcast.
   * @throws {ShapeError} when the shapes do not broadcast
   * @throws {DTypeError} when one is a float
   */
  or(other: CoreTensor): Tensor {
    return own(core.or(this, other));
  }
  /**
   * Logical not of bool, bitwise of integers; any shape, elementwise.
   * @throws {DTypeError} when the tensor is a float
   */
  not(): Tensor {
    return own(core.not(this));
  }

  // ---- elementwise functions

  /**
   * x², any shape, elementwise.
   * @throws {DTypeError} when the tensor is bool
   */
  square(): Tensor {
    return own(core.mul(this, this));
  }
  /**
   * Square root, any shape, elementwise; NaN below 0.
   * @throws {DTypeError} when the tensor is no float
   */
  sqrt(): Tensor {
    return own(core.sqrt(this));
  }
  /**
   * eˣ, any shape, elementwise.
   * @throws {DTypeError} when the tensor is no float
   */
  exp(): Tensor {
    return own(core.exp(this));
  }
  /**
   * Natural logarithm, any shape, elementwise; −∞ at 0, NaN below.
   * @throws {DTypeError} when the tensor is no float
   */
  log(): Tensor {
    return own(core.log(this));
  }
  /**
   * Sine of an angle in radians, any shape, elementwise.
   * @throws {DTypeError} when the tensor is no float
   */
  sin(): Tensor {
    return own(core.sin(this));
  }
  /**
   * Cosine of an angle in radians, any shape, elementwise.
   * @throws {DTypeError} when the tensor is no float
   */
  cos(): Tensor {
    return own(core.cos(this));
  }
  /**
   * Hyperbolic tangent, any shape, elementwise.
   * @throws {DTypeError} when the tensor is no float
   */
  tanh(): Tensor {
    return own(core.tanh(this));
  }

  // ---- reductions

  /**
   * Sum over `axis`, all axes by default (a scalar); the reduced axes go, or stay as 1 with `keepdims`. Bool
   * counts as int32.
   * @throws {ArgumentError} when an axis is out of range or twice, or an option is unknown
   */
  sum(options: AxisOr<ReduceOptions> = {}): Tensor {
    return own(core.sum(countable(this), ...reduction("sum", options)));
  }
  /**
   * Mean over `axis`, all axes by default (a scalar); the reduced axes go, or stay as 1 with `keepdims`.
   * Integers and bool become float32.
   * @throws {ArgumentError} when an axis is out of range or twice, or an option is unknown
   */
  mean(options: AxisOr<ReduceOptions> = {}): Tensor {
    return own(core.mean(floating(this), ...reduction("mean", options)));
  }
  /**
   * Maximum over `axis`, all axes by default (a scalar); the reduced axes go, or stay as 1 with `keepdims`.
   * @throws {ArgumentError} when an axis is out of range or twice, or an option is unknown
   */
  max(options: AxisOr<ReduceOptions> = {}): Tensor {
    return own(core.max(this, ...reduction("max", options)));
  }
  /**
   * Minimum over `axis`, all axes by default (a scalar); the reduced axes go, or stay as 1 with `keepdims`.
   * @throws {ArgumentError} when an axis is out of range or twice, or an option is unknown
   */
  min(options: AxisOr<ReduceOptions> = {}): Tensor {
    return own(core.min(this, ...reduction("min", options)));
  }

  // ---- shape and dtype

  /**
   * Another shape of the same size; one entry may be −1. A number is the size of the only axis.
   * @throws {ShapeError} when the sizes differ, an entry is no size, or two are −1
   */
  reshape(shape: number | readonly number[]): Tensor {
    return own(core.reshape(this, newShape("Tensor.reshape", shape)));
  }
  /**
   * Axes in the order `perm`, reversed by default.
   * @throws {ShapeError} when `perm` does not name every axis
   * @throws {ArgumentError} when an axis is out of range or twice, or `perm` no list
   */
  transpose(perm?: readonly number[]): Tensor {
    return own(core.transpose(this, newOrder("Tensor.transpose", perm)));
  }
  /**
   * Another dtype, same shape.
   * @throws {DTypeError} when `dtype` is no element type
   */
  cast(dtype: DType): Tensor {
    return own(core.cast(this, dtype));
  }
  /**
   * `x[...]`: numbers drop their axis, 'start:stop:step' strings keep it, null adds an axis of size 1, '...'
   * fills up.
   * @throws {ShapeError} when there are more indices than axes, an integer is out of range, or a string is no
   *   slice
   */
  at(...index: Index[]): Tensor {
    return own(readAt(this, index));
  }
}

/** A core result as this API's tensor. */
function own(t: CoreTensor): Tensor {
  return t instanceof Tensor ? t : core.adopt(t, Tensor);
}

/** x itself when float, else as float32: what true division and means compute in. */
export function floating(x: CoreTensor): CoreTensor {
  return isFloat(x.dtype) ? x : core.cast(x, "float32");
}

/** x itself unless bool, which sums count as int32. */
export function countable(x: CoreTensor): CoreTensor {
  return x.dtype === "bool" ? core.cast(x, "int32") : x;
}

function reduction(
  name: string,
  given: AxisOr<ReduceOptions>,
): [axes: number | readonly number[] | undefined, options: { readonly keepDims: boolean }] {
  const { axis, keepdims = false } = axisOptions(`Tensor.${name}`, given, ["axis", "keepdims"]);
  return [axis ?? undefined, { keepDims: keepdims }];
}
