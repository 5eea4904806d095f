// Simplifies a graph with what shape inference knows: values that never change become literals, shapes that only
// follow one dimension become Reshape targets with 0 or -1, nodes that do nothing go.
import { isDType, isFloat } from "@isoform/core";
import { GraphBuilder } from "../ir/builder.js";
import { removeDeadCode } from "../ir/passes/dead-code.js";
import type { IrGraph, IrNode, IrValue } from "../ir/types.js";
import { capturedValues, isOp, subgraphs } from "../ir/walk.js";
import { HostTensor, rawFromHost } from "./host.js";
import { isTensorLike, type AbstractPair } from "./shapes-abstract.js";
import { ShapeProber } from "./shapes.js";

/** What `simplify` did. */
export interface Simplified {
  readonly graph: IrGraph;
  readonly before: number;
  readonly after: number;
}

/** Literals over this size stay computed. */
const MAX_LITERAL = 4096;

/** A graph that computes the same with fewer nodes. The given graph is left as it is, but for inferred dims. */
export function simplify(graph: IrGraph): Simplified {
  const prober = new ShapeProber();
  for (const v of graph.inputs) prober.input(v);
  prober.graph(graph);
  const builder = new GraphBuilder(graph.name);
  builder.adopt(graph);
  const replaced = new Map<IrValue, IrValue>();
  // Outputs and values that subgraphs name must stay what they are.
  const fixed = new Set(graph.outputs);
  for (const node of graph.nodes)
    for (const [, inner] of subgraphs(node)) for (const v of capturedValues(inner)) fixed.add(v);
  const map = (v: IrValue): IrValue => replaced.get(v) ?? v;
  for (const node of graph.nodes) {
    const kept = movesWeight(node, builder);
    const literals = node.outputs.map((v) =>
      v && !fixed.has(v) && !kept ? literalOf(prober.lookup(v), builder) : null,
    );
    node.outputs.forEach((v, i) => {
      const literal = literals[i];
      if (v && literal) replaced.set(v, literal);
    });
    const [from, to] = [node.inputs[0], node.outputs[0]];
    if (isNothing(node) && from && to && !fixed.has(to)) {
      replaced.set(to, map(from));
      continue;
    }
    const inputs = node.inputs.map((v) => v && map(v));
    const shape = isOp(node, "Reshape") ? reshapeLiteral(node, prober, builder) : null;
    if (shape) inputs[1] = shape;
    builder.push({ ...node, inputs });
  }
  const result = removeDeadCode(builder.finish(graph.outputs));
  return { graph: result, before: graph.nodes.length, after: result.nodes.length };
}

/** Identity without training facts. */
function isNothing(node: IrNode): boolean {
  return node.op === "Identity" && node.facts === undefined;
}

/** Ops that give a weight another shape, order or size. */
const VIEWS: ReadonlySet<string> = new Set([
  "Reshape",
  "Flatten",
  "Squeeze",
  "Unsqueeze",
  "Transpose",
  "Slice",
]);

/** A float weight of the source stays one, whatever its size: as a literal it would lose its name. */
function movesWeight(node: IrNode, builder: GraphBuilder): boolean {
  const [x] = node.inputs;
  const weight = VIEWS.has(node.op) && x ? builder.weights.get(x) : undefined;
  return Boolean(weight?.source && isDType(weight.tensor.dtype) && isFloat(weight.tensor.dtype));
}

/** A literal for a value that is the same whatever the free sizes are. */
function literalOf([a, b]: AbstractPair, builder: GraphBuilder): IrValue | null {
  if (!(a instanceof HostTensor) || !(b instanceof HostTensor) || !isDType(a.dtype)) return null;
  const same =
    a.dtype === b.dtype &&
    a.size === b.size &&
    a.size <= MAX_LITERAL &&
    a.shape.every((n, i) => n === b.shape[i]) &&
    a.values.every((v, i) => Object.is(v, b.values[i]));
  if (!same) return null;
  const numbers = a.values.map((v) => (typeof v === "string" ? 0 : v));
  return a.dtype === "int64" && a.shape.length === 1
    ? builder.literal(numbers, a.shape, "int64")
    : builder.weight("const", rawFromHost(a));
}

/** A Reshape target in which sizes that depend on the input are copied (0) or left over (-1). */
function reshapeLiteral(node: IrNode<"Reshape">, prober: ShapeProber, builder: GraphBuilder): IrValue | null {
  const [x, shape] = node.inputs;
  if (!x || !shape || node.attrs.allowzero) return null;
  const [a, b] = prober.lookup(shape);
  const [from, fromOther] = prober.lookup(x);
  if (!(a instanceof HostTensor) || !(b instanceof HostTensor) || a.size !== b.size) return null;
  if (!isTensorLike(from) || !isTensorLike(fromOther)) return null;
  const first = a.numbers();
  const second = b.numbers();
  let free = first.includes(-1);
  const target: number[] = [];
  for (const [i, n] of first.entries()) {
    if (n === second[i]) target.push(n);
    else if (n === from.shape[i] && second[i] === fromOther.shape[i]) target.push(0);
    else if (!free) {
      free = true;
      target.push(-1);
    } else return null;
  }
  if (target.includes(0) && first.some((n, i) => n === 0 && target[i] === 0)) return null;
  return builder.ints(target);
}
