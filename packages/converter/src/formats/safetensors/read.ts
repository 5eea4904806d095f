// Strict reader of safetensors files, following the format description of huggingface/safetensors.
import { ModelFormatError } from "@isoform/core";
import { decodeUtf8, type ByteSource } from "../bytes.js";
import { checkLimit, resolveLimits, type Limits } from "../limits.js";
import { describeRaw, rawByteLength, type RawDType, type RawTensor } from "../raw-tensor.js";
import { isJsonObject, parseStrictJson, type JsonValue } from "../strict-json.js";
import { SAFETENSORS_TO_RAW } from "./dtypes.js";

/** Where one tensor lies. */
export interface SafetensorsEntry {
  readonly dtype: RawDType;
  readonly shape: readonly number[];
  /** Offset of the first byte in the file, in bytes. */
  readonly offset: number;
  /** Bytes of the tensor. */
  readonly byteLength: number;
}

/** An open safetensors file; tensors are read when asked for. */
export interface SafetensorsFile {
  readonly name: string;
  /** The `__metadata__` strings. */
  readonly metadata: ReadonlyMap<string, string>;
  /** All tensors in header order. */
  readonly entries: ReadonlyMap<string, SafetensorsEntry>;
  /** One tensor, row-major. @throws {ModelFormatError} when there is no such tensor (the promise rejects) */
  read(tensor: string): Promise<RawTensor>;
  /** All tensors in header order. @throws {ModelFormatError} when the file can no longer be read in full */
  readAll(): Promise<Map<string, RawTensor>>;
}

/** Options of the readers. */
export interface SafetensorsReadOptions {
  readonly limits?: Partial<Limits>;
}

/**
 * Opens a safetensors file: reads and checks the whole header, no tensor data.
 * Stricter than the reference implementation: duplicate names are errors too.
 * @throws {ModelFormatError} when the header is cut off, not JSON, or its tensors do not cover the data
 * exactly once
 * @throws {LimitExceededError} when file, header, a tensor or the number of tensors is over its limit, before
 * anything of that size is allocated
 * @throws {ArgumentError} when a limit is unknown or not a positive number
 * @see https://github.com/huggingface/safetensors
 */
export async function openSafetensors(
  source: ByteSource,
  options: SafetensorsReadOptions = {},
): Promise<SafetensorsFile> {
  const limits = resolveLimits(options.limits);
  checkLimit(limits, "fileBytes", source.size, source.name);
  if (source.size < 8) throw noSafetensors(`it has ${source.size} bytes`, source);
  const head = await source.read(0, 8);
  const declared = new DataView(head.buffer, head.byteOffset, 8).getBigUint64(0, true);
  // Not a matter of limits: no trust in the file makes it longer.
  if (declared > source.size - 8)
    throw noSafetensors(`its header would have ${declared} bytes, and the file has ${source.size}`, source);
  checkLimit(limits, "headerBytes", declared, `${source.name}@0`);
  const headerLength = Number(declared);
  const text = decodeUtf8(await source.read(8, headerLength), source.name, 8);
  if (!text.startsWith("{")) throw bad("the header does not start with {", source.name);
  const { metadata, entries } = parseHeader(text, source, 8 + headerLength, limits);
  return {
    name: source.name,
    metadata,
    entries,
    read: (tensor) => readEntry(source, entries, tensor),
    async readAll() {
      const all = new Map<string, RawTensor>();
      for (const name of entries.keys()) all.set(name, await readEntry(source, entries, name));
      return all;
    },
  };
}

function noSafetensors(why: string, { name }: ByteSource): ModelFormatError {
  return new ModelFormatError(`it is not a safetensors file, or is cut off: ${why}`, {
    code: "format/truncated",
    path: name,
    hint: "name a safetensors file; if it is one, download it again",
  });
}

async function readEntry(
  source: ByteSource,
  entries: ReadonlyMap<string, SafetensorsEntry>,
  tensor: string,
): Promise<RawTensor> {
  const entry = entries.get(tensor);
  if (!entry) throw bad(`there is no tensor ${JSON.stringify(tensor)}`, source.name);
  const data = await source.read(entry.offset, entry.byteLength);
  return { dtype: entry.dtype, shape: entry.shape, data };
}

function bad(problem: string, path: string): ModelFormatError {
  return new ModelFormatError(problem, { code: "format/safetensors", path });
}

function parseHeader(
  text: string,
  source: ByteSource,
  dataStart: number,
  limits: Limits,
): { metadata: Map<string, string>; entries: Map<string, SafetensorsEntry> } {
  checkEntryCount(text, source, limits);
  const header = parseStrictJson(text, source.name, 4);
  if (!isJsonObject(header)) throw bad("the header is not an object", source.name);
  checkLimit(limits, "entries", header.size, source.name);
  const metadata = new Map<string, string>();
  const entries = new Map<string, SafetensorsEntry>();
  for (const [name, value] of header) {
    const path = `${source.name}: ${name}`;
    if (name === "__metadata__") readMetadata(value, path, metadata);
    else entries.set(name, readInfo(value, path, dataStart, source.size, limits));
  }
  checkCoverage(entries, source, dataStart);
  return { metadata, entries };
}

/** Refuses a header with far too many tensors without parsing it. */
function checkEntryCount(text: string, source: ByteSource, limits: Limits): void {
  let count = 0;
  for (let at = text.indexOf('"data_offsets"'); at >= 0; at = text.indexOf('"data_offsets"', at + 1)) count++;
  checkLimit(limits, "entries", count, source.name);
}

function readMetadata(value: JsonValue, path: string, metadata: Map<string, string>): void {
  if (!isJsonObject(value)) throw bad("is not an object", path);
  for (const [key, text] of value) {
    if (typeof text !== "string") throw bad(`the value of ${JSON.stringify(key)} is not a string`, path);
    metadata.set(key, text);
  }
}

function readInfo(
  value: JsonValue,
  path: string,
  dataStart: number,
  size: number,
  limits: Limits,
): SafetensorsEntry {
  if (!isJsonObject(value)) throw bad("is not an object", path);
  for (const key of value.keys()) {
    if (key !== "dtype" && key !== "shape" && key !== "data_offsets")
      throw bad(`has the unknown field ${JSON.stringify(key)}`, path);
  }
  const dtypeName = value.get("dtype");
  const dtype = typeof dtypeName === "string" ? SAFETENSORS_TO_RAW.get(dtypeName) : undefined;
  if (!dtype) throw bad(`has the unknown dtype ${JSON.stringify(dtypeName)}`, path);
  const shape = counts(value.get("shape"), "shape", path);
  const [begin, end, ...rest] = counts(value.get("data_offsets"), "data_offsets", path);
  if (begin === undefined || end === undefined || rest.length > 0)
    throw bad("data_offsets is not a pair", path);
  if (begin > end || end > size - dataStart)
    throw bad(`lies at ${begin}…${end} of ${size - dataStart} data bytes`, path);
  const need = rawByteLength(dtype, shape, path);
  if (need !== end - begin)
    throw bad(`${describeRaw({ dtype, shape })} needs ${need} bytes, but ${end - begin} are given`, path);
  checkLimit(limits, "tensorBytes", need, path);
  return { dtype, shape, offset: dataStart + begin, byteLength: need };
}

function counts(value: JsonValue | undefined, field: string, path: string): number[] {
  if (!Array.isArray(value)) throw bad(`${field} is not a list`, path);
  return value.map((item: JsonValue) => {
    if (typeof item === "number" && Number.isSafeInteger(item) && item >= 0) return item;
    throw bad(`${field} holds ${JSON.stringify(item)}`, path);
  });
}

function checkCoverage(entries: Map<string, SafetensorsEntry>, source: ByteSource, dataStart: number): void {
  const sorted = [...entries].toSorted(([, a], [, b]) => a.offset - b.offset || a.byteLength - b.byteLength);
  let end = dataStart;
  for (const [name, entry] of sorted) {
    if (entry.offset !== end) {
      const problem =
        entry.offset < end ? "overlaps another tensor" : `leaves a hole of ${entry.offset - end} bytes`;
      throw bad(problem, `${source.name}: ${name}`);
    }
    end += entry.byteLength;
  }
  if (end !== source.size)
    throw bad(`${source.size - end} bytes at the end belong to no tensor`, source.name);
}
