// The compound updates that optimizers share, in PyTorch's order of operations so that results agree to the last bits.
import { add, div, mul, neg, sub, traceGuard, zerosLike, type Tensor, type TensorLike } from "@isoform/core";
import type { StateOf } from "./state.js";

/** a + weight·(b − a) with a weight of the group. From weight ½ on, PyTorch counts back from b. */
export function lerp(state: StateOf, a: Tensor, b: Tensor, weight: () => number): Tensor {
  const step = sub(b, a);
  const low = weight() < 0.5;
  traceGuard(() => weight() < 0.5 === low);
  return low
    ? add(a, mul(step, state.shared("weight", weight)))
    : sub(
        b,
        mul(
          step,
          state.shared("rest", () => 1 - weight()),
        ),
      );
}

/** decay·average + (1 − decay)·g². */
export function averageOfSquares(average: Tensor, g: Tensor, decay: number): Tensor {
  return add(mul(average, decay), mul(mul(g, g), 1 - decay));
}

/** p + value·a/b. */
export function addQuotient(p: Tensor, a: Tensor, b: Tensor, value: TensorLike): Tensor {
  return add(p, div(mul(a, value), b));
}

/** The gradient to go down along: negated to maximise, with L2 decay added. */
export function descent(p: Tensor, grad: Tensor, o: { maximize: boolean; weightDecay: number }): Tensor {
  const g = o.maximize ? neg(grad) : grad;
  return o.weightDecay === 0 ? g : add(g, mul(p, o.weightDecay));
}

/** Whether there is a momentum; a compiled step is for the answer, not for the number. */
export function usesMomentum(o: { momentum: number }): boolean {
  const used = o.momentum !== 0;
  traceGuard(() => (o.momentum !== 0) === used);
  return used;
}

/** Weight decay apart from the gradient: p·(1 − lr·decay). */
export function decayed(p: Tensor, o: { lr: number; weightDecay: number }, state: StateOf): Tensor {
  return mul(
    p,
    state.shared("decay", () => 1 - o.lr * o.weightDecay),
  );
}

/** A state tensor, zeros at first. */
export function zerosState(state: StateOf, name: string, p: Tensor): Tensor {
  return state.get(name) ?? zerosLike(p);
}
