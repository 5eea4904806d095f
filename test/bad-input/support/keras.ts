// Keras files around a config that nobody's Keras would write.
import { Hdf5Builder } from "@isoform/converter";
import { floats, utf8 } from "./bytes.js";
import { rawZip, type RawEntry } from "./zip.js";

/** JSON of a config. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
/** An object in it. */
export type JsonObject = { readonly [key: string]: Json };

/** A layer as Keras 3 writes it. */
export function layer(
  className: string,
  config: Readonly<Record<string, Json>>,
  module = "keras.layers",
): JsonObject {
  return { module, class_name: className, config, registered_name: null };
}

/** Dense layer of 2 to 2. */
export const dense = (name: string, more: Readonly<Record<string, Json>> = {}): Json =>
  layer("Dense", { name, units: 2, activation: "linear", use_bias: false, ...more });

/** A Sequential model on inputs of 2 numbers. */
export function sequential(layers: readonly Json[], more: Readonly<Record<string, Json>> = {}): JsonObject {
  const input = layer("InputLayer", { name: "input", batch_shape: [null, 2], dtype: "float32" });
  return {
    module: "keras",
    class_name: "Sequential",
    config: { name: "model", layers: [input, ...layers] },
    registered_name: null,
    ...more,
  };
}

/** model.weights.h5 with the kernel [2, 2] of as many Dense layers. */
export function weights(layers = 1): Uint8Array {
  const builder = new Hdf5Builder();
  builder.group("vars");
  for (let i = 0; i < layers; i++) {
    const path = `layers/dense${i === 0 ? "" : `_${i}`}/vars/0`;
    builder.dataset(path, { dtype: "float32", shape: [2, 2], data: floats(1, 2, 3, 4) });
  }
  return builder.toBytes();
}

/** A .keras archive. `more` are further entries, as raw as they come. */
export function kerasArchive(
  config: Json | Uint8Array,
  h5: Uint8Array = weights(),
  more: readonly RawEntry[] = [],
): Uint8Array {
  const text = config instanceof Uint8Array ? config : utf8(JSON.stringify(config));
  return rawZip([
    { name: "metadata.json", data: utf8('{"keras_version":"3.15.1"}') },
    { name: "config.json", data: text },
    { name: "model.weights.h5", data: h5 },
    ...more,
  ]);
}

/** A legacy full-model .h5 file with one Dense layer's weights under each given name. */
export function kerasH5(config: Json, names: readonly string[]): Uint8Array {
  const builder = new Hdf5Builder()
    .attribute("", "keras_version", "2.15.0")
    .attribute("", "backend", "tensorflow")
    .attribute("", "model_config", JSON.stringify(config))
    .attribute("model_weights", "layer_names", names);
  for (const name of names) {
    builder.attribute(`model_weights/${name}`, "weight_names", [`${name}/kernel:0`]);
    builder.dataset(`model_weights/${name}/${name}/kernel:0`, {
      dtype: "float32",
      shape: [2, 2],
      data: floats(1, 2, 3, 4),
    });
  }
  return builder.toBytes();
}
