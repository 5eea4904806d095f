// Flatten, Reshape, Permute, RepeatVector.
import * as core from "@isoform/core";
import { ArgumentError, constructible, type Constructible } from "@isoform/core";
import { arrayOf, integer, requireValue } from "../../config/values.js";
import { REQUIRED, positive, type Resolved, type Settled, given } from "../../config/options.js";
import { Layer, type LayerOptions } from "../../engine/layer.js";
import { standardizeDataFormat, type DataFormat } from "../../session.js";

interface FlattenLayer extends Settled<
  { readonly dataFormat?: DataFormat | null },
  { readonly dataFormat: DataFormat }
> {}
class FlattenLayer extends Layer {
  static override readonly className: string = "Flatten";
  constructor(options: { readonly dataFormat?: DataFormat | null } & LayerOptions = {}) {
    super(options, { dataFormat: null });
    this.settle({ dataFormat: standardizeDataFormat(this.describe(), this.dataFormat) });
    this.inputSpec = { minNdim: 1 };
  }
  override call(x: core.Tensor): core.Tensor {
    const last = this.dataFormat === "channels_first" && x.rank > 1 ? core.moveaxis(x, 1, -1) : x;
    return core.reshape(last, [x.shape[0]!, x.shape.slice(1).reduce((p, n) => p * n, 1)]);
  }
}

interface ReshapeLayer extends Resolved<{ readonly targetShape: readonly number[] }> {}
class ReshapeLayer extends Layer {
  static override readonly className: string = "Reshape";
  static override readonly positional: readonly string[] = ["targetShape"];
  constructor(targetShape: readonly number[], options: LayerOptions = {}) {
    super(given(options, { targetShape }), { targetShape: REQUIRED });
    const hint = "use sizes in an array, one of which may be -1";
    requireValue(this.describe(), "targetShape", targetShape, { ...arrayOf(integer(-1)), hint });
    this.inputSpec = { minNdim: 1 };
    this.settle({ targetShape: [...targetShape] });
    if (targetShape.filter((n) => n === -1).length > 1) {
      throw new ArgumentError("more than one axis is -1", {
        code: "argument/invalid",
        op: this.describe(),
        hint: "use -1 at most once",
      });
    }
  }
  override call(x: core.Tensor): core.Tensor {
    return core.reshape(x, [x.shape[0]!, ...this.targetShape]);
  }
}

interface PermuteLayer extends Resolved<{ readonly dims: readonly number[] }> {}
class PermuteLayer extends Layer {
  static override readonly className: string = "Permute";
  static override readonly positional: readonly string[] = ["dims"];
  constructor(dims: readonly number[], options: LayerOptions = {}) {
    super(given(options, { dims }), { dims: REQUIRED });
    requireValue(this.describe(), "dims", dims, arrayOf(integer(1)));
    this.settle({ dims: [...dims] });
    if (dims.toSorted((a, b) => a - b).some((d, i) => d !== i + 1)) {
      throw new ArgumentError(`${JSON.stringify(dims)} is not an order of 1…${dims.length}`, {
        code: "argument/invalid",
        op: this.describe(),
        hint: "list every axis once, counted from 1 behind the batch axis",
      });
    }
    this.inputSpec = { ndim: dims.length + 1 };
  }
  override call(x: core.Tensor): core.Tensor {
    return core.transpose(x, [0, ...this.dims]);
  }
}

interface RepeatVectorLayer extends Resolved<{ readonly n: number }> {}
class RepeatVectorLayer extends Layer {
  static override readonly className: string = "RepeatVector";
  static override readonly positional: readonly string[] = ["n"];
  constructor(n: number, options: LayerOptions = {}) {
    super(given(options, { n }), { n: REQUIRED });
    positive(this.describe(), "n", n);
    this.inputSpec = { ndim: 2 };
  }
  override call(x: core.Tensor): core.Tensor {
    const [batch, features] = x.shape as [number, number];
    return core.broadcastTo(core.reshape(x, [batch, 1, features]), [batch, this.n, features]);
  }
}

/**
 * All axes but the batch joined into one, in channels-last order: `[N, ...] -> [N, size]`, `[N] -> [N, 1]`.
 * @throws {ArgumentError} when an option is unknown or `dataFormat` has another value
 * @throws {ShapeError} when the input is a scalar
 * @see keras.layers.Flatten
 */
export const Flatten: Constructible<typeof FlattenLayer> = /* @__PURE__ */ constructible(FlattenLayer);
/**
 * Another shape of each sample; one size may be -1: `[N, ...] -> [N, ...targetShape]`.
 * @throws {ArgumentError} when an option is unknown or more than one size is -1
 * @throws {ShapeError} when the number of elements differs
 * @see keras.layers.Reshape
 */
export const Reshape: Constructible<typeof ReshapeLayer> = /* @__PURE__ */ constructible(ReshapeLayer);
/**
 * Axes of each sample in another order, counted from 1: `[N, a, b] -> [N, b, a]` with `[2, 1]`.
 * @throws {ArgumentError} when an option is unknown or `dims` is not an order of 1…n
 * @throws {ShapeError} when the input has not one axis more than `dims` names
 * @see keras.layers.Permute
 */
export const Permute: Constructible<typeof PermuteLayer> = /* @__PURE__ */ constructible(PermuteLayer);
/**
 * Each vector n times: `[batch, features]` to `[batch, n, features]`.
 * @throws {ArgumentError} when an option is unknown or `n` is not a positive integer
 * @throws {ShapeError} when the input has not 2 axes
 * @see keras.layers.RepeatVector
 */
export const RepeatVector: Constructible<typeof RepeatVectorLayer> =
  /* @__PURE__ */ constructible(RepeatVectorLayer);
