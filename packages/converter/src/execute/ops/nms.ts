// Non-maximum suppression on the host: greedy by score, per batch and class, ties to the lower box index.
import type { Call } from "../call.js";
import { hostInts, HostTensor } from "../host.js";

type Box = readonly [y1: number, x1: number, y2: number, x2: number];

function corners(b: readonly number[], center: boolean): Box {
  const [a, d, e, f] = b as [number, number, number, number];
  if (center) return [d - f / 2, a - e / 2, d + f / 2, a + e / 2];
  return [Math.min(a, e), Math.min(d, f), Math.max(a, e), Math.max(d, f)];
}

/** Intersection over union. */
function overlap(p: Box, q: Box): number {
  const height = Math.min(p[2], q[2]) - Math.max(p[0], q[0]);
  const width = Math.min(p[3], q[3]) - Math.max(p[1], q[1]);
  if (height <= 0 || width <= 0) return 0;
  const shared = height * width;
  const area = (b: Box) => (b[2] - b[0]) * (b[3] - b[1]);
  const union = area(p) + area(q) - shared;
  return union <= 0 ? 0 : shared / union;
}

/** Rows `[batch, class, box]` of the boxes that are kept. */
export function nonMaxSuppression(c: Call<"NonMaxSuppression">): HostTensor {
  const boxes = c.host(0);
  const scores = c.host(1);
  const [batches, count] = boxes.shape as [number, number];
  const classes = scores.shape[1]!;
  const limit = c.has(2) ? c.scalar(2) : 0;
  const iouLimit = c.has(3) ? c.scalar(3) : 0;
  const scoreLimit = c.has(4) ? c.scalar(4) : -Infinity;
  const coordinates = boxes.numbers();
  const values = scores.numbers();
  const rows: number[] = [];
  let total = 0;
  for (let b = 0; b < batches; b++) {
    const all = Array.from({ length: count }, (_, i) => {
      const at = (b * count + i) * 4;
      return corners(coordinates.slice(at, at + 4), c.attrs.center_point_box !== 0);
    });
    for (let k = 0; k < classes; k++) {
      const score = (i: number) => values[(b * classes + k) * count + i]!;
      const order = all.map((_, i) => i).filter((i) => score(i) > scoreLimit || scoreLimit === -Infinity);
      order.sort((i, j) => score(j) - score(i) || i - j);
      const kept: number[] = [];
      for (const i of order) {
        if (kept.length >= limit) break;
        if (kept.every((j) => overlap(all[i]!, all[j]!) <= iouLimit)) kept.push(i);
      }
      for (const i of kept) rows.push(b, k, i);
      total += kept.length;
    }
  }
  return hostInts(rows, [total, 3]);
}
