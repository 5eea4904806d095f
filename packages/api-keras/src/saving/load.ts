// Archives to models, ready to evaluate and to train on: layers, weights, compile settings and optimizer state.
import { checkOptions } from "@isoform/core";
import { customObjectScope } from "../config/custom.js";
import { configError, type Config } from "../config/object.js";
import { isPlainObject } from "../engine/structure.js";
import type { ModelLayer } from "../models/model.js";
import { loadArchiveWeights, type ArchiveSource } from "./archive.js";
import { requireArchive, requireLoader, type Loader } from "./files.js";
import { loadOptimizerState } from "./optimizer-state.js";
import { modelFromConfig, type ReadOptions } from "./serialization.js";

/** Options of `modelFromArchive`. */
export interface ArchiveReadOptions extends ReadOptions {
  /** Whether to compile the model as it was when it was saved, state of the optimizer included; default true. */
  readonly compile?: boolean;
}
/** Options of `loadModel`. */
export interface LoadOptions<S = string> extends ArchiveReadOptions {
  /** Does the reading, as this package knows no files: `loadKeras` of @isoform/converter. */
  readonly loader: Loader<S>;
}

/**
 * A model of an archive: its layers, its weights of their shapes, and, unless `compile` is false, what `compile`
 * had set with the state of the optimizer.
 * @throws {ModelFormatError} when the record is malformed, or names an unknown class, loss or metric
 * @throws {ArgumentError} when an option of a layer is unknown or out of range
 * @throws {ShapeError} when a layer cannot be built for its input, or weights or the state of the optimizer do
 *   not fit, listing every problem
 * @throws {UnsafeModelError} for Lambda layers without a function of the caller
 * @see keras.saving.load_model
 */
export function modelFromArchive(archive: ArchiveSource, options: ArchiveReadOptions = {}): ModelLayer {
  checkOptions("modelFromArchive", options, ["customObjects", "compile"]);
  const { customObjects = {}, compile = true } = options;
  const { config } = archive;
  if (config === null || config === undefined)
    throw configError("the archive holds weights alone", "config", "use model.loadWeights");
  const model = modelFromConfig(config, { customObjects });
  try {
    loadArchiveWeights(model, archive.weights);
    const settings = compile ? compileConfig(config) : null;
    if (settings !== null) {
      customObjectScope(customObjects, () => model.compileFromConfig(settings));
      if (model.compiled && model.built)
        loadOptimizerState(model.optimizer, archive.weights, model.describe());
    }
    return model;
  } catch (error) {
    model.dispose();
    throw error;
  }
}

/** What `compile` had set when the model was saved, or null. */
function compileConfig(config: unknown): Config | null {
  const record: unknown = typeof config === "string" ? JSON.parse(config) : config;
  const found = isPlainObject(record) ? record["compile_config"] : null;
  if (found === null || found === undefined) return null;
  if (isPlainObject(found)) return found;
  throw configError("compile_config is no object", "config.compile_config");
}

/**
 * Loads a model that was saved: `loadModel("digits.keras", { loader: loadKeras })`, with `loadKeras` of
 * @isoform/converter. The model is compiled as it was (unless `compile` is false) and goes on training as if it
 * had not stopped. `source` is what the loader takes: a path, bytes, a File. Weights have the shapes that the
 * layers need. Errors of the loader pass through.
 * @throws {ArgumentError} when there is no loader, an option is unknown, or an option of a layer is unknown or out
 *   of range
 * @throws {ModelFormatError} when the record is malformed, or names an unknown class, loss or metric
 * @throws {ShapeError} when a layer cannot be built for its input, or weights or the state of the optimizer do
 *   not fit, listing every problem
 * @throws {UnsafeModelError} for Lambda layers without a function of the caller
 * @see keras.saving.load_model
 */
export async function loadModel<S>(source: S, options: LoadOptions<S>): Promise<ModelLayer> {
  checkOptions("loadModel", options ?? {}, ["loader", "customObjects", "compile"]);
  const { loader, ...rest } = options ?? {};
  return modelFromArchive(
    requireArchive("loadModel", await requireLoader("loadModel", loader)(source)),
    rest,
  );
}
