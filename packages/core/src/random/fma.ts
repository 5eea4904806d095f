// Correctly rounded a*b+c in float32 and float64. PyTorch's builds fuse these; JavaScript has no such instruction.

/**
 * a*b+c rounded once to float32. The inputs must be float32 values; the product is then exact in a double, and only
 * a sum that falls on the midpoint of two floats after the first rounding needs its lost part.
 */
export function fma32(a: number, b: number, c: number): number {
  const sum = a * b + c;
  const rounded = Math.fround(sum);
  const rest = sum - rounded;
  const other = rounded + 2 * rest;
  return rest === 0 || Math.fround(other) !== other ? rounded : fromMidpoint(a * b, c, sum, rounded, other);
}

/** Which of the two floats beside their midpoint `sum` product + c is nearer to; `rounded` where it is the midpoint. */
function fromMidpoint(product: number, c: number, sum: number, rounded: number, other: number): number {
  const lost = sumError(product, c, sum);
  return lost !== 0 && lost > 0 === other > rounded ? other : rounded;
}

/**
 * a*b+c rounded once to float64 for magnitudes between about 2^-400 and 2^400. The product and both sums are split
 * into exact parts (Knuth, Dekker); the last rounding is put right where it stood on a midpoint.
 */
export function fma64(a: number, b: number, c: number): number {
  const high = a * b;
  const low = productError(a, b, high);
  const t = c + low;
  const v = high + t;
  const tLow = sumError(c, low, t);
  const vLow = sumError(high, t, v);
  const rest = tLow + vLow;
  const rounded = v + rest;
  const lost = sumError(tLow, vLow, rest);
  if (lost !== 0) {
    const half = sumError(v, rest, rounded);
    const other = rounded + 2 * half;
    if (half !== 0 && other - rounded === 2 * half && lost > 0 === half > 0) return other;
  }
  return rounded;
}

/** (a + b) - sum, exactly, where sum is a + b rounded (Knuth's TwoSum). */
export function sumError(a: number, b: number, sum: number): number {
  const bb = sum - a;
  return a - (sum - bb) + (b - bb);
}

/** a*b - product, exactly, where product is a*b rounded (Dekker's product with Veltkamp's split). */
export function productError(a: number, b: number, product: number): number {
  const as = 134217729 * a;
  const aHigh = as - (as - a);
  const aLow = a - aHigh;
  const bs = 134217729 * b;
  const bHigh = bs - (bs - b);
  const bLow = b - bHigh;
  return aLow * bLow - (product - aHigh * bHigh - aLow * bHigh - aHigh * bLow);
}
