// Losses of torch.nn.functional that ask for a margin between scores or distances.
import * as core from "@isoform/core";
import type { Tensor as CoreTensor } from "@isoform/core";
import { checkOptions } from "../../checks.js";
import { checkTensors } from "../../tensor/arguments.js";
import type { Tensor } from "../../tensor/tensor.js";
import { pairwiseDistance } from "./distance.js";
import * as kinds from "./reduction.js";
import { reduced, sameShapes, type LossOptions } from "./reduction.js";

/** Options of losses with a margin. */
export interface MarginOptions extends LossOptions {
  readonly margin?: number;
}

const atLeastZero = (x: CoreTensor): CoreTensor => core.clip(x, 0, null);

/**
 * max(0, −y·(x1 − x2) + margin): x1 should rank above x2 where y = 1, below where y = −1; the shapes
 * broadcast. `margin` 0 by default. `reduction` 'mean' (default) or 'sum' -> a scalar, 'none' -> the input's
 * shape.
 * @throws {ShapeError} when the tensors have different numbers of axes or cannot be broadcast.
 * @throws {DTypeError} when the target is bool, or integers are averaged.
 * @throws {ArgumentError} when an option or the reduction is unknown.
 * @throws {LifetimeError} when an input was disposed.
 * @see torch.nn.functional.margin_ranking_loss
 */
export function marginRankingLoss(
  input1: CoreTensor,
  input2: CoreTensor,
  target: CoreTensor,
  options: MarginOptions = {},
): Tensor {
  checkOptions("marginRankingLoss", options, kinds.MARGIN);
  const { margin = 0, reduction } = options;
  checkTensors("marginRankingLoss", { input1, input2, target });
  if (input1.rank !== input2.rank || input1.rank !== target.rank) {
    throw core.shapeError(
      "marginRankingLoss",
      "the tensors have different numbers of axes",
      [input1, input2, target],
      "reshape the target to the shape of the inputs",
    );
  }
  const against = core.mul(core.neg(target), core.sub(input1, input2));
  return reduced(atLeastZero(core.add(against, margin)), reduction);
}

/**
 * x where y = 1, max(0, margin − x) where y = −1; the shapes broadcast. `margin` 1 by default. `reduction`
 * 'mean' (default) or 'sum' -> a scalar, 'none' -> the input's shape.
 * @throws {ShapeError} when the shapes cannot be broadcast.
 * @throws {DTypeError} when losses of integers or bools are averaged.
 * @throws {ArgumentError} when an option or the reduction is unknown.
 * @throws {LifetimeError} when an input was disposed.
 * @see torch.nn.functional.hinge_embedding_loss
 */
export function hingeEmbeddingLoss(
  input: CoreTensor,
  target: CoreTensor,
  options: MarginOptions = {},
): Tensor {
  checkOptions("hingeEmbeddingLoss", options, kinds.MARGIN);
  const { margin = 1, reduction } = options;
  checkTensors("hingeEmbeddingLoss", { input, target });
  const apart = core.where(core.ne(target, 1), atLeastZero(core.sub(margin, input)), 0);
  const near = core.where(core.ne(target, -1), input, 0);
  return reduced(core.add(apart, near), reduction);
}

/**
 * 1 − cos(x1, x2) where y = 1, max(0, cos − margin) where y = −1, for rows `[N, D]` (or `[D]`) and y `[N]`
 * (or a scalar). `margin` 0 by default. `reduction` 'mean' (default) or 'sum' -> a scalar, 'none' -> y's
 * shape.
 * @throws {ShapeError} when the inputs differ in shape, or the target does not have theirs without the last
 * axis.
 * @throws {DTypeError} when the inputs are bool.
 * @throws {ArgumentError} when an option or the reduction is unknown.
 * @throws {LifetimeError} when an input was disposed.
 * @see torch.nn.functional.cosine_embedding_loss
 */
export function cosineEmbeddingLoss(
  input1: CoreTensor,
  input2: CoreTensor,
  target: CoreTensor,
  options: MarginOptions = {},
): Tensor {
  checkOptions("cosineEmbeddingLoss", options, kinds.MARGIN);
  const { margin = 0, reduction } = options;
  checkTensors("cosineEmbeddingLoss", { input1, input2, target });
  sameShapes("cosineEmbeddingLoss", input1, input2);
  const axis = input1.rank - 1;
  if (axis !== target.rank) {
    throw core.shapeError(
      "cosineEmbeddingLoss",
      "the target needs one axis less than the inputs",
      [input1, input2, target],
      "give one 1 or −1 per row",
    );
  }
  const squares = (x: CoreTensor) => core.add(core.sum(core.mul(x, x), axis), 1e-12);
  const lengths = core.sqrt(core.mul(squares(input1), squares(input2)));
  const cosine = core.div(core.sum(core.mul(input1, input2), axis), lengths);
  const near = core.where(core.eq(target, 1), core.sub(1, cosine), 0);
  const apart = core.where(core.eq(target, -1), atLeastZero(core.sub(cosine, margin)), 0);
  return reduced(core.add(near, apart), reduction);
}

/** Options of `tripletMarginLoss`. */
export interface TripletMarginOptions extends MarginOptions {
  /** Order of the norm. */
  readonly p?: number;
  /** Added to every difference. */
  readonly eps?: number;
  /** Takes the smaller of the distances of the negative to anchor and positive (Balntas et al. 2016). */
  readonly swap?: boolean;
}

/**
 * max(0, d(anchor, positive) − d(anchor, negative) + margin), d the p-norm of the difference along the last
 * axis of `[N, D]` (or `[D]`). Options by default: margin 1, p 2, eps 1e-6, swap false. `reduction` 'mean'
 * (default) or 'sum' -> a scalar, 'none' -> `[N]`.
 * @throws {ShapeError} when the shapes cannot be broadcast.
 * @throws {ArgumentError} when the margin is not above 0, p is NaN, an option or the reduction is unknown, or
 * the tensors are scalars.
 * @throws {DTypeError} when the anchor and another tensor are bool.
 * @throws {LifetimeError} when an input was disposed.
 * @see torch.nn.functional.triplet_margin_loss, Balntas et al. 2016
 */
export function tripletMarginLoss(
  anchor: CoreTensor,
  positive: CoreTensor,
  negative: CoreTensor,
  options: TripletMarginOptions = {},
): Tensor {
  checkOptions("tripletMarginLoss", options, kinds.TRIPLET);
  const { margin = 1, p = 2, eps = 1e-6, swap = false, reduction } = options;
  checkTensors("tripletMarginLoss", { anchor, positive, negative });
  if (!(margin > 0)) {
    throw new core.ArgumentError(`margin is ${margin}`, {
      code: "argument/range",
      op: "tripletMarginLoss",
      hint: "use a margin above 0",
    });
  }
  const distance = (a: CoreTensor, b: CoreTensor) =>
    core.norm(core.add(core.sub(a, b), eps), { p, axes: -1 });
  const near = distance(anchor, positive);
  let apart = distance(anchor, negative);
  if (swap) apart = core.minimum(apart, distance(positive, negative));
  return reduced(atLeastZero(core.add(core.sub(near, apart), margin)), reduction);
}

/**
 * log(1 + e^(−y·x)) for y of 1 and −1, two tensors of one shape. `reduction` 'mean' (default) or 'sum' -> a
 * scalar, 'none' -> the input's shape.
 * @throws {ShapeError} when the shapes differ; losses do not broadcast.
 * @throws {DTypeError} when neither is a float tensor.
 * @throws {ArgumentError} when an option or the reduction is unknown.
 * @throws {LifetimeError} when an input was disposed.
 * @see torch.nn.functional.soft_margin_loss
 */
export function softMarginLoss(input: CoreTensor, target: CoreTensor, options: LossOptions = {}): Tensor {
  checkOptions("softMarginLoss", options, kinds.PLAIN);
  sameShapes("softMarginLoss", input, target);
  return reduced(core.neg(core.logSigmoid(core.mul(target, input))), options.reduction);
}

/** Options of `multiMarginLoss`. */
export interface MultiMarginOptions extends MarginOptions {
  /** Power of the hinge. */
  readonly p?: 1 | 2;
  /** Weight of every class, `[C]`. */
  readonly weight?: CoreTensor | null;
}

/**
 * Σ over the other classes of max(0, margin − x[y] + x[j])^p divided by C, for scores `[N, C]` and classes
 * `[N]`. Options by default: p 1, margin 1, no weight. `reduction` 'mean' (default) or 'sum' -> a scalar,
 * 'none' -> `[N]`.
 * @throws {ShapeError} when the scores are not `[N, C]`, the classes not `[N]`, or the weights not `[C]`.
 * @throws {ArgumentError} when p is neither 1 nor 2, an option or the reduction is unknown, or a class does
 * not exist (on devices that are read at once).
 * @throws {DTypeError} when the classes are not integers, the scores are bool, or integers are averaged.
 * @throws {LifetimeError} when an input was disposed.
 * @see torch.nn.functional.multi_margin_loss
 */
export function multiMarginLoss(
  input: CoreTensor,
  target: CoreTensor,
  options: MultiMarginOptions = {},
): Tensor {
  checkOptions("multiMarginLoss", options, kinds.MULTI_MARGIN);
  const { p = 1, margin = 1, weight = null, reduction } = options;
  checkTensors("multiMarginLoss", { input, target });
  const classes = input.shape[1];
  if (input.rank !== 2 || classes === undefined || !core.sameShape(target.shape, [input.shape[0]!])) {
    throw core.shapeError(
      "multiMarginLoss",
      "scores must be [N,C] and classes [N]",
      [input, target],
      "give one class per row",
    );
  }
  if (weight && !core.sameShape(weight.shape, [classes])) {
    throw core.shapeError(
      "multiMarginLoss",
      "the weights do not fit the classes",
      [input, weight],
      "give one weight per class",
    );
  }
  core.countIndices("multiMarginLoss", target, classes, { what: "the classes" });
  const rows = core.unsqueeze(target, [1]);
  const own = core.gatherElements(input, rows, 1);
  let hinge = atLeastZero(core.add(core.sub(input, own), margin));
  if (p === 2) hinge = core.mul(hinge, hinge);
  if (weight) hinge = core.mul(hinge, core.unsqueeze(core.gather(weight, target, 0), [1]));
  const others = core.ne(core.iota(input.shape, 1), rows);
  return reduced(core.div(core.sum(core.where(others, hinge, 0), 1), classes), reduction);
}

/** Options of `multilabelSoftMarginLoss`. */
export interface MultiLabelOptions extends LossOptions {
  /** Weight of every class, `[C]`. */
  readonly weight?: CoreTensor | null;
}

/**
 * Mean over the classes (last axis) of the binary cross entropy, in nats, of logits `[…, C]`, for targets of
 * 0 and 1 of the same shape. `reduction` 'mean' (default) or 'sum' -> a scalar, 'none' -> the shape without
 * the last axis.
 * @throws {ShapeError} when the shapes differ, or `weight` does not broadcast to them.
 * @throws {ArgumentError} when an option or the reduction is unknown, or the tensors are scalars.
 * @throws {DTypeError} when the input is not a float tensor.
 * @throws {LifetimeError} when an input was disposed.
 * @see torch.nn.functional.multilabel_soft_margin_loss
 */
export function multilabelSoftMarginLoss(
  input: CoreTensor,
  target: CoreTensor,
  options: MultiLabelOptions = {},
): Tensor {
  checkOptions("multilabelSoftMarginLoss", options, kinds.WEIGHTED);
  sameShapes("multilabelSoftMarginLoss", input, target);
  const yes = core.mul(target, core.logSigmoid(input));
  const no = core.mul(core.sub(1, target), core.logSigmoid(core.neg(input)));
  const terms = core.neg(core.add(yes, no));
  const weighted = options.weight ? core.mul(terms, options.weight) : terms;
  return reduced(core.mean(weighted, input.rank - 1), options.reduction);
}

/**
 * Σ over right classes y and wrong classes i of max(0, 1 − (x[y] − x[i])), divided by C, for scores `[N, C]` (or
 * `[C]`) and int targets of the same shape: the right classes of every row, ended by the first negative number.
 * `reduction` 'mean' (default) or 'sum' -> a scalar, 'none' -> `[N]` (or a scalar).
 * @throws {ShapeError} when the shapes differ or have other axes.
 * @throws {DTypeError} when the classes are not integers, or the scores are not float.
 * @throws {ArgumentError} when an option or the reduction is unknown, or a class does not exist (on devices that are
 * read at once).
 * @throws {LifetimeError} when an input was disposed.
 * @see torch.nn.functional.multilabel_margin_loss
 */
export function multilabelMarginLoss(
  input: CoreTensor,
  target: CoreTensor,
  options: LossOptions = {},
): Tensor {
  checkOptions("multilabelMarginLoss", options, kinds.PLAIN);
  sameShapes("multilabelMarginLoss", input, target);
  if (input.rank !== 1 && input.rank !== 2) {
    const hint = "pass [N, C], or [C] for one sample";
    throw core.shapeError("multilabelMarginLoss", "scores must be [N,C] or [C]", [input, target], hint);
  }
  core.requireFloat("multilabelMarginLoss", input);
  core.requireInteger("multilabelMarginLoss", target);
  const classes = input.shape[input.rank - 1]!;
  const scores = core.reshape(input, [-1, classes]);
  const given = core.cast(core.reshape(target, [-1, classes]), "int32");
  const ended = core.cumsum(core.cast(core.lt(given, 0), "int32"), 1);
  const right = core.eq(ended, 0);
  const labels = core.where(right, given, 0);
  core.countIndices("multilabelMarginLoss", labels, classes, { what: "the classes" });
  const own = core.unsqueeze(core.gatherElements(scores, labels, 1), [2]);
  const hits = core.eq(core.unsqueeze(labels, [2]), core.iota([1, 1, classes], 2, "int32"));
  const isRight = core.any(core.and(hits, core.unsqueeze(right, [2])), 1, { keepDims: true });
  const pairs = core.and(core.unsqueeze(right, [2]), core.not(isRight));
  const hinge = atLeastZero(core.add(core.sub(core.unsqueeze(scores, [1]), own), 1));
  const rows = core.div(core.sum(core.where(pairs, hinge, 0), [1, 2]), classes);
  return reduced(core.reshape(rows, input.shape.slice(0, -1)), options.reduction);
}

/** A distance of two tensors, one number per row. */
export type Distance = (a: CoreTensor, b: CoreTensor) => CoreTensor;

/** Options of `tripletMarginWithDistanceLoss`. */
export interface TripletDistanceOptions extends MarginOptions {
  /** `pairwiseDistance` by default. */
  readonly distanceFunction?: Distance | null;
  /** Takes the smaller of the distances of the negative to anchor and positive (Balntas et al. 2016). */
  readonly swap?: boolean;
}

/**
 * max(0, d(anchor, positive) − d(anchor, negative) + margin), d the `distanceFunction`, by default
 * `pairwiseDistance`: tensors of any shapes that d takes, to the shape of its result. Options by default: margin 1,
 * swap false. `reduction` 'mean' (default) or 'sum' -> a scalar, 'none' -> the shape of the distances.
 * @throws {ShapeError} when the tensors have different numbers of axes or do not fit the distance.
 * @throws {DTypeError} when their dtypes do not fit the distance.
 * @throws {ArgumentError} when the margin is not above 0, the distance gives no tensor, or an option or the reduction
 * is unknown.
 * @throws {LifetimeError} when an input was disposed.
 * @see torch.nn.functional.triplet_margin_with_distance_loss, Balntas et al. 2016
 */
export function tripletMarginWithDistanceLoss(
  anchor: CoreTensor,
  positive: CoreTensor,
  negative: CoreTensor,
  options: TripletDistanceOptions = {},
): Tensor {
  checkOptions("tripletMarginWithDistanceLoss", options, kinds.TRIPLET_DISTANCE);
  const { margin = 1, swap = false, reduction } = options;
  checkTensors("tripletMarginWithDistanceLoss", { anchor, positive, negative });
  if (anchor.rank !== positive.rank || anchor.rank !== negative.rank) {
    throw core.shapeError(
      "tripletMarginWithDistanceLoss",
      "the tensors have different numbers of axes",
      [anchor, positive, negative],
      "pass one anchor, one positive and one negative per row",
    );
  }
  const measure = options.distanceFunction ?? pairwiseDistance;
  const distance = (a: CoreTensor, b: CoreTensor): CoreTensor => {
    const d: unknown = measure(a, b);
    if (d instanceof core.Tensor) return d;
    throw core.notTensor("tripletMarginWithDistanceLoss", d, "the distance");
  };
  const near = distance(anchor, positive);
  let apart = distance(anchor, negative);
  if (swap) apart = core.minimum(apart, distance(positive, negative));
  return reduced(atLeastZero(core.sub(core.add(near, margin), apart)), reduction);
}
