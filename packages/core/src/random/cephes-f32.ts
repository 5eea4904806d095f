// log, sin and cos in float32 as the AVX2 build of PyTorch computes them for randn: the single-precision Cephes
// polynomials (S. Moshier) with every product that feeds a sum fused, as GCC compiles them for FMA hardware.
// Many values at once, step by step: each step of one value would wait for the one before.
import { fma32 } from "./fma.js";

const f = Math.fround;

// Log polynomial, highest power first, and ln 2 in two parts.
const LOG: readonly number[] = [
  7.0376836292e-2, -1.151461031e-1, 1.167699874e-1, -1.2420140846e-1, 1.4249322787e-1, -1.6668057665e-1,
  2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1,
].map(f);
const LN2_LOW = f(-2.1219444e-4);
const LN2_HIGH = f(0.693359375);
const SQRT_HALF = f(Math.SQRT1_2);

const FOUR_OVER_PI = f(1.27323954473516);
const QUARTER_PI: readonly number[] = [-0.78515625, -2.4187564849853515625e-4, -3.774894977445941e-8].map(f);
const SIN: readonly number[] = [-1.9515295891e-4, 8.3321608736e-3, -1.6666654611e-1].map(f);
const COS: readonly number[] = [2.443315711809948e-5, -1.388731625493765e-3, 4.166664568298827e-2].map(f);

/** Functions of many values at once, with room for their steps. */
export class Cephes {
  readonly #x: Float64Array;
  readonly #z: Float64Array;
  readonly #whole: Float64Array;

  /** `size` is the most values that a call gives. */
  constructor(size: number) {
    this.#x = new Float64Array(size);
    this.#z = new Float64Array(size);
    this.#whole = new Float64Array(size);
  }

  /** Makes the first n integers k from 1 to 2^24 the natural logarithms of k / 2^24. */
  log24(values: Float64Array, n: number): void {
    const xs = this.#x;
    const exponents = this.#whole;
    for (let i = 0; i < n; i++) {
      const bits = 32 - Math.clz32(values[i]!);
      const x = values[i]! / (1 << bits);
      const low = x < SQRT_HALF;
      exponents[i] = low ? bits - 25 : bits - 24;
      xs[i] = low ? 2 * x - 1 : x - 1;
    }
    polynomial(LOG, xs, values, n);
    for (let i = 0; i < n; i++) {
      const x = xs[i]!;
      const exponent = exponents[i]!;
      const z = f(x * x);
      const y = fma32(f(values[i]! * x), z, f(exponent * LN2_LOW));
      values[i] = fma32(exponent, LN2_HIGH, f(x + f(y - 0.5 * z)));
    }
  }

  /** Makes the first n float32 angles in radians, 0 <= angle < 8192, their sines, and writes their cosines. */
  sinCos(angles: Float64Array, cosines: Float64Array, n: number): void {
    const xs = this.#x;
    const zs = this.#z;
    const octants = this.#whole;
    const high = QUARTER_PI[0]!;
    const middle = QUARTER_PI[1]!;
    const low = QUARTER_PI[2]!;
    for (let i = 0; i < n; i++) {
      const octant = (Math.trunc(f(angles[i]! * FOUR_OVER_PI)) + 1) & ~1;
      octants[i] = octant;
      const x = fma32(octant, low, fma32(octant, middle, fma32(octant, high, angles[i]!)));
      xs[i] = x;
      zs[i] = f(x * x);
    }
    polynomial(COS, zs, cosines, n);
    polynomial(SIN, zs, angles, n);
    for (let i = 0; i < n; i++) {
      const x = xs[i]!;
      const z = zs[i]!;
      const octant = octants[i]!;
      const c = f(fma32(f(cosines[i]! * z), z, -0.5 * z) + 1);
      const s = fma32(f(angles[i]! * z), x, x);
      const swapped = (octant & 2) !== 0;
      angles[i] = (octant & 4 ? -1 : 1) * (swapped ? c : s);
      cosines[i] = ((octant - 2) & 4 ? 1 : -1) * (swapped ? s : c);
    }
  }
}

/** A polynomial of the first n values, its coefficients from the highest power down. */
function polynomial(coefficients: readonly number[], x: Float64Array, out: Float64Array, n: number): void {
  out.fill(coefficients[0]!, 0, n);
  for (let k = 1; k < coefficients.length; k++) {
    const c = coefficients[k]!;
    for (let i = 0; i < n; i++) out[i] = fma32(out[i]!, x[i]!, c);
  }
}
