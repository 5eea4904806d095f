// Reproducible numbers for inputs and weights, the same for every engine.

/** Uniform numbers in (-1, 1), from a 32-bit xorshift-multiply generator (mulberry32). */
export function uniform(count, seed, scale = 1) {
  let state = seed >>> 0;
  return Float32Array.from({ length: count }, () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return (((t ^ (t >>> 14)) >>> 0) / 2 ** 31 - 1) * scale;
  });
}

/** Class numbers 0 … classes - 1 as floats. */
export const labels = (count, classes, seed) =>
  uniform(count, seed).map((v) => Math.min(classes - 1, Math.floor(((v + 1) / 2) * classes)));

export const sizeOf = (shape) => shape.reduce((n, d) => n * d, 1);

/** An input of a case: filled with uniform numbers. */
export const input = (name, shape, seed, options = {}) => ({
  name,
  shape,
  data: uniform(sizeOf(shape), seed, options.scale ?? 1),
  constant: options.constant ?? false,
});

/** `data` of `shape` with its axes in the order `perm`. */
export function permute(data, shape, perm) {
  const strides = shape.map((_, i) => sizeOf(shape.slice(i + 1)));
  const outShape = perm.map((p) => shape[p]);
  const out = new data.constructor(data.length);
  const index = outShape.map(() => 0);
  for (let i = 0; i < out.length; i++) {
    let from = 0;
    for (let a = 0; a < perm.length; a++) from += index[a] * strides[perm[a]];
    out[i] = data[from];
    for (let a = perm.length - 1; a >= 0; a--) {
      if (++index[a] < outShape[a]) break;
      index[a] = 0;
    }
  }
  return out;
}
