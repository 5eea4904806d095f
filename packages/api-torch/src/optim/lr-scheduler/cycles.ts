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

/** Straight up from `baseLr` to `maxLr` and down again, over and over. */
export class CyclicLR extends LRScheduler {
  static override readonly name: string = "CyclicLR";
  private readonly low: readonly number[];
  private readonly high: readonly number[];
  private readonly lowMomentum: readonly number[];
  private readonly highMomentum: readonly number[];
  private readonly total: number;
  private readonly ratio: number;
  private readonly byCycle: boolean;
  private readonly scale: (x: number) => number;
  private readonly cycleMomentum: boolean;

  constructor(
    optimizer: AnyOptimizer,
    baseLr: number | readonly number[],
    maxLr: number | readonly number[],
    options: CyclicLROptions = {},
  ) {
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
    this.byCycle = options.scaleFn ? scaleMode === "cycle" : mode !== "exp_range";
    this.scale = options.scaleFn ?? scaleOf(mode, gamma);
    this.cycleMomentum = options.cycleMomentum ?? true;
    if (this.cycleMomentum) requireMomentum("CyclicLR", optimizer);
    this._start();
  }

  override getLr(): number[] {
    const cycle = Math.floor(1 + this.lastEpoch / this.total);
    const x = 1 + this.lastEpoch / this.total - cycle;
    const height = x <= this.ratio ? x / this.ratio : (x - 1) / (this.ratio - 1);
    const scale = this.scale(this.byCycle ? cycle : this.lastEpoch);
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

/** Up to `maxLr`, then down to almost nothing, once over all steps of the training. */
export class OneCycleLR extends LRScheduler {
  static override readonly name: string = "OneCycleLR";
  readonly totalSteps: number;
  private readonly phases: readonly Phase[];
  private readonly anneal: Anneal;
  private readonly cycleMomentum: boolean;

  constructor(optimizer: AnyOptimizer, maxLr: number | readonly number[], options: OneCycleLROptions = {}) {
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
    this.anneal = annealing(options.annealStrategy ?? "cos");
    this.cycleMomentum = options.cycleMomentum ?? true;
    if (this.cycleMomentum) requireMomentum("OneCycleLR", optimizer);
    const top = each("maxLr", maxLr);
    const first = top.map((lr) => lr / divFactor);
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
    const share = (step - from.end) / (to.end - from.end);
    const between = (a: readonly number[], b: readonly number[]) =>
      a.map((v, k) => this.anneal(v, b[k]!, share));
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
