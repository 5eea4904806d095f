// Writes the legacy HDF5 format of Keras: one group per layer name, config and names as attributes.
import { ArgumentError } from "@isoform/core";
import { Hdf5Builder } from "../hdf5/index.js";
import type { RawTensor } from "../raw-tensor.js";
import { isOperation, layerEntry, modelLayers } from "./layer-list.js";
import type { PlainJson } from "./plain-json.js";
import { kerasWeightSlots, legacyOrder, type WeightSlot } from "./weight-slots.js";

/** What goes into a legacy file. */
export interface KerasLegacyInit {
  /** The serialised model, as the Keras version wants it that will read the file. */
  readonly config: PlainJson;
  /** Optimizer, loss and metrics. */
  readonly trainingConfig?: PlainJson;
  /** The weights by path, as `assignKerasWeights` gives them. */
  readonly weights: ReadonlyMap<string, RawTensor>;
  /** Default `3.15.1`. */
  readonly kerasVersion?: string;
  /** True for a file without config, whose layers lie at the root. */
  readonly weightsOnly?: boolean;
}

/** Keras' own bound on the bytes of one list attribute. */
export const MAX_ATTRIBUTE_BYTES = 64_512;

/**
 * Sets a list of names as one attribute, or as `name0`, `name1`, … in even parts when it is longer than
 * 64,512 bytes.
 * @throws {ArgumentError} when a single name is longer than that
 */
export function setNames(builder: Hdf5Builder, path: string, name: string, names: readonly string[]): void {
  const longest = names.reduce((most, text) => Math.max(most, new TextEncoder().encode(text).length), 1);
  if (longest > MAX_ATTRIBUTE_BYTES)
    throw new ArgumentError(`a name of ${longest} bytes does not fit an HDF5 attribute`, {
      code: "hdf5/attribute-size",
      path: `${path}@${name}`,
    });
  const fits = Math.floor(MAX_ATTRIBUTE_BYTES / longest);
  if (names.length <= fits) {
    builder.attribute(path, name, names);
    return;
  }
  const parts = Math.ceil(names.length / fits);
  for (let i = 0; i < parts; i++) {
    const from = Math.ceil((names.length * i) / parts);
    const to = Math.ceil((names.length * (i + 1)) / parts);
    builder.attribute(path, `${name}${i}`, names.slice(from, to));
  }
}

/**
 * A legacy `.h5` file that Keras 2 and 3 read.
 * @throws {ArgumentError} (`keras/missing-weight`, `keras/extra-weight`) when weights and config differ;
 * (`hdf5/attribute-size`) when a name is longer than 64,512 bytes
 * @throws {ModelFormatError} when the config is malformed, or data and shape of a weight disagree
 * @throws {DTypeError} when HDF5 has no such element type
 * @throws {LimitExceededError} when layers nest over 32 deep
 */
export function writeLegacyKerasFile(init: KerasLegacyInit): Uint8Array {
  const { config, weights, weightsOnly = false } = init;
  const builder = new Hdf5Builder();
  const root = weightsOnly ? "" : "model_weights";
  const version = init.kerasVersion ?? "3.15.1";
  if (!weightsOnly) {
    builder.attribute("", "keras_version", version).attribute("", "backend", "tensorflow");
    builder.attribute("", "model_config", JSON.stringify(config));
    if (init.trainingConfig !== undefined)
      builder.attribute("", "training_config", JSON.stringify(init.trainingConfig));
  }
  builder.group(root).attribute(root, "keras_version", version).attribute(root, "backend", "tensorflow");
  const layers = modelLayers(layerEntry(config, "config")).filter((entry) => !isOperation(entry));
  const names = layers.map((entry) => entry.name);
  setNames(builder, root, "layer_names", names);
  const slots = groupByLayer(kerasWeightSlots(config));
  const used = new Set<string>();
  for (const layer of names) {
    const group = root === "" ? layer : `${root}/${layer}`;
    const own = legacyOrder(slots.get(layer) ?? []);
    builder.group(group);
    setNames(
      builder,
      group,
      "weight_names",
      own.map((slot) => slot.path),
    );
    for (const { path } of own) {
      const tensor = weights.get(path);
      if (!tensor)
        throw new ArgumentError(`there is no weight ${JSON.stringify(path)}`, {
          code: "keras/missing-weight",
          op: `layer ${JSON.stringify(layer)}`,
          path,
        });
      used.add(path);
      builder.dataset(`${group}/${path}`, tensor);
    }
  }
  for (const path of weights.keys())
    if (!used.has(path))
      throw new ArgumentError(`no layer of the config has the weight ${JSON.stringify(path)}`, {
        code: "keras/extra-weight",
        path,
      });
  return builder.toBytes();
}

function groupByLayer(slots: readonly WeightSlot[]): ReadonlyMap<string, readonly WeightSlot[]> {
  const groups = new Map<string, WeightSlot[]>();
  for (const slot of slots) groups.set(slot.layer, [...(groups.get(slot.layer) ?? []), slot]);
  return groups;
}
