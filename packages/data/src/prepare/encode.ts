// Numbers in the form a model wants: floats, one-hot rows, standardised features.
import { ArgumentError, checkOptions, elementReader } from "@isoform/core";
import { elementCount, ndArray, rowCount } from "../arrays/nd-array.js";
import type { NdArray } from "../arrays/nd-array.js";

/** Options of `toFloat32`. */
export interface ToFloat32Options {
  /** Factor applied first, e.g. 1 / 255 for pixels; 1 unless given. */
  readonly scale?: number;
  /** Added after it; 0 unless given. */
  readonly offset?: number;
}

/**
 * A float32 copy of any array, value * scale + offset in float64, rounded once; any shape, elementwise, any
 * dtype (bool as 0 and 1).
 * @throws {ArgumentError} when an option is unknown
 * @throws {ShapeError} when `shape` and `data` have different numbers of elements
 */
export function toFloat32(array: NdArray, options: ToFloat32Options = {}): NdArray<"float32"> {
  checkOptions("toFloat32", options, ["scale", "offset"]);
  const { scale = 1, offset = 0 } = options;
  const read = elementReader(array.dtype);
  const data = new Float32Array(array.data.length);
  for (let i = 0; i < data.length; i++) data[i] = Number(read(array.data, i)) * scale + offset;
  return ndArray("float32", array.shape, data);
}

/**
 * One-hot rows of integer labels: [...shape, classes] float32, 1 at the label.
 * @param classes Number of classes; the greatest label + 1 unless given.
 * @throws {ArgumentError} when a label is not an integer from 0 to classes - 1, or `classes` is no count
 * @throws {LimitExceededError} when there is no memory for labels * classes floats
 * @see torch.nn.functional.one_hot
 */
export function oneHot(labels: NdArray, classes?: number): NdArray<"float32"> {
  const read = elementReader(labels.dtype);
  const values = Array.from({ length: labels.data.length }, (_, i) => Number(read(labels.data, i)));
  const width = classes ?? values.reduce((a, b) => Math.max(a, b), -1) + 1;
  if (!Number.isInteger(width) || width < 0) {
    throw new ArgumentError(`${width} is not a number of classes`, {
      code: "argument/out-of-range",
      op: "oneHot",
    });
  }
  const out = ndArray("float32", [...labels.shape, width]);
  values.forEach((label, i) => {
    if (!Number.isInteger(label) || label < 0 || label >= width) {
      throw new ArgumentError(`label ${label} at ${i} is not one of ${width} classes`, {
        code: "argument/out-of-range",
        op: "oneHot",
        hint: "labels are integers from 0 to classes - 1",
      });
    }
    out.data[i * width + label] = 1;
  });
  return out;
}

/** What `standardise` measured: per feature, over the rows, in float64. */
export interface FeatureStatistics {
  /** Mean of each feature: [features]. */
  readonly mean: Float64Array;
  /** Standard deviation of the population: [features]; 1 where a feature is constant. */
  readonly std: Float64Array;
}

/**
 * Mean and standard deviation of each feature: [rows, ...features] -> [product of features] each, any dtype.
 * A NaN or infinity makes its feature's statistics NaN or infinite.
 * @throws {ArgumentError} when there are no rows
 * @throws {ShapeError} when the array is 0-d
 * @see sklearn.preprocessing.StandardScaler
 */
export function featureStatistics(x: NdArray): FeatureStatistics {
  const rows = rowCount(x);
  if (rows === 0) {
    throw new ArgumentError("there are no rows to measure", {
      code: "argument/empty",
      op: "featureStatistics",
    });
  }
  const width = elementCount(x.shape.slice(1));
  const read = elementReader(x.dtype);
  const mean = new Float64Array(width);
  const std = new Float64Array(width);
  const each = (visit: (feature: number, value: number) => void) => {
    for (let i = 0; i < rows * width; i++) visit(i % width, Number(read(x.data, i)));
  };
  each((feature, value) => (mean[feature] = (mean[feature] as number) + value / rows));
  each((feature, value) => {
    std[feature] = (std[feature] as number) + (value - (mean[feature] as number)) ** 2 / rows;
  });
  return { mean, std: std.map((variance) => (variance === 0 ? 1 : Math.sqrt(variance))) };
}

/**
 * (x - mean) / std per feature as float32, with the statistics of x or of the training data passed in: any
 * [rows, ...features], which keeps its shape.
 * @throws {ArgumentError} when the statistics are of another number of features, or x has no rows and none
 * are given
 * @throws {ShapeError} when x is 0-d and no statistics are given
 * @see sklearn.preprocessing.StandardScaler
 */
export function standardise(
  x: NdArray,
  statistics: FeatureStatistics = featureStatistics(x),
): NdArray<"float32"> & FeatureStatistics {
  const width = elementCount(x.shape.slice(1));
  const { mean, std } = statistics;
  if (mean.length !== width || std.length !== width) {
    throw new ArgumentError(`statistics of ${mean.length} features do not fit ${width}`, {
      code: "argument/shape",
      op: "standardise",
      hint: "measure them on data of the same shape",
    });
  }
  const read = elementReader(x.dtype);
  const data = new Float32Array(x.data.length);
  for (let i = 0; i < data.length; i++) {
    data[i] = (Number(read(x.data, i)) - (mean[i % width] as number)) / (std[i % width] as number);
  }
  return { ...ndArray("float32", x.shape, data), mean, std };
}
