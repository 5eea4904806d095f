// The order in which Keras lists the layers of a functional model: by depth, then by the traversal from the outputs.
// Weight files number layers in this order, so a writer must use it too. Rules: keras/src/ops/function.py, map_graph.
import { tensorsIn, type KTensor, type LayerBuild } from "./tensors.js";

interface Call {
  readonly layer: LayerBuild;
  readonly index: number;
  readonly inputs: readonly KTensor[];
}

/** The tensors of one call, in the order in which Keras flattens its arguments. */
function inputsOf(layer: LayerBuild, call: number): readonly KTensor[] {
  const use = layer.uses[call];
  if (!use) return [];
  const named = Object.keys(use.kwargs).toSorted();
  return [...use.args.flatMap(tensorsIn), ...named.flatMap((key) => tensorsIn(use.kwargs[key] ?? null))];
}

/** Depth-first from the outputs: calls from inputs to outputs, and when each layer was first met. */
function traverse(outputs: readonly KTensor[]): { calls: Call[]; first: Map<LayerBuild, number> } {
  const calls: Call[] = [];
  const first = new Map<LayerBuild, number>();
  const known = new Map<LayerBuild, Map<number, Call>>();
  const enter = (t: KTensor): Call | null => {
    const made = known.get(t.maker) ?? new Map<number, Call>();
    known.set(t.maker, made);
    if (made.has(t.call)) return null;
    const call = { layer: t.maker, index: t.call, inputs: inputsOf(t.maker, t.call) };
    made.set(t.call, call);
    if (!first.has(t.maker)) first.set(t.maker, first.size);
    return call;
  };
  const stack: { readonly call: Call; next: number }[] = [];
  for (const output of outputs) {
    const start = enter(output);
    if (start) stack.push({ call: start, next: 0 });
    while (stack.length > 0) {
      const top = stack.at(-1)!;
      const t = top.call.inputs[top.next++];
      if (t === undefined) {
        calls.push(top.call);
        stack.pop();
        continue;
      }
      const inner = enter(t);
      if (inner) stack.push({ call: inner, next: 0 });
    }
  }
  return { calls, first };
}

/** The layers that outputs depend on and all inputs, as Keras orders them. */
export function kerasOrder(inputs: readonly KTensor[], outputs: readonly KTensor[]): readonly LayerBuild[] {
  const { calls, first } = traverse(outputs);
  const callOf = new Map<LayerBuild, Map<number, Call>>();
  for (const call of calls) {
    const list = callOf.get(call.layer) ?? new Map<number, Call>();
    list.set(call.index, call);
    callOf.set(call.layer, list);
  }
  const depthOfCall = new Map<Call, number>();
  const depthOfLayer = new Map<LayerBuild, number>();
  for (const call of calls.toReversed()) {
    const depth = Math.max(depthOfCall.get(call) ?? 0, depthOfLayer.get(call.layer) ?? 0);
    depthOfCall.set(call, depth);
    depthOfLayer.set(call.layer, depth);
    for (const t of call.inputs) {
      const parent = callOf.get(t.maker)?.get(t.call);
      if (parent) depthOfCall.set(parent, Math.max(depth + 1, depthOfCall.get(parent) ?? 0));
    }
  }
  for (const { maker } of inputs) {
    if (depthOfLayer.has(maker)) continue;
    depthOfLayer.set(maker, 0);
    first.set(maker, -1);
  }
  return [...depthOfLayer.keys()].toSorted(
    (a, b) => depthOfLayer.get(b)! - depthOfLayer.get(a)! || first.get(a)! - first.get(b)!,
  );
}
