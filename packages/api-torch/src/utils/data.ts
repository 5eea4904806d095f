// torch.utils.data: datasets, and a loader whose order equals PyTorch's for the same seed.
import * as core from "@isoform/core";
import {
  Scope,
  TorchGenerator,
  constructible,
  type Constructible,
  type Tensor as CoreTensor,
} from "@isoform/core";
import {
  ANY,
  checkOptions,
  checkValue,
  FLAG,
  FUNCTION,
  INTEGER,
  listOf,
  POSITIVE,
  TENSOR,
  type Kind,
} from "../checks.js";
import { checkTensors } from "../tensor/arguments.js";
import { defaultGenerator } from "../random.js";
import { asTensor, type Tensor } from "../tensor/tensor.js";
import { GENERATOR, requireDataset, type Dataset, type IterableDataset } from "./datasets.js";
import { inBatches, type Sized } from "./samplers.js";

export {
  ConcatDataset,
  Dataset,
  IterableDataset,
  randomSplit,
  Subset,
  type RandomSplitOptions,
} from "./datasets.js";
export {
  BatchSampler,
  RandomSampler,
  SequentialSampler,
  WeightedRandomSampler,
  type RandomSamplerOptions,
  type Sized,
  type WeightedRandomSamplerOptions,
} from "./samplers.js";

/** Rows of tensors with equal first axes. A sample is one row of each. */
class TensorDatasetClass implements Dataset<Tensor[]> {
  readonly tensors: readonly CoreTensor[];
  constructor(...tensors: CoreTensor[]) {
    checkTensors("TensorDataset", { ...tensors });
    const n = tensors[0]?.shape[0];
    if (n === undefined || tensors.some((t) => t.shape[0] !== n)) {
      throw core.shapeError(
        "TensorDataset",
        "the tensors have different numbers of rows",
        tensors,
        "first axes must be equal",
      );
    }
    this.tensors = tensors.map((t) => core.keep(t));
  }
  private row(index: number): number {
    const n = this.length;
    const i = index < 0 ? index + n : index;
    if (Number.isInteger(index) && i >= 0 && i < n) return i;
    throw new core.ArgumentError(`no row ${core.shown(index)} among ${n}`, {
      code: "argument/index",
      op: "TensorDataset",
      inputs: this.tensors.map(core.describe),
      hint: n === 0 ? "it is empty" : `use an index from ${-n} to ${n - 1}`,
    });
  }
  /** Number of rows. */
  get length(): number {
    return this.tensors[0]!.shape[0]!;
  }
  /**
   * Row `index` of every tensor: `[…]` of `[N, …]`; negative counts from the end.
   * @throws {ArgumentError} when there is no such row.
   * @throws {LifetimeError} when a tensor was disposed.
   */
  get(index: number): Tensor[] {
    const i = this.row(index);
    return this.tensors.map((t) => asTensor(core.squeeze(core.sliceAxis(t, 0, i, i + 1), [0])));
  }
  /**
   * Rows of every tensor: `[indices.length, …]` of `[N, …]`; negative indices count from the end.
   * @throws {ArgumentError} when there is no such row, or no list is given.
   * @throws {LifetimeError} when a tensor was disposed.
   */
  getBatch(indices: readonly number[]): Tensor[] {
    checkValue("TensorDataset.getBatch", "indices", indices, listOf(INTEGER, "a list of integers"));
    const wanted = indices.map((i) => this.row(i));
    const first = wanted[0] ?? 0;
    if (wanted.every((v, i) => v === first + i)) {
      return this.tensors.map((t) => asTensor(core.sliceAxis(t, 0, first, first + wanted.length)));
    }
    const rows = core.tensor(Int32Array.from(wanted));
    return this.tensors.map((t) => asTensor(core.gather(t, rows, 0)));
  }
}

/** Options of `DataLoader`, PyTorch's names and defaults. */
export interface DataLoaderOptions<S, B> {
  readonly batchSize?: number;
  readonly shuffle?: boolean;
  readonly dropLast?: boolean;
  readonly generator?: TorchGenerator;
  /** The order of the samples, instead of `shuffle`. */
  readonly sampler?: Iterable<number> & Sized;
  /** Batches of indices, instead of `batchSize`, `shuffle`, `sampler` and `dropLast`. */
  readonly batchSampler?: Iterable<readonly number[]> & Sized;
  /** Only 0: there are no worker processes; use an async `get`. */
  readonly numWorkers?: number;
  /** Accepted, without effect. */
  readonly pinMemory?: boolean;
  /** Joins samples to a batch; default stacks tensors and numbers, position by position. */
  readonly collateFn?: (samples: S[]) => B;
}

/**
 * Batches of a dataset, for `for` and `for await`. Each pass over it is one epoch; the order for a seed is PyTorch's
 * (torch/utils/data/sampler.py). Tensors made in the body of the loop are released when the next batch is asked for,
 * except parameters, optimizer state, `keep()`-ed ones and one-element values, which stay readable.
 */
class DataLoaderClass<S, B = S> {
  readonly dataset: Dataset<S> | IterableDataset<S>;
  readonly batchSize: number;
  private readonly options: DataLoaderOptions<S, B>;

  constructor(dataset: Dataset<S> | IterableDataset<S>, options: DataLoaderOptions<S, B> = {}) {
    this.dataset = isIterable(dataset) ? dataset : requireDataset("DataLoader", dataset);
    checkOptions("DataLoader", options, {
      batchSize: { ...POSITIVE, use: "a positive integer", code: "argument/batch-size" },
      shuffle: FLAG,
      dropLast: FLAG,
      generator: GENERATOR,
      sampler: SAMPLER,
      batchSampler: SAMPLER,
      numWorkers: { is: (v) => v === 0, use: "0: there are no worker processes, but `get` may be async" },
      pinMemory: FLAG,
      collateFn: FUNCTION,
    });
    this.options = options;
    this.batchSize = options.batchSize ?? 1;
    const { sampler, batchSampler, shuffle, dropLast } = options;
    const clash = isIterable(dataset)
      ? (shuffle || sampler || batchSampler) && "samples without numbers have one order"
      : batchSampler
        ? (options.batchSize ?? shuffle ?? dropLast ?? sampler) !== undefined &&
          "batchSampler stands for batchSize, shuffle, sampler and dropLast"
        : sampler && shuffle && "sampler stands for shuffle";
    if (!clash) return;
    throw new core.ArgumentError(clash, {
      code: "argument/sampler",
      op: "DataLoader",
      hint: "give one of them",
    });
  }

  /**
   * Batches per epoch.
   * @throws {ArgumentError} for an iterable dataset, whose samples are not counted.
   */
  get length(): number {
    if (this.options.batchSampler) return this.options.batchSampler.length;
    if (isIterable(this.dataset)) {
      throw new core.ArgumentError("the samples of an iterable dataset are not counted", {
        code: "argument/dataset",
        op: "DataLoader.length",
        hint: "count the batches while they come",
      });
    }
    const n = (this.options.sampler ?? this.dataset).length / this.batchSize;
    return this.options.dropLast ? Math.floor(n) : Math.ceil(n);
  }

  /** Indices of one epoch, with PyTorch's draws: a base seed, then a seed or permutations. */
  private *order(dataset: Dataset<S>): Generator<number> {
    const generator = this.options.generator ?? defaultGenerator();
    if (this.options.sampler) {
      yield* this.options.sampler;
      return;
    }
    const n = dataset.length;
    if (!this.options.shuffle) {
      for (let i = 0; i < n; i++) yield i;
      return;
    }
    const own = this.options.generator ?? new TorchGenerator(generator.random63());
    yield* own.randperm(n);
    // PyTorch's sampler draws the rest of an epoch too, which is empty: it shows when the generator is used again.
    if (own === generator) own.randperm(n);
  }

  /** What makes each batch: the samples, or a batch of them as `getBatch` gives it. */
  private *fetches(): Generator<() => Fetched<S>> {
    core.refuseInTrace(
      "DataLoader",
      "a loader is read while a step is compiled",
      "compile the step, not the loop",
    );
    (this.options.generator ?? defaultGenerator()).random63();
    const { dataset, batchSize } = this;
    const { dropLast = false, collateFn, batchSampler } = this.options;
    if (isIterable(dataset)) {
      for (const samples of inBatches(dataset, batchSize, dropLast)) yield () => ({ samples });
      return;
    }
    for (const indices of batchSampler ?? inBatches(this.order(dataset), batchSize, dropLast)) {
      yield () =>
        !collateFn && dataset.getBatch
          ? { batch: dataset.getBatch(indices) }
          : { samples: indices.map((i) => dataset.get(i)) };
    }
  }

  private joined(samples: S[]): B {
    const { collateFn } = this.options;
    return collateFn ? collateFn(samples) : asBatch<unknown, B>(defaultCollate(samples));
  }

  *[Symbol.iterator](): Generator<B, void, undefined> {
    for (const fetch of this.fetches()) {
      const s = new Scope();
      try {
        const got = fetch();
        if (isPending(got)) {
          throw new core.ArgumentError("the dataset gives promises", {
            code: "argument/async",
            op: "DataLoader",
            hint: "use `for await (const batch of loader)`",
          });
        }
        yield "batch" in got ? asBatch<S, B>(got.batch as S) : this.joined(got.samples as S[]);
      } finally {
        s[Symbol.dispose]();
      }
    }
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<B, void, undefined> {
    for (const fetch of this.fetches()) {
      let s = new Scope();
      try {
        let got = fetch();
        if (isPending(got)) {
          s.endOrAbandon();
          got = "batch" in got ? { batch: await got.batch } : { samples: await Promise.all(got.samples) };
          s = new Scope();
        }
        yield "batch" in got ? asBatch<S, B>(got.batch as S) : this.joined(got.samples as S[]);
      } finally {
        s.endOrAbandon();
      }
    }
  }
}

/** A batch, or the samples of one; perhaps promised. */
type Fetched<S> = { readonly batch: S | Promise<S> } | { readonly samples: (S | Promise<S>)[] };

const isPending = <S>(got: Fetched<S>): boolean =>
  "batch" in got ? got.batch instanceof Promise : got.samples.some((v) => v instanceof Promise);

function isIterable<S>(dataset: Dataset<S> | IterableDataset<S>): dataset is IterableDataset<S> {
  return (
    typeof dataset === "object" && dataset !== null && Symbol.iterator in dataset && !("length" in dataset)
  );
}

const SAMPLER: Kind = {
  is: (v) => typeof v === "object" && v !== null && Symbol.iterator in v && "length" in v,
  use: "a sampler: something with a length that gives indices",
};

/** See `TensorDataset`. */
export type TensorDataset = TensorDatasetClass;
/**
 * Rows of tensors `[N, …]` with equal first axes; a sample is one row `[…]` of each.
 * @throws {ShapeError} when they have different numbers of rows, or there is no tensor or a scalar.
 * @see torch.utils.data.TensorDataset
 */
export const TensorDataset: Constructible<typeof TensorDatasetClass> =
  /* @__PURE__ */ constructible(TensorDatasetClass);

/** See `DataLoader`. */
export type DataLoader<S, B = S> = DataLoaderClass<S, B>;
/** `DataLoader` as a value: `Constructible` would forget its type parameters. */
type DataLoaderConstructor = typeof DataLoaderClass &
  (<S, B = S>(
    dataset: Dataset<S> | IterableDataset<S>,
    options?: DataLoaderOptions<S, B>,
  ) => DataLoaderClass<S, B>);
/**
 * Batches of a dataset, one epoch per pass, in PyTorch's order for the same seed: samples of shape `[…]`
 * become `[B, …]`. By default batchSize 1, shuffle false, dropLast false, the default generator,
 * `defaultCollate`. `sampler` or `batchSampler` give another order; `numWorkers` must be 0.
 * @throws {ArgumentError} when `batchSize` is not a positive integer, or options are unknown or exclude each other;
 * while it is read, when samples cannot be joined, or are promised without `for await`.
 * @throws {ShapeError} while it is read, when the tensors of a batch differ in shape.
 * @throws {LifetimeError} while it is read, in a step that is being compiled.
 * @see torch.utils.data.DataLoader
 */
export const DataLoader: DataLoaderConstructor = /* @__PURE__ */ constructible<
  typeof DataLoaderClass,
  DataLoaderConstructor
>(DataLoaderClass);

/** The default collation keeps the type of a sample: rows of tensors become tensors of rows. */
function asBatch<S, B>(batch: S): B;
function asBatch(batch: unknown): unknown {
  return batch;
}

/**
 * Stacks a list of B samples: tensors `[…]` to `[B, …]`, promoted; numbers to `[B]`, int64 when all are
 * whole, else float32; arrays of them position by position. The first sample decides.
 * @throws {ArgumentError} when there is no sample, one is of another type than the first, or the first is none of
 * these.
 * @throws {ShapeError} when tensors differ in shape, or arrays in length.
 * @throws {LifetimeError} when a tensor was disposed.
 * @see torch.utils.data.default_collate
 */
export function defaultCollate(samples: readonly unknown[]): unknown {
  checkValue("defaultCollate", "samples", samples, listOf(ANY, "a list of samples"));
  const first = samples[0];
  const kind = COLLATED.find(({ is }) => is(first));
  const odd = samples.findIndex((s) => !kind?.is(s));
  if (kind === undefined || odd > 0) {
    const what = odd > 0 ? `sample ${odd}, ${core.shown(samples[odd])},` : "samples of this type";
    throw new core.ArgumentError(`${what} cannot be joined${odd > 0 ? " with the first" : ""}`, {
      code: "argument/collate",
      op: "DataLoader",
      hint: "pass a collateFn",
    });
  }
  if (first instanceof core.Tensor) return asTensor(core.stack(samples.filter(isTensor), 0));
  if (typeof first === "number") {
    const integers = samples.every((s) => Number.isInteger(s));
    return asTensor(core.tensor(samples.map(Number), { dtype: integers ? "int64" : "float32" }));
  }
  const rows = samples.filter((s) => Array.isArray(s));
  const length = rows[0]?.length ?? 0;
  if (rows.some((r) => r.length !== length)) {
    throw new core.ShapeError("the samples are arrays of different lengths", {
      code: "shape/mismatch",
      op: "DataLoader",
      hint: "pass a collateFn, or pad them",
    });
  }
  return Array.from({ length }, (_, i) => defaultCollate(rows.map((r): unknown => r[i])));
}

const isTensor = (v: unknown): v is CoreTensor => v instanceof core.Tensor;
const COLLATED = [
  TENSOR,
  { is: (v: unknown) => typeof v === "number" },
  { is: (v: unknown) => Array.isArray(v) },
] as const;
