// Adamax (Kingma & Ba 2015, section 7), as torch.optim.Adamax.
import { abs, add, maximum, mul, type Tensor } from "@isoform/core";
import { addQuotient, descent, lerp, zerosState } from "./arithmetic.js";
import { Optimizer, type ParamGroup, type ParamsInput } from "./optimizer.js";
import type { StateOf } from "./state.js";
import { inOrder, type InOrder } from "../options.js";

/** Options of `Adamax`, PyTorch's names and defaults. */
export interface AdamaxOptions {
  readonly lr: number;
  readonly betas: readonly [number, number];
  readonly eps: number;
  readonly weightDecay: number;
  readonly maximize: boolean;
}
type Hyper = { readonly [K in keyof AdamaxOptions]: AdamaxOptions[K] };

const DEFAULTS: Hyper = { lr: 2e-3, betas: [0.9, 0.999], eps: 1e-8, weightDecay: 0, maximize: false };

const ORDER = ["lr", "betas", "eps", "weightDecay"] as const;

/** Adam with the infinity norm: u ← max(β₂u, |g| + ε); p ← p − lr/(1−β₁ᵗ)·m/u. */
export class Adamax extends Optimizer<Hyper> {
  static override readonly name: string = "Adamax";
  constructor(params: ParamsInput<Hyper>, ...given: InOrder<Partial<AdamaxOptions>, typeof ORDER>) {
    super(params, DEFAULTS, inOrder<Partial<AdamaxOptions>>("Adamax", given, ORDER));
  }

  protected override update(p: Tensor, grad: Tensor, o: ParamGroup<Hyper>, state: StateOf): Tensor {
    const beta2 = o.betas[1];
    const t = state.count("step");
    const g = descent(p, grad, o);
    const m = state.set(
      "exp_avg",
      lerp(state, zerosState(state, "exp_avg", p), g, () => 1 - o.betas[0]),
    );
    const before = zerosState(state, "exp_inf", p);
    const u = state.set("exp_inf", maximum(mul(before, beta2), add(abs(g), o.eps)));
    return addQuotient(
      p,
      m,
      u,
      state.host(() => -o.lr / (1 - o.betas[0] ** t())),
    );
  }
}
