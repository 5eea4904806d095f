// Models to files and weights back, by functions of the caller: this package knows no files.
import { ArgumentError, checkOptions, shown } from "@isoform/core";
import { callable } from "../config/values.js";
import type { ModelLayer } from "../models/model.js";
import { loadArchiveWeights, modelToArchive, type ArchiveSource, type ModelArchive } from "./archive.js";
import { loadOptimizerState } from "./optimizer-state.js";

/** Writes an archive to a file or elsewhere: `saveKeras` of @isoform/converter. @see Model.save */
export type Saver = (archive: ModelArchive, path: string) => void | Promise<void>;
/** Reads an archive: `loadKeras` of @isoform/converter. What it takes, a path or bytes, is its own. */
export type Loader<S = string> = (source: S) => ArchiveSource | Promise<ArchiveSource>;

/** Options of saving. */
export interface SaveOptions {
  /** Does the writing, as this package knows no files: `saveKeras` of @isoform/converter. */
  readonly saver?: Saver;
}
/** Options of loading weights. */
export interface LoadWeightsOptions<S = string> {
  /** Does the reading, as this package knows no files: `loadKeras` of @isoform/converter. */
  readonly loader?: Loader<S>;
}

/** The saver of some options. @throws {ArgumentError} without one */
export function requireSaver(owner: string, saver: Saver | null | undefined): Saver {
  if (saver !== undefined && saver !== null) return callable(owner, "saver", saver);
  throw new ArgumentError("this package knows no files", {
    code: "argument/saver",
    op: owner,
    hint: "pass { saver: saveKeras } of @isoform/converter, or a function (archive, path) of your own",
  });
}

/** The loader of some options. @throws {ArgumentError} without one */
export function requireLoader<S>(owner: string, loader: Loader<S> | null | undefined): Loader<S> {
  if (loader !== undefined && loader !== null) return callable(owner, "loader", loader);
  throw new ArgumentError("this package knows no files", {
    code: "argument/loader",
    op: owner,
    hint: "pass { loader: loadKeras } of @isoform/converter, or a function (source) that gives an archive",
  });
}

/** What a loader gave. @throws {ArgumentError} when it is no archive */
export function requireArchive(owner: string, value: ArchiveSource): ArchiveSource {
  const weights: unknown = Reflect.get(Object(value), "weights");
  if (weights instanceof Map) return value;
  throw new ArgumentError(`the loader gave ${shown(value)}`, {
    code: "argument/loader",
    op: owner,
    hint: "a loader gives { config, weights: Map }",
  });
}

/** A path that ends as files of weights do. @throws {ArgumentError} when it does not */
export function checkWeightsPath(owner: string, path: string): string {
  if (typeof path === "string" && path.endsWith(".weights.h5")) return path;
  throw new ArgumentError(`the path ${shown(path)} does not end with .weights.h5`, {
    code: "argument/path",
    op: owner,
    hint: "name files of weights model.weights.h5",
  });
}

/** See `Model.save`. */
export async function saveModel(model: ModelLayer, path: string, options: SaveOptions = {}): Promise<void> {
  checkOptions("save", options, ["saver"]);
  const saver = requireSaver(`${model.describe()}.save`, options.saver);
  await saver(await modelToArchive(model), path);
}

/** See `Model.saveWeights`. */
export async function saveWeights(model: ModelLayer, path: string, options: SaveOptions = {}): Promise<void> {
  const owner = `${model.describe()}.saveWeights`;
  checkOptions("saveWeights", options, ["saver"]);
  const saver = requireSaver(owner, options.saver);
  await saver(await modelToArchive(model), checkWeightsPath(owner, path));
}

/** See `Model.loadWeights`. */
export async function loadWeights<S>(
  model: ModelLayer,
  source: S,
  options: LoadWeightsOptions<S> = {},
): Promise<void> {
  const owner = `${model.describe()}.loadWeights`;
  checkOptions("loadWeights", options, ["loader"]);
  const { weights } = requireArchive(owner, await requireLoader(owner, options.loader)(source));
  loadArchiveWeights(model, weights);
  const optimizer = model.$compiled?.optimizer;
  if (optimizer?.built) loadOptimizerState(optimizer, weights, owner);
}
