// Permutations of axes. `order[i]` always means: axis i of what is named first is axis order[i] of the other.

/** 0, 1, …, n − 1. */
export function identityOrder(n: number): number[] {
  return Array.from({ length: n }, (_, i) => i);
}

/** True for 0, 1, …, n − 1. */
export function isIdentity(order: readonly number[]): boolean {
  return order.every((p, i) => p === i);
}

/** True when both list the same axes. */
export function sameOrder(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((p, i) => p === b[i]);
}

/** The order that undoes `order`. */
export function invertOrder(order: readonly number[]): number[] {
  const out = new Array<number>(order.length);
  order.forEach((p, i) => (out[p] = i));
  return out;
}

/** `first` then `second`: axis i is axis second[first[i]] two steps on. */
export function composeOrders(first: readonly number[], second: readonly number[]): number[] {
  return first.map((p) => second[p]!);
}

/**
 * Channels-last axes N, spatial…, C as axes of N, C, spatial…: `[0, 2, 3, 1]` for images.
 * Ranks below 3 have no spatial axes and keep their order.
 */
export function channelsLastOrder(rank: number): number[] {
  if (rank < 3) return identityOrder(rank);
  return [0, ...Array.from({ length: rank - 2 }, (_, i) => i + 2), 1];
}
