// Merging layers: Add, Subtract, Multiply, Average, Maximum, Minimum, Concatenate, Dot.
import * as core from "@isoform/core";
import { ShapeError, constructible, type Constructible } from "@isoform/core";
import { listOf } from "../../engine/input-spec.js";
import { arrayOf, integer, requireValue } from "../../config/values.js";
import { REQUIRED, type Resolved, given } from "../../config/options.js";
import type { SymbolicShape } from "../../engine/keras-tensor.js";
import { Layer, shapeList, type LayerOptions } from "../../engine/layer.js";

/** Base of layers that take a list of tensors. */
abstract class Merge extends Layer {
  constructor(options: LayerOptions) {
    super(options);
    this.supportsMasking = true;
    this.takes = listOf(1, Infinity);
  }
  protected abstract merge(a: core.Tensor, b: core.Tensor): core.Tensor;
  override call(xs: readonly core.Tensor[]): core.Tensor {
    return aligned(xs).reduce((a, b) => this.merge(a, b));
  }
  /** Steps count where they count in all inputs. */
  override computeMask(_inputs: unknown, mask: unknown): unknown {
    const masks = Array.isArray(mask) ? mask.filter((m): m is core.Tensor => m instanceof core.Tensor) : [];
    return masks.length === 0 ? null : masks.reduce((a, b) => core.and(a, b));
  }
}

/** Tensors of one rank: axes of size 1 are put behind the batch axis of those with fewer, as in Keras. */
function aligned(xs: readonly core.Tensor[]): core.Tensor[] {
  const rank = Math.max(...xs.map((x) => x.rank));
  return xs.map((x) => {
    if (x.rank === rank || x.rank === 0) return x;
    const ones = Array.from({ length: rank - x.rank }, () => 1);
    return core.reshape(x, [x.shape[0]!, ...ones, ...x.shape.slice(1)]);
  });
}

class AddLayer extends Merge {
  static override readonly className: string = "Add";
  constructor(options: LayerOptions = {}) {
    super(options);
  }
  protected override merge(a: core.Tensor, b: core.Tensor): core.Tensor {
    return core.add(a, b);
  }
}
class SubtractLayer extends Merge {
  static override readonly className: string = "Subtract";
  constructor(options: LayerOptions = {}) {
    super(options);
    this.takes = listOf(2, 2);
  }
  protected override merge(a: core.Tensor, b: core.Tensor): core.Tensor {
    return core.sub(a, b);
  }
}
class MultiplyLayer extends Merge {
  static override readonly className: string = "Multiply";
  constructor(options: LayerOptions = {}) {
    super(options);
  }
  protected override merge(a: core.Tensor, b: core.Tensor): core.Tensor {
    return core.mul(a, b);
  }
}
class AverageLayer extends Merge {
  static override readonly className: string = "Average";
  constructor(options: LayerOptions = {}) {
    super(options);
  }
  protected override merge(a: core.Tensor, b: core.Tensor): core.Tensor {
    return core.add(a, b);
  }
  override call(xs: readonly core.Tensor[]): core.Tensor {
    return core.div(super.call(xs), xs.length);
  }
}
class MaximumLayer extends Merge {
  static override readonly className: string = "Maximum";
  constructor(options: LayerOptions = {}) {
    super(options);
  }
  protected override merge(a: core.Tensor, b: core.Tensor): core.Tensor {
    return core.maximum(a, b);
  }
}
class MinimumLayer extends Merge {
  static override readonly className: string = "Minimum";
  constructor(options: LayerOptions = {}) {
    super(options);
  }
  protected override merge(a: core.Tensor, b: core.Tensor): core.Tensor {
    return core.minimum(a, b);
  }
}

interface ConcatenateLayer extends Resolved<{ readonly axis?: number }> {}
class ConcatenateLayer extends Layer {
  static override readonly className: string = "Concatenate";
  constructor(options: { readonly axis?: number } & LayerOptions = {}) {
    super(options, { axis: -1 });
    this.supportsMasking = true;
    this.takes = listOf(1, Infinity);
  }
  override build(shapes: readonly SymbolicShape[]): void {
    const list = shapeList(shapes);
    const rank = list[0]!.length;
    const axis = core.normalizeAxis(this.describe(), this.axis, rank);
    const differs = (s: SymbolicShape) =>
      s.length !== rank ||
      s.some((n, i) => i !== axis && n !== null && list[0]![i] !== null && n !== list[0]![i]);
    if (!list.some(differs)) return;
    throw new ShapeError(`the shapes differ outside axis ${this.axis}`, {
      code: "shape/mismatch",
      op: this.describe(),
      inputs: list.map((s) => `(${s.map((n) => n ?? "None").join(", ")})`),
      hint: "only the joined axis may differ",
    });
  }
  override call(xs: readonly core.Tensor[]): core.Tensor {
    return core.concat([...xs], this.axis);
  }
  override computeMask(inputs: unknown, mask: unknown): unknown {
    if (!Array.isArray(mask) || !Array.isArray(inputs)) return null;
    const wide = (inputs as core.Tensor[]).map((x, i) => {
      const m: unknown = mask[i];
      const own = m instanceof core.Tensor ? m : core.full(x.shape.slice(0, -1), 1, "bool");
      return core.broadcastTo(
        core.reshape(own, [...own.shape, ...Array.from({ length: x.rank - own.rank }, () => 1)]),
        x.shape,
      );
    });
    return core.min(core.concat(wide, this.axis), -1);
  }
}

/** Options of `Dot`. */
export interface DotOptions {
  /** Divide by the lengths along the axes first: cosines. */
  readonly normalize?: boolean;
}
interface DotConfig extends DotOptions {
  readonly axes: number | readonly [number, number];
}
interface DotLayer extends Resolved<DotConfig> {}
class DotLayer extends Layer {
  static override readonly className: string = "Dot";
  static override readonly positional: readonly string[] = ["axes"];
  constructor(axes: number | readonly [number, number], options: DotOptions & LayerOptions = {}) {
    super(given(options, { axes }), { axes: REQUIRED, normalize: false });
    const pair = arrayOf(integer(-Infinity));
    if (typeof axes !== "number")
      requireValue(this.describe(), "axes", axes, {
        test: (v) => pair.test(v) && axes.length === 2,
        hint: "use one axis, or one of each tensor",
      });
    this.supportsMasking = true;
    this.takes = listOf(2, 2);
  }
  override call(xs: readonly core.Tensor[]): core.Tensor {
    const [first, second] = xs as [core.Tensor, core.Tensor];
    const list = typeof this.axes === "number" ? [this.axes, this.axes] : this.axes;
    const a1 = core.normalizeAxis(this.describe(), list[0]!, first.rank);
    const a2 = core.normalizeAxis(this.describe(), list[1]!, second.rank);
    const unit = (x: core.Tensor, axis: number) =>
      this.normalize
        ? core.mul(x, core.rsqrt(core.maximum(core.sum(core.square(x), axis, { keepDims: true }), 1e-12)))
        : x;
    return batchDot(unit(first, a1), unit(second, a2), a1, a2);
  }
  override computeMask(): null {
    return null;
  }
}

/** Products over one axis of each, sample by sample: axes of the first, then those of the second. */
function batchDot(x: core.Tensor, y: core.Tensor, axisX: number, axisY: number): core.Tensor {
  const batch = x.shape[0]!;
  const rest = (t: core.Tensor, axis: number) =>
    t.shape.map((_, i) => i).filter((i) => i !== 0 && i !== axis);
  const [rx, ry] = [rest(x, axisX), rest(y, axisY)];
  const size = (t: core.Tensor, axes: number[]) => axes.reduce((p, a) => p * t.shape[a]!, 1);
  const n = x.shape[axisX]!;
  const left = core.reshape(core.transpose(x, [0, ...rx, axisX]), [batch, size(x, rx), n]);
  const right = core.reshape(core.transpose(y, [0, axisY, ...ry]), [batch, y.shape[axisY]!, size(y, ry)]);
  const shape = [batch, ...rx.map((a) => x.shape[a]!), ...ry.map((a) => y.shape[a]!)];
  const out = core.matmul(left, right);
  return core.reshape(out, shape.length === 1 ? [batch, 1] : shape);
}

/**
 * Sum of a list of tensors; each broadcasts with the others; missing axes are put behind the batch axis.
 * @throws {ArgumentError} when an option is unknown or the input is not a list of tensors
 * @throws {ShapeError} when the shapes do not broadcast
 * @throws {DTypeError} when the tensors are bool
 * @see keras.layers.Add
 */
export const Add: Constructible<typeof AddLayer> = /* @__PURE__ */ constructible(AddLayer);
/**
 * First less second of two tensors; each broadcasts with the others; missing axes are put behind the batch
 * axis.
 * @throws {ArgumentError} when an option is unknown or the input is not a list of two tensors
 * @throws {ShapeError} when the shapes do not broadcast
 * @throws {DTypeError} when the tensors are bool
 * @see keras.layers.Subtract
 */
export const Subtract: Constructible<typeof SubtractLayer> = /* @__PURE__ */ constructible(SubtractLayer);
/**
 * Elementwise product of a list of tensors; each broadcasts with the others; missing axes are put behind the
 * batch axis.
 * @throws {ArgumentError} when an option is unknown or the input is not a list of tensors
 * @throws {ShapeError} when the shapes do not broadcast
 * @throws {DTypeError} when the tensors are bool
 * @see keras.layers.Multiply
 */
export const Multiply: Constructible<typeof MultiplyLayer> = /* @__PURE__ */ constructible(MultiplyLayer);
/**
 * Mean of a list of tensors; each broadcasts with the others; missing axes are put behind the batch axis.
 * @throws {ArgumentError} when an option is unknown or the input is not a list of tensors
 * @throws {ShapeError} when the shapes do not broadcast
 * @throws {DTypeError} when the tensors are bool
 * @see keras.layers.Average
 */
export const Average: Constructible<typeof AverageLayer> = /* @__PURE__ */ constructible(AverageLayer);
/**
 * Elementwise maximum of a list of tensors; each broadcasts with the others; missing axes are put behind the
 * batch axis.
 * @throws {ArgumentError} when an option is unknown or the input is not a list of tensors
 * @throws {ShapeError} when the shapes do not broadcast
 * @throws {DTypeError} when the tensors are bool
 * @see keras.layers.Maximum
 */
export const Maximum: Constructible<typeof MaximumLayer> = /* @__PURE__ */ constructible(MaximumLayer);
/**
 * Elementwise minimum of a list of tensors; each broadcasts with the others; missing axes are put behind the
 * batch axis.
 * @throws {ArgumentError} when an option is unknown or the input is not a list of tensors
 * @throws {ShapeError} when the shapes do not broadcast
 * @throws {DTypeError} when the tensors are bool
 * @see keras.layers.Minimum
 */
export const Minimum: Constructible<typeof MinimumLayer> = /* @__PURE__ */ constructible(MinimumLayer);
/**
 * A list of tensors joined along an axis, the last by default; the other axes are equal.
 * @throws {ArgumentError} when an option is unknown, the input is not a list of tensors or `axis` is out of
 *   range
 * @throws {ShapeError} when the shapes differ outside the axis
 * @see keras.layers.Concatenate
 */
export const Concatenate: Constructible<typeof ConcatenateLayer> =
  /* @__PURE__ */ constructible(ConcatenateLayer);
/**
 * Products over an axis of each sample of two tensors, cosines with `normalize`: `[N, a, k]` and `[N, b, k]`
 * with `axes` 2 to `[N, a, b]`; `[N, k]` and `[N, k]` with `axes` 1 to `[N, 1]`.
 * @throws {ArgumentError} when an option is unknown, the list has not two tensors, or an axis is out of range
 *   or that of the batch
 * @throws {ShapeError} when the sizes along the axes or of the batches differ
 * @throws {DTypeError} when the tensors are bool
 * @see keras.layers.Dot
 */
export const Dot: Constructible<typeof DotLayer> = /* @__PURE__ */ constructible(DotLayer);
