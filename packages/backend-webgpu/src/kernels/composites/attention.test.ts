// Attention against its formula in float64: masks, odd sizes, layouts, several blocks of queries and keys, 16-bit floats.
import { sizeOf, type DType } from "@isoform/core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { missingAdapter } from "../../testing/adapter.js";
import { Against, random, type Layout, type Twin } from "../../testing/against.js";

const missing = await missingAdapter();
const BOUND: Readonly<Partial<Record<DType, number>>> = { float32: 2e-6, float16: 8e-4, bfloat16: 6e-3 };

type Shape = readonly number[];

interface Case {
  /** Leading axes, then queries, keys, features of q and k, features of v. */
  readonly sizes: readonly [lead: Shape, l: number, s: number, d: number, e: number];
  readonly causal?: boolean;
  readonly mask?: readonly [DType, Shape];
  readonly layout?: Layout;
  readonly dtype?: DType;
}

const CASES: readonly Case[] = [
  { sizes: [[], 5, 7, 3, 2] },
  { sizes: [[2, 3], 1, 9, 8, 8] },
  { sizes: [[2], 67, 70, 36, 24] },
  { sizes: [[2], 67, 70, 36, 24], layout: "transposed" },
  { sizes: [[3], 130, 33, 5, 9], causal: true },
  { sizes: [[2], 20, 81, 4, 40], causal: true },
  { sizes: [[2], 9, 40, 64, 128] },
  { sizes: [[2, 2], 6, 10, 4, 3], mask: ["bool", [6, 10]] },
  { sizes: [[2, 2], 6, 11, 4, 3], mask: ["float32", [2, 1, 6, 11]] },
  { sizes: [[2, 2], 70, 11, 4, 3], mask: ["bool", [2, 1, 1, 11]], causal: true },
  { sizes: [[1, 3], 1, 1, 1, 1], mask: ["float32", [3, 1, 1]] },
  { sizes: [[2], 34, 36, 8, 8], dtype: "float16" },
  { sizes: [[2], 34, 36, 8, 7], dtype: "bfloat16", mask: ["float16", [36]] },
];

describe.skipIf(missing !== null)("attention", () => {
  let on: Against;
  beforeAll(async () => {
    on = await Against.open();
  });
  afterEach(() => on.clear());
  afterAll(() => on.close());

  function maskOf({ sizes: [, , s], mask }: Case): Twin | null {
    if (!mask) return null;
    const [dtype, shape] = mask;
    const next = random(5);
    let at = 0;
    // The first row hides everything.
    const hides = (): boolean => (at++ < s && sizeOf(shape) > s) || next() < 0.3;
    return on.of(dtype, shape, () => (dtype === "bool" ? Number(!hides()) : hides() ? -Infinity : next()));
  }

  async function exact(c: Case, inputs: readonly Twin[], mask: Twin | null): Promise<number[]> {
    const [lead, l, s, d, e] = c.sizes;
    const [q, k, v] = (await Promise.all(inputs.map((t) => on.numbers(t)))) as [number[], number[], number[]];
    const full = [...lead, l, s];
    const spread = mask && { ...mask.exact, shape: full, strides: strides(full, mask.exact) };
    const hidden = spread && (await on.numbers({ gpu: mask.gpu, exact: spread }));
    const out: number[] = [];
    for (let row = 0; row < sizeOf(lead) * l; row++) {
      const [h, i] = [Math.floor(row / l), row % l];
      const all = Array.from({ length: s }, (_, j) => {
        let score = 0;
        for (let f = 0; f < d; f++) score += q[row * d + f]! * k[(h * s + j) * d + f]! * 0.4;
        const m = hidden?.[row * s + j] ?? 0;
        if (c.causal && j > i) return -Infinity;
        return c.mask?.[0] === "bool" ? (m ? score : -Infinity) : score + m;
      });
      const top = Math.max(...all);
      const p = all.map((x) => (top === -Infinity ? 0 : Math.exp(x - top)));
      const total = p.reduce((a, b) => a + b, 0) || 1;
      for (let f = 0; f < e; f++)
        out.push(p.reduce((a, w, j) => a + (w / total) * v[(h * s + j) * e + f]!, 0));
    }
    return out;
  }

  const strides = (full: Shape, view: { readonly shape: Shape; readonly strides: Shape }): number[] =>
    full.map((_, i) => {
      const at = i - full.length + view.shape.length;
      return at < 0 || view.shape[at] === 1 ? 0 : view.strides[at]!;
    });

  it.each(CASES)("$sizes, causal $causal, mask $mask, $dtype", async (c) => {
    const [lead, l, s, d, e] = c.sizes;
    const dtype = c.dtype ?? "float32";
    const shapes = [
      [...lead, l, d],
      [...lead, s, d],
      [...lead, s, e],
    ];
    const inputs = shapes.map((shape, i) => on.tensor(dtype, shape, i + 1, c.layout));
    const mask = maskOf(c);
    const out = on.output(dtype, [...lead, l, e]);
    const kernel = on.gpu.composites!["attention"]!;
    const views = [...inputs, mask].map((t) => t && t.gpu);
    const attrs = { scale: 0.4, causal: c.causal ?? false };
    expect(kernel.supports!(attrs, views)).toBe(true);
    kernel.run(attrs, views, [out.gpu]);
    const [got, want] = [await on.results(out), await exact(c, inputs, mask)];
    const worst = Math.max(...want.map((w, i) => Math.abs(got[i]! - w)));
    expect(worst).toBeLessThanOrEqual(BOUND[dtype]! * 2);
  });

  it("leaves to the decomposition what it cannot do", () => {
    const kernel = on.gpu.composites!["attention"]!;
    const attrs = { scale: 1, causal: false };
    const [x, wide] = [on.output("float32", [2, 3, 4]).gpu, on.output("float32", [2, 3, 132]).gpu];
    expect(kernel.supports!(attrs, [x, x, wide, null])).toBe(false);
    expect(kernel.supports!(attrs, [x, on.output("float32", [2, 0, 4]).gpu, x, null])).toBe(false);
    expect(kernel.supports!(attrs, [x, x, x, null])).toBe(true);
  });
});
