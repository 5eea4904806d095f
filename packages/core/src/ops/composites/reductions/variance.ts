// variance and std over axes, in two passes.
import { bind } from "../../../dispatch/bind.js";
import { checkOptions } from "../../../errors.js";
import type { Tensor } from "../../../tensor/tensor.js";
import { normalizeAxes } from "../../infer.js";
import { div, mul, sub } from "../../prims/binary.js";
import { eq } from "../../prims/compare.js";
import { sum, type Axes } from "../../prims/reduce.js";
import { cast, where } from "../../prims/select.js";
import { sqrt } from "../../prims/unary.js";
import { defineOp, type Op } from "../../table.js";
import { requireNonNegativeNumber } from "../common/arguments.js";
import { inFloat32, wide } from "../common/precision.js";
import { countOf, restoreAxes } from "../common/shapes.js";
import { inferFloatReduction, type ReductionAttrs, type ReductionEntry } from "./entries.js";
import { mean } from "./mean.js";

interface VarianceAttrs extends ReductionAttrs {
  readonly correction: number;
}
declare module "../../table.js" {
  interface OpTable {
    variance: ReductionEntry<{ readonly correction: number }>;
    std: ReductionEntry<{ readonly correction: number }>;
  }
}

/** Options of `variance` and `std`. */
export interface VarianceOptions {
  /** Subtracted from the count: 0 for the population (NumPy, Keras), 1 for a sample (PyTorch's default). */
  readonly correction?: number;
  /** Keep reduced axes with size 1. */
  readonly keepDims?: boolean;
}

/** The divisor: never below 0, so that one value with correction 1 gives 0/0. */
const divisor = (x: Tensor, a: VarianceAttrs): number => Math.max(0, countOf(x.shape, a.axes) - a.correction);

const centred = (x: Tensor, axes: readonly number[]): Tensor => sub(x, mean(x, axes, { keepDims: true }));

function varianceOf(x: Tensor, a: VarianceAttrs): Tensor {
  const d = centred(x, a.axes);
  return div(sum(mul(d, d), a.axes, { keepDims: a.keepDims }), divisor(x, a));
}

/** g · 2(x − mean)/divisor for a gradient of the variance. */
function varianceGrad(g: Tensor, x: Tensor, a: VarianceAttrs): Tensor {
  const v = wide(x);
  const each = mul(restoreAxes(g, x.shape, a.axes), 2 / divisor(x, a));
  return cast(mul(each, centred(v, a.axes)), x.dtype);
}

/** The `variance` composite. */
export const varianceOp: Op<"variance"> = defineOp("variance", {
  saves: "inputs",
  infer: ([x], attrs) => [inferFloatReduction("variance", x, attrs)],
  decompose: ([x], attrs) => [inFloat32(x, (v) => varianceOf(v, attrs))],
  vjp: ({ inputs: [x], attrs, grads: [g] }) => [g && varianceGrad(wide(g), x, attrs)],
});

/** The `std` composite. */
export const stdOp: Op<"std"> = defineOp("std", {
  saves: "both",
  infer: ([x], attrs) => [inferFloatReduction("std", x, attrs)],
  decompose: ([x], attrs) => [inFloat32(x, (v) => sqrt(varianceOf(v, attrs)))],
  // 0 where the deviation is 0, as in PyTorch.
  vjp: ({ inputs: [x], outputs: [y], attrs, grads: [g] }) => {
    if (g === null) return [null];
    const s = wide(y);
    const zero = eq(s, 0);
    const half = where(zero, 0, div(mul(wide(g), 0.5), where(zero, 1, s)));
    return [varianceGrad(half, x, attrs)];
  },
});

function attrsOf(op: string, x: Tensor, axes: Axes, options: VarianceOptions): VarianceAttrs {
  checkOptions(op, options, ["correction", "keepDims"]);
  return {
    axes: normalizeAxes(op, axes, x.rank),
    correction: requireNonNegativeNumber(op, "correction", options.correction ?? 0),
    keepDims: options.keepDims ?? false,
  };
}

/**
 * Mean squared distance from the mean over axes (default: all) of a float tensor; the divisor is the count
 * less `correction`, at least 0.
 * @throws {DTypeError} unless x is of a float dtype
 * @throws {ArgumentError} when `correction` is negative or NaN, an axis does not exist or is named twice, or
 *   an option is unknown
 * @see numpy.var, torch.var
 */
export function variance(x: Tensor, axes?: Axes, options: VarianceOptions = {}): Tensor {
  return bind(varianceOp, [x], attrsOf("variance", x, axes, options))[0];
}

/**
 * Square root of the variance over axes (default: all). The gradient is 0 where the deviation is 0.
 * @throws {DTypeError} unless x is of a float dtype
 * @throws {ArgumentError} when `correction` is negative or NaN, an axis does not exist or is named twice, or
 *   an option is unknown
 * @see numpy.std, torch.std
 */
export function std(x: Tensor, axes?: Axes, options: VarianceOptions = {}): Tensor {
  return bind(stdOp, [x], attrsOf("std", x, axes, options))[0];
}
