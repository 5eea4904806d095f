// Sampling feature maps at fractional positions: GridSample and deformable convolution.
import * as core from "@isoform/core";
import type { Tensor } from "@isoform/core";
import type { Call } from "../call.js";
import { resolveWindow } from "./window.js";

/** How positions outside the map are treated. */
type Outside = "zeros" | "border" | "reflection";

/** Reads x [N, C, S] at integer positions per axis (each [N, O]); positions outside give 0 unless moved inside. */
function readAt(
  x: Tensor,
  sizes: readonly number[],
  index: readonly Tensor[],
  outside: Outside,
  align: boolean,
): Tensor {
  let flat: Tensor | null = null;
  let inside: Tensor | null = null;
  index.forEach((given, d) => {
    const n = sizes[d]!;
    let i = given;
    if (outside === "reflection") i = core.round(reflect(i, n, align));
    if (outside === "zeros") {
      const ok = core.and(core.ge(i, 0), core.le(i, n - 1));
      inside = inside === null ? ok : core.and(inside, ok);
    }
    const at = core.clip(i, 0, n - 1);
    flat = flat === null ? at : core.add(core.mul(flat, n), at);
  });
  const [batch, channels] = x.shape as [number, number, number];
  const places = core.cast(flat!, "int64");
  const count = places.shape[1]!;
  const spread = core.broadcastTo(core.reshape(places, [batch, 1, count]), [batch, channels, count]);
  const values = core.gatherElements(x, spread, 2);
  if (inside === null) return values;
  const kept: Tensor = inside;
  return core.mul(values, core.cast(core.reshape(kept, [batch, 1, count]), x.dtype));
}

/** Mirrors positions at the border: at pixel centres when aligned, else half a pixel outside. */
function reflect(x: Tensor, n: number, align: boolean): Tensor {
  const low = align ? 0 : -0.5;
  const span = align ? n - 1 : n;
  if (span === 0) return core.zerosLike(x);
  const away = core.abs(core.sub(x, low));
  const times = core.floor(core.div(away, span));
  const rest = core.sub(away, core.mul(times, span));
  const even = core.eq(core.sub(times, core.mul(core.floor(core.div(times, 2)), 2)), 0);
  return core.where(even, core.add(rest, low), core.sub(span + low, rest));
}

/** Multilinear interpolation of x [N, C, spatial] at positions per axis, each [N, O]. */
export function sampleLinear(
  x: Tensor,
  positions: readonly Tensor[],
  outside: Outside,
  align: boolean,
): Tensor {
  const sizes = x.shape.slice(2);
  const flat = core.reshape(x, [x.shape[0]!, x.shape[1]!, -1]);
  const base = positions.map((p) => core.floor(p));
  const fraction = positions.map((p, d) => core.sub(p, base[d]!));
  let sum: Tensor | null = null;
  for (let corner = 0; corner < 2 ** sizes.length; corner++) {
    let weight: Tensor | null = null;
    const index = base.map((b, d) => {
      const high = ((corner >> d) & 1) === 1;
      const w = high ? fraction[d]! : core.sub(core.onesLike(fraction[d]!), fraction[d]!);
      weight = weight === null ? w : core.mul(weight, w);
      return high ? core.add(b, 1) : b;
    });
    const values = readAt(flat, sizes, index, outside, align);
    const part = core.mul(values, core.reshape(weight!, [x.shape[0]!, 1, -1]));
    sum = sum === null ? part : core.add(sum, part);
  }
  return sum!;
}

/** Weights of the four taps of cubic interpolation, a = -0.75. */
function cubicWeights(t: Tensor): Tensor[] {
  const a = -0.75;
  const near = (d: Tensor) => {
    const d2 = core.mul(d, d);
    return core.add(core.sub(core.mul(core.mul(d2, d), a + 2), core.mul(d2, a + 3)), 1);
  };
  const far = (d: Tensor) => {
    const d2 = core.mul(d, d);
    const cubed = core.sub(core.mul(core.mul(d2, d), a), core.mul(d2, 5 * a));
    return core.sub(core.add(cubed, core.mul(d, 8 * a)), 4 * a);
  };
  const rest = core.sub(core.onesLike(t), t);
  return [far(core.add(t, 1)), near(t), near(rest), far(core.add(rest, 1))];
}

function sampleCubic(x: Tensor, positions: readonly Tensor[], outside: Outside, align: boolean): Tensor {
  const sizes = x.shape.slice(2);
  const [batch, channels] = x.shape as [number, number];
  const flat = core.reshape(x, [batch, channels, -1]);
  const base = positions.map((p) => core.floor(p));
  const weights = positions.map((p, d) => cubicWeights(core.sub(p, base[d]!)));
  let sum: Tensor | null = null;
  for (let tap = 0; tap < 4 ** sizes.length; tap++) {
    let weight: Tensor | null = null;
    const index = base.map((b, d) => {
      const k = (tap >> (2 * d)) & 3;
      const w = weights[d]![k]!;
      weight = weight === null ? w : core.mul(weight, w);
      return core.add(b, k - 1);
    });
    const part = core.mul(readAt(flat, sizes, index, outside, align), core.reshape(weight!, [batch, 1, -1]));
    sum = sum === null ? part : core.add(sum, part);
  }
  return sum!;
}

const OUTSIDE = new Map<string, Outside>([
  ["zeros", "zeros"],
  ["border", "border"],
  ["reflection", "reflection"],
]);

/** Samples X at the positions of a grid in -1…1; the last axis of the grid is x, y, z. */
export function gridSample(c: Call<"GridSample">): Tensor {
  const x = c.t(0);
  const grid = core.cast(c.t(1), x.dtype);
  const { align_corners: aligned, mode, padding_mode: padding } = c.attrs;
  const outside = OUTSIDE.get(padding);
  if (!outside) throw c.error(`padding mode ${JSON.stringify(padding)} is not known`);
  const align = aligned !== 0;
  const sizes = x.shape.slice(2);
  const rank = sizes.length;
  const batch = x.shape[0]!;
  const out = grid.shape.slice(1, -1);
  const positions = sizes.map((n, d) => {
    const k = rank - 1 - d;
    const g = core.reshape(core.sliceAxis(grid, grid.rank - 1, k, k + 1), [batch, -1]);
    const one = core.add(g, 1);
    const p = align ? core.mul(one, (n - 1) / 2) : core.div(core.sub(core.mul(one, n), 1), 2);
    if (mode === "cubic" || outside === "zeros") return p;
    return core.clip(outside === "reflection" ? reflect(p, n, align) : p, 0, n - 1);
  });
  const inner: Outside = mode === "cubic" ? outside : outside === "zeros" ? "zeros" : "border";
  let y: Tensor;
  if (mode === "cubic") y = sampleCubic(x, positions, inner, align);
  else if (mode === "nearest") {
    const flat = core.reshape(x, [batch, x.shape[1]!, -1]);
    y = readAt(flat, sizes, positions.map(core.round), inner, align);
  } else y = sampleLinear(x, positions, inner, align);
  return core.reshape(y, [batch, x.shape[1]!, ...out]);
}

/** Convolution whose taps are shifted by learnt offsets (Dai et al. 2017; masks: Zhu et al. 2019). */
export function deformConv(c: Call<"DeformConv">): Tensor {
  const x = c.t(0);
  const w = c.t(1);
  const offset = c.t(2);
  const { group, offset_group: offsetGroup } = c.attrs;
  const kernel = w.shape.slice(2);
  const sizes = x.shape.slice(2);
  const { strides, padding, dilation } = resolveWindow(sizes, kernel, c.attrs);
  const [batch, channels] = x.shape as [number, number];
  const out = offset.shape.slice(2);
  const count = core.sizeOf(out);
  const taps = core.sizeOf(kernel);
  const rank = kernel.length;
  const perGroup = channels / offsetGroup;
  const groups = Array.from({ length: offsetGroup }, (_, g) => {
    const part = core.sliceAxis(x, 1, g * perGroup, (g + 1) * perGroup);
    const columns = Array.from({ length: taps }, (_t, tap) => {
      let rest = tap;
      const at = kernel.map(() => 0);
      for (let d = rank - 1; d >= 0; d--) {
        at[d] = rest % kernel[d]!;
        rest = Math.floor(rest / kernel[d]!);
      }
      const positions = kernel.map((_k, d) => {
        const channel = (g * taps + tap) * rank + d;
        const shift = core.reshape(core.sliceAxis(offset, 1, channel, channel + 1), [batch, count]);
        const grid = core.cast(core.iota(out, d), x.dtype);
        const start = core.add(core.mul(grid, strides[d]!), at[d]! * dilation[d]! - padding[d]![0]);
        return core.add(shift, core.reshape(start, [1, count]));
      });
      const values = sampleLinear(part, positions, "zeros", true);
      if (!c.has(4)) return values;
      const channel = g * taps + tap;
      const mask = core.sliceAxis(c.t(4), 1, channel, channel + 1);
      return core.mul(values, core.reshape(mask, [batch, 1, count]));
    });
    return core.stack(columns, 2);
  });
  // [N, C, taps, O] times [O, C/g * taps] per group.
  const columns = core.concat(groups, 1);
  const inPer = channels / group;
  const outPer = w.shape[0]! / group;
  const parts = Array.from({ length: group }, (_, g) => {
    const cols = core.reshape(core.sliceAxis(columns, 1, g * inPer, (g + 1) * inPer), [
      batch,
      inPer * taps,
      count,
    ]);
    const rows = core.reshape(core.sliceAxis(w, 0, g * outPer, (g + 1) * outPer), [outPer, inPer * taps]);
    return core.matmul(rows, cols);
  });
  const y = core.reshape(core.concat(parts, 1), [batch, w.shape[0]!, ...out]);
  return c.has(3) ? core.add(y, core.reshape(c.t(3), [1, -1, ...out.map(() => 1)])) : y;
}
