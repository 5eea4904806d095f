// Seeded input values that every engine can be given: the same numbers on every machine.
import type { InputSpec } from "./op-spec.js";

/**
 * The elements of an input in row-major order: float32, or int32 for indices. Never throws.
 * @see Steele et al. 2014, Fast splittable pseudorandom number generators (the mixing of SplitMix)
 */
export function inputValues(spec: InputSpec): Float32Array | Int32Array {
  const count = spec.shape.reduce((n, d) => n * d, 1);
  const { below } = spec;
  const out = below === undefined ? new Float32Array(count) : new Int32Array(count);
  const scale = below === undefined ? (2 * spec.range) / 2 ** 32 : below / 2 ** 32;
  const shift = below === undefined ? -spec.range : 0;
  let state = Math.imul(spec.seed + 1, 0x9e3779b9);
  for (let i = 0; i < count; i++) {
    state = (state + 0x9e3779b9) | 0;
    let z = Math.imul(state ^ (state >>> 16), 0x85ebca6b);
    z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
    // An Int32Array cuts the fraction off.
    out[i] = ((z ^ (z >>> 16)) >>> 0) * scale + shift;
  }
  return out;
}
