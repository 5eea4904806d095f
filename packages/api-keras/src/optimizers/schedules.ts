// keras.optimizers.schedules: learning rates as functions of the number of updates.
import * as core from "@isoform/core";
import { ArgumentError, constructible, type Constructible } from "@isoform/core";
import { filled, positional } from "../config/options.js";
import { isPlainObject } from "../engine/structure.js";
import { NUMBER, type Rule, arrayOf, requireValue } from "../config/values.js";
import {
  camelKeys,
  isObjectConfig,
  lookUp,
  objectConfig,
  objectText,
  type Config,
  type Configurable,
  type ObjectConfig,
} from "../config/object.js";
import { lookUpClass } from "../config/custom.js";

/** A schedule is called with the number of updates made so far. */
export interface LearningRateSchedule {
  (step: number): number;
}
/**
 * Base class. Subclasses define `at(step)`.
 * @see keras.optimizers.schedules.LearningRateSchedule
 */
export abstract class LearningRateSchedule implements Configurable {
  static readonly className?: string;
  /** Names of the options given by position, in order. */
  static readonly positional: readonly string[] = [];
  constructor() {
    return core.callableInstance<LearningRateSchedule>(new.target.prototype, (self, [step]) =>
      self.at(Number(step)),
    );
  }
  /** The rate of update `step`, counted in updates from 0. Never throws unless a subclass does. */
  abstract at(step: number): number;
  /** `<CosineDecay initial_learning_rate=0.1, decay_steps=100, …>`. */
  toString(): string {
    return objectText(this);
  }
  /** The options, with Keras' names. */
  abstract getConfig(): Config;
}

const STEPS: Rule = { test: (v) => NUMBER.test(v) && Number(v) > 0, hint: "use a positive number of steps" };

/** Refuses one object with the arguments. @throws {ArgumentError} */
function byPosition(owner: string, values: Readonly<Record<string, unknown>>): void {
  const names = Object.keys(values);
  const [first] = Object.values(values);
  if (isPlainObject(first) && names.some((name) => name in first)) throw positional(owner, names);
}

/** Checks the numbers that a schedule gets by position. @throws {ArgumentError} when one is missing or none */
function numbers(owner: string, values: Readonly<Record<string, unknown>>): void {
  byPosition(owner, values);
  for (const [name, value] of Object.entries(values))
    requireValue(owner, name, value, name.endsWith("teps") ? STEPS : NUMBER);
}

class ExponentialDecaySchedule extends LearningRateSchedule {
  static override readonly className: string = "ExponentialDecay";
  static override readonly positional: readonly string[] = ["initialLearningRate", "decaySteps", "decayRate"];
  readonly config: Config;
  readonly at: (step: number) => number;
  constructor(
    initialLearningRate: number,
    decaySteps: number,
    decayRate: number,
    options: { readonly staircase?: boolean; readonly name?: string } = {},
  ) {
    super();
    numbers("ExponentialDecay", { initialLearningRate, decaySteps, decayRate });
    const { staircase, name } = filled("ExponentialDecay", options, {
      staircase: false,
      name: "ExponentialDecay",
    });
    this.config = {
      initial_learning_rate: initialLearningRate,
      decay_steps: decaySteps,
      decay_rate: decayRate,
      staircase,
      name,
    };
    this.at = (step) => {
      const p = step / decaySteps;
      return initialLearningRate * decayRate ** (staircase ? Math.floor(p) : p);
    };
  }
  override getConfig(): Config {
    return this.config;
  }
}

class InverseTimeDecaySchedule extends LearningRateSchedule {
  static override readonly className: string = "InverseTimeDecay";
  static override readonly positional: readonly string[] = ["initialLearningRate", "decaySteps", "decayRate"];
  readonly config: Config;
  readonly at: (step: number) => number;
  constructor(
    initialLearningRate: number,
    decaySteps: number,
    decayRate: number,
    options: { readonly staircase?: boolean; readonly name?: string } = {},
  ) {
    super();
    numbers("InverseTimeDecay", { initialLearningRate, decaySteps, decayRate });
    const { staircase, name } = filled("InverseTimeDecay", options, {
      staircase: false,
      name: "InverseTimeDecay",
    });
    this.config = {
      initial_learning_rate: initialLearningRate,
      decay_steps: decaySteps,
      decay_rate: decayRate,
      staircase,
      name,
    };
    this.at = (step) => {
      const p = step / decaySteps;
      return initialLearningRate / (1 + decayRate * (staircase ? Math.floor(p) : p));
    };
  }
  override getConfig(): Config {
    return this.config;
  }
}

class PolynomialDecaySchedule extends LearningRateSchedule {
  static override readonly className: string = "PolynomialDecay";
  static override readonly positional: readonly string[] = ["initialLearningRate", "decaySteps"];
  readonly config: Config;
  readonly at: (step: number) => number;
  constructor(
    initialLearningRate: number,
    decaySteps: number,
    options: {
      readonly endLearningRate?: number;
      readonly power?: number;
      readonly cycle?: boolean;
      readonly name?: string;
    } = {},
  ) {
    super();
    numbers("PolynomialDecay", { initialLearningRate, decaySteps });
    const { endLearningRate, power, cycle, name } = filled("PolynomialDecay", options, {
      endLearningRate: 0.0001,
      power: 1,
      cycle: false,
      name: "PolynomialDecay",
    });
    this.config = {
      initial_learning_rate: initialLearningRate,
      decay_steps: decaySteps,
      end_learning_rate: endLearningRate,
      power,
      cycle,
      name,
    };
    this.at = (step) => {
      const span = cycle ? decaySteps * (step === 0 ? 1 : Math.ceil(step / decaySteps)) : decaySteps;
      const p = Math.min(step, span) / span;
      return (initialLearningRate - endLearningRate) * (1 - p) ** power + endLearningRate;
    };
  }
  override getConfig(): Config {
    return this.config;
  }
}

class PiecewiseConstantDecaySchedule extends LearningRateSchedule {
  static override readonly className: string = "PiecewiseConstantDecay";
  static override readonly positional: readonly string[] = ["boundaries", "values"];
  readonly config: Config;
  readonly at: (step: number) => number;
  constructor(
    boundaries: readonly number[],
    values: readonly number[],
    options: { readonly name?: string } = {},
  ) {
    super();
    const { name } = filled("PiecewiseConstantDecay", options, { name: "PiecewiseConstant" });
    byPosition("PiecewiseConstantDecay", { boundaries, values });
    for (const [key, list] of Object.entries({ boundaries, values }))
      requireValue("PiecewiseConstantDecay", key, list, arrayOf(NUMBER));
    if (boundaries.length !== values.length - 1) {
      throw new ArgumentError(`${boundaries.length} boundaries for ${values.length} values`, {
        code: "argument/invalid",
        op: "PiecewiseConstantDecay",
        hint: "pass one value more than boundaries",
      });
    }
    this.config = {
      boundaries: [...boundaries],
      values: [...values],
      name,
    };
    this.at = (step) => {
      const i = boundaries.findIndex((b) => step <= b);
      return values[i < 0 ? values.length - 1 : i]!;
    };
  }
  override getConfig(): Config {
    return this.config;
  }
}

class CosineDecaySchedule extends LearningRateSchedule {
  static override readonly className: string = "CosineDecay";
  static override readonly positional: readonly string[] = ["initialLearningRate", "decaySteps"];
  readonly config: Config;
  readonly at: (step: number) => number;
  constructor(
    initialLearningRate: number,
    decaySteps: number,
    options: {
      readonly alpha?: number;
      readonly name?: string;
      readonly warmupTarget?: number | null;
      readonly warmupSteps?: number;
    } = {},
  ) {
    super();
    numbers("CosineDecay", { initialLearningRate, decaySteps });
    const { alpha, name, warmupTarget, warmupSteps } = filled("CosineDecay", options, {
      alpha: 0,
      name: "CosineDecay",
      warmupTarget: null as number | null,
      warmupSteps: 0,
    });
    this.config = {
      initial_learning_rate: initialLearningRate,
      decay_steps: decaySteps,
      alpha,
      name,
      warmup_target: warmupTarget,
      warmup_steps: warmupSteps,
    };
    const decay = (step: number, from: number) => {
      const cosine = 0.5 * (1 + Math.cos((Math.PI * Math.min(step, decaySteps)) / decaySteps));
      return from * ((1 - alpha) * cosine + alpha);
    };
    this.at = (step) => {
      if (warmupTarget === null) return decay(step, initialLearningRate);
      if (step >= warmupSteps) return decay(step - warmupSteps, warmupTarget);
      return ((warmupTarget - initialLearningRate) * step) / warmupSteps + initialLearningRate;
    };
  }
  override getConfig(): Config {
    return this.config;
  }
}

class CosineDecayRestartsSchedule extends LearningRateSchedule {
  static override readonly className: string = "CosineDecayRestarts";
  static override readonly positional: readonly string[] = ["initialLearningRate", "firstDecaySteps"];
  readonly config: Config;
  readonly at: (step: number) => number;
  constructor(
    initialLearningRate: number,
    firstDecaySteps: number,
    options: {
      readonly tMul?: number;
      readonly mMul?: number;
      readonly alpha?: number;
      readonly name?: string;
    } = {},
  ) {
    super();
    numbers("CosineDecayRestarts", { initialLearningRate, firstDecaySteps });
    const { tMul, mMul, alpha, name } = filled("CosineDecayRestarts", options, {
      tMul: 2,
      mMul: 1,
      alpha: 0,
      name: "SGDRDecay",
    });
    this.config = {
      initial_learning_rate: initialLearningRate,
      first_decay_steps: firstDecaySteps,
      t_mul: tMul,
      m_mul: mMul,
      alpha,
      name,
    };
    this.at = (step) => {
      let fraction = step / firstDecaySteps;
      let restarts: number;
      if (tMul === 1) {
        restarts = Math.floor(fraction);
        fraction -= restarts;
      } else {
        const exact = Math.log(1 - fraction * (1 - tMul)) / Math.log(tMul);
        restarts = Math.floor(exact + 1e-12);
        const before = (1 - tMul ** restarts) / (1 - tMul);
        fraction = (fraction - before) / tMul ** restarts;
      }
      const cosine = 0.5 * mMul ** restarts * (1 + Math.cos(Math.PI * fraction));
      return initialLearningRate * ((1 - alpha) * cosine + alpha);
    };
  }
  override getConfig(): Config {
    return this.config;
  }
}

/**
 * initial · rate^(step / decaySteps), in stairs with `staircase`; a scalar per step.
 * @throws {ArgumentError} when an option is unknown or `decaySteps` is not positive
 * @see keras.optimizers.schedules.ExponentialDecay
 */
export const ExponentialDecay: Constructible<typeof ExponentialDecaySchedule> =
  /* @__PURE__ */ constructible(ExponentialDecaySchedule);
/**
 * initial / (1 + rate · step / decaySteps), in stairs with `staircase`; a scalar per step.
 * @throws {ArgumentError} when an option is unknown or `decaySteps` is not positive
 * @see keras.optimizers.schedules.InverseTimeDecay
 */
export const InverseTimeDecay: Constructible<typeof InverseTimeDecaySchedule> =
  /* @__PURE__ */ constructible(InverseTimeDecaySchedule);
/**
 * From initial to `endLearningRate` (0.0001) by the `power` (1) of the remaining share; `cycle` starts again.
 * A scalar per step.
 * @throws {ArgumentError} when an option is unknown or `decaySteps` is not positive
 * @see keras.optimizers.schedules.PolynomialDecay
 */
export const PolynomialDecay: Constructible<typeof PolynomialDecaySchedule> =
  /* @__PURE__ */ constructible(PolynomialDecaySchedule);
/**
 * `values[i]` up to and including step `boundaries[i]`; a scalar per step.
 * @throws {ArgumentError} when an option is unknown or there is not one value more than boundaries
 * @see keras.optimizers.schedules.PiecewiseConstantDecay
 */
export const PiecewiseConstantDecay: Constructible<typeof PiecewiseConstantDecaySchedule> =
  /* @__PURE__ */ constructible(PiecewiseConstantDecaySchedule);
/**
 * Half a cosine down to `alpha` · initial, after a linear warm-up (Loshchilov and Hutter 2016); a scalar per
 * step.
 * @throws {ArgumentError} when an option is unknown or `decaySteps` is not positive
 * @see keras.optimizers.schedules.CosineDecay
 * @see Loshchilov and Hutter 2016, https://arxiv.org/abs/1608.03983
 */
export const CosineDecay: Constructible<typeof CosineDecaySchedule> =
  /* @__PURE__ */ constructible(CosineDecaySchedule);
/**
 * Cosines that start again, each `tMul` (2) as long and `mMul` (1) as high; a scalar per step.
 * @throws {ArgumentError} when an option is unknown or `firstDecaySteps` is not positive
 * @see keras.optimizers.schedules.CosineDecayRestarts
 * @see Loshchilov and Hutter 2016, https://arxiv.org/abs/1608.03983
 */
export const CosineDecayRestarts: Constructible<typeof CosineDecayRestartsSchedule> =
  /* @__PURE__ */ constructible(CosineDecayRestartsSchedule);

type ScheduleClass = (new (...args: never[]) => LearningRateSchedule) & {
  readonly positional: readonly string[];
};

function table(): Readonly<Record<string, ScheduleClass>> {
  return {
    CosineDecay,
    CosineDecayRestarts,
    ExponentialDecay,
    InverseTimeDecay,
    PiecewiseConstantDecay,
    PolynomialDecay,
  };
}

/**
 * The record of a schedule for a config. Never throws.
 * @see keras.optimizers.schedules.serialize
 */
export function serialize(schedule: LearningRateSchedule): ObjectConfig {
  return objectConfig(schedule, "keras.optimizers.schedules");
}

/**
 * A schedule from its record.
 * @throws {ArgumentError} when this is not a record, or its class or an option is unknown
 * @see keras.optimizers.schedules.deserialize
 */
export function deserialize(record: ObjectConfig): LearningRateSchedule {
  if (!isObjectConfig(record)) {
    throw new ArgumentError("this is not a record of a schedule", {
      code: "keras/config",
      op: "schedules.deserialize",
    });
  }
  const Class = lookUpClass(record, isClass) ?? lookUp("schedule", record.class_name, table());
  const options = camelKeys(record.config);
  const args = Class.positional.map((key) => {
    const value = options[key];
    delete options[key];
    return value;
  });
  return Reflect.construct(Class, [...args, options]) as LearningRateSchedule;
}

function isClass(value: unknown): value is ScheduleClass {
  return typeof value === "function" && value.prototype instanceof LearningRateSchedule;
}
