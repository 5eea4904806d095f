// Methods of torch.Tensor: dtypes, sizes, and new tensors beside one.
import * as core from "@isoform/core";
import type { DType, Tensor as CoreTensor, TensorValue, TypedArray } from "@isoform/core";
import { elementOf, targetOf } from "../arguments.js";
import { shapeOf } from "../shape.js";
import type { Tensor } from "../tensor.js";
import type { ShapeArgs } from "./base.js";
import { RandomTensor } from "./in-place-random.js";

/** Options of `newZeros` and the like. */
export interface NewOptions {
  readonly dtype?: DType;
  readonly requiresGrad?: boolean;
}
/** `x.newZeros(2, 3)`, `x.newZeros([2, 3])`, options last. */
export type NewArgs = readonly [...ShapeArgs] | readonly [...ShapeArgs, NewOptions];

/** What a tensor is, and others like it. */
export abstract class AttributesTensor extends RandomTensor {
  /** Number of axes, as `x.dim()`. */
  get ndim(): number {
    return this.rank;
  }
  /** Bytes of one element. */
  get itemsize(): number {
    return core.itemSize(this.dtype);
  }
  /** Bytes of all elements of the shape. */
  get nbytes(): number {
    return this.size * core.itemSize(this.dtype);
  }
  /** Number of axes. */
  dim(): number {
    return this.rank;
  }
  /** Number of axes, as `x.dim()`. */
  ndimension(): number {
    return this.rank;
  }
  /** Number of elements. */
  numel(): number {
    return this.size;
  }
  /** Number of elements, as `x.numel()`. */
  nelement(): number {
    return this.size;
  }
  /** Bytes of one element. */
  elementSize(): number {
    return core.itemSize(this.dtype);
  }
  /** Whether the elements are floats, of any width. */
  isFloatingPoint(): boolean {
    return core.isFloat(this.dtype);
  }
  /** False: there are no complex elements. */
  isComplex(): boolean {
    return false;
  }
  /** True, for any shape: strides are not shown. */
  isContiguous(): boolean {
    return true;
  }
  /** This tensor, in its shape: its device was chosen by `setBackend`. Never throws. */
  cpu(): this {
    return this;
  }

  /**
   * The same shape in another dtype, or in that of another tensor. Floats to integers: toward zero and
   * saturating, NaN gives 0; to bool: x ≠ 0. "cpu" gives the tensor itself: devices are chosen by `setBackend`.
   * @throws {DTypeError} for an unknown dtype, or one that the device does not have
   * @throws {UnsupportedOpError} for another device, such as "cuda"
   */
  to(target: DType | "cpu" | CoreTensor): Tensor {
    const dtype = target instanceof core.Tensor ? target.dtype : targetOf("to", target);
    return this._own(dtype === null ? this : core.cast(this, dtype));
  }
  /**
   * The same shape in the dtype of another tensor.
   * @throws {ArgumentError} unless other is a tensor
   */
  typeAs(other: CoreTensor): Tensor {
    return this.to(core.requireTensor("typeAs", other, "other").dtype);
  }
  /** As float16, in this shape. */
  half(): Tensor {
    return this.to("float16");
  }
  /** As bfloat16, in this shape. */
  bfloat16(): Tensor {
    return this.to("bfloat16");
  }
  /** As float32, in this shape. */
  float(): Tensor {
    return this.to("float32");
  }
  /** As float64, in this shape. */
  double(): Tensor {
    return this.to("float64");
  }
  /** As int8, in this shape. */
  char(): Tensor {
    return this.to("int8");
  }
  /** As uint8, in this shape. */
  byte(): Tensor {
    return this.to("uint8");
  }
  /** As int16, in this shape. */
  short(): Tensor {
    return this.to("int16");
  }
  /** As int32, in this shape. */
  int(): Tensor {
    return this.to("int32");
  }
  /** As int64, in this shape. */
  long(): Tensor {
    return this.to("int64");
  }
  /** As bool, in this shape: true where x ≠ 0. */
  bool(): Tensor {
    return this.to("bool");
  }

  /**
   * A tensor in the shape of nested arrays of JavaScript values, as `torch.tensor`, in x's dtype.
   * @throws {ShapeError} when arrays of one level differ in length
   * @throws {ArgumentError} for a value that is none of these, or an unknown option
   * @throws {DTypeError} for a value that the integer dtype does not hold, an unknown dtype, or `requiresGrad` of
   *   integers or bool
   */
  newTensor(data: TensorValue | TypedArray, options: NewOptions = {}): Tensor {
    checkNew("newTensor", options);
    return finish(this, core.tensor(data, { dtype: options.dtype ?? this.dtype }), options);
  }
  /**
   * Zeros in a shape, in x's dtype: `x.newZeros(2, 3)`, `x.newZeros([2, 3])`, options last.
   * @throws {ShapeError} unless the sizes are non-negative integers
   * @throws {ArgumentError} for an unknown option
   * @throws {DTypeError} for an unknown dtype, or `requiresGrad` of integers or bool
   */
  newZeros(...args: NewArgs): Tensor {
    return filledLike("newZeros", this, args, 0);
  }
  /**
   * Ones in a shape, in x's dtype: `x.newOnes(2, 3)`, `x.newOnes([2, 3])`, options last.
   * @throws {ShapeError} unless the sizes are non-negative integers
   * @throws {ArgumentError} for an unknown option
   * @throws {DTypeError} for an unknown dtype, or `requiresGrad` of integers or bool
   */
  newOnes(...args: NewArgs): Tensor {
    return filledLike("newOnes", this, args, 1);
  }
  /**
   * A tensor in a shape, as `newZeros`: unset memory in PyTorch, zeros here.
   * @throws {ShapeError} unless the sizes are non-negative integers
   * @throws {ArgumentError} for an unknown option
   * @throws {DTypeError} for an unknown dtype, or `requiresGrad` of integers or bool
   */
  newEmpty(...args: NewArgs): Tensor {
    return filledLike("newEmpty", this, args, 0);
  }
  /**
   * One value in every element of a shape, in x's dtype; integers drop fractions.
   * @throws {ShapeError} unless the sizes are non-negative integers
   * @throws {ArgumentError} for a value that is no scalar, or an unknown option
   * @throws {DTypeError} for a value that the integer dtype does not hold, an unknown dtype, or `requiresGrad` of
   *   integers or bool
   */
  newFull(sizes: readonly number[], value: number | bigint | boolean, options: NewOptions = {}): Tensor {
    checkNew("newFull", options);
    core.requireShape("newFull", sizes);
    const { dtype = this.dtype } = options;
    core.itemSize(dtype);
    return finish(this, core.full(sizes, elementOf("newFull", value, dtype), dtype), options);
  }
}

function checkNew(op: string, options: NewOptions): void {
  core.checkOptions(op, options, ["dtype", "requiresGrad"]);
}

function filledLike(op: string, x: AttributesTensor, args: readonly unknown[], value: number): Tensor {
  const last = args.at(-1);
  const named = typeof last === "object" && last !== null && !Array.isArray(last);
  const options: NewOptions = named ? last : {};
  checkNew(op, options);
  const sizes = shapeOf((named ? args.slice(0, -1) : args) as ShapeArgs);
  core.requireShape(op, sizes);
  return finish(x, core.full(sizes, value, options.dtype ?? x.dtype), options);
}

function finish(x: AttributesTensor, t: CoreTensor, options: NewOptions): Tensor {
  const out = x._own(t);
  return options.requiresGrad === true ? out.requiresGrad_(true) : out;
}
