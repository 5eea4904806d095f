// Attention against its formula in float64: masks, odd sizes, layouts, blocks of queries and pieces for threads.
import { attention, compile, mul, setBackend, sum, tensor, valueAndGrads, type Tensor } from "@isoform/core";
import { describe, expect, it } from "vitest";
import {
  Bench,
  Cutting,
  difference,
  LAYOUTS,
  random,
  type Layout,
  everything,
} from "../../../test/harness.js";
import { cpu } from "../../backend.js";
import type { CpuView } from "../view.js";

type Shape = readonly number[];

/** Leading axes, then queries, keys, features of q and k, features of v. */
type Sizes = readonly [lead: Shape, l: number, s: number, d: number, e: number];

interface Case {
  readonly sizes: Sizes;
  readonly causal?: boolean;
  readonly mask?: readonly ["bool" | "float32", Shape];
}

const bench = new Bench();
const product = (sizes: Shape): number => sizes.reduce((a, b) => a * b, 1);

function inputsOf({ sizes: [lead, l, s, d, e], mask }: Case, layout: Layout, on = bench): (CpuView | null)[] {
  const next = random(5);
  const floats = (shape: Shape): CpuView => on.fill("float32", shape, () => next() * 4 - 2, layout);
  // The first row of the mask hides everything.
  const hides = (flat: number): boolean => flat < s || next() < 0.3;
  const hidden = mask?.[0] === "bool" ? 0 : -Infinity;
  const value = (flat: number): number => (hides(flat) ? hidden : mask![0] === "bool" ? 1 : next());
  return [
    floats([...lead, l, d]),
    floats([...lead, s, d]),
    floats([...lead, s, e]),
    mask ? on.fill(mask[0], mask[1], value, layout) : null,
  ];
}

function run(
  on: Bench,
  { sizes: [lead, l, , , e], causal = false }: Case,
  inputs: (CpuView | null)[],
): number[] {
  const kernel = everything(on.engine).composites["attention"]!;
  const attrs = { scale: 0.4, causal };
  expect(kernel.supports!(attrs, inputs)).toBe(true);
  const out = on.empty("float32", [...lead, l, e]);
  kernel.run(attrs, inputs, [out]);
  return on.numbers(out);
}

/** The formula, row by row. */
function exact({ sizes: [lead, l, s, d, e], causal, mask }: Case, inputs: (CpuView | null)[]): number[] {
  const [q, k, v] = inputs.slice(0, 3).map((x) => bench.numbers(x!)) as [number[], number[], number[]];
  const full = [...lead, l, s];
  const spread = inputs[3]
    ? bench.numbers({
        ...inputs[3],
        shape: full,
        strides: full.map((_, i) => {
          const at = i - full.length + mask![1].length;
          return at < 0 || mask![1][at] === 1 ? 0 : inputs[3]!.strides[at]!;
        }),
      })
    : null;
  const out: number[] = [];
  for (let h = 0; h < product(lead); h++) {
    for (let i = 0; i < l; i++) {
      const scores = Array.from({ length: s }, (_, j) => {
        let score = 0;
        for (let c = 0; c < d; c++) score += q[(h * l + i) * d + c]! * k[(h * s + j) * d + c]! * 0.4;
        const m = spread?.[(h * l + i) * s + j] ?? 0;
        if (causal && j > i) return -Infinity;
        if (mask?.[0] === "bool") return m ? score : -Infinity;
        return score + m;
      });
      const top = Math.max(...scores);
      const p = scores.map((x) => (top === -Infinity ? 0 : Math.exp(x - top)));
      const total = p.reduce((a, b) => a + b, 0) || 1;
      for (let c = 0; c < e; c++)
        out.push(p.reduce((a, w, j) => a + (w / total) * v[(h * s + j) * e + c]!, 0));
    }
  }
  return out;
}

const CASES: readonly Case[] = [
  { sizes: [[], 5, 7, 3, 2] },
  { sizes: [[2, 3], 1, 9, 8, 8] },
  { sizes: [[2], 67, 70, 16, 24] },
  { sizes: [[3], 130, 33, 5, 9], causal: true },
  { sizes: [[2], 20, 81, 4, 4], causal: true },
  { sizes: [[2, 2], 6, 10, 4, 3], mask: ["bool", [6, 10]] },
  { sizes: [[2, 2], 6, 11, 4, 3], mask: ["float32", [2, 1, 6, 11]] },
  { sizes: [[2, 2], 70, 11, 4, 3], mask: ["bool", [2, 1, 1, 11]], causal: true },
  { sizes: [[1, 3], 1, 1, 1, 1], mask: ["float32", [3, 1, 1]] },
];

describe.each(LAYOUTS)("%s inputs", (layout) => {
  it.each(CASES)("$sizes, causal $causal, mask $mask", (c) => {
    const inputs = inputsOf(c, layout);
    // Scores differ by up to 25, and the exponential errs by 1.5 times that in the last place.
    expect(difference(run(bench, c, inputs), exact(c, inputs))).toBeLessThan(4e-6);
  });
});

it("leaves to the decomposition what it cannot do", () => {
  const { attention: kernel } = everything(bench.engine).composites;
  const x = bench.empty("float32", [2, 3, 4]);
  const attrs = { scale: 1, causal: false };
  expect(kernel!.supports!(attrs, [x, x, x, bench.empty("float32", [3, 1])])).toBe(false);
  expect(kernel!.supports!(attrs, [x, x, x, bench.empty("float64", [3, 3])])).toBe(false);
  expect(kernel!.supports!(attrs, [x, bench.empty("float32", [2, 0, 4]), x, null])).toBe(false);
});

it("gives NaN where a score is NaN, and for rows of -Infinity without a mask", () => {
  const q = bench.fill("float32", [2, 1], (i) => [1, NaN][i]!);
  const k = bench.fill("float32", [3, 1], () => -Infinity);
  const v = bench.fill("float32", [3, 2], () => 1);
  const mask = bench.fill("bool", [2, 3], () => 1);
  const c: Case = { sizes: [[], 2, 3, 1, 2] };
  expect(run(bench, c, [q, k, v, null]).every(Number.isNaN)).toBe(true);
  expect(run(bench, c, [q, k, v, mask]).map(Number.isNaN)).toEqual([false, false, true, true]);
});

describe("several threads", () => {
  it.each([
    { sizes: [[2], 300, 90, 16, 20], causal: true },
    { sizes: [[40], 30, 70, 16, 8], mask: ["bool", [30, 70]] },
  ] as const satisfies readonly Case[])("$sizes gives the same bits", (c) => {
    const cutting = new Cutting(2 ** 28);
    const [whole, parts] = [bench, new Bench(cutting)].map((on) => run(on, c, inputsOf(c, "contiguous", on)));
    expect(parts).toEqual(whole);
    expect(cutting.cuts).toBeGreaterThan(3);
  });
});

it("programs give the same bits", async () => {
  await setBackend(cpu({ threads: 1 }));
  const next = random(9);
  const wave = (...shape: number[]): Tensor =>
    tensor(
      Array.from({ length: product(shape) }, () => next() - 0.5),
      { shape },
    );
  const [q, k, v] = [wave(2, 2, 9, 4), wave(2, 2, 7, 4), wave(2, 2, 7, 6)];
  for (const causal of [false, true]) {
    const step = (a: Tensor, b: Tensor, c: Tensor): Tensor[] => {
      const loss = (...x: Tensor[]) => sum(mul(attention(x[0]!, x[1]!, x[2]!, null, { causal }), 2));
      const [value, grads] = valueAndGrads(loss, [0, 1, 2])(a, b, c);
      return [attention(a, b, c, null, { causal }), value, ...grads];
    };
    const numbers = (list: readonly Tensor[]) => list.map((t) => Array.from(t.dataSync(), Number));
    expect(numbers(compile(step, { warmUp: false })(q, k, v))).toEqual(numbers(step(q, k, v)));
  }
});
