// Adadelta (Zeiler 2012), as torch.optim.Adadelta.
import { add, div, mul, sqrt, type Tensor } from "@isoform/core";
import { averageOfSquares, descent, zerosState } from "./arithmetic.js";
import { Optimizer, type ParamGroup, type ParamsInput } from "./optimizer.js";
import type { StateOf } from "./state.js";
import { inOrder, type InOrder } from "../options.js";

/** Options of `Adadelta`, PyTorch's names and defaults. */
export interface AdadeltaOptions {
  readonly lr: number;
  /** Decay of both averages of squares. */
  readonly rho: number;
  readonly eps: number;
  readonly weightDecay: number;
  readonly maximize: boolean;
}
type Hyper = { readonly [K in keyof AdadeltaOptions]: AdadeltaOptions[K] };

const DEFAULTS: Hyper = { lr: 1, rho: 0.9, eps: 1e-6, weightDecay: 0, maximize: false };

const ORDER = ["lr", "rho", "eps", "weightDecay"] as const;

/** Steps are scaled by the ratio of the root mean squares of past steps and past gradients. */
export class Adadelta extends Optimizer<Hyper> {
  static override readonly name: string = "Adadelta";
  constructor(params: ParamsInput<Hyper>, ...given: InOrder<Partial<AdadeltaOptions>, typeof ORDER>) {
    super(params, DEFAULTS, inOrder<Partial<AdadeltaOptions>>("Adadelta", given, ORDER));
  }

  protected override update(p: Tensor, grad: Tensor, o: ParamGroup<Hyper>, state: StateOf): Tensor {
    state.count("step");
    const g = descent(p, grad, o);
    const past = zerosState(state, "acc_delta", p);
    const squares = state.set("square_avg", averageOfSquares(zerosState(state, "square_avg", p), g, o.rho));
    const delta = mul(div(sqrt(add(past, o.eps)), sqrt(add(squares, o.eps))), g);
    state.set("acc_delta", averageOfSquares(past, delta, o.rho));
    return add(
      p,
      mul(
        delta,
        state.shared("-lr", () => -o.lr),
      ),
    );
  }
}
