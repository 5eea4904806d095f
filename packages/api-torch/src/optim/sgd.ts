// Stochastic gradient descent with momentum, as torch.optim.SGD.
import { add, mul, type Tensor } from "@isoform/core";
import { descent, usesMomentum } from "./arithmetic.js";
import { Optimizer, type ParamGroup, type ParamsInput } from "./optimizer.js";
import type { StateOf } from "./state.js";
import { inOrder, type InOrder } from "../options.js";

/** Options of `SGD`, PyTorch's names and defaults. */
export interface SGDOptions {
  readonly lr: number;
  readonly momentum: number;
  readonly dampening: number;
  readonly weightDecay: number;
  readonly nesterov: boolean;
  readonly maximize: boolean;
}
type Hyper = { readonly [K in keyof SGDOptions]: SGDOptions[K] };

const DEFAULTS: Hyper = {
  lr: 1e-3,
  momentum: 0,
  dampening: 0,
  weightDecay: 0,
  nesterov: false,
  maximize: false,
};

const ORDER = ["lr", "momentum", "dampening", "weightDecay", "nesterov"] as const;

/** v ← μv + (1−τ)g; p ← p − lr·v (Nesterov: p − lr·(g + μv)). */
export class SGD extends Optimizer<Hyper> {
  static override readonly name: string = "SGD";
  constructor(params: ParamsInput<Hyper>, ...given: InOrder<Partial<SGDOptions>, typeof ORDER>) {
    super(params, DEFAULTS, inOrder<Partial<SGDOptions>>("SGD", given, ORDER));
  }

  protected override update(p: Tensor, grad: Tensor, o: ParamGroup<Hyper>, state: StateOf): Tensor {
    let g = descent(p, grad, o);
    if (usesMomentum(o)) {
      const momentum = state.shared("momentum", () => o.momentum);
      const before = state.get("momentum_buffer");
      const v = state.set(
        "momentum_buffer",
        before ? add(mul(before, momentum), mul(g, 1 - o.dampening)) : g,
      );
      g = o.nesterov ? add(g, mul(v, momentum)) : v;
    }
    return add(
      p,
      mul(
        g,
        state.shared("-lr", () => -o.lr),
      ),
    );
  }
}
