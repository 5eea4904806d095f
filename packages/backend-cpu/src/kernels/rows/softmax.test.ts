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
