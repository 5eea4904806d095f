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
import { gruGradOp } from "./gru-grad.js";
import {
  at,
  before,
  biasGrad,
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

/** Attributes of the `gru` composite. */
export interface GruAttrs {
  readonly reverse: boolean;
  /** Whether the reset gate acts after the product with wHh (PyTorch, cuDNN, Keras's `reset_after`). */
  readonly linearBeforeReset: boolean;
  /** Of the gates r, z; of the candidate n. */
  readonly activations: readonly RecurrentActivation[];
  /** Whether the gates are a result too, for the backward rule; they are empty otherwise. */
  readonly save: boolean;
}
declare module "../../table.js" {
  interface OpTable {
    gru: {
      readonly tier: "comp";
      readonly in: readonly ["x", "h0", "wIh", "wHh", "bIh?", "bHh?"];
      readonly out: readonly ["y", "hT", "gates"];
      readonly attrs: GruAttrs;
    };
  }
}

type Inputs = In<"gru", Tensor>;

/** The inputs in the dtype of the computation; wHh split into r, z and n. */
function prepare([x, h0, wIh, wHh, bIh, bHh]: Inputs) {
  const dtype = wideDType(x.dtype);
  const units = wHh.shape[1]!;
  const xs = cast(x, dtype);
  const [w, u] = [cast(wIh, dtype), cast(wHh, dtype)];
  const b = castOrNull(bHh, dtype);
  return {
    dtype,
    units,
    xs,
    /** Everything that does not depend on the state: one product for all steps. */
    fromInput: () => linear(xs, w, castOrNull(bIh, dtype)),
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

/** Gates and candidate from the input part `xz` and the states h, for one step or for all at once. */
function gates(xz: Tensor, h: Tensor, p: Prepared, attrs: GruAttrs) {
  const [f, g] = attrs.activations.map(activationOf) as [Activation, Activation];
  const { units } = p;
  const after = attrs.linearBeforeReset;
  const hz = after ? linear(h, p.wHh, p.bHh) : linear(h, p.wGates, p.bGates);
  const both = add(gate(xz, units, 0, 2), gate(hz, units, 0, 2));
  const open = f.apply(both);
  const [r, z] = [gate(open, units, 0), gate(open, units, 1)];
  const reset = after ? gate(hz, units, 2) : mul(r, h);
  const zn = add(gate(xz, units, 2), after ? mul(r, reset) : linear(reset, p.wNew, p.bNew));
  return { both, open, z, reset, zn, n: g.apply(zn) };
}

/** The gates of all steps from the states before them, and what went into r, z and n. */
function remade(p: Prepared, hs: Tensor, attrs: GruAttrs): [gates: Tensor, zs: Tensor] {
  const s = gates(p.fromInput(), hs, p, attrs);
  return [concat([s.open, s.n, s.reset], 2), concat([s.both, s.zn], 2)];
}

function forward(inputs: Inputs, attrs: GruAttrs): Out<"gru", Tensor> {
  const p = prepare(inputs);
  const fromInput = p.fromInput();
  let h = p.h0;
  const hs: Tensor[] = [];
  for (const t of stepsInOrder(p.steps, attrs.reverse)) {
    const previous = h;
    hs[t] = h = scope(() => {
      const { z, n } = gates(at(fromInput, t), previous, p, attrs);
      return add(n, mul(z, sub(previous, n)));
    });
  }
  const y = joined(hs, p.h0.shape, p.dtype);
  const { dtype } = inputs[0];
  return [
    cast(y, dtype),
    cast(p.steps === 0 ? copyOf(h) : h, dtype),
    attrs.save
      ? remade(p, before(p.h0, y, attrs.reverse), attrs)[0]
      : zeros([0, p.h0.shape[0]!, 4 * p.units], p.dtype),
  ];
}

/** The `gru` composite. */
export const gruOp: Op<"gru"> = defineOp("gru", {
  saves: "both",
  infer: ([x, h0, ...weights], { save }) => {
    const { y, state } = inferRecurrent("gru", 3, x, [h0], weights);
    return [y, state, savedSpec(y, 4, save)];
  },
  decompose: forward,
  // Backward through time. What was not saved, or must be differentiated itself, is remade from the results.
  vjp: ({ inputs, outputs: [y, , saved], attrs: { save, ...attrs }, grads: [gy, gh], needs }) => {
    const p = prepare(inputs);
    const after = attrs.linearBeforeReset;
    const hs = before(p.h0, cast(y, p.dtype), attrs.reverse);
    const [open, zs] = save && !recorded(inputs) ? [saved, null] : remade(p, hs, { save, ...attrs });
    const [dx, back, dh] = bind(
      gruGradOp,
      [
        open,
        hs,
        p.wHh,
        castOrNull(gy, p.dtype),
        castOrNull(gh, p.dtype),
        slopesFromValues(attrs.activations) ? null : zs,
      ],
      attrs,
    );
    const weight = (grad: Tensor, value: Tensor) => weightGrads(grad, [value])[0]!;
    const recurrent = () =>
      after
        ? weight(back, hs)
        : concat([weight(back, hs), weight(gate(dx, p.units, 2), gate(open, p.units, 3))], 0);
    const { dtype } = inputs[0];
    return [
      needs[0] ? cast(matmul(dx, p.wIh), dtype) : null,
      cast(dh, dtype),
      needs[2] ? cast(weight(dx, p.xs), dtype) : null,
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
  const save = slopesFromValues(activations) && recorded(inputs);
  const [y, hT, saved] = bind(gruOp, inputs, { reverse, linearBeforeReset, activations, save });
  saved.dispose();
  return [y, hT];
}
