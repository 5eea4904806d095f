// Reduction of the rate when a metric no longer gets better.
import * as core from "@isoform/core";
import type { Tensor as CoreTensor } from "@isoform/core";
import { checkOptions, NUMBER, oneOf, withDefaults } from "../../checks.js";
import type { AnyOptimizer } from "../optimizer.js";
import { PER_GROUP, perGroup, requireOptimizer } from "./scheduler.js";

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

/** Multiplies the rate by `factor` when the metric given to `step` has not improved for `patience` epochs. */
export class ReduceLROnPlateau {
  static readonly name: string = "ReduceLROnPlateau";
  readonly optimizer: AnyOptimizer;
  private readonly options: Required<PlateauOptions>;
  private readonly minLrs: readonly number[];
  private best: number;
  private bad = 0;
  private cooling = 0;

  constructor(optimizer: AnyOptimizer, options: PlateauOptions = {}) {
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
