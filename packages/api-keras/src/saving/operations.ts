// Operations of functional models (`keras.ops` and operators) by the classes of configs.
import { ModelFormatError, closest } from "@isoform/core";
import * as activations from "../activations.js";
import { camelKeys, type Config } from "../config/object.js";
import { FunctionOperation } from "../engine/operation.js";
import { isPlainObject } from "../engine/structure.js";
import * as ops from "../ops/index.js";
import { snakeToCamel, toSnakeCase } from "../names.js";
import type { Index } from "../tensor/indexing.js";

type Args = readonly unknown[];
type AnyOp = (...args: unknown[]) => unknown;

/** How a record becomes a call. */
interface Spec {
  /** Keras' names of the arguments of a call, for those that records give by name. */
  readonly args?: readonly string[];
  /** Options that the function takes by position behind the tensors. */
  readonly positional?: readonly string[];
  /** The call, when it is not `ops.name(...args, ...positional, options)`. */
  readonly call?: (args: Args, config: Config) => unknown;
}

const PAIR = ["x1", "x2"];

/** Operations whose records need more than their name. */
const SPECS: Readonly<Record<string, Spec>> = {
  Reshape: { positional: ["newshape"] },
  ExpandDims: { positional: ["axis"] },
  Clip: { positional: ["xMin", "xMax"] },
  Cast: { positional: ["dtype"] },
  Split: { positional: ["indicesOrSections"] },
  Tile: { positional: ["repeats"] },
  Repeat: { positional: ["repeats"] },
  Swapaxes: { positional: ["axis1", "axis2"] },
  Moveaxis: { positional: ["source", "destination"] },
  BroadcastTo: { positional: ["shape"] },
  OneHot: { positional: ["numClasses"] },
  MultiHot: { positional: ["numClasses"] },
  Roll: { positional: ["shift"] },
  TopK: { positional: ["k"] },
  Moments: { positional: ["axes"] },
  MaxPool: { positional: ["poolSize"] },
  AveragePool: { positional: ["poolSize"] },
  AdaptiveMaxPool: { positional: ["outputSize"] },
  AdaptiveAveragePool: { positional: ["outputSize"] },
  Threshold: { positional: ["threshold", "defaultValue"] },
  Take: { args: ["x", "indices"] },
  TakeAlongAxis: { args: ["x", "indices"] },
  Where: { args: ["condition", "x1", "x2"] },
  Stack: { args: ["x"] },
  PSNR: { args: PAIR, call: ([a, b], { maxVal }) => call("psnr", a, b, maxVal) },
  ReLU: { call: ([x], config) => Reflect.apply(activations.relu, null, [x, withoutNulls(config)]) },
  Mish: { call: ([x]) => Reflect.apply(activations.mish, null, [x]) },
  Einsum: { call: (operands, { subscripts }) => call("einsum", subscripts, ...operands) },
  GetItem: {
    args: ["x", "key"],
    call: ([x, key]) => call("getItem", x, ...(Array.isArray(key) ? key : [key]).map(readIndex)),
  },
  Slice: {
    args: ["inputs", "start_indices"],
    call: ([x, start], { shape }) => call("slice", x, start, shape),
  },
  Pad: {
    args: ["x", "constant_values"],
    call: ([x, value], { padWidth, mode }) =>
      call("pad", x, padWidth, withoutNulls({ mode, constantValues: value })),
  },
  FullLike: {
    args: ["x", "fill_value"],
    call: ([x, value], { dtype }) => call("fullLike", x, value, withoutNulls({ dtype })),
  },
  Isclose: {
    args: [...PAIR, "rtol", "atol"],
    call: ([a, b, rtol, atol]) => call("isclose", a, b, withoutNulls({ rtol, atol })),
  },
  Scatter: {
    args: ["indices", "values"],
    call: ([indices, values], { shape }) => call("scatter", indices, values, shape),
  },
  ScatterUpdate: {
    args: ["inputs", "indices", "updates"],
    call: ([x, indices, updates], config) =>
      call("scatterUpdate", x, indices, updates, withoutNulls({ reduction: config["reduction"] })),
  },
  Unstack: { call: ([x], { axis }) => call("unstack", x, withoutNulls({ axis })) },
  BatchNorm: {
    args: ["x", "mean", "variance", "offset", "scale"],
    call: ([x, mean, variance, offset, scale], { axis, epsilon }) =>
      call("batchNormalization", x, mean, variance, axis, withoutNulls({ offset, scale, epsilon })),
  },
  LayerNorm: {
    args: ["x", "gamma", "beta"],
    call: ([x, gamma, beta], { axis, epsilon }) =>
      call("layerNormalization", x, withoutNulls({ gamma, beta, axis, epsilon })),
  },
  RMSNorm: {
    args: ["x", "scale"],
    call: ([x, scale], { axis, epsilon }) =>
      call("rmsNormalization", x, withoutNulls({ scale, axis, epsilon })),
  },
  DotProductAttention: {
    args: ["query", "key", "value", "bias", "mask", "scale"],
    call: ([q, k, v, bias, mask, scale], { isCausal }) =>
      call("dotProductAttention", q, k, v, withoutNulls({ bias, mask, scale, isCausal })),
  },
  Conv: { args: ["inputs", "kernel"] },
  DepthwiseConv: { args: ["inputs", "kernel"] },
  SeparableConv: { args: ["inputs", "depthwise_kernel", "pointwise_kernel"] },
  ConvTranspose: { args: ["inputs", "kernel"] },
};

/** Options of records that change nothing here when they are off. */
const OFF = new Set(["synchronized", "sparse", "flashAttention", "equalNan", "retstep"]);

function withoutNulls(options: Config): Config {
  return Object.fromEntries(Object.entries(options).filter(([, v]) => v !== null && v !== undefined));
}

const table: Readonly<Record<string, unknown>> = ops;

function call(name: string, ...args: unknown[]): unknown {
  return Reflect.apply(table[name] as AnyOp, null, args);
}

/** A part of an index: a number, null, or a record of a slice or an ellipsis. */
function readIndex(part: unknown): Index {
  if (!isPlainObject(part)) return part as Index;
  if (part["class_name"] === "__ellipsis__") return "...";
  const { start, stop, step } = part["config"] as Config;
  const text = (v: unknown) => (typeof v === "number" ? String(v) : "");
  return `${text(start)}:${text(stop)}:${text(step) || "1"}`;
}

/** An operation of its record. @throws {ModelFormatError} with the nearest known name */
export function operationFromConfig(className: string, config: Config, path: string): FunctionOperation {
  const name = snakeToCamel(toSnakeCase(className));
  const spec = SPECS[className] ?? {};
  if (!spec.call && typeof (Object.hasOwn(table, name) ? table[name] : undefined) !== "function") {
    const near = closest(name, Object.keys(table));
    throw new ModelFormatError(`unknown operation ${JSON.stringify(className)}`, {
      code: "keras/unknown-class",
      path,
      hint: near ? `nearest is keras.ops.${near}` : "replace it by a layer",
    });
  }
  const { name: own, ...rest } = camelKeys(config);
  if (isPlainObject(rest["dtype"])) delete rest["dtype"];
  const positional = spec.positional ?? [];
  const options = Object.fromEntries(
    Object.entries(rest).filter(
      ([k, v]) => !positional.includes(k) && v !== null && !(v === false && OFF.has(k)),
    ),
  );
  const tail = [...positional.map((k) => rest[k]), ...(Object.keys(options).length > 0 ? [options] : [])];
  const run = spec.call
    ? (...args: unknown[]) => spec.call!(args, rest)
    : (...args: unknown[]) => call(name, ...args, ...tail);
  return new FunctionOperation(className, rest, run, {
    name: typeof own === "string" ? own : undefined,
    parameters: spec.args ?? [],
  });
}

const OTHER_MODULES: Readonly<Record<string, readonly string[]>> = {
  "keras.src.ops.nn": [
    ..."Relu Relu6 Sigmoid SparseSigmoid Softplus Softsign SoftShrink SparsePlus Silu Squareplus".split(" "),
    ..."LogSigmoid LeakyRelu HardSigmoid HardSilu Elu Selu Gelu Celu Glu TanhShrink HardTanh".split(" "),
    ..."HardShrink Threshold Softmax LogSoftmax Sparsemax MaxPool AdaptiveMaxPool AveragePool".split(" "),
    ..."AdaptiveAveragePool Conv DepthwiseConv SeparableConv ConvTranspose OneHot MultiHot".split(" "),
    ..."BinaryCrossentropy CategoricalCrossentropy SparseCategoricalCrossentropy Moments".split(" "),
    ..."BatchNorm Normalize PSNR DotProductAttention RMSNorm LayerNorm".split(" "),
  ],
  "keras.src.ops.math": ["TopK", "Logsumexp", "Rsqrt", "Erf", "Erfc", "Erfinv"],
  "keras.src.ops.core": ["Scatter", "ScatterUpdate", "Slice", "StopGradient", "Unstack", "Cast"],
  "keras.src.ops.linalg": ["Norm"],
  "keras.src.activations.activations": ["ReLU", "Mish"],
};

/** The Python module of an operation's class. */
export function operationModule(className: string): string {
  const found = Object.entries(OTHER_MODULES).find(([, names]) => names.includes(className));
  return found?.[0] ?? "keras.src.ops.numpy";
}

/** True for the module of an operation. */
export function isOperationModule(module: string | null | undefined): boolean {
  return typeof module === "string" && /^keras(\.src)?\.(ops|activations)\b/.test(module);
}
