// Optional arguments, PyTorch's way: in order or by name.
import * as core from "@isoform/core";
import { checkOptions, NUMBER, withDefaults } from "./checks.js";

/**
 * Optional arguments O in the order N, and after any number of these the others by name: `f(3, 1)`,
 * `f(3, { padding: 1 })` or `f({ stride: 3, padding: 1 })`.
 */
export type InOrder<O, N extends readonly (keyof O)[]> = [
  ...{ -readonly [I in keyof N]?: O[N[I]] | O },
  options?: O,
];

const isOptions = (v: unknown): v is object =>
  typeof v === "object" && v !== null && !Array.isArray(v) && !(v instanceof core.Tensor);

/**
 * The optional arguments by name; what they are is for the caller to check.
 * @throws {ArgumentError} for too many, options that do not come last, or one given both in order and by name
 */
export function inOrder<O extends object>(
  op: string,
  given: readonly unknown[],
  names: readonly (keyof O & string)[],
): O {
  const last = given.at(-1);
  const byName = isOptions(last) ? last : {};
  const values = isOptions(last) ? given.slice(0, -1) : given;
  const refuse = (problem: string, code: string, hint: string) => {
    throw new core.ArgumentError(problem, { code, op, hint });
  };
  if (values.length > names.length) {
    refuse(
      `${values.length} optional arguments`,
      "argument/too-many",
      `optional are: ${names.join(", ")}; name others in one object at the end`,
    );
  }
  if (values.some(isOptions)) {
    refuse(
      "options are followed by another argument",
      "argument/options",
      "options go into one object at the end",
    );
  }
  const twice = names.find((name, i) => values[i] !== undefined && Object.hasOwn(byName, name));
  if (twice !== undefined) {
    refuse(`${twice} is given twice`, "argument/twice", "give it in order or by name");
  }
  const named: Partial<Record<keyof O, unknown>> = { ...byName };
  values.forEach((v, i) => {
    if (v !== undefined) named[names[i]!] = v;
  });
  return named as O;
}

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
  const names = Object.keys(defaults) as N[];
  const named = inOrder<{ readonly [K in N]?: number }>(op, given, names);
  checkOptions(op, named, Object.fromEntries(names.map((n) => [n, NUMBER])));
  return withDefaults(defaults, named);
}
