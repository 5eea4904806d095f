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
import type { KeepDim, OneAxis, Over } from "./axes.js";
import { accumulateGrad, readGrad, writeGrad } from "./gradient.js";
import { at as readAt, setAt as writeAt, type Index } from "./indexing.js";
import { formatTensor } from "./print.js";

/** A tensor or a JavaScript scalar beside one. */
export type TensorLike = CoreTensor | number | bigint | boolean;

/** PyTorch's tensor. Immutable to ops except those whose name ends in an underscore. */
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

  /** Accumulated gradient of a leaf, or null. */
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
  /** Turns recording on or off, in place. @throws DTypeError for integer and bool tensors. */
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
  /** The same value outside the recorded graph; shares memory. */
  detach(): Tensor {
    const out = aliasOf(this);
    out._track = 0;
    return out;
  }
  /**
   * Adds d(this)/d(leaf) to `leaf.grad` for every leaf that requires gradients.
   * @param options.gradient cotangent of this tensor's shape; needed unless it has one element
   * @throws ShapeError, LifetimeError when the graph was freed by an earlier call
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
    const { createGraph = false, retainGraph = createGraph } = options;
    const found = core.backward(
      [this],
      [options.gradient ?? null],
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
  /** The values as PyTorch prints them. Reads from the device. */
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

  /** this + alpha·other. */
  add(other: TensorLike, options: AlphaOption = {}): Tensor {
    return asTensor(core.add(this, scaled("add", other, options)));
  }
  /** this − alpha·other. */
  sub(other: TensorLike, options: AlphaOption = {}): Tensor {
    return asTensor(core.sub(this, scaled("sub", other, options)));
  }
  /** Elementwise product. */
  mul(other: TensorLike): Tensor {
    return asTensor(core.mul(this, other));
  }
  /** True division: integers become float32. `roundingMode` as in PyTorch. */
  div(other: TensorLike, options: { readonly roundingMode?: "trunc" | "floor" | null } = {}): Tensor {
    core.checkOptions("div", options, ["roundingMode"]);
    return asTensor(reduceOps.trueDivide(this, other, options.roundingMode ?? null));
  }
  /** this to the power of other. */
  pow(other: TensorLike): Tensor {
    return asTensor(core.pow(this, other));
  }
  /** Remainder with the sign of the divisor. */
  remainder(other: TensorLike): Tensor {
    return asTensor(core.mod(this, other));
  }
  /** Remainder with the sign of the dividend. */
  fmod(other: TensorLike): Tensor {
    return asTensor(core.rem(this, other));
  }
  /** −this. */
  neg(): Tensor {
    return asTensor(core.neg(this));
  }
  /** Matrix product by `torch.matmul`'s rule. */
  matmul(other: CoreTensor): Tensor {
    return asTensor(core.matmul(this, other));
  }
  /** Matrix product of two matrices. */
  mm(other: CoreTensor): Tensor {
    return asTensor(core.matmul(this, other));
  }
  /** Batched matrix product. */
  bmm(other: CoreTensor): Tensor {
    return asTensor(core.matmul(this, other));
  }
  /** Product with a vector, or of two vectors. */
  dot(other: CoreTensor): Tensor {
    return asTensor(core.matmul(this, other));
  }
  /** Elementwise maximum. */
  maximum(other: TensorLike): Tensor {
    return asTensor(core.maximum(this, other));
  }
  /** Elementwise minimum. */
  minimum(other: TensorLike): Tensor {
    return asTensor(core.minimum(this, other));
  }

  // ---- comparison and logic

  /** this = other, bool. */
  eq(other: TensorLike): Tensor {
    return asTensor(core.eq(this, other));
  }
  /** this ≠ other, bool. */
  ne(other: TensorLike): Tensor {
    return asTensor(core.ne(this, other));
  }
  /** this < other, bool. */
  lt(other: TensorLike): Tensor {
    return asTensor(core.lt(this, other));
  }
  /** this ≤ other, bool. */
  le(other: TensorLike): Tensor {
    return asTensor(core.le(this, other));
  }
  /** this > other, bool. */
  gt(other: TensorLike): Tensor {
    return asTensor(core.gt(this, other));
  }
  /** this ≥ other, bool. */
  ge(other: TensorLike): Tensor {
    return asTensor(core.ge(this, other));
  }
  /** Logical not, bool. */
  logicalNot(): Tensor {
    return asTensor(core.eq(this, 0));
  }
  /** Logical and, bool. */
  logicalAnd(other: CoreTensor): Tensor {
    return asTensor(core.and(core.cast(this, "bool"), core.cast(other, "bool")));
  }
  /** Logical or, bool. */
  logicalOr(other: CoreTensor): Tensor {
    return asTensor(core.or(core.cast(this, "bool"), core.cast(other, "bool")));
  }
  /** this where `cond`, else `other`. */
  where(cond: CoreTensor, other: TensorLike): Tensor {
    return asTensor(core.where(cond, this, other));
  }
  /** this with `value` where `mask` is true. */
  maskedFill(mask: CoreTensor, value: number): Tensor {
    return asTensor(core.where(mask, value, this));
  }

  // ---- elementwise functions

  /** |x|. */
  abs(): Tensor {
    return asTensor(core.abs(this));
  }
  /** Sign. */
  sign(): Tensor {
    return asTensor(core.sign(this));
  }
  /** eˣ. */
  exp(): Tensor {
    return asTensor(core.exp(this));
  }
  /** eˣ − 1. */
  expm1(): Tensor {
    return asTensor(core.expm1(this));
  }
  /** Natural logarithm. */
  log(): Tensor {
    return asTensor(core.log(this));
  }
  /** log(1 + x). */
  log1p(): Tensor {
    return asTensor(core.log1p(this));
  }
  /** Square root. */
  sqrt(): Tensor {
    return asTensor(core.sqrt(this));
  }
  /** 1/√x. */
  rsqrt(): Tensor {
    return asTensor(core.rsqrt(this));
  }
  /** x². */
  square(): Tensor {
    return asTensor(core.mul(this, this));
  }
  /** 1/x. */
  reciprocal(): Tensor {
    return asTensor(core.reciprocal(this));
  }
  /** Sine (radians). */
  sin(): Tensor {
    return asTensor(core.sin(this));
  }
  /** Cosine (radians). */
  cos(): Tensor {
    return asTensor(core.cos(this));
  }
  /** Tangent (radians). */
  tan(): Tensor {
    return asTensor(core.tan(this));
  }
  /** Arc tangent. */
  atan(): Tensor {
    return asTensor(core.atan(this));
  }
  /** Hyperbolic tangent. */
  tanh(): Tensor {
    return asTensor(core.tanh(this));
  }
  /** Logistic function. */
  sigmoid(): Tensor {
    return asTensor(core.sigmoid(this));
  }
  /** max(x, 0). */
  relu(): Tensor {
    return asTensor(core.relu(this));
  }
  /** Error function. */
  erf(): Tensor {
    return asTensor(core.erf(this));
  }
  /** Largest integer not above. */
  floor(): Tensor {
    return asTensor(core.floor(this));
  }
  /** Smallest integer not below. */
  ceil(): Tensor {
    return asTensor(core.ceil(this));
  }
  /** Nearest integer, halves to even. */
  round(): Tensor {
    return asTensor(core.round(this));
  }
  /** Toward zero. */
  trunc(): Tensor {
    return asTensor(core.trunc(this));
  }
  /** Limits to [min, max]: `x.clamp(0, 1)`, `x.clamp({ min: 0 })`. @throws ArgumentError when there is no limit */
  clamp(min: number | null | Limits, max: number | null = null): Tensor {
    return asTensor(limited(this, typeof min === "object" && min !== null ? min : { min, max }));
  }
  /** Softmax along `dim`. */
  softmax(dim: number): Tensor {
    return asTensor(core.softmax(this, dim));
  }
  /** Logarithm of softmax along `dim`. */
  logSoftmax(dim: number): Tensor {
    return asTensor(core.logSoftmax(this, dim));
  }
  /** True where NaN. */
  isnan(): Tensor {
    return asTensor(core.isNan(this));
  }

  // ---- reductions: all elements, or over axes: `x.sum(1)`, `x.sum([0, 1], { keepdim: true })`, `x.sum({ dim: 1 })`

  /** Sum; integers and bool become int64. */
  sum(...over: Over): Tensor {
    return asTensor(reduceOps.sum(this, over));
  }
  /** Mean of a float tensor. */
  mean(...over: Over): Tensor {
    return asTensor(reduceOps.mean(this, over));
  }
  /** Product; integers and bool become int64. */
  prod(...over: Over): Tensor {
    return asTensor(reduceOps.prod(this, over));
  }
  /** Variance, with Bessel's correction by default (`correction` 1). */
  var(...over: Over<{ readonly correction?: number }>): Tensor {
    return asTensor(reduceOps.variance("var", this, over));
  }
  /** Standard deviation, corrected as `var`. */
  std(...over: Over<{ readonly correction?: number }>): Tensor {
    return asTensor(core.sqrt(reduceOps.variance("std", this, over)));
  }
  /** Largest values over axes, gradient shared by ties. */
  amax(...over: Over): Tensor {
    return asTensor(reduceOps.extreme("max", "amax", this, over));
  }
  /** Smallest values over axes. */
  amin(...over: Over): Tensor {
    return asTensor(reduceOps.extreme("min", "amin", this, over));
  }
  /** The maximum of all, or `[values, indices]` along one axis. */
  max(): Tensor;
  max(dim: number | OneAxis, options?: KeepDim): [values: Tensor, indices: Tensor];
  max(dim?: number | OneAxis, options: KeepDim = {}): Tensor | [Tensor, Tensor] {
    return dim === undefined ? asTensor(core.max(this)) : reduceOps.extremum("max", this, dim, options);
  }
  /** The minimum of all, or `[values, indices]` along one axis. */
  min(): Tensor;
  min(dim: number | OneAxis, options?: KeepDim): [values: Tensor, indices: Tensor];
  min(dim?: number | OneAxis, options: KeepDim = {}): Tensor | [Tensor, Tensor] {
    return dim === undefined ? asTensor(core.min(this)) : reduceOps.extremum("min", this, dim, options);
  }
  /** Index of the maximum, of all elements or along an axis; int64. */
  argmax(dim?: number | OneAxis, options: KeepDim = {}): Tensor {
    return asTensor(reduceOps.arg("max", this, dim, options));
  }
  /** Index of the minimum, of all elements or along an axis; int64. */
  argmin(dim?: number | OneAxis, options: KeepDim = {}): Tensor {
    return asTensor(reduceOps.arg("min", this, dim, options));
  }
  /** Whether any element is non-zero. */
  any(...over: Over): Tensor {
    return asTensor(reduceOps.extreme("max", "any", core.cast(this, "bool"), over));
  }
  /** Whether all elements are non-zero. */
  all(...over: Over): Tensor {
    return asTensor(reduceOps.extreme("min", "all", core.cast(this, "bool"), over));
  }
  /** Cumulative sum along `dim`; integers and bool become int64. */
  cumsum(dim: number): Tensor {
    return asTensor(reduceOps.cumulative("sum", this, dim));
  }
  /** Cumulative product along `dim`; integers and bool become int64. */
  cumprod(dim: number): Tensor {
    return asTensor(reduceOps.cumulative("prod", this, dim));
  }
  /** Norm of order p (default 2) over axes. */
  norm(p = 2, ...over: Over): Tensor {
    return asTensor(reduceOps.norm(this, p, over));
  }
  /** log(Σ eˣ) over axes, without overflow. */
  logsumexp(...over: Over): Tensor {
    return asTensor(reduceOps.logSumExp(this, over));
  }
  /** Sorted values and positions. */
  sort(
    options: { readonly dim?: number; readonly descending?: boolean } = {},
  ): [values: Tensor, indices: Tensor] {
    core.checkOptions("sort", options, ["dim", "descending"]);
    const [v, i] = core.sort(this, { axis: options.dim ?? -1, descending: options.descending ?? false });
    return [asTensor(v), asTensor(i)];
  }
  /** The k largest (or smallest) values and positions along `dim`. */
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

  /** Another shape of the same size; copies only where strides force it. */
  reshape(...shape: ShapeArgs): Tensor {
    return asTensor(core.reshape(this, shapeOps.shapeOf(shape)));
  }
  /** Same as `reshape`. */
  view(...shape: ShapeArgs): Tensor {
    return asTensor(core.reshape(this, shapeOps.shapeOf(shape)));
  }
  /** Axes in another order. */
  permute(...dims: ShapeArgs): Tensor {
    return asTensor(core.transpose(this, shapeOps.shapeOf(dims)));
  }
  /** Two axes swapped. */
  transpose(dim0: number, dim1: number): Tensor {
    return asTensor(core.swapaxes(this, dim0, dim1));
  }
  /** Transpose of a matrix. */
  t(): Tensor {
    return asTensor(core.transpose(this));
  }
  /** Axes `startDim` to `endDim` joined into one. */
  flatten(startDim = 0, endDim = -1): Tensor {
    return asTensor(core.flatten(this, startDim, endDim));
  }
  /** One axis split into several. */
  unflatten(dim: number, sizes: readonly number[]): Tensor {
    return asTensor(shapeOps.unflatten(this, dim, sizes));
  }
  /** Without axes of size 1 (all, or the given ones). */
  squeeze(dim?: number | readonly number[]): Tensor {
    return asTensor(shapeOps.squeeze(this, dim));
  }
  /** With a new axis of size 1. */
  unsqueeze(dim: number): Tensor {
    return asTensor(core.unsqueeze(this, [dim]));
  }
  /** Repeated without copying; −1 keeps an axis. */
  expand(...shape: ShapeArgs): Tensor {
    return asTensor(shapeOps.expand(this, shapeOps.shapeOf(shape)));
  }
  /** Tiled copies. */
  repeat(...times: ShapeArgs): Tensor {
    return asTensor(shapeOps.repeat(this, shapeOps.shapeOf(times)));
  }
  /** Equal parts along `dim`, the last one smaller. */
  split(size: number | readonly number[], dim = 0): Tensor[] {
    return shapeOps.split(this, size, dim).map(asTensor);
  }
  /** A given number of parts along `dim`. */
  chunk(chunks: number, dim = 0): Tensor[] {
    return shapeOps.chunk(this, chunks, dim).map(asTensor);
  }
  /** Reversed axes. */
  flip(...dims: ShapeArgs): Tensor {
    return asTensor(core.flip(this, shapeOps.shapeOf(dims)));
  }
  /** This tensor: ops take any strides. */
  contiguous(): Tensor {
    return this;
  }

  // ---- indexing

  /** `x[...]` by numbers, 'a:b:c' strings, null (new axis), '...', lists, index tensors and masks. @throws ShapeError, ArgumentError */
  at(...index: Index[]): Tensor {
    return asTensor(readAt(this, index));
  }
  /** Writes at an index, in place. */
  setAt(index: readonly Index[], value: TensorLike): this {
    return this.assign_(writeAt(this, index, value));
  }
  /** Elements at `index` along `dim`, index of this rank. */
  gather(dim: number, index: CoreTensor): Tensor {
    return asTensor(core.gatherElements(this, index, dim));
  }
  /** Slices at `index` along `dim`. */
  indexSelect(dim: number, index: CoreTensor): Tensor {
    return asTensor(core.gather(this, index, dim));
  }
  /** One slice along `dim`. */
  select(dim: number, index: number): Tensor {
    return asTensor(shapeOps.select(this, dim, index));
  }
  /** `length` elements along `dim` from `start`. */
  narrow(dim: number, start: number, length: number): Tensor {
    return asTensor(core.sliceAxis(this, dim, start, start + length));
  }
  /** Lower triangle. */
  tril(diagonal = 0): Tensor {
    return asTensor(core.tril(this, diagonal));
  }
  /** Upper triangle. */
  triu(diagonal = 0): Tensor {
    return asTensor(core.triu(this, diagonal));
  }

  // ---- dtype and copies

  /** Another dtype. @throws DTypeError for an unknown one */
  to(dtype: DType): Tensor {
    core.itemSize(dtype);
    return asTensor(core.cast(this, dtype));
  }
  /** float32. */
  float(): Tensor {
    return this.to("float32");
  }
  /** float64. */
  double(): Tensor {
    return this.to("float64");
  }
  /** int64. */
  long(): Tensor {
    return this.to("int64");
  }
  /** int32. */
  int(): Tensor {
    return this.to("int32");
  }
  /** bool. */
  bool(): Tensor {
    return this.to("bool");
  }
  /** A copy that in-place ops change on its own; differentiable. Memory is shared till then. */
  clone(): Tensor {
    return asTensor(core.bind(core.broadcastToOp, [this], { shape: this.shape })[0]);
  }

  // ---- in place (PyTorch's trailing underscore)

  /** Replaces the value, keeping identity; shapes must agree. @throws ShapeError */
  copy_(source: CoreTensor): this {
    const recorded = source._node !== null && !core.ambient.gradEnabled;
    const value = recorded ? core.detach(source) : source;
    const next = core.broadcastTo(core.cast(value, this.dtype), this.shape);
    return this.assign_(next, next !== source);
  }
  /** Adds in place. */
  add_(other: TensorLike, options: AlphaOption = {}): this {
    return this.assign_(this.add(other, options));
  }
  /** Subtracts in place. */
  sub_(other: TensorLike, options: AlphaOption = {}): this {
    return this.assign_(this.sub(other, options));
  }
  /** Multiplies in place. */
  mul_(other: TensorLike): this {
    return this.assign_(this.mul(other));
  }
  /** Divides in place. */
  div_(other: TensorLike): this {
    return this.assign_(this.div(other));
  }
  /** Fills with one value. */
  fill_(value: number): this {
    return this.assign_(core.full(this.shape, value, this.dtype));
  }
  /** Fills with zeros. */
  zero_(): this {
    return this.fill_(0);
  }

  /** @internal In-place ops: the new value takes over (`temporary` ones end); leaves that require gradients refuse outside noGrad. */
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

function scaled(op: string, other: TensorLike, options: AlphaOption): TensorLike {
  core.checkOptions(op, options, ["alpha"]);
  const { alpha = 1 } = options;
  if (alpha === 1) return other;
  return other instanceof CoreTensor ? core.mul(other, alpha) : Number(other) * alpha;
}
