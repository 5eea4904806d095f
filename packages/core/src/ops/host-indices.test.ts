// Values read on the host as numbers.
import { describe, expect, it } from "vitest";
import { numbersOf } from "./host-indices.js";

describe("numbersOf", () => {
  const edges = [
    0n,
    1n,
    -1n,
    2n ** 31n,
    -(2n ** 31n),
    2n ** 32n - 1n,
    2n ** 32n,
    -(2n ** 32n) - 1n,
    2n ** 53n,
  ];
  const large = [
    2n ** 53n + 1n,
    -(2n ** 53n) - 3n,
    2n ** 63n - 1n,
    -(2n ** 63n),
    2n ** 62n + 511n,
    2n ** 62n + 513n,
  ];

  it("gives the nearest number of int64", () => {
    const list = [...edges, ...large];
    expect(Array.from(numbersOf(BigInt64Array.from(list)))).toEqual(list.map(Number));
  });

  it("gives the nearest number of uint64", () => {
    const list = [...edges, ...large, 2n ** 64n - 1n].filter((v) => v >= 0n);
    expect(Array.from(numbersOf(BigUint64Array.from(list)))).toEqual(list.map(Number));
  });

  it("reads a part of a buffer, and leaves other dtypes alone", () => {
    const all = BigInt64Array.of(5n, -6n, 7n);
    expect(Array.from(numbersOf(all.subarray(1, 2)))).toEqual([-6]);
    const floats = Float32Array.of(1.5);
    expect(numbersOf(floats)).toBe(floats);
  });
});
