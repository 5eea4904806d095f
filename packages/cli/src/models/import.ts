// From an opened file to the model IR, with the user's architecture where the file has none.
import {
  checkLimit,
  DEFAULT_LIMITS,
  importKeras,
  importOnnx,
  importTorchProgram,
  readKerasFile,
  stateDictOf,
  type IrModel,
  type KerasFile,
  type RawTensor,
} from "@isoform/converter";
import type { Context } from "../context.js";
import { UsageError } from "../errors.js";
import { BACKENDS, startBackend } from "./backend.js";
import { extension, type FromFormat } from "./detect.js";
import { parseInputShapes } from "./input-shape.js";
import { openModel, type OpenedModel } from "./open.js";

/** How the user describes a model on the command line. */
export interface ModelOptions {
  readonly from: FromFormat | undefined;
  readonly model: string | undefined;
  readonly inputShape: string | undefined;
  readonly static: boolean;
}

const ARCHITECTURES = [".keras", ".json", ".h5", ".hdf5"];

/** A model of the command line. */
export interface ReadModel {
  readonly model: IrModel;
  /** It is the trace of a class of `--model`, with the inputs of `--input-shape`. */
  readonly traced: boolean;
}

/** Opens and imports a model. @throws As `openModel` and `importModel`. */
export async function readModel(path: string, options: ModelOptions, context: Context): Promise<ReadModel> {
  // With the user's own architecture, classes that a pickle names are of no interest; they stay inert data.
  const unknownClasses = options.model === undefined ? "refuse" : "data";
  return importModel(
    await openModel(path, context.files, { from: options.from, unknownClasses }),
    options,
    context,
  );
}

/**
 * The IR of an opened model. `--model` is used only where the file has no architecture.
 * @throws {UnsupportedOpError} listing every layer without a meaning
 * @throws {UsageError} when an architecture is needed
 * @throws {ModelFormatError} when weights are missing
 * @throws {ShapeError} when weights do not fit
 */
export async function importModel(
  opened: OpenedModel,
  options: ModelOptions,
  context: Context,
): Promise<ReadModel> {
  if (opened.kind === "torch" || opened.kind === "safetensors") {
    const state =
      opened.kind === "torch" ? (await stateDictOf(opened.file)).tensors : await opened.file.readAll();
    return { model: await withUserModule(state, opened.path, options, context), traced: true };
  }
  return { model: await withArchitecture(opened, options, context), traced: false };
}

async function withArchitecture(
  opened: Extract<OpenedModel, { readonly kind: "keras" | "onnx" | "program" }>,
  options: ModelOptions,
  context: Context,
): Promise<IrModel> {
  switch (opened.kind) {
    case "keras":
      return importKeras(opened.file, {
        architecture: await kerasArchitecture(opened.file, opened.path, options, context),
      });
    case "onnx": {
      checkLimit(DEFAULT_LIMITS, "fileBytes", opened.source.size, opened.path);
      const bytes = await opened.source.read(0, opened.source.size);
      return importOnnx(bytes, { name: opened.path, files: opened.beside });
    }
    case "program":
      return importTorchProgram(opened.text, opened.state, opened.file);
  }
}

async function kerasArchitecture(
  file: KerasFile,
  path: string,
  { model }: ModelOptions,
  { files }: Context,
): Promise<KerasFile | undefined> {
  if (file.config !== null) return undefined;
  if (model !== undefined && ARCHITECTURES.includes(extension(model)))
    return readKerasFile(files.open(model));
  throw new UsageError("the file holds weights and no architecture", {
    code: "usage/no-architecture",
    path,
    hint: "name the architecture: --model model.keras or --model architecture.json (Keras' model.to_json())",
  });
}

async function withUserModule(
  state: ReadonlyMap<string, RawTensor>,
  path: string,
  options: ModelOptions,
  context: Context,
): Promise<IrModel> {
  const { model, inputShape } = options;
  if (model === undefined || inputShape === undefined) {
    throw new UsageError(`the file holds ${state.size} tensors and no architecture`, {
      code: "usage/no-architecture",
      path,
      hint:
        model === undefined
          ? "name a JavaScript module with an nn.Module class of @isoform/api-torch: --model net.js#Net --input-shape 1,3,32,32"
          : "say what the class takes: --input-shape 1,3,32,32",
    });
  }
  const inputs = parseInputShapes(inputShape);
  const { loadState, makeModule, parseModelOption, traceToIr } = await import("./user-module.js");
  const user = parseModelOption(model);
  await startBackend(BACKENDS.cpu);
  const file = context.files.path(user.file);
  context.files.note(file, user.file);
  const module = await makeModule(user, file);
  try {
    loadState(module, state, path);
    return await traceToIr(module, inputs, !options.static);
  } finally {
    module.dispose();
  }
}
