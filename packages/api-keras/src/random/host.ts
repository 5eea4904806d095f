// Random numbers computed on the host in double precision, for initial values: equal on every backend.
import { Philox4x32, type PhiloxKey } from "@isoform/core";

const CHUNK = 1024;

/** Uniform and normal numbers from one Philox key. */
export class HostStream {
  readonly #philox: Philox4x32;
  readonly #words = new Uint32Array(CHUNK);
  #at = CHUNK;

  constructor(key: PhiloxKey) {
    this.#philox = new Philox4x32(key);
  }

  #word(): number {
    if (this.#at === CHUNK) {
      this.#philox.fill(this.#words);
      this.#at = 0;
    }
    return this.#words[this.#at++]!;
  }

  /** In [0, 1), 53 bits. */
  uniform(): number {
    const high = this.#word() >>> 5;
    return (high * 2 ** 26 + (this.#word() >>> 6)) / 2 ** 53;
  }

  /** Standard normal by Box and Muller (1958), the cosine of each pair. */
  normal(): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    return radius * Math.cos(2 * Math.PI * this.uniform());
  }

  /** Standard normal, drawn again while outside ±2. */
  truncatedNormal(): number {
    let value = this.normal();
    while (Math.abs(value) > 2) value = this.normal();
    return value;
  }
}
