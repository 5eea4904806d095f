// convTranspose: the adjoint of a convolution by x, as PyTorch's and ONNX's transposed convolution.
import { bind } from "../../../dispatch/bind.js";
import { checkOptions } from "../../../errors.js";
import type { ConvAttrs } from "../../../runtime/backend.js";
import type { Tensor } from "../../../tensor/tensor.js";
import { promoteAll } from "../../broadcast.js";
import { requireNumeric, requireOneDType, shapeError } from "../../infer.js";
import { convOp } from "../../prims/contraction.js";
import { flip, reshape, transpose } from "../../prims/movement.js";
import { defineOp, type Op, type TensorSpec } from "../../table.js";
import { requireCounts, requirePairs, requirePositive, requirePositives } from "../common/arguments.js";
import { axisRange, filled } from "../common/shapes.js";
import { addChannelBias, channelBiasGrad, requireChannelBias } from "./convolution.js";

/** Attributes of `convTranspose`, one entry per spatial axis. */
export interface ConvTransposeAttrs {
  readonly strides: readonly number[];
  /** `[low, high]` elements cropped from the full result; negative adds zeros. */
  readonly padding: readonly (readonly [number, number])[];
  /** Elements added at the high end. */
  readonly outputPadding: readonly number[];
  /** Steps between kernel elements. */
  readonly dilation: readonly number[];
  readonly groups: number;
}
declare module "../../table.js" {
  interface OpTable {
    convTranspose: {
      readonly tier: "comp";
      readonly in: readonly ["x", "w", "bias?"];
      readonly attrs: ConvTransposeAttrs;
    };
  }
}

/** The convolution whose adjoint this is: from the result back to x. */
function adjoint(a: ConvTransposeAttrs): ConvAttrs {
  return {
    strides: a.strides,
    padding: a.padding.map(([low, high], d): [number, number] => [low, high - a.outputPadding[d]!]),
    lhsDilation: a.strides.map(() => 1),
    rhsDilation: a.dilation,
    groups: a.groups,
  };
}

/** w `[I, O/g, ...k]` as the kernel `[O, I/g, ...k]` of a convolution over the spread-out input. */
function turned(w: Tensor, groups: number): Tensor {
  const kernel = w.shape.slice(2);
  const [inputs, perGroup] = [w.shape[0]!, w.shape[1]!];
  const grouped = reshape(w, [groups, inputs / groups, perGroup, ...kernel]);
  const swapped = transpose(grouped, [0, 2, 1, ...axisRange(3, kernel.length)]);
  return flip(reshape(swapped, [groups * perGroup, inputs / groups, ...kernel]), axisRange(2, kernel.length));
}

function outputShape(x: TensorSpec, w: TensorSpec, a: ConvTransposeAttrs): number[] {
  const given = [x, w];
  const spatial = x.shape.length - 2;
  const lengths = [a.strides, a.padding, a.outputPadding, a.dilation].map((l) => l.length);
  if (spatial < 1 || w.shape.length !== x.shape.length || lengths.some((n) => n !== spatial)) {
    const hint =
      "x is [N, I, ...spatial], w is [I, O/groups, ...kernel], one attribute entry per spatial axis";
    throw shapeError("convTranspose", "the ranks do not fit", given, hint, a);
  }
  const [channels, perGroup] = [w.shape[0]!, w.shape[1]!];
  if (x.shape[1] !== channels || channels % a.groups !== 0) {
    const hint = `w needs [${x.shape[1]}, O/groups, ...] with ${x.shape[1]} a multiple of groups`;
    throw shapeError("convTranspose", `the channels do not fit ${a.groups} groups`, given, hint, a);
  }
  const sizes = a.strides.map((stride, d) => {
    const reach = (w.shape[d + 2]! - 1) * a.dilation[d]! + 1;
    const [low, high] = a.padding[d]!;
    const size = (x.shape[d + 2]! - 1) * stride + reach - low - high + a.outputPadding[d]!;
    if (size >= 0 && x.shape[d + 2]! > 0 && w.shape[d + 2]! > 0) return size;
    throw shapeError(
      "convTranspose",
      `spatial axis ${d} gets size ${size}`,
      given,
      "crop less or use a larger input",
      a,
    );
  });
  return [x.shape[0]!, perGroup * a.groups, ...sizes];
}

/** The `convTranspose` composite. */
export const convTransposeOp: Op<"convTranspose"> = defineOp("convTranspose", {
  saves: "inputs",
  infer: ([x, w, bias], attrs) => {
    requireOneDType("convTranspose", [x, w]);
    requireNumeric("convTranspose", x);
    const shape = outputShape(x, w, attrs);
    requireChannelBias("convTranspose", x, w, bias, shape[1]!);
    return [{ shape, dtype: x.dtype }];
  },
  decompose: ([x, w, bias], attrs) => {
    const padding = attrs.padding.map(([low, high], d): [number, number] => {
      const reach = (w.shape[d + 2]! - 1) * attrs.dilation[d]!;
      return [reach - low, reach - high + attrs.outputPadding[d]!];
    });
    const y = bind(convOp, [x, turned(w, attrs.groups)], {
      strides: attrs.strides.map(() => 1),
      padding,
      lhsDilation: attrs.strides,
      rhsDilation: attrs.dilation,
      groups: attrs.groups,
    })[0];
    return [addChannelBias(y, bias)];
  },
  vjp: ({ inputs: [x, w, bias], attrs, grads: [g], needs }) => {
    if (g === null) return [null, null, null];
    const back = adjoint(attrs);
    const dw = needs[1]
      ? convOp.vjp!({ inputs: [g, w], outputs: [x], attrs: back, grads: [x], needs: [false, true] })[1]
      : null;
    return [
      needs[0] ? bind(convOp, [g, w], back)[0] : null,
      dw,
      bias && needs[2] ? channelBiasGrad(g) : null,
    ];
  },
});

/** Options of `convTranspose`; missing ones are 1, no cropping, no output padding, one group. */
export type ConvTransposeOptions = Partial<ConvTransposeAttrs>;

/**
 * Transposed convolution of x `[N, I, ...spatial]` with w `[I, O/groups, ...kernel]` plus `bias` `[O]` (or
 * null) to `[N, O, ...sizes]` with (n − 1)·stride − low − high + (k − 1)·dilation + 1 + outputPadding per
 * spatial axis. Dtypes are promoted.
 * @throws {ShapeError} when ranks, channels, groups or bias do not fit, an axis is empty, or a size would be
 *   negative
 * @throws {DTypeError} when all are bool
 * @throws {ArgumentError} unless strides, dilation and groups are positive integers, outputPadding integers
 *   >= 0 and padding pairs of integers, one per spatial axis, or when an option is unknown
 * @see torch.nn.functional.conv_transpose2d, ONNX ConvTranspose
 */
export function convTranspose(
  x: Tensor,
  w: Tensor,
  bias: Tensor | null = null,
  options: ConvTransposeOptions = {},
): Tensor {
  const op = "convTranspose";
  checkOptions(op, options, ["strides", "padding", "outputPadding", "dilation", "groups"]);
  const [a, b, c] = promoteAll(op, bias ? [x, w, bias] : [x, w]) as [Tensor, Tensor, Tensor?];
  const spatial = Math.max(0, a.rank - 2);
  const ones = filled(spatial, 1);
  const attrs: ConvTransposeAttrs = {
    strides: requirePositives(op, "strides", options.strides ?? ones, spatial),
    padding: requirePairs(op, "padding", options.padding ?? ones.map(() => [0, 0] as const), spatial, true),
    outputPadding: requireCounts(op, "outputPadding", options.outputPadding ?? ones.map(() => 0), spatial),
    dilation: requirePositives(op, "dilation", options.dilation ?? ones, spatial),
    groups: requirePositive(op, "groups", options.groups ?? 1),
  };
  return bind(convTransposeOp, [a, b, c ?? null], attrs)[0];
}
