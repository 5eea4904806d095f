// convolution: the primitive `conv` with a channel bias.
import { bind } from "../../../dispatch/bind.js";
import type { ConvAttrs } from "../../../runtime/backend.js";
import type { Tensor } from "../../../tensor/tensor.js";
import { promoteAll } from "../../broadcast.js";
import { requireOneDType, shapeError } from "../../infer.js";
import { add } from "../../prims/binary.js";
import { convOp, resolveConvOptions, type ConvOptions } from "../../prims/contraction.js";
import { reshape } from "../../prims/movement.js";
import { sum } from "../../prims/reduce.js";
import { defineOp, type Op, type TensorSpec } from "../../table.js";
import { alongAxis, otherAxes } from "../common/shapes.js";

declare module "../../table.js" {
  interface OpTable {
    convolution: {
      readonly tier: "comp";
      readonly in: readonly ["x", "w", "bias?"];
      readonly attrs: ConvAttrs;
    };
  }
}

/**
 * Refuses a bias that is neither null nor one number per output channel, in x's dtype.
 * @throws {DTypeError} when it has another dtype
 * @throws {ShapeError} unless it is `[channels]`
 */
export function requireChannelBias(
  op: string,
  x: TensorSpec,
  w: TensorSpec,
  bias: TensorSpec | null,
  channels: number,
): void {
  if (bias === null) return;
  requireOneDType(op, [x, bias]);
  if (bias.shape.length !== 1 || bias.shape[0] !== channels) {
    throw shapeError(op, "the bias does not fit the kernel", [x, w, bias], `the bias must be [${channels}]`);
  }
}

/** y plus one number per channel (axis 1). */
export function addChannelBias(y: Tensor, bias: Tensor | null): Tensor {
  return bias ? add(y, reshape(bias, alongAxis(y.rank, 1, bias.size))) : y;
}

/** Gradient of a channel bias. */
export function channelBiasGrad(g: Tensor): Tensor {
  return sum(g, otherAxes(g.rank, [1]));
}

/** The `convolution` composite. */
export const convolutionOp: Op<"convolution"> = defineOp("convolution", {
  saves: "inputs",
  infer: ([x, w, bias], attrs) => {
    const out = convOp.infer([x, w], attrs);
    requireChannelBias("convolution", x, w, bias, w.shape[0]!);
    return out;
  },
  decompose: ([x, w, bias], attrs) => [addChannelBias(bind(convOp, [x, w], attrs)[0], bias)],
  vjp: ({ inputs: [x, w, bias], outputs, attrs, grads, needs }) => {
    const [g] = grads;
    if (g === null) return [null, null, null];
    const [dx, dw] = convOp.vjp!({ inputs: [x, w], outputs, attrs, grads, needs });
    return [dx, dw, bias && needs[2] ? channelBiasGrad(g) : null];
  },
});

/**
 * Cross-correlation of x `[N, C, ...spatial]` with w `[O, C/groups, ...kernel]` plus `bias` `[O]` (or null):
 * what frameworks call convolution, for any number of spatial axes. Gives `[N, O, ...places]` as `conv`;
 * dtypes are promoted.
 * @throws {ShapeError} when ranks, channels, groups or bias do not fit, or the kernel is larger than the
 *   padded input
 * @throws {DTypeError} when all are bool
 * @throws {ArgumentError} unless strides, dilations and groups are positive integers and padding pairs of
 *   integers, one per spatial axis, or when an option is unknown
 * @see torch.nn.functional.conv2d, ONNX Conv
 */
export function convolution(
  x: Tensor,
  w: Tensor,
  bias: Tensor | null = null,
  options: ConvOptions = {},
): Tensor {
  const [a, b, c] = promoteAll("convolution", bias ? [x, w, bias] : [x, w]) as [Tensor, Tensor, Tensor?];
  const attrs = resolveConvOptions("convolution", Math.max(0, a.rank - 2), options);
  return bind(convolutionOp, [a, b, c ?? null], attrs)[0];
}
