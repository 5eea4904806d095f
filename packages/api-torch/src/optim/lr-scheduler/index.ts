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
export type { SchedulerStateDict } from "./state-dict.js";

/**
 * Rate = first rate · f(epoch), an epoch being one `step()`. One function, or one per group; rates are
 * scalars.
 * @throws {ArgumentError} when the first argument is not an optimizer, or the functions are none, do not give
 * numbers, or are not one per group.
 * @see torch.optim.lr_scheduler.LambdaLR
 */
export const LambdaLR: Constructible<typeof factors.LambdaLR> = /* @__PURE__ */ constructible(
  factors.LambdaLR,
);
export type LambdaLR = factors.LambdaLR;
/**
 * Rate times f(epoch) at every step. One function, or one per group; rates are scalars.
 * @throws {ArgumentError} when the first argument is not an optimizer, or the functions are none, do not give
 * numbers, or are not one per group.
 * @see torch.optim.lr_scheduler.MultiplicativeLR
 */
export const MultiplicativeLR: Constructible<typeof factors.MultiplicativeLR> = /* @__PURE__ */ constructible(
  factors.MultiplicativeLR,
);
export type MultiplicativeLR = factors.MultiplicativeLR;
/**
 * Rate, a scalar per group, times `gamma` (default 0.1) every `stepSize` epochs, an epoch being one `step()`.
 * @throws {ArgumentError} when the first argument is not an optimizer, `stepSize` is not a positive integer,
 * or an option is unknown or wrong.
 * @see torch.optim.lr_scheduler.StepLR
 */
export const StepLR: Constructible<typeof factors.StepLR> = /* @__PURE__ */ constructible(factors.StepLR);
export type StepLR = factors.StepLR;
/**
 * Rate, a scalar per group, times `gamma` (default 0.1) at every milestone, an epoch being one `step()`; a
 * milestone may be listed several times.
 * @throws {ArgumentError} when the first argument is not an optimizer, the milestones are no list of numbers,
 * or an option is unknown or wrong.
 * @see torch.optim.lr_scheduler.MultiStepLR
 */
export const MultiStepLR: Constructible<typeof factors.MultiStepLR> = /* @__PURE__ */ constructible(
  factors.MultiStepLR,
);
export type MultiStepLR = factors.MultiStepLR;
/**
 * Rate, a scalar per group, times `gamma` at every step.
 * @throws {ArgumentError} when the first argument is not an optimizer, or `gamma` no number.
 * @see torch.optim.lr_scheduler.ExponentialLR
 */
export const ExponentialLR: Constructible<typeof factors.ExponentialLR> = /* @__PURE__ */ constructible(
  factors.ExponentialLR,
);
export type ExponentialLR = factors.ExponentialLR;
/**
 * Rate, a scalar per group, times `factor` (default 1/3) until epoch `totalIters` (5), then the full rate.
 * @throws {ArgumentError} when the first argument is not an optimizer, `factor` is not above 0 and up to 1,
 * or an option is unknown or wrong.
 * @see torch.optim.lr_scheduler.ConstantLR
 */
export const ConstantLR: Constructible<typeof ramps.ConstantLR> = /* @__PURE__ */ constructible(
  ramps.ConstantLR,
);
export type ConstantLR = ramps.ConstantLR;
/**
 * Factor of the rate, a scalar per group, from `startFactor` (default 1/3) to `endFactor` (1) in equal steps
 * over `totalIters` (5) epochs.
 * @throws {ArgumentError} when the first argument is not an optimizer, a factor is out of 0 … 1 or the first
 * one 0, `totalIters` is not a positive integer, or an option is unknown or wrong.
 * @see torch.optim.lr_scheduler.LinearLR
 */
export const LinearLR: Constructible<typeof ramps.LinearLR> = /* @__PURE__ */ constructible(ramps.LinearLR);
export type LinearLR = ramps.LinearLR;
/**
 * Rate = first rate · (1 − epoch/totalIters)^power, a scalar per group; totalIters 5 and power 1 by default.
 * @throws {ArgumentError} when the first argument is not an optimizer, `totalIters` is not a positive
 * integer, or an option is unknown or wrong.
 * @see torch.optim.lr_scheduler.PolynomialLR
 */
export const PolynomialLR: Constructible<typeof ramps.PolynomialLR> = /* @__PURE__ */ constructible(
  ramps.PolynomialLR,
);
export type PolynomialLR = ramps.PolynomialLR;
/**
 * Half a cosine from the first rate, a scalar per group, to `etaMin` (default 0) over `tMax` epochs, then
 * back.
 * @throws {ArgumentError} when the first argument is not an optimizer, `tMax` is not a positive integer, or
 * an option is unknown or wrong.
 * @see torch.optim.lr_scheduler.CosineAnnealingLR, Loshchilov & Hutter 2017, https://arxiv.org/abs/1608.03983
 */
export const CosineAnnealingLR: Constructible<typeof cosine.CosineAnnealingLR> =
  /* @__PURE__ */ constructible(cosine.CosineAnnealingLR);
export type CosineAnnealingLR = cosine.CosineAnnealingLR;
/**
 * Half a cosine from the first rate, a scalar per group, to `etaMin` (default 0) over `t0` epochs, then
 * again, `TMult` (default 1) times as long every time.
 * @throws {ArgumentError} when the first argument is not an optimizer, `t0` or `TMult` is not a positive
 * integer, or an option is unknown or wrong.
 * @see torch.optim.lr_scheduler.CosineAnnealingWarmRestarts, Loshchilov & Hutter 2017,
 * https://arxiv.org/abs/1608.03983
 */
export const CosineAnnealingWarmRestarts: Constructible<typeof cosine.CosineAnnealingWarmRestarts> =
  /* @__PURE__ */ constructible(cosine.CosineAnnealingWarmRestarts);
export type CosineAnnealingWarmRestarts = cosine.CosineAnnealingWarmRestarts;
/**
 * Straight up from `baseLr` to `maxLr` and down again, over and over; scalars, or one per group. By default
 * stepSizeUp 2000 steps, mode 'triangular', gamma 1, scaleMode 'cycle', cycleMomentum true, baseMomentum 0.8,
 * maxMomentum 0.9.
 * @throws {ArgumentError} when the first argument is not an optimizer or has no momentum to cycle, a list has
 * not one value per group, or an option or the mode is unknown or wrong: `stepSizeUp` must be above 0.
 * @see torch.optim.lr_scheduler.CyclicLR, Smith 2017, https://arxiv.org/abs/1506.01186
 */
export const CyclicLR: Constructible<typeof cycles.CyclicLR> = /* @__PURE__ */ constructible(cycles.CyclicLR);
export type CyclicLR = cycles.CyclicLR;
/**
 * Up to `maxLr` (a scalar, or one per group), then down to almost nothing, once over all steps of the
 * training. By default pctStart 0.3, annealStrategy 'cos', cycleMomentum true, baseMomentum 0.85, maxMomentum
 * 0.95, divFactor 25, finalDivFactor 1e4, threePhase false.
 * @throws {ArgumentError} when the first argument is not an optimizer or has no momentum to cycle, the number
 * of steps is missing or not a positive integer, a list has not one value per group, an option or the
 * strategy is unknown or wrong; by `step()` after the last step.
 * @see torch.optim.lr_scheduler.OneCycleLR, Smith & Topin 2017, https://arxiv.org/abs/1708.07120
 */
export const OneCycleLR: Constructible<typeof cycles.OneCycleLR> = /* @__PURE__ */ constructible(
  cycles.OneCycleLR,
);
export type OneCycleLR = cycles.OneCycleLR;
/**
 * One schedule after another, rates being scalars per group; the next one starts afresh at its milestone, a
 * number of `step()` calls.
 * @throws {ArgumentError} when the first argument is not an optimizer, a schedule is not one of this
 * optimizer, or there is not one milestone fewer than schedules.
 * @see torch.optim.lr_scheduler.SequentialLR
 */
export const SequentialLR: Constructible<typeof combined.SequentialLR> = /* @__PURE__ */ constructible(
  combined.SequentialLR,
);
export type SequentialLR = combined.SequentialLR;
/**
 * Several schedules at once: their factors of the rate, a scalar per group, multiply.
 * @throws {ArgumentError} when the list is empty, or the schedules are not all of one optimizer.
 * @see torch.optim.lr_scheduler.ChainedScheduler
 */
export const ChainedScheduler: Constructible<typeof combined.ChainedScheduler> =
  /* @__PURE__ */ constructible(combined.ChainedScheduler);
export type ChainedScheduler = combined.ChainedScheduler;
/**
 * Multiplies the rate, a scalar per group, by `factor` when the metric given to `step` has not improved for
 * `patience` epochs. By default mode 'min', factor 0.1, patience 10, threshold 1e-4, thresholdMode 'rel',
 * cooldown 0, minLr 0, eps 1e-8.
 * @throws {ArgumentError} when the first argument is not an optimizer, `factor` is 1 or more, `minLr` has not
 * one value per group, or an option is unknown or wrong.
 * @see torch.optim.lr_scheduler.ReduceLROnPlateau
 */
export const ReduceLROnPlateau: Constructible<typeof plateau.ReduceLROnPlateau> =
  /* @__PURE__ */ constructible(plateau.ReduceLROnPlateau);
export type ReduceLROnPlateau = plateau.ReduceLROnPlateau;
