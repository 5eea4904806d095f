// Index kernels of sizes at which they change their form, and orders that matter.
import type { DType, ScatterMode } from "@isoform/core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { missingAdapter } from "../../testing/adapter.js";
import { Against, wave, type Twin } from "../../testing/against.js";

const missing = await missingAdapter();

describe.skipIf(missing !== null)("index kernels", () => {
  let on: Against;
  beforeAll(async () => {
    on = await Against.open();
  });
  afterEach(() => on.clear());
  afterAll(() => on.close());

  async function scatter(
    mode: ScatterMode,
    x: Twin,
    indices: Twin,
    updates: Twin,
    axis: number,
    bound = 0,
  ): Promise<void> {
    const out = on.output(x.gpu.dtype, x.gpu.shape);
    const apart = await on.difference(out, (k, pick, o) =>
      k.scatter(mode, pick(x), pick(indices), pick(updates), o, axis),
    );
    expect(apart).toBeLessThanOrEqual(bound);
  }

  /** Indices with many repetitions, some outside. */
  const places = (dtype: DType, shape: readonly number[], n: number): Twin =>
    on.filled(dtype, shape, (i) => ((i * 7919) % (n + 2)) - (dtype.startsWith("u") ? 0 : 1));

  it("combines few updates in their order", async () => {
    for (const mode of ["set", "add", "mul", "max", "min"] satisfies ScatterMode[]) {
      const x = on.tensor("float32", [4, 5, 3], 1);
      await scatter(mode, x, places("int32", [9], 5), on.tensor("float32", [4, 9, 3], 2), 1, 1e-5);
      await scatter(
        mode,
        on.tensor("int8", [7], 3),
        places("int64", [3, 4], 7),
        on.tensor("int8", [3, 4], 4),
        0,
      );
    }
    await scatter(
      "set",
      on.tensor("bool", [9, 3], 5),
      places("uint8", [4], 9),
      on.tensor("bool", [4, 3], 6),
      0,
    );
  });

  it("combines many updates in their order", async () => {
    const before = on.buffers;
    for (const [n, m, inner] of [
      [3000, 700, 3],
      [1000, 3000, 1],
    ] as const) {
      for (const mode of ["set", "add"] satisfies ScatterMode[]) {
        const updates = on.tensor("float32", [m, inner], 1);
        await scatter(
          mode,
          on.tensor("float32", [n, inner], 2),
          places("int32", [m], n / 10),
          updates,
          0,
          1e-5,
        );
        const narrow = on.tensor("int16", [2, m, inner], 3, "transposed");
        await scatter(mode, on.tensor("int16", [2, n, inner], 4), places("int64", [m], n), narrow, 1);
      }
    }
    const grid = on.filled("int32", [50, 30], (i) => (i * 31) % 900, "transposed");
    await scatter("mul", on.tensor("int64", [900], 5), grid, on.tensor("int64", [50, 30], 6, "reversed"), 0);
    on.clear();
    expect(on.buffers).toBe(before);
  });

  it("gathers, outside with zeros", async () => {
    for (const dtype of ["float32", "bool", "int64", "bfloat16"] satisfies DType[]) {
      for (const layout of ["dense", "reversed"] as const) {
        const x = on.tensor(dtype, [4, 6, 5], 1, layout);
        const indices = places("int32", [3, 2], 6);
        const out = on.output(dtype, [4, 3, 2, 5]);
        expect(await on.difference(out, (k, pick, o) => k.gather(pick(x), pick(indices), o, 1))).toBe(0);
      }
    }
  });

  it("sorts lines of one block and of several, equal elements in their order", async () => {
    const sort = async (x: Twin, axis: number, descending: boolean): Promise<void> => {
      const values = on.output(x.gpu.dtype, x.gpu.shape);
      const indices = on.output("int64", x.gpu.shape);
      on.run((k, pick) => k.sort(pick(x), pick(values), pick(indices), { axis, descending }));
      expect(await on.apart(values)).toBe(0);
      expect(await on.apart(indices)).toBe(0);
    };
    const few = (i: number): number => Math.round(wave(20)(i));
    const special = (i: number): number =>
      i % 11 === 3 ? NaN : i % 13 === 5 ? Infinity : i % 17 === 6 ? -Infinity : i % 5 === 0 ? -0 : few(i);
    for (const descending of [false, true]) {
      await sort(on.filled("float32", [6, 37], special), 1, descending);
      await sort(on.filled("float32", [37, 6], special, "transposed"), 0, descending);
      await sort(
        on.filled("int64", [2, 700], (i) => few(i) * 1e12, "reversed"),
        1,
        descending,
      );
      await sort(on.tensor("uint8", [3, 50], 1), 1, descending);
      await sort(on.filled("float32", [2, 3001], special), 1, descending);
      await sort(on.tensor("bool", [40], 2), 0, descending);
    }
    await sort(on.tensor("uint64", [2500], 3), 0, false);
  });

  it("makes Philox's words, also where the counter carries", async () => {
    for (const words of [
      [1, 2, 3, 4],
      [0xffffffff, 7, 0xfffffffe, 0xffffffff],
    ]) {
      const key = on.filled("uint32", [4], (i) => words[i]!);
      const out = on.output("uint32", [3, 7]);
      expect(await on.difference(out, (k, pick, o) => k.randomBits(pick(key), o))).toBe(0);
    }
  });
});
