// RMSprop (Tieleman & Hinton 2012; centered: Graves 2013), as torch.optim.RMSprop.
import { add, div, mul, sqrt, sub, type Tensor } from "@isoform/core";
import { addQuotient, averageOfSquares, descent, lerp, usesMomentum, zerosState } from "./arithmetic.js";
import { Optimizer, type ParamGroup, type ParamsInput } from "./optimizer.js";
import type { StateOf } from "./state.js";
import { inOrder, type InOrder } from "../options.js";

/** Options of `RMSprop`, PyTorch's names and defaults. */
export interface RMSpropOptions {
  readonly lr: number;
  /** Decay of the average of squares. */
  readonly alpha: number;
  readonly eps: number;
  readonly weightDecay: number;
  readonly momentum: number;
  /** Divides by the estimated standard deviation instead of the root mean square. */
  readonly centered: boolean;
  readonly maximize: boolean;
}
type Hyper = { readonly [K in keyof RMSpropOptions]: RMSpropOptions[K] };

const DEFAULTS: Hyper = {
  lr: 1e-2,
  alpha: 0.99,
  eps: 1e-8,
  weightDecay: 0,
  momentum: 0,
  centered: false,
  maximize: false,
};

const ORDER = ["lr", "alpha", "eps", "weightDecay", "momentum", "centered"] as const;

/** v ← αv + (1−α)g²; p ← p − lr·g/(√v + ε). */
export class RMSprop extends Optimizer<Hyper> {
  static override readonly name: string = "RMSprop";
  constructor(params: ParamsInput<Hyper>, ...given: InOrder<Partial<RMSpropOptions>, typeof ORDER>) {
    super(params, DEFAULTS, inOrder<Partial<RMSpropOptions>>("RMSprop", given, ORDER));
  }

  protected override update(p: Tensor, grad: Tensor, o: ParamGroup<Hyper>, state: StateOf): Tensor {
    const g = descent(p, grad, o);
    state.count("step");
    let v = state.set("square_avg", averageOfSquares(zerosState(state, "square_avg", p), g, o.alpha));
    if (o.centered) {
      const mean = state.set(
        "grad_avg",
        lerp(state, zerosState(state, "grad_avg", p), g, () => 1 - o.alpha),
      );
      v = sub(v, mul(mean, mean));
    }
    const root = add(sqrt(v), o.eps);
    const rate = state.shared("-lr", () => -o.lr);
    if (!usesMomentum(o)) return addQuotient(p, g, root, rate);
    const before = zerosState(state, "momentum_buffer", p);
    const buffer = state.set(
      "momentum_buffer",
      add(
        mul(
          before,
          state.shared("momentum", () => o.momentum),
        ),
        div(g, root),
      ),
    );
    return add(p, mul(buffer, rate));
  }
}
