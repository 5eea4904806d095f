// RAdam (Liu et al. 2020), as torch.optim.RAdam.
import { add, div, mul, neg, sqrt, sub, type Tensor } from "@isoform/core";
import { averageOfSquares, decayed, descent, lerp, zerosState } from "./arithmetic.js";
import { Optimizer, type ParamGroup, type ParamsInput } from "./optimizer.js";
import type { StateOf } from "./state.js";
import { inOrder, type InOrder } from "../options.js";

/** Options of `RAdam`, PyTorch's names and defaults. */
export interface RAdamOptions {
  readonly lr: number;
  readonly betas: readonly [number, number];
  readonly eps: number;
  readonly weightDecay: number;
  /** Weight decay as in AdamW instead of L2. */
  readonly decoupledWeightDecay: boolean;
  readonly maximize: boolean;
}
type Hyper = { readonly [K in keyof RAdamOptions]: RAdamOptions[K] };

const DEFAULTS: Hyper = {
  lr: 1e-3,
  betas: [0.9, 0.999],
  eps: 1e-8,
  weightDecay: 0,
  decoupledWeightDecay: false,
  maximize: false,
};

const ORDER = ["lr", "betas", "eps", "weightDecay", "decoupledWeightDecay"] as const;

/** Adam whose adaptive step is used only once its variance is tractable (ρ_t > 5), and then rectified. */
export class RAdam extends Optimizer<Hyper> {
  static override readonly name: string = "RAdam";
  constructor(params: ParamsInput<Hyper>, ...given: InOrder<Partial<RAdamOptions>, typeof ORDER>) {
    super(params, DEFAULTS, inOrder<Partial<RAdamOptions>>("RAdam", given, ORDER));
  }

  protected override update(p: Tensor, grad: Tensor, o: ParamGroup<Hyper>, state: StateOf): Tensor {
    const beta2 = o.betas[1];
    const t = state.count("step");
    const decoupled = o.decoupledWeightDecay && o.weightDecay !== 0;
    const start = decoupled ? decayed(p, o, state) : p;
    const g = o.decoupledWeightDecay ? (o.maximize ? neg(grad) : grad) : descent(p, grad, o);
    const m = state.set(
      "exp_avg",
      lerp(state, zerosState(state, "exp_avg", p), g, () => 1 - o.betas[0]),
    );
    const v = state.set("exp_avg_sq", averageOfSquares(zerosState(state, "exp_avg_sq", p), g, beta2));
    const correction2 = () => 1 - beta2 ** t();
    const unbiased = div(
      m,
      state.host(() => 1 - o.betas[0] ** t()),
    );
    const step = mul(
      unbiased,
      state.shared("lr", () => o.lr),
    );
    const rhoInf = 2 / (1 - beta2) - 1;
    const rho = () => rhoInf - (2 * t() * beta2 ** t()) / correction2();
    const rectification = (r: number) =>
      Math.sqrt(((r - 4) * (r - 2) * rhoInf) / ((rhoInf - 4) * (rhoInf - 2) * r));
    const adaptive = () =>
      div(
        state.host(() => Math.sqrt(correction2())),
        add(sqrt(v), o.eps),
      );
    return state.choose(
      () => rho() <= 5,
      () => sub(start, step),
      () =>
        sub(
          start,
          mul(
            mul(step, adaptive()),
            state.host(() => rectification(rho())),
          ),
        ),
    );
  }
}
