// Small helpers of the lowering rules.
import type { DType } from "@isoform/core";
import type { GraphBuilder } from "../../../ir/builder.js";
import type { IrNode, IrValue } from "../../../ir/types.js";

/** Element type for literals beside a value. */
export function floatOf(v: IrValue | null | undefined): DType {
  return v?.dtype === "float16" || v?.dtype === "bfloat16" || v?.dtype === "float64" ? v.dtype : "float32";
}

/** Writes arithmetic on values of one node; every made node is named after it. */
export class Sketch {
  readonly b: GraphBuilder;
  private readonly name: string;
  private readonly scope: string;
  private readonly dtype: DType;

  constructor(b: GraphBuilder, node: IrNode) {
    this.b = b;
    this.name = node.name;
    this.scope = node.scope;
    this.dtype = floatOf(node.inputs[0]);
  }

  private options(part: string) {
    return { name: `${this.name}/${part}`, scope: this.scope };
  }
  num(value: number): IrValue {
    return this.b.scalar(value, this.dtype);
  }
  add(x: IrValue, y: IrValue | number): IrValue {
    return this.b.op("Add", [x, this.value(y)], {}, this.options("add"));
  }
  sub(x: IrValue, y: IrValue | number): IrValue {
    return this.b.op("Sub", [x, this.value(y)], {}, this.options("sub"));
  }
  mul(x: IrValue, y: IrValue | number): IrValue {
    return this.b.op("Mul", [x, this.value(y)], {}, this.options("mul"));
  }
  div(x: IrValue, y: IrValue | number): IrValue {
    return this.b.op("Div", [x, this.value(y)], {}, this.options("div"));
  }
  unary(
    op: "Sigmoid" | "Tanh" | "Erf" | "Softplus" | "Sqrt" | "Exp" | "Identity" | "Not",
    x: IrValue,
  ): IrValue {
    return this.b.op(op, [x], {}, this.options(op.toLowerCase()));
  }
  matmul(x: IrValue, y: IrValue): IrValue {
    return this.b.op("MatMul", [x, y], {}, this.options("matmul"));
  }
  softmax(x: IrValue, axis: number): IrValue {
    return this.b.op("Softmax", [x], { axis }, this.options("softmax"));
  }
  mean(x: IrValue, axes: readonly number[]): IrValue {
    return this.b.op("ReduceMean", [x, this.b.ints(axes)], {}, this.options("mean"));
  }
  transpose(x: IrValue, perm: readonly number[]): IrValue {
    return this.b.op("Transpose", [x], { perm }, this.options("transpose"));
  }
  /** 0 copies a size, -1 is the rest. */
  reshape(x: IrValue, shape: readonly number[]): IrValue {
    return this.b.op("Reshape", [x, this.b.ints(shape)], {}, this.options("reshape"));
  }
  unsqueeze(x: IrValue, axes: readonly number[]): IrValue {
    return this.b.op("Unsqueeze", [x, this.b.ints(axes)], {}, this.options("unsqueeze"));
  }
  slice(x: IrValue, axis: number, start: number, end: number): IrValue {
    const { b } = this;
    return b.op("Slice", [x, b.ints([start]), b.ints([end]), b.ints([axis])], {}, this.options("slice"));
  }
  concat(parts: readonly IrValue[], axis: number): IrValue {
    return this.b.op("Concat", parts, { axis }, this.options("concat"));
  }
  private value(y: IrValue | number): IrValue {
    return typeof y === "number" ? this.num(y) : y;
  }
}
