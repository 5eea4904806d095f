// ONNX models that no exporter makes, in few words.
import { onnx } from "@isoform/converter";

type Init<K extends keyof onnx.MessageTypes> = onnx.Init<onnx.MessageTypes[K]>;

/** A tensor of float32. */
export function tensor(
  name: string,
  dims: readonly (number | bigint)[],
  more: Init<"TensorProto"> = {},
): onnx.TensorProto {
  return onnx.create("TensorProto", { name, dims: dims.map(BigInt), dataType: 1, ...more });
}

/** An input or output of float32 with fixed sizes. */
export function value(name: string, dims: readonly number[], elemType = 1): onnx.ValueInfoProto {
  const dim = dims.map((n) => onnx.create("TensorShapeProtoDimension", { dimValue: BigInt(n) }));
  return onnx.create("ValueInfoProto", {
    name,
    type: onnx.create("TypeProto", {
      tensorType: onnx.create("TypeProtoTensor", {
        elemType,
        shape: onnx.create("TensorShapeProto", { dim }),
      }),
    }),
  });
}

/** A node. */
export function node(
  opType: string,
  input: readonly string[],
  output: readonly string[],
  more: Init<"NodeProto"> = {},
): onnx.NodeProto {
  return onnx.create("NodeProto", { opType, input, output, ...more });
}

/** An attribute that is a graph. */
export const graphAttribute = (name: string, g: onnx.GraphProto): onnx.AttributeProto =>
  onnx.create("AttributeProto", { name, type: onnx.AttributeType.GRAPH, g });
/** An attribute that is a tensor. */
export const tensorAttribute = (name: string, t: onnx.TensorProto): onnx.AttributeProto =>
  onnx.create("AttributeProto", { name, type: onnx.AttributeType.TENSOR, t });
/** An attribute that is a list of whole numbers. */
export const intsAttribute = (name: string, ...ints: readonly number[]): onnx.AttributeProto =>
  onnx.create("AttributeProto", { name, type: onnx.AttributeType.INTS, ints: ints.map(BigInt) });

/** A graph from x [2] to y [2] unless told otherwise. */
export function graph(nodes: readonly onnx.NodeProto[], more: Init<"GraphProto"> = {}): onnx.GraphProto {
  return onnx.create("GraphProto", {
    name: "g",
    node: nodes,
    input: [value("x", [2])],
    output: [value("y", [2])],
    ...more,
  });
}

/** The bytes of a model of opset 20 of a graph. */
export function model(g: onnx.GraphProto, more: Init<"ModelProto"> = {}): Uint8Array {
  return onnx.encodeModel(
    onnx.create("ModelProto", {
      irVersion: 9n,
      opsetImport: [onnx.create("OperatorSetIdProto", { domain: "", version: 20n })],
      graph: g,
      ...more,
    }),
  );
}

/** y = x + w, where w lies in another file by these entries. */
export function externalModel(
  entries: Readonly<Record<string, string>> | readonly (readonly [string, string])[],
): Uint8Array {
  const list = Array.isArray(entries)
    ? (entries as readonly (readonly [string, string])[])
    : Object.entries(entries);
  const externalData = list.map(([key, text]) => onnx.create("StringStringEntryProto", { key, value: text }));
  const w = tensor("w", [2], { dataLocation: onnx.DataLocation.EXTERNAL, externalData });
  return model(graph([node("Add", ["x", "w"], ["y"])], { initializer: [w] }));
}
