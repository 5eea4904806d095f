// Imports a traced api-torch module: core's graph, whose composites are layers, becomes layer-level IR. A second trace
// with another batch size tells which sizes follow the batch, so that none is frozen.
import {
  disposeGraph,
  sizeOf,
  trace,
  UnsupportedOpError,
  type DType,
  type Graph,
  type GraphNode,
  type GraphVar,
  type OpId,
} from "@isoform/core";
import { ShapeProber } from "../../execute/shapes.js";
import { fromTypedArray, type RawTensor } from "../../formats/raw-tensor.js";
import { fillAttrs, GraphBuilder } from "../../ir/builder.js";
import type { IrOp } from "../../ir/ops/table.js";
import type { Dim, IrModel, IrValue } from "../../ir/types.js";
import { verifyIr } from "../../ir/verify.js";
import {
  assembleWeight,
  sameAs,
  type WeightPiece,
  type WeightSource,
  type WeightStep,
} from "../../ir/weights.js";
import { NotExpressible, TRACE_RULES, type TraceCall } from "./trace-rules.js";

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

/** Ops that broadcast by themselves, so that a broadcastTo before them need not be a node. */
const BROADCASTING: ReadonlySet<string> = new Set(
  "add sub mul div pow max min rem and or xor eq lt le where prelu".split(" "),
);

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
  const constants = new Map<GraphVar, RawTensor>();
  for (const [v, t] of traced.graph.constants)
    constants.set(v, fromTypedArray(t.dtype, t.shape, await t.data()));
  return new TraceImporter(traced.graph, options.other?.graph ?? null, constants, options).run();
}

interface Batch {
  readonly input: IrValue;
  readonly first: number;
  readonly second: number;
}

class TraceImporter {
  private readonly graph: Graph;
  private readonly other: Graph | null;
  private readonly constants: Map<GraphVar, RawTensor>;
  private readonly options: TraceImportOptions;
  readonly builder: GraphBuilder;
  private readonly values: Map<GraphVar, IrValue> = new Map();
  private readonly makers: Map<GraphVar, GraphNode> = new Map();
  private readonly problems: string[] = [];
  private batch: Batch | null = null;
  /** Counterparts in the other trace. */
  private readonly twins: Map<GraphVar, GraphVar> = new Map();

  constructor(
    graph: Graph,
    other: Graph | null,
    constants: Map<GraphVar, RawTensor>,
    options: TraceImportOptions,
  ) {
    this.graph = graph;
    this.other = other;
    this.constants = constants;
    this.options = options;
    this.builder = new GraphBuilder(options.name ?? "model");
    const prober = new ShapeProber();
    this.builder.onInput = (v) => prober.input(v);
    this.builder.onWeight = (v, w) => prober.weight(v, w);
    this.builder.onNode = (node) => prober.node(node);
  }

  run(): IrModel {
    const { graph, other } = this;
    if (other) this.pair(graph, other);
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
    for (const node of graph.nodes) for (const v of node.outputs) this.makers.set(v, node);
    for (const node of graph.nodes) if (this.needed(node)) this.import(node);
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
    const outputs = graph.outputs.map((v, i) => {
      const value = this.value(v);
      const given = graph.inputs.includes(v) || this.constants.has(v);
      const out = given ? this.builder.op("Identity", [value], {}) : value;
      const name = this.options.outputNames?.[i] ?? (graph.outputs.length === 1 ? "output" : `output_${i}`);
      out.name = this.builder.uniqueName(name);
      return out;
    });
    const ir = this.builder.finish(outputs);
    verifyIr(ir);
    return { graph: ir, producer: "api-torch", metadata: new Map(), training: {}, notes: [] };
  }

  /**
   * Matches the values of two traces of one program.
   * @throws {UnsupportedOpError} when they differ in more than sizes
   */
  private pair(a: Graph, b: Graph): void {
    const differs = () =>
      new UnsupportedOpError("the module computes different things for different batch sizes", {
        code: "trace/batch-dependent",
        hint: "convert it with a fixed batch size",
      });
    if (a.nodes.length !== b.nodes.length || a.inputs.length !== b.inputs.length) throw differs();
    a.inputs.forEach((v, i) => this.twins.set(v, b.inputs[i]!));
    a.nodes.forEach((node, i) => {
      const twin = b.nodes[i]!;
      if (node.op.id !== twin.op.id || node.outputs.length !== twin.outputs.length) throw differs();
      node.outputs.forEach((v, k) => this.twins.set(v, twin.outputs[k]!));
    });
  }

  /** broadcastTo nodes that only feed broadcasting ops are not needed, nor zeros that only start recurrent layers. */
  private needed(node: GraphNode): boolean {
    if (node.op.id !== "broadcastTo" && node.op.id !== "full") return true;
    const [v] = node.outputs;
    const users = this.graph.nodes.filter((n) => n.inputs.some((x) => x === v));
    if (v && this.graph.outputs.includes(v)) return true;
    if (node.op.id === "full")
      return !users.every((n) => ["lstm", "gru", "rnn"].includes(n.op.id) && this.zeros(v));
    return !users.every((n) => BROADCASTING.has(n.op.id));
  }

  private zeros(v: GraphVar | null | undefined): boolean {
    let node = v ? this.makers.get(v) : undefined;
    while (node && ["slice", "squeeze", "reshape", "broadcastTo"].includes(node.op.id)) {
      const [x] = node.inputs;
      node = x ? this.makers.get(x) : undefined;
    }
    return node?.op.id === "full" && "value" in node.attrs && Number(node.attrs.value) === 0;
  }

  private value(v: GraphVar): IrValue {
    const known = this.values.get(v);
    if (known) return known;
    const raw = this.constants.get(v);
    if (!raw) {
      const maker = this.makers.get(v);
      if (maker) {
        this.import(maker);
        const made = this.values.get(v);
        if (made) return made;
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
    if (node.outputs.every((v) => this.values.has(v))) return;
    const rule = ruleOf(node.op.id);
    const result = rule ? rule(this.call(node), node.attrs) : null;
    if (result !== null) {
      node.outputs.forEach((v, i) => {
        const made = result[i];
        if (made) this.values.set(v, made);
      });
      return;
    }
    if (!node.op.decompose) {
      this.problems.push(`${node.op.id}${node.scope ? ` in ${node.scope}` : ""}`);
      for (const v of node.outputs) this.values.set(v, this.builder.value("unknown", v.dtype, v.shape));
      return;
    }
    this.inline(node);
  }

  /** Imports a composite by tracing its decomposition. */
  private inline(node: GraphNode): void {
    const present = node.inputs.filter((v): v is GraphVar => v !== null);
    const expand = (inputs: readonly (GraphVar | null)[]) => {
      const specs = inputs.filter((v): v is GraphVar => v !== null);
      return trace((...xs) => {
        let at = 0;
        return [
          ...node.op.decompose!(
            inputs.map((v) => (v === null ? null : xs[at++]!)),
            node.attrs,
          ),
        ];
      }, specs);
    };
    const inner = expand(node.inputs);
    const twinInputs = node.inputs.map((v) => (v === null ? null : (this.twins.get(v) ?? v)));
    const innerTwin = this.other ? expand(twinInputs) : null;
    if (innerTwin) this.pair(inner, innerTwin);
    for (const [v, t] of inner.constants)
      this.constants.set(v, fromTypedArray(t.dtype, t.shape, t.dataSync()));
    inner.inputs.forEach((v, i) => this.values.set(v, this.value(present[i]!)));
    for (const n of inner.nodes) for (const v of n.outputs) this.makers.set(v, n);
    for (const n of inner.nodes) this.import({ ...n, scope: node.scope });
    inner.outputs.forEach((v, i) => this.values.set(node.outputs[i]!, this.value(v)));
    disposeGraph(inner);
    if (innerTwin) disposeGraph(innerTwin);
  }

  private call(node: GraphNode): TraceCall {
    const { builder } = this;
    const options = { name: leaf(node.scope) || node.op.id, scope: parent(node.scope) };
    const required = (i: number): GraphVar => {
      const v = node.inputs[i];
      if (v) return v;
      throw new UnsupportedOpError(`input ${i} is missing`, {
        code: "trace/input",
        op: node.op.id,
        path: node.scope,
      });
    };
    const steps = (i: number, list: readonly WeightStep[]): WeightPiece | null => {
      const v = node.inputs[i];
      const raw = v ? this.constants.get(v) : undefined;
      return v && raw ? { name: v.name ?? `const${v.id}`, shape: raw.shape, steps: list } : null;
    };
    const rawByName = (name: string): RawTensor => {
      for (const [v, t] of this.constants) if ((v.name ?? `const${v.id}`) === name) return t;
      throw new UnsupportedOpError(`no constant ${name}`, { code: "trace/constant", op: node.op.id });
    };
    const made = (source: WeightSource) => {
      const name = source.pieces.find((p) => p.name !== null)?.name ?? "weight";
      return builder.weight(name, assembleWeight(source, rawByName), { source, trainable: true });
    };
    return {
      builder,
      inputs: node.inputs,
      shape: (i) => required(i).shape,
      dtype: (i): DType => required(i).dtype,
      outDType: node.outputs[0]!.dtype,
      x: (i) => this.value(required(i)),
      narrow: (i) => this.narrow(required(i)),
      op: (op, inputs, attrs, extra) => builder.op(op, inputs, attrs, { ...options, ...extra }),
      node: (op: IrOp, inputs, attrs, outputs) =>
        builder.push({
          op,
          name: builder.uniqueNodeName(options.name),
          scope: options.scope,
          inputs,
          outputs: outputs.map((o) => builder.value(`${options.name}_${o}`, null, null)),
          attrs: fillAttrs(op, attrs),
        }),
      sizes: (free) => this.sizes(node.outputs[0]!, free),
      weight: (i, list) => {
        const piece = steps(i, list);
        return piece ? made({ axis: null, pieces: [piece] }) : null;
      },
      isZeros: (i) => this.zeros(node.inputs[i]),
      joined: (parts, list, axis) => {
        const shapes = parts.map((i) => (i === null ? null : required(i).shape));
        const known = shapes.find((s) => s !== null) ?? [];
        const pieces = parts.map((i): WeightPiece | null =>
          i === null ? { name: null, shape: known, steps: list } : steps(i, list),
        );
        return pieces.includes(null) ? null : made({ axis, pieces: pieces.filter((p) => p !== null) });
      },
    };
  }

  private narrow(v: GraphVar): IrValue {
    const maker = this.makers.get(v);
    const [x] = maker?.op.id === "broadcastTo" ? maker.inputs : [];
    return x ? this.narrow(x) : this.value(v);
  }

  private sizes(v: GraphVar, free: boolean): IrValue {
    const twin = this.twins.get(v);
    const moving = v.shape.flatMap((n, i) => (twin && twin.shape[i] !== n ? [i] : []));
    if (moving.length === 0 || !twin || !this.batch) return this.builder.ints(v.shape);
    if (free && moving.length === 1 && sizeOf(v.shape) > 0) {
      return this.builder.ints(v.shape.map((n, i) => (i === moving[0] ? -1 : n)));
    }
    const { input, first, second } = this.batch;
    const batch = this.builder.op("Shape", [input], { start: 0, end: 1 });
    const parts = v.shape.map((n, i) => {
      if (!moving.includes(i)) return this.builder.ints([n]);
      if (n * second !== twin.shape[i]! * first || n % first !== 0) {
        throw new UnsupportedOpError(
          `a size is ${n} for batch ${first} and ${twin.shape[i]} for batch ${second}`,
          {
            code: "trace/batch-dependent",
            hint: "convert it with a fixed batch size",
          },
        );
      }
      return n === first ? batch : this.builder.op("Mul", [batch, this.builder.ints([n / first])], {});
    });
    return parts.length === 1 ? parts[0]! : this.builder.op("Concat", parts, { axis: 0 });
  }
}

type AnyRule = (t: TraceCall, attrs: object) => readonly (IrValue | null)[] | null;

/** The rule of an op. Sound because the table is typed by op id. Rules that cannot express their attributes give null. */
function ruleOf(id: string): AnyRule | null {
  const rules: { readonly [K in OpId]?: unknown } = TRACE_RULES;
  const rule = Object.hasOwn(rules, id) ? Reflect.get(rules, id) : undefined;
  if (typeof rule !== "function") return null;
  return (t, attrs) => {
    try {
      const result: unknown = Reflect.apply(rule, undefined, [t, attrs]);
      return Array.isArray(result) ? result : [result as IrValue];
    } catch (error) {
      if (error instanceof NotExpressible) return null;
      throw error;
    }
  };
}

const leaf = (scope: string): string => scope.slice(scope.lastIndexOf(".") + 1);
const parent = (scope: string): string => scope.slice(0, Math.max(0, scope.lastIndexOf(".")));
