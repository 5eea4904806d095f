// The header messages that the writer needs: types, shapes, layouts, links, attributes.
import { ArgumentError, DTypeError } from "@isoform/core";
import type { RawDType } from "../../raw-tensor.js";
import { MESSAGE } from "../read/object-header.js";
import type { Hdf5Value } from "../types.js";
import { lookup3 } from "../checksum.js";
import { ByteSink } from "./byte-sink.js";

/** Where a text lies in the global heap. */
export interface HeapPlace {
  readonly address: number;
  readonly index: number;
}

/** One header message to write. */
export interface OutMessage {
  readonly type: number;
  readonly data: Uint8Array;
}

const UTF8 = 0x10;
const MAX_MESSAGE = 65_535;

/** Exponent position and bits, mantissa bits and bias. */
const FLOATS: Partial<Record<RawDType, readonly [number, number, number, number, number]>> = {
  float16: [2, 10, 5, 10, 15],
  bfloat16: [2, 7, 8, 7, 127],
  float32: [4, 23, 8, 23, 127],
  float64: [8, 52, 11, 52, 1023],
};

const INTEGERS: Partial<Record<RawDType, readonly [number, boolean]>> = {
  uint8: [1, false],
  int8: [1, true],
  uint16: [2, false],
  int16: [2, true],
  uint32: [4, false],
  int32: [4, true],
  uint64: [8, false],
  int64: [8, true],
};

function integerType(size: number, signed: boolean): ByteSink {
  return new ByteSink()
    .u8(0x10, signed ? 8 : 0, 0, 0)
    .uint(size, 4)
    .uint(0, 2)
    .uint(size * 8, 2);
}

function paddedName(text: string): Uint8Array {
  return new ByteSink().text(text).u8(0).align(8).toBytes();
}

/**
 * The datatype message of a number type.
 * @throws {DTypeError} (`hdf5/dtype`) when HDF5 does not have it
 */
export function numberType(dtype: RawDType, path: string): Uint8Array {
  const float = FLOATS[dtype];
  if (float) {
    const [size, exponentAt, exponentBits, mantissaBits, bias] = float;
    return new ByteSink()
      .u8(0x11, 0x20, size * 8 - 1, 0)
      .uint(size, 4)
      .uint(0, 2)
      .uint(size * 8, 2)
      .u8(exponentAt, exponentBits, 0, mantissaBits)
      .uint(bias, 4)
      .toBytes();
  }
  const integer = INTEGERS[dtype];
  if (integer) return integerType(...integer).toBytes();
  if (dtype === "bool") {
    return new ByteSink()
      .u8(0x18, 2, 0, 0)
      .uint(1, 4)
      .bytes(integerType(1, true).toBytes())
      .bytes(paddedName("FALSE"))
      .bytes(paddedName("TRUE"))
      .u8(0, 1)
      .toBytes();
  }
  throw new DTypeError(`${dtype} cannot be written to HDF5`, {
    code: "hdf5/dtype",
    op: "HDF5",
    path,
    hint: "convert it to a float, an integer or bool first",
  });
}

/** Null-padded UTF-8 text of `size` bytes. */
function fixedTextType(size: number): Uint8Array {
  return new ByteSink()
    .u8(0x13, UTF8 | 1, 0, 0)
    .uint(size, 4)
    .toBytes();
}

/** Variable-length UTF-8 text. */
function variableTextType(): Uint8Array {
  return new ByteSink().u8(0x19, 0x01, 0x01, 0).uint(16, 4).bytes(integerType(1, false).toBytes()).toBytes();
}

/** The dataspace message of a shape; null is the empty dataspace. */
export function dataspace(shape: readonly number[] | null): Uint8Array {
  const sink = new ByteSink().u8(2, shape?.length ?? 0, 0, shape === null ? 2 : shape.length === 0 ? 0 : 1);
  for (const dim of shape ?? []) sink.uint(dim, 8);
  return sink.toBytes();
}

/** Default fill value, space allocated when written. */
export const FILL_MESSAGE: readonly number[] = [3, 0x0a];

/** Contiguous layout; no address for datasets without elements. */
export function contiguousLayout(address: number, size: number): Uint8Array {
  const sink = new ByteSink().u8(3, 1);
  return (size === 0 ? sink.nowhere() : sink.uint(address, 8)).uint(size, 8).toBytes();
}

/** A hard link. */
export function linkMessage(name: string, address: number): OutMessage {
  const bytes = new TextEncoder().encode(name);
  const wide = bytes.length > 255;
  const data = new ByteSink()
    .u8(1, UTF8 | (wide ? 1 : 0), 1)
    .uint(bytes.length, wide ? 2 : 1)
    .bytes(bytes)
    .uint(address, 8)
    .toBytes();
  return { type: MESSAGE.link, data };
}

/** The message that makes a header that of a group with its links inside. */
export function linkInfoMessage(): OutMessage {
  return { type: MESSAGE.linkInfo, data: new ByteSink().u8(0, 0).nowhere().nowhere().toBytes() };
}

/** Says that the attributes lie in the header; without it libraries count none. */
export function attributeInfoMessage(): OutMessage {
  return { type: MESSAGE.attributeInfo, data: new ByteSink().u8(0, 0).nowhere().nowhere().toBytes() };
}

/**
 * An attribute. Scalar texts lie in the global heap; lists of texts have a fixed length.
 * @throws {ArgumentError} (`hdf5/attribute-size`) when the values need more than 64 kB in the object header
 */
export function attributeMessage(
  name: string,
  value: Hdf5Value,
  place: (text: string) => HeapPlace,
  path: string,
): OutMessage {
  const { type, shape, data } = attributeParts(value, place, path);
  const nameBytes = new ByteSink().text(name).u8(0).toBytes();
  const space = dataspace(shape);
  const message = new ByteSink()
    .u8(3, 0)
    .uint(nameBytes.length, 2)
    .uint(type.length, 2)
    .uint(space.length, 2)
    .u8(1)
    .bytes(nameBytes)
    .bytes(type)
    .bytes(space)
    .bytes(data)
    .toBytes();
  if (message.length > MAX_MESSAGE)
    throw new ArgumentError(`the attribute ${JSON.stringify(name)} needs ${message.length} bytes`, {
      code: "hdf5/attribute-size",
      op: "HDF5",
      path,
      hint: "an attribute holds at most 64 kB: split the list, or store it as a dataset",
    });
  return { type: MESSAGE.attribute, data: message };
}

function attributeParts(
  value: Hdf5Value,
  place: (text: string) => HeapPlace,
  path: string,
): { type: Uint8Array; shape: readonly number[] | null; data: Uint8Array } {
  if (value === null) return { type: numberType("float32", path), shape: null, data: new Uint8Array() };
  if (typeof value === "string") {
    const length = new TextEncoder().encode(value).length;
    const data = new ByteSink().uint(length, 4);
    if (length === 0) data.bytes(new Uint8Array(12));
    else {
      const { address, index } = place(value);
      data.uint(address, 8).uint(index, 4);
    }
    return { type: variableTextType(), shape: [], data: data.toBytes() };
  }
  if ("dtype" in value) return { type: numberType(value.dtype, path), shape: value.shape, data: value.data };
  const texts = value.map((text) => new TextEncoder().encode(text));
  const size = texts.reduce((most, text) => Math.max(most, text.length), 1);
  const data = new Uint8Array(size * texts.length);
  texts.forEach((text, i) => data.set(text, i * size));
  return { type: fixedTextType(size), shape: [texts.length], data };
}

/** An object header (version 2) of `messages`. */
export function objectHeader(messages: readonly OutMessage[]): Uint8Array {
  const body = new ByteSink();
  for (const { type, data } of messages) body.u8(type).uint(data.length, 2).u8(0).bytes(data);
  const bytes = new ByteSink()
    .text("OHDR")
    .u8(2, 0x02)
    .uint(body.position, 4)
    .bytes(body.toBytes())
    .toBytes();
  return new ByteSink().bytes(bytes).uint(lookup3(bytes), 4).toBytes();
}
