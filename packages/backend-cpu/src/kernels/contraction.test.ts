// matmul, conv and window reductions against the reference backend: odd tails, empty and 0-d tensors, every layout.
import { describe, expect, it } from "vitest";
import { Samples } from "../../test/against-reference.js";
import { rowMajor } from "@isoform/core";
import { difference, LAYOUTS, random, type Layout } from "../../test/harness.js";
import { phasesOf } from "./conv/phases.js";
import type { CpuView } from "./view.js";

const samples = new Samples();
const { duel } = samples;

/** Greatest size of a product of two test values: errors of contractions are held against the sum of sizes, one per term. */
const PRODUCT = 16;

describe.each(LAYOUTS)("%s inputs", (layout) => {
  it("matmul", () => {
    for (const [batch, m, k, n] of [
      [[], 1, 1, 1],
      [[], 5, 7, 9],
      [[], 4, 8, 8],
      [[], 1, 33, 40],
      [[], 37, 21, 1],
      [[], 1, 70, 1],
      [[], 1, 19, 77],
      [[], 6, 1, 9],
      [[2, 3], 4, 1, 5],
      [[3], 6, 5, 11],
      [[2, 3], 1, 5, 4],
      [[], 13, 300, 17],
      [[], 2, 0, 3],
      [[2], 0, 3, 3],
      // Every height of tile, and every way to cut what is left below whole ones.
      ...[2, 3, 7, 8, 9, 10, 11, 12, 14, 15, 22].map((m) => [[], m, 7, 19] as const),
    ] as const) {
      const a = samples.f32([...batch, m, k], layout, 1);
      for (const other of ["contiguous", "transposed", layout] as const) {
        const b = samples.f32([...batch, k, n], other, 2);
        const [r] = duel.run("matmul", [{ dtype: "float32", shape: [...batch, m, n] }], (out) => [
          a,
          b,
          out!,
        ]);
        expect(difference(r!.got, r!.want, PRODUCT * (k + 1)), `${batch.join()}x${m}x${k}x${n}`).toBeLessThan(
          2e-7,
        );
      }
    }
  });
});

/** A convolution of a test. */
interface ConvCase {
  readonly x: readonly number[];
  readonly w: readonly number[];
  readonly strides?: readonly number[];
  readonly padding?: readonly (readonly [number, number])[];
  readonly lhsDilation?: readonly number[];
  readonly rhsDilation?: readonly number[];
  readonly groups?: number;
}

/** Error of the native kernel against the reference, relative to the greatest product and the number of terms. */
function convError(c: ConvCase, layout: Layout): number {
  const ones = c.x.slice(2).map(() => 1);
  const attrs = {
    strides: c.strides ?? ones,
    padding: c.padding ?? ones.map(() => [0, 0] as const),
    lhsDilation: c.lhsDilation ?? ones,
    rhsDilation: c.rhsDilation ?? ones,
    groups: c.groups ?? 1,
  };
  const spatial = ones.map((_, d) => {
    const [low, high] = attrs.padding[d]!;
    const size = (c.x[d + 2]! - 1) * attrs.lhsDilation[d]! + 1 + low + high;
    return Math.floor((size - (c.w[d + 2]! - 1) * attrs.rhsDilation[d]! - 1) / attrs.strides[d]!) + 1;
  });
  const shape = [c.x[0]!, c.w[0]!, ...spatial];
  const x = samples.f32(c.x, layout, 1);
  const w = samples.f32(c.w, layout, 2);
  const [r] = duel.run("conv", [{ dtype: "float32", shape }], (out) => [x, w, out!, attrs]);
  const terms = c.w.slice(1).reduce((a, b) => a * b, 1) + 1;
  return difference(r!.got, r!.want, PRODUCT * terms);
}

describe("conv", () => {
  const cases: readonly ConvCase[] = [
    { x: [1, 3, 8, 8], w: [5, 3, 3, 3] },
    {
      x: [2, 3, 9, 7],
      w: [4, 3, 3, 3],
      strides: [2, 1],
      padding: [
        [1, 1],
        [0, 2],
      ],
    },
    {
      x: [2, 4, 6, 6],
      w: [6, 2, 3, 3],
      groups: 2,
      padding: [
        [1, 1],
        [1, 1],
      ],
    },
    {
      x: [2, 4, 9, 20],
      w: [4, 1, 3, 3],
      groups: 4,
      padding: [
        [1, 1],
        [1, 1],
      ],
    },
    { x: [1, 4, 9, 9], w: [8, 1, 3, 3], groups: 4, strides: [2, 2], rhsDilation: [2, 1] },
    {
      x: [2, 3, 5, 5],
      w: [4, 3, 3, 3],
      lhsDilation: [2, 2],
      padding: [
        [1, 2],
        [1, 2],
      ],
    },
    { x: [2, 3, 12], w: [4, 3, 5], padding: [[2, 2]], rhsDilation: [2] },
    {
      x: [1, 2, 4, 5, 6],
      w: [3, 2, 2, 3, 2],
      padding: [
        [1, 0],
        [1, 1],
        [0, 1],
      ],
    },
    {
      x: [2, 3, 8, 8],
      w: [4, 3, 3, 3],
      padding: [
        [-1, -1],
        [-1, 0],
      ],
    },
    { x: [3, 2], w: [4, 2] },
    { x: [2, 3, 1, 1], w: [4, 3, 1, 1] },
    { x: [5, 20, 4, 4], w: [7, 20, 4, 4] },
    {
      x: [2, 40, 14, 14],
      w: [9, 40, 3, 3],
      padding: [
        [1, 1],
        [1, 1],
      ],
    },
    { x: [0, 3, 5, 5], w: [4, 3, 3, 3] },
    { x: [3, 9, 11, 13], w: [10, 9, 3, 3] },
    { x: [2, 6, 5, 7], w: [8, 3, 1, 1], groups: 2 },
    { x: [3, 5, 6, 1], w: [7, 5, 1, 1] },
    { x: [1, 5, 12, 13], w: [10, 5, 10, 11] },
    { x: [3, 2, 9, 11], w: [9, 2, 4, 5], rhsDilation: [2, 2] },
    {
      x: [2, 3, 7, 6],
      w: [17, 3, 7, 6],
      strides: [2, 1],
      padding: [
        [1, 1],
        [2, 1],
      ],
    },
    { x: [6, 3, 5, 4], w: [5, 3, 5, 4] },
    { x: [2, 3, 7, 12], w: [6, 1, 3, 3], groups: 3 },
    {
      x: [1, 3, 9, 15],
      w: [3, 1, 5, 3],
      groups: 3,
      strides: [2, 2],
      padding: [
        [2, 1],
        [1, 1],
      ],
    },
    {
      x: [2, 3, 8, 9],
      w: [3, 1, 3, 2],
      groups: 3,
      rhsDilation: [2, 3],
      padding: [
        [3, -1],
        [-1, 4],
      ],
    },
    {
      x: [2, 11, 8, 9],
      w: [13, 11, 3, 3],
      padding: [
        [2, 1],
        [0, 2],
      ],
    },
    {
      x: [1, 8, 9, 12],
      w: [8, 8, 3, 3],
      padding: [
        [-1, 1],
        [1, -2],
      ],
    },
    { x: [2, 0, 5, 5], w: [4, 0, 3, 3] },
  ];
  it.each(LAYOUTS)("%s inputs", (layout) => {
    for (const c of cases) expect(convError(c, layout), JSON.stringify(c)).toBeLessThan(1e-7);
  });

  // Winograd's gradient of the weights sums up to four times the products, so its errors are larger.
  const gradients: readonly ConvCase[] = [
    { x: [9, 5, 12, 13], w: [10, 5, 10, 11] },
    {
      x: [11, 3, 8, 7],
      w: [9, 3, 8, 7],
      padding: [
        [1, 1],
        [1, 1],
      ],
    },
    {
      x: [8, 4, 6, 9],
      w: [16, 4, 5, 7],
      padding: [
        [2, 0],
        [-1, 1],
      ],
    },
  ];
  it.each(LAYOUTS)("gradients of 3x3 weights, %s inputs", (layout) => {
    for (const c of gradients) expect(convError(c, layout), JSON.stringify(c)).toBeLessThan(2e-7);
  });

  it.each([
    ["dilated inputs, by phases", dilatedInput],
    ["gradients of depthwise weights", depthwiseWeights],
  ])("%s, 150 at random", (_, make) => {
    const next = random(7);
    const pick = (low: number, high: number): number => low + Math.floor(next() * (high - low + 1));
    for (let i = 0; i < 150; i++) {
      const c = make(pick);
      expect(convError(c, LAYOUTS[i % LAYOUTS.length]!), JSON.stringify(c)).toBeLessThan(2e-7);
    }
  });
});

type Pick = (low: number, high: number) => number;

/** What transposed convolutions and input gradients of strided ones ask for. */
function dilatedInput(pick: Pick): ConvCase {
  const groups = pick(1, 3);
  const axes = pick(1, 10) < 8 ? 2 : pick(1, 3);
  const each = <T>(make: () => T): T[] => Array.from({ length: axes }, make);
  const w = each(() => pick(1, 5));
  const lhsDilation = each(() => pick(1, 4));
  const rhsDilation = each(() => pick(1, 3));
  const x = each(() => pick(1, 9));
  const perGroup = pick(1, 3);
  return {
    x: [pick(1, 3), groups * perGroup, ...x],
    w: [groups * pick(1, 5), perGroup, ...w],
    groups,
    lhsDilation,
    rhsDilation,
    strides: lhsDilation.map((n) => (n === 1 ? pick(1, 2) : 1)),
    // Enough for one window, the rest as it comes: crops too.
    padding: x.map((n, d) => {
      const reach = (w[d]! - 1) * rhsDilation[d]! + 1;
      const low = pick(-2, reach);
      return [low, Math.max(pick(-2, reach), reach - low - ((n - 1) * lhsDilation[d]! + 1))];
    }),
  };
}

/** The weights of a depthwise convolution from x `[1, groups * images, ..]` and g `[groups, images, ..]`. */
function depthwiseWeights(pick: Pick): ConvCase {
  const groups = pick(2, 5);
  const images = pick(1, 3);
  const g = [pick(1, 7), pick(4, 17)];
  const rhsDilation = [pick(1, 2), pick(1, 2)];
  const strides = [pick(1, 2), pick(1, 2)];
  const padding = g.map(() => [pick(-1, 3), pick(0, 3)] as const);
  const x = g.map((n, d) => {
    const reach = (n - 1) * rhsDilation[d]! + 1 + pick(0, 4) * strides[d]!;
    return Math.max(1, reach - padding[d]![0] - padding[d]![1]);
  });
  return {
    x: [1, groups * images, ...x],
    w: [groups, images, ...g],
    groups,
    strides,
    rhsDilation,
    padding: padding.map(([low, high], d) => {
      const reach = (g[d]! - 1) * rhsDilation[d]! + 1;
      return [low, Math.max(high, reach - low - x[d]!)] as const;
    }),
  };
}

it("phases meet every product with an element of the input, and no other", () => {
  const view = (shape: readonly number[]): CpuView => ({
    buffer: 0,
    dtype: "float32",
    shape,
    strides: rowMajor(shape),
    offset: 0,
  });
  const [x, w, out] = [view([1, 1, 5]), view([1, 1, 4]), view([1, 1, 14])];
  const windows = {
    window: [4],
    output: [14],
    strides: [1],
    padding: [[3, 1]] as const,
    dilation: [1],
    inputDilation: [3],
  };
  const products = phasesOf(x, w, out, windows).reduce(
    (n, p) => n + p.windows.output[0]! * p.windows.window[0]!,
    0,
  );
  let meetings = 0;
  for (let o = 0; o < 14; o++) for (let t = 0; t < 4; t++) if ((o - 3 + t) % 3 === 0) meetings++;
  expect(products).toBe(meetings);
});

describe("windows", () => {
  const cases = [
    { x: [2, 3, 8, 8], window: [2, 2], strides: [2, 2] },
    { x: [3, 2, 7, 27], window: [2, 2], strides: [2, 2] },
    { x: [3, 6, 7], window: [2, 2], strides: [2, 2] },
    {
      x: [4, 19],
      window: [2, 2],
      strides: [2, 2],
      padding: [
        [-1, 0],
        [-1, 0],
      ],
    },
    {
      x: [2, 3, 9, 30],
      window: [3, 3],
      strides: [1, 1],
      padding: [
        [1, 1],
        [1, 1],
      ],
    },
    {
      x: [1, 2, 9, 9],
      window: [3, 2],
      strides: [2, 3],
      padding: [
        [1, 0],
        [0, 1],
      ],
      dilation: [2, 1],
    },
    { x: [2, 3, 7, 7], window: [7, 7], strides: [1, 1] },
    { x: [4, 11], window: [3], strides: [2], padding: [[2, 2]] },
    {
      x: [2, 3, 4, 5],
      window: [1, 2, 2],
      strides: [1, 2, 1],
      padding: [
        [0, 0],
        [1, 1],
        [0, 0],
      ],
    },
    {
      x: [5, 5],
      window: [2, 2],
      strides: [1, 1],
      padding: [
        [-1, 0],
        [0, -1],
      ],
    },
    { x: [0, 3, 4], window: [2], strides: [1] },
    ...[
      [2, 21, 39, 3, 3, 2, 1],
      [3, 12, 17, 2, 5, 1, 2],
      [1, 7, 30, 3, 3, 3, 1],
      [2, 6, 29, 4, 2, 2, 3],
      [2, 3, 4, 5, 5, 2, 4],
    ].map(([planes, height, width, rows, columns, step, pad]) => ({
      x: [planes!, height!, width!],
      window: [rows!, columns!],
      strides: [step!, step!],
      padding: [
        [pad!, pad!],
        [pad!, pad! + 1],
      ] as const,
    })),
  ] as const;
  it.each(LAYOUTS)("%s inputs", (layout) => {
    for (const c of cases) {
      const lead = c.x.length - c.window.length;
      const attrs = {
        window: c.window,
        strides: c.strides,
        padding: "padding" in c ? c.padding : c.window.map(() => [0, 0] as const),
        dilation: "dilation" in c ? c.dilation : c.window.map(() => 1),
      };
      const output = c.window.map((k, d) => {
        const size = c.x[lead + d]! + attrs.padding[d]![0] + attrs.padding[d]![1];
        return Math.floor((size - (k - 1) * attrs.dilation[d]! - 1) / attrs.strides[d]!) + 1;
      });
      const shape = [...c.x.slice(0, lead), ...output];
      const x = samples.f32(c.x, layout, 1, true);
      for (const kind of ["sum", "max", "min"] as const) {
        const [r] = duel.run("reduceWindow", [{ dtype: "float32", shape }], (out) => [kind, x, out!, attrs]);
        expect(difference(r!.got, r!.want, 10), `${kind} ${JSON.stringify(c)}`).toBeLessThan(2e-6);
      }
      const source = samples.f32(shape, layout, 3);
      for (const kind of ["max", "min"] as const) {
        const [r] = duel.run("selectAndScatter", [{ dtype: "float32", shape: c.x }], (out) => [
          kind,
          x,
          source,
          out!,
          attrs,
        ]);
        expect(difference(r!.got, r!.want), `${kind} ${JSON.stringify(c)}`).toBeLessThan(2e-6);
      }
    }
  });
});
