// Averaged stochastic gradient descent (Polyak & Juditsky 1992), as torch.optim.ASGD.
import { add, mul, sub, type Tensor } from "@isoform/core";
import { descent, zerosState } from "./arithmetic.js";
import { Optimizer, type ParamGroup, type ParamsInput } from "./optimizer.js";
import type { StateOf } from "./state.js";
import { inOrder, type InOrder } from "../options.js";

/** Options of `ASGD`, PyTorch's names and defaults. */
export interface ASGDOptions {
  readonly lr: number;
  /** Decay term. */
  readonly lambd: number;
  /** Power of the learning rate's decay. */
  readonly alpha: number;
  /** Step at which averaging starts. */
  readonly t0: number;
  readonly weightDecay: number;
  readonly maximize: boolean;
}
type Hyper = { readonly [K in keyof ASGDOptions]: ASGDOptions[K] };

const DEFAULTS: Hyper = { lr: 1e-2, lambd: 1e-4, alpha: 0.75, t0: 1e6, weightDecay: 0, maximize: false };

const ORDER = ["lr", "lambd", "alpha", "t0", "weightDecay"] as const;

/** SGD with a decaying rate; the running average of the parameters is the state `ax`. */
export class ASGD extends Optimizer<Hyper> {
  static override readonly name: string = "ASGD";
  constructor(params: ParamsInput<Hyper>, ...given: InOrder<Partial<ASGDOptions>, typeof ORDER>) {
    super(params, DEFAULTS, inOrder<Partial<ASGDOptions>>("ASGD", given, ORDER));
  }

  protected override update(p: Tensor, grad: Tensor, o: ParamGroup<Hyper>, state: StateOf): Tensor {
    const t = state.count("step");
    const g = descent(p, grad, o);
    const eta = () => state.number("eta", Math.fround(o.lr));
    const next = add(
      mul(
        p,
        state.host(() => 1 - o.lambd * eta()),
      ),
      mul(
        g,
        state.host(() => -eta()),
      ),
    );
    const mu = () => state.number("mu", 1);
    const average = zerosState(state, "ax", p);
    const blended = () => add(average, mul(sub(next, average), state.host(mu)));
    state.set(
      "ax",
      state.choose(
        () => mu() === 1,
        () => next,
        blended,
      ),
    );
    state.effect(() => {
      state.setNumber("eta", Math.fround(o.lr / (1 + o.lambd * o.lr * t()) ** o.alpha));
      state.setNumber("mu", Math.fround(1 / Math.max(1, t() - o.t0)));
    });
    return next;
  }
}
