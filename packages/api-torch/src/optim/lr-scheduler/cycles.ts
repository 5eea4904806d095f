// Cyclical rates (Smith 2017) and the one-cycle policy (Smith & Topin 2019); both also cycle the momentum.
import * as core from "@isoform/core";
import {
  ABOVE_ZERO,
  checkOptions,
  coded,
  FLAG,
  FUNCTION,
  NOT_NEGATIVE,
  NUMBER,
  oneOf,
  orNull,
  POSITIVE,
  PROBABILITY,
} from "../../checks.js";
import type { AnyOptimizer } from "../optimizer.js";
import { LRScheduler, PER_GROUP, perGroup, requireMomentum, setMomentum } from "./scheduler.js";
import type { Saved, SchedulerStateDict } from "./state-dict.js";
import { inOrder, type InOrder } from "../../options.js";

/** Options of `CyclicLR`, PyTorch's names and defaults. */
export interface CyclicLROptions {
  readonly stepSizeUp?: number;
  /** Default: `stepSizeUp`. */
  readonly stepSizeDown?: number | null;
  /** `triangular2` halves the height every cycle, `exp_range` multiplies it by `gamma` every step. */
  readonly mode?: "triangular" | "triangular2" | "exp_range";
  readonly gamma?: number;
  /** Own factor of the height, of the cycle's number (from 1) or of the step. Replaces `mode`. */
  readonly scaleFn?: ((x: number) => number) | null;
  readonly scaleMode?: "cycle" | "iterations";
  /** Cycles the momentum against the rate. */
  readonly cycleMomentum?: boolean;
  readonly baseMomentum?: number | readonly number[];
  readonly maxMomentum?: number | readonly number[];
}

const CYCLIC = [
  "stepSizeUp",
  "stepSizeDown",
  "mode",
  "gamma",
  "scaleFn",
  "scaleMode",
  "cycleMomentum",
  "baseMomentum",
  "maxMomentum",
] as const;

/** Straight up from `baseLr` to `maxLr` and down again, over and over. */
export class CyclicLR extends LRScheduler {
  static override readonly name: string = "CyclicLR";
  private readonly low: readonly number[];
  private readonly high: readonly number[];
  private readonly lowMomentum: readonly number[];
  private readonly highMomentum: readonly number[];
  private readonly total: number;
  private readonly ratio: number;
  private readonly mode: NonNullable<CyclicLROptions["mode"]>;
  private readonly gamma: number;
  private readonly scaleMode: "cycle" | "iterations";
  private readonly scaleFn: ((x: number) => number) | null;
  private readonly cycleMomentum: boolean;
  protected readonly useBeta1: boolean;

  constructor(
    optimizer: AnyOptimizer,
    baseLr: number | readonly number[],
    maxLr: number | readonly number[],
    ...given: InOrder<CyclicLROptions, typeof CYCLIC>
  ) {
    const options = inOrder<CyclicLROptions>("CyclicLR", given, CYCLIC);
    super(optimizer);
    checkOptions("CyclicLR", options, {
      stepSizeUp: ABOVE_ZERO,
      stepSizeDown: orNull(NOT_NEGATIVE),
      mode: coded("argument/mode", oneOf("triangular", "triangular2", "exp_range")),
      gamma: NUMBER,
      scaleFn: orNull(FUNCTION),
      scaleMode: oneOf("cycle", "iterations"),
      cycleMomentum: FLAG,
      baseMomentum: PER_GROUP,
      maxMomentum: PER_GROUP,
    });
    const { stepSizeUp = 2000, mode = "triangular", gamma = 1, scaleMode = "cycle" } = options;
    const each = (name: string, value: number | readonly number[]) =>
      perGroup("CyclicLR", name, optimizer, value);
    this.low = each("baseLr", baseLr);
    this.high = each("maxLr", maxLr);
    this.lowMomentum = each("baseMomentum", options.baseMomentum ?? 0.8);
    this.highMomentum = each("maxMomentum", options.maxMomentum ?? 0.9);
    this.total = stepSizeUp + (options.stepSizeDown ?? stepSizeUp);
    this.ratio = stepSizeUp / this.total;
    this.mode = mode;
    this.gamma = gamma;
    this.scaleFn = options.scaleFn ?? null;
    this.scaleMode = this.scaleFn ? scaleMode : mode === "exp_range" ? "iterations" : "cycle";
    this.useBeta1 = "betas" in optimizer.defaults;
    this.cycleMomentum = options.cycleMomentum ?? true;
    if (this.cycleMomentum) requireMomentum("CyclicLR", optimizer);
    this._start();
  }

  protected override get saved(): Saved {
    return {
      max_lrs: "high",
      total_size: "total",
      step_ratio: "ratio",
      mode: "mode",
      gamma: "gamma",
      scale_mode: "scaleMode",
      cycle_momentum: "cycleMomentum",
      use_beta1: "useBeta1",
      base_momentums: "lowMomentum",
      max_momentums: "highMomentum",
      base_lrs: "low",
    };
  }
  protected override more(): Readonly<Record<string, unknown>> {
    return { _scale_fn_custom: null };
  }
  override getLr(): number[] {
    const cycle = Math.floor(1 + this.lastEpoch / this.total);
    const x = 1 + this.lastEpoch / this.total - cycle;
    const height = x <= this.ratio ? x / this.ratio : (x - 1) / (this.ratio - 1);
    const scaleFn = this.scaleFn ?? scaleOf(this.mode, this.gamma);
    const scale = scaleFn(this.scaleMode === "cycle" ? cycle : this.lastEpoch);
    if (this.cycleMomentum) {
      const momenta = this.highMomentum.map((m, i) => m - (m - this.lowMomentum[i]!) * height * scale);
      setMomentum(this.optimizer, momenta);
    }
    return this.low.map((lr, i) => lr + (this.high[i]! - lr) * height * scale);
  }
  protected override initialLrs(): number[] {
    return this.getLr();
  }
}

function scaleOf(mode: NonNullable<CyclicLROptions["mode"]>, gamma: number): (x: number) => number {
  switch (mode) {
    case "triangular":
      return () => 1;
    case "triangular2":
      return (cycle) => 1 / 2 ** (cycle - 1);
    case "exp_range":
      return (step) => gamma ** step;
  }
}

/** Options of `OneCycleLR`, PyTorch's names and defaults. Give `totalSteps`, or `epochs` and `stepsPerEpoch`. */
export interface OneCycleLROptions {
  readonly totalSteps?: number | null;
  readonly epochs?: number | null;
  readonly stepsPerEpoch?: number | null;
  /** Share of the steps in which the rate rises. */
  readonly pctStart?: number;
  readonly annealStrategy?: "cos" | "linear";
  readonly cycleMomentum?: boolean;
  readonly baseMomentum?: number | readonly number[];
  readonly maxMomentum?: number | readonly number[];
  /** The first rate is maxLr/divFactor. */
  readonly divFactor?: number;
  /** The last rate is the first one divided by this. */
  readonly finalDivFactor?: number;
  /** Down to the first rate as fast as up, then to the last. */
  readonly threePhase?: boolean;
}

/** Rates and momenta of the groups at the end of a phase, and its last step. */
interface Phase {
  readonly end: number;
  readonly lrs: readonly number[];
  readonly momenta: readonly number[];
}

const ONE_CYCLE = [
  "totalSteps",
  "epochs",
  "stepsPerEpoch",
  "pctStart",
  "annealStrategy",
  "cycleMomentum",
  "baseMomentum",
  "maxMomentum",
  "divFactor",
  "finalDivFactor",
  "threePhase",
] as const;

/** Up to `maxLr`, then down to almost nothing, once over all steps of the training. */
export class OneCycleLR extends LRScheduler {
  static override readonly name: string = "OneCycleLR";
  readonly totalSteps: number;
  private phases: readonly Phase[];
  private readonly strategy: "cos" | "linear";
  private readonly cycleMomentum: boolean;
  protected readonly useBeta1: boolean;
  protected readonly first: readonly number[];

  constructor(
    optimizer: AnyOptimizer,
    maxLr: number | readonly number[],
    ...given: InOrder<OneCycleLROptions, typeof ONE_CYCLE>
  ) {
    const options = inOrder<OneCycleLROptions>("OneCycleLR", given, ONE_CYCLE);
    super(optimizer);
    checkOptions("OneCycleLR", options, {
      totalSteps: orNull(POSITIVE),
      epochs: orNull(POSITIVE),
      stepsPerEpoch: orNull(POSITIVE),
      pctStart: PROBABILITY,
      annealStrategy: coded("argument/anneal-strategy", oneOf("cos", "linear")),
      cycleMomentum: FLAG,
      baseMomentum: PER_GROUP,
      maxMomentum: PER_GROUP,
      divFactor: ABOVE_ZERO,
      finalDivFactor: ABOVE_ZERO,
      threePhase: FLAG,
    });
    const { pctStart = 0.3, divFactor = 25, finalDivFactor = 1e4, threePhase = false } = options;
    const each = (name: string, value: number | readonly number[]) =>
      perGroup("OneCycleLR", name, optimizer, value);
    this.totalSteps = totalSteps(options);
    this.strategy = options.annealStrategy ?? "cos";
    this.useBeta1 = "betas" in optimizer.defaults;
    this.cycleMomentum = options.cycleMomentum ?? true;
    if (this.cycleMomentum) requireMomentum("OneCycleLR", optimizer);
    const top = each("maxLr", maxLr);
    const first = top.map((lr) => lr / divFactor);
    this.first = first;
    const last = first.map((lr) => lr / finalDivFactor);
    const low = each("baseMomentum", options.baseMomentum ?? 0.85);
    const high = each("maxMomentum", options.maxMomentum ?? 0.95);
    const rise = pctStart * this.totalSteps - 1;
    this.phases = [
      { end: 0, lrs: first, momenta: high },
      { end: rise, lrs: top, momenta: low },
      ...(threePhase ? [{ end: 2 * pctStart * this.totalSteps - 2, lrs: first, momenta: high }] : []),
      { end: this.totalSteps - 1, lrs: last, momenta: high },
    ];
    optimizer.paramGroups.forEach((g, i) => (g.initialLr = first[i]!));
    this._start();
  }

  protected override get saved(): Saved {
    return {
      total_steps: "totalSteps",
      _anneal_func_type: "strategy",
      cycle_momentum: "cycleMomentum",
      use_beta1: "useBeta1",
      base_lrs: "first",
    };
  }
  protected override more(): Readonly<Record<string, unknown>> {
    const last = this.phases.length - 1;
    const lr = (i: number) => (i === last ? "min_lr" : i === 1 ? "max_lr" : "initial_lr");
    const momentum = (i: number) => (i === 1 ? "base_momentum" : "max_momentum");
    const phases = this.phases.slice(1).map(({ end }, i) => ({
      end_step: end,
      start_lr: lr(i),
      end_lr: lr(i + 1),
      start_momentum: momentum(i),
      end_momentum: momentum(i + 1),
    }));
    return { _schedule_phases: phases };
  }
  protected override restore(state: SchedulerStateDict): void {
    const given: unknown = state["_schedule_phases"];
    const ends = Array.isArray(given) ? given.map((p: unknown) => Reflect.get(Object(p), "end_step")) : [];
    if (ends.length !== this.phases.length - 1 || !ends.every(NUMBER.is)) {
      throw new core.ArgumentError(
        `the state has ${ends.length} phases instead of ${this.phases.length - 1}`,
        {
          code: "scheduler/state-dict",
          op: "OneCycleLR.loadStateDict",
          hint: "make the schedule with the threePhase that it had when it was saved",
        },
      );
    }
    this.phases = this.phases.map((p, i) => (i === 0 ? p : { ...p, end: Number(ends[i - 1]) }));
  }
  override getLr(): number[] {
    const step = this.lastEpoch;
    if (step > this.totalSteps) {
      throw new core.ArgumentError(`step ${step} of a cycle of ${this.totalSteps} steps`, {
        code: "argument/total-steps",
        op: "OneCycleLR",
        hint: "make totalSteps the number of step() calls of the whole training",
      });
    }
    const found = this.phases.findIndex((p, i) => i > 0 && step <= p.end);
    const i = found < 0 ? this.phases.length - 1 : found;
    const [from, to] = [this.phases[i - 1]!, this.phases[i]!];
    const anneal = annealing(this.strategy);
    const share = (step - from.end) / (to.end - from.end);
    const between = (a: readonly number[], b: readonly number[]) => a.map((v, k) => anneal(v, b[k]!, share));
    if (this.cycleMomentum) setMomentum(this.optimizer, between(from.momenta, to.momenta));
    return between(from.lrs, to.lrs);
  }
  protected override initialLrs(): number[] {
    return this.getLr();
  }
}

function totalSteps(o: OneCycleLROptions): number {
  if (o.totalSteps !== undefined && o.totalSteps !== null) {
    return o.totalSteps;
  }
  if (typeof o.epochs === "number" && typeof o.stepsPerEpoch === "number") {
    return o.epochs * o.stepsPerEpoch;
  }
  throw new core.ArgumentError("the number of steps is not given", {
    code: "argument/total-steps",
    op: "OneCycleLR",
    hint: "pass totalSteps, or epochs and stepsPerEpoch",
  });
}

type Anneal = (from: number, to: number, share: number) => number;

function annealing(strategy: "cos" | "linear"): Anneal {
  if (strategy === "linear") return (from, to, share) => (to - from) * share + from;
  return (from, to, share) => to + ((from - to) / 2) * (Math.cos(Math.PI * share) + 1);
}
