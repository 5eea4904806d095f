// groupNorm and instanceNorm: standardised over groups of channels of x [N, C, ...] and all spatial axes.
import { bind } from "../../../dispatch/bind.js";
import { checkOptions } from "../../../errors.js";
import type { Tensor } from "../../../tensor/tensor.js";
import { sizeOf } from "../../../tensor/view.js";
import { shapeError } from "../../infer.js";
import { mul } from "../../prims/binary.js";
import { reshape } from "../../prims/movement.js";
import { sum } from "../../prims/reduce.js";
import { cast } from "../../prims/select.js";
import { defineOp, type Op } from "../../table.js";
import { requireNonNegativeNumber, requirePositive } from "../common/arguments.js";
import { alongAxis, otherAxes } from "../common/shapes.js";
import {
  affine,
  channelsOf,
  requireParameters,
  standardise,
  standardiseGrad,
  widen,
  type NormEntry,
} from "./common.js";

interface GroupNormAttrs {
  readonly groups: number;
  readonly eps: number;
}
declare module "../../table.js" {
  interface OpTable {
    groupNorm: NormEntry<GroupNormAttrs>;
    instanceNorm: NormEntry<{ readonly eps: number }>;
  }
}

/** x as `[N, groups, everything of a group]`. */
function grouped(x: Tensor, groups: number): Tensor {
  const each = sizeOf(x.shape.slice(1)) / groups;
  return reshape(x, [x.shape[0]!, groups, each]);
}

function forward(
  x: Tensor,
  scale: Tensor | null,
  bias: Tensor | null,
  { groups, eps }: GroupNormAttrs,
): Tensor {
  const { xhat } = standardise(grouped(widen(x, [scale, bias]), groups), [2], eps);
  const y = affine(reshape(xhat, x.shape), scale, bias, alongAxis(x.rank, 1, x.shape[1]!));
  return cast(y, x.dtype);
}

type Grads = readonly [Tensor | null, Tensor | null, Tensor | null];

function backward(
  [x, scale, bias]: readonly [Tensor, Tensor | null, Tensor | null],
  { groups, eps }: GroupNormAttrs,
  g: Tensor | null,
  needs: readonly boolean[],
): Grads {
  if (g === null) return [null, null, null];
  const v = widen(x, [scale, bias]);
  const h = cast(g, v.dtype);
  const rest = otherAxes(x.rank, [1]);
  const s = standardise(grouped(v, groups), [2], eps);
  const inner = scale ? mul(h, reshape(cast(scale, v.dtype), alongAxis(x.rank, 1, x.shape[1]!))) : h;
  return [
    needs[0] ? cast(reshape(standardiseGrad(grouped(inner, groups), s, [2]), x.shape), x.dtype) : null,
    scale && needs[1] ? cast(sum(mul(h, reshape(s.xhat, x.shape)), rest), scale.dtype) : null,
    bias && needs[2] ? cast(sum(h, rest), bias.dtype) : null,
  ];
}

/** The `groupNorm` composite. */
export const groupNormOp: Op<"groupNorm"> = defineOp("groupNorm", {
  saves: "inputs",
  infer: ([x, scale, bias], { groups }) => {
    const channels = channelsOf("groupNorm", x, 1);
    if (channels % groups !== 0) {
      const hint = "the number of groups must divide the number of channels";
      throw shapeError("groupNorm", `${channels} channels do not divide into ${groups} groups`, [x], hint);
    }
    requireParameters("groupNorm", x, { scale, bias }, [channels]);
    return [x];
  },
  decompose: ([x, scale, bias], attrs) => [forward(x, scale, bias, attrs)],
  vjp: ({ inputs, attrs, grads: [g], needs }) => backward(inputs, attrs, g, needs),
});

/** The `instanceNorm` composite. */
export const instanceNormOp: Op<"instanceNorm"> = defineOp("instanceNorm", {
  saves: "inputs",
  infer: ([x, scale, bias]) => {
    requireParameters("instanceNorm", x, { scale, bias }, [channelsOf("instanceNorm", x, 1)]);
    return [x];
  },
  decompose: ([x, scale, bias], { eps }) => [forward(x, scale, bias, { groups: x.shape[1]!, eps })],
  vjp: ({ inputs, attrs: { eps }, grads: [g], needs }) =>
    backward(inputs, { groups: inputs[0].shape[1]!, eps }, g, needs),
});

/**
 * x `[N, C, ...]` standardised over each of `groups` groups of channels and all spatial axes, then ·scale +
 * bias `[C]`; `eps` (default 1e-5) is added to the variance. The result has x's shape and dtype.
 * @throws {ShapeError} when `groups` does not divide C, x has no channels, or scale or bias is not `[C]`
 * @throws {DTypeError} unless x, scale and bias are of float dtypes
 * @throws {ArgumentError} when `groups` is not a positive integer, `eps` is negative or NaN, or an option is
 *   unknown
 * @see Wu and He 2018, https://arxiv.org/abs/1803.08494, torch.nn.functional.group_norm, ONNX
 *   GroupNormalization
 */
export function groupNorm(
  x: Tensor,
  scale: Tensor | null,
  bias: Tensor | null,
  options: { readonly groups: number; readonly eps?: number },
): Tensor {
  checkOptions("groupNorm", options, ["groups", "eps"]);
  const groups = requirePositive("groupNorm", "groups", options.groups);
  const eps = requireNonNegativeNumber("groupNorm", "eps", options.eps ?? 1e-5);
  return bind(groupNormOp, [x, scale, bias], { groups, eps })[0];
}

/**
 * x `[N, C, ...]` standardised over the spatial axes of each sample and channel, then ·scale + bias `[C]`;
 * `eps` (default 1e-5) is added to the variance. The result has x's shape and dtype.
 * @throws {ShapeError} when x has no channels, or scale or bias is not `[C]`
 * @throws {DTypeError} unless x, scale and bias are of float dtypes
 * @throws {ArgumentError} when `eps` is negative or NaN, or an option is unknown
 * @see Ulyanov et al. 2016, https://arxiv.org/abs/1607.08022, torch.nn.functional.instance_norm, ONNX
 *   InstanceNormalization
 */
export function instanceNorm(
  x: Tensor,
  scale: Tensor | null = null,
  bias: Tensor | null = null,
  options: { readonly eps?: number } = {},
): Tensor {
  checkOptions("instanceNorm", options, ["eps"]);
  const eps = requireNonNegativeNumber("instanceNorm", "eps", options.eps ?? 1e-5);
  return bind(instanceNormOp, [x, scale, bias], { eps })[0];
}
