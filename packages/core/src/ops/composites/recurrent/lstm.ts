// lstm: one layer and one direction of long short-term memory, gates in the order i, f, g, o.
import { bind } from "../../../dispatch/bind.js";
import { checkOptions } from "../../../errors.js";
import { scope } from "../../../tensor/scope.js";
import type { Tensor } from "../../../tensor/tensor.js";
import { promoteAll } from "../../broadcast.js";
import { add, mul } from "../../prims/binary.js";
import { matmul, swapLast } from "../../prims/contraction.js";
import { concat, reshape } from "../../prims/movement.js";
import { cast } from "../../prims/select.js";
import { zeros } from "../../prims/source.js";
import { defineOp, type In, type Op } from "../../table.js";
import { wideDType } from "../common/precision.js";
import { linear } from "../contraction/linear.js";
import {
  activationOf,
  requireActivations,
  type Activation,
  type RecurrentActivation,
} from "./activations.js";
import {
  at,
  before,
  biasGrad,
  bothBiases,
  castOrNull,
  copyOf,
  gate,
  inferRecurrent,
  inOrder,
  joined,
  weightGrad,
} from "./sequence.js";

interface LstmAttrs {
  readonly reverse: boolean;
  /** Of the gates i, f, o; of the candidate g; of the cell on its way out. */
  readonly activations: readonly RecurrentActivation[];
}
declare module "../../table.js" {
  interface OpTable {
    lstm: {
      readonly tier: "comp";
      readonly in: readonly ["x", "h0", "c0", "wIh", "wHh", "bIh?", "bHh?"];
      readonly out: readonly ["y", "hT", "cT"];
      readonly attrs: LstmAttrs;
    };
  }
}

type Inputs = In<"lstm", Tensor>;

/** The inputs in the dtype of the computation and in the order of processing. */
function prepare([x, h0, c0, wIh, wHh, bIh, bHh]: Inputs, reverse: boolean) {
  const dtype = wideDType(x.dtype);
  const bias = castOrNull(bothBiases(bIh, bHh), dtype);
  const xs = inOrder(cast(x, dtype), reverse);
  const w = cast(wIh, dtype);
  return {
    dtype,
    xs,
    /** Everything that does not depend on the state: one product for all steps. */
    fromInput: linear(xs, w, bias),
    h0: cast(h0, dtype),
    c0: cast(c0, dtype),
    wIh: w,
    wHh: cast(wHh, dtype),
    steps: x.shape[0]!,
    units: wHh.shape[1]!,
  };
}

function forward(inputs: Inputs, attrs: LstmAttrs): [y: Tensor, h: Tensor, c: Tensor] {
  const p = prepare(inputs, attrs.reverse);
  const [f, g, out] = attrs.activations.map(activationOf) as [Activation, Activation, Activation];
  const wT = swapLast(p.wHh);
  let [h, c] = [p.h0, p.c0];
  const hs: Tensor[] = [];
  for (let t = 0; t < p.steps; t++) {
    const [nextH, nextC] = scope((): [Tensor, Tensor] => {
      const z = add(at(p.fromInput, t), matmul(h, wT));
      const both = f.apply(gate(z, p.units, 0, 2));
      const added = mul(gate(both, p.units, 0), g.apply(gate(z, p.units, 2)));
      const cell = add(mul(gate(both, p.units, 1), c), added);
      return [mul(f.apply(gate(z, p.units, 3)), out.apply(cell)), cell];
    });
    if (t > 0) c.dispose();
    [h, c] = [nextH, nextC];
    hs.push(h);
  }
  const y = inOrder(joined(hs, p.h0.shape, p.dtype), attrs.reverse);
  return p.steps === 0 ? [y, copyOf(h), copyOf(c)] : [y, h, c];
}

/** The cells of all steps from the gates of all steps. */
function cells(kept: Tensor, added: Tensor, c0: Tensor): Tensor {
  const cs: Tensor[] = [];
  let c = c0;
  for (let t = 0; t < kept.shape[0]!; t++) {
    const previous = c;
    c = scope(() => add(mul(at(kept, t), previous), at(added, t)));
    cs.push(c);
  }
  return joined(cs, c0.shape, c0.dtype);
}

/** The factors of the backward recurrence, for all steps at once. */
interface Factors {
  /** dh to dc. */
  readonly out: Tensor;
  /** dc to the gates i, f, g: `[T, B, 3, H]`. */
  readonly gates: Tensor;
  /** dh to the gate o. */
  readonly last: Tensor;
  /** dc to the cell before. */
  readonly kept: Tensor;
}

function factors(z: Tensor, c0: Tensor, units: number, attrs: LstmAttrs): Factors {
  const [f, g, out] = attrs.activations.map(activationOf) as [Activation, Activation, Activation];
  const [zi, zf, zg, zo] = [0, 1, 2, 3].map((k) => gate(z, units, k)) as [Tensor, Tensor, Tensor, Tensor];
  const [i, fg, gg, o] = [f.apply(zi), f.apply(zf), g.apply(zg), f.apply(zo)];
  const c = cells(fg, mul(i, gg), c0);
  const shown = out.apply(c);
  const parts = [mul(gg, f.slope(zi, i)), mul(before(c0, c), f.slope(zf, fg)), mul(i, g.slope(zg, gg))];
  return {
    out: mul(o, out.slope(c, shown)),
    gates: reshape(concat(parts, 2), [...c.shape.slice(0, 2), 3, units]),
    last: mul(shown, f.slope(zo, o)),
    kept: fg,
  };
}

/** The `lstm` composite. */
export const lstmOp: Op<"lstm"> = defineOp("lstm", {
  saves: "both",
  infer: ([x, h0, c0, ...weights]) => {
    const { y, state } = inferRecurrent("lstm", 4, x, [h0, c0], weights);
    return [y, state, state];
  },
  decompose: (inputs, attrs) => {
    const [y, h, c] = forward(inputs, attrs);
    const dtype = inputs[0].dtype;
    return [cast(y, dtype), cast(h, dtype), cast(c, dtype)];
  },
  // Backward through time: the gates of all steps are remade with one product from the saved results.
  vjp: ({ inputs, outputs: [y], attrs, grads: [gy, gh, gc], needs }) => {
    const p = prepare(inputs, attrs.reverse);
    const hs = before(p.h0, inOrder(cast(y, p.dtype), attrs.reverse));
    const z = add(p.fromInput, linear(hs, p.wHh));
    const k = factors(z, p.c0, p.units, attrs);
    const dy = gy && inOrder(cast(gy, p.dtype), attrs.reverse);
    let dh = gh ? cast(gh, p.dtype) : zeros(p.h0.shape, p.dtype);
    let dc = gc ? cast(gc, p.dtype) : zeros(p.c0.shape, p.dtype);
    const [batch, units] = p.h0.shape as [number, number];
    const dzs: Tensor[] = [];
    for (let t = p.steps - 1; t >= 0; t--) {
      const [later, laterC] = [dh, dc];
      const [dz, h, c] = scope((): [Tensor, Tensor, Tensor] => {
        const dht = dy ? add(at(dy, t), later) : later;
        const dct = add(laterC, mul(dht, at(k.out, t)));
        const inner = mul(at(k.gates, t), reshape(dct, [batch, 1, units]));
        const outer = reshape(mul(dht, at(k.last, t)), [batch, 1, units]);
        const grad = reshape(concat([inner, outer], 1), [batch, 4 * units]);
        return [grad, matmul(grad, p.wHh), mul(dct, at(k.kept, t))];
      });
      dzs[t] = dz;
      [dh, dc] = [h, c];
    }
    const dz = joined(dzs, [batch, 4 * units], p.dtype);
    const dx = needs[0] ? inOrder(matmul(dz, p.wIh), attrs.reverse) : null;
    const bias = needs[5] || needs[6] ? biasGrad(dz) : null;
    const grads = [
      dx,
      dh,
      dc,
      needs[3] ? weightGrad(dz, p.xs) : null,
      needs[4] ? weightGrad(dz, hs) : null,
      inputs[5] && bias,
      inputs[6] && bias,
    ] as const;
    const dtype = inputs[0].dtype;
    return [
      castOrNull(grads[0], dtype),
      cast(grads[1], dtype),
      cast(grads[2], dtype),
      castOrNull(grads[3], dtype),
      castOrNull(grads[4], dtype),
      castOrNull(grads[5], dtype),
      castOrNull(grads[6], dtype),
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
  return bind(lstmOp, inputs, { reverse: options.reverse ?? false, activations });
}
