// Convolutions and their transposes.
import * as core from "@isoform/core";
import { UnsupportedOpError, type Tensor } from "@isoform/core";
import type { CONV_OPS } from "../../ir/ops/conv.js";
import type { Call, OpRuns, Result } from "../call.js";
import { deformConv } from "./sampling.js";
import { resolveWindow } from "./window.js";

function conv(c: Call<"Conv">): Tensor {
  const x = c.t(0);
  const w = c.t(1);
  const { strides, padding, dilation } = resolveWindow(x.shape.slice(2), w.shape.slice(2), c.attrs);
  return core.convolution(x, w, c.opt(2), { strides, padding, rhsDilation: dilation, groups: c.attrs.group });
}

function convTranspose(c: Call<"ConvTranspose">): Tensor {
  const x = c.t(0);
  const w = c.t(1);
  const { attrs } = c;
  const kernel = w.shape.slice(2);
  const spatial = x.shape.slice(2);
  const strides = attrs.strides ?? kernel.map(() => 1);
  const dilation = attrs.dilations ?? kernel.map(() => 1);
  const outputPadding = [...(attrs.output_padding ?? kernel.map(() => 0))];
  const same = attrs.auto_pad === "SAME_UPPER" || attrs.auto_pad === "SAME_LOWER";
  const wanted =
    attrs.output_shape?.slice(-kernel.length) ?? (same ? spatial.map((n, i) => n * strides[i]!) : null);
  const padding = kernel.map((k, i): [number, number] => {
    if (wanted === null) {
      if (attrs.auto_pad === "VALID" || !attrs.pads) return [0, 0];
      return [attrs.pads[i]!, attrs.pads[i + kernel.length]!];
    }
    const total =
      strides[i]! * (spatial[i]! - 1) + outputPadding[i]! + (k - 1) * dilation[i]! + 1 - wanted[i]!;
    if (total < 0) {
      outputPadding[i]! -= total;
      return [0, 0];
    }
    const half = Math.floor(total / 2);
    return attrs.auto_pad === "SAME_UPPER" ? [half, total - half] : [total - half, half];
  });
  return core.convTranspose(x, w, c.opt(2), {
    strides,
    padding,
    outputPadding,
    dilation,
    groups: attrs.group,
  });
}

/** The inverse of im2col: sums the columns back into the image. */
function col2im(c: Call<"Col2Im">): Tensor {
  const image = c.ints(1);
  const block = c.ints(2);
  const { dilations, pads, strides } = c.attrs;
  const ones = block.map(() => 1);
  const low = block.map((_, i) => pads?.[i] ?? 0);
  const high = block.map((_, i) => pads?.[i + block.length] ?? 0);
  const padded = image.map((n, i) => n + low[i]! + high[i]!);
  const x = c.t(0);
  const [n, rows] = x.shape as [number, number];
  const channels = rows / core.sizeOf(block);
  const s = strides ?? ones;
  const d = dilations ?? ones;
  const out = padded.map((size, i) => Math.floor((size - (block[i]! - 1) * d[i]! - 1) / s[i]!) + 1);
  const blocks = core.reshape(x, [n, channels, core.sizeOf(block), ...out]);
  let sum: Tensor | null = null;
  for (let k = 0; k < core.sizeOf(block); k++) {
    let rest = k;
    const offset = block.map(() => 0);
    for (let i = block.length - 1; i >= 0; i--) {
      offset[i] = (rest % block[i]!) * d[i]!;
      rest = Math.floor(rest / block[i]!);
    }
    const tap = core.reshape(core.sliceAxis(blocks, 2, k, k + 1), [n, channels, ...out]);
    const spread = core.pad(tap, {
      low: [0, 0, ...offset],
      high: [0, 0, ...padded.map((size, i) => size - offset[i]! - ((out[i]! - 1) * s[i]! + 1))],
      interior: [0, 0, ...s.map((v) => v - 1)],
    });
    sum = sum === null ? spread : core.add(sum, spread);
  }
  if (sum === null)
    throw new UnsupportedOpError("the block is empty", { code: "execute/unsupported", op: "Col2Im" });
  const starts = [0, 0, ...low];
  return core.slice(
    sum,
    starts,
    starts.map((v, i) => v + (i < 2 ? sum.shape[i]! : image[i - 2]!)),
  );
}

/** Depthwise causal convolution that carries the last k-1 inputs from call to call (opset 27). */
function causalConv(c: Call<"CausalConvWithState">): Result {
  const x = c.t(0);
  const w = c.t(1);
  const k = w.shape[2]!;
  const channels = x.shape[1]!;
  const past = c.opt(3) ?? core.zeros([x.shape[0]!, channels, k - 1], x.dtype);
  const whole = core.concat([past, x], 2);
  const y = core.convolution(whole, w, c.opt(2), { groups: channels });
  const active = c.attrs.activation === "silu" || c.attrs.activation === "swish" ? core.silu(y) : y;
  return [active, core.sliceAxis(whole, 2, whole.shape[2]! - (k - 1))];
}

/** Convolutions. */
export const CONV: OpRuns<keyof typeof CONV_OPS> = {
  Col2Im: { host: [1, 2], run: col2im },
  Conv: { run: conv },
  ConvTranspose: { run: convTranspose },
  DeformConv: { run: deformConv },
  CausalConvWithState: { run: causalConv },
};
