// Shuffling and splitting of datasets, the same on every run.
import { ArgumentError, ShapeError, checkOptions } from "@isoform/core";
import type { DType } from "@isoform/core";
import { rowCount, takeRows } from "../arrays/nd-array.js";
import type { Dataset } from "../arrays/nd-array.js";
import { permutation } from "./random-source.js";
import type { RandomSource } from "./random-source.js";

/** Options of `trainTestSplit`. */
export interface SplitOptions {
  /** Fraction in (0, 1), rounded up to rows, or number of test rows; 0.25 unless given. */
  readonly testSize?: number;
  /** Shuffles before the cut; seed 0 unless given. `null` cuts off the last rows unshuffled. */
  readonly random?: RandomSource | null;
}

/** The two parts and which rows of the original they hold. */
export interface Split<X extends DType, Y extends DType> {
  readonly train: Dataset<X, Y>;
  readonly test: Dataset<X, Y>;
  readonly trainIndex: Int32Array;
  readonly testIndex: Int32Array;
}

/**
 * Splits rows as scikit-learn's `train_test_split` without stratification: ceil(fraction * n) test rows are
 * the first of the permutation, the others are for training; with a seed the same rows as
 * `random_state=seed`. Both parts are copies: [rows, ...rest] gives [rows - n, ...rest] and [n, ...rest].
 * @throws {ArgumentError} when a part would be empty, `testSize` is neither a fraction nor an integer, the
 * seed is not an integer from 0 to 2^32 - 1 or an option is unknown
 * @throws {ShapeError} when x and y have different numbers of rows or one is 0-d
 * @see sklearn.model_selection.train_test_split
 */
export function trainTestSplit<X extends DType, Y extends DType>(
  dataset: Dataset<X, Y>,
  options: SplitOptions = {},
): Split<X, Y> {
  checkOptions("trainTestSplit", options, ["testSize", "random"]);
  const { testSize = 0.25, random = 0 } = options;
  const rows = datasetRows(dataset);
  const count = testSize < 1 ? Math.ceil(testSize * rows) : testSize;
  if (!Number.isInteger(count) || count < 1 || count >= rows) {
    throw new ArgumentError(`testSize ${testSize} leaves no two parts of ${rows} rows`, {
      code: "argument/out-of-range",
      op: "trainTestSplit",
      hint: "pass a fraction in (0, 1) or a number of rows",
    });
  }
  const order = random === null ? Int32Array.from({ length: rows }, (_, i) => i) : permutation(random, rows);
  const testIndex = random === null ? order.slice(rows - count) : order.slice(0, count);
  const trainIndex = random === null ? order.slice(0, rows - count) : order.slice(count);
  return {
    train: takeDataset(dataset, trainIndex),
    test: takeDataset(dataset, testIndex),
    trainIndex,
    testIndex,
  };
}

/**
 * A copy with the rows in random order, x and y alike; shapes stay.
 * @param random A seed or a generator, whose state moves on.
 * @throws {ShapeError} when x and y have different numbers of rows or one is 0-d
 * @throws {ArgumentError} when the seed is not an integer from 0 to 2^32 - 1
 */
export function shuffleDataset<X extends DType, Y extends DType>(
  dataset: Dataset<X, Y>,
  random: RandomSource,
): Dataset<X, Y> {
  return takeDataset(dataset, permutation(random, datasetRows(dataset)));
}

/**
 * A copy of the given rows of x and y: [rows, ...rest] -> [indices.length, ...rest].
 * @throws {ArgumentError} when an index is not an integer from 0 to rows - 1
 * @throws {ShapeError} when x and y have different numbers of rows or one is 0-d
 */
export function takeDataset<X extends DType, Y extends DType>(
  dataset: Dataset<X, Y>,
  indices: ArrayLike<number>,
): Dataset<X, Y> {
  datasetRows(dataset);
  return { x: takeRows(dataset.x, indices), y: takeRows(dataset.y, indices) };
}

/**
 * Number of rows (size of the first axis) of x and y.
 * @throws {ShapeError} when they differ or one is 0-d
 */
export function datasetRows(dataset: Dataset): number {
  const rows = rowCount(dataset.x);
  if (rowCount(dataset.y) === rows) return rows;
  throw new ShapeError(`x has ${rows} rows, y has ${rowCount(dataset.y)}`, {
    code: "shape/mismatch",
    hint: "x and y need the same first axis",
  });
}
