// Samplers, splits and the loader's options against PyTorch (fixtures/generate/torch_data.py).
import { readFileSync } from "node:fs";
import { reference } from "@isoform/backend-reference";
import { ArgumentError, setBackend, TorchGenerator } from "@isoform/core";
import { beforeAll, describe, expect, it } from "vitest";
import { data, torch } from "../index.js";

const { cases } = JSON.parse(
  readFileSync(new URL("../../../../fixtures/recorded/torch_data.json", import.meta.url), "utf8"),
) as { readonly cases: Readonly<Record<string, readonly unknown[]>> };
const { BatchSampler, ConcatDataset, DataLoader, RandomSampler, SequentialSampler, Subset, TensorDataset } =
  data;
const { randomSplit, WeightedRandomSampler } = data;

beforeAll(async () => {
  await setBackend(reference());
});

const N = { length: 10 };
const W = [0.1, 0.5, 0, 2, 0.25];
const own = () => ({ generator: new TorchGenerator(9) });
const rows = () => TensorDataset(torch.arange(10));
const squares = (n: number): data.Dataset<number> => ({ length: n, get: (i) => i * i });
const numbers = (t: torch.Tensor): number[] => Array.from(t.dataSync(), Number);
/** Read in the loop: its end releases the batch. */
function values(batches: Iterable<torch.Tensor[]>): number[][] {
  const read: number[][] = [];
  for (const [t] of batches) read.push(numbers(t!));
  return read;
}

describe("PyTorch's draws", () => {
  const made: Readonly<Record<string, () => Iterable<unknown>>> = {
    SequentialSampler: () => SequentialSampler(N),
    RandomSampler: () => RandomSampler(N),
    "RandomSampler own": () => RandomSampler(N, own()),
    "RandomSampler num_samples": () => RandomSampler(N, { numSamples: 23 }),
    "RandomSampler replacement": () => RandomSampler(N, true, 40),
    WeightedRandomSampler: () => WeightedRandomSampler(W, 12),
    "WeightedRandomSampler own": () => WeightedRandomSampler(W, 12, own()),
    "WeightedRandomSampler once": () => WeightedRandomSampler(W, 3, false),
    "WeightedRandomSampler one": () => WeightedRandomSampler(W, 1),
    BatchSampler: () => BatchSampler(RandomSampler(N), 4, false),
    "BatchSampler drop_last": () => BatchSampler(SequentialSampler(N), 4, true),
  };
  it.each(Object.entries(made))("%s", (name, make) => {
    torch.manualSeed(7);
    const sampler = make();
    expect([[...sampler], [...sampler]]).toEqual(cases[name]);
    expect(Reflect.get(sampler, "length")).toBe([...sampler].length);
  });
  it("randomSplit", () => {
    torch.manualSeed(7);
    expect(randomSplit(rows(), [7, 3]).map((s) => s.indices)).toEqual(cases["random_split"]);
    expect(randomSplit(squares(10), [0.35, 0.35, 0.3], own()).map((s) => s.indices)).toEqual(
      cases["random_split shares"],
    );
  });
  it("the loader's sampler and batchSampler", () => {
    torch.manualSeed(7);
    expect(values(DataLoader(rows(), { sampler: RandomSampler(N), batchSize: 3 }))).toEqual(
      cases["loader sampler"],
    );
    torch.manualSeed(7);
    const batchSampler = BatchSampler(RandomSampler(N), 4, true);
    expect(values(DataLoader(rows(), { batchSampler }))).toEqual(cases["loader batch_sampler"]);
    expect(DataLoader(rows(), { batchSampler }).length).toBe(2);
  });
});

describe("datasets of datasets", () => {
  it("subsets and chains", () => {
    const subset = Subset(squares(10), [9, 1, 0]);
    const both = ConcatDataset([subset, squares(3)]);
    expect([both.length, Array.from({ length: 6 }, (_, i) => both.get(i))]).toEqual([6, [81, 1, 0, 0, 1, 4]]);
    expect([both.get(-1), subset.get(-1)]).toEqual([4, 0]);
    expect(values(DataLoader(Subset(rows(), [5, 3, 4]), { batchSize: 2, numWorkers: 0 }))).toEqual([
      [5, 3],
      [4],
    ]);
  });
  it("a class, an async one, and samples without numbers", async () => {
    class Evens extends data.Dataset<number> {
      readonly length = 4;
      override get(index: number): Promise<number> {
        return Promise.resolve(2 * index);
      }
    }
    const got: unknown[] = [];
    for await (const batch of DataLoader<number, torch.Tensor>(new Evens(), { batchSize: 3 }))
      got.push(numbers(batch));
    expect(got).toEqual([[0, 2, 4], [6]]);
    expect(() => [...DataLoader(new Evens())]).toThrow("for await");
    class Stream extends data.IterableDataset<number> {
      override *[Symbol.iterator](): Generator<number> {
        yield* [1.5, 2.5, 3.5];
      }
    }
    const loader = DataLoader<number, torch.Tensor>(new Stream(), { batchSize: 2, dropLast: true });
    const read: number[][] = [];
    for (const batch of loader) read.push(numbers(batch));
    expect(read).toEqual([[1.5, 2.5]]);
    expect(() => loader.length).toThrow("not counted");
  });
});

describe("refused", () => {
  const wrong = <T>(v: unknown): T => v as T;
  it.each([
    ["workers", () => DataLoader(rows(), { numWorkers: 2 }), "numWorkers is 2"],
    ["two orders", () => DataLoader(rows(), { sampler: RandomSampler(N), shuffle: true }), "sampler stands"],
    [
      "two batchings",
      () => DataLoader(rows(), { batchSampler: BatchSampler(RandomSampler(N), 2, true), batchSize: 2 }),
      "batchSampler stands",
    ],
    ["a list for a sampler's length", () => RandomSampler(wrong(3)), "dataSource is 3"],
    ["no sample to draw", () => WeightedRandomSampler([0, 0], 1), "0 of the weights"],
    ["too few to draw", () => WeightedRandomSampler([1, 0], 2, false), "1 of the weights"],
    ["lengths that do not sum", () => randomSplit(rows(), [7, 4]), "sum to 11"],
    ["no index", () => Subset(squares(3), [0]).get(1), "no sample 1 among 1"],
    ["no datasets", () => ConcatDataset([]), "datasets is"],
    ["no dataset", () => Subset(wrong<data.Dataset<number>>(null), [0]), "null is not a dataset"],
  ])("%s", (_, fn, message) => {
    expect(fn).toThrow(ArgumentError);
    expect(fn).toThrow(message);
  });
});
