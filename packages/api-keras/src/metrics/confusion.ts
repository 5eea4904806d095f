// Metrics of the confusion matrix: counts, precision, recall, F scores, AUC.
import * as core from "@isoform/core";
import {
  ArgumentError,
  ShapeError,
  constructible,
  type Constructible,
  type Tensor as CoreTensor,
} from "@isoform/core";
import {
  NUMBER,
  arrayOf,
  between,
  integer,
  invalid,
  oneOrMore,
  optional,
  requireValue,
} from "../config/values.js";
import type { Config } from "../config/object.js";
import { oneOf, filled } from "../config/options.js";
import { divideNoNan } from "../losses/reduce.js";
import { session } from "../session.js";
import type { Tensor } from "../tensor/tensor.js";
import type { Variable } from "../tensor/variable.js";
import { METRIC, Metric, named, type MetricOptions } from "./metric.js";

type Thresholds = number | readonly number[] | null;
const list = (t: Thresholds, fallback: number): readonly number[] =>
  t === null ? [fallback] : typeof t === "number" ? [t] : t;

interface Counts {
  readonly tp: CoreTensor;
  readonly fp: CoreTensor;
  readonly tn: CoreTensor;
  readonly fn: CoreTensor;
}

/** Weighted counts `[thresholds]` (or `[thresholds, labels]`) of a batch. */
function count(
  yTrue: CoreTensor,
  yPred: CoreTensor,
  weight: CoreTensor | null,
  thresholds: readonly number[],
  perLabel = false,
): Counts {
  const labels = perLabel ? yPred.shape.at(-1)! : 1;
  const flat = (x: CoreTensor) => core.reshape(core.cast(x, "float32"), [1, -1, labels]);
  const truth = core.cast(core.ne(flat(yTrue), 0), "float32");
  const limits = core.tensor([...thresholds], { dtype: "float32", shape: [thresholds.length, 1, 1] });
  const positive = core.cast(core.gt(flat(yPred), limits), "float32");
  const spread = weight === null ? null : core.broadcastTo(rows(weight, yPred), yPred.shape);
  const w = spread === null ? core.full([1, 1, 1], 1) : flat(spread);
  const total = (x: CoreTensor) =>
    core.reshape(core.sum(core.mul(x, w), 1), perLabel ? [thresholds.length, labels] : [thresholds.length]);
  const not = (x: CoreTensor) => core.sub(1, x);
  return {
    tp: total(core.mul(truth, positive)),
    fp: total(core.mul(not(truth), positive)),
    tn: total(core.mul(not(truth), not(positive))),
    fn: total(core.mul(truth, not(positive))),
  };
}

/** One weight per row for all its elements. */
function rows(weight: CoreTensor, like: CoreTensor): CoreTensor {
  const missing = like.rank - weight.rank;
  return missing > 0
    ? core.reshape(weight, [...weight.shape, ...Array.from({ length: missing }, () => 1)])
    : weight;
}

type ThresholdOptions = MetricOptions & { readonly thresholds?: Thresholds };

/** Most thresholds of an AUC: each costs a pass over every batch. */
const MAX_THRESHOLDS = 2 ** 20;

/** Thresholds of counts. */
const SHARES = optional(oneOrMore(between(0, 1)));

abstract class CountMetric extends Metric {
  readonly thresholds: Thresholds;
  readonly #sum: Variable;
  readonly #kind: keyof Counts;
  constructor(owner: string, kind: keyof Counts, options: ThresholdOptions) {
    const { thresholds, ...base } = filled<Required<ThresholdOptions>>(owner, options, {
      ...METRIC,
      thresholds: null,
    });
    requireValue(owner, "thresholds", thresholds, SHARES);
    super(base);
    this.#kind = kind;
    this.thresholds = thresholds;
    this.#sum = this.addVariable("accumulator", [list(this.thresholds, 0.5).length]);
  }
  protected override update(yTrue: Tensor, yPred: Tensor, weight: Tensor | null): void {
    this.#sum.assignAdd(count(yTrue, yPred, weight, list(this.thresholds, 0.5))[this.#kind]);
  }
  protected override compute(): CoreTensor {
    return core.add(this.#sum.size === 1 ? core.reshape(this.#sum, []) : this.#sum, 0);
  }
  override getConfig(): Config {
    return { ...super.getConfig(), thresholds: this.thresholds };
  }
}
class TruePositivesMetric extends CountMetric {
  static override readonly className: string = "TruePositives";
  constructor(options: ThresholdOptions = {}) {
    super("TruePositives", "tp", options);
  }
}
class FalsePositivesMetric extends CountMetric {
  static override readonly className: string = "FalsePositives";
  constructor(options: ThresholdOptions = {}) {
    super("FalsePositives", "fp", options);
  }
}
class TrueNegativesMetric extends CountMetric {
  static override readonly className: string = "TrueNegatives";
  constructor(options: ThresholdOptions = {}) {
    super("TrueNegatives", "tn", options);
  }
}
class FalseNegativesMetric extends CountMetric {
  static override readonly className: string = "FalseNegatives";
  constructor(options: ThresholdOptions = {}) {
    super("FalseNegatives", "fn", options);
  }
}

type RatioOptions = ThresholdOptions & { readonly topK?: number | null; readonly classId?: number | null };

abstract class RatioMetric extends Metric {
  readonly thresholds: Thresholds;
  readonly topK: number | null;
  readonly classId: number | null;
  readonly #hits: Variable;
  readonly #others: Variable;
  readonly #kind: "fp" | "fn";
  constructor(owner: string, kind: "fp" | "fn", options: RatioOptions) {
    const { thresholds, topK, classId, ...base } = filled<Required<RatioOptions>>(owner, options, {
      ...METRIC,
      thresholds: null,
      topK: null,
      classId: null,
    });
    requireValue(owner, "thresholds", thresholds, SHARES);
    super(base);
    this.#kind = kind;
    this.thresholds = thresholds;
    this.topK = topK;
    this.classId = classId;
    const n = list(this.thresholds, 0.5).length;
    this.#hits = this.addVariable("true_positives", [n]);
    this.#others = this.addVariable(kind === "fp" ? "false_positives" : "false_negatives", [n]);
  }
  /** One class of the last axis. */
  #ofClass(x: CoreTensor, id: number): CoreTensor {
    const classes = x.shape.at(-1) ?? 0;
    const at = id < 0 ? id + classes : id;
    if (at >= 0 && at < classes) return core.sliceAxis(x, -1, at, at + 1);
    throw new ArgumentError(`classId is ${id} of ${classes} classes`, {
      code: "argument/invalid",
      op: this.name,
      inputs: [core.describe(x)],
      hint: "use the number of a class, counted from 0",
    });
  }
  protected override update(yTrue: Tensor, yPred: Tensor, weight: Tensor | null): void {
    let [t, p]: [CoreTensor, CoreTensor] = [yTrue, yPred];
    const { topK, classId } = this;
    if (topK !== null) {
      const least = core.min(core.topK(p, topK, { axis: -1, largest: true, sorted: true })[0], -1, {
        keepDims: true,
      });
      p = core.where(core.ge(p, least), p, -Infinity);
    }
    if (classId !== null) [t, p] = [this.#ofClass(t, classId), this.#ofClass(p, classId)];
    const c = count(t, p, weight, list(this.thresholds, topK === null ? 0.5 : -Infinity));
    this.#hits.assignAdd(c.tp);
    this.#others.assignAdd(c[this.#kind]);
  }
  protected override compute(): CoreTensor {
    const ratio = divideNoNan(this.#hits, core.add(this.#hits, this.#others));
    return ratio.size === 1 ? core.reshape(ratio, []) : ratio;
  }
  override getConfig(): Config {
    return { ...super.getConfig(), thresholds: this.thresholds, top_k: this.topK, class_id: this.classId };
  }
}
class PrecisionMetric extends RatioMetric {
  static override readonly className: string = "Precision";
  constructor(options: RatioOptions = {}) {
    super("Precision", "fp", options);
  }
}
class RecallMetric extends RatioMetric {
  static override readonly className: string = "Recall";
  constructor(options: RatioOptions = {}) {
    super("Recall", "fn", options);
  }
}

/** Options of `AUC`. */
export interface AUCOptions extends MetricOptions {
  readonly numThresholds?: number;
  readonly curve?: "ROC" | "PR";
  readonly summationMethod?: "interpolation" | "minoring" | "majoring";
  readonly thresholds?: readonly number[] | null;
  readonly multiLabel?: boolean;
  readonly numLabels?: number | null;
  readonly labelWeights?: readonly number[] | null;
  readonly fromLogits?: boolean;
}
class AUCMetric extends Metric {
  static override readonly className: string = "AUC";
  readonly options: Required<Omit<AUCOptions, "name" | "dtype">>;
  readonly #limits: readonly number[];
  #counts: Record<keyof Counts, Variable> | null = null;
  constructor(options: AUCOptions = {}) {
    const defaults: Required<AUCOptions> = {
      ...METRIC,
      numThresholds: 200,
      curve: "ROC",
      summationMethod: "interpolation",
      thresholds: null,
      multiLabel: false,
      numLabels: null,
      labelWeights: null,
      fromLogits: false,
    };
    const { name, dtype, ...own } = filled("AUC", options, defaults);
    oneOf("AUC", "curve", own.curve, ["ROC", "PR"]);
    oneOf("AUC", "summationMethod", own.summationMethod, ["interpolation", "minoring", "majoring"]);
    requireValue("AUC", "numThresholds", own.numThresholds, {
      test: (v) => integer(2).test(v) && Number(v) <= MAX_THRESHOLDS,
      hint: `use an integer from 2 to ${MAX_THRESHOLDS}`,
    });
    if (own.thresholds !== null) requireValue("AUC", "thresholds", own.thresholds, arrayOf(NUMBER));
    if (own.numLabels !== null && !own.multiLabel)
      throw invalid("AUC", "numLabels", own.numLabels, "leave it out, or set multiLabel");
    super({ name, dtype });
    this.options = own;
    const n = this.options.numThresholds;
    const inner = this.options.thresholds
      ? [...this.options.thresholds].sort((a, b) => a - b)
      : Array.from({ length: n - 2 }, (_, i) => (i + 1) / (n - 1));
    this.#limits = [-session.epsilon, ...inner, 1 + session.epsilon];
    if (!this.options.multiLabel) this.#build(1);
  }
  #build(labels: number): void {
    const shape = this.options.multiLabel ? [this.#limits.length, labels] : [this.#limits.length];
    this.#counts = {
      tp: this.addVariable("true_positives", shape),
      tn: this.addVariable("true_negatives", shape),
      fp: this.addVariable("false_positives", shape),
      fn: this.addVariable("false_negatives", shape),
    };
  }
  protected override update(yTrue: Tensor, yPred: Tensor, weight: Tensor | null): void {
    if (this.#counts === null) this.#build(yPred.shape.at(-1)!);
    const p = this.options.fromLogits ? core.sigmoid(yPred) : yPred;
    const c = count(yTrue, p, weight, this.#limits, this.options.multiLabel);
    for (const kind of ["tp", "tn", "fp", "fn"] as const) this.#counts![kind].assignAdd(c[kind]);
  }
  protected override compute(): CoreTensor {
    if (this.#counts === null) return core.zeros([]);
    const { tp, tn, fp, fn } = this.#counts;
    const { curve, summationMethod: method, labelWeights } = this.options;
    const head = (x: CoreTensor) => core.sliceAxis(x, 0, 0, -1);
    const tail = (x: CoreTensor) => core.sliceAxis(x, 0, 1);
    const area = curve === "PR" && method === "interpolation" ? this.#precisionRecall(tp, fp, fn) : null;
    let perLabel = area;
    if (perLabel === null) {
      const recall = divideNoNan(tp, core.add(tp, fn));
      const [x, y] =
        curve === "ROC"
          ? [divideNoNan(fp, core.add(fp, tn)), recall]
          : [recall, divideNoNan(tp, core.add(tp, fp))];
      const heights =
        method === "interpolation"
          ? core.div(core.add(head(y), tail(y)), 2)
          : method === "minoring"
            ? core.minimum(head(y), tail(y))
            : core.maximum(head(y), tail(y));
      perLabel = core.sum(core.mul(core.sub(head(x), tail(x)), heights), 0);
    }
    if (perLabel.rank === 0) return perLabel;
    if (labelWeights === null) return core.mean(perLabel);
    const w = core.tensor([...labelWeights]);
    return divideNoNan(core.sum(core.mul(perLabel, w)), core.sum(w));
  }
  /** Area under the curve with precision interpolated by counts (Davis and Goadrich 2006). */
  #precisionRecall(tp: CoreTensor, fp: CoreTensor, fn: CoreTensor): CoreTensor {
    const head = (x: CoreTensor) => core.sliceAxis(x, 0, 0, -1);
    const tail = (x: CoreTensor) => core.sliceAxis(x, 0, 1);
    const dtp = core.sub(head(tp), tail(tp));
    const p = core.add(tp, fp);
    const dp = core.sub(head(p), tail(p));
    const slope = divideNoNan(dtp, core.maximum(dp, 0));
    const intercept = core.sub(tail(tp), core.mul(slope, tail(p)));
    const safe = core.and(core.gt(head(p), 0), core.gt(tail(p), 0));
    const ratio = core.where(safe, divideNoNan(head(p), core.maximum(tail(p), 0)), 1);
    const steps = core.mul(slope, core.add(dtp, core.mul(intercept, core.log(ratio))));
    return core.sum(divideNoNan(steps, core.maximum(core.add(tail(tp), tail(fn)), 0)), 0);
  }
  override getConfig(): Config {
    const o = this.options;
    return {
      ...super.getConfig(),
      num_thresholds: o.numThresholds,
      curve: o.curve,
      summation_method: o.summationMethod,
      multi_label: o.multiLabel,
      num_labels: o.numLabels,
      label_weights: o.labelWeights,
      from_logits: o.fromLogits,
    };
  }
}

/** Options of F scores. */
export interface FBetaOptions extends MetricOptions {
  readonly average?: "micro" | "macro" | "weighted" | null;
  readonly beta?: number;
  readonly threshold?: number | null;
}
class FBetaScoreMetric extends Metric {
  static override readonly className: string = "FBetaScore";
  readonly average: "micro" | "macro" | "weighted" | null;
  readonly beta: number;
  readonly threshold: number | null;
  #state: { tp: Variable; fp: Variable; fn: Variable; weights: Variable } | null = null;
  constructor(options: FBetaOptions = {}) {
    const defaults: Required<FBetaOptions> = { ...METRIC, average: null, beta: 1, threshold: null };
    const owner = new.target.className;
    const { average, beta, threshold, ...base } = filled(owner, options, defaults);
    if (average !== null) oneOf(owner, "average", average, ["micro", "macro", "weighted"]);
    const above0 = { test: (v: unknown) => Number(v) > 0, hint: "use a number above 0" };
    requireValue(owner, "beta", beta, above0);
    if (threshold !== null && !(threshold > 0 && threshold <= 1))
      throw invalid(owner, "threshold", threshold, "use a number above 0, of at most 1");
    super(named("fbeta_score", base));
    this.average = average;
    this.beta = beta;
    this.threshold = threshold;
  }
  protected override update(yTrue: Tensor, yPred: Tensor, weight: Tensor | null): void {
    if (yPred.rank !== 2 || yTrue.rank !== 2 || yPred.shape[1] !== yTrue.shape[1]) {
      throw new ShapeError("targets and predictions are matrices, one column per class", {
        code: "shape/rank",
        op: `metric ${JSON.stringify(this.name)}`,
        inputs: [`targets ${core.describe(yTrue)}`, `predictions ${core.describe(yPred)}`],
        hint:
          yPred.rank === 2 && yPred.shape[1]! > 1
            ? "labels become rows of zeros and a one by keras.utils.toCategorical(labels, classes), with the loss categorical_crossentropy"
            : "pass both as [batch, classes]: the labels of one column are [[0], [1]]",
      });
    }
    const classes = yPred.shape.at(-1)!;
    const shape = this.average === "micro" ? [] : [classes];
    this.#state ??= {
      tp: this.addVariable("true_positives", shape),
      fp: this.addVariable("false_positives", shape),
      fn: this.addVariable("false_negatives", shape),
      weights: this.addVariable("intermediate_weights", shape),
    };
    const hit =
      this.threshold === null
        ? core.and(core.eq(yPred, core.max(yPred, -1, { keepDims: true })), core.gt(core.abs(yPred), 1e-9))
        : core.gt(yPred, this.threshold);
    const [t, p] = [core.cast(yTrue, "float32"), core.cast(hit, "float32")];
    const axis = this.average === "micro" ? undefined : 0;
    const total = (x: CoreTensor) => core.sum(weight === null ? x : core.mul(x, rows(weight, x)), axis);
    const s = this.#state;
    s.tp.assignAdd(total(core.mul(t, p)));
    s.fp.assignAdd(total(core.mul(p, core.sub(1, t))));
    s.fn.assignAdd(total(core.mul(core.sub(1, p), t)));
    s.weights.assignAdd(total(t));
  }
  protected override compute(): CoreTensor {
    const s = this.#state;
    if (s === null) return core.zeros([]);
    const precision = divideNoNan(s.tp, core.add(s.tp, s.fp));
    const recall = divideNoNan(s.tp, core.add(s.tp, s.fn));
    const square = this.beta ** 2;
    const product = core.mul(core.mul(precision, recall), 1 + square);
    const score = divideNoNan(product, core.add(core.mul(precision, square), recall));
    if (this.average === "macro") return core.mean(score);
    if (this.average === "weighted")
      return core.sum(core.mul(score, divideNoNan(s.weights, core.sum(s.weights))));
    return score;
  }
  override getConfig(): Config {
    return { ...super.getConfig(), average: this.average, beta: this.beta, threshold: this.threshold };
  }
}
class F1ScoreMetric extends FBetaScoreMetric {
  static override readonly className: string = "F1Score";
  constructor(options: Omit<FBetaOptions, "beta"> = {}) {
    const defaults: Required<Omit<FBetaOptions, "beta">> = { ...METRIC, average: null, threshold: null };
    const own = filled("F1Score", options, defaults);
    super({ ...own, name: own.name ?? "f1_score" });
  }
  override getConfig(): Config {
    const { beta: _beta, ...config } = super.getConfig();
    return config;
  }
}

/**
 * Number of positives predicted as such, at one or several thresholds (0.5): a scalar, `[thresholds]` when
 * several are given; targets and predictions have equal numbers of elements.
 * @throws {ArgumentError} when an option is unknown or a threshold is not from 0 to 1
 * @throws {ShapeError} when targets, predictions or sample weights do not fit each other
 * @see keras.metrics.TruePositives
 */
export const TruePositives: Constructible<typeof TruePositivesMetric> =
  /* @__PURE__ */ constructible(TruePositivesMetric);
/**
 * Number of negatives predicted as positives: a scalar, `[thresholds]` when several are given; targets and
 * predictions have equal numbers of elements.
 * @throws {ArgumentError} when an option is unknown or a threshold is not from 0 to 1
 * @throws {ShapeError} when targets, predictions or sample weights do not fit each other
 * @see keras.metrics.FalsePositives
 */
export const FalsePositives: Constructible<typeof FalsePositivesMetric> =
  /* @__PURE__ */ constructible(FalsePositivesMetric);
/**
 * Number of negatives predicted as such: a scalar, `[thresholds]` when several are given; targets and
 * predictions have equal numbers of elements.
 * @throws {ArgumentError} when an option is unknown or a threshold is not from 0 to 1
 * @throws {ShapeError} when targets, predictions or sample weights do not fit each other
 * @see keras.metrics.TrueNegatives
 */
export const TrueNegatives: Constructible<typeof TrueNegativesMetric> =
  /* @__PURE__ */ constructible(TrueNegativesMetric);
/**
 * Number of positives predicted as negatives: a scalar, `[thresholds]` when several are given; targets and
 * predictions have equal numbers of elements.
 * @throws {ArgumentError} when an option is unknown or a threshold is not from 0 to 1
 * @throws {ShapeError} when targets, predictions or sample weights do not fit each other
 * @see keras.metrics.FalseNegatives
 */
export const FalseNegatives: Constructible<typeof FalseNegativesMetric> =
  /* @__PURE__ */ constructible(FalseNegativesMetric);
/**
 * Share of predicted positives that are positive: a scalar, `[thresholds]` when several are given; of the
 * `topK` greatest predictions of a row, or of one class with `classId`.
 * @throws {ArgumentError} when an option is unknown, a threshold is not from 0 to 1, there is no class
 *   `classId`, or `topK` is given for scalars
 * @throws {ShapeError} when targets, predictions or sample weights do not fit each other, or there are fewer
 *   than `topK` classes
 * @see keras.metrics.Precision
 */
export const Precision: Constructible<typeof PrecisionMetric> =
  /* @__PURE__ */ constructible(PrecisionMetric);
/**
 * Share of positives that are predicted: a scalar, `[thresholds]` when several are given; of the `topK`
 * greatest predictions of a row, or of one class with `classId`.
 * @throws {ArgumentError} when an option is unknown, a threshold is not from 0 to 1, there is no class
 *   `classId`, or `topK` is given for scalars
 * @throws {ShapeError} when targets, predictions or sample weights do not fit each other, or there are fewer
 *   than `topK` classes
 * @see keras.metrics.Recall
 */
export const Recall: Constructible<typeof RecallMetric> = /* @__PURE__ */ constructible(RecallMetric);
/**
 * Area under the ROC or precision-recall curve, from counts at fixed thresholds: a scalar. With `multiLabel`
 * the mean of the areas of the labels on the last axis, weighted by `labelWeights`.
 * @throws {ArgumentError} when an option is unknown, `curve` or `summationMethod` is not one of its values,
 *   `numThresholds` is below 2, or `numLabels` is given without `multiLabel`
 * @throws {ShapeError} when targets, predictions, sample or label weights do not fit each other
 * @see keras.metrics.AUC
 */
export const AUC: Constructible<typeof AUCMetric> = /* @__PURE__ */ constructible(AUCMetric);
/**
 * Weighted harmonic mean of precision and recall: targets and predictions `[N, classes]` to `[classes]`, or
 * to a scalar with `average`.
 * @throws {ArgumentError} when an option is unknown, `average` is not one of its values, `beta` is
 *   not above 0, or `threshold` is not above 0 and at most 1
 * @throws {ShapeError} when targets, predictions or sample weights do not fit each other, or are no matrices
 * @see keras.metrics.FBetaScore
 */
export const FBetaScore: Constructible<typeof FBetaScoreMetric> =
  /* @__PURE__ */ constructible(FBetaScoreMetric);
/**
 * Harmonic mean of precision and recall: targets and predictions `[N, classes]` to `[classes]`, or to a
 * scalar with `average`.
 * @throws {ArgumentError} when an option is unknown, `average` is not one of its values, or `threshold`
 *   is not above 0 and at most 1
 * @throws {ShapeError} when targets, predictions or sample weights do not fit each other, or are no matrices
 * @see keras.metrics.F1Score
 */
export const F1Score: Constructible<typeof F1ScoreMetric> = /* @__PURE__ */ constructible(F1ScoreMetric);
