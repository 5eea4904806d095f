// rnn: one layer and one direction of a plain recurrent network.
import { bind } from "../../../dispatch/bind.js";
import { checkOptions } from "../../../errors.js";
import { scope } from "../../../tensor/scope.js";
import type { Tensor } from "../../../tensor/tensor.js";
import { promoteAll } from "../../broadcast.js";
import { add } from "../../prims/binary.js";
import { matmul, swapLast } from "../../prims/contraction.js";
import { cast } from "../../prims/select.js";
import { defineOp, type In, type Op } from "../../table.js";
import { wideDType } from "../common/precision.js";
import { linear } from "../contraction/linear.js";
import {
  activationOf,
  requireActivations,
  slopesFromValues,
  type RecurrentActivation,
} from "./activations.js";
import { rnnGradOp } from "./rnn-grad.js";
import {
  at,
  before,
  biasGrad,
  bothBiases,
  castOrNull,
  copyOf,
  inferRecurrent,
  joined,
  stepsInOrder,
  weightGrads,
} from "./sequence.js";

/** Attributes of the `rnn` composite. */
export interface RnnAttrs {
  readonly reverse: boolean;
  readonly activation: RecurrentActivation;
}
declare module "../../table.js" {
  interface OpTable {
    rnn: {
      readonly tier: "comp";
      readonly in: readonly ["x", "h0", "wIh", "wHh", "bIh?", "bHh?"];
      readonly out: readonly ["y", "hT"];
      readonly attrs: RnnAttrs;
    };
  }
}

type Inputs = In<"rnn", Tensor>;

/** The inputs in the dtype of the computation. */
function prepare([x, h0, wIh, wHh, bIh, bHh]: Inputs) {
  const dtype = wideDType(x.dtype);
  const xs = cast(x, dtype);
  const w = cast(wIh, dtype);
  return {
    dtype,
    xs,
    /** Everything that does not depend on the state: one product for all steps. */
    fromInput: () => linear(xs, w, castOrNull(bothBiases(bIh, bHh), dtype)),
    h0: cast(h0, dtype),
    wIh: w,
    wHh: cast(wHh, dtype),
    steps: x.shape[0]!,
  };
}

/** The `rnn` composite. */
export const rnnOp: Op<"rnn"> = defineOp("rnn", {
  saves: "both",
  infer: ([x, h0, ...weights]) => {
    const { y, state } = inferRecurrent("rnn", 1, x, [h0], weights);
    return [y, state];
  },
  decompose: (inputs, { activation, reverse }) => {
    const p = prepare(inputs);
    const f = activationOf(activation);
    const wT = swapLast(p.wHh);
    const fromInput = p.fromInput();
    let h = p.h0;
    const hs: Tensor[] = [];
    for (const t of stepsInOrder(p.steps, reverse)) {
      const previous = h;
      hs[t] = h = scope(() => f.apply(add(at(fromInput, t), matmul(previous, wT))));
    }
    const { dtype } = inputs[0];
    const y = joined(hs, p.h0.shape, p.dtype);
    return [cast(y, dtype), cast(p.steps === 0 ? copyOf(h) : h, dtype)];
  },
  vjp: ({ inputs, outputs: [y], attrs, grads: [gy, gh], needs }) => {
    const p = prepare(inputs);
    const results = cast(y, p.dtype);
    const hs = before(p.h0, results, attrs.reverse);
    const z = slopesFromValues([attrs.activation]) ? null : add(p.fromInput(), linear(hs, p.wHh));
    const wide = (t: Tensor | null) => castOrNull(t, p.dtype);
    const [dz, dh] = bind(rnnGradOp, [results, p.wHh, wide(gy), wide(gh), z], attrs);
    const { dtype } = inputs[0];
    const [dIh, dHh] = weightGrads(dz, [needs[2] ? p.xs : null, needs[3] ? hs : null]);
    const bias = needs[4] || needs[5] ? cast(biasGrad(dz), dtype) : null;
    return [
      needs[0] ? cast(matmul(dz, p.wIh), dtype) : null,
      cast(dh, dtype),
      castOrNull(dIh!, dtype),
      castOrNull(dHh!, dtype),
      inputs[4] && bias,
      inputs[5] && bias,
    ];
  },
});

/** Options of `rnn`. */
export interface RnnOptions {
  /** Process from the last step to the first; y stays in the order of x. */
  readonly reverse?: boolean;
  /** Default tanh. */
  readonly activation?: RecurrentActivation;
}

/**
 * One Elman layer in one direction: h' = act(wIh·x + bIh + wHh·h + bHh). x `[T, B, I]`, h0 `[B, H]`, wIh
 * `[H, I]`, wHh `[H, H]`, biases `[H]` or null. Gives y `[T, B, H]` and the last h `[B, H]`. Dtypes are
 * promoted.
 * @throws {ShapeError} when a tensor has another shape
 * @throws {DTypeError} unless the promoted dtype is a float
 * @throws {ArgumentError} when the activation or an option is unknown
 * @see Elman 1990, "Finding Structure in Time", torch.nn.RNN, ONNX RNN
 */
export function rnn(
  x: Tensor,
  h0: Tensor,
  wIh: Tensor,
  wHh: Tensor,
  bIh: Tensor | null = null,
  bHh: Tensor | null = null,
  options: RnnOptions = {},
): readonly [y: Tensor, hT: Tensor] {
  checkOptions("rnn", options, ["reverse", "activation"]);
  const activation = options.activation ?? "tanh";
  requireActivations("rnn", [activation], 1);
  const t = promoteAll("rnn", [x, h0, wIh, wHh, ...(bIh ? [bIh] : []), ...(bHh ? [bHh] : [])]);
  const inputs: Inputs = [t[0]!, t[1]!, t[2]!, t[3]!, bIh ? t[4]! : null, bHh ? t[bIh ? 5 : 4]! : null];
  return bind(rnnOp, inputs, { reverse: options.reverse ?? false, activation });
}
