// Windows of convolutions and pools: which of Keras' paddings an ONNX padding is, or what must be padded before.
import { samePads } from "../../../execute/ops/window.js";
import type { Dim } from "../../../ir/types.js";
import type { NodeExport } from "../node.js";
import type { KTensor } from "../tensors.js";

/** Attributes that windows share. */
export interface WindowAttrs {
  readonly auto_pad: string;
  readonly pads?: readonly number[] | undefined;
  readonly strides?: readonly number[] | undefined;
  readonly dilations?: readonly number[] | undefined;
}

type Pair = readonly [number, number];

/** A window as Keras takes it. */
export interface KerasWindow {
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  readonly padding: "valid" | "same" | "causal";
  /** Padding of the spatial axes before a `valid` window; null when there is none. */
  readonly before: readonly Pair[] | null;
}

/** The pads of a window, null when they depend on a size that is not known. */
function padsOf(a: WindowAttrs, kernel: readonly number[], sizes: readonly Dim[]): readonly Pair[] | null {
  const strides = a.strides ?? kernel.map(() => 1);
  const dilations = a.dilations ?? kernel.map(() => 1);
  if (a.auto_pad === "VALID" || (a.auto_pad === "NOTSET" && !a.pads)) return kernel.map(() => [0, 0]);
  if (a.auto_pad === "NOTSET") return kernel.map((_, i) => [a.pads![i]!, a.pads![i + kernel.length]!]);
  const pairs: Pair[] = [];
  for (const [i, k] of kernel.entries()) {
    const n = strides[i] === 1 ? 1 : sizes[i];
    if (typeof n !== "number") return null;
    pairs.push(samePads(n, k, strides[i]!, dilations[i]!, a.auto_pad === "SAME_LOWER"));
  }
  return pairs;
}

/** What Keras' `same` pads; null where it depends on a size that is not known. */
function sameOf(a: WindowAttrs, kernel: readonly number[], sizes: readonly Dim[]): readonly Pair[] | null {
  return padsOf({ ...a, auto_pad: "SAME_UPPER" }, kernel, sizes);
}

const equal = (a: readonly Pair[], b: readonly Pair[]): boolean =>
  a.every(([low, high], i) => low === b[i]?.[0] && high === b[i]?.[1]);

/** Chooses the padding. `causal` says whether the layer has that mode, which starts with (k - 1) d zeros. */
export function kerasWindow(
  n: NodeExport,
  a: WindowAttrs,
  kernel: readonly number[],
  sizes: readonly Dim[],
  causal = false,
): KerasWindow {
  const strides = a.strides ?? kernel.map(() => 1);
  const dilations = a.dilations ?? kernel.map(() => 1);
  const base = { strides, dilations };
  if (a.auto_pad === "SAME_UPPER") return { ...base, padding: "same", before: null };
  const pads = padsOf(a, kernel, sizes);
  if (pads === null) throw n.error("SAME_LOWER of a dynamic size");
  if (pads.flat().some((p) => p < 0)) throw n.error("negative padding");
  if (pads.flat().every((p) => p === 0)) return { ...base, padding: "valid", before: null };
  const same = sameOf(a, kernel, sizes);
  if (same && equal(pads, same)) return { ...base, padding: "same", before: null };
  const [low, high] = pads[0]!;
  if (causal && kernel.length === 1 && high === 0 && low === (kernel[0]! - 1) * dilations[0]!)
    return { ...base, padding: "causal", before: null };
  return { ...base, padding: "valid", before: pads };
}

/** The size after padding. */
function grown(d: Dim, [low, high]: Pair): Dim {
  return typeof d === "number" ? d + low + high : null;
}

/** Pads the spatial axes of a channels-last tensor: ZeroPadding for zeros, else the operation. */
export function padSpatial(
  n: NodeExport,
  x: KTensor,
  pads: readonly Pair[],
  value = 0,
  part = "pad",
): KTensor {
  const dims = x.dims.map((d, i) => (i === 0 || i > pads.length ? d : grown(d, pads[i - 1]!)));
  if (value === 0) {
    const padding = pads.length === 1 ? [...pads[0]!] : pads.map((p) => [...p]);
    return n.layer(`ZeroPadding${pads.length}D`, x, dims, {
      config: { padding, data_format: "channels_last" },
      part,
    });
  }
  const width = [[0, 0], ...pads.map((p) => [...p]), [0, 0]];
  const config = { pad_width: width, mode: "constant" };
  return n.operation("Pad", [x], dims, { config, kwargs: { constant_values: value }, part, dtype: x.dtype });
}

/** Crops the spatial axes of a channels-last tensor; the last layer of its node. */
export function cropSpatial(
  n: NodeExport,
  x: KTensor,
  crops: readonly Pair[],
  dims: readonly Dim[],
): KTensor {
  const cropping = crops.length === 1 ? [...crops[0]!] : crops.map((p) => [...p]);
  // Keras' Cropping1D takes no data_format.
  const config = crops.length === 1 ? { cropping } : { cropping, data_format: "channels_last" };
  return n.layer(`Cropping${crops.length}D`, x, dims, { config });
}
