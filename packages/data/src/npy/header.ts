// The header of an npy file: a Python dictionary literal, read by a parser that knows literals and nothing else.
import { DTypeError, ModelFormatError, UnsafeModelError } from "@isoform/core";
import type { DType } from "@isoform/core";

/** What the header says. */
export interface NpyHeader {
  readonly dtype: DType;
  readonly bigEndian: boolean;
  readonly fortranOrder: boolean;
  readonly shape: readonly number[];
}

type Literal = string | number | boolean | null | readonly Literal[] | ReadonlyMap<string, Literal>;

const DEPTH = 8;
// NumPy's own bound on the number of axes.
const RANK = 64;

/**
 * Reads the header's text.
 * @throws {ModelFormatError} for anything but the three known keys
 * @throws {UnsafeModelError} for object arrays
 * @throws {DTypeError} for element types without a counterpart (complex, strings, dates, records)
 */
export function parseNpyHeader(text: string, path: string): NpyHeader {
  const parser = new LiteralParser(text, path);
  const header = parser.parse();
  if (!(header instanceof Map)) throw bad("the header is not a dictionary", path);
  const known = ["descr", "fortran_order", "shape"];
  const keys = [...header.keys()];
  if (keys.length !== known.length || !known.every((key) => header.has(key))) {
    throw bad(`the header has the keys ${keys.map((k) => JSON.stringify(k)).join(", ")}`, path);
  }
  const fortranOrder: Literal | undefined = header.get("fortran_order");
  if (typeof fortranOrder !== "boolean") throw bad("fortran_order is not True or False", path);
  return {
    ...parseDescr(header.get("descr"), path),
    fortranOrder,
    shape: parseShape(header.get("shape"), path),
  };
}

function parseShape(value: Literal | undefined, path: string): readonly number[] {
  if (!Array.isArray(value)) throw bad("shape is not a tuple", path);
  if (value.length > RANK) throw bad(`shape has ${value.length} axes, over ${RANK}`, path);
  const sizes = value as readonly Literal[];
  if (!sizes.every((size): size is number => typeof size === "number" && size >= 0)) {
    throw bad("shape holds something else than sizes", path);
  }
  return sizes;
}

const KINDS: Readonly<Record<string, DType>> = {
  b1: "bool",
  u1: "uint8",
  u2: "uint16",
  u4: "uint32",
  u8: "uint64",
  i1: "int8",
  i2: "int16",
  i4: "int32",
  i8: "int64",
  f2: "float16",
  f4: "float32",
  f8: "float64",
};

function parseDescr(value: Literal | undefined, path: string): { dtype: DType; bigEndian: boolean } {
  if (Array.isArray(value)) throw unsupported("records (structured arrays)", path);
  if (typeof value !== "string") throw bad("descr is not a string", path);
  const match = /^([<>|=]?)([A-Za-z?])(\d*)(\[.*\])?$/.exec(value);
  if (!match) throw bad(`descr ${JSON.stringify(value)} is not an element type`, path);
  const [, order, kind, size] = match;
  if (kind === "O") {
    throw new UnsafeModelError("holds Python objects, which only running pickle could read", {
      code: "unsafe/object-array",
      path,
      hint: "save it again with a numeric dtype (allow_pickle=False)",
    });
  }
  const key = `${kind}${size}`;
  const dtype = Object.hasOwn(KINDS, key) ? KINDS[key] : undefined;
  if (dtype === undefined) throw unsupported(`the element type ${JSON.stringify(value)}`, path);
  return { dtype, bigEndian: order === ">" };
}

/** Text for a header. @throws {DTypeError} for bfloat16, which npy cannot name */
export function formatNpyHeader(dtype: DType, shape: readonly number[]): string {
  const kind = Object.keys(KINDS).find((key) => KINDS[key] === dtype);
  if (kind === undefined) throw unsupported(`the element type ${dtype}`, "npy");
  const order = kind.endsWith("1") ? "|" : "<";
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(", ")})`;
  return `{'descr': '${order}${kind}', 'fortran_order': False, 'shape': ${tuple}, }`;
}

/** Strings, whole numbers, True, False, None, tuples, lists and dictionaries with string keys. */
class LiteralParser {
  readonly #text: string;
  readonly #path: string;
  #at = 0;

  constructor(text: string, path: string) {
    this.#text = text;
    this.#path = path;
  }

  parse(): Literal {
    const value = this.#value(0);
    if (this.#peek() !== "") throw this.#fail("something follows");
    return value;
  }

  #value(depth: number): Literal {
    if (depth > DEPTH) throw this.#fail("too deep");
    const next = this.#peek();
    if (next === "'" || next === '"') return this.#string();
    if (next === "(") return this.#sequence(")", depth);
    if (next === "[") return this.#sequence("]", depth);
    if (next === "{") return this.#dictionary(depth);
    const word = /^(?:True|False|None|[0-9]+L?)(?![0-9A-Za-z_.])/.exec(
      this.#text.slice(this.#at, this.#at + 24),
    )?.[0];
    if (word === undefined) throw this.#fail("no literal");
    this.#at += word.length;
    if (word === "None") return null;
    if (word === "True" || word === "False") return word === "True";
    // Python 2 wrote sizes as 3L.
    const number = Number(word.replace("L", ""));
    if (!Number.isSafeInteger(number)) throw this.#fail("a number over 2^53");
    return number;
  }

  #string(): string {
    const quote = this.#text[this.#at] as string;
    const end = this.#text.indexOf(quote, this.#at + 1);
    if (end < 0) throw this.#fail("an open string");
    const value = this.#text.slice(this.#at + 1, end);
    if (/[\\\n]/.test(value)) throw this.#fail("an escape in a string");
    this.#at = end + 1;
    return value;
  }

  #sequence(close: string, depth: number): readonly Literal[] {
    const items: Literal[] = [];
    this.#at++;
    while (this.#peek() !== close) {
      items.push(this.#value(depth + 1));
      if (this.#peek() === ",") this.#at++;
      else if (this.#peek() !== close) throw this.#fail("no comma");
    }
    this.#at++;
    return items;
  }

  #dictionary(depth: number): ReadonlyMap<string, Literal> {
    const items = new Map<string, Literal>();
    this.#at++;
    while (this.#peek() !== "}") {
      const key = this.#value(depth + 1);
      if (typeof key !== "string") throw this.#fail("a key that is not a string");
      if (items.has(key)) throw this.#fail(`the key ${JSON.stringify(key)} twice`);
      if (this.#peek() !== ":") throw this.#fail("no colon");
      this.#at++;
      items.set(key, this.#value(depth + 1));
      if (this.#peek() === ",") this.#at++;
      else if (this.#peek() !== "}") throw this.#fail("no comma");
    }
    this.#at++;
    return items;
  }

  /** The next character that is not white space, or "" at the end. */
  #peek(): string {
    while (/[ \n]/.test(this.#text[this.#at] ?? "")) this.#at++;
    return this.#text[this.#at] ?? "";
  }

  #fail(problem: string): ModelFormatError {
    return bad(`the header is not a dictionary of literals: ${problem} at character ${this.#at}`, this.#path);
  }
}

function bad(problem: string, path: string): ModelFormatError {
  return new ModelFormatError(problem, { code: "format/npy", path });
}

function unsupported(what: string, path: string): DTypeError {
  return new DTypeError(`${what} is not supported`, {
    code: "dtype/unsupported",
    path,
    hint: "convert to a bool, integer or float dtype of NumPy first",
  });
}
