// The printer: one line per node with types on every definition; subgraphs are indented.
import { describeRaw, isRawDType } from "../formats/raw-tensor.js";
import type { AttrValue } from "./ops/table.js";
import type { IrGraph, IrNode, IrValue } from "./types.js";
import { isGraph, subgraphs } from "./walk.js";

/** A value's name, type and shape as text: `name: float32[N,3,?]`; `*` for an unknown rank. Never throws. */
export function formatValue(v: IrValue): string {
  const dims = v.dims === null ? "*" : v.dims.map((d) => d ?? "?").join(",");
  return `${v.name}: ${v.kind === "tensor" ? "" : `${v.kind} of `}${v.dtype ?? "?"}[${dims}]`;
}

/** One attribute value as text; tensors by type, graphs by name. */
export function formatAttr(value: AttrValue): string {
  if (isGraph(value)) return `<graph ${value.name}>`;
  if (typeof value === "object" && "data" in value) return describeRaw(value);
  if (isRawDType(value)) return value;
  return JSON.stringify(value);
}

/** `y: float32[N,8] = Gemm(x, w, b) {transB=1}  # scope/name`. */
export function printNode(node: IrNode): string {
  const attrs: Readonly<Record<string, AttrValue | undefined>> = { ...node.attrs };
  const text = Object.entries(attrs)
    .filter(([, v]) => v !== undefined)
    .map(([k, v]) => `${k}=${v === undefined ? "" : formatAttr(v)}`)
    .join(" ");
  const outputs = node.outputs.map((v) => (v === null ? "_" : formatValue(v))).join(", ");
  const inputs = node.inputs.map((v) => (v === null ? "_" : v.name)).join(", ");
  const place = node.scope ? `${node.scope}.${node.name}` : node.name;
  return `${outputs} = ${node.op}(${inputs})${text && ` {${text}}`}  # ${place}`;
}

/**
 * The whole graph as text: a line per weight and node with types and shapes, subgraphs indented below their
 * node. Never throws for a graph of an importer.
 * @param indent Text in front of every line, spaces; none unless given.
 */
export function printGraph(graph: IrGraph, indent = ""): string {
  const lines = [`${indent}graph ${graph.name}(${graph.inputs.map(formatValue).join(", ")}) {`];
  for (const v of graph.weights.keys()) lines.push(`${indent}  weight ${formatValue(v)}`);
  for (const node of graph.nodes) {
    lines.push(`${indent}  ${printNode(node)}`);
    for (const [, inner] of subgraphs(node)) lines.push(printGraph(inner, `${indent}    `));
  }
  lines.push(`${indent}  return ${graph.outputs.map((v) => v.name).join(", ")}`, `${indent}}`);
  return lines.join("\n");
}
