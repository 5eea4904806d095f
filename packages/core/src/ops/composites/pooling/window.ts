// Windows of pooling: attributes, defaults, padding rules, output sizes.
import { ArgumentError, checkOptions, shown } from "../../../errors.js";
import type { WindowAttrs } from "../../../runtime/backend.js";
import { reduceWindowOp } from "../../prims/window.js";
import type { TensorSpec } from "../../table.js";
import { requireCount, requirePairs, requirePositive, requirePositives } from "../common/arguments.js";

/** Low and high padding of one axis. */
export type Pair = readonly [number, number];

/**
 * Padding, in elements, that makes a window give ⌈size/stride⌉ results, the odd element at the end:
 * TensorFlow's SAME, Keras's `same`, ONNX's SAME_UPPER. Stride and dilation are 1 by default.
 * @throws {ArgumentError} unless `size` is an integer >= 0 and the others positive integers
 * @see tf.nn.convolution with padding="SAME"
 */
export function samePadding(size: number, window: number, stride = 1, dilation = 1): Pair {
  requireCount("samePadding", "size", size);
  requirePositive("samePadding", "window", window);
  requirePositive("samePadding", "stride", stride);
  requirePositive("samePadding", "dilation", dilation);
  const outputs = Math.ceil(size / stride);
  const total = Math.max((outputs - 1) * stride + (window - 1) * dilation + 1 - size, 0);
  const low = Math.floor(total / 2);
  return [low, total - low];
}

/**
 * `padding` with the high end raised so that a last window that is only partly inside counts too: the
 * rounding-up mode of PyTorch and ONNX. A window that would start in the high padding is left out.
 * @throws {ArgumentError} when `stride` is not a positive integer
 * @see torch.nn.MaxPool2d with ceil_mode=True
 */
export function ceilPadding(
  size: number,
  window: number,
  stride: number,
  dilation: number,
  padding: Pair,
): Pair {
  requirePositive("ceilPadding", "stride", stride);
  const [low, high] = padding;
  const reach = (window - 1) * dilation + 1;
  const room = size + low + high - reach;
  let outputs = Math.ceil(room / stride) + 1;
  if ((outputs - 1) * stride >= size + low) outputs--;
  return [low, Math.max(high, (outputs - 1) * stride + reach - size - low)];
}

/** Attributes of pooling over the last `window.length` axes. `padding` is what the user gave, without `ceilMode`'s. */
export interface PoolAttrs extends WindowAttrs {
  /** Round the number of windows up. */
  readonly ceilMode: boolean;
}

/** Options of pooling, one entry per window axis. */
export interface PoolOptions {
  /** Size of the window; its length is the number of pooled axes, the last ones of x. */
  readonly window: readonly number[];
  /** Default: the window, so that windows do not overlap. */
  readonly strides?: readonly number[];
  /** `[low, high]` per axis, default none. */
  readonly padding?: readonly Pair[];
  /** Steps between elements of a window, default 1. */
  readonly dilation?: readonly number[];
  /** Also use a last window that is only partly inside, default false. */
  readonly ceilMode?: boolean;
}

/**
 * `PoolOptions` with defaults.
 * @throws {ArgumentError} when the window does not fit x's rank, an entry is out of range, or an option is
 *   unknown
 */
export function resolvePool(
  op: string,
  x: TensorSpec,
  options: PoolOptions,
  extra: readonly string[] = [],
): PoolAttrs {
  checkOptions(op, options, ["window", "strides", "padding", "dilation", "ceilMode", ...extra]);
  const n = Array.isArray(options.window) ? options.window.length : 0;
  if (n === 0 || n > x.shape.length) {
    throw new ArgumentError(`the window ${shown(options.window)} does not fit ${x.shape.length} axes`, {
      code: "argument/invalid",
      op,
      hint: "give one size per pooled axis, e.g. window: [2, 2] for images",
    });
  }
  const window = requirePositives(op, "window", options.window, n);
  const none = window.map((): Pair => [0, 0]);
  return {
    window,
    strides: requirePositives(op, "strides", options.strides ?? window, n),
    padding: requirePairs(op, "padding", options.padding ?? none, n),
    dilation: requirePositives(op, "dilation", options.dilation ?? window.map(() => 1), n),
    ceilMode: options.ceilMode ?? false,
  };
}

/** The attributes for `reduceWindow`: padding with `ceilMode` worked in. */
export function windowOf(x: TensorSpec, a: PoolAttrs): WindowAttrs {
  const { window, strides, dilation } = a;
  const lead = x.shape.length - window.length;
  const padding = a.ceilMode
    ? a.padding.map((p, d) => ceilPadding(x.shape[lead + d]!, window[d]!, strides[d]!, dilation[d]!, p))
    : a.padding;
  return { window, strides, padding, dilation };
}

/**
 * Shape of a pooling's result.
 * @throws {ShapeError} when the window is larger than a padded axis
 * @throws {DTypeError} when x is bool
 */
export function pooledShape(x: TensorSpec, a: PoolAttrs): readonly number[] {
  return reduceWindowOp.infer([x], { ...windowOf(x, a), kind: "max" })[0].shape;
}
