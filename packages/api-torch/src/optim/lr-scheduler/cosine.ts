// Cosine annealing, without and with restarts (Loshchilov & Hutter 2017).
import { checkOptions, checkValue, NUMBER, POSITIVE } from "../../checks.js";
import type { AnyOptimizer } from "../optimizer.js";
import { LRScheduler } from "./scheduler.js";
import type { Saved } from "./state-dict.js";
import { inOrder, type InOrder } from "../../options.js";

type CosineAnnealingLROptions = { readonly etaMin?: number };
const ANNEALING = ["etaMin"] as const;

/** Half a cosine from the first rate to `etaMin` over `tMax` epochs, then back. */
export class CosineAnnealingLR extends LRScheduler {
  static override readonly name: string = "CosineAnnealingLR";
  readonly tMax: number;
  readonly etaMin: number;
  constructor(
    optimizer: AnyOptimizer,
    tMax: number,
    ...given: InOrder<CosineAnnealingLROptions, typeof ANNEALING>
  ) {
    const options = inOrder<CosineAnnealingLROptions>("CosineAnnealingLR", given, ANNEALING);
    super(optimizer);
    checkOptions("CosineAnnealingLR", options, { etaMin: NUMBER });
    this.tMax = checkValue("CosineAnnealingLR", "tMax", tMax, POSITIVE);
    this.etaMin = options.etaMin ?? 0;
    this._start();
  }
  protected override get saved(): Saved {
    return { T_max: "tMax", eta_min: "etaMin" };
  }
  override getLr(): number[] {
    const { tMax, etaMin, lastEpoch } = this;
    if ((lastEpoch - 1 - tMax) % (2 * tMax) === 0) {
      const rise = (1 - Math.cos(Math.PI / tMax)) / 2;
      return this.lrs.map((lr, i) => lr + (this.baseLrs[i]! - etaMin) * rise);
    }
    const height = (epoch: number) => 1 + Math.cos((Math.PI * epoch) / tMax);
    const factor = height(lastEpoch) / height(lastEpoch - 1);
    return this.lrs.map((lr) => factor * (lr - etaMin) + etaMin);
  }
}

type CosineAnnealingWarmRestartsOptions = { readonly TMult?: number; readonly etaMin?: number };
const RESTARTS = ["TMult", "etaMin"] as const;

/** Half a cosine from the first rate to `etaMin` over `t0` epochs, then again, `TMult` times as long every time. */
export class CosineAnnealingWarmRestarts extends LRScheduler {
  static override readonly name: string = "CosineAnnealingWarmRestarts";
  readonly t0: number;
  readonly TMult: number;
  /** Epochs since the last restart, and of its period. */
  private at = 0;
  private period = 0;
  readonly etaMin: number;
  constructor(
    optimizer: AnyOptimizer,
    t0: number,
    ...given: InOrder<CosineAnnealingWarmRestartsOptions, typeof RESTARTS>
  ) {
    const options = inOrder<CosineAnnealingWarmRestartsOptions>(
      "CosineAnnealingWarmRestarts",
      given,
      RESTARTS,
    );
    super(optimizer);
    checkOptions("CosineAnnealingWarmRestarts", options, { TMult: POSITIVE, etaMin: NUMBER });
    this.t0 = checkValue("CosineAnnealingWarmRestarts", "t0", t0, POSITIVE);
    this.TMult = options.TMult ?? 1;
    this.etaMin = options.etaMin ?? 0;
    this._start();
  }
  protected override get saved(): Saved {
    return { T_0: "t0", T_i: "period", T_mult: "TMult", eta_min: "etaMin", T_cur: "at" };
  }
  override getLr(): number[] {
    this.at = this.lastEpoch;
    this.period = this.t0;
    while (this.at >= this.period) {
      this.at -= this.period;
      this.period *= this.TMult;
    }
    const height = (1 + Math.cos((Math.PI * this.at) / this.period)) / 2;
    return this.baseLrs.map((lr) => this.etaMin + (lr - this.etaMin) * height);
  }
  protected override initialLrs(): number[] {
    return this.getLr();
  }
}
