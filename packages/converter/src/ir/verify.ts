// The verifier: a graph is well-formed, in single assignment, with inputs and attributes as its ops declare them.
import { IsoformError } from "@isoform/core";
import { isRawDType } from "../formats/raw-tensor.js";
import { attrSpecs, IR_OPS, parseSlots, type AttrKind, type AttrValue, type Slot } from "./ops/table.js";
import { printNode } from "./print.js";
import type { IrGraph, IrNode, IrValue } from "./types.js";
import { isGraph, subgraphs } from "./walk.js";

/** A graph that breaks a rule of the model IR; the message lists every violation. */
export class IrError extends IsoformError {}

/**
 * Checks a graph and its subgraphs: every value defined once and before its use, names unique, arities and
 * attribute kinds as declared. @throws IrError listing all violations.
 */
export function verifyIr(graph: IrGraph): void {
  const problems: string[] = [];
  checkGraph(graph, new Set(), new Set(), problems);
  if (problems.length === 0) return;
  throw new IrError(`the model graph is not well-formed:\n  ${problems.slice(0, 50).join("\n  ")}`, {
    code: "ir/invalid",
    path: graph.name,
    hint: "this is a fault of the importer or pass that made the graph; please report it with the model",
  });
}

function checkGraph(
  graph: IrGraph,
  outer: ReadonlySet<IrValue>,
  names: Set<string>,
  problems: string[],
): void {
  const defined = new Set(outer);
  const define = (v: IrValue, where: string) => {
    if (defined.has(v)) problems.push(`${where}: ${v.name} is defined twice`);
    else if (names.has(v.name)) problems.push(`${where}: two values are called ${JSON.stringify(v.name)}`);
    defined.add(v);
    names.add(v.name);
  };
  for (const v of graph.inputs) define(v, `${graph.name} inputs`);
  for (const v of graph.weights.keys()) define(v, `${graph.name} weights`);
  for (const node of graph.nodes) {
    const where = printNode(node);
    for (const v of node.inputs) {
      if (v && !defined.has(v)) problems.push(`${where}: ${v.name} is used before its definition`);
    }
    checkSlots(node, node.inputs, parseSlots(IR_OPS[node.op].in), "inputs", where, problems);
    checkSlots(node, node.outputs, parseSlots(IR_OPS[node.op].out), "outputs", where, problems);
    checkAttrs(node, where, problems);
    for (const [, inner] of subgraphs(node)) checkGraph(inner, defined, names, problems);
    for (const v of node.outputs) if (v) define(v, where);
  }
  for (const v of graph.outputs) {
    if (!defined.has(v)) problems.push(`${graph.name} outputs: ${v.name} is never defined`);
  }
}

function checkSlots(
  node: IrNode,
  values: readonly (IrValue | null)[],
  slots: readonly Slot[],
  what: string,
  where: string,
  problems: string[],
): void {
  const variadic = slots.some((s) => s.variadic);
  if (values.length > slots.length && !variadic) {
    problems.push(`${where}: ${values.length} ${what}, ${node.op} has at most ${slots.length}`);
  }
  if (what === "outputs") return;
  slots.forEach((slot, i) => {
    if (!slot.optional && !slot.variadic && !values[i])
      problems.push(`${where}: input ${slot.name} is missing`);
  });
}

const CHECKS: Readonly<Record<AttrKind, (value: AttrValue) => boolean>> = {
  int: (v) => Number.isInteger(v),
  ints: (v) => Array.isArray(v) && v.every((n) => Number.isInteger(n)),
  float: (v) => typeof v === "number",
  floats: (v) => Array.isArray(v) && v.every((n) => typeof n === "number"),
  string: (v) => typeof v === "string",
  strings: (v) => Array.isArray(v) && v.every((n) => typeof n === "string"),
  dtype: (v) => isRawDType(v),
  tensor: (v) => typeof v === "object" && "data" in v,
  graph: (v) => isGraph(v),
};

function checkAttrs(node: IrNode, where: string, problems: string[]): void {
  const specs = attrSpecs(node.op);
  const attrs: Readonly<Record<string, AttrValue | undefined>> = { ...node.attrs };
  for (const [name, value] of Object.entries(attrs)) {
    if (value === undefined) continue;
    const spec = specs.get(name);
    if (!spec) problems.push(`${where}: ${node.op} has no attribute ${name}`);
    else if (!CHECKS[spec.kind](value))
      problems.push(`${where}: attribute ${name} is not of kind ${spec.kind}`);
  }
  for (const [name, spec] of specs) {
    if (spec.required && attrs[name] === undefined) problems.push(`${where}: attribute ${name} is missing`);
  }
}
