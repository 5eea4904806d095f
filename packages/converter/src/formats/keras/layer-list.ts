// The layers of a model config in file order, whatever Keras version wrote it. No meaning of layers here.
import { ModelFormatError } from "@isoform/core";
import {
  isPlainObject,
  requireList,
  requireObject,
  requireText,
  type PlainJson,
  type PlainObject,
} from "./plain-json.js";

/** One serialised layer. */
export interface LayerEntry {
  readonly className: string;
  readonly name: string;
  readonly config: PlainObject;
  /** Python module as written, or "" in older files. Data only. */
  readonly module: string;
  /** A class that its author registered: its weights follow no rule known here. */
  readonly custom: boolean;
  /** Place in the config, e.g. `config.layers[3]`. */
  readonly path: string;
}

const MAX_CLASS_NAME = 1000;
const MODELS = ["Functional", "Sequential", "Model"];

/** Names under which configs know a class, and the class' own name, which numbers its weights. */
const ALIASES: ReadonlyMap<string, string> = new Map([
  ["GroupQueryAttention", "GroupedQueryAttention"],
  ["Convolution1D", "Conv1D"],
  ["Convolution2D", "Conv2D"],
  ["Convolution3D", "Conv3D"],
  ["Convolution1DTranspose", "Conv1DTranspose"],
  ["Convolution2DTranspose", "Conv2DTranspose"],
  ["Convolution3DTranspose", "Conv3DTranspose"],
  ["Deconvolution2D", "Conv2DTranspose"],
  ["SeparableConvolution1D", "SeparableConv1D"],
  ["SeparableConvolution2D", "SeparableConv2D"],
]);

/** The class behind a name in a config: `Convolution2D` → `Conv2D`; other names stay. Never throws. */
export function canonicalClass(className: string): string {
  return ALIASES.get(className) ?? className;
}

/** True when the class is a model that holds layers. Never throws. */
export function isModelClass(entry: { readonly className: string; readonly config: PlainJson }): boolean {
  return (
    MODELS.includes(entry.className) || (isPlainObject(entry.config) && Array.isArray(entry.config["layers"]))
  );
}

/**
 * Reads one serialised layer: `{class_name, config}`, in old files with `name` beside `config`.
 * @param path Place in the config, for messages.
 * @throws {ModelFormatError} (`keras/config`) when it is no object, or lacks a class name or a config
 */
export function layerEntry(value: PlainJson | undefined, path: string): LayerEntry {
  const object = requireObject(value, path);
  const className = requireText(object["class_name"], `${path}.class_name`);
  if (className.length > MAX_CLASS_NAME)
    throw new ModelFormatError(`a class name of ${className.length} characters`, {
      code: "keras/config",
      path: `${path}.class_name`,
      hint: "the file is damaged: save the model again",
    });
  const raw = object["config"];
  // Keras 1 writes the layers of a Sequential as a bare list.
  const config: PlainObject = Array.isArray(raw) ? { layers: raw } : requireObject(raw, `${path}.config`);
  const named = config["name"] ?? object["name"];
  const name = typeof named === "string" ? named : toSnakeCase(className);
  const module = typeof object["module"] === "string" ? object["module"] : "";
  const registered = object["registered_name"];
  const custom = typeof registered === "string" && registered.includes(">");
  return { className, name, config, module, custom, path };
}

/**
 * The layers of a model, in file order.
 * @throws {ModelFormatError} (`keras/config`) when it lists none or one is malformed
 */
export function modelLayers(model: LayerEntry): readonly LayerEntry[] {
  const layers = model.config["layers"];
  if (layers === undefined)
    throw new ModelFormatError(`${model.className} ${JSON.stringify(model.name)} lists no layers`, {
      code: "keras/config",
      path: model.path,
      hint: "only Sequential and functional models say what they are made of",
    });
  const place = `${model.path}.config.layers`;
  return requireList(layers, place).map((layer, i) => layerEntry(layer, `${place}[${i}]`));
}

/**
 * True for operations of `keras.ops` in a functional config: they are no layers and hold no weights.
 * Never throws.
 */
export function isOperation(entry: LayerEntry): boolean {
  return entry.module.startsWith("keras.src.ops") || entry.module.startsWith("keras.ops");
}

/**
 * Class name to the name Keras uses in weight files: `Conv2DTranspose` → `conv2d_transpose`. Never throws.
 */
export function toSnakeCase(className: string): string {
  return className
    .replaceAll(/\W+/g, "")
    .replaceAll(/(.)([A-Z][a-z]+)/g, "$1_$2")
    .replaceAll(/([a-z])([A-Z])/g, "$1_$2")
    .toLowerCase();
}

/** Group names of the members of a container: the class in snake case, numbered from the second on. */
export function containerNames(entries: readonly LayerEntry[]): readonly string[] {
  const used = new Map<string, number>();
  return entries.map((entry) => {
    const name = toSnakeCase(canonicalClass(entry.className));
    const count = used.get(name);
    used.set(name, (count ?? -1) + 1);
    return count === undefined ? name : `${name}_${count + 1}`;
  });
}
