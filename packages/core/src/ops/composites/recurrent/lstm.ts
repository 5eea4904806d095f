// lstm: one layer and one direction of long short-term memory, gates in the order i, f, g, o.
import { bind } from "../../../dispatch/bind.js";
import { checkOptions } from "../../../errors.js";
import { scope } from "../../../tensor/scope.js";
import type { Tensor } from "../../../tensor/tensor.js";
import { promoteAll } from "../../broadcast.js";
import { add, mul } from "../../prims/binary.js";
import { matmul, swapLast } from "../../prims/contraction.js";
import { concat } from "../../prims/movement.js";
import { cast } from "../../prims/select.js";
import { zeros } from "../../prims/source.js";
import { defineOp, type In, type Op, type Out } from "../../table.js";
import { wideDType } from "../common/precision.js";
import { linear } from "../contraction/linear.js";
import {
  activationOf,
  requireActivations,
  slopesFromValues,
  type Activation,
  type RecurrentActivation,
} from "./activations.js";
import { lstmGradOp } from "./lstm-grad.js";
import {
  at,
  before,
  biasGrad,
  bothBiases,
  castOrNull,
  copyOf,
  gate,
  inferRecurrent,
  joined,
  recorded,
  savedSpec,
  stepsInOrder,
  weightGrads,
} from "./sequence.js";

interface LstmAttrs {
  readonly reverse: boolean;
  /** Of the gates i, f, o; of the candidate g; of the cell on its way out. */
  readonly activations: readonly RecurrentActivation[];
  /** Whether the gates, and the cells before the steps, are results too, for the backward rule; they are empty otherwise. */
  readonly save: boolean;
}
declare module "../../table.js" {
  interface OpTable {
    lstm: {
      readonly tier: "comp";
      readonly in: readonly ["x", "h0", "c0", "wIh", "wHh", "bIh?", "bHh?"];
      readonly out: readonly ["y", "hT", "cT", "gates", "cells"];
      readonly attrs: LstmAttrs;
    };
  }
}

type Inputs = In<"lstm", Tensor>;

/** The inputs in the dtype of the computation. */
function prepare([x, h0, c0, wIh, wHh, bIh, bHh]: Inputs) {
  const dtype = wideDType(x.dtype);
  const xs = cast(x, dtype);
  const w = cast(wIh, dtype);
  return {
    dtype,
    xs,
    /** Everything that does not depend on the state: one product for all steps. */
    fromInput: () => linear(xs, w, castOrNull(bothBiases(bIh, bHh), dtype)),
    h0: cast(h0, dtype),
    c0: cast(c0, dtype),
    wIh: w,
    wHh: cast(wHh, dtype),
    steps: x.shape[0]!,
    units: wHh.shape[1]!,
  };
}
type Prepared = ReturnType<typeof prepare>;

/** What goes into the gates of all steps, the gates, and the cells before the steps, from the states before them. */
function remade(p: Prepared, hs: Tensor, { activations, reverse }: LstmAttrs): [Tensor, Tensor, Tensor] {
  const [f, g] = activations.map(activationOf) as [Activation, Activation];
  const z = add(p.fromInput(), linear(hs, p.wHh));
  const both = f.apply(gate(z, p.units, 0, 2));
  const candidate = g.apply(gate(z, p.units, 2));
  const gates = concat([both, candidate, f.apply(gate(z, p.units, 3))], 2);
  const added = mul(gate(both, p.units, 0), candidate);
  const kept = gate(both, p.units, 1);
  const cs: Tensor[] = [];
  let c = p.c0;
  for (const t of stepsInOrder(p.steps, reverse)) {
    const previous = (cs[t] = c);
    c = scope(() => add(mul(at(kept, t), previous), at(added, t)));
  }
  return [z, gates, joined(cs, p.c0.shape, p.dtype)];
}

function forward(inputs: Inputs, attrs: LstmAttrs): Out<"lstm", Tensor> {
  const p = prepare(inputs);
  const [f, g, out] = attrs.activations.map(activationOf) as [Activation, Activation, Activation];
  const wT = swapLast(p.wHh);
  const fromInput = p.fromInput();
  let [h, c] = [p.h0, p.c0];
  const hs: Tensor[] = [];
  for (const t of stepsInOrder(p.steps, attrs.reverse)) {
    const [nextH, nextC] = scope((): [Tensor, Tensor] => {
      const z = add(at(fromInput, t), matmul(h, wT));
      const both = f.apply(gate(z, p.units, 0, 2));
      const added = mul(gate(both, p.units, 0), g.apply(gate(z, p.units, 2)));
      const cell = add(mul(gate(both, p.units, 1), c), added);
      return [mul(f.apply(gate(z, p.units, 3)), out.apply(cell)), cell];
    });
    if (c !== p.c0) c.dispose();
    [h, c] = [nextH, nextC];
    hs[t] = h;
  }
  const y = joined(hs, p.h0.shape, p.dtype);
  if (p.steps === 0) [h, c] = [copyOf(h), copyOf(c)];
  const { dtype } = inputs[0];
  const results = [cast(y, dtype), cast(h, dtype), cast(c, dtype)] as const;
  if (attrs.save) {
    const [, gates, cells] = remade(p, before(p.h0, y, attrs.reverse), attrs);
    return [...results, gates, cells];
  }
  const none = (width: number) => zeros([0, p.h0.shape[0]!, width * p.units], p.dtype);
  return [...results, none(4), none(1)];
}

/** The `lstm` composite. */
export const lstmOp: Op<"lstm"> = defineOp("lstm", {
  saves: "both",
  infer: ([x, h0, c0, ...weights], { save }) => {
    const { y, state } = inferRecurrent("lstm", 4, x, [h0, c0], weights);
    return [y, state, state, savedSpec(y, 4, save), savedSpec(y, 1, save)];
  },
  decompose: forward,
  // Backward through time. What was not saved, or must be differentiated itself, is remade from the results.
  vjp: ({ inputs, outputs: [y, , , ...saved], attrs, grads: [gy, gh, gc], needs }) => {
    const p = prepare(inputs);
    const { reverse, activations } = attrs;
    const hs = before(p.h0, cast(y, p.dtype), reverse);
    const [z, gates, cells] = attrs.save && !recorded(inputs) ? [null, ...saved] : remade(p, hs, attrs);
    const wide = (t: Tensor | null) => castOrNull(t, p.dtype);
    const [dz, dh, dc] = bind(
      lstmGradOp,
      [gates, cells, p.wHh, wide(gy), wide(gh), wide(gc), slopesFromValues(activations) ? null : z],
      { reverse, activations },
    );
    const bias = needs[5] || needs[6] ? biasGrad(dz) : null;
    const [dIh, dHh] = weightGrads(dz, [needs[3] ? p.xs : null, needs[4] ? hs : null]);
    const { dtype } = inputs[0];
    return [
      needs[0] ? cast(matmul(dz, p.wIh), dtype) : null,
      cast(dh, dtype),
      cast(dc, dtype),
      castOrNull(dIh!, dtype),
      castOrNull(dHh!, dtype),
      inputs[5] && castOrNull(bias, dtype),
      inputs[6] && castOrNull(bias, dtype),
    ];
  },
});

/** Options of `lstm`. */
export interface LstmOptions {
  /** Process from the last step to the first; y stays in the order of x. */
  readonly reverse?: boolean;
  /** Of the gates, of the candidate, of the cell on its way out. Default sigmoid, tanh, tanh. */
  readonly activations?: readonly RecurrentActivation[];
}

/**
 * One LSTM layer in one direction. x `[T, B, I]`, h0 and c0 `[B, H]`, wIh `[4H, I]`, wHh `[4H, H]`, biases
 * `[4H]` or null, gates in PyTorch's order i, f, g, o. Gives y `[T, B, H]` and the last h and c `[B, H]`.
 * Dtypes are promoted.
 * @throws {ShapeError} when a tensor has another shape
 * @throws {DTypeError} unless the promoted dtype is a float
 * @throws {ArgumentError} when there are not 3 known activations, or an option is unknown
 * @see Hochreiter and Schmidhuber 1997, "Long Short-Term Memory", torch.nn.LSTM, ONNX LSTM
 */
export function lstm(
  x: Tensor,
  h0: Tensor,
  c0: Tensor,
  wIh: Tensor,
  wHh: Tensor,
  bIh: Tensor | null = null,
  bHh: Tensor | null = null,
  options: LstmOptions = {},
): readonly [y: Tensor, hT: Tensor, cT: Tensor] {
  checkOptions("lstm", options, ["reverse", "activations"]);
  const activations = requireActivations("lstm", options.activations ?? ["sigmoid", "tanh", "tanh"], 3);
  const given = [x, h0, c0, wIh, wHh, ...(bIh ? [bIh] : []), ...(bHh ? [bHh] : [])];
  const t = promoteAll("lstm", given);
  const inputs: Inputs = [
    t[0]!,
    t[1]!,
    t[2]!,
    t[3]!,
    t[4]!,
    bIh ? t[5]! : null,
    bHh ? t[bIh ? 6 : 5]! : null,
  ];
  const save = slopesFromValues(activations) && recorded(inputs);
  const attrs = { reverse: options.reverse ?? false, activations, save };
  const [y, hT, cT, ...saved] = bind(lstmOp, inputs, attrs);
  for (const t of saved) t.dispose();
  return [y, hT, cT];
}
