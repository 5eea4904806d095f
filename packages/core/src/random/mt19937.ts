// The 32-bit Mersenne Twister: the word source of the PyTorch CPU and NumPy legacy streams. Not a distribution.
import { ArgumentError } from "../errors.js";

const N = 624;
const M = 397;
const MATRIX_A = 0x9908b0df;
const UPPER = 0x80000000;
const LOWER = 0x7fffffff;

/** A copy of the generator's registers; plain data that can be stored and restored. */
export interface MT19937State {
  /** The 624 state words. */
  readonly key: Uint32Array;
  /** Words of the current block already used, 0 to 624; 624 means the next draw makes a new block. */
  readonly position: number;
}

/**
 * MT19937 with the 2002 initialisers `init_genrand` and `init_by_array`. Draws equal `mt19937ar.c`, PyTorch's
 * CPU engine and NumPy's `MT19937`.
 * @throws {ArgumentError} when the constructor's seed is not a safe integer
 * @see M. Matsumoto and T. Nishimura, "Mersenne Twister", ACM TOMACS 8(1), 1998
 */
export class MT19937 {
  readonly #key: Uint32Array = new Uint32Array(N);
  #position: number = N;

  /**
   * @param seed low 32 bits are used, as `init_genrand(seed)`; default 5489, as `mt19937ar.c`
   * @throws {ArgumentError} when it is not a safe integer
   */
  constructor(seed = 5489) {
    this.seed(seed);
  }

  /**
   * Restarts from one word, the low 32 bits of `seed`, as `init_genrand`.
   * @throws {ArgumentError} when `seed` is not a safe integer
   */
  seed(seed: number): void {
    if (!Number.isSafeInteger(seed)) {
      throw new ArgumentError(`seed ${String(seed)} is not an integer`, {
        code: "random/seed",
        op: "MT19937",
        hint: "pass an integer; its low 32 bits are used",
      });
    }
    const key = this.#key;
    key[0] = seed >>> 0;
    for (let i = 1; i < N; i++) key[i] = initWord(key[i - 1] as number, i);
    this.#position = N;
  }

  /**
   * Restarts from a list of words, one element each, as `init_by_array`.
   * @throws {ArgumentError} when the list is empty
   */
  seedByArray(words: ArrayLike<number>): void {
    if (words.length === 0) {
      throw new ArgumentError("the seed list is empty", {
        code: "random/seed",
        op: "MT19937",
        hint: "pass at least one word",
      });
    }
    this.seed(19650218);
    const key = this.#key;
    let i = 1;
    let j = 0;
    const advance = () => {
      if (++i === N) {
        key[0] = key[N - 1] as number;
        i = 1;
      }
    };
    for (let k = Math.max(N, words.length); k > 0; k--) {
      const previous = key[i - 1] as number;
      const mixed = Math.imul(previous ^ (previous >>> 30), 1664525);
      key[i] = ((key[i] as number) ^ mixed) + ((words[j] as number) >>> 0) + j;
      advance();
      if (++j === words.length) j = 0;
    }
    for (let k = N - 1; k > 0; k--) {
      const previous = key[i - 1] as number;
      key[i] = ((key[i] as number) ^ Math.imul(previous ^ (previous >>> 30), 1566083941)) - i;
      advance();
    }
    key[0] = UPPER;
    this.#position = N;
  }

  /** The next word, an integer in [0, 2^32). */
  next32(): number {
    if (this.#position === N) this.#refill();
    return tempered(this.#key[this.#position++] as number) >>> 0;
  }

  /** Writes the next `out.length` words into `out` and returns it. Never throws. */
  fill(out: Uint32Array): Uint32Array {
    const key = this.#key;
    for (let i = 0; i < out.length;) {
      if (this.#position === N) this.#refill();
      const from = this.#position - i;
      const end = Math.min(out.length, N - from);
      for (; i < end; i++) out[i] = tempered(key[from + i] as number);
      this.#position = from + end;
    }
    return out;
  }

  /** A copy of the registers. */
  getState(): MT19937State {
    return { key: this.#key.slice(), position: this.#position };
  }

  /**
   * Continues from a copy made by `getState`.
   * @throws {ArgumentError} when it is not 624 words and a position from 0 to 624
   */
  setState(state: MT19937State): void {
    const { key, position } = state;
    if (key.length !== N || !Number.isInteger(position) || position < 0 || position > N) {
      throw new ArgumentError(`state has ${key.length} words and position ${String(position)}`, {
        code: "random/state",
        op: "MT19937",
        hint: "pass 624 words and a position from 0 to 624",
      });
    }
    this.#key.set(key);
    this.#position = position;
  }

  /** An independent generator that continues with the same draws. */
  clone(): MT19937 {
    const copy = new MT19937();
    copy.setState({ key: this.#key, position: this.#position });
    return copy;
  }

  #refill(): void {
    const key = this.#key;
    for (let i = 0; i < N - M; i++) key[i] = twisted(key[i]!, key[i + 1]!, key[i + M]!);
    for (let i = N - M; i < N - 1; i++) key[i] = twisted(key[i]!, key[i + 1]!, key[i + M - N]!);
    key[N - 1] = twisted(key[N - 1]!, key[0]!, key[M - 1]!);
    this.#position = 0;
  }
}

/** A new word of the state; without a branch, which would be taken at random. */
function twisted(here: number, next: number, far: number): number {
  const y = (here & UPPER) | (next & LOWER);
  return far ^ (y >>> 1) ^ (-(y & 1) & MATRIX_A);
}

/** What is drawn for a word of the state, as a signed integer. */
function tempered(word: number): number {
  let y = word ^ (word >>> 11);
  y ^= (y << 7) & 0x9d2c5680;
  y ^= (y << 15) & 0xefc60000;
  return y ^ (y >>> 18);
}

/** Word `index` of the state that `init_genrand` builds, from the word before it. */
export function initWord(previous: number, index: number): number {
  return (Math.imul(1812433253, previous ^ (previous >>> 30)) + index) >>> 0;
}
