// Arithmetic on 64-bit draws held as two 32-bit words, without BigInt where the result fits a double.

/** The greatest modulus for which `mod64` needs no BigInt. */
export const MOD64_LIMIT: number = 2 ** 37;

/** (high * 2^32 + low) mod m for an integer 0 < m <= MOD64_LIMIT. */
export function mod64(high: number, low: number, m: number): number {
  const upper = ((high % m) * 65536 + (low >>> 16)) % m;
  return (upper * 65536 + (low & 0xffff)) % m;
}

/** high * 2^32 + low. */
export function join64(high: number, low: number): bigint {
  return (BigInt(high) << 32n) | BigInt(low);
}
