// gruGrad: backward through time of a gru, from its gates and states.
import { scope } from "../../../tensor/scope.js";
import type { Tensor } from "../../../tensor/tensor.js";
import { add, mul, sub } from "../../prims/binary.js";
import { matmul } from "../../prims/contraction.js";
import { concat, sliceAxis } from "../../prims/movement.js";
import { zeros } from "../../prims/source.js";
import { defineOp, type Op } from "../../table.js";
import { activationOf, type Activation } from "./activations.js";
import type { GruAttrs } from "./gru.js";
import { at, copyOf, gate, joined, requireShapes, stepsInOrder } from "./sequence.js";

declare module "../../table.js" {
  interface OpTable {
    /**
     * `gates` `[T, B, 4H]` are r, z, n after their activations and what r acts on or made (wHn·h + bHn, or r·h where
     * it acts first), `hs` `[T, B, H]` the states before the steps, in the order of x. `zs` `[T, B, 3H]` went into r,
     * z, n; null where their slopes follow from their values. `dy`, `dh` are the gradients of y and hT; `dx` is that of
     * what x gives to the gates, `back` that of the products with h (`[T, B, 2H]` where r acts first).
     */
    gruGrad: {
      readonly tier: "comp";
      readonly in: readonly ["gates", "hs", "wHh", "dy?", "dh?", "zs?"];
      readonly out: readonly ["dx", "back", "dh0"];
      readonly attrs: Omit<GruAttrs, "save">;
    };
  }
}

/** The `gruGrad` composite. */
export const gruGradOp: Op<"gruGrad"> = defineOp("gruGrad", {
  infer: ([gates, hs, wHh, dy, dh, zs], { linearBeforeReset }) => {
    const [steps = 0, batch = 0] = hs.shape;
    const units = wHh.shape[1]!;
    const wide = (width: number) => [steps, batch, width * units];
    requireShapes("gruGrad", [
      ["gates", gates, wide(4)],
      ["hs", hs, wide(1)],
      ["wHh", wHh, [3 * units, units]],
      ["dy", dy, wide(1)],
      ["dh", dh, [batch, units]],
      ["zs", zs, wide(3)],
    ]);
    const { dtype } = gates;
    return [
      { shape: wide(3), dtype },
      { shape: wide(linearBeforeReset ? 3 : 2), dtype },
      { shape: [batch, units], dtype },
    ];
  },
  decompose: ([gates, hs, wHh, dy, gh, zs], attrs) => {
    const [f, g] = attrs.activations.map(activationOf) as [Activation, Activation];
    const after = attrs.linearBeforeReset;
    const [, batch, units] = hs.shape as [number, number, number];
    const parts = (t: Tensor) => [0, 1, 2].map((k) => gate(t, units, k)) as [Tensor, Tensor, Tensor];
    const [r, z, n] = parts(gates);
    const [zr, zz, zn] = parts(zs ?? gates);
    const toNew = mul(sub(1, z), g.slope(zn, n));
    const toUpdate = mul(sub(hs, n), f.slope(zz, z));
    const toReset = mul(after ? gate(gates, units, 3) : hs, f.slope(zr, r));
    const [wGates, wNew] = [sliceAxis(wHh, 0, 0, 2 * units), sliceAxis(wHh, 0, 2 * units)];
    let dh = gh ?? zeros([batch, units], hs.dtype);
    const dxs: Tensor[] = [];
    const dhs: Tensor[] = [];
    for (const t of stepsInOrder(hs.shape[0]!, !attrs.reverse)) {
      const later = dh;
      [dxs[t], dhs[t], dh] = scope((): [Tensor, Tensor, Tensor] => {
        const dht = dy ? add(at(dy, t), later) : later;
        const dn = mul(dht, at(toNew, t));
        const dz = mul(dht, at(toUpdate, t));
        const direct = mul(dht, at(z, t));
        if (after) {
          const dr = mul(dn, at(toReset, t));
          const back = concat([dr, dz, mul(dn, at(r, t))], 1);
          return [concat([dr, dz, dn], 1), back, add(direct, matmul(back, wHh))];
        }
        const dreset = matmul(dn, wNew);
        const back = concat([mul(dreset, at(toReset, t)), dz], 1);
        const rest = add(mul(dreset, at(r, t)), matmul(back, wGates));
        return [concat([back, dn], 1), back, add(direct, rest)];
      });
    }
    return [
      joined(dxs, [batch, 3 * units], hs.dtype),
      joined(dhs, [batch, (after ? 3 : 2) * units], hs.dtype),
      dxs.length === 0 ? copyOf(dh) : dh,
    ];
  },
});
