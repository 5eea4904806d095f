// Resampling and rearrangement of images in torch.nn.functional.
import * as core from "@isoform/core";
import type { Tensor as CoreTensor } from "@isoform/core";
import { asTensor, type Tensor } from "../../tensor/tensor.js";
import { tuple, type Size } from "./conv.js";

/** Options of `interpolate`. */
export interface InterpolateOptions {
  readonly size?: number | readonly number[] | null;
  readonly scaleFactor?: number | readonly number[] | null;
  readonly mode?: "nearest" | "nearest-exact" | "linear" | "bilinear" | "trilinear" | "bicubic";
  readonly alignCorners?: boolean | null;
}

/** Resizes the spatial axes of `[N, C, …]` by size or by factor. Bicubic uses a = −0.75, as PyTorch. */
export function interpolate(x: CoreTensor, options: InterpolateOptions): Tensor {
  core.checkOptions("interpolate", options, ["size", "scaleFactor", "mode", "alignCorners"]);
  const { size = null, scaleFactor = null, mode = "nearest", alignCorners = false } = options;
  const n = x.rank - 2;
  const spatial = x.shape.slice(2);
  if ((size === null) === (scaleFactor === null)) {
    throw new core.ArgumentError("give either size or scaleFactor", {
      code: "argument/size-or-scale",
      op: "interpolate",
    });
  }
  const factors =
    scaleFactor === null
      ? null
      : typeof scaleFactor === "number"
        ? spatial.map(() => scaleFactor)
        : scaleFactor;
  const sizes =
    size === null
      ? spatial.map((s, i) => Math.floor(s * factors![i]!))
      : tuple("interpolate", "size", size, n);
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

/** `[N, C·r², H, W]` to `[N, C, H·r, W·r]`. */
export function pixelShuffle(x: CoreTensor, upscaleFactor: number): Tensor {
  return asTensor(core.pixelShuffle(x, upscaleFactor));
}
/** `[N, C, H·r, W·r]` to `[N, C·r², H, W]`. */
export function pixelUnshuffle(x: CoreTensor, downscaleFactor: number): Tensor {
  return asTensor(core.pixelUnshuffle(x, downscaleFactor));
}
/** Interleaves the channels of `groups` groups. */
export function channelShuffle(x: CoreTensor, groups: number): Tensor {
  const [n, c, ...rest] = x.shape as [number, number, ...number[]];
  const split = core.reshape(x, [n, groups, c / groups, ...rest]);
  return asTensor(core.reshape(core.swapaxes(split, 1, 2), x.shape));
}

/** Options of `unfold` and `fold`. */
export interface UnfoldFnOptions {
  readonly dilation?: Size;
  readonly padding?: Size;
  readonly stride?: Size;
}

function blocks(op: string, kernelSize: Size, o: UnfoldFnOptions) {
  return {
    window: tuple(op, "kernelSize", kernelSize, 2),
    strides: tuple(op, "stride", o.stride ?? 1, 2),
    dilation: tuple(op, "dilation", o.dilation ?? 1, 2),
    padding: tuple(op, "padding", o.padding ?? 0, 2).map((p): [number, number] => [p, p]),
  };
}
/** Sliding blocks of `[N, C, H, W]` as columns `[N, C·kH·kW, L]`. */
export function unfold(x: CoreTensor, kernelSize: Size, options: UnfoldFnOptions = {}): Tensor {
  core.checkOptions("unfold", options, ["dilation", "padding", "stride"]);
  return asTensor(core.unfold(x, blocks("unfold", kernelSize, options)));
}
/** Sums columns `[N, C·kH·kW, L]` back to `[N, C, …outputSize]`; the adjoint of `unfold`. */
export function fold(
  x: CoreTensor,
  outputSize: Size,
  kernelSize: Size,
  options: UnfoldFnOptions = {},
): Tensor {
  core.checkOptions("fold", options, ["dilation", "padding", "stride"]);
  const outputSpatial = tuple("fold", "outputSize", outputSize, 2);
  return asTensor(core.fold(x, { ...blocks("fold", kernelSize, options), outputSpatial }));
}
