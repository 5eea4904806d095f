// Philox4x32-10, the counter-based generator of the randomBits op: the reference every backend must equal.
import { ArgumentError } from "../errors.js";

const ROUNDS = 10;
const MULTIPLIER_0 = 0xd2511f53;
const MULTIPLIER_1 = 0xcd9e8d57;
const WEYL_0 = 0x9e3779b9;
const WEYL_1 = 0xbb67ae85;

/** Two 32-bit words; low word first. */
export type PhiloxKey = readonly [number, number];
/** A 128-bit counter as four 32-bit words; lowest word first. */
export type PhiloxCounter = readonly [number, number, number, number];

/**
 * Philox4x32 with 10 rounds. Block i of a stream is a pure function of (key, counter + i), so any part can be
 * made alone. The counter starts at 0 unless given.
 * @throws {ArgumentError} when the key is not two or the counter not four safe integers
 * @see J. Salmon, M. Moraes, R. Dror, D. Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011
 */
export class Philox4x32 {
  readonly #key: Uint32Array;
  readonly #counter: Uint32Array;

  constructor(key: PhiloxKey, counter: PhiloxCounter = [0, 0, 0, 0]) {
    this.#key = words("key", key, 2);
    this.#counter = words("counter", counter, 4);
  }

  /** The key, as two words. */
  get key(): PhiloxKey {
    return [this.#key[0] as number, this.#key[1] as number];
  }

  /** The counter of the next block. */
  get counter(): PhiloxCounter {
    const [a, b, c, d] = this.#counter;
    return [a as number, b as number, c as number, d as number];
  }

  /**
   * Fills `out` from the current counter and advances it by the ceil(out.length / 4) blocks used.
   * Never throws.
   */
  fill(out: Uint32Array): Uint32Array {
    Philox4x32.fill(this.key, this.counter, out);
    this.skip(Math.ceil(out.length / 4));
    return out;
  }

  /**
   * Advances the counter by `blocks` (four words each).
   * @throws {ArgumentError} unless `blocks` is a safe integer >= 0
   */
  skip(blocks: number): void {
    if (!Number.isSafeInteger(blocks) || blocks < 0) {
      throw new ArgumentError(`cannot skip ${String(blocks)} blocks`, {
        code: "random/skip",
        op: "Philox4x32",
        hint: "pass an integer >= 0",
      });
    }
    addToCounter(this.#counter, blocks);
  }

  /** An independent generator that continues with the same draws. */
  clone(): Philox4x32 {
    return new Philox4x32(this.key, this.counter);
  }

  /**
   * Pure form: `out[4 * i + j]` is word j of the block at `counter + i`; a last partial block keeps its first
   * words. Key and counter words are taken modulo 2^32, the counter wraps at 2^128.
   * @throws {ArgumentError} when the key is not two or the counter not four safe integers
   */
  static fill(key: PhiloxKey, counter: PhiloxCounter, out: Uint32Array): Uint32Array {
    const c = words("counter", counter, 4);
    const k = words("key", key, 2);
    const block = new Uint32Array(4);
    for (let at = 0; at < out.length; at += 4) {
      makeBlock(k, c, block);
      const n = Math.min(4, out.length - at);
      for (let j = 0; j < n; j++) out[at + j] = block[j] as number;
      addToCounter(c, 1);
    }
    return out;
  }
}

function words(name: string, values: readonly number[], count: number): Uint32Array {
  if (values.length !== count || !values.every((v) => Number.isSafeInteger(v))) {
    throw new ArgumentError(`${name} must be ${count} integers, got [${values.join(", ")}]`, {
      code: "random/philox",
      op: "Philox4x32",
      hint: `pass ${count} 32-bit words`,
    });
  }
  return Uint32Array.from(values);
}

function makeBlock(key: Uint32Array, counter: Uint32Array, out: Uint32Array): void {
  let c0 = counter[0] as number;
  let c1 = counter[1] as number;
  let c2 = counter[2] as number;
  let c3 = counter[3] as number;
  let k0 = key[0] as number;
  let k1 = key[1] as number;
  for (let round = 0; round < ROUNDS; round++) {
    const high0 = mulHigh(MULTIPLIER_0, c0);
    const low0 = Math.imul(MULTIPLIER_0, c0);
    const high1 = mulHigh(MULTIPLIER_1, c2);
    const low1 = Math.imul(MULTIPLIER_1, c2);
    c0 = (high1 ^ c1 ^ k0) >>> 0;
    c1 = low1 >>> 0;
    c2 = (high0 ^ c3 ^ k1) >>> 0;
    c3 = low0 >>> 0;
    k0 = (k0 + WEYL_0) >>> 0;
    k1 = (k1 + WEYL_1) >>> 0;
  }
  out[0] = c0;
  out[1] = c1;
  out[2] = c2;
  out[3] = c3;
}

/** High 32 bits of the 64-bit product of two 32-bit words. */
function mulHigh(a: number, b: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  const middle = aHigh * bLow + ((aLow * bLow) >>> 16);
  const carry = aLow * bHigh + (middle & 0xffff);
  return (aHigh * bHigh + Math.floor(middle / 65536) + Math.floor(carry / 65536)) >>> 0;
}

function addToCounter(counter: Uint32Array, blocks: number): void {
  let carry = blocks;
  for (let i = 0; i < 4 && carry > 0; i++) {
    const sum = (counter[i] as number) + (carry % 2 ** 32);
    counter[i] = sum;
    carry = Math.floor(carry / 2 ** 32) + (sum >= 2 ** 32 ? 1 : 0);
  }
}
