// Layers to configs and back: nested objects, positional options, and the reader that knows all classes.
import * as core from "@isoform/core";
import { ArgumentError } from "@isoform/core";
import { Layer } from "../engine/layer.js";
import { Data } from "../engine/operation.js";
import { isPlainObject } from "../engine/structure.js";
import { SeedGenerator } from "../random/seed.js";
import { toTensor } from "../tensor/like.js";
import { camelKeys, type Config, type ObjectConfig } from "./object.js";

/** Makes layers of records; it knows Keras' layers and those of the user. */
export interface ConfigReader {
  layer(config: unknown, path: string): Layer;
}

/** The full record of a layer, as Keras writes it. */
export function layerRecord(layer: Layer): ObjectConfig {
  const record = layer._record();
  const build = layer._buildConfig();
  return build === null ? record : { ...record, build_config: build };
}

/** A value of an option as JSON: layers become records, tuples arrays. */
export function plainConfig(value: unknown): unknown {
  if (value instanceof Layer) return layerRecord(value);
  if (value instanceof SeedGenerator) return value.seed;
  if (value instanceof Data) return core.scope(() => plainConfig(toTensor(value.value)));
  if (value instanceof core.Tensor) {
    return { class_name: "__tensor__", config: { value: value.toArraySync(), dtype: value.dtype } };
  }
  if (ArrayBuffer.isView(value)) return Array.from(value as Float32Array);
  if (Array.isArray(value)) return value.map(plainConfig);
  if (isPlainObject(value))
    return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, plainConfig(v)]));
  return value;
}

interface LayerClassLike {
  readonly positional: readonly string[];
  readonly className?: string;
  readonly name: string;
}

/** Options that other versions of Keras write and that change nothing here. */
const IGNORED = [
  "quantizationConfig",
  "ragged",
  "sparse",
  "loraRank",
  "loraAlpha",
  "useCudnn",
  "gptqUnpackedColumnSize",
];

/**
 * Builds a layer of `Class` from its config.
 * @throws {ArgumentError} when the config holds a layer and there is no reader, or the class is no layer
 */
export function layerFromConfig(Class: LayerClassLike, config: Config, reader?: ConfigReader): Layer {
  const options = camelKeys(config);
  for (const key of IGNORED) if (options[key] === null || options[key] === false) delete options[key];
  for (const [key, value] of Object.entries(options)) {
    if (OTHER_KINDS.test(key)) continue;
    if (isLayerRecord(value)) options[key] = readLayer(value, key, reader);
    else if (Array.isArray(value) && value.some(isLayerRecord)) {
      options[key] = value.map((v: unknown) => (isLayerRecord(v) ? readLayer(v, key, reader) : v));
    }
  }
  const positional = Class.positional.map((key) => {
    const value = options[key];
    delete options[key];
    return value;
  });
  const made: unknown = Reflect.construct(Class as never, [...positional, options]);
  if (made instanceof Layer) return made;
  throw new ArgumentError("the class is not a layer", {
    code: "argument/class",
    op: Class.className ?? Class.name,
  });
}

function readLayer(value: unknown, key: string, reader: ConfigReader | undefined): Layer {
  if (reader) return reader.layer(value, key);
  throw new ArgumentError(`${key} is a layer, which needs a reader`, {
    code: "argument/missing",
    op: "fromConfig",
    hint: "use keras.layers.deserialize(record)",
  });
}

/** Options that hold other kinds of records. */
const OTHER_KINDS = /Initializer$|Regularizer$|Constraint$|Activation$|^activation$|^dtype$/;

function isLayerRecord(value: unknown): boolean {
  if (!isPlainObject(value) || typeof value["class_name"] !== "string" || !isPlainObject(value["config"]))
    return false;
  return !value["class_name"].startsWith("__");
}
