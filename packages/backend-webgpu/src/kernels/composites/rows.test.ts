// Row kernels against their formulas, with the invocations of a row combined by subgroups and in trees: rows of one
// invocation, of part of a subgroup, of several subgroups, along memory and across it.
import { rowMajor, sizeOf, type CompositeKernel } from "@isoform/core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { GpuBuffer } from "../../device/buffers.js";
import { missingAdapter } from "../../testing/adapter.js";
import { Against } from "../../testing/against.js";

const missing = await missingAdapter();

const WAYS = [
  ["by subgroups, where there are any", {}],
  ["in trees", { subgroups: false }],
] as const;

const SHAPES = [
  [5, 1],
  [7, 3],
  [4, 40],
  [3, 130],
  [2, 3000],
  [1, 70000],
  [300, 9],
] as const;

function softmax(row: readonly number[]): number[] {
  const most = Math.max(...row);
  const terms = row.map((v) => Math.exp(v - most));
  const sum = terms.reduce((a, b) => a + b, 0);
  return terms.map((t) => t / sum);
}

function standardised(row: readonly number[], eps: number): number[] {
  const mean = row.reduce((a, b) => a + b, 0) / row.length;
  const variance = row.reduce((a, b) => a + (b - mean) ** 2, 0) / row.length;
  return row.map((v) => (v - mean) / Math.sqrt(variance + eps));
}

describe.skipIf(missing !== null).each(WAYS)("rows %s", (_, without) => {
  let on: Against;
  beforeAll(async () => {
    on = await Against.open(without);
  });
  afterEach(() => on.clear());
  afterAll(() => on.close());

  /** Greatest difference of a composite from `formula`, along `axis` of a matrix. */
  async function apart(
    name: string,
    attrs: object,
    shape: readonly [number, number],
    axis: 0 | 1,
    formula: (row: readonly number[]) => readonly number[],
  ): Promise<number> {
    const x = on.tensor("float32", shape, 7);
    const out = on.output("float32", shape);
    const kernel = on.gpu.composites![name] as CompositeKernel<GpuBuffer>;
    kernel.run(attrs, [x.gpu, null, null], [out.gpu]);
    const [given, got] = [await on.numbers(x), await on.results(out)];
    expect(got.length).toBe(sizeOf(shape));
    const strides = rowMajor(shape);
    const [step, other] = [strides[axis]!, strides[1 - axis]!];
    let worst = 0;
    for (let r = 0; r < shape[1 - axis]!; r++) {
      const places = Array.from({ length: shape[axis]! }, (__, i) => r * other + i * step);
      formula(places.map((p) => given[p]!)).forEach((want, i) => {
        worst = Math.max(worst, Math.abs(want - got[places[i]!]!) / Math.max(1, Math.abs(want)));
      });
    }
    return worst;
  }

  it.each(SHAPES)("softmax and norm of [%i, %i]", async (...shape) => {
    for (const axis of [0, 1] as const) {
      expect(await apart("softmax", { axis }, shape, axis, softmax)).toBeLessThan(1e-6);
      if (shape[axis] === 1) continue;
      const norm = (row: readonly number[]): number[] => standardised(row, 1e-5);
      expect(await apart("layerNorm", { axes: [axis], eps: 1e-5 }, shape, axis, norm)).toBeLessThan(2e-5);
    }
  });
});
