// Adam and AdamW (Kingma & Ba 2015; Loshchilov & Hutter 2019), in the order of operations of torch.optim.
import { add, div, maximum, neg, sqrt, type Tensor } from "@isoform/core";
import { addQuotient, averageOfSquares, decayed, descent, lerp, zerosState } from "./arithmetic.js";
import { Optimizer, type ParamGroup, type ParamsInput } from "./optimizer.js";
import type { StateOf } from "./state.js";
import { inOrder, type InOrder } from "../options.js";

/** Options of `Adam` and `AdamW`, PyTorch's names and defaults. */
export interface AdamOptions {
  readonly lr: number;
  readonly betas: readonly [number, number];
  readonly eps: number;
  readonly weightDecay: number;
  readonly amsgrad: boolean;
  readonly maximize: boolean;
}
type Hyper = { readonly [K in keyof AdamOptions]: AdamOptions[K] };

const DEFAULTS: Hyper = {
  lr: 1e-3,
  betas: [0.9, 0.999],
  eps: 1e-8,
  weightDecay: 0,
  amsgrad: false,
  maximize: false,
};

function adamUpdate(p: Tensor, g: Tensor, o: ParamGroup<Hyper>, state: StateOf): Tensor {
  const beta2 = o.betas[1];
  const t = state.count("step");
  const m = state.set(
    "exp_avg",
    lerp(state, zerosState(state, "exp_avg", p), g, () => 1 - o.betas[0]),
  );
  let v = state.set("exp_avg_sq", averageOfSquares(zerosState(state, "exp_avg_sq", p), g, beta2));
  if (o.amsgrad) {
    const before = state.get("max_exp_avg_sq");
    v = state.set("max_exp_avg_sq", before ? maximum(before, v) : v);
  }
  const denominator = add(
    div(
      sqrt(v),
      state.host(() => Math.sqrt(1 - beta2 ** t())),
    ),
    o.eps,
  );
  return addQuotient(
    p,
    m,
    denominator,
    state.host(() => -o.lr / (1 - o.betas[0] ** t())),
  );
}

const ORDER = ["lr", "betas", "eps", "weightDecay", "amsgrad"] as const;

/** Adam; `weightDecay` is added to the gradient (L2). */
export class Adam extends Optimizer<Hyper> {
  static override readonly name: string = "Adam";
  constructor(params: ParamsInput<Hyper>, ...given: InOrder<Partial<AdamOptions>, typeof ORDER>) {
    super(params, DEFAULTS, inOrder<Partial<AdamOptions>>("Adam", given, ORDER));
  }
  protected override update(p: Tensor, grad: Tensor, o: ParamGroup<Hyper>, state: StateOf): Tensor {
    return adamUpdate(p, descent(p, grad, o), o, state);
  }
}

/** Adam with decoupled weight decay (default 0.01). */
export class AdamW extends Optimizer<Hyper> {
  static override readonly name: string = "AdamW";
  constructor(params: ParamsInput<Hyper>, ...given: InOrder<Partial<AdamOptions>, typeof ORDER>) {
    super(params, { ...DEFAULTS, weightDecay: 1e-2 }, inOrder<Partial<AdamOptions>>("AdamW", given, ORDER));
  }
  protected override update(p: Tensor, grad: Tensor, o: ParamGroup<Hyper>, state: StateOf): Tensor {
    const start = o.weightDecay === 0 ? p : decayed(p, o, state);
    return adamUpdate(start, o.maximize ? neg(grad) : grad, o, state);
  }
}
