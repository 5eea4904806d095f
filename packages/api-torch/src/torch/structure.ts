// Arguments and results of compiled functions: tensors inside arrays and plain objects, and what else belongs to a call.
import * as core from "@isoform/core";

/** A value with places for tensors: how to build it again from a list of tensors. */
export type Structure =
  | { readonly kind: "tensor"; readonly index: number }
  | { readonly kind: "constant"; readonly value: unknown }
  | { readonly kind: "list"; readonly items: readonly Structure[] }
  | { readonly kind: "record"; readonly items: readonly (readonly [string, Structure])[] };

/** Makes the error for a value that is none of what `flatten` knows. */
export type Refusal = (value: unknown) => Error;

/**
 * Takes a value apart; its tensors are appended to `tensors`.
 * @param keep which values other than tensors, arrays and plain objects stay as they are
 * @throws what `refusal` makes
 */
export function flatten(
  value: unknown,
  tensors: core.Tensor[],
  keep: (value: unknown) => boolean,
  refusal: Refusal,
): Structure {
  if (value instanceof core.Tensor) {
    tensors.push(value);
    return { kind: "tensor", index: tensors.length - 1 };
  }
  if (keep(value)) return { kind: "constant", value };
  if (Array.isArray(value)) {
    return { kind: "list", items: value.map((v: unknown) => flatten(v, tensors, keep, refusal)) };
  }
  if (typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype) {
    const entries: readonly [string, unknown][] = Object.entries(value);
    return {
      kind: "record",
      items: entries.map(([name, v]) => [name, flatten(v, tensors, keep, refusal)] as const),
    };
  }
  throw refusal(value);
}

/** The value of a structure. */
export function build(structure: Structure, tensors: readonly core.Tensor[]): unknown {
  switch (structure.kind) {
    case "tensor":
      return tensors[structure.index];
    case "constant":
      return structure.value;
    case "list":
      return structure.items.map((s) => build(s, tensors));
    case "record":
      return Object.fromEntries(structure.items.map(([name, s]) => [name, build(s, tensors)]));
  }
}

/** Equal for structures that are equal, constants included. */
export function keyOf(structure: Structure): string {
  switch (structure.kind) {
    case "tensor":
      return "t";
    case "constant":
      return constantKey(structure.value);
    case "list":
      return `[${structure.items.map(keyOf).join()}]`;
    case "record":
      return `{${structure.items.map(([name, s]) => `${JSON.stringify(name)}:${keyOf(s)}`).join()}}`;
  }
}

function constantKey(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "bigint") return `${value}n`;
  return Object.is(value, -0) ? "-0" : String(value);
}

/** How a value is called in messages. */
export function kindOf(value: unknown): string {
  if (value === null || (typeof value !== "object" && typeof value !== "function")) return String(value);
  const name: unknown = value.constructor?.name;
  return typeof name === "string" && name !== "" ? `a ${name}` : "an object";
}
