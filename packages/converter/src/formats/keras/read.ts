// Opens Keras files: .keras archives, full-model and weights-only HDF5, and architecture JSON. Nothing is executed.
import { ModelFormatError } from "@isoform/core";
import { decodeUtf8, type ByteSource } from "../bytes.js";
import { findHdf5Signature } from "../hdf5/index.js";
import { checkLimit, resolveLimits, type Limits } from "../limits.js";
import { looksLikeZip, openZip, type ZipArchive } from "../zip/read.js";
import type { KerasFile } from "./file.js";
import {
  isPlainObject,
  parsePlainJson,
  requireObject,
  type PlainJson,
  type PlainObject,
} from "./plain-json.js";
import { isLegacyGroup, openKerasH5, readLegacyWeights, readV3Weights, textAttribute } from "./read-h5.js";

/** Options of `readKerasFile`. */
export interface KerasReadOptions {
  readonly limits?: Partial<Limits>;
}

const JSON_STARTS = ["{", '"', " ", "\n", "\r", "\t"];
const CONFIG = "config.json";
const METADATA = "metadata.json";
const WEIGHTS = "model.weights.h5";

/**
 * Opens any Keras file. The config is returned as inert data: class names, modules and Lambda bytecode are
 * text.
 * @throws {ModelFormatError} when it is no Keras file or is damaged
 * @throws {UnsafeModelError} when it has links, external or virtual data, or unsafe names
 * @throws {UnsupportedOpError} when a dataset uses a filter or layout that is not read
 * @throws {DTypeError} when a dataset's element type is not read
 * @throws {LimitExceededError} when file, config, entries or tensors are over a limit
 * @throws {ArgumentError} when a limit is unknown or not a positive number
 * @see keras.saving.load_model
 */
export async function readKerasFile(source: ByteSource, options: KerasReadOptions = {}): Promise<KerasFile> {
  const limits = resolveLimits(options.limits);
  checkLimit(limits, "fileBytes", source.size, source.name);
  if (await looksLikeZip(source)) return readArchive(source, limits);
  const head = await source.read(0, Math.min(source.size, 1));
  const isJson = JSON_STARTS.includes(String.fromCharCode(head[0] ?? 0));
  if (isJson) {
    checkLimit(limits, "headerBytes", source.size, source.name);
    return readArchitecture(await source.read(0, source.size), source.name, limits);
  }
  const bytes = await source.read(0, source.size);
  if (findHdf5Signature(bytes) < 0)
    throw new ModelFormatError("not a Keras file", {
      code: "keras/format",
      path: source.name,
      hint: "expected a .keras archive, an HDF5 file (.h5, .hdf5) or an architecture .json",
    });
  return readHdf5(bytes, source.name, limits);
}

function objectOrNull(value: PlainJson | undefined): PlainObject | null {
  return isPlainObject(value) ? value : null;
}

function textOrNull(value: PlainJson | undefined): string | null {
  return typeof value === "string" ? value : null;
}

async function readJson(zip: ZipArchive, entry: string, limits: Limits): Promise<PlainObject> {
  const path = `${zip.name}: ${entry}`;
  checkLimit(limits, "headerBytes", zip.entries.get(entry)?.byteLength ?? 0, path);
  return requireObject(parsePlainJson(decodeUtf8(await zip.read(entry), path), path, limits), path);
}

async function readArchive(source: ByteSource, limits: Limits): Promise<KerasFile> {
  const zip = await openZip(source, { limits });
  if (!zip.entries.has(CONFIG) || !zip.entries.has(WEIGHTS))
    throw new ModelFormatError(`the archive lacks ${zip.entries.has(CONFIG) ? WEIGHTS : CONFIG}`, {
      code: "keras/archive",
      path: source.name,
      hint: "a .keras file holds config.json, metadata.json and model.weights.h5",
    });
  const config = await readJson(zip, CONFIG, limits);
  const metadata = zip.entries.has(METADATA) ? await readJson(zip, METADATA, limits) : null;
  const h5 = openKerasH5(await zip.read(WEIGHTS), `${source.name}: ${WEIGHTS}`, limits);
  const others = [...zip.entries.keys()].filter((name) => ![CONFIG, METADATA, WEIGHTS].includes(name));
  return {
    name: source.name,
    kind: "keras",
    kerasVersion: textOrNull(metadata?.["keras_version"]),
    config,
    compile: objectOrNull(config["compile_config"]),
    metadata,
    weights: readV3Weights(h5),
    assets: new Map(others.map((name) => [name, () => zip.read(name)])),
  };
}

function readHdf5(bytes: Uint8Array, name: string, limits: Limits): KerasFile {
  const h5 = openKerasH5(bytes, name, limits);
  const { root } = h5.file;
  const json = (attribute: string): PlainObject | null => {
    const text = textAttribute(root, attribute);
    if (text === undefined) return null;
    const path = `${name}@${attribute}`;
    return objectOrNull(parsePlainJson(text, path, limits));
  };
  const group = root.has("model_weights") ? root.group("model_weights") : root;
  const legacy = isLegacyGroup(group);
  const config = json("model_config");
  return {
    name,
    kind: config === null ? "h5-weights" : "h5-model",
    kerasVersion: textAttribute(root, "keras_version") ?? textAttribute(group, "keras_version") ?? null,
    config,
    compile: json("training_config"),
    metadata: null,
    weights: legacy ? readLegacyWeights(h5.file, group) : readV3Weights(h5),
    assets: new Map(),
  };
}

function readArchitecture(bytes: Uint8Array, name: string, limits: Limits): KerasFile {
  const value = parsePlainJson(decodeUtf8(bytes, name), name, limits);
  // `json.dump(model.to_json(), f)` is a common slip: the JSON of a text that is JSON.
  const inner = typeof value === "string" ? parsePlainJson(value, name, limits) : value;
  const config = requireObject(inner, name);
  if (typeof config["class_name"] !== "string") {
    const tfjs = "modelTopology" in config;
    throw new ModelFormatError(
      tfjs ? "it is a TensorFlow.js model, which is not read" : "the JSON is no Keras model",
      {
        code: "keras/config",
        path: name,
        hint: tfjs
          ? "read the model that it was made from; or, in Python, make one of it: tensorflowjs_converter " +
            "--input_format tfjs_layers_model --output_format keras model.json model.h5"
          : "an architecture file is what Keras' model.to_json() gives: it holds class_name and config",
      },
    );
  }
  return {
    name,
    kind: "config",
    kerasVersion: textOrNull(config["keras_version"]),
    config,
    compile: objectOrNull(config["compile_config"]),
    metadata: null,
    weights: null,
    assets: new Map(),
  };
}
