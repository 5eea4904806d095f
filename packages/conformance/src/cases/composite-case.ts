// The format of a composite case, and deterministic inputs that Python can reproduce exactly. See README.md.
import type { DType, Tensor } from "@isoform/core";

/** A tensor of a case: row-major values. Default dtype: the float dtype under test. */
export interface CaseTensor {
  readonly shape: readonly number[];
  readonly data: readonly (number | bigint | boolean)[];
  /** Fixed dtype, for indices and masks. */
  readonly dtype?: DType;
}

/** Bound of |actual − expected|: atol + rtol·|expected|. */
export interface Tolerance {
  readonly rtol: number;
  readonly atol: number;
}

/** Expected outputs and where they are from, e.g. `torch 2.13: F.softmax(x, 1) in float64`. */
export interface Expected {
  readonly provenance: string;
  readonly outputs: readonly CaseTensor[];
}

/** One use of one composite op. */
export interface CompositeCase {
  /** Id of the op in the table; the trace of `run` must contain it. */
  readonly op: string;
  /** Unique among the cases of the op; says what is special. */
  readonly name: string;
  readonly inputs: readonly CaseTensor[];
  /** Calls the front door. Optional inputs of the op (bias) are left out here, not in `inputs`. */
  run(...inputs: Tensor[]): Tensor | readonly Tensor[];
  /** Left out: only the gradient, the override and the leak checks run. */
  readonly expected?: Expected;
  /** Wider bounds for one dtype, with a reason in a comment. Default: `toleranceOf(dtype)`. */
  readonly tolerance?: Readonly<Partial<Record<DType, Tolerance>>>;
  /** Inputs whose gradients are held against finite differences. Default: every input without a `dtype`. */
  readonly grad?: readonly number[];
  /** Also check second derivatives. */
  readonly second?: boolean;
}

/**
 * A tensor of literal values. Never throws.
 * @param shape Sizes; their product is the length of `data`, which nothing checks here.
 * @param data Elements in row-major order; bigints for int64 and uint64, booleans for bool.
 * @param dtype The float dtype under test unless given.
 */
export function values(shape: readonly number[], data: CaseTensor["data"], dtype?: DType): CaseTensor {
  return dtype === undefined ? { shape, data } : { shape, data, dtype };
}

/**
 * `low + (high − low)·((7919·i + 104729·seed) mod 2003)/2002` for element i: all different up to 2,003
 * elements, so there are no ties, and the same doubles in every language.
 * @param shape Sizes, integers >= 0.
 * @param seed An integer >= 0; a negative one leaves the range.
 * @throws {RangeError} when the shape has more than 2^32 - 1 elements
 */
export function spread(shape: readonly number[], seed: number, low = -1, high = 1): CaseTensor {
  const size = shape.reduce((p, n) => p * n, 1);
  const data = Array.from(
    { length: size },
    (_, i) => low + (high - low) * (((7919 * i + 104729 * seed) % 2003) / 2002),
  );
  return { shape, data };
}
