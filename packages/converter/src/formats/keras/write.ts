// Writes .keras archives and weights files of Keras 3.
import { ArgumentError } from "@isoform/core";
import { Hdf5Builder } from "../hdf5/index.js";
import type { RawTensor } from "../raw-tensor.js";
import { writeZip } from "../zip/write.js";
import {
  containerNames,
  isModelClass,
  isOperation,
  layerEntry,
  modelLayers,
  type LayerEntry,
} from "./layer-list.js";
import { KERAS_METADATA } from "./metadata.js";
import type { PlainJson, PlainObject } from "./plain-json.js";
import { kerasWeightItems } from "./weight-slots.js";

/** What goes into a .keras archive. */
export interface KerasWriteInit {
  /** The serialised model `{module, class_name, config, …}` as Keras 3 writes it. */
  readonly config: PlainJson;
  /** metadata.json; by default the Keras version 3.15.1, without a date so that equal models give equal bytes. */
  readonly metadata?: PlainObject;
  /**
   * The weights by path as `assignKerasWeights` gives them; keys that are dataset paths (`layers/…/vars/0`,
   * `optimizer/vars/0`) are stored as they are.
   */
  readonly weights: ReadonlyMap<string, RawTensor>;
  /** Further files, such as vocabularies, by their name in the archive. */
  readonly assets?: ReadonlyMap<string, Uint8Array>;
}

const DATASET = /(?:^|\/)vars\/[^/]+$/;

function jsonBytes(value: PlainJson): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value));
}

/**
 * A .keras archive that Keras 3 loads with `keras.saving.load_model`.
 * @throws {ArgumentError} (`keras/missing-weight`, `keras/extra-weight`) when weights and config differ
 * @throws {ModelFormatError} when the config is malformed, or data and shape of a weight disagree
 * @throws {DTypeError} when HDF5 has no such element type
 * @throws {LimitExceededError} when the archive would have 4 GiB or more, or layers nest over 32 deep
 * @throws {UnsafeModelError} when the name of an asset is not a plain relative path or is there twice
 * @see keras.saving.save_model
 */
export function writeKerasFile(init: KerasWriteInit): Uint8Array {
  return writeZip([
    { name: "metadata.json", data: jsonBytes(init.metadata ?? KERAS_METADATA) },
    { name: "config.json", data: jsonBytes(init.config) },
    { name: "model.weights.h5", data: writeKerasWeights(init.config, init.weights) },
    ...[...(init.assets ?? [])].map(([name, data]) => ({ name, data })),
  ]);
}

/**
 * A weights file in the version 3 layout (`model.weights.h5`, `*.weights.h5`); every weight keeps its shape.
 * @param weights As `KerasWriteInit.weights`.
 * @throws {ArgumentError} (`keras/missing-weight`, `keras/extra-weight`) when weights and config differ
 * @throws {ModelFormatError} when the config is malformed, or data and shape of a weight disagree
 * @throws {DTypeError} when HDF5 has no such element type
 * @throws {LimitExceededError} when layers nest over 32 deep
 * @see keras.Model.save_weights
 */
export function writeKerasWeights(config: PlainJson, weights: ReadonlyMap<string, RawTensor>): Uint8Array {
  const builder = new Hdf5Builder();
  const items = kerasWeightItems(config);
  const left = new Map(weights);
  for (const item of items) {
    if (item.kind === "opaque") {
      putOpaque(builder, item.layer.path, item.layer.h5, left);
      continue;
    }
    const { slot } = item;
    const tensor = left.get(slot.path);
    const [place] = slot.h5;
    if (!tensor || place === undefined)
      throw new ArgumentError(`there is no weight ${JSON.stringify(slot.path)}`, {
        code: "keras/missing-weight",
        op: `layer ${JSON.stringify(slot.layer)}`,
        path: slot.path,
        hint: `given are: ${[...weights.keys()].slice(0, 12).join(", ") || "none"}`,
      });
    left.delete(slot.path);
    builder.dataset(place, tensor);
    for (const copy of slot.copies) builder.dataset(copy, tensor);
  }
  for (const [path, tensor] of left) {
    if (!DATASET.test(path))
      throw new ArgumentError(`no layer of the config has the weight ${JSON.stringify(path)}`, {
        code: "keras/extra-weight",
        path,
        hint: "name weights as assignKerasWeights does, or give their dataset path",
      });
    builder.dataset(path, tensor);
  }
  nameGroups(builder, config);
  return builder.toBytes();
}

function putOpaque(builder: Hdf5Builder, path: string, h5: string, left: Map<string, RawTensor>): void {
  for (const [key, tensor] of left) {
    if (!key.startsWith(`${path}/`) || !DATASET.test(key)) continue;
    builder.dataset(h5 + key.slice(path.length), tensor);
    left.delete(key);
  }
}

/** Gives every `vars` group of a layer the name of the layer, as Keras does; weightless layers have such groups too. */
function nameGroups(builder: Hdf5Builder, config: PlainJson): void {
  const visit = (model: LayerEntry, group: string): void => {
    builder.attribute(`${group}vars`, "name", model.name);
    const layers = modelLayers(model).filter((entry) => !isOperation(entry));
    containerNames(layers).forEach((name, i) => {
      const entry = layers[i];
      if (!entry) return;
      if (isModelClass(entry)) visit(entry, `${group}layers/${name}/`);
      else builder.attribute(`${group}layers/${name}/vars`, "name", entry.name);
    });
  };
  visit(layerEntry(config, "config"), "");
}
