// Which format a file is in: by what the user says, by its name, or by its first bytes.
import { ModelFormatError } from "@isoform/core";
import { findHdf5Signature, looksLikeZip, openZip, type ByteSource } from "@isoform/converter";
import type { OpenFiles } from "../files/input.js";
import { kindOf } from "../files/paths.js";

/** How a file is read. `program` is a folder or model.py of isoform. */
export type Kind = "keras" | "onnx" | "torch" | "safetensors" | "program";
/** Formats of `--from`. */
export type FromFormat = "keras" | "onnx" | "torch" | "safetensors";

const BY_EXTENSION: ReadonlyMap<string, Kind> = new Map([
  [".keras", "keras"],
  [".h5", "keras"],
  [".hdf5", "keras"],
  [".json", "keras"],
  [".onnx", "onnx"],
  [".pt", "torch"],
  [".pth", "torch"],
  [".th", "torch"],
  [".bin", "torch"],
  [".ckpt", "torch"],
  [".safetensors", "safetensors"],
  [".py", "program"],
]);

/** The ending of a file name in lower case, with its dot; "" when there is none. */
export function extension(path: string): string {
  return /\.[^./\\]+$/.exec(path)?.[0].toLowerCase() ?? "";
}

/** How a file of this name is read, or undefined when the name does not say. */
export function kindOfName(name: string): Kind | undefined {
  return BY_EXTENSION.get(extension(name));
}

/**
 * The format of the file or folder at `typed`.
 * @throws {ModelFormatError} (`model/unknown-format`)
 * @throws {ArgumentError}
 */
export async function detectKind(
  typed: string,
  from: FromFormat | undefined,
  files: OpenFiles,
): Promise<Kind> {
  if (kindOf(files.path(typed), typed) === "folder") return "program";
  if (from !== undefined) return from === "torch" && extension(typed) === ".py" ? "program" : from;
  const known = kindOfName(typed);
  if (known) return known;
  const found = await sniff(files.open(typed));
  if (found) return found;
  throw new ModelFormatError("the format cannot be told from the name or the content", {
    code: "model/unknown-format",
    path: typed,
    hint: "say it with --from keras, onnx, torch or safetensors",
  });
}

async function sniff(source: ByteSource): Promise<Kind | null> {
  if (await looksLikeZip(source))
    return (await openZip(source)).entries.has("config.json") ? "keras" : "torch";
  const head = await source.read(0, Math.min(source.size, 4096));
  if (findHdf5Signature(head) >= 0) return "keras";
  const text = String.fromCharCode(...head.subarray(0, 64));
  if (/^[\s\S]{8}\{\s*"/.test(text)) return "safetensors";
  if (text.startsWith("\u0080")) return "torch";
  return null;
}
