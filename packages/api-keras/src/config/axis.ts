// The axis given alone where options are expected: `sum(x, 1)` = `sum(x, { axis: 1 })`.
import { checkOptions } from "./arguments.js";

/** Options, or their axis alone. */
export type AxisOr<O extends { readonly axis?: unknown }> = O | Exclude<O["axis"], undefined>;

/**
 * The options, checked.
 * @throws {ArgumentError} when one is unknown
 */
export function axisOptions<O extends { readonly axis?: unknown }>(
  owner: string,
  given: AxisOr<O>,
  known: readonly string[],
): O {
  const alone = given === null || typeof given !== "object" || Array.isArray(given);
  const options = (alone ? { axis: given } : given) as O;
  checkOptions(owner, options, known);
  return options;
}
