// Rows at the very end of memory: the kernels read ahead, but never past the last row.
import { expect, it } from "vitest";
import { HOST_MATH } from "../../math/index.js";
import { instantiate, ModuleBuilder, newMemory, PAGE_BYTES, type HostFunction } from "../../wasm/index.js";
import { defineCrossEntropy, defineLogSoftmax, defineSoftmax } from "./softmax.js";

const ROWS = 5;
const memory = newMemory(1, 1);

function kernel(define: (m: ModuleBuilder) => void): HostFunction {
  const m = new ModuleBuilder({ initial: 1, maximum: 1 });
  define(m);
  return instantiate(m.build(), memory, HOST_MATH)["run"]!;
}

/** Rows of n elements that end where memory ends, and the softmax of each. */
function rows(n: number): { at: number; expected: number[][] } {
  const at = PAGE_BYTES - 4 * n * ROWS;
  const x = new Float32Array(memory.buffer, at);
  for (let i = 0; i < x.length; i++) x[i] = 3 * Math.sin(i * 1.7);
  const expected = Array.from({ length: ROWS }, (_, r) => {
    const e = Array.from(x.subarray(r * n, (r + 1) * n), Math.exp);
    const sum = e.reduce((a, b) => a + b);
    return e.map((v) => v / sum);
  });
  return { at, expected };
}

const close = (actual: Iterable<number>, expected: readonly number[]): void => {
  for (const [i, a] of [...actual].entries()) expect(Math.abs(a - expected[i]!)).toBeLessThan(2e-6);
};

// Lengths with and without whole rounds of vectors, single vectors, and elements that are left over.
for (const n of [1, 3, 4, 31, 32, 39, 140, 1030]) {
  it(`softmax of ${ROWS} rows of ${n}`, () => {
    const { at, expected } = rows(n);
    kernel(defineSoftmax)(ROWS, n, 0, at, 4 * n);
    close(new Float32Array(memory.buffer, 0, n * ROWS), expected.flat());
  });

  it(`logSoftmax of ${ROWS} rows of ${n}`, () => {
    const { at, expected } = rows(n);
    kernel(defineLogSoftmax)(ROWS, n, 0, at, 4 * n);
    close(new Float32Array(memory.buffer, 0, n * ROWS).map(Math.exp), expected.flat());
  });

  it(`cross-entropy of ${ROWS} rows of ${n}`, () => {
    const { at, expected } = rows(n);
    const labels = Array.from({ length: ROWS }, (_, r) => (2 * r) % n);
    new Int32Array(memory.buffer, 64, ROWS).set(labels);
    kernel((m) => defineCrossEntropy(m, "int32"))(ROWS, n, 0, at, 4 * n, 64, 4);
    close(
      new Float32Array(memory.buffer, 0, ROWS),
      expected.map((row, r) => -Math.log(row[labels[r]!]!)),
    );
  });
}

// Errors as documented at expOfDifference: of elements up to 11.4 and their maximum, or of differences from it.
// Most rows are added up as they are; what others hold must not show in them, whatever row came before.
const N = 37;
const KINDS: Readonly<Record<string, (i: number) => number>> = {
  small: (i) => 3 * Math.sin(i * 1.7),
  "up to the bounds": (i) => (i === 7 ? 10.7 : i === 9 ? -11.4 : Math.cos(i)),
  "above the bounds": (i) => (i === 36 ? 10.8 : Math.cos(i)),
  "below the bounds": (i) => (i === 0 ? -11.5 : Math.cos(i)),
  large: (i) => 40 * Math.sin(i * 1.7),
  "large and equal": () => 2000,
  masked: (i) => (i > 20 ? -Infinity : Math.cos(i)),
  "masked by a number": (i) => (i === 33 ? -1e9 : Math.cos(i)),
  // Rounded to multiples of 2^23 and 2^7: bits that the integers of small numbers have, too.
  "a number of many zero bits": (i) => (i === 5 ? -2907276 : Math.cos(i)),
  "another one": (i) => (i === 18 ? -8722200 : Math.cos(i)),
  "with NaN": (i) => (i === 12 ? Number.NaN : Math.cos(i)),
  "with Infinity": (i) => (i === 12 ? Infinity : Math.cos(i)),
};

const softmaxOf = (x: Float32Array, rowCount: number, out: number): Float32Array => {
  new Float32Array(memory.buffer, 4096, x.length).set(x);
  kernel(defineSoftmax)(rowCount, N, out, 4096, 4 * N);
  return new Float32Array(memory.buffer, out, x.length).slice();
};

it("softmax of rows of all kinds, one after another, is the softmax of each", () => {
  const kinds = Object.values(KINDS);
  const order = [...kinds, ...kinds.toReversed()];
  const x = Float32Array.from(order.flatMap((kind) => Array.from({ length: N }, (_, i) => kind(i))));
  const apart = softmaxOf(x, order.length, 0x8000);
  expect(softmaxOf(x, order.length, 4096), "in place").toEqual(apart);
  order.forEach((_, r) => {
    const row = x.subarray(r * N, (r + 1) * N);
    const result = apart.subarray(r * N, (r + 1) * N);
    expect(softmaxOf(row, 1, 0x8000), "alone").toEqual(result);
    const max = Math.max(...row);
    const e = Array.from(row, (v) => Math.exp(v - max));
    const sum = e.reduce((a, b) => a + b);
    result.forEach((v, i) => {
      const expected = e[i]! / sum;
      const ulps = 42 + 1.5 * (max - row[i]!);
      if (Number.isNaN(sum)) expect(v).toBeNaN();
      else if (expected === 0) expect(v).toBe(0);
      else expect(Math.abs(v - expected)).toBeLessThan(ulps * 2 ** -24 * expected);
    });
  });
});
