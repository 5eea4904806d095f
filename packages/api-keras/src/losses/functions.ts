// Losses per sample as functions of targets and predictions, with Keras' formulas.
import * as core from "@isoform/core";
import { ArgumentError, ShapeError, type Tensor as CoreTensor } from "@isoform/core";
import { checkOptions, invalid } from "../config/arguments.js";
import { session } from "../session.js";
import { asTensor, notATensor, toTensor, type TensorLike } from "../tensor/like.js";
import { Tensor } from "../tensor/tensor.js";
import { checkQ, requireClassAxis, sameRank } from "./reduce.js";
import { binaryTerms, limit, logitsBehind, oneMinus } from "./terms.js";

type Formula = (yTrue: CoreTensor, yPred: CoreTensor) => CoreTensor;
/** A loss per sample. */
export type LossFn = (yTrue: TensorLike, yPred: TensorLike) => Tensor;

/** A target or prediction as a tensor. */
function lossTensor(name: string, value: TensorLike): Tensor {
  if (value === undefined || value === null) throw notATensor(`losses.${name}`, value);
  return toTensor(value);
}

/** Runs a formula on float tensors of one dtype; ranks that differ by a last axis of size 1 are matched. */
function run(
  name: string,
  yTrue: TensorLike,
  yPred: TensorLike,
  formula: Formula,
  matchRanks = true,
): Tensor {
  return core.scope(() => {
    const given = lossTensor(name, yTrue);
    const p = lossTensor(name, yPred);
    const pred = core.isFloat(p.dtype) ? p : core.cast(p, session.floatx);
    const target = core.cast(given, pred.dtype);
    const [t, q] = matchRanks ? sameRank(target, pred) : [target, pred];
    return asTensor(formula(t, q));
  });
}

const meanLast = (x: CoreTensor) => core.mean(x, x.rank === 0 ? undefined : -1);

/**
 * Mean of (yTrue − yPred)² over the last axis: `[..., n] -> [...]`; shapes broadcast, a last axis of size 1
 * is matched.
 * @throws {ArgumentError} when an argument is neither a tensor nor an array of numbers
 * @throws {ShapeError} when the shapes do not broadcast or an array is ragged
 * @see keras.losses.mean_squared_error
 */
export function meanSquaredError(yTrue: TensorLike, yPred: TensorLike): Tensor {
  return run("meanSquaredError", yTrue, yPred, (t, p) => meanLast(core.square(core.sub(t, p))));
}
/**
 * Mean of |yTrue − yPred| over the last axis: `[..., n] -> [...]`; shapes broadcast, a last axis of size 1 is
 * matched.
 * @throws {ArgumentError} when an argument is neither a tensor nor an array of numbers
 * @throws {ShapeError} when the shapes do not broadcast or an array is ragged
 * @see keras.losses.mean_absolute_error
 */
export function meanAbsoluteError(yTrue: TensorLike, yPred: TensorLike): Tensor {
  return run("meanAbsoluteError", yTrue, yPred, (t, p) => meanLast(core.abs(core.sub(t, p))));
}
/**
 * 100 times the mean of |yTrue − yPred| / |yTrue| over the last axis, percent: `[..., n] -> [...]`; shapes
 * broadcast, a last axis of size 1 is matched.
 * @throws {ArgumentError} when an argument is neither a tensor nor an array of numbers
 * @throws {ShapeError} when the shapes do not broadcast or an array is ragged
 * @see keras.losses.mean_absolute_percentage_error
 */
export function meanAbsolutePercentageError(yTrue: TensorLike, yPred: TensorLike): Tensor {
  return run("meanAbsolutePercentageError", yTrue, yPred, (t, p) => {
    const share = core.abs(core.div(core.sub(t, p), core.maximum(core.abs(t), session.epsilon)));
    return core.mul(meanLast(share), 100);
  });
}
/**
 * Mean of (log(1 + yTrue) − log(1 + yPred))² over the last axis: `[..., n] -> [...]`; shapes broadcast, a
 * last axis of size 1 is matched.
 * @throws {ArgumentError} when an argument is neither a tensor nor an array of numbers
 * @throws {ShapeError} when the shapes do not broadcast or an array is ragged
 * @see keras.losses.mean_squared_logarithmic_error
 */
export function meanSquaredLogarithmicError(yTrue: TensorLike, yPred: TensorLike): Tensor {
  const log = (x: CoreTensor) => core.log(core.add(core.maximum(x, session.epsilon), 1));
  return run("meanSquaredLogarithmicError", yTrue, yPred, (t, p) =>
    meanLast(core.square(core.sub(log(p), log(t)))),
  );
}
/**
 * Minus the cosine of the angle between the two, along `axis` (−1): the axis is gone; shapes broadcast, a
 * last axis of size 1 is matched.
 * @throws {ArgumentError} when an option is unknown or the axis is out of range (as for scalars)
 * @throws {ShapeError} when the shapes do not broadcast or an array is ragged
 * @see keras.losses.cosine_similarity
 */
export function cosineSimilarity(
  yTrue: TensorLike,
  yPred: TensorLike,
  options: { readonly axis?: number } = {},
): Tensor {
  checkOptions("cosineSimilarity", options, ["axis"]);
  const { axis = -1 } = options;
  const unit = (x: CoreTensor) => {
    const squares = core.sum(core.square(x), axis, { keepDims: true });
    return core.mul(x, core.rsqrt(core.maximum(squares, session.epsilon ** 2)));
  };
  return run("cosineSimilarity", yTrue, yPred, (t, p) =>
    core.neg(core.sum(core.mul(unit(t), unit(p)), axis)),
  );
}
/**
 * Mean of half the square up to `delta` (1) and linear beyond (Huber 1964), over the last axis:
 * `[..., n] -> [...]`; shapes broadcast, a last axis of size 1 is matched.
 * @throws {ArgumentError} when an option is unknown
 * @throws {ShapeError} when the shapes do not broadcast or an array is ragged
 * @see keras.losses.huber
 * @see Huber 1964, https://doi.org/10.1214/aoms/1177703732
 */
export function huber(
  yTrue: TensorLike,
  yPred: TensorLike,
  options: { readonly delta?: number } = {},
): Tensor {
  checkOptions("huber", options, ["delta"]);
  const { delta = 1 } = options;
  return run("huber", yTrue, yPred, (t, p) => {
    const error = core.sub(p, t);
    const size = core.abs(error);
    const outer = core.sub(core.mul(size, delta), 0.5 * delta * delta);
    return meanLast(core.where(core.le(size, delta), core.mul(core.square(error), 0.5), outer));
  });
}
/**
 * Mean of log(cosh(yPred − yTrue)) over the last axis: `[..., n] -> [...]`; shapes broadcast, a last axis of
 * size 1 is matched.
 * @throws {ArgumentError} when an argument is neither a tensor nor an array of numbers
 * @throws {ShapeError} when the shapes do not broadcast or an array is ragged
 * @see keras.losses.log_cosh
 */
export function logCosh(yTrue: TensorLike, yPred: TensorLike): Tensor {
  return run("logCosh", yTrue, yPred, (t, p) => {
    const x = core.sub(p, t);
    return meanLast(core.sub(core.add(x, core.softplus(core.mul(x, -2))), Math.LN2));
  });
}
/**
 * Σ yTrue · log(yTrue / yPred) over the last axis, in nats; both are limited to [epsilon, 1]:
 * `[..., n] -> [...]`; shapes broadcast.
 * @throws {ArgumentError} when both are scalars
 * @throws {ShapeError} when the shapes do not broadcast or an array is ragged
 * @see keras.losses.kl_divergence
 */
export function klDivergence(yTrue: TensorLike, yPred: TensorLike): Tensor {
  return run(
    "klDivergence",
    yTrue,
    yPred,
    (t, p) => {
      const [a, b] = [core.clip(t, session.epsilon, 1), core.clip(p, session.epsilon, 1)];
      return core.sum(core.mul(a, core.log(core.div(a, b))), -1);
    },
    false,
  );
}
/**
 * Mean of yPred − yTrue · log(yPred) over the last axis: `[..., n] -> [...]`; shapes broadcast.
 * @throws {ArgumentError} when an argument is neither a tensor nor an array of numbers
 * @throws {ShapeError} when the shapes do not broadcast or an array is ragged
 * @see keras.losses.poisson
 */
export function poisson(yTrue: TensorLike, yPred: TensorLike): Tensor {
  return run(
    "poisson",
    yTrue,
    yPred,
    (t, p) => meanLast(core.sub(p, core.mul(t, core.log(core.add(p, session.epsilon))))),
    false,
  );
}

/** Labels of 0 and 1 as −1 and 1; labels of −1 and 1 stay. */
function signed(t: CoreTensor): CoreTensor {
  const zeros = core.cast(core.eq(t, 0), t.dtype);
  const ones = core.cast(core.eq(t, 1), t.dtype);
  const binary = core.min(core.maximum(zeros, ones));
  return core.where(core.eq(binary, 1), core.sub(core.mul(t, 2), 1), t);
}
/**
 * Mean of max(1 − yTrue·yPred, 0) over the last axis, labels −1 or 1 (0 counts as −1 when all labels are 0 or
 * 1): `[..., n] -> [...]`; shapes broadcast.
 * @throws {ArgumentError} when an argument is neither a tensor nor an array of numbers
 * @throws {ShapeError} when the shapes do not broadcast or an array is ragged
 * @see keras.losses.hinge
 */
export function hinge(yTrue: TensorLike, yPred: TensorLike): Tensor {
  return run(
    "hinge",
    yTrue,
    yPred,
    (t, p) => meanLast(core.maximum(oneMinus(core.mul(signed(t), p)), 0)),
    false,
  );
}
/**
 * Mean of max(1 − yTrue·yPred, 0)² over the last axis, labels as in `hinge`: `[..., n] -> [...]`; shapes
 * broadcast.
 * @throws {ArgumentError} when an argument is neither a tensor nor an array of numbers
 * @throws {ShapeError} when the shapes do not broadcast or an array is ragged
 * @see keras.losses.squared_hinge
 */
export function squaredHinge(yTrue: TensorLike, yPred: TensorLike): Tensor {
  return run(
    "squaredHinge",
    yTrue,
    yPred,
    (t, p) => meanLast(core.square(core.maximum(oneMinus(core.mul(signed(t), p)), 0))),
    false,
  );
}
/**
 * max(negative − positive + 1, 0) for one-hot targets: `[..., n] -> [...]`; shapes broadcast.
 * @throws {ArgumentError} when both are scalars
 * @throws {ShapeError} when the shapes do not broadcast or an array is ragged
 * @see keras.losses.categorical_hinge
 */
export function categoricalHinge(yTrue: TensorLike, yPred: TensorLike): Tensor {
  return run(
    "categoricalHinge",
    yTrue,
    yPred,
    (t, p) => {
      const positive = core.sum(core.mul(t, p), -1);
      const negative = core.max(core.mul(oneMinus(t), p), -1);
      return core.maximum(core.add(core.sub(negative, positive), 1), 0);
    },
    false,
  );
}

/** Options of cross entropies. */
export interface CrossentropyOptions {
  /** Whether yPred are logits, not probabilities. */
  readonly fromLogits?: boolean;
  /** Share of each target that is spread evenly. */
  readonly labelSmoothing?: number;
  readonly axis?: number;
}
const CROSSENTROPY = ["fromLogits", "labelSmoothing", "axis"];

function smoothed(t: CoreTensor, smoothing: number, classes: number): CoreTensor {
  return smoothing === 0 ? t : core.add(core.mul(t, 1 - smoothing), smoothing / classes);
}

function requireSameShape(op: string, t: CoreTensor, p: CoreTensor): void {
  if (core.sameShape(t.shape, p.shape)) return;
  throw new ShapeError("targets and predictions have different shapes", {
    code: "shape/loss",
    op,
    inputs: [core.describe(t), core.describe(p)],
    hint: "use one-hot targets, or the sparse loss for class numbers",
  });
}

/**
 * −Σ yTrue · log(yPred) over the class axis, in nats, for one-hot or soft targets: `[..., classes] -> [...]`.
 * @throws {ArgumentError} when an option is unknown or the axis is out of range
 * @throws {ShapeError} when the two have different shapes or an array is ragged
 * @see keras.losses.categorical_crossentropy
 */
export function categoricalCrossentropy(
  yTrue: TensorLike,
  yPred: TensorLike,
  options: CrossentropyOptions = {},
): Tensor {
  checkOptions("categoricalCrossentropy", options, CROSSENTROPY);
  const { fromLogits = false, labelSmoothing = 0, axis = -1 } = options;
  return run(
    "categoricalCrossentropy",
    yTrue,
    yPred,
    (t, p) => {
      requireSameShape("categoricalCrossentropy", t, p);
      const target = smoothed(t, labelSmoothing, t.shape.at(-1)!);
      const logits = fromLogits ? p : logitsBehind(p, "softmax");
      if (logits) return core.neg(core.sum(core.mul(target, core.logSoftmax(logits, axis)), axis));
      const share = core.div(p, core.sum(p, axis, { keepDims: true }));
      return core.neg(core.sum(core.mul(target, core.log(limit(share))), axis));
    },
    false,
  );
}

/**
 * Cross entropy, in nats, for class numbers `[...]` (or `[..., 1]`) and predictions `[..., classes]`:
 * `[...]`, with 0 where the class is `ignoreClass`.
 * @throws {ArgumentError} when an option is unknown, `axis` is not the last one, or a class does not exist,
 *   on devices that are read at once
 * @throws {ShapeError} when there is not one class number per row of predictions
 * @see keras.losses.sparse_categorical_crossentropy
 */
export function sparseCategoricalCrossentropy(
  yTrue: TensorLike,
  yPred: TensorLike,
  options: {
    readonly fromLogits?: boolean;
    readonly ignoreClass?: number | null;
    readonly axis?: number;
  } = {},
): Tensor {
  checkOptions("sparseCategoricalCrossentropy", options, ["fromLogits", "ignoreClass", "axis"]);
  const { fromLogits = false, ignoreClass = null, axis = -1 } = options;
  return core.scope(() => {
    const p = lossTensor("sparseCategoricalCrossentropy", yPred);
    requireClassAxis("sparseCategoricalCrossentropy", p);
    if (axis !== -1 && axis !== p.rank - 1) {
      throw new ArgumentError(`axis is ${core.shown(axis)}`, {
        code: "argument/axis",
        op: "sparseCategoricalCrossentropy",
        hint: "the classes must be the last axis: transpose the predictions",
      });
    }
    let t: CoreTensor = lossTensor("sparseCategoricalCrossentropy", yTrue);
    if (t.rank === p.rank && t.shape.at(-1) === 1) t = core.reshape(t, t.shape.slice(0, -1));
    requireClassShape(t, p);
    let labels = core.cast(core.reshape(t, [-1]), "int64");
    const valid = ignoreClass === null ? null : core.ne(labels, ignoreClass);
    core.countIndices("sparseCategoricalCrossentropy", labels, p.shape.at(-1)!, {
      what: "the classes",
      ignored: ignoreClass,
    });
    if (valid) labels = core.where(valid, labels, 0);
    const logits = (fromLogits ? p : logitsBehind(p, "softmax")) ?? core.log(limit(p));
    const flat = core.reshape(logits, [-1, p.shape.at(-1)!]);
    const losses = core.softmaxCrossEntropy(flat, labels);
    const kept = valid ? core.where(valid, losses, 0) : losses;
    const result = asTensor(core.reshape(kept, t.shape));
    if (valid) result.kerasMask = core.keep(asTensor(core.reshape(valid, t.shape)));
    return result;
  });
}

function requireClassShape(t: CoreTensor, p: CoreTensor): void {
  if (core.sameShape(t.shape, p.shape.slice(0, -1))) return;
  throw new ShapeError("class numbers and predictions do not fit", {
    code: "shape/loss",
    op: "sparseCategoricalCrossentropy",
    inputs: [core.describe(t), core.describe(p)],
    hint: "targets are one class number per row of predictions; for one-hot targets use categoricalCrossentropy",
  });
}

/**
 * Binary cross entropy of each element, in nats; the two broadcast with each other.
 * @throws {ShapeError} when the shapes do not broadcast
 * @throws {DTypeError} when logits are not of a float dtype
 * @throws {ArgumentError} when probabilities are not of a float dtype
 * @see keras.ops.binary_crossentropy
 */
/**
 * Mean binary cross entropy, in nats, over `axis` (−1): the axis is gone; a last axis of size 1 is matched.
 * @throws {ArgumentError} when an option is unknown or the axis is out of range
 * @throws {ShapeError} when the two have different shapes or an array is ragged
 * @see keras.losses.binary_crossentropy
 */
export function binaryCrossentropy(
  yTrue: TensorLike,
  yPred: TensorLike,
  options: CrossentropyOptions = {},
): Tensor {
  checkOptions("binaryCrossentropy", options, CROSSENTROPY);
  const { fromLogits = false, labelSmoothing = 0, axis = -1 } = options;
  return run("binaryCrossentropy", yTrue, yPred, (t, p) => {
    requireSameShape("binaryCrossentropy", t, p);
    return core.mean(binaryTerms(smoothed(t, labelSmoothing, 2), p, fromLogits), axis);
  });
}

/** Options of `binaryFocalCrossentropy`. */
export interface BinaryFocalOptions extends CrossentropyOptions {
  readonly applyClassBalancing?: boolean;
  readonly alpha?: number;
  readonly gamma?: number;
}
/**
 * Mean binary cross entropy with well classified elements weighing less (Lin et al. 2017), over `axis` (−1);
 * `alpha` 0.25 counts with `applyClassBalancing`, `gamma` is 2: the axis is gone; shapes broadcast, a last
 * axis of size 1 is matched.
 * @throws {ArgumentError} when an option is unknown or the axis is out of range
 * @throws {ShapeError} when the shapes do not broadcast or an array is ragged
 * @see keras.losses.binary_focal_crossentropy
 * @see Lin et al. 2017, https://arxiv.org/abs/1708.02002
 */
export function binaryFocalCrossentropy(
  yTrue: TensorLike,
  yPred: TensorLike,
  options: BinaryFocalOptions = {},
): Tensor {
  checkOptions("binaryFocalCrossentropy", options, [
    ...CROSSENTROPY,
    "applyClassBalancing",
    "alpha",
    "gamma",
  ]);
  const { fromLogits = false, labelSmoothing = 0, axis = -1, alpha = 0.25, gamma = 2 } = options;
  if (typeof gamma !== "number") throw invalid("binaryFocalCrossentropy", "gamma", gamma, "a number");
  return run("binaryFocalCrossentropy", yTrue, yPred, (t, p) => {
    const target = smoothed(t, labelSmoothing, 2);
    const q = fromLogits ? core.sigmoid(p) : p;
    const right = core.add(core.mul(target, q), core.mul(oneMinus(target), oneMinus(q)));
    const terms = core.mul(core.pow(oneMinus(right), gamma), binaryTerms(target, q, false));
    if (!options.applyClassBalancing) return core.mean(terms, axis);
    const weight = core.add(core.mul(target, alpha), core.mul(oneMinus(target), 1 - alpha));
    return core.mean(core.mul(weight, terms), axis);
  });
}

/** Options of `categoricalFocalCrossentropy`. */
export interface CategoricalFocalOptions extends CrossentropyOptions {
  readonly alpha?: number;
  readonly gamma?: number;
}
/**
 * Categorical cross entropy with well classified samples weighing less (`alpha` 0.25, `gamma` 2):
 * `[..., classes] -> [...]`; shapes broadcast, a last axis of size 1 is matched.
 * @throws {ArgumentError} when an option is unknown or the axis is out of range
 * @throws {ShapeError} when the shapes do not broadcast or an array is ragged
 * @see keras.losses.categorical_focal_crossentropy
 * @see Lin et al. 2017, https://arxiv.org/abs/1708.02002
 */
export function categoricalFocalCrossentropy(
  yTrue: TensorLike,
  yPred: TensorLike,
  options: CategoricalFocalOptions = {},
): Tensor {
  checkOptions("categoricalFocalCrossentropy", options, [...CROSSENTROPY, "alpha", "gamma"]);
  const { fromLogits = false, labelSmoothing = 0, axis = -1, alpha = 0.25, gamma = 2 } = options;
  if (typeof gamma !== "number") throw invalid("categoricalFocalCrossentropy", "gamma", gamma, "a number");
  return run("categoricalFocalCrossentropy", yTrue, yPred, (t, p) => {
    const target = smoothed(t, labelSmoothing, t.shape.at(-1)!);
    const q = fromLogits ? core.softmax(p, axis) : p;
    const share = limit(core.div(q, core.sum(q, axis, { keepDims: true })));
    const weight = core.mul(core.pow(oneMinus(share), gamma), alpha);
    return core.sum(core.mul(weight, core.mul(core.neg(target), core.log(share))), axis);
  });
}

type AxisOption = { readonly axis?: number | readonly number[] | null };
/**
 * 1 − 2·overlap / (sum of both): Dice loss over axes: a scalar by default; shapes broadcast.
 * @throws {ArgumentError} when an option is unknown or the axis is out of range
 * @throws {ShapeError} when the shapes do not broadcast or an array is ragged
 * @see keras.losses.dice
 */
export function dice(yTrue: TensorLike, yPred: TensorLike, options: AxisOption = {}): Tensor {
  checkOptions("dice", options, ["axis"]);
  const axis = options.axis ?? undefined;
  return run(
    "dice",
    yTrue,
    yPred,
    (t, p) => {
      const both = core.add(core.add(core.sum(t, axis), core.sum(p, axis)), session.epsilon);
      return oneMinus(core.div(core.mul(core.sum(core.mul(t, p), axis), 2), both));
    },
    false,
  );
}
/**
 * Dice with weights for false negatives (`alpha`) and false positives (`beta`), 0.5 each (Salehi et al.
 * 2017): a scalar by default; shapes broadcast.
 * @throws {ArgumentError} when an option is unknown or the axis is out of range
 * @throws {ShapeError} when the shapes do not broadcast or an array is ragged
 * @see keras.losses.tversky
 * @see Salehi et al. 2017, https://arxiv.org/abs/1706.05721
 */
export function tversky(
  yTrue: TensorLike,
  yPred: TensorLike,
  options: AxisOption & { readonly alpha?: number; readonly beta?: number } = {},
): Tensor {
  checkOptions("tversky", options, ["axis", "alpha", "beta"]);
  const axis = options.axis ?? undefined;
  const { alpha = 0.5, beta = 0.5 } = options;
  return run(
    "tversky",
    yTrue,
    yPred,
    (t, p) => {
      const overlap = core.sum(core.mul(t, p), axis);
      const first = core.mul(core.sum(core.mul(oneMinus(p), t), axis), alpha);
      const second = core.mul(core.sum(core.mul(p, oneMinus(t)), axis), beta);
      const all = core.add(core.add(core.add(overlap, first), second), session.epsilon);
      return oneMinus(core.div(overlap, all));
    },
    false,
  );
}
/**
 * (1 − p^q) / q with p the probability of the true class: robust to wrong labels (Zhang and Sabuncu 2018).
 * Class numbers `[N]` or `[N, 1]` and predictions `[N, classes]` to `[N]`; a class that does not exist has p
 * = 0.
 * @throws {ArgumentError} when `q` is not between 0 and 1
 * @throws {ShapeError} when there is not one class number per row of predictions
 * @see keras.losses.categorical_generalized_cross_entropy
 * @see Zhang and Sabuncu 2018, https://arxiv.org/abs/1805.07836
 */
export function categoricalGeneralizedCrossEntropy(yTrue: TensorLike, yPred: TensorLike, q: number): Tensor {
  return core.scope(() => {
    const name = "categoricalGeneralizedCrossEntropy";
    checkQ(name, q);
    const p = lossTensor(name, yPred);
    requireClassAxis(name, p);
    const classes = core.oneHot(core.cast(lossTensor(name, yTrue), "int64"), p.shape.at(-1)!, {
      dtype: p.dtype,
    });
    const right = core.sum(core.mul(p, core.reshape(classes, p.shape)), -1);
    return asTensor(core.div(oneMinus(core.pow(right, q)), q));
  });
}
