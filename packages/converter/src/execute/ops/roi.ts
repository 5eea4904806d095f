// Region pooling on the host: RoiAlign (He et al. 2017) and MaxRoiPool (Girshick 2015).
import type { Call } from "../call.js";
import { checkHostSize, HostTensor } from "../host.js";

/** Bilinear weights of a point; nothing outside by more than one pixel. */
function bilinear(y: number, x: number, height: number, width: number): [number, number][] {
  if (y < -1 || y > height || x < -1 || x > width) return [];
  const top = Math.max(y, 0);
  const left = Math.max(x, 0);
  const y0 = Math.min(Math.floor(top), height - 1);
  const x0 = Math.min(Math.floor(left), width - 1);
  const y1 = Math.min(y0 + 1, height - 1);
  const x1 = Math.min(x0 + 1, width - 1);
  const ly = y0 >= height - 1 ? 0 : top - y0;
  const lx = x0 >= width - 1 ? 0 : left - x0;
  return [
    [y0 * width + x0, (1 - ly) * (1 - lx)],
    [y0 * width + x1, (1 - ly) * lx],
    [y1 * width + x0, ly * (1 - lx)],
    [y1 * width + x1, ly * lx],
  ];
}

/** Averages (or takes the maximum of) sampled points in every bin of every region. */
export function roiAlign(c: Call<"RoiAlign">): HostTensor {
  const { attrs } = c;
  const x = c.host(0);
  const [, channels, height, width] = x.shape as [number, number, number, number];
  const data = x.numbers();
  const rois = c.ints(1);
  const batches = c.ints(2);
  const count = batches.length;
  const { output_height: oh, output_width: ow, spatial_scale: scale, sampling_ratio: ratio } = attrs;
  const half = attrs.coordinate_transformation_mode === "half_pixel";
  const shift = half ? 0.5 : 0;
  checkHostSize(count * channels * oh * ow * Math.max(1, ratio) ** 2, c.node.op);
  const values: number[] = [];
  for (let r = 0; r < count; r++) {
    const [x1, y1, x2, y2] = rois.slice(r * 4, r * 4 + 4).map((v) => v * scale - shift) as [
      number,
      number,
      number,
      number,
    ];
    const w = half ? x2 - x1 : Math.max(x2 - x1, 1);
    const h = half ? y2 - y1 : Math.max(y2 - y1, 1);
    const [bh, bw] = [h / oh, w / ow];
    const [gh, gw] = [ratio > 0 ? ratio : Math.ceil(h / oh), ratio > 0 ? ratio : Math.ceil(w / ow)];
    checkHostSize(channels * oh * ow * gh * gw, c.node.op);
    for (let ch = 0; ch < channels; ch++) {
      const plane = (batches[r]! * channels + ch) * height * width;
      for (let py = 0; py < oh; py++) {
        for (let px = 0; px < ow; px++) {
          let sum = 0;
          let best = -Infinity;
          for (let iy = 0; iy < gh; iy++) {
            for (let ix = 0; ix < gw; ix++) {
              const taps = bilinear(
                y1 + py * bh + ((iy + 0.5) * bh) / gh,
                x1 + px * bw + ((ix + 0.5) * bw) / gw,
                height,
                width,
              );
              const parts = taps.map(([at, weight]) => weight * data[plane + at]!);
              sum += parts.reduce((a, b) => a + b, 0);
              best = Math.max(best, ...(parts.length > 0 ? parts : [0]));
            }
          }
          values.push(attrs.mode === "max" ? best : sum / Math.max(1, gh * gw));
        }
      }
    }
  }
  return new HostTensor(x.dtype, [count, channels, oh, ow], values.map(Math.fround));
}

/** The maximum of every bin of every region, bins rounded to whole pixels. */
export function maxRoiPool(c: Call<"MaxRoiPool">): HostTensor {
  const x = c.host(0);
  const [, channels, height, width] = x.shape as [number, number, number, number];
  const data = x.numbers();
  const rois = c.ints(1);
  const count = c.shape(1)[0]!;
  const [oh, ow] = c.attrs.pooled_shape as readonly [number, number];
  const values: number[] = [];
  checkHostSize(count * channels * oh * ow, c.node.op);
  for (let r = 0; r < count; r++) {
    const [batch, x1, y1, x2, y2] = rois
      .slice(r * 5, r * 5 + 5)
      .map((v, i) => (i === 0 ? v : Math.round(v * c.attrs.spatial_scale))) as [
      number,
      number,
      number,
      number,
      number,
    ];
    const h = Math.max(y2 - y1 + 1, 1);
    const w = Math.max(x2 - x1 + 1, 1);
    const range = (start: number, i: number, size: number, bins: number, limit: number) => [
      Math.min(Math.max(start + Math.floor((i * size) / bins), 0), limit),
      Math.min(Math.max(start + Math.ceil(((i + 1) * size) / bins), 0), limit),
    ];
    for (let ch = 0; ch < channels; ch++) {
      for (let py = 0; py < oh; py++) {
        for (let px = 0; px < ow; px++) {
          const [ys, ye] = range(y1, py, h, oh, height) as [number, number];
          const [xs, xe] = range(x1, px, w, ow, width) as [number, number];
          let best = ye > ys && xe > xs ? -Infinity : 0;
          for (let yy = ys; yy < ye; yy++) {
            for (let xx = xs; xx < xe; xx++)
              best = Math.max(best, data[((batch * channels + ch) * height + yy) * width + xx]!);
          }
          values.push(best);
        }
      }
    }
  }
  return new HostTensor(x.dtype, [count, channels, oh, ow], values);
}
