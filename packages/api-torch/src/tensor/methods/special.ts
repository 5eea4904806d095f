// Methods of torch.Tensor: further elementwise functions of one tensor.
import * as core from "@isoform/core";
import type { Tensor as CoreTensor } from "@isoform/core";
import * as special from "../special.js";
import type { LogitOptions, NanToNumOptions } from "../special.js";
import type { Tensor } from "../tensor.js";
import { UnaryTensor, type Limits } from "./unary.js";

/** Further elementwise functions. */
export abstract class SpecialTensor extends UnaryTensor {
  /** @internal Runs `fn` in a scope, with constants on this tensor's device. */
  _scope<T>(fn: () => T): T {
    const device = this._storage?.device ?? null;
    const elsewhere = device !== null && device !== core.ambient.device;
    return core.scope(() => (elsewhere ? core.withDevice(device, fn) : fn()));
  }
  /** @internal What `fn` gives, without the tensors that it made on the way. */
  _made(fn: () => CoreTensor): Tensor {
    return this._scope(() => this._own(fn()));
  }
  /** @internal As `_made`, for several results. */
  _madeAll(fn: () => readonly CoreTensor[]): Tensor[] {
    return this._scope(() => fn().map((t) => this._own(t)));
  }
  /** @internal As `_made`, for two results. */
  _madePair(fn: () => readonly [CoreTensor, CoreTensor]): [Tensor, Tensor] {
    return this._scope(() => {
      const [a, b] = fn();
      return [this._own(a), this._own(b)];
    });
  }

  /**
   * −x, any shape, elementwise; `neg`.
   * @throws {DTypeError} for bool
   */
  negative(): Tensor {
    return this.neg();
  }
  /**
   * x itself, any shape.
   * @throws {DTypeError} for bool
   */
  positive(): Tensor {
    core.requireNumeric("positive", this);
    return this._own(this);
  }
  /**
   * |x|, any shape, elementwise; `abs`.
   * @throws {DTypeError} for bool
   */
  absolute(): Tensor {
    return this.abs();
  }
  /**
   * −1, 0 or 1 by the sign of x, any shape, elementwise; `sign`.
   * @throws {DTypeError} for bool
   */
  sgn(): Tensor {
    return this.sign();
  }
  /**
   * True where the sign bit is set, −0 included, as bool, any shape, elementwise, of any dtype; false for NaN.
   * @throws {LifetimeError} when x was released
   */
  signbit(): Tensor {
    return this._made(() => special.signbit(this));
  }
  /**
   * Arc sine in radians, −π/2 to π/2, any shape, elementwise; NaN outside [−1, 1], integers and bool become
   * float32.
   * @throws {LifetimeError} when x was released
   */
  asin(): Tensor {
    return this._made(() => core.asin(special.real(this)));
  }
  /**
   * Arc cosine in radians, 0 to π, any shape, elementwise; NaN outside [−1, 1], integers and bool become
   * float32.
   * @throws {LifetimeError} when x was released
   */
  acos(): Tensor {
    return this._made(() => core.acos(special.real(this)));
  }
  /**
   * Hyperbolic sine, any shape, elementwise; integers and bool become float32.
   * @throws {LifetimeError} when x was released
   */
  sinh(): Tensor {
    return this._made(() => core.sinh(special.real(this)));
  }
  /**
   * Hyperbolic cosine, any shape, elementwise; integers and bool become float32.
   * @throws {LifetimeError} when x was released
   */
  cosh(): Tensor {
    return this._made(() => core.cosh(special.real(this)));
  }
  /**
   * Inverse hyperbolic sine, any shape, elementwise; integers and bool become float32.
   * @throws {LifetimeError} when x was released
   */
  asinh(): Tensor {
    return this._made(() => core.asinh(special.real(this)));
  }
  /**
   * Inverse hyperbolic cosine, any shape, elementwise; NaN below 1, integers and bool become float32.
   * @throws {LifetimeError} when x was released
   */
  acosh(): Tensor {
    return this._made(() => core.acosh(special.real(this)));
  }
  /**
   * Inverse hyperbolic tangent, any shape, elementwise; ±∞ at ±1, NaN beyond, integers and bool become
   * float32.
   * @throws {LifetimeError} when x was released
   */
  atanh(): Tensor {
    return this._made(() => core.atanh(special.real(this)));
  }
  /**
   * 2ˣ, any shape, elementwise; integers and bool become float32.
   * @throws {LifetimeError} when x was released
   */
  exp2(): Tensor {
    return this._made(() => core.exp2(special.real(this)));
  }
  /**
   * Logarithm of base 2, any shape, elementwise; −∞ at 0, NaN below, integers and bool become float32.
   * @throws {LifetimeError} when x was released
   */
  log2(): Tensor {
    return this._made(() => core.log2(special.real(this)));
  }
  /**
   * Logarithm of base 10, any shape, elementwise; −∞ at 0, NaN below, integers and bool become float32.
   * @throws {LifetimeError} when x was released
   */
  log10(): Tensor {
    return this._made(() => core.log10(special.real(this)));
  }
  /**
   * The number whose `erf` is x, any shape, elementwise; ±∞ at ±1, NaN beyond, integers and bool become
   * float32.
   * @throws {LifetimeError} when x was released
   */
  erfinv(): Tensor {
    return this._made(() => core.erfinv(special.real(this)));
  }
  /**
   * 1 − erf(x) without cancellation, any shape, elementwise; integers and bool become float32.
   * @throws {LifetimeError} when x was released
   */
  erfc(): Tensor {
    return this._made(() => special.erfc(this));
  }
  /**
   * log(x/(1 − x)), the inverse of `sigmoid`, any shape, elementwise: `x.logit(1e-6)`, `x.logit({ eps: 1e-6 })`.
   * With `eps` x is limited to eps … 1 − eps; null (default) gives NaN outside [0, 1]. Integers and bool become
   * float32.
   * @throws {ArgumentError} for an eps outside 0 … 0.5, or an unknown option
   */
  logit(eps: number | null | LogitOptions = null): Tensor {
    return this._made(() => special.logit(this, eps));
  }
  /**
   * sin(πx)/(πx), 1 at 0, any shape, elementwise: x counts half turns, π·x is in radians. Integers and bool
   * become float32.
   * @throws {LifetimeError} when x was released
   */
  sinc(): Tensor {
    return this._made(() => special.sinc(this));
  }
  /**
   * Degrees as radians, any shape, elementwise; integers and bool become float32.
   * @throws {LifetimeError} when x was released
   */
  deg2rad(): Tensor {
    return this._made(() => core.mul(special.real(this), Math.PI / 180));
  }
  /**
   * Radians as degrees, any shape, elementwise; integers and bool become float32.
   * @throws {LifetimeError} when x was released
   */
  rad2deg(): Tensor {
    return this._made(() => core.mul(special.real(this), 180 / Math.PI));
  }
  /**
   * x − trunc(x), with the sign of x, any shape, elementwise.
   * @throws {DTypeError} unless x is a float tensor
   */
  frac(): Tensor {
    return this._made(() => special.frac(this));
  }
  /**
   * x with numbers in place of NaN (`nan`, default 0), ∞ (`posinf`, default the greatest of the dtype) and −∞
   * (`neginf`, default the least), any shape, elementwise; integers and bool stay.
   * @throws {ArgumentError} for what is no number or null, or an unknown option
   */
  nanToNum(options: NanToNumOptions = {}): Tensor {
    return this._made(() => special.nanToNum(this, options));
  }
  /**
   * True where x is ∞ or −∞, as bool, any shape, elementwise, of any dtype.
   * @throws {LifetimeError} when x was released
   */
  isinf(): Tensor {
    return this._made(() => special.isInfinite(this, Infinity, -Infinity));
  }
  /**
   * True where x is ∞, as bool, any shape, elementwise, of any dtype.
   * @throws {LifetimeError} when x was released
   */
  isposinf(): Tensor {
    return this._made(() => special.isInfinite(this, Infinity));
  }
  /**
   * True where x is −∞, as bool, any shape, elementwise, of any dtype.
   * @throws {LifetimeError} when x was released
   */
  isneginf(): Tensor {
    return this._made(() => special.isInfinite(this, -Infinity));
  }
  /**
   * True where x is neither NaN nor infinite, as bool, any shape, elementwise, of any dtype.
   * @throws {LifetimeError} when x was released
   */
  isfinite(): Tensor {
    return this._made(() => special.isFinite(this));
  }
  /**
   * Bitwise not of integers, logical not of bool, any shape, elementwise.
   * @throws {DTypeError} for floats
   */
  bitwiseNot(): Tensor {
    return this._own(core.not(this));
  }
  /**
   * x limited to [min, max], any shape, elementwise; `clamp`.
   * @throws {ArgumentError} without a limit, for NaN, for a fraction with integers, or for an unknown option
   * @throws {DTypeError} for bool
   */
  clip(min: number | null | Limits, max: number | null = null): Tensor {
    return this.clamp(min, max);
  }
  /**
   * The greater of x and `min`, a number or a tensor that broadcasts with x; NaN stays. x has the gradient of
   * ties.
   * @throws {ArgumentError} for what is neither a tensor nor a number, or a fraction with integers
   * @throws {ShapeError} when the shapes do not broadcast
   * @throws {DTypeError} for bool
   */
  clampMin(min: CoreTensor | number): Tensor {
    return this._made(() => special.limit("min", this, min));
  }
  /**
   * The smaller of x and `max`, a number or a tensor that broadcasts with x; NaN stays. x has the gradient of
   * ties.
   * @throws {ArgumentError} for what is neither a tensor nor a number, or a fraction with integers
   * @throws {ShapeError} when the shapes do not broadcast
   * @throws {DTypeError} for bool
   */
  clampMax(max: CoreTensor | number): Tensor {
    return this._made(() => special.limit("max", this, max));
  }
}
