// A growing byte buffer with the number encodings of the WebAssembly binary format (LEB128, IEEE little endian).

/** Append-only byte buffer. */
export class ByteSink {
  private data: Uint8Array = new Uint8Array(256);
  private used = 0;

  /** Bytes written so far. */
  get length(): number {
    return this.used;
  }

  byte(value: number): void {
    if (this.used === this.data.length) this.reserve(1);
    this.data[this.used++] = value;
  }

  bytes(values: ArrayLike<number>): void {
    this.reserve(values.length);
    this.data.set(values, this.used);
    this.used += values.length;
  }

  /** Unsigned LEB128. */
  u32(value: number): void {
    let rest = value >>> 0;
    while (rest > 0x7f) {
      this.byte((rest & 0x7f) | 0x80);
      rest >>>= 7;
    }
    this.byte(rest);
  }

  /** UTF-8 name: length, then bytes. Names here are ASCII. */
  name(text: string): void {
    this.u32(text.length);
    for (let i = 0; i < text.length; i++) this.byte(text.charCodeAt(i));
  }

  /** Another sink as a length-prefixed block. */
  block(inner: ByteSink): void {
    this.u32(inner.length);
    this.bytes(inner.view());
  }

  /** The written bytes; valid until the next write. */
  view(): Uint8Array {
    return this.data.subarray(0, this.used);
  }

  private reserve(extra: number): void {
    if (this.used + extra <= this.data.length) return;
    const next = new Uint8Array(Math.max(this.data.length * 2, this.used + extra));
    next.set(this.data.subarray(0, this.used));
    this.data = next;
  }
}

/** Unsigned LEB128 of a 32-bit number. */
export function leb(value: number): number[] {
  const out: number[] = [];
  let rest = value >>> 0;
  while (rest > 0x7f) {
    out.push((rest & 0x7f) | 0x80);
    rest >>>= 7;
  }
  out.push(rest);
  return out;
}

/** Signed LEB128 of a 32-bit number. */
export function signedLeb(value: number): number[] {
  const out: number[] = [];
  let rest = value | 0;
  for (;;) {
    const low = rest & 0x7f;
    rest >>= 7;
    if ((rest === 0 && (low & 0x40) === 0) || (rest === -1 && (low & 0x40) !== 0)) {
      out.push(low);
      return out;
    }
    out.push(low | 0x80);
  }
}

/** Signed LEB128 of a 64-bit number. */
export function signedLeb64(value: bigint): number[] {
  const out: number[] = [];
  let rest = BigInt.asIntN(64, value);
  for (;;) {
    const low = Number(rest & 0x7fn);
    rest >>= 7n;
    if ((rest === 0n && (low & 0x40) === 0) || (rest === -1n && (low & 0x40) !== 0)) {
      out.push(low);
      return out;
    }
    out.push(low | 0x80);
  }
}

/** The four bytes of a float32. */
export function f32Bytes(value: number): number[] {
  return [...new Uint8Array(new Float32Array([value]).buffer)];
}

/** The eight bytes of a float64. */
export function f64Bytes(value: number): number[] {
  return [...new Uint8Array(new Float64Array([value]).buffer)];
}
