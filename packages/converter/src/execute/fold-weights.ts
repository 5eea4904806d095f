// Folds what is made of weights alone, of any size: reshaped, transposed and sliced weights become weights that say where
// they come from, small computed ones literals. For formats that take constants only where a layer has its weights.
import { isDType, sizeOf } from "@isoform/core";
import { GraphBuilder } from "../ir/builder.js";
import { removeDeadCode } from "../ir/passes/dead-code.js";
import type { IrGraph, IrNode, IrValue, IrWeight } from "../ir/types.js";
import { capturedValues, isOp, literalNumbers, subgraphs, usesOf } from "../ir/walk.js";
import { applySteps, type WeightStep } from "../ir/weights.js";
import { hostFromRaw, HostTensor, rawFromHost } from "./host.js";
import { abstractNode, inferShapes } from "./shapes.js";

/** Largest computed result: the elements are JavaScript numbers meanwhile. */
const MOST_COMPUTED = 65_536;

/** A copy of the graph in which no node reads weights alone, where that can be. Shapes are inferred first. */
export function foldWeights(graph: IrGraph): IrGraph {
  inferShapes(graph);
  const builder = new GraphBuilder(graph.name);
  builder.adopt(graph);
  const uses = usesOf(graph);
  const replaced = new Map<IrValue, IrValue>();
  const fixed = new Set(graph.outputs);
  for (const node of graph.nodes)
    for (const [, inner] of subgraphs(node)) for (const v of capturedValues(inner)) fixed.add(v);
  const nodes: IrNode[] = [];
  for (const given of graph.nodes) {
    const node = { ...given, inputs: given.inputs.map((v) => v && (replaced.get(v) ?? v)) };
    const made = node.outputs.some((v) => v && fixed.has(v)) ? null : folded(node, builder, uses);
    if (!made) {
      nodes.push(node);
      continue;
    }
    node.outputs.forEach((v, i) => v && made[i] && replaced.set(v, made[i]));
  }
  return removeDeadCode({ ...graph, nodes, weights: builder.weights });
}

type Uses = ReturnType<typeof usesOf>;

function folded(node: IrNode, builder: GraphBuilder, uses: Uses): readonly (IrValue | null)[] | null {
  const [data] = node.inputs;
  const weight = data ? builder.weights.get(data) : undefined;
  if (!data || !weight || node.inputs.some((v) => v && !builder.weights.has(v))) return null;
  const steps = stepsOf(node, weight, builder);
  if (steps) return [rearranged(data, weight, steps, builder, uses)];
  return computed(node, builder);
}

/** The weight after exact steps; it keeps its name where nothing else reads it. */
function rearranged(
  v: IrValue,
  weight: IrWeight,
  steps: readonly WeightStep[],
  builder: GraphBuilder,
  uses: Uses,
): IrValue {
  const { source, tensor, trainable } = weight;
  const alone = uses.get(v)?.length === 1;
  const made = builder.weight(v.name, applySteps(tensor, steps), {
    trainable,
    source:
      source?.axis === null && source.shape === undefined
        ? { ...source, pieces: source.pieces.map((p) => ({ ...p, steps: [...p.steps, ...steps] })) }
        : null,
  });
  if (alone) made.name = v.name;
  return made;
}

/** A node that moves the elements of a weight, as steps. */
function stepsOf(node: IrNode, { tensor }: IrWeight, builder: GraphBuilder): readonly WeightStep[] | null {
  if (!isDType(tensor.dtype)) return null;
  const { shape } = tensor;
  if (isOp(node, "Identity")) return [];
  if (isOp(node, "Transpose")) {
    return [{ kind: "transpose", perm: node.attrs.perm ?? shape.map((_, i) => shape.length - 1 - i) }];
  }
  if (isOp(node, "Slice")) return slices(node, shape, builder);
  if (["Reshape", "Flatten", "Squeeze", "Unsqueeze"].includes(node.op)) {
    const dims = node.outputs[0]?.dims?.flatMap((d) => (typeof d === "number" ? [d] : []));
    const known = dims && dims.length === node.outputs[0]?.dims?.length && sizeOf(dims) === sizeOf(shape);
    return known ? [{ kind: "reshape", shape: dims }] : null;
  }
  return null;
}

/** Parts with step 1, and whole axes backwards. */
function slices(
  node: IrNode<"Slice">,
  shape: readonly number[],
  builder: GraphBuilder,
): readonly WeightStep[] | null {
  const graph = { weights: builder.weights };
  const list = (i: number) => literalNumbers(graph, node.inputs[i]);
  const [starts, ends] = [list(1), list(2)];
  if (!starts || !ends) return null;
  const axes = node.inputs[3] ? list(3) : starts.map((_, i) => i);
  const steps = node.inputs[4] ? list(4) : starts.map(() => 1);
  if (!axes || !steps) return null;
  const out: WeightStep[] = [];
  for (const [i, given] of axes.entries()) {
    const axis = given < 0 ? given + shape.length : given;
    const n = shape[axis]!;
    const at = (v: number) => Math.min(n, Math.max(0, v < 0 ? v + n : v));
    if (steps[i] === 1) {
      const start = at(starts[i]!);
      out.push({ kind: "slice", axis, start, end: Math.max(start, at(ends[i]!)) });
    } else if (steps[i] === -1 && starts[i] === -1 && ends[i]! < -n) {
      out.push({ kind: "take", axis, indices: Array.from({ length: n }, (_, k) => n - 1 - k) });
    } else return null;
  }
  return out;
}

/** What the host can compute of small weights. */
function computed(node: IrNode, builder: GraphBuilder): readonly (IrValue | null)[] | null {
  const inputs = node.inputs.map((v) => (v ? builder.weights.get(v)!.tensor : null));
  if (inputs.some((t) => t && (!isDType(t.dtype) || sizeOf(t.shape) > MOST_COMPUTED))) return null;
  try {
    const made = abstractNode(
      node,
      inputs.map((t) => t && hostFromRaw(t)),
    );
    const hosts = made.filter((v) => v instanceof HostTensor);
    if (hosts.length !== node.outputs.length || hosts.some((h) => h.size > MOST_COMPUTED)) return null;
    return hosts.map((h) => builder.weight("const", rawFromHost(h)));
  } catch {
    // What cannot be computed stays a node; the exporter says what it lacks.
    return null;
  }
}
