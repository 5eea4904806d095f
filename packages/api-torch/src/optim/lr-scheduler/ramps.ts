// Schedules over a number of epochs from one factor of the rate to another.
import { checkOptions, NUMBER, POSITIVE, PROBABILITY, type Kind } from "../../checks.js";
import type { AnyOptimizer } from "../optimizer.js";
import { LRScheduler } from "./scheduler.js";
import type { Saved } from "./state-dict.js";
import { inOrder, type InOrder } from "../../options.js";

const FACTOR: Kind = {
  is: (v) => typeof v === "number" && v > 0 && v <= 1,
  use: "more than 0, up to 1",
  code: "argument/range",
};

type ConstantLROptions = { readonly factor?: number; readonly totalIters?: number };
const CONSTANT = ["factor", "totalIters"] as const;

/** Rate times `factor` until epoch `totalIters`, then the full rate. */
export class ConstantLR extends LRScheduler {
  static override readonly name: string = "ConstantLR";
  readonly factor: number;
  readonly totalIters: number;
  constructor(optimizer: AnyOptimizer, ...given: InOrder<ConstantLROptions, typeof CONSTANT>) {
    const options = inOrder<ConstantLROptions>("ConstantLR", given, CONSTANT);
    super(optimizer);
    checkOptions("ConstantLR", options, { factor: FACTOR, totalIters: NUMBER });
    this.factor = options.factor ?? 1 / 3;
    this.totalIters = options.totalIters ?? 5;
    this._start();
  }
  protected override get saved(): Saved {
    return { factor: "factor", total_iters: "totalIters" };
  }
  override getLr(): number[] {
    return this.lastEpoch === this.totalIters ? this.lrs.map((lr) => lr * (1 / this.factor)) : this.lrs;
  }
  protected override initialLrs(present: readonly number[]): number[] {
    return present.map((lr) => lr * this.factor);
  }
}

type LinearLROptions = {
  readonly startFactor?: number;
  readonly endFactor?: number;
  readonly totalIters?: number;
};
const LINEAR = ["startFactor", "endFactor", "totalIters"] as const;

/** Factor of the rate from `startFactor` to `endFactor` in equal steps over `totalIters` epochs. */
export class LinearLR extends LRScheduler {
  static override readonly name: string = "LinearLR";
  readonly startFactor: number;
  readonly endFactor: number;
  readonly totalIters: number;
  constructor(optimizer: AnyOptimizer, ...given: InOrder<LinearLROptions, typeof LINEAR>) {
    const options = inOrder<LinearLROptions>("LinearLR", given, LINEAR);
    super(optimizer);
    checkOptions("LinearLR", options, {
      startFactor: FACTOR,
      endFactor: PROBABILITY,
      totalIters: POSITIVE,
    });
    this.startFactor = options.startFactor ?? 1 / 3;
    this.endFactor = options.endFactor ?? 1;
    this.totalIters = options.totalIters ?? 5;
    this._start();
  }
  protected override get saved(): Saved {
    return { start_factor: "startFactor", end_factor: "endFactor", total_iters: "totalIters" };
  }
  override getLr(): number[] {
    if (this.lastEpoch > this.totalIters) return this.lrs;
    const rise = this.endFactor - this.startFactor;
    const before = this.totalIters * this.startFactor + (this.lastEpoch - 1) * rise;
    return this.lrs.map((lr) => lr * (1 + rise / before));
  }
  protected override initialLrs(present: readonly number[]): number[] {
    return present.map((lr) => lr * this.startFactor);
  }
}

type PolynomialLROptions = { readonly totalIters?: number; readonly power?: number };
const POLYNOMIAL = ["totalIters", "power"] as const;

/** Rate = first rate · (1 − epoch/totalIters)^power. */
export class PolynomialLR extends LRScheduler {
  static override readonly name: string = "PolynomialLR";
  readonly totalIters: number;
  readonly power: number;
  constructor(optimizer: AnyOptimizer, ...given: InOrder<PolynomialLROptions, typeof POLYNOMIAL>) {
    const options = inOrder<PolynomialLROptions>("PolynomialLR", given, POLYNOMIAL);
    super(optimizer);
    checkOptions("PolynomialLR", options, { totalIters: POSITIVE, power: NUMBER });
    this.totalIters = options.totalIters ?? 5;
    this.power = options.power ?? 1;
    this._start();
  }
  protected override get saved(): Saved {
    return { total_iters: "totalIters", power: "power" };
  }
  override getLr(): number[] {
    if (this.lastEpoch > this.totalIters) return this.lrs;
    const left = (epoch: number) => 1 - epoch / this.totalIters;
    const factor = (left(this.lastEpoch) / left(this.lastEpoch - 1)) ** this.power;
    return this.lrs.map((lr) => lr * factor);
  }
}
