// What all methods of torch.Tensor stand on: core's tensor, whose results are torch tensors.
import * as core from "@isoform/core";
import { Tensor as CoreTensor } from "@isoform/core";
import type { Tensor } from "../tensor.js";

/** A tensor, or a JavaScript scalar beside one in its dtype; a fraction beside integers gives float32. */
export type TensorLike = CoreTensor | number | bigint | boolean;

/** `f(2, 3)` or `f([2, 3])`. */
export type ShapeArgs = readonly number[] | readonly [readonly number[]];

/** The root of the classes by subject that `Tensor` is made of. */
export abstract class BaseTensor extends CoreTensor {
  /** @internal */
  abstract override _resultClass(): typeof Tensor;

  /** @internal A result of a core op as a torch tensor; that of a torch input already is. */
  _own(t: CoreTensor): Tensor {
    const Class = this._resultClass();
    return t instanceof Class ? t : core.adopt(t, Class);
  }
}
