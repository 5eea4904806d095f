// SGD, RMSprop, Adagrad, Adadelta, Ftrl, Lion, in Keras' form.
import * as core from "@isoform/core";
import { constructible, type Constructible, type Tensor } from "@isoform/core";
import { between, requireValue } from "../config/values.js";
import type { UpdateNumbers } from "./numbers.js";
import { Optimizer, type OptimizerArgument, type SlotGroup, type Slots } from "./optimizer.js";

const mix = (old: Tensor, next: Tensor, keep: number) =>
  core.add(core.mul(old, keep), core.mul(next, 1 - keep));

interface SGDHyper {
  readonly momentum: number;
  readonly nesterov: boolean;
}
class SGDOptimizer extends Optimizer<SGDHyper> {
  static override readonly className: string = "SGD";
  constructor(options: OptimizerArgument<Partial<SGDHyper>> = {}) {
    super(options, 0.01, { momentum: 0, nesterov: false });
    requireValue("SGD", "momentum", this.hyper.momentum, between(0, 1));
  }
  protected override slotGroups(): readonly SlotGroup[] {
    return this.hyper.momentum === 0 ? [] : [{ momentum: 0 }];
  }
  protected override update(g: Tensor, v: Tensor, at: UpdateNumbers, slots: Slots): Tensor {
    const { momentum, nesterov } = this.hyper;
    const step = core.mul(g, at.rate);
    if (momentum === 0) return core.sub(v, step);
    const m = slots.set("momentum", core.sub(core.mul(slots.get("momentum"), momentum), step));
    return core.add(v, nesterov ? core.sub(core.mul(m, momentum), step) : m);
  }
}

interface RMSpropHyper {
  readonly rho: number;
  readonly momentum: number;
  readonly epsilon: number;
  readonly centered: boolean;
}
class RMSpropOptimizer extends Optimizer<RMSpropHyper> {
  static override readonly className: string = "RMSprop";
  constructor(options: OptimizerArgument<Partial<RMSpropHyper>> = {}) {
    super(options, 0.001, { rho: 0.9, momentum: 0, epsilon: 1e-7, centered: false });
  }
  protected override slotGroups(): readonly SlotGroup[] {
    const groups: SlotGroup[] = [{ velocity: 0 }];
    if (this.hyper.momentum > 0) groups.push({ momentum: 0 });
    if (this.hyper.centered) groups.push({ average_gradient: 0 });
    return groups;
  }
  protected override update(g: Tensor, v: Tensor, at: UpdateNumbers, slots: Slots): Tensor {
    const { rho, momentum, epsilon, centered } = this.hyper;
    let spread = slots.set("velocity", mix(slots.get("velocity"), core.square(g), rho));
    if (centered) {
      const average = slots.set("average_gradient", mix(slots.get("average_gradient"), g, rho));
      spread = core.sub(spread, core.square(average));
    }
    const step = core.div(core.mul(g, at.rate), core.sqrt(core.add(spread, epsilon)));
    if (momentum === 0) return core.sub(v, step);
    return core.sub(v, slots.set("momentum", core.add(core.mul(slots.get("momentum"), momentum), step)));
  }
}

interface AdagradHyper {
  readonly initialAccumulatorValue: number;
  readonly epsilon: number;
}
class AdagradOptimizer extends Optimizer<AdagradHyper> {
  static override readonly className: string = "Adagrad";
  constructor(options: OptimizerArgument<Partial<AdagradHyper>> = {}) {
    super(options, 0.001, { initialAccumulatorValue: 0.1, epsilon: 1e-7 });
  }
  protected override slotGroups(): readonly SlotGroup[] {
    return [{ accumulator: this.hyper.initialAccumulatorValue }];
  }
  protected override update(g: Tensor, v: Tensor, at: UpdateNumbers, slots: Slots): Tensor {
    const total = slots.set("accumulator", core.add(slots.get("accumulator"), core.square(g)));
    return core.sub(v, core.div(core.mul(g, at.rate), core.sqrt(core.add(total, this.hyper.epsilon))));
  }
}

interface AdadeltaHyper {
  readonly rho: number;
  readonly epsilon: number;
}
class AdadeltaOptimizer extends Optimizer<AdadeltaHyper> {
  static override readonly className: string = "Adadelta";
  constructor(options: OptimizerArgument<Partial<AdadeltaHyper>> = {}) {
    super(options, 0.001, { rho: 0.95, epsilon: 1e-7 });
  }
  protected override slotGroups(): readonly SlotGroup[] {
    return [{ accumulated_grad: 0, accumulated_delta_var: 0 }];
  }
  protected override update(g: Tensor, v: Tensor, at: UpdateNumbers, slots: Slots): Tensor {
    const { rho, epsilon } = this.hyper;
    const root = (x: Tensor) => core.sqrt(core.add(x, epsilon));
    const grads = slots.set("accumulated_grad", mix(slots.get("accumulated_grad"), core.square(g), rho));
    const before = slots.get("accumulated_delta_var");
    const delta = core.neg(core.div(core.mul(root(before), g), root(grads)));
    slots.set("accumulated_delta_var", mix(before, core.square(delta), rho));
    return core.add(v, core.mul(delta, at.rate));
  }
}

interface FtrlHyper {
  readonly learningRatePower: number;
  readonly initialAccumulatorValue: number;
  readonly l1RegularizationStrength: number;
  readonly l2RegularizationStrength: number;
  readonly l2ShrinkageRegularizationStrength: number;
  readonly beta: number;
}
class FtrlOptimizer extends Optimizer<FtrlHyper> {
  static override readonly className: string = "Ftrl";
  constructor(options: OptimizerArgument<Partial<FtrlHyper>> = {}) {
    super(options, 0.001, {
      learningRatePower: -0.5,
      initialAccumulatorValue: 0.1,
      l1RegularizationStrength: 0,
      l2RegularizationStrength: 0,
      l2ShrinkageRegularizationStrength: 0,
      beta: 0,
    });
    const { hyper } = this;
    requireValue("Ftrl", "learningRatePower", hyper.learningRatePower, between(-Infinity, 0));
    for (const key of [
      "initialAccumulatorValue",
      "l1RegularizationStrength",
      "l2RegularizationStrength",
      "l2ShrinkageRegularizationStrength",
    ] as const)
      requireValue("Ftrl", key, hyper[key], between(0, Infinity));
  }
  protected override slotGroups(): readonly SlotGroup[] {
    return [{ accumulator: this.hyper.initialAccumulatorValue, linear: 0 }];
  }
  protected override update(g: Tensor, v: Tensor, at: UpdateNumbers, slots: Slots): Tensor {
    const h = this.hyper;
    const l2 = at.number("l2", (rate) => 2 * (h.l2RegularizationStrength + h.beta / (2 * rate)));
    const shrunk = core.add(g, core.mul(v, 2 * h.l2ShrinkageRegularizationStrength));
    const before = slots.get("accumulator");
    const total = core.add(before, core.square(g));
    const power = (x: Tensor) => core.pow(x, -h.learningRatePower);
    const sigma = core.div(core.sub(power(total), power(before)), at.rate);
    const linear = slots.set("linear", core.add(slots.get("linear"), core.sub(shrunk, core.mul(sigma, v))));
    const quadratic = core.add(core.div(power(total), at.rate), l2);
    const l1 = h.l1RegularizationStrength;
    slots.set("accumulator", total);
    return core.div(core.sub(core.clip(linear, -l1, l1), linear), quadratic);
  }
}

interface LionHyper {
  readonly beta1: number;
  readonly beta2: number;
}
class LionOptimizer extends Optimizer<LionHyper> {
  static override readonly className: string = "Lion";
  constructor(options: OptimizerArgument<Partial<LionHyper>> = {}) {
    super(options, 0.001, { beta1: 0.9, beta2: 0.99 });
    requireValue("Lion", "beta1", this.hyper.beta1, {
      test: (v) => Number(v) > 0 && Number(v) <= 1,
      hint: "use a number above 0, of at most 1",
    });
  }
  protected override slotGroups(): readonly SlotGroup[] {
    return [{ momentum: 0 }];
  }
  protected override update(g: Tensor, v: Tensor, at: UpdateNumbers, slots: Slots): Tensor {
    const m = slots.get("momentum");
    const direction = core.sign(mix(m, g, this.hyper.beta1));
    const next = core.sub(v, core.mul(direction, at.rate));
    slots.set("momentum", mix(m, g, this.hyper.beta2));
    return next;
  }
}

/**
 * Gradient descent, with momentum and Nesterov's form; learning rate 0.01, momentum 0; slots have the shapes
 * of the variables.
 * @throws {ArgumentError} when an option is unknown or several kinds of clipping are given
 * @see keras.optimizers.SGD
 */
export const SGD: Constructible<typeof SGDOptimizer> = /* @__PURE__ */ constructible(SGDOptimizer);
/**
 * Steps divided by the root of a running mean of squares (Tieleman and Hinton 2012); learning rate 0.001, rho
 * 0.9; slots have the shapes of the variables.
 * @throws {ArgumentError} when an option is unknown or several kinds of clipping are given
 * @see keras.optimizers.RMSprop
 */
export const RMSprop: Constructible<typeof RMSpropOptimizer> =
  /* @__PURE__ */ constructible(RMSpropOptimizer);
/**
 * Steps divided by the root of the sum of squares (Duchi et al. 2011); learning rate 0.001; slots have the
 * shapes of the variables.
 * @throws {ArgumentError} when an option is unknown or several kinds of clipping are given
 * @see keras.optimizers.Adagrad
 * @see Duchi et al. 2011, https://jmlr.org/papers/v12/duchi11a.html
 */
export const Adagrad: Constructible<typeof AdagradOptimizer> =
  /* @__PURE__ */ constructible(AdagradOptimizer);
/**
 * Adagrad over a window, without a rate of its own (Zeiler 2012); learning rate 0.001, rho 0.95; slots have
 * the shapes of the variables.
 * @throws {ArgumentError} when an option is unknown or several kinds of clipping are given
 * @see keras.optimizers.Adadelta
 * @see Zeiler 2012, https://arxiv.org/abs/1212.5701
 */
export const Adadelta: Constructible<typeof AdadeltaOptimizer> =
  /* @__PURE__ */ constructible(AdadeltaOptimizer);
/**
 * Follow the regularised leader (McMahan et al. 2013); learning rate 0.001; slots have the shapes of the
 * variables.
 * @throws {ArgumentError} when an option is unknown or several kinds of clipping are given
 * @see keras.optimizers.Ftrl
 * @see McMahan et al. 2013, https://doi.org/10.1145/2487575.2488200
 */
export const Ftrl: Constructible<typeof FtrlOptimizer> = /* @__PURE__ */ constructible(FtrlOptimizer);
/**
 * Steps by the sign of a running mean (Chen et al. 2023); learning rate 0.001, betas 0.9 and 0.99; slots have
 * the shapes of the variables.
 * @throws {ArgumentError} when an option is unknown or several kinds of clipping are given
 * @see keras.optimizers.Lion
 * @see Chen et al. 2023, https://arxiv.org/abs/2302.06675
 */
export const Lion: Constructible<typeof LionOptimizer> = /* @__PURE__ */ constructible(LionOptimizer);
