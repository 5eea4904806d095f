// What the adapters of several engines share.

/** Thrown by an adapter for what its engine does not have; the message says what. */
export class Lacking extends Error {}

/** A step slower than this is not repeated for the check. */
const SLOW_MS = 4000;

/** The losses of a case's first steps; of fewer steps where they are slow. */
export async function checkedLosses(c, step) {
  const losses = [];
  for (let i = 0; i < c.outShape[0]; i++) {
    const start = performance.now();
    losses.push(await step());
    if (performance.now() - start > SLOW_MS) break;
  }
  return Float32Array.from(losses);
}

/** Throws `Lacking` unless the table has the kind. */
export function adapterOf(table, kind) {
  if (!table[kind]) throw new Lacking(`no adapter for ${kind}`);
  return table[kind];
}

/** Nodes that onnxruntime's chain model has more than the plain one. */
export const CHAIN_EXTRA = 4;
