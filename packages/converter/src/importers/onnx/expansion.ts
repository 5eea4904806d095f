// How many nodes a model has once its functions are written out, counted without writing them out: functions that call
// each other a few times each unfold to more nodes than there is memory.
import { LimitExceededError } from "@isoform/core";
import { checkLimit, type Limits } from "../../formats/limits.js";
import type { FunctionProto, GraphProto, NodeProto } from "../../formats/onnx/index.js";

/** Finds the function that a node calls. */
export type Callee = (node: NodeProto) => FunctionProto | undefined;

/** Inputs, outputs and the like of a function that take as long as one node; every call goes through all of them. */
const NAMES_PER_NODE = 8;

/**
 * Checks a graph with its functions written out.
 * @throws {LimitExceededError} (`limit/nodes`, `limit/nesting`) for too many nodes, and for functions that
 * call themselves
 */
export function checkExpansion(graph: GraphProto, callee: Callee, limits: Limits, name: string): void {
  const known = new Map<FunctionProto, number>();
  const open: FunctionProto[] = [];
  const sizeOf = (nodes: readonly NodeProto[]): number => {
    let size = 0;
    for (const node of nodes) {
      size += 1;
      for (const { g, graphs } of node.attribute)
        for (const inner of g ? [g, ...graphs] : graphs) size += sizeOf(inner.node);
      const fn = callee(node);
      if (fn) size += functionSize(fn);
    }
    return size;
  };
  const functionSize = (fn: FunctionProto): number => {
    const before = known.get(fn);
    if (before !== undefined) return before;
    if (open.includes(fn) || open.length >= limits.nesting) throw tooDeep(open, fn, limits);
    open.push(fn);
    const names = fn.input.length + fn.output.length + fn.opsetImport.length + fn.attributeProto.length;
    const size = sizeOf(fn.node) + Math.floor(names / NAMES_PER_NODE);
    open.pop();
    known.set(fn, size);
    return size;
  };
  checkLimit(limits, "nodes", sizeOf(graph.node), `${name}: functions written out`);
}

function tooDeep(open: readonly FunctionProto[], fn: FunctionProto, limits: Limits): LimitExceededError {
  const again = open.indexOf(fn);
  const chain = [...(again < 0 ? open : open.slice(again)), fn].map((f) => f.name ?? "").join(" → ");
  return new LimitExceededError(
    again < 0
      ? `functions call each other deeper than ${limits.nesting}`
      : `a function calls itself: ${chain}`,
    {
      code: "limit/nesting",
      op: "ONNX",
      path: `function ${fn.name ?? ""}`,
      hint:
        again < 0
          ? "if you trust the file, raise it: limits: { nesting: … }"
          : "a function that calls itself is not valid ONNX; export the model again",
    },
  );
}
