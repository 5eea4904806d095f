// Core ops of a traced module as IR nodes: one typed table. Ops without a rule are imported by their decomposition.
import type { Attrs, DType, GraphVar, OpId } from "@isoform/core";
import type { GraphBuilder } from "../../ir/builder.js";
import type { IrOp } from "../../ir/ops/table.js";
import type { IrValue } from "../../ir/types.js";
import type { WeightStep } from "../../ir/weights.js";

/** What a rule sees: the node's inputs as IR values, its sizes, and the builder. */
export interface TraceCall {
  readonly builder: GraphBuilder;
  /** Inputs of the traced node; null where left out. */
  readonly inputs: readonly (GraphVar | null)[];
  /** Shape of input `i` while tracing. */
  shape(i: number): readonly number[];
  dtype(i: number): DType;
  readonly outDType: DType;
  /** Input `i`. */
  x(i: number): IrValue;
  /** Input `i` before it was broadcast, for ops that broadcast themselves. */
  narrow(i: number): IrValue;
  /** Adds a node named after the layer. */
  op(...args: Parameters<GraphBuilder["op"]>): IrValue;
  /** Adds a node with several outputs. */
  node(
    op: IrOp,
    inputs: readonly (IrValue | null)[],
    attrs: object,
    outputs: readonly string[],
  ): readonly (IrValue | null)[];
  /** Shape of the first output as an int64 value; sizes that follow the batch are computed. `free` allows one −1. */
  sizes(free: boolean): IrValue;
  /** A weight rearranged exactly; null when input `i` is not a weight. */
  weight(i: number, steps: readonly WeightStep[]): IrValue | null;
  /** True when input `i` is zeros made while tracing. */
  isZeros(i: number): boolean;
  /** Joins two weights along an axis after rearranging each; zeros for a missing one. */
  joined(parts: readonly (number | null)[], steps: readonly WeightStep[], axis: number): IrValue | null;
}

/** Thrown by a rule whose attributes have no single IR node; the op is then imported by its decomposition. */
export class NotExpressible extends Error {}

/** A rule gives the output, or one value per output. */
export type TraceRule<K extends OpId> = (
  t: TraceCall,
  attrs: Attrs<K>,
) => IrValue | readonly (IrValue | null)[];
/** The table. */
export type TraceRules = { readonly [K in OpId]?: TraceRule<K> };

const unary =
  (op: IrOp) =>
  (t: TraceCall): IrValue =>
    t.op(op, [t.x(0)], {});
const binary =
  (op: IrOp) =>
  (t: TraceCall): IrValue =>
    t.op(op, [t.narrow(0), t.narrow(1)], {});

const lows = (pads: readonly (readonly [number, number])[]): number[] => [
  ...pads.map(([l]) => l),
  ...pads.map(([, h]) => h),
];
const one = (values: readonly number[]): boolean => values.every((v) => v === 1);

const REDUCE = { sum: "ReduceSum", prod: "ReduceProd", max: "ReduceMax", min: "ReduceMin" } as const;

interface Reduction {
  readonly axes: readonly number[];
  readonly keepDims?: boolean;
}
const reduction =
  (op: IrOp) =>
  (t: TraceCall, a: Reduction): IrValue =>
    t.op(op, [t.x(0), t.builder.ints(a.axes)], { keepdims: a.keepDims ? 1 : 0 });

interface Pool {
  readonly window: readonly number[];
  readonly strides: readonly number[];
  readonly padding: readonly (readonly [number, number])[];
  readonly dilation: readonly number[];
  readonly ceilMode: boolean;
}
const pool = (a: Pool) => ({
  kernel_shape: a.window,
  strides: a.strides,
  pads: lows(a.padding),
  ceil_mode: a.ceilMode ? 1 : 0,
});

/** PyTorch's gate rows in ONNX's order, with the leading axis of one direction. */
function gates(order: readonly number[], rows: number): WeightStep {
  const hidden = rows / order.length;
  return {
    kind: "take",
    axis: 0,
    indices: order.flatMap((g) => Array.from({ length: hidden }, (_, i) => g * hidden + i)),
  };
}

function recurrent(
  t: TraceCall,
  op: "LSTM" | "GRU" | "RNN",
  order: readonly number[],
  states: number,
  attrs: object,
  reverse: boolean,
): readonly (IrValue | null)[] {
  const first = 1 + states;
  const rows = t.shape(first)[0]!;
  const [inputs, hidden] = [t.shape(first)[1]!, t.shape(first + 1)[1]!];
  const take = gates(order, rows);
  const lead = (columns: number): WeightStep[] => [take, { kind: "reshape", shape: [1, rows, columns] }];
  const w = t.weight(first, lead(inputs));
  const r = t.weight(first + 1, lead(hidden));
  const has = t.inputs[first + 2] || t.inputs[first + 3];
  const parts = [first + 2, first + 3].map((i) => (t.inputs[i] ? i : null));
  const b = has ? t.joined(parts, [take, { kind: "reshape", shape: [1, rows] }], 1) : null;
  const initial = Array.from({ length: states }, (_, i) => i + 1).map((i) =>
    t.isZeros(i) ? null : t.op("Unsqueeze", [t.x(i), t.builder.ints([0])], {}),
  );
  const direction = reverse ? "reverse" : "forward";
  const names = ["Y", "Y_h", "Y_c"].slice(0, 1 + states);
  const [y, ...last] = t.node(
    op,
    [t.x(0), w, r, b, null, ...initial],
    { direction, hidden_size: hidden, ...attrs },
    names,
  );
  const squeeze = (v: IrValue | null | undefined, axis: number) =>
    v ? t.op("Squeeze", [v, t.builder.ints([axis])], {}) : null;
  return [squeeze(y, 1), ...last.map((v) => squeeze(v, 0))];
}

/** Activations that have a plain name in ONNX. */
function onnxActivations(list: readonly unknown[]): string[] {
  return list.map((n) => {
    if (typeof n !== "string") throw new NotExpressible("an activation with parameters");
    return n.charAt(0).toUpperCase() + n.slice(1);
  });
}

/** Resolved by op id; see `importTrace`. */
export const TRACE_RULES: TraceRules = {
  neg: unary("Neg"),
  abs: unary("Abs"),
  sign: unary("Sign"),
  exp: unary("Exp"),
  log: unary("Log"),
  sqrt: unary("Sqrt"),
  sin: unary("Sin"),
  cos: unary("Cos"),
  atan: unary("Atan"),
  tanh: unary("Tanh"),
  erf: unary("Erf"),
  floor: unary("Floor"),
  ceil: unary("Ceil"),
  round: unary("Round"),
  not: (t) => t.op(t.dtype(0) === "bool" ? "Not" : "BitwiseNot", [t.x(0)], {}),
  add: binary("Add"),
  sub: binary("Sub"),
  mul: binary("Mul"),
  div: binary("Div"),
  pow: binary("Pow"),
  max: binary("Max"),
  min: binary("Min"),
  rem: (t) => t.op("Mod", [t.narrow(0), t.narrow(1)], { fmod: 1 }),
  and: (t) => t.op(t.dtype(0) === "bool" ? "And" : "BitwiseAnd", [t.narrow(0), t.narrow(1)], {}),
  or: (t) => t.op(t.dtype(0) === "bool" ? "Or" : "BitwiseOr", [t.narrow(0), t.narrow(1)], {}),
  xor: (t) => t.op(t.dtype(0) === "bool" ? "Xor" : "BitwiseXor", [t.narrow(0), t.narrow(1)], {}),
  eq: binary("Equal"),
  lt: binary("Less"),
  le: binary("LessOrEqual"),
  where: (t) => t.op("Where", [t.narrow(0), t.narrow(1), t.narrow(2)], {}),
  cast: (t, a) => t.op("Cast", [t.x(0)], { to: a.dtype }),
  full: (t, a) => t.op("Expand", [t.builder.literal([a.value], [], a.dtype), t.sizes(false)], {}),
  reshape: (t) => t.op("Reshape", [t.x(0), t.sizes(true)], {}),
  transpose: (t, a) => t.op("Transpose", [t.x(0)], { perm: a.perm }),
  broadcastTo: (t) => t.op("Expand", [t.x(0), t.sizes(false)], {}),
  slice: (t, a) => {
    const axes = a.starts
      .map((_, i) => i)
      .filter((i) => a.starts[i] !== 0 || a.ends[i] !== t.shape(0)[i] || a.steps[i] !== 1);
    const pick = (list: readonly number[]) => t.builder.ints(axes.map((i) => list[i]!));
    const ends = a.ends.map((e, i) => (e === t.shape(0)[i] ? 2 ** 31 - 1 : e));
    return t.op("Slice", [t.x(0), pick(a.starts), pick(ends), t.builder.ints(axes), pick(a.steps)], {});
  },
  flip: (t, a) => {
    const minus = a.axes.map(() => -1);
    const inputs = [minus, a.axes.map(() => -(2 ** 31)), a.axes, minus].map((l) => t.builder.ints(l));
    return t.op("Slice", [t.x(0), ...inputs], {});
  },
  pad: (t, a) => {
    if (!a.interior.every((n) => n === 0)) throw new NotExpressible("interior padding");
    const value = Number(a.value) === 0 ? null : t.builder.literal([a.value], [], t.dtype(0));
    return t.op("Pad", [t.x(0), t.builder.ints([...a.low, ...a.high]), value], { mode: "constant" });
  },
  concat: (t, a) =>
    t.op(
      "Concat",
      t.inputs.map((_, i) => t.x(i)),
      { axis: a.axis },
    ),
  stack: (t, a) =>
    t.op(
      "Concat",
      t.inputs.map((_, i) => t.op("Unsqueeze", [t.x(i), t.builder.ints([a.axis])], {})),
      { axis: a.axis },
    ),
  matmul: (t) => t.op("MatMul", [t.x(0), t.x(1)], {}),
  reduce: (t, a) => t.op(REDUCE[a.kind], [t.x(0), t.builder.ints(a.axes)], { keepdims: 0 }),
  argReduce: (t, a) => t.op(a.kind === "max" ? "ArgMax" : "ArgMin", [t.x(0)], { axis: a.axis, keepdims: 0 }),
  gather: (t, a) => t.op("Gather", [t.x(0), t.x(1)], { axis: a.axis }),
  mean: reduction("ReduceMean"),
  relu: unary("Relu"),
  relu6: (t) =>
    t.op(
      "Clip",
      [t.x(0), t.builder.literal([0], [], t.dtype(0)), t.builder.literal([6], [], t.dtype(0))],
      {},
    ),
  sigmoid: unary("Sigmoid"),
  silu: (t) => t.op("Swish", [t.x(0)], { alpha: 1 }),
  mish: unary("Mish"),
  hardSwish: unary("HardSwish"),
  softsign: unary("Softsign"),
  reciprocal: unary("Reciprocal"),
  gelu: (t, a) => t.op("Gelu", [t.x(0)], { approximate: a.approximate }),
  elu: (t, a) => t.op("Elu", [t.x(0)], { alpha: a.alpha }),
  celu: (t, a) => t.op("Celu", [t.x(0)], { alpha: a.alpha }),
  selu: unary("Selu"),
  leakyRelu: (t, a) => t.op("LeakyRelu", [t.x(0)], { alpha: a.slope }),
  hardSigmoid: (t, a) => t.op("HardSigmoid", [t.x(0)], { alpha: a.alpha, beta: a.beta }),
  prelu: (t) => t.op("PRelu", [t.x(0), t.narrow(1)], {}),
  softmax: (t, a) => t.op("Softmax", [t.x(0)], { axis: a.axis }),
  logSoftmax: (t, a) => t.op("LogSoftmax", [t.x(0)], { axis: a.axis }),
  linear: (t) => t.op("Linear", [t.x(0), t.x(1), t.inputs[2] ? t.x(2) : null], {}),
  convolution: (t, a) => {
    if (!one(a.lhsDilation)) throw new NotExpressible("input dilation");
    const inputs = [t.x(0), t.x(1), t.inputs[2] ? t.x(2) : null];
    return t.op("Conv", inputs, {
      kernel_shape: t.shape(1).slice(2),
      strides: a.strides,
      dilations: a.rhsDilation,
      pads: lows(a.padding),
      group: a.groups,
    });
  },
  convTranspose: (t, a) => {
    const inputs = [t.x(0), t.x(1), t.inputs[2] ? t.x(2) : null];
    return t.op("ConvTranspose", inputs, {
      kernel_shape: t.shape(1).slice(2),
      strides: a.strides,
      dilations: a.dilation,
      pads: lows(a.padding),
      output_padding: a.outputPadding,
      group: a.groups,
    });
  },
  maxPool: (t, a) => t.op("MaxPool", [t.x(0)], { ...pool(a), dilations: a.dilation }),
  avgPool: (t, a) => {
    if (!one(a.dilation)) throw new NotExpressible("dilated average pooling");
    return t.op("AveragePool", [t.x(0)], { ...pool(a), count_include_pad: a.countIncludePad ? 1 : 0 });
  },
  batchNorm: (t, a) => {
    if (a.axis !== 1) throw new NotExpressible("channels not on axis 1");
    const n = t.shape(1)[0]!;
    const filled = (i: number, v: number) =>
      t.inputs[i] ? t.x(i) : t.builder.literal(new Array<number>(n).fill(v), [n], t.dtype(0));
    return t.op("BatchNormalization", [t.x(0), filled(3, 1), filled(4, 0), t.x(1), t.x(2)], {
      epsilon: a.eps,
    });
  },
  layerNorm: (t, a) => {
    const rank = t.shape(0).length;
    const axis = rank - a.axes.length;
    if (!t.inputs[1] || !a.axes.every((x, i) => x === axis + i))
      throw new NotExpressible("only trailing axes with a scale");
    return t.op("LayerNormalization", [t.x(0), t.x(1), t.inputs[2] ? t.x(2) : null], {
      axis: -a.axes.length,
      epsilon: a.eps,
    });
  },
  groupNorm: (t, a) => {
    if (!t.inputs[1] || !t.inputs[2]) throw new NotExpressible("only with scale and bias");
    return t.op("GroupNormalization", [t.x(0), t.x(1), t.x(2)], { num_groups: a.groups, epsilon: a.eps });
  },
  rmsNorm: (t, a) => {
    const axis = t.shape(0).length - a.axes.length;
    if (!t.inputs[1] || !a.axes.every((x, i) => x === axis + i))
      throw new NotExpressible("only trailing axes with a scale");
    return t.op("RMSNormalization", [t.x(0), t.x(1)], { axis: -a.axes.length, epsilon: a.eps });
  },
  embedding: (t) => t.op("Gather", [t.x(0), t.x(1)], { axis: 0 }),
  flatten: (t, a) => {
    const rank = t.shape(0).length;
    if (a.start === 1 && a.end === rank - 1) return t.op("Flatten", [t.x(0)], { axis: 1 });
    return t.op("Reshape", [t.x(0), t.sizes(true)], {});
  },
  squeeze: (t, a) => t.op("Squeeze", [t.x(0), t.builder.ints(a.axes)], {}),
  unsqueeze: (t, a) => t.op("Unsqueeze", [t.x(0), t.builder.ints(a.axes)], {}),
  clip: (t, a) => {
    const bound = (v: number | bigint | null) => (v === null ? null : t.builder.literal([v], [], t.dtype(0)));
    return t.op("Clip", [t.x(0), bound(a.min), bound(a.max)], {});
  },
  lstm: (t, a) => {
    const standard = a.activations.join() === "sigmoid,tanh,tanh";
    return recurrent(
      t,
      "LSTM",
      [0, 3, 1, 2],
      2,
      standard ? {} : { activations: onnxActivations(a.activations) },
      a.reverse,
    );
  },
  gru: (t, a) => {
    const standard = a.activations.join() === "sigmoid,tanh";
    const extra = standard ? {} : { activations: onnxActivations(a.activations) };
    return recurrent(
      t,
      "GRU",
      [1, 0, 2],
      1,
      { linear_before_reset: a.linearBeforeReset ? 1 : 0, ...extra },
      a.reverse,
    );
  },
  rnn: (t, a) => recurrent(t, "RNN", [0], 1, { activations: onnxActivations([a.activation]) }, a.reverse),
};
