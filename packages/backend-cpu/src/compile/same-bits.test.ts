// Where compiled steps once gave other bits than eager ones: layouts of operands, constants, memory that kernels share.
import { reference } from "@isoform/backend-reference";
import {
  add,
  attention,
  broadcastTo,
  compile,
  exp,
  flip,
  fromTypedArray,
  full,
  gather,
  grad,
  matmul,
  mul,
  not,
  ones,
  OutOfMemoryError,
  scope,
  setBackend,
  softmax,
  sum,
  tensor,
  transpose,
  xor,
  type DType,
  type Tensor,
} from "@isoform/core";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { cpu } from "../backend.js";

beforeEach(async () => void (await setBackend(cpu())));
afterEach(async () => void (await setBackend(reference())));

const wave = (...shape: number[]): Tensor => {
  const n = shape.reduce((a, b) => a * b, 1);
  return fromTypedArray(
    Float32Array.from({ length: n }, (_, i) => Math.sin(i * 1.7)),
    { shape },
  );
};

function expectSame(fn: (...args: Tensor[]) => Tensor[], ...args: Tensor[]): void {
  const compiled = compile(fn, { warmUp: false });
  const got = compiled(...args);
  expect(compiled.info().notice).toBeNull();
  fn(...args).forEach((t, i) => expect(got[i]!.dataSync()).toEqual(t.dataSync()));
  compiled.dispose();
}

describe("compiled steps give the bits of eager ones", () => {
  it("where a loop reads a transposed value that reductions read as well", () => {
    expectSame(
      (x) => {
        const v = transpose(x);
        return [exp(v), sum(v, 1), sum(v, 0), sum(v), exp(exp(v))];
      },
      wave(64, 128),
    );
  });

  it("where reductions and products read a repeated constant", () => {
    expectSame(() => [sum(broadcastTo(full([1, 1], 0.1), [33, 5]), 0)]);
    expectSame(() => [sum(mul(broadcastTo(full([], 1), [7]), broadcastTo(full([], 0.01), [7])))]);
    expectSame((x) => [sum(mul(transpose(x), 1), 1)], wave(64, 128));
    const w = wave(8, 64);
    expectSame((x) => [grad((a: Tensor) => sum(matmul(a, w)))(x)], ones([1, 8]));
  });

  it.each([
    ["bool", [2, 0.5, -1, NaN, 256, 0]],
    ["int32", [1e10, -Infinity, Infinity, 2 ** 31, 2.5, -2.5, NaN]],
    ["uint32", [-1, 5e9, -2.5, Infinity]],
  ] as const)("with constants that %s does not hold", (dtype: DType, values) => {
    const x = dtype === "bool" ? tensor([true, false]) : tensor([1, 2], { dtype });
    for (const value of values) expectSame((t) => [xor(t, full([2], value, dtype)), not(not(t))], x);
  });

  it("beside attention on queries of one feature", () => {
    expectSame(
      (q, k, v) => {
        const u = exp(k);
        return [attention(q, u, v), softmax(u, 0)];
      },
      wave(40, 1),
      full([100, 1], 0.3),
      wave(100, 8),
    );
  });
});

describe("running out of memory", () => {
  it("leaves nothing of a call that failed", async () => {
    const device = await setBackend(cpu({ maxMemory: 6 * 65536 }));
    const x = ones([1]);
    const flipped = flip(wave(30_000), [0]);
    const before = device.memory().storages;
    const wide = compile((t: Tensor) => [1, 2, 3].map((k) => add(broadcastTo(t, [40_000]), k)), {
      warmUp: false,
    });
    const copies = compile((t: Tensor) => [1, 2, 3].map((k) => add(t, k)), { warmUp: false });
    for (let i = 0; i < 3; i++) {
      expect(() => scope(() => void wide(x))).toThrow(OutOfMemoryError);
      expect(() => scope(() => void copies(flipped))).toThrow(OutOfMemoryError);
      expect(device.memory().storages).toBe(before);
    }
    wide.dispose();
    copies.dispose();
    expect(device.memory().storages).toBe(before);
  });
});

describe("kernels agree with the reference", () => {
  it.each([
    [[1, 8, 3], [1, 0, 2], 2],
    [[2, 2, 2, 1], [0, 3, 1, 2], 2],
    [[2, 2, 2, 1], [0, 3, 1, 2], 3],
  ])("gather of %j permuted by %j, which has an axis of size 1, along axis %i", async (shape, perm, axis) => {
    const run = (): number[] =>
      [...gather(transpose(wave(...shape), perm), tensor([0, 1], { dtype: "int32" }), axis).dataSync()].map(
        Number,
      );
    const got = run();
    await setBackend(reference());
    expect(got).toEqual(run());
  });

  it.each([
    [1, 9, 8],
    [1, 17, 16],
    [2, 9, 8],
    [1, 8, 8],
  ])("attention on %i features, %i keys, values of %i", async (d, s, e) => {
    const run = (): number[] => [...attention(wave(8, d), wave(s, d), wave(s, e)).dataSync()].map(Number);
    const got = run();
    await setBackend(reference());
    run().forEach((want, i) => expect(got[i]).toBeCloseTo(want, 5));
  });
});
