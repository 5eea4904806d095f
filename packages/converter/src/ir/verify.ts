// The verifier: a graph is well-formed, in single assignment, with inputs and attributes as its ops declare them.
import { IsoformError } from "@isoform/core";
import { isRawDType } from "../formats/raw-tensor.js";
import { attrSpecs, IR_OPS, parseSlots, type AttrKind, type AttrValue, type Slot } from "./ops/table.js";
import { printNode } from "./print.js";
import type { IrGraph, IrNode, IrValue } from "./types.js";
import { isGraph, subgraphs } from "./walk.js";

/** A graph that breaks a rule of the model IR; the message lists every violation. */
export class IrError extends IsoformError {
  override name = "IrError";
}

/**
 * Checks a graph and its subgraphs: every value defined once and before its use, names unique, arities and
 * attribute kinds as declared.
 * @throws {IrError} listing all violations
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
    for (const problem of slotProblems(node)) problems.push(`${where}: ${problem}`);
    checkAttrs(node, where, problems);
    for (const [, inner] of subgraphs(node)) checkGraph(inner, defined, names, problems);
    for (const v of node.outputs) if (v) define(v, where);
  }
  for (const v of graph.outputs) {
    if (!defined.has(v)) problems.push(`${graph.name} outputs: ${v.name} is never defined`);
  }
}

/** Where a node has more inputs or outputs than its op, or lacks an input that the op needs. */
export function slotProblems(node: Pick<IrNode, "op" | "inputs" | "outputs">): readonly string[] {
  const inputs = parseSlots(IR_OPS[node.op].in);
  const problems: string[] = [];
  const tooMany = (values: readonly unknown[], slots: readonly Slot[], what: string): void => {
    if (values.length > slots.length && !slots.some((s) => s.variadic))
      problems.push(`${values.length} ${what}, ${node.op} has at most ${slots.length}`);
  };
  tooMany(node.inputs, inputs, "inputs");
  tooMany(node.outputs, parseSlots(IR_OPS[node.op].out), "outputs");
  inputs.forEach((slot, i) => {
    if (!slot.optional && !slot.variadic && !node.inputs[i]) problems.push(`input ${slot.name} is missing`);
  });
  return problems;
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
