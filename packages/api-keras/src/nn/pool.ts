// Pooling with Keras' paddings and layouts, on core's.
import * as core from "@isoform/core";
import { samePadding, type Tensor } from "@isoform/core";
import type { DataFormat } from "../session.js";
import { channelsBack, channelsSecond } from "./layout.js";

/** Attributes of pooling, one entry per spatial axis. */
export interface PoolSettings {
  readonly poolSize: readonly number[];
  readonly strides: readonly number[];
  readonly padding: "valid" | "same";
  readonly dataFormat: DataFormat;
}

/** Maximum or mean of windows. Padding of `"same"` does not count in the mean, as in TensorFlow. @throws {ShapeError} */
export function pool(kind: "max" | "avg", x: Tensor, s: PoolSettings): Tensor {
  const inner = channelsSecond(x, s.dataFormat);
  const options = {
    window: s.poolSize,
    strides: s.strides,
    padding: s.poolSize.map((k, i): readonly [number, number] =>
      s.padding === "same" ? samePadding(inner.shape[i + 2]!, k, s.strides[i]!) : [0, 0],
    ),
  };
  const y =
    kind === "max"
      ? core.maxPool(inner, options)
      : core.avgPool(inner, { ...options, countIncludePad: false });
  return channelsBack(y, s.dataFormat);
}

/** Windows as even as possible that give `size` results. */
export function adaptivePool(
  kind: "max" | "avg",
  x: Tensor,
  size: readonly number[],
  format: DataFormat,
): Tensor {
  const inner = channelsSecond(x, format);
  return channelsBack(
    kind === "max" ? core.adaptiveMaxPool(inner, size) : core.adaptiveAvgPool(inner, size),
    format,
  );
}
