// Index kernels of sizes at which they change their form, and orders that matter.
import { afterAll, describe, expect, it } from "vitest";
import type { DType, ScatterMode } from "@isoform/core";
import { missingAdapter } from "../../testing/adapter.js";
import { Both, given, wave, type Given } from "../../testing/both.js";

const missing = await missingAdapter();
const both = new Both();
afterAll(() => both.gpu.dispose?.());

describe.skipIf(missing !== null)(`index kernels${missing ? `: ${missing}` : ""}`, () => {
  const scatter = (
    mode: ScatterMode,
    x: Given,
    indices: Given,
    updates: Given,
    axis: number,
    bound = 0,
  ): Promise<void> =>
    both.same(
      [x, indices, updates],
      [[x.dtype, x.shape]],
      (b, [v, i, u], [out]) => b.kernels.scatter(mode, v!, i!, u!, out!, axis),
      bound,
    );
  /** Indices with many repetitions, some outside. */
  const places = (dtype: DType, shape: readonly number[], n: number): Given =>
    given(dtype, shape, (i) => ((i * 7919) % (n + 2)) - (dtype.startsWith("u") ? 0 : 1));

  it("combines few updates in their order", async () => {
    for (const mode of ["set", "add", "mul", "max", "min"] satisfies ScatterMode[]) {
      await scatter(
        mode,
        given("float32", [4, 5, 3], wave(2)),
        places("int32", [9], 5),
        given("float32", [4, 9, 3], wave(2)),
        1,
        1e-5,
      );
      await scatter(
        mode,
        given("int8", [7], wave(90)),
        places("int64", [3, 4], 7),
        given("int8", [3, 4], wave(90)),
        0,
      );
    }
    await scatter(
      "set",
      given("bool", [9, 3], wave(1)),
      places("uint8", [4], 9),
      given("bool", [4, 3], wave(1)),
      0,
    );
  });

  it("combines many updates in their order", async () => {
    const before = both.gpu.info().buffers;
    for (const [n, m, inner] of [
      [3000, 700, 3],
      [1000, 3000, 1],
    ] as const) {
      for (const mode of ["set", "add"] satisfies ScatterMode[]) {
        const x = given("float32", [n, inner], wave(2));
        await scatter(mode, x, places("int32", [m], n / 10), given("float32", [m, inner], wave(2)), 0, 1e-5);
        const narrow = given("int16", [2, n, inner], wave(2000));
        const updates = given("int16", [2, m, inner], wave(2000), "transposed");
        await scatter(mode, narrow, places("int64", [m], n), updates, 1);
      }
    }
    const grid = given("int32", [50, 30], (i) => (i * 31) % 900, "transposed");
    await scatter(
      "mul",
      given("int64", [900], wave(9)),
      grid,
      given("int64", [50, 30], wave(3), "flipped"),
      0,
    );
    expect(both.gpu.info().buffers).toBe(before);
  });

  it("gathers, outside with zeros", async () => {
    for (const dtype of ["float32", "bool", "int64", "bfloat16"] satisfies DType[]) {
      for (const layout of ["dense", "flipped"] as const) {
        await both.same(
          [given(dtype, [4, 6, 5], wave(9), layout), places("int32", [3, 2], 6)],
          [[dtype, [4, 3, 2, 5]]],
          (b, [v, i], [out]) => b.kernels.gather(v!, i!, out!, 1),
        );
      }
    }
  });

  it("sorts lines of one block and of several, equal elements in their order", async () => {
    const sort = (x: Given, axis: number, descending: boolean): Promise<void> =>
      both.same(
        [x],
        [
          [x.dtype, x.shape],
          ["int64", x.shape],
        ],
        (b, [v], [values, indices]) => b.kernels.sort(v!, values!, indices!, { axis, descending }),
      );
    const few = (i: number): number => Math.round(wave(20)(i));
    const special = (i: number): number =>
      i % 11 === 3 ? NaN : i % 13 === 5 ? Infinity : i % 17 === 6 ? -Infinity : i % 5 === 0 ? -0 : few(i);
    for (const descending of [false, true]) {
      await sort(given("float32", [6, 37], special), 1, descending);
      await sort(given("float32", [37, 6], special, "transposed"), 0, descending);
      await sort(
        given("int64", [2, 700], (i) => few(i) * 1e12, "flipped"),
        1,
        descending,
      );
      await sort(given("uint8", [3, 50], wave(120)), 1, descending);
      await sort(given("float32", [2, 3001], special), 1, descending);
      await sort(given("bool", [40], wave(1)), 0, descending);
    }
    await sort(
      given("uint64", [2500], (i) => Math.abs(few(i)) * 1e10),
      0,
      false,
    );
  });

  it("makes Philox's words, also where the counter carries", async () => {
    for (const key of [
      [1, 2, 3, 4],
      [0xffffffff, 7, 0xfffffffe, 0xffffffff],
    ]) {
      await both.same([given("uint32", [4], (i) => key[i]!)], [["uint32", [3, 7]]], (b, [k], [out]) =>
        b.kernels.randomBits(k!, out!),
      );
    }
  });
});
