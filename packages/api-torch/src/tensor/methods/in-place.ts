// Methods of torch.Tensor: new values in place (PyTorch's trailing underscore).
import * as core from "@isoform/core";
import type { Tensor as CoreTensor } from "@isoform/core";
import { elementOf } from "../arguments.js";
import { setAt as writeAt, type Index } from "../indexing.js";
import type { TensorLike } from "./base.js";
import type { AlphaOption } from "./binary.js";
import { IndexingTensor } from "./indexing.js";

/** Changes in place. */
export abstract class InPlaceTensor extends IndexingTensor {
  /** Whether operations on the tensor are recorded for `backward()`. */
  abstract get requiresGrad(): boolean;

  /**
   * Replaces the value, keeping identity; `source` broadcasts to this shape and takes this dtype.
   * @throws {ShapeError} when source does not broadcast to this shape
   * @throws {ArgumentError} when this is a leaf that requires gradients, outside `noGrad`
   */
  copy_(source: CoreTensor): this {
    core.requireTensor("copy_", source, "source");
    const recorded = source._node !== null && !core.ambient.gradEnabled;
    const value = recorded ? core.detach(source) : source;
    const next = core.broadcastTo(core.cast(value, this.dtype), this.shape);
    return this.assign_(next, next !== source);
  }
  /**
   * Adds alpha · other in place; other broadcasts to this shape, `alpha` is 1 by default.
   * @throws {ShapeError} when the shapes do not broadcast, or the result has another shape or dtype
   * @throws {ArgumentError} when this is a leaf that requires gradients, outside `noGrad`, other is neither a
   *   tensor nor a number, or an option is unknown
   * @throws {DTypeError} when both are bool
   */
  add_(other: TensorLike, options: AlphaOption = {}): this {
    return this.assign_(this.add(other, options));
  }
  /**
   * Subtracts alpha · other in place; other broadcasts to this shape, `alpha` is 1 by default.
   * @throws {ShapeError} when the shapes do not broadcast, or the result has another shape or dtype
   * @throws {ArgumentError} when this is a leaf that requires gradients, outside `noGrad`, other is neither a
   *   tensor nor a number, or an option is unknown
   * @throws {DTypeError} when both are bool
   */
  sub_(other: TensorLike, options: AlphaOption = {}): this {
    return this.assign_(this.sub(other, options));
  }
  /**
   * Multiplies in place; other broadcasts to this shape.
   * @throws {ShapeError} when the shapes do not broadcast, or the result has another shape or dtype
   * @throws {ArgumentError} when this is a leaf that requires gradients, outside `noGrad`, or other is
   *   neither a tensor nor a number
   * @throws {DTypeError} when both are bool
   */
  mul_(other: TensorLike): this {
    return this.assign_(this.mul(other));
  }
  /**
   * Divides in place; other broadcasts to this shape. Integers are refused: their quotients are float32.
   * @throws {ShapeError} when the shapes do not broadcast, or the result has another shape or dtype
   * @throws {ArgumentError} when this is a leaf that requires gradients, outside `noGrad`, or other is
   *   neither a tensor nor a number
   */
  div_(other: TensorLike): this {
    return this.assign_(this.div(other));
  }
  /**
   * Fills with one value, in place, any shape; integers drop fractions.
   * @throws {ArgumentError} when this is a leaf that requires gradients, outside `noGrad`, or for what is no number
   * @throws {DTypeError} for a value that the integer dtype does not hold
   */
  fill_(value: number | bigint | boolean): this {
    return this.assign_(core.full(this.shape, elementOf("fill_", value, this.dtype), this.dtype));
  }
  /**
   * Fills with zeros, in place, any shape.
   * @throws {ArgumentError} when this is a leaf that requires gradients, outside `noGrad`
   */
  zero_(): this {
    return this.fill_(0);
  }

  /**
   * @internal In-place ops: the new value, of this shape and dtype, takes over (`temporary` ones end).
   * @throws {ArgumentError} when this is a leaf that requires gradients, outside `noGrad`
   * @throws {ShapeError} for another shape or dtype
   */
  assign_(next: CoreTensor, temporary = true): this {
    this._writable();
    if (!core.sameShape(next.shape, this.shape) || next.dtype !== this.dtype) {
      throw new core.ShapeError("an in-place op would change the shape or dtype", {
        code: "shape/in-place",
        inputs: [core.describe(this), core.describe(next)],
        hint: "use the out-of-place op",
      });
    }
    if (next === this) return this;
    core.rebind(this, next);
    if (temporary) next.dispose();
    return this;
  }
  /**
   * @internal Refuses changes that the gradients would not see.
   * @throws {ArgumentError} when this is a leaf that requires gradients, outside `noGrad`
   */
  _writable(): void {
    if (this.requiresGrad && this._node === null && core.ambient.gradEnabled) {
      throw new core.ArgumentError("a leaf that requires gradients is changed in place", {
        code: "autograd/leaf-in-place",
        op: "in-place op",
        inputs: [core.describe(this)],
        hint: "wrap the update in torch.noGrad(() => …)",
      });
    }
  }
  /**
   * Writes at an index, in place: `value` broadcasts to the shape of `at(...index)` and takes this dtype.
   * @throws {ShapeError} when the value does not broadcast, and as `at`
   * @throws {ArgumentError} when this is a leaf that requires gradients, outside `noGrad`, and as `at`
   * @throws {DTypeError} as `at`
   */
  setAt(index: readonly Index[], value: TensorLike): this {
    return this.assign_(writeAt(this, index, value));
  }
}
