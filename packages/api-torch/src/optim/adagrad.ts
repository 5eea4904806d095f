// Adagrad (Duchi et al. 2011), as torch.optim.Adagrad.
import { add, full, mul, sqrt, type Tensor } from "@isoform/core";
import { addQuotient, descent } from "./arithmetic.js";
import { Optimizer, type ParamGroup, type ParamsInput } from "./optimizer.js";
import type { StateOf } from "./state.js";
import { inOrder, type InOrder } from "../options.js";

/** Options of `Adagrad`, PyTorch's names and defaults. */
export interface AdagradOptions {
  readonly lr: number;
  /** lr at step t is lr/(1 + (t−1)·lrDecay). */
  readonly lrDecay: number;
  readonly weightDecay: number;
  readonly initialAccumulatorValue: number;
  readonly eps: number;
  readonly maximize: boolean;
}
type Hyper = { readonly [K in keyof AdagradOptions]: AdagradOptions[K] };

const DEFAULTS: Hyper = {
  lr: 1e-2,
  lrDecay: 0,
  weightDecay: 0,
  initialAccumulatorValue: 0,
  eps: 1e-10,
  maximize: false,
};

const ORDER = ["lr", "lrDecay", "weightDecay", "initialAccumulatorValue", "eps"] as const;

/** s ← s + g²; p ← p − lr·g/(√s + ε). */
export class Adagrad extends Optimizer<Hyper> {
  static override readonly name: string = "Adagrad";
  constructor(params: ParamsInput<Hyper>, ...given: InOrder<Partial<AdagradOptions>, typeof ORDER>) {
    super(params, DEFAULTS, inOrder<Partial<AdagradOptions>>("Adagrad", given, ORDER));
  }

  protected override update(p: Tensor, grad: Tensor, o: ParamGroup<Hyper>, state: StateOf): Tensor {
    const t = state.count("step");
    const g = descent(p, grad, o);
    const before = state.get("sum") ?? full(p.shape, o.initialAccumulatorValue, p.dtype);
    const sum = state.set("sum", add(before, mul(g, g)));
    return addQuotient(
      p,
      g,
      add(sqrt(sum), o.eps),
      state.host(() => -o.lr / (1 + (t() - 1) * o.lrDecay)),
    );
  }
}
