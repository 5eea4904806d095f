// keras.metrics: all metrics, and their names in options and configs.
import { type Tensor as CoreTensor } from "@isoform/core";
import { lookUpClass } from "../config/custom.js";
import {
  camelKeys,
  functionNameOf,
  isObjectConfig,
  lookUp,
  notNamed,
  objectConfig,
  tableName,
  type ObjectConfig,
} from "../config/object.js";
import * as losses from "../losses/functions.js";
import * as accuracies from "./accuracy.js";
import * as classes from "./classes.js";
import * as confusion from "./confusion.js";
import { MeanMetricWrapper, Metric, type MetricFn } from "./metric.js";

export * from "./accuracy.js";
export * from "./classes.js";
export * from "./confusion.js";
export { MeanMetricWrapper, Metric, type MetricOptions } from "./metric.js";

/** A metric: a name (`"accuracy"`), an instance, a function of targets and predictions, or a record of a config. */
export type MetricLike = string | Metric | ((yTrue: never, yPred: never) => CoreTensor) | ObjectConfig;
type MetricClass = new (options?: never) => Metric;

function classTable(): Readonly<Record<string, MetricClass>> {
  return { ...classes, ...confusion };
}

function functionTable(): Readonly<Record<string, MetricFn>> {
  return {
    accuracy: accuracies.accuracy,
    binary_accuracy: accuracies.binaryAccuracy,
    categorical_accuracy: accuracies.categoricalAccuracy,
    sparse_categorical_accuracy: accuracies.sparseCategoricalAccuracy,
    top_k_categorical_accuracy: accuracies.topKCategoricalAccuracy,
    sparse_top_k_categorical_accuracy: accuracies.sparseTopKCategoricalAccuracy,
    mse: losses.meanSquaredError,
    mean_squared_error: losses.meanSquaredError,
    mae: losses.meanAbsoluteError,
    mean_absolute_error: losses.meanAbsoluteError,
    mape: losses.meanAbsolutePercentageError,
    mean_absolute_percentage_error: losses.meanAbsolutePercentageError,
    msle: losses.meanSquaredLogarithmicError,
    mean_squared_logarithmic_error: losses.meanSquaredLogarithmicError,
    log_cosh: losses.logCosh,
    huber: losses.huber,
    hinge: losses.hinge,
    squared_hinge: losses.squaredHinge,
    categorical_hinge: losses.categoricalHinge,
    kl_divergence: losses.klDivergence,
    poisson: losses.poisson,
    binary_crossentropy: losses.binaryCrossentropy,
    categorical_crossentropy: losses.categoricalCrossentropy,
    sparse_categorical_crossentropy: losses.sparseCategoricalCrossentropy,
  };
}

/**
 * A metric by name, instance, class, function or record.
 * @throws {ArgumentError} when the name (with a suggestion) or an option of the record is unknown, or the
 *   value is not a metric
 * @see keras.metrics.get
 */
export function get(like: MetricLike): Metric {
  if (like instanceof Metric) return like;
  if (isClass(like)) return construct(like, {});
  if (typeof like === "function")
    return new MeanMetricWrapper(like as MetricFn, { name: like.name || "metric" });
  if (typeof like === "string") {
    const fn = functionTable();
    if (Object.hasOwn(fn, like)) return new MeanMetricWrapper(fn[like]!, { name: like });
    return construct(lookUp("metric", like, { ...classTable(), ...stubs() }), {});
  }
  if (isObjectConfig(like)) {
    const custom = lookUpClass(like, isClass);
    return construct(custom ?? lookUp("metric", like.class_name, classTable()), camelKeys(like.config));
  }
  throw notNamed("metric", like);
}

/** Names by which classes are also known. */
function stubs(): Readonly<Record<string, MetricClass>> {
  return { auc: confusion.AUC, rmse: classes.RootMeanSquaredError };
}

function construct(Class: MetricClass, options: Record<string, unknown>): Metric {
  return Reflect.construct(Class, [options]) as Metric;
}
function isClass(value: unknown): value is MetricClass {
  return typeof value === "function" && value.prototype instanceof Metric;
}

/**
 * The record of a metric for a config; names stay names. Never throws.
 * @see keras.metrics.serialize
 */
export function serialize(metric: MetricLike): ObjectConfig | string {
  if (metric instanceof Metric) return objectConfig(metric, "keras.metrics");
  if (isClass(metric)) {
    const made = construct(metric, {});
    made.dispose();
    return serialize(made);
  }
  if (typeof metric === "function") return tableName(metric, functionTable()) ?? functionNameOf(metric);
  if (typeof metric === "string" || isObjectConfig(metric)) return metric;
  throw notNamed("metric", metric);
}
