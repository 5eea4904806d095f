// KerasTensor: a tensor of a functional model while it is put together. It has a shape and a history, no data.
import * as core from "@isoform/core";
import { newOrder, newShape } from "../config/arguments.js";
import { axisOptions, type AxisOr } from "../config/axis.js";
import type { DType } from "@isoform/core";
import { callOperation } from "./operation.js";
import { uniquify } from "../session.js";
import { countable, floating, type Operand, type ReduceOptions } from "../tensor/tensor.js";
import type { History } from "./node.js";

/** A shape with null for axes of unknown size, such as the batch axis. */
export type SymbolicShape = readonly (number | null)[];

/**
 * A symbolic tensor. Its methods are those of `Tensor` and make operations of the model. `shape` has null for
 * axes of unknown size. Never throws: the dtype is checked by the first operation.
 * @see keras.KerasTensor
 */
export class KerasTensor {
  readonly shape: SymbolicShape;
  readonly dtype: DType;
  readonly name: string;
  /** The layer or operation that makes it, and which of its calls and outputs. Null until it is known. */
  history: History | null = null;

  constructor(shape: SymbolicShape, dtype: DType = "float32", name?: string) {
    this.shape = shape;
    this.dtype = dtype;
    this.name = name ?? uniquify("keras_tensor");
  }

  /** Number of axes. */
  get rank(): number {
    return this.shape.length;
  }
  /** `<KerasTensor shape=(None, 3), dtype=float32, name=…>`. */
  toString(): string {
    return `<KerasTensor shape=(${formatShape(this.shape)}), dtype=${this.dtype}, name=${this.name}>`;
  }

  /**
   * this + other; shapes broadcast, null stays unknown.
   * @throws {ShapeError} when the shapes do not broadcast
   * @throws {ArgumentError} when the other is neither a tensor nor a number
   * @throws {DTypeError} when both are bool
   */
  add(other: Operand | KerasTensor): KerasTensor {
    return binary("Add", core.add, this, other);
  }
  /**
   * this − other; shapes broadcast, null stays unknown.
   * @throws {ShapeError} when the shapes do not broadcast
   * @throws {ArgumentError} when the other is neither a tensor nor a number
   * @throws {DTypeError} when both are bool
   */
  sub(other: Operand | KerasTensor): KerasTensor {
    return binary("Subtract", core.sub, this, other);
  }
  /**
   * Elementwise product; shapes broadcast, null stays unknown.
   * @throws {ShapeError} when the shapes do not broadcast
   * @throws {ArgumentError} when the other is neither a tensor nor a number
   * @throws {DTypeError} when both are bool
   */
  mul(other: Operand | KerasTensor): KerasTensor {
    return binary("Multiply", core.mul, this, other);
  }
  /**
   * True division, elementwise; shapes broadcast. Integers become float32.
   * @throws {ShapeError} when the shapes do not broadcast
   * @throws {ArgumentError} when the other is neither a tensor nor a number
   */
  div(other: Operand | KerasTensor): KerasTensor {
    return binary(
      "TrueDivide",
      (a, b) => core.div(floating(a), b instanceof core.Tensor ? floating(b) : b),
      this,
      other,
    );
  }
  /**
   * this to the power of other, elementwise; shapes broadcast.
   * @throws {ShapeError} when the shapes do not broadcast
   * @throws {ArgumentError} when the other is neither a tensor nor a number
   */
  pow(other: Operand | KerasTensor): KerasTensor {
    return binary("Power", core.pow, this, other);
  }
  /**
   * Matrix product by NumPy's rule: `[..., M, K] x [..., K, N] -> [..., M, N]`.
   * @throws {ShapeError} when the inner sizes differ, the leading axes do not broadcast, or one of the two is
   *   a scalar
   * @throws {ArgumentError} when the other is not a tensor
   * @throws {DTypeError} when both are bool
   */
  matmul(other: core.Tensor | KerasTensor): KerasTensor {
    return symbolic(callOperation("Matmul", [this, other], {}, (a, b) => core.matmul(tensor(a), tensor(b))));
  }
  /**
   * −this, elementwise.
   * @throws {DTypeError} when it is bool
   */
  neg(): KerasTensor {
    return symbolic(callOperation("Negative", [this], {}, (a) => core.neg(tensor(a))));
  }
  /**
   * |x|, elementwise.
   * @throws {DTypeError} when it is bool
   */
  abs(): KerasTensor {
    return symbolic(callOperation("Absolute", [this], {}, (a) => core.abs(tensor(a))));
  }
  /**
   * Sum over `axis`, all by default, to a scalar; with `keepdims` reduced axes have size 1.
   * @throws {ArgumentError} when an option is unknown, or an axis is out of range or named twice
   */
  sum(options: AxisOr<ReduceOptions> = {}): KerasTensor {
    const { axis, keepdims } = reduceConfig("sum", options);
    return symbolic(
      callOperation("Sum", [this], { axis, keepdims }, (a) =>
        core.sum(countable(tensor(a)), axis ?? undefined, { keepDims: keepdims }),
      ),
    );
  }
  /**
   * Mean over `axis`, all by default, to a scalar; with `keepdims` reduced axes have size 1.
   * @throws {ArgumentError} when an option is unknown, or an axis is out of range or named twice
   */
  mean(options: AxisOr<ReduceOptions> = {}): KerasTensor {
    const { axis, keepdims } = reduceConfig("mean", options);
    return symbolic(
      callOperation("Mean", [this], { axis, keepdims }, (a) =>
        core.mean(floating(tensor(a)), axis ?? undefined, { keepDims: keepdims }),
      ),
    );
  }
  /**
   * Another shape; one entry may be −1. Unknown axes must be that one.
   * @throws {ShapeError} when the numbers of elements differ or more than one entry is −1
   */
  reshape(shape: number | readonly number[]): KerasTensor {
    const newshape = newShape("KerasTensor.reshape", shape);
    return symbolic(callOperation("Reshape", [this], { newshape }, (a) => core.reshape(tensor(a), newshape)));
  }
  /**
   * Axes in the order `perm`, reversed by default.
   * @throws {ShapeError} when `perm` does not name every axis
   * @throws {ArgumentError} when an axis is out of range or named twice
   */
  transpose(perm?: readonly number[]): KerasTensor {
    const axes = newOrder("KerasTensor.transpose", perm);
    return symbolic(
      callOperation("Transpose", [this], { axes: axes ?? null }, (a) => core.transpose(tensor(a), axes)),
    );
  }
}

function reduceConfig(name: string, given: AxisOr<ReduceOptions>): Required<ReduceOptions> {
  const { axis = null, keepdims = false } = axisOptions(`KerasTensor.${name}`, given, ["axis", "keepdims"]);
  return { axis, keepdims };
}

type BinaryFn = (a: core.Tensor, b: core.TensorLike) => core.Tensor;

function binary(name: string, fn: BinaryFn, a: KerasTensor, b: Operand | KerasTensor): KerasTensor {
  return symbolic(callOperation(name, [a, b], {}, (x, y) => fn(tensor(x), y as core.TensorLike)));
}

function tensor(value: unknown): core.Tensor {
  if (value instanceof core.Tensor) return value;
  throw new core.ArgumentError("expected a tensor", { code: "argument/not-a-tensor", op: "KerasTensor" });
}

function symbolic(value: unknown): KerasTensor {
  if (value instanceof KerasTensor) return value;
  throw new core.ArgumentError("expected a symbolic tensor", {
    code: "argument/not-a-tensor",
    op: "KerasTensor",
  });
}

/**
 * True for symbolic tensors, of any shape. Never throws.
 * @see keras.utils.is_keras_tensor
 */
export function isKerasTensor(value: unknown): value is KerasTensor {
  return value instanceof KerasTensor;
}

/** `None, 28, 28`. */
export function formatShape(shape: SymbolicShape): string {
  return shape.map((n) => (n === null ? "None" : String(n))).join(", ");
}
