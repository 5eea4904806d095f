// torch.Tensor: core's tensor with PyTorch's methods, by subject in methods/; here autograd, reading and copies. Each
// method is the op of the same name; see ops for semantics.
import * as core from "@isoform/core";
import { Tensor as CoreTensor, type TensorInit, type TypedArray } from "@isoform/core";
import { accumulateGrad, readGrad, writeGrad } from "./gradient.js";
import { AttributesTensor } from "./methods/attributes.js";
import { formatTensor } from "./print.js";

export type { ShapeArgs, TensorLike } from "./methods/base.js";
export { withScaled, type AlphaOption } from "./methods/binary.js";
export type { Limits } from "./methods/unary.js";

/**
 * PyTorch's tensor: elements of one dtype in a shape, on a device. Made by `torch.tensor`, `torch.zeros` and
 * the like. Immutable to ops except `setAt` and those whose name ends in an underscore. Ops of two tensors
 * promote the dtypes; axes may count from the end; views share memory till one of them is changed in place.
 * @throws {LifetimeError} in an op that needs the value of a tensor that was released
 * @throws {UnsupportedOpError} in an op on tensors of two devices
 * @throws {OutOfMemoryError} in an op for whose result the device has no room
 * @see torch.Tensor
 */
export class Tensor extends AttributesTensor {
  static {
    core.showValues(this.prototype, (t, data) => t._format(data));
  }

  /** @internal */ _grad: Tensor | null = null;

  constructor(init: TensorInit) {
    super(init);
  }

  /** @internal */
  override _resultClass(): typeof Tensor {
    return Tensor;
  }

  // ---- autograd

  /**
   * Accumulated gradient of a leaf, in its shape, or null. Not copied when set, nor checked for its shape.
   * @throws {UnsupportedOpError} in a compiled step that did not set it, when there is one from before the
   *   step
   */
  get grad(): Tensor | null {
    return readGrad(this);
  }
  set grad(value: Tensor | null) {
    writeGrad(this, value);
  }

  /** Whether operations on the tensor are recorded for `backward()`. */
  get requiresGrad(): boolean {
    return (this._track & core.TRACK_GRAD) !== 0;
  }
  set requiresGrad(value: boolean) {
    this.requiresGrad_(value);
  }
  /** True for tensors not made by a recorded op. */
  get isLeaf(): boolean {
    return this._node === null;
  }
  /**
   * Turns recording on (default) or off, in place, for any shape.
   * @throws {DTypeError} for integer and bool tensors
   * @throws {ArgumentError} when it is turned off for a tensor made by a recorded op
   */
  requiresGrad_(value = true): this {
    if (value && !core.isFloat(this.dtype)) {
      throw new core.DTypeError("only floating-point tensors can require gradients", {
        code: "autograd/not-float",
        op: "requiresGrad_",
        inputs: [core.describe(this)],
        hint: "convert it first, e.g. x.to('float32')",
      });
    }
    if (!value && this._node !== null) {
      throw new core.ArgumentError("a tensor made by a recorded op always requires gradients", {
        code: "autograd/not-a-leaf",
        op: "requiresGrad_",
        hint: "use detach()",
      });
    }
    this._track = value ? this._track | core.TRACK_GRAD : this._track & ~core.TRACK_GRAD;
    return this;
  }
  /**
   * The same value, in this shape, outside the recorded graph; memory is shared till one of the two is
   * changed in place.
   * @throws {LifetimeError} when the tensor was released
   */
  detach(): Tensor {
    const out = aliasOf(this);
    out._track = 0;
    return out;
  }
  /**
   * Takes this tensor out of the recorded graph, in place, for any shape: it becomes a leaf that does not
   * require gradients. What was computed from it before keeps its gradients. Never throws.
   */
  detach_(): this {
    const before = this._node;
    this._node = null;
    this._track = 0;
    before?.release();
    return this;
  }
  /**
   * Adds d(this)/d(leaf) to `leaf.grad`, of the leaf's shape, for every leaf that requires gradients.
   * @param options.gradient cotangent of this tensor's shape; needed unless it has one element
   * @param options.retainGraph keeps the graph for another pass; default as `createGraph`
   * @param options.createGraph records the pass itself, for higher derivatives; default false
   * @throws {ArgumentError} when the tensor does not require gradients, or for an unknown option
   * @throws {ShapeError} without a gradient for more than one element, or with one of another shape
   * @throws {LifetimeError} when the graph was freed by an earlier call, or a value it needs was changed in
   *   place
   * @throws {UnsupportedOpError} in a compiled step that adds to gradients from before it or leaves some
   *   behind
   */
  backward(options: BackwardOptions = {}): void {
    core.checkOptions("backward", options, ["gradient", "retainGraph", "createGraph"]);
    if (!this.requiresGrad) {
      throw new core.ArgumentError("the tensor does not require gradients", {
        code: "autograd/no-grad-fn",
        op: "backward",
        inputs: [core.describe(this)],
        hint: "set requiresGrad on a leaf it depends on, and do not call it inside noGrad",
      });
    }
    if (this.size !== 1 && !options.gradient) {
      throw new core.ShapeError("only a one-element tensor has an implicit gradient", {
        code: "autograd/not-scalar",
        op: "backward",
        inputs: [core.describe(this)],
        hint: "reduce the loss with sum() or mean(), or pass { gradient }",
      });
    }
    const { createGraph = false, retainGraph = createGraph, gradient = null } = options;
    const found = core.backward(
      [this],
      [gradient && core.requireTensor("backward", gradient, "gradient")],
      { bit: core.TRACK_GRAD },
      { createGraph, retainGraph },
    );
    for (const [leaf, g] of found) {
      if (!(leaf instanceof Tensor)) continue;
      const sum = () => asTensor(core.add(leaf._grad!, g));
      accumulateGrad(leaf, asTensor(g), sum, createGraph);
    }
  }

  // ---- reading

  override toString(): string {
    return super.toString().replace(/^Tensor/, "torch.Tensor");
  }
  /**
   * The values as PyTorch prints them, for any shape. Reads from the device.
   * @throws {LifetimeError} when the tensor was released
   */
  async repr(): Promise<string> {
    return this._format(await this.data());
  }
  /** Text in templates. @throws {ArgumentError} for operators: `x + 1` would be text, `x > 1` false */
  [Symbol.toPrimitive](hint: string): string {
    return core.asPrimitive(this, hint);
  }
  /** The text of the tensor, without its values, for any shape. Never throws. */
  toJSON(): string {
    return this.toString();
  }
  /** @internal The text of `repr()` for given elements. */
  _format(data: TypedArray): string {
    return formatTensor(this, data);
  }

  // ---- copies

  /**
   * A copy in x's shape and dtype that in-place ops change on its own; differentiable. Memory is shared till
   * then.
   */
  clone(): Tensor {
    return asTensor(core.bind(core.broadcastToOp, [this], { shape: this.shape })[0]);
  }
}

/** Options of `backward`. */
export interface BackwardOptions {
  readonly gradient?: CoreTensor;
  readonly retainGraph?: boolean;
  readonly createGraph?: boolean;
}

/** Results of core ops as torch tensors; those of torch inputs already are. */
export function asTensor(t: CoreTensor): Tensor {
  return t instanceof Tensor ? t : core.adopt(t, Tensor);
}

/** A second handle on the same memory, outside the graph. */
export function aliasOf(t: CoreTensor): Tensor {
  return core.adopt(core.detach(t), Tensor);
}
