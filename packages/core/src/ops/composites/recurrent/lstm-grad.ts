// lstmGrad: backward through time of an lstm, from its gates and cells.
import { scope } from "../../../tensor/scope.js";
import type { Tensor } from "../../../tensor/tensor.js";
import { add, mul } from "../../prims/binary.js";
import { matmul } from "../../prims/contraction.js";
import { concat, reshape } from "../../prims/movement.js";
import { zeros } from "../../prims/source.js";
import { defineOp, type In, type Op } from "../../table.js";
import { activationOf, type Activation, type RecurrentActivation } from "./activations.js";
import { at, copyOf, gate, joined, requireShapes, stepsInOrder } from "./sequence.js";

interface LstmGradAttrs {
  readonly reverse: boolean;
  readonly activations: readonly RecurrentActivation[];
}
declare module "../../table.js" {
  interface OpTable {
    /**
     * `gates` `[T, B, 4H]` are i, f, g, o after their activations, `cells` `[T, B, H]` the cells before the steps, in the
     * order of x.
     * `z` `[T, B, 4H]` went into the gates; null where their slopes follow from their values. `dy`, `dh`, `dc` are the
     * gradients of y, hT, cT; `dz` is that of z.
     */
    lstmGrad: {
      readonly tier: "comp";
      readonly in: readonly ["gates", "cells", "wHh", "dy?", "dh?", "dc?", "z?"];
      readonly out: readonly ["dz", "dh0", "dc0"];
      readonly attrs: LstmGradAttrs;
    };
  }
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

function factors([gates, cells, wHh, , , , z]: In<"lstmGrad", Tensor>, attrs: LstmGradAttrs): Factors {
  const [f, g, out] = attrs.activations.map(activationOf) as [Activation, Activation, Activation];
  const units = wHh.shape[1]!;
  const parts = (t: Tensor) => [0, 1, 2, 3].map((k) => gate(t, units, k)) as [Tensor, Tensor, Tensor, Tensor];
  const [i, kept, added, o] = parts(gates);
  const [zi, zf, zg, zo] = parts(z ?? gates);
  const after = add(mul(kept, cells), mul(i, added));
  const shown = out.apply(after);
  const inner = [mul(added, f.slope(zi, i)), mul(cells, f.slope(zf, kept)), mul(i, g.slope(zg, added))];
  return {
    out: mul(o, out.slope(after, shown)),
    gates: reshape(concat(inner, 2), [...cells.shape.slice(0, 2), 3, units]),
    last: mul(shown, f.slope(zo, o)),
    kept,
  };
}

/** The `lstmGrad` composite. */
export const lstmGradOp: Op<"lstmGrad"> = defineOp("lstmGrad", {
  infer: ([gates, cells, wHh, dy, dh, dc, z]) => {
    const [steps = 0, batch = 0] = cells.shape;
    const units = wHh.shape[1]!;
    const all = [steps, batch, 4 * units];
    requireShapes("lstmGrad", [
      ["gates", gates, all],
      ["cells", cells, [steps, batch, units]],
      ["wHh", wHh, [4 * units, units]],
      ["dy", dy, [steps, batch, units]],
      ["dh", dh, [batch, units]],
      ["dc", dc, [batch, units]],
      ["z", z, all],
    ]);
    const { dtype } = gates;
    const state = { shape: [batch, units], dtype };
    return [{ shape: all, dtype }, state, state];
  },
  decompose: (inputs, attrs) => {
    const [, cells, wHh, dy, gh, gc] = inputs;
    const k = factors(inputs, attrs);
    const [steps, batch, units] = cells.shape as [number, number, number];
    let dh = gh ?? zeros([batch, units], cells.dtype);
    let dc = gc ?? zeros([batch, units], cells.dtype);
    const dzs: Tensor[] = [];
    for (const t of stepsInOrder(steps, !attrs.reverse)) {
      const [later, laterC] = [dh, dc];
      [dzs[t], dh, dc] = scope((): [Tensor, Tensor, Tensor] => {
        const dht = dy ? add(at(dy, t), later) : later;
        const dct = add(laterC, mul(dht, at(k.out, t)));
        const inner = mul(at(k.gates, t), reshape(dct, [batch, 1, units]));
        const outer = reshape(mul(dht, at(k.last, t)), [batch, 1, units]);
        const dz = reshape(concat([inner, outer], 1), [batch, 4 * units]);
        return [dz, matmul(dz, wHh), mul(dct, at(k.kept, t))];
      });
    }
    const dz = joined(dzs, [batch, 4 * units], cells.dtype);
    return dzs.length === 0 ? [dz, copyOf(dh), copyOf(dc)] : [dz, dh, dc];
  },
});
