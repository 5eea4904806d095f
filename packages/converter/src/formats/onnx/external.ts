// External tensor data: ranges of files that the caller handed over. No path is ever opened here.
import { ModelFormatError, UnsafeModelError } from "@isoform/core";
import { truncated, type ByteSource } from "../bytes.js";
import type { TensorProto } from "./schema/onnx.gen.js";

/** The files that external data may refer to, by relative path as written in the model. */
export type ExternalFiles = ReadonlyMap<string, ByteSource>;

/** `basepath` is written by some tools and has no meaning here. */
const KEYS = ["location", "offset", "length", "checksum", "basepath"];

/** Where the elements of a tensor lie. */
export interface ExternalRange {
  /** Relative path of the file. */
  readonly location: string;
  /** Bytes from the start of the file. */
  readonly offset: number;
  /** Bytes; undefined when the tensor's own size is meant. */
  readonly length: number | undefined;
}

/**
 * Reads and checks the external data entries of a tensor.
 * @param path Name of the tensor in messages.
 * @throws {UnsafeModelError} when the location is an absolute path, leaves the folder or is a URL, or a key
 * is unknown
 * @throws {ModelFormatError} when there is no location, a key is there twice or a number is no count
 */
export function externalRange(tensor: TensorProto, path: string): ExternalRange {
  const entries = new Map<string, string>();
  for (const { key = "", value = "" } of tensor.externalData) {
    if (!KEYS.includes(key))
      throw new UnsafeModelError(`external data has the unknown key ${JSON.stringify(key)}`, {
        code: "onnx/external-key",
        path,
        hint: `keys are ${KEYS.join(", ")}`,
      });
    if (entries.has(key)) throw bad(`external data has two ${key} entries`, path);
    entries.set(key, value);
  }
  const location = entries.get("location");
  if (location === undefined) throw bad("external data has no location", path);
  checkLocation(location, path);
  return { location, offset: count(entries, "offset", path) ?? 0, length: count(entries, "length", path) };
}

function bad(problem: string, path: string): ModelFormatError {
  return new ModelFormatError(problem, { code: "onnx/external-data", path });
}

function checkLocation(location: string, path: string): void {
  const parts = location.split("/");
  const odd = parts.some((part) => part === "" || part === "." || part === "..");
  const special = [...location].some((c) => c === "\\" || c === ":" || c.charCodeAt(0) < 32);
  if (!odd && !special) return;
  throw new UnsafeModelError(`external data points to ${JSON.stringify(location)}`, {
    code: "onnx/external-path",
    path,
    hint: "only files beside the model or below its folder are read",
  });
}

function count(entries: ReadonlyMap<string, string>, key: string, path: string): number | undefined {
  const text = entries.get(key);
  if (text === undefined) return undefined;
  const value = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(value)) return value;
  throw bad(`the ${key} ${JSON.stringify(text)} of external data is not a count`, path);
}

/**
 * Reads the bytes of an external tensor that needs exactly `need` of them.
 * @throws {ModelFormatError} when the file was not handed over, is too short, or the declared length differs
 * @throws {UnsafeModelError} when the location leaves the folder
 */
export async function readExternal(
  tensor: TensorProto,
  need: number,
  files: ExternalFiles,
  path: string,
): Promise<Uint8Array> {
  const { location, offset, length } = externalRange(tensor, path);
  const file = files.get(location);
  if (!file)
    throw new ModelFormatError(`the data lies in the file ${JSON.stringify(location)}, which is not there`, {
      code: "onnx/external-missing",
      path,
      hint: "put the file beside the model, or hand it over with it",
    });
  if (length !== undefined && length !== need)
    throw bad(`external data has ${length} bytes, but type and shape need ${need}`, path);
  if (offset + need > file.size) throw truncated(file.name, offset, need, file.size);
  return file.read(offset, need);
}
