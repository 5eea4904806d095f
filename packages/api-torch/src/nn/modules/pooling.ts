// Pooling modules.
import * as core from "@isoform/core";
import type { Tensor } from "../../tensor/tensor.js";
import type { Size } from "../functional/conv.js";
import * as F from "../functional/pooling.js";
import { ABOVE_ZERO, COUNT, either, FLAG, listOf, orNull, perAxis, type Kinds } from "../../checks.js";
import { checkArguments } from "../arguments.js";
import { Module } from "../module.js";
import { pyBool, pySize, pyTuple } from "../python-text.js";

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
/** Max pooling along the last axis. */
export class MaxPool1d extends MaxPoolNd {
  constructor(kernelSize: Size, options: F.MaxPoolFnOptions = {}) {
    super(1, kernelSize, options);
  }
  override forward(x: core.Tensor): Tensor {
    return F.maxPool1d(x, this.kernelSize, this.options);
  }
}
/** Max pooling over the last two axes. */
export class MaxPool2d extends MaxPoolNd {
  constructor(kernelSize: Size, options: F.MaxPoolFnOptions = {}) {
    super(2, kernelSize, options);
  }
  override forward(x: core.Tensor): Tensor {
    return F.maxPool2d(x, this.kernelSize, this.options);
  }
}
/** Max pooling over the last three axes. */
export class MaxPool3d extends MaxPoolNd {
  constructor(kernelSize: Size, options: F.MaxPoolFnOptions = {}) {
    super(3, kernelSize, options);
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
/** Mean pooling along the last axis. */
export class AvgPool1d extends AvgPoolNd {
  constructor(kernelSize: Size, options: F.AvgPoolFnOptions = {}) {
    super(1, kernelSize, options);
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
  constructor(kernelSize: Size, options: F.AvgPoolFnOptions = {}) {
    super(2, kernelSize, options);
  }
  override forward(x: core.Tensor): Tensor {
    return F.avgPool2d(x, this.kernelSize, this.options);
  }
}
/** Mean pooling over the last three axes. */
export class AvgPool3d extends AvgPoolNd {
  constructor(kernelSize: Size, options: F.AvgPoolFnOptions = {}) {
    super(3, kernelSize, options);
  }
  override forward(x: core.Tensor): Tensor {
    return F.avgPool3d(x, this.kernelSize, this.options);
  }
}
/** Mean pooling to a given size. */
export class AdaptiveAvgPool2d extends Module<Input, Tensor> {
  readonly outputSize: number | readonly (number | null)[];
  constructor(outputSize: number | readonly (number | null)[]) {
    super();
    const side = orNull(COUNT);
    const both = "one output size, or 2 of them, each a non-negative integer or null for that of the input";
    const kind = either(side, listOf(side, both, 2), both);
    checkArguments(this.constructor.name, { also: { outputSize: [outputSize, kind] } });
    this.outputSize = outputSize;
  }
  override forward(x: core.Tensor): Tensor {
    return F.adaptiveAvgPool2d(x, this.outputSize);
  }
  override extraRepr(): string {
    return `output_size=${adaptiveText(this.outputSize)}`;
  }
}
/** Mean pooling of the last axis to a given size. */
export class AdaptiveAvgPool1d extends Module<Input, Tensor> {
  readonly outputSize: number;
  constructor(outputSize: number) {
    super();
    checkArguments("AdaptiveAvgPool1d", { also: { outputSize: [outputSize, perAxis(1)] } });
    this.outputSize = outputSize;
  }
  override forward(x: core.Tensor): Tensor {
    return F.adaptiveAvgPool1d(x, this.outputSize);
  }
  override extraRepr(): string {
    return `output_size=${this.outputSize}`;
  }
}
/** Max pooling to a given size. */
export class AdaptiveMaxPool2d extends Module<Input, Tensor> {
  readonly outputSize: number | readonly (number | null)[];
  constructor(outputSize: number | readonly (number | null)[]) {
    super();
    const side = orNull(COUNT);
    const both = "one output size, or 2 of them, each a non-negative integer or null for that of the input";
    const kind = either(side, listOf(side, both, 2), both);
    checkArguments(this.constructor.name, { also: { outputSize: [outputSize, kind] } });
    this.outputSize = outputSize;
  }
  override forward(x: core.Tensor): Tensor {
    return F.adaptiveMaxPool2d(x, this.outputSize);
  }
  override extraRepr(): string {
    return `output_size=${adaptiveText(this.outputSize)}`;
  }
}
function adaptiveText(size: number | null | readonly (number | null)[]): string {
  if (size === null) return "None";
  return typeof size === "number" ? String(size) : pyTuple(size.map((v) => v ?? "None"));
}
/** p-norm pooling over the last two axes. */
export class LPPool2d extends Module<Input, Tensor> {
  readonly normType: number;
  readonly kernelSize: Size;
  readonly options: { readonly stride?: Size; readonly ceilMode?: boolean };
  constructor(
    normType: number,
    kernelSize: Size,
    options: { readonly stride?: Size; readonly ceilMode?: boolean } = {},
  ) {
    super();
    checkArguments("LPPool2d", {
      also: { normType: [normType, ABOVE_ZERO], kernelSize: [kernelSize, perAxis(2)] },
      options,
      known: { stride: orNull(perAxis(2)), ceilMode: FLAG },
    });
    this.normType = normType;
    this.kernelSize = kernelSize;
    this.options = options;
  }
  override forward(x: core.Tensor): Tensor {
    return F.lpPool2d(x, this.normType, this.kernelSize, this.options);
  }
  override extraRepr(): string {
    const { stride, ceilMode } = this.options;
    return `norm_type=${this.normType}, kernel_size=${text(this.kernelSize)}, stride=${text(stride)}, ceil_mode=${pyBool(ceilMode ?? false)}`;
  }
}
/** Puts values back at their max-pooling indices. */
export class MaxUnpool2d extends Module<[x: core.Tensor, indices: core.Tensor], Tensor> {
  readonly kernelSize: Size;
  readonly options: { readonly stride?: Size; readonly padding?: Size };
  constructor(kernelSize: Size, options: { readonly stride?: Size; readonly padding?: Size } = {}) {
    super();
    checkWindow("MaxUnpool2d", 2, kernelSize, options, { padding: perAxis(2) });
    this.kernelSize = kernelSize;
    this.options = options;
  }
  override forward(x: core.Tensor, indices: core.Tensor): Tensor {
    return F.maxUnpool2d(x, indices, this.kernelSize, this.options);
  }
  override extraRepr(): string {
    const pair = (v: Size) => pySize(typeof v === "number" ? [v, v] : v);
    const { stride = this.kernelSize, padding = 0 } = this.options;
    return `kernel_size=${pair(this.kernelSize)}, stride=${pair(stride)}, padding=${pair(padding)}`;
  }
}
