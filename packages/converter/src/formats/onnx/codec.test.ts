import { existsSync, readdirSync, readFileSync } from "node:fs";
import { ArgumentError, IsoformError, LimitExceededError, ModelFormatError } from "@isoform/core";
import oracle from "onnx-proto";
import { describe, expect, it } from "vitest";
import { generate } from "../../../tools/onnx-schema.mjs";
import {
  AttributeType,
  create,
  decodeMessage,
  decodeModel,
  encodeMessage,
  encodeModel,
  type ModelProto,
} from "./index.js";

const models = new URL("../../../../../../shared/data/models/", import.meta.url);

/** A small model that uses every message of the schema. */
function sample(): ModelProto {
  const props = [create("StringStringEntryProto", { key: "k", value: "v" })];
  const shape = create("TensorShapeProto", {
    dim: [
      create("TensorShapeProtoDimension", { dimParam: "batch", denotation: "DATA_BATCH" }),
      create("TensorShapeProtoDimension", { dimValue: 3n }),
      create("TensorShapeProtoDimension", {}),
    ],
  });
  const float = create("TypeProto", { tensorType: create("TypeProtoTensor", { elemType: 1, shape }) });
  const tensor = create("TensorProto", {
    name: "w",
    dims: [3n],
    dataType: 1,
    floatData: [1, -2.5, Infinity],
    int32Data: [-1, 5],
    int64Data: [-1n, 2n ** 62n],
    uint64Data: [2n ** 64n - 1n],
    doubleData: [0.1],
    stringData: [Uint8Array.of(104, 105)],
    segment: create("TensorProtoSegment", { begin: 0n, end: 3n }),
    metadataProps: props,
  });
  const sparse = create("SparseTensorProto", { values: tensor, indices: tensor, dims: [9n] });
  const inner = create("GraphProto", { name: "inner", node: [create("NodeProto", { opType: "Identity" })] });
  const types = [
    create("TypeProto", { sequenceType: create("TypeProtoSequence", { elemType: float }) }),
    create("TypeProto", { mapType: create("TypeProtoMap", { keyType: 7, valueType: float }) }),
    create("TypeProto", { optionalType: create("TypeProtoOptional", { elemType: float }) }),
    create("TypeProto", { sparseTensorType: create("TypeProtoSparseTensor", { elemType: 1, shape }) }),
    create("TypeProto", {
      opaqueType: create("TypeProtoOpaque", { domain: "d", name: "n" }),
      denotation: "X",
    }),
  ];
  const attribute = create("AttributeProto", {
    name: "everything",
    refAttrName: "outer",
    docString: "doc",
    type: AttributeType.GRAPH,
    f: 0.5,
    i: -(2n ** 63n),
    s: Uint8Array.of(0, 255),
    t: tensor,
    g: inner,
    sparseTensor: sparse,
    tp: float,
    floats: [1, 2],
    ints: [2n ** 63n - 1n, 0n, -1n],
    strings: [Uint8Array.of(1), new Uint8Array()],
    tensors: [tensor],
    graphs: [inner],
    sparseTensors: [sparse],
    typeProtos: types,
  });
  const sharding = create("ShardingSpecProto", {
    tensorName: "w",
    device: [0n, 1n],
    indexToDeviceGroupMap: [create("IntIntListEntryProto", { key: -1n, value: [0n] })],
    shardedDim: [
      create("ShardedDimProto", {
        axis: 0n,
        simpleSharding: [create("SimpleShardedDimProto", { dimParam: "n", numShards: 2n })],
      }),
    ],
  });
  const node = create("NodeProto", {
    name: "n",
    opType: "If",
    domain: "",
    overload: "o",
    input: ["x", ""],
    output: ["grüße 你好"],
    attribute: [attribute],
    metadataProps: props,
    deviceConfigurations: [
      create("NodeDeviceConfigurationProto", {
        configurationId: "c",
        pipelineStage: -1,
        shardingSpec: [sharding],
      }),
    ],
  });
  const value = create("ValueInfoProto", { name: "x", type: float, docString: "", metadataProps: props });
  const opset = create("OperatorSetIdProto", { domain: "", version: 28n });
  const graph = create("GraphProto", {
    name: "g",
    node: [node],
    initializer: [tensor],
    sparseInitializer: [sparse],
    input: [value],
    output: [value],
    valueInfo: [value],
    docString: "d",
    metadataProps: props,
    quantizationAnnotation: [
      create("TensorAnnotation", { tensorName: "w", quantParameterTensorNames: props }),
    ],
  });
  return create("ModelProto", {
    irVersion: 14n,
    opsetImport: [opset],
    producerName: "isoform",
    modelVersion: 1n,
    graph,
    metadataProps: props,
    trainingInfo: [create("TrainingInfoProto", { algorithm: inner, initializationBinding: props })],
    functions: [
      create("FunctionProto", {
        name: "f",
        input: ["a"],
        output: ["b"],
        attribute: ["p"],
        attributeProto: [attribute],
        node: [node],
        opsetImport: [opset],
        domain: "local",
        overload: "v",
        valueInfo: [value],
      }),
    ],
    configuration: [create("DeviceConfigurationProto", { name: "c", numDevices: 2, device: ["a", "b"] })],
  });
}

/** Typed arrays as plain lists, so that models compare by value. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return `bytes ${Buffer.from(value).toString("hex")}`;
  if (ArrayBuffer.isView(value)) return Array.from(value as Float32Array);
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]));
}

it("the generated schema is that of onnx.proto", () => {
  const schema = new URL("./schema/", import.meta.url);
  const proto = readFileSync(new URL("onnx.proto", schema), "utf8");
  expect(generate(proto)).toBe(readFileSync(new URL("onnx.gen.ts", schema), "utf8"));
});

/** A field that the schema does not know. */
const extra = (id: number): Uint8Array =>
  Uint8Array.of((((id << 3) | 2) & 127) | 128, (id << 3) >> 7, 3, 7, 8, 9);

describe("round trip", () => {
  it("every message and field", () => {
    const model = sample();
    const bytes = encodeModel(model);
    expect(plain(decodeModel(bytes))).toEqual(plain(model));
    expect(encodeModel(decodeModel(bytes))).toEqual(bytes);
  });

  it.skipIf(!existsSync(models))("real models come back bit for bit", () => {
    const files = readdirSync(models, { recursive: true, encoding: "utf8" }).filter((f) =>
      f.endsWith(".onnx"),
    );
    expect(files.length).toBeGreaterThan(8);
    for (const file of files) {
      const bytes = readFileSync(new URL(file, models));
      expect(Buffer.compare(encodeModel(decodeModel(bytes, { name: file })), bytes), file).toBe(0);
    }
  });

  it("fields that the schema does not know survive, also inside messages", () => {
    const group = Uint8Array.of(0xa3, 0x06, 0x08, 0x01, 0xa4, 0x06);
    const node = Buffer.concat([encodeMessage("NodeProto", { opType: "Relu" }), extra(99), group]);
    const graph = Buffer.concat([Uint8Array.of(0x0a, node.length), node, extra(100)]);
    const opset = Uint8Array.of(0x42, 2, 0x10, 13);
    const bytes = Buffer.concat([Uint8Array.of(0x3a, graph.length), graph, opset, extra(101)]);
    const model = decodeModel(bytes);
    expect(model.unknownFields).toHaveLength(1);
    expect(model.graph?.node[0]?.unknownFields).toHaveLength(2);
    expect(Buffer.compare(encodeModel(model), bytes)).toBe(0);
  });

  it("reads packed and unpacked numbers, merged messages, and the last of a oneof", () => {
    const ints = decodeMessage("AttributeProto", Uint8Array.of(0x42, 2, 1, 2, 0x40, 3));
    expect(Array.from(ints.ints)).toEqual([1n, 2n, 3n]);
    const floats = decodeMessage("TensorProto", Uint8Array.of(0x25, 0, 0, 128, 63));
    expect(Array.from(floats.floatData)).toEqual([1]);
    const merged = decodeMessage("ModelProto", Uint8Array.of(0x3a, 3, 0x12, 1, 97, 0x3a, 3, 0x52, 1, 98));
    expect(merged.graph).toMatchObject({ name: "a", docString: "b" });
    const dim = decodeMessage("TensorShapeProtoDimension", Uint8Array.of(8, 5, 0x12, 1, 110));
    expect(dim).toEqual({ dimParam: "n" });
    const wrongWire = decodeMessage("NodeProto", Uint8Array.of(0x20, 5));
    expect(wrongWire.opType).toBeUndefined();
    expect(wrongWire.unknownFields).toEqual([Uint8Array.of(0x20, 5)]);
  });
});

describe("against onnx-proto (ONNX 1.10)", () => {
  const { onnx } = oracle;
  it("it decodes what we write", () => {
    const theirs = onnx.ModelProto.decode(encodeModel(sample()));
    const node = theirs.graph?.node?.[0];
    expect(theirs.producerName).toBe("isoform");
    expect(String(theirs.opsetImport[0]?.version)).toBe("28");
    expect(node?.output).toEqual(["grüße 你好"]);
    const attribute = node?.attribute?.[0];
    expect(attribute?.f).toBe(0.5);
    expect(String(attribute?.i)).toBe("-9223372036854775808");
    expect(attribute?.ints?.map(String)).toEqual(["9223372036854775807", "0", "-1"]);
    expect(attribute?.t?.floatData).toEqual([1, -2.5, Infinity]);
    expect(
      attribute?.t?.uint64Data?.map((v) => (typeof v === "number" ? v : v.toUnsigned().toString())),
    ).toEqual(["18446744073709551615"]);
    expect(theirs.graph?.input?.[0]?.type?.tensorType?.shape?.dim?.[0]?.dimParam).toBe("batch");
  });

  it("we decode what it writes", () => {
    const bytes = onnx.ModelProto.encode({
      irVersion: 8,
      producerName: "oracle",
      opsetImport: [{ domain: "", version: 15 }],
      graph: {
        name: "g",
        node: [
          { opType: "Conv", input: ["x", "w"], attribute: [{ name: "pads", type: 7, ints: [1, 2, -3] }] },
        ],
        initializer: [{ name: "w", dims: [2], dataType: 1, rawData: new Uint8Array(8) }],
        input: [
          {
            name: "x",
            type: { tensorType: { elemType: 1, shape: { dim: [{ dimParam: "n" }, { dimValue: 4 }] } } },
          },
        ],
      },
    }).finish();
    const model = decodeModel(bytes);
    expect(model).toMatchObject({ irVersion: 8n, producerName: "oracle", opsetImport: [{ version: 15n }] });
    expect(Array.from(model.graph?.node[0]?.attribute[0]?.ints ?? [])).toEqual([1n, 2n, -3n]);
    expect(model.graph?.initializer[0]?.rawData).toHaveLength(8);
    expect(model.graph?.input[0]?.type?.tensorType?.shape?.dim).toMatchObject([
      { dimParam: "n" },
      { dimValue: 4n },
    ]);
    expect(plain(decodeModel(encodeModel(model)))).toEqual(plain(model));
  });
});

const decode = (bytes: Uint8Array): unknown => decodeModel(bytes, { name: "x.onnx" });
const field = (id: number, content: Uint8Array): Uint8Array => {
  const head: number[] = [(id << 3) | 2];
  let rest = content.length;
  for (; rest > 127; rest >>>= 7) head.push((rest & 127) | 128);
  return Buffer.concat([Uint8Array.from([...head, rest]), content]);
};

describe("hostile input", () => {
  it.each([
    ["nothing", new Uint8Array()],
    ["text", new TextEncoder().encode("this is not a model")],
    ["no opset", field(7, new Uint8Array())],
    ["a length past the end", Uint8Array.of(0x3a, 0xff, 0xff, 0xff, 0x07)],
    ["a varint without end", Uint8Array.of(0x08, ...Array<number>(12).fill(255))],
    ["field number 0", Uint8Array.of(0x00, 0x01)],
    ["a stray end of group", Uint8Array.of(0x0c)],
    ["text that is not UTF-8", field(2, Uint8Array.of(0xff, 0xfe))],
    ["a packed number cut off", field(7, field(5, field(7, Uint8Array.of(0x80))))],
    ["a packed float cut off", field(7, field(5, field(4, Uint8Array.of(1, 2, 3))))],
  ])("%s", (_name, bytes) => {
    expect(() => decode(bytes)).toThrow(ModelFormatError);
  });

  it("5,000 nested graphs and nested groups", () => {
    let graph: Uint8Array = new Uint8Array();
    for (let i = 0; i < 5000; i++) graph = field(1, field(5, field(6, graph)));
    const start = process.cpuUsage();
    expect(() => decode(field(7, graph))).toThrow(LimitExceededError);
    expect(() => decode(new Uint8Array(100_000).fill(0x4b))).toThrow(ModelFormatError);
    let type: Uint8Array = new Uint8Array();
    for (let i = 0; i < 2000; i++) type = field(4, field(1, type));
    expect(() => decode(field(7, field(11, field(2, type))))).toThrow(LimitExceededError);
    const { user, system } = process.cpuUsage(start);
    expect((user + system) / 1000).toBeLessThan(1000);
  });

  it("counts nodes and values before they fill the memory", () => {
    const nodes = field(
      7,
      new Uint8Array(4000).fill(0).map((_, i) => (i % 2 === 0 ? 0x0a : 0)),
    );
    expect(() => decodeModel(nodes, { limits: { nodes: 1000 } })).toThrow(
      expect.objectContaining({ code: "limit/nodes" }),
    );
    const names = field(
      7,
      field(
        1,
        new Uint8Array(40_000).map((_, i) => (i % 2 === 0 ? 0x0a : 0)),
      ),
    );
    expect(() => decodeModel(names, { limits: { nodes: 1000 } })).toThrow(
      expect.objectContaining({ code: "limit/nodes" }),
    );
  });

  it("truncation at every byte: a typed error, or a whole prefix of top-level fields", () => {
    const bytes = encodeModel(sample());
    const ends = new Set<number>();
    for (let n = 0; n < bytes.length; n++) {
      try {
        decode(bytes.slice(0, n));
        ends.add(n);
      } catch (error) {
        expect(error).toBeInstanceOf(IsoformError);
      }
    }
    // After graph and opset_import: metadata_props, training_info, functions, configuration.
    expect(ends.size).toBeLessThanOrEqual(4);
  });

  it("4,000 mutations give models or typed errors", () => {
    const original = encodeModel(sample());
    let state = 7;
    const next = (): number => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return state / 2 ** 32;
    };
    let decoded = 0;
    for (let round = 0; round < 4000; round++) {
      const bytes = original.slice();
      for (let i = 0; i < 1 + next() * 3; i++)
        bytes[Math.floor(next() * bytes.length)] = Math.floor(next() * 256);
      try {
        encodeModel(decodeModel(bytes));
        decoded++;
      } catch (error) {
        if (!(error instanceof IsoformError)) throw error;
      }
    }
    expect(decoded).toBeGreaterThan(100);
    expect(decoded).toBeLessThan(3900);
  });

  it("names of Object.prototype are data", () => {
    const node = create("NodeProto", { name: "__proto__", opType: "constructor", input: ["toString"] });
    const graph = create("GraphProto", { name: "__proto__", node: [node] });
    const opset = create("OperatorSetIdProto", { domain: "__proto__", version: 1n });
    const model = decodeModel(encodeModel(create("ModelProto", { graph, opsetImport: [opset] })));
    expect(model.graph?.node[0]).toMatchObject({
      name: "__proto__",
      opType: "constructor",
      input: ["toString"],
    });
    expect(Object.keys(Object.prototype)).toEqual([]);
  });

  it("what cannot be encoded is named", () => {
    expect(() => encodeMessage("OperatorSetIdProto", { version: 2n ** 64n })).toThrow(ArgumentError);
    expect(() => encodeMessage("TensorProto", { dataType: 1.5 })).toThrow(/TensorProto.dataType.*1.5 is not/);
    const cyclic = create("GraphProto", {});
    const attribute = create("AttributeProto", { g: cyclic });
    Object.assign(cyclic, { node: [create("NodeProto", { attribute: [attribute] })] });
    expect(() => encodeMessage("GraphProto", cyclic)).toThrow(/contain themselves/);
  });
});
