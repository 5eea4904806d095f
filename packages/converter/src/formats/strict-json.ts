// JSON for untrusted files: objects become Maps, so order and odd names survive; duplicate keys are errors.
import { LimitExceededError, ModelFormatError } from "@isoform/core";

/** A JSON value whose objects are Maps in file order. */
export type JsonValue =
  | null
  | boolean
  | number
  | string
  | readonly JsonValue[]
  | ReadonlyMap<string, JsonValue>;

/** True when `text` holds a character below U+0020. Never throws. */
export function hasControlCharacter(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) < 32) return true;
  return false;
}

/** True for a JSON object, which is a Map here. Never throws. */
export function isJsonObject(value: JsonValue | undefined): value is ReadonlyMap<string, JsonValue> {
  return value instanceof Map;
}

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const LITERALS: readonly (readonly [string, JsonValue])[] = [
  ["true", true],
  ["false", false],
  ["null", null],
];

/**
 * Parses JSON (RFC 8259) strictly: one value, no duplicate keys, at most `maxDepth` levels.
 * @param name File name for messages.
 * @param maxDepth Levels of arrays and objects inside the outermost value; 64 unless given.
 * @throws {ModelFormatError} (`format/json`) when the text is not such JSON; it says at which character
 * @throws {LimitExceededError} (`limit/nesting`) when values are nested deeper
 * @see RFC 8259, https://www.rfc-editor.org/rfc/rfc8259
 */
export function parseStrictJson(text: string, name: string, maxDepth = 64): JsonValue {
  const parser = new Parser(text, name, maxDepth);
  const value = parser.value(0);
  parser.space();
  if (parser.at < text.length) throw parser.bad("text after the JSON value");
  return value;
}

class Parser {
  at = 0;
  readonly #text: string;
  readonly #name: string;
  readonly #maxDepth: number;

  constructor(text: string, name: string, maxDepth: number) {
    this.#text = text;
    this.#name = name;
    this.#maxDepth = maxDepth;
  }

  bad(problem: string): ModelFormatError {
    return new ModelFormatError(problem, { code: "format/json", path: `${this.#name}@${this.at}` });
  }

  space(): void {
    for (;;) {
      const code = this.#text.charCodeAt(this.at);
      if (code !== 32 && code !== 10 && code !== 13 && code !== 9) return;
      this.at++;
    }
  }

  #eat(character: string): boolean {
    this.space();
    if (this.#text[this.at] !== character) return false;
    this.at++;
    return true;
  }

  #expect(character: string): void {
    if (!this.#eat(character)) throw this.bad(`expected ${JSON.stringify(character)}`);
  }

  value(depth: number): JsonValue {
    if (depth > this.#maxDepth)
      throw new LimitExceededError(`more than ${this.#maxDepth} levels of JSON`, {
        code: "limit/nesting",
        path: `${this.#name}@${this.at}`,
      });
    this.space();
    const first = this.#text[this.at];
    if (first === "{") return this.#object(depth);
    if (first === "[") return this.#array(depth);
    if (first === '"') return this.#string();
    return this.#scalar();
  }

  #scalar(): JsonValue {
    const text = this.#text;
    let end = this.at;
    let number = 0;
    for (let code = text.charCodeAt(end); code >= 48 && code <= 57; code = text.charCodeAt(++end))
      number = number * 10 + code - 48;
    const short = end > this.at && end - this.at < 16 && (text[this.at] !== "0" || end === this.at + 1);
    if (short && ",]} ".includes(text[end] ?? "x")) {
      this.at = end;
      return number;
    }
    for (const [word, value] of LITERALS) {
      if (!this.#text.startsWith(word, this.at)) continue;
      this.at += word.length;
      return value;
    }
    NUMBER.lastIndex = this.at;
    const match = NUMBER.exec(this.#text);
    if (!match) throw this.bad("not a JSON value");
    this.at = NUMBER.lastIndex;
    return Number(match[0]);
  }

  #object(depth: number): JsonValue {
    const map = new Map<string, JsonValue>();
    this.#expect("{");
    if (this.#eat("}")) return map;
    do {
      this.space();
      const key = this.#string();
      if (map.has(key)) throw this.bad(`the key ${JSON.stringify(key)} occurs twice`);
      this.#expect(":");
      map.set(key, this.value(depth + 1));
    } while (this.#eat(","));
    this.#expect("}");
    return map;
  }

  #array(depth: number): JsonValue {
    const items: JsonValue[] = [];
    this.#expect("[");
    if (this.#eat("]")) return items;
    do items.push(this.value(depth + 1));
    while (this.#eat(","));
    this.#expect("]");
    return items;
  }

  #string(): string {
    const start = this.at;
    if (this.#text[start] !== '"') throw this.bad("expected a string");
    let end = this.#text.indexOf('"', start + 1);
    const plain = this.#text.slice(start + 1, end);
    if (end > 0 && !plain.includes("\\")) {
      if (hasControlCharacter(plain)) throw this.bad("a control character in a string");
      this.at = end + 1;
      return plain;
    }
    while (end > 0 && this.#escaped(end)) end = this.#text.indexOf('"', end + 1);
    if (end < 0) throw this.bad("the string does not end");
    try {
      const value: unknown = JSON.parse(this.#text.slice(start, end + 1));
      this.at = end + 1;
      return String(value);
    } catch {
      throw this.bad("bad escape in a string");
    }
  }

  #escaped(quote: number): boolean {
    let slashes = 0;
    while (this.#text[quote - 1 - slashes] === "\\") slashes++;
    return slashes % 2 === 1;
  }
}
