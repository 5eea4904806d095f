// Vector instructions of the assembler against what JavaScript computes lane by lane.
import { describe, expect, it } from "vitest";
import {
  f32x4,
  f64x2,
  i16x8,
  i32,
  i32x4,
  i64,
  i64x2,
  instantiate,
  ModuleBuilder,
  newMemory,
  shuffle32,
  v128,
  validate,
  type Expr,
} from "./index.js";

const memory = newMemory(1, 1);
const bytes = new DataView(memory.buffer);

function build(define: (m: ModuleBuilder) => void) {
  const m = new ModuleBuilder({ initial: 1, maximum: 1 });
  define(m);
  const binary = m.build();
  expect(validate(binary)).toBe(true);
  return instantiate(binary, memory, {});
}

describe("vector instructions", () => {
  const A = 1024;
  const B = A + 16;
  const OUT = B + 16;
  type V = Expr<"v128">;
  /** Runs a vector function on the 16 bytes at A and B. */
  function apply(body: (a: V, b: V) => V): void {
    build((m) => {
      m.exportFunc("f", [], null, (f) => v128.store(f, OUT, body(v128.load(A), v128.load(B))));
    })["f"]!();
  }
  function put(at: number, kind: "f32" | "i32" | "f64", values: readonly number[]): void {
    values.forEach((v, i) => {
      if (kind === "f32") bytes.setFloat32(at + 4 * i, v, true);
      else if (kind === "i32") bytes.setInt32(at + 4 * i, v, true);
      else bytes.setFloat64(at + 8 * i, v, true);
    });
  }
  const f32Out = () => [0, 4, 8, 12].map((o) => bytes.getFloat32(OUT + o, true));
  const i32Out = () => [0, 4, 8, 12].map((o) => bytes.getInt32(OUT + o, true));
  const f64Out = () => [0, 8].map((o) => bytes.getFloat64(OUT + o, true));

  it("f32x4", () => {
    const [x, y] = [
      [1.5, -2, 0, NaN],
      [2, -3, -0, 1],
    ];
    const table: [(a: V, b: V) => V, (a: number, b: number) => number][] = [
      [f32x4.add, (a, b) => a + b],
      [f32x4.sub, (a, b) => a - b],
      [f32x4.mul, (a, b) => a * b],
      [f32x4.div, (a, b) => a / b],
      [f32x4.min, Math.min],
      [f32x4.max, Math.max],
      [f32x4.pmin, (a, b) => (b < a ? b : a)],
      [f32x4.pmax, (a, b) => (a < b ? b : a)],
      [(a) => f32x4.abs(a), Math.abs],
      [(a) => f32x4.neg(a), (a) => -a],
      [(a) => f32x4.sqrt(a), Math.sqrt],
      [(a) => f32x4.ceil(a), Math.ceil],
      [(a) => f32x4.floor(a), Math.floor],
      [(a) => f32x4.trunc(a), Math.trunc],
      [(a) => f32x4.replace(a, 0, 9), (a) => (a === 1.5 ? 9 : a)],
    ];
    for (const [vector, scalar] of table) {
      put(A, "f32", x);
      put(B, "f32", y);
      apply(vector);
      expect(f32Out()).toEqual(x.map((v, i) => Math.fround(scalar(v, y[i]!))));
    }
    put(A, "f32", [0.5, 1.5, 2.5, -0.5]);
    apply((a) => f32x4.nearest(a));
    expect(f32Out()).toEqual([0, 2, 2, -0]);
    put(A, "f32", x);
    for (const [vector, scalar] of [
      [f32x4.eq, (a: number, b: number) => a === b],
      [f32x4.ne, (a: number, b: number) => a !== b],
      [f32x4.lt, (a: number, b: number) => a < b],
      [f32x4.gt, (a: number, b: number) => a > b],
      [f32x4.le, (a: number, b: number) => a <= b],
      [f32x4.ge, (a: number, b: number) => a >= b],
    ] as const) {
      apply(vector);
      expect(i32Out()).toEqual(x.map((v, i) => (scalar(v, y[i]!) ? -1 : 0)));
    }
  });

  it("i32x4", () => {
    const [x, y] = [
      [1, -2, 0x7fffffff, -0x80000000],
      [3, 5, -1, 1],
    ];
    const u = (v: number) => v >>> 0;
    const mask = (b: boolean) => (b ? -1 : 0);
    const table: [(a: V, b: V) => V, (a: number, b: number) => number][] = [
      [i32x4.add, (a, b) => (a + b) | 0],
      [i32x4.sub, (a, b) => (a - b) | 0],
      [i32x4.mul, Math.imul],
      [i32x4.minS, Math.min],
      [i32x4.maxS, Math.max],
      [i32x4.minU, (a, b) => Math.min(u(a), u(b)) | 0],
      [i32x4.maxU, (a, b) => Math.max(u(a), u(b)) | 0],
      [i32x4.eq, (a, b) => mask(a === b)],
      [i32x4.ne, (a, b) => mask(a !== b)],
      [i32x4.ltS, (a, b) => mask(a < b)],
      [i32x4.ltU, (a, b) => mask(u(a) < u(b))],
      [i32x4.gtS, (a, b) => mask(a > b)],
      [i32x4.leS, (a, b) => mask(a <= b)],
      [i32x4.leU, (a, b) => mask(u(a) <= u(b))],
      [(a) => i32x4.abs(a), (a) => Math.abs(a) | 0],
      [(a) => i32x4.neg(a), (a) => -a | 0],
      [(a) => i32x4.shl(a, 3), (a) => a << 3],
      [(a) => i32x4.shrS(a, 3), (a) => a >> 3],
      [(a) => i32x4.shrU(a, 3), (a) => (a >>> 3) | 0],
      [v128.and, (a, b) => a & b],
      [v128.or, (a, b) => a | b],
      [v128.xor, (a, b) => a ^ b],
      [v128.andnot, (a, b) => a & ~b],
      [(a) => v128.not(a), (a) => ~a],
      [(a, b) => v128.bitselect(a, b, i32x4.const(0xffff)), (a, b) => (a & 0xffff) | (b & ~0xffff)],
      [() => i32x4.splat(i32.const(-9)), () => -9],
      [(a) => i32x4.replace(a, 1, 4), (a) => (a === -2 ? 4 : a)],
    ];
    for (const [vector, scalar] of table) {
      put(A, "i32", x);
      put(B, "i32", y);
      apply(vector);
      expect(i32Out()).toEqual(x.map((v, i) => scalar(v, y[i]!)));
    }
  });

  it("conversions, shuffles and lane access", () => {
    put(A, "f32", [1.9, -1.9, 3e9, NaN]);
    apply((a) => i32x4.truncSatF32x4S(a));
    expect(i32Out()).toEqual([1, -1, 0x7fffffff, 0]);
    apply((a) => i32x4.truncSatF32x4U(a));
    expect(i32Out()).toEqual([1, 0, 3e9 | 0, 0]);
    put(A, "i32", [1, -2, 3, -4]);
    apply((a) => f32x4.convertI32x4S(a));
    expect(f32Out()).toEqual([1, -2, 3, -4]);
    apply((a) => f32x4.convertI32x4U(a));
    expect(f32Out()).toEqual([1, 4294967294, 3, 4294967292].map(Math.fround));
    apply((a) => f64x2.convertLowI32x4S(a));
    expect(f64Out()).toEqual([1, -2]);
    put(B, "i32", [5, 6, 7, 8]);
    apply((a, b) => shuffle32(a, b, [7, 0, 5, 2]));
    expect(i32Out()).toEqual([8, 1, 6, 3]);
    apply((a, b) => i64x2.extmulLowI32x4U(a, b));
    expect(bytes.getBigUint64(OUT + 8, true)).toBe(0xfffffffen * 6n);
    apply((a, b) => i64x2.extmulHighI32x4U(a, b));
    expect(bytes.getBigUint64(OUT + 8, true)).toBe(0xfffffffcn * 8n);
    apply((a) => i32x4.extendLowI16x8S(a));
    expect(i32Out()).toEqual([1, 0, -2, -1]);
    apply((a) => i32x4.extendLowI16x8U(i16x8.extendLowI8x16U(a)));
    expect(i32Out()).toEqual([1, 0, 0, 0]);
    apply((a) => i32x4.extendLowI16x8S(i16x8.extendLowI8x16S(v128.not(a))));
    expect(i32Out()).toEqual([-2, -1, -1, -1]);
  });

  it("f64x2 and i64x2", () => {
    put(A, "f64", [1.5, -7]);
    put(B, "f64", [2, 4]);
    for (const [vector, scalar] of [
      [f64x2.add, (a: number, b: number) => a + b],
      [f64x2.sub, (a: number, b: number) => a - b],
      [f64x2.mul, (a: number, b: number) => a * b],
      [f64x2.div, (a: number, b: number) => a / b],
      [f64x2.max, Math.max],
      [f64x2.pmin, Math.min],
      [(a: V) => f64x2.floor(a), Math.floor],
      [(a: V) => f64x2.trunc(a), Math.trunc],
      [(a: V) => f64x2.abs(a), Math.abs],
    ] as const) {
      apply(vector);
      expect(f64Out()).toEqual([scalar(1.5, 2), scalar(-7, 4)]);
    }
    apply((a) => f32x4.demoteF64x2Zero(a));
    expect(f32Out()).toEqual([1.5, -7, 0, 0]);
    apply(() => f64x2.promoteLowF32x4(f32x4.const(0.1)));
    expect(f64Out()).toEqual([Math.fround(0.1), Math.fround(0.1)]);
    apply(() => i64x2.shl(i64x2.add(i64x2.const(5n), i64x2.splat(i64.const(-7n))), 4));
    expect(bytes.getBigInt64(OUT, true)).toBe(-32n);
    apply(() => i64x2.shrU(i64x2.sub(i64x2.const(0n), i64x2.const(1n)), 60));
    expect(bytes.getBigInt64(OUT + 8, true)).toBe(15n);
  });

  it("loads and stores parts of a vector", () => {
    put(A, "i32", [0x04030201, 0x08070605, 9, 10]);
    apply((a) => v128.load32Lane(A, v128.load8Lane(A, a, 15, 1), 1, 8));
    expect(i32Out()).toEqual([0x04030201, 9, 9, 0x0200000a]);
    apply(() => v128.load32Zero(A));
    expect(i32Out()).toEqual([0x04030201, 0, 0, 0]);
    apply(() => v128.load64Zero(A));
    expect(i32Out()).toEqual([0x04030201, 0x08070605, 0, 0]);
    apply(() => v128.load32Splat(A, 8));
    expect(i32Out()).toEqual([9, 9, 9, 9]);
    apply(() => v128.load8Splat(A));
    expect(i32Out()[3]).toBe(0x01010101);
    apply(() => v128.load16Splat(A));
    expect(i32Out()[3]).toBe(0x02010201);
    apply((a) => v128.load16Lane(A, a, 0, 4));
    expect(i32Out()).toEqual([0x04030605, 0x08070605, 9, 10]);
    const exports = build((m) => {
      m.exportFunc("f", [], "i32", (f) => {
        const v = f.let(v128.load(A));
        v128.store64Lane(f, OUT, v, 1);
        v128.store32Lane(f, OUT, v, 1, 8);
        v128.store16Lane(f, OUT, v, 0, 12);
        v128.store8Lane(f, OUT, v, 2, 14);
        return v128.anyTrue(v);
      });
    });
    bytes.setUint8(OUT + 15, 0);
    expect(exports["f"]!()).toBe(1);
    expect(i32Out()).toEqual([9, 10, 0x08070605, 0x00030201]);
  });
});
