// The container of PyTorch before 1.6: five pickles one after the other, then the raw storages.
import { ModelFormatError } from "@isoform/core";
import { inRange, truncated, type ByteSource } from "../bytes.js";
import { resolveLimits } from "../limits.js";
import { readPickle, type PickleOptions, type PickleResult } from "../pickle/read.js";
import { boolOf, fieldOf, intOf, itemsOf, stringOf, type PickleValue } from "../pickle/value.js";
import type { StorageReader, StorageTable } from "./storages.js";

const MAGIC = 0x1950a86a20f9469cfc6cn;
const PROTOCOL = 1001;
const FIRST_WINDOW = 2 ** 20;

/** A legacy file whose pickles are read. */
export interface LegacyFile {
  readonly result: PickleResult;
  readonly storages: StorageReader;
}

/** True when the file starts with the pickled magic number. */
export async function looksLikeLegacy(source: ByteSource): Promise<boolean> {
  const head = await source.read(0, Math.min(40, source.size));
  try {
    const { value } = readPickle(head, source.name);
    return value.kind === "int" && value.value === MAGIC;
  } catch {
    return false;
  }
}

/**
 * Reads the pickle at `offset`. Its length is unknown beforehand, so growing parts of the file are tried.
 * @throws {ModelFormatError}
 * @throws {UnsafeModelError}
 * @throws {LimitExceededError}
 */
export async function readPickleAt(
  source: ByteSource,
  offset: number,
  options: PickleOptions = {},
): Promise<PickleResult> {
  const rest = Math.min(source.size - offset, resolveLimits(options.limits).headerBytes);
  if (rest < 0) throw truncated(source.name, offset, 1, source.size);
  for (let window = Math.min(FIRST_WINDOW, rest); ; window = Math.min(window * 8, rest)) {
    const bytes = await source.read(offset, window);
    try {
      return readPickle(bytes, source.name, options, offset);
    } catch (error) {
      const cut = error instanceof ModelFormatError && error.code === "format/truncated";
      if (!cut || window === rest) throw error;
    }
  }
}

function bad(problem: string, source: ByteSource, offset: number): ModelFormatError {
  return new ModelFormatError(problem, { code: "format/torch", path: `${source.name}@${offset}` });
}

/**
 * Reads all pickles of a legacy file and finds its storages, which must fill the rest of the file exactly.
 * @param table Filled by `options.persistent` while the object is read.
 * @throws {ModelFormatError}
 * @throws {UnsafeModelError}
 * @throws {LimitExceededError}
 */
export async function readLegacyFile(
  source: ByteSource,
  options: PickleOptions,
  table: StorageTable,
): Promise<LegacyFile> {
  let offset = 0;
  const next = async (pickle: PickleOptions = {}): Promise<PickleResult> => {
    const result = await readPickleAt(source, offset, { limits: options.limits ?? {}, ...pickle });
    offset += result.byteLength;
    return result;
  };
  await next();
  const protocol = intOf((await next()).value, `${source.name}@${offset}`);
  if (protocol !== PROTOCOL) throw bad(`the protocol version ${protocol} is unknown`, source, offset);
  const system = (await next()).value;
  boolOf(fieldOf(system, "little_endian"), `${source.name}@${offset}`);
  const result = await next(options);
  const keys = (await next()).value;
  return { result, storages: await findStorages(source, offset, keys, table) };
}

async function findStorages(
  source: ByteSource,
  start: number,
  keys: PickleValue,
  table: StorageTable,
): Promise<StorageReader> {
  const ranges = new Map<string, { readonly offset: number; readonly length: number }>();
  let offset = start;
  for (const item of itemsOf(keys, `${source.name}@${start}`)) {
    const key = item.kind === "int" ? String(item.value) : stringOf(item, `${source.name}@${start}`);
    const block = table.blocks.get(key);
    if (!block || ranges.has(key))
      throw bad(`the storage key ${JSON.stringify(key)} is not expected`, source, start);
    const head = await source.read(offset, 8);
    const count = new DataView(head.buffer, head.byteOffset, 8).getBigInt64(0, true);
    if (count !== BigInt(block.ref.length))
      throw bad(`the storage ${key} has ${count} elements instead of ${block.ref.length}`, source, offset);
    offset += 8;
    if (!inRange(offset, block.byteLength, source.size))
      throw truncated(source.name, offset, block.byteLength, source.size);
    ranges.set(key, { offset, length: block.byteLength });
    offset += block.byteLength;
  }
  for (const key of table.blocks.keys()) {
    if (!ranges.has(key)) throw bad(`the storage ${JSON.stringify(key)} is missing`, source, start);
  }
  if (offset !== source.size) throw bad(`${source.size - offset} bytes are left at the end`, source, offset);
  return {
    read(key) {
      const range = ranges.get(key);
      if (!range) return Promise.reject(bad(`there is no storage ${JSON.stringify(key)}`, source, start));
      return source.read(range.offset, range.length);
    },
  };
}
