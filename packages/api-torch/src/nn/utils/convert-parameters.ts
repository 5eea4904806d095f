// Parameters as one vector, and back.
import * as core from "@isoform/core";
import type { Tensor as CoreTensor } from "@isoform/core";
import { checkTensors } from "../../tensor/arguments.js";
import { asTensor, type Tensor } from "../../tensor/tensor.js";
import { listed, type Parameters } from "./parameters.js";

/**
 * Parameters of any shapes flattened and joined: a vector of all elements, through which gradients pass.
 * @throws {ArgumentError} when something is no tensor of this API.
 * @throws {ShapeError} when there are none.
 * @throws {LifetimeError} when one was disposed.
 * @see torch.nn.utils.parameters_to_vector
 */
export function parametersToVector(parameters: Parameters): Tensor {
  const list = listed("parametersToVector", parameters);
  return asTensor(core.concat(list.map((p) => core.reshape(p, [-1]))));
}

/**
 * Copies parts of a vector into parameters of any shapes, one after another, in place; what is left over is not used.
 * @throws {ArgumentError} when something is no tensor (the parameters: of this API).
 * @throws {ShapeError} when the vector does not have one axis, or fewer elements than the parameters.
 * @throws {LifetimeError} when a tensor was disposed.
 * @see torch.nn.utils.vector_to_parameters
 */
export function vectorToParameters(vec: CoreTensor, parameters: Parameters): void {
  checkTensors("vectorToParameters", { vec });
  const list = listed("vectorToParameters", parameters);
  const needed = list.reduce((sum, p) => sum + p.size, 0);
  if (vec.rank !== 1 || vec.size < needed) {
    const hint = "pass what parametersToVector() gave";
    throw core.shapeError("vectorToParameters", `${needed} elements are needed in one axis`, [vec], hint);
  }
  core.noGrad(() =>
    core.scope(() => {
      let at = 0;
      for (const p of list) {
        p.copy_(core.reshape(core.sliceAxis(vec, 0, at, at + p.size), p.shape));
        at += p.size;
      }
    }),
  );
}
