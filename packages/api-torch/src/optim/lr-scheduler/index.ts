// torch.optim.lr_scheduler. Classes are callable without `new`.
import { constructible, type Constructible } from "@isoform/core";
import * as factors from "./factors.js";
import * as ramps from "./ramps.js";
import * as cosine from "./cosine.js";
import * as cycles from "./cycles.js";
import * as combined from "./combined.js";
import * as plateau from "./plateau.js";

export { LRScheduler } from "./scheduler.js";
export type { CyclicLROptions, OneCycleLROptions } from "./cycles.js";
export type { PlateauOptions } from "./plateau.js";

/** Rate = first rate · f(epoch); one function, or one per group. */
export const LambdaLR: Constructible<typeof factors.LambdaLR> = /* @__PURE__ */ constructible(
  factors.LambdaLR,
);
export type LambdaLR = factors.LambdaLR;
/** Rate times f(epoch) at every step; one function, or one per group. */
export const MultiplicativeLR: Constructible<typeof factors.MultiplicativeLR> = /* @__PURE__ */ constructible(
  factors.MultiplicativeLR,
);
export type MultiplicativeLR = factors.MultiplicativeLR;
/** Rate times `gamma` every `stepSize` epochs. */
export const StepLR: Constructible<typeof factors.StepLR> = /* @__PURE__ */ constructible(factors.StepLR);
export type StepLR = factors.StepLR;
/** Rate times `gamma` at every milestone; a milestone may be listed several times. */
export const MultiStepLR: Constructible<typeof factors.MultiStepLR> = /* @__PURE__ */ constructible(
  factors.MultiStepLR,
);
export type MultiStepLR = factors.MultiStepLR;
/** Rate times `gamma` at every step. */
export const ExponentialLR: Constructible<typeof factors.ExponentialLR> = /* @__PURE__ */ constructible(
  factors.ExponentialLR,
);
export type ExponentialLR = factors.ExponentialLR;
/** Rate times `factor` until epoch `totalIters`, then the full rate. */
export const ConstantLR: Constructible<typeof ramps.ConstantLR> = /* @__PURE__ */ constructible(
  ramps.ConstantLR,
);
export type ConstantLR = ramps.ConstantLR;
/** Factor of the rate from `startFactor` to `endFactor` in equal steps over `totalIters` epochs. */
export const LinearLR: Constructible<typeof ramps.LinearLR> = /* @__PURE__ */ constructible(ramps.LinearLR);
export type LinearLR = ramps.LinearLR;
/** Rate = first rate · (1 − epoch/totalIters)^power. */
export const PolynomialLR: Constructible<typeof ramps.PolynomialLR> = /* @__PURE__ */ constructible(
  ramps.PolynomialLR,
);
export type PolynomialLR = ramps.PolynomialLR;
/** Half a cosine from the first rate to `etaMin` over `tMax` epochs, then back. */
export const CosineAnnealingLR: Constructible<typeof cosine.CosineAnnealingLR> =
  /* @__PURE__ */ constructible(cosine.CosineAnnealingLR);
export type CosineAnnealingLR = cosine.CosineAnnealingLR;
/** Half a cosine from the first rate to `etaMin` over `t0` epochs, then again, `TMult` times as long every time. */
export const CosineAnnealingWarmRestarts: Constructible<typeof cosine.CosineAnnealingWarmRestarts> =
  /* @__PURE__ */ constructible(cosine.CosineAnnealingWarmRestarts);
export type CosineAnnealingWarmRestarts = cosine.CosineAnnealingWarmRestarts;
/** Straight up from `baseLr` to `maxLr` and down again, over and over. */
export const CyclicLR: Constructible<typeof cycles.CyclicLR> = /* @__PURE__ */ constructible(cycles.CyclicLR);
export type CyclicLR = cycles.CyclicLR;
/** Up to `maxLr`, then down to almost nothing, once over all steps of the training. */
export const OneCycleLR: Constructible<typeof cycles.OneCycleLR> = /* @__PURE__ */ constructible(
  cycles.OneCycleLR,
);
export type OneCycleLR = cycles.OneCycleLR;
/** One schedule after another; the next one starts afresh at its milestone. */
export const SequentialLR: Constructible<typeof combined.SequentialLR> = /* @__PURE__ */ constructible(
  combined.SequentialLR,
);
export type SequentialLR = combined.SequentialLR;
/** Several schedules at once: their factors multiply. */
export const ChainedScheduler: Constructible<typeof combined.ChainedScheduler> =
  /* @__PURE__ */ constructible(combined.ChainedScheduler);
export type ChainedScheduler = combined.ChainedScheduler;
/** Multiplies the rate by `factor` when the metric given to `step` has not improved for `patience` epochs. */
export const ReduceLROnPlateau: Constructible<typeof plateau.ReduceLROnPlateau> =
  /* @__PURE__ */ constructible(plateau.ReduceLROnPlateau);
export type ReduceLROnPlateau = plateau.ReduceLROnPlateau;
