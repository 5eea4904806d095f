// KerasTensor: a tensor of a functional model while it is put together. It has a shape and a history, no data.
import * as core from "@isoform/core";
import { axisOptions, type AxisOr } from "../config/axis.js";
import type { DType } from "@isoform/core";
import { callOperation } from "./operation.js";
import { uniquify } from "../session.js";
import { countable, floating, type Operand, type ReduceOptions } from "../tensor/tensor.js";
import type { History } from "./node.js";

/** A shape with null for axes of unknown size, such as the batch axis. */
export type SymbolicShape = readonly (number | null)[];

/** A symbolic tensor. Its methods are those of `Tensor` and make operations of the model. */
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
  toString(): string {
    return `<KerasTensor shape=(${formatShape(this.shape)}), dtype=${this.dtype}, name=${this.name}>`;
  }

  /** this + other. */
  add(other: Operand | KerasTensor): KerasTensor {
    return binary("Add", core.add, this, other);
  }
  /** this − other. */
  sub(other: Operand | KerasTensor): KerasTensor {
    return binary("Subtract", core.sub, this, other);
  }
  /** Elementwise product. */
  mul(other: Operand | KerasTensor): KerasTensor {
    return binary("Multiply", core.mul, this, other);
  }
  /** True division. */
  div(other: Operand | KerasTensor): KerasTensor {
    return binary(
      "TrueDivide",
      (a, b) => core.div(floating(a), b instanceof core.Tensor ? floating(b) : b),
      this,
      other,
    );
  }
  /** this to the power of other. */
  pow(other: Operand | KerasTensor): KerasTensor {
    return binary("Power", core.pow, this, other);
  }
  /** Matrix product. */
  matmul(other: core.Tensor | KerasTensor): KerasTensor {
    return symbolic(callOperation("Matmul", [this, other], {}, (a, b) => core.matmul(tensor(a), tensor(b))));
  }
  /** −this. */
  neg(): KerasTensor {
    return symbolic(callOperation("Negative", [this], {}, (a) => core.neg(tensor(a))));
  }
  /** |x|. */
  abs(): KerasTensor {
    return symbolic(callOperation("Absolute", [this], {}, (a) => core.abs(tensor(a))));
  }
  /** Sum. */
  sum(options: AxisOr<ReduceOptions> = {}): KerasTensor {
    const { axis, keepdims } = reduceConfig("sum", options);
    return symbolic(
      callOperation("Sum", [this], { axis, keepdims }, (a) =>
        core.sum(countable(tensor(a)), axis ?? undefined, { keepDims: keepdims }),
      ),
    );
  }
  /** Mean. */
  mean(options: AxisOr<ReduceOptions> = {}): KerasTensor {
    const { axis, keepdims } = reduceConfig("mean", options);
    return symbolic(
      callOperation("Mean", [this], { axis, keepdims }, (a) =>
        core.mean(floating(tensor(a)), axis ?? undefined, { keepDims: keepdims }),
      ),
    );
  }
  /** Another shape; one entry may be −1. Unknown axes must be that one. */
  reshape(shape: readonly number[]): KerasTensor {
    return symbolic(
      callOperation("Reshape", [this], { newshape: shape }, (a) => core.reshape(tensor(a), shape)),
    );
  }
  /** Axes in the order `perm`. */
  transpose(perm?: readonly number[]): KerasTensor {
    return symbolic(
      callOperation("Transpose", [this], { axes: perm ?? null }, (a) => core.transpose(tensor(a), perm)),
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

/** True for symbolic tensors. */
export function isKerasTensor(value: unknown): value is KerasTensor {
  return value instanceof KerasTensor;
}

/** `None, 28, 28`. */
export function formatShape(shape: SymbolicShape): string {
  return shape.map((n) => (n === null ? "None" : String(n))).join(", ");
}
