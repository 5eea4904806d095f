// The ONNX exporter: the IR in a chosen opset, source names kept, one node per layer.
import { ArgumentError, checkOptions, UnsupportedOpError } from "@isoform/core";
import {
  create,
  encodeModel,
  onnxDTypeOf,
  rawToTensor,
  type GraphProto,
  type ModelProto,
  type NodeProto,
  type TypeProto,
  type ValueInfoProto,
} from "../../formats/onnx/index.js";
import { inferShapes } from "../../execute/shapes.js";
import { FACT_KEYS, frozenWeights, trainingText } from "../../ir/facts.js";
import { rewriteGraph } from "../../ir/passes/rewrite.js";
import type { IrGraph, IrModel, IrValue } from "../../ir/types.js";
import { verifyIr } from "../../ir/verify.js";
import { readValues, walkNodes } from "../../ir/walk.js";
import { nodeToProto } from "./node.js";
import { DEFAULT_OPSET, irVersionOf, loweringsFor, OPSET_RANGE } from "./opset.js";

/** Options of the ONNX exporter. */
export interface OnnxExportOptions {
  /** Operator set, an integer from 13 to 28; default 20. */
  readonly opset?: number;
}

/** What was written. */
export interface OnnxExport {
  readonly proto: ModelProto;
  /** The graph as written, after lowering. */
  readonly graph: IrGraph;
}

/**
 * Writes a model as ONNX; inputs and outputs keep their shapes. Inferred shapes are filled in in `model` too.
 * @throws {ArgumentError} when an option is unknown or the opset is not an integer from 13 to 28
 * @throws {UnsupportedOpError} when the opset cannot express nodes (the error lists all of them), or ONNX
 * lacks an element type
 * @throws {IsoformError} (`ir/invalid`) when the graph made is not well-formed, which is a fault of this
 * package
 * @see https://onnx.ai/onnx/operators/
 */
export function exportOnnx(model: IrModel, options: OnnxExportOptions = {}): OnnxExport {
  checkOptions("exportOnnx", options, ["opset"]);
  const { opset = DEFAULT_OPSET } = options;
  const [low, high] = OPSET_RANGE;
  if (!Number.isInteger(opset) || opset < low || opset > high) {
    throw new ArgumentError(`opset ${opset} cannot be written`, {
      code: "onnx/opset",
      op: "exportOnnx",
      hint: `choose ${low} to ${high}`,
    });
  }
  inferShapes(model.graph);
  const graph = rewriteGraph(model.graph, loweringsFor(opset));
  inferShapes(graph);
  verifyIr(graph);
  const problems: string[] = [];
  const proto = graphToProto(graph, opset, [], problems);
  if (problems.length > 0) {
    throw new UnsupportedOpError(
      `${problems.length} node(s) cannot be written:\n  ${problems.join("\n  ")}`,
      {
        code: "onnx/unsupported",
        op: "exportOnnx",
        attrs: { nodes: problems },
        hint: "a newer opset may have them: pass `opset`",
      },
    );
  }
  return { proto: wrap(model, proto, graph, opset), graph };
}

/**
 * `exportOnnx` as the bytes of an `.onnx` file.
 * @throws {ArgumentError} when an option is unknown, the opset is not an integer from 13 to 28, or the model needs 2 GiB or more
 * @throws {UnsupportedOpError} when the opset cannot express nodes (the error lists all of them), or ONNX
 * lacks an element type
 * @throws {IsoformError} (`ir/invalid`) when the graph made is not well-formed, which is a fault of this
 * package
 */
export function exportOnnxBytes(model: IrModel, options: OnnxExportOptions = {}): Uint8Array {
  return encodeModel(exportOnnx(model, options).proto);
}

function wrap(model: IrModel, graph: GraphProto, ir: IrGraph, opset: number): ModelProto {
  const opsetImport = [create("OperatorSetIdProto", { domain: "", version: BigInt(opset) })];
  let preview = false;
  walkNodes(ir, (node) => (preview ||= node.op === "FlexAttention"));
  if (preview) opsetImport.push(create("OperatorSetIdProto", { domain: "ai.onnx.preview", version: 1n }));
  const metadata = new Map(model.metadata);
  metadata.set(FACT_KEYS.source, model.producer);
  const frozen = frozenWeights(ir);
  if (frozen) metadata.set(FACT_KEYS.frozen, JSON.stringify(frozen));
  const training = trainingText(model);
  if (training) metadata.set(FACT_KEYS.training, training);
  return create("ModelProto", {
    irVersion: BigInt(irVersionOf(opset)),
    opsetImport,
    producerName: "isoform",
    producerVersion: "0.1.0",
    graph,
    metadataProps: [...metadata].map(([key, value]) => create("StringStringEntryProto", { key, value })),
  });
}

function graphToProto(
  graph: IrGraph,
  opset: number,
  enclosing: readonly IrGraph[],
  problems: string[],
): GraphProto {
  const context = {
    opset,
    graph,
    enclosing,
    subgraph: (inner: IrGraph, outer: readonly IrGraph[]) => graphToProto(inner, opset, outer, problems),
  };
  const node = graph.nodes.flatMap((n): NodeProto[] => {
    try {
      return [nodeToProto(n, context)];
    } catch (error) {
      if (!(error instanceof UnsupportedOpError)) throw error;
      problems.push(`${n.op} ${JSON.stringify(n.name)}: ${error.problem}`);
      return [];
    }
  });
  const used = new Set(graph.nodes.flatMap((n) => [...readValues(n)]));
  const outputs = new Set(graph.outputs);
  const inner = graph.nodes.flatMap((n) => n.outputs).flatMap((v) => (v && !outputs.has(v) ? [v] : []));
  return create("GraphProto", {
    name: graph.name,
    node,
    initializer: [...graph.weights]
      .filter(([v]) => used.has(v) || outputs.has(v))
      .map(([v, w]) => rawToTensor(v.name, w.tensor)),
    input: graph.inputs.map(valueInfo),
    output: graph.outputs.map(valueInfo),
    valueInfo: inner.filter((v) => v.dtype !== null && v.dims !== null && v.kind === "tensor").map(valueInfo),
  });
}

function typeOf(v: IrValue): TypeProto {
  const tensorType = create("TypeProtoTensor", {
    ...(v.dtype === null ? {} : { elemType: onnxDTypeOf(v.dtype, v.name) }),
    ...(v.dims ? { shape: create("TensorShapeProto", { dim: v.dims.map(dimToProto) }) } : {}),
  });
  const tensor = create("TypeProto", { tensorType });
  switch (v.kind) {
    case "tensor":
      return tensor;
    case "sequence":
      return create("TypeProto", { sequenceType: create("TypeProtoSequence", { elemType: tensor }) });
    case "optional":
      return create("TypeProto", { optionalType: create("TypeProtoOptional", { elemType: tensor }) });
  }
}

function dimToProto(d: number | string | null) {
  if (typeof d === "number") return create("TensorShapeProtoDimension", { dimValue: BigInt(d) });
  return create("TensorShapeProtoDimension", d === null ? {} : { dimParam: d });
}

function valueInfo(v: IrValue): ValueInfoProto {
  return create("ValueInfoProto", { name: v.name, ...(v.dtype === null ? {} : { type: typeOf(v) }) });
}
