// Writes the layers that were recognised by the facts of their last node.
import type { Dim, IrNode, IrValue } from "../../../ir/types.js";
import { isOp } from "../../../ir/walk.js";
import { disassembleWeight } from "../../../ir/weights.js";
import { identityOrder, invertOrder } from "../../../layout/index.js";
import { placed } from "../emitter.js";
import type { NodeExport } from "../node.js";
import type { LayerInput, LayerPlan } from "../plans/layers.js";
import type { Arg, KTensor, WeightGiven } from "../tensors.js";

/** The layer of a plan. */
export function restoredLayer(n: NodeExport, plan: LayerPlan): void {
  const inputs = plan.inputs.map((x) => tensorOf(n, x));
  const [first] = inputs;
  if (!first) throw n.error("the layer has no input");
  const tensors = [...plan.tensors].map(([key, list]): readonly [string, Arg] => {
    const all = list.map((x) => tensorOf(n, x));
    return [key, all.length === 1 ? all[0]! : all];
  });
  const kwargs = Object.fromEntries(
    [...tensors, ...Object.entries(plan.kwargs)].toSorted(([a], [b]) => (a < b ? -1 : 1)),
  );
  const outs = isOp(n.node, "Scan")
    ? scanOutputs(n.node, plan)
    : [described(n.result, plan.output ? invertOrder(plan.output) : identityOrder(n.outDims().length))];
  const outputs = outs.map(({ dims }) => ({ dims, dtype: first.dtype }));
  const args: readonly Arg[] = plan.listed ? [inputs] : inputs;
  const weights = weightsOf(n, plan);
  const made = n.layers(plan.className, args, outputs, { config: plan.config, weights, kwargs });
  const done = new Set<IrValue>();
  outs.forEach(({ value, order }, i) => {
    if (!value || done.has(value)) return;
    done.add(value);
    n.out.set(value, { value: made[i]!, order, shuffle: null });
  });
}

/** A value as the layer takes it. */
function tensorOf(n: NodeExport, { value, order }: LayerInput): KTensor {
  return n.out.layouts.as(n.out.view(value), invertOrder(order), n.wanted());
}

function weightsOf(n: NodeExport, plan: LayerPlan): Readonly<Record<string, WeightGiven>> {
  const weights: Record<string, WeightGiven> = {};
  for (const [suffix, v] of plan.weights) {
    const held = n.out.graph.weights.get(v);
    const pieces = held?.source ? [...disassembleWeight(held.source, held.tensor).values()] : [];
    if (pieces.length !== 1) throw n.error(`the weight ${suffix} is not the one of the layer`);
    weights[suffix] = { tensor: pieces[0]!, from: v.name };
  }
  return weights;
}

interface Output {
  readonly value: IrValue | null;
  readonly order: readonly number[];
  readonly dims: readonly Dim[];
}

function described(value: IrValue | null, order: readonly number[]): Output {
  return { value, order, dims: placed(value?.dims ?? order.map(() => null), order) };
}

/** What the layer returns, as outputs of the Scan: the steps or the last one, then the states. */
function scanOutputs(node: IrNode<"Scan">, plan: LayerPlan): readonly Output[] {
  const steps = node.outputs.at(-1) ?? null;
  const states = node.outputs.slice(0, -1);
  const rank = plan.inputs[0]?.order.length ?? 3;
  const spatial = rank > 3 ? rank - 3 : 0;
  const last = plan.config["data_format"] !== "channels_first" && spatial > 0;
  const image = last
    ? [0, spatial + 1, ...identityOrder(spatial).map((i) => i + 1)]
    : identityOrder(spatial + 2);
  const timed = [1, 0, ...image.slice(1).map((p) => p + 1)];
  const sequences = plan.config["return_sequences"] === true;
  const first = sequences
    ? described(steps, timed)
    : described(states[spatial > 0 ? 0 : states.length - 1] ?? null, image);
  const count = plan.className.includes("LSTM") ? 2 : 1;
  const more = plan.config["return_state"] === true ? states.slice(0, count) : [];
  return [first, ...more.map((v) => described(v, image))];
}
