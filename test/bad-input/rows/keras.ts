// Keras configs that want code run, settings changed or sizes believed.
import { utf8 } from "../support/bytes.js";
import { dense, kerasArchive, kerasH5, layer, sequential, weights, type Json } from "../support/keras.js";
import type { Row } from "../support/rows.js";
import { accepted, malformed, overLimit, shows, unsupported } from "../support/sandbox.js";

/** A Lambda layer with marshalled bytecode, as Keras 3 and Keras 2 write it. */
const BYTECODE = "4wEAAAAAAAAAAAAAAAEAAAACAAAA8wYAAACXAHwAUwCpAU4=";
const lambda3 = layer("Lambda", {
  name: "evil",
  function: { class_name: "__lambda__", config: { code: BYTECODE, defaults: null, closure: null } },
  arguments: {},
});
const lambda2: Json = {
  class_name: "Lambda",
  config: {
    name: "evil",
    function: [BYTECODE, null, null],
    function_type: "lambda",
    module: "os",
    arguments: {},
  },
};
const h5Model = (layers: readonly Json[]): Json => ({
  class_name: "Sequential",
  config: {
    name: "model",
    layers: [
      { class_name: "InputLayer", config: { name: "input", batch_input_shape: [null, 2], dtype: "float32" } },
      ...layers,
    ],
  },
});
const refusedLayers = unsupported("import/keras-unsupported", "evil", "customLayers");

const archive = (name: string, config: Json | Uint8Array, h5?: Uint8Array) => ({
  file: "m.keras",
  name,
  files: () => ({ "m.keras": kerasArchive(config, h5) }),
});

/** A model in a model, `depth` times. */
function nested(depth: number): Uint8Array {
  const open = '{"module":"keras","class_name":"Sequential","config":{"name":"m","layers":[';
  return utf8(`${open.repeat(depth)}${"]}}".repeat(depth)}`);
}

/** The rows. */
export const KERAS_ROWS: readonly Row[] = [
  {
    advisory: "CVE-2024-3660",
    ...archive("Lambda bytecode in .keras", sequential([dense("fine"), lambda3])),
    convert: refusedLayers,
    inspect: shows("evil"),
  },
  {
    advisory: "CVE-2025-9905",
    name: "Lambda bytecode in .h5: the same rule",
    file: "m.h5",
    files: () => ({
      "m.h5": kerasH5(
        h5Model([{ class_name: "Dense", config: { name: "fine", units: 2, use_bias: false } }, lambda2]),
        ["fine"],
      ),
    }),
    convert: refusedLayers,
    inspect: shows("evil"),
  },
  {
    advisory: "CVE-2024-3660",
    name: "Lambda bytecode in architecture JSON",
    file: "m.json",
    files: () => ({ "m.json": JSON.stringify(h5Model([lambda2])) }),
    convert: malformed("keras/missing-weight", "holds no weights"),
    inspect: shows("Lambda"),
  },
  {
    advisory: "CVE-2025-1550",
    ...archive(
      "a layer that is a function of a module",
      sequential([dense("fine"), layer("system", { name: "evil" }, "os")]),
    ),
    convert: refusedLayers,
    inspect: shows("evil"),
  },
  {
    advisory: "CVE-2025-1550",
    ...archive(
      "an activation that is a function of a module",
      sequential([
        dense("evil", {
          activation: { module: "builtins", class_name: "function", config: "exec", registered_name: "exec" },
        }),
      ]),
    ),
    convert: unsupported("import/keras-unsupported", "exec", "evil"),
    inspect: shows("exec", "evil"),
  },
  {
    advisory: "CVE-2025-1550",
    ...archive("a model class of another module", {
      module: "subprocess",
      class_name: "Popen",
      config: { args: ["touch", "pwned"] },
      registered_name: null,
    }),
    convert: unsupported("keras/unsupported", "Popen"),
    inspect: shows("Popen"),
  },
  {
    advisory: "CVE-2025-8747",
    ...archive(
      "a download hidden as an operation",
      sequential([
        dense("fine"),
        layer(
          "get_file",
          { name: "evil", fname: "x", origin: "http://127.0.0.1/x", cache_dir: "/tmp", extract: true },
          "keras.utils",
        ),
      ]),
    ),
    convert: refusedLayers,
    inspect: shows("evil"),
  },
  {
    advisory: "CVE-2025-9906",
    ...archive(
      "a layer that switches the safe mode off",
      sequential([
        layer("enable_unsafe_deserialization", { name: "switch" }, "keras.config"),
        lambda3,
        layer("function", { name: "set" }, "keras.config"),
      ]),
      weights(0),
    ),
    convert: unsupported("import/keras-unsupported", "evil", "switch", "set"),
    inspect: shows("evil", "switch", "set"),
  },
  {
    advisory: "CVE-2025-9906",
    ...archive("a config that says safe_mode false", sequential([lambda3], { safe_mode: false }), weights(0)),
    convert: refusedLayers,
    inspect: shows("evil"),
  },
  {
    advisory: "CVE-2025-1550",
    ...archive(
      "an optimizer, loss and metric of other modules are text",
      sequential([dense("fine")], {
        compile_config: {
          optimizer: { module: "os", class_name: "system", config: { command: "touch pwned" } },
          loss: { module: "builtins", class_name: "function", config: "eval" },
          metrics: [{ module: "subprocess", class_name: "run", config: {} }],
        },
      }),
    ),
    convert: accepted,
  },
  {
    advisory: "CVE-2025-8747",
    ...archive(
      "a registered class of a package of the author",
      sequential([
        {
          module: "evil",
          class_name: "Dense",
          config: { name: "evil", units: 2 },
          registered_name: "evil>Dense",
        },
      ]),
    ),
    convert: refusedLayers,
    inspect: shows("evil"),
  },
  {
    advisory: "CVE-2024-3660",
    ...archive(
      "a Lambda inside TimeDistributed",
      sequential([layer("TimeDistributed", { name: "evil", layer: lambda3 })]),
      weights(0),
    ),
    convert: refusedLayers,
    inspect: shows("evil"),
  },
  {
    advisory: "config nesting",
    ...archive("5,000 models in models", nested(5000), weights(0)),
    convert: overLimit("limit/nesting"),
  },
  {
    advisory: "config nesting",
    ...archive("30 models in models, no input", nested(30), weights(0)),
    convert: malformed("keras/input-shape"),
  },
  {
    advisory: "config nesting",
    ...archive("100,000 brackets", utf8("[".repeat(100_000))),
    convert: overLimit("limit/nesting"),
  },
  {
    advisory: "CVE-2026-0897",
    ...archive("a layer of 2^50 units", sequential([dense("huge", { units: 2 ** 50 })])),
    convert: malformed("keras/weight-shape", "huge"),
  },
  {
    advisory: "CVE-2026-0897",
    ...archive(
      "layers whose results do not fit in memory",
      sequential([layer("RepeatVector", { name: "bomb", n: 2 ** 40 }), layer("Flatten", { name: "flat" })]),
      weights(0),
    ),
    runs: true,
    convert: overLimit("limit/elements", "bomb", "float32["),
    inspect: shows("bomb"),
  },
  {
    advisory: "config",
    ...archive("text where a number belongs", sequential([dense("odd", { units: "2; import os" })])),
    convert: malformed("keras/config", "odd", "units"),
  },
  {
    advisory: "config",
    ...archive("an option that no Dense has", sequential([dense("odd", { activaton: "relu" })])),
    convert: malformed("keras/unknown-option", "odd", "activaton", 'did you mean "activation"'),
  },
  {
    advisory: "config",
    ...archive(
      "duplicate keys in the config",
      utf8('{"class_name":"Sequential","class_name":"Popen","config":{}}'),
    ),
    convert: malformed("format/json"),
  },
  {
    advisory: "config",
    ...archive(
      "a functional model that feeds itself",
      {
        module: "keras",
        class_name: "Functional",
        config: {
          name: "loop",
          layers: [
            {
              ...(layer("InputLayer", { name: "x", batch_shape: [null, 2] }) as object),
              name: "x",
              inbound_nodes: [],
            },
            { ...(dense("a") as object), name: "a", inbound_nodes: [[["b", 0, 0, {}]]] },
            { ...(dense("b") as object), name: "b", inbound_nodes: [[["a", 0, 0, {}]]] },
          ],
          input_layers: [["x", 0, 0]],
          output_layers: [["b", 0, 0]],
        },
      },
      weights(2),
    ),
    convert: malformed("keras/config"),
  },
  {
    advisory: "missing weights",
    ...archive("a layer without its kernel", sequential([dense("first"), dense("second")]), weights(1)),
    convert: malformed("keras/missing-weight", "second"),
  },
  {
    advisory: "missing weights",
    ...archive("a kernel without its layer", sequential([dense("first")]), weights(2)),
    convert: malformed("keras/extra-weight", "dense_1"),
  },
];
