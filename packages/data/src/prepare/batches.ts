// Batches of a dataset, in order, shuffled or in a given order.
import { ArgumentError, checkOptions } from "@isoform/core";
import type { DType } from "@isoform/core";
import { sliceRows } from "../arrays/nd-array.js";
import type { Dataset } from "../arrays/nd-array.js";
import { permutation } from "./random-source.js";
import type { RandomSource } from "./random-source.js";
import { datasetRows, takeDataset } from "./split.js";

/** Options of `batches`. */
export interface BatchOptions {
  /** Rows of a batch; 32 unless given. */
  readonly batchSize?: number;
  /** Shuffles the rows anew for each iteration; a seed gives every iteration the same order. */
  readonly random?: RandomSource;
  /** Row indices in the order wanted, instead of `random`. */
  readonly order?: ArrayLike<number>;
  /** Leaves out a last batch with fewer rows; false unless given. */
  readonly dropLast?: boolean;
}

/** A batch and the rows of the dataset it holds. */
export interface Batch<X extends DType = DType, Y extends DType = DType> extends Dataset<X, Y> {
  /** Row of the dataset of each row of the batch: [rows of the batch]. */
  readonly index: Int32Array;
}

/**
 * Iterates over a dataset in batches: [rows, ...rest] gives [batchSize, ...rest], the last one fewer rows
 * unless `dropLast`. Without `random` and `order` the batches share the dataset's data, else they are copies.
 * It can be iterated again and again.
 * @throws {ArgumentError} when `batchSize` is not an integer >= 1, both `random` and `order` are given or an
 * option is unknown; while iterating, when an index of `order` is not a row or the seed is not an integer
 * from 0 to 2^32 - 1
 * @throws {ShapeError} when x and y have different numbers of rows or one is 0-d
 */
export function batches<X extends DType, Y extends DType>(
  dataset: Dataset<X, Y>,
  options: BatchOptions = {},
): Iterable<Batch<X, Y>> {
  checkOptions("batches", options, ["batchSize", "random", "order", "dropLast"]);
  const { batchSize = 32, random, order, dropLast = false } = options;
  if (!Number.isInteger(batchSize) || batchSize < 1) {
    throw new ArgumentError(`batchSize ${batchSize} is not an integer >= 1`, {
      code: "argument/out-of-range",
      op: "batches",
    });
  }
  if (random !== undefined && order !== undefined) {
    throw new ArgumentError("random and order exclude each other", {
      code: "argument/conflict",
      op: "batches",
    });
  }
  const rows = datasetRows(dataset);
  return {
    *[Symbol.iterator]() {
      const shuffled = random === undefined ? order : permutation(random, rows);
      const count = shuffled?.length ?? rows;
      const end = dropLast ? count - (count % batchSize) : count;
      for (let from = 0; from < end; from += batchSize) {
        const to = Math.min(from + batchSize, end);
        if (shuffled === undefined) {
          const index = Int32Array.from({ length: to - from }, (_, i) => from + i);
          yield { x: sliceRows(dataset.x, from, to), y: sliceRows(dataset.y, from, to), index };
        } else {
          const index = Int32Array.from({ length: to - from }, (_, i) => shuffled[from + i] as number);
          yield { ...takeDataset(dataset, index), index };
        }
      }
    },
  };
}
