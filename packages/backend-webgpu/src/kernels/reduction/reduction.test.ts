// Reductions of sizes at which they change their form: parts, columns, pieces, chunks.
import { afterAll, describe, expect, it } from "vitest";
import type { DType, ReduceKind } from "@isoform/core";
import { Both, given, wave, type Given, type Layout } from "../../testing/both.js";
import { missingAdapter } from "../../testing/adapter.js";

const missing = await missingAdapter();
const both = new Both();
afterAll(() => both.gpu.dispose?.());

describe.skipIf(missing !== null)(`reductions${missing ? `: ${missing}` : ""}`, () => {
  const reduce = (x: Given, kind: ReduceKind, axes: readonly number[], bound = 0): Promise<void> => {
    const shape = x.shape.filter((_, a) => !axes.includes(a));
    return both.same(
      [x],
      [[x.dtype, shape]],
      (b, [v], [out]) => b.kernels.reduce(kind, v!, out!, axes),
      bound,
    );
  };

  it("sums rows, columns and planes of many sizes", async () => {
    for (const [rows, length] of [
      [1, 1],
      [5, 3],
      [3, 257],
      [130, 40],
    ] as const) {
      for (const layout of ["dense", "offset", "transposed", "flipped", "stepped"] satisfies Layout[]) {
        await reduce(given("float32", [rows, length], wave(3), layout), "sum", [1], 1e-5);
        await reduce(given("float32", [rows, length], wave(3), layout), "sum", [0], 1e-5);
      }
    }
    await reduce(given("float32", [3, 5, 7, 9], wave(2)), "sum", [0, 2, 3], 1e-5);
    await reduce(given("float32", [3, 5, 7, 9], wave(2)), "max", [1, 3], 0);
  });

  it("cuts long reductions to few outputs in pieces", async () => {
    const before = both.gpu.info().buffers;
    await reduce(given("float32", [1 << 17], wave(1)), "sum", [0], 2e-5);
    await reduce(given("float32", [2, 70001], wave(1)), "max", [1], 0);
    await reduce(given("float32", [70001, 3], wave(1)), "sum", [0], 2e-5);
    await reduce(given("int64", [70001], wave(1e6)), "sum", [0]);
    await reduce(given("int8", [90001], wave(100)), "sum", [0]);
    await reduce(
      given("bool", [90001], () => 1),
      "min",
      [0],
    );
    await reduce(given("float16", [40001], wave(0.01)), "sum", [0], 1e-3);
    expect(both.gpu.info().buffers).toBe(before);
  });

  it("is the same every time", async () => {
    const x = given("float32", [100003], (i) => Math.sin(i) * 10 ** ((i % 7) - 3));
    const sum = (): Promise<unknown> =>
      both.values([x], [["float32", []]], (b, [v], [out]) => b.kernels.reduce("sum", v!, out!, [0]));
    expect(await sum()).toEqual(await sum());
  });

  it("packs narrow results, and fills empty ones", async () => {
    for (const dtype of ["uint8", "int16", "float16", "bool"] satisfies DType[]) {
      const kind = dtype === "bool" ? "max" : "sum";
      await reduce(given(dtype, [7, 300], wave(40)), kind, [0], 1e-3);
      await reduce(given(dtype, [37, 5], wave(40)), kind, [1], 1e-3);
      await reduce(given(dtype, [3, 0], wave(40)), kind, [1]);
    }
    await reduce(given("float32", [3, 0, 2], wave(1)), "max", [1]);
    await reduce(given("int64", [0], wave(1)), "min", [0]);
  });

  it("finds the first extremum of long and short lines", async () => {
    for (const shape of [
      [5, 7],
      [2, 1000],
      [1, 80000],
    ]) {
      for (const dtype of ["float32", "int64"] satisfies DType[]) {
        for (const axis of [0, 1]) {
          const x = given(dtype, shape, (i) => Math.round(wave(4)(i)));
          const out = shape.filter((_, a) => a !== axis);
          for (const kind of ["max", "min"] as const) {
            await both.same([x], [["int64", out]], (b, [v], [o]) => b.kernels.argReduce(kind, v!, o!, axis));
          }
        }
      }
    }
    const nan = given("float32", [40000], (i) => (i === 30001 || i === 39000 ? NaN : i));
    await both.same([nan], [["int64", []]], (b, [v], [o]) => b.kernels.argReduce("min", v!, o!, 0));
  });

  it("scans short lines, long ones in tiles, and longer ones in chunks", async () => {
    const scan = (
      x: Given,
      kind: ReduceKind,
      axis: number,
      exclusive: boolean,
      reverse: boolean,
      bound = 0,
    ): Promise<void> =>
      both.same(
        [x],
        [[x.dtype, x.shape]],
        (b, [v], [o]) => b.kernels.cumulative(kind, v!, o!, { axis, exclusive, reverse }),
        bound,
      );
    for (const shape of [
      [3, 20],
      [3, 1500],
      [1, 9000],
    ]) {
      await scan(given("float32", shape, wave(1)), "sum", 1, false, false, 1e-4);
      await scan(given("float32", shape, wave(1)), "sum", 1, true, true, 1e-4);
      await scan(given("int64", shape, wave(1e5), "flipped"), "sum", 1, false, true);
      await scan(given("int8", shape, wave(90)), "max", 1, true, false);
    }
    await scan(given("float32", [300, 9], wave(1), "transposed"), "sum", 0, false, false, 1e-4);
  });
});
