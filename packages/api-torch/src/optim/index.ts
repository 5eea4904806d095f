// torch.optim. Classes are callable without `new`.
import { constructible, type Constructible } from "@isoform/core";
import { Adadelta as AdadeltaClass } from "./adadelta.js";
import { Adagrad as AdagradClass } from "./adagrad.js";
import { Adam as AdamClass, AdamW as AdamWClass } from "./adam.js";
import { Adamax as AdamaxClass } from "./adamax.js";
import { ASGD as ASGDClass } from "./asgd.js";
import { NAdam as NAdamClass } from "./nadam.js";
import { RAdam as RAdamClass } from "./radam.js";
import { RMSprop as RMSpropClass } from "./rmsprop.js";
import { Rprop as RpropClass } from "./rprop.js";
import { SGD as SGDClass } from "./sgd.js";

export * as lrScheduler from "./lr-scheduler/index.js";
export type { StateOf } from "./state.js";
export type { OptimizerStateDict } from "./state-dict.js";
export { Optimizer, type AnyOptimizer, type Hyper, type ParamGroup, type ParamsInput } from "./optimizer.js";
export type { AdadeltaOptions } from "./adadelta.js";
export type { AdagradOptions } from "./adagrad.js";
export type { AdamOptions } from "./adam.js";
export type { AdamaxOptions } from "./adamax.js";
export type { ASGDOptions } from "./asgd.js";
export type { NAdamOptions } from "./nadam.js";
export type { RAdamOptions } from "./radam.js";
export type { RMSpropOptions } from "./rmsprop.js";
export type { RpropOptions } from "./rprop.js";
export type { SGDOptions } from "./sgd.js";

/**
 * Steps scaled by the ratio of the root mean squares of past steps and past gradients. Parameters of any
 * shape. By default lr 1, rho 0.9, eps 1e-6, weightDecay 0, maximize false.
 * @throws {ArgumentError} when there are no parameters, one is given twice or is not a leaf, something else
 * is given, an option is unknown or wrong, or `lr`, `rho`, `eps` or `weightDecay` is negative.
 * @see torch.optim.Adadelta, Zeiler 2012, https://arxiv.org/abs/1212.5701
 */
export const Adadelta: Constructible<typeof AdadeltaClass> = /* @__PURE__ */ constructible(AdadeltaClass);
export type Adadelta = AdadeltaClass;
/**
 * s ← s + g²; p ← p − lr·g/(√s + ε). Parameters of any shape. By default lr 1e-2, lrDecay 0, weightDecay 0,
 * initialAccumulatorValue 0, eps 1e-10, maximize false.
 * @throws {ArgumentError} when there are no parameters, one is given twice or is not a leaf, something else
 * is given, an option is unknown or wrong, or a number is negative.
 * @see torch.optim.Adagrad, Duchi et al. 2011, https://jmlr.org/papers/v12/duchi11a.html
 */
export const Adagrad: Constructible<typeof AdagradClass> = /* @__PURE__ */ constructible(AdagradClass);
export type Adagrad = AdagradClass;
/**
 * Adam; `weightDecay` is added to the gradient (L2). Parameters of any shape. By default lr 1e-3, betas [0.9,
 * 0.999], eps 1e-8, weightDecay 0, amsgrad false, maximize false.
 * @throws {ArgumentError} when there are no parameters, one is given twice or is not a leaf, something else
 * is given, an option is unknown or wrong, `lr`, `eps` or `weightDecay` is negative, or a beta is not from 0
 * to below 1.
 * @see torch.optim.Adam, Kingma & Ba 2015, https://arxiv.org/abs/1412.6980
 */
export const Adam: Constructible<typeof AdamClass> = /* @__PURE__ */ constructible(AdamClass);
export type Adam = AdamClass;
/**
 * Adam with decoupled weight decay. Parameters of any shape. By default lr 1e-3, betas [0.9, 0.999], eps
 * 1e-8, weightDecay 1e-2, amsgrad false, maximize false.
 * @throws {ArgumentError} when there are no parameters, one is given twice or is not a leaf, something else
 * is given, an option is unknown or wrong, `lr`, `eps` or `weightDecay` is negative, or a beta is not from 0
 * to below 1.
 * @see torch.optim.AdamW, Loshchilov & Hutter 2019, https://arxiv.org/abs/1711.05101
 */
export const AdamW: Constructible<typeof AdamWClass> = /* @__PURE__ */ constructible(AdamWClass);
export type AdamW = AdamWClass;
/**
 * Adam with the infinity norm: u ← max(β₂u, |g| + ε); p ← p − lr/(1 − β₁ᵗ)·m/u. Parameters of any shape. By
 * default lr 2e-3, betas [0.9, 0.999], eps 1e-8, weightDecay 0, maximize false.
 * @throws {ArgumentError} when there are no parameters, one is given twice or is not a leaf, something else
 * is given, an option is unknown or wrong, `lr`, `eps` or `weightDecay` is negative, or a beta is not from 0
 * to below 1.
 * @see torch.optim.Adamax, Kingma & Ba 2015, section 7, https://arxiv.org/abs/1412.6980
 */
export const Adamax: Constructible<typeof AdamaxClass> = /* @__PURE__ */ constructible(AdamaxClass);
export type Adamax = AdamaxClass;
/**
 * Averaged stochastic gradient descent: the running average of the parameters is the state `ax`. Parameters
 * of any shape. By default lr 1e-2, lambd 1e-4, alpha 0.75, t0 1e6, weightDecay 0, maximize false.
 * @throws {ArgumentError} when there are no parameters, one is given twice or is not a leaf, something else
 * is given, an option is unknown or wrong, or `lr`, `alpha` or `weightDecay` is negative.
 * @see torch.optim.ASGD, Polyak & Juditsky 1992, https://doi.org/10.1137/0330046
 */
export const ASGD: Constructible<typeof ASGDClass> = /* @__PURE__ */ constructible(ASGDClass);
export type ASGD = ASGDClass;
/**
 * Adam with Nesterov momentum. Parameters of any shape. By default lr 2e-3, betas [0.9, 0.999], eps 1e-8,
 * weightDecay 0, momentumDecay 4e-3, decoupledWeightDecay false, maximize false.
 * @throws {ArgumentError} when there are no parameters, one is given twice or is not a leaf, something else
 * is given, an option is unknown or wrong, `lr`, `eps`, `weightDecay` or `momentumDecay` is negative, or a
 * beta is not from 0 to below 1.
 * @see torch.optim.NAdam, Dozat 2016, https://openreview.net/forum?id=OM0jvwB8jIp57ZJjtNEZ
 */
export const NAdam: Constructible<typeof NAdamClass> = /* @__PURE__ */ constructible(NAdamClass);
export type NAdam = NAdamClass;
/**
 * Rectified Adam: the adaptive step is used once its variance is tractable (ρ_t > 5), and then rectified.
 * Parameters of any shape. By default lr 1e-3, betas [0.9, 0.999], eps 1e-8, weightDecay 0,
 * decoupledWeightDecay false, maximize false.
 * @throws {ArgumentError} when there are no parameters, one is given twice or is not a leaf, something else
 * is given, an option is unknown or wrong, `lr`, `eps` or `weightDecay` is negative, or a beta is not from 0
 * to below 1.
 * @see torch.optim.RAdam, Liu et al. 2020, https://arxiv.org/abs/1908.03265
 */
export const RAdam: Constructible<typeof RAdamClass> = /* @__PURE__ */ constructible(RAdamClass);
export type RAdam = RAdamClass;
/**
 * v ← αv + (1 − α)g²; p ← p − lr·g/(√v + ε). Parameters of any shape. By default lr 1e-2, alpha 0.99, eps
 * 1e-8, weightDecay 0, momentum 0, centered false, maximize false.
 * @throws {ArgumentError} when there are no parameters, one is given twice or is not a leaf, something else
 * is given, an option is unknown or wrong, or `lr`, `alpha`, `eps`, `weightDecay` or `momentum` is negative.
 * @see torch.optim.RMSprop, Tieleman & Hinton 2012; centered: Graves 2013, https://arxiv.org/abs/1308.0850
 */
export const RMSprop: Constructible<typeof RMSpropClass> = /* @__PURE__ */ constructible(RMSpropClass);
export type RMSprop = RMSpropClass;
/**
 * Resilient backpropagation: steps follow only the sign of the gradient, with a step size per element.
 * Parameters of any shape. By default lr 1e-2 (the first step size), etas [0.5, 1.2], stepSizes [1e-6, 50],
 * maximize false.
 * @throws {ArgumentError} when there are no parameters, one is given twice or is not a leaf, something else
 * is given, an option is unknown or wrong, or `lr` is negative.
 * @see torch.optim.Rprop, Riedmiller & Braun 1993
 */
export const Rprop: Constructible<typeof RpropClass> = /* @__PURE__ */ constructible(RpropClass);
export type Rprop = RpropClass;
/**
 * Stochastic gradient descent with momentum: v ← μv + (1 − τ)g; p ← p − lr·v (Nesterov: p − lr·(g + μv)).
 * Parameters of any shape. By default lr 1e-3, momentum 0, dampening 0, weightDecay 0, nesterov false,
 * maximize false.
 * @throws {ArgumentError} when there are no parameters, one is given twice or is not a leaf, something else
 * is given, an option is unknown or wrong, `lr`, `momentum` or `weightDecay` is negative, or Nesterov has no
 * momentum or a dampening.
 * @see torch.optim.SGD, Sutskever et al. 2013, https://proceedings.mlr.press/v28/sutskever13.html
 */
export const SGD: Constructible<typeof SGDClass> = /* @__PURE__ */ constructible(SGDClass);
export type SGD = SGDClass;
