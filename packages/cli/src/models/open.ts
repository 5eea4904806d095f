// Opens a model file: what is in it, before anything is made of it.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { ArgumentError, UnsafeModelError } from "@isoform/core";
import {
  checkLimit,
  decodeUtf8,
  DEFAULT_LIMITS,
  openSafetensors,
  readKerasFile,
  readTorchFile,
  stateDictOf,
  type ByteSource,
  type KerasFile,
  type RawTensor,
  type SafetensorsFile,
  type TorchFile,
  type UnknownClasses,
} from "@isoform/converter";
import type { OpenFiles } from "../files/input.js";
import { kindOf, onFile } from "../files/paths.js";
import { detectKind, extension, kindOfName, type FromFormat } from "./detect.js";

/** An opened model file; weights are read later. */
export type OpenedModel = { readonly path: string; readonly byteLength: number } & (
  | { readonly kind: "keras"; readonly file: KerasFile }
  | { readonly kind: "onnx"; readonly source: ByteSource; readonly beside: ReadonlyMap<string, ByteSource> }
  | { readonly kind: "torch"; readonly file: TorchFile }
  | { readonly kind: "safetensors"; readonly file: SafetensorsFile }
  | {
      readonly kind: "program";
      readonly file: string;
      readonly text: string;
      readonly state: ReadonlyMap<string, RawTensor>;
    }
);

/** Options of `openModel`. */
export interface OpenOptions {
  readonly from?: FromFormat | undefined;
  /** What to do with classes of unknown origin in pickles: refuse (default), or keep them as data to look at. */
  readonly unknownClasses?: UnknownClasses;
}

/**
 * Opens the file or folder at `path`, as the user typed it.
 * @throws {ArgumentError} when it is not there
 * @throws {ModelFormatError} of the readers, when it is damaged
 * @throws {UnsafeModelError} of the readers, when it asks for something that is never done
 * @throws {LimitExceededError} of the readers, when something is over a limit
 */
export async function openModel(
  path: string,
  files: OpenFiles,
  options: OpenOptions = {},
): Promise<OpenedModel> {
  const kind = await detectKind(path, options.from, files);
  if (kind === "program") return openProgram(path, files);
  const source = files.open(path);
  const common = { path, byteLength: source.size };
  switch (kind) {
    case "keras":
      return { ...common, kind, file: await readKerasFile(source) };
    case "onnx":
      return { ...common, kind, source, beside: files.beside(path) };
    case "torch":
      return { ...common, kind, file: await openTorch(source, options.unknownClasses ?? "refuse") };
    case "safetensors":
      return { ...common, kind, file: await openSafetensors(source) };
  }
}

async function openTorch(source: ByteSource, unknownClasses: UnknownClasses): Promise<TorchFile> {
  try {
    return await readTorchFile(source, { unknownClasses });
  } catch (error) {
    const couldBeData = error instanceof UnsafeModelError && error.hint?.includes("unknownClasses") === true;
    if (!couldBeData) throw error;
    throw new UnsafeModelError(error.problem, {
      code: error.code,
      path: error.path,
      hint: "isoform inspect shows what is in the file; to use its weights, name your own class with --model FILE#EXPORT and --input-shape (nothing of the file is run)",
    });
  }
}

/** model.py and its weights. `net.py` may have its own `net.state_dict.pt` beside a folder's `state_dict.pt`. */
async function openProgram(path: string, files: OpenFiles): Promise<OpenedModel> {
  const folder = kindOf(files.path(path)) === "folder";
  const file = folder ? join(path, "model.py") : path;
  if (folder && kindOf(files.path(file), file) === "absent") throw noProgram(path, files);
  const source = files.open(file);
  checkLimit(DEFAULT_LIMITS, "headerBytes", source.size, file);
  const text = decodeUtf8(await source.read(0, source.size), file);
  const weights = programWeights(file).find((name) => kindOf(files.path(name), name) === "file");
  if (weights === undefined) {
    throw new ArgumentError("the weights of the program are missing", {
      code: "model/no-weights",
      path: file,
      hint: `put ${programWeights(file).join(" or ")} beside it`,
    });
  }
  const opened = files.open(weights);
  const state =
    extension(weights) === ".safetensors"
      ? await (await openSafetensors(opened)).readAll()
      : (await stateDictOf(await readTorchFile(opened))).tensors;
  return { kind: "program", path, byteLength: source.size + opened.size, file, text, state };
}

function noProgram(path: string, files: OpenFiles): ArgumentError {
  const models = onFile(path, () => readdirSync(files.path(path))).filter(
    (name) => kindOfName(name) !== undefined && extension(name) !== ".json",
  );
  return new ArgumentError("the folder holds no model.py", {
    code: "model/no-program",
    path,
    hint:
      models.length > 0
        ? `name a file in it: ${models
            .slice(0, 3)
            .map((name) => join(path, name))
            .join(", ")}`
        : "a folder is read as a PyTorch program that isoform wrote; name a model file",
  });
}

/** Where the weights of a program are looked for, best first. */
export function programWeights(file: string): string[] {
  const folder = file.replace(/[^/\\]*$/, "");
  const shared = [`${folder}state_dict.pt`, `${folder}model.safetensors`];
  const name = file.slice(folder.length);
  if (name === "model.py") return shared;
  const stem = file.replace(/\.py$/i, "");
  return [`${stem}.state_dict.pt`, `${stem}.safetensors`, ...shared];
}
