// Where a conversion goes: the target's format and the files it consists of.
import { basename, dirname, join } from "node:path";
import { UsageError } from "../errors.js";
import type { OpenFiles, Planned } from "../files/input.js";
import { checkBeside, checkFile, checkFolder, type OutputFile } from "../files/output.js";
import { checkWritable, kindOf, refuseStream } from "../files/paths.js";
import { extension } from "./detect.js";

/** Formats that are written. */
export type TargetFormat = "onnx" | "keras" | "torch";

/** A checked target. */
export interface Target {
  readonly format: TargetFormat;
  /** As the user typed it. */
  readonly typed: string;
  /** Folder that all files go to. */
  readonly folder: string;
  /** The same folder as the user would type it; "" for the current one. */
  readonly typedFolder: string;
  /** File name of the model itself: `model.onnx`, `model.keras`, `model.py`. */
  readonly file: string;
}

/**
 * The target of `isoform convert IN OUT`.
 * @throws {UsageError} when the format cannot be told or is not written
 * @throws {ArgumentError} when something is in the way
 */
export function findTarget(
  typed: string,
  to: TargetFormat | undefined,
  force: boolean,
  files: OpenFiles,
): Target {
  refuseStream(typed);
  const path = files.path(typed);
  const format = to ?? formatOf(typed, path);
  const isProgramFile = format === "torch" && extension(typed) === ".py" && kindOf(path, typed) !== "folder";
  if (format === "torch" && !isProgramFile) {
    checkFolder(path, typed, force);
    return { format, typed, folder: path, typedFolder: typed, file: "model.py" };
  }
  checkFile(path, typed);
  const parent = dirname(typed);
  return {
    format,
    typed,
    folder: dirname(path),
    typedFolder: parent === "." ? "" : parent,
    file: basename(path),
  };
}

function formatOf(typed: string, path: string): TargetFormat {
  if (/[/\\]$/.test(typed)) return "torch";
  if (kindOf(path, typed) === "folder") {
    if (![".onnx", ".keras", ".py"].includes(extension(typed))) return "torch";
    throw new UsageError("it is a folder, and is named like a file", {
      code: "usage/target",
      path: typed,
      hint: "name another file; or, for a PyTorch program in that folder, pass --to torch",
    });
  }
  switch (extension(typed)) {
    case ".onnx":
      return "onnx";
    case ".keras":
      return "keras";
    case ".py":
    case "":
      return "torch";
    case ".pt":
    case ".pth":
    case ".safetensors":
      throw unknown(
        typed,
        "a PyTorch program is a folder (model.py, state_dict.pt, model.safetensors): name one, such as out/",
      );
    case ".h5":
    case ".hdf5":
      throw unknown(typed, "HDF5 models are read, not written: name a .keras file");
    default:
      throw unknown(
        typed,
        "end it in .onnx, .keras or .py, name a folder, or pass --to onnx, keras or torch",
      );
  }
}

function unknown(typed: string, hint: string): UsageError {
  return new UsageError("the format to write cannot be told from the name", {
    code: "usage/target",
    path: typed,
    hint,
  });
}

/** Names of a program's weight files: `net.py` has its own, so that programs can share a folder. */
function weightNames(file: string): { readonly state: string; readonly safetensors: string } {
  if (file === "model.py") return { state: "state_dict.pt", safetensors: "model.safetensors" };
  const stem = file.replace(/\.py$/i, "");
  return { state: `${stem}.state_dict.pt`, safetensors: `${stem}.safetensors` };
}

/** A file of the target. */
function placed({ folder, typedFolder }: Target, name: string): Planned {
  return { path: join(folder, name), typed: join(typedFolder, name) };
}

/**
 * Checks, when all is read and nothing is computed yet, that no file of the target was read, and that none is there that
 * is not the target's own.
 * @param force The user lets other files be replaced; never those that were read.
 * @throws {UsageError} (`usage/same-file`)
 * @throws {ArgumentError} when a file is in the way
 */
export function checkTarget(target: Target, force: boolean, files: OpenFiles): void {
  const own = placed(target, target.file);
  const { state, safetensors } = weightNames(target.file);
  const beside = target.format === "torch" ? [placed(target, state), placed(target, safetensors)] : [];
  files.keep([own, ...beside]);
  checkBeside(own, beside, force);
}

/** Checks before the work that files can be made there. @throws {ArgumentError} */
export function checkTargetWritable(target: Target): void {
  checkWritable(join(target.folder, target.file), target.typed);
}

/**
 * The converter's files under the names of the target, the model's own file last, so that it is never there without
 * its weights.
 */
export function targetFiles(target: Target, files: ReadonlyMap<string, Uint8Array>): OutputFile[] {
  const { state, safetensors } = weightNames(target.file);
  const out: OutputFile[] = [];
  for (const [name, data] of files) {
    if (name === "state_dict.pt") out.unshift({ ...placed(target, state), parts: [data] });
    else if (name === "model.safetensors") out.unshift({ ...placed(target, safetensors), parts: [data] });
    else out.push({ ...placed(target, target.file), parts: [withWeightName(name, data, state)] });
  }
  return out;
}

/** The docstring of a program says how to load its weights. */
function withWeightName(name: string, data: Uint8Array, state: string): Uint8Array {
  if (name !== "model.py" || state === "state_dict.pt") return data;
  const text = new TextDecoder()
    .decode(data)
    .replace('torch.load("state_dict.pt")', `torch.load(${JSON.stringify(state)})`);
  return new TextEncoder().encode(text);
}
