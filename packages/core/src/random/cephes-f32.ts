// log, sin and cos in float32 as the AVX2 build of PyTorch computes them for randn: the single-precision Cephes
// polynomials (S. Moshier) with every product that feeds a sum fused, as GCC compiles them for FMA hardware.
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

/** Natural logarithm of k / 2^24 for an integer k in [1, 2^24]. */
export function cephesLog24(k: number): number {
  const bits = 32 - Math.clz32(k);
  let exponent = bits - 24;
  let x = k / (1 << bits);
  if (x < SQRT_HALF) {
    exponent--;
    x = 2 * x - 1;
  } else {
    x -= 1;
  }
  const z = f(x * x);
  let y = LOG[0] as number;
  for (let i = 1; i < LOG.length; i++) y = fma32(y, x, LOG[i] as number);
  y = fma32(f(y * x), z, f(exponent * LN2_LOW));
  y = f(y - 0.5 * z);
  return fma32(exponent, LN2_HIGH, f(x + y));
}

const FOUR_OVER_PI = f(1.27323954473516);
const QUARTER_PI: readonly number[] = [-0.78515625, -2.4187564849853515625e-4, -3.774894977445941e-8].map(f);
const SIN: readonly number[] = [-1.9515295891e-4, 8.3321608736e-3, -1.6666654611e-1].map(f);
const COS: readonly number[] = [2.443315711809948e-5, -1.388731625493765e-3, 4.166664568298827e-2].map(f);

/** Sine and cosine of a float32 angle in radians, 0 <= angle < 8192. */
export function cephesSinCos(angle: number): { readonly sin: number; readonly cos: number } {
  const octant = (Math.trunc(f(angle * FOUR_OVER_PI)) + 1) & ~1;
  let x = angle;
  for (const part of QUARTER_PI) x = fma32(octant, part, x);
  const z = f(x * x);

  let c = fma32(fma32(COS[0] as number, z, COS[1] as number), z, COS[2] as number);
  c = f(fma32(f(c * z), z, -0.5 * z) + 1);
  let s = fma32(fma32(SIN[0] as number, z, SIN[1] as number), z, SIN[2] as number);
  s = fma32(f(s * z), x, x);

  const swapped = (octant & 2) !== 0;
  const sin = swapped ? c : s;
  const cos = swapped ? s : c;
  return { sin: octant & 4 ? -sin : sin, cos: (octant - 2) & 4 ? cos : -cos };
}
