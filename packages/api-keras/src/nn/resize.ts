// Resizing as Keras on TensorFlow does it: half-pixel centres, bicubic with a = −0.5, no antialiasing.
import * as core from "@isoform/core";
import { UnsupportedOpError, type Tensor } from "@isoform/core";
import { oneOf } from "../config/options.js";
import type { DataFormat } from "../session.js";
import { channelsBack, channelsSecond } from "./layout.js";

/** Methods of Keras; lanczos is not implemented. */
export type Interpolation = "nearest" | "bilinear" | "bicubic" | "lanczos3" | "lanczos5";
const KNOWN = ["nearest", "bilinear", "bicubic", "lanczos3", "lanczos5"] as const;

/** A checked method. @throws {ArgumentError}, UnsupportedOpError for lanczos */
export function standardizeInterpolation(owner: string, name: Interpolation): Interpolation {
  const found = oneOf(owner, "interpolation", name, KNOWN);
  if (!found.startsWith("lanczos")) return found;
  throw new UnsupportedOpError(`${found} is not implemented`, {
    code: "op/unsupported",
    op: owner,
    hint: "use bilinear or bicubic",
  });
}

/** Images `[batch, height, width, channels]` (or channels first) with other spatial sizes. */
export function resizeImages(
  x: Tensor,
  size: readonly number[],
  method: Interpolation,
  format: DataFormat,
): Tensor {
  const inner = channelsSecond(
    core.isFloat(x.dtype) || method === "nearest" ? x : core.cast(x, "float32"),
    format,
  );
  const y =
    method === "nearest"
      ? core.resize(inner, { size, mode: "nearest", coordinates: "tf_half_pixel_for_nn", nearest: "floor" })
      : method === "bilinear"
        ? core.resize(inner, { size, mode: "linear", coordinates: "half_pixel" })
        : core.resize(inner, {
            size,
            mode: "cubic",
            coordinates: "half_pixel",
            cubicCoeff: -0.5,
            excludeOutside: true,
          });
  return channelsBack(y, format);
}
