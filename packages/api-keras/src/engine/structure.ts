// Nested arguments: arrays and plain objects with tensors at their leaves.

/** True for `{}`-like objects. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** Leaves that pass `test`, in order. */
export function leaves<T>(value: unknown, test: (v: unknown) => v is T, into: T[] = []): T[] {
  if (test(value)) into.push(value);
  else if (Array.isArray(value)) for (const v of value) leaves(v, test, into);
  else if (isPlainObject(value)) for (const v of Object.values(value)) leaves(v, test, into);
  return into;
}

/** True when a leaf passes `test`. */
export function hasLeaf(value: unknown, test: (v: unknown) => boolean): boolean {
  if (test(value)) return true;
  if (Array.isArray(value)) return value.some((v) => hasLeaf(v, test));
  return isPlainObject(value) && Object.values(value).some((v) => hasLeaf(v, test));
}

/** The same structure with leaves that pass `test` replaced. */
export function mapLeaves<T>(
  value: unknown,
  test: (v: unknown) => v is T,
  fn: (leaf: T) => unknown,
): unknown {
  if (test(value)) return fn(value);
  if (Array.isArray(value)) return value.map((v) => mapLeaves(v, test, fn));
  if (isPlainObject(value)) {
    return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, mapLeaves(v, test, fn)]));
  }
  return value;
}
