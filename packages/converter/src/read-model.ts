// Opens a model of any format that says what it computes. Weights without an architecture need the caller's own.
import { ArgumentError, checkOptions, ModelFormatError } from "@isoform/core";
import { decodeUtf8, type ByteSource } from "./formats/bytes.js";
import { findHdf5Signature } from "./formats/hdf5/index.js";
import { readKerasFile, type KerasFile } from "./formats/keras/index.js";
import { checkLimit, resolveLimits, type Limits } from "./formats/limits.js";
import type { RawTensor } from "./formats/raw-tensor.js";
import { openSafetensors } from "./formats/safetensors/read.js";
import { readTorchFile } from "./formats/torch/read.js";
import { stateDictOf } from "./formats/torch/state-dict.js";
import { looksLikeZip, openZip } from "./formats/zip/read.js";
import { importKeras, type KerasImportOptions } from "./importers/keras/index.js";
import { importOnnx } from "./importers/onnx/index.js";
import { importTorchProgram } from "./importers/torch/index.js";
import type { IrModel } from "./ir/types.js";

/** Formats that hold an architecture. `torch` is a `model.py` that Isoform wrote. */
export type SourceFormat = "onnx" | "keras" | "torch";

/** Options of `readModel`. */
export interface ReadModelOptions {
  /** Default: told from the name, else from the first bytes. */
  readonly format?: SourceFormat | undefined;
  /** Files beside the model that it may use, by name: external ONNX data, `state_dict.pt`, `model.safetensors`. */
  readonly beside?: ReadonlyMap<string, ByteSource> | undefined;
  /** The Keras file with the architecture, when the model holds only weights. */
  readonly architecture?: KerasFile | undefined;
  /** Meanings of layers that are not Keras' own. */
  readonly customLayers?: KerasImportOptions["customLayers"];
  readonly limits?: Partial<Limits> | undefined;
}

/** A model and the format it was in. */
export interface ReadModel {
  readonly model: IrModel;
  readonly format: SourceFormat;
}

const BY_EXTENSION: ReadonlyMap<string, SourceFormat> = new Map([
  ["onnx", "onnx"],
  ["keras", "keras"],
  ["h5", "keras"],
  ["hdf5", "keras"],
  ["json", "keras"],
  ["py", "torch"],
]);

const NO_ARCHITECTURE = "the file holds tensors and no architecture";

/**
 * Reads a model of any format that says what it computes.
 * @throws {ModelFormatError} when the file is damaged, or its format cannot be told
 * @throws {UnsafeModelError} when the file asks for something that is never done (other files, links,
 * imports)
 * @throws {LimitExceededError} when something in the file is over a limit
 * @throws {UnsupportedOpError} when layers or nodes have no meaning here; the error lists all of them
 * @throws {DTypeError} when an element type is not read
 * @throws {ArgumentError} when the file has no architecture, the weights of a program are not `beside` it, or
 * an option, a limit or the format is unknown
 */
export async function readModel(source: ByteSource, options: ReadModelOptions = {}): Promise<ReadModel> {
  checkOptions("readModel", options, ["format", "beside", "architecture", "customLayers", "limits"]);
  const { beside = new Map(), limits = {} } = options;
  const resolved = resolveLimits(limits);
  const format = options.format ?? (await detectFormat(source, limits));
  checkLimit(resolved, "fileBytes", source.size, source.name);
  switch (format) {
    case "onnx": {
      const bytes = await source.read(0, source.size);
      return { format, model: await importOnnx(bytes, { name: source.name, files: beside, limits }) };
    }
    case "keras": {
      const file = await readKerasFile(source, { limits });
      const { architecture, customLayers } = options;
      return { format, model: importKeras(file, { architecture, customLayers }) };
    }
    case "torch": {
      checkLimit(resolved, "headerBytes", source.size, source.name);
      const text = decodeUtf8(await source.read(0, source.size), source.name);
      return {
        format,
        model: importTorchProgram(text, await programState(source.name, beside, limits), source.name),
      };
    }
    default:
      throw new ArgumentError(`there is no format ${JSON.stringify(format)}`, {
        code: "argument/format",
        op: "readModel",
        hint: "choose onnx, keras, torch",
      });
  }
}

/**
 * The format of a source, told from the name's extension, else from the first bytes (of an archive: its
 * directory).
 * @throws {ArgumentError} when it is a file of weights, which says nothing of an architecture
 * @throws {ModelFormatError} when nothing is recognised or an archive is damaged
 * @throws {UnsafeModelError} when an archive has unsafe names or links
 * @throws {LimitExceededError} when an archive is over the limits
 */
export async function detectFormat(source: ByteSource, limits: Partial<Limits> = {}): Promise<SourceFormat> {
  const extension = /\.([^./\\]+)$/.exec(source.name)?.[1]?.toLowerCase() ?? "";
  const named = BY_EXTENSION.get(extension);
  if (named) return named;
  const weights = new ArgumentError(NO_ARCHITECTURE, {
    code: "model/no-architecture",
    path: source.name,
    hint: "build the architecture with @isoform/api-torch, load the tensors into it and import its trace",
  });
  if (await looksLikeZip(source)) {
    if ((await openZip(source, { limits })).entries.has("config.json")) return "keras";
    throw weights;
  }
  const head = await source.read(0, Math.min(source.size, 4096));
  if (findHdf5Signature(head) >= 0) return "keras";
  if (["safetensors", "pt", "pth", "th", "bin", "ckpt"].includes(extension)) throw weights;
  throw new ModelFormatError("the format cannot be told from the name or the content", {
    code: "model/unknown-format",
    path: source.name,
    hint: "say it with the option `format`",
  });
}

/** Tensors of a program: `state_dict.pt`, else `model.safetensors`. */
async function programState(
  name: string,
  beside: ReadonlyMap<string, ByteSource>,
  limits: Partial<Limits>,
): Promise<ReadonlyMap<string, RawTensor>> {
  const pt = beside.get("state_dict.pt");
  if (pt) return (await stateDictOf(await readTorchFile(pt, { limits }))).tensors;
  const safetensors = beside.get("model.safetensors");
  if (safetensors) return (await openSafetensors(safetensors, { limits })).readAll();
  throw new ArgumentError("the weights of the program are missing", {
    code: "model/no-weights",
    path: name,
    hint: "pass state_dict.pt or model.safetensors in the option `beside`",
  });
}
