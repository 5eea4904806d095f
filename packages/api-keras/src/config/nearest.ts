// The name that was meant, for hints.

/** Names of element types elsewhere. */
const ALIASES: Readonly<Record<string, string>> = {
  float: "float32",
  f32: "float32",
  single: "float32",
  double: "float64",
  f64: "float64",
  half: "float16",
  f16: "float16",
  bf16: "bfloat16",
  int: "int32",
  integer: "int32",
  i32: "int32",
  long: "int64",
  i64: "int64",
  short: "int16",
  byte: "uint8",
  boolean: "bool",
};

/** A hint for the name of a dtype that does not exist. */
export function dtypeHint(name: unknown, otherwise: string): string {
  const alias = typeof name === "string" ? ALIASES[name.toLowerCase()] : undefined;
  return alias === undefined ? otherwise : `did you mean ${JSON.stringify(alias)}?`;
}

/**
 * The name of `names` nearest to `name`, or undefined when none is within 2 edits or a third of its length. Two
 * neighbours in the wrong order are one edit; case and underscores do not count.
 */
export function nearest(name: string, names: Iterable<string>): string | undefined {
  if (typeof name !== "string") return undefined;
  const plain = (s: string) => s.toLowerCase().replaceAll("_", "");
  let best: string | undefined;
  let least = Math.max(2, Math.floor(name.length / 3)) + 1;
  for (const candidate of names) {
    const d = distance(plain(name), plain(candidate));
    if (d >= least) continue;
    best = candidate;
    least = d;
  }
  return best;
}

/** Edits from one word to the other: insertions, deletions, replacements and swaps of neighbours. */
function distance(a: string, b: string): number {
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swaps = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, replaced, swaps ? before[j - 2]! + 1 : Infinity));
    }
    before = row;
    row = next;
  }
  return row[b.length]!;
}
