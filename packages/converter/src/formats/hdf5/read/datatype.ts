// Datatype and dataspace messages: what one element is, and how many there are.
import { LimitExceededError } from "@isoform/core";
import type { RawDType } from "../../raw-tensor.js";
import { decodeUtf8 } from "../../bytes.js";
import { malformed } from "../errors.js";
import type { H5Context, H5Reader } from "./context.js";

/** How elements lie in the file. */
export interface ElementType {
  readonly storage: "number" | "fixed-string" | "variable-string" | "unknown";
  /** Element type, or null for `unknown`. */
  readonly dtype: RawDType | null;
  /** Bytes of one element in the file. */
  readonly size: number;
  readonly bigEndian: boolean;
  /** Space-padded text, whose trailing spaces do not count. */
  readonly spacePadded: boolean;
  /** In words, for messages. */
  readonly name: string;
}

/** Extent of a dataset or attribute. `shape` is null for the empty dataspace. */
export interface Dataspace {
  readonly shape: readonly number[] | null;
  /** Largest extent per axis; Infinity when unlimited. */
  readonly maxShape: readonly number[];
}

const CLASS_NAMES = [
  "integer",
  "float",
  "time",
  "string",
  "bit field",
  "opaque",
  "compound",
  "reference",
  "enumeration",
  "variable-length sequence",
  "array",
  "complex",
];

/** Exponent position, exponent bits, mantissa bits and bias of the IEEE-like floats that are read. */
const FLOATS: readonly { dtype: RawDType; size: number; layout: readonly number[] }[] = [
  { dtype: "float16", size: 2, layout: [10, 5, 0, 10, 15] },
  { dtype: "bfloat16", size: 2, layout: [7, 8, 0, 7, 127] },
  { dtype: "float32", size: 4, layout: [23, 8, 0, 23, 127] },
  { dtype: "float64", size: 8, layout: [52, 11, 0, 52, 1023] },
];

const INTEGERS: Readonly<Record<number, readonly [RawDType, RawDType]>> = {
  1: ["uint8", "int8"],
  2: ["uint16", "int16"],
  4: ["uint32", "int32"],
  8: ["uint64", "int64"],
};

/** Reads a datatype message; `depth` bounds types inside types. */
export function readDatatype(context: H5Context, r: H5Reader, depth = 0): ElementType {
  if (depth > 4) throw malformed("types are nested too deeply", r.place);
  const first = r.u8();
  const version = first >> 4;
  const kind = first & 15;
  const bits = r.uint(3);
  const size = r.u32();
  const named = CLASS_NAMES[kind];
  if (version < 1 || version > 5 || named === undefined)
    throw malformed(`datatype class ${kind} version ${version} is unknown`, r.place, "hdf5/version");
  if (size === 0) throw malformed("an element has no bytes", r.place);
  const unknown: ElementType = {
    storage: "unknown",
    dtype: null,
    size,
    bigEndian: false,
    spacePadded: false,
    name: `${named} of ${size} bytes`,
  };
  const number = (dtype: RawDType | undefined): ElementType =>
    dtype === undefined
      ? unknown
      : { ...unknown, storage: "number", dtype, bigEndian: (bits & 1) !== 0, name: dtype };
  switch (kind) {
    case 0: {
      const whole = r.u16() === 0 && r.u16() === size * 8;
      return number(whole ? INTEGERS[size]?.[bits & 8 ? 1 : 0] : undefined);
    }
    case 1: {
      const whole = r.u16() === 0 && r.u16() === size * 8 && (bits & 0x40) === 0;
      const layout = [r.u8(), r.u8(), r.u8(), r.u8(), r.u32()];
      const match = FLOATS.find((f) => f.size === size && f.layout.every((x, i) => x === layout[i]));
      return number(whole ? match?.dtype : undefined);
    }
    case 3:
      return {
        ...unknown,
        storage: "fixed-string",
        dtype: "string",
        spacePadded: (bits & 15) === 2,
        name: "string",
      };
    case 8:
      return readEnumeration(context, r, version, bits & 0xffff, depth) ? number("bool") : unknown;
    case 9:
      if ((bits & 15) === 1 && size === 8 + context.offsetSize)
        return { ...unknown, storage: "variable-string", dtype: "string", name: "string" };
      return unknown;
    default:
      return unknown;
  }
}

/** True when the enumeration is h5py's bool: FALSE = 0, TRUE = 1 over one byte. */
function readEnumeration(
  context: H5Context,
  r: H5Reader,
  version: number,
  count: number,
  depth: number,
): boolean {
  const base = readDatatype(context, r, depth + 1);
  if (base.size !== 1 || count !== 2) return false;
  const names: string[] = [];
  for (let i = 0; i < count; i++) {
    const start = r.offset;
    const zero = r.bytes.indexOf(0, start);
    if (zero < 0) throw malformed("the name of an enumeration value has no end", r.place);
    names.push(decodeUtf8(r.take(zero - start), r.name, r.position));
    const used = zero + 1 - start;
    r.skip(version < 3 ? Math.ceil(used / 8) * 8 - (used - 1) : 1);
  }
  const values = [r.u8(), r.u8()];
  return values[names.indexOf("FALSE")] === 0 && values[names.indexOf("TRUE")] === 1;
}

/** Reads a dataspace message. @throws {LimitExceededError} for dimensions over 2^53 - 1 */
export function readDataspace(r: H5Reader): Dataspace {
  const version = r.u8();
  if (version !== 1 && version !== 2)
    throw malformed(`dataspace version ${version}`, r.place, "hdf5/version");
  const rank = r.u8();
  const flags = r.u8();
  const type = r.u8();
  if (version === 1) r.skip(4);
  if (rank > 32) throw malformed(`a dataspace of ${rank} dimensions is impossible`, r.place);
  if (version === 2 && type > 2) throw malformed(`dataspace type ${type}`, r.place);
  if (version === 2 && type === 2) return { shape: null, maxShape: [] };
  const shape: number[] = [];
  for (let i = 0; i < rank; i++) shape.push(dimension(r));
  const maxShape = shape.slice();
  if (flags & 1) for (let i = 0; i < rank; i++) maxShape[i] = r.extent();
  return { shape, maxShape };
}

function dimension(r: H5Reader): number {
  const place = r.place;
  const value = r.extent();
  if (value === Infinity)
    throw new LimitExceededError("a dimension is over 2^53 - 1", { code: "limit/elements", path: place });
  return value;
}
