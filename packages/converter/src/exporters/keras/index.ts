// Exports a model as Keras 3 has it: a functional config of channels-last layers, and the weights by their path.
import { UnsupportedOpError } from "@isoform/core";
import { foldWeights } from "../../execute/fold-weights.js";
import { simplify } from "../../execute/simplify.js";
import type { PlainJson, PlainObject } from "../../formats/keras/index.js";
import type { RawTensor } from "../../formats/raw-tensor.js";
import type { IrOp } from "../../ir/ops/table.js";
import { rewriteGraph } from "../../ir/passes/rewrite.js";
import type { IrModel, IrNode } from "../../ir/types.js";
import type { WeightStep } from "../../ir/weights.js";
import { isPlainView, KerasEmitter } from "./emitter.js";
import { KERAS_LOWERINGS } from "./lower.js";
import { settleNames } from "./names.js";
import { NodeExport, type KerasRules } from "./node.js";
import { kerasOrder } from "./order.js";
import { ACTIVATION_RULES, plannedActivation } from "./rules/activation.js";
import { ATTENTION_RULES } from "./rules/attention.js";
import { CONV_RULES } from "./rules/conv.js";
import { DENSE_RULES } from "./rules/dense.js";
import { ELEMENTWISE_RULES } from "./rules/elementwise.js";
import { NORM_RULES } from "./rules/norm.js";
import { POOL_RULES } from "./rules/pool.js";
import { RECURRENT_RULES } from "./rules/recurrent.js";
import { REDUCE_RULES } from "./rules/reduce.js";
import { RESIZE_RULES } from "./rules/resize.js";
import { restoredLayer } from "./rules/restored.js";
import { SHAPE_RULES } from "./rules/shape.js";
import { TRAINING_RULES } from "./rules/training.js";
import { kerasDType, serialiseLayer, type KTensor, type LayerBuild } from "./tensors.js";

/** Options of `exportKeras`. */
export interface KerasExportOptions {
  /** Name of the model; default: that of the graph. */
  readonly name?: string | undefined;
}

/** A model as Keras has it; `writeKerasFile(exported)` gives the bytes of the .keras archive. */
export interface KerasExport {
  /** The serialised model `{module, class_name, config, …}`. */
  readonly config: PlainObject;
  /** metadata.json. */
  readonly metadata: PlainObject;
  /** The weights by path (`conv2d/kernel`), as `writeKerasFile` takes them. */
  readonly weights: ReadonlyMap<string, RawTensor>;
  /** Keras path to the IR weight it holds (null for made-up constants) and how it was rearranged. */
  readonly weightMap: ReadonlyMap<
    string,
    { readonly from: string | null; readonly steps: readonly WeightStep[] }
  >;
  /** Layers that only move axes, with the layer that needed the other order. */
  readonly permutes: readonly string[];
  /** Everything that is not carried over exactly, one sentence each. */
  readonly notes: readonly string[];
}

const RULES: KerasRules = {
  ...ELEMENTWISE_RULES,
  ...ACTIVATION_RULES,
  ...DENSE_RULES,
  ...CONV_RULES,
  ...POOL_RULES,
  ...NORM_RULES,
  ...REDUCE_RULES,
  ...SHAPE_RULES,
  ...RESIZE_RULES,
  ...TRAINING_RULES,
  ...RECURRENT_RULES,
  ...ATTENTION_RULES,
};

/** IR ops that the Keras exporter writes. */
export function kerasExportOps(): IrOp[] {
  return Object.keys(RULES).filter((k): k is IrOp => k in RULES);
}

/** The Keras version whose configs are written. */
const VERSION = "3.15.1";

/**
 * The model as a Keras 3 config and its weights, without custom code. Inputs and outputs keep the axis order
 * of the IR; inside, tensors are channels last.
 * @throws {UnsupportedOpError} when nodes or dtypes have no Keras form; the error lists all nodes
 * @throws {ArgumentError} when a weight of a type under a byte would have to be rearranged
 * @see keras.Model
 */
export function exportKeras(model: IrModel, options: KerasExportOptions = {}): KerasExport {
  const plain = simplify(rewriteGraph(simplify(model.graph).graph, KERAS_LOWERINGS)).graph;
  const graph = foldWeights(plain);
  const out = new KerasEmitter(graph);
  const inputs = graph.inputs.map((v) => out.input(v, kerasDType(v.dtype ?? "float32", v.name)));
  const problems: string[] = [];
  const failed = new Set<IrNode>();
  for (const node of out.plans.live) {
    if (out.absorbed.has(node)) continue;
    const lost = node.inputs.some((v) => v && failed.has(out.makers.get(v) ?? node));
    try {
      if (!lost) exportNode(node, out);
      else if (!(node.op in RULES))
        throw new UnsupportedOpError("no Keras form is known", { code: "export/keras-unsupported" });
    } catch (error) {
      if (!(error instanceof UnsupportedOpError)) throw error;
      problems.push(`${node.op} ${JSON.stringify(node.name)}: ${error.problem}`);
      failed.add(node);
    }
    if (lost) failed.add(node);
  }
  if (problems.length > 0)
    throw new UnsupportedOpError(
      `${problems.length} node(s) have no Keras form:\n  ${problems.join("\n  ")}`,
      {
        code: "export/keras-unsupported",
        op: "Keras",
        attrs: { nodes: problems },
        hint: "simplify the model, or write another format",
      },
    );
  const outputs = outputTensors(out, graph.outputs);
  const layers = settleNames(
    kerasOrder(inputs, outputs),
    outputs,
    graph.outputs.map((v) => v.name),
  );
  const name = (options.name ?? graph.name).replaceAll(/[^\w.-]+/g, "_") || "model";
  return {
    config: modelConfig(name, layers, inputs, outputs),
    metadata: { keras_version: VERSION, date_saved: "1980-01-01@00:00:00" },
    ...weightsOf(out, layers),
    permutes: layers.filter((l) => l.className === "Permute").map((l) => l.name),
    notes: out.notes,
  };
}

function exportNode(node: IrNode, out: KerasEmitter): void {
  const rules: { readonly [K in IrOp]?: unknown } = RULES;
  const rule = rules[node.op];
  const n = new NodeExport(node, out);
  const plan = out.plans.layers.get(node);
  if (plan) {
    restoredLayer(n, plan);
    return;
  }
  const activation = out.plans.activations.get(node);
  if (activation) {
    plannedActivation(n, activation);
    return;
  }
  if (typeof rule !== "function") throw n.error("no Keras form is known");
  Reflect.apply(rule, undefined, [n]);
}

/** The tensors of the outputs, in the IR's order, each made by a layer of its own. */
function outputTensors(out: KerasEmitter, values: IrModel["graph"]["outputs"]): readonly KTensor[] {
  const made = new Set<LayerBuild>();
  return values.map((v) => {
    const view = out.view(v);
    const t = isPlainView(view) ? view.value : out.layouts.plain(view, v.name);
    const own =
      t.maker.className !== "InputLayer" && t.maker.uses.length === 1 && !made.has(t.maker) && t.index === 0;
    const outputs = [{ dims: t.dims, dtype: t.dtype }];
    const last = own ? t : out.layer({ name: v.name, className: "Identity", args: [t], outputs })[0]!;
    made.add(last.maker);
    return last;
  });
}

function reference(t: KTensor): PlainJson {
  return [t.maker.name, t.call, t.index];
}

function modelConfig(
  name: string,
  layers: readonly LayerBuild[],
  inputs: readonly KTensor[],
  outputs: readonly KTensor[],
): PlainObject {
  const list = (tensors: readonly KTensor[]): PlainJson =>
    tensors.length === 1 ? reference(tensors[0]!) : tensors.map(reference);
  return {
    module: "keras.src.models.functional",
    class_name: "Functional",
    config: {
      name,
      trainable: true,
      layers: layers.map(serialiseLayer),
      input_layers: list(inputs),
      output_layers: list(outputs),
    },
    registered_name: "Functional",
    build_config: { input_shape: null },
  };
}

function weightsOf(
  out: KerasEmitter,
  layers: readonly LayerBuild[],
): Pick<KerasExport, "weights" | "weightMap"> {
  const weights = new Map<string, RawTensor>();
  const weightMap = new Map<string, { from: string | null; steps: readonly WeightStep[] }>();
  for (const layer of layers) {
    for (const [suffix, given] of Object.entries(layer.weights)) {
      if (given === null) continue;
      const path = `${layer.name}/${suffix}`;
      weights.set(path, out.weightTensor(given));
      weightMap.set(
        path,
        "value" in given ? { from: given.value.name, steps: given.steps } : { from: given.from, steps: [] },
      );
    }
  }
  return { weights, weightMap };
}
