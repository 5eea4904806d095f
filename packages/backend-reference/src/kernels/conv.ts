// conv: n-d cross-correlation with strides, padding, two-sided dilation and groups. Floats accumulate in float64.
import { isFloat, sizeOf, type ConvAttrs, type Kernels } from "@isoform/core";
import type { Access } from "../elements.js";
import { inDomain, type Elements } from "./domain.js";
import { windowPlaces } from "./window-places.js";

interface Layout {
  readonly batch: number;
  readonly outputs: number;
  /** Input channels per group, output channels per group, and all input channels. */
  readonly perGroup: number;
  readonly outputsPerGroup: number;
  readonly channels: number;
  /** Elements of the kernel's, the input's and the output's spatial axes. */
  readonly kernel: number;
  readonly inner: number;
  readonly positions: number;
}

/** The convolution kernel. */
export function convKernels<B>(access: Access<B>): Pick<Kernels<B>, "conv"> {
  return {
    conv(x, w, out, attrs: ConvAttrs) {
      const layout: Layout = {
        batch: x.shape[0]!,
        outputs: w.shape[0]!,
        perGroup: w.shape[1]!,
        outputsPerGroup: w.shape[0]! / attrs.groups,
        channels: x.shape[1]!,
        kernel: sizeOf(w.shape.slice(2)),
        inner: sizeOf(x.shape.slice(2)),
        positions: sizeOf(out.shape.slice(2)),
      };
      const places = windowPlaces({
        input: x.shape.slice(2),
        output: out.shape.slice(2),
        window: w.shape.slice(2),
        strides: attrs.strides,
        padding: attrs.padding,
        dilation: attrs.rhsDilation,
        inputDilation: attrs.lhsDilation,
      });
      if (isFloat(x.dtype)) {
        access.storeNumbers(out, floatConv(access.numbers(x), access.numbers(w), places, layout));
        return;
      }
      inDomain(access, x.dtype, (d) => {
        const result = d.make(sizeOf(out.shape));
        correlate(d.load(x), d.load(w), result, d.add, d.mul, places, layout);
        d.store(out, result);
      });
    },
  };
}

function floatConv(x: Float64Array, w: Float64Array, places: Int32Array, l: Layout): Float64Array {
  const out = new Float64Array(l.batch * l.outputs * l.positions);
  forEachTap(l, (xStart, wAt, outStart, k) => {
    const factor = w[wAt]!;
    const from = k * l.positions;
    for (let p = 0; p < l.positions; p++) {
      const at = places[from + p]!;
      if (at >= 0) out[outStart + p] = out[outStart + p]! + factor * x[xStart + at]!;
    }
  });
  return out;
}

function correlate<T>(
  x: Elements<T>,
  w: Elements<T>,
  out: Elements<T>,
  add: (a: T, b: T) => T,
  mul: (a: T, b: T) => T,
  places: Int32Array,
  l: Layout,
): void {
  forEachTap(l, (xStart, wAt, outStart, k) => {
    for (let p = 0; p < l.positions; p++) {
      const at = places[k * l.positions + p]!;
      if (at >= 0) out[outStart + p] = add(out[outStart + p]!, mul(w[wAt]!, x[xStart + at]!));
    }
  });
}

/** Visits every (image, output channel, input channel of its group, kernel element). */
function forEachTap(
  l: Layout,
  visit: (xStart: number, wAt: number, outStart: number, k: number) => void,
): void {
  for (let n = 0; n < l.batch; n++) {
    for (let o = 0; o < l.outputs; o++) {
      const group = Math.floor(o / l.outputsPerGroup);
      for (let c = 0; c < l.perGroup; c++) {
        const xStart = (n * l.channels + group * l.perGroup + c) * l.inner;
        for (let k = 0; k < l.kernel; k++) {
          visit(xStart, (o * l.perGroup + c) * l.kernel + k, (n * l.outputs + o) * l.positions, k);
        }
      }
    }
  }
}
