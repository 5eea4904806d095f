// Dropout modules.
import type * as core from "@isoform/core";
import { asTensor, type Tensor } from "../../tensor/tensor.js";
import * as F from "../functional/dropout.js";
import { checkOptions, FLAG, NUMBER } from "../../checks.js";
import { checkTensors } from "../../tensor/arguments.js";
import { inOrder, type InOrder } from "../../options.js";
import { Module } from "../module.js";
import { pyBool, pyNumber } from "../python-text.js";

abstract class DropoutNd extends Module<[x: core.Tensor], Tensor> {
  readonly p: number;
  readonly inplace: boolean;
  constructor(options: DropoutModuleOptions) {
    super();
    checkOptions(this.constructor.name, options, { p: NUMBER, inplace: FLAG });
    this.p = F.checkProbability(this.constructor.name, options.p ?? 0.5);
    this.inplace = options.inplace ?? false;
  }
  override forward(x: core.Tensor): Tensor {
    checkTensors(this.constructor.name, { x });
    return this.training ? this.drop(x, { p: this.p, training: true }) : asTensor(x);
  }
  protected abstract drop(x: core.Tensor, options: F.DropoutOptions): Tensor;
  override extraRepr(): string {
    return `p=${pyNumber(this.p)}, inplace=${pyBool(this.inplace)}`;
  }
}
/** Options of the dropout modules. */
export interface DropoutModuleOptions {
  readonly p?: number;
  readonly inplace?: boolean;
}
const DROPOUT = ["p", "inplace"] as const;

/** Zeroes elements with probability p in training. */
export class Dropout extends DropoutNd {
  static override readonly name: string = "Dropout";
  constructor(...given: InOrder<DropoutModuleOptions, typeof DROPOUT>) {
    super(inOrder<DropoutModuleOptions>("Dropout", given, DROPOUT));
  }
  protected override drop(x: core.Tensor, options: F.DropoutOptions): Tensor {
    return F.dropout(x, options);
  }
}
/** Zeroes channels of `[N, C, L]` with probability p in training. */
export class Dropout1d extends DropoutNd {
  static override readonly name: string = "Dropout1d";
  constructor(...given: InOrder<DropoutModuleOptions, typeof DROPOUT>) {
    super(inOrder<DropoutModuleOptions>("Dropout1d", given, DROPOUT));
  }
  protected override drop(x: core.Tensor, options: F.DropoutOptions): Tensor {
    return F.dropout1d(x, options);
  }
}
/** Zeroes channels of `[N, C, D, H, W]` with probability p in training. */
export class Dropout3d extends DropoutNd {
  static override readonly name: string = "Dropout3d";
  constructor(...given: InOrder<DropoutModuleOptions, typeof DROPOUT>) {
    super(inOrder<DropoutModuleOptions>("Dropout3d", given, DROPOUT));
  }
  protected override drop(x: core.Tensor, options: F.DropoutOptions): Tensor {
    return F.dropout3d(x, options);
  }
}
/** Zeroes channels of `[N, C, H, W]` with probability p in training. */
export class Dropout2d extends DropoutNd {
  static override readonly name: string = "Dropout2d";
  constructor(...given: InOrder<DropoutModuleOptions, typeof DROPOUT>) {
    super(inOrder<DropoutModuleOptions>("Dropout2d", given, DROPOUT));
  }
  protected override drop(x: core.Tensor, options: F.DropoutOptions): Tensor {
    return F.dropout2d(x, options);
  }
}
/** Moves elements to the negative limit of SELU with probability p in training; keeps mean and variance. */
export class AlphaDropout extends DropoutNd {
  static override readonly name: string = "AlphaDropout";
  constructor(...given: InOrder<DropoutModuleOptions, typeof DROPOUT>) {
    super(inOrder<DropoutModuleOptions>("AlphaDropout", given, DROPOUT));
  }
  protected override drop(x: core.Tensor, options: F.DropoutOptions): Tensor {
    return F.alphaDropout(x, options);
  }
}
/** Alpha dropout of whole channels of `[N, C, …]` in training. */
export class FeatureAlphaDropout extends DropoutNd {
  static override readonly name: string = "FeatureAlphaDropout";
  constructor(...given: InOrder<DropoutModuleOptions, typeof DROPOUT>) {
    super(inOrder<DropoutModuleOptions>("FeatureAlphaDropout", given, DROPOUT));
  }
  protected override drop(x: core.Tensor, options: F.DropoutOptions): Tensor {
    return F.featureAlphaDropout(x, options);
  }
}
