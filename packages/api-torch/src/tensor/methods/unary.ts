// Methods of torch.Tensor: elementwise functions of one tensor.
import * as core from "@isoform/core";
import type { Tensor as CoreTensor } from "@isoform/core";
import type { Tensor } from "../tensor.js";
import { BaseTensor } from "./base.js";

/** Elementwise functions. */
export abstract class UnaryTensor extends BaseTensor {
  /** @internal A function of real numbers: of integers and bool in float32, as in PyTorch. */
  _real(fn: (x: CoreTensor) => CoreTensor): Tensor {
    if (core.isFloat(this.dtype)) return this._own(fn(this));
    return core.scope(() => this._own(fn(core.cast(this, "float32"))));
  }
  /**
   * −x, any shape, elementwise.
   * @throws {DTypeError} for bool
   */
  neg(): Tensor {
    return this._own(core.neg(this));
  }
  /**
   * |x|, any shape, elementwise; the derivative at 0 is 0.
   * @throws {DTypeError} for bool
   */
  abs(): Tensor {
    return this._own(core.abs(this));
  }
  /**
   * −1, 0 or 1 by the sign of x, any shape, elementwise; NaN stays NaN.
   * @throws {DTypeError} for bool
   */
  sign(): Tensor {
    return this._own(core.sign(this));
  }
  /**
   * eˣ, any shape, elementwise; integers and bool become float32.
   * @throws {LifetimeError} when x was released
   */
  exp(): Tensor {
    return this._real(core.exp);
  }
  /**
   * eˣ − 1 without cancellation near 0, any shape, elementwise; integers and bool become float32.
   * @throws {LifetimeError} when x was released
   */
  expm1(): Tensor {
    return this._real(core.expm1);
  }
  /**
   * Natural logarithm, any shape, elementwise; −∞ at 0, NaN below, integers and bool become float32.
   * @throws {LifetimeError} when x was released
   */
  log(): Tensor {
    return this._real(core.log);
  }
  /**
   * log(1 + x) without cancellation near 0, any shape, elementwise; integers and bool become float32.
   * @throws {LifetimeError} when x was released
   */
  log1p(): Tensor {
    return this._real(core.log1p);
  }
  /**
   * Square root, any shape, elementwise; NaN below 0, integers and bool become float32.
   * @throws {LifetimeError} when x was released
   */
  sqrt(): Tensor {
    return this._real(core.sqrt);
  }
  /**
   * 1/√x, any shape, elementwise; integers and bool become float32.
   * @throws {LifetimeError} when x was released
   */
  rsqrt(): Tensor {
    return this._real(core.rsqrt);
  }
  /**
   * x², any shape, elementwise.
   * @throws {DTypeError} for bool
   */
  square(): Tensor {
    return this._own(core.mul(this, this));
  }
  /**
   * 1/x, any shape, elementwise; integers and bool become float32.
   * @throws {LifetimeError} when x was released
   */
  reciprocal(): Tensor {
    return this._real(core.reciprocal);
  }
  /**
   * Sine of angles in radians, any shape, elementwise; integers and bool become float32.
   * @throws {LifetimeError} when x was released
   */
  sin(): Tensor {
    return this._real(core.sin);
  }
  /**
   * Cosine of angles in radians, any shape, elementwise; integers and bool become float32.
   * @throws {LifetimeError} when x was released
   */
  cos(): Tensor {
    return this._real(core.cos);
  }
  /**
   * Tangent of angles in radians, any shape, elementwise; integers and bool become float32.
   * @throws {LifetimeError} when x was released
   */
  tan(): Tensor {
    return this._real(core.tan);
  }
  /**
   * Arc tangent in radians, −π/2 to π/2, any shape, elementwise; integers and bool become float32.
   * @throws {LifetimeError} when x was released
   */
  atan(): Tensor {
    return this._real(core.atan);
  }
  /**
   * Hyperbolic tangent, any shape, elementwise; integers and bool become float32.
   * @throws {LifetimeError} when x was released
   */
  tanh(): Tensor {
    return this._real(core.tanh);
  }
  /**
   * Logistic function 1/(1 + e⁻ˣ), any shape, elementwise; integers and bool become float32.
   * @throws {LifetimeError} when x was released
   */
  sigmoid(): Tensor {
    return this._real(core.sigmoid);
  }
  /**
   * max(x, 0), any shape, elementwise; NaN stays NaN, the derivative at 0 is 0.
   * @throws {DTypeError} for bool
   */
  relu(): Tensor {
    return this._own(core.relu(this));
  }
  /**
   * Error function 2/√π ∫₀ˣ e^(−t²) dt, any shape, elementwise; integers and bool become float32.
   * @throws {LifetimeError} when x was released
   */
  erf(): Tensor {
    return this._real(core.erf);
  }
  /**
   * Largest integer not above x, in x's dtype, any shape, elementwise.
   * @throws {DTypeError} for bool
   */
  floor(): Tensor {
    return this._own(core.floor(this));
  }
  /**
   * Smallest integer not below x, in x's dtype, any shape, elementwise.
   * @throws {DTypeError} for bool
   */
  ceil(): Tensor {
    return this._own(core.ceil(this));
  }
  /**
   * Nearest integer, halves to even, in x's dtype, any shape, elementwise.
   * @throws {DTypeError} for bool
   */
  round(): Tensor {
    return this._own(core.round(this));
  }
  /**
   * x without its fraction, toward zero, in x's dtype, any shape, elementwise.
   * @throws {DTypeError} for bool
   */
  trunc(): Tensor {
    return this._own(core.trunc(this));
  }
  /**
   * x limited to [min, max], any shape, elementwise: `x.clamp(0, 1)`, `x.clamp({ min: 0 })`. When min > max
   * the result is max.
   * @throws {ArgumentError} without a limit, for NaN, for a fraction with integers, or for an unknown option
   * @throws {DTypeError} for bool
   */
  clamp(min: number | null | Limits, max: number | null = null): Tensor {
    return this._own(limited(this, typeof min === "object" && min !== null ? min : { min, max }));
  }
  /**
   * eˣ / Σ eˣ along the axis `dim`, in x's shape, without overflow.
   * @throws {ArgumentError} when `dim` is not an axis
   * @throws {DTypeError} unless x is a float tensor
   */
  softmax(dim: number): Tensor {
    return this._own(core.softmax(this, dim));
  }
  /**
   * log(softmax(x)) along the axis `dim`, in x's shape, without overflow.
   * @throws {ArgumentError} when `dim` is not an axis
   * @throws {DTypeError} unless x is a float tensor
   */
  logSoftmax(dim: number): Tensor {
    return this._own(core.logSoftmax(this, dim));
  }
  /**
   * True where x is NaN, as bool, any shape, elementwise; false for integers and bool.
   * @throws {LifetimeError} when x was released
   */
  isnan(): Tensor {
    return this._own(this.dtype === "bool" ? core.ne(this, this) : core.isNan(this));
  }
}

/** Limits of `clamp`; null or absent leaves a side open. */
export interface Limits {
  readonly min?: number | null;
  readonly max?: number | null;
}

function limited(x: CoreTensor, limits: Limits): CoreTensor {
  core.checkOptions("clamp", limits, ["min", "max"]);
  const { min = null, max = null } = limits;
  if (min !== null || max !== null) {
    const out = core.clip(x, min, max);
    // Infinite limits hand x itself on, which in-place ops on the result would change.
    return out === x ? core.bind(core.broadcastToOp, [x], { shape: x.shape })[0] : out;
  }
  throw new core.ArgumentError("no limit is given", {
    code: "argument/missing",
    op: "clamp",
    hint: "pass clamp(min, max), or one of { min } and { max }",
  });
}
