import { ArgumentError, NumpyRandomState, ShapeError, TorchGenerator } from "@isoform/core";
import { describe, expect, it } from "vitest";
import { ndArray, reshape, sliceRows, takeRows } from "../arrays/nd-array.js";
import type { Dataset, NdArray } from "../arrays/nd-array.js";
import { batches } from "./batches.js";
import { featureStatistics, oneHot, standardise, toFloat32 } from "./encode.js";
import { shuffleDataset, trainTestSplit } from "./split.js";

const numbers = (array: NdArray) => Array.from(array.data as ArrayLike<number>, Number);
const range = (n: number) => Array.from({ length: n }, (_, i) => i);
/** Rows [2i, 2i + 1] labelled i. */
function counting(rows: number): Dataset<"float32", "int32"> {
  return {
    x: ndArray("float32", [rows, 2], Float32Array.from(range(2 * rows))),
    y: ndArray("int32", [rows], Int32Array.from(range(rows))),
  };
}
const belong = ({ x, y }: Dataset) =>
  numbers(y).every((v, i) => numbers(x)[2 * i] === 2 * v && numbers(x)[2 * i + 1] === 2 * v + 1);

describe("arrays", () => {
  it("checks shapes and types", () => {
    expect(() => ndArray("float32", [3], new Float32Array(2))).toThrow(ShapeError);
    expect(() => ndArray("float32", [-1])).toThrow(ShapeError);
    expect(() => ndArray("float32", [2 ** 30, 2 ** 30])).toThrow(ShapeError);
    expect(() => ndArray("float32", [1], new Float64Array(1) as never)).toThrow(/Float32Array/);
    expect(() => reshape(counting(3).x, [5])).toThrow(ShapeError);
    expect(ndArray("int64", [2]).data).toEqual(new BigInt64Array(2));
    expect(ndArray("float32", []).data.length).toBe(1);
  });

  it("takes and slices rows", () => {
    const { x } = counting(4);
    expect(numbers(takeRows(x, [3, 0, 3]))).toEqual([6, 7, 0, 1, 6, 7]);
    expect(sliceRows(x, 1, 3).data.buffer).toBe(x.data.buffer);
    expect(numbers(sliceRows(x, 1, 3))).toEqual([2, 3, 4, 5]);
    expect(() => takeRows(x, [4])).toThrow(ArgumentError);
    expect(() => sliceRows(x, 2, 5)).toThrow(ArgumentError);
    expect(() => takeRows(ndArray("float32", []), [0])).toThrow(ShapeError);
  });
});

describe("trainTestSplit", () => {
  it("takes the rows scikit-learn takes", () => {
    // sklearn.model_selection.train_test_split(np.arange(10), test_size=0.25, random_state=0)
    const { train, test, testIndex } = trainTestSplit(counting(10), { random: 0 });
    expect(numbers(test.y)).toEqual([2, 8, 4]);
    expect(numbers(train.y)).toEqual([9, 1, 6, 7, 3, 0, 5]);
    expect(Array.from(testIndex)).toEqual([2, 8, 4]);
    expect(belong(train) && belong(test)).toBe(true);
  });

  it("takes the rows of the example in scikit-learn's documentation", () => {
    const { train, test } = trainTestSplit(counting(5), { testSize: 0.33, random: 42 });
    expect(numbers(train.x)).toEqual([4, 5, 0, 1, 6, 7]);
    expect(numbers(test.x)).toEqual([2, 3, 8, 9]);
  });

  it("takes counts, generators and no shuffling", () => {
    expect(numbers(trainTestSplit(counting(10), { testSize: 2, random: null }).test.y)).toEqual([8, 9]);
    const torch = trainTestSplit(counting(10), { testSize: 3, random: new TorchGenerator(0) });
    expect(Array.from(torch.testIndex)).toEqual(Array.from(new TorchGenerator(0).randperm(10).slice(0, 3)));
    const state = new NumpyRandomState(1);
    const first = trainTestSplit(counting(10), { random: state }).testIndex;
    expect(trainTestSplit(counting(10), { random: state }).testIndex).not.toEqual(first);
  });

  it("refuses empty parts and unequal rows", () => {
    for (const testSize of [0, 10, 11, -1, 2.5, Number.NaN]) {
      expect(() => trainTestSplit(counting(10), { testSize }), String(testSize)).toThrow(ArgumentError);
    }
    expect(() => trainTestSplit({ x: counting(3).x, y: counting(4).y })).toThrow(ShapeError);
    expect(() => trainTestSplit(counting(4), { test_size: 0.5 } as never)).toThrow(/testSize/);
  });

  it("shuffles x and y alike", () => {
    const shuffled = shuffleDataset(counting(50), 7);
    expect(belong(shuffled)).toBe(true);
    expect(numbers(shuffled.y)).not.toEqual(range(50));
    expect(numbers(shuffled.y).toSorted((a, b) => a - b)).toEqual(range(50));
  });
});

describe("batches", () => {
  it("covers the rows in order, without copies", () => {
    const data = counting(7);
    const all = [...batches(data, { batchSize: 3 })];
    expect(all.map((b) => Array.from(b.index))).toEqual([[0, 1, 2], [3, 4, 5], [6]]);
    expect(all.every(belong)).toBe(true);
    expect(all[1]?.x.data.buffer).toBe(data.x.data.buffer);
    expect([...batches(data, { batchSize: 3, dropLast: true })].length).toBe(2);
    expect([...batches(data)].map((b) => b.x.shape)).toEqual([[7, 2]]);
    expect([...batches(counting(0))]).toEqual([]);
  });

  it("shuffles anew for each pass with a generator, the same with a seed", () => {
    const data = counting(20);
    const order = (b: Iterable<{ readonly index: Int32Array }>) =>
      [...b].flatMap((batch) => Array.from(batch.index));
    const seeded = batches(data, { batchSize: 6, random: 3 });
    expect(order(seeded)).toEqual(order(seeded));
    const moving = batches(data, { batchSize: 6, random: new TorchGenerator(3) });
    expect(order(moving)).toEqual(Array.from(new TorchGenerator(3).randperm(20)));
    expect(order(moving)).not.toEqual(Array.from(new TorchGenerator(3).randperm(20)));
    expect([...batches(data, { batchSize: 6, random: 3 })].every(belong)).toBe(true);
  });

  it("takes a given order", () => {
    const all = [...batches(counting(5), { batchSize: 2, order: [4, 4, 0] })];
    expect(all.map((b) => numbers(b.y))).toEqual([[4, 4], [0]]);
    expect(() => [...batches(counting(5), { order: [5] })]).toThrow(ArgumentError);
  });

  it("refuses bad options", () => {
    expect(() => batches(counting(5), { batchSize: 0 })).toThrow(ArgumentError);
    expect(() => batches(counting(5), { random: 1, order: [0] })).toThrow(ArgumentError);
    expect(() => batches(counting(5), { batch_size: 1 } as never)).toThrow(/batchSize/);
  });
});

describe("encodings", () => {
  it("makes one-hot rows", () => {
    const labels = ndArray("uint8", [3], Uint8Array.of(2, 0, 1));
    expect(oneHot(labels)).toEqual(ndArray("float32", [3, 3], Float32Array.of(0, 0, 1, 1, 0, 0, 0, 1, 0)));
    expect(oneHot(labels, 4).shape).toEqual([3, 4]);
    expect(oneHot(ndArray("int64", [1, 1], BigInt64Array.of(1n))).data).toEqual(Float32Array.of(0, 1));
    expect(() => oneHot(labels, 2)).toThrow(ArgumentError);
    expect(() => oneHot(ndArray("int32", [1], Int32Array.of(-1)), 2)).toThrow(ArgumentError);
    expect(() => oneHot(ndArray("float32", [1], Float32Array.of(0.5)), 2)).toThrow(ArgumentError);
  });

  it("converts to float32 with scale and offset", () => {
    const pixels = ndArray("uint8", [3], Uint8Array.of(0, 51, 255));
    expect(toFloat32(pixels, { scale: 1 / 255 }).data).toEqual(Float32Array.of(0, 0.2, 1));
    expect(toFloat32(pixels, { offset: -1 }).data).toEqual(Float32Array.of(-1, 50, 254));
    expect(toFloat32(ndArray("float16", [1], Uint16Array.of(0x3e00))).data).toEqual(Float32Array.of(1.5));
  });

  it("standardises features with the statistics of the training data", () => {
    const x = ndArray("float64", [4, 3], Float64Array.of(1, 5, 1e6, 2, 5, 1e6 + 2, 3, 5, 1e6, 6, 5, 1e6 + 2));
    const { mean, std, data, shape } = standardise(x);
    expect(Array.from(mean)).toEqual([3, 5, 1000001]);
    expect(Array.from(std)).toEqual([Math.sqrt(3.5), 1, 1]);
    expect(shape).toEqual([4, 3]);
    expect(Array.from(data.slice(0, 3))).toEqual([Math.fround(-2 / Math.sqrt(3.5)), 0, -1]);
    const other = standardise(
      ndArray("float32", [1, 3], Float32Array.of(3, 6, 1000001)),
      featureStatistics(x),
    );
    expect(Array.from(other.data)).toEqual([0, 1, 0]);
    expect(() => standardise(ndArray("float32", [2, 2]), featureStatistics(x))).toThrow(ArgumentError);
    expect(() => featureStatistics(ndArray("float32", [0, 2]))).toThrow(ArgumentError);
  });
});

describe("arrays that are too large or not numbers", () => {
  it("are refused by a limit", () => {
    const tooLarge = expect.objectContaining({ name: "LimitExceededError", code: "limit/memory" });
    expect(() => ndArray("float32", [2 ** 40])).toThrow(tooLarge);
    expect(() => oneHot(ndArray("int32", [2], Int32Array.of(0, 1)), 2 ** 34)).toThrow(tooLarge);
  });

  it("give statistics that say so", () => {
    const x = ndArray("float64", [2, 3], Float64Array.of(NaN, 3, 1, 1, 3, 3));
    const { mean, std } = featureStatistics(x);
    expect(Array.from(mean)).toEqual([NaN, 3, 2]);
    expect(Array.from(std)).toEqual([NaN, 1, 1]);
  });
});
