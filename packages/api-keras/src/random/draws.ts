// keras.random: tensors of random numbers, drawn on the device from Philox words.
import * as core from "@isoform/core";
import { type DType } from "@isoform/core";
import { checkArguments, checkOptions, invalid, shapeOf } from "../config/arguments.js";
import { session } from "../session.js";
import { asTensor, toTensor, type TensorLike } from "../tensor/like.js";
import { Tensor } from "../tensor/tensor.js";
import { drawWords, type KeyWords, type SeedLike } from "./seed.js";

/** Options of every function here. */
export interface DrawOptions {
  /** Default: the session's float dtype. */
  readonly dtype?: DType;
  readonly seed?: SeedLike;
}

const BITS = 24;

/** The key of one draw. */
function keyOf(owner: string, seed: SeedLike | undefined): KeyWords {
  return drawWords(owner, seed, Tensor);
}

/** float32 numbers in [0, 1) with 24 bits. `block` selects a part of the key's stream. */
function unit(key: KeyWords, shape: readonly number[], block = 0): core.Tensor {
  const bits = core.randomBits(key(block), shape);
  return core.mul(core.cast(core.shr(bits, 32 - BITS), "float32"), 2 ** -BITS);
}

function standardNormal(key: KeyWords, shape: readonly number[]): core.Tensor {
  const radius = core.sqrt(core.mul(core.log(core.sub(1, unit(key, shape))), -2));
  return core.mul(radius, core.cos(core.mul(unit(key, shape, 1), 2 * Math.PI)));
}

/** The dtype of draws from a continuous distribution. */
function floatOf(owner: string, dtype: DType | null | undefined): DType {
  const found = dtype ?? session.floatx;
  if (core.isFloat(found)) return found;
  throw new core.DTypeError(`draws of a continuous distribution are no ${found}`, {
    code: "dtype/not-allowed",
    op: owner,
    hint: "use a float dtype, or random.randint for integers",
  });
}

/**
 * Uniform numbers in [minval, maxval) (defaults 0 and 1) of `shape`; 24 random bits each.
 * @throws {ShapeError} when an entry of `shape` is no size
 * @throws {DTypeError} when `dtype` is no float
 * @throws {ArgumentError} when the seed is no 32-bit unsigned integer, or an option is unknown
 * @see keras.random.uniform
 */
export function uniform(
  shape: readonly number[],
  options: DrawOptions & { readonly minval?: number; readonly maxval?: number } = {},
): Tensor {
  checkOptions("random.uniform", options, ["minval", "maxval", "dtype", "seed"]);
  const { minval = 0, maxval = 1, seed } = options;
  const size = shapeOf("random.uniform", shape);
  const dtype = floatOf("random.uniform", options.dtype);
  return core.scope(() => {
    const u = unit(keyOf("random.uniform", seed), size);
    return asTensor(
      core.cast(minval === 0 && maxval === 1 ? u : core.add(core.mul(u, maxval - minval), minval), dtype),
    );
  });
}

/**
 * Integers in [minval, maxval) of `shape`, int32 unless `dtype` says otherwise.
 * @throws {ArgumentError} when the range is empty or over 2^24, the seed is no 32-bit unsigned integer, or an
 *   option is unknown
 * @throws {ShapeError} when an entry of `shape` is no size
 * @throws {DTypeError} when `dtype` is no integer
 * @see keras.random.randint
 */
export function randint(
  shape: readonly number[],
  minval: number,
  maxval: number,
  options: DrawOptions = {},
): Tensor {
  checkOptions("random.randint", options, ["dtype", "seed"]);
  checkArguments("random.randint", { minval, maxval });
  const size = shapeOf("random.randint", shape);
  if (options.dtype && !core.isInteger(options.dtype)) {
    throw new core.DTypeError(`integers of dtype ${options.dtype}`, {
      code: "dtype/not-allowed",
      op: "random.randint",
      hint: "use an integer dtype, or random.uniform for floats",
    });
  }
  if (!(maxval > minval) || maxval - minval > 2 ** BITS) {
    throw new core.ArgumentError(`cannot draw from [${minval}, ${maxval})`, {
      code: "random/range",
      op: "random.randint",
      hint: "maxval must exceed minval, by at most 2^24",
    });
  }
  return core.scope(() => {
    const u = core.floor(core.mul(unit(keyOf("random.randint", options.seed), size), maxval - minval));
    return asTensor(core.add(core.cast(u, options.dtype ?? "int32"), minval));
  });
}

/**
 * Normal numbers of `shape` with `mean` 0 and `stddev` 1 by default.
 * @throws {ShapeError} when an entry of `shape` is no size
 * @throws {DTypeError} when `dtype` is no float
 * @throws {ArgumentError} when the seed is no 32-bit unsigned integer, or an option is unknown
 * @see keras.random.normal; Box & Muller 1958
 */
export function normal(
  shape: readonly number[],
  options: DrawOptions & { readonly mean?: number; readonly stddev?: number } = {},
): Tensor {
  checkOptions("random.normal", options, ["mean", "stddev", "dtype", "seed"]);
  const size = shapeOf("random.normal", shape);
  const dtype = floatOf("random.normal", options.dtype);
  return core.scope(() => {
    const z = standardNormal(keyOf("random.normal", options.seed), size);
    return asTensor(core.cast(core.add(core.mul(z, options.stddev ?? 1), options.mean ?? 0), dtype));
  });
}

/**
 * Normal numbers of `shape` limited to two standard deviations, by the inverse distribution function; `mean`
 * 0 and `stddev` 1 by default.
 * @throws {ShapeError} when an entry of `shape` is no size
 * @throws {DTypeError} when `dtype` is no float
 * @throws {ArgumentError} when the seed is no 32-bit unsigned integer, or an option is unknown
 * @see keras.random.truncated_normal
 */
export function truncatedNormal(
  shape: readonly number[],
  options: DrawOptions & { readonly mean?: number; readonly stddev?: number } = {},
): Tensor {
  checkOptions("random.truncatedNormal", options, ["mean", "stddev", "dtype", "seed"]);
  const mass = 0.9544997361036416;
  const size = shapeOf("random.truncatedNormal", shape);
  const dtype = floatOf("random.truncatedNormal", options.dtype);
  return core.scope(() => {
    const u = unit(keyOf("random.truncatedNormal", options.seed), size);
    const centred = core.mul(core.sub(core.mul(u, 2), 1 - 2 ** -BITS), mass);
    const z = core.mul(core.erfinv(centred), Math.SQRT2);
    return asTensor(core.cast(core.add(core.mul(z, options.stddev ?? 1), options.mean ?? 0), dtype));
  });
}

/**
 * Bool of `shape`, true with the given probability.
 * @throws {ShapeError} when an entry of `shape` is no size
 * @throws {ArgumentError} when the seed is no 32-bit unsigned integer, or the probability not from 0 to 1
 * @see keras.random.binomial, torch.bernoulli
 */
export function bernoulli(shape: readonly number[], probability: number, seed?: SeedLike): Tensor {
  const size = shapeOf("random.bernoulli", shape);
  if (typeof probability !== "number" || !(probability >= 0 && probability <= 1)) {
    throw invalid("random.bernoulli", "probability", probability, "a number from 0 to 1");
  }
  return core.scope(() => asTensor(core.lt(unit(keyOf("random.bernoulli", seed), size), probability)));
}

/**
 * Classes drawn from each row of `[batch, classes]` unnormalised log-probabilities: `[batch, numSamples]`,
 * int32 unless `dtype` says otherwise.
 * @throws {ShapeError} when the logits have not two axes, there are no classes, or `numSamples` is no size
 * @throws {DTypeError} when `dtype` is no float
 * @throws {ArgumentError} when the seed is no 32-bit unsigned integer, or an option is unknown
 * @see keras.random.categorical
 */
export function categorical(logits: TensorLike, numSamples: number, options: DrawOptions = {}): Tensor {
  checkOptions("random.categorical", options, ["dtype", "seed"]);
  checkArguments("random.categorical", { numSamples });
  return core.scope(() => {
    const table = toTensor(logits);
    const [rows, classes] = table.shape;
    if (table.rank !== 2) {
      const problem = "the logits are no matrix";
      throw core.shapeError("random.categorical", problem, [table], "pass logits [batch, classes]");
    }
    const u = unit(keyOf("random.categorical", options.seed), [rows!, numSamples, classes!]);
    const gumbel = core.neg(core.log(core.add(core.neg(core.log(core.add(u, 2 ** -(BITS + 1)))), 1e-20)));
    const scores = core.add(core.reshape(core.cast(table, "float32"), [rows!, 1, classes!]), gumbel);
    return asTensor(core.cast(core.argmax(scores, 2), options.dtype ?? "int32"));
  });
}

/**
 * x with a share `rate` of its elements set to 0 and the others scaled by 1/(1 − rate), same shape.
 * `noiseShape` broadcasts to x: elements along an axis of size 1 share their fate; null entries are x's
 * sizes.
 * @throws {ShapeError} when `noiseShape` does not broadcast with x
 * @throws {DTypeError} when x is no float
 * @throws {ArgumentError} when the rate is not from 0 to 1, x no tensor, the seed is no 32-bit unsigned integer, or an option is unknown
 * @throws {LifetimeError} when x was released
 * @see keras.random.dropout; Srivastava et al. 2014, https://jmlr.org/papers/v15/srivastava14a.html
 */
export function dropout(
  x: TensorLike,
  rate: number,
  options: { readonly noiseShape?: readonly (number | null)[] | null; readonly seed?: SeedLike } = {},
): Tensor {
  checkOptions("random.dropout", options, ["noiseShape", "seed"]);
  if (typeof rate !== "number" || !(rate >= 0 && rate <= 1)) {
    throw invalid("random.dropout", "rate", rate, "a number from 0 to 1");
  }
  return core.scope(() => {
    const t = toTensor(x);
    core.requireFloat("random.dropout", t);
    const shape = (options.noiseShape ?? t.shape).map((n, i) => n ?? t.shape[i]!);
    const keep = bernoulli(shape, 1 - rate, options.seed);
    return asTensor(core.where(keep, core.mul(t, rate === 1 ? 0 : 1 / (1 - rate)), 0));
  });
}

/**
 * x with its slices along `axis` (default 0) in random order, same shape.
 * @throws {ArgumentError} when the axis is out of range (a scalar has none), the seed is no 32-bit unsigned
 *   integer, or an option is unknown
 * @throws {LifetimeError} when x was released
 * @see keras.random.shuffle
 */
export function shuffle(
  x: TensorLike,
  options: { readonly axis?: number; readonly seed?: SeedLike } = {},
): Tensor {
  checkOptions("random.shuffle", options, ["axis", "seed"]);
  const axis = options.axis ?? 0;
  return core.scope(() => {
    const t = toTensor(x);
    const length = t.shape[core.normalizeAxis("random.shuffle", axis, t.rank)]!;
    const keys = unit(keyOf("random.shuffle", options.seed), [length]);
    return asTensor(core.gather(t, core.sort(keys, { axis: 0 })[1], axis));
  });
}
