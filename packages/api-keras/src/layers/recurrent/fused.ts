// Runs of whole sequences as single ops of core: layouts and names of activations.
import * as core from "@isoform/core";
import type { RecurrentActivation } from "@isoform/core";
import * as activations from "../../activations.js";

/** Core's name of an activation, or null when its recurrent ops do not have it. */
export function recurrentActivation(fn: activations.ActivationFn): RecurrentActivation | null {
  if (fn === activations.sigmoid) return "sigmoid";
  if (fn === activations.tanh) return "tanh";
  if (fn === activations.relu) return "relu";
  if (fn === activations.linear) return "linear";
  if (fn === activations.hardSigmoid) return { name: "hardSigmoid", alpha: 1 / 6, beta: 0.5 };
  if (fn === activations.softsign) return "softsign";
  if (fn === activations.softplus) return "softplus";
  if (fn === activations.elu) return "elu";
  return null;
}

/** `[batch, time, features]` as `[time, batch, features]`, and back. */
export function timeFirst(x: core.Tensor): core.Tensor {
  return core.transpose(x, [1, 0, 2]);
}

/** Outputs `[time, batch, units]` in forward time as `[batch, time, units]` in the order of processing. */
export function processed(y: core.Tensor, backwards: boolean): core.Tensor {
  return timeFirst(backwards ? core.flip(y, [0]) : y);
}
