// Calls of keras.ops, on tensors or symbolic tensors `[2, 4, 6]`, by the names of test/support/keras-ops.golden.json.
import { keras, tf } from "@isoform/api-keras";

const { ops, activations } = keras;
type Value = tf.Tensor | keras.KerasTensor;
type Call = (x: Value, y: Value) => Value | readonly Value[];

/** Numbers that look random, in a shape. */
function numbers(...shape: number[]): tf.Tensor {
  const n = shape.reduce((p, k) => p * k, 1);
  const values = Float32Array.from({ length: n }, (_, i) => Math.sin(1.7 * i + 1));
  return tf.constant(values, { shape });
}
const indices = () => tf.constant([0, 2, 3], { dtype: "int32" });
const six = () => tf.constant([1, 2, 3, 4, 5, 6]);
const positive = (x: Value) => ops.add(ops.abs(x), 0.1);
const whole = (x: Value) => ops.cast(ops.multiply(x, 10), "int32");
const heads = (x: Value) => ops.reshape(x, [-1, 4, 2, 3]);

const cases = new Map<string, Call>();

const PAIRS = {
  add: ops.add,
  subtract: ops.subtract,
  multiply: ops.multiply,
  divide: ops.divide,
  trueDivide: ops.trueDivide,
  divideNoNan: ops.divideNoNan,
  floorDivide: ops.floorDivide,
  mod: ops.mod,
  fmod: ops.fmod,
  maximum: ops.maximum,
  minimum: ops.minimum,
  arctan2: ops.arctan2,
  logaddexp: ops.logaddexp,
  hypot: ops.hypot,
  equal: ops.equal,
  notEqual: ops.notEqual,
  less: ops.less,
  lessEqual: ops.lessEqual,
  greater: ops.greater,
  greaterEqual: ops.greaterEqual,
};
for (const [name, op] of Object.entries(PAIRS)) {
  cases.set(name, (x, y) => op(x, y));
  if (name !== "hypot") cases.set(`${name} with a number`, (x) => op(x, 0.5)); // Keras takes no number there
}
const BITS = { bitwiseAnd: ops.bitwiseAnd, bitwiseOr: ops.bitwiseOr, bitwiseXor: ops.bitwiseXor };
for (const [name, op] of Object.entries(BITS)) cases.set(name, (x, y) => op(whole(x), whole(y)));
const LOGIC = { logicalAnd: ops.logicalAnd, logicalOr: ops.logicalOr, logicalXor: ops.logicalXor };
for (const [name, op] of Object.entries(LOGIC)) {
  cases.set(name, (x, y) => op(ops.greater(x, 0), ops.greater(y, 0)));
}
const SINGLE = {
  negative: ops.negative,
  abs: ops.abs,
  absolute: ops.absolute,
  sign: ops.sign,
  exp: ops.exp,
  exp2: ops.exp2,
  expm1: ops.expm1,
  sin: ops.sin,
  cos: ops.cos,
  tan: ops.tan,
  arctan: ops.arctan,
  sinh: ops.sinh,
  cosh: ops.cosh,
  tanh: ops.tanh,
  arcsinh: ops.arcsinh,
  erf: ops.erf,
  erfc: ops.erfc,
  floor: ops.floor,
  ceil: ops.ceil,
  trunc: ops.trunc,
  round: ops.round,
  isnan: ops.isnan,
  isinf: ops.isinf,
  isfinite: ops.isfinite,
  rad2deg: ops.rad2deg,
  deg2rad: ops.deg2rad,
  copy: ops.copy,
  stopGradient: ops.stopGradient,
  square: ops.square,
  reciprocal: ops.reciprocal,
  relu: ops.relu,
  relu6: ops.relu6,
  sigmoid: ops.sigmoid,
  softplus: ops.softplus,
  softsign: ops.softsign,
  silu: ops.silu,
  logSigmoid: ops.logSigmoid,
  leakyRelu: ops.leakyRelu,
  hardSigmoid: ops.hardSigmoid,
  hardSilu: ops.hardSilu,
  hardTanh: ops.hardTanh,
  hardShrink: ops.hardShrink,
  softShrink: ops.softShrink,
  tanhShrink: ops.tanhShrink,
  squareplus: ops.squareplus,
  sparsePlus: ops.sparsePlus,
  sparseSigmoid: ops.sparseSigmoid,
  sparsemax: ops.sparsemax,
  elu: ops.elu,
  selu: ops.selu,
  celu: ops.celu,
  gelu: ops.gelu,
  glu: ops.glu,
  softmax: ops.softmax,
  logSoftmax: ops.logSoftmax,
  zerosLike: ops.zerosLike,
  onesLike: ops.onesLike,
  ravel: ops.ravel,
  normalize: ops.normalize,
  layerNormalization: ops.layerNormalization,
  rmsNormalization: ops.rmsNormalization,
  mish: activations.mish,
};
for (const [name, op] of Object.entries(SINGLE)) cases.set(name, (x) => op(x));
const ABOVE_ZERO = {
  log: ops.log,
  log1p: ops.log1p,
  log2: ops.log2,
  log10: ops.log10,
  sqrt: ops.sqrt,
  rsqrt: ops.rsqrt,
};
for (const [name, op] of Object.entries(ABOVE_ZERO)) cases.set(name, (x) => op(positive(x)));
const INSIDE_ONE = { arcsin: ops.arcsin, arccos: ops.arccos, arctanh: ops.arctanh, erfinv: ops.erfinv };
for (const [name, op] of Object.entries(INSIDE_ONE)) cases.set(name, (x) => op(ops.clip(x, -0.9, 0.9)));
const REDUCTIONS = {
  sum: ops.sum,
  mean: ops.mean,
  prod: ops.prod,
  max: ops.max,
  min: ops.min,
  amax: ops.amax,
  amin: ops.amin,
  var: ops.var,
  std: ops.std,
  any: ops.any,
  all: ops.all,
  logsumexp: ops.logsumexp,
  ptp: ops.ptp,
};
for (const [name, op] of Object.entries(REDUCTIONS)) {
  cases.set(name, (x) => op(x, [1, 2]));
  cases.set(`${name} keepdims`, (x) => op(x, { axis: -1, keepdims: true }));
}
const ALONG = { argmax: ops.argmax, argmin: ops.argmin, cumsum: ops.cumsum, cumprod: ops.cumprod };
for (const [name, op] of Object.entries(ALONG)) cases.set(name, (x) => op(x, { axis: 1 }));

const REST: Readonly<Record<string, Call>> = {
  power: (x, y) => ops.power(positive(x), y),
  arccosh: (x) => ops.arccosh(ops.add(ops.abs(x), 1)),
  "number first": (x) => ops.subtract(1, x),
  constant: (x) => ops.add(x, six()),
  logicalNot: (x) => ops.logicalNot(ops.greater(x, 0)),
  bitwiseNot: (x) => ops.bitwiseNot(whole(x)),
  leftShift: (x) => ops.leftShift(whole(ops.abs(x)), 2),
  rightShift: (x) => ops.rightShift(whole(ops.abs(x)), 2),
  "round decimals": (x) => ops.round(x, { decimals: 1 }),
  clip: (x) => ops.clip(x, -0.5, 0.5),
  nanToNum: (x) => ops.nanToNum(ops.log(ops.relu(x))),
  isclose: (x, y) => ops.isclose(x, y, { atol: 0.5 }),
  cast: (x) => ops.cast(x, "int32"),
  countNonzero: (x) => ops.countNonzero(ops.relu(x), -1),
  sort: (x) => ops.sort(x, { axis: 1 }),
  argsort: (x) => ops.argsort(x, { axis: 1 }),
  topK: (x) => ops.topK(x, 3),
  moments: (x) => ops.moments(x, [1]),
  norm: (x) => ops.norm(x, { axis: 1 }),
  "norm 1": (x) => ops.norm(x, { ord: 1, axis: 1 }),
  take: (x) => ops.take(x, indices(), 1),
  takeAlongAxis: (x) => ops.takeAlongAxis(x, ops.argsort(x, -1), -1),
  getItem: (x) => ops.getItem(x, ":", "1:3", -1),
  "getItem ellipsis": (x) => ops.getItem(x, "...", null, "::2"),
  slice: (x) => ops.slice(x, [0, 1, 2], [2, 2, 3]),
  where: (x, y) => ops.where(ops.greater(x, 0), x, y),
  oneHot: (x) => ops.oneHot(ops.argmax(x, -1), 6),
  multiHot: (x) => ops.multiHot(ops.argmax(x, -1), 6),
  matmul: (x, y) => ops.matmul(x, ops.swapaxes(y, 1, 2)),
  einsum: (x, y) => ops.einsum("bij,bkj->bik", x, y),
  tensordot: (x, y) => ops.tensordot(ops.sum(x, 0), ops.sum(y, 0), { axes: [[0], [0]] }),
  dot: (x, y) => ops.dot(ops.sum(x, 0), ops.transpose(ops.sum(y, 0))),
  outer: (x, y) => ops.outer(ops.sum(x, [0, 1]), ops.sum(y, [0, 1])),
  tril: (x) => ops.tril(x),
  triu: (x) => ops.triu(x, { k: 1 }),
  trace: (x) => ops.trace(ops.reshape(x, [-1, 2, 12])),
  "normalize 1": (x) => ops.normalize(x, { axis: 1, order: 1 }),
  reshape: (x) => ops.reshape(x, [-1, 3, 8]),
  transpose: (x) => ops.transpose(x, { axes: [0, 2, 1] }),
  expandDims: (x) => ops.expandDims(x, -1),
  squeeze: (x) => ops.squeeze(ops.expandDims(x, 1), 1),
  swapaxes: (x) => ops.swapaxes(x, 1, 2),
  moveaxis: (x) => ops.moveaxis(x, 1, 2),
  broadcastTo: (x) => ops.broadcastTo(ops.sum(x, 0), [2, 4, 6]),
  concatenate: (x, y) => ops.concatenate([x, y], 1),
  stack: (x, y) => ops.stack([x, y], 1),
  unstack: (x) => ops.unstack(x, 1),
  split: (x) => ops.split(x, 2, 2),
  "split at": (x) => ops.split(x, [1, 3], 1),
  tile: (x) => ops.tile(x, [1, 2, 1]),
  repeat: (x) => ops.repeat(x, 2, 1),
  flip: (x) => ops.flip(x, 1),
  roll: (x) => ops.roll(x, 1, 1),
  pad: (x) => ops.pad(x, [[0, 0], [1, 2], [0, 1]], { constantValues: 7 }), // prettier-ignore
  "pad reflect": (x) => ops.pad(x, [[0, 0], [1, 2], [0, 1]], { mode: "reflect" }), // prettier-ignore
  fullLike: (x) => ops.fullLike(x, 3),
  scatterUpdate: (x) =>
    ops.scatterUpdate(x, tf.constant([[0, 1, 2]], { dtype: "int32" }), tf.constant([9]), {
      reduction: "add",
    }),
  maxPool: (x) => ops.maxPool(x, 2),
  averagePool: (x) => ops.averagePool(x, 3, { strides: 1, padding: "same" }),
  adaptiveAveragePool: (x) => ops.adaptiveAveragePool(x, [3]),
  adaptiveMaxPool: (x) => ops.adaptiveMaxPool(x, [3]),
  conv: (x) => ops.conv(x, numbers(3, 6, 2), { padding: "same" }),
  "conv strides": (x) => ops.conv(x, numbers(2, 6, 2), { strides: 2 }),
  depthwiseConv: (x) => ops.depthwiseConv(x, numbers(2, 6, 2)),
  separableConv: (x) => ops.separableConv(x, numbers(2, 6, 2), numbers(1, 12, 3)),
  convTranspose: (x) => ops.convTranspose(x, numbers(3, 2, 6), { strides: 2 }),
  batchNormalization: (x) => ops.batchNormalization(x, six(), six(), -1),
  "batchNormalization scale": (x) =>
    ops.batchNormalization(x, six(), six(), -1, { offset: six(), scale: numbers(6) }),
  "layerNormalization gamma": (x) => ops.layerNormalization(x, { gamma: six(), beta: numbers(6) }),
  "rmsNormalization scale": (x) => ops.rmsNormalization(x, { scale: six() }),
  dotProductAttention: (x, y) => ops.dotProductAttention(heads(x), heads(y), heads(y)),
  "dotProductAttention causal": (x, y) =>
    ops.dotProductAttention(heads(x), heads(y), heads(y), { isCausal: true, scale: 0.5 }),
  binaryCrossentropy: (x, y) => ops.binaryCrossentropy(ops.sigmoid(x), ops.sigmoid(y)),
  categoricalCrossentropy: (x, y) => ops.categoricalCrossentropy(ops.softmax(x), ops.softmax(y)),
  sparseCategoricalCrossentropy: (x, y) =>
    ops.sparseCategoricalCrossentropy(ops.argmax(x, -1), y, { fromLogits: true }),
  psnr: (x, y) => ops.psnr(x, y, 2),
  "relu options": (x) => activations.relu(x, { negativeSlope: 0.1, maxValue: 1, threshold: 0.2 }),
  threshold: (x) => ops.threshold(x, 0.1, -2),
  "gelu exact": (x) => ops.gelu(x, { approximate: false }),
  "gelu activation": (x) => activations.gelu(x),
  "leakyRelu slope": (x) => ops.leakyRelu(x, { negativeSlope: 0.3 }),
  methods: (x, y) =>
    x
      .add(y as never)
      .mul(2)
      .sub(1)
      .div(3)
      .pow(2)
      .neg()
      .abs()
      .mean(1),
  "more methods": (x) => x.reshape([-1, 24]).sum({ axis: 1, keepdims: true }),
};
for (const [name, call] of Object.entries(REST)) cases.set(name, call);

/** All calls. */
export const operationCases: ReadonlyMap<string, Call> = cases;

/** The inputs of the calls. */
export function operationInputs(): readonly [tf.Tensor, tf.Tensor] {
  const shape = [2, 4, 6];
  const values = (from: number) =>
    Float32Array.from({ length: 48 }, (_, i) => 2 * Math.sin(12.9898 * (i + from)) * Math.cos(i));
  return [tf.constant(values(1), { shape }), tf.constant(values(100), { shape })];
}
