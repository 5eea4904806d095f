// rnnGrad: backward through time of a plain recurrent network, from its results.
import { scope } from "../../../tensor/scope.js";
import type { Tensor } from "../../../tensor/tensor.js";
import { add, mul } from "../../prims/binary.js";
import { matmul } from "../../prims/contraction.js";
import { zeros } from "../../prims/source.js";
import { defineOp, type Op } from "../../table.js";
import { activationOf } from "./activations.js";
import type { RnnAttrs } from "./rnn.js";
import { at, copyOf, joined, requireShapes, stepsInOrder } from "./sequence.js";

declare module "../../table.js" {
  interface OpTable {
    /**
     * `y` `[T, B, H]` is the result, `z` what went into the activation; null where its slope follows from y. `dy`, `dh`
     * are the gradients of y and hT; `dz` is that of z.
     */
    rnnGrad: {
      readonly tier: "comp";
      readonly in: readonly ["y", "wHh", "dy?", "dh?", "z?"];
      readonly out: readonly ["dz", "dh0"];
      readonly attrs: RnnAttrs;
    };
  }
}

/** The `rnnGrad` composite. */
export const rnnGradOp: Op<"rnnGrad"> = defineOp("rnnGrad", {
  infer: ([y, wHh, dy, dh, z]) => {
    const units = wHh.shape[1]!;
    const [steps = 0, batch = 0] = y.shape;
    const all = [steps, batch, units];
    requireShapes("rnnGrad", [
      ["y", y, all],
      ["wHh", wHh, [units, units]],
      ["dy", dy, all],
      ["dh", dh, [batch, units]],
      ["z", z, all],
    ]);
    const { dtype } = y;
    return [
      { shape: all, dtype },
      { shape: [batch, units], dtype },
    ];
  },
  decompose: ([y, wHh, dy, gh, z], { activation, reverse }) => {
    const slope = activationOf(activation).slope(z ?? y, y);
    const state = y.shape.slice(1);
    let dh = gh ?? zeros(state, y.dtype);
    const dzs: Tensor[] = [];
    for (const t of stepsInOrder(y.shape[0]!, !reverse)) {
      const later = dh;
      [dzs[t], dh] = scope((): [Tensor, Tensor] => {
        const dz = mul(dy ? add(at(dy, t), later) : later, at(slope, t));
        return [dz, matmul(dz, wHh)];
      });
    }
    return [joined(dzs, state, y.dtype), dzs.length === 0 ? copyOf(dh) : dh];
  },
});
