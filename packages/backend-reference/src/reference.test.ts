// Semantics of the reference kernels that are easy to get wrong, value by value.
import { beforeAll, describe, expect, it } from "vitest";
import {
  add,
  argmax,
  cast,
  concat,
  conv,
  cumulative,
  div,
  eq,
  erf,
  full,
  gather,
  iota,
  keep,
  matmul,
  maximum,
  pad,
  pow,
  randomBits,
  reduceWindow,
  rem,
  round,
  scatter,
  setBackend,
  shl,
  shr,
  slice,
  sort,
  sum,
  tensor,
  transpose,
  max,
  flip,
  exp,
  mul,
  neg,
  where,
  valueAndGrads,
  reshape,
  grad,
  OutOfMemoryError,
  type Device,
  type Tensor,
  Philox4x32,
  abs,
  sign,
} from "@isoform/core";
import { reference } from "./index.js";

let device: Device;
beforeAll(async () => {
  device = await setBackend(reference({ poison: true }));
});

describe("reference kernels", () => {
  it("wraps integers", () => {
    expect(
      add(tensor([120, -128], { dtype: "int8" }), tensor([10, -1], { dtype: "int8" })).toArraySync(),
    ).toEqual([-126, 127]);
    const big = tensor([2 ** 31 - 1], { dtype: "int32" });
    expect(mul(big, big).toArraySync()).toEqual([1]);
    const u = tensor([2 ** 32 - 1], { dtype: "uint32" });
    expect(mul(u, u).toArraySync()).toEqual([1]);
    expect(add(u, 2).toArraySync()).toEqual([1]);
    expect(neg(tensor([1], { dtype: "uint8" })).toArraySync()).toEqual([255]);
    expect(abs(tensor([-128], { dtype: "int8" })).toArraySync()).toEqual([-128]);
    const long = tensor([2n ** 63n - 1n]);
    expect(add(long, 1n).toArraySync()).toEqual([-(2n ** 63n)]);
    expect(sum(tensor([2n ** 63n - 1n, 1n])).itemSync()).toBe(-(2n ** 63n));
  });

  it("divides integers toward zero, and by zero to zero", () => {
    const a = tensor([7, -7, 5], { dtype: "int32" });
    const b = tensor([2, 2, 0], { dtype: "int32" });
    expect(div(a, b).toArraySync()).toEqual([3, -3, 0]);
    expect(rem(a, b).toArraySync()).toEqual([1, -1, 0]);
    expect(
      pow(tensor([2, -1, 3], { dtype: "int32" }), tensor([-1, -3, 33], { dtype: "int32" })).toArraySync(),
    ).toEqual([0, -1, Number(BigInt.asIntN(32, 3n ** 33n))]);
  });

  it("shifts out of the width", () => {
    expect(
      shl(tensor([1, 1, 1], { dtype: "int8" }), tensor([1, 7, 9], { dtype: "int8" })).toArraySync(),
    ).toEqual([2, -128, 0]);
    expect(
      shr(tensor([-4, -4], { dtype: "int32" }), tensor([1, 40], { dtype: "int32" })).toArraySync(),
    ).toEqual([-2, -1]);
    expect(shr(tensor([2 ** 32 - 4], { dtype: "uint32" }), 1).toArraySync()).toEqual([2 ** 31 - 2]);
  });

  it("casts with saturation and truncation", () => {
    const x = tensor([1.9, -1.9, 300, -300, NaN, Infinity]);
    expect(cast(x, "int8").toArraySync()).toEqual([1, -1, 127, -128, 0, 127]);
    expect(cast(x, "uint8").toArraySync()).toEqual([1, 0, 255, 0, 0, 255]);
    expect(cast(x, "int64").toArraySync()).toEqual([1n, -1n, 300n, -300n, 0n, 2n ** 63n - 1n]);
    expect(cast(x, "bool").toArraySync()).toEqual([true, true, true, true, true, true]);
    expect(cast(tensor([300, -1], { dtype: "int32" }), "uint8").toArraySync()).toEqual([44, 255]);
    expect(cast(tensor([(1n << 60n) + 1n]), "float32").toArraySync()).toEqual([2 ** 60]);
  });

  it("rounds half to even and keeps NaN and -0", () => {
    expect(round(tensor([0.5, 1.5, -0.5, 2.5, NaN])).toArraySync()).toEqual([0, 2, -0, 2, NaN]);
    expect(sign(tensor([-3, 0, NaN])).toArraySync()).toEqual([-1, 0, NaN]);
    expect(maximum(tensor([1, NaN]), tensor([NaN, 1])).toArraySync()).toEqual([NaN, NaN]);
    expect(pow(tensor([1, -1]), tensor([NaN, Infinity])).toArraySync()).toEqual([1, 1]);
  });

  it("has the first maximum, NaN before all", () => {
    expect(argmax(tensor([1, 3, 3]), 0).itemSync()).toBe(1n);
    expect(argmax(tensor([1, NaN, 3, NaN]), 0).itemSync()).toBe(1n);
    expect(max(tensor([1, NaN, 3])).itemSync()).toBe(NaN);
    expect(max(tensor([], { shape: [0] })).itemSync()).toBe(-Infinity);
  });

  it("sorts stably with NaN greatest", () => {
    const [v, i] = sort(tensor([2, NaN, 1, 2]));
    expect(v.toArraySync()).toEqual([1, 2, 2, NaN]);
    expect(i.toArraySync()).toEqual([2n, 0n, 3n, 1n]);
    const [, down] = sort(tensor([2, NaN, 1, 2]), { descending: true });
    expect(down.toArraySync()).toEqual([1n, 0n, 3n, 2n]);
  });

  it("draws Philox words", () => {
    const key = tensor([1, 2, 3, 4], { dtype: "uint32" });
    const expected = Philox4x32.fill([1, 2], [3, 4, 0, 0], new Uint32Array(6));
    expect(randomBits(key, [2, 3]).dataSync()).toEqual(expected);
  });

  it("pads, joins, indexes and slides over views", () => {
    const x = flip(transpose(reshape(iota([6], 0, "float64"), [2, 3])), 0);
    expect(x.toArraySync()).toEqual([
      [2, 5],
      [1, 4],
      [0, 3],
    ]);
    expect(pad(x, { low: [1, 0], high: [0, 0], interior: [0, 1], value: 9 }).toArraySync()).toEqual([
      [9, 9, 9],
      [2, 9, 5],
      [1, 9, 4],
      [0, 9, 3],
    ]);
    expect(concat([x, x], 1).toArraySync()).toEqual([
      [2, 5, 2, 5],
      [1, 4, 1, 4],
      [0, 3, 0, 3],
    ]);
    expect(gather(x, tensor([2n, 7n, -1n]), 0).toArraySync()).toEqual([
      [0, 3],
      [0, 0],
      [0, 0],
    ]);
    expect(
      scatter(x, tensor([0n, 0n, 5n]), full([3, 2], 10, "float64"), { mode: "add" }).toArraySync(),
    ).toEqual([
      [22, 25],
      [1, 4],
      [0, 3],
    ]);
    expect(cumulative(x, { kind: "sum", axis: 0, exclusive: true, reverse: true }).toArraySync()).toEqual([
      [1, 7],
      [0, 3],
      [0, 0],
    ]);
    expect(
      reduceWindow(x, {
        kind: "max",
        window: [2, 2],
        padding: [
          [1, 0],
          [0, 0],
        ],
      }).toArraySync(),
    ).toEqual([[5], [5], [4]]);
    expect(where(eq(x, 4), x, -1).toArraySync()).toEqual([
      [-1, -1],
      [-1, 4],
      [-1, -1],
    ]);
    expect(matmul(x, transpose(x)).toArraySync()).toEqual([
      [29, 22, 15],
      [22, 17, 12],
      [15, 12, 9],
    ]);
  });

  it("the gradient of a running product is infinite, not NaN, where a product of others is", () => {
    const line = [2, 5, 3, Infinity];
    for (const reverse of [false, true]) {
      const running = (t: Tensor) => sum(cumulative(t, { kind: "prod", axis: 0, reverse }));
      const [, [g]] = valueAndGrads(running, [0])(tensor(reverse ? line.toReversed() : line));
      const list = Array.from(g!.dataSync(), Number);
      expect(reverse ? list.toReversed() : list).toEqual([Infinity, Infinity, Infinity, 30]);
    }
  });

  it("convolves with everything at once", () => {
    const x = reshape(iota([1 * 2 * 4], 0, "float64"), [1, 2, 4]);
    const w = reshape(add(iota([2 * 1 * 2], 0, "float64"), 1), [2, 1, 2]);
    const y = conv(x, w, { strides: [2], padding: [[1, 0]], lhsDilation: [2], rhsDilation: [2], groups: 2 });
    // x spread: 0 . 1 . 2 . 3 with one zero before: taps at o*2 and o*2+2, all in the padding or between.
    expect(y.toArraySync()).toEqual([
      [
        [0, 0, 0],
        [0, 0, 0],
      ],
    ]);
    const z = conv(x, w, { padding: [[1, -1]], groups: 2 });
    expect(z.toArraySync()).toEqual([
      [
        [0, 2, 5],
        [16, 32, 39],
      ],
    ]);
  });

  it("trains: gradients run", () => {
    const g = grad((t) => sum(mul(exp(t), t)))(tensor([0, 1]));
    expect(Array.from(g.dataSync() as Float32Array)[1]).toBeCloseTo(2 * Math.E, 5);
  });

  it("has an accurate error function", () => {
    const y = erf(tensor([0.5, 2.5, -3, 7, NaN], { dtype: "float64" })).dataSync();
    expect(y[0]).toBeCloseTo(0.5204998778130465, 15);
    expect(y[1]).toBeCloseTo(0.999593047982555, 15);
    expect(y[2]).toBeCloseTo(-0.9999779095030014, 15);
    expect(y[3]).toBe(1);
    expect(y[4]).toBeNaN();
  });

  it("takes empty views that start behind their memory", () => {
    const flipped = flip(full([7, 0, 8], 2), [0, 2]);
    const sliced = slice(full([1, 0, 4], 1), [0, 0, 3], [1, 0, 4]);
    for (const x of [flipped, sliced]) expect(where(full(x.shape, 1, "bool"), x, x).shape).toEqual(x.shape);
  });

  it("refuses absurd sizes with a typed error", () => {
    expect(() => full([2 ** 45], 0)).toThrow(OutOfMemoryError);
    expect(() => reference({ maxBufferBytes: 8 }).alloc(9)).toThrow(OutOfMemoryError);
    expect(keep(slice(full([2], 1), [0], [1])).toArraySync()).toEqual([1]);
    expect(device.memory().storages).toBeGreaterThan(0);
  });
});

describe("options of reference()", () => {
  it("are checked", () => {
    const typo: object = { poisn: true };
    expect(() => reference(typo)).toThrow(expect.objectContaining({ code: "argument/unknown-option" }));
    expect(() => reference({ maxBufferBytes: NaN })).toThrow(
      expect.objectContaining({ name: "ArgumentError", code: "argument/out-of-range" }),
    );
  });
});
