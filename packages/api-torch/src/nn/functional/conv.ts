// Convolutions of torch.nn.functional over 1, 2 or 3 spatial axes.
import * as core from "@isoform/core";
import type { Tensor as CoreTensor } from "@isoform/core";
import { checkOptions, checkValue, either, oneOf, orNull, perAxis, POSITIVE, TENSOR } from "../../checks.js";
import { checkTensors } from "../../tensor/arguments.js";
import { asTensor, type Tensor } from "../../tensor/tensor.js";
import { inOrder, type InOrder } from "../../options.js";

/** A number for all spatial axes, or one per axis. */
export type Size = number | readonly number[];

/** Options of `conv1d`, `conv2d` and `conv3d`. */
export interface ConvFnOptions {
  readonly bias?: CoreTensor | null;
  readonly stride?: Size;
  /** Zeros on both sides, or 'same' (stride 1) or 'valid'. */
  readonly padding?: Size | "same" | "valid";
  readonly dilation?: Size;
  readonly groups?: number;
}

/** One number per spatial axis. @throws {ArgumentError} */
export function tuple(op: string, name: string, value: Size, n: number): number[] {
  checkValue(op, name, value, perAxis(n));
  return typeof value === "number" ? new Array<number>(n).fill(value) : [...value];
}

/**
 * Whether x is one sample without batch axis: `[C, …]` instead of `[N, C, …]`.
 * @throws {ShapeError} for other ranks
 * @throws {ArgumentError} when x is not a tensor
 */
export function requireImage(op: string, n: number, x: CoreTensor): boolean {
  checkTensors(op, { x });
  if (x.rank === n + 1 || x.rank === n + 2) return x.rank === n + 1;
  const hint = "pass [N, C, …], or [C, …] for one sample";
  throw core.shapeError(op, `expected ${n + 1} or ${n + 2} axes`, [x], hint);
}

function convNd(op: string, n: number, x: CoreTensor, weight: CoreTensor, o: ConvFnOptions): Tensor {
  const size = perAxis(n);
  checkOptions(op, o, {
    bias: orNull(TENSOR),
    stride: size,
    padding: either(size, oneOf("same", "valid")),
    dilation: size,
    groups: POSITIVE,
  });
  const unbatched = requireImage(op, n, x);
  checkTensors(op, { weight });
  const input = unbatched ? core.reshape(x, [1, ...x.shape]) : x;
  const strides = tuple(op, "stride", o.stride ?? 1, n);
  const rhsDilation = tuple(op, "dilation", o.dilation ?? 1, n);
  const y = core.convolution(input, weight, o.bias ?? null, {
    strides,
    rhsDilation,
    padding: paddingOf(op, o.padding ?? 0, n, weight.shape.slice(2), rhsDilation, strides),
    groups: o.groups ?? 1,
  });
  return asTensor(unbatched ? core.reshape(y, y.shape.slice(1)) : y);
}

/** Throws unless padding 'same' has stride 1. @throws {ArgumentError} */
export function requireUnitStride(op: string, strides: readonly number[]): void {
  if (strides.every((s) => s === 1)) return;
  throw new core.ArgumentError("padding 'same' needs stride 1", {
    code: "argument/same-stride",
    op,
    hint: "give the padding as numbers",
  });
}

/** Low and high padding per axis; 'same' puts the odd zero at the end, as PyTorch does. */
export function paddingOf(
  op: string,
  padding: Size | "same" | "valid",
  n: number,
  kernel: readonly number[],
  dilation: readonly number[],
  strides: readonly number[],
): [number, number][] {
  if (padding === "valid") return kernel.map(() => [0, 0]);
  if (padding === "same") {
    requireUnitStride(op, strides);
    return kernel.map((k, i) => {
      const total = dilation[i]! * (k - 1);
      const low = Math.floor(total / 2);
      return [low, total - low];
    });
  }
  return tuple(op, "padding", padding, n).map((p) => [p, p]);
}

const CONV = ["bias", "stride", "padding", "dilation", "groups"] as const;

/**
 * Cross-correlation of x `[N, C, L]` (or `[C, L]`) with `weight` `[O, C/groups, k]` and `bias` `[O]`,
 * promoted: `[N, O, L_out]`, L_out = ⌊(L + 2·padding − dilation·(k − 1) − 1)/stride⌋ + 1. Options by default:
 * no bias, stride 1, padding 0, dilation 1, groups 1.
 * @throws {ShapeError} when x, weight, bias and groups do not fit, or the kernel is larger than the padded
 * input.
 * @throws {ArgumentError} when an option is unknown or out of range, or padding is 'same' with another stride
 * than 1.
 * @throws {DTypeError} when x and weight are bool.
 * @throws {LifetimeError} when an input was disposed.
 * @see torch.nn.functional.conv1d
 */
export function conv1d(
  x: CoreTensor,
  weight: CoreTensor,
  ...given: InOrder<ConvFnOptions, typeof CONV>
): Tensor {
  return convNd("conv1d", 1, x, weight, inOrder<ConvFnOptions>("conv1d", given, CONV));
}
/**
 * Cross-correlation of x `[N, C, H, W]` (or `[C, H, W]`) with `weight` `[O, C/groups, kH, kW]` and `bias`
 * `[O]`, promoted: `[N, O, H_out, W_out]`, each ⌊(n + 2·padding − dilation·(k − 1) − 1)/stride⌋ + 1. Options
 * by default: no bias, stride 1, padding 0, dilation 1, groups 1.
 * @throws {ShapeError} when x, weight, bias and groups do not fit, or the kernel is larger than the padded
 * input.
 * @throws {ArgumentError} when an option is unknown or out of range, or padding is 'same' with another stride
 * than 1.
 * @throws {DTypeError} when x and weight are bool.
 * @throws {LifetimeError} when an input was disposed.
 * @see torch.nn.functional.conv2d
 */
export function conv2d(
  x: CoreTensor,
  weight: CoreTensor,
  ...given: InOrder<ConvFnOptions, typeof CONV>
): Tensor {
  return convNd("conv2d", 2, x, weight, inOrder<ConvFnOptions>("conv2d", given, CONV));
}
/**
 * Cross-correlation of x `[N, C, D, H, W]` (or `[C, D, H, W]`) with `weight` `[O, C/groups, kD, kH, kW]` and
 * `bias` `[O]`, promoted: `[N, O, D_out, H_out, W_out]`, each
 * ⌊(n + 2·padding − dilation·(k − 1) − 1)/stride⌋ + 1. Options by default: no bias, stride 1, padding 0,
 * dilation 1, groups 1.
 * @throws {ShapeError} when x, weight, bias and groups do not fit, or the kernel is larger than the padded
 * input.
 * @throws {ArgumentError} when an option is unknown or out of range, or padding is 'same' with another stride
 * than 1.
 * @throws {DTypeError} when x and weight are bool.
 * @throws {LifetimeError} when an input was disposed.
 * @see torch.nn.functional.conv3d
 */
export function conv3d(
  x: CoreTensor,
  weight: CoreTensor,
  ...given: InOrder<ConvFnOptions, typeof CONV>
): Tensor {
  return convNd("conv3d", 3, x, weight, inOrder<ConvFnOptions>("conv3d", given, CONV));
}

/** Options of the transposed convolutions. */
export interface ConvTransposeFnOptions {
  readonly bias?: CoreTensor | null;
  readonly stride?: Size;
  readonly padding?: Size;
  readonly outputPadding?: Size;
  readonly groups?: number;
  readonly dilation?: Size;
}

function convTransposeNd(
  op: string,
  n: number,
  x: CoreTensor,
  w: CoreTensor,
  o: ConvTransposeFnOptions,
): Tensor {
  const size = perAxis(n);
  checkOptions(op, o, {
    bias: orNull(TENSOR),
    stride: size,
    padding: size,
    outputPadding: size,
    groups: POSITIVE,
    dilation: size,
  });
  const unbatched = requireImage(op, n, x);
  checkTensors(op, { weight: w });
  const y = core.convTranspose(unbatched ? core.unsqueeze(x, [0]) : x, w, o.bias ?? null, {
    strides: tuple(op, "stride", o.stride ?? 1, n),
    padding: tuple(op, "padding", o.padding ?? 0, n).map((p): [number, number] => [p, p]),
    outputPadding: tuple(op, "outputPadding", o.outputPadding ?? 0, n),
    dilation: tuple(op, "dilation", o.dilation ?? 1, n),
    groups: o.groups ?? 1,
  });
  return asTensor(unbatched ? core.squeeze(y, [0]) : y);
}

const CONV_TRANSPOSE = ["bias", "stride", "padding", "outputPadding", "groups", "dilation"] as const;

/**
 * The adjoint of `conv1d` in x: x `[N, C, L]` (or `[C, L]`), `weight` `[C, O/groups, k]`, `bias` `[O]`,
 * promoted: `[N, O, L_out]`, L_out = (L − 1)·stride − 2·padding + dilation·(k − 1) + outputPadding + 1.
 * Options by default: no bias, stride 1, padding 0, outputPadding 0, groups 1, dilation 1.
 * @throws {ShapeError} when x, weight, bias and groups do not fit, or the output would have a negative size.
 * @throws {ArgumentError} when an option is unknown or out of range.
 * @throws {DTypeError} when x and weight are bool.
 * @throws {LifetimeError} when an input was disposed.
 * @see torch.nn.functional.conv_transpose1d
 */
export function convTranspose1d(
  x: CoreTensor,
  weight: CoreTensor,
  ...given: InOrder<ConvTransposeFnOptions, typeof CONV_TRANSPOSE>
): Tensor {
  return convTransposeNd(
    "convTranspose1d",
    1,
    x,
    weight,
    inOrder<ConvTransposeFnOptions>("convTranspose1d", given, CONV_TRANSPOSE),
  );
}
/**
 * The adjoint of `conv2d` in x: x `[N, C, H, W]` (or `[C, H, W]`), `weight` `[C, O/groups, kH, kW]`, `bias`
 * `[O]`, promoted: `[N, O, H_out, W_out]`, each (n − 1)·stride − 2·padding + dilation·(k − 1) +
 * outputPadding + 1. Options by default: no bias, stride 1, padding 0, outputPadding 0, groups 1, dilation 1.
 * @throws {ShapeError} when x, weight, bias and groups do not fit, or the output would have a negative size.
 * @throws {ArgumentError} when an option is unknown or out of range.
 * @throws {DTypeError} when x and weight are bool.
 * @throws {LifetimeError} when an input was disposed.
 * @see torch.nn.functional.conv_transpose2d
 */
export function convTranspose2d(
  x: CoreTensor,
  weight: CoreTensor,
  ...given: InOrder<ConvTransposeFnOptions, typeof CONV_TRANSPOSE>
): Tensor {
  return convTransposeNd(
    "convTranspose2d",
    2,
    x,
    weight,
    inOrder<ConvTransposeFnOptions>("convTranspose2d", given, CONV_TRANSPOSE),
  );
}
/**
 * The adjoint of `conv3d` in x: x `[N, C, D, H, W]` (or `[C, D, H, W]`), `weight`
 * `[C, O/groups, kD, kH, kW]`, `bias` `[O]`, promoted: `[N, O, D_out, H_out, W_out]`, each (n − 1)·stride −
 * 2·padding + dilation·(k − 1) + outputPadding + 1. Options by default: no bias, stride 1, padding 0,
 * outputPadding 0, groups 1, dilation 1.
 * @throws {ShapeError} when x, weight, bias and groups do not fit, or the output would have a negative size.
 * @throws {ArgumentError} when an option is unknown or out of range.
 * @throws {DTypeError} when x and weight are bool.
 * @throws {LifetimeError} when an input was disposed.
 * @see torch.nn.functional.conv_transpose3d
 */
export function convTranspose3d(
  x: CoreTensor,
  weight: CoreTensor,
  ...given: InOrder<ConvTransposeFnOptions, typeof CONV_TRANSPOSE>
): Tensor {
  return convTransposeNd(
    "convTranspose3d",
    3,
    x,
    weight,
    inOrder<ConvTransposeFnOptions>("convTranspose3d", given, CONV_TRANSPOSE),
  );
}
