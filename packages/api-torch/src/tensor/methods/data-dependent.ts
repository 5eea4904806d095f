// Methods of torch.Tensor: results whose size depends on the elements, which are read.
import * as core from "@isoform/core";
import type { Tensor as CoreTensor } from "@isoform/core";
import * as dependent from "../data-dependent.js";
import type { BincountOptions, UniqueOptions } from "../data-dependent.js";
import type { Tensor } from "../tensor.js";
import { StatisticsTensor } from "./statistics.js";

/** Functions that read. */
export abstract class DataDependentTensor extends StatisticsTensor {
  /**
   * Where the elements are that are not 0, int64, [count, rank] in row-major order; with `asTuple` one (count) per
   * axis. Reads from the device.
   * @throws {ArgumentError} on a device that is only read asynchronously, or for an unknown option
   * @throws {LifetimeError} when x was released, or in a step that is being compiled: the size of the result depends on
   *   values
   */
  nonzero(options?: { readonly asTuple?: false }): Tensor;
  nonzero(options: { readonly asTuple: true }): Tensor[];
  nonzero(options?: { readonly asTuple?: boolean }): Tensor | Tensor[];
  nonzero(options: { readonly asTuple?: boolean } = {}): Tensor | Tensor[] {
    core.checkOptions("nonzero", options, ["asTuple"]);
    if (options.asTuple === true) return this._madeAll(() => dependent.nonzeroTuple(this));
    return this._made(() => dependent.nonzero(this));
  }
  /**
   * Where the elements are that are not 0, int64, [count, rank] in row-major order; `nonzero`. Reads from the
   * device.
   * @throws {ArgumentError} on a device that is only read asynchronously
   * @throws {LifetimeError} when x was released, or in a step that is being compiled: the size of the result depends on
   *   values
   */
  argwhere(): Tensor {
    return this._made(() => dependent.nonzero(this));
  }
  /**
   * Elements where `mask` (bool) is true, (count) in row-major order; the shapes broadcast. Reads the mask.
   * @throws {ShapeError} when the shapes do not broadcast
   * @throws {DTypeError} unless the mask is bool
   * @throws {ArgumentError} on a device that is only read asynchronously, or when the mask is no tensor
   * @throws {LifetimeError} when the mask was released, or in a step that is being compiled: the size of the result depends on
   *   values
   */
  maskedSelect(mask: CoreTensor): Tensor {
    return this._made(() => dependent.maskedSelect(this, mask));
  }
  /**
   * How often 0, 1, … occur in a list of N integers, int64: (N) -> (greatest + 1), at least `minlength` (default
   * 0); with `weights` (N) their sums, float32 of float32, else float64. Reads from the device. No gradient.
   * @throws {ShapeError} unless x has one axis and weights x's shape
   * @throws {DTypeError} unless x holds integers
   * @throws {ArgumentError} on a device that is only read asynchronously, for a negative element, or for an unknown option
   * @throws {LifetimeError} when x was released, or in a step that is being compiled: the size of the result depends on
   *   values
   */
  bincount(options: BincountOptions = {}): Tensor {
    return this._made(() => dependent.bincount(this, options));
  }
  /**
   * The distinct elements of the flattened tensor, (count), sorted; with `returnInverse` or `returnCounts` a list
   * of them, of where each element of x is among them, int64 in x's shape, and of how often each is in x, int64.
   * Every NaN is one of its own. Reads from the device. No gradient.
   * @throws {UnsupportedOpError} for a `dim`
   * @throws {ArgumentError} on a device that is only read asynchronously, or for an unknown option
   * @throws {LifetimeError} when x was released, or in a step that is being compiled: the size of the result depends on
   *   values
   */
  unique(options?: UniqueOptions & { readonly returnInverse?: false; readonly returnCounts?: false }): Tensor;
  unique(options: UniqueOptions): Tensor | Tensor[];
  unique(options: UniqueOptions = {}): Tensor | Tensor[] {
    const found = this._madeAll(() => dependent.unique(this, options));
    return found.length === 1 ? found[0]! : found;
  }
}
