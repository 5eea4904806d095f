// Seeds: the session's stream of seeds, and generators that count their draws. All numbers come from Philox4x32-10.
import {
  ArgumentError,
  Philox4x32,
  fromTypedArray,
  hostEffect,
  hostTensor,
  type PhiloxKey,
  constructible,
  type Constructible,
  type Tensor,
  type TensorClass,
} from "@isoform/core";
import { checkOptions } from "../config/arguments.js";
import { autoName, refuseInStep, session } from "../session.js";

const SESSION_STREAM = 0x6b657261;

/**
 * Seeds everything that is made or drawn from now on without a seed of its own
 * (`keras.utils.set_random_seed`). The same seed gives the same numbers on every machine and backend; they
 * are not TensorFlow's numbers.
 * @throws {ArgumentError} when `seed` is not an integer from 0 to 2^32 − 1
 */
export function setRandomSeed(seed: number): void {
  session.seed = checkSeed("setRandomSeed", seed);
  session.draws = 0;
}

/** The next seed of the session; arbitrary when the session has none. */
export function nextSeed(): number {
  if (session.seed === null) return Math.floor(Math.random() * 2 ** 32);
  const out = new Uint32Array(1);
  Philox4x32.fill([session.seed, SESSION_STREAM], [session.draws++, 0, 0, 0], out);
  return out[0]!;
}

/** @throws {ArgumentError} when `seed` is not a 32-bit unsigned integer */
export function checkSeed(owner: string, seed: number): number {
  if (Number.isInteger(seed) && seed >= 0 && seed < 2 ** 32) return seed;
  throw new ArgumentError(`seed ${String(seed)} is not a 32-bit integer`, {
    code: "random/seed",
    op: owner,
    hint: "pass an integer from 0 to 4294967295",
  });
}

/** A source of seeds for the random ops of a layer: one seed, and a count of draws that is part of its state. */
class SeedGeneratorClass {
  readonly name: string;
  seed: number;
  /** Draws made so far. */
  count = 0;

  /** @param seed null takes the next seed of the session */
  constructor(seed: number | null = null, options: { readonly name?: string } = {}) {
    checkOptions("SeedGenerator", options, ["name"]);
    this.name = options.name ?? autoName("SeedGenerator");
    this.seed = seed === null ? nextSeed() : checkSeed("SeedGenerator", seed);
  }

  /**
   * The key of the next draw. In an abstract call nothing is counted.
   * @throws {LifetimeError} when called in a step that is being compiled, where it would be the same at every
   *   run
   */
  next(): PhiloxKey {
    refuseInStep("SeedGenerator.next", "pass the generator to a function of keras.random");
    const key: PhiloxKey = [this.seed, this.count];
    if (!session.call?.abstract) this.count++;
    return key;
  }

  /** The two words that Keras saves. */
  get state(): Uint32Array {
    return Uint32Array.of(this.seed, this.count);
  }

  /** @internal Goes on from the two words of a file. */
  _restore(seed: number, count: number): void {
    this.seed = seed;
    this.count = count;
  }

  /** The options, with Keras' names. */
  getConfig(): Record<string, unknown> {
    return { seed: this.seed };
  }
}

/** A seed of random functions: a number draws the same at every call, a generator goes on, null uses the session's. */
export type SeedLike = number | SeedGenerator | null;

/**
 * The key of one draw, made on the host.
 * @throws {ArgumentError} when the seed is no 32-bit unsigned integer
 * @throws {LifetimeError} when a step is being compiled, unless the seed is a number
 */
export function drawKey(owner: string, seed: SeedLike | undefined): PhiloxKey {
  if (seed instanceof SeedGenerator) return seed.next();
  if (seed !== null && seed !== undefined) return [checkSeed(owner, seed), 0];
  refuseInStep(owner, "make the value outside the step, or pass a seed");
  return [nextSeed(), 0];
}

/** The words of a draw's key for a block of its stream, uint32 `[4]`. */
export type KeyWords = (block: number) => Tensor;

/** The key of one draw as tensors; a compiled step draws a new one at every run, in the order of the program. */
export function drawWords(owner: string, seed: SeedLike | undefined, tensorClass: TensorClass): KeyWords {
  let key: PhiloxKey = [0, 0];
  const fixed = typeof seed === "number";
  if (fixed) key = drawKey(owner, seed);
  else hostEffect(() => (key = drawKey(owner, seed)));
  const words = (block: number) => Uint32Array.of(key[0], key[1], 0, block);
  return (block) =>
    fixed
      ? fromTypedArray(words(block), { tensorClass })
      : hostTensor({ shape: [4], dtype: "uint32" }, () => words(block), tensorClass);
}

/** An instance of `SeedGenerator`. */
export type SeedGenerator = SeedGeneratorClass;
/**
 * A source of seeds for the random ops of a layer: one seed, and a count of draws that is part of its state
 * (two elements).
 * @throws {ArgumentError} when the seed is no 32-bit unsigned integer, or an option is unknown
 * @see keras.random.SeedGenerator
 */
export const SeedGenerator: Constructible<typeof SeedGeneratorClass> =
  /* @__PURE__ */ constructible(SeedGeneratorClass);
