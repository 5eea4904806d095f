// A Keras model as data, config and weights by their places in the file: what @isoform/api-keras saves and loads.
import {
  ArgumentError,
  DTypeError,
  ModelFormatError,
  UnsupportedOpError,
  isDType,
  type DType,
  type TypedArray,
} from "@isoform/core";
import { Hdf5Builder } from "../hdf5/index.js";
import { fromTypedArray, typedArrayOf } from "../raw-tensor.js";
import { writeZip } from "../zip/write.js";
import type { KerasFile, StoredWeight } from "./file.js";
import { KERAS_METADATA } from "./metadata.js";
import { kerasWeightSlots } from "./weight-slots.js";
import type { PlainJson } from "./plain-json.js";

/** One array of a file. */
export interface KerasArchiveTensor {
  readonly dtype: DType;
  readonly shape: readonly number[];
  /** Row-major elements; 16-bit floats as their bits. */
  readonly data: TypedArray;
}

/** A model as data: what `model.toArchive()` of @isoform/api-keras gives and `keras.models.loadModel` takes. */
export interface KerasArchive {
  /** The content of config.json, `{class_name, config, compile_config, …}`; null for weights alone. */
  readonly config: object | null;
  /** Datasets of model.weights.h5 by path: `layers/dense/vars/0`, `optimizer/vars/0`. */
  readonly weights: ReadonlyMap<string, KerasArchiveTensor>;
  /** Names by the path of a group: `layers/dense` → `dense_7`. The path of the model is empty. */
  readonly names?: ReadonlyMap<string, string>;
}

/**
 * The bytes of a .keras file, which Keras 3 loads with `keras.saving.load_model`. Weights of any shape.
 * @throws {ArgumentError} (`keras/no-config`) for an archive of weights alone, or when the path of a weight is
 * taken or empty
 * @throws {ModelFormatError} when the config is malformed, or data and shape of a weight disagree
 * @throws {DTypeError} when HDF5 has no such element type
 * @throws {LimitExceededError} when the file would have 4 GiB or more, or layers nest over 32 deep
 * @see keras.saving.save_model
 */
export function kerasBytes(archive: KerasArchive): Uint8Array {
  const { config } = archive;
  if (config === null)
    throw new ArgumentError("the archive holds weights alone", {
      code: "keras/no-config",
      op: "kerasBytes",
      hint: "write it as .weights.h5, with kerasWeightsBytes",
    });
  const json = (value: object): Uint8Array => new TextEncoder().encode(JSON.stringify(value));
  return writeZip([
    { name: "metadata.json", data: json(KERAS_METADATA) },
    { name: "config.json", data: json(config) },
    { name: "model.weights.h5", data: kerasWeightsBytes(archive) },
  ]);
}

/**
 * The bytes of a .weights.h5 file, which Keras 3 loads with `model.load_weights`. Weights of any shape.
 * @throws {ArgumentError} when the path of a weight is taken or empty
 * @throws {ModelFormatError} when the config is malformed, or data and shape of a weight disagree
 * @throws {DTypeError} when HDF5 has no such element type
 * @throws {LimitExceededError} when layers nest over 32 deep
 * @see keras.Model.save_weights
 */
export function kerasWeightsBytes({ config, weights, names }: KerasArchive): Uint8Array {
  const builder = new Hdf5Builder();
  const put = (path: string, { dtype, shape, data }: KerasArchiveTensor): void =>
    void builder.dataset(path, fromTypedArray(dtype, shape, data));
  for (const [path, tensor] of weights) put(path, tensor);
  for (const [path, copy] of copies(config)) {
    const tensor = weights.get(path);
    if (tensor && !weights.has(copy)) put(copy, tensor);
  }
  for (const [path, name] of names ?? [])
    builder.attribute(path === "" ? "vars" : `${path}/vars`, "name", name);
  return builder.toBytes();
}

/** Weights that Keras stores twice, with the second place. */
function copies(config: object | null): readonly (readonly [string, string])[] {
  const plain: PlainJson = config === null ? null : JSON.parse(JSON.stringify(config));
  const layers = plain !== null && hasLayers(plain);
  if (!layers) return [];
  return kerasWeightSlots(plain).flatMap(({ h5: [place], copies: [copy] }) =>
    place === undefined || copy === undefined ? [] : [[place, copy] as const],
  );
}

/** False for models of a class of the user, which do not list their layers. */
function hasLayers(config: object | PlainJson): boolean {
  const inner: unknown = Reflect.get(Object(config), "config");
  return Array.isArray(Reflect.get(Object(inner), "layers"));
}

/**
 * The archive of a file that is open: its config, and all its weights, of any shape, with the state of the
 * optimizer.
 * @throws {UnsupportedOpError} (`keras/legacy`) for files of Keras 1 and 2
 * @throws {ModelFormatError} when the file holds no weights, or they are damaged
 * @throws {DTypeError} when an element type cannot be computed with
 * @throws {LimitExceededError} when weights are over a limit
 */
export function kerasArchive(file: KerasFile): KerasArchive {
  if (file.weights === null)
    throw new ModelFormatError("the file holds no weights", {
      code: "keras/missing-weight",
      path: file.name,
      hint: "an architecture alone is read with keras.models.modelFromJson(text)",
    });
  if (file.weights.layout === "legacy")
    throw new UnsupportedOpError("this is an HDF5 file of the time before Keras 3", {
      code: "keras/legacy",
      op: "loadKeras",
      inputs: [file.name],
      hint: "convert it: isoform convert old.h5 new.keras",
    });
  const weights = new Map<string, KerasArchiveTensor>();
  const names = new Map<string, string>();
  for (const [path, stored] of [...file.weights.weights, ...file.weights.optimizer]) {
    weights.set(path, tensorOf(path, stored, file.name));
    if (stored.layerName !== undefined) names.set(path.replace(/(^|\/)vars\/[^/]+$/, ""), stored.layerName);
  }
  return { config: file.config, weights, names };
}

function tensorOf(path: string, stored: StoredWeight, file: string): KerasArchiveTensor {
  const { dtype } = stored;
  if (!isDType(dtype))
    throw new DTypeError(`${dtype} cannot be computed with`, {
      code: "dtype/file-only",
      path: `${file}: ${path}`,
      hint: "save the model again with float weights",
    });
  const raw = stored.read();
  return { dtype, shape: raw.shape, data: typedArrayOf(raw, `${file}: ${path}`) };
}
