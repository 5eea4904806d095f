// Imports a traced api-torch module: core's graph, whose composites are layers, becomes layer-level IR. A second trace
// with another batch size tells which sizes follow the batch, so that none is frozen.
import {
  disposeGraph,
  trace,
  UnsupportedOpError,
  type Graph,
  type GraphNode,
  type GraphVar,
  type OpId,
} from "@isoform/core";
import { ShapeProber } from "../../execute/shapes.js";
import { fromTypedArray, type RawTensor } from "../../formats/raw-tensor.js";
import { GraphBuilder } from "../../ir/builder.js";
import { removeDeadCode } from "../../ir/passes/dead-code.js";
import type { Dim, IrModel, IrValue } from "../../ir/types.js";
import { verifyIr } from "../../ir/verify.js";
import { sameAs } from "../../ir/weights.js";
import { attentionAt, importAttention, type Links } from "./trace-attention.js";
import { fold, type Foldable } from "./trace-fold.js";
import { NotExpressible, type TraceCall } from "./trace-call.js";
import { TraceNode, type Batch, type TraceState } from "./trace-node.js";
import { pairGraphs, type Constants } from "./trace-pair.js";
import { TRACE_RULES } from "./trace-rules.js";

/** A traced module, as `traceModule` of api-torch gives it. */
export interface Traced {
  readonly graph: Graph;
}

/** Options of `importTrace`. */
export interface TraceImportOptions {
  /** The same module traced with another batch size (first axis of every input): makes the batch dynamic. */
  readonly other?: Traced | undefined;
  /**
   * Names of the inputs in order; default: the trace's, else `input`, or `input_0`, `input_1`, … of several.
   */
  readonly inputNames?: readonly string[] | undefined;
  /** Names of the outputs in order; default `output`, or `output_0`, `output_1`, … of several. */
  readonly outputNames?: readonly string[] | undefined;
  /** Name of the graph; default `model`. */
  readonly name?: string | undefined;
  /** Names of parameters that are trained; others are buffers. Default: all are. */
  readonly trainable?: ReadonlySet<string> | undefined;
}

/** Ops that are imported where a node needs them: fills and broadcasts are often not needed as nodes. */
const LAZY: ReadonlySet<string> = new Set(["broadcastTo", "full", "iota", "eye"]);

/**
 * Layer-level IR of a traced module. Reads the constants from the device. Inputs have the shapes of the
 * trace; with `other`, sizes that differ between the two become the dimension `batch`.
 * @throws {UnsupportedOpError} when ops have no IR form (the error lists all of them), or the two traces
 * differ in more than sizes
 * @throws {LifetimeError} when the graph's constants were released
 * @throws {IsoformError} (`ir/invalid`) when the graph made is not well-formed, which is a fault of this
 * package
 */
export async function importTrace(traced: Traced, options: TraceImportOptions = {}): Promise<IrModel> {
  const constants = await constantsOf(traced.graph, () => true);
  const { other } = options;
  // Parameters are the same in both; only what was made while tracing may differ.
  const made = other ? await constantsOf(other.graph, (v) => v.name === undefined) : new Map();
  return new TraceImporter(traced.graph, other?.graph ?? null, constants, made, options).run();
}

async function constantsOf(
  graph: Graph,
  wanted: (v: GraphVar) => boolean,
): Promise<Map<GraphVar, RawTensor>> {
  const out = new Map<GraphVar, RawTensor>();
  for (const [v, t] of graph.constants)
    if (wanted(v)) out.set(v, fromTypedArray(t.dtype, t.shape, await t.data()));
  return out;
}

class TraceImporter implements TraceState {
  private readonly graph: Graph;
  private readonly other: Graph | null;
  readonly constants: Map<GraphVar, RawTensor>;
  private readonly options: TraceImportOptions;
  readonly builder: GraphBuilder;
  private readonly values: Map<GraphVar, IrValue> = new Map();
  readonly makers: Map<GraphVar, GraphNode> = new Map();
  private readonly problems: string[] = [];
  batch: Batch | null = null;
  readonly twins: Map<GraphVar, GraphVar> = new Map();
  /** Attributes of the same node in the other trace. */
  private readonly twinAttrs: Map<readonly GraphVar[], object> = new Map();
  private readonly otherConstants: Constants;
  /** Values that are others: inputs and outputs of decompositions. */
  private readonly aliases: Map<GraphVar, GraphVar> = new Map();

  /** How often values are read; of decompositions too. */
  private readonly reads: Map<GraphVar, number> = new Map();
  private readonly links: Links = {
    maker: (v) => this.makers.get(this.resolve(v)),
    readers: (v) => this.reads.get(this.resolve(v)) ?? 0,
  };
  private readonly foldable: Foldable = {
    constant: (v) => (this.resolve(v).name === undefined ? this.constants.get(this.resolve(v)) : undefined),
    maker: (v) => this.makers.get(this.resolve(v)),
    moves: (v) => this.twins.get(v)?.shape.some((n, i) => n !== v.shape[i]) ?? false,
  };

  constructor(
    graph: Graph,
    other: Graph | null,
    constants: Map<GraphVar, RawTensor>,
    otherConstants: Constants,
    options: TraceImportOptions,
  ) {
    this.graph = graph;
    this.other = other;
    this.constants = constants;
    this.otherConstants = otherConstants;
    this.options = options;
    this.builder = new GraphBuilder(options.name ?? "model");
    const prober = new ShapeProber();
    this.builder.onInput = (v) => prober.input(v);
    this.builder.onWeight = (v, w) => prober.weight(v, w);
    this.builder.onNode = (node) => prober.node(node);
  }

  run(): IrModel {
    const { graph, other } = this;
    if (other) this.pair(graph, other, this.otherConstants);
    graph.inputs.forEach((v, i) => {
      const twin = this.twins.get(v);
      const name =
        this.options.inputNames?.[i] ?? v.name ?? (graph.inputs.length === 1 ? "input" : `input_${i}`);
      const dims = v.shape.map((n, axis): Dim => (twin && twin.shape[axis] !== n ? "batch" : n));
      const value = this.builder.input(name, v.dtype, dims);
      this.values.set(v, value);
      if (twin && this.batch === null && twin.shape[0] !== v.shape[0]) {
        this.batch = { input: value, first: v.shape[0]!, second: twin.shape[0]! };
      }
    });
    const nodes = liveNodes(graph.nodes, graph.outputs);
    this.link(nodes);
    for (const v of graph.outputs) this.reads.set(v, (this.reads.get(v) ?? 0) + 1);
    for (const node of nodes) if (!LAZY.has(node.op.id)) this.import(node);
    if (this.problems.length > 0) {
      throw new UnsupportedOpError(
        `${this.problems.length} ops cannot be imported:\n  ${this.problems.join("\n  ")}`,
        {
          code: "trace/unsupported",
          attrs: { nodes: this.problems },
          hint: "use layers of api-torch that the converter knows",
        },
      );
    }
    const given = new Set<IrValue>(this.builder.inputs);
    const outputs = graph.outputs.map((v, i) => {
      const value = this.value(v);
      const taken = given.has(value) || this.builder.weights.has(value);
      const out = taken ? this.builder.op("Identity", [value], {}) : value;
      given.add(out);
      const name = this.options.outputNames?.[i] ?? (graph.outputs.length === 1 ? "output" : `output_${i}`);
      out.name = this.builder.uniqueName(name);
      return out;
    });
    const ir = removeDeadCode(this.builder.finish(outputs));
    verifyIr(ir);
    return { graph: ir, producer: "api-torch", metadata: new Map(), training: {}, notes: [] };
  }

  private pair(a: Graph, b: Graph, constants: Constants): void {
    pairGraphs({ a, b, constants: [this.constants, constants], twins: this.twins, attrs: this.twinAttrs });
  }

  /** Takes note of who makes and who reads the values. */
  private link(nodes: readonly GraphNode[]): void {
    for (const node of nodes) {
      for (const v of node.outputs) this.makers.set(v, node);
      for (const v of node.inputs) {
        const x = v && this.resolve(v);
        if (x) this.reads.set(x, (this.reads.get(x) ?? 0) + 1);
      }
    }
  }

  resolve(v: GraphVar): GraphVar {
    let at = v;
    for (let next = this.aliases.get(at); next; next = this.aliases.get(at)) at = next;
    return at;
  }

  value(given: GraphVar): IrValue {
    const v = this.resolve(given);
    const known = this.values.get(v);
    if (known) return known;
    const raw = this.constants.get(v);
    if (!raw) {
      const maker = this.makers.get(v);
      if (maker) {
        this.import(maker);
        const made = this.values.get(this.resolve(v));
        if (made) return made;
        if (this.constants.has(this.resolve(v))) return this.value(v);
      }
      throw new UnsupportedOpError("a value is not defined", { code: "trace/undefined" });
    }
    const trainable = v.name !== undefined && (this.options.trainable?.has(v.name) ?? true);
    const value = this.builder.weight(
      v.name ?? "const",
      raw,
      v.name === undefined ? {} : { source: sameAs(v.name, raw.shape), trainable },
    );
    this.values.set(v, value);
    return value;
  }

  private import(node: GraphNode): void {
    const done = (v: GraphVar) => this.values.has(this.resolve(v)) || this.constants.has(this.resolve(v));
    if (node.outputs.every(done)) return;
    const folded = fold(node, this.foldable);
    if (folded) {
      node.outputs.forEach((v, i) => this.constants.set(v, folded[i]!));
      return;
    }
    const call = new TraceNode(node, this);
    const attention = attentionAt(node, this.links);
    if (attention) {
      const made = importAttention(
        call,
        attention,
        (v) => this.value(v),
        (v) => call.narrowed(v),
      );
      this.values.set(node.outputs[0]!, made.y);
      if (made.weights) this.values.set(this.resolve(attention.weights), made.weights);
      return;
    }
    const result = applyRule(node, call);
    if (!("reason" in result)) {
      node.outputs.forEach((v, i) => {
        const made = result.values[i];
        if (made) this.values.set(v, made);
      });
      return;
    }
    if (node.op.decompose) {
      this.inline(node);
      return;
    }
    const where = node.scope ? ` in ${node.scope}` : "";
    this.problems.push(`${node.op.id}${where}${result.reason ? `: ${result.reason}` : ""}`);
    for (const v of node.outputs) this.values.set(v, this.builder.value("unknown", v.dtype, v.shape));
  }

  /** Imports a composite by tracing its decomposition. */
  private inline(node: GraphNode): void {
    const present = node.inputs.filter((v): v is GraphVar => v !== null);
    const expand = (inputs: readonly (GraphVar | null)[], attrs: object) => {
      const specs = inputs.filter((v): v is GraphVar => v !== null);
      return trace((...xs) => {
        let at = 0;
        return [
          ...node.op.decompose!(
            inputs.map((v) => (v === null ? null : xs[at++]!)),
            attrs,
          ),
        ];
      }, specs);
    };
    const inner = expand(node.inputs, node.attrs);
    const twinInputs = node.inputs.map((v) => (v === null ? null : (this.twins.get(v) ?? v)));
    const twinAttrs = this.twinAttrs.get(node.outputs) ?? node.attrs;
    const innerTwin = this.other ? expand(twinInputs, twinAttrs) : null;
    const read = (graph: Graph) =>
      [...graph.constants].map(([v, t]) => [v, fromTypedArray(t.dtype, t.shape, t.dataSync())] as const);
    for (const [v, raw] of read(inner)) this.constants.set(v, raw);
    if (innerTwin) this.pair(inner, innerTwin, new Map(read(innerTwin)));
    inner.inputs.forEach((v, i) => this.aliases.set(v, present[i]!));
    const nodes = liveNodes(inner.nodes, inner.outputs).map((n) => ({ ...n, scope: node.scope }));
    this.link(nodes);
    for (const n of nodes) if (!LAZY.has(n.op.id)) this.import(n);
    inner.outputs.forEach((v, i) => this.aliases.set(node.outputs[i]!, v));
    disposeGraph(inner);
    if (innerTwin) disposeGraph(innerTwin);
  }
}

/** The nodes that the outputs depend on. */
function liveNodes(nodes: readonly GraphNode[], outputs: readonly GraphVar[]): readonly GraphNode[] {
  const needed = new Set<GraphVar | null>(outputs);
  const live = nodes.toReversed().filter((node) => {
    if (!node.outputs.some((v) => needed.has(v))) return false;
    for (const v of node.inputs) needed.add(v);
    return true;
  });
  return live.toReversed();
}

type Applied = { readonly values: readonly (IrValue | null)[] } | { readonly reason: string };

/** What the rule of an op gives, or why there is nothing. Sound because the table is typed by op id. */
function applyRule(node: GraphNode, call: TraceCall): Applied {
  const rules: { readonly [K in OpId]?: unknown } = TRACE_RULES;
  const { id } = node.op;
  const rule = Object.hasOwn(rules, id) ? Reflect.get(rules, id) : undefined;
  if (typeof rule !== "function") {
    const refused: unknown = typeof rule === "object" && rule !== null ? Reflect.get(rule, "refused") : "";
    return { reason: typeof refused === "string" ? refused : "" };
  }
  try {
    const result: unknown = Reflect.apply(rule, undefined, [call, node.attrs]);
    return { values: Array.isArray(result) ? result : [result as IrValue] };
  } catch (error) {
    if (error instanceof NotExpressible) return { reason: error.message };
    throw error;
  }
}
