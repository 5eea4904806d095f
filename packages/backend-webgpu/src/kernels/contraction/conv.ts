// Convolutions: which kernel computes which.
import { dtypeKind, sizeOf, type ConvAttrs } from "@isoform/core";
import type { Runner } from "../../wgsl/kernel.js";
import { mapElements } from "../pointwise.js";
import type { GpuView } from "../view.js";
import { directConvolution } from "./conv-direct.js";
import { convolutionOf, phases, placesOf, termsOf, type Convolution } from "./conv-geometry.js";
import { longConvolution } from "./conv-long.js";
import { productConvolution } from "./conv-product.js";
import { runProduct } from "./matmul.js";
import { SMALL_IN_SOFTWARE } from "./plain.js";

/** Computes a convolution. */
export function convolve(runner: Runner, x: GpuView, w: GpuView, out: GpuView, attrs: ConvAttrs): void {
  if (sizeOf(out.shape) === 0) return;
  const whole = convolutionOf(x, w, out, attrs);
  const parts = dtypeKind(x.dtype) === "float" ? phases(whole) : null;
  if (parts === null) return directConvolution(runner, whole);
  if (parts.length === 1 && parts[0]!.whole) return plainConvolution(runner, whole);
  if (out.dtype === "float32") {
    for (const part of parts) plainConvolution(runner, part);
    return;
  }
  // Parts of words cannot be written apart.
  const buffer = runner.scratch(sizeOf(out.shape) * 4);
  const between: GpuView = { ...out, dtype: "float32", buffer };
  for (const part of parts)
    plainConvolution(runner, { ...part, out: { ...between, offset: part.out.offset } });
  mapElements(runner, "cast", [between], out, (v) => v);
  runner.release(buffer);
}

/** Which kernel computes a convolution of floats; the first whose condition holds. */
const RULES: readonly {
  readonly run: (runner: Runner, g: Convolution) => void;
  readonly when: (g: Convolution, results: number, terms: number) => boolean;
}[] = [
  { run: pointwise, when: isProduct },
  {
    run: longConvolution,
    when: (g, results, terms) =>
      g.whole && terms >= 512 && results <= 4096 && (g.outputs < 8 || g.batch * placesOf(g) < 8),
  },
  { run: directConvolution, when: (g, _, terms) => g.outputs < 8 || terms <= 8 },
  { run: (runner, g) => productConvolution(runner, g), when: () => true },
];

function plainConvolution(runner: Runner, g: Convolution): void {
  const results = g.batch * g.groups * g.outputs * placesOf(g);
  const terms = termsOf(g);
  if (runner.limits.software && results * terms <= SMALL_IN_SOFTWARE) return directConvolution(runner, g);
  RULES.find((rule) => rule.when(g, results, terms))!.run(runner, g);
}

/** The input's stride from place to place if there is one and no place is outside, else null. */
function placeStride(g: Convolution): number | null {
  const inside = (a: Convolution["axes"][number]): boolean =>
    a.kernel === 1 && a.low <= 0 && (a.places - 1) * a.stride - a.low < a.size;
  if (!g.axes.every(inside)) return null;
  const busy = g.axes.filter((a) => a.places > 1);
  const step = (i: number): number => busy[i]!.stride * busy[i]!.x;
  const even = busy.every((_, i) => i === busy.length - 1 || step(i) === step(i + 1) * busy[i + 1]!.places);
  return even ? (busy.length > 0 ? step(busy.length - 1) : 1) : null;
}

/** Whether it is a product of matrices that are there: kernels of one element, and no padding. */
function isProduct(g: Convolution): boolean {
  if (!g.whole || placeStride(g) === null) return false;
  const places = placesOf(g);
  return g.outputs >= 8 && (places >= 64 || g.batch === 1 || (places === 1 && g.groups === 1));
}

function pointwise(runner: Runner, g: Convolution): void {
  const places = placesOf(g);
  const { groups, batch, channels, outputs } = g;
  const start = g.axes.reduce((sum, a) => sum - a.low * a.x, g.x.offset);
  if (places === 1 && groups === 1) {
    return runProduct(runner, {
      a: { ...g.x, offset: start, shape: [batch, channels], strides: [g.xBatch, g.xChannel] },
      b: { ...g.w, shape: [channels, outputs], strides: [g.wChannel, g.wOutput] },
      out: { ...g.out, shape: [batch, outputs], strides: [outputs, 1] },
    });
  }
  const lead = [batch, groups];
  const shape = [...lead, outputs, places];
  runProduct(runner, {
    a: {
      ...g.w,
      shape: [...lead, outputs, channels],
      strides: [0, outputs * g.wOutput, g.wOutput, g.wChannel],
    },
    b: {
      ...g.x,
      offset: start,
      shape: [...lead, channels, places],
      strides: [g.xBatch, channels * g.xChannel, g.xChannel, placeStride(g)!],
    },
    out: { ...g.out, shape, strides: [groups * outputs * places, outputs * places, places, 1] },
  });
}
