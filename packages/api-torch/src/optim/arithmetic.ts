// The compound updates that optimizers share, in PyTorch's order of operations so that results agree to the last bits.
import { add, div, mul, neg, sub, zerosLike, type Tensor } from "@isoform/core";
import type { StateOf } from "./optimizer.js";

/** a + weight·(b − a). From weight ½ on, PyTorch counts back from b. */
export function lerp(a: Tensor, b: Tensor, weight: number): Tensor {
  const step = sub(b, a);
  return weight < 0.5 ? add(a, mul(step, weight)) : sub(b, mul(step, 1 - weight));
}

/** decay·average + (1 − decay)·g². */
export function averageOfSquares(average: Tensor, g: Tensor, decay: number): Tensor {
  return add(mul(average, decay), mul(mul(g, g), 1 - decay));
}

/** p + value·a/b. */
export function addQuotient(p: Tensor, a: Tensor, b: Tensor, value: number): Tensor {
  return add(p, div(mul(a, value), b));
}

/** The gradient to go down along: negated to maximise, with L2 decay added. */
export function descent(p: Tensor, grad: Tensor, o: { maximize: boolean; weightDecay: number }): Tensor {
  const g = o.maximize ? neg(grad) : grad;
  return o.weightDecay === 0 ? g : add(g, mul(p, o.weightDecay));
}

/** A state tensor, zeros at first. */
export function zerosState(state: StateOf, name: string, p: Tensor): Tensor {
  return state.get(name) ?? zerosLike(p);
}
