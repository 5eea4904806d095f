// Base of optimizers: hyper-parameters, slots per variable, clipping, decay, averages; subclasses give the update rule.
import * as core from "@isoform/core";
import { ArgumentError, type Tensor as CoreTensor } from "@isoform/core";
import { between, requireValue } from "../config/values.js";
import { classNameOf, snakeKeys, type Config, type Configurable } from "../config/object.js";
import { filled } from "../config/options.js";
import { toSnakeCase } from "../names.js";
import { nameScope, refuseInStep, uniquify } from "../session.js";
import { Variable } from "../tensor/variable.js";
import { StepNumbers, type UpdateNumbers } from "./numbers.js";
import { LearningRateSchedule, serialize as serializeSchedule } from "./schedules.js";

/** A rate, a schedule, or a function that gives the rate. */
export type LearningRate = number | LearningRateSchedule | (() => number);

/** Options of every optimizer. */
export interface OptimizerOptions {
  readonly learningRate?: LearningRate;
  /** Share of the weights, times the learning rate, that is taken away at every update. */
  readonly weightDecay?: number | null;
  /** Largest norm of each gradient; 0 for any, as in Keras. */
  readonly clipnorm?: number | null;
  /** Largest size of each element of gradients; 0 for any. */
  readonly clipvalue?: number | null;
  /** Largest norm of all gradients together; 0 for any. */
  readonly globalClipnorm?: number | null;
  /** Whether to keep moving averages of the weights. */
  readonly useEma?: boolean;
  readonly emaMomentum?: number;
  readonly emaOverwriteFrequency?: number | null;
  readonly lossScaleFactor?: number | null;
  /** Number of calls whose gradients are averaged to one update. */
  readonly gradientAccumulationSteps?: number | null;
  readonly name?: string | null;
}

/** Options, or the learning rate alone. */
export type OptimizerArgument<H = object> = (OptimizerOptions & H) | LearningRate;

/** @internal */
export function asOptions<H>(given: OptimizerArgument<H>): OptimizerOptions & Partial<H> {
  const isRate =
    typeof given === "number" || typeof given === "function" || given instanceof LearningRateSchedule;
  return isRate ? ({ learningRate: given } as OptimizerOptions & Partial<H>) : given;
}

type BaseOptions = Required<Omit<OptimizerOptions, "learningRate" | "name">>;
type AllOptions = BaseOptions & { readonly learningRate: LearningRate | null; readonly name: string | null };
const HOST_HINT =
  "it changes from step to step: read it in a callback, or compile the model with runEagerly: true";
const PHASE_HINT =
  "with gradientAccumulationSteps or emaOverwriteFrequency an optimizer is used once per step, or compile with runEagerly: true";
const BASE: BaseOptions = {
  weightDecay: null,
  clipnorm: null,
  globalClipnorm: null,
  clipvalue: null,
  useEma: false,
  emaMomentum: 0.99,
  emaOverwriteFrequency: null,
  lossScaleFactor: null,
  gradientAccumulationSteps: null,
};

/** Refuses what gives no rate. @throws {ArgumentError} when it is no number, schedule or function */
function rateOf(owner: string, rate: LearningRate): LearningRate {
  if (typeof rate === "function") return rate;
  return requireValue(owner, "learningRate", rate, {
    test: between(0, Infinity).test,
    hint: "use a number from 0, a schedule, or a function that gives a number",
  });
}

/** State of one variable by name. */
export interface Slots {
  get(name: string): CoreTensor;
  /** Replaces a value and returns the new one. */
  set(name: string, value: CoreTensor): CoreTensor;
}
/** Names and first values of slots that are made together, variable by variable. */
export type SlotGroup = Readonly<Record<string, number>>;

/** One gradient and the variable it belongs to. */
export type GradientPair = readonly [gradient: CoreTensor | null, variable: Variable];

/**
 * Base class of optimizers. The order of operations and the place of epsilon are Keras'. Slots have the
 * shapes of the variables.
 * @throws {ArgumentError} when an option is unknown or several kinds of clipping are given
 * @see keras.optimizers.Optimizer
 */
export abstract class Optimizer<H extends object = object> implements Configurable {
  static readonly className?: string;
  readonly name: string;
  /** Own hyper-parameters. */
  readonly hyper: H;
  readonly #base: BaseOptions;
  #learningRate: LearningRate;
  #iterations = 0;
  #known: Variable[] = [];
  readonly #slots: Map<Variable, Map<string, Variable>> = new Map();
  /** Slots in Keras' order. */
  #slotList: Variable[] = [];
  #averages: Map<Variable, Variable> = new Map();
  #accumulated: Map<Variable, Variable> = new Map();

  constructor(given: OptimizerArgument, learningRate: number, defaults: H) {
    const options = asOptions(given);
    const owner = (new.target as { readonly className?: string }).className ?? new.target.name;
    const all = filled<AllOptions & H>(owner, options, {
      learningRate: null,
      name: null,
      ...BASE,
      ...defaults,
    });
    this.name = all.name ?? uniquify(toSnakeCase(owner));
    this.hyper = pick(all, Object.keys(defaults)) as H;
    this.#base = pick(all, Object.keys(BASE)) as BaseOptions;
    this.#learningRate = rateOf(owner, all.learningRate ?? learningRate);
    const clips = [this.#base.clipnorm, this.#base.clipvalue, this.#base.globalClipnorm].filter(
      (c) => c !== null,
    );
    if (clips.length > 1) {
      throw new ArgumentError("several kinds of clipping are given", {
        code: "argument/invalid",
        op: owner,
        hint: "use one of clipnorm, clipvalue and globalClipnorm",
      });
    }
  }

  // ---- for subclasses

  /** Slots of each variable. Groups are made one after the other. */
  protected slotGroups(): readonly SlotGroup[] {
    return [];
  }
  /** Called once per update, before those of the variables. */
  protected beforeUpdate(_numbers: UpdateNumbers): void {}
  /** The new value of a variable. What depends on the learning rate or the step comes from `numbers`. */
  protected abstract update(
    gradient: CoreTensor,
    variable: CoreTensor,
    numbers: UpdateNumbers,
    slots: Slots,
  ): CoreTensor;
  /** More state to save, behind the slots. */
  protected extraVariables(): readonly Variable[] {
    return [];
  }

  // ---- state

  /** Updates made so far, without the steps that summed up gradients. @throws {LifetimeError} in a step that is being compiled */
  get iterations(): number {
    refuseInStep(`${this.name}.iterations`, HOST_HINT);
    return this.#updates;
  }
  get #updates(): number {
    return Math.floor(this.#iterations / (this.#base.gradientAccumulationSteps ?? 1));
  }
  /** @internal Calls of `apply` so far, for a file. */
  get _applied(): number {
    refuseInStep(`${this.name}.iterations`, HOST_HINT);
    return this.#iterations;
  }
  /**
   * The rate of the next update. Numbers may be assigned, also by callbacks.
   * @throws {ArgumentError} under a schedule, or when it is no rate
   * @throws {LifetimeError} in a step that is being compiled
   */
  get learningRate(): number {
    refuseInStep(`${this.name}.learningRate`, HOST_HINT);
    return this.#rate();
  }
  #rate(): number {
    const rate = this.#learningRate;
    if (typeof rate === "number") return rate;
    return rate instanceof LearningRateSchedule ? rate.at(this.#iterations) : rate();
  }
  set learningRate(value: LearningRate) {
    refuseInStep(`${this.name}.learningRate`, HOST_HINT);
    if (this.#learningRate instanceof LearningRateSchedule && typeof value === "number") {
      throw new ArgumentError("the learning rate follows a schedule", {
        code: "optimizer/schedule",
        op: this.name,
        hint: "make the optimizer with a number to set it later",
      });
    }
    this.#learningRate = rateOf(this.name, value);
  }
  /** Whether the slots exist. */
  get built(): boolean {
    return this.#known.length > 0;
  }
  /**
   * Slots, averages and sums of gradients, of the shapes of the variables: the tensors of the state, in
   * Keras' order.
   */
  get variables(): Variable[] {
    return [
      ...this.#averages.values(),
      ...this.#accumulated.values(),
      ...this.#slotList,
      ...this.extraVariables(),
    ];
  }
  /** The variables that this optimizer updates, of any shape. */
  get trainableVariables(): readonly Variable[] {
    return this.#known;
  }

  /**
   * Makes the slots, of the shapes of the variables; nothing happens the second time.
   * @throws {ArgumentError} when they were made for other variables
   */
  build(variables: readonly Variable[]): void {
    if (this.built) return this.#checkKnown(variables);
    this.#known = [...variables];
    nameScope(this.name, () => {
      const like = (v: Variable, name: string, value: number) =>
        new Variable((shape, dtype) => core.full(shape, value, dtype), {
          shape: v.shape,
          dtype: v.dtype,
          trainable: false,
          name: `${v.path.replaceAll("/", "_")}_${name}`,
        });
      if (this.#base.useEma) for (const v of variables) this.#averages.set(v, like(v, "average", 0));
      if (this.#base.gradientAccumulationSteps) {
        for (const v of variables) this.#accumulated.set(v, like(v, "gradient_accumulator", 0));
      }
      for (const v of variables) this.#slots.set(v, new Map());
      for (const group of this.slotGroups()) {
        for (const v of variables) {
          for (const [name, value] of Object.entries(group)) {
            const slot = like(v, name, value);
            this.#slots.get(v)!.set(name, slot);
            this.#slotList.push(slot);
          }
        }
      }
    });
  }

  #checkKnown(variables: readonly Variable[]): void {
    const unknown = variables.filter((v) => !this.#slots.has(v));
    if (unknown.length === 0) return;
    throw new ArgumentError(`unknown variables ${unknown.map((v) => v.path).join(", ")}`, {
      code: "optimizer/unknown-variable",
      op: this.name,
      hint: "an optimizer belongs to the variables of its first update; make a new one for others",
    });
  }

  /**
   * One update with pairs of gradient and variable of the same shape; pairs without a gradient are left out.
   * @throws {ArgumentError} when all gradients are null, or a variable is not one of the first update
   * @throws {ShapeError} when a gradient has another shape than its variable
   * @throws {LifetimeError} for a second update in a compiled step, with accumulation or overwriting by
   *   averages
   */
  applyGradients(pairs: Iterable<GradientPair>): void {
    const list = [...pairs];
    this.apply(
      list.map(([g]) => g),
      list.map(([, v]) => v),
    );
  }

  /**
   * One update with gradients of the shapes of the variables, null where there is none.
   * @throws {ArgumentError} when all gradients are null, their number is not that of the variables, or a
   *   variable is not one of the first update
   * @throws {ShapeError} when a gradient has another shape than its variable
   * @throws {LifetimeError} for a second update in a compiled step, with accumulation or overwriting by
   *   averages
   */
  apply(gradients: readonly (CoreTensor | null)[], variables: readonly Variable[] = this.#known): void {
    if (gradients.length === 0) return;
    if (gradients.length !== variables.length) {
      throw new ArgumentError(`${gradients.length} gradients for ${variables.length} variables`, {
        code: "argument/length",
        op: this.name,
        hint: "pass one gradient (or null) per variable",
      });
    }
    this.build(variables);
    const pairs = variables.flatMap((v, i) => (gradients[i] ? [[gradients[i], v] as const] : []));
    if (pairs.length === 0) {
      throw new ArgumentError("no gradients for any variable", {
        code: "optimizer/no-gradients",
        op: this.name,
        hint: "the loss does not depend on them, or was computed outside the tape",
      });
    }
    core.noGrad(() => core.scope(() => this.#step(pairs)));
    core.hostEffect(() => this.#iterations++);
  }

  /** What the next update does beside the rule: sum up gradients only, overwrite weights by averages. */
  #phase(): string {
    const { gradientAccumulationSteps: every, emaOverwriteFrequency: overwrite, useEma } = this.#base;
    const sums = every && (this.#iterations + 1) % every !== 0;
    const overwrites = useEma && overwrite && (this.#updates + 1) % overwrite === 0;
    return `${sums ? "sum" : "update"}${overwrites ? " overwrite" : ""}`;
  }

  /**
   * The phase of the running update. Compiled steps have one program per phase.
   * @throws {LifetimeError} for a second update in a compiled step, whose phase is another one
   */
  #phaseNow(): string {
    const phase = this.#phase();
    const { gradientAccumulationSteps, emaOverwriteFrequency } = this.#base;
    if (gradientAccumulationSteps || emaOverwriteFrequency) {
      const notes = core.traceNotes();
      if (notes?.has(this)) refuseInStep(`a second update of ${this.name}`, PHASE_HINT);
      notes?.set(this, phase);
      core.traceGuard(() => this.#phase() === phase);
    }
    return phase;
  }

  #step(pairs: readonly (readonly [CoreTensor, Variable])[]): void {
    const { lossScaleFactor, gradientAccumulationSteps: every } = this.#base;
    let gradients = pairs.map(([g]) => (lossScaleFactor === null ? g : core.div(g, lossScaleFactor)));
    const variables = pairs.map(([, v]) => v);
    const phase = this.#phaseNow();
    if (every) {
      const sums = gradients.map((g, i) => core.add(g, this.#accumulated.get(variables[i]!)!));
      const done = !phase.startsWith("sum");
      sums.forEach((s, i) => this.#accumulated.get(variables[i]!)!.assign(s));
      if (done) for (const a of this.#accumulated.values()) a.assign(core.zerosLike(a));
      gradients = done ? sums.map((s) => core.div(s, every)) : [];
    }
    const numbers = new StepNumbers(() => ({ rate: this.#rate(), step: this.#updates + 1 }));
    if (gradients.length > 0) this.#updateAll(gradients, variables, numbers);
    if (this.#base.useEma) this.#average(numbers, phase.endsWith("overwrite"));
    for (const v of variables) if (v.constraint) v.assign(v.constraint(v));
  }

  #updateAll(given: CoreTensor[], variables: readonly Variable[], numbers: StepNumbers): void {
    const gradients = this.#clip(given);
    const decay = this.#base.weightDecay;
    if (decay !== null) {
      const share = (v: Variable) => numbers.number("weight decay", v.dtype, (rate) => decay * rate);
      for (const v of variables) v.assign(core.sub(v, core.mul(v, share(v))));
    }
    this.beforeUpdate(numbers.of("float32"));
    variables.forEach((v, i) => core.scope(() => this.#updateOne(gradients[i]!, v, numbers.of(v.dtype))));
  }

  #updateOne(gradient: CoreTensor, v: Variable, numbers: UpdateNumbers): void {
    const own = this.#slots.get(v)!;
    const slots: Slots = {
      get: (name) => own.get(name)!,
      set: (name, value) => {
        own.get(name)!.assign(value);
        return value;
      },
    };
    v.assign(this.update(core.cast(gradient, v.dtype), v, numbers, slots));
  }

  #clip(gradients: CoreTensor[]): CoreTensor[] {
    const { clipnorm, clipvalue, globalClipnorm } = this.#base;
    const squares = (g: CoreTensor) => core.sum(core.square(g));
    if (clipnorm) return gradients.map((g) => scaleTo(g, squares(g), clipnorm));
    if (clipvalue) return gradients.map((g) => core.clip(g, -clipvalue, clipvalue));
    if (!globalClipnorm) return gradients;
    const total = gradients.map(squares).reduce((a, b) => core.add(a, b));
    return gradients.map((g) => scaleTo(g, total, globalClipnorm));
  }

  #average(numbers: StepNumbers, overwrite: boolean): void {
    const { emaMomentum } = this.#base;
    const kept = (step: number) => (step === 1 ? 0 : emaMomentum);
    for (const [v, average] of this.#averages) {
      const old = numbers.number("kept average", v.dtype, (_, step) => kept(step));
      const next = numbers.number("new average", v.dtype, (_, step) => 1 - kept(step));
      average.assign(core.add(core.mul(average, old), core.mul(v, next)));
      if (overwrite) v.assign(average);
    }
  }

  /** Puts the averages in place of the weights, as at the end of training with `useEma`. */
  finalizeVariableValues(): void {
    for (const [v, average] of this.#averages) v.assign(average);
  }

  /**
   * The loss, a scalar, times `lossScaleFactor`.
   * @throws {LifetimeError} when there is a factor and the loss was released
   */
  scaleLoss(loss: CoreTensor): CoreTensor {
    const { lossScaleFactor } = this.#base;
    return lossScaleFactor === null ? loss : core.mul(loss, lossScaleFactor);
  }

  /** @internal Number of updates from a file. */
  _setIterations(count: number): void {
    this.#iterations = count;
  }
  /** @internal True when the rate is a number and so a part of the saved state. */
  get _hasRateVariable(): boolean {
    return typeof this.#learningRate === "number";
  }

  /** `<Adam name=adam, learning_rate=0.001>`. */
  toString(): string {
    const rate = this.#learningRate;
    const text =
      typeof rate === "number"
        ? rate
        : rate instanceof LearningRateSchedule
          ? classNameOf(rate)
          : "a function";
    return `<${classNameOf(this)} name=${this.name}, learning_rate=${text}>`;
  }

  /** The options, with Keras' names. */
  getConfig(): Config {
    const rate = this.#learningRate;
    const learningRate =
      rate instanceof LearningRateSchedule ? serializeSchedule(rate) : Math.fround(this.#rate());
    return {
      name: this.name,
      learning_rate: learningRate,
      ...snakeKeys({ ...this.#base }),
      ...snakeKeys({ ...this.hyper }),
    };
  }

  /** Frees the slots. */
  dispose(): void {
    for (const v of this.variables) v.dispose();
    this.#slots.clear();
    this.#slotList = [];
    this.#known = [];
    this.#averages = new Map();
    this.#accumulated = new Map();
  }
}

/** g shortened when the root of `squares` is over `limit`. */
function scaleTo(g: CoreTensor, squares: CoreTensor, limit: number): CoreTensor {
  const norm = core.sqrt(squares);
  return core.mul(g, core.where(core.gt(norm, limit), core.div(core.full([], limit, g.dtype), norm), 1));
}

function pick<T extends object>(from: object, keys: readonly string[]): Partial<T> {
  const entries = Object.entries(from).filter(([k, v]) => keys.includes(k) && v !== undefined);
  return Object.fromEntries(entries) as Partial<T>;
}
