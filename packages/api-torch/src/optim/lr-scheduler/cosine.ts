// Cosine annealing, without and with restarts (Loshchilov & Hutter 2017).
import { checkOptions, checkValue, NUMBER, POSITIVE } from "../../checks.js";
import type { AnyOptimizer } from "../optimizer.js";
import { LRScheduler } from "./scheduler.js";

/** Half a cosine from the first rate to `etaMin` over `tMax` epochs, then back. */
export class CosineAnnealingLR extends LRScheduler {
  static override readonly name: string = "CosineAnnealingLR";
  readonly tMax: number;
  readonly etaMin: number;
  constructor(optimizer: AnyOptimizer, tMax: number, options: { readonly etaMin?: number } = {}) {
    super(optimizer);
    checkOptions("CosineAnnealingLR", options, { etaMin: NUMBER });
    this.tMax = checkValue("CosineAnnealingLR", "tMax", tMax, POSITIVE);
    this.etaMin = options.etaMin ?? 0;
    this._start();
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

/** Half a cosine from the first rate to `etaMin` over `t0` epochs, then again, `TMult` times as long every time. */
export class CosineAnnealingWarmRestarts extends LRScheduler {
  static override readonly name: string = "CosineAnnealingWarmRestarts";
  readonly t0: number;
  readonly TMult: number;
  readonly etaMin: number;
  constructor(
    optimizer: AnyOptimizer,
    t0: number,
    options: { readonly TMult?: number; readonly etaMin?: number } = {},
  ) {
    super(optimizer);
    checkOptions("CosineAnnealingWarmRestarts", options, { TMult: POSITIVE, etaMin: NUMBER });
    this.t0 = checkValue("CosineAnnealingWarmRestarts", "t0", t0, POSITIVE);
    this.TMult = options.TMult ?? 1;
    this.etaMin = options.etaMin ?? 0;
    this._start();
  }
  override getLr(): number[] {
    let at = this.lastEpoch;
    let period = this.t0;
    while (at >= period) {
      at -= period;
      period *= this.TMult;
    }
    const height = (1 + Math.cos((Math.PI * at) / period)) / 2;
    return this.baseLrs.map((lr) => this.etaMin + (lr - this.etaMin) * height);
  }
  protected override initialLrs(): number[] {
    return this.getLr();
  }
}
