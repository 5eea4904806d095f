// Weights and configs from the HDF5 files of Keras: version 3 layout, and the legacy layout of Keras 1 and 2.
import { ModelFormatError } from "@isoform/core";
import {
  auditHdf5,
  openHdf5,
  type Hdf5Dataset,
  type Hdf5File,
  type Hdf5Group,
  type Hdf5Value,
} from "../hdf5/index.js";
import type { Limits } from "../limits.js";
import type { KerasWeights, StoredWeight } from "./file.js";

const VARIABLE = /(?:^|\/)vars\/[^/]+$/;
const OPTIMIZER = "optimizer/";

/** An HDF5 file of Keras after all guards. */
export interface OpenKerasH5 {
  readonly file: Hdf5File;
  readonly datasets: ReadonlyMap<string, Hdf5Dataset>;
}

/** Opens and audits: links, external and virtual storage, filters, sizes. @throws as `auditHdf5`. */
export function openKerasH5(bytes: Uint8Array, name: string, limits: Limits): OpenKerasH5 {
  const file = openHdf5(bytes, { name, limits });
  return { file, datasets: auditHdf5(file, limits) };
}

/** Text of an attribute, whether stored as text or as a list of one. */
export function textAttribute(group: Hdf5Group, name: string): string | undefined {
  const value = group.attribute(name);
  if (typeof value === "string") return value;
  return Array.isArray(value) && value.length === 1 ? (value as readonly string[])[0] : undefined;
}

/**
 * A list of texts that may be split over `name0`, `name1`, … because an HDF5 attribute holds at most 64 kB.
 * @returns undefined when there is no such attribute.
 */
export function textsAttribute(group: Hdf5Group, name: string, path: string): readonly string[] | undefined {
  const whole = group.attribute(name);
  if (whole !== undefined) return texts(whole, `${path}@${name}`);
  const parts: string[] = [];
  for (let i = 0; ; i++) {
    const part = group.attribute(`${name}${i}`);
    if (part === undefined) return i === 0 ? undefined : parts;
    for (const text of texts(part, `${path}@${name}${i}`)) parts.push(text);
  }
}

function texts(value: Hdf5Value, path: string): readonly string[] {
  if (typeof value === "string") return [value];
  if (value === null) return [];
  if ("dtype" in value) {
    // numpy gives an empty list the type float64.
    if (value.data.byteLength === 0) return [];
    throw new ModelFormatError("expected a list of names", { code: "keras/h5", path });
  }
  return value;
}

function stored(dataset: Hdf5Dataset, path: string, layerName: string | undefined): StoredWeight {
  const { shape, dtype } = dataset;
  if (dtype === null) dataset.check();
  return { path, layerName, shape, dtype: dtype ?? "string", read: () => dataset.read() };
}

/** True when `group` lists layer names, as legacy files do. */
export function isLegacyGroup(group: Hdf5Group): boolean {
  const names = group.attributeNames();
  return names.includes("layer_names") || names.includes("layer_names0");
}

/** The weights of a version 3 file. @throws {ModelFormatError} (`keras/h5`) when it is of no Keras layout */
export function readV3Weights({ file, datasets }: OpenKerasH5): KerasWeights {
  const weights = new Map<string, StoredWeight>();
  const optimizer = new Map<string, StoredWeight>();
  const names = new Map<string, string | undefined>();
  for (const [path, dataset] of datasets) {
    if (!VARIABLE.test(path))
      throw new ModelFormatError(`the dataset ${JSON.stringify(path)} is not where Keras stores weights`, {
        code: "keras/h5",
        path: file.name,
        hint: "expected layers/<layer>/vars/<i>, or a legacy file with layer_names",
      });
    const parent = path.slice(0, path.lastIndexOf("/"));
    if (!names.has(parent)) names.set(parent, textAttribute(file.root.group(parent), "name"));
    const target = path.startsWith(OPTIMIZER) ? optimizer : weights;
    target.set(path, stored(dataset, path, names.get(parent)));
  }
  return { layout: "v3", weights, optimizer };
}

/**
 * The weights of a legacy group (the root, or `model_weights`).
 * @throws {ModelFormatError} when a name leads nowhere
 */
export function readLegacyWeights(file: Hdf5File, group: Hdf5Group): KerasWeights {
  const layers = new Map<string, readonly StoredWeight[]>();
  const place = `${file.name}: ${group.path || "/"}`;
  for (const name of textsAttribute(group, "layer_names", place) ?? []) {
    if (layers.has(name))
      throw new ModelFormatError(`the layer ${JSON.stringify(name)} is listed twice`, {
        code: "keras/h5",
        path: place,
      });
    layers.set(name, layerWeights(group.group(name), name, file));
  }
  const topLevel = "top_level_model_weights";
  if (!layers.has(topLevel) && group.has(topLevel)) {
    const own = layerWeights(group.group(topLevel), topLevel, file);
    if (own.length > 0) layers.set(topLevel, own);
  }
  const optimizer = file.root.has("optimizer_weights")
    ? layerWeights(file.root.group("optimizer_weights"), undefined, file)
    : [];
  return { layout: "legacy", layers, optimizer };
}

function layerWeights(
  group: Hdf5Group,
  layerName: string | undefined,
  file: Hdf5File,
): readonly StoredWeight[] {
  const names = textsAttribute(group, "weight_names", `${file.name}: ${group.path}`) ?? [];
  return names.map((name) => stored(group.dataset(name), name, layerName));
}
