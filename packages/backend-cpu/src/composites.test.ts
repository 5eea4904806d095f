// Fused kernels against their formulas in float64: odd lengths, every layout, special values, and several threads.
import { describe, expect, it } from "vitest";
import { Bench, Cutting, LAYOUTS, random, ulps, type Layout, everything } from "../test/harness.js";
import type { EagerEngine } from "./engine.js";
import type { CpuView } from "./kernels/view.js";

const bench = new Bench();
const kernels = everything(bench.engine).composites;

type Values = readonly number[];

function run(id: string, attrs: object, inputs: readonly (CpuView | null)[], shape: Values): number[] {
  const kernel = kernels[id]!;
  if (kernel.supports?.(attrs, inputs) === false) throw new Error(`${id} refuses`);
  const out = bench.empty("float32", shape);
  kernel.run(attrs, inputs, [out]);
  return bench.numbers(out);
}

function floats(shape: Values, layout: Layout = "contiguous", seed = 1, size = 8): CpuView {
  const next = random(seed);
  return bench.fill("float32", shape, () => (next() - 0.5) * size, layout);
}

/** `fn` of every row of `length` elements, joined. */
function byRows(x: Values, length: number, fn: (row: Values) => Values): number[] {
  const out: number[] = [];
  for (let at = 0; at < x.length; at += length) out.push(...fn(x.slice(at, at + length)));
  return out;
}

const total = (row: Values): number => row.reduce((a, b) => a + b, 0);
function exps(row: Values): number[] {
  const max = Math.max(...row);
  return row.map((v) => Math.exp(v - max));
}
function softmax(row: Values): number[] {
  const e = exps(row);
  const sum = total(e);
  return e.map((v) => v / sum);
}
function logSoftmax(row: Values): number[] {
  const shift = Math.max(...row) + Math.log(total(exps(row)));
  return row.map((v) => v - shift);
}
function standard(row: Values, eps: number): number[] {
  const mean = total(row) / row.length;
  const variance = total(row.map((v) => (v - mean) ** 2)) / row.length;
  return row.map((v) => (v - mean) / Math.sqrt(variance + eps));
}

/** Greatest error in units of the last place of the wanted value, counting sizes below `floor` as `floor`. */
function worst(got: Values, want: Values, floor: number): number {
  expect(got.length).toBe(want.length);
  return Math.max(
    0,
    ...want.map((w, i) =>
      Math.abs(w) < floor ? Math.abs(got[i]! - w) / (floor * 2 ** -23) : ulps(got[i]!, w),
    ),
  );
}

const SHAPES = [[5], [1, 1], [3, 7], [4, 16], [2, 3, 33], [2, 70], [2, 1100], [0, 4], [3, 0]];

describe.each(LAYOUTS)("%s inputs", (layout) => {
  it("softmax and logSoftmax", () => {
    for (const shape of SHAPES) {
      const n = shape.at(-1)!;
      const x = floats(shape, layout);
      const values = bench.numbers(x);
      const attrs = { axis: shape.length - 1 };
      expect(worst(run("softmax", attrs, [x], shape), byRows(values, n, softmax), 1e-30)).toBeLessThan(16);
      const logs = byRows(values, n, logSoftmax);
      expect(worst(run("logSoftmax", attrs, [x], shape), logs, 1)).toBeLessThan(4);
    }
  });

  it("softmax and logSoftmax along other axes", () => {
    for (const [shape, axis] of [
      [[7, 5], 0],
      [[3, 70, 6], 1],
      [[2, 3, 1, 33], 1],
      [[1, 4, 1030], 1],
      [[0, 3, 2], 1],
      [[2, 0, 2], 1],
      [[2, 9, 1, 1], 1],
    ] as const) {
      const x = floats(shape, layout);
      const inner = shape.slice(axis + 1).reduce((a: number, b) => a * b, 1);
      const group = shape[axis]! * inner;
      const lines = (fn: (row: Values) => Values): number[] =>
        byRows(bench.numbers(x), group, (g) => {
          const out = [...g];
          for (let c = 0; c < inner; c++) {
            fn(g.filter((_, i) => i % inner === c)).forEach((v, i) => (out[i * inner + c] = v));
          }
          return out;
        });
      expect(worst(run("softmax", { axis }, [x], shape), lines(softmax), 1e-30)).toBeLessThan(16);
      expect(worst(run("logSoftmax", { axis }, [x], shape), lines(logSoftmax), 1)).toBeLessThan(4);
    }
  });

  it("layerNorm and rmsNorm, with and without parameters", () => {
    for (const shape of SHAPES) {
      const n = shape.at(-1)!;
      const x = floats(shape, layout);
      const values = bench.numbers(x);
      const [scale, bias] = [floats([n], layout, 2), floats([n], layout, 3)];
      const [s, b] = [bench.numbers(scale), bench.numbers(bias)];
      const attrs = { axes: [shape.length - 1], eps: 1e-3 };
      const plain = byRows(values, n, (row) => standard(row, 1e-3));
      expect(worst(run("layerNorm", attrs, [x, null, null], shape), plain, 1)).toBeLessThan(8);
      const scaled = byRows(plain, n, (row) => row.map((v, i) => v * s[i]!));
      expect(worst(run("layerNorm", attrs, [x, scale, null], shape), scaled, 4)).toBeLessThan(8);
      const shifted = byRows(scaled, n, (row) => row.map((v, i) => v + b[i]!));
      expect(worst(run("layerNorm", attrs, [x, scale, bias], shape), shifted, 4)).toBeLessThan(8);
      const rms = byRows(values, n, (row) => {
        const factor = 1 / Math.sqrt(total(row.map((v) => v * v)) / n + 1e-3);
        return row.map((v, i) => v * factor * s[i]!);
      });
      expect(worst(run("rmsNorm", attrs, [x, scale], shape), rms, 4)).toBeLessThan(8);
    }
  });

  it("softmaxCrossEntropy for labels of several types, some of them no class", () => {
    for (const [rows, n] of [
      [3, 7],
      [5, 33],
      [2, 1],
    ] as const) {
      for (const type of ["int64", "int32", "uint8"] as const) {
        const x = floats([rows, n], layout);
        const low = type === "uint8" ? 0 : -2;
        const labels = bench.fill(type, [rows], (i) => low + ((i * 3) % (n + 3)), layout);
        const at = bench.numbers(labels);
        const want = byRows(bench.numbers(x), n, logSoftmax);
        const losses = at.map((label, row) => (label >= 0 && label < n ? -want[row * n + label]! : 0));
        expect(worst(run("softmaxCrossEntropy", {}, [x, labels], [rows]), losses, 1)).toBeLessThan(4);
      }
    }
  });
});

describe("special values", () => {
  const row = (values: Values): CpuView => bench.fill("float32", [values.length], (i) => values[i]!);
  const AXIS = { axis: 0 };

  it("a NaN, +Infinity, or nothing but -Infinity makes a row NaN", () => {
    for (const bad of [
      [NaN, ...Array.from({ length: 40 }, (_, i) => i)],
      [1, Infinity, 2],
      [-Infinity, -Infinity],
    ]) {
      for (const id of ["softmax", "logSoftmax"]) {
        const got = run(id, AXIS, [row(bad)], [bad.length]);
        expect(
          got.every(
            (v, i) => Number.isNaN(v) || (id === "logSoftmax" && bad[i]! < Infinity && v === -Infinity),
          ),
        ).toBe(true);
      }
    }
  });

  it("columns keep NaN, infinities and long sums to themselves", () => {
    const n = 20_000;
    const x = bench.fill(
      "float32",
      [n, 4],
      (i) => [3, i === 5 ? NaN : 1, -Infinity, i === 2 * 4 + 3 ? 0 : -Infinity][i % 4]!,
    );
    const logs = run("logSoftmax", { axis: 0 }, [x], [n, 4]).slice(8, 12);
    expect(worst([logs[0]!], [-Math.log(n)], 1)).toBeLessThan(2);
    expect(logs.map(Number.isNaN)).toEqual([false, true, true, false]);
    expect(run("softmax", { axis: 0 }, [x], [n, 4]).filter((_, i) => i % 4 === 3 && i !== 11)).toEqual(
      Array(n - 1).fill(0),
    );
  });

  it("-Infinity has no weight, and small weights are denormal", () => {
    expect(run("softmax", AXIS, [row([0, -Infinity, 0])], [3])).toEqual([0.5, 0, 0.5]);
    const [one, denormal, none] = run("softmax", AXIS, [row([0, -100, -110])], [3]);
    expect([one, none]).toEqual([1, 0]);
    expect(ulps(denormal!, Math.exp(-100))).toBeLessThanOrEqual(1);
    expect(run("logSoftmax", AXIS, [row([0, -200])], [2])).toEqual([0, -200]);
  });

  it("logits far from 0 and rows of millions", () => {
    expect(run("softmax", AXIS, [row([1e30, 1e30])], [2])).toEqual([0.5, 0.5]);
    const n = 1 << 20;
    const same = bench.fill("float32", [n], () => 3);
    expect(
      worst(run("logSoftmax", AXIS, [same], [n]).slice(0, 3), Array(3).fill(-Math.log(n)), 1),
    ).toBeLessThan(2);
  });

  it("what they do not take is left to the decomposition", () => {
    const x = floats([3, 4]);
    expect(kernels["layerNorm"]!.supports!({ axes: [0], eps: 0 }, [x, null, null])).toBe(false);
    expect(kernels["gelu"]!.supports!({ approximate: "none" }, [bench.empty("float64", [2])])).toBe(false);
  });
});

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
const tanhInner = (x: number): number => Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3);
describe.each([
  { id: "sigmoid", attrs: {}, exact: sigmoid, low: -88, high: 100, bound: 2.5 },
  { id: "silu", attrs: {}, exact: (x: number) => x * sigmoid(x), low: -80, high: 100, bound: 3.5 },
  {
    id: "gelu",
    attrs: { approximate: "tanh" },
    exact: (x: number) => x * sigmoid(2 * tanhInner(x)),
    low: -1,
    high: 12,
    bound: 4,
  },
])("$id", ({ id, attrs, exact, low, high, bound }) => {
  it("is near the formula", () => {
    const n = 20_000;
    const x = bench.fill("float32", [n], (i) => low + ((high - low) * i) / n);
    const want = bench.numbers(x).map(exact);
    expect(worst(run(id, attrs, [x], [n]), want, 2 ** -126)).toBeLessThanOrEqual(bound);
  });

  it("keeps NaN and the limits", () => {
    const x = bench.fill("float32", [4], (i) => [NaN, Infinity, 200, -200][i]!);
    const [nan, infinite, right, left] = run(id, attrs, [x], [4]);
    expect(nan).toBeNaN();
    expect([infinite, right]).toEqual(id === "sigmoid" ? [1, 1] : [Infinity, 200]);
    expect(Math.abs(left!)).toBe(0);
  });
});

describe("several threads", () => {
  it("give the same bits", () => {
    const engine = new Cutting(2 ** 28);
    const cut = everything(engine).composites;
    const shape = [300, 333];
    const next = random(3);
    const data = Float32Array.from({ length: 300 * 333 }, () => next() * 6 - 3);
    const place = (e: EagerEngine, bytes: number): CpuView => {
      const buffer = e.heap.alloc(bytes);
      return { buffer, dtype: "float32", shape, strides: [333, 1], offset: 0 };
    };
    for (const [id, attrs, more] of [
      ["softmax", { axis: 1 }, 0],
      ["logSoftmax", { axis: 1 }, 0],
      ["softmax", { axis: 0 }, 0],
      ["logSoftmax", { axis: 0 }, 0],
      ["layerNorm", { axes: [1], eps: 1e-5 }, 2],
      ["gelu", { approximate: "none" }, 0],
    ] as const) {
      const results = [
        [bench.engine, kernels],
        [engine, cut],
      ] as const;
      const [whole, parts] = results.map(([e, k]) => {
        const x = place(e, data.byteLength);
        const out = place(e, data.byteLength);
        e.heap.f32.set(data, x.buffer / 4);
        k[id]!.run(attrs, [x, ...Array<null>(more).fill(null)], [out]);
        return e.heap.f32.slice(out.buffer / 4, out.buffer / 4 + data.length);
      });
      expect(parts, id).toEqual(whole);
    }
    expect(engine.cuts).toBeGreaterThan(4);
  });
});
