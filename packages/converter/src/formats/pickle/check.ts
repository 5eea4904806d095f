// Checks on a finished pickle as a whole: nesting and unique dict keys. Walks without recursion.
import { LimitExceededError, ModelFormatError } from "@isoform/core";
import type { Limits } from "../limits.js";
import type { PickleDict, PickleValue } from "./value.js";

/** Levels of values per level of layers: a module is object, state, `_modules` and child name. */
const VALUES_PER_LEVEL = 8;

/** Levels of values allowed inside one another. */
export function maximumDepth(limits: Limits): number {
  return limits.nesting * VALUES_PER_LEVEL;
}

/** The values directly inside `value`. */
export function childrenOf(value: PickleValue): readonly PickleValue[] {
  switch (value.kind) {
    case "list":
    case "tuple":
    case "set":
      return value.items;
    case "dict":
      return [...value.entries.flat(), ...present(value.attributes)];
    case "object":
      return [
        ...value.args,
        ...value.items,
        ...value.entries.flat(),
        ...present(value.kwargs),
        ...present(value.state),
      ];
    case "tensor":
      return present(value.attributes);
    default:
      return [];
  }
}

/** True when `childrenOf` gives any. Never throws. */
export function hasChildren(value: PickleValue): boolean {
  switch (value.kind) {
    case "list":
    case "tuple":
    case "set":
      return value.items.length > 0;
    case "dict":
      return value.entries.length > 0 || value.attributes !== undefined;
    case "object":
      return (
        value.args.length + value.items.length + value.entries.length > 0 ||
        value.kwargs !== undefined ||
        value.state !== undefined
      );
    case "tensor":
      return value.attributes !== undefined;
    default:
      return false;
  }
}

function present(value: PickleValue | undefined): readonly PickleValue[] {
  return value ? [value] : [];
}

interface Visit {
  readonly value: PickleValue;
  readonly children: readonly PickleValue[];
  next: number;
  depth: number;
}

/**
 * Checks every value reachable from `root`; values that contain themselves are allowed.
 * @returns The depth of the deepest value.
 * @throws {LimitExceededError} when values are nested deeper than 8 × `limits.nesting`
 * @throws {ModelFormatError} when a dict has a string or int key twice
 */
export function checkPickle(root: PickleValue, limits: Limits, name: string): number {
  const depths = new Map<PickleValue, number>();
  const maximum = maximumDepth(limits);
  const stack: Visit[] = [];
  const enter = (value: PickleValue): void => {
    if (stack.length >= maximum) throw tooDeep(maximum, name);
    depths.set(value, 0);
    if (value.kind === "dict" || value.kind === "object") checkKeys(value.entries, name);
    stack.push({ value, children: childrenOf(value), next: 0, depth: 0 });
  };
  enter(root);
  for (;;) {
    const visit = stack.at(-1);
    if (!visit) return depths.get(root) ?? 0;
    const child = visit.children[visit.next++];
    if (!child) {
      stack.pop();
      const depth = visit.depth + 1;
      depths.set(visit.value, depth);
      const parent = stack.at(-1);
      if (parent) parent.depth = Math.max(parent.depth, depth);
      continue;
    }
    const known = depths.get(child);
    if (known === undefined) enter(child);
    else {
      visit.depth = Math.max(visit.depth, known);
      if (stack.length + known > maximum) throw tooDeep(maximum, name);
    }
  }
}

/** The error for values nested too deeply. */
export function tooDeep(maximum: number, path: string): LimitExceededError {
  return new LimitExceededError(`values are nested more than ${maximum} levels deep`, {
    code: "limit/nesting",
    path,
    hint: "if you trust the file, raise limits.nesting",
  });
}

function checkKeys(entries: PickleDict["entries"], path: string): void {
  const seen = new Set<string | bigint>();
  for (const [key] of entries) {
    if (key.kind !== "str" && key.kind !== "int") continue;
    if (seen.has(key.value))
      throw new ModelFormatError(`the key ${JSON.stringify(String(key.value))} occurs twice in a dict`, {
        code: "format/pickle",
        path,
      });
    seen.add(key.value);
  }
}
