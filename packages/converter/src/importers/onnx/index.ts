// The ONNX importer: any opset from 1 on to the IR, which speaks the newest one.
import { ModelFormatError, UnsupportedOpError } from "@isoform/core";
import { resolveLimits, type Limits } from "../../formats/limits.js";
import {
  decodeModel,
  type ExternalFiles,
  type GraphProto,
  type ModelProto,
} from "../../formats/onnx/index.js";
import { ShapeProber } from "../../execute/shapes.js";
import { GraphBuilder } from "../../ir/builder.js";
import { applyFrozen, FACT_KEYS, parseTraining } from "../../ir/facts.js";
import type { IrModel } from "../../ir/types.js";
import { verifyIr } from "../../ir/verify.js";
import { checkExpansion } from "./expansion.js";
import { calledFunction, functionKey, importGraph } from "./graph.js";
import { loadTensors } from "./tensors.js";

/** Options of the ONNX importer. */
export interface OnnxImportOptions {
  /** Name used in messages; `model.onnx` unless given. */
  readonly name?: string;
  /** Files that external data may lie in, by the name the model uses; none unless given. */
  readonly files?: ExternalFiles;
  readonly limits?: Partial<Limits>;
}

/** The newest operator set that the IR knows. */
const NEWEST = 28;
/** Opsets in which an op's meaning depends on the rank of its input. */
const RANK_MATTERS = 13;

/**
 * The model of ONNX bytes, of any operator set from 1 on, in the vocabulary of the newest. Shapes of inputs
 * and outputs stay as the file says them.
 * @param bytes The whole `.onnx` file.
 * @throws {ModelFormatError} when the file is damaged, or a node, attribute or tensor is malformed or its
 * data is missing
 * @throws {UnsupportedOpError} when nodes have no counterpart; the error lists all of them
 * @throws {LimitExceededError} when file, tensors, nodes, nesting or what functions expand to is over a limit
 * @throws {UnsafeModelError} when external data leaves the folder
 * @throws {ArgumentError} when a limit is unknown or not a positive number
 * @throws {IsoformError} (`ir/invalid`) when the graph made is not well-formed, which is a fault of this
 * package
 * @see https://onnx.ai/onnx/operators/
 */
export async function importOnnx(bytes: Uint8Array, options: OnnxImportOptions = {}): Promise<IrModel> {
  const { name = "model.onnx" } = options;
  const limits = resolveLimits(options.limits);
  return importOnnxModel(decodeModel(bytes, { name, limits }), options);
}

/** As `importOnnx`, from a decoded message, and throws as it does. */
export async function importOnnxModel(model: ModelProto, options: OnnxImportOptions = {}): Promise<IrModel> {
  const { name = "model.onnx", files = new Map() } = options;
  const limits = resolveLimits(options.limits);
  const tensors = await loadTensors(model, files, limits);
  const opsets = new Map(
    model.opsetImport.map((o) => [o.domain === "ai.onnx" ? "" : (o.domain ?? ""), Number(o.version ?? 1n)]),
  );
  const functions = new Map(
    model.functions.map((f) => [functionKey(f.domain ?? "", f.name ?? "", f.overload ?? ""), f]),
  );
  const graph: GraphProto = model.graph!;
  const notes = opsetNotes(opsets.get("") ?? 1, name);
  checkExpansion(graph, (node) => calledFunction(node, functions), limits, name);
  const builder = new GraphBuilder(graph.name || "main");
  builder.reserve(topLevelNames(graph));
  if ((opsets.get("") ?? 1) < RANK_MATTERS) probeWhileBuilding(builder);
  const problems: string[] = [];
  const ctx = { tensors, functions, problems, maxDepth: limits.nesting };
  const ir = importGraph(graph, builder, opsets, ctx);
  if (problems.length > 0) {
    throw new UnsupportedOpError(
      `${problems.length} node(s) cannot be imported:\n  ${problems.join("\n  ")}`,
      {
        code: "onnx/unsupported",
        op: "ONNX",
        path: name,
        attrs: { nodes: problems },
        hint: "export the model with standard operators of the ai.onnx domain",
      },
    );
  }
  verifyIr(ir);
  const metadata = new Map(model.metadataProps.map((p) => [p.key ?? "", p.value ?? ""]));
  const frozen = metadata.get(FACT_KEYS.frozen);
  if (frozen !== undefined) applyFrozen(ir, frozen, `${name}: ${FACT_KEYS.frozen}`);
  const training = metadata.get(FACT_KEYS.training);
  const producer = [model.producerName, model.producerVersion].filter(Boolean).join(" ");
  return {
    graph: ir,
    producer: `onnx opset ${opsets.get("") ?? 1}${producer && ` (${producer})`}`,
    metadata,
    training: training === undefined ? {} : parseTraining(training, `${name}: ${FACT_KEYS.training}`),
    notes,
  };
}

/**
 * What is to be said of an operator set that is not known here.
 * @throws {ModelFormatError} for one below 1
 */
function opsetNotes(opset: number, name: string): readonly string[] {
  if (opset > NEWEST)
    return [
      `opset ${opset} is newer than ${NEWEST}, the newest known here: its operators are taken as those of ${NEWEST}`,
    ];
  if (opset >= 1) return [];
  throw new ModelFormatError(`opset_import says version ${opset}`, {
    code: "onnx/model",
    path: name,
    hint: "operator sets are numbered from 1; export the model again",
  });
}

function topLevelNames(graph: GraphProto): Set<string> {
  const names = new Set<string>();
  for (const v of graph.input) names.add(v.name ?? "");
  for (const t of graph.initializer) names.add(t.name ?? "");
  for (const node of graph.node) for (const n of node.output) names.add(n);
  return names;
}

function probeWhileBuilding(builder: GraphBuilder): void {
  const prober = new ShapeProber();
  builder.onInput = (v) => prober.input(v);
  builder.onWeight = (v, w) => prober.weight(v, w);
  builder.onNode = (node) => prober.node(node);
}
