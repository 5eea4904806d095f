// How the losses of the samples become one number, and the checks that all losses share.
import * as core from "@isoform/core";
import type { Tensor as CoreTensor } from "@isoform/core";
import { checkTensors } from "../../tensor/arguments.js";
import { asTensor, type Tensor } from "../../tensor/tensor.js";

/** How the losses of the samples are combined. */
export type Reduction = "mean" | "sum" | "none";
/** Options that all losses have. */
export interface LossOptions {
  readonly reduction?: Reduction;
}

/** The losses combined. @throws {ArgumentError} for an unknown reduction */
export function reduced(op: string, loss: CoreTensor, reduction: Reduction = "mean"): Tensor {
  switch (reduction) {
    case "mean":
      return asTensor(core.mean(loss));
    case "sum":
      return asTensor(core.sum(loss));
    case "none":
      return asTensor(loss);
    default:
      throw new core.ArgumentError(`reduction is ${core.shown(reduction)}`, {
        code: "argument/reduction",
        op,
        hint: "use 'mean', 'sum' or 'none'",
      });
  }
}

/** Throws unless the shapes are equal. @throws {ShapeError} */
export function sameShapes(op: string, a: CoreTensor, b: CoreTensor): void {
  checkTensors(op, { input: a, target: b });
  if (core.sameShape(a.shape, b.shape)) return;
  throw core.shapeError(
    op,
    "input and target have different shapes",
    [a, b],
    "reshape one of them; losses do not broadcast",
  );
}
