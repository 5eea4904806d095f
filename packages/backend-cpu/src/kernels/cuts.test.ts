// Contractions and pooling cut for several threads give the bits that one thread gives.
import type { KernelFamily, Kernels } from "@isoform/core";
import { describe, expect, it } from "vitest";
import { Bench, random, everything } from "../../test/harness.js";
import type { Engine } from "../engine.js";
import type { CpuView } from "./view.js";

const bench = new Bench();
const { engine } = bench;
let cut = 0;

/** The same engine, whose calls run one after the other but are cut as for three threads. */
const three: Engine = {
  threads: 3,
  module: (key, define) => engine.module(key, define),
  descriptor: (words, slot) => engine.descriptor(words, slot),
  withScratch: (body) => engine.withScratch(body),
  parallel: (calls) => {
    cut = Math.max(cut, calls.length);
    engine.parallel(calls.toReversed());
  },
};

const whole = everything(engine).native;
const parts = everything(three).native;

function values(shape: readonly number[], seed: number): CpuView {
  const next = random(seed);
  return bench.fill("float32", shape, () => next() * 2 - 1);
}

/** Runs a kernel both ways; the results must be the same bits, and there must have been something to cut. */
function same<F extends KernelFamily>(
  family: F,
  shape: readonly number[],
  call: (out: CpuView) => Parameters<Kernels<number>[F]>,
): void {
  const results = [whole, parts].map((kernels) => {
    const out = bench.empty("float32", shape);
    const kernel: (...args: Parameters<Kernels<number>[F]>) => boolean = kernels[family];
    cut = 0;
    expect(kernel(...call(out))).toBe(true);
    return bench.read(out);
  });
  expect(cut).toBeGreaterThan(1);
  const bits = results.map((r) => new Uint32Array(r.buffer));
  expect(bits[1]!.findIndex((word, i) => word !== bits[0]![i])).toBe(-1);
}

const swapped = (v: CpuView): CpuView => {
  const order = [...v.shape.keys()];
  order.splice(-2, 2, order.length - 1, order.length - 2);
  return { ...v, shape: order.map((i) => v.shape[i]!), strides: order.map((i) => v.strides[i]!) };
};

describe("matmul", () => {
  it.each([
    [[], 131, 70, 120],
    [[], 40, 700, 77],
    [[], 500, 120, 20],
    [[7], 50, 60, 70],
    [[2, 3], 70, 60, 50],
    [[], 1, 700, 400],
    [[], 400, 700, 1],
    [[], 300, 1, 250],
  ] as const)("%j x %d x %d x %d", (batch, m, k, n) => {
    const [a, b] = [values([...batch, m, k], 1), values([...batch, k, n], 2)];
    const [at, bt] = [swapped(values([...batch, k, m], 3)), swapped(values([...batch, n, k], 4))];
    for (const left of [a, at])
      for (const right of [b, bt]) same("matmul", [...batch, m, n], (o) => [left, right, o]);
  });
});

describe("conv", () => {
  it.each([
    { x: [2, 20, 15, 13], w: [19, 20, 3, 3], pad: 1 },
    { x: [18, 5, 12, 13], w: [20, 5, 10, 11], pad: 0 },
    { x: [3, 20, 14, 14], w: [60, 20, 5, 5], pad: 2 },
    { x: [1, 20, 24, 24], w: [30, 20, 5, 5], pad: 2 },
    { x: [4, 60, 13, 13], w: [70, 60, 1, 1], pad: 0 },
    { x: [2, 70, 30, 32], w: [70, 1, 3, 3], pad: 1, groups: 70 },
    { x: [1, 70, 40, 50], w: [70, 1, 3, 3], pad: 1, groups: 70 },
    { x: [3, 8, 30, 30], w: [33, 8, 26, 26], pad: 0 },
    { x: [1, 280, 30, 30], w: [70, 4, 28, 28], pad: 0, groups: 70 },
  ])("$x with $w", ({ x, w, pad, groups = 1 }) => {
    const sizes = [2, 3].map((d) => x[d]! + 2 * pad - w[d]! + 1);
    const [image, weights] = [values(x, 1), values(w, 2)];
    const edge = [pad, pad] as const;
    const attrs = {
      strides: [1, 1],
      padding: [edge, edge],
      lhsDilation: [1, 1],
      rhsDilation: [1, 1],
      groups,
    };
    same("conv", [x[0]!, w[0]!, ...sizes], (out) => [image, weights, out, attrs]);
  });
});

describe("elementwise", () => {
  // Some elements more than a whole number of pieces, or of groups of 16.
  it.each([65536, 65537, 65540, 98305, 120_001])("%d elements", (n) => {
    const [a, b] = [values([n], 1), values([n], 2)];
    same("binary", [n], (out) => ["sub", a, b, out]);
    same("unary", [n], (out) => ["exp", a, out]);
    same("copy", [n], (out) => [{ ...a, strides: [1] }, out]);
  });
});

describe("gather", () => {
  it.each([
    [[900], [300, 400], 0],
    [[40, 50], [60, 60], 0],
    [[400], [500, 60], 1],
    [[30], [50, 60, 70], 1],
  ] as const)("%j of %j, axis %d", (indices, shape, axis) => {
    const next = random(3);
    for (const dtype of ["int64", "int32"] as const) {
      // Some are outside.
      const list = bench.fill(dtype, indices, () => Math.floor(next() * (shape[axis]! + 2)) - 1);
      const x = values(shape, 1);
      const out = [...shape.slice(0, axis), ...indices, ...shape.slice(axis + 1)];
      same("gather", out, (result) => [x, list, result, axis]);
    }
  });
});

describe("along lines", () => {
  it.each([
    [[300, 400], 1],
    [[300, 400], 0],
    [[5, 70, 300], 1],
    [[17, 4500], 1],
    [[33, 2000], 1],
    [[2000, 35], 0],
  ] as const)("%j, axis %d", (shape, axis) => {
    const x = values(shape, 1);
    for (const reverse of [false, true]) {
      same("cumulative", shape, (out) => ["sum", x, out, { axis, exclusive: false, reverse }]);
    }
    const rest = shape.filter((_, d) => d !== axis);
    const [one, three] = [whole, parts].map((kernels) => {
      const out = bench.empty("int64", rest);
      cut = 0;
      expect(kernels.argReduce("max", x, out, axis)).toBe(true);
      return bench.read(out);
    });
    expect(cut).toBeGreaterThan(1);
    expect(three).toEqual(one);
  });
});

describe("pooling by 2x2", () => {
  const none = [0, 0] as const;
  const attrs = { window: [2, 2], strides: [2, 2], padding: [none, none], dilation: [1, 1] };
  it.each([[[5, 40, 22, 24]], [[1, 100, 30, 28]]])("%j", (shape) => {
    const x = values(shape, 1);
    const half = [...shape.slice(0, 2), ...shape.slice(2).map((n) => n / 2)];
    const source = values(half, 2);
    same("reduceWindow", half, (out) => ["max", x, out, attrs]);
    same("selectAndScatter", shape, (out) => ["max", x, source, out, attrs]);
  });
});

const spread = (v: CpuView, shape: readonly number[]): CpuView => ({
  ...v,
  shape,
  strides: shape.map((_, d) => (v.shape[d] === 1 ? 0 : v.strides[d]!)),
});

it("pooling by 3x3", () => {
  const one = [1, 1] as const;
  const attrs = { window: [3, 3], strides: [2, 2], padding: [one, one], dilation: [1, 1] };
  const [x, source] = [values([5, 40, 22, 24], 1), values([5, 40, 11, 12], 2)];
  same("reduceWindow", source.shape, (out) => ["max", x, out, attrs]);
  same("selectAndScatter", x.shape, (out) => ["max", x, source, out, attrs]);
});

describe("strided loops", () => {
  it.each([
    [
      [40, 30, 70],
      [1, 30, 1],
    ],
    [
      [3, 60_001],
      [3, 1],
    ],
    [
      [200, 500],
      [1, 500],
    ],
    [
      [2, 3, 300, 61],
      [2, 1, 1, 61],
    ],
  ] as const)("%j with %j", (shape, small) => {
    const [a, b] = [values(shape, 1), spread(values(small, 2), shape)];
    same("binary", shape, (out) => ["mul", a, b, out]);
  });
  it("copies", () => {
    same("copy", [200, 500], (out) => [spread(values([1, 500], 2), [200, 500]), out]);
  });
});

describe("reductions that keep several axes", () => {
  it.each([
    [
      [20, 30, 7, 40],
      [0, 2],
    ],
    [[6, 33, 900], [1]],
    [
      [5, 40, 9, 60],
      [1, 3],
    ],
    [[50, 20, 130], [1]],
  ])("%j over %j", (shape, axes) => {
    const x = values(shape, 1);
    const kept = shape.filter((_, d) => !axes.includes(d));
    for (const kind of ["sum", "max", "prod"] as const) same("reduce", kept, (out) => [kind, x, out, axes]);
  });
});
