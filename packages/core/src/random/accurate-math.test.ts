import { describe, expect, it } from "vitest";
import { accurateLog, accurateSinCos } from "./accurate-math.js";
import { MT19937 } from "./mt19937.js";

const ONE = 1n << 300n;

/** x * 2^300 as an exact integer, for |x| >= 2^-200. */
function fixed(x: number): bigint {
  let shift = 0;
  while (!Number.isInteger(x)) {
    x *= 2;
    shift++;
  }
  return BigInt(x) << BigInt(300 - shift);
}
const times = (a: bigint, b: bigint) => (a * b) / ONE;
const over = (a: bigint, b: bigint) => (a << 300n) / b;

/** log x = 2 atanh((x - 1) / (x + 1)) in fixed point, for x in [0.2, 5]. */
function bigLog(x: number): bigint {
  const s = over(fixed(x) - ONE, fixed(x) + ONE);
  const z = times(s, s);
  let sum = 0n;
  let term = s;
  for (let k = 1n; term !== 0n; k += 2n) {
    sum += term / k;
    term = times(term, z);
  }
  return 2n * sum;
}

/** Taylor sums of sine (first = 1) and cosine (first = 0) in fixed point. */
function bigTaylor(x: number, first: bigint): bigint {
  const z = times(fixed(x), fixed(x));
  let sum = 0n;
  let term = first === 1n ? fixed(x) : ONE;
  for (let k = first; term !== 0n; k += 2n) {
    sum += term;
    term = -times(term, z) / ((k + 1n) * (k + 2n));
  }
  return sum;
}

function ulp(x: number): number {
  return 2 ** (Math.floor(Math.log2(Math.abs(x))) - 52);
}

/** Distance of r from the exact value in units of its last place. */
function errorInUlps(r: number, exact: bigint): number {
  return Math.abs(Number(fixed(r) - exact) / Number(fixed(ulp(r))));
}

describe("accurate float64 functions", () => {
  const engine = new MT19937(2);
  const u = () => (engine.next32() + 0.5) / 2 ** 32;

  it("log is correctly rounded", () => {
    for (let i = 0; i < 300; i++) {
      const x = i % 3 === 0 ? 1 - u() * 2 ** -(i % 40) * 0.7 : 0.2 + 4.5 * u();
      expect(errorInUlps(accurateLog(x), bigLog(x)), String(x)).toBeLessThanOrEqual(0.5000001);
    }
  });

  it("log of powers of two and special values", () => {
    expect(accurateLog(1)).toBe(0);
    expect(accurateLog(2 ** -24)).toBeCloseTo(-24 * Math.LN2, 14);
    expect(accurateLog(0)).toBe(-Infinity);
    expect(accurateLog(-1)).toBeNaN();
    expect(accurateLog(5e-324)).toBeCloseTo(-744.4400719213812, 12);
  });

  it("sine and cosine are correctly rounded over a turn", () => {
    const angles = [0.5, 3, Math.PI, Math.PI / 2, 2 * Math.PI, 1e-9];
    for (let i = 0; i < 200; i++) angles.push(2 * Math.PI * u());
    for (const angle of angles) {
      const { sin, cos } = accurateSinCos(angle);
      expect(errorInUlps(sin, bigTaylor(angle, 1n)), `sin ${angle}`).toBeLessThanOrEqual(0.5000001);
      expect(errorInUlps(cos, bigTaylor(angle, 0n)), `cos ${angle}`).toBeLessThanOrEqual(0.5000001);
    }
    expect(accurateSinCos(0)).toEqual({ sin: 0, cos: 1 });
  });
});
