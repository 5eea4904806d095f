// The printer: one line per node, stable ids, types on every definition.
import type { Graph, GraphNode, GraphVar } from "./graph.js";

/** `%3:float32[2,4]`: id, dtype and shape of a value. Never throws. */
export function formatVar(v: GraphVar): string {
  return `%${v.id}:${v.dtype}[${v.shape.join(",")}]`;
}

/**
 * `%5:float32[2] = add %3 %4`: outputs, op, inputs, then attributes and the layer's path if any.
 * Never throws.
 */
export function printNode(node: GraphNode): string {
  const attrs = Object.entries(node.attrs)
    .map(([k, v]) => `${k}=${JSON.stringify(v, (_, x: unknown) => (typeof x === "bigint" ? `${x}n` : x))}`)
    .join(" ");
  const inputs = node.inputs.map((v) => (v === null ? "_" : `%${v.id}`)).join(" ");
  const text = `${node.outputs.map(formatVar).join(", ")} = ${node.op.id}${inputs && ` ${inputs}`}`;
  return text + (attrs && ` {${attrs}}`) + (node.scope && `  # ${node.scope}`);
}

/** The whole graph as text: inputs, constants, one line per node, outputs. Never throws. */
export function printGraph(graph: Graph): string {
  const lines = [`graph(${graph.inputs.map((v) => named(v)).join(", ")}) {`];
  for (const v of graph.constants.keys()) lines.push(`  const ${named(v)}`);
  for (const node of graph.nodes) lines.push(`  ${printNode(node)}`);
  lines.push(`  return ${graph.outputs.map((v) => `%${v.id}`).join(", ")}`, "}");
  return lines.join("\n");
}

function named(v: GraphVar): string {
  return v.name === undefined ? formatVar(v) : `${formatVar(v)} ${JSON.stringify(v.name)}`;
}
