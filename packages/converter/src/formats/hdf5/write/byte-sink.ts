// A growing list of byte parts with little-endian helpers; nothing is copied until the end.

/** Collects bytes; `position` is the offset of the next one. */
export class ByteSink {
  readonly #parts: Uint8Array[] = [];
  #position = 0;

  get position(): number {
    return this.#position;
  }

  bytes(part: Uint8Array): this {
    this.#parts.push(part);
    this.#position += part.byteLength;
    return this;
  }

  /** Unsigned number of `size` bytes. */
  uint(value: number, size: number): this {
    const part = new Uint8Array(size);
    let rest = value;
    for (let i = 0; i < size; i++) {
      part[i] = rest % 256;
      rest = Math.floor(rest / 256);
    }
    return this.bytes(part);
  }

  u8(...values: readonly number[]): this {
    return this.bytes(Uint8Array.from(values));
  }

  text(value: string): this {
    return this.bytes(new TextEncoder().encode(value));
  }

  /** Eight bytes of ones: the address that means "nowhere". */
  nowhere(): this {
    return this.bytes(new Uint8Array(8).fill(255));
  }

  /** Zeros up to the next multiple of `alignment`. */
  align(alignment: number): this {
    const over = this.#position % alignment;
    return over === 0 ? this : this.bytes(new Uint8Array(alignment - over));
  }

  toBytes(): Uint8Array {
    const out = new Uint8Array(this.#position);
    let at = 0;
    for (const part of this.#parts) {
      out.set(part, at);
      at += part.byteLength;
    }
    return out;
  }
}
