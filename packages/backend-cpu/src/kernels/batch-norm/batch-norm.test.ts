// Batch normalisation against its formulas in float64, its steps and itself in pieces.
import {
  batchNorm,
  batchNormOp,
  batchNormTrain,
  compile,
  mul,
  setBackend,
  sum,
  tensor,
  valueAndGrads,
  type Tensor,
} from "@isoform/core";
import { beforeAll, describe, expect, it } from "vitest";
import {
  Bench,
  Cutting,
  difference,
  eachIndex,
  LAYOUTS,
  random,
  type Layout,
  everything,
} from "../../../test/harness.js";
import { cpu } from "../../backend.js";
import type { CpuView } from "../view.js";

type Values = readonly number[];
type Inputs = readonly (CpuView | null)[];

const bench = new Bench();
const EPS = 0.1;

function run(on: Bench, id: string, axis: number, inputs: Inputs, shapes: readonly Values[]): number[][] {
  const kernel = everything(on.engine).composites[id]!;
  const attrs = { axis, eps: EPS };
  expect(kernel.supports!(attrs, inputs)).toBe(true);
  const outputs = shapes.map((s) => on.empty("float32", s));
  kernel.run(attrs, inputs, outputs);
  return outputs.map((o) => on.numbers(o));
}

function floats(shape: Values, seed: number, layout: Layout = "contiguous", on = bench): CpuView {
  const next = random(seed);
  return on.fill("float32", shape, () => (next() - 0.4) * 6, layout);
}

/** Sums by channel of `term` of every element. */
function sums(shape: Values, axis: number, term: (i: number, c: number) => number): number[] {
  const totals = Array.from({ length: shape[axis]! }, () => 0);
  eachIndex(shape, (index, i) => (totals[index[axis]!]! += term(i, index[axis]!)));
  return totals;
}

/** Every element's channel. */
function channels(shape: Values, axis: number): number[] {
  const all: number[] = [];
  eachIndex(shape, (index) => all.push(index[axis]!));
  return all;
}

const CASES: readonly (readonly [shape: Values, axis: number])[] = [
  [[3, 5, 2, 7], 1],
  [[2, 3, 33], 1],
  [[1, 1, 1030], 1],
  [[4, 8, 1, 1], 1],
  [[130, 20], 1],
  [[1, 8], 1],
  [[3, 5, 9, 24], 3],
  [[67, 4], -1],
  [[7, 3], 0],
];

describe.each(LAYOUTS)("%s inputs", (layout) => {
  // Repeated elements have no variance: what the mean is rounded by grows by 1 / sqrt(eps).
  const bound = layout.startsWith("broadcast") ? 2e-5 : 2e-6;
  it.each(CASES)("%j, channels on %d", (shape, at) => {
    const axis = at < 0 ? at + shape.length : at;
    const c = shape[axis]!;
    const count = shape.reduce((a, b) => a * b, 1) / c;
    const of = channels(shape, axis);
    const views = [floats(shape, 1, layout), floats([c], 2, layout), floats([c], 3, layout)] as const;
    const [x, s, b] = views.map((v) => bench.numbers(v)) as [number[], number[], number[]];
    const mean = sums(shape, axis, (i) => x[i]! / count);
    const variance = sums(shape, axis, (i, k) => (x[i]! - mean[k]!) ** 2 / count);
    const r = variance.map((v) => 1 / Math.sqrt(v + EPS));
    const hat = x.map((v, i) => (v - mean[of[i]!]!) * r[of[i]!]!);
    const close = (got: Values, want: Values) => expect(difference(got, want, 4)).toBeLessThan(bound);

    for (const [scale, bias] of [
      [views[1], views[2]],
      [views[1], null],
      [null, null],
    ]) {
      const want = hat.map((v, i) => v * (scale ? s[of[i]!]! : 1) + (bias ? b[of[i]!]! : 0));
      const [y, m, v] = run(bench, "batchNormTrain", axis, [views[0], scale!, bias!], [shape, [c], [c]]);
      close(y!, want);
      close(m!, mean);
      close(v!, variance);
      const given = [mean, variance].map((list) => bench.fill("float32", [c], (i) => list[i]!, layout));
      // Broadcast parameters are all alike, so they are not these statistics.
      if (layout === "broadcast-first" || layout === "broadcast-last") continue;
      close(run(bench, "batchNorm", axis, [views[0], ...given, scale!, bias!], [shape])[0]!, want);
    }

    const upper = floats(shape, 4, layout);
    const g = bench.numbers(upper);
    const total = sums(shape, axis, (i) => g[i]!);
    const along = sums(shape, axis, (i) => g[i]! * hat[i]!);
    for (const scale of [views[1], null]) {
      const dx = g.map((v, i) => {
        const k = of[i]!;
        return (scale ? s[k]! : 1) * r[k]! * (v - total[k]! / count - (hat[i]! * along[k]!) / count);
      });
      const got = run(bench, "batchNormTrainGrad", axis, [upper, views[0], scale], [shape, [c], [c]]);
      expect(difference(got[0]!, dx, 40)).toBeLessThan(bound);
      expect(difference(got[1]!, along, count)).toBeLessThan(bound);
      expect(difference(got[2]!, total, count)).toBeLessThan(bound);
    }
  });
});

it("leaves to the decomposition what it cannot do", () => {
  const { batchNorm: given, batchNormTrain: train } = everything(bench.engine).composites;
  expect(train!.supports!({ axis: 1, eps: 0 }, [floats([5, 3], 1), null, null])).toBe(false);
  expect(train!.supports!({ axis: 1, eps: 0 }, [bench.empty("float32", [0, 4]), null, null])).toBe(false);
  const c = bench.empty("float64", [4]);
  expect(given!.supports!({ axis: 1, eps: 0 }, [floats([5, 4], 1), c, c, null, null])).toBe(false);
});

it("keeps channels of one value, and NaN to its channel", () => {
  const x = bench.fill("float32", [2, 3, 5], (i) =>
    Math.floor(i / 5) % 3 === 1 ? 0.1 : i % 15 === 0 ? NaN : i,
  );
  const [y, mean, variance] = run(bench, "batchNormTrain", 1, [x, null, null], [[2, 3, 5], [3], [3]]);
  expect(mean![0]).toBeNaN();
  expect(variance![1]).toBeLessThan(1e-12);
  expect(Math.abs(y![5]!)).toBeLessThan(1e-5);
  expect(y!.slice(10, 15).every(Number.isFinite)).toBe(true);
});

describe("several threads", () => {
  it.each([
    [[4, 20, 33, 32], 1],
    [[1300, 96], 1],
    [[9, 11, 13, 68], 3],
  ] as const)("%j, channels on %d, give the same bits", (shape, axis) => {
    const c = shape[axis]!;
    const cutting = new Cutting(2 ** 28);
    const results = [bench, new Bench(cutting)].map((on) => {
      const [x, g] = [floats(shape, 1, "contiguous", on), floats(shape, 2, "contiguous", on)];
      const [m, v, s] = [3, 4, 5].map((seed) => floats([c], seed, "contiguous", on));
      return [
        run(on, "batchNorm", axis, [x, m!, v!, s!, null], [shape]),
        run(on, "batchNormTrain", axis, [x, s!, m!], [shape, [c], [c]]),
        run(on, "batchNormTrainGrad", axis, [g, x, s!], [shape, [c], [c]]),
      ];
    });
    expect(results[1]).toEqual(results[0]);
    expect(cutting.cuts).toBeGreaterThan(4);
  });
});

function wave(shape: readonly number[], seed: number): Tensor {
  const next = random(seed);
  const data = Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => next() - 0.3);
  return tensor(data, { shape: [...shape] });
}

describe("in core", () => {
  beforeAll(async () => void (await setBackend(cpu({ threads: 1 }))));
  const bits = (tensors: readonly Tensor[]): number[][] =>
    tensors.map((t) => Array.from(t.dataSync(), Number));

  it.each([
    [[3, 5, 2, 7], 1],
    [[4, 8], 1],
    [[4, 7], 1],
    [[2, 3, 3, 5], 3],
  ])("%j, channels on %d: programs and steps give the same bits", (shape, axis) => {
    const c = shape[axis]!;
    const [x, m, s, b] = [wave(shape, 1), wave([c], 2), wave([c], 4), wave([c], 5)];
    const v = tensor(Array.from({ length: c }, (_, i) => i + 0.1));
    for (const [scale, bias] of [
      [s, b],
      [null, b],
      [s, null],
    ] as const) {
      const plain = (t: Tensor) => batchNorm(t, m, v, scale, bias, { axis });
      const steps = batchNormOp.decompose([x, m, v, scale, bias], { axis, eps: 1e-5 });
      expect(bits(steps)).toEqual(bits([plain(x)]));
      expect(bits(compile(plain, { warmUp: false })(x))).toEqual(bits([plain(x)]));
      const loss = (t: Tensor) => sum(mul(batchNormTrain(t, scale, bias, { axis })[0], t));
      const train = (t: Tensor) => {
        const [value, gradients] = valueAndGrads(loss, [0])(t);
        return [value, ...gradients];
      };
      expect(bits(compile(train, { warmUp: false })(x))).toEqual(bits(train(x)));
    }
  });
});
