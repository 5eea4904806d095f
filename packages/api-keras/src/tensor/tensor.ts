// The tensor of this API: core's tensor with methods in place of Python's operators. Functions live in ops/.
import * as core from "@isoform/core";
import { Tensor as CoreTensor, isFloat, type DType, type TensorClass } from "@isoform/core";
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

/** A tensor of the Keras API. Immutable; variables are the exception. */
export class Tensor extends CoreTensor {
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
  /** Number of axes. */
  get ndim(): number {
    return this.rank;
  }

  // ---- arithmetic (Python's operators); operands broadcast and are promoted

  /** this + other. @throws ShapeError */
  add(other: Operand): Tensor {
    return own(core.add(this, other));
  }
  /** this − other. */
  sub(other: Operand): Tensor {
    return own(core.sub(this, other));
  }
  /** Elementwise product. */
  mul(other: Operand): Tensor {
    return own(core.mul(this, other));
  }
  /** True division; integers become float32. */
  div(other: Operand): Tensor {
    return own(core.div(floating(this), other instanceof CoreTensor ? floating(other) : other));
  }
  /** this to the power of other. */
  pow(other: Operand): Tensor {
    return own(core.pow(this, other));
  }
  /** Division rounded down. */
  floorDiv(other: Operand): Tensor {
    return own(core.floorDiv(this, other));
  }
  /** Remainder with the sign of the divisor. */
  mod(other: Operand): Tensor {
    return own(core.mod(this, other));
  }
  /** Matrix product by NumPy's rule. @throws ShapeError */
  matmul(other: CoreTensor): Tensor {
    return own(core.matmul(this, other));
  }
  /** −this. */
  neg(): Tensor {
    return own(core.neg(this));
  }
  /** |x|. */
  abs(): Tensor {
    return own(core.abs(this));
  }

  // ---- comparison and logic, bool

  /** this = other. */
  eq(other: Operand): Tensor {
    return own(core.eq(this, other));
  }
  /** this ≠ other. */
  ne(other: Operand): Tensor {
    return own(core.ne(this, other));
  }
  /** this < other. */
  lt(other: Operand): Tensor {
    return own(core.lt(this, other));
  }
  /** this ≤ other. */
  le(other: Operand): Tensor {
    return own(core.le(this, other));
  }
  /** this > other. */
  gt(other: Operand): Tensor {
    return own(core.gt(this, other));
  }
  /** this ≥ other. */
  ge(other: Operand): Tensor {
    return own(core.ge(this, other));
  }
  /** Logical and of bool, bitwise of integers. */
  and(other: CoreTensor): Tensor {
    return own(core.and(this, other));
  }
  /** Logical or of bool, bitwise of integers. */
  or(other: CoreTensor): Tensor {
    return own(core.or(this, other));
  }
  /** Logical not of bool, bitwise of integers. */
  not(): Tensor {
    return own(core.not(this));
  }

  // ---- elementwise functions

  /** x². */
  square(): Tensor {
    return own(core.mul(this, this));
  }
  /** Square root. */
  sqrt(): Tensor {
    return own(core.sqrt(this));
  }
  /** eˣ. */
  exp(): Tensor {
    return own(core.exp(this));
  }
  /** Natural logarithm. */
  log(): Tensor {
    return own(core.log(this));
  }
  /** Sine (radians). */
  sin(): Tensor {
    return own(core.sin(this));
  }
  /** Cosine (radians). */
  cos(): Tensor {
    return own(core.cos(this));
  }
  /** Hyperbolic tangent. */
  tanh(): Tensor {
    return own(core.tanh(this));
  }

  // ---- reductions

  /** Sum. */
  sum(options: AxisOr<ReduceOptions> = {}): Tensor {
    return own(core.sum(countable(this), ...reduction("sum", options)));
  }
  /** Mean; integers become float32. */
  mean(options: AxisOr<ReduceOptions> = {}): Tensor {
    return own(core.mean(floating(this), ...reduction("mean", options)));
  }
  /** Maximum. */
  max(options: AxisOr<ReduceOptions> = {}): Tensor {
    return own(core.max(this, ...reduction("max", options)));
  }
  /** Minimum. */
  min(options: AxisOr<ReduceOptions> = {}): Tensor {
    return own(core.min(this, ...reduction("min", options)));
  }

  // ---- shape and dtype

  /** Another shape of the same size; one entry may be −1. @throws ShapeError */
  reshape(shape: readonly number[]): Tensor {
    return own(core.reshape(this, shape));
  }
  /** Axes in the order `perm`, reversed by default. */
  transpose(perm?: readonly number[]): Tensor {
    return own(core.transpose(this, perm));
  }
  /** Another dtype. */
  cast(dtype: DType): Tensor {
    return own(core.cast(this, dtype));
  }
  /** `x[...]`: numbers, 'start:stop:step' strings, null (new axis), '...'. @throws ShapeError */
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
