// Optional arguments, PyTorch's way: in order or by name.
import * as core from "@isoform/core";

/** Optional numbers: `f(x, 0.2)`, or `f(x, { negativeSlope: 0.2 })`. */
export type Numbers<N extends string> =
  | readonly number[]
  | readonly [options: { readonly [K in N]?: number | undefined }];

/**
 * The numbers by name, defaults where none is given.
 * @throws {ArgumentError} for unknown names or too many numbers
 */
export function numbersOf<N extends string>(
  op: string,
  given: Numbers<N>,
  defaults: Readonly<Record<N, number>>,
): Readonly<Record<N, number>> {
  const names = Object.keys(defaults);
  const [first] = given;
  if (typeof first === "object" && first !== null) {
    core.checkOptions(op, first, names);
    const set = Object.entries(first).filter(([, v]) => v !== undefined);
    return { ...defaults, ...Object.fromEntries(set) };
  }
  if (given.length > names.length) {
    throw new core.ArgumentError(`${given.length} optional arguments`, {
      code: "argument/too-many",
      op,
      hint: `optional are: ${names.join(", ")}`,
    });
  }
  const set = given.flatMap((v, i) => (v === undefined ? [] : [[names[i]!, v]]));
  return { ...defaults, ...Object.fromEntries(set) };
}
