// Orders in which a loader takes samples, with PyTorch's draws for the same seed.
import * as core from "@isoform/core";
import { constructible, TorchGenerator, type Constructible } from "@isoform/core";
import {
  checkOptions,
  checkValue,
  COUNT,
  FLAG,
  listOf,
  NOT_NEGATIVE,
  POSITIVE,
  type Kind,
} from "../checks.js";
import { inOrder, type InOrder } from "../options.js";
import { defaultGenerator } from "../random.js";
import { GENERATOR } from "./datasets.js";

/** Something with a number of samples. */
export interface Sized {
  readonly length: number;
}
const SIZED: Kind = {
  is: (v) => v !== null && v !== undefined && COUNT.is(Reflect.get(Object(v), "length")),
  use: "a dataset, or something else with a length",
};

class SequentialSamplerClass implements Iterable<number> {
  readonly dataSource: Sized;
  constructor(dataSource: Sized) {
    this.dataSource = checkValue("SequentialSampler", "dataSource", dataSource, SIZED);
  }
  /** Number of indices. */
  get length(): number {
    return this.dataSource.length;
  }
  *[Symbol.iterator](): Generator<number, void, undefined> {
    for (let i = 0; i < this.length; i++) yield i;
  }
}
/** See `SequentialSampler`. */
export type SequentialSampler = SequentialSamplerClass;
/**
 * Indices from 0 up to the length of a dataset, a scalar each.
 * @throws {ArgumentError} when there is no length.
 * @see torch.utils.data.SequentialSampler
 */
export const SequentialSampler: Constructible<typeof SequentialSamplerClass> =
  /* @__PURE__ */ constructible(SequentialSamplerClass);

/** Options of `RandomSampler`, PyTorch's names and defaults. */
export interface RandomSamplerOptions {
  readonly replacement?: boolean;
  /** Default: the length of the dataset. */
  readonly numSamples?: number;
  readonly generator?: TorchGenerator;
}
const RANDOM = ["replacement", "numSamples", "generator"] as const;

class RandomSamplerClass implements Iterable<number> {
  readonly dataSource: Sized;
  readonly replacement: boolean;
  private readonly options: RandomSamplerOptions;
  constructor(dataSource: Sized, ...given: InOrder<RandomSamplerOptions, typeof RANDOM>) {
    const options = inOrder<RandomSamplerOptions>("RandomSampler", given, RANDOM);
    checkOptions("RandomSampler", options, { replacement: FLAG, numSamples: POSITIVE, generator: GENERATOR });
    this.dataSource = checkValue("RandomSampler", "dataSource", dataSource, SIZED);
    this.replacement = options.replacement ?? false;
    this.options = options;
  }
  /** Number of indices. */
  get length(): number {
    return this.options.numSamples ?? this.dataSource.length;
  }
  *[Symbol.iterator](): Generator<number, void, undefined> {
    const n = this.dataSource.length;
    const count = this.length;
    const generator = this.options.generator ?? new TorchGenerator(defaultGenerator().random63());
    if (this.replacement) {
      for (let at = 0; at + 32 <= count; at += 32) yield* Array.from(generator.randint(0, n, 32), Number);
      yield* Array.from(generator.randint(0, n, count % 32), Number);
      return;
    }
    if (n === 0) return;
    for (let at = 0; at + n <= count; at += n) yield* generator.randperm(n);
    yield* generator.randperm(n).slice(0, count % n);
  }
}
/** See `RandomSampler`. */
export type RandomSampler = RandomSamplerClass;
/**
 * Indices of a dataset, a scalar each, in a random order: a permutation (as many as `numSamples` needs), or with
 * `replacement` any of them again and again. PyTorch's for the same seed of `generator` or the default one.
 * @throws {ArgumentError} when there is no length, or an option is unknown or wrong.
 * @see torch.utils.data.RandomSampler
 */
export const RandomSampler: Constructible<typeof RandomSamplerClass> =
  /* @__PURE__ */ constructible(RandomSamplerClass);

/** Options of `WeightedRandomSampler`, PyTorch's names and defaults. */
export interface WeightedRandomSamplerOptions {
  /** Default: true. */
  readonly replacement?: boolean;
  readonly generator?: TorchGenerator;
}
const WEIGHTED = ["replacement", "generator"] as const;

class WeightedRandomSamplerClass implements Iterable<number> {
  readonly weights: readonly number[];
  readonly numSamples: number;
  readonly replacement: boolean;
  private readonly generator: TorchGenerator | undefined;
  constructor(
    weights: readonly number[],
    numSamples: number,
    ...given: InOrder<WeightedRandomSamplerOptions, typeof WEIGHTED>
  ) {
    const op = "WeightedRandomSampler";
    const options = inOrder<WeightedRandomSamplerOptions>(op, given, WEIGHTED);
    checkOptions(op, options, { replacement: FLAG, generator: GENERATOR });
    this.weights = [...checkValue(op, "weights", weights, listOf(NOT_NEGATIVE, "a list of weights"))];
    this.numSamples = checkValue(op, "numSamples", numSamples, POSITIVE);
    this.replacement = options.replacement ?? true;
    this.generator = options.generator;
    const possible = this.weights.filter((w) => w > 0).length;
    if (possible > 0 && (this.replacement || numSamples <= possible)) return;
    throw new core.ArgumentError(`${possible} of the weights are above 0`, {
      code: "argument/range",
      op,
      hint: this.replacement ? "give at least one" : `give at least numSamples, ${numSamples}`,
    });
  }
  /** Number of indices. */
  get length(): number {
    return this.numSamples;
  }
  *[Symbol.iterator](): Generator<number, void, undefined> {
    const generator = this.generator ?? defaultGenerator();
    const { weights } = this;
    if (!this.replacement || this.numSamples === 1) {
      // PyTorch: the greatest quotients of the weights and exponential draws.
      const draws = generator.exponential_(new Float64Array(weights.length));
      const places = weights.map((w, i) => [w / draws[i]!, i] as const).sort(([a], [b]) => b - a);
      yield* places.slice(0, this.numSamples).map(([, i]) => i);
      return;
    }
    const sums: number[] = [];
    weights.reduce((sum, w, i) => (sums[i] = sum + w), 0);
    const total = sums.at(-1)!;
    const last = weights.findLastIndex((w) => w > 0);
    for (const u of generator.uniform_(new Float64Array(this.numSamples))) {
      const found = sums.findIndex((s) => s / total > u);
      yield found < 0 ? last : found;
    }
  }
}
/** See `WeightedRandomSampler`. */
export type WeightedRandomSampler = WeightedRandomSamplerClass;
/**
 * `numSamples` indices, a scalar each, by `weights`, which need not sum to 1: again and again by default, or each at most
 * once. PyTorch's for the same seed of `generator` or the default one.
 * @throws {ArgumentError} when the weights are no list of numbers of at least 0, too few are above 0, or an option is
 * unknown or wrong.
 * @see torch.utils.data.WeightedRandomSampler
 */
export const WeightedRandomSampler: Constructible<typeof WeightedRandomSamplerClass> =
  /* @__PURE__ */ constructible(WeightedRandomSamplerClass);

/** Indices in lists of `size`, the last one shorter unless it is dropped. */
export function* inBatches<T>(items: Iterable<T>, size: number, dropLast: boolean): Generator<T[]> {
  let batch: T[] = [];
  for (const item of items) {
    batch.push(item);
    if (batch.length === size) {
      yield batch;
      batch = [];
    }
  }
  if (batch.length > 0 && !dropLast) yield batch;
}

class BatchSamplerClass implements Iterable<number[]> {
  readonly sampler: Iterable<number> & Sized;
  readonly batchSize: number;
  readonly dropLast: boolean;
  constructor(sampler: Iterable<number> & Sized, batchSize: number, dropLast: boolean) {
    this.sampler = checkValue("BatchSampler", "sampler", sampler, SIZED);
    this.batchSize = checkValue("BatchSampler", "batchSize", batchSize, POSITIVE);
    this.dropLast = checkValue("BatchSampler", "dropLast", dropLast, FLAG);
  }
  /** Number of batches. */
  get length(): number {
    const n = this.sampler.length / this.batchSize;
    return this.dropLast ? Math.floor(n) : Math.ceil(n);
  }
  [Symbol.iterator](): Generator<number[]> {
    return inBatches(this.sampler, this.batchSize, this.dropLast);
  }
}
/** See `BatchSampler`. */
export type BatchSampler = BatchSamplerClass;
/**
 * The indices of a sampler in lists of shape [batchSize], the last one shorter unless `dropLast`.
 * @throws {ArgumentError} when the sampler has no length, or another argument is of another kind.
 * @see torch.utils.data.BatchSampler
 */
export const BatchSampler: Constructible<typeof BatchSamplerClass> =
  /* @__PURE__ */ constructible(BatchSamplerClass);
