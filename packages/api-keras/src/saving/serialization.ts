// Records to layers and models: the one place that knows all classes.
import { ArgumentError, ModelFormatError, closest } from "@isoform/core";
import { customObjectScope, lookUpClass, type CustomObjects } from "../config/custom.js";
import { layerRecord, type ConfigReader } from "../config/layer-config.js";
import { configError, isObjectConfig, type Config, type ObjectConfig } from "../config/object.js";
import { FunctionOperation } from "../engine/operation.js";
import { Layer } from "../engine/layer.js";
import * as layerClasses from "../layers/classes.js";
import { ModelLayer } from "../models/model.js";
import { SequentialModel } from "../models/sequential.js";
import { functionalFromConfig } from "./functional.js";
import { isOperationModule, operationFromConfig } from "./operations.js";

interface LayerClass {
  readonly name: string;
  fromConfig(config: Config, reader?: ConfigReader): Layer;
}

function classTable(): Readonly<Record<string, LayerClass>> {
  return Object.fromEntries(
    Object.entries<unknown>(layerClasses).filter((e): e is [string, LayerClass] => isLayerClass(e[1])),
  );
}

function isLayerClass(value: unknown): value is LayerClass {
  return typeof value === "function" && value.prototype instanceof Layer;
}

/** What a reader makes of a record: a layer, a model, or an operation of a functional model. */
export type Readable = Layer | FunctionOperation;

/** Reads layers of records, with the path of the place in messages. */
export class RecordReader implements ConfigReader {
  /** A layer inside another one, which builds it under its own name. */
  layer(record: unknown, path: string): Layer {
    const made = this.#make(record, path);
    if (made instanceof Layer) return made;
    throw configError("an operation stands where a layer must be", path);
  }

  /**
   * @throws {ModelFormatError} naming the place and the nearest known class
   * @throws {ArgumentError} naming the place of an option
   */
  read(record: unknown, path: string): Readable {
    const made = this.#make(record, path);
    const build = isObjectConfig(record) ? record.build_config : null;
    if (made instanceof Layer && build && !made.built) made._buildFromConfig(build);
    return made;
  }

  #make(record: unknown, path: string): Readable {
    if (!isObjectConfig(record)) {
      throw configError("this is not a record of a layer", path, "a record has class_name and config");
    }
    const { class_name: kind, config } = record;
    const custom = lookUpClass(record, isLayerClass);
    return custom ? custom.fromConfig(config, this) : this.#known(kind, record, path);
  }

  #known(kind: string, record: ObjectConfig, path: string): Readable {
    if (kind === "Functional" || (kind === "Model" && "layers" in record.config)) {
      return functionalFromConfig(record.config, this, path);
    }
    if (kind === "Sequential") return sequentialFromConfig(record.config, this, path);
    if (isOperationModule(record.module)) {
      return operationFromConfig(kind, record.config, path);
    }
    const table = classTable();
    const alias =
      { GroupQueryAttention: "GroupedQueryAttention", CuDNNLSTM: "LSTM", CuDNNGRU: "GRU" }[kind] ?? kind;
    if (Object.hasOwn(table, alias))
      return withPlace(path, () => table[alias]!.fromConfig(record.config, this));
    const near = closest(kind, Object.keys(table));
    throw new ModelFormatError(`unknown layer class ${JSON.stringify(kind)}`, {
      code: "keras/unknown-class",
      path,
      hint:
        `${near ? `did you mean ${near}? ` : ""}A class of your own goes into customObjects by this name, or is registered ` +
        "with registerKerasSerializable; a name you do not know was made by a minifier: save with a registered name",
    });
  }
}

/** Adds the place in the model to errors about options. */
function withPlace<T>(path: string, fn: () => T): T {
  try {
    return fn();
  } catch (error) {
    if (!(error instanceof ArgumentError) || error.path !== undefined) throw error;
    const { code, op, inputs, attrs, hint } = error;
    throw new ArgumentError(error.problem, { code, op, inputs, attrs, hint, path, cause: error });
  }
}

function sequentialFromConfig(config: Config, reader: RecordReader, path: string): SequentialModel {
  const records = config["layers"];
  if (!Array.isArray(records)) throw configError("layers is not a list", `${path}.layers`);
  const layers = records.map((r: unknown, i) => reader.layer(r, `${path}.layers[${i}]`));
  const { name, trainable, dtype } = config;
  const model = new SequentialModel(layers, {
    ...(typeof name === "string" ? { name } : {}),
    ...(dtype === undefined ? {} : { dtype: dtype as never }),
  });
  const shape = config["build_input_shape"] ?? config["build_batch_input_shape"];
  if (!model.built && Array.isArray(shape)) model.build(shape as (number | null)[]);
  if (trainable === false) model.trainable = false;
  return model;
}

/**
 * The record of a layer or model: `{module, class_name, config, registered_name, build_config}`.
 * @throws {ModelFormatError} when an operation of a model cannot be written
 * @see keras.layers.serialize
 */
export function serialize(layer: Layer): ObjectConfig {
  return layerRecord(layer);
}

/** Options of reading. */
export interface ReadOptions {
  /** Classes and functions of the caller by the name that the record gives them. */
  readonly customObjects?: CustomObjects;
}

/**
 * A layer or model of a record, built when the record says how. No code of the record is ever run.
 * @throws {ModelFormatError} when the record is malformed or names an unknown class
 * @throws {ArgumentError} when an option of a layer is unknown or out of range
 * @throws {ShapeError} when a layer cannot be built for its input
 * @throws {UnsafeModelError} for Lambda layers without a function of the caller
 * @see keras.layers.deserialize
 */
export function deserialize(record: unknown, options: ReadOptions = {}): Layer {
  return customObjectScope(options.customObjects ?? {}, () => {
    const made = new RecordReader().read(record, "config");
    if (made instanceof Layer) return made;
    throw configError("the record is of an operation, not of a layer", "config");
  });
}

/**
 * A model of its config: the record of `toJSON()`, its text, or the content of config.json of a .keras file.
 * @throws {ModelFormatError} when the record is malformed, not JSON, not of a model, or names an unknown
 *   class
 * @throws {ArgumentError} when an option of a layer is unknown or out of range
 * @throws {ShapeError} when a layer cannot be built for its input
 * @throws {UnsafeModelError} for Lambda layers without a function of the caller
 * @see keras.models.model_from_json
 */
export function modelFromConfig(config: unknown, options: ReadOptions = {}): ModelLayer {
  const record: unknown = typeof config === "string" ? parse(config) : config;
  const made = deserialize(record, options);
  if (made instanceof ModelLayer) return made;
  throw configError("the record is of a layer, not of a model", "config", "use keras.layers.deserialize");
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new ModelFormatError("the text is not JSON", {
      code: "keras/config",
      path: "config",
      cause: error,
    });
  }
}
