// The random streams of PyTorch's CPU generator over plain typed arrays. Tensors, layers and initialisers are not here.
import { ArgumentError, shown, UnsupportedOpError } from "../errors.js";
import type { TypedArray } from "../tensor/dtype.js";
import { accurateLog, accurateSinCos } from "./accurate-math.js";
import { fma32, fma64 } from "./fma.js";
import { MT19937 } from "./mt19937.js";
import { normalFillF32, normalFillF64, type NormalFill } from "./normal-fill.js";
import type { TorchBuild } from "./normal-fill.js";
import { fillIntegers, fillNatural } from "./torch-integers.js";
import { decodeTorchState, encodeTorchState } from "./torch-state.js";
import { join64, mod64 } from "./word64.js";

/** The seed of a generator nobody has seeded (PyTorch's `default_rng_seed_val`). */
export const TORCH_DEFAULT_SEED: bigint = 67280421310721n;

/** Options of a `TorchGenerator`. */
export interface TorchGeneratorOptions {
  /** Whose last bits `uniform_` and `normal_` follow; `vector` unless PyTorch runs without AVX2. */
  readonly build?: TorchBuild;
}

/** The part of Web Crypto used here; Node 20 and browsers have it as a global. */
interface EntropySource {
  getRandomValues(words: Uint32Array): Uint32Array;
}

/** Words that are drawn at once. */
const CHUNK = 4096;
// randperm draws 64-bit words from this length on: (2^32 - 1) / 20.
const LONG_PERMUTATION = 214748364;

/**
 * PyTorch 2.13's CPU generator: the same seed gives the same numbers, and the state carries over from call to
 * call as there. Methods with a trailing underscore fill and return the array they are given.
 * @throws {ArgumentError} when the constructor's seed (default 67280421310721) is not a 64-bit integer
 * @see torch.Generator
 */
export class TorchGenerator {
  /** Whose last bits this generator follows. */
  readonly build: TorchBuild;
  readonly #engine: MT19937 = new MT19937();
  #seed: bigint = TORCH_DEFAULT_SEED;
  #cachedNormal: number | undefined;

  /** @throws {ArgumentError} when `seed` is not an integer from -2^63 to 2^64 - 1 */
  constructor(seed: number | bigint = TORCH_DEFAULT_SEED, options: TorchGeneratorOptions = {}) {
    this.build = options.build ?? "vector";
    this.manualSeed(seed);
  }

  /**
   * Restarts the stream. All 64 bits are kept as `initialSeed`, the low 32 seed the engine; negative seeds
   * wrap.
   * @throws {ArgumentError} when `seed` is not an integer from -2^63 to 2^64 - 1
   * @see torch.Generator.manual_seed
   */
  manualSeed(seed: number | bigint): this {
    const integer = typeof seed === "bigint" || Number.isSafeInteger(seed) ? BigInt(seed) : undefined;
    if (integer === undefined || integer < -(2n ** 63n) || integer >= 2n ** 64n) {
      throw new ArgumentError(`seed ${shown(seed)} is not a 64-bit integer`, {
        code: "random/seed",
        op: "TorchGenerator.manualSeed",
        hint: "pass an integer from -2^63 to 2^64 - 1 (a bigint above 2^53)",
      });
    }
    this.#seed = BigInt.asUintN(64, integer);
    this.#engine.seed(Number(this.#seed & 0xffffffffn));
    this.#cachedNormal = undefined;
    return this;
  }

  /**
   * Restarts from 53 bits of the platform's entropy and returns them.
   * @throws {UnsupportedOpError} where `crypto.getRandomValues` is missing
   * @see torch.Generator.seed
   */
  seed(): bigint {
    const { crypto } = globalThis as { readonly crypto?: EntropySource };
    if (crypto === undefined) {
      throw new UnsupportedOpError("this platform has no source of entropy", {
        code: "random/entropy",
        op: "TorchGenerator.seed",
        hint: "use manualSeed",
      });
    }
    const words = crypto.getRandomValues(new Uint32Array(2));
    const seed = join64((words[0] as number) & 0x1fffff, words[1] as number);
    this.manualSeed(seed);
    return seed;
  }

  /** The seed last given. */
  initialSeed(): bigint {
    return this.#seed;
  }

  /** The 5056 bytes of `torch.get_rng_state()`. */
  getState(): Uint8Array {
    return encodeTorchState({
      seed: this.#seed,
      engine: this.#engine.getState(),
      cachedNormal: this.#cachedNormal,
    });
  }

  /**
   * Continues from the bytes of `getState` or of `torch.get_rng_state()`.
   * @throws {ArgumentError} when they are not a state of PyTorch's CPU generator
   * @see torch.Generator.set_state
   */
  setState(state: Uint8Array): this {
    const decoded = decodeTorchState(state);
    this.#seed = decoded.seed;
    this.#engine.setState(decoded.engine);
    this.#cachedNormal = decoded.cachedNormal;
    return this;
  }

  /** An independent generator that continues with the same draws. */
  clone(): TorchGenerator {
    return new TorchGenerator(0, { build: this.build }).setState(this.getState());
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
   * A draw in [0, 2^63), as `torch.empty((), dtype=torch.int64).random_()`. A shuffling DataLoader makes one per
   * epoch for its workers and, without a generator of its own, one that seeds the generator of the permutation.
   */
  random63(): bigint {
    return this.random64() & 0x7fffffffffffffffn;
  }

  /**
   * n float32 in [0, 1).
   * @throws {ArgumentError} unless n is an integer from 0 to 2^31 - 1
   * @see torch.rand
   */
  rand(n: number): Float32Array {
    return this.uniform_(new Float32Array(count("rand", n)));
  }

  /**
   * n float32, mean 0, standard deviation 1.
   * @throws {ArgumentError} unless n is an integer from 0 to 2^31 - 1
   * @see torch.randn
   */
  randn(n: number): Float32Array {
    return this.normal_(new Float32Array(count("randn", n)));
  }

  /**
   * n int64 in [low, high).
   * @throws {ArgumentError} unless n is an integer from 0 to 2^31 - 1, and as `random_`
   * @see torch.randint
   */
  randint(low: number | bigint, high: number | bigint, n: number): BigInt64Array {
    return this.random_(new BigInt64Array(count("randint", n)), low, high);
  }

  /**
   * 0 to n - 1 in random order, as int32.
   * @throws {ArgumentError} unless n is an integer from 0 to 2^31 - 1
   * @see torch.randperm
   */
  randperm(n: number): Int32Array {
    const out = new Int32Array(count("randperm", n));
    const engine = this.#engine;
    if (n >= LONG_PERMUTATION) {
      for (let i = 0; i < n; i++) {
        const high = engine.next32();
        const j = mod64(high, engine.next32(), i + 1);
        out[i] = out[j] as number;
        out[j] = i;
      }
      return out;
    }
    for (let i = 0; i < n; i++) out[i] = i;
    for (let i = 0; i < n - 1; i++) {
      const j = i + (engine.next32() % ((n - i) >>> 0));
      const swap = out[i] as number;
      out[i] = out[j] as number;
      out[j] = swap;
    }
    return out;
  }

  /**
   * [from, to), by default [0, 1), in the precision of `out`; one word per float32, two per float64. The
   * scaling rounds once (`vector`) or twice (`scalar`).
   * @throws {ArgumentError} when from > to or to - from is not finite in that precision
   * @see torch.Tensor.uniform_
   */
  uniform_<A extends Float32Array | Float64Array>(out: A, from = 0, to = 1): A {
    const single = out instanceof Float32Array;
    const round = single ? Math.fround : (x: number) => x;
    const base = round(from);
    const end = round(to);
    const range = round(end - base);
    if (!(base <= end) || !Number.isFinite(range)) {
      throw new ArgumentError(`cannot draw from [${from}, ${to})`, {
        code: "random/range",
        op: "uniform_",
        hint: "from must not exceed to, and their difference must be finite",
      });
    }
    const fma = single ? fma32 : fma64;
    this.#uniforms(out);
    if (base === 0 && range === 1) return out;
    for (let i = 0; i < out.length; i++) {
      const x = out[i] as number;
      const value = this.build === "vector" ? fma(x, range, base) : round(round(x * range) + base);
      out[i] = value === end ? base : value;
    }
    return out;
  }

  /**
   * Normal values (default mean 0, std 1) as for a contiguous tensor. Fewer than 16 values come one by one in
   * float64 with the second of each pair kept for the next call; 16 or more in blocks of the array's
   * precision.
   * @throws {ArgumentError} when std is negative or not a number
   * @see torch.Tensor.normal_
   */
  normal_<A extends Float32Array | Float64Array>(out: A, mean = 0, std = 1): A {
    if (!(std >= 0)) {
      throw new ArgumentError(`standard deviation ${std} is not >= 0`, {
        code: "random/range",
        op: "normal_",
        hint: "pass std >= 0",
      });
    }
    if (out.length < 16) {
      for (let i = 0; i < out.length; i++) out[i] = this.#normal(mean, std);
      return out;
    }
    this.uniform_(out);
    if (out instanceof Float32Array) this.#fillBlocks(out, normalFillF32(this.build, mean, std));
    else this.#fillBlocks(out as Float64Array, normalFillF64(mean, std));
    return out;
  }

  /**
   * Integers in [low, high), one word each, or two where high - low >= 2^28; with `low` alone in [0, low).
   * Without bounds [0, max] of an integer type, [0, 2^24] of float32, [0, 2^53] of float64.
   * @throws {ArgumentError} when low >= high, a bound is not an integer, or the type of `out` does not hold
   *   both ends
   * @see torch.Tensor.random_
   */
  random_<A extends TypedArray>(out: A, low?: number | bigint, high?: number | bigint): A {
    if (low === undefined) fillNatural(out, this.#engine);
    else if (high === undefined) fillIntegers(out, this.#engine, 0n, low);
    else fillIntegers(out, this.#engine, low, high);
    return out;
  }

  /**
   * 1 with probability p, else 0; one float64 uniform per element whatever the type.
   * @throws {ArgumentError} unless 0 <= p <= 1
   * @see torch.Tensor.bernoulli_
   */
  bernoulli_<A extends Uint8Array | Float32Array | Float64Array>(out: A, p: number): A {
    probability("bernoulli_", p);
    const uniforms = new Float64Array(Math.min(out.length, CHUNK));
    for (let start = 0; start < out.length; start += CHUNK) {
      const part = this.#uniforms(uniforms.subarray(0, out.length - start));
      for (let i = 0; i < part.length; i++) out[start + i] = (part[i] as number) < p ? 1 : 0;
    }
    return out;
  }

  /**
   * Element i is 1 with probability p[i], else 0; float32 probabilities use one float32 uniform each, float64
   * ones a float64 uniform.
   * @throws {ArgumentError} unless all are in [0, 1]
   * @see torch.bernoulli
   */
  bernoulli<A extends Float32Array | Float64Array>(p: A): A {
    for (const value of p) probability("bernoulli", value);
    const out = this.#uniforms(p.slice() as A);
    for (let i = 0; i < out.length; i++) out[i] = (out[i] as number) < (p[i] as number) ? 1 : 0;
    return out;
  }

  /**
   * The mask of dropout for n elements: 1 = kept (to be scaled by 1 / (1 - p)), 0 = dropped. As in PyTorch
   * nothing is drawn when p is 0 or 1. For `dropout2d` n counts channels.
   * @throws {ArgumentError} unless 0 <= p <= 1 and n is an integer from 0 to 2^31 - 1
   * @see torch.nn.functional.dropout
   */
  dropoutMask(n: number, p: number): Uint8Array {
    probability("dropout", p);
    const mask = new Uint8Array(count("dropout", n));
    if (p === 0) return mask.fill(1);
    return p === 1 ? mask : this.bernoulli_(mask, 1 - p);
  }

  /**
   * Exponential values of rate lambd, default 1; one float64 uniform per element.
   * @throws {ArgumentError} unless lambd > 0
   * @see torch.Tensor.exponential_
   */
  exponential_<A extends Float32Array | Float64Array>(out: A, lambd = 1): A {
    if (!(lambd > 0)) {
      throw new ArgumentError(`rate ${lambd} is not > 0`, {
        code: "random/range",
        op: "exponential_",
        hint: "pass lambd > 0",
      });
    }
    // 1 - u is exact, so log(1 - u) is log1p(-u).
    for (let i = 0; i < out.length; i++) out[i] = (-1 / lambd) * accurateLog(1 - this.#uniform53()) + 0;
    return out;
  }

  /** Multiples of 2^-24 from one word each in float32, of 2^-53 from two in float64; all in [0, 1). */
  #uniforms<A extends Float32Array | Float64Array>(out: A): A {
    const each = out instanceof Float32Array ? 1 : 2;
    const words = new Uint32Array(Math.min(each * out.length, CHUNK));
    for (let start = 0; start < out.length; start += CHUNK / each) {
      const n = Math.min(CHUNK / each, out.length - start);
      this.#engine.fill(words.subarray(0, each * n));
      if (each === 1) {
        for (let i = 0; i < n; i++) out[start + i] = ((words[i] as number) & 0xffffff) / 2 ** 24;
      } else {
        for (let i = 0; i < n; i++) {
          const high = (words[2 * i] as number) & 0x1fffff;
          out[start + i] = (high * 2 ** 32 + (words[2 * i + 1] as number)) / 2 ** 53;
        }
      }
    }
    return out;
  }

  #uniform53(): number {
    const high = this.#engine.next32() & 0x1fffff;
    return (high * 2 ** 32 + this.#engine.next32()) / 2 ** 53;
  }

  #normal(mean: number, std: number): number {
    let sample = this.#cachedNormal;
    this.#cachedNormal = undefined;
    if (sample === undefined) {
      const turn = this.#uniform53();
      const radius = Math.sqrt(-2 * accurateLog(1 - this.#uniform53()));
      const angle = accurateSinCos(2 * Math.PI * turn);
      this.#cachedNormal = radius * angle.sin;
      sample = radius * angle.cos;
    }
    if (mean === 0 && std === 1) return sample;
    return this.build === "vector" ? fma64(sample, std, mean) : sample * std + mean;
  }

  /** Transforms whole blocks of 16; a ragged end is drawn again as the last 16. */
  #fillBlocks<A extends Float32Array | Float64Array>(out: A, fill: NormalFill<A>): void {
    fill(out, 0, Math.floor(out.length / 16));
    if (out.length % 16 === 0) return;
    this.uniform_(out.subarray(out.length - 16));
    fill(out, out.length - 16, 1);
  }
}

function count(op: string, n: number): number {
  if (Number.isInteger(n) && n >= 0 && n < 2 ** 31) return n;
  throw new ArgumentError(`cannot draw ${n} values`, {
    code: "random/count",
    op,
    hint: "pass an integer from 0 to 2^31 - 1",
  });
}

function probability(op: string, p: number): void {
  if (p >= 0 && p <= 1) return;
  throw new ArgumentError(`probability ${p} is not in [0, 1]`, {
    code: "random/range",
    op,
    hint: "pass a probability from 0 to 1",
  });
}
