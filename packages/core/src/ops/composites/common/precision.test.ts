// 16-bit floats: composites of several steps round once, as PyTorch does.
import { reference } from "@isoform/backend-reference";
import { beforeAll, describe, expect, it } from "vitest";
import {
  attention,
  avgPool,
  batchNormTrain,
  cast,
  erfinv,
  gelu,
  layerNorm,
  logSoftmax,
  logSumExp,
  lstm,
  mean,
  setBackend,
  sigmoid,
  silu,
  softmax,
  softmaxCrossEntropy,
  tensor,
  variance,
  type DType,
  type Tensor,
} from "../../../index.js";

beforeAll(async () => void (await setBackend(reference())));

const values = (n: number, low: number, high: number): number[] =>
  Array.from({ length: n }, (_, i) => low + ((high - low) * ((i * 7919) % 101)) / 100);

const weights = (x: Tensor, rows: number, columns: number): Tensor =>
  tensor(values(rows * columns, -1, 1), { shape: [rows, columns], dtype: x.dtype });

const FUNCTIONS: Readonly<Record<string, (x: Tensor) => Tensor>> = {
  sigmoid,
  silu,
  gelu: (x) => gelu(x),
  erfinv: (x) => erfinv(x),
  softmax: (x) => softmax(x),
  logSoftmax: (x) => logSoftmax(x),
  logSumExp: (x) => logSumExp(x, 1),
  mean: (x) => mean(x, 1),
  variance: (x) => variance(x, 1),
  layerNorm: (x) => layerNorm(x),
  avgPool: (x) => avgPool(x, { window: [3] }),
  attention: (x) => attention(x, x, x),
  batchNormTrain: (x) => batchNormTrain(x)[0],
  softmaxCrossEntropy: (x) => softmaxCrossEntropy(x, tensor([1, 0, 2, 5], { dtype: "int64" })),
};

/** Every value of `b` in `dtype`, as numbers. */
const numbers = (t: Tensor): number[] => Array.from(cast(t, "float64").dataSync(), Number);

describe.each<[DType, number]>([
  ["float16", 2 ** -11],
  ["bfloat16", 2 ** -8],
])("%s", (dtype, unit) => {
  for (const [name, fn] of Object.entries(FUNCTIONS)) {
    it(`${name} is the exact result rounded once`, () => {
      const low = tensor(values(24, -0.9, 0.9), { shape: [4, 6], dtype });
      const exact = numbers(fn(cast(low, "float64")));
      const actual = fn(low);
      expect(actual.dtype).toBe(dtype);
      numbers(actual).forEach((v, i) => {
        // Half a unit in the last place, and float32's own error.
        const bound = Math.max(Math.abs(exact[i]!), 2 ** -14) * unit * 1.01 + 1e-6;
        expect(Math.abs(v - exact[i]!)).toBeLessThanOrEqual(bound);
      });
    });
  }

  it("keeps the statistics of a batch in float32", () => {
    const x = tensor(values(24, -0.9, 0.9), { shape: [4, 6], dtype });
    expect(batchNormTrain(x).map((t) => t.dtype)).toEqual([dtype, "float32", "float32"]);
  });

  it("runs an lstm in float32 and rounds its results", () => {
    const x = tensor(values(12, -1, 1), { shape: [3, 2, 2], dtype });
    const zero = tensor([0, 0, 0, 0], { shape: [2, 2], dtype });
    const run = (t: Tensor) => {
      const at = (v: Tensor) => cast(v, t.dtype);
      return lstm(t, at(zero), at(zero), at(weights(x, 8, 2)), at(weights(x, 8, 2)))[0];
    };
    const [exact, actual] = [numbers(run(cast(x, "float64"))), numbers(run(x))];
    actual.forEach((v, i) => expect(Math.abs(v - exact[i]!)).toBeLessThanOrEqual(unit));
  });
});
