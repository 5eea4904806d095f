// Strides, dilations and padding of ONNX windows, as PyTorch needs them: symmetric numbers, or an explicit pad first.
import { call, float, int, ints, type Expr } from "../../python/ast.js";
import { F, type Emitter } from "./emitter.js";

/** The attributes that convolutions and pools share. */
export interface WindowNode {
  readonly auto_pad: string;
  readonly dilations?: readonly number[] | undefined;
  readonly pads?: readonly number[] | undefined;
  readonly strides?: readonly number[] | undefined;
}

/** Window parameters per spatial axis. */
export interface Windows {
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  /** Symmetric padding that the layer itself can do. */
  readonly padding: readonly number[];
  /** Wraps the input when the padding is not symmetric or depends on the size. */
  readonly prepare: (x: Expr) => Expr;
  readonly explicit: boolean;
}

/** Resolves strides, dilations and padding. `value` fills explicit padding; `sizes` are the known input sizes. */
export function windowsOf(
  out: Emitter,
  kernel: readonly number[],
  attrs: WindowNode,
  sizes: readonly (number | null)[],
  value = 0,
): Windows {
  const strides = attrs.strides ?? kernel.map(() => 1);
  const dilations = attrs.dilations ?? kernel.map(() => 1);
  const base = { kernel, strides, dilations };
  const none = kernel.map(() => 0);
  if (attrs.auto_pad === "SAME_UPPER" && sizes.includes(null)) {
    const args = [ints(kernel), ints(strides), ints(dilations)];
    const fill = value === 0 ? {} : { value: float(value) };
    return {
      ...base,
      padding: none,
      explicit: true,
      prepare: (x) => call(out.helper("same_pad"), [x, ...args], fill),
    };
  }
  const pads = padsOf(attrs, kernel, strides, dilations, sizes);
  const n = kernel.length;
  if (pads.slice(0, n).every((p, i) => p === pads[n + i])) {
    return { ...base, padding: pads.slice(0, n), explicit: false, prepare: (x) => x };
  }
  return { ...base, padding: none, explicit: true, prepare: (x) => explicitPad(x, pads, value) };
}

/** `F.pad(x, …)` of ONNX-ordered pads of the spatial axes. */
export function explicitPad(x: Expr, pads: readonly number[], value: number): Expr {
  const n = pads.length / 2;
  const amounts: number[] = [];
  for (let i = n - 1; i >= 0; i--) amounts.push(pads[i]!, pads[n + i]!);
  return F("pad", [x, ints(amounts)], value === 0 ? {} : { value: float(value) });
}

function padsOf(
  attrs: WindowNode,
  kernel: readonly number[],
  strides: readonly number[],
  dilations: readonly number[],
  sizes: readonly (number | null)[],
): number[] {
  if (attrs.auto_pad === "NOTSET") return [...(attrs.pads ?? [...kernel, ...kernel].map(() => 0))];
  if (attrs.auto_pad === "VALID") return [...kernel, ...kernel].map(() => 0);
  const low: number[] = [];
  const high: number[] = [];
  kernel.forEach((k, i) => {
    const n = sizes[i] ?? 0;
    const total = Math.max(
      (Math.ceil(n / strides[i]!) - 1) * strides[i]! + (k - 1) * dilations[i]! + 1 - n,
      0,
    );
    const half = Math.floor(total / 2);
    low.push(attrs.auto_pad === "SAME_UPPER" ? half : total - half);
    high.push(attrs.auto_pad === "SAME_UPPER" ? total - half : half);
  });
  return [...low, ...high];
}

/** A number when all entries are equal, else a tuple: how people write kernel sizes. */
export function sizeExpr(values: readonly number[]): Expr {
  return values.every((v) => v === values[0]) ? int(values[0] ?? 0) : ints(values);
}
