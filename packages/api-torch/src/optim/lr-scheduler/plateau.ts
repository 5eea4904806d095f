// Reduction of the rate when a metric no longer gets better.
import * as core from "@isoform/core";
import type { Tensor as CoreTensor } from "@isoform/core";
import { checkOptions, NUMBER, oneOf, withDefaults } from "../../checks.js";
import type { AnyOptimizer } from "../optimizer.js";
import { pyValue } from "../../nn/python-text.js";
import { readSaved, requireState, writeSaved, type Saved, type SchedulerStateDict } from "./state-dict.js";
import { PER_GROUP, perGroup, requireOptimizer } from "./scheduler.js";
import { inOrder, type InOrder } from "../../options.js";

/** Options of `ReduceLROnPlateau`, PyTorch's names and defaults. */
export interface PlateauOptions {
  readonly mode?: "min" | "max";
  readonly factor?: number;
  /** Epochs without improvement before the rate falls. */
  readonly patience?: number;
  /** How much better counts: relative to the best, or absolute. */
  readonly threshold?: number;
  readonly thresholdMode?: "rel" | "abs";
  /** Epochs after a reduction that are not counted. */
  readonly cooldown?: number;
  readonly minLr?: number | readonly number[];
  /** Smaller changes of the rate are not made. */
  readonly eps?: number;
}

const PLATEAU = [
  "mode",
  "factor",
  "patience",
  "threshold",
  "thresholdMode",
  "cooldown",
  "minLr",
  "eps",
] as const;

const SAVED: Saved = {
  factor: "factor",
  min_lrs: "minLrs",
  patience: "patience",
  cooldown: "cooldown",
  eps: "eps",
  last_epoch: "lastEpoch",
  mode: "mode",
  threshold: "threshold",
  threshold_mode: "thresholdMode",
  best: "best",
  cooldown_counter: "cooling",
  num_bad_epochs: "bad",
};

/** Multiplies the rate by `factor` when the metric given to `step` has not improved for `patience` epochs. */
export class ReduceLROnPlateau {
  static readonly name: string = "ReduceLROnPlateau";
  readonly optimizer: AnyOptimizer;
  private options: Required<PlateauOptions>;
  private minLrs: readonly number[];
  private best: number;
  private bad = 0;
  private cooling = 0;
  /** Number of steps made. */
  lastEpoch = 0;

  constructor(optimizer: AnyOptimizer, ...given: InOrder<PlateauOptions, typeof PLATEAU>) {
    const options = inOrder<PlateauOptions>("ReduceLROnPlateau", given, PLATEAU);
    const defaults: Required<PlateauOptions> = {
      mode: "min",
      factor: 0.1,
      patience: 10,
      threshold: 1e-4,
      thresholdMode: "rel",
      cooldown: 0,
      minLr: 0,
      eps: 1e-8,
    };
    this.optimizer = requireOptimizer("ReduceLROnPlateau", optimizer);
    checkOptions("ReduceLROnPlateau", options, {
      mode: oneOf("min", "max"),
      factor: { is: (v) => NUMBER.is(v) && Number(v) < 1, use: "a factor below 1", code: "argument/range" },
      patience: NUMBER,
      threshold: NUMBER,
      thresholdMode: oneOf("rel", "abs"),
      cooldown: NUMBER,
      minLr: PER_GROUP,
      eps: NUMBER,
    });
    this.options = withDefaults(defaults, options);
    this.minLrs = perGroup("ReduceLROnPlateau", "minLr", optimizer, this.options.minLr);
    this.best = this.options.mode === "min" ? Infinity : -Infinity;
  }

  /** The present rates, one per group. */
  getLastLr(): readonly number[] {
    return this.optimizer.paramGroups.map((g) => g.lr);
  }

  /**
   * Takes the metric of one epoch: a number, or a tensor of one element, which is read from the device. NaN is no
   * improvement.
   * @throws {ArgumentError} for anything else, or when the device cannot be read at once.
   * @throws {LifetimeError} in a compiled step, which has no numbers to give it.
   */
  step(metrics: number | CoreTensor): void {
    core.refuseInTrace(
      "step",
      "a metric is used while a step is compiled",
      "call it outside the compiled step",
    );
    const metric = metrics instanceof core.Tensor ? Number(metrics.itemSync()) : metrics;
    if (typeof metric !== "number") {
      throw new core.ArgumentError(`the metric is ${core.shown(metric)}`, {
        code: "argument/metric",
        op: "ReduceLROnPlateau.step",
        hint: "pass a number, or a tensor of one element",
      });
    }
    this.lastEpoch++;
    if (this.isBetter(metric)) {
      this.best = metric;
      this.bad = 0;
    } else this.bad++;
    if (this.cooling > 0) {
      this.cooling--;
      this.bad = 0;
    }
    if (this.bad <= this.options.patience) return;
    this.reduce();
    this.cooling = this.options.cooldown;
    this.bad = 0;
  }

  /** Settings and position in one object. */
  private get flat() {
    const { options, minLrs, best, bad, cooling, lastEpoch } = this;
    return { ...options, minLrs, best, bad, cooling, lastEpoch };
  }

  /**
   * Settings and position as plain data under PyTorch's names. The rates, scalars per group, are in the state of the
   * optimizer.
   * @throws {LifetimeError} in a compiled step
   * @see torch.optim.lr_scheduler.ReduceLROnPlateau.state_dict
   */
  stateDict(): SchedulerStateDict {
    core.refuseInTrace("stateDict", "the state is read while a step is compiled", "read it outside the step");
    const { minLr, mode } = this.options;
    return {
      ...readSaved(this.flat, SAVED),
      default_min_lr: typeof minLr === "number" ? minLr : null,
      mode_worse: mode === "min" ? Infinity : -Infinity,
      _last_lr: [...this.getLastLr()],
    };
  }

  /**
   * Goes on from a state: takes its settings and position. Load the state of the optimizer too: it has the rates,
   * scalars per group.
   * @throws {ArgumentError} when it is not the state of such a schedule; nothing is changed then
   * @see torch.optim.lr_scheduler.ReduceLROnPlateau.load_state_dict
   */
  loadStateDict(stateDict: SchedulerStateDict): void {
    const state = requireState("ReduceLROnPlateau", stateDict);
    const flat = this.flat;
    writeSaved("ReduceLROnPlateau", flat, state, SAVED, ["default_min_lr", "mode_worse", "_last_lr"]);
    const { minLrs, best, bad, cooling, lastEpoch, ...options } = flat;
    Object.assign(this, { options, minLrs, best, bad, cooling, lastEpoch });
  }

  /** The class with its settings and position. */
  toString(): string {
    const shown = Object.entries(readSaved(this.flat, SAVED)).map(([name, v]) => `${name}=${pyValue(v)}`);
    return `ReduceLROnPlateau(${shown.join(", ")})`;
  }

  private isBetter(metric: number): boolean {
    const { mode, threshold, thresholdMode } = this.options;
    const sign = mode === "min" ? -1 : 1;
    const goal = thresholdMode === "rel" ? this.best * (1 + sign * threshold) : this.best + sign * threshold;
    return mode === "min" ? metric < goal : metric > goal;
  }

  private reduce(): void {
    this.optimizer.paramGroups.forEach((g, i) => {
      const next = Math.max(g.lr * this.options.factor, this.minLrs[i] ?? 0);
      if (g.lr - next > this.options.eps) g.lr = next;
    });
  }
}
