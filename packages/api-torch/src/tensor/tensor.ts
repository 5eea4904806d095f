// torch.Tensor: core's tensor with PyTorch's methods. Each method is the op of the same name; see ops for semantics.
import * as core from "@isoform/core";
import {
  Tensor as CoreTensor,
  type DType,
  type TensorClass,
  type TensorInit,
  type TypedArray,
} from "@isoform/core";
import * as reduceOps from "./reduce.js";
import * as shapeOps from "./shape.js";
import type { KeepDim, OneAxis, OptionalAxis, Over } from "./axes.js";
import { accumulateGrad, readGrad, writeGrad } from "./gradient.js";
import { at as readAt, setAt as writeAt, type Index } from "./indexing.js";
import { elementOf, requireIndices } from "./arguments.js";
import { formatTensor } from "./print.js";

/** A tensor, or a JavaScript scalar beside one in its dtype; a fraction beside integers gives float32. */
export type TensorLike = CoreTensor | number | bigint | boolean;

/**
 * PyTorch's tensor: elements of one dtype in a shape, on a device. Made by `torch.tensor`, `torch.zeros` and
 * the like. Immutable to ops except `setAt` and those whose name ends in an underscore. Ops of two tensors
 * promote the dtypes; axes may count from the end; views share memory till one of them is changed in place.
 * @throws {LifetimeError} in an op that needs the value of a tensor that was released
 * @throws {UnsupportedOpError} in an op on tensors of two devices
 * @throws {OutOfMemoryError} in an op for whose result the device has no room
 * @see torch.Tensor
 */
export class Tensor extends CoreTensor {
  /** @internal */ _grad: Tensor | null = null;

  constructor(init: TensorInit) {
    super(init);
  }

  /** @internal */
  override _resultClass(): TensorClass {
    return Tensor;
  }

  // ---- autograd

  /**
   * Accumulated gradient of a leaf, in its shape, or null. Not copied when set, nor checked for its shape.
   * @throws {UnsupportedOpError} in a compiled step that did not set it, when there is one from before the
   *   step
   */
  get grad(): Tensor | null {
    return readGrad(this);
  }
  set grad(value: Tensor | null) {
    writeGrad(this, value);
  }

  /** Whether operations on the tensor are recorded for `backward()`. */
  get requiresGrad(): boolean {
    return (this._track & core.TRACK_GRAD) !== 0;
  }
  set requiresGrad(value: boolean) {
    this.requiresGrad_(value);
  }
  /** True for tensors not made by a recorded op. */
  get isLeaf(): boolean {
    return this._node === null;
  }
  /**
   * Turns recording on (default) or off, in place, for any shape.
   * @throws {DTypeError} for integer and bool tensors
   * @throws {ArgumentError} when it is turned off for a tensor made by a recorded op
   */
  requiresGrad_(value = true): this {
    if (value && !core.isFloat(this.dtype)) {
      throw new core.DTypeError("only floating-point tensors can require gradients", {
        code: "autograd/not-float",
        op: "requiresGrad_",
        inputs: [core.describe(this)],
        hint: "convert it first, e.g. x.to('float32')",
      });
    }
    if (!value && this._node !== null) {
      throw new core.ArgumentError("a tensor made by a recorded op always requires gradients", {
        code: "autograd/not-a-leaf",
        op: "requiresGrad_",
        hint: "use detach()",
      });
    }
    this._track = value ? this._track | core.TRACK_GRAD : this._track & ~core.TRACK_GRAD;
    return this;
  }
  /**
   * The same value, in this shape, outside the recorded graph; memory is shared till one of the two is
   * changed in place.
   * @throws {LifetimeError} when the tensor was released
   */
  detach(): Tensor {
    const out = aliasOf(this);
    out._track = 0;
    return out;
  }
  /**
   * Adds d(this)/d(leaf) to `leaf.grad`, of the leaf's shape, for every leaf that requires gradients.
   * @param options.gradient cotangent of this tensor's shape; needed unless it has one element
   * @param options.retainGraph keeps the graph for another pass; default as `createGraph`
   * @param options.createGraph records the pass itself, for higher derivatives; default false
   * @throws {ArgumentError} when the tensor does not require gradients, or for an unknown option
   * @throws {ShapeError} without a gradient for more than one element, or with one of another shape
   * @throws {LifetimeError} when the graph was freed by an earlier call, or a value it needs was changed in
   *   place
   * @throws {UnsupportedOpError} in a compiled step that adds to gradients from before it or leaves some
   *   behind
   */
  backward(options: BackwardOptions = {}): void {
    core.checkOptions("backward", options, ["gradient", "retainGraph", "createGraph"]);
    if (!this.requiresGrad) {
      throw new core.ArgumentError("the tensor does not require gradients", {
        code: "autograd/no-grad-fn",
        op: "backward",
        inputs: [core.describe(this)],
        hint: "set requiresGrad on a leaf it depends on, and do not call it inside noGrad",
      });
    }
    if (this.size !== 1 && !options.gradient) {
      throw new core.ShapeError("only a one-element tensor has an implicit gradient", {
        code: "autograd/not-scalar",
        op: "backward",
        inputs: [core.describe(this)],
        hint: "reduce the loss with sum() or mean(), or pass { gradient }",
      });
    }
    const { createGraph = false, retainGraph = createGraph, gradient = null } = options;
    const found = core.backward(
      [this],
      [gradient && core.requireTensor("backward", gradient, "gradient")],
      { bit: core.TRACK_GRAD },
      { createGraph, retainGraph },
    );
    for (const [leaf, g] of found) {
      if (!(leaf instanceof Tensor)) continue;
      const sum = () => asTensor(core.add(leaf._grad!, g));
      accumulateGrad(leaf, asTensor(g), sum, createGraph);
    }
  }

  // ---- reading

  override toString(): string {
    return super.toString().replace(/^Tensor/, "torch.Tensor");
  }
  /**
   * The values as PyTorch prints them, for any shape. Reads from the device.
   * @throws {LifetimeError} when the tensor was released
   */
  async repr(): Promise<string> {
    return this._format(await this.data());
  }
  /** @internal The text of `repr()` for given elements. */
  _format(data: TypedArray): string {
    return formatTensor(this, data);
  }
  /** Number of axes. */
  dim(): number {
    return this.rank;
  }
  /** Number of elements. */
  numel(): number {
    return this.size;
  }

  // ---- arithmetic

  /**
   * this + alpha · other, broadcast with other; `alpha` is 1 by default.
   * @throws {ShapeError} when the shapes do not broadcast
   * @throws {ArgumentError} when other is neither a tensor nor a JavaScript number, bigint or boolean, or for
   *   an unknown option
   * @throws {DTypeError} when both are bool
   */
  add(other: TensorLike, options: AlphaOption = {}): Tensor {
    return asTensor(core.add(this, scaled("add", other, options)));
  }
  /**
   * this − alpha · other, broadcast with other; `alpha` is 1 by default.
   * @throws {ShapeError} when the shapes do not broadcast
   * @throws {ArgumentError} when other is neither a tensor nor a JavaScript number, bigint or boolean, or for
   *   an unknown option
   * @throws {DTypeError} when both are bool
   */
  sub(other: TensorLike, options: AlphaOption = {}): Tensor {
    return asTensor(core.sub(this, scaled("sub", other, options)));
  }
  /**
   * this · other, elementwise, broadcast with other.
   * @throws {ShapeError} when the shapes do not broadcast
   * @throws {ArgumentError} when other is neither a tensor nor a JavaScript number, bigint or boolean
   * @throws {DTypeError} when both are bool
   */
  mul(other: TensorLike): Tensor {
    return asTensor(core.mul(this, other));
  }
  /**
   * this / other, elementwise, broadcast with other: integers and bool become float32. `roundingMode` "trunc"
   * rounds toward zero, "floor" down; both keep integers, and a zero divisor gives integers 0. Default null.
   * @throws {ShapeError} when the shapes do not broadcast
   * @throws {ArgumentError} when other is neither a tensor nor a JavaScript number, bigint or boolean, or for
   *   an unknown option or `roundingMode`
   * @throws {DTypeError} when both are bool and there is a `roundingMode`
   */
  div(other: TensorLike, options: { readonly roundingMode?: "trunc" | "floor" | null } = {}): Tensor {
    core.checkOptions("div", options, ["roundingMode"]);
    return asTensor(reduceOps.trueDivide(this, other, options.roundingMode ?? null));
  }
  /**
   * this to the power of other, elementwise, broadcast with other; NaN for a negative base with a fraction.
   * @throws {ShapeError} when the shapes do not broadcast
   * @throws {ArgumentError} when other is neither a tensor nor a JavaScript number, bigint or boolean
   * @throws {DTypeError} when both are bool
   */
  pow(other: TensorLike): Tensor {
    return asTensor(core.pow(this, other));
  }
  /**
   * Remainder with the sign of the divisor, elementwise, broadcast with other.
   * @throws {ShapeError} when the shapes do not broadcast
   * @throws {ArgumentError} when other is neither a tensor nor a JavaScript number, bigint or boolean
   * @throws {DTypeError} when both are bool
   */
  remainder(other: TensorLike): Tensor {
    return asTensor(core.mod(this, other));
  }
  /**
   * Remainder with the sign of the dividend, elementwise, broadcast with other.
   * @throws {ShapeError} when the shapes do not broadcast
   * @throws {ArgumentError} when other is neither a tensor nor a JavaScript number, bigint or boolean
   * @throws {DTypeError} when both are bool
   */
  fmod(other: TensorLike): Tensor {
    return asTensor(core.rem(this, other));
  }
  /**
   * −x, any shape, elementwise.
   * @throws {DTypeError} for bool
   */
  neg(): Tensor {
    return asTensor(core.neg(this));
  }
  /**
   * Matrix product by `torch.matmul`'s rule: [.., M, K] x [.., K, N] -> [.., M, N]. 1-d operands are vectors,
   * leading axes broadcast.
   * @throws {ShapeError} for a scalar, or when the inner sizes or the leading axes do not fit
   * @throws {DTypeError} when both are bool
   */
  matmul(other: CoreTensor): Tensor {
    return asTensor(core.matmul(this, other));
  }
  /**
   * Matrix product [M, K] x [K, N] -> [M, N]; other ranks as in `matmul`.
   * @throws {ShapeError} for a scalar, or when the inner sizes or the leading axes do not fit
   * @throws {DTypeError} when both are bool
   */
  mm(other: CoreTensor): Tensor {
    return asTensor(core.matmul(this, other));
  }
  /**
   * Batched matrix product [B, M, K] x [B, K, N] -> [B, M, N]; other ranks as in `matmul`.
   * @throws {ShapeError} for a scalar, or when the inner sizes or the leading axes do not fit
   * @throws {DTypeError} when both are bool
   */
  bmm(other: CoreTensor): Tensor {
    return asTensor(core.matmul(this, other));
  }
  /**
   * Product of two vectors, [K] x [K] -> a scalar; other ranks as in `matmul`.
   * @throws {ShapeError} for a scalar, or when the inner sizes or the leading axes do not fit
   * @throws {DTypeError} when both are bool
   */
  dot(other: CoreTensor): Tensor {
    return asTensor(core.matmul(this, other));
  }
  /**
   * The greater of two, elementwise, broadcast with other; NaN wins, ties share the gradient.
   * @throws {ShapeError} when the shapes do not broadcast
   * @throws {ArgumentError} when other is neither a tensor nor a JavaScript number, bigint or boolean
   * @throws {DTypeError} when both are bool
   */
  maximum(other: TensorLike): Tensor {
    return asTensor(core.maximum(this, other));
  }
  /**
   * The smaller of two, elementwise, broadcast with other; NaN wins, ties share the gradient.
   * @throws {ShapeError} when the shapes do not broadcast
   * @throws {ArgumentError} when other is neither a tensor nor a JavaScript number, bigint or boolean
   * @throws {DTypeError} when both are bool
   */
  minimum(other: TensorLike): Tensor {
    return asTensor(core.minimum(this, other));
  }

  // ---- comparison and logic

  /**
   * this = other, as bool, elementwise, broadcast with other; NaN equals nothing.
   * @throws {ShapeError} when the shapes do not broadcast
   * @throws {ArgumentError} when other is neither a tensor nor a JavaScript number, bigint or boolean
   */
  eq(other: TensorLike): Tensor {
    return asTensor(core.eq(this, other));
  }
  /**
   * this ≠ other, as bool, elementwise, broadcast with other; true for NaN.
   * @throws {ShapeError} when the shapes do not broadcast
   * @throws {ArgumentError} when other is neither a tensor nor a JavaScript number, bigint or boolean
   */
  ne(other: TensorLike): Tensor {
    return asTensor(core.ne(this, other));
  }
  /**
   * this < other, as bool, elementwise, broadcast with other; false for NaN.
   * @throws {ShapeError} when the shapes do not broadcast
   * @throws {ArgumentError} when other is neither a tensor nor a JavaScript number, bigint or boolean
   */
  lt(other: TensorLike): Tensor {
    return asTensor(core.lt(this, other));
  }
  /**
   * this ≤ other, as bool, elementwise, broadcast with other; false for NaN.
   * @throws {ShapeError} when the shapes do not broadcast
   * @throws {ArgumentError} when other is neither a tensor nor a JavaScript number, bigint or boolean
   */
  le(other: TensorLike): Tensor {
    return asTensor(core.le(this, other));
  }
  /**
   * this > other, as bool, elementwise, broadcast with other; false for NaN.
   * @throws {ShapeError} when the shapes do not broadcast
   * @throws {ArgumentError} when other is neither a tensor nor a JavaScript number, bigint or boolean
   */
  gt(other: TensorLike): Tensor {
    return asTensor(core.gt(this, other));
  }
  /**
   * this ≥ other, as bool, elementwise, broadcast with other; false for NaN.
   * @throws {ShapeError} when the shapes do not broadcast
   * @throws {ArgumentError} when other is neither a tensor nor a JavaScript number, bigint or boolean
   */
  ge(other: TensorLike): Tensor {
    return asTensor(core.ge(this, other));
  }
  /** True where x is 0, as bool, any shape, elementwise, of any dtype. */
  logicalNot(): Tensor {
    return asTensor(core.eq(this, 0));
  }
  /**
   * True where both are non-zero, as bool, elementwise, broadcast with other, of any dtype.
   * @throws {ShapeError} when the shapes do not broadcast
   */
  logicalAnd(other: CoreTensor): Tensor {
    return asTensor(core.and(core.cast(this, "bool"), truth("logicalAnd", other)));
  }
  /**
   * True where one is non-zero, as bool, elementwise, broadcast with other, of any dtype.
   * @throws {ShapeError} when the shapes do not broadcast
   */
  logicalOr(other: CoreTensor): Tensor {
    return asTensor(core.or(core.cast(this, "bool"), truth("logicalOr", other)));
  }
  /**
   * this where `cond` (bool) is true, else `other`; all three broadcast.
   * @throws {ShapeError} when the shapes do not broadcast
   * @throws {DTypeError} unless cond is bool
   */
  where(cond: CoreTensor, other: TensorLike): Tensor {
    return asTensor(core.where(cond, this, other));
  }
  /**
   * this with `value` where `mask` (bool) is true, broadcast with mask; a fraction makes integers float32.
   * @throws {ShapeError} when the shapes do not broadcast
   * @throws {DTypeError} unless mask is bool
   */
  maskedFill(mask: CoreTensor, value: number): Tensor {
    return asTensor(core.where(mask, value, this));
  }

  // ---- elementwise functions

  /**
   * |x|, any shape, elementwise; the derivative at 0 is 0.
   * @throws {DTypeError} for bool
   */
  abs(): Tensor {
    return asTensor(core.abs(this));
  }
  /**
   * −1, 0 or 1 by the sign of x, any shape, elementwise; NaN stays NaN.
   * @throws {DTypeError} for bool
   */
  sign(): Tensor {
    return asTensor(core.sign(this));
  }
  /**
   * eˣ, any shape, elementwise.
   * @throws {DTypeError} unless x is a float tensor
   */
  exp(): Tensor {
    return asTensor(core.exp(this));
  }
  /**
   * eˣ − 1 without cancellation near 0, any shape, elementwise.
   * @throws {DTypeError} unless x is a float tensor
   */
  expm1(): Tensor {
    return asTensor(core.expm1(this));
  }
  /**
   * Natural logarithm, any shape, elementwise; −∞ at 0, NaN below.
   * @throws {DTypeError} unless x is a float tensor
   */
  log(): Tensor {
    return asTensor(core.log(this));
  }
  /**
   * log(1 + x) without cancellation near 0, any shape, elementwise.
   * @throws {DTypeError} unless x is a float tensor
   */
  log1p(): Tensor {
    return asTensor(core.log1p(this));
  }
  /**
   * Square root, any shape, elementwise; NaN below 0.
   * @throws {DTypeError} unless x is a float tensor
   */
  sqrt(): Tensor {
    return asTensor(core.sqrt(this));
  }
  /**
   * 1/√x, any shape, elementwise.
   * @throws {DTypeError} unless x is a float tensor
   */
  rsqrt(): Tensor {
    return asTensor(core.rsqrt(this));
  }
  /**
   * x², any shape, elementwise.
   * @throws {DTypeError} for bool
   */
  square(): Tensor {
    return asTensor(core.mul(this, this));
  }
  /**
   * 1/x, any shape, elementwise.
   * @throws {DTypeError} unless x is a float tensor
   */
  reciprocal(): Tensor {
    return asTensor(core.reciprocal(this));
  }
  /**
   * Sine of angles in radians, any shape, elementwise.
   * @throws {DTypeError} unless x is a float tensor
   */
  sin(): Tensor {
    return asTensor(core.sin(this));
  }
  /**
   * Cosine of angles in radians, any shape, elementwise.
   * @throws {DTypeError} unless x is a float tensor
   */
  cos(): Tensor {
    return asTensor(core.cos(this));
  }
  /**
   * Tangent of angles in radians, any shape, elementwise.
   * @throws {DTypeError} unless x is a float tensor
   */
  tan(): Tensor {
    return asTensor(core.tan(this));
  }
  /**
   * Arc tangent in radians, −π/2 to π/2, any shape, elementwise.
   * @throws {DTypeError} unless x is a float tensor
   */
  atan(): Tensor {
    return asTensor(core.atan(this));
  }
  /**
   * Hyperbolic tangent, any shape, elementwise.
   * @throws {DTypeError} unless x is a float tensor
   */
  tanh(): Tensor {
    return asTensor(core.tanh(this));
  }
  /**
   * Logistic function 1/(1 + e⁻ˣ), any shape, elementwise.
   * @throws {DTypeError} unless x is a float tensor
   */
  sigmoid(): Tensor {
    return asTensor(core.sigmoid(this));
  }
  /**
   * max(x, 0), any shape, elementwise; NaN stays NaN, the derivative at 0 is 0.
   * @throws {DTypeError} for bool
   */
  relu(): Tensor {
    return asTensor(core.relu(this));
  }
  /**
   * Error function 2/√π ∫₀ˣ e^(−t²) dt, any shape, elementwise.
   * @throws {DTypeError} unless x is a float tensor
   */
  erf(): Tensor {
    return asTensor(core.erf(this));
  }
  /**
   * Largest integer not above x, in x's dtype, any shape, elementwise.
   * @throws {DTypeError} for bool
   */
  floor(): Tensor {
    return asTensor(core.floor(this));
  }
  /**
   * Smallest integer not below x, in x's dtype, any shape, elementwise.
   * @throws {DTypeError} for bool
   */
  ceil(): Tensor {
    return asTensor(core.ceil(this));
  }
  /**
   * Nearest integer, halves to even, in x's dtype, any shape, elementwise.
   * @throws {DTypeError} for bool
   */
  round(): Tensor {
    return asTensor(core.round(this));
  }
  /**
   * x without its fraction, toward zero, in x's dtype, any shape, elementwise.
   * @throws {DTypeError} for bool
   */
  trunc(): Tensor {
    return asTensor(core.trunc(this));
  }
  /**
   * x limited to [min, max], any shape, elementwise: `x.clamp(0, 1)`, `x.clamp({ min: 0 })`. When min > max
   * the result is max.
   * @throws {ArgumentError} without a limit, for NaN, for a fraction with integers, or for an unknown option
   * @throws {DTypeError} for bool
   */
  clamp(min: number | null | Limits, max: number | null = null): Tensor {
    return asTensor(limited(this, typeof min === "object" && min !== null ? min : { min, max }));
  }
  /**
   * eˣ / Σ eˣ along the axis `dim`, in x's shape, without overflow.
   * @throws {ArgumentError} when `dim` is not an axis
   * @throws {DTypeError} unless x is a float tensor
   */
  softmax(dim: number): Tensor {
    return asTensor(core.softmax(this, dim));
  }
  /**
   * log(softmax(x)) along the axis `dim`, in x's shape, without overflow.
   * @throws {ArgumentError} when `dim` is not an axis
   * @throws {DTypeError} unless x is a float tensor
   */
  logSoftmax(dim: number): Tensor {
    return asTensor(core.logSoftmax(this, dim));
  }
  /**
   * True where x is NaN, as bool, any shape, elementwise; false for integers.
   * @throws {DTypeError} for bool
   */
  isnan(): Tensor {
    return asTensor(core.isNan(this));
  }

  // ---- reductions: all elements, or over axes: `x.sum(1)`, `x.sum([0, 1], { keepdim: true })`, `x.sum({ dim: 1 })`

  /**
   * Sum over all elements, giving a scalar, or over the axes `dim`, kept as size 1 with `keepdim`; integers
   * and bool become int64. Empty: 0.
   * @throws {ArgumentError} for an axis that is out of range or named twice, or an unknown option
   */
  sum(...over: Over): Tensor {
    return asTensor(reduceOps.sum(this, over));
  }
  /**
   * Mean over all elements, giving a scalar, or over the axes `dim`, kept as size 1 with `keepdim`. Empty:
   * NaN.
   * @throws {ArgumentError} for an axis that is out of range or named twice, or an unknown option
   * @throws {DTypeError} unless x is a float tensor
   */
  mean(...over: Over): Tensor {
    return asTensor(reduceOps.mean(this, over));
  }
  /**
   * Product over all elements, giving a scalar, or over the axes `dim`, kept as size 1 with `keepdim`;
   * integers and bool become int64. Empty: 1.
   * @throws {ArgumentError} for an axis that is out of range or named twice, or an unknown option
   */
  prod(...over: Over): Tensor {
    return asTensor(reduceOps.prod(this, over));
  }
  /**
   * Variance over all elements, giving a scalar, or over the axes `dim`, kept as size 1 with `keepdim`:
   * squared distances from the mean, summed and divided by n − `correction`, which is 1 by default
   * (Bessel's).
   * @throws {ArgumentError} for an axis that is out of range or named twice, or an unknown option, or a
   *   negative `correction`
   * @throws {DTypeError} unless x is a float tensor
   */
  var(...over: Over<{ readonly correction?: number }>): Tensor {
    return asTensor(reduceOps.variance("var", this, over));
  }
  /**
   * Standard deviation over all elements, giving a scalar, or over the axes `dim`, kept as size 1 with
   * `keepdim`, the root of `var`.
   * @throws {ArgumentError} for an axis that is out of range or named twice, or an unknown option, or a
   *   negative `correction`
   * @throws {DTypeError} unless x is a float tensor
   */
  std(...over: Over<{ readonly correction?: number }>): Tensor {
    return asTensor(core.sqrt(reduceOps.variance("std", this, over)));
  }
  /**
   * Largest values over all elements, giving a scalar, or over the axes `dim`, kept as size 1 with `keepdim`.
   * NaN wins, ties share the gradient. Empty: −∞, or the least integer.
   * @throws {ArgumentError} for an axis that is out of range or named twice, or an unknown option
   */
  amax(...over: Over): Tensor {
    return asTensor(reduceOps.extreme("max", "amax", this, over));
  }
  /**
   * Smallest values over all elements, giving a scalar, or over the axes `dim`, kept as size 1 with
   * `keepdim`. NaN wins, ties share the gradient. Empty: ∞, or the greatest integer.
   * @throws {ArgumentError} for an axis that is out of range or named twice, or an unknown option
   */
  amin(...over: Over): Tensor {
    return asTensor(reduceOps.extreme("min", "amin", this, over));
  }
  /**
   * The maximum of all elements, a scalar (empty: −∞, or the least integer), or `[values, int64 indices]`
   * along one axis, the index being that of the first. NaN wins.
   * @throws {ArgumentError} when `dim` is not an axis, or for an unknown option
   * @throws {ShapeError} when the axis is empty
   */
  max(): Tensor;
  max(dim: number | OneAxis, options?: KeepDim): [values: Tensor, indices: Tensor];
  max(dim?: number | OneAxis, options: KeepDim = {}): Tensor | [Tensor, Tensor] {
    return reduceOps.extremum("max", this, dim, options);
  }
  /**
   * The minimum of all elements, a scalar (empty: ∞, or the greatest integer), or `[values, int64 indices]`
   * along one axis, the index being that of the first. NaN wins.
   * @throws {ArgumentError} when `dim` is not an axis, or for an unknown option
   * @throws {ShapeError} when the axis is empty
   */
  min(): Tensor;
  min(dim: number | OneAxis, options?: KeepDim): [values: Tensor, indices: Tensor];
  min(dim?: number | OneAxis, options: KeepDim = {}): Tensor | [Tensor, Tensor] {
    return reduceOps.extremum("min", this, dim, options);
  }
  /**
   * Index of the first maximum, int64: in the flattened tensor, a scalar, or along the axis `dim`, kept as
   * size 1 with `keepdim`. NaN wins.
   * @throws {ArgumentError} when `dim` is not an axis, or for an unknown option
   * @throws {ShapeError} when there is nothing to choose from
   */
  argmax(dim?: number | null | OptionalAxis, options: KeepDim = {}): Tensor {
    return asTensor(reduceOps.arg("max", this, dim, options));
  }
  /**
   * Index of the first minimum, int64: in the flattened tensor, a scalar, or along the axis `dim`, kept as
   * size 1 with `keepdim`. NaN wins.
   * @throws {ArgumentError} when `dim` is not an axis, or for an unknown option
   * @throws {ShapeError} when there is nothing to choose from
   */
  argmin(dim?: number | null | OptionalAxis, options: KeepDim = {}): Tensor {
    return asTensor(reduceOps.arg("min", this, dim, options));
  }
  /**
   * Whether any element is non-zero, bool, over all elements, giving a scalar, or over the axes `dim`, kept
   * as size 1 with `keepdim`. Empty: false.
   * @throws {ArgumentError} for an axis that is out of range or named twice, or an unknown option
   */
  any(...over: Over): Tensor {
    return asTensor(reduceOps.extreme("max", "any", core.cast(this, "bool"), over));
  }
  /**
   * Whether all elements are non-zero, bool, over all elements, giving a scalar, or over the axes `dim`, kept
   * as size 1 with `keepdim`. Empty: true.
   * @throws {ArgumentError} for an axis that is out of range or named twice, or an unknown option
   */
  all(...over: Over): Tensor {
    return asTensor(reduceOps.extreme("min", "all", core.cast(this, "bool"), over));
  }
  /**
   * Cumulative sum along the axis `dim`, in x's shape; integers and bool become int64.
   * @throws {ArgumentError} when `dim` is not an axis
   */
  cumsum(dim: number): Tensor {
    return asTensor(reduceOps.cumulative("sum", this, dim));
  }
  /**
   * Cumulative product along the axis `dim`, in x's shape; integers and bool become int64.
   * @throws {ArgumentError} when `dim` is not an axis
   */
  cumprod(dim: number): Tensor {
    return asTensor(reduceOps.cumulative("prod", this, dim));
  }
  /**
   * Norm of order p (default 2), (Σ|x|ᵖ)^(1/p), over all elements, giving a scalar, or over the axes `dim`,
   * kept as size 1 with `keepdim`: p = 0 counts what is not 0, ±∞ take the extremes of |x|. The gradient is 0
   * where the norm is 0.
   * @throws {ArgumentError} for an axis that is out of range or named twice, or an unknown option, or a p
   *   that is not a number
   * @throws {DTypeError} unless x is a float tensor
   */
  norm(p = 2, ...over: Over): Tensor {
    return asTensor(reduceOps.norm(this, p, over));
  }
  /**
   * log(Σ eˣ) over all elements, giving a scalar, or over the axes `dim`, kept as size 1 with `keepdim`,
   * without overflow. Empty: −∞.
   * @throws {ArgumentError} for an axis that is out of range or named twice, or an unknown option
   * @throws {DTypeError} unless x is a float tensor
   */
  logsumexp(...over: Over): Tensor {
    return asTensor(reduceOps.logSumExp(this, over));
  }
  /**
   * Sorted values and their int64 positions along `dim` (default −1), both in x's shape; stable, ascending
   * unless `descending`, NaN greatest.
   * @throws {ArgumentError} when `dim` is not an axis, or for an unknown option
   */
  sort(
    options: { readonly dim?: number; readonly descending?: boolean } = {},
  ): [values: Tensor, indices: Tensor] {
    core.checkOptions("sort", options, ["dim", "descending"]);
    const [v, i] = core.sort(this, { axis: options.dim ?? -1, descending: options.descending ?? false });
    return [asTensor(v), asTensor(i)];
  }
  /**
   * The k largest values (smallest with `largest: false`) and their int64 positions along `dim` (default −1),
   * in order, both (.., k) of (.., N). NaN counts as greatest.
   * @throws {ShapeError} when k is above the size of the axis
   * @throws {ArgumentError} unless k is a non-negative integer and `dim` an axis, or for an unknown option
   */
  topk(
    k: number,
    options: { readonly dim?: number; readonly largest?: boolean } = {},
  ): [values: Tensor, indices: Tensor] {
    core.checkOptions("topk", options, ["dim", "largest"]);
    const [v, i] = core.topK(this, k, {
      axis: options.dim ?? -1,
      largest: options.largest ?? true,
      sorted: true,
    });
    return [asTensor(v), asTensor(i)];
  }

  // ---- shape

  /**
   * Another shape of the same size, one entry may be −1: (2, 3) -> (3, 2). Copies only where strides force
   * it.
   * @throws {ShapeError} when the sizes differ, a −1 does not divide, or an entry is not a size
   */
  reshape(...shape: ShapeArgs): Tensor {
    return asTensor(core.reshape(this, shapeOps.shapeOf(shape)));
  }
  /**
   * Same as `reshape`: it copies where strides force it.
   * @throws {ShapeError} when the sizes differ, a −1 does not divide, or an entry is not a size
   */
  view(...shape: ShapeArgs): Tensor {
    return asTensor(core.reshape(this, shapeOps.shapeOf(shape)));
  }
  /**
   * Axes in another order: (A, B, C) -> (A, C, B) for 0, 2, 1. A view.
   * @throws {ShapeError} when an axis is left out
   * @throws {ArgumentError} for an axis that is out of range or named twice
   */
  permute(...dims: ShapeArgs): Tensor {
    return asTensor(core.transpose(this, shapeOps.shapeOf(dims)));
  }
  /**
   * Two axes swapped: (A, B, C) -> (C, B, A) for 0, 2. A view.
   * @throws {ArgumentError} for an axis that is out of range
   */
  transpose(dim0: number, dim1: number): Tensor {
    return asTensor(core.swapaxes(this, dim0, dim1));
  }
  /** Transpose of a matrix, (M, N) -> (N, M); of other ranks all axes are reversed. A view. */
  t(): Tensor {
    return asTensor(core.transpose(this));
  }
  /**
   * Axes `startDim` (default 0) to `endDim` (default −1) joined into one: (A, B, C) -> (A, B·C) from 1. A
   * scalar becomes (1).
   * @throws {ArgumentError} for an axis that is out of range
   * @throws {ShapeError} when `startDim` is after `endDim`
   */
  flatten(startDim = 0, endDim = -1): Tensor {
    return asTensor(core.flatten(this, startDim, endDim));
  }
  /**
   * One axis split into several: (A, B·C) -> (A, B, C); one of the sizes may be −1.
   * @throws {ArgumentError} when `dim` is not an axis
   * @throws {ShapeError} when the sizes do not multiply to that of the axis
   */
  unflatten(dim: number, sizes: readonly number[]): Tensor {
    return asTensor(shapeOps.unflatten(this, dim, sizes));
  }
  /**
   * Without axes of size 1, all or the given ones: (A, 1, B) -> (A, B). Given axes of another size stay.
   * @throws {ArgumentError} for an axis that is out of range or named twice
   */
  squeeze(dim?: number | readonly number[]): Tensor {
    return asTensor(shapeOps.squeeze(this, dim));
  }
  /**
   * With a new axis of size 1 at the place `dim` of the result: (A, B) -> (A, 1, B) for 1.
   * @throws {ArgumentError} when the result has no axis `dim`
   */
  unsqueeze(dim: number): Tensor {
    return asTensor(core.unsqueeze(this, [dim]));
  }
  /**
   * Repeated to a shape without copying: (A, 1) -> (A, B). −1 keeps an axis, new axes come first.
   * @throws {ShapeError} when a size is neither equal nor 1 here
   * @throws {LimitExceededError} for more than 2³¹ − 1 elements
   */
  expand(...shape: ShapeArgs): Tensor {
    return asTensor(shapeOps.expand(this, shapeOps.shapeOf(shape)));
  }
  /**
   * Tiled copies: (A, B) -> (2·A, 3·B) for 2, 3. Further counts add axes in front, fewer stand for the last
   * axes.
   * @throws {ArgumentError} unless the counts are non-negative integers
   */
  repeat(...times: ShapeArgs): Tensor {
    return asTensor(shapeOps.repeat(this, shapeOps.shapeOf(times)));
  }
  /**
   * Parts of `size` along `dim` (default 0), the last one smaller, or of the listed sizes: (5) -> (2), (2),
   * (1) for 2. Views.
   * @throws {ShapeError} unless the size is a positive integer, or the listed sizes add up to that of the
   *   axis
   * @throws {ArgumentError} when `dim` is not an axis
   */
  split(size: number | readonly number[], dim = 0): Tensor[] {
    return shapeOps.split(this, size, dim).map(asTensor);
  }
  /**
   * At most `chunks` equal parts along `dim` (default 0), the last one smaller: (5) -> (3), (2) for 2. Views.
   * @throws {ShapeError} for no chunks
   * @throws {ArgumentError} when `dim` is not an axis
   */
  chunk(chunks: number, dim = 0): Tensor[] {
    return shapeOps.chunk(this, chunks, dim).map(asTensor);
  }
  /**
   * The given axes reversed, in x's shape. A view.
   * @throws {ArgumentError} for an axis that is out of range or named twice
   */
  flip(...dims: ShapeArgs): Tensor {
    return asTensor(core.flip(this, shapeOps.shapeOf(dims)));
  }
  /** This tensor, in its shape: ops take any strides. Never throws. */
  contiguous(): Tensor {
    return this;
  }

  // ---- indexing

  /**
   * `x[...]` by numbers, 'a:b:c' strings, null (new axis), '...', lists, index tensors and masks: (A,
   * B).at(0) has the shape (B), .at(':', null) (A, 1, B). Views, except for lists, index tensors and masks.
   * @throws {ShapeError} for a number outside its axis, too many indices, a malformed string, or a mask of
   *   another shape
   * @throws {ArgumentError} for an entry of a list or an index tensor outside its axis, or a mask on a device
   *   that is only read asynchronously
   * @throws {DTypeError} for an index tensor of floats, or a fraction in a list
   * @throws {LifetimeError} for a mask in a step that is being compiled: the shape of the result depends on
   *   its values
   */
  at(...index: Index[]): Tensor {
    return asTensor(readAt(this, index));
  }
  /**
   * Writes at an index, in place: `value` broadcasts to the shape of `at(...index)` and takes this dtype.
   * @throws {ShapeError} when the value does not broadcast, and as `at`
   * @throws {ArgumentError} when this is a leaf that requires gradients, outside `noGrad`, and as `at`
   * @throws {DTypeError} as `at`
   */
  setAt(index: readonly Index[], value: TensorLike): this {
    return this.assign_(writeAt(this, index, value));
  }
  /**
   * Elements at `index` along `dim`, in index's shape: out[i][j] = x[i][index[i][j]] for dim 1. `index` has
   * x's rank and, outside `dim`, at most x's sizes.
   * @throws {ShapeError} when index does not fit x
   * @throws {DTypeError} unless index holds integers
   * @throws {ArgumentError} when `dim` is not an axis, index not a tensor, or an entry is outside 0…N − 1 (on a
   *   device that is only read asynchronously it gives 0)
   */
  gather(dim: number, index: CoreTensor): Tensor {
    const axis = requireIndices("gather", this, dim, index);
    return asTensor(core.gatherElements(this, index, axis));
  }
  /**
   * Slices at `index` (K) along `dim`: (A, N) -> (A, K) for dim 1. A scalar index counts as one of shape (1).
   * @throws {ShapeError} for an index of more than one axis
   * @throws {DTypeError} unless index holds integers
   * @throws {ArgumentError} when `dim` is not an axis, index not a tensor, or an entry is outside 0…N − 1 (on a
   *   device that is only read asynchronously it gives 0)
   */
  indexSelect(dim: number, index: CoreTensor): Tensor {
    return asTensor(shapeOps.indexSelect(this, dim, index));
  }
  /**
   * One slice along `dim`, without that axis: (A, B, C) -> (A, C) for dim 1. `index` may count from the end.
   * A view.
   * @throws {ShapeError} for an index outside the axis
   * @throws {ArgumentError} when `dim` is not an axis
   */
  select(dim: number, index: number): Tensor {
    return asTensor(shapeOps.select(this, dim, index));
  }
  /**
   * `length` elements along `dim` from `start`, which may count from the end: (A, N) -> (A, length) for dim 1. A
   * view.
   * @throws {ShapeError} unless `start` and `length` are integers and the range lies inside the axis
   * @throws {ArgumentError} when `dim` is not an axis
   */
  narrow(dim: number, start: number, length: number): Tensor {
    return asTensor(shapeOps.narrow(this, dim, start, length));
  }
  /**
   * Lower triangle of the last two axes, in x's shape: 0 above the diagonal `diagonal` (default 0, the main
   * one; 1 is above it).
   * @throws {ShapeError} when x has fewer than two axes
   * @throws {ArgumentError} unless `diagonal` is an integer
   */
  tril(diagonal = 0): Tensor {
    return asTensor(core.tril(this, diagonal));
  }
  /**
   * Upper triangle of the last two axes, in x's shape: 0 below the diagonal `diagonal` (default 0, the main
   * one; 1 is above it).
   * @throws {ShapeError} when x has fewer than two axes
   * @throws {ArgumentError} unless `diagonal` is an integer
   */
  triu(diagonal = 0): Tensor {
    return asTensor(core.triu(this, diagonal));
  }

  // ---- dtype and copies

  /**
   * The same shape in another dtype. Floats to integers: toward zero and saturating, NaN gives 0; to bool: x
   * ≠ 0.
   * @throws {DTypeError} for an unknown dtype, or one that the device does not have
   */
  to(dtype: DType): Tensor {
    core.itemSize(dtype);
    return asTensor(core.cast(this, dtype));
  }
  /** As float32, in this shape. */
  float(): Tensor {
    return this.to("float32");
  }
  /** As float64, in this shape. */
  double(): Tensor {
    return this.to("float64");
  }
  /** As int64, in this shape. */
  long(): Tensor {
    return this.to("int64");
  }
  /** As int32, in this shape. */
  int(): Tensor {
    return this.to("int32");
  }
  /** As bool, in this shape: true where x ≠ 0. */
  bool(): Tensor {
    return this.to("bool");
  }
  /**
   * A copy in x's shape and dtype that in-place ops change on its own; differentiable. Memory is shared till
   * then.
   */
  clone(): Tensor {
    return asTensor(core.bind(core.broadcastToOp, [this], { shape: this.shape })[0]);
  }

  // ---- in place (PyTorch's trailing underscore)

  /**
   * Replaces the value, keeping identity; `source` broadcasts to this shape and takes this dtype.
   * @throws {ShapeError} when source does not broadcast to this shape
   * @throws {ArgumentError} when this is a leaf that requires gradients, outside `noGrad`
   */
  copy_(source: CoreTensor): this {
    core.requireTensor("copy_", source, "source");
    const recorded = source._node !== null && !core.ambient.gradEnabled;
    const value = recorded ? core.detach(source) : source;
    const next = core.broadcastTo(core.cast(value, this.dtype), this.shape);
    return this.assign_(next, next !== source);
  }
  /**
   * Adds alpha · other in place; other broadcasts to this shape, `alpha` is 1 by default.
   * @throws {ShapeError} when the shapes do not broadcast, or the result has another shape or dtype
   * @throws {ArgumentError} when this is a leaf that requires gradients, outside `noGrad`, other is neither a
   *   tensor nor a number, or an option is unknown
   * @throws {DTypeError} when both are bool
   */
  add_(other: TensorLike, options: AlphaOption = {}): this {
    return this.assign_(this.add(other, options));
  }
  /**
   * Subtracts alpha · other in place; other broadcasts to this shape, `alpha` is 1 by default.
   * @throws {ShapeError} when the shapes do not broadcast, or the result has another shape or dtype
   * @throws {ArgumentError} when this is a leaf that requires gradients, outside `noGrad`, other is neither a
   *   tensor nor a number, or an option is unknown
   * @throws {DTypeError} when both are bool
   */
  sub_(other: TensorLike, options: AlphaOption = {}): this {
    return this.assign_(this.sub(other, options));
  }
  /**
   * Multiplies in place; other broadcasts to this shape.
   * @throws {ShapeError} when the shapes do not broadcast, or the result has another shape or dtype
   * @throws {ArgumentError} when this is a leaf that requires gradients, outside `noGrad`, or other is
   *   neither a tensor nor a number
   * @throws {DTypeError} when both are bool
   */
  mul_(other: TensorLike): this {
    return this.assign_(this.mul(other));
  }
  /**
   * Divides in place; other broadcasts to this shape. Integers are refused: their quotients are float32.
   * @throws {ShapeError} when the shapes do not broadcast, or the result has another shape or dtype
   * @throws {ArgumentError} when this is a leaf that requires gradients, outside `noGrad`, or other is
   *   neither a tensor nor a number
   */
  div_(other: TensorLike): this {
    return this.assign_(this.div(other));
  }
  /**
   * Fills with one value, in place, any shape; integers drop fractions.
   * @throws {ArgumentError} when this is a leaf that requires gradients, outside `noGrad`, or for what is no number
   * @throws {DTypeError} for a value that the integer dtype does not hold
   */
  fill_(value: number | bigint | boolean): this {
    return this.assign_(core.full(this.shape, elementOf("fill_", value, this.dtype), this.dtype));
  }
  /**
   * Fills with zeros, in place, any shape.
   * @throws {ArgumentError} when this is a leaf that requires gradients, outside `noGrad`
   */
  zero_(): this {
    return this.fill_(0);
  }

  /**
   * @internal In-place ops: the new value, of this shape and dtype, takes over (`temporary` ones end).
   * @throws {ArgumentError} when this is a leaf that requires gradients, outside `noGrad`
   * @throws {ShapeError} for another shape or dtype
   */
  assign_(next: CoreTensor, temporary = true): this {
    if (this.requiresGrad && this._node === null && core.ambient.gradEnabled) {
      throw new core.ArgumentError("a leaf that requires gradients is changed in place", {
        code: "autograd/leaf-in-place",
        op: "in-place op",
        inputs: [core.describe(this)],
        hint: "wrap the update in torch.noGrad(() => …)",
      });
    }
    if (!core.sameShape(next.shape, this.shape) || next.dtype !== this.dtype) {
      throw new core.ShapeError("an in-place op would change the shape or dtype", {
        code: "shape/in-place",
        inputs: [core.describe(this), core.describe(next)],
        hint: "use the out-of-place op",
      });
    }
    core.rebind(this, next);
    if (temporary && next !== this) next.dispose();
    return this;
  }
}

const truth = (op: string, x: CoreTensor): CoreTensor =>
  core.cast(core.requireTensor(op, x, "other"), "bool");

/** Limits of `clamp`; null or absent leaves a side open. */
export interface Limits {
  readonly min?: number | null;
  readonly max?: number | null;
}

function limited(x: CoreTensor, limits: Limits): CoreTensor {
  core.checkOptions("clamp", limits, ["min", "max"]);
  const { min = null, max = null } = limits;
  if (min !== null || max !== null) return core.clip(x, min, max);
  throw new core.ArgumentError("no limit is given", {
    code: "argument/missing",
    op: "clamp",
    hint: "pass clamp(min, max), or one of { min } and { max }",
  });
}
/** `f(2, 3)` or `f([2, 3])`. */
export type ShapeArgs = readonly number[] | readonly [readonly number[]];

/** Options of `backward`. */
export interface BackwardOptions {
  readonly gradient?: CoreTensor;
  readonly retainGraph?: boolean;
  readonly createGraph?: boolean;
}

/** Results of core ops as torch tensors; those of torch inputs already are. */
export function asTensor(t: CoreTensor): Tensor {
  return t instanceof Tensor ? t : core.adopt(t, Tensor);
}

/** A second handle on the same memory, outside the graph. */
export function aliasOf(t: CoreTensor): Tensor {
  return core.adopt(core.detach(t), Tensor);
}

/** Factor of the second operand. */
export interface AlphaOption {
  readonly alpha?: number;
}

/** alpha · other. @throws {ArgumentError} for an unknown option, or what is no number */
export function scaled(op: string, other: TensorLike, options: AlphaOption): TensorLike {
  core.checkOptions(op, options, ["alpha"]);
  const { alpha = 1 } = options;
  if (alpha === 1) return other;
  core.requireNumber(op, "alpha", alpha);
  core.requireOperand(op, other);
  return other instanceof CoreTensor ? core.mul(other, alpha) : Number(other) * alpha;
}
