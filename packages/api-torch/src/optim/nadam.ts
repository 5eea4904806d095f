// NAdam (Dozat 2016), as torch.optim.NAdam.
import { add, div, mul, neg, sqrt, type Tensor } from "@isoform/core";
import { addQuotient, averageOfSquares, descent, lerp, zerosState } from "./arithmetic.js";
import { Optimizer, type ParamGroup, type ParamsInput, type StateOf } from "./optimizer.js";

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

/** Adam with Nesterov momentum. */
export class NAdam extends Optimizer<Hyper> {
  constructor(params: ParamsInput<Hyper>, options: Partial<NAdamOptions> = {}) {
    super(params, DEFAULTS, options);
  }

  protected override update(p: Tensor, grad: Tensor, o: ParamGroup<Hyper>, state: StateOf): Tensor {
    const [beta1, beta2] = o.betas;
    const t = state.count("step");
    const decoupled = o.decoupledWeightDecay && o.weightDecay !== 0;
    const start = decoupled ? mul(p, 1 - o.lr * o.weightDecay) : p;
    const g = o.decoupledWeightDecay ? (o.maximize ? neg(grad) : grad) : descent(p, grad, o);
    const momentum = (step: number) => beta1 * (1 - 0.5 * 0.96 ** (step * o.momentumDecay));
    const [mu, muNext] = [momentum(t), momentum(t + 1)];
    const product = Math.fround(state.number("mu_product", 1) * mu);
    state.setNumber("mu_product", product);
    const m = state.set("exp_avg", lerp(zerosState(state, "exp_avg", p), g, 1 - beta1));
    const v = state.set("exp_avg_sq", averageOfSquares(zerosState(state, "exp_avg_sq", p), g, beta2));
    const denominator = add(sqrt(div(v, 1 - beta2 ** t)), o.eps);
    const byGradient = addQuotient(start, g, denominator, (-o.lr * (1 - mu)) / (1 - product));
    return addQuotient(byGradient, m, denominator, (-o.lr * muNext) / (1 - product * muNext));
  }
}
