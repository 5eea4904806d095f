// Recurrent layers of a trace as IR nodes: PyTorch's weights in ONNX's gate order, with the axis of one direction.
import type { IrValue } from "../../../ir/types.js";
import type { WeightStep } from "../../../ir/weights.js";
import { NotExpressible, type TraceCall, type RulesOf } from "../trace-call.js";

/** PyTorch's gate rows in ONNX's order. */
function gates(order: readonly number[], rows: number): WeightStep {
  const hidden = rows / order.length;
  return {
    kind: "take",
    axis: 0,
    indices: order.flatMap((g) => Array.from({ length: hidden }, (_, i) => g * hidden + i)),
  };
}

function recurrent(
  t: TraceCall,
  op: "LSTM" | "GRU" | "RNN",
  order: readonly number[],
  states: number,
  attrs: object,
  reverse: boolean,
): readonly (IrValue | null)[] {
  const first = 1 + states;
  const rows = t.shape(first)[0]!;
  const [inputs, hidden] = [t.shape(first)[1]!, t.shape(first + 1)[1]!];
  const take = gates(order, rows);
  const lead = (columns: number): WeightStep[] => [take, { kind: "reshape", shape: [1, rows, columns] }];
  const w = t.weight(first, lead(inputs));
  const r = t.weight(first + 1, lead(hidden));
  const has = Boolean(t.inputs[first + 2] ?? t.inputs[first + 3]);
  const parts = [first + 2, first + 3].map((i) => (t.inputs[i] ? i : null));
  const b = has ? t.joined(parts, [take, { kind: "reshape", shape: [1, rows] }], 1) : null;
  if (!w || !r || (has && !b)) throw new NotExpressible("computed weights");
  const initial = Array.from({ length: states }, (_, i) => i + 1).map((i) =>
    t.isZeros(i) ? null : t.op("Unsqueeze", [t.x(i), t.builder.ints([0])], {}),
  );
  const direction = reverse ? "reverse" : "forward";
  const names = ["Y", "Y_h", "Y_c"].slice(0, 1 + states);
  const [y, ...last] = t.nodes(
    op,
    [t.x(0), w, r, b, null, ...initial],
    { direction, hidden_size: hidden, ...attrs },
    names,
  );
  const squeeze = (v: IrValue | null | undefined, axis: number) =>
    v ? t.op("Squeeze", [v, t.builder.ints([axis])], {}) : null;
  return [squeeze(y, 1), ...last.map((v) => squeeze(v, 0))];
}

/** Activations that have a plain name in ONNX. */
function onnxActivations(list: readonly unknown[]): string[] {
  return list.map((n) => {
    if (typeof n !== "string") throw new NotExpressible("an activation with parameters");
    return n.charAt(0).toUpperCase() + n.slice(1);
  });
}

/** Recurrent layers. */
export const RECURRENT_RULES: RulesOf<"lstm" | "gru" | "rnn"> = {
  lstm: (t, a) => {
    const standard = a.activations.join() === "sigmoid,tanh,tanh";
    const extra = standard ? {} : { activations: onnxActivations(a.activations) };
    return recurrent(t, "LSTM", [0, 3, 1, 2], 2, extra, a.reverse);
  },
  gru: (t, a) => {
    const standard = a.activations.join() === "sigmoid,tanh";
    const extra = standard ? {} : { activations: onnxActivations(a.activations) };
    const attrs = { linear_before_reset: a.linearBeforeReset ? 1 : 0, ...extra };
    return recurrent(t, "GRU", [1, 0, 2], 1, attrs, a.reverse);
  },
  rnn: (t, a) => recurrent(t, "RNN", [0], 1, { activations: onnxActivations([a.activation]) }, a.reverse),
};
