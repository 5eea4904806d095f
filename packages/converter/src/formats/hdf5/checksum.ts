// The checksums of HDF5: lookup3 for metadata, Fletcher-32 for chunks, Adler-32 inside zlib streams.

const rotl = (x: number, k: number): number => (x << k) | (x >>> (32 - k));

/**
 * Bob Jenkins' lookup3 `hashlittle` with initial value 0, as HDF5 metadata uses it.
 * @returns An unsigned 32-bit number.
 */
export function lookup3(bytes: Uint8Array): number {
  let a = (0xdeadbeef + bytes.length) | 0;
  let b = a;
  let c = a;
  const word = (at: number): number => {
    let w = 0;
    for (let i = 0; i < 4; i++) w |= (bytes[at + i] ?? 0) << (8 * i);
    return w;
  };
  let at = 0;
  let left = bytes.length;
  while (left > 12) {
    a = (a + word(at)) | 0;
    b = (b + word(at + 4)) | 0;
    c = (c + word(at + 8)) | 0;
    a = (a - c) ^ rotl(c, 4);
    c = (c + b) | 0;
    b = (b - a) ^ rotl(a, 6);
    a = (a + c) | 0;
    c = (c - b) ^ rotl(b, 8);
    b = (b + a) | 0;
    a = (a - c) ^ rotl(c, 16);
    c = (c + b) | 0;
    b = (b - a) ^ rotl(a, 19);
    a = (a + c) | 0;
    c = (c - b) ^ rotl(b, 4);
    b = (b + a) | 0;
    at += 12;
    left -= 12;
  }
  if (left === 0) return c >>> 0;
  a = (a + word(at)) | 0;
  b = (b + word(at + 4)) | 0;
  c = (c + word(at + 8)) | 0;
  c = ((c ^ b) - rotl(b, 14)) | 0;
  a = ((a ^ c) - rotl(c, 11)) | 0;
  b = ((b ^ a) - rotl(a, 25)) | 0;
  c = ((c ^ b) - rotl(b, 16)) | 0;
  a = ((a ^ c) - rotl(c, 4)) | 0;
  b = ((b ^ a) - rotl(a, 14)) | 0;
  c = ((c ^ b) - rotl(b, 24)) | 0;
  return c >>> 0;
}

/** Fletcher-32 over big-endian 16-bit words, as HDF5's filter 3 stores it. @returns An unsigned 32-bit number. */
export function fletcher32(bytes: Uint8Array): number {
  let sum1 = 0;
  let sum2 = 0;
  const even = bytes.length & ~1;
  for (let i = 0; i < even; i += 2) {
    sum1 = (sum1 + (((bytes[i] ?? 0) << 8) | (bytes[i + 1] ?? 0))) % 65535;
    sum2 = (sum2 + sum1) % 65535;
  }
  if (even < bytes.length) {
    sum1 = (sum1 + ((bytes[even] ?? 0) << 8)) % 65535;
    sum2 = (sum2 + sum1) % 65535;
  }
  return ((sum2 << 16) | sum1) >>> 0;
}

/** Adler-32 of RFC 1950. @returns An unsigned 32-bit number. */
export function adler32(bytes: Uint8Array): number {
  let a = 1;
  let b = 0;
  for (let at = 0; at < bytes.length;) {
    const end = Math.min(at + 3800, bytes.length);
    for (; at < end; at++) {
      a += bytes[at] ?? 0;
      b += a;
    }
    a %= 65521;
    b %= 65521;
  }
  return ((b << 16) | a) >>> 0;
}
