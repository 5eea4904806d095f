// Lists of parameters as the functions of torch.nn.utils take them.
import * as core from "@isoform/core";
import { Tensor } from "../../tensor/tensor.js";
import { Module } from "../module.js";

/** Parameters, or one of them. */
export type Parameters = Iterable<Tensor> | Tensor;

/** The parameters in a list. @throws {ArgumentError} for what is neither a tensor of this API nor a list of them */
export function listed(op: string, parameters: Parameters): Tensor[] {
  if (parameters instanceof Tensor) return [parameters];
  const given: unknown = parameters;
  if (typeof given !== "object" || given === null || !(Symbol.iterator in given)) {
    const module = given instanceof Module;
    throw new core.ArgumentError(`${module ? "a module" : core.shown(given)} is given for the parameters`, {
      code: "argument/parameters",
      op,
      hint: module ? "pass its parameters()" : "pass model.parameters(), or a list of tensors",
    });
  }
  const list = [...parameters];
  for (const p of list) if (!(p instanceof Tensor)) throw core.notTensor(op, p, "a parameter");
  return list;
}
