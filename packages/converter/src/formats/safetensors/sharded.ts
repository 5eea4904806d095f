// A model split over several safetensors files, listed by `*.safetensors.index.json`.
import { ModelFormatError, UnsafeModelError } from "@isoform/core";
import { decodeUtf8, type ByteSource } from "../bytes.js";
import { checkLimit, resolveLimits } from "../limits.js";
import type { RawTensor } from "../raw-tensor.js";
import { hasControlCharacter, isJsonObject, parseStrictJson, type JsonValue } from "../strict-json.js";
import {
  openSafetensors,
  type SafetensorsEntry,
  type SafetensorsFile,
  type SafetensorsReadOptions,
} from "./read.js";

/**
 * Opens a file that lies beside the one being read. It is only ever given a plain file name, never a path.
 */
export type SiblingResolver = (fileName: string) => Promise<ByteSource>;

/**
 * Checks that `fileName` is a plain name: no folder, drive, parent or control character.
 * @param path Where the name is written, for the message.
 * @throws {UnsafeModelError} (`unsafe/path`) when it is not
 */
export function checkSiblingName(fileName: string, path: string): void {
  const plain = /^[^/\\:]+$/.test(fileName) && fileName !== "." && fileName !== "..";
  if (plain && !hasControlCharacter(fileName) && fileName.length <= 255) return;
  throw new UnsafeModelError(`the file name ${JSON.stringify(fileName)} is not a plain name`, {
    code: "unsafe/path",
    path,
    hint: "a model may only name files in its own folder",
  });
}

/**
 * Opens all shards named by an index file and checks that index and shards agree exactly.
 * @param resolve Opens a shard by its file name; what it throws is passed on.
 * @throws {UnsafeModelError} when a shard's name is a path
 * @throws {ModelFormatError} when a tensor is missing, listed elsewhere or present twice, or a file is
 * malformed (see `openSafetensors`)
 * @throws {LimitExceededError} when the shards together, a header, a tensor or the number of tensors is over
 * a limit
 * @throws {ArgumentError} when a limit is unknown or not a positive number
 */
export async function openShardedSafetensors(
  index: ByteSource,
  resolve: SiblingResolver,
  options: SafetensorsReadOptions = {},
): Promise<SafetensorsFile> {
  const limits = resolveLimits(options.limits);
  checkLimit(limits, "headerBytes", index.size, index.name);
  const text = decodeUtf8(await index.read(0, index.size), index.name);
  const weightMap = readWeightMap(parseStrictJson(text, index.name), index.name);
  checkLimit(limits, "entries", weightMap.size, index.name);
  const shards = new Map<string, SafetensorsFile>();
  const entries = new Map<string, SafetensorsEntry>();
  const metadata = new Map<string, string>();
  let total = 0;
  for (const fileName of new Set(weightMap.values())) {
    checkSiblingName(fileName, index.name);
    const source = await resolve(fileName);
    total += source.size;
    checkLimit(limits, "fileBytes", total, index.name);
    const shard = await openSafetensors(source, options);
    for (const name of shard.entries.keys()) {
      if (weightMap.get(name) !== fileName)
        throw bad(
          `the tensor ${JSON.stringify(name)} is in ${fileName}, but the index does not say so`,
          index.name,
        );
    }
    for (const [key, value] of shard.metadata) metadata.set(key, value);
    shards.set(fileName, shard);
  }
  for (const [name, fileName] of weightMap) {
    const entry = shards.get(fileName)?.entries.get(name);
    if (!entry) throw bad(`the tensor ${JSON.stringify(name)} is not in ${fileName}`, index.name);
    entries.set(name, entry);
  }
  const read = (tensor: string): Promise<RawTensor> => {
    const shard = shards.get(weightMap.get(tensor) ?? "");
    if (!shard) return Promise.reject(bad(`there is no tensor ${JSON.stringify(tensor)}`, index.name));
    return shard.read(tensor);
  };
  return {
    name: index.name,
    metadata,
    entries,
    read,
    async readAll() {
      const all = new Map<string, RawTensor>();
      for (const name of entries.keys()) all.set(name, await read(name));
      return all;
    },
  };
}

function bad(problem: string, path: string): ModelFormatError {
  return new ModelFormatError(problem, { code: "format/safetensors-index", path });
}

function readWeightMap(json: JsonValue, name: string): Map<string, string> {
  const weightMap = isJsonObject(json) ? json.get("weight_map") : undefined;
  if (!isJsonObject(weightMap)) throw bad("there is no weight_map", name);
  const result = new Map<string, string>();
  for (const [tensor, file] of weightMap) {
    if (typeof file !== "string") throw bad(`the file of ${JSON.stringify(tensor)} is not a string`, name);
    result.set(tensor, file);
  }
  return result;
}
