// What a rule of the trace import sees of a traced op: inputs as IR values, sizes in both traces, the builder.
import type { Attrs, DType, GraphVar, OpId } from "@isoform/core";
import type { GraphBuilder } from "../../ir/builder.js";
import type { IrOp } from "../../ir/ops/table.js";
import type { IrValue } from "../../ir/types.js";
import type { WeightStep } from "../../ir/weights.js";

/** What a rule sees. */
export interface TraceCall {
  readonly builder: GraphBuilder;
  /** Inputs of the traced node; null where left out. */
  readonly inputs: readonly (GraphVar | null)[];
  /** Shape of input `i` while tracing. */
  shape(i: number): readonly number[];
  dtype(i: number): DType;
  readonly outDType: DType;
  readonly outShape: readonly number[];
  /** Axes of input `i` (of the output for −1) whose sizes follow the batch. */
  moving(i: number): readonly number[];
  /** Input `i`. */
  x(i: number): IrValue;
  /** Input `i` before it was broadcast, for ops that broadcast themselves. */
  narrow(i: number): IrValue;
  /** The given inputs for an op that broadcasts: as small as they were before, where that gives the same shape. */
  operands(...indices: readonly number[]): readonly IrValue[];
  /** Adds a node named after the layer. */
  op(...args: Parameters<GraphBuilder["op"]>): IrValue;
  /** Adds a node with several outputs. */
  nodes(
    op: IrOp,
    inputs: readonly (IrValue | null)[],
    attrs: object,
    outputs: readonly (string | null)[],
  ): readonly (IrValue | null)[];
  /** Shape of the first output as an int64 value; sizes that follow the batch are computed. `free` allows one −1. */
  sizes(free: boolean): IrValue;
  /** As `sizes`, of any shape that is made from the shapes of the inputs. */
  sizesFor(free: boolean, make: (shapes: readonly (readonly number[])[]) => readonly number[]): IrValue;
  /** `x` in a shape that is made from the shapes of the inputs. */
  reshape(x: IrValue, make: (shapes: readonly (readonly number[])[]) => readonly number[]): IrValue;
  /** The number that the batch is multiplied with to give `size`, and the batch as an int64 `[1]`. */
  batchOf(size: number, other?: number): { readonly batch: IrValue; readonly times: number };
  /** A weight rearranged exactly; null when input `i` is not a weight. */
  weight(i: number, steps: readonly WeightStep[]): IrValue | null;
  /** True when input `i` is zeros made while tracing. */
  isZeros(i: number): boolean;
  /** True when all elements of the integer input `i` are known to be in 0…n−1. */
  within(i: number, n: number): boolean;
  /** Joins two weights along an axis after rearranging each; zeros for a missing one. */
  joined(parts: readonly (number | null)[], steps: readonly WeightStep[], axis: number): IrValue | null;
}

/** Thrown by a rule whose attributes have no single IR node; the op is then imported by its decomposition. */
export class NotExpressible extends Error {}

/** An op that no format can hold, with the reason. */
export interface Refusal {
  readonly refused: string;
}

/** A rule gives the output, or one value per output. */
export type TraceRule<K extends OpId> = (
  t: TraceCall,
  attrs: Attrs<K>,
) => IrValue | readonly (IrValue | null)[];
/** A table of rules. */
export type TraceRules = { readonly [K in OpId]?: TraceRule<K> | Refusal };

/** A table that has at least the given ops. */
export type RulesOf<K extends OpId> = TraceRules & { readonly [P in K]: TraceRule<P> | Refusal };

/** A 0-d literal of the dtype of input `i`. */
export function scalarLike(t: TraceCall, i: number, value: number | bigint): IrValue {
  return t.builder.literal([value], [], t.dtype(i));
}

/** An IR op of one input. */
export const unary =
  (op: IrOp) =>
  (t: TraceCall): IrValue =>
    t.op(op, [t.x(0)], {});

/** An IR op of two inputs that broadcasts by itself. */
export const binary =
  (op: IrOp) =>
  (t: TraceCall): IrValue =>
    t.op(op, t.operands(0, 1), {});

/** ONNX's order of paddings: all low ones, then all high ones. */
export const lows = (pads: readonly (readonly [number, number])[]): number[] => [
  ...pads.map(([l]) => l),
  ...pads.map(([, h]) => h),
];

/** True when every number is 1. */
export const one = (values: readonly number[]): boolean => values.every((v) => v === 1);

/** `0 … n−1`. */
export const count = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

/** A slice of one axis. */
export function sliceAxis(t: TraceCall, x: IrValue, axis: number, start: number, end: number): IrValue {
  const { builder: b } = t;
  return t.op("Slice", [x, b.ints([start]), b.ints([end]), b.ints([axis])], {});
}
