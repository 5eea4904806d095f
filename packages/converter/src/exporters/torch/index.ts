// Exports a model as a PyTorch program: readable nn.Module source, and a state dict with the source's names.
import { UnsupportedOpError } from "@isoform/core";
import { inferShapes } from "../../execute/shapes.js";
import type { RawTensor } from "../../formats/raw-tensor.js";
import type { IrOp } from "../../ir/ops/table.js";
import { rewriteGraph } from "../../ir/passes/rewrite.js";
import type { IrGraph, IrModel, IrNode, IrValue } from "../../ir/types.js";
import type { WeightStep } from "../../ir/weights.js";
import type { HelperName } from "../../torch-program/helpers.js";
import type { ProgramValue, TorchProgram } from "../../torch-program/program.js";
import { identifier, writeProgram } from "../../torch-program/write.js";
import { attention } from "../onnx/lower/norm.js";
import { emitHeads, headsPlans } from "./attention.js";
import { ELEMENTWISE } from "./elementwise.js";
import { Emitter, NodeEmit, type TorchRules } from "./emitter.js";
import { LAYERS } from "./layers.js";
import { INDEXING } from "./indexing.js";
import { POOLS } from "./pool.js";
import { SHAPES } from "./shape.js";

/** A model as PyTorch has it. */
export interface TorchExport {
  readonly program: TorchProgram;
  /** Text of model.py. */
  readonly source: string;
  /** The state dict: every parameter and buffer by dotted path. */
  readonly state: ReadonlyMap<string, RawTensor>;
  /** State-dict name to the IR weight it holds (null for made-up constants) and how it was rearranged. */
  readonly weightMap: ReadonlyMap<
    string,
    { readonly from: string | null; readonly steps: readonly WeightStep[] }
  >;
}

const RULES: TorchRules = { ...ELEMENTWISE, ...LAYERS, ...POOLS, ...SHAPES, ...INDEXING };

/** IR ops that the PyTorch exporter writes. */
export function torchExportOps(): IrOp[] {
  return Object.keys(RULES).filter((k): k is IrOp => k in RULES);
}

type AnyRule = (n: NodeEmit) => ReturnType<NonNullable<TorchRules["Relu"]>>;

/** The rule of a node's op. Sound because the table is typed by op. */
function ruleOf(op: IrOp): AnyRule | undefined {
  const rules: { readonly [K in IrOp]?: unknown } = RULES;
  const rule = rules[op];
  return typeof rule === "function" ? (n) => Reflect.apply(rule, undefined, [n]) : undefined;
}

/** Name of the class from the model's name: `my_model` becomes `MyModel`. */
function classNameOf(model: IrModel): string {
  const words = model.graph.name.split(/[^A-Za-z0-9]+/).filter(Boolean);
  const name = words.map((w) => w.charAt(0).toUpperCase() + w.slice(1)).join("");
  return /^[A-Za-z]/.test(name) ? identifier(name, new Set()) : "Model";
}

/**
 * The model as an nn.Module program and its state dict; inputs and outputs keep their shapes. Inferred shapes
 * are filled in in `model` too.
 * @throws {UnsupportedOpError} when nodes have no PyTorch form; the error lists all of them
 * @throws {ArgumentError} when a weight of a type under a byte would have to be rearranged
 * @see torch.nn.Module
 */
export function exportTorch(model: IrModel): TorchExport {
  const graph = withoutLooseAttention(model.graph);
  const layers = headsPlans(graph);
  const absorbed = new Set([...layers.values()].flatMap((plan) => plan.absorbed));
  const out = new Emitter(graph);
  const inputs = graph.inputs.map((v) => out.define(v));
  const problems: string[] = [];
  for (const node of graph.nodes) {
    if (absorbed.has(node)) continue;
    try {
      const layer = layers.get(node);
      if (layer) emitHeads(layer, out);
      else exportNode(node, out);
    } catch (error) {
      if (!(error instanceof UnsupportedOpError)) throw error;
      problems.push(`${node.op} ${JSON.stringify(node.name)}: ${error.problem}`);
      for (const v of node.outputs) if (v) out.define(v);
    }
  }
  if (problems.length > 0) {
    throw new UnsupportedOpError(
      `${problems.length} nodes have no PyTorch form:\n  ${problems.join("\n  ")}`,
      {
        code: "export/torch-unsupported",
        hint: "simplify the model, or open an issue with the list",
      },
    );
  }
  const outputs = graph.outputs.map((v) => {
    const e = out.expr(v);
    const variable = e.kind === "name" ? e : out.temporary(v.name, e);
    return variable.kind === "name" ? variable.name : v.name;
  });
  const describe = (ids: readonly string[], values: readonly IrValue[]): ProgramValue[] =>
    values.map((v, i) => ({ id: ids[i]!, name: v.name, dtype: v.dtype, dims: v.dims }));
  const program: TorchProgram = {
    className: classNameOf(model),
    doc: docOf(model),
    modules: out.modules,
    tensors: out.tensors,
    helpers: [...out.helpers].sort((a: HelperName, b: HelperName) => a.localeCompare(b)),
    inputs: describe(inputs, graph.inputs),
    body: out.body,
    outputs: describe(outputs, graph.outputs),
  };
  return {
    program,
    source: writeProgram(program),
    state: new Map([...out.state].map(([k, e]) => [k, e.tensor])),
    weightMap: new Map([...out.state].map(([k, { from, steps }]) => [k, { from, steps }])),
  };
}

/** Shapes inferred; attention that is no nn.MultiheadAttention in operations. */
function withoutLooseAttention(graph: IrGraph): IrGraph {
  inferShapes(graph);
  if (!graph.nodes.some((n) => n.op === "Attention")) return graph;
  const kept = new Set([...headsPlans(graph).values()].map(({ node }) => node.name));
  const written = rewriteGraph(graph, {
    Attention: (node, b) => (kept.has(node.name) ? null : attention(node, b)),
  });
  inferShapes(written);
  return written;
}

function docOf(model: IrModel): string[] {
  return [
    `${model.graph.name || "Model"}, converted by isoform from ${model.producer}.`,
    "",
    "Load it with",
    `  model = ${classNameOf(model)}()`,
    '  model.load_state_dict(torch.load("state_dict.pt"))',
    "  model.eval()",
  ];
}

function exportNode(node: IrNode, out: Emitter): void {
  const rule = ruleOf(node.op);
  const emit = new NodeEmit(node, out);
  if (!rule) throw emit.error("no PyTorch form is known");
  const value = rule(emit);
  if (value === null) return;
  const [first] = node.outputs;
  if (!first) throw emit.error("the first output is not used");
  out.assign([out.define(first)], value);
}
