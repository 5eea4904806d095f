// Padding rules of pooling against the output sizes that TensorFlow and PyTorch define.
import { reference } from "@isoform/backend-reference";
import { beforeAll, describe, expect, it } from "vitest";
import { ArgumentError, ceilPadding, maxPool, samePadding, setBackend, zeros } from "../../../index.js";

beforeAll(async () => void (await setBackend(reference())));

describe("samePadding", () => {
  it("gives ceil(size / stride) windows with the odd element at the end", () => {
    for (const size of [1, 2, 5, 8, 9]) {
      for (const window of [1, 2, 3, 5]) {
        for (const stride of [1, 2, 3]) {
          for (const dilation of [1, 2]) {
            const [low, high] = samePadding(size, window, stride, dilation);
            const reach = (window - 1) * dilation + 1;
            expect(Math.floor((size + low + high - reach) / stride) + 1).toBe(Math.ceil(size / stride));
            expect(high - low === 0 || high - low === 1).toBe(true);
          }
        }
      }
    }
    expect(samePadding(8, 3, 2)).toEqual([0, 1]);
    expect(samePadding(9, 3, 2)).toEqual([1, 1]);
  });

  it("refuses what is not a size", () => {
    expect(() => samePadding(8, 0)).toThrow(ArgumentError);
    expect(() => samePadding(-1, 2)).toThrow(/samePadding.*size/s);
  });
});

describe("ceilPadding", () => {
  /** torch 2.13: F.max_pool1d(zeros(1, 1, n), k, s, p, d, ceil_mode=True).shape[-1] */
  const TORCH: readonly (readonly [n: number, k: number, s: number, p: number, d: number, out: number])[] = [
    [5, 2, 2, 0, 1, 3],
    [6, 2, 2, 0, 1, 3],
    [5, 2, 3, 1, 1, 2],
    [7, 3, 2, 1, 1, 4],
    [8, 3, 3, 0, 1, 3],
    [8, 3, 3, 1, 1, 3],
    [9, 3, 4, 1, 2, 3],
    [10, 2, 4, 1, 3, 3],
    [4, 2, 4, 1, 1, 2],
    [3, 1, 2, 0, 1, 2],
  ];
  for (const [n, k, s, p, d, out] of TORCH) {
    it(`size ${n}, window ${k}, stride ${s}, padding ${p}, dilation ${d} gives ${out}`, () => {
      const [low, high] = ceilPadding(n, k, s, d, [p, p]);
      expect(low).toBe(p);
      expect(Math.floor((n + low + high - (k - 1) * d - 1) / s) + 1).toBe(out);
      const options = {
        window: [k],
        strides: [s],
        padding: [[p, p] as const],
        dilation: [d],
        ceilMode: true,
      };
      expect(maxPool(zeros([1, 1, n]), options).shape).toEqual([1, 1, out]);
    });
  }
});
