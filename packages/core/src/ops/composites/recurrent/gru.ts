// gru: one layer and one direction of gated recurrent units, gates in the order r, z, n.
import { bind } from "../../../dispatch/bind.js";
import { checkOptions } from "../../../errors.js";
import { scope } from "../../../tensor/scope.js";
import type { Tensor } from "../../../tensor/tensor.js";
import { promoteAll } from "../../broadcast.js";
import { add, mul, sub } from "../../prims/binary.js";
import { matmul } from "../../prims/contraction.js";
import { concat, sliceAxis } from "../../prims/movement.js";
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
  castOrNull,
  copyOf,
  gate,
  inferRecurrent,
  inOrder,
  joined,
  weightGrad,
} from "./sequence.js";

interface GruAttrs {
  readonly reverse: boolean;
  /** Whether the reset gate acts after the product with wHh (PyTorch, cuDNN, Keras's `reset_after`). */
  readonly linearBeforeReset: boolean;
  /** Of the gates r, z; of the candidate n. */
  readonly activations: readonly RecurrentActivation[];
}
declare module "../../table.js" {
  interface OpTable {
    gru: {
      readonly tier: "comp";
      readonly in: readonly ["x", "h0", "wIh", "wHh", "bIh?", "bHh?"];
      readonly out: readonly ["y", "hT"];
      readonly attrs: GruAttrs;
    };
  }
}

type Inputs = In<"gru", Tensor>;

/** The inputs in the dtype of the computation and in the order of processing; wHh split into r, z and n. */
function prepare([x, h0, wIh, wHh, bIh, bHh]: Inputs, reverse: boolean) {
  const dtype = wideDType(x.dtype);
  const units = wHh.shape[1]!;
  const xs = inOrder(cast(x, dtype), reverse);
  const [w, u] = [cast(wIh, dtype), cast(wHh, dtype)];
  const b = castOrNull(bHh, dtype);
  return {
    dtype,
    units,
    xs,
    /** Everything that does not depend on the state: one product for all steps. */
    fromInput: linear(xs, w, castOrNull(bIh, dtype)),
    h0: cast(h0, dtype),
    wIh: w,
    wHh: u,
    bHh: b,
    wGates: sliceAxis(u, 0, 0, 2 * units),
    bGates: b && sliceAxis(b, 0, 0, 2 * units),
    wNew: sliceAxis(u, 0, 2 * units),
    bNew: b && sliceAxis(b, 0, 2 * units),
    steps: x.shape[0]!,
  };
}
type Prepared = ReturnType<typeof prepare>;

/** The gates r and z, side by side in one activation, with what went into them. */
function resetAndUpdate(both: Tensor, units: number, f: Activation) {
  const open = f.apply(both);
  return {
    zr: gate(both, units, 0),
    zz: gate(both, units, 1),
    r: gate(open, units, 0),
    z: gate(open, units, 1),
  };
}

/** Gates and candidate from the input part `xz` and the states h, for one step or for all at once. */
function gates(xz: Tensor, h: Tensor, p: Prepared, attrs: GruAttrs) {
  const [f, g] = attrs.activations.map(activationOf) as [Activation, Activation];
  const { units } = p;
  if (attrs.linearBeforeReset) {
    const hz = linear(h, p.wHh, p.bHh);
    const both = add(gate(xz, units, 0, 2), gate(hz, units, 0, 2));
    const reset = gate(hz, units, 2);
    const { zr, zz, r, z } = resetAndUpdate(both, units, f);
    const zn = add(gate(xz, units, 2), mul(r, reset));
    return { f, g, zr, zz, zn, r, z, reset, n: g.apply(zn) };
  }
  const hz = add(gate(xz, units, 0, 2), linear(h, p.wGates, p.bGates));
  const { zr, zz, r, z } = resetAndUpdate(hz, units, f);
  const reset = mul(r, h);
  const zn = add(gate(xz, units, 2), linear(reset, p.wNew, p.bNew));
  return { f, g, zr, zz, zn, r, z, reset, n: g.apply(zn) };
}

function forward(inputs: Inputs, attrs: GruAttrs): [y: Tensor, h: Tensor] {
  const p = prepare(inputs, attrs.reverse);
  let h = p.h0;
  const hs: Tensor[] = [];
  for (let t = 0; t < p.steps; t++) {
    const previous = h;
    h = scope(() => {
      const { z, n } = gates(at(p.fromInput, t), previous, p, attrs);
      return add(n, mul(z, sub(previous, n)));
    });
    hs.push(h);
  }
  const y = inOrder(joined(hs, p.h0.shape, p.dtype), attrs.reverse);
  return [y, p.steps === 0 ? copyOf(h) : h];
}

/** The `gru` composite. */
export const gruOp: Op<"gru"> = defineOp("gru", {
  saves: "both",
  infer: ([x, h0, ...weights]) => {
    const { y, state } = inferRecurrent("gru", 3, x, [h0], weights);
    return [y, state];
  },
  decompose: (inputs, attrs) => {
    const [y, h] = forward(inputs, attrs);
    return [cast(y, inputs[0].dtype), cast(h, inputs[0].dtype)];
  },
  // Backward through time: the gates of all steps are remade at once from the saved results.
  vjp: ({ inputs, outputs: [y], attrs, grads: [gy, gh], needs }) => {
    const p = prepare(inputs, attrs.reverse);
    const after = attrs.linearBeforeReset;
    const hs = before(p.h0, inOrder(cast(y, p.dtype), attrs.reverse));
    const s = gates(p.fromInput, hs, p, attrs);
    const toNew = mul(sub(1, s.z), s.g.slope(s.zn, s.n));
    const toUpdate = mul(sub(hs, s.n), s.f.slope(s.zz, s.z));
    const toReset = mul(after ? s.reset : hs, s.f.slope(s.zr, s.r));
    const dy = gy && inOrder(cast(gy, p.dtype), attrs.reverse);
    let dh = gh ? cast(gh, p.dtype) : zeros(p.h0.shape, p.dtype);
    const dxs: Tensor[] = [];
    const dhs: Tensor[] = [];
    for (let t = p.steps - 1; t >= 0; t--) {
      const later = dh;
      const [toX, toH, next] = scope((): [Tensor, Tensor, Tensor] => {
        const dht = dy ? add(at(dy, t), later) : later;
        const dn = mul(dht, at(toNew, t));
        const dz = mul(dht, at(toUpdate, t));
        const direct = mul(dht, at(s.z, t));
        if (after) {
          const dr = mul(dn, at(toReset, t));
          const back = concat([dr, dz, mul(dn, at(s.r, t))], 1);
          return [concat([dr, dz, dn], 1), back, add(direct, matmul(back, p.wHh))];
        }
        const dreset = matmul(dn, p.wNew);
        const dr = mul(dreset, at(toReset, t));
        const back = concat([dr, dz], 1);
        const rest = add(mul(dreset, at(s.r, t)), matmul(back, p.wGates));
        return [concat([back, dn], 1), back, add(direct, rest)];
      });
      [dxs[t], dhs[t], dh] = [toX, toH, next];
    }
    const [batch, units] = p.h0.shape as [number, number];
    const dx = joined(dxs, [batch, 3 * units], p.dtype);
    const back = joined(dhs, [batch, (after ? 3 : 2) * units], p.dtype);
    const recurrent = () =>
      after
        ? weightGrad(back, hs)
        : concat([weightGrad(back, hs), weightGrad(gate(dx, units, 2), s.reset)], 0);
    const dtype = inputs[0].dtype;
    return [
      needs[0] ? cast(inOrder(matmul(dx, p.wIh), attrs.reverse), dtype) : null,
      cast(dh, dtype),
      needs[2] ? cast(weightGrad(dx, p.xs), dtype) : null,
      needs[3] ? cast(recurrent(), dtype) : null,
      inputs[4] && needs[4] ? cast(biasGrad(dx), dtype) : null,
      inputs[5] && needs[5] ? cast(biasGrad(after ? back : dx), dtype) : null,
    ];
  },
});

/** Options of `gru`. */
export interface GruOptions {
  /** Process from the last step to the first; y stays in the order of x. */
  readonly reverse?: boolean;
  /** Reset after the product with wHh (PyTorch, Keras's `reset_after`), default true; ONNX's default is false. */
  readonly linearBeforeReset?: boolean;
  /** Of the gates and of the candidate. Default sigmoid, tanh. */
  readonly activations?: readonly RecurrentActivation[];
}

/**
 * One GRU layer in one direction. x `[T, B, I]`, h0 `[B, H]`, wIh `[3H, I]`, wHh `[3H, H]`, biases `[3H]` or
 * null, gates in PyTorch's order r, z, n: h' = (1 − z)·n + z·h. Gives y `[T, B, H]` and the last h `[B, H]`.
 * Dtypes are promoted.
 * @throws {ShapeError} when a tensor has another shape
 * @throws {DTypeError} unless the promoted dtype is a float
 * @throws {ArgumentError} when there are not 2 known activations, or an option is unknown
 * @see Cho et al. 2014, https://arxiv.org/abs/1406.1078, torch.nn.GRU, ONNX GRU
 */
export function gru(
  x: Tensor,
  h0: Tensor,
  wIh: Tensor,
  wHh: Tensor,
  bIh: Tensor | null = null,
  bHh: Tensor | null = null,
  options: GruOptions = {},
): readonly [y: Tensor, hT: Tensor] {
  checkOptions("gru", options, ["reverse", "linearBeforeReset", "activations"]);
  const activations = requireActivations("gru", options.activations ?? ["sigmoid", "tanh"], 2);
  const t = promoteAll("gru", [x, h0, wIh, wHh, ...(bIh ? [bIh] : []), ...(bHh ? [bHh] : [])]);
  const inputs: Inputs = [t[0]!, t[1]!, t[2]!, t[3]!, bIh ? t[4]! : null, bHh ? t[bIh ? 5 : 4]! : null];
  const { reverse = false, linearBeforeReset = true } = options;
  return bind(gruOp, inputs, { reverse, linearBeforeReset, activations });
}
