// From the bytes of elements to tensors and texts.
import { DTypeError } from "@isoform/core";
import { decodeUtf8 } from "../../bytes.js";
import { encodeStrings, rawTensor, type RawTensor } from "../../raw-tensor.js";
import { malformed } from "../errors.js";
import { UNDEFINED_ADDRESS, type H5Context } from "./context.js";
import type { ElementType } from "./datatype.js";
import type { GlobalHeap } from "./global-heap.js";

/** @throws {DTypeError} (`hdf5/dtype`) when elements of this type are not read */
export function requireKnown(type: ElementType, path: string): void {
  if (type.storage !== "unknown") return;
  throw new DTypeError(`elements of type ${type.name} are not read`, {
    code: "hdf5/dtype",
    op: "HDF5",
    path,
    hint: "save the values as integers, IEEE floats, bool or text",
  });
}

/** Row-major little-endian tensor of `data`, which holds exactly the elements of `shape`. Views where it can. */
export function toTensor(
  context: H5Context,
  heap: GlobalHeap,
  type: ElementType,
  shape: readonly number[],
  data: Uint8Array,
  path: string,
): RawTensor {
  requireKnown(type, path);
  if (type.storage !== "number") return encodeStrings(shape, toStrings(context, heap, type, data, path));
  if (type.dtype === "bool" && data.some((byte) => byte > 1))
    throw malformed("a truth value is neither 0 nor 1", path);
  const plain = type.bigEndian && type.size > 1 ? swapped(data, type.size) : data;
  return rawTensor(type.dtype ?? "uint8", shape, plain, path);
}

function swapped(data: Uint8Array, size: number): Uint8Array {
  const out = new Uint8Array(data.length);
  for (let at = 0; at < data.length; at += size)
    for (let i = 0; i < size; i++) out[at + i] = data[at + size - 1 - i] ?? 0;
  return out;
}

/** The texts in `data`, of fixed or variable length. */
export function toStrings(
  context: H5Context,
  heap: GlobalHeap,
  type: ElementType,
  data: Uint8Array,
  path: string,
): string[] {
  const texts: string[] = [];
  for (let at = 0; at + type.size <= data.length; at += type.size) {
    const element = data.subarray(at, at + type.size);
    const bytes = type.storage === "fixed-string" ? fixed(element, type) : variable(context, heap, element);
    context.spendText(bytes.length);
    texts.push(decodeUtf8(bytes, path));
  }
  return texts;
}

function fixed(element: Uint8Array, type: ElementType): Uint8Array {
  let end = element.indexOf(0);
  if (end < 0) end = element.length;
  if (type.spacePadded) while (end > 0 && element[end - 1] === 32) end--;
  return element.subarray(0, end);
}

function variable(context: H5Context, heap: GlobalHeap, element: Uint8Array): Uint8Array {
  const r = context.over(element, 0);
  const length = r.u32();
  const address = r.address();
  const index = r.u32();
  if (length === 0 || address === UNDEFINED_ADDRESS || index === 0) return new Uint8Array();
  const bytes = heap.object(address, index);
  if (length > bytes.length)
    throw malformed("a text is longer than its place in the heap", context.place(address));
  const text = bytes.subarray(0, length);
  const zero = text.indexOf(0);
  return zero < 0 ? text : text.subarray(0, zero);
}
