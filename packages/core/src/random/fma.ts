// Correctly rounded a*b+c in float32 and float64. PyTorch's builds fuse these; JavaScript has no such instruction.

/**
 * a*b+c rounded once to float32. The inputs must be float32 values; the product is then exact in a double, and only
 * a sum that falls on the midpoint of two floats after the first rounding needs its lost part.
 */
export function fma32(a: number, b: number, c: number): number {
  const product = a * b;
  const sum = product + c;
  const rounded = Math.fround(sum);
  const rest = sum - rounded;
  if (rest !== 0) {
    const other = rounded + 2 * rest;
    if (Math.fround(other) === other) {
      const lost = sumError(product, c, sum);
      if (lost !== 0 && lost > 0 === rest > 0) return other;
    }
  }
  return rounded;
}

/**
 * a*b+c rounded once to float64 for magnitudes between about 2^-400 and 2^400. Method: S. Boldo, G. Melquiond,
 * "Emulation of FMA and correctly rounded sums" (IEEE Trans. Computers 57(4), 2008): add the parts with one rounding
 * to odd before the final rounding.
 */
export function fma64(a: number, b: number, c: number): number {
  const high = a * b;
  const low = productError(a, b, high);
  const t = c + low;
  const tLow = sumError(c, low, t);
  const v = high + t;
  const vLow = sumError(high, t, v);
  return v + sumToOdd(tLow, vLow);
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

/** a + b where an inexact result is the neighbour with an odd last mantissa bit. */
function sumToOdd(a: number, b: number): number {
  const sum = a + b;
  const error = sumError(a, b, sum);
  if (error === 0) return sum;
  const bits = new DataView(new ArrayBuffer(8));
  bits.setFloat64(0, sum);
  const word = bits.getBigInt64(0);
  if (word & 1n) return sum;
  bits.setBigInt64(0, error > 0 === sum > 0 ? word + 1n : word - 1n);
  return bits.getFloat64(0);
}
