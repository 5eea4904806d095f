// From a model config to the list of its weights: their names, and where Keras 3 stores each of them.
import { LimitExceededError, ModelFormatError } from "@isoform/core";
import {
  canonicalClass,
  containerNames,
  isModelClass,
  isOperation,
  layerEntry,
  modelLayers,
  type LayerEntry,
} from "./layer-list.js";
import { checkExpansion } from "./expansion.js";
import type { PlainJson, PlainObject } from "./plain-json.js";
import { WEIGHT_RULES, type Condition, type InnerLayer, type WeightRule } from "./weight-rules.js";
import { uniqueName } from "../../unique-name.js";

/** One weight of a model. */
export interface WeightSlot {
  /**
   * Names of the nested models (not of the outermost), of the layer and of its inner layers, then of the weight:
   * `dense/kernel`, `lstm/lstm_cell/bias`, `encoder/dense/kernel`.
   */
  readonly path: string;
  /** Name of the layer of the outermost model. */
  readonly layer: string;
  /** Datasets in a Keras 3 weight file that may hold it; the first one that exists counts. */
  readonly h5: readonly string[];
  /** A second dataset that holds the same values, which Keras writes too. */
  readonly copies: readonly string[];
  /** False for statistics and for the weights of frozen layers. */
  readonly trainable: boolean;
}

/** A layer of a class without a rule; its weights are whatever a file holds below `h5`. */
export interface OpaqueLayer {
  readonly path: string;
  readonly layer: string;
  readonly className: string;
  readonly h5: string;
}

/** A weight, or a layer whose weights only a file can tell, in the order of `Model.weights`. */
export type WeightItem =
  | { readonly kind: "weight"; readonly slot: WeightSlot }
  | { readonly kind: "opaque"; readonly layer: OpaqueLayer };

/** Order of a legacy layer: first the trainable weights, then the others. */
export function legacyOrder(slots: readonly WeightSlot[]): readonly WeightSlot[] {
  return [...slots.filter((slot) => slot.trainable), ...slots.filter((slot) => !slot.trainable)];
}

const MAX_DEPTH = 32;

/** Where in names and files a layer is, while its weights are listed. */
interface Place {
  readonly path: string;
  readonly layer: string;
  readonly h5: readonly string[];
  readonly trainable: boolean;
  readonly depth: number;
}

/**
 * Lists the weights of a model in the order of Keras' `Model.weights`, from its config alone. Numbering of
 * groups follows Keras 3: `layers/<class in snake case>[_n]`, counted per model and class.
 * @param config A serialised model: `{class_name, config}` of a Sequential or functional model.
 * @throws {ModelFormatError} (`keras/config`) when the config is malformed or a model lists no layers
 * @throws {LimitExceededError} when layers nest over 32 deep (`limit/nesting`), or models and wrappers in one
 * another come to over 1,000,000 calls of layers (`limit/nodes`)
 */
export function kerasWeightItems(config: PlainJson): readonly WeightItem[] {
  const model = layerEntry(config, "config");
  checkExpansion(model);
  return modelItems(model, { path: "", layer: "", h5: [""], trainable: isTrainable(model), depth: 0 });
}

/**
 * As `kerasWeightItems`, without the layers that follow no rule.
 * @throws {ModelFormatError} (`keras/config`) when the config is malformed or a model lists no layers
 * @throws {LimitExceededError} when layers nest over 32 deep (`limit/nesting`), or models and wrappers in one
 * another come to over 1,000,000 calls of layers (`limit/nodes`)
 */
export function kerasWeightSlots(config: PlainJson): readonly WeightSlot[] {
  return kerasWeightItems(config).flatMap((item) => (item.kind === "weight" ? [item.slot] : []));
}

function isTrainable(entry: LayerEntry): boolean {
  return entry.config["trainable"] !== false;
}

function join(...parts: readonly string[]): string {
  return parts.filter((part) => part !== "").join("/");
}

function modelItems(model: LayerEntry, place: Place): WeightItem[] {
  if (place.depth > MAX_DEPTH)
    throw new LimitExceededError(`more than ${MAX_DEPTH} layers inside layers`, {
      code: "limit/nesting",
      path: model.path,
    });
  const layers = modelLayers(model).filter((entry) => !isOperation(entry));
  const names = containerNames(layers);
  return layers.flatMap((entry, i) =>
    layerItems(entry, {
      path: join(place.path, entry.name),
      layer: place.layer === "" ? entry.name : place.layer,
      h5: place.h5.map((h5) => join(h5, "layers", names[i] ?? "")),
      trainable: place.trainable && isTrainable(entry),
      depth: place.depth + 1,
    }),
  );
}

function layerItems(entry: LayerEntry, place: Place): WeightItem[] {
  if (isModelClass(entry) && !entry.custom) return modelItems(entry, place);
  const rule = entry.custom ? undefined : WEIGHT_RULES.get(canonicalClass(entry.className));
  if (rule) return ruleItems(rule, entry, place);
  const { path, layer } = place;
  return [{ kind: "opaque", layer: { path, layer, className: entry.className, h5: place.h5[0] ?? "" } }];
}

function ruleItems(rule: WeightRule, entry: LayerEntry, place: Place): WeightItem[] {
  if (place.depth > MAX_DEPTH)
    throw new LimitExceededError(`more than ${MAX_DEPTH} layers inside layers`, {
      code: "limit/nesting",
      path: entry.path,
    });
  const own = rule.own.filter((weight) => weight.when === undefined || holds(weight.when, entry.config));
  const items: WeightItem[] = own.map(({ name, trainable }, i) => ({
    kind: "weight",
    slot: {
      path: join(place.path, name),
      layer: place.layer,
      h5: place.h5.map((h5) => join(h5, "vars", String(i))),
      copies: [],
      trainable: place.trainable && trainable !== false,
    },
  }));
  const inner = (rule.inner ?? []).flatMap((layer) => innerItems(layer, entry, place));
  const [first, ...rest] = inner;
  const [kernel, ...others] = items;
  if (!rule.sharesInnerKernel || first?.kind !== "weight" || kernel?.kind !== "weight")
    return [...items, ...inner];
  const shared: WeightSlot = { ...first.slot, h5: kernel.slot.h5, copies: first.slot.h5.slice(0, 1) };
  return [{ kind: "weight", slot: shared }, ...others, ...rest];
}

function innerItems(inner: InnerLayer, entry: LayerEntry, place: Place): WeightItem[] {
  const within = place.h5.flatMap((h5) => inner.attribute.map((attribute) => join(h5, attribute)));
  const child = { ...place, h5: within, depth: place.depth + 1 };
  if ("rule" in inner) {
    const rule = WEIGHT_RULES.get(inner.rule);
    return rule ? ruleItems(rule, entry, { ...child, path: join(place.path, inner.name) }) : [];
  }
  if ("list" in inner) return listItems(inner.list, entry, child);
  const own = entry.config[inner.key];
  const source =
    own === undefined || own === null ? inner.copyOf : { key: inner.key, prefix: inner.prefix ?? "" };
  if (!source) throw missing(entry, inner.key);
  const layer = layerEntry(entry.config[source.key], `${entry.path}.config.${source.key}`);
  const bare = source.prefix !== "" ? layer.name.replace(/^(forward|backward)_/, "") : layer.name;
  return layerItems(layer, {
    ...child,
    path: join(place.path, source.prefix + bare),
    trainable: place.trainable && isTrainable(layer),
  });
}

function listItems(key: string, entry: LayerEntry, place: Place): WeightItem[] {
  const list = entry.config[key];
  if (!Array.isArray(list)) throw missing(entry, key);
  const entries = (list as readonly PlainJson[]).map((cell, i) =>
    layerEntry(cell, `${entry.path}.config.${key}[${i}]`),
  );
  const groups = containerNames(entries);
  const names = uniqueNames(entries);
  return entries.flatMap((cell, i) =>
    layerItems(cell, {
      ...place,
      path: join(place.path, names[i] ?? cell.name),
      h5: place.h5.map((h5) => join(h5, groups[i] ?? "")),
      trainable: place.trainable && isTrainable(cell),
    }),
  );
}

/** Names of the cells of a stack; equal names are numbered so that paths stay unique. */
function uniqueNames(entries: readonly LayerEntry[]): readonly string[] {
  const used = new Set<string>();
  return entries.map(({ name }) => {
    const unique = uniqueName(name, (n) => used.has(n));
    used.add(unique);
    return unique;
  });
}

function missing(entry: LayerEntry, key: string): ModelFormatError {
  return new ModelFormatError(
    `${entry.className} ${JSON.stringify(entry.name)} has no ${JSON.stringify(key)}`,
    {
      code: "keras/config",
      path: `${entry.path}.config`,
    },
  );
}

function holds(condition: Condition, config: PlainObject): boolean {
  if ("flag" in condition) {
    const value = config[condition.flag];
    return typeof value === "boolean" ? value : condition.default;
  }
  if ("equals" in condition) return config[condition.equals] === condition.value;
  if ("present" in condition) return (config[condition.present] ?? null) !== null;
  if ("absent" in condition) return (config[condition.absent] ?? null) === null;
  if ("not" in condition) return !holds(condition.not, config);
  if ("all" in condition) return condition.all.every((part) => holds(part, config));
  return condition.any.some((part) => holds(part, config));
}
