// Quantised arithmetic, computed on integers widened to int32 and scales in float32.
import * as core from "@isoform/core";
import { isDType, type DType, type Tensor } from "@isoform/core";
import type { QUANTIZE_OPS } from "../../ir/ops/quantize.js";
import type { RawDType } from "../../formats/raw-tensor.js";
import type { IrOp } from "../../ir/ops/table.js";
import type { Call, OpRuns, Result } from "../call.js";
import { HostTensor } from "../host.js";
import { narrowLimits, roundNarrow } from "../narrow.js";
import { resolveWindow, type WindowAttributes } from "./window.js";

const LIMITS = new Map<DType, readonly [number, number]>([
  ["uint8", [0, 255]],
  ["int8", [-128, 127]],
  ["uint16", [0, 65535]],
  ["int16", [-32768, 32767]],
  ["int32", [-2147483648, 2147483647]],
]);

/** Reshapes a per-axis or blocked parameter so that it broadcasts against x. */
function align(p: Tensor, x: Tensor, axis: number, block: number): Tensor {
  if (p.rank === 0 || p.size === 1) return core.reshape(p, []);
  const a = axis < 0 ? axis + x.rank : axis;
  if (p.rank === 1 && block === 0)
    return core.reshape(
      p,
      x.shape.map((n, i) => (i === a ? n : 1)),
    );
  const repeated = core.repeatInterleave(p, block, a);
  return core.sliceAxis(repeated, a, 0, x.shape[a]!);
}

function saturate(x: Tensor, dtype: DType): Tensor {
  const limits = LIMITS.get(dtype);
  return core.cast(limits ? core.clip(x, limits[0], limits[1]) : x, dtype);
}

/** round(x / scale) + zero, clipped to the type. */
function quantize(x: Tensor, scale: Tensor, zero: Tensor | null, dtype: DType): Tensor {
  const rounded = core.round(core.div(x, core.cast(scale, x.dtype)));
  return saturate(zero === null ? rounded : core.add(rounded, core.cast(zero, x.dtype)), dtype);
}

/** Input `i` on the device, types under a byte as int8 or their float values. */
function widened<K extends IrOp>(c: Call<K>, i: number): Tensor {
  const v = c.value(i);
  if (!(v instanceof HostTensor) || isDType(v.dtype)) return c.t(i);
  return c.upload(new HostTensor(narrowLimits(v.dtype) ? "int8" : "float32", v.shape, v.values));
}

/** The element type that QuantizeLinear makes. */
function quantizedType(c: Call<"QuantizeLinear">): RawDType {
  return c.has(2) ? c.spec(2).dtype : (c.attrs.output_dtype ?? "uint8");
}

function quantizeLinear(c: Call<"QuantizeLinear">): Result {
  const given = c.t(0);
  const wide = core.isFloat(given.dtype) && given.dtype !== "float16" && given.dtype !== "bfloat16";
  const x = wide ? given : core.cast(given, "float32");
  const { axis, block_size: block } = c.attrs;
  const dtype = quantizedType(c);
  const zero = c.has(2) ? widened(c, 2) : null;
  const scale = align(c.t(1), x, axis, block);
  const point = zero && align(zero, x, axis, block);
  if (isDType(dtype)) return quantize(x, scale, point, dtype);
  throw c.error(`quantising to ${dtype} runs on the host only`);
}

/** QuantizeLinear to a type that devices do not have. */
function quantizeOnHost(c: Call<"QuantizeLinear">): Result | null {
  const dtype = quantizedType(c);
  if (isDType(dtype)) return null;
  const x = c.host(0);
  const scales = c.host(1).numbers();
  const zeros = c.has(2) ? c.host(2).numbers() : null;
  const limits = narrowLimits(dtype);
  const place = parameterPlace(x.shape, c.shape(1), c.attrs.axis, c.attrs.block_size);
  const values = x.numbers().map((v, i) => {
    const scaled = v / scales[place(i)]!;
    const zero = zeros?.[place(i)] ?? 0;
    if (!limits) return roundNarrow(dtype, Math.fround(scaled + zero), { saturate: c.attrs.saturate !== 0 });
    return Math.min(Math.max(roundEven(scaled) + zero, limits[0]), limits[1]);
  });
  return new HostTensor(dtype, x.shape, values);
}

function roundEven(x: number): number {
  const down = Math.floor(x);
  const rest = x - down;
  if (rest !== 0.5) return Math.round(x);
  return down % 2 === 0 ? down : down + 1;
}

/** Index of the scale that belongs to element `i`. */
function parameterPlace(
  shape: readonly number[],
  params: readonly number[],
  axis: number,
  block: number,
): (i: number) => number {
  if (core.sizeOf(params) === 1) return () => 0;
  const a = axis < 0 ? axis + shape.length : axis;
  const inner = core.sizeOf(shape.slice(a + 1));
  const n = shape[a]!;
  if (block === 0) return (i) => Math.floor(i / inner) % n;
  const blocks = params[a]!;
  return (i) => {
    const outer = Math.floor(i / (inner * n));
    const at = Math.floor((Math.floor(i / inner) % n) / block);
    return (outer * blocks + at) * inner + (i % inner);
  };
}

function dequantizeLinear(c: Call<"DequantizeLinear">): Tensor {
  const x = widened(c, 0);
  const { axis, block_size: block, output_dtype: wanted } = c.attrs;
  const dtype = wanted !== undefined && isDType(wanted) ? wanted : c.dtype(1);
  const wide = core.cast(x, "float32");
  const zero = c.has(2) ? widened(c, 2) : null;
  const centred = zero === null ? wide : core.sub(wide, core.cast(align(zero, x, axis, block), "float32"));
  return core.cast(core.mul(centred, core.cast(align(c.t(1), x, axis, block), "float32")), dtype);
}

/** Scale and zero point from the range of x, which always contains 0. */
function dynamicQuantize(c: Call<"DynamicQuantizeLinear">): Result {
  const x = c.t(0);
  const top = core.maximum(core.max(x), 0);
  const bottom = core.minimum(core.min(x), 0);
  const scale = core.div(core.sub(top, bottom), 255);
  const zero = saturate(core.round(core.div(core.neg(bottom), scale)), "uint8");
  return [quantize(x, scale, zero, "uint8"), scale, zero];
}

/** An integer operand minus its zero point, as int32; `axis` is where a 1-d zero point lies. */
function centred<K extends IrOp>(c: Call<K>, x: number, zero: number, axis: number): Tensor {
  const wide = core.cast(c.t(x), "int32");
  if (!c.has(zero)) return wide;
  return core.sub(wide, core.cast(align(c.t(zero), wide, axis, 0), "int32"));
}

function matmulInteger(c: Call<"MatMulInteger">): Tensor {
  return core.matmul(centred(c, 0, 2, -2), centred(c, 1, 3, -1));
}

function qlinearMatmul(c: Call<"QLinearMatMul">): Tensor {
  const product = core.cast(core.matmul(centred(c, 0, 2, -2), centred(c, 3, 5, -1)), "float32");
  const scaleOf = (i: number, axis: number) => core.cast(align(c.t(i), product, axis, 0), "float32");
  const scale = core.div(core.mul(scaleOf(1, -2), scaleOf(4, -1)), core.cast(c.t(6), "float32"));
  const rounded = core.round(core.mul(product, scale));
  return saturate(core.add(rounded, core.cast(c.t(7), "float32")), c.dtype(7));
}

function integerConv(x: Tensor, w: Tensor, a: WindowAttributes & { readonly group: number }): Tensor {
  const { strides, padding, dilation } = resolveWindow(x.shape.slice(2), w.shape.slice(2), a);
  return core.conv(x, w, { strides, padding, rhsDilation: dilation, groups: a.group });
}

function convInteger(c: Call<"ConvInteger">): Tensor {
  return integerConv(centred(c, 0, 2, 1), centred(c, 1, 3, 0), c.attrs);
}

function qlinearConv(c: Call<"QLinearConv">): Tensor {
  let sum = integerConv(centred(c, 0, 2, 1), centred(c, 3, 5, 0), c.attrs);
  const channel = (t: Tensor) =>
    core.reshape(t, t.rank === 0 ? [] : sum.shape.map((_, i) => (i === 1 ? t.size : 1)));
  if (c.has(8)) sum = core.add(sum, channel(c.t(8)));
  const scale = core.div(core.mul(c.t(1), channel(c.t(4))), c.t(6));
  const rounded = core.round(core.mul(core.cast(sum, "float32"), scale));
  return saturate(core.add(rounded, core.cast(c.t(7), "float32")), c.dtype(7));
}

/** Quantised arithmetic. */
export const QUANTIZE: OpRuns<keyof typeof QUANTIZE_OPS> = {
  ConvInteger: { run: convInteger },
  DequantizeLinear: { run: dequantizeLinear },
  DynamicQuantizeLinear: { run: dynamicQuantize },
  MatMulInteger: { run: matmulInteger },
  QLinearConv: { run: qlinearConv },
  QLinearMatMul: { run: qlinearMatmul },
  QuantizeLinear: {
    host: (c) => (isDType(quantizedType(c)) ? [] : "all"),
    fold: quantizeOnHost,
    run: quantizeLinear,
  },
};
