// Table entries that many composites share.

/** One tensor in, one out. */
export interface UnaryEntry<A extends object = object> {
  readonly tier: "comp";
  readonly in: readonly ["x"];
  readonly attrs: A;
}

/** Two tensors of one shape and dtype in, one out. */
export interface BinaryEntry<A extends object = object> {
  readonly tier: "comp";
  readonly in: readonly ["a", "b"];
  readonly attrs: A;
}
