// Metrics that are means of a function per sample, and their relatives.
import * as core from "@isoform/core";
import { constructible, type Constructible } from "@isoform/core";
import { filled } from "../config/options.js";
import * as losses from "../losses/functions.js";
import { sameRank } from "../losses/reduce.js";
import { toTensor, type TensorLike } from "../tensor/like.js";
import * as accuracies from "./accuracy.js";
import {
  METRIC,
  MeanMetric,
  MeanMetricWrapper,
  SumMetric,
  named,
  type MetricFn,
  type MetricOptions,
  type UpdateOptions,
} from "./metric.js";

abstract class Named extends MeanMetricWrapper {
  constructor(
    owner: string,
    name: string,
    options: MetricOptions,
    make: (own: Record<string, unknown>) => MetricFn,
    defaults: object = {},
  ) {
    const { name: given, dtype, ...own } = filled(owner, options, { ...METRIC, ...defaults });
    super(make(own), { name: given ?? name, dtype }, own);
  }
}

class AccuracyMetric extends Named {
  static override readonly className: string = "Accuracy";
  constructor(options: MetricOptions = {}) {
    super("Accuracy", "accuracy", options, () => accuracies.accuracy);
  }
}
class BinaryAccuracyMetric extends Named {
  static override readonly className: string = "BinaryAccuracy";
  constructor(options: MetricOptions & { readonly threshold?: number } = {}) {
    super(
      "BinaryAccuracy",
      "binary_accuracy",
      options,
      (o) => (t, p) => accuracies.binaryAccuracy(t, p, Number(o["threshold"])),
      {
        threshold: 0.5,
      },
    );
  }
}
class CategoricalAccuracyMetric extends Named {
  static override readonly className: string = "CategoricalAccuracy";
  constructor(options: MetricOptions = {}) {
    super("CategoricalAccuracy", "categorical_accuracy", options, () => accuracies.categoricalAccuracy);
  }
}
class SparseCategoricalAccuracyMetric extends Named {
  static override readonly className: string = "SparseCategoricalAccuracy";
  constructor(options: MetricOptions = {}) {
    super(
      "SparseCategoricalAccuracy",
      "sparse_categorical_accuracy",
      options,
      () => accuracies.sparseCategoricalAccuracy,
    );
  }
}
class TopKCategoricalAccuracyMetric extends Named {
  static override readonly className: string = "TopKCategoricalAccuracy";
  constructor(options: MetricOptions & { readonly k?: number } = {}) {
    const make =
      (o: Record<string, unknown>): MetricFn =>
      (t, p) =>
        accuracies.topKCategoricalAccuracy(t, p, Number(o["k"]));
    super("TopKCategoricalAccuracy", "top_k_categorical_accuracy", options, make, { k: 5 });
  }
}
class SparseTopKMetric extends Named {
  static override readonly className: string = "SparseTopKCategoricalAccuracy";
  constructor(options: MetricOptions & { readonly k?: number } = {}) {
    const make =
      (o: Record<string, unknown>): MetricFn =>
      (t, p) =>
        accuracies.sparseTopKCategoricalAccuracy(t, p, Number(o["k"]));
    super("SparseTopKCategoricalAccuracy", "sparse_top_k_categorical_accuracy", options, make, { k: 5 });
  }
}
class MeanSquaredErrorMetric extends Named {
  static override readonly className: string = "MeanSquaredError";
  constructor(options: MetricOptions = {}) {
    super("MeanSquaredError", "mean_squared_error", options, () => losses.meanSquaredError);
  }
}
class MeanAbsoluteErrorMetric extends Named {
  static override readonly className: string = "MeanAbsoluteError";
  constructor(options: MetricOptions = {}) {
    super("MeanAbsoluteError", "mean_absolute_error", options, () => losses.meanAbsoluteError);
  }
}
class MeanAbsolutePercentageErrorMetric extends Named {
  static override readonly className: string = "MeanAbsolutePercentageError";
  constructor(options: MetricOptions = {}) {
    super(
      "MeanAbsolutePercentageError",
      "mean_absolute_percentage_error",
      options,
      () => losses.meanAbsolutePercentageError,
    );
  }
}
class MeanSquaredLogarithmicErrorMetric extends Named {
  static override readonly className: string = "MeanSquaredLogarithmicError";
  constructor(options: MetricOptions = {}) {
    super(
      "MeanSquaredLogarithmicError",
      "mean_squared_logarithmic_error",
      options,
      () => losses.meanSquaredLogarithmicError,
    );
  }
}
class LogCoshErrorMetric extends Named {
  static override readonly className: string = "LogCoshError";
  constructor(options: MetricOptions = {}) {
    super("LogCoshError", "logcosh", options, () => losses.logCosh);
  }
}
class CosineSimilarityMetric extends Named {
  static override readonly className: string = "CosineSimilarity";
  constructor(options: MetricOptions & { readonly axis?: number } = {}) {
    const make =
      (o: Record<string, unknown>): MetricFn =>
      (t, p) =>
        core.neg(losses.cosineSimilarity(t, p, { axis: Number(o["axis"]) }));
    super("CosineSimilarity", "cosine_similarity", options, make, { axis: -1 });
  }
}
class HingeMetric extends Named {
  static override readonly className: string = "Hinge";
  constructor(options: MetricOptions = {}) {
    super("Hinge", "hinge", options, () => losses.hinge);
  }
}
class SquaredHingeMetric extends Named {
  static override readonly className: string = "SquaredHinge";
  constructor(options: MetricOptions = {}) {
    super("SquaredHinge", "squared_hinge", options, () => losses.squaredHinge);
  }
}
class CategoricalHingeMetric extends Named {
  static override readonly className: string = "CategoricalHinge";
  constructor(options: MetricOptions = {}) {
    super("CategoricalHinge", "categorical_hinge", options, () => losses.categoricalHinge);
  }
}
class KLDivergenceMetric extends Named {
  static override readonly className: string = "KLDivergence";
  constructor(options: MetricOptions = {}) {
    super("KLDivergence", "kl_divergence", options, () => losses.klDivergence);
  }
}
class PoissonMetric extends Named {
  static override readonly className: string = "Poisson";
  constructor(options: MetricOptions = {}) {
    super("Poisson", "poisson", options, () => losses.poisson);
  }
}
class BinaryCrossentropyMetric extends Named {
  static override readonly className: string = "BinaryCrossentropy";
  constructor(
    options: MetricOptions & Pick<losses.CrossentropyOptions, "fromLogits" | "labelSmoothing"> = {},
  ) {
    const make =
      (o: object): MetricFn =>
      (t, p) =>
        losses.binaryCrossentropy(t, p, o);
    super("BinaryCrossentropy", "binary_crossentropy", options, make, {
      fromLogits: false,
      labelSmoothing: 0,
    });
  }
}
class CategoricalCrossentropyMetric extends Named {
  static override readonly className: string = "CategoricalCrossentropy";
  constructor(options: MetricOptions & losses.CrossentropyOptions = {}) {
    const make =
      (o: object): MetricFn =>
      (t, p) =>
        losses.categoricalCrossentropy(t, p, o);
    super("CategoricalCrossentropy", "categorical_crossentropy", options, make, {
      fromLogits: false,
      labelSmoothing: 0,
      axis: -1,
    });
  }
}
class SparseCategoricalCrossentropyMetric extends Named {
  static override readonly className: string = "SparseCategoricalCrossentropy";
  constructor(
    options: MetricOptions & {
      readonly fromLogits?: boolean;
      readonly ignoreClass?: number | null;
      readonly axis?: number;
    } = {},
  ) {
    const make =
      (o: object): MetricFn =>
      (t, p) =>
        losses.sparseCategoricalCrossentropy(t, p, o);
    super("SparseCategoricalCrossentropy", "sparse_categorical_crossentropy", options, make, {
      fromLogits: false,
      ignoreClass: null,
      axis: -1,
    });
  }
}

class RootMeanSquaredErrorMetric extends MeanMetric {
  static override readonly className: string = "RootMeanSquaredError";
  constructor(options: MetricOptions = {}) {
    super(named("root_mean_squared_error", options));
  }
  override updateState(
    yTrue: TensorLike,
    yPred?: TensorLike | UpdateOptions,
    options: UpdateOptions = {},
  ): void {
    const weight = this.sampleWeight(options);
    core.noGrad(() =>
      core.scope(() => {
        const [t, p] = sameRank(core.cast(toTensor(yTrue), "float32"), toTensor(yPred as TensorLike));
        this.add(core.square(core.sub(p, t)), weight, null);
      }),
    );
  }
  protected override compute(): core.Tensor {
    return core.sqrt(super.compute());
  }
}

/**
 * Mean of values of any shape, a scalar: `updateState(values, { sampleWeight })`.
 * @throws {ArgumentError} when an option is unknown
 * @throws {ShapeError} when the weights do not broadcast with the values
 * @see keras.metrics.Mean
 */
export const Mean: Constructible<typeof MeanMetric> = /* @__PURE__ */ constructible(MeanMetric);
/**
 * Sum of values of any shape, a scalar: `updateState(values, { sampleWeight })`.
 * @throws {ArgumentError} when an option is unknown
 * @throws {ShapeError} when the weights do not broadcast with the values
 * @see keras.metrics.Sum
 */
export const Sum: Constructible<typeof SumMetric> = /* @__PURE__ */ constructible(SumMetric);
/**
 * Share of predictions equal to the targets: targets and predictions `[N, ...]` to a scalar.
 * @throws {ArgumentError} when an option is unknown
 * @throws {ShapeError} when targets, predictions or sample weights do not fit each other
 * @see keras.metrics.Accuracy
 */
export const Accuracy: Constructible<typeof AccuracyMetric> = /* @__PURE__ */ constructible(AccuracyMetric);
/**
 * Share of elements on the right side of `threshold` (0.5): targets and predictions `[N, ...]` to a scalar.
 * @throws {ArgumentError} when an option is unknown
 * @throws {ShapeError} when targets, predictions or sample weights do not fit each other
 * @see keras.metrics.BinaryAccuracy
 */
export const BinaryAccuracy: Constructible<typeof BinaryAccuracyMetric> =
  /* @__PURE__ */ constructible(BinaryAccuracyMetric);
/**
 * Share of rows whose greatest prediction is the one-hot class: targets and predictions `[..., classes]` to a
 * scalar.
 * @throws {ArgumentError} when an option is unknown
 * @throws {ShapeError} when targets, predictions or sample weights do not fit each other
 * @see keras.metrics.CategoricalAccuracy
 */
export const CategoricalAccuracy: Constructible<typeof CategoricalAccuracyMetric> =
  /* @__PURE__ */ constructible(CategoricalAccuracyMetric);
/**
 * Share of rows whose greatest prediction is the class number: targets `[...]` and predictions
 * `[..., classes]` to a scalar.
 * @throws {ArgumentError} when an option is unknown
 * @throws {ShapeError} when targets, predictions or sample weights do not fit each other
 * @see keras.metrics.SparseCategoricalAccuracy
 */
export const SparseCategoricalAccuracy: Constructible<typeof SparseCategoricalAccuracyMetric> =
  /* @__PURE__ */ constructible(SparseCategoricalAccuracyMetric);
/**
 * Share of rows with the one-hot class among the `k` (5) greatest predictions: targets and predictions
 * `[..., classes]` to a scalar.
 * @throws {ArgumentError} when an option is unknown
 * @throws {ShapeError} when targets, predictions or sample weights do not fit each other
 * @see keras.metrics.TopKCategoricalAccuracy
 */
export const TopKCategoricalAccuracy: Constructible<typeof TopKCategoricalAccuracyMetric> =
  /* @__PURE__ */ constructible(TopKCategoricalAccuracyMetric);
/**
 * Share of rows with the class number among the `k` (5) greatest predictions: targets `[...]` and predictions
 * `[..., classes]` to a scalar.
 * @throws {ArgumentError} when an option is unknown
 * @throws {ShapeError} when targets, predictions or sample weights do not fit each other
 * @see keras.metrics.SparseTopKCategoricalAccuracy
 */
export const SparseTopKCategoricalAccuracy: Constructible<typeof SparseTopKMetric> =
  /* @__PURE__ */ constructible(SparseTopKMetric);
/**
 * Mean of (yTrue − yPred)²: targets and predictions `[N, ...]` to a scalar.
 * @throws {ArgumentError} when an option is unknown
 * @throws {ShapeError} when targets, predictions or sample weights do not fit each other
 * @see keras.metrics.MeanSquaredError
 */
export const MeanSquaredError: Constructible<typeof MeanSquaredErrorMetric> =
  /* @__PURE__ */ constructible(MeanSquaredErrorMetric);
/**
 * Root of the mean of squares over all elements: targets and predictions `[N, ...]` to a scalar.
 * @throws {ArgumentError} when an option is unknown
 * @throws {ShapeError} when targets, predictions or sample weights do not fit each other
 * @see keras.metrics.RootMeanSquaredError
 */
export const RootMeanSquaredError: Constructible<typeof RootMeanSquaredErrorMetric> =
  /* @__PURE__ */ constructible(RootMeanSquaredErrorMetric);
/**
 * Mean of |yTrue − yPred|: targets and predictions `[N, ...]` to a scalar.
 * @throws {ArgumentError} when an option is unknown
 * @throws {ShapeError} when targets, predictions or sample weights do not fit each other
 * @see keras.metrics.MeanAbsoluteError
 */
export const MeanAbsoluteError: Constructible<typeof MeanAbsoluteErrorMetric> =
  /* @__PURE__ */ constructible(MeanAbsoluteErrorMetric);
/**
 * 100 times the mean of |yTrue − yPred| / |yTrue|, percent: targets and predictions `[N, ...]` to a scalar.
 * @throws {ArgumentError} when an option is unknown
 * @throws {ShapeError} when targets, predictions or sample weights do not fit each other
 * @see keras.metrics.MeanAbsolutePercentageError
 */
export const MeanAbsolutePercentageError: Constructible<typeof MeanAbsolutePercentageErrorMetric> =
  /* @__PURE__ */ constructible(MeanAbsolutePercentageErrorMetric);
/**
 * Mean of squared differences of log(1 + x): targets and predictions `[N, ...]` to a scalar.
 * @throws {ArgumentError} when an option is unknown
 * @throws {ShapeError} when targets, predictions or sample weights do not fit each other
 * @see keras.metrics.MeanSquaredLogarithmicError
 */
export const MeanSquaredLogarithmicError: Constructible<typeof MeanSquaredLogarithmicErrorMetric> =
  /* @__PURE__ */ constructible(MeanSquaredLogarithmicErrorMetric);
/**
 * Mean of log(cosh(yPred − yTrue)): targets and predictions `[N, ...]` to a scalar.
 * @throws {ArgumentError} when an option is unknown
 * @throws {ShapeError} when targets, predictions or sample weights do not fit each other
 * @see keras.metrics.LogCoshError
 */
export const LogCoshError: Constructible<typeof LogCoshErrorMetric> =
  /* @__PURE__ */ constructible(LogCoshErrorMetric);
/**
 * Mean cosine of the angle along `axis` (−1); the loss is its negative: targets and predictions `[N, ...]` to
 * a scalar.
 * @throws {ArgumentError} when an option is unknown or the axis is out of range
 * @throws {ShapeError} when targets, predictions or sample weights do not fit each other
 * @see keras.metrics.CosineSimilarity
 */
export const CosineSimilarity: Constructible<typeof CosineSimilarityMetric> =
  /* @__PURE__ */ constructible(CosineSimilarityMetric);
/**
 * Mean hinge loss: targets and predictions `[N, ...]` to a scalar.
 * @throws {ArgumentError} when an option is unknown
 * @throws {ShapeError} when targets, predictions or sample weights do not fit each other
 * @see keras.metrics.Hinge
 */
export const Hinge: Constructible<typeof HingeMetric> = /* @__PURE__ */ constructible(HingeMetric);
/**
 * Mean squared hinge loss: targets and predictions `[N, ...]` to a scalar.
 * @throws {ArgumentError} when an option is unknown
 * @throws {ShapeError} when targets, predictions or sample weights do not fit each other
 * @see keras.metrics.SquaredHinge
 */
export const SquaredHinge: Constructible<typeof SquaredHingeMetric> =
  /* @__PURE__ */ constructible(SquaredHingeMetric);
/**
 * Mean categorical hinge loss: one-hot targets and predictions `[..., classes]` to a scalar.
 * @throws {ArgumentError} when an option is unknown
 * @throws {ShapeError} when targets, predictions or sample weights do not fit each other
 * @see keras.metrics.CategoricalHinge
 */
export const CategoricalHinge: Constructible<typeof CategoricalHingeMetric> =
  /* @__PURE__ */ constructible(CategoricalHingeMetric);
/**
 * Mean Kullback-Leibler divergence, in nats: targets and predictions `[..., classes]` to a scalar.
 * @throws {ArgumentError} when an option is unknown
 * @throws {ShapeError} when targets, predictions or sample weights do not fit each other
 * @see keras.metrics.KLDivergence
 */
export const KLDivergence: Constructible<typeof KLDivergenceMetric> =
  /* @__PURE__ */ constructible(KLDivergenceMetric);
/**
 * Mean Poisson loss: targets and predictions `[N, ...]` to a scalar.
 * @throws {ArgumentError} when an option is unknown
 * @throws {ShapeError} when targets, predictions or sample weights do not fit each other
 * @see keras.metrics.Poisson
 */
export const Poisson: Constructible<typeof PoissonMetric> = /* @__PURE__ */ constructible(PoissonMetric);
/**
 * Mean binary cross entropy, in nats: targets and predictions `[N, ...]` to a scalar.
 * @throws {ArgumentError} when an option is unknown
 * @throws {ShapeError} when targets, predictions or sample weights do not fit each other
 * @see keras.metrics.BinaryCrossentropy
 */
export const BinaryCrossentropy: Constructible<typeof BinaryCrossentropyMetric> =
  /* @__PURE__ */ constructible(BinaryCrossentropyMetric);
/**
 * Mean categorical cross entropy, in nats: targets and predictions `[..., classes]` to a scalar.
 * @throws {ArgumentError} when an option is unknown or the axis is out of range
 * @throws {ShapeError} when targets, predictions or sample weights do not fit each other
 * @see keras.metrics.CategoricalCrossentropy
 */
export const CategoricalCrossentropy: Constructible<typeof CategoricalCrossentropyMetric> =
  /* @__PURE__ */ constructible(CategoricalCrossentropyMetric);
/**
 * Mean categorical cross entropy for class numbers, in nats: targets `[...]` and predictions `[..., classes]`
 * to a scalar.
 * @throws {ArgumentError} when an option is unknown, `axis` is not the last one, or a class does not exist,
 *   on devices that are read at once
 * @throws {ShapeError} when targets, predictions or sample weights do not fit each other
 * @see keras.metrics.SparseCategoricalCrossentropy
 */
export const SparseCategoricalCrossentropy: Constructible<typeof SparseCategoricalCrossentropyMetric> =
  /* @__PURE__ */ constructible(SparseCategoricalCrossentropyMetric);
