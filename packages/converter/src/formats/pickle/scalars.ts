// The pickle opcodes that push a number, string or bytes: decoding of their arguments.
import { LimitExceededError, ModelFormatError } from "@isoform/core";
import type { ByteReader } from "../bytes.js";
import { OP } from "./opcodes.js";
import type { PickleValue } from "./value.js";

const TRUE: PickleValue = Object.freeze({ kind: "bool", value: true });
const FALSE: PickleValue = Object.freeze({ kind: "bool", value: false });
const NONE: PickleValue = Object.freeze({ kind: "none" });

/** Bytes of an integer, and characters of one in text form; CPython's own text limit is 4300. */
const MAX_INTEGER_BYTES = 4096;

/** The value that `op` pushes, or undefined when `op` does not push a scalar. @throws {ModelFormatError} */
export function readScalar(op: number, reader: ByteReader): PickleValue | undefined {
  switch (op) {
    case OP.NONE:
      return NONE;
    case OP.NEWTRUE:
      return TRUE;
    case OP.NEWFALSE:
      return FALSE;
    case OP.INT: {
      const text = ascii(reader);
      return text === "00" ? FALSE : text === "01" ? TRUE : integer(text, reader);
    }
    case OP.BININT:
      return { kind: "int", value: BigInt(reader.i32()) };
    case OP.BININT1:
      return { kind: "int", value: BigInt(reader.u8()) };
    case OP.BININT2:
      return { kind: "int", value: BigInt(reader.u16()) };
    case OP.LONG:
      return integer(ascii(reader).replace(/L$/, ""), reader);
    case OP.LONG1:
      return long(reader, reader.u8());
    case OP.LONG4:
      return long(reader, reader.i32());
    case OP.FLOAT:
      return float(ascii(reader), reader);
    case OP.BINFLOAT:
      return { kind: "float", value: reader.f64(false) };
    case OP.STRING:
      return quoted(reader);
    case OP.BINSTRING:
      return text2(reader.take(reader.i32()));
    case OP.SHORT_BINSTRING:
      return text2(reader.take(reader.u8()));
    case OP.UNICODE:
      return { kind: "str", value: rawUnicode(reader.line(reader.remaining), reader) };
    case OP.SHORT_BINUNICODE:
      return { kind: "str", value: reader.text(reader.u8()) };
    case OP.BINUNICODE:
      return { kind: "str", value: reader.text(reader.u32()) };
    case OP.BINUNICODE8:
      return { kind: "str", value: reader.text(reader.size64()) };
    case OP.SHORT_BINBYTES:
      return { kind: "bytes", value: reader.take(reader.u8()) };
    case OP.BINBYTES:
      return { kind: "bytes", value: reader.take(reader.u32()) };
    case OP.BINBYTES8:
    case OP.BYTEARRAY8:
      return { kind: "bytes", value: reader.take(reader.size64()) };
    default:
      return undefined;
  }
}

function bad(problem: string, reader: ByteReader): ModelFormatError {
  return new ModelFormatError(problem, { code: "format/pickle", path: reader.place });
}

/** The argument line of a text opcode, at most a number long. */
export function ascii(reader: ByteReader): string {
  const line = reader.line(MAX_INTEGER_BYTES + 2);
  if (line.some((byte) => byte > 126)) throw bad("text is not ASCII", reader);
  return String.fromCharCode(...line);
}

function integer(text: string, reader: ByteReader): PickleValue {
  if (!/^[+-]?\d+$/.test(text)) throw bad(`${JSON.stringify(text.slice(0, 40))} is not an integer`, reader);
  return { kind: "int", value: text.startsWith("+") ? BigInt(text.slice(1)) : BigInt(text) };
}

function long(reader: ByteReader, length: number): PickleValue {
  if (length < 0) throw bad(`an integer of ${length} bytes`, reader);
  if (length > MAX_INTEGER_BYTES)
    throw new LimitExceededError(`an integer of ${length} bytes`, {
      code: "limit/integer",
      path: reader.place,
    });
  const bytes = reader.take(length);
  let hex = "";
  for (let i = length - 1; i >= 0; i--) hex += (bytes[i] ?? 0).toString(16).padStart(2, "0");
  return { kind: "int", value: length === 0 ? 0n : BigInt.asIntN(8 * length, BigInt(`0x${hex}`)) };
}

function float(text: string, reader: ByteReader): PickleValue {
  const special: Readonly<Record<string, number>> = { nan: Number.NaN, inf: Infinity, "-inf": -Infinity };
  if (Object.hasOwn(special, text)) return { kind: "float", value: special[text] ?? Number.NaN };
  if (!/^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(text))
    throw bad(`${JSON.stringify(text.slice(0, 40))} is not a float`, reader);
  return { kind: "float", value: Number(text) };
}

/** A Python 2 string: text when it is UTF-8, otherwise bytes. */
function text2(bytes: Uint8Array): PickleValue {
  try {
    return { kind: "str", value: new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes) };
  } catch {
    return { kind: "bytes", value: bytes };
  }
}

const ESCAPES: Readonly<Record<string, number>> = { n: 10, r: 13, t: 9, a: 7, b: 8, f: 12, v: 11 };

/** A Python 2 string literal in quotes, with backslash escapes. */
function quoted(reader: ByteReader): PickleValue {
  const line = reader.line(reader.remaining);
  const quote = line[0];
  if (line.length < 2 || (quote !== 39 && quote !== 34) || line[line.length - 1] !== quote)
    throw bad("a string without quotes", reader);
  const out = new Uint8Array(line.length);
  let length = 0;
  for (let i = 1; i < line.length - 1; i++) {
    let byte = line[i] ?? 0;
    if (byte === 92) {
      const next = String.fromCharCode(line[++i] ?? 0);
      if (i >= line.length - 1) throw bad("an escape without end", reader);
      if (next === "x") {
        byte = hexNumber(line.subarray(i + 1, i + 3), 2, reader);
        i += 2;
      } else if ("01234567".includes(next)) {
        const digits = /^[0-7]{1,3}/.exec(String.fromCharCode(...line.subarray(i, i + 3)))?.[0] ?? "0";
        byte = Number.parseInt(digits, 8) & 255;
        i += digits.length - 1;
      } else if (Object.hasOwn(ESCAPES, next)) byte = ESCAPES[next] ?? 0;
      else if (next === "\\" || next === "'" || next === '"') byte = next.charCodeAt(0);
      else throw bad(`an unknown escape \\${next}`, reader);
    }
    out[length++] = byte;
  }
  return text2(out.subarray(0, length));
}

function hexNumber(bytes: Uint8Array, digits: number, reader: ByteReader): number {
  const text = String.fromCharCode(...bytes);
  if (text.length !== digits || !/^[0-9a-fA-F]+$/.test(text)) throw bad("a bad hexadecimal escape", reader);
  return Number.parseInt(text, 16);
}

/** Python's raw-unicode-escape: Latin-1 with \uXXXX and \UXXXXXXXX. */
function rawUnicode(line: Uint8Array, reader: ByteReader): string {
  const parts: string[] = [];
  let start = 0;
  const flush = (end: number): void => {
    for (let i = start; i < end; i += 8192)
      parts.push(String.fromCharCode(...line.subarray(i, Math.min(end, i + 8192))));
  };
  for (let i = line.indexOf(92); i >= 0; i = line.indexOf(92, i)) {
    const digits = line[i + 1] === 117 ? 4 : line[i + 1] === 85 ? 8 : 0;
    if (digits === 0) {
      i += 1;
      continue;
    }
    flush(i);
    const code = hexNumber(line.subarray(i + 2, i + 2 + digits), digits, reader);
    if (code > 0x10ffff) throw bad("an escape beyond Unicode", reader);
    parts.push(String.fromCodePoint(code));
    i += 2 + digits;
    start = i;
  }
  flush(line.length);
  return parts.join("");
}
