// A pending rearrangement along the last axis: what is left of an axis permutation after axes were joined (Flatten).
// Dense layers absorb it into their weights, exactly.
import type { WeightStep } from "../ir/weights.js";
import { isIdentity } from "./permutation.js";

/** Where the features of the source are in the value. */
export interface Shuffle {
  /** Entry j: which feature of the source the value has at place j. */
  readonly places: readonly number[];
  /** The axes that were joined, in the source's order, and which of them the value's joined axes are. */
  readonly grid: { readonly dims: readonly number[]; readonly perm: readonly number[] } | null;
}

/**
 * The shuffle of joining axes of sizes `dims` when the value has them in the order `perm`
 * (joined axis j of the value is axis perm[j] of the source). Null when nothing moves.
 */
export function joinShuffle(dims: readonly number[], perm: readonly number[]): Shuffle | null {
  const moving = perm.filter((axis) => dims[axis] !== 1);
  if (moving.every((axis, i) => i === 0 || axis > moving[i - 1]!)) return null;
  const strides = new Array<number>(dims.length);
  let step = 1;
  for (let i = dims.length - 1; i >= 0; i--) {
    strides[i] = step;
    step *= dims[i]!;
  }
  const places = new Array<number>(step);
  const index = perm.map(() => 0);
  let at = 0;
  for (let j = 0; j < step; j++) {
    places[j] = at;
    for (let k = perm.length - 1; k >= 0; k--) {
      const axis = perm[k]!;
      at += strides[axis]!;
      if (++index[k]! < dims[axis]!) break;
      at -= strides[axis]! * dims[axis]!;
      index[k] = 0;
    }
  }
  return { places, grid: { dims, perm } };
}

/** The shuffle of features joined end to end; parts without a shuffle are given by their size. */
export function concatShuffles(parts: readonly (Shuffle | number)[]): Shuffle | null {
  if (parts.every((p) => typeof p === "number")) return null;
  const places: number[] = [];
  for (const part of parts) {
    const base = places.length;
    if (typeof part === "number") for (let i = 0; i < part; i++) places.push(base + i);
    else for (const p of part.places) places.push(base + p);
  }
  return { places, grid: null };
}

/** True when two features orders are the same. */
export function sameShuffle(a: Shuffle | null, b: Shuffle | null): boolean {
  if (a === b) return true;
  if (!a || !b || a.places.length !== b.places.length) return false;
  return a.places.every((p, i) => p === b.places[i]);
}

/** The steps that bring a weight whose axis 0 has the source's features into the value's order. */
export function shuffleSteps(shuffle: Shuffle | null, shape: readonly number[]): WeightStep[] {
  if (shuffle === null || isIdentity(shuffle.places)) return [];
  const { grid, places } = shuffle;
  if (!grid) return [{ kind: "take", axis: 0, indices: places }];
  const rest = shape.slice(1);
  const n = grid.perm.length;
  return [
    { kind: "reshape", shape: [...grid.dims, ...rest] },
    { kind: "transpose", perm: [...grid.perm, ...rest.map((_, i) => n + i)] },
    { kind: "reshape", shape },
  ];
}
