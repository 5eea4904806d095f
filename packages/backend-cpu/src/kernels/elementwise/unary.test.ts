// Unary kernels against float64: accuracy over the whole range, special values, every layout.
import type { DType, UnaryFn } from "@isoform/core";
import { describe, expect, it } from "vitest";
import { Bench, LAYOUTS, random, ulps } from "../../../test/harness.js";
import { CopyKernel } from "../copy/copy.js";
import type { CpuView } from "../view.js";
import { unaryFunction } from "./functions.js";
import { ElementwiseKernel } from "./kernel.js";

const bench = new Bench();

/** Error function in float64: Taylor series, then a continued fraction. */
function erf(x: number): number {
  const t = Math.abs(x);
  if (t < 2.5) {
    let term = t;
    let sum = t;
    for (let n = 1; Math.abs(term) > 1e-20; n++) {
      term *= (-t * t) / n;
      sum += term / (2 * n + 1);
    }
    return (Math.sign(x) * 2 * sum) / Math.sqrt(Math.PI);
  }
  let d = 0;
  for (let k = 200; k > 0; k--) d = k / 2 / (t + d);
  return Math.sign(x) * (1 - Math.exp(-t * t) / Math.sqrt(Math.PI) / (t + d));
}
function roundHalfEven(x: number): number {
  const r = Math.round(x);
  return Math.abs(x % 1) === 0.5 && r % 2 !== 0 ? r - 1 : r;
}

interface Case {
  readonly exact: (x: number) => number;
  readonly ulp: number;
  readonly range: readonly [number, number];
}
const CASES: Readonly<Record<Exclude<UnaryFn, "not">, Case>> = {
  neg: { exact: (x) => -x, ulp: 0, range: [-1e30, 1e30] },
  abs: { exact: Math.abs, ulp: 0, range: [-10, 10] },
  sign: { exact: Math.sign, ulp: 0, range: [-1, 1] },
  exp: { exact: Math.exp, ulp: 1, range: [-105, 90] },
  expm1: { exact: Math.expm1, ulp: 2, range: [-25, 90] },
  log: { exact: Math.log, ulp: 1, range: [0, 1e4] },
  log1p: { exact: Math.log1p, ulp: 2, range: [-1, 100] },
  sqrt: { exact: Math.sqrt, ulp: 0.5, range: [0, 1e6] },
  rsqrt: { exact: (x) => 1 / Math.sqrt(x), ulp: 1.5, range: [0, 1e6] },
  sin: { exact: Math.sin, ulp: 1.5, range: [-2e6, 2e6] },
  cos: { exact: Math.cos, ulp: 1.5, range: [-2e6, 2e6] },
  atan: { exact: Math.atan, ulp: 2, range: [-50, 50] },
  tanh: { exact: Math.tanh, ulp: 2, range: [-12, 12] },
  erf: { exact: erf, ulp: 2, range: [-5, 5] },
  floor: { exact: Math.floor, ulp: 0, range: [-100, 100] },
  ceil: { exact: Math.ceil, ulp: 0, range: [-100, 100] },
  round: { exact: roundHalfEven, ulp: 0, range: [-100, 100] },
};
const SPECIAL = [
  0,
  -0,
  1,
  -1,
  0.5,
  -0.5,
  1.5,
  2.5,
  -2.5,
  Infinity,
  -Infinity,
  NaN,
  1e-45,
  -1e-45,
  1e-40,
  -1e-40,
  1.1754944e-38,
  3.4028234e38,
  -3.4028234e38,
  88.72283,
  88.72284,
  -87.33655,
  -103.2,
  -104,
  1e5,
  -1e5,
  1e20,
  8388607.5,
  1e-8,
  -1e-8,
  0.625,
  0.99999994,
  1.0000001,
  2 ** 24,
  1e6,
  999999.9375,
  Math.fround(Math.PI),
  Math.fround(355 / 113) * 1e4,
];
const FNS = Object.keys(CASES) as (keyof typeof CASES)[];

function kernelOf(fn: UnaryFn, dtype: DType): ElementwiseKernel {
  const copy = new CopyKernel(bench.engine);
  return new ElementwiseKernel(copy, `unary:${fn}:${dtype}`, unaryFunction(fn, dtype)!);
}

function apply(fn: UnaryFn, x: CpuView): CpuView {
  const kernel = kernelOf(fn, x.dtype);
  const out = bench.empty(x.dtype, x.shape);
  kernel.run1(x, out);
  return out;
}

describe.each(FNS)("%s", (fn) => {
  const { exact, ulp, range } = CASES[fn];

  it("is as accurate as documented", () => {
    const next = random(7);
    const values = Array.from({ length: 15_000 }, (_, i) => {
      if (i % 2) return range[0] + (range[1] - range[0]) * next();
      const magnitude = 2 ** (next() * 60 - 40) * (next() < 0.5 ? -1 : 1);
      return Math.abs(magnitude) > 2e6 ? 0.7 : magnitude;
    }).map(Math.fround);
    const got = bench.read(
      apply(
        fn,
        bench.fill("float32", [values.length], (i) => values[i]!),
      ),
    );
    let worst = 0;
    let at = 0;
    values.forEach((x, i) => {
      const e = ulps(Number(got[i]), exact(x));
      if (e > worst) [worst, at] = [e, x];
    });
    expect(worst, `at ${at}`).toBeLessThanOrEqual(ulp);
  });

  it("is as accurate on a dense sweep", () => {
    const n = 60_000;
    const [low, high] = range[1] > 100 ? [Math.max(range[0], -100), 100] : range;
    const x = bench.fill("float32", [n], (i) => low + ((high - low) * (i + 0.37)) / n);
    const got = bench.read(apply(fn, x));
    let worst = 0;
    bench.numbers(x).forEach((v, i) => (worst = Math.max(worst, ulps(Number(got[i]), exact(v)))));
    expect(worst).toBeLessThanOrEqual(ulp);
  });

  it("is right at special values", () => {
    const x = bench.fill("float32", [SPECIAL.length], (i) => SPECIAL[i]!);
    const got = bench.numbers(apply(fn, x));
    const wrong = bench
      .numbers(x)
      .map((v, i) => ({ x: v, got: got[i]!, want: Math.fround(exact(v)) }))
      .filter(({ got, want }) => !Object.is(got, want) && !(want !== 0 && ulps(got, want) <= ulp));
    expect(wrong).toEqual([]);
  });
});

describe("layouts", () => {
  it.each(LAYOUTS)("reads %s inputs of odd shapes", (layout) => {
    for (const shape of [[7], [5, 3], [2, 3, 5], [1, 4, 1, 9], [3, 0, 2], [6, 4, 2, 3]]) {
      const x = bench.fill("float32", shape, (i) => (i % 13) - 6.25, layout);
      expect(bench.numbers(apply("neg", x))).toEqual(bench.numbers(x).map((v) => -v));
    }
  });

  it("takes 0-d tensors and writes nothing beyond the end", () => {
    const x = bench.fill("float32", [], () => 4);
    expect(bench.numbers(apply("sqrt", x))).toEqual([2]);
    const y = bench.fill("float32", [5], (i) => i);
    const out = { ...bench.empty("float32", [8]), shape: [5] };
    kernelOf("neg", "float32").run1(y, out);
    expect(Array.from(bench.array("int32", out.buffer, 8).slice(5), Number)).toEqual([
      0xa5a5a5a5 | 0,
      0xa5a5a5a5 | 0,
      0xa5a5a5a5 | 0,
    ]);
  });
});

describe("other element types", () => {
  it("not is logical on bool and bitwise on integers", () => {
    expect(
      bench.numbers(
        apply(
          "not",
          bench.fill("bool", [5], (i) => i & 1),
        ),
      ),
    ).toEqual([1, 0, 1, 0, 1]);
    expect(
      bench.numbers(
        apply(
          "not",
          bench.fill("int16", [3], (i) => i),
        ),
      ),
    ).toEqual([-1, -2, -3]);
  });
  it("integer functions wrap", () => {
    expect(
      bench.numbers(
        apply(
          "neg",
          bench.fill("int8", [3], (i) => [-128, 5, 0][i]!),
        ),
      ),
    ).toEqual([-128, -5, 0]);
    expect(
      bench.numbers(
        apply(
          "sign",
          bench.fill("int32", [3], (i) => [-9, 0, 7][i]!),
        ),
      ),
    ).toEqual([-1, 0, 1]);
    expect(
      bench.numbers(
        apply(
          "abs",
          bench.fill("int32", [3], (i) => [-9, 0, 7][i]!),
        ),
      ),
    ).toEqual([9, 0, 7]);
  });
});
