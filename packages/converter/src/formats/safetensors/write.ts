// Writer of safetensors files.
import { ArgumentError, DTypeError } from "@isoform/core";
import { describeRaw, rawBits, rawTensor, type RawTensor } from "../raw-tensor.js";
import { RAW_TO_SAFETENSORS } from "./dtypes.js";

/** Options of the writer. */
export interface SafetensorsWriteOptions {
  /** Strings for `__metadata__`, e.g. `{ format: "pt" }`. */
  readonly metadata?: Readonly<Record<string, string>> | ReadonlyMap<string, string>;
}

/**
 * The file as parts to be written one after the other: the header, then each tensor's bytes (views, not
 * copies). Header order is the order of `tensors`; data order is by falling element size, so that all data is
 * aligned.
 * @throws {DTypeError} when safetensors has no such element type (int4, quantized types, complex32,
 * complex128, string, …)
 * @throws {ModelFormatError} when data and shape of a tensor disagree
 * @throws {ArgumentError} when a tensor is named `__metadata__`
 * @see https://github.com/huggingface/safetensors
 */
export function safetensorsParts(
  tensors: ReadonlyMap<string, RawTensor>,
  options: SafetensorsWriteOptions = {},
): Uint8Array[] {
  const byAlignment = [...tensors].toSorted(([, a], [, b]) => alignment(b) - alignment(a));
  const offsets = new Map<string, readonly [number, number]>();
  let end = 0;
  for (const [name, tensor] of byAlignment) {
    rawTensor(tensor.dtype, tensor.shape, tensor.data, name);
    offsets.set(name, [end, end + tensor.data.byteLength]);
    end += tensor.data.byteLength;
  }
  const fields: string[] = [];
  const { metadata } = options;
  if (metadata) fields.push(`"__metadata__":${stringMap(metadata)}`);
  for (const [name, tensor] of tensors) {
    const dtype = RAW_TO_SAFETENSORS.get(tensor.dtype);
    if (!dtype)
      throw new DTypeError(`safetensors has no element type for ${describeRaw(tensor)}`, {
        code: "dtype/not-in-format",
        path: name,
        hint: "convert the tensor to another dtype first",
      });
    if (name === "__metadata__")
      throw new ArgumentError("a tensor cannot have this name", {
        code: "argument/reserved-name",
        path: name,
      });
    const info = { dtype, shape: tensor.shape, data_offsets: offsets.get(name) };
    fields.push(`${JSON.stringify(name)}:${JSON.stringify(info)}`);
  }
  const json = new TextEncoder().encode(`{${fields.join(",")}}`);
  const headerLength = Math.ceil(json.byteLength / 8) * 8;
  const header = new Uint8Array(8 + headerLength).fill(32);
  new DataView(header.buffer).setBigUint64(0, BigInt(headerLength), true);
  header.set(json, 8);
  return [header, ...byAlignment.map(([, tensor]) => tensor.data)];
}

/**
 * The file in one piece, in the order of `safetensorsParts`.
 * @throws {DTypeError} when safetensors has no such element type
 * @throws {ModelFormatError} when data and shape of a tensor disagree
 * @throws {ArgumentError} when a tensor is named `__metadata__`
 * @throws {RangeError} when the engine has no array of that many bytes; write `safetensorsParts` one by one
 * then
 */
export function writeSafetensors(
  tensors: ReadonlyMap<string, RawTensor>,
  options: SafetensorsWriteOptions = {},
): Uint8Array {
  const parts = safetensorsParts(tensors, options);
  const file = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 0));
  let at = 0;
  for (const part of parts) {
    file.set(part, at);
    at += part.byteLength;
  }
  return file;
}

function alignment(tensor: RawTensor): number {
  const bits = rawBits(tensor.dtype);
  return bits % 8 === 0 ? bits : 1;
}

function stringMap(metadata: Readonly<Record<string, string>> | ReadonlyMap<string, string>): string {
  const entries = metadata instanceof Map ? [...metadata] : Object.entries(metadata);
  return `{${entries.map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(String(value))}`).join(",")}}`;
}
