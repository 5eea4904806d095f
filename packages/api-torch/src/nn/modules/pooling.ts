// Pooling modules.
import * as core from "@isoform/core";
import type { Tensor } from "../../tensor/tensor.js";
import type { Size } from "../functional/conv.js";
import * as adaptive from "../functional/adaptive-pooling.js";
import { lpPool1d, lpPool2d, type LPPoolFnOptions } from "../functional/lp-pooling.js";
import * as F from "../functional/pooling.js";
import {
  maxUnpool1d,
  maxUnpool2d,
  maxUnpool3d,
  unpoolOptions,
  type MaxUnpoolFnOptions,
} from "../functional/unpooling.js";
import {
  ABOVE_ZERO,
  checkOptions,
  COUNT,
  either,
  FLAG,
  listOf,
  orNull,
  perAxis,
  type Kinds,
} from "../../checks.js";
import { checkArguments } from "../arguments.js";
import { Module } from "../module.js";
import { pyBool, pySize, pyTuple } from "../python-text.js";
import { inOrder, type InOrder } from "../../options.js";

type Input = [x: core.Tensor];

const text = (v: Size | null | undefined): string => (v === null || v === undefined ? "None" : pySize(v));

/** Checks the window of n axes, its stride (null for the window's size) and the options in `known`. @throws {ArgumentError} */
function checkWindow(owner: string, n: number, kernelSize: Size, options: object, known: Kinds): void {
  checkArguments(owner, {
    also: { kernelSize: [kernelSize, perAxis(n)] },
    options,
    known: { stride: orNull(perAxis(n)), ...known },
  });
}

abstract class MaxPoolNd extends Module<Input, Tensor> {
  readonly kernelSize: Size;
  readonly options: F.MaxPoolFnOptions;
  constructor(n: number, kernelSize: Size, options: F.MaxPoolFnOptions) {
    super();
    checkWindow(this.constructor.name, n, kernelSize, options, {
      padding: perAxis(n),
      dilation: perAxis(n),
      ceilMode: FLAG,
    });
    this.kernelSize = kernelSize;
    this.options = options;
  }
  override extraRepr(): string {
    const { stride, padding, dilation, ceilMode } = this.options;
    return (
      `kernel_size=${text(this.kernelSize)}, stride=${text(stride ?? this.kernelSize)}, padding=${text(padding ?? 0)}, ` +
      `dilation=${text(dilation ?? 1)}, ceil_mode=${pyBool(ceilMode ?? false)}`
    );
  }
}
const MAX_POOL = ["stride", "padding", "dilation"] as const;

/** Max pooling along the last axis. */
export class MaxPool1d extends MaxPoolNd {
  static override readonly name: string = "MaxPool1d";
  constructor(kernelSize: Size, ...given: InOrder<F.MaxPoolFnOptions, typeof MAX_POOL>) {
    super(1, kernelSize, inOrder<F.MaxPoolFnOptions>("MaxPool1d", given, MAX_POOL));
  }
  override forward(x: core.Tensor): Tensor {
    return F.maxPool1d(x, this.kernelSize, this.options);
  }
}
/** Max pooling over the last two axes. */
export class MaxPool2d extends MaxPoolNd {
  static override readonly name: string = "MaxPool2d";
  constructor(kernelSize: Size, ...given: InOrder<F.MaxPoolFnOptions, typeof MAX_POOL>) {
    super(2, kernelSize, inOrder<F.MaxPoolFnOptions>("MaxPool2d", given, MAX_POOL));
  }
  override forward(x: core.Tensor): Tensor {
    return F.maxPool2d(x, this.kernelSize, this.options);
  }
}
/** Max pooling over the last three axes. */
export class MaxPool3d extends MaxPoolNd {
  static override readonly name: string = "MaxPool3d";
  constructor(kernelSize: Size, ...given: InOrder<F.MaxPoolFnOptions, typeof MAX_POOL>) {
    super(3, kernelSize, inOrder<F.MaxPoolFnOptions>("MaxPool3d", given, MAX_POOL));
  }
  override forward(x: core.Tensor): Tensor {
    return F.maxPool3d(x, this.kernelSize, this.options);
  }
}

abstract class AvgPoolNd extends Module<Input, Tensor> {
  readonly kernelSize: Size;
  readonly options: F.AvgPoolFnOptions;
  constructor(n: number, kernelSize: Size, options: F.AvgPoolFnOptions) {
    super();
    checkWindow(this.constructor.name, n, kernelSize, options, {
      padding: perAxis(n),
      ceilMode: FLAG,
      countIncludePad: FLAG,
    });
    this.kernelSize = kernelSize;
    this.options = options;
  }
  override extraRepr(): string {
    const { stride, padding } = this.options;
    return `kernel_size=${text(this.kernelSize)}, stride=${text(stride ?? this.kernelSize)}, padding=${text(padding ?? 0)}`;
  }
}
const AVG_POOL = ["stride", "padding", "ceilMode", "countIncludePad"] as const;

/** Mean pooling along the last axis. */
export class AvgPool1d extends AvgPoolNd {
  static override readonly name: string = "AvgPool1d";
  constructor(kernelSize: Size, ...given: InOrder<F.AvgPoolFnOptions, typeof AVG_POOL>) {
    super(1, kernelSize, inOrder<F.AvgPoolFnOptions>("AvgPool1d", given, AVG_POOL));
  }
  override forward(x: core.Tensor): Tensor {
    return F.avgPool1d(x, this.kernelSize, this.options);
  }
  override extraRepr(): string {
    const tuple = (v: Size) => pySize(typeof v === "number" ? [v] : v);
    const { stride = this.kernelSize, padding = 0 } = this.options;
    return `kernel_size=${tuple(this.kernelSize)}, stride=${tuple(stride)}, padding=${tuple(padding)}`;
  }
}
/** Mean pooling over the last two axes. */
export class AvgPool2d extends AvgPoolNd {
  static override readonly name: string = "AvgPool2d";
  constructor(kernelSize: Size, ...given: InOrder<F.AvgPoolFnOptions, typeof AVG_POOL>) {
    super(2, kernelSize, inOrder<F.AvgPoolFnOptions>("AvgPool2d", given, AVG_POOL));
  }
  override forward(x: core.Tensor): Tensor {
    return F.avgPool2d(x, this.kernelSize, this.options);
  }
}
/** Mean pooling over the last three axes. */
export class AvgPool3d extends AvgPoolNd {
  static override readonly name: string = "AvgPool3d";
  constructor(kernelSize: Size, ...given: InOrder<F.AvgPoolFnOptions, typeof AVG_POOL>) {
    super(3, kernelSize, inOrder<F.AvgPoolFnOptions>("AvgPool3d", given, AVG_POOL));
  }
  override forward(x: core.Tensor): Tensor {
    return F.avgPool3d(x, this.kernelSize, this.options);
  }
}
type AdaptiveSize = number | readonly (number | null)[];

/** Pooling to a size that is given. */
abstract class AdaptivePoolNd<S extends AdaptiveSize> extends Module<Input, Tensor> {
  readonly outputSize: S;
  constructor(n: number, outputSize: S) {
    super();
    const side = orNull(COUNT);
    const all = `one output size, or ${n} of them, each a non-negative integer or null for that of the input`;
    const kind = n === 1 ? perAxis(1) : either(side, listOf(side, all, n), all);
    checkArguments(this.constructor.name, { also: { outputSize: [outputSize, kind] } });
    this.outputSize = outputSize;
  }
  override extraRepr(): string {
    return `output_size=${adaptiveText(this.outputSize)}`;
  }
}
/** Mean pooling of the last axis to a given size. */
export class AdaptiveAvgPool1d extends AdaptivePoolNd<number> {
  static override readonly name: string = "AdaptiveAvgPool1d";
  constructor(outputSize: number) {
    super(1, outputSize);
  }
  override forward(x: core.Tensor): Tensor {
    return adaptive.adaptiveAvgPool1d(x, this.outputSize);
  }
}
/** Mean pooling of the last two axes to a given size. */
export class AdaptiveAvgPool2d extends AdaptivePoolNd<AdaptiveSize> {
  static override readonly name: string = "AdaptiveAvgPool2d";
  constructor(outputSize: AdaptiveSize) {
    super(2, outputSize);
  }
  override forward(x: core.Tensor): Tensor {
    return adaptive.adaptiveAvgPool2d(x, this.outputSize);
  }
}
/** Mean pooling of the last three axes to a given size. */
export class AdaptiveAvgPool3d extends AdaptivePoolNd<AdaptiveSize> {
  static override readonly name: string = "AdaptiveAvgPool3d";
  constructor(outputSize: AdaptiveSize) {
    super(3, outputSize);
  }
  override forward(x: core.Tensor): Tensor {
    return adaptive.adaptiveAvgPool3d(x, this.outputSize);
  }
}
/** Max pooling of the last axis to a given size. */
export class AdaptiveMaxPool1d extends AdaptivePoolNd<number> {
  static override readonly name: string = "AdaptiveMaxPool1d";
  constructor(outputSize: number) {
    super(1, outputSize);
  }
  override forward(x: core.Tensor): Tensor {
    return adaptive.adaptiveMaxPool1d(x, this.outputSize);
  }
}
/** Max pooling of the last two axes to a given size. */
export class AdaptiveMaxPool2d extends AdaptivePoolNd<AdaptiveSize> {
  static override readonly name: string = "AdaptiveMaxPool2d";
  constructor(outputSize: AdaptiveSize) {
    super(2, outputSize);
  }
  override forward(x: core.Tensor): Tensor {
    return adaptive.adaptiveMaxPool2d(x, this.outputSize);
  }
}
/** Max pooling of the last three axes to a given size. */
export class AdaptiveMaxPool3d extends AdaptivePoolNd<AdaptiveSize> {
  static override readonly name: string = "AdaptiveMaxPool3d";
  constructor(outputSize: AdaptiveSize) {
    super(3, outputSize);
  }
  override forward(x: core.Tensor): Tensor {
    return adaptive.adaptiveMaxPool3d(x, this.outputSize);
  }
}
function adaptiveText(size: number | null | readonly (number | null)[]): string {
  if (size === null) return "None";
  return typeof size === "number" ? String(size) : pyTuple(size.map((v) => v ?? "None"));
}
abstract class LPPoolNd extends Module<Input, Tensor> {
  readonly normType: number;
  readonly kernelSize: Size;
  readonly options: LPPoolFnOptions;
  constructor(n: number, normType: number, kernelSize: Size, options: LPPoolFnOptions) {
    super();
    checkArguments(this.constructor.name, {
      also: { normType: [normType, ABOVE_ZERO], kernelSize: [kernelSize, perAxis(n)] },
      options,
      known: { stride: orNull(perAxis(n)), ceilMode: FLAG },
    });
    this.normType = normType;
    this.kernelSize = kernelSize;
    this.options = options;
  }
  override extraRepr(): string {
    const { stride, ceilMode } = this.options;
    return `norm_type=${this.normType}, kernel_size=${text(this.kernelSize)}, stride=${text(stride)}, ceil_mode=${pyBool(ceilMode ?? false)}`;
  }
}
const LP_POOL = ["stride", "ceilMode"] as const;

/** p-norm pooling along the last axis. */
export class LPPool1d extends LPPoolNd {
  static override readonly name: string = "LPPool1d";
  constructor(normType: number, kernelSize: Size, ...given: InOrder<LPPoolFnOptions, typeof LP_POOL>) {
    super(1, normType, kernelSize, inOrder<LPPoolFnOptions>("LPPool1d", given, LP_POOL));
  }
  override forward(x: core.Tensor): Tensor {
    return lpPool1d(x, this.normType, this.kernelSize, this.options);
  }
}
/** p-norm pooling over the last two axes. */
export class LPPool2d extends LPPoolNd {
  static override readonly name: string = "LPPool2d";
  constructor(normType: number, kernelSize: Size, ...given: InOrder<LPPoolFnOptions, typeof LP_POOL>) {
    super(2, normType, kernelSize, inOrder<LPPoolFnOptions>("LPPool2d", given, LP_POOL));
  }
  override forward(x: core.Tensor): Tensor {
    return lpPool2d(x, this.normType, this.kernelSize, this.options);
  }
}
type UnpoolOptions = Omit<MaxUnpoolFnOptions, "outputSize">;
type UnpoolCall = Pick<MaxUnpoolFnOptions, "outputSize">;

abstract class MaxUnpoolNd extends Module<
  [x: core.Tensor, indices: core.Tensor, options?: UnpoolCall],
  Tensor
> {
  readonly kernelSize: Size;
  readonly options: UnpoolOptions;
  private readonly axes: number;
  constructor(n: number, kernelSize: Size, options: UnpoolOptions) {
    super();
    checkWindow(this.constructor.name, n, kernelSize, options, { padding: perAxis(n) });
    this.kernelSize = kernelSize;
    this.options = options;
    this.axes = n;
  }
  /** The options of the function. @throws {ArgumentError} */
  protected callOptions(call: UnpoolCall): MaxUnpoolFnOptions {
    const { outputSize } = unpoolOptions(this.axes);
    checkOptions(this.constructor.name, call, { outputSize: outputSize! });
    return { ...this.options, ...call };
  }
  override extraRepr(): string {
    const each = (v: Size) => pySize(typeof v === "number" ? new Array<number>(this.axes).fill(v) : v);
    const { stride, padding = 0 } = this.options;
    return `kernel_size=${each(this.kernelSize)}, stride=${each(stride ?? this.kernelSize)}, padding=${each(padding)}`;
  }
}
const UNPOOL = ["stride", "padding"] as const;

/** Puts values back at their max-pooling indices, along the last axis. */
export class MaxUnpool1d extends MaxUnpoolNd {
  static override readonly name: string = "MaxUnpool1d";
  constructor(kernelSize: Size, ...given: InOrder<UnpoolOptions, typeof UNPOOL>) {
    super(1, kernelSize, inOrder<UnpoolOptions>("MaxUnpool1d", given, UNPOOL));
  }
  override forward(x: core.Tensor, indices: core.Tensor, options: UnpoolCall = {}): Tensor {
    return maxUnpool1d(x, indices, this.kernelSize, this.callOptions(options));
  }
}
/** Puts values back at their max-pooling indices, in the last two axes. */
export class MaxUnpool2d extends MaxUnpoolNd {
  static override readonly name: string = "MaxUnpool2d";
  constructor(kernelSize: Size, ...given: InOrder<UnpoolOptions, typeof UNPOOL>) {
    super(2, kernelSize, inOrder<UnpoolOptions>("MaxUnpool2d", given, UNPOOL));
  }
  override forward(x: core.Tensor, indices: core.Tensor, options: UnpoolCall = {}): Tensor {
    return maxUnpool2d(x, indices, this.kernelSize, this.callOptions(options));
  }
}
/** Puts values back at their max-pooling indices, in the last three axes. */
export class MaxUnpool3d extends MaxUnpoolNd {
  static override readonly name: string = "MaxUnpool3d";
  constructor(kernelSize: Size, ...given: InOrder<UnpoolOptions, typeof UNPOOL>) {
    super(3, kernelSize, inOrder<UnpoolOptions>("MaxUnpool3d", given, UNPOOL));
  }
  override forward(x: core.Tensor, indices: core.Tensor, options: UnpoolCall = {}): Tensor {
    return maxUnpool3d(x, indices, this.kernelSize, this.callOptions(options));
  }
}
