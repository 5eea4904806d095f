// Targets, predictions and sample weights as flat lists, in the order of the outputs.
import { ArgumentError } from "@isoform/core";
import { isPlainObject } from "../engine/structure.js";
import { Tensor } from "../tensor/tensor.js";

/** Outputs as a flat list in the order of `names`. */
export function flattenOutputs(value: unknown, names: readonly string[]): (Tensor | null)[] {
  if (value === null || value === undefined) return [];
  if (value instanceof Tensor) return [value];
  if (Array.isArray(value))
    return value.flatMap((v: unknown) => (v === null ? [null] : flattenOutputs(v, names)));
  if (isPlainObject(value)) return keysOf(value, names).flatMap((k) => flattenOutputs(value[k], names));
  return [];
}

function keysOf(value: Readonly<Record<string, unknown>>, names: readonly string[]): readonly string[] {
  return names.length > 0 && names.every((n) => n in value) ? names : Object.keys(value);
}

/**
 * Targets or sample weights in the order of the predictions: lists by position, objects by the names of the outputs.
 * An entry is undefined where an object has none.
 * @throws {ArgumentError} when an object has a name that no output has
 */
export function matchOutputs(
  what: string,
  given: unknown,
  predictions: unknown,
  names: readonly string[],
): (Tensor | null | undefined)[] {
  const keys = isPlainObject(predictions) ? keysOf(predictions, names) : names;
  if (!isPlainObject(given) || keys.length === 0) return flattenOutputs(given, names);
  const own = Object.keys(given);
  if (keys.length === 1 && own.length === 1) return flattenOutputs(given[own[0]!], names);
  const order = [keys, names].find((list) => own.every((k) => list.includes(k)));
  if (order === undefined) {
    const unknown = own.filter((k) => !keys.includes(k));
    throw new ArgumentError(`${what} has ${unknown.join(", ")}, which is no output of the model`, {
      code: "model/targets",
      op: "fit",
      hint: `the outputs are ${keys.join(", ")}: give each by its name`,
    });
  }
  return order.flatMap((k): (Tensor | null | undefined)[] => {
    if (!(k in given)) return [undefined];
    const value = given[k];
    return value === null || value === undefined ? [null] : flattenOutputs(value, names);
  });
}
