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

/** Adadelta (Zeiler 2012). */
export const Adadelta: Constructible<typeof AdadeltaClass> = /* @__PURE__ */ constructible(AdadeltaClass);
export type Adadelta = AdadeltaClass;
/** Adagrad (Duchi et al. 2011). */
export const Adagrad: Constructible<typeof AdagradClass> = /* @__PURE__ */ constructible(AdagradClass);
export type Adagrad = AdagradClass;
/** Adam (Kingma & Ba 2015). */
export const Adam: Constructible<typeof AdamClass> = /* @__PURE__ */ constructible(AdamClass);
export type Adam = AdamClass;
/** Adam with decoupled weight decay (Loshchilov & Hutter 2019). */
export const AdamW: Constructible<typeof AdamWClass> = /* @__PURE__ */ constructible(AdamWClass);
export type AdamW = AdamWClass;
/** Adam with the infinity norm. */
export const Adamax: Constructible<typeof AdamaxClass> = /* @__PURE__ */ constructible(AdamaxClass);
export type Adamax = AdamaxClass;
/** Averaged stochastic gradient descent. */
export const ASGD: Constructible<typeof ASGDClass> = /* @__PURE__ */ constructible(ASGDClass);
export type ASGD = ASGDClass;
/** Adam with Nesterov momentum (Dozat 2016). */
export const NAdam: Constructible<typeof NAdamClass> = /* @__PURE__ */ constructible(NAdamClass);
export type NAdam = NAdamClass;
/** Rectified Adam (Liu et al. 2020). */
export const RAdam: Constructible<typeof RAdamClass> = /* @__PURE__ */ constructible(RAdamClass);
export type RAdam = RAdamClass;
/** RMSprop (Tieleman & Hinton 2012). */
export const RMSprop: Constructible<typeof RMSpropClass> = /* @__PURE__ */ constructible(RMSpropClass);
export type RMSprop = RMSpropClass;
/** Resilient backpropagation (Riedmiller & Braun 1993). */
export const Rprop: Constructible<typeof RpropClass> = /* @__PURE__ */ constructible(RpropClass);
export type Rprop = RpropClass;
/** Stochastic gradient descent, with momentum. */
export const SGD: Constructible<typeof SGDClass> = /* @__PURE__ */ constructible(SGDClass);
export type SGD = SGDClass;
