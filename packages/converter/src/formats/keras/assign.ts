// Gives the weights of a file to the layers of a config.
import { ModelFormatError } from "@isoform/core";
import type { RawTensor } from "../raw-tensor.js";
import type { KerasFile, KerasWeights, StoredWeight } from "./file.js";
import type { PlainJson } from "./plain-json.js";
import { kerasWeightItems, legacyOrder, type WeightItem, type WeightSlot } from "./weight-slots.js";

/** The part of a KerasFile that `assignKerasWeights` needs. */
export type KerasWeightSource = Pick<KerasFile, "name" | "weights">;

/** Names of missing weights in one message. */
const MOST_NAMES = 20;

/**
 * The weights of a model by path (see `WeightSlot.path`), in the order of Keras' `Model.weights`. Version 3
 * files are matched by Keras' numbering, legacy files by layer name, or by order when the names are others.
 * Weights of classes without a rule keep their place in the file: `my_layer/vars/0`, `my_layer/inner/vars/0`.
 * @param config The serialised model, from this file or from the architecture that belongs to it.
 * @throws {ModelFormatError} (`keras/missing-weight`, `keras/extra-weight`, `keras/weight-count`) when config
 * and weights differ, naming the layer; (`keras/config`) when the config is malformed or two weights have one
 * path
 * @throws {LimitExceededError} when layers nest over 32 deep, or a weight is over a limit
 */
export function assignKerasWeights(
  config: PlainJson,
  file: KerasWeightSource,
): ReadonlyMap<string, RawTensor> {
  const items = kerasWeightItems(config);
  if (!file.weights) throw noWeights(items, file.name);
  const found =
    file.weights.layout === "v3"
      ? assignV3(items, file.weights, file.name)
      : assignLegacy(items, file.weights, file.name);
  return new Map([...found].map(([path, weight]) => [path, weight.read()]));
}

function noWeights(items: readonly WeightItem[], name: string): ModelFormatError {
  const missing = items.flatMap((item) => (item.kind === "weight" ? [item.slot.path] : []));
  const more = missing.length > MOST_NAMES ? `, … ${missing.length - MOST_NAMES} more` : "";
  const list = `, and the model needs ${missing.length}: ${missing.slice(0, MOST_NAMES).join(", ")}${more}`;
  return new ModelFormatError(`the file holds no weights${missing.length === 0 ? "" : list}`, {
    code: "keras/missing-weight",
    path: name,
    hint: "hand over the weights file (.weights.h5), and this one as its architecture",
  });
}

function set(all: Map<string, StoredWeight>, path: string, weight: StoredWeight, name: string): void {
  if (all.has(path))
    throw new ModelFormatError(`two weights are named ${JSON.stringify(path)}`, {
      code: "keras/config",
      path: name,
    });
  all.set(path, weight);
}

function assignV3(
  items: readonly WeightItem[],
  { weights }: Extract<KerasWeights, { layout: "v3" }>,
  name: string,
): ReadonlyMap<string, StoredWeight> {
  const all = new Map<string, StoredWeight>();
  const used = new Set<string>();
  const groups = variablesByGroup(weights.keys());
  for (const item of items) {
    if (item.kind === "opaque") {
      for (const path of byNumber(item.layer.h5, groups.get(item.layer.h5) ?? [])) {
        const weight = weights.get(path);
        used.add(path);
        if (weight) set(all, item.layer.path + path.slice(item.layer.h5.length), weight, name);
      }
      continue;
    }
    const { slot } = item;
    const path = slot.h5.find((candidate) => weights.has(candidate));
    const weight = path === undefined ? undefined : weights.get(path);
    if (path === undefined || !weight) throw missingWeight(slot, name, weights);
    used.add(path);
    for (const copy of slot.copies) used.add(copy);
    set(all, slot.path, weight, name);
  }
  for (const path of weights.keys()) {
    const numbered = /\/vars\/\d+$/.test(path);
    if (!numbered || !path.startsWith("layers/") || used.has(path)) continue;
    throw new ModelFormatError(`the file holds ${path}, which no layer of the config has`, {
      code: "keras/extra-weight",
      path: name,
      hint: "config and weights belong to different models, or a layer is quantised or has LoRA weights",
    });
  }
  return all;
}

/** Paths of the variables below each group, at any depth. */
function variablesByGroup(paths: Iterable<string>): ReadonlyMap<string, readonly string[]> {
  const groups = new Map<string, string[]>();
  for (const path of paths) {
    if (!/\/vars\/\d+$/.test(path)) continue;
    for (let at = path.indexOf("/"); at >= 0; at = path.indexOf("/", at + 1)) {
      const group = path.slice(0, at);
      const list = groups.get(group);
      if (list) list.push(path);
      else groups.set(group, [path]);
    }
  }
  return groups;
}

/** Variables below a group: its own first, then those of inner groups, each in the order of their numbers. */
function byNumber(group: string, paths: readonly string[]): readonly string[] {
  const key = (path: string): readonly [number, string, number] => {
    const rest = path.slice(group.length + 1);
    const own = rest.startsWith("vars/");
    const slash = rest.lastIndexOf("/");
    return [own ? 0 : 1, rest.slice(0, slash), Number(rest.slice(slash + 1))];
  };
  return paths
    .map((path) => ({ path, key: key(path) }))
    .toSorted(({ key: a }, { key: b }) => a[0] - b[0] || (a[1] < b[1] ? -1 : a[1] > b[1] ? 1 : a[2] - b[2]))
    .map(({ path }) => path);
}

function missingWeight(
  slot: WeightSlot,
  name: string,
  weights: ReadonlyMap<string, StoredWeight>,
): ModelFormatError {
  return new ModelFormatError(`the weight ${JSON.stringify(slot.path)} is not in the file`, {
    code: "keras/missing-weight",
    op: `layer ${JSON.stringify(slot.layer)}`,
    path: `${name}: ${slot.h5.join(" or ")}`,
    hint: `the file holds ${weights.size} weights; are config and weights of the same model?`,
  });
}

interface LayerGroup {
  readonly layer: string;
  readonly slots: WeightSlot[];
  opaque: boolean;
}

function assignLegacy(
  items: readonly WeightItem[],
  { layers }: Extract<KerasWeights, { layout: "legacy" }>,
  name: string,
): ReadonlyMap<string, StoredWeight> {
  const groups = new Map<string, LayerGroup>();
  for (const item of items) {
    const layer = item.kind === "weight" ? item.slot.layer : item.layer.layer;
    const group = groups.get(layer) ?? { layer, slots: [], opaque: false };
    groups.set(layer, group);
    if (item.kind === "weight") group.slots.push(item.slot);
    else group.opaque = true;
  }
  const expected = [...groups.values()].filter((group) => group.slots.length > 0);
  const storedNames = [...layers].filter(([, list]) => list.length > 0).map(([layer]) => layer);
  const byName = expected.every((group) => layers.has(group.layer));
  if (!byName && storedNames.length !== expected.length)
    throw new ModelFormatError(
      `the config has ${expected.length} layers with weights, the file ${storedNames.length}, under other names`,
      {
        code: "keras/weight-count",
        path: name,
        hint: `missing are ${expected
          .filter((group) => !layers.has(group.layer))
          .slice(0, 5)
          .map((group) => JSON.stringify(group.layer))
          .join(", ")}`,
      },
    );
  const assigned = new Map<string, StoredWeight>();
  const used = new Set<string>();
  let position = 0;
  for (const group of groups.values()) {
    if (group.slots.length === 0 && !(group.opaque && layers.has(group.layer))) continue;
    const storedName = byName ? group.layer : (storedNames[position++] ?? "");
    used.add(storedName);
    const list = layers.get(storedName) ?? [];
    if (group.opaque) for (const weight of list) set(assigned, `${group.layer}/${weight.path}`, weight, name);
    else for (const [path, weight] of matchLayer(group, list, name)) set(assigned, path, weight, name);
  }
  const extra = storedNames.find((layer) => !used.has(layer));
  if (extra !== undefined)
    throw new ModelFormatError(
      `the file holds weights of the layer ${JSON.stringify(extra)}, which the config lacks`,
      {
        code: "keras/extra-weight",
        path: name,
        hint: "config and weights belong to different models",
      },
    );
  return inOrder(items, assigned);
}

/** Base name of a legacy weight, e.g. `kernel` of `dense_1/kernel:0`; undefined for the names of Keras 1. */
function baseName(path: string): string | undefined {
  const slash = path.lastIndexOf("/");
  return slash < 0 ? undefined : path.slice(slash + 1).replace(/:\d+$/, "");
}

function matchLayer(
  group: LayerGroup,
  list: readonly StoredWeight[],
  name: string,
): readonly (readonly [string, StoredWeight])[] {
  const slots = legacyOrder(group.slots);
  const names = slots.map((slot) => slot.path);
  if (list.length !== slots.length)
    throw new ModelFormatError(
      `the file has ${list.length} weights, the layer ${slots.length}: ${names.join(", ")}`,
      {
        code: "keras/weight-count",
        op: `layer ${JSON.stringify(group.layer)}`,
        path: `${name}: ${list.map((weight) => weight.path).join(", ") || "nothing"}`,
        hint: "config and weights belong to different models",
      },
    );
  return slots.map((slot, i) => {
    const weight = list[i];
    const wanted = baseName(slot.path);
    const given = weight && baseName(weight.path);
    if (!weight || (given !== undefined && given !== wanted))
      throw new ModelFormatError(
        `expected the weight ${JSON.stringify(slot.path)}, found ${weight?.path ?? "nothing"}`,
        {
          code: "keras/missing-weight",
          op: `layer ${JSON.stringify(group.layer)}`,
          path: name,
        },
      );
    return [slot.path, weight] as const;
  });
}

/** Legacy files order weights by layer and trainability; the result follows `Model.weights`. */
function inOrder(
  items: readonly WeightItem[],
  assigned: ReadonlyMap<string, StoredWeight>,
): ReadonlyMap<string, StoredWeight> {
  const ordered = new Map<string, StoredWeight>();
  for (const item of items) {
    const weight = item.kind === "weight" ? assigned.get(item.slot.path) : undefined;
    if (item.kind === "weight" && weight) ordered.set(item.slot.path, weight);
  }
  for (const [path, weight] of assigned) if (!ordered.has(path)) ordered.set(path, weight);
  return ordered;
}
