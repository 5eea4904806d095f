// Adam and its relatives: Adam, AdamW, Adamax, Nadam, Lamb, in Keras' form (epsilon outside the bias correction).
import * as core from "@isoform/core";
import { constructible, type Constructible, type Tensor } from "@isoform/core";
import { isOptions } from "../config/options.js";
import type { UpdateNumbers } from "./numbers.js";
import { Optimizer, asOptions, type OptimizerArgument, type SlotGroup, type Slots } from "./optimizer.js";
import { Variable } from "../tensor/variable.js";

interface Betas {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
}
interface AdamHyper extends Betas {
  readonly amsgrad: boolean;
}
const BETAS: Betas = { beta1: 0.9, beta2: 0.999, epsilon: 1e-7 };

/** 1 − βᵗ in float32, where Keras computes it: for β = 0.999 and small t it is 1.3e-5 away from the exact value. */
function correction(beta: number, step: number): number {
  return Math.fround(1 - Math.fround(Math.fround(beta) ** step));
}

const toward = (old: Tensor, target: Tensor, share: number) =>
  core.add(old, core.mul(core.sub(target, old), share));

class AdamOptimizer extends Optimizer<AdamHyper> {
  static override readonly className: string = "Adam";
  constructor(options: OptimizerArgument<Partial<AdamHyper>> = {}) {
    super(options, 0.001, { ...BETAS, amsgrad: false });
  }
  protected override slotGroups(): readonly SlotGroup[] {
    const moments = { momentum: 0, velocity: 0 };
    return this.hyper.amsgrad ? [moments, { velocity_hat: 0 }] : [moments];
  }
  protected override update(g: Tensor, v: Tensor, at: UpdateNumbers, slots: Slots): Tensor {
    const { beta1, beta2, epsilon, amsgrad } = this.hyper;
    const alpha = at.number(
      "alpha",
      (rate, step) => (rate * Math.sqrt(correction(beta2, step))) / correction(beta1, step),
    );
    const m = slots.set("momentum", toward(slots.get("momentum"), g, 1 - beta1));
    let u = slots.set("velocity", toward(slots.get("velocity"), core.square(g), 1 - beta2));
    if (amsgrad) u = slots.set("velocity_hat", core.maximum(slots.get("velocity_hat"), u));
    return core.sub(v, core.div(core.mul(m, alpha), core.add(core.sqrt(u), epsilon)));
  }
}

class AdamWOptimizer extends AdamOptimizer {
  static override readonly className: string = "AdamW";
  constructor(options: OptimizerArgument<Partial<AdamHyper>> = {}) {
    const own = asOptions(options);
    super(isOptions(own) ? { weightDecay: 0.004, ...own } : own);
  }
}

class AdamaxOptimizer extends Optimizer<Betas> {
  static override readonly className: string = "Adamax";
  constructor(options: OptimizerArgument<Partial<Betas>> = {}) {
    super(options, 0.001, BETAS);
  }
  protected override slotGroups(): readonly SlotGroup[] {
    return [{ momentum: 0, norm: 0 }];
  }
  protected override update(g: Tensor, v: Tensor, at: UpdateNumbers, slots: Slots): Tensor {
    const { beta1, beta2, epsilon } = this.hyper;
    const m = slots.set("momentum", toward(slots.get("momentum"), g, 1 - beta1));
    const u = slots.set("norm", core.maximum(core.mul(slots.get("norm"), beta2), core.abs(g)));
    const first = at.number("correction 1", (_, step) => correction(beta1, step));
    return core.sub(v, core.div(core.mul(m, at.rate), core.mul(core.add(u, epsilon), first)));
  }
}

class NadamOptimizer extends Optimizer<Betas> {
  static override readonly className: string = "Nadam";
  #product = 1;
  #saved: Variable | null = null;
  constructor(options: OptimizerArgument<Partial<Betas>> = {}) {
    super(options, 0.001, BETAS);
  }
  protected override slotGroups(): readonly SlotGroup[] {
    return [{ momentum: 0, velocity: 0 }];
  }
  #momentum(step: number): number {
    return this.hyper.beta1 * (1 - 0.5 * 0.96 ** step);
  }
  override build(variables: readonly Variable[]): void {
    super.build(variables);
    this.#saved ??= new Variable(1, { trainable: false, name: "u_product" });
  }
  override dispose(): void {
    super.dispose();
    this.#saved = null;
  }
  protected override beforeUpdate(at: UpdateNumbers): void {
    const saved = this.#saved!;
    const product = at.number("product", (_, step) => {
      if (step > 1) this.#product = Number(saved.itemSync());
      return (this.#product = Math.fround(this.#product * this.#momentum(step)));
    });
    saved.assign(product);
  }
  protected override extraVariables(): readonly Variable[] {
    return this.#saved ? [this.#saved] : [];
  }
  protected override update(g: Tensor, v: Tensor, at: UpdateNumbers, slots: Slots): Tensor {
    const { beta1, beta2, epsilon } = this.hyper;
    const m = slots.set("momentum", toward(slots.get("momentum"), g, 1 - beta1));
    const u = slots.set("velocity", toward(slots.get("velocity"), core.square(g), 1 - beta2));
    const ahead = at.number("ahead", (_, step) => {
      const next = this.#momentum(step + 1);
      return next / (1 - this.#product * next);
    });
    const fresh = at.number("fresh", (_, step) => (1 - this.#momentum(step)) / (1 - this.#product));
    const mHat = core.add(core.mul(m, ahead), core.mul(g, fresh));
    const uHat = core.div(
      u,
      at.number("correction 2", (_, step) => correction(beta2, step)),
    );
    return core.sub(v, core.div(core.mul(mHat, at.rate), core.add(core.sqrt(uHat), epsilon)));
  }
}

class LambOptimizer extends Optimizer<Betas> {
  static override readonly className: string = "Lamb";
  constructor(options: OptimizerArgument<Partial<Betas>> = {}) {
    super(options, 0.001, BETAS);
  }
  protected override slotGroups(): readonly SlotGroup[] {
    return [{ momentum: 0, velocity: 0 }];
  }
  protected override update(g: Tensor, v: Tensor, at: UpdateNumbers, slots: Slots): Tensor {
    const { beta1, beta2, epsilon } = this.hyper;
    const m = slots.set("momentum", toward(slots.get("momentum"), g, 1 - beta1));
    const u = slots.set("velocity", toward(slots.get("velocity"), core.square(g), 1 - beta2));
    const first = at.number("correction 1", (_, step) => correction(beta1, step));
    const second = at.number("correction 2", (_, step) => correction(beta2, step));
    const root = core.add(core.sqrt(core.div(u, second)), epsilon);
    const change = core.div(core.div(m, first), root);
    const size = (t: Tensor) => core.sqrt(core.sum(core.square(t)));
    const [w, c] = [size(v), size(change)];
    const both = core.and(core.gt(w, 0), core.gt(c, 0));
    const ratio = core.where(both, core.div(w, core.where(both, c, 1)), 1);
    return core.sub(v, core.mul(change, core.mul(ratio, at.rate)));
  }
}

/**
 * Adam (Kingma and Ba 2015); epsilon (1e-7) is added to √v before the bias correction; learning rate 0.001,
 * betas 0.9 and 0.999; slots have the shapes of the variables.
 * @throws {ArgumentError} when an option is unknown or several kinds of clipping are given
 * @see keras.optimizers.Adam
 * @see Kingma and Ba 2015, https://arxiv.org/abs/1412.6980
 */
export const Adam: Constructible<typeof AdamOptimizer> = /* @__PURE__ */ constructible(AdamOptimizer);
/**
 * Adam with decoupled weight decay, 0.004 by default (Loshchilov and Hutter 2019); learning rate 0.001; slots
 * have the shapes of the variables.
 * @throws {ArgumentError} when an option is unknown or several kinds of clipping are given
 * @see keras.optimizers.AdamW
 * @see Loshchilov and Hutter 2019, https://arxiv.org/abs/1711.05101
 */
export const AdamW: Constructible<typeof AdamWOptimizer> = /* @__PURE__ */ constructible(AdamWOptimizer);
/**
 * Adam with the maximum norm (Kingma and Ba 2015, section 7); learning rate 0.001; slots have the shapes of
 * the variables.
 * @throws {ArgumentError} when an option is unknown or several kinds of clipping are given
 * @see keras.optimizers.Adamax
 * @see Kingma and Ba 2015, https://arxiv.org/abs/1412.6980
 */
export const Adamax: Constructible<typeof AdamaxOptimizer> = /* @__PURE__ */ constructible(AdamaxOptimizer);
/**
 * Adam with Nesterov momentum (Dozat 2016); learning rate 0.001; slots have the shapes of the variables.
 * @throws {ArgumentError} when an option is unknown or several kinds of clipping are given
 * @see keras.optimizers.Nadam
 */
export const Nadam: Constructible<typeof NadamOptimizer> = /* @__PURE__ */ constructible(NadamOptimizer);
/**
 * Adam with updates in proportion to the norm of each weight (You et al. 2019); learning rate 0.001; slots
 * have the shapes of the variables.
 * @throws {ArgumentError} when an option is unknown or several kinds of clipping are given
 * @see keras.optimizers.Lamb
 * @see You et al. 2019, https://arxiv.org/abs/1904.00962
 */
export const Lamb: Constructible<typeof LambOptimizer> = /* @__PURE__ */ constructible(LambOptimizer);
