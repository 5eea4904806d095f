// Orthogonal: a random matrix with orthonormal rows or columns (Saxe et al. 2014).
import { ShapeError, constructible, type Constructible } from "@isoform/core";
import { checkOptions } from "../config/arguments.js";
import type { Config } from "../config/object.js";
import { RandomInitializer, type SeedOptions } from "./initializer.js";

class OrthogonalInitializer extends RandomInitializer {
  static readonly className: string = "Orthogonal";
  readonly gain: number;

  constructor(options: SeedOptions & { readonly gain?: number } = {}) {
    checkOptions("Orthogonal", options, ["gain", "seed"]);
    super(options);
    this.gain = options.gain ?? 1;
  }

  protected override values(shape: readonly number[], size: number): ArrayLike<number> {
    if (shape.length < 2) {
      throw new ShapeError(`[${shape.join(",")}] has fewer than two axes`, {
        code: "shape/rank",
        op: "initializers.Orthogonal",
        hint: "use it for weights with at least two axes",
      });
    }
    const columns = shape.at(-1)!;
    const rows = columns === 0 ? 0 : size / columns;
    const [long, short] = [Math.max(rows, columns), Math.min(rows, columns)];
    const stream = this.stream();
    const vectors = Array.from({ length: short }, () =>
      Float64Array.from({ length: long }, () => stream.normal()),
    );
    orthonormalize(vectors);
    const out = new Float64Array(size);
    for (let r = 0; r < rows; r++) {
      for (let c = 0; c < columns; c++) {
        out[r * columns + c] = this.gain * (rows >= columns ? vectors[c]![r]! : vectors[r]![c]!);
      }
    }
    return out;
  }

  override getConfig(): Config {
    return { ...super.getConfig(), gain: this.gain };
  }
}

/** Gram-Schmidt, each projection done twice, which is accurate to rounding. */
function orthonormalize(vectors: readonly Float64Array[]): void {
  vectors.forEach((v, i) => {
    for (let pass = 0; pass < 2; pass++) {
      for (let j = 0; j < i; j++) {
        const u = vectors[j]!;
        let dot = 0;
        for (let k = 0; k < v.length; k++) dot += u[k]! * v[k]!;
        for (let k = 0; k < v.length; k++) v[k]! -= dot * u[k]!;
      }
    }
    const norm = Math.hypot(...chunked(v));
    for (let k = 0; k < v.length; k++) v[k]! /= norm;
  });
}

/** Norms of parts, because the number of arguments of a call is limited. */
function chunked(v: Float64Array): number[] {
  const parts: number[] = [];
  for (let i = 0; i < v.length; i += 4096) parts.push(Math.hypot(...v.subarray(i, i + 4096)));
  return parts;
}

/**
 * Orthonormal rows or columns, whichever are fewer, times `gain` (default 1), of the matrix
 * `[all but the last axis, last axis]` of the shape that it is called with.
 * @throws {ShapeError} when it is called for fewer than two axes
 * @throws {ArgumentError} when an option is unknown, or it is called with a seed that is no 32-bit unsigned
 *   integer
 * @throws {DTypeError} when it is called for an integer dtype
 * @throws {LifetimeError} when it is called in a step that is being compiled, unless the seed is a number
 * @see keras.initializers.Orthogonal; Saxe et al. 2013, https://arxiv.org/abs/1312.6120
 */
export const Orthogonal: Constructible<typeof OrthogonalInitializer> =
  /* @__PURE__ */ constructible(OrthogonalInitializer);
