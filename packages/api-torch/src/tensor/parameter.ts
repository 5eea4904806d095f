// nn.Parameter: a tensor that modules register and optimizers update.
import type { Tensor as CoreTensor, TypedArray } from "@isoform/core";
import { checkOptions, FLAG } from "../checks.js";
import { checkTensors } from "./arguments.js";
import { Tensor } from "./tensor.js";

/** A leaf tensor that belongs to a module. Outside all scopes; requires gradients unless told otherwise. */
export class Parameter extends Tensor {
  static override readonly name: string = "Parameter";
  constructor(data: CoreTensor, options: { readonly requiresGrad?: boolean } = {}) {
    checkTensors("Parameter", { data });
    checkOptions("Parameter", options, { requiresGrad: FLAG });
    const storage = data._live("Parameter");
    storage.refs++;
    super({
      shape: data.shape,
      dtype: data.dtype,
      storage,
      strides: data._strides,
      offset: data._offset,
      traced: null,
    });
    this._keep();
    try {
      if (options.requiresGrad !== false) this.requiresGrad_(true);
    } catch (error) {
      this.dispose();
      throw error;
    }
  }

  /** @internal */
  override _format(data: TypedArray): string {
    return `Parameter containing:\n${super._format(data)}`;
  }
}

/** Tensors of the class of a parameter's results are plain tensors, not parameters. */
export function isParameter(value: unknown): value is Parameter {
  return value instanceof Parameter;
}
