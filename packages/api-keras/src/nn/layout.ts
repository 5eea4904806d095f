// Keras keeps channels last, core works with channels second: the change is a view.
import * as core from "@isoform/core";
import type { DataFormat } from "../session.js";

/** x as `[N, C, ...spatial]`. */
export function channelsSecond(x: core.Tensor, format: DataFormat): core.Tensor {
  if (format === "channels_first" || x.rank < 3) return x;
  return core.transpose(x, [0, x.rank - 1, ...spatialAxes(x.rank, 1)]);
}

/** The inverse of `channelsSecond`. */
export function channelsBack(x: core.Tensor, format: DataFormat): core.Tensor {
  if (format === "channels_first" || x.rank < 3) return x;
  return core.transpose(x, [0, ...spatialAxes(x.rank, 2), 1]);
}

/** Axes of the spatial sizes from the first one on. */
function spatialAxes(rank: number, first: number): number[] {
  return Array.from({ length: rank - 2 }, (_, i) => i + first);
}

/** The axis of the channels: last, or second. */
export function channelAxis(format: DataFormat): number {
  return format === "channels_last" ? -1 : 1;
}

/** Spatial axes of a tensor of a rank. */
export function spatialOf(rank: number, format: DataFormat): number[] {
  return spatialAxes(rank, format === "channels_last" ? 1 : 2);
}
