import { describe, expect, it } from "vitest";
import { fma32, fma64 } from "./fma.js";
import { MT19937 } from "./mt19937.js";

/** The double x as an exact integer times 2^-1200. */
function scaled(x: number): bigint {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, x);
  const bits = view.getBigUint64(0);
  const exponent = (bits >> 52n) & 0x7ffn;
  const mantissa = (bits & 0xfffffffffffffn) | (exponent === 0n ? 0n : 1n << 52n);
  const magnitude = mantissa << (exponent + 125n);
  return bits >> 63n ? -magnitude : magnitude;
}

/** Compares |a*b+c - r| with the neighbours' distance exactly: true when no neighbour is nearer. */
function isNearest(a: number, b: number, c: number, r: number, neighbours: readonly number[]): boolean {
  const exact = scaled(a) * scaled(b) + (scaled(c) << 1200n);
  const distance = (x: number) => {
    const d = exact - (scaled(x) << 1200n);
    return d < 0n ? -d : d;
  };
  return neighbours.every((n) => distance(r) <= distance(n));
}

function next(x: number, step: bigint, single: boolean): number {
  const view = new DataView(new ArrayBuffer(8));
  if (single) {
    view.setFloat32(0, x);
    view.setInt32(0, view.getInt32(0) + Number(step));
    return view.getFloat32(0);
  }
  view.setFloat64(0, x);
  view.setBigInt64(0, view.getBigInt64(0) + step);
  return view.getFloat64(0);
}

describe("fused multiply-add", () => {
  const engine = new MT19937(1);
  const u = () => engine.next32() / 2 ** 32;

  it("fma32 is the nearest float32, also where two roundings would not be", () => {
    let twoRoundingsDiffer = 0;
    for (let i = 0; i < 2000; i++) {
      // Products with 25 significant bits fall on midpoints; a tiny addend decides.
      const a = 1 + Math.floor(u() * 4096) / 4096;
      const b = 1 + Math.floor(u() * 4096) / 4096;
      const c = Math.fround((u() - 0.5) * 2 ** -Math.floor(u() * 80));
      const r = fma32(a, b, c);
      expect(Math.fround(r)).toBe(r);
      expect(isNearest(a, b, c, r, [next(r, 1n, true), next(r, -1n, true)])).toBe(true);
      if (Math.fround(a * b + c) !== r) twoRoundingsDiffer++;
    }
    expect(twoRoundingsDiffer).toBeGreaterThan(10);
  });

  it("fma64 is the nearest float64, also under cancellation", () => {
    for (let i = 0; i < 2000; i++) {
      const a = (u() - 0.5) * 2 ** Math.floor(u() * 30);
      const b = u() - 0.5;
      const c =
        i % 2 ? -a * b * (1 + (u() - 0.5) * 2 ** -Math.floor(u() * 53)) : (u() - 0.5) * 2 ** -(i % 60);
      const r = fma64(a, b, c);
      if (r === 0) continue;
      expect(isNearest(a, b, c, r, [next(r, 1n, false), next(r, -1n, false)])).toBe(true);
    }
  });

  it("fma64 decides a midpoint by a part far below the sum", () => {
    for (let i = 1; i < 200; i++) {
      // a * b is 2^7 less a part near 2^-97, half the distance of doubles near c
      const a = 2 ** 7 * (1 + i * 2 ** -52);
      const b = 1 - i * 2 ** -52;
      for (const sign of [1, -1]) {
        const c = sign * (2 ** 60 + i * 2 ** 8);
        const r = fma64(sign * a, b, c);
        expect(isNearest(sign * a, b, c, r, [next(r, 1n, false), next(r, -1n, false)])).toBe(true);
        expect(r).toBe(c);
      }
    }
  });
});
