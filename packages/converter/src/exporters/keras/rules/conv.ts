// Convolutions as channels-last layers.
import type { IrNode } from "../../../ir/types.js";
import { isOp } from "../../../ir/walk.js";
import type { WeightStep } from "../../../ir/weights.js";
import { channelsLastPlaces } from "../emitter.js";
import type { KerasRule, KerasRules } from "../node.js";
import { NodeExport } from "../node.js";
import type { KTensor, LayerWeights, WeightGiven } from "../tensors.js";
import { fusedActivation, onlyReader, setThrough } from "./fuse.js";
import { cropSpatial, kerasWindow, padSpatial, type KerasWindow } from "./windows.js";

const spatial = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

/** (out, in, k…) as (k…, in, out). */
function kernelSteps(axes: number): WeightStep[] {
  return [{ kind: "transpose", perm: [...spatial(axes).map((i) => i + 2), 1, 0] }];
}

/** (in·m, 1, k…) as (k…, in, m). */
function depthwiseSteps(shape: readonly number[], channels: number): WeightStep[] {
  const kernel = shape.slice(2);
  const axes = kernel.length;
  return [
    { kind: "reshape", shape: [channels, shape[0]! / channels, ...kernel] },
    { kind: "transpose", perm: [...spatial(axes).map((i) => i + 2), 0, 1] },
  ];
}

/** True for one filter per channel in a form that Keras has a layer for; convolutions of Keras stay what they were. */
function isDepthwise(
  n: NodeExport<"Conv">,
  shape: readonly number[],
  group: number,
  strides: readonly number[],
): boolean {
  const axes = shape.length - 2;
  const source = n.out.graph.weights.get(n.value(1))?.source;
  const [piece] = source?.pieces ?? [];
  if (piece?.name?.endsWith("/kernel") && piece.steps.length === 1) return false;
  return (
    group > 1 &&
    shape[1] === 1 &&
    shape[0]! % group === 0 &&
    axes <= 2 &&
    strides.every((s) => s === strides[0])
  );
}

/** The depthwise half of a separable convolution, told by its name. */
function depthwiseHalf(n: NodeExport<"Conv">): IrNode<"Conv"> | null {
  if (!n.isConstant(1)) return null;
  const { shape } = n.constant(1, "the kernel");
  const { group, strides, pads } = n.attrs;
  const point =
    shape.slice(2).every((k) => k === 1) &&
    group === 1 &&
    !pads?.some(Boolean) &&
    !strides?.some((s) => s !== 1);
  const made = n.out.makers.get(n.value(0));
  if (!point || shape.length > 4 || !made || !isOp(made, "Conv") || made.name !== `${n.node.name}/depthwise`)
    return null;
  const readers = n.out.uses.get(n.value(0)) ?? [];
  return readers.length === 1 && !made.inputs[2] ? made : null;
}

interface ConvLayer {
  readonly className: string;
  readonly config: { readonly [key: string]: number };
  readonly weights: LayerWeights;
  readonly kernel: readonly number[];
  /** The node whose window and input the layer has. */
  readonly from: NodeExport<"Conv">;
  readonly causal: boolean;
}

/** Which layer a convolution is. */
function convLayer(n: NodeExport<"Conv">, bias: WeightGiven | null): ConvLayer {
  const { shape } = n.constant(1, "the kernel");
  const axes = shape.length - 2;
  const { group } = n.attrs;
  const strides = n.attrs.strides ?? spatial(axes).map(() => 1);
  const half = depthwiseHalf(n);
  if (half) {
    const from = new NodeExport(half, n.out);
    const deep = from.constant(1, "the kernel").shape;
    const weights = {
      depthwise_kernel: from.weight(1, depthwiseSteps(deep, half.attrs.group)),
      pointwise_kernel: n.weight(1, kernelSteps(axes)),
      bias,
    };
    const config = { filters: shape[0]!, depth_multiplier: deep[0]! / half.attrs.group };
    return {
      className: `SeparableConv${axes}D`,
      config,
      weights,
      kernel: deep.slice(2),
      from,
      causal: axes === 1,
    };
  }
  const kernel = shape.slice(2);
  if (isDepthwise(n, shape, group, strides)) {
    const weights = { kernel: n.weight(1, depthwiseSteps(shape, group)), bias };
    const config = { depth_multiplier: shape[0]! / group };
    return { className: `DepthwiseConv${axes}D`, config, weights, kernel, from: n, causal: false };
  }
  const weights = { kernel: n.weight(1, kernelSteps(axes)), bias };
  const config = { filters: shape[0]!, groups: group };
  return { className: `Conv${axes}D`, config, weights, kernel, from: n, causal: axes === 1 };
}

/** True for the depthwise half of a separable convolution: the layer is made with the other half. */
function isHalf(n: NodeExport<"Conv">): boolean {
  const reader = onlyReader(n, n.result);
  return reader !== null && isOp(reader, "Conv") && depthwiseHalf(new NodeExport(reader, n.out)) === n.node;
}

const conv: KerasRule<"Conv"> = (n) => {
  if (isHalf(n)) return;
  const { shape } = n.constant(1, "the kernel");
  const axes = shape.length - 2;
  if (axes < 1 || axes > 3) throw n.error(`a convolution over ${axes} axes`);
  if (n.has(2)) n.constant(2, "the bias");
  const bias = n.has(2) ? n.weight(2) : null;
  const { className, config: own, weights, kernel, from, causal } = convLayer(n, bias);
  const window = kerasWindow(from, from.attrs, kernel, from.dims(0).slice(2), causal);
  const order = channelsLastPlaces(axes + 2);
  const activation = fusedActivation(n, n.node, order);
  const x = from.channelsLast(0);
  const ready = window.before ? padSpatial(n, x, window.before) : x;
  const config = {
    ...own,
    kernel_size: [...kernel],
    strides: [...window.strides],
    padding: window.padding,
    data_format: "channels_last",
    dilation_rate: [...window.dilations],
    activation: activation?.name ?? "linear",
    use_bias: bias !== null,
  };
  checkStride(n, window);
  const t = n.layer(className, ready, n.placedOut(order), { config, weights });
  setThrough(n, { value: t, order, shuffle: null }, [activation?.node ?? null]);
};

function checkStride(n: NodeExport, { strides, dilations }: KerasWindow): void {
  if (strides.some((s) => s > 1) && dilations.some((d) => d > 1))
    throw n.error("strides and dilation together, which no Keras layer has");
}

/** The crop of a transposed convolution beside its full output, and what Keras calls it. */
const convTranspose: KerasRule<"ConvTranspose"> = (n) => {
  const { shape } = n.constant(1, "the kernel");
  const kernel = shape.slice(2);
  const axes = kernel.length;
  const { attrs } = n;
  if (axes < 1 || axes > 3) throw n.error(`a convolution over ${axes} axes`);
  if (attrs.group !== 1) throw n.error("a transposed convolution in groups");
  const strides = attrs.strides ?? kernel.map(() => 1);
  const dilations = attrs.dilations ?? kernel.map(() => 1);
  if (n.has(2)) n.constant(2, "the bias");
  const bias = n.has(2) ? n.weight(2) : null;
  const plan = transposePlan(n, kernel, strides, dilations);
  const order = channelsLastPlaces(axes + 2);
  const activation = plan.crop ? null : fusedActivation(n, n.node, order);
  checkStride(n, { strides, dilations, padding: "valid", before: null });
  const config = {
    filters: shape[1]!,
    kernel_size: [...kernel],
    strides: [...strides],
    padding: plan.padding,
    output_padding: plan.outputPadding === null ? null : [...plan.outputPadding],
    data_format: "channels_last",
    dilation_rate: [...dilations],
    activation: activation?.name ?? "linear",
    use_bias: bias !== null,
  };
  const weights = { kernel: n.weight(1, kernelSteps(axes)), bias };
  const x = n.channelsLast(0);
  const dims = n.placedOut(order);
  const className = `Conv${axes}DTranspose`;
  if (plan.crop) {
    const full = dims.map((d, i): number | null =>
      typeof d === "number" && i > 0 && i <= axes
        ? d + plan.crop![i - 1]![0] + plan.crop![i - 1]![1]
        : typeof d === "number"
          ? d
          : null,
    );
    const whole = n.layer(className, x, full, { config, weights, part: "full" });
    n.set(cropSpatial(n, whole, plan.crop, dims), order);
    return;
  }
  const t: KTensor = n.layer(className, x, dims, { config, weights });
  setThrough(n, { value: t, order, shuffle: null }, [activation?.node ?? null]);
};

interface TransposePlan {
  readonly padding: "valid" | "same";
  readonly outputPadding: readonly number[] | null;
  readonly crop: readonly (readonly [number, number])[] | null;
}

/** `same` crops max(k − s, 0), the smaller half first, and adds max(s − k, 0); everything else is `valid` and a crop. */
function transposePlan(
  n: NodeExport<"ConvTranspose">,
  kernel: readonly number[],
  strides: readonly number[],
  dilations: readonly number[],
): TransposePlan {
  const { attrs } = n;
  if (attrs.output_shape) throw n.error("a fixed output shape");
  const reach = kernel.map((k, i) => (k - 1) * dilations[i]! + 1);
  const extra = attrs.output_padding ?? kernel.map(() => 0);
  const same = attrs.auto_pad === "SAME_UPPER";
  if (!same && attrs.auto_pad === "SAME_LOWER") throw n.error("SAME_LOWER");
  const crops = reach.map((k, i): readonly [number, number] => {
    if (same) {
      const total = Math.max(k - strides[i]!, 0);
      return [Math.floor(total / 2), total - Math.floor(total / 2)];
    }
    return attrs.auto_pad === "VALID" ? [0, 0] : [attrs.pads?.[i] ?? 0, attrs.pads?.[i + kernel.length] ?? 0];
  });
  const growth = same ? reach.map((k, i) => Math.max(strides[i]! - k, 0)) : extra;
  const isSame = reach.every((k, i) => {
    const total = Math.max(k - strides[i]!, 0);
    const [low, high] = crops[i]!;
    return (
      low === Math.floor(total / 2) && low + high === total && growth[i] === Math.max(strides[i]! - k, 0)
    );
  });
  if (isSame) return { padding: "same", outputPadding: null, crop: null };
  const stated = sameWithOutput(reach, strides, crops, growth);
  if (stated) return { padding: "same", outputPadding: stated, crop: null };
  const usual = reach.every((k, i) => growth[i] === Math.max(strides[i]! - k, 0));
  const crop = crops.flat().some((c) => c !== 0) ? crops : null;
  return { padding: "valid", outputPadding: usual ? null : growth, crop };
}

/** `same` with a stated output padding p: the full output, cropped by 2 · floor(k / 2) − p, the smaller half first. */
function sameWithOutput(
  reach: readonly number[],
  strides: readonly number[],
  crops: readonly (readonly [number, number])[],
  growth: readonly number[],
): readonly number[] | null {
  const out: number[] = [];
  for (const [i, k] of reach.entries()) {
    const [low, high] = crops[i]!;
    const total = low + high - growth[i]!;
    const extra = 2 * Math.floor(k / 2) - total;
    const begins = low === Math.max(Math.floor(total / 2), 0) && (growth[i] === 0 || low + high === 0);
    if (!begins || extra < 0 || extra >= strides[i]!) return null;
    out.push(extra);
  }
  return out;
}

/** Convolutions. */
export const CONV_RULES: KerasRules = { Conv: conv, ConvTranspose: convTranspose };
