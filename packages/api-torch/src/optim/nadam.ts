// NAdam (Dozat 2016), as torch.optim.NAdam.
import { add, div, neg, sqrt, type Tensor } from "@isoform/core";
import { addQuotient, averageOfSquares, decayed, descent, lerp, zerosState } from "./arithmetic.js";
import { Optimizer, type ParamGroup, type ParamsInput } from "./optimizer.js";
import type { StateOf } from "./state.js";
import { inOrder, type InOrder } from "../options.js";

/** Options of `NAdam`, PyTorch's names and defaults. */
export interface NAdamOptions {
  readonly lr: number;
  readonly betas: readonly [number, number];
  readonly eps: number;
  readonly weightDecay: number;
  /** The momentum rises towards β₁ as 1 − ½·0.96^(t·momentumDecay). */
  readonly momentumDecay: number;
  /** Weight decay as in AdamW instead of L2. */
  readonly decoupledWeightDecay: boolean;
  readonly maximize: boolean;
}
type Hyper = { readonly [K in keyof NAdamOptions]: NAdamOptions[K] };

const DEFAULTS: Hyper = {
  lr: 2e-3,
  betas: [0.9, 0.999],
  eps: 1e-8,
  weightDecay: 0,
  momentumDecay: 4e-3,
  decoupledWeightDecay: false,
  maximize: false,
};

const ORDER = ["lr", "betas", "eps", "weightDecay", "momentumDecay", "decoupledWeightDecay"] as const;

/** Adam with Nesterov momentum. */
export class NAdam extends Optimizer<Hyper> {
  static override readonly name: string = "NAdam";
  constructor(params: ParamsInput<Hyper>, ...given: InOrder<Partial<NAdamOptions>, typeof ORDER>) {
    super(params, DEFAULTS, inOrder<Partial<NAdamOptions>>("NAdam", given, ORDER));
  }

  protected override update(p: Tensor, grad: Tensor, o: ParamGroup<Hyper>, state: StateOf): Tensor {
    const beta2 = o.betas[1];
    const t = state.count("step");
    const decoupled = o.decoupledWeightDecay && o.weightDecay !== 0;
    const start = decoupled ? decayed(p, o, state) : p;
    const g = o.decoupledWeightDecay ? (o.maximize ? neg(grad) : grad) : descent(p, grad, o);
    const momentum = (step: number) => o.betas[0] * (1 - 0.5 * 0.96 ** (step * o.momentumDecay));
    const product = () => state.number("mu_product", 1);
    state.effect(() => state.setNumber("mu_product", Math.fround(product() * momentum(t()))));
    const m = state.set(
      "exp_avg",
      lerp(state, zerosState(state, "exp_avg", p), g, () => 1 - o.betas[0]),
    );
    const v = state.set("exp_avg_sq", averageOfSquares(zerosState(state, "exp_avg_sq", p), g, beta2));
    const denominator = add(
      sqrt(
        div(
          v,
          state.host(() => 1 - beta2 ** t()),
        ),
      ),
      o.eps,
    );
    const byGradient = addQuotient(
      start,
      g,
      denominator,
      state.host(() => (-o.lr * (1 - momentum(t()))) / (1 - product())),
    );
    return addQuotient(
      byGradient,
      m,
      denominator,
      state.host(() => (-o.lr * momentum(t() + 1)) / (1 - product() * momentum(t() + 1))),
    );
  }
}
