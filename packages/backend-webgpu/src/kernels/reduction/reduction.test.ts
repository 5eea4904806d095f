// Reductions of sizes at which they change their form: parts, columns, pieces, chunks.
import type { DType, ReduceKind } from "@isoform/core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { missingAdapter } from "../../testing/adapter.js";
import { Against, wave, type Layout, type Twin } from "../../testing/against.js";

const missing = await missingAdapter();

const WAYS = [
  ["by subgroups, where there are any", {}],
  ["in trees", { subgroups: false }],
] as const;

describe.skipIf(missing !== null).each(WAYS)("reductions %s", (_, without) => {
  let on: Against;
  beforeAll(async () => {
    on = await Against.open(without);
  });
  afterEach(() => on.clear());
  afterAll(() => on.close());

  async function reduce(x: Twin, kind: ReduceKind, axes: readonly number[], bound = 0): Promise<void> {
    const { dtype, shape } = x.gpu;
    const out = on.output(
      dtype,
      shape.filter((_, a) => !axes.includes(a)),
    );
    const apart = await on.difference(out, (k, pick, o) => k.reduce(kind, pick(x), o, axes));
    expect(apart).toBeLessThanOrEqual(bound);
  }

  it("sums rows, columns and planes of many sizes", async () => {
    for (const shape of [
      [1, 1],
      [5, 3],
      [3, 257],
      [130, 40],
    ]) {
      for (const layout of ["dense", "offset", "transposed", "reversed", "gapped"] satisfies Layout[]) {
        await reduce(on.tensor("float32", shape, 1, layout), "sum", [1], 1e-5);
        await reduce(on.tensor("float32", shape, 2, layout), "sum", [0], 1e-5);
      }
    }
    await reduce(on.tensor("float32", [3, 5, 7, 9], 3), "sum", [0, 2, 3], 1e-5);
    await reduce(on.tensor("float32", [3, 5, 7, 9], 4, "repeated"), "max", [0, 3]);
  });

  it("cuts long reductions to few outputs in pieces", async () => {
    const before = on.buffers;
    await reduce(on.tensor("float32", [1 << 17], 1), "sum", [0], 2e-5);
    await reduce(on.tensor("float32", [2, 70001], 2), "max", [1]);
    await reduce(on.tensor("float32", [70001, 3], 3), "sum", [0], 2e-5);
    await reduce(on.tensor("int64", [70001], 4), "sum", [0]);
    await reduce(on.tensor("int8", [90001], 5), "sum", [0]);
    await reduce(
      on.filled("bool", [90001], () => 1),
      "min",
      [0],
    );
    await reduce(on.filled("float16", [40001], wave(0.01)), "sum", [0], 1e-3);
    on.clear();
    expect(on.buffers).toBe(before);
  });

  it("is the same every time", async () => {
    const x = on.filled("float32", [100003], (i) => Math.sin(i) * 10 ** ((i % 7) - 3));
    const sum = async (): Promise<unknown> => {
      const out = on.output("float32", []);
      on.gpu.kernels.reduce("sum", x.gpu, out.gpu, [0]);
      return on.onGpu(out);
    };
    expect(await sum()).toEqual(await sum());
  });

  it("packs narrow results, and fills empty ones", async () => {
    for (const dtype of ["uint8", "int16", "float16", "bool"] satisfies DType[]) {
      const kind = dtype === "bool" ? "max" : "sum";
      await reduce(on.tensor(dtype, [7, 300], 1), kind, [0], dtype === "float16" ? 1e-3 : 0);
      await reduce(on.tensor(dtype, [37, 5], 2), kind, [1], dtype === "float16" ? 1e-3 : 0);
      await reduce(on.tensor(dtype, [3, 0], 3), kind, [1]);
    }
    await reduce(on.tensor("float32", [3, 0, 2], 4), "max", [1]);
    await reduce(on.tensor("int64", [0], 5), "min", [0]);
  });

  it("finds the first extremum of long and short lines", async () => {
    const first = async (x: Twin, kind: "max" | "min", axis: number): Promise<void> => {
      const out = on.output(
        "int64",
        x.gpu.shape.filter((_, a) => a !== axis),
      );
      expect(await on.difference(out, (k, pick, o) => k.argReduce(kind, pick(x), o, axis))).toBe(0);
    };
    for (const shape of [
      [5, 7],
      [2, 1000],
      [1, 80000],
    ]) {
      for (const dtype of ["float32", "int64"] satisfies DType[]) {
        const x = on.filled(dtype, shape, (i) => Math.round(wave(4)(i)));
        for (const axis of shape[0] === 1 ? [1] : [0, 1])
          for (const kind of ["max", "min"] as const) await first(x, kind, axis);
      }
    }
    await first(
      on.filled("float32", [40000], (i) => (i === 30001 || i === 39000 ? NaN : i)),
      "min",
      0,
    );
  });

  it("scans short lines, long ones in tiles, and longer ones in chunks", async () => {
    const before = on.buffers;
    const scan = async (
      x: Twin,
      kind: ReduceKind,
      axis: number,
      exclusive: boolean,
      reverse: boolean,
      bound = 0,
    ): Promise<void> => {
      const out = on.output(x.gpu.dtype, x.gpu.shape);
      const attrs = { axis, exclusive, reverse };
      const apart = await on.difference(out, (k, pick, o) => k.cumulative(kind, pick(x), o, attrs));
      expect(apart).toBeLessThanOrEqual(bound);
    };
    for (const shape of [
      [3, 20],
      [3, 1500],
      [1, 9000],
    ]) {
      await scan(on.filled("float32", shape, wave(1)), "sum", 1, false, false, 1e-4);
      await scan(on.filled("float32", shape, wave(1)), "sum", 1, true, true, 1e-4);
      await scan(on.tensor("int64", shape, 1, "reversed"), "sum", 1, false, true);
      await scan(on.tensor("int8", shape, 2), "max", 1, true, false);
    }
    await scan(on.filled("float32", [300, 9], wave(1), "transposed"), "sum", 0, false, false, 1e-4);
    on.clear();
    expect(on.buffers).toBe(before);
  });
});
