// torch.optim. Classes are callable without `new`.
import { constructible, type Constructible } from "@isoform/core";
import { Adam as AdamClass, AdamW as AdamWClass } from "./adam.js";
import { SGD as SGDClass } from "./sgd.js";

export { Optimizer, type Hyper, type ParamGroup, type ParamsInput } from "./optimizer.js";
export type { AdamOptions } from "./adam.js";
export type { SGDOptions } from "./sgd.js";

/** Stochastic gradient descent. */
export const SGD: Constructible<typeof SGDClass> = /* @__PURE__ */ constructible(SGDClass);
export type SGD = SGDClass;
/** Adam. */
export const Adam: Constructible<typeof AdamClass> = /* @__PURE__ */ constructible(AdamClass);
export type Adam = AdamClass;
/** AdamW. */
export const AdamW: Constructible<typeof AdamWClass> = /* @__PURE__ */ constructible(AdamWClass);
export type AdamW = AdamWClass;
