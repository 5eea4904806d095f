// Terms of cross entropies that losses and keras.ops share.
import * as core from "@isoform/core";
import type { Tensor as CoreTensor } from "@isoform/core";
import { session } from "../session.js";
import { Tensor } from "../tensor/tensor.js";

/** Probabilities away from 0 and 1, whose logarithms are finite. */
export const limit = (x: CoreTensor): CoreTensor => core.clip(x, session.epsilon, 1 - session.epsilon);
/** 1 − x. */
export const oneMinus = (x: CoreTensor): CoreTensor => core.sub(1, x);

/**
 * In a compiled training step Keras takes the logits behind a softmax or sigmoid instead of its result: the gradient
 * does not vanish where the probability rounds to 0 or 1.
 */
export function logitsBehind(p: CoreTensor, kind: "softmax" | "sigmoid"): CoreTensor | null {
  const found = session.compiledStep && p instanceof Tensor ? p.kerasLogits : null;
  return found?.kind === kind ? found.input : null;
}

/** Binary cross entropy of each element. */
export function binaryTerms(t: CoreTensor, p: CoreTensor, fromLogits: boolean): CoreTensor {
  const logits = fromLogits ? p : logitsBehind(p, "sigmoid");
  if (logits) {
    const rest = core.log1p(core.exp(core.neg(core.abs(logits))));
    return core.add(core.sub(core.relu(logits), core.mul(logits, t)), rest);
  }
  const q = limit(p);
  return core.neg(core.add(core.mul(t, core.log(q)), core.mul(oneMinus(t), core.log(oneMinus(q)))));
}
