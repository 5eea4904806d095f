// Optional arguments, PyTorch's way: in order or by name.
import * as core from "@isoform/core";
import { checkOptions, NUMBER, withDefaults } from "./checks.js";

/** Optional numbers: `f(x, 0.2)`, or `f(x, { negativeSlope: 0.2 })`. */
export type Numbers<N extends string> =
  | readonly number[]
  | readonly [options: { readonly [K in N]?: number | undefined }];

/**
 * The numbers by name, defaults where none is given.
 * @throws {ArgumentError} for unknown names, too many numbers, or what is no number
 */
export function numbersOf<N extends string>(
  op: string,
  given: Numbers<N>,
  defaults: Readonly<Record<N, number>>,
): Readonly<Record<N, number>> {
  const names = Object.keys(defaults);
  const kinds = Object.fromEntries(names.map((n) => [n, NUMBER]));
  const [first] = given;
  if (typeof first === "object" && first !== null) {
    checkOptions(op, first, kinds);
    return withDefaults(defaults, first);
  }
  if (given.length > names.length) {
    throw new core.ArgumentError(`${given.length} optional arguments`, {
      code: "argument/too-many",
      op,
      hint: `optional are: ${names.join(", ")}`,
    });
  }
  const named = Object.fromEntries(given.map((v, i) => [names[i]!, v]));
  checkOptions(op, named, kinds);
  return withDefaults(defaults, named);
}
