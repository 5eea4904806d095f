// Resilient backpropagation (Riedmiller & Braun 1993), as torch.optim.Rprop.
import { clip, full, gt, lt, mul, neg, sign, sub, where, type Tensor } from "@isoform/core";
import { zerosState } from "./arithmetic.js";
import { Optimizer, type ParamGroup, type ParamsInput } from "./optimizer.js";
import type { StateOf } from "./state.js";
import { inOrder, type InOrder } from "../options.js";

/** Options of `Rprop`, PyTorch's names and defaults. */
export interface RpropOptions {
  readonly lr: number;
  /** Factors of the step size after a change of sign, and after none. */
  readonly etas: readonly [number, number];
  /** Smallest and largest step size. */
  readonly stepSizes: readonly [number, number];
  readonly maximize: boolean;
}
type Hyper = { readonly [K in keyof RpropOptions]: RpropOptions[K] };

const DEFAULTS: Hyper = { lr: 1e-2, etas: [0.5, 1.2], stepSizes: [1e-6, 50], maximize: false };

const ORDER = ["lr", "etas", "stepSizes"] as const;

/** Steps follow only the sign of the gradient; each weight has a step size of its own. */
export class Rprop extends Optimizer<Hyper> {
  static override readonly name: string = "Rprop";
  constructor(params: ParamsInput<Hyper>, ...given: InOrder<Partial<RpropOptions>, typeof ORDER>) {
    super(params, DEFAULTS, inOrder<Partial<RpropOptions>>("Rprop", given, ORDER));
  }

  protected override update(p: Tensor, grad: Tensor, o: ParamGroup<Hyper>, state: StateOf): Tensor {
    state.count("step");
    const g = o.maximize ? neg(grad) : grad;
    const agreement = mul(g, zerosState(state, "prev", p));
    const turned = lt(agreement, 0);
    const same = full(p.shape, 1, p.dtype);
    const factor = where(turned, o.etas[0], where(gt(agreement, 0), o.etas[1], same));
    const before = state.get("step_size") ?? full(p.shape, o.lr, p.dtype);
    const size = state.set("step_size", clip(mul(before, factor), o.stepSizes[0], o.stepSizes[1]));
    const used = state.set("prev", where(turned, 0, g));
    return sub(p, mul(sign(used), size));
  }
}
