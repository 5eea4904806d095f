// One IR node as a NodeProto of a chosen opset.
import { UnsupportedOpError } from "@isoform/core";
import {
  AttributeType,
  create,
  numbersToInt64s,
  onnxDTypeOf,
  rawToTensor,
  type AttributeProto,
  type GraphProto,
  type NodeProto,
} from "../../formats/onnx/index.js";
import { isRawDType } from "../../formats/raw-tensor.js";
import { attrSpecs, type AttrKind, type AttrValue } from "../../ir/ops/table.js";
import { FACT_KEYS } from "../../ir/facts.js";
import type { IrGraph, IrNode, IrValue } from "../../ir/types.js";
import { isGraph, literalNumbers } from "../../ir/walk.js";
import { ATTR_SINCE, OP_SINCE } from "./opset.js";

/** What writing nodes needs of the graph around them. */
export interface NodeContext {
  readonly opset: number;
  readonly graph: IrGraph;
  /** Enclosing graphs, innermost first: their weights are visible too. */
  readonly enclosing: readonly IrGraph[];
  readonly subgraph: (graph: IrGraph, enclosing: readonly IrGraph[]) => GraphProto;
}

/** Ops whose axes are an attribute before opset 18. */
const REDUCTIONS: ReadonlySet<string> = new Set([
  "ReduceL1",
  "ReduceL2",
  "ReduceLogSum",
  "ReduceLogSumExp",
  "ReduceMax",
  "ReduceMean",
  "ReduceMin",
  "ReduceProd",
  "ReduceSumSquare",
]);

function unsupported(node: IrNode, problem: string, hint: string): UnsupportedOpError {
  return new UnsupportedOpError(problem, { code: "onnx/unsupported", op: node.op, path: node.name, hint });
}

function literal(ctx: NodeContext, v: IrValue): number[] | null {
  for (const g of [ctx.graph, ...ctx.enclosing]) {
    const found = literalNumbers(g, v);
    if (found) return found;
  }
  return null;
}

/** Changes a node so that it is valid in the opset: `inputs` and `attrs` are the ones to write. */
function fit(node: IrNode, ctx: NodeContext): { inputs: (IrValue | null)[]; attrs: Map<string, AttrValue> } {
  const { opset } = ctx;
  const inputs = [...node.inputs];
  const attrs = new Map<string, AttrValue>();
  const plain: Readonly<Record<string, AttrValue | undefined>> = { ...node.attrs };
  for (const [name, value] of Object.entries(plain)) if (value !== undefined) attrs.set(name, value);
  const since = OP_SINCE[node.op] ?? 1;
  if (since > opset) {
    throw unsupported(node, `${node.op} came with opset ${since}`, `write opset ${since} or newer`);
  }
  if (opset < 18 && REDUCTIONS.has(node.op)) {
    const axes = inputs[1];
    if (axes) {
      const values = literal(ctx, axes);
      if (!values)
        throw unsupported(node, "axes that are computed came with opset 18", "write opset 18 or newer");
      attrs.set("axes", values);
    }
    if (attrs.get("noop_with_empty_axes") === 1)
      throw unsupported(node, "reducing nothing came with opset 18", "write opset 18");
    attrs.delete("noop_with_empty_axes");
    inputs.length = 1;
  }
  if (node.op === "Split" && opset < 18) attrs.delete("num_outputs");
  if (node.op === "GridSample" && opset < 20) {
    const mode = attrs.get("mode");
    attrs.set("mode", mode === "linear" ? "bilinear" : mode === "cubic" ? "bicubic" : "nearest");
  }
  const specs = attrSpecs(node.op);
  for (const [name, value] of attrs) {
    const first = ATTR_SINCE.get(`${node.op}.${name}`) ?? 1;
    if (first <= opset) continue;
    if (!equal(value, specs.get(name)?.fallback)) {
      throw unsupported(node, `attribute ${name} came with opset ${first}`, `write opset ${first} or newer`);
    }
    attrs.delete(name);
  }
  if (node.op === "Pad" && opset < 18 && inputs[3]) {
    throw unsupported(node, "padding by axis came with opset 18", "write opset 18 or newer");
  }
  return { inputs, attrs };
}

function equal(a: AttrValue, b: AttrValue | undefined): boolean {
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((v, i) => v === b[i]);
  return a === b;
}

/** Numbers that are always written, so that no reader has to know a default. */
const EXPLICIT: ReadonlySet<AttrKind> = new Set(["float"]);

/** Writes one node. @throws {UnsupportedOpError} when the opset has no form of it */
export function nodeToProto(node: IrNode, ctx: NodeContext): NodeProto {
  const { inputs, attrs } = fit(node, ctx);
  const specs = attrSpecs(node.op);
  const attribute: AttributeProto[] = [];
  for (const [name, value] of [...attrs].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    const spec = specs.get(name);
    const kind = spec?.kind ?? "ints";
    if (spec && equal(value, spec.fallback) && !EXPLICIT.has(kind)) continue;
    attribute.push(attrToProto(name, kind, value, node, ctx));
  }
  const domain = node.op === "FlexAttention" ? { domain: "ai.onnx.preview" } : {};
  return create("NodeProto", {
    name: node.name,
    opType: node.op,
    ...domain,
    input: names(inputs),
    output: names(node.outputs),
    attribute,
    metadataProps: metadata(node),
  });
}

/** Scope and training facts. Readers older than IR version 10 pass over them. */
function metadata(node: IrNode) {
  const entries: [string, string][] = [];
  if (node.scope) entries.push([FACT_KEYS.scope, node.scope]);
  if (node.facts) entries.push([FACT_KEYS.facts, JSON.stringify(node.facts)]);
  return entries.map(([key, value]) => create("StringStringEntryProto", { key, value }));
}

function names(values: readonly (IrValue | null)[]): string[] {
  const out = values.map((v) => v?.name ?? "");
  while (out.length > 0 && out[out.length - 1] === "") out.pop();
  return out;
}

function attrToProto(
  name: string,
  kind: AttrKind,
  value: AttrValue,
  node: IrNode,
  ctx: NodeContext,
): AttributeProto {
  const path = `${node.name}.${name}`;
  const wrong = () =>
    new UnsupportedOpError(`attribute ${name} is not of kind ${kind}`, { code: "onnx/attribute", path });
  const encoder = new TextEncoder();
  switch (kind) {
    case "int":
      if (typeof value !== "number") throw wrong();
      return create("AttributeProto", { name, type: AttributeType.INT, i: BigInt(value) });
    case "dtype":
      if (typeof value !== "string") throw wrong();
      return create("AttributeProto", {
        name,
        type: AttributeType.INT,
        i: BigInt(onnxDTypeOf(asDType(value), path)),
      });
    case "float":
      if (typeof value !== "number") throw wrong();
      return create("AttributeProto", { name, type: AttributeType.FLOAT, f: value });
    case "string":
      if (typeof value !== "string") throw wrong();
      return create("AttributeProto", { name, type: AttributeType.STRING, s: encoder.encode(value) });
    case "ints":
      return create("AttributeProto", {
        name,
        type: AttributeType.INTS,
        ints: numbersToInt64s(numbers(value, wrong)),
      });
    case "floats":
      return create("AttributeProto", { name, type: AttributeType.FLOATS, floats: numbers(value, wrong) });
    case "strings":
      return create("AttributeProto", {
        name,
        type: AttributeType.STRINGS,
        strings: texts(value, wrong).map((s) => encoder.encode(s)),
      });
    case "tensor":
      if (typeof value !== "object" || !("data" in value)) throw wrong();
      return create("AttributeProto", { name, type: AttributeType.TENSOR, t: rawToTensor("", value) });
    case "graph":
      if (!isGraph(value)) throw wrong();
      return create("AttributeProto", {
        name,
        type: AttributeType.GRAPH,
        g: ctx.subgraph(value, [ctx.graph, ...ctx.enclosing]),
      });
  }
}

function numbers(value: AttrValue, wrong: () => Error): number[] {
  if (!Array.isArray(value)) throw wrong();
  return value.map((v) => {
    if (typeof v !== "number") throw wrong();
    return v;
  });
}

function texts(value: AttrValue, wrong: () => Error): string[] {
  if (!Array.isArray(value)) throw wrong();
  return value.map((v) => {
    if (typeof v !== "string") throw wrong();
    return v;
  });
}

function asDType(value: string): Parameters<typeof onnxDTypeOf>[0] {
  if (isRawDType(value)) return value;
  throw new UnsupportedOpError(`${value} is not an element type`, { code: "onnx/dtype" });
}
