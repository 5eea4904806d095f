// Datasets made of others, and the random split of one, as torch.utils.data has them.
import * as core from "@isoform/core";
import { constructible, TorchGenerator } from "@isoform/core";
import { checkOptions, checkValue, COUNT, INTEGER, listOf, NOT_NEGATIVE, type Kind } from "../checks.js";
import { defaultGenerator } from "../random.js";

/**
 * Something with a length and samples of any shape; extend it, or pass a plain object like it. `getBatch` is used
 * when it is there. A `get` that gives promises needs `for await`. Never throws itself.
 * @see torch.utils.data.Dataset
 */
export abstract class Dataset<S> {
  abstract readonly length: number;
  /** Sample `index`, of any shape; never throws for one from 0 to length − 1. */
  abstract get(index: number): S | Promise<S>;
  /** Samples already joined, `[indices.length, …]`; never throws for those from 0 to length − 1. */
  getBatch?(indices: readonly number[]): S | Promise<S>;
}
/**
 * Samples of any shape one after the other, without numbers: extend it and write `*[Symbol.iterator]`. A loader does
 * not shuffle them. Never throws itself.
 * @see torch.utils.data.IterableDataset
 */
export abstract class IterableDataset<S> {
  abstract [Symbol.iterator](): Iterator<S>;
}

/** What a random generator must be. */
export const GENERATOR: Kind = {
  is: (v) => v instanceof TorchGenerator,
  use: "a TorchGenerator, as manualSeed() gives",
};

/** The dataset. @throws {ArgumentError} unless it has a length and samples */
export function requireDataset<S>(op: string, dataset: Dataset<S>): Dataset<S> {
  if (typeof dataset?.get === "function" && COUNT.is(dataset.length)) return dataset;
  throw new core.ArgumentError(`${core.shown(dataset)} is not a dataset`, {
    code: "argument/dataset",
    op,
    hint: "pass something with length and get(index), e.g. a TensorDataset",
  });
}

/** The index from 0. @throws {ArgumentError} when there is no such sample */
function placeOf(op: string, index: number, length: number): number {
  const i = index < 0 ? index + length : index;
  if (Number.isInteger(index) && i >= 0 && i < length) return i;
  throw new core.ArgumentError(`no sample ${core.shown(index)} among ${length}`, {
    code: "argument/index",
    op,
    hint: length === 0 ? "it is empty" : `use an index from ${-length} to ${length - 1}`,
  });
}

class SubsetClass<S> extends Dataset<S> {
  readonly dataset: Dataset<S>;
  readonly indices: readonly number[];
  declare getBatch?: (indices: readonly number[]) => S | Promise<S>;
  constructor(dataset: Dataset<S>, indices: readonly number[]) {
    super();
    this.dataset = requireDataset("Subset", dataset);
    this.indices = [...checkValue("Subset", "indices", indices, listOf(INTEGER, "a list of integers"))];
    if (dataset.getBatch) {
      this.getBatch = (at) => dataset.getBatch!(at.map((i) => this.indexOf(i)));
    }
  }
  private indexOf(i: number): number {
    return this.indices[placeOf("Subset", i, this.length)]!;
  }
  /** Number of samples. */
  get length(): number {
    return this.indices.length;
  }
  /**
   * Sample number `indices[index]`, in its shape; negative counts from the end.
   * @throws {ArgumentError} when there is no such sample.
   */
  get(index: number): S | Promise<S> {
    return this.dataset.get(this.indexOf(index));
  }
}
/** See `Subset`. */
export type Subset<S> = SubsetClass<S>;
/** `Subset` as a value: `Constructible` would forget its type parameter. */
type SubsetConstructor = typeof SubsetClass &
  (<S>(dataset: Dataset<S>, indices: readonly number[]) => SubsetClass<S>);
/**
 * The samples of a dataset at `indices`, in their shapes.
 * @throws {ArgumentError} when there is no dataset, or the indices are no integers.
 * @see torch.utils.data.Subset
 */
export const Subset: SubsetConstructor = /* @__PURE__ */ constructible<typeof SubsetClass, SubsetConstructor>(
  SubsetClass,
);

class ConcatDatasetClass<S> extends Dataset<S> {
  readonly datasets: readonly Dataset<S>[];
  constructor(datasets: readonly Dataset<S>[]) {
    super();
    const kind: Kind = { is: (v) => Array.isArray(v) && v.length > 0, use: "a list of datasets" };
    checkValue("ConcatDataset", "datasets", datasets, kind);
    this.datasets = datasets.map((d) => requireDataset("ConcatDataset", d));
  }
  /** Number of samples of all. */
  get length(): number {
    return this.datasets.reduce((n, d) => n + d.length, 0);
  }
  /**
   * Sample `index`, counted through all datasets, in its shape; negative counts from the end.
   * @throws {ArgumentError} when there is no such sample.
   */
  get(index: number): S | Promise<S> {
    let i = placeOf("ConcatDataset", index, this.length);
    for (const d of this.datasets) {
      if (i < d.length) return d.get(i);
      i -= d.length;
    }
    throw new RangeError("the datasets have become shorter");
  }
}
/** See `ConcatDataset`. */
export type ConcatDataset<S> = ConcatDatasetClass<S>;
/** `ConcatDataset` as a value: `Constructible` would forget its type parameter. */
type ConcatConstructor = typeof ConcatDatasetClass &
  (<S>(datasets: readonly Dataset<S>[]) => ConcatDatasetClass<S>);
/**
 * The samples of several datasets one after the other, in their shapes.
 * @throws {ArgumentError} when there is no dataset, or one is none.
 * @see torch.utils.data.ConcatDataset
 */
export const ConcatDataset: ConcatConstructor = /* @__PURE__ */ constructible<
  typeof ConcatDatasetClass,
  ConcatConstructor
>(ConcatDatasetClass);

/** Options of `randomSplit`. */
export interface RandomSplitOptions {
  readonly generator?: TorchGenerator;
}

/**
 * Subsets of the given `lengths`, or of shares that sum to 1, with PyTorch's permutation for the same seed; what the
 * shares leave over is dealt out one by one. The samples keep their shapes.
 * @throws {ArgumentError} when the lengths do not sum to that of the dataset, or an option is unknown or wrong.
 * @throws {LifetimeError} in a step that is being compiled, without a generator.
 * @see torch.utils.data.random_split
 */
export function randomSplit<S>(
  dataset: Dataset<S>,
  lengths: readonly number[],
  options: RandomSplitOptions = {},
): Subset<S>[] {
  const op = "randomSplit";
  const n = requireDataset(op, dataset).length;
  checkValue(op, "lengths", lengths, listOf(NOT_NEGATIVE, "a list of lengths or shares"));
  checkOptions(op, options, { generator: GENERATOR });
  const sum = lengths.reduce((a, b) => a + b, 0);
  const shares = Math.abs(sum - 1) <= 1e-9 && sum <= 1;
  const counts = shares ? lengths.map((share) => Math.floor(n * share)) : [...lengths];
  const rest = shares ? n - counts.reduce((a, b) => a + b, 0) : 0;
  for (let i = 0; i < rest; i++) counts[i % counts.length]!++;
  if (!counts.every((c) => COUNT.is(c)) || counts.reduce((a, b) => a + b, 0) !== n) {
    throw new core.ArgumentError(`the lengths ${core.shown(lengths)} sum to ${sum}`, {
      code: "argument/lengths",
      op,
      hint: `give integers that sum to the length of the dataset, ${n}, or shares that sum to 1`,
    });
  }
  const order = Array.from((options.generator ?? defaultGenerator()).randperm(n));
  let at = 0;
  return counts.map((count) => new SubsetClass(dataset, order.slice(at, (at += count))));
}
