// JSON of Keras files as plain data: objects without a prototype, so that no name in a file has a meaning.
import { ModelFormatError } from "@isoform/core";
import type { Limits } from "../limits.js";
import { parseStrictJson, type JsonValue } from "../strict-json.js";

/** A JSON value. Objects have no prototype; keys such as `__proto__` are ordinary. */
export type PlainJson = null | boolean | number | string | readonly PlainJson[] | PlainObject;
/** A JSON object. */
export interface PlainObject {
  readonly [key: string]: PlainJson;
}

/** JSON levels per level of layers in layers: list, layer, config, and the objects of an initialiser. */
const LEVELS_PER_LAYER = 6;

/**
 * Parses JSON strictly (no duplicate keys, depth limited to 6 × `nesting`).
 * @param name File name for messages.
 * @throws {ModelFormatError} (`format/json`) when the text is not such JSON
 * @throws {LimitExceededError} (`limit/nesting`) when values are nested deeper
 */
export function parsePlainJson(text: string, name: string, limits: Limits): PlainJson {
  return toPlain(parseStrictJson(text, name, limits.nesting * LEVELS_PER_LAYER));
}

function toPlain(value: JsonValue): PlainJson {
  if (value instanceof Map) {
    const object: Record<string, PlainJson> = Object.create(null);
    for (const [key, item] of value as ReadonlyMap<string, JsonValue>) object[key] = toPlain(item);
    return object;
  }
  if (Array.isArray(value)) return (value as readonly JsonValue[]).map(toPlain);
  return value as null | boolean | number | string;
}

/** True for a JSON object: neither a list nor null. Never throws. */
export function isPlainObject(value: PlainJson | undefined): value is PlainObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The object `value`. @throws {ModelFormatError} (`keras/config`) when it is something else */
export function requireObject(value: PlainJson | undefined, path: string): PlainObject {
  if (isPlainObject(value)) return value;
  throw new ModelFormatError("expected a JSON object", { code: "keras/config", path });
}

/** The list `value`. @throws {ModelFormatError} (`keras/config`) when it is something else */
export function requireList(value: PlainJson | undefined, path: string): readonly PlainJson[] {
  if (Array.isArray(value)) return value as readonly PlainJson[];
  throw new ModelFormatError("expected a JSON list", { code: "keras/config", path });
}

/** The text `value`. @throws {ModelFormatError} (`keras/config`) when it is something else */
export function requireText(value: PlainJson | undefined, path: string): string {
  if (typeof value === "string") return value;
  throw new ModelFormatError("expected a JSON string", { code: "keras/config", path });
}
