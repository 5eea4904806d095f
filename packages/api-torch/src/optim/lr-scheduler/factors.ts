// Schedules that multiply the rate by a factor at every step, at some steps, or by a function of the step.
import { checkOptions, checkValue, FUNCTION, listOf, NUMBER, POSITIVE } from "../../checks.js";
import type { AnyOptimizer } from "../optimizer.js";
import { LRScheduler, perGroup } from "./scheduler.js";
import type { Saved } from "./state-dict.js";
import { inOrder, type InOrder } from "../../options.js";

type Factor = (epoch: number) => number;

/** Rate = first rate · f(epoch); one function, or one per group. */
export class LambdaLR extends LRScheduler {
  static override readonly name: string = "LambdaLR";
  private readonly factors: readonly Factor[];
  constructor(optimizer: AnyOptimizer, lrLambda: Factor | readonly Factor[]) {
    super(optimizer);
    this.factors = perGroup("LambdaLR", "lrLambda", optimizer, lrLambda, FUNCTION);
    this._start();
  }
  protected override more(): Readonly<Record<string, unknown>> {
    return { lr_lambdas: this.factors.map(() => null) };
  }
  override getLr(): number[] {
    return this.baseLrs.map((lr, i) => lr * this.factors[i]!(this.lastEpoch));
  }
  protected override initialLrs(): number[] {
    return this.getLr();
  }
}

/** Rate times f(epoch) at every step; one function, or one per group. */
export class MultiplicativeLR extends LRScheduler {
  static override readonly name: string = "MultiplicativeLR";
  private readonly factors: readonly Factor[];
  constructor(optimizer: AnyOptimizer, lrLambda: Factor | readonly Factor[]) {
    super(optimizer);
    this.factors = perGroup("MultiplicativeLR", "lrLambda", optimizer, lrLambda, FUNCTION);
    this._start();
  }
  protected override more(): Readonly<Record<string, unknown>> {
    return { lr_lambdas: this.factors.map(() => null) };
  }
  override getLr(): number[] {
    return this.lrs.map((lr, i) => lr * this.factors[i]!(this.lastEpoch));
  }
}

type StepLROptions = { readonly gamma?: number };
const GAMMA = ["gamma"] as const;

/** Rate times `gamma` every `stepSize` epochs. */
export class StepLR extends LRScheduler {
  static override readonly name: string = "StepLR";
  readonly stepSize: number;
  readonly gamma: number;
  constructor(optimizer: AnyOptimizer, stepSize: number, ...given: InOrder<StepLROptions, typeof GAMMA>) {
    const options = inOrder<StepLROptions>("StepLR", given, GAMMA);
    super(optimizer);
    checkOptions("StepLR", options, { gamma: NUMBER });
    this.stepSize = checkValue("StepLR", "stepSize", stepSize, POSITIVE);
    this.gamma = options.gamma ?? 0.1;
    this._start();
  }
  protected override get saved(): Saved {
    return { step_size: "stepSize", gamma: "gamma" };
  }
  override getLr(): number[] {
    return this.lastEpoch % this.stepSize === 0 ? this.lrs.map((lr) => lr * this.gamma) : this.lrs;
  }
}

type MultiStepLROptions = { readonly gamma?: number };

/** Rate times `gamma` at every milestone; a milestone may be listed several times. */
export class MultiStepLR extends LRScheduler {
  static override readonly name: string = "MultiStepLR";
  milestones: readonly number[];
  readonly gamma: number;
  constructor(
    optimizer: AnyOptimizer,
    milestones: readonly number[],
    ...given: InOrder<MultiStepLROptions, typeof GAMMA>
  ) {
    const options = inOrder<MultiStepLROptions>("MultiStepLR", given, GAMMA);
    super(optimizer);
    checkOptions("MultiStepLR", options, { gamma: NUMBER });
    const epochs = listOf(NUMBER, "a list of epochs");
    this.milestones = [...checkValue("MultiStepLR", "milestones", milestones, epochs)];
    this.gamma = options.gamma ?? 0.1;
    this._start();
  }
  /** How often each milestone is listed, as PyTorch saves them. */
  protected get counts(): Readonly<Record<string, unknown>> {
    const times = (m: number) => this.milestones.filter((v) => v === m).length;
    return Object.fromEntries(this.milestones.map((m) => [m, times(m)]));
  }
  protected set counts(counts: Readonly<Record<string, unknown>>) {
    this.milestones = Object.entries(counts).flatMap(([m, n]) =>
      new Array<number>(Number(n)).fill(Number(m)),
    );
  }
  protected override get saved(): Saved {
    return { milestones: "counts", gamma: "gamma" };
  }
  override getLr(): number[] {
    return this.initialLrs(this.lrs);
  }
  protected override initialLrs(present: readonly number[]): number[] {
    const times = this.milestones.filter((m) => m === this.lastEpoch).length;
    return present.map((lr) => (times === 0 ? lr : lr * this.gamma ** times));
  }
}

/** Rate times `gamma` at every step. */
export class ExponentialLR extends LRScheduler {
  static override readonly name: string = "ExponentialLR";
  readonly gamma: number;
  constructor(optimizer: AnyOptimizer, gamma: number) {
    super(optimizer);
    this.gamma = checkValue("ExponentialLR", "gamma", gamma, NUMBER);
    this._start();
  }
  protected override get saved(): Saved {
    return { gamma: "gamma" };
  }
  override getLr(): number[] {
    return this.lrs.map((lr) => lr * this.gamma);
  }
}
