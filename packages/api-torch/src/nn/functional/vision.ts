// Resampling and rearrangement of images in torch.nn.functional.
import * as core from "@isoform/core";
import type { Tensor as CoreTensor } from "@isoform/core";
import {
  ABOVE_ZERO,
  checkOptions,
  checkValue,
  either,
  FLAG,
  listOf,
  oneOf,
  orNull,
  perAxis,
  POSITIVE,
  type Kind,
  type Kinds,
} from "../../checks.js";
import { checkTensors } from "../../tensor/arguments.js";
import { asTensor, type Tensor } from "../../tensor/tensor.js";
import { tuple, type Size } from "./conv.js";
import { inOrder, type InOrder } from "../../options.js";

/** Options of `interpolate`. */
export interface InterpolateOptions {
  readonly size?: number | readonly number[] | null;
  readonly scaleFactor?: number | readonly number[] | null;
  readonly mode?: "nearest" | "nearest-exact" | "linear" | "bilinear" | "trilinear" | "bicubic";
  readonly alignCorners?: boolean | null;
}

/** Numbers of spatial axes of the modes that are for one number only. */
const RANKS: Readonly<Record<string, number>> = { linear: 1, bilinear: 2, bicubic: 2, trilinear: 3 };

/**
 * Checks what does not depend on the tensor.
 * @throws {ArgumentError} for another mode, not exactly one of size and factor, or corners aligned without need
 */
export function checkInterpolation(op: string, options: InterpolateOptions): void {
  const numbers = (kind: Kind) => orNull(either(kind, listOf(kind, ""), `${kind.use}, or a list of them`));
  checkOptions(op, options, {
    size: numbers(POSITIVE),
    scaleFactor: numbers(ABOVE_ZERO),
    mode: oneOf("nearest", "nearest-exact", ...Object.keys(RANKS)),
    alignCorners: orNull(FLAG),
  });
  const { size = null, scaleFactor = null, mode = "nearest", alignCorners = null } = options;
  if ((size === null) === (scaleFactor === null)) {
    throw new core.ArgumentError("give either size or scaleFactor", {
      code: "argument/size-or-scale",
      op,
      hint: size === null ? "pass { size } or { scaleFactor }" : "leave out one of them",
    });
  }
  if (alignCorners !== null && RANKS[mode] === undefined) {
    throw new core.ArgumentError(`alignCorners is ${alignCorners} in mode '${mode}'`, {
      code: "argument/align-corners",
      op,
      hint: `leave it out, or use the mode ${Object.keys(RANKS).join(", ")}`,
    });
  }
}

/**
 * Resizes the spatial axes of `[N, C, …]` to `size`, or by `scaleFactor` to ⌊size·factor⌋; one number, or one
 * per axis. `mode` 'nearest' (default), 'nearest-exact', 'linear', 'bilinear', 'trilinear' or 'bicubic' (a =
 * −0.75, as PyTorch); `alignCorners` false.
 * @throws {ArgumentError} when not exactly one of size and factor is given, one is not positive or for other
 * axes, `alignCorners` is given in a nearest mode, or an option or the mode is unknown.
 * @throws {ShapeError} when a spatial axis is empty, or the mode is for another number of axes: 'linear' is for
 * one, 'bilinear' and 'bicubic' for two, 'trilinear' for three, the nearest ones for one to three.
 * @throws {DTypeError} when x is not float, in other modes than the nearest ones.
 * @throws {LifetimeError} when x was disposed.
 * @see torch.nn.functional.interpolate
 */
export function interpolate(x: CoreTensor, options: InterpolateOptions): Tensor {
  checkTensors("interpolate", { x });
  checkInterpolation("interpolate", options);
  const { size = null, scaleFactor = null, mode = "nearest", alignCorners = false } = options;
  const n = x.rank - 2;
  if (n < 1 || n > 3 || (RANKS[mode] ?? n) !== n) {
    const axes = RANKS[mode] === undefined ? "3, 4 or 5" : String(RANKS[mode] + 2);
    const hint = "pass [N, C, …]; 'linear' is for 3 axes, 'bilinear' and 'bicubic' for 4, 'trilinear' for 5";
    throw core.shapeError("interpolate", `mode '${mode}' needs ${axes} axes`, [x], hint);
  }
  const spatial = x.shape.slice(2);
  const each = (name: string, value: number | readonly number[], kind: Kind) => {
    const use = `${kind.use}, or ${n} of them`;
    checkValue("interpolate", name, value, either(kind, listOf(kind, use, n), use));
    return typeof value === "number" ? spatial.map(() => value) : [...value];
  };
  const factors = scaleFactor === null ? null : each("scaleFactor", scaleFactor, ABOVE_ZERO);
  const sizes =
    size === null ? spatial.map((s, i) => Math.floor(s * factors![i]!)) : each("size", size, POSITIVE);
  const kind = mode.startsWith("nearest") ? "nearest" : mode === "bicubic" ? "cubic" : "linear";
  const coordinates =
    mode === "nearest" ? "asymmetric" : kind !== "nearest" && alignCorners ? "align_corners" : "half_pixel";
  return asTensor(
    core.resize(x, {
      size: sizes,
      ...(factors ? { scale: factors } : {}),
      mode: kind,
      coordinates,
      nearest: mode === "nearest-exact" ? "round_prefer_ceil" : "floor",
      cubicCoeff: -0.75,
    }),
  );
}

/**
 * Channels to space, r = `upscaleFactor`: `[N, C·r², H, W] -> [N, C, H·r, W·r]`.
 * @throws {ShapeError} when x does not have 4 axes or its channels are no multiple of r².
 * @throws {ArgumentError} when the factor is not a positive integer.
 * @throws {LifetimeError} when x was disposed.
 * @see torch.nn.functional.pixel_shuffle, Shi et al. 2016, https://arxiv.org/abs/1609.05158
 */
export function pixelShuffle(x: CoreTensor, upscaleFactor: number): Tensor {
  return asTensor(core.pixelShuffle(x, upscaleFactor));
}
/**
 * Space to channels, r = `downscaleFactor`: `[N, C, H·r, W·r] -> [N, C·r², H, W]`.
 * @throws {ShapeError} when x does not have 4 axes or its sides are no multiples of r.
 * @throws {ArgumentError} when the factor is not a positive integer.
 * @throws {LifetimeError} when x was disposed.
 * @see torch.nn.functional.pixel_unshuffle
 */
export function pixelUnshuffle(x: CoreTensor, downscaleFactor: number): Tensor {
  return asTensor(core.pixelUnshuffle(x, downscaleFactor));
}
/**
 * Interleaves the channels of `groups` groups: `[N, C, …] -> [N, C, …]`.
 * @throws {ShapeError} when x has fewer than 3 axes or its channels are no multiple of `groups`.
 * @throws {ArgumentError} when `groups` is not a positive integer.
 * @throws {LifetimeError} when x was disposed.
 * @see torch.nn.functional.channel_shuffle, Zhang et al. 2017, https://arxiv.org/abs/1707.01083
 */
export function channelShuffle(x: CoreTensor, groups: number): Tensor {
  checkTensors("channelShuffle", { x });
  checkValue("channelShuffle", "groups", groups, POSITIVE);
  const [n, c, ...rest] = x.shape;
  if (n === undefined || c === undefined || rest.length === 0 || c % groups !== 0) {
    const hint = "pass [N, C, …] with a multiple of groups as C";
    throw core.shapeError("channelShuffle", `${groups} groups do not divide the channels`, [x], hint);
  }
  const split = core.reshape(x, [n, groups, c / groups, ...rest]);
  return asTensor(core.reshape(core.swapaxes(split, 1, 2), x.shape));
}

/** Options of `unfold` and `fold`. */
export interface UnfoldFnOptions {
  readonly dilation?: Size;
  readonly padding?: Size;
  readonly stride?: Size;
}

const PAIR = /* @__PURE__ */ perAxis(2);
/** Kinds of the options of `unfold` and `fold`. */
export const BLOCK_OPTIONS: Kinds = { dilation: PAIR, padding: PAIR, stride: PAIR };

function blocks(op: string, kernelSize: Size, o: UnfoldFnOptions) {
  return {
    window: tuple(op, "kernelSize", kernelSize, 2),
    strides: tuple(op, "stride", o.stride ?? 1, 2),
    dilation: tuple(op, "dilation", o.dilation ?? 1, 2),
    padding: tuple(op, "padding", o.padding ?? 0, 2).map((p): [number, number] => [p, p]),
  };
}
const BLOCKS = ["dilation", "padding", "stride"] as const;

/**
 * Sliding blocks of `[N, C, H, W]` as columns `[N, C·kH·kW, L]`, L the number of blocks. Options by default:
 * dilation 1, padding 0, stride 1.
 * @throws {ShapeError} when x does not have 4 axes or the kernel is larger than the padded image.
 * @throws {ArgumentError} when a size is out of range or for other axes, or an option is unknown.
 * @throws {DTypeError} when x is bool.
 * @throws {LifetimeError} when x was disposed.
 * @see torch.nn.functional.unfold
 */
export function unfold(
  x: CoreTensor,
  kernelSize: Size,
  ...given: InOrder<UnfoldFnOptions, typeof BLOCKS>
): Tensor {
  const options = inOrder<UnfoldFnOptions>("unfold", given, BLOCKS);
  checkOptions("unfold", options, BLOCK_OPTIONS);
  return asTensor(core.unfold(x, blocks("unfold", kernelSize, options)));
}
/**
 * Sums columns `[N, C·kH·kW, L]` back to `[N, C, …outputSize]`; the adjoint of `unfold`, with the same
 * options.
 * @throws {ShapeError} when x does not have the columns of this kernel and output.
 * @throws {ArgumentError} when a size is out of range or for other axes, or an option is unknown.
 * @throws {DTypeError} when x is bool.
 * @throws {LifetimeError} when x was disposed.
 * @see torch.nn.functional.fold
 */
export function fold(
  x: CoreTensor,
  outputSize: Size,
  kernelSize: Size,
  ...given: InOrder<UnfoldFnOptions, typeof BLOCKS>
): Tensor {
  const options = inOrder<UnfoldFnOptions>("fold", given, BLOCKS);
  checkOptions("fold", options, BLOCK_OPTIONS);
  const outputSpatial = tuple("fold", "outputSize", outputSize, 2);
  return asTensor(core.fold(x, { ...blocks("fold", kernelSize, options), outputSpatial }));
}
