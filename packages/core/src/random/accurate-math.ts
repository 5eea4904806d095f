// log, sin and cos in float64 from + - * / only, so that seeded streams are equal on every JavaScript engine.
// Results are correctly rounded in all but about one case in 10^5; Math.log and friends differ between engines.
import { productError, sumError } from "./fma.js";

/** A number held as an unevaluated sum of two doubles, about 106 bits. Operations change the object. */
class DoubleDouble {
  high = 0;
  low = 0;

  set(high: number, low = 0): this {
    this.high = high + low;
    this.low = sumError(high, low, this.high);
    return this;
  }
  copy(x: DoubleDouble): this {
    this.high = x.high;
    this.low = x.low;
    return this;
  }
  add(high: number, low = 0): this {
    const sum = this.high + high;
    const rest = sumError(this.high, high, sum) + (this.low + low);
    this.high = sum + rest;
    this.low = rest - (this.high - sum);
    return this;
  }
  multiply(high: number, low = 0): this {
    const product = this.high * high;
    const rest = productError(this.high, high, product) + (this.high * low + this.low * high);
    this.high = product + rest;
    this.low = rest - (this.high - product);
    return this;
  }
  value(): number {
    return this.high + this.low;
  }
}

/** Coefficients as high and low double, lowest power first. */
type Coefficients = readonly (readonly [number, number])[];

/** tail(x) is the double-precision rest of the series; the given coefficients are applied in double-double. */
function horner(x: DoubleDouble, coefficients: Coefficients, tail: number): DoubleDouble {
  const sum = new DoubleDouble().set(tail);
  for (let i = coefficients.length - 1; i >= 0; i--) {
    const [high, low] = coefficients[i] as readonly [number, number];
    sum.multiply(x.high, x.low).add(high, low);
  }
  return sum;
}

function plainHorner(x: number, coefficients: readonly number[]): number {
  let sum = 0;
  for (let i = coefficients.length - 1; i >= 0; i--) sum = sum * x + (coefficients[i] as number);
  return sum;
}

const LN2_HIGH = Math.LN2;
const LN2_LOW = 2.3190468138462996e-17;
const SQRT_HALF = Math.SQRT1_2;

// atanh(s) = s + s^3/3 + s^5/5 + ...
const ATANH: Coefficients = [
  [1 / 3, 1.850371707708594e-17],
  [1 / 5, -1.1102230246251566e-17],
];
const ATANH_TAIL: readonly number[] = [
  1 / 7,
  1 / 9,
  1 / 11,
  1 / 13,
  1 / 15,
  1 / 17,
  1 / 19,
  1 / 21,
  1 / 23,
  1 / 25,
  1 / 27,
  1 / 29,
];

/** Natural logarithm. */
export function accurateLog(x: number): number {
  if (!(x > 0 && x < Infinity)) return Math.log(x);
  let mantissa = x;
  let exponent = 0;
  while (mantissa < SQRT_HALF) {
    mantissa *= 2;
    exponent--;
  }
  while (mantissa > 2 * SQRT_HALF) {
    mantissa /= 2;
    exponent++;
  }
  // s = (m - 1) / (m + 1), log m = 2 atanh s
  const numerator = mantissa - 1;
  const denominator = mantissa + 1;
  const denominatorLow = sumError(mantissa, 1, denominator);
  const quotient = numerator / denominator;
  const product = quotient * denominator;
  const rest = numerator - product - productError(quotient, denominator, product) - quotient * denominatorLow;
  const s = new DoubleDouble().set(quotient, rest / denominator);
  const z = new DoubleDouble().copy(s).multiply(s.high, s.low);
  const series = horner(z, ATANH, plainHorner(z.high, ATANH_TAIL));
  series.multiply(z.high, z.low).multiply(s.high, s.low).add(s.high, s.low);
  const log = new DoubleDouble().set(LN2_HIGH, LN2_LOW).multiply(exponent);
  return log.add(2 * series.high, 2 * series.low).value();
}

// pi/2 as three parts of 33 bits, so that small multiples are exact, and the rest.
const HALF_PI: readonly number[] = [
  1.5707963267341256, 6.077100506303966e-11, 2.0222662487111665e-21, 8.4784276603689e-32,
];

const SIN: Coefficients = [
  [-1 / 6, -9.25185853854297e-18],
  [1 / 120, 1.1564823173178714e-19],
  [-1 / 5040, -1.7209558293420705e-22],
  [1 / 362880, -1.858393274046472e-22],
];
const COS: Coefficients = [
  [-1 / 2, 0],
  [1 / 24, 2.3129646346357427e-18],
  [-1 / 720, 5.300543954373577e-20],
  [1 / 40320, 2.1511947866775882e-23],
];
const SIN_TAIL: readonly number[] = /* @__PURE__ */ inverseFactorials(11, 10);
const COS_TAIL: readonly number[] = /* @__PURE__ */ inverseFactorials(10, 10);

/** Alternating 1/first!, 1/(first+2)!, ... with the sign that continues the series. */
function inverseFactorials(first: number, count: number): number[] {
  const out: number[] = [];
  let factorial = 1;
  for (let k = 2; k < first; k++) factorial *= k;
  for (let i = 0; i < count; i++) {
    const k = first + 2 * i;
    factorial *= i === 0 ? k : (k - 1) * k;
    out.push((Math.floor(k / 2) % 2 === 0 ? 1 : -1) / factorial);
  }
  return out;
}

/** Sine and cosine of an angle in radians, |angle| <= 100. */
export function accurateSinCos(angle: number): { readonly sin: number; readonly cos: number } {
  const quarter = Math.round(angle / HALF_PI_ROUNDED);
  const x = new DoubleDouble().set(angle);
  for (const part of HALF_PI) {
    const product = quarter * part;
    x.add(-product, -productError(quarter, part, product));
  }
  const z = new DoubleDouble().copy(x).multiply(x.high, x.low);
  const sin = horner(z, SIN, plainHorner(z.high, SIN_TAIL));
  sin.multiply(z.high, z.low).multiply(x.high, x.low).add(x.high, x.low);
  const cos = horner(z, COS, plainHorner(z.high, COS_TAIL));
  cos.multiply(z.high, z.low).add(1);
  const s = sin.value();
  const c = cos.value();
  switch (((quarter % 4) + 4) % 4) {
    case 0:
      return { sin: s, cos: c };
    case 1:
      return { sin: c, cos: -s };
    case 2:
      return { sin: -s, cos: -c };
    default:
      return { sin: -c, cos: s };
  }
}

const HALF_PI_ROUNDED = 1.5707963267948966;
