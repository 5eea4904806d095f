// NumPy's legacy random streams (`np.random.seed`, `RandomState`) over plain typed arrays. Not `default_rng`.
import { ArgumentError, UnsupportedOpError } from "../errors.js";
import { glibcLog } from "./glibc-log.js";
import { MT19937 } from "./mt19937.js";
import type { MT19937State } from "./mt19937.js";
import { chooseDistinct, chooseWeighted, cumulative } from "./numpy-choice.js";
import { fillBounded, newIntegers } from "./numpy-integers.js";
import type { NumpyInteger, NumpyIntegerArrays } from "./numpy-integers.js";
import { join64 } from "./word64.js";

/** What `RandomState.get_state()` holds besides the name of the engine. */
export interface NumpyState extends MT19937State {
  /** The unused second value of the last polar pair (`has_gauss`, `cached_gaussian`). */
  readonly cachedGaussian: number | undefined;
}

/** Options of `NumpyRandomState.choice`. */
export interface ChoiceOptions {
  /** Whether an index may come twice; true unless given. */
  readonly replace?: boolean;
  /** Probability of each index, summing to 1; equal unless given. */
  readonly p?: ArrayLike<number>;
}

/**
 * NumPy's legacy generator over MT19937, whose streams NumPy froze: the same seed and calls give the same
 * numbers. `randn` and `normal` are exact for NumPy on Linux (x86-64 with FMA); its other builds differ in
 * some last bits. The methods that draw n values return 1-d arrays of n elements.
 * @throws {ArgumentError} when the constructor's seed (default 0) is not as `seed` takes it
 * @see numpy.random.RandomState
 */
export class NumpyRandomState {
  readonly #engine: MT19937 = new MT19937();
  #cachedGaussian: number | undefined;

  /** @throws {ArgumentError} as `seed` */
  constructor(seed: number | ArrayLike<number> = 0) {
    this.seed(seed);
  }

  /**
   * Restarts the stream from an integer from 0 to 2^32 − 1, or a list of them, one element each.
   * @throws {ArgumentError} when it is neither, or the list is empty
   * @see numpy.random.seed
   */
  seed(seed: number | ArrayLike<number>): void {
    const list = typeof seed === "number" ? [seed] : Array.from(seed);
    const bad = list.find((word) => !Number.isInteger(word) || word < 0 || word >= 2 ** 32);
    if (bad !== undefined) {
      throw new ArgumentError(`seed ${bad} is not an integer from 0 to 2^32 - 1`, {
        code: "random/seed",
        op: "NumpyRandomState.seed",
        hint: "NumPy's legacy seed has 32 bits",
      });
    }
    if (typeof seed === "number") this.#engine.seed(seed);
    else this.#engine.seedByArray(list);
    this.#cachedGaussian = undefined;
  }

  /** A copy of the state. */
  getState(): NumpyState {
    return { ...this.#engine.getState(), cachedGaussian: this.#cachedGaussian };
  }

  /**
   * Continues from a copy made by `getState`.
   * @throws {ArgumentError} when it is not one
   * @see numpy.random.set_state
   */
  setState(state: NumpyState): void {
    this.#engine.setState(state);
    this.#cachedGaussian = state.cachedGaussian;
  }

  /** An independent generator that continues with the same draws. */
  clone(): NumpyRandomState {
    const copy = new NumpyRandomState();
    copy.setState(this.getState());
    return copy;
  }

  /** One 32-bit word, in [0, 2^32). */
  random32(): number {
    return this.#engine.next32();
  }

  /** One 64-bit draw: two words, the first is the high half. */
  random64(): bigint {
    const high = this.#engine.next32();
    return join64(high, this.#engine.next32());
  }

  /**
   * `rand(n)` = `random_sample(n)`: float64 in [0, 1), 53 bits of two words.
   * @throws {ArgumentError} unless n is an integer from 0 to 2^31 − 1
   * @see numpy.random.rand
   */
  rand(n: number): Float64Array {
    return fill(n, () => this.#double());
  }

  /**
   * `random_sample(n)`, the same as `rand`.
   * @throws {ArgumentError} unless n is an integer from 0 to 2^31 − 1
   * @see numpy.random.random_sample
   */
  randomSample(n: number): Float64Array {
    return this.rand(n);
  }

  /**
   * `uniform(low, high, n)`: float64, low + (high − low) · u.
   * @throws {ArgumentError} when the range is not finite, or n not an integer from 0 to 2^31 − 1
   * @see numpy.random.uniform
   */
  uniform(low: number, high: number, n: number): Float64Array {
    const range = high - low;
    if (!Number.isFinite(range)) throw outOfRange("uniform", `range ${low} to ${high} is not finite`);
    return fill(n, () => low + range * this.#double());
  }

  /**
   * `randn(n)` = `standard_normal(n)`: float64 by Marsaglia's polar method, the second of a pair kept.
   * @throws {ArgumentError} unless n is an integer from 0 to 2^31 − 1
   * @see numpy.random.randn
   */
  randn(n: number): Float64Array {
    return fill(n, () => this.#gauss());
  }

  /**
   * `standard_normal(n)`, the same as `randn`.
   * @throws {ArgumentError} unless n is an integer from 0 to 2^31 − 1
   * @see numpy.random.standard_normal
   */
  standardNormal(n: number): Float64Array {
    return this.randn(n);
  }

  /**
   * `normal(loc, scale, n)`: float64, loc + scale · z.
   * @throws {ArgumentError} when scale < 0, or n is not an integer from 0 to 2^31 − 1
   * @see numpy.random.normal
   */
  normal(loc: number, scale: number, n: number): Float64Array {
    if (!(scale >= 0)) throw outOfRange("normal", `scale ${scale} is not >= 0`);
    return fill(n, () => loc + scale * this.#gauss());
  }

  /**
   * Integers in [low, high) by masked rejection, in an array of the element type (default int64; bool as
   * Uint8Array). 8 and 16-bit types cut one word into several values.
   * @throws {ArgumentError} when n is not 0 and low >= high or the type does not hold both ends, the type is
   *   not an integer type, or n is not an integer from 0 to 2^31 − 1
   * @see numpy.random.randint
   */
  randint<D extends NumpyInteger = "int64">(
    low: number | bigint,
    high: number | bigint,
    n: number,
    dtype?: D,
  ): NumpyIntegerArrays[D] {
    const out = newIntegers(dtype ?? ("int64" as D), count("randint", n));
    fillBounded(out, dtype ?? "int64", this.#engine, low, high);
    return out;
  }

  /**
   * Permutes rows of `rowSize` elements in place, backward Fisher-Yates; returns x.
   * @throws {ArgumentError} when the length is not a multiple of `rowSize`, a positive integer
   * @see numpy.random.shuffle
   */
  shuffle<A extends { length: number; [index: number]: unknown }>(x: A, rowSize = 1): A {
    if (!Number.isInteger(rowSize) || rowSize < 1 || x.length % rowSize !== 0) {
      throw outOfRange("shuffle", `${x.length} elements are not rows of ${rowSize}`);
    }
    for (let i = x.length / rowSize - 1; i > 0; i--) {
      const j = this.#below(i);
      for (let k = 0; k < rowSize; k++) {
        const swap = x[i * rowSize + k];
        x[i * rowSize + k] = x[j * rowSize + k];
        x[j * rowSize + k] = swap;
      }
    }
    return x;
  }

  /**
   * 0 to n − 1 shuffled, as int32.
   * @throws {ArgumentError} unless n is an integer from 0 to 2^31 − 1
   * @see numpy.random.permutation
   */
  permutation(n: number): Int32Array {
    return this.shuffle(Int32Array.from({ length: count("permutation", n) }, (_, i) => i));
  }

  /**
   * `size` indices below n, as int32.
   * @throws {ArgumentError} when n is 0 and size is not, p is not a distribution over n, more distinct indices are asked than
   *   exist, or n or size is not an integer from 0 to 2^31 − 1
   * @see numpy.random.choice
   */
  choice(n: number, size: number, options: ChoiceOptions = {}): Int32Array {
    const { replace = true, p } = options;
    count("choice", n);
    count("choice", size);
    if (n === 0 && size > 0) throw outOfRange("choice", "there is nothing to choose from");
    if (p !== undefined) {
      const weights = Float64Array.from(p);
      if (weights.length !== n) throw outOfRange("choice", `p has ${weights.length} values for ${n} indices`);
      return replace
        ? chooseWeighted(cumulative(weights), this.rand(size))
        : chooseDistinct(weights, size, (k) => this.rand(k));
    }
    if (replace) return Int32Array.from(this.randint(0, n, size), Number);
    if (size > n) throw outOfRange("choice", `cannot take ${size} distinct indices of ${n}`);
    return this.permutation(n).slice(0, size);
  }

  /**
   * Hits in `trials` draws of probability p, n times, by inversion, as int32.
   * @throws {ArgumentError} when p is not in [0, 1], or trials or n is not an integer from 0 to 2^31 − 1
   * @throws {UnsupportedOpError} when trials · min(p, 1 − p) > 30, where NumPy uses another method
   * @see numpy.random.binomial
   */
  binomial(trials: number, p: number, n: number): Int32Array {
    if (!(p >= 0 && p <= 1)) throw outOfRange("binomial", `probability ${p} is not in [0, 1]`);
    count("binomial", trials);
    const out = new Int32Array(count("binomial", n));
    const rare = p <= 0.5 ? p : 1 - p;
    if (rare * trials > 30) {
      throw new UnsupportedOpError(`mean ${rare * trials} is over 30`, {
        code: "random/unsupported",
        op: "NumpyRandomState.binomial",
        hint: "sum smaller draws, or draw with choice()",
      });
    }
    if (trials === 0 || p === 0) return out;
    for (let i = 0; i < n; i++) {
      const hits = this.#binomialInversion(trials, rare);
      out[i] = p <= 0.5 ? hits : trials - hits;
    }
    return out;
  }

  #double(): number {
    const a = this.#engine.next32() >>> 5;
    const b = this.#engine.next32() >>> 6;
    return (a * 67108864 + b) / 9007199254740992;
  }

  #gauss(): number {
    const cached = this.#cachedGaussian;
    if (cached !== undefined) {
      this.#cachedGaussian = undefined;
      return cached;
    }
    for (;;) {
      const x = 2 * this.#double() - 1;
      const y = 2 * this.#double() - 1;
      const square = x * x + y * y;
      if (square >= 1 || square === 0) continue;
      const factor = Math.sqrt((-2 * glibcLog(square)) / square);
      this.#cachedGaussian = factor * x;
      return factor * y;
    }
  }

  /** An integer in [0, max] by masked rejection. */
  #below(max: number): number {
    const mask = 0xffffffff >>> Math.clz32(max);
    for (;;) {
      const value = (this.#engine.next32() & mask) >>> 0;
      if (value <= max) return value;
    }
  }

  #binomialInversion(trials: number, p: number): number {
    const q = 1 - p;
    const start = Math.exp(trials * glibcLog(q));
    const bound = Math.trunc(Math.min(trials, trials * p + 10 * Math.sqrt(trials * p * q + 1)));
    let hits = 0;
    let chance = start;
    let u = this.#double();
    while (u > chance) {
      hits++;
      if (hits > bound) {
        hits = 0;
        chance = start;
        u = this.#double();
      } else {
        u -= chance;
        chance = ((trials - hits + 1) * p * chance) / (hits * q);
      }
    }
    return hits;
  }
}

function fill(n: number, draw: () => number): Float64Array {
  const out = new Float64Array(count("draw", n));
  for (let i = 0; i < n; i++) out[i] = draw();
  return out;
}

function count(op: string, n: number): number {
  if (Number.isInteger(n) && n >= 0 && n < 2 ** 31) return n;
  throw new ArgumentError(`${n} is not a count`, {
    code: "random/count",
    op: `NumpyRandomState.${op}`,
    hint: "pass an integer from 0 to 2^31 - 1",
  });
}

function outOfRange(op: string, problem: string): ArgumentError {
  return new ArgumentError(problem, {
    code: "random/range",
    op: `NumpyRandomState.${op}`,
    hint: "see the function's documentation for the allowed values",
  });
}
