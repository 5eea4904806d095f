// Resampling and detection.
import * as core from "@isoform/core";
import type { Tensor } from "@isoform/core";
import type { IMAGE_OPS } from "../../ir/ops/image.js";
import { missing, type Call, type OpRuns } from "../call.js";
import { nonMaxSuppression } from "./nms.js";
import { gridSample } from "./sampling.js";
import { resize } from "./resize.js";

/** Sampling positions in −1…1 for every output pixel, from affine matrices [N, d, d+1]. */
function affineGrid(c: Call<"AffineGrid">): Tensor {
  const theta = c.t(0);
  const spatial = c.ints(1).slice(2);
  const d = spatial.length;
  const coordinate = (axis: number): Tensor => {
    const n = spatial[axis]!;
    const index = core.cast(core.iota(spatial, axis), theta.dtype);
    if (c.attrs.align_corners)
      return n === 1 ? core.zerosLike(index) : core.sub(core.mul(index, 2 / (n - 1)), 1);
    return core.sub(core.mul(core.add(index, 0.5), 2 / n), 1);
  };
  const columns = [
    ...Array.from({ length: d }, (_, i) => coordinate(d - 1 - i)),
    core.ones(spatial, theta.dtype),
  ];
  const points = core.reshape(core.stack(columns, d), [1, core.sizeOf(spatial), d + 1]);
  const grid = core.matmul(points, core.swapLast(theta));
  return core.reshape(grid, [theta.shape[0]!, ...spatial, d]);
}

/** Resampling and detection. */
export const IMAGE: OpRuns<keyof typeof IMAGE_OPS> = {
  AffineGrid: { host: [1], run: affineGrid },
  GridSample: { run: gridSample },
  ImageDecoder: missing("image decoding does not run"),
  NonMaxSuppression: { host: "all", run: nonMaxSuppression },
  Resize: { host: [1, 2, 3], run: resize },
};
