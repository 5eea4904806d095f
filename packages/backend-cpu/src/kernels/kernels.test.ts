// Every kernel family against the reference backend, over shapes with odd tails, empty and 0-d tensors and all layouts.
import { DTYPES, type BinaryFn, type DType, type ReduceKind } from "@isoform/core";
import { describe, expect, it } from "vitest";
import { Duel } from "../../test/against-reference.js";
import { difference, LAYOUTS, random, type Layout } from "../../test/harness.js";

const duel = new Duel();
const { bench } = duel;
const SHAPES = [[], [1], [7], [64], [5, 3], [2, 3, 5], [3, 1, 4, 17], [9, 33], [0], [3, 0, 2], [2, 3, 4, 5]];
const SPECIAL = [NaN, Infinity, -Infinity, 0, -0, 1e-40, 3e38];

function values(seed: number, specials = false): (flat: number) => number {
  const next = random(seed);
  return (flat) =>
    specials && flat % 11 === 5 ? SPECIAL[Math.floor(next() * SPECIAL.length)]! : next() * 8 - 4;
}
function f32(shape: readonly number[], layout: Layout, seed = 1, specials = false) {
  return bench.fill("float32", shape, values(seed, specials), layout);
}
function ints(dtype: DType, shape: readonly number[], layout: Layout, seed = 1) {
  const next = random(seed);
  const wide = dtype.startsWith("u") || dtype === "bool" ? 0 : 100;
  return bench.fill(
    dtype,
    shape,
    () => (dtype === "bool" ? Math.floor(next() * 2) : Math.floor(next() * 200) - wide),
    layout,
  );
}
/** Mean size of a product of two test values: errors of contractions are held against the sum of sizes, 4 per term. */
const PRODUCT = 4;
const without = (shape: readonly number[], axes: readonly number[]) =>
  shape.filter((_, i) => !axes.includes(i));

describe.each(LAYOUTS)("%s inputs", (layout) => {
  it("binary", () => {
    const fns: BinaryFn[] = ["add", "sub", "mul", "div", "max", "min", "rem", "pow"];
    for (const fn of fns) {
      for (const shape of SHAPES) {
        const a = f32(shape, layout, 2, true);
        for (const b of [f32(shape, "contiguous", 3, true), f32(shape, layout, 4)]) {
          const [r] = duel.run("binary", [{ dtype: "float32", shape }], (out) => [fn, a, b, out!]);
          expect(difference(r!.got, r!.want), `${fn} ${shape.join()}`).toBeLessThanOrEqual(
            fn === "pow" ? 1e-7 : 0,
          );
        }
      }
    }
  });

  it("compare and where", () => {
    for (const dtype of ["float32", "int32", "uint32", "int8", "uint8", "bool", "int16", "uint16"] as const) {
      for (const shape of SHAPES) {
        const make = (seed: number) =>
          dtype === "float32" ? f32(shape, layout, seed, true) : ints(dtype, shape, layout, seed);
        const [a, b] = [make(1), make(2)];
        for (const fn of ["eq", "lt", "le"] as const) {
          const [r] = duel.run("compare", [{ dtype: "bool", shape }], (out) => [fn, a, b, out!]);
          expect(r!.got).toEqual(r!.want);
        }
        const cond = ints("bool", shape, layout, 5);
        const [r] = duel.run("where", [{ dtype, shape }], (out) => [cond, a, b, out!]);
        expect(r!.got).toEqual(r!.want);
      }
    }
  });

  it("copy of every item size", () => {
    for (const dtype of ["uint8", "float16", "float32", "float64", "int64"] as const) {
      for (const shape of [...SHAPES, [40, 50], [2, 19, 21], [3, 16, 16, 2]]) {
        const x = bench.fill(dtype, shape, (i) => i % 251, layout);
        const [r] = duel.run("copy", [{ dtype, shape }], (out) => [x, out!]);
        expect(r!.got).toEqual(r!.want);
      }
    }
  });

  it("reduce", () => {
    for (const kind of ["sum", "prod", "max", "min"] as const) {
      for (const [shape, axes] of [
        [[], []],
        [[7], [0]],
        [[5, 3], [0]],
        [[5, 3], [1]],
        [[5, 40], [0]],
        [[70, 37], [0]],
        [[3, 1100], [1]],
        [
          [2, 3, 5],
          [0, 2],
        ],
        [[2, 3, 5], [1]],
        [
          [2, 3, 4, 5],
          [0, 2, 3],
        ],
        [
          [2, 3, 4, 5],
          [0, 2],
        ],
        [
          [2, 3, 2, 3, 2],
          [0, 2, 4],
        ],
        [[3, 0, 2], [1]],
        [[3, 0, 2], [0]],
        [[4, 6], []],
        [
          [2, 3, 4],
          [0, 1, 2],
        ],
      ] as const) {
        const x = f32(shape, layout, 7);
        const [r] = duel.run("reduce", [{ dtype: "float32", shape: without(shape, axes) }], (out) => [
          kind,
          x,
          out!,
          axes,
        ]);
        expect(difference(r!.got, r!.want), `${kind} ${shape.join()} over ${axes.join()}`).toBeLessThan(2e-6);
      }
    }
  });

  it("argReduce and cumulative", () => {
    for (const [shape, axis] of [
      [[9], 0],
      [[5, 3], 0],
      [[5, 3], 1],
      [[2, 3, 5], 1],
      [[2, 1, 5], 1],
      [[0, 3], 1],
    ] as const) {
      const x = f32(shape, layout, 3, true);
      for (const kind of ["max", "min"] as const) {
        const [r] = duel.run("argReduce", [{ dtype: "int64", shape: without(shape, [axis]) }], (out) => [
          kind,
          x,
          out!,
          axis,
        ]);
        expect(r!.got).toEqual(r!.want);
      }
      for (const kind of ["sum", "prod", "max", "min"] as const) {
        for (const [exclusive, reverse] of [
          [false, false],
          [true, false],
          [false, true],
          [true, true],
        ] as const) {
          const attrs = { axis, exclusive, reverse };
          const [r] = duel.run("cumulative", [{ dtype: "float32", shape }], (out) => [kind, x, out!, attrs]);
          expect(difference(r!.got, r!.want)).toBe(0);
        }
      }
    }
  });

  it("matmul", () => {
    for (const [batch, m, k, n] of [
      [[], 1, 1, 1],
      [[], 5, 7, 9],
      [[], 4, 8, 8],
      [[], 1, 33, 40],
      [[], 37, 21, 1],
      [[3], 6, 5, 11],
      [[2, 3], 1, 5, 4],
      [[], 13, 300, 17],
      [[], 2, 0, 3],
      [[2], 0, 3, 3],
    ] as const) {
      const a = f32([...batch, m, k], layout, 1);
      for (const other of ["contiguous", "transposed", layout] as const) {
        const b = f32([...batch, k, n], other, 2);
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

  it("gather and scatter", () => {
    for (const [shape, axis, count] of [
      [[7], 0, 5],
      [[4, 3], 0, 6],
      [[4, 3], 1, 2],
      [[2, 5, 19], 1, 4],
      [[2, 3, 4, 5], 2, 3],
      [[2, 3, 4], 2, 0],
    ] as const) {
      for (const type of ["int64", "int32", "uint8"] as const) {
        const low = type === "uint8" ? 0 : -1;
        const next = random(5);
        const indices = bench.fill(
          type,
          [count],
          () => low + Math.floor(next() * (shape[axis]! + 1 - low)),
          layout,
        );
        const shapeOut = shape.map((s, i) => (i === axis ? count : s));
        for (const dtype of ["float32", "int64", "uint8", "float16"] as const) {
          const x = bench.fill(dtype, shape, (i) => i % 100, layout);
          const [r] = duel.run("gather", [{ dtype, shape: shapeOut }], (out) => [x, indices, out!, axis]);
          expect(r!.got).toEqual(r!.want);
        }
        const x = f32(shape, layout, 1);
        const updates = f32(shapeOut, layout, 2);
        for (const mode of ["set", "add", "mul", "max", "min"] as const) {
          const [r] = duel.run("scatter", [{ dtype: "float32", shape }], (out) => [
            mode,
            x,
            indices,
            updates,
            out!,
            axis,
          ]);
          expect(difference(r!.got, r!.want)).toBeLessThan(1e-6);
        }
      }
    }
  });

  it("sort", () => {
    for (const [shape, axis] of [
      [[9], 0],
      [[5, 3], 0],
      [[2, 70], 1],
      [[300], 0],
      [[2, 3, 4], 1],
      [[0, 3], 1],
    ] as const) {
      const next = random(9);
      const x = bench.fill(
        "float32",
        shape,
        (i) => (i % 7 === 3 ? SPECIAL[i % 5]! : Math.floor(next() * 20) - 10),
        layout,
      );
      for (const descending of [false, true]) {
        const out = [
          { dtype: "float32", shape },
          { dtype: "int64", shape },
        ] as const;
        const [v, i] = duel.run("sort", out, (a, b) => [x, a!, b!, { axis, descending }]);
        expect(i!.got).toEqual(i!.want);
        expect(v!.got).toEqual(v!.want);
      }
    }
  });
});

describe("conv", () => {
  const cases = [
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
    { x: [2, 0, 5, 5], w: [4, 0, 3, 3] },
  ] as const;
  it.each(LAYOUTS)("%s inputs", (layout) => {
    for (const c of cases) {
      const rank = c.x.length - 2;
      const ones = Array.from({ length: rank }, () => 1);
      const attrs = {
        strides: "strides" in c ? c.strides : ones,
        padding: "padding" in c ? c.padding : ones.map(() => [0, 0] as const),
        lhsDilation: "lhsDilation" in c ? c.lhsDilation : ones,
        rhsDilation: "rhsDilation" in c ? c.rhsDilation : ones,
        groups: "groups" in c ? c.groups : 1,
      };
      const spatial = ones.map((_, d) => {
        const size =
          (c.x[d + 2]! - 1) * attrs.lhsDilation[d]! + 1 + attrs.padding[d]![0] + attrs.padding[d]![1];
        return Math.floor((size - (c.w[d + 2]! - 1) * attrs.rhsDilation[d]! - 1) / attrs.strides[d]!) + 1;
      });
      const shape = [c.x[0], c.w[0], ...spatial];
      const x = f32(c.x, layout, 1);
      const w = f32(c.w, layout, 2);
      const [r] = duel.run("conv", [{ dtype: "float32", shape }], (out) => [x, w, out!, attrs]);
      const terms = c.w.slice(1).reduce<number>((a, b) => a * b, 1) + 1;
      expect(difference(r!.got, r!.want, PRODUCT * terms), JSON.stringify(c)).toBeLessThan(2e-7);
    }
  });
});

describe("windows", () => {
  const cases = [
    { x: [2, 3, 8, 8], window: [2, 2], strides: [2, 2] },
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
      const x = f32(c.x, layout, 1, true);
      for (const kind of ["sum", "max", "min"] as const) {
        const [r] = duel.run("reduceWindow", [{ dtype: "float32", shape }], (out) => [kind, x, out!, attrs]);
        expect(difference(r!.got, r!.want, 10), `${kind} ${JSON.stringify(c)}`).toBeLessThan(2e-6);
      }
      const source = f32(shape, layout, 3);
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

describe("sources", () => {
  it("fill, also of strided parts", () => {
    for (const dtype of DTYPES) {
      for (const value of [0, 1, -3.7, 300, NaN, Infinity, 5n]) {
        const strided = (v: { buffer: number }) => ({
          buffer: v.buffer,
          dtype,
          shape: [3, 4],
          strides: [10, 2],
          offset: 1,
        });
        const whole = [{ dtype, shape: [30] }];
        const [r] = duel.run("fill", whole, (out) => [strided(out!), value]);
        expect(r!.got).toEqual(r!.want);
        const [dense] = duel.run("fill", whole, (out) => [out!, value]);
        expect(dense!.got).toEqual(dense!.want);
      }
    }
  });
  it("copy into a part", () => {
    const x = f32([4, 5], "contiguous");
    const part = (v: { buffer: number }) => ({
      buffer: v.buffer,
      dtype: "float32" as const,
      shape: [4, 5],
      strides: [-16, 2],
      offset: 50,
    });
    const [r] = duel.run("copy", [{ dtype: "float32", shape: [80] }], (out) => [x, part(out!)]);
    expect(r!.got).toEqual(r!.want);
  });
  it("iota", () => {
    for (const dtype of ["float32", "float64", "int32", "int64", "uint8"] as const) {
      for (const axis of [0, 1, 2]) {
        const [r] = duel.run("iota", [{ dtype, shape: [3, 4, 5] }], (out) => [out!, axis]);
        expect(r!.got).toEqual(r!.want);
      }
    }
  });
  it("randomBits", () => {
    for (const [n, counter] of [
      [1, 0],
      [16, 5],
      [103, 0xffffffff],
      [40, 0xfffffffe],
    ] as const) {
      const key = bench.fill("uint32", [4], (i) => [0xdeadbeef, 7, counter, 0xffffffff][i]!, "reversed");
      const [r] = duel.run("randomBits", [{ dtype: "uint32", shape: [n] }], (out) => [key, out!]);
      expect(r!.got).toEqual(r!.want);
    }
  });
});

describe("integer arithmetic", () => {
  it.each(["int8", "uint8", "int16", "uint16", "int32", "uint32"] as const)("%s", (dtype) => {
    const n = 60;
    const extreme = {
      int8: -128,
      uint8: 255,
      int16: -32768,
      uint16: 65535,
      int32: -(2 ** 31),
      uint32: 2 ** 32 - 1,
    }[dtype];
    const next = random(3);
    const a = bench.fill(dtype, [n], (i) => (i % 5 === 0 ? extreme : Math.floor(next() * 250)));
    const b = bench.fill(dtype, [n], (i) =>
      i % 4 === 0 ? 0 : i % 4 === 1 ? extreme : i % 4 === 2 ? -1 : Math.floor(next() * 40),
    );
    for (const fn of [
      "add",
      "sub",
      "mul",
      "div",
      "rem",
      "max",
      "min",
      "and",
      "or",
      "xor",
      "shl",
      "shr",
    ] as const) {
      const [r] = duel.run("binary", [{ dtype, shape: [n] }], (out) => [fn, a, b, out!]);
      expect(r!.got, fn).toEqual(r!.want);
    }
  });
});

describe("cast", () => {
  const halves = new Set<DType>(["float16", "bfloat16"]);
  it.each(DTYPES)("from %s to every dtype", (from) => {
    const sample = [
      0,
      1,
      -1,
      2.5,
      -2.5,
      127.9,
      128,
      255.5,
      300,
      -129,
      65504,
      65520,
      70000,
      1e-7,
      3e9,
      -3e9,
      1e19,
      NaN,
      Infinity,
      -Infinity,
    ];
    const source = bench.fill("float64", [sample.length], (i) => sample[i]!, "gapped");
    const x = bench.empty(from, [sample.length]);
    duel.reference.cast(source, x);
    for (const to of DTYPES) {
      const wide = (t: DType) => t === "float64" || t === "int64" || t === "uint64";
      if ((halves.has(from) && wide(to)) || (halves.has(to) && wide(from))) continue;
      const [r] = duel.run("cast", [{ dtype: to, shape: [sample.length] }], (out) => [x, out!]);
      expect(r!.got, to).toEqual(r!.want);
    }
  });
});

describe("accuracy", () => {
  it("sums a million elements to float32 precision", () => {
    const x = f32([1 << 20], "contiguous", 11);
    for (const kind of ["sum", "max"] satisfies ReduceKind[]) {
      const [r] = duel.run("reduce", [{ dtype: "float32", shape: [] }], (out) => [kind, x, out!, [0]]);
      expect(difference(r!.got, r!.want)).toBeLessThan(2e-6);
    }
  });
});
