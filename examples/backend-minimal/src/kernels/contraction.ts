// matmul and conv.
import type { ConvAttrs } from "@isoform/core";
import type { DeviceView } from "../device.js";
import { arithmeticOf, count, indices, load, rowMajor, store, type Value } from "../elements.js";

export function matmul(a: DeviceView, b: DeviceView, out: DeviceView): void {
  const { zero, add, mul } = arithmeticOf(a.dtype);
  const [m, k] = a.shape.slice(-2) as [number, number];
  const n = b.shape.at(-1)!;
  const [x, y] = [load(a), load(b)];
  const batches = count(a.shape.slice(0, -2));
  const result: Value[] = [];
  for (let batch = 0; batch < batches; batch++) {
    for (let i = 0; i < m; i++) {
      for (let j = 0; j < n; j++) {
        let total = zero;
        for (let p = 0; p < k; p++)
          total = add(total, mul(x[(batch * m + i) * k + p]!, y[(batch * k + p) * n + j]!));
        result.push(total);
      }
    }
  }
  store(out, result);
}

/** Where an output and a kernel position meet the input along one axis, or −1 in padding and between elements. */
function meets(at: number, tap: number, axis: number, size: number, attrs: ConvAttrs): number {
  const place = at * attrs.strides[axis]! + tap * attrs.rhsDilation[axis]! - attrs.padding[axis]![0];
  const dilation = attrs.lhsDilation[axis]!;
  if (place < 0 || place % dilation !== 0) return -1;
  return place / dilation < size ? place / dilation : -1;
}

export function conv(x: DeviceView, w: DeviceView, out: DeviceView, attrs: ConvAttrs): void {
  const { zero, add, mul } = arithmeticOf(x.dtype);
  const [batch, channels, ...size] = x.shape as [number, number, ...number[]];
  const [filters, perGroup, ...kernel] = w.shape as [number, number, ...number[]];
  const [input, weights] = [load(x), load(w)];
  const [inputSize, taps] = [count(size), indices(kernel)];
  const steps = rowMajor(size);
  // For every output position, the input place and the tap of each product: the same for all images and filters.
  const pairs = indices(out.shape.slice(2)).map((at) =>
    taps.flatMap((tap, t) => {
      const places = tap.map((p, axis) => meets(at[axis]!, p, axis, size[axis]!, attrs));
      return places.includes(-1) ? [] : [[places.reduce((s, p, i) => s + p * steps[i]!, 0), t] as const];
    }),
  );
  const result: Value[] = [];
  for (let b = 0; b < batch; b++) {
    for (let f = 0; f < filters; f++) {
      const group = Math.floor(f / (filters / attrs.groups));
      for (const position of pairs) {
        let total = zero;
        for (let c = 0; c < perGroup; c++) {
          const from = (b * channels + group * perGroup + c) * inputSize;
          const at = (f * perGroup + c) * taps.length;
          for (const [place, tap] of position)
            total = add(total, mul(input[from + place]!, weights[at + tap]!));
        }
        result.push(total);
      }
    }
  }
  store(out, result);
}
