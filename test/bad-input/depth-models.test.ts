// Models that are deep, long or go in circles: a result or a typed error, never a full stack or a hang.
import { bytesSource, Hdf5Builder, importKeras, importOnnx, onnx, readKerasFile } from "@isoform/converter";
import { floats, utf8 } from "./support/bytes.js";
import { MANY, table } from "./support/depth.js";
import { hdf5Root, textAttribute } from "./support/hdf5.js";
import { dense, kerasArchive, layer, sequential, type JsonObject } from "./support/keras.js";
import { graph, graphAttribute, intsAttribute, model, node, tensor, value } from "./support/onnx.js";

/** Enough for what takes time that grows with the square of it to be seen. */
const SOME = 20_000;
const EMPTY_H5 = new Hdf5Builder().group("layers").toBytes();
const keras = async (bytes: Uint8Array, name = "m.keras"): Promise<unknown> =>
  importKeras(await readKerasFile(bytesSource(bytes, name)));
const json = (text: string): Uint8Array => utf8(text);
const lists = (depth: number): string => "[".repeat(depth) + "]".repeat(depth);
const objects = (depth: number): string => '{"a":'.repeat(depth) + "1" + "}".repeat(depth);
const input = layer("InputLayer", { name: "input", batch_shape: [null, 2], dtype: "float32" });

/** A functional config; layers are `[name, inputs]` of ReLU layers. */
function functional(
  layers: readonly (readonly [string, readonly string[]])[],
  output: string,
  className = "Activation",
): JsonObject {
  return {
    class_name: "Functional",
    module: "keras",
    config: {
      name: "model",
      layers: [
        { ...input, name: "input", inbound_nodes: [] },
        ...layers.map(([name, from]) => ({
          class_name: className,
          module: "keras.layers",
          name,
          config: className === "Activation" ? { name, activation: "relu" } : { name },
          inbound_nodes: [from.map((f) => [f, 0, 0, {}])],
        })),
      ],
      input_layers: [["input", 0, 0]],
      output_layers: [[output, 0, 0]],
    },
    registered_name: null,
  };
}
const chainOf = (length: number) =>
  Array.from({ length }, (_, i) => [`l${i}`, [i === 0 ? "input" : `l${i - 1}`]] as const);
const chain = chainOf(SOME);

const weightless = (c: JsonObject): Uint8Array => kerasArchive(c, EMPTY_H5);

/** Sequential models in one another. */
function nested(depth: number, wrap: (inner: JsonObject, i: number) => JsonObject): JsonObject {
  let inner = layer("Activation", { name: "act", activation: "relu" });
  for (let i = 0; i < depth; i++) inner = wrap(inner, i);
  return inner;
}
const twice = (inner: JsonObject, i: number): JsonObject => ({
  class_name: "Functional",
  name: `m${i}`,
  module: "keras",
  registered_name: null,
  config: {
    name: `m${i}`,
    layers: [
      { ...input, name: "input", inbound_nodes: [] },
      {
        ...inner,
        name: i === 0 ? "act" : `m${i - 1}`,
        inbound_nodes: [[["input", 0, 0, {}]], [[i === 0 ? "act" : `m${i - 1}`, 0, 0, {}]]],
      },
    ],
    input_layers: [["input", 0, 0]],
    output_layers: [[i === 0 ? "act" : `m${i - 1}`, 1, 0]],
  },
});

table("Keras", [
  ["lists in lists", () => keras(kerasArchive(json(lists(MANY)))), "limit/nesting"],
  ["objects in objects", () => keras(kerasArchive(json(objects(MANY)))), "limit/nesting"],
  [
    "lists in lists, config.json",
    () => keras(json(`{"class_name":"Sequential","config":${lists(MANY)}}`), "c.json"),
    "limit/nesting",
  ],
  ["JSON in JSON", () => keras(json(JSON.stringify(JSON.stringify(lists(MANY)))), "c.json"), "keras/config"],
  [
    "lists in lists, an attribute of HDF5",
    () => keras(hdf5Root(textAttribute("model_config", lists(30_000))), "m.h5"),
    "limit/nesting",
  ],
  [
    "sequential chain",
    () =>
      keras(
        weightless(
          sequential(
            Array.from({ length: SOME }, (_, i) =>
              layer("Activation", { name: `l${i}`, activation: "relu" }),
            ),
          ),
        ),
      ),
    "read",
  ],
  [
    "one name for all layers",
    () =>
      keras(
        weightless(
          sequential(
            Array.from({ length: SOME }, () => layer("Activation", { name: "l", activation: "relu" })),
          ),
        ),
      ),
    "read",
  ],
  [
    "dense layers of one name",
    () => keras(weightless(sequential(Array.from({ length: 20_000 }, () => dense("d"))))),
    "keras/missing-weight",
  ],
  ["chain", () => keras(weightless(functional(chainOf(MANY), `l${MANY - 1}`))), "read"],
  [
    "chain, last layer first",
    () => keras(weightless(functional(chain.toReversed(), `l${SOME - 1}`))),
    "read",
  ],
  [
    "fan",
    () =>
      keras(weightless(functional([...chain.map(([n]) => [n, ["mid"]] as const), ["mid", ["input"]]], "l0"))),
    "read",
  ],
  [
    "one merge of all",
    () => keras(weightless(functional([["add", chainOf(MANY).map(() => "input")]], "add", "Add"))),
    "limit/node-values",
  ],
  [
    "two last layers of one name",
    () => keras(weightless(functional([...chain, [`l${SOME - 1}`, ["input"]]], "l0"))),
    "keras/config",
  ],
  ["a layer on itself", () => keras(weightless(functional([["a", ["a"]]], "a"))), "keras/config"],
  [
    "two layers on each other",
    () =>
      keras(
        weightless(
          functional(
            [
              ["a", ["b"]],
              ["b", ["a"]],
            ],
            "a",
          ),
        ),
      ),
    "keras/config",
  ],
  [
    "a ring",
    () => keras(weightless(functional([["l0", [`l${SOME - 1}`]], ...chain.slice(1)], "l0"))),
    "keras/config",
  ],
  ["models that call models twice", () => keras(weightless(nested(20, twice))), "limit/nodes"],
  ["models in models", () => keras(weightless(nested(31, (inner) => sequential([inner])))), "read"],
  [
    "bidirectional in bidirectional",
    () =>
      keras(
        weightless(
          sequential([
            nested(31, (inner, i) =>
              layer("Bidirectional", {
                name: `b${i}`,
                layer: i === 0 ? layer("LSTM", { name: "lstm", units: 1 }) : inner,
              }),
            ),
          ]),
        ),
      ),
    "limit/nodes",
  ],
  [
    "time distributed in time distributed",
    () =>
      keras(
        weightless(
          sequential([nested(40, (inner, i) => layer("TimeDistributed", { name: `b${i}`, layer: inner }))]),
        ),
      ),
    "limit/nesting",
  ],
]);

const opsetImport = [onnx.create("OperatorSetIdProto", { domain: "", version: 20n })];
const relus = (n: number, name?: string) =>
  Array.from({ length: n }, (_, i) =>
    node(
      "Relu",
      [i === 0 ? "x" : `v${i - 1}`],
      [i === n - 1 ? "y" : `v${i}`],
      name === undefined ? {} : { name },
    ),
  );
/** A message in a message, `depth` times, written from the inside out without recursion. */
function wrapped(depth: number, tags: readonly number[]): Uint8Array {
  const reversed: number[] = [];
  for (let i = 0; i < depth; i++) {
    const head = [tags[i % tags.length] ?? 0];
    for (let rest = reversed.length; ; rest = Math.floor(rest / 128)) {
      head.push(rest < 128 ? rest : (rest % 128) + 128);
      if (rest < 128) break;
    }
    for (const byte of head.toReversed()) reversed.push(byte);
  }
  return Uint8Array.from(reversed.toReversed());
}

table("ONNX", [
  ["chain", () => importOnnx(model(graph(relus(MANY)))), "read"],
  ["chain of one node name", () => importOnnx(model(graph(relus(MANY, "n")))), "read"],
  [
    "constants of one node",
    () =>
      importOnnx(
        model(
          graph([
            ...Array.from({ length: SOME }, (_, i) =>
              node("Constant", [], [`c${i}`], { attribute: [intsAttribute("value_ints", i)] }),
            ),
            node("Relu", ["x"], ["y"]),
          ]),
        ),
      ),
    "read",
  ],
  [
    "one sum of all",
    () =>
      importOnnx(
        model(
          graph([
            node(
              "Sum",
              Array.from({ length: MANY }, () => "x"),
              ["y"],
            ),
          ]),
        ),
      ),
    "limit/node-values",
  ],
  [
    "one concatenation of all",
    () =>
      importOnnx(
        model(
          graph(
            [
              node(
                "Concat",
                Array.from({ length: MANY }, () => "x"),
                ["y"],
                {
                  attribute: [
                    onnx.create("AttributeProto", { name: "axis", type: onnx.AttributeType.INT, i: 0n }),
                  ],
                },
              ),
            ],
            { output: [] },
          ),
        ),
      ),
    "limit/node-values",
  ],
  [
    "a split into all",
    () =>
      importOnnx(
        model(
          graph(
            [
              node(
                "Split",
                ["x"],
                Array.from({ length: MANY }, (_, i) => `y${i}`),
              ),
            ],
            { output: [value("y0", [1])] },
          ),
        ),
      ),
    "limit/node-values",
  ],
  [
    "as many initializers",
    () =>
      importOnnx(
        model(
          graph([node("Relu", ["x"], ["y"])], {
            initializer: Array.from({ length: SOME }, (_, i) => tensor(`w${i}`, [1], { rawData: floats(1) })),
          }),
        ),
      ),
    "read",
  ],
  [
    "as many initializers in a subgraph",
    () =>
      importOnnx(
        model(
          graph(
            [
              node("If", ["c"], ["y"], {
                attribute: ["then_branch", "else_branch"].map((b) =>
                  graphAttribute(
                    b,
                    graph([node("Relu", ["x"], [`${b}y`])], {
                      input: [],
                      output: [value(`${b}y`, [2])],
                      initializer: Array.from({ length: SOME }, (_, i) =>
                        tensor(`${b}${i}`, [1], { rawData: floats(1) }),
                      ),
                    }),
                  ),
                ),
              }),
            ],
            { input: [value("x", [2]), value("c", [], 9)] },
          ),
        ),
      ),
    "read",
  ],
  [
    "as many inputs and outputs",
    () =>
      importOnnx(
        model(
          graph([], {
            input: Array.from({ length: SOME }, (_, i) => value(`x${i}`, [1])),
            output: Array.from({ length: SOME }, (_, i) => value(`x${i}`, [1])),
          }),
        ),
      ),
    "read",
  ],
  [
    "dimensions",
    () =>
      importOnnx(
        model(
          graph([node("Transpose", ["x"], ["y"])], {
            input: [
              value(
                "x",
                Array.from({ length: MANY }, () => 1),
              ),
            ],
            output: [],
          }),
        ),
      ),
    "read",
  ],
  [
    "dimensions of an initializer",
    () =>
      importOnnx(
        model(
          graph([node("Transpose", ["w"], ["y"])], {
            initializer: [
              tensor(
                "w",
                Array.from({ length: MANY }, () => 1),
                { rawData: floats(1) },
              ),
            ],
            output: [],
          }),
        ),
      ),
    "read",
  ],
  ["a node on itself", () => importOnnx(model(graph([node("Relu", ["y"], ["y"])]))), "onnx/graph"],
  [
    "a ring",
    () => importOnnx(model(graph([node("Relu", [`v${SOME - 2}`], ["v0"]), ...relus(SOME).slice(1)]))),
    "onnx/graph",
  ],
  ["last node first", () => importOnnx(model(graph(relus(SOME).toReversed()))), "onnx/graph"],
  [
    "graphs in graphs",
    () => onnx.decodeMessage("GraphProto", wrapped(MANY * 3, [0x32, 0x2a, 0x0a])),
    "limit/nesting",
  ],
  ["types in types", () => onnx.decodeMessage("TypeProto", wrapped(MANY, [0x0a, 0x22])), "limit/nesting"],
  ["groups in groups", () => importOnnx(new Uint8Array(MANY).fill(0x0b)), "onnx/protobuf"],
  [
    "functions that call functions twice",
    () =>
      importOnnx(
        model(graph([node("f0", ["x"], ["y"], { domain: "d" })]), {
          functions: Array.from({ length: 31 }, (_, i) =>
            onnx.create("FunctionProto", {
              name: `f${i}`,
              domain: "d",
              input: ["a"],
              output: ["b"],
              opsetImport,
              node:
                i === 30
                  ? [node("Relu", ["a"], ["b"])]
                  : [
                      node(`f${i + 1}`, ["a"], ["t"], { domain: "d" }),
                      node(`f${i + 1}`, ["t"], ["b"], { domain: "d" }),
                    ],
            }),
          ),
        }),
      ),
    "limit/nodes",
  ],
  [
    "functions in a chain",
    () =>
      importOnnx(
        model(graph([node("f0", ["x"], ["y"], { domain: "d" })]), {
          functions: Array.from({ length: MANY }, (_, i) =>
            onnx.create("FunctionProto", {
              name: `f${i}`,
              domain: "d",
              input: ["a"],
              output: ["b"],
              opsetImport,
              node: [
                node(i === MANY - 1 ? "Relu" : `f${i + 1}`, ["a"], ["b"], {
                  domain: i === MANY - 1 ? "" : "d",
                }),
              ],
            }),
          ),
        }),
      ),
    "limit/nesting",
  ],
  [
    "one function called by all",
    () =>
      importOnnx(
        model(graph(relus(SOME).map((n) => ({ ...n, opType: "f", domain: "d" }))), {
          functions: [
            onnx.create("FunctionProto", {
              name: "f",
              domain: "d",
              input: ["a"],
              output: ["b"],
              opsetImport,
              node: [node("Relu", ["a"], ["b"])],
            }),
          ],
        }),
      ),
    "read",
  ],
]);
