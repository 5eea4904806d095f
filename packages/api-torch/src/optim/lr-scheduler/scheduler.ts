// Base of learning-rate schedules: they set `lr` of every parameter group, once when made and then at every step().
import * as core from "@isoform/core";
import { checkValue, either, listOf, NUMBER, type Kind } from "../../checks.js";
import { pyValue } from "../../nn/python-text.js";
import { Optimizer, type AnyOptimizer } from "../optimizer.js";
import { readSaved, requireState, writeSaved, type Saved, type SchedulerStateDict } from "./state-dict.js";

/**
 * Base class of schedules. Call `step()` after the optimizer's step; rates are scalars, one per group.
 * Schedules that multiply the present rate may be combined; the others start from the rate the optimizer had
 * first.
 * @throws {ArgumentError} when the first argument is not an optimizer.
 * @see torch.optim.lr_scheduler.LRScheduler
 */
export abstract class LRScheduler {
  readonly optimizer: AnyOptimizer;
  /** The rate of every group before any schedule. */
  readonly baseLrs: readonly number[];
  /** Number of steps made; 0 right after construction. */
  lastEpoch = 0;
  private lastLr: readonly number[] = [];

  constructor(optimizer: AnyOptimizer) {
    this.optimizer = requireOptimizer(new.target.name, optimizer);
    this.baseLrs = optimizer.paramGroups.map((g) => (g.initialLr ??= g.lr));
  }

  /** The rates at `lastEpoch`, one per group. Use `getLastLr` for those in effect. */
  abstract getLr(): number[];

  /** The rates at epoch 0 when the groups have the rates `present`. */
  protected initialLrs(present: readonly number[]): number[] {
    return [...present];
  }

  /** The present rates, one per group. */
  protected get lrs(): number[] {
    return this.optimizer.paramGroups.map((g) => g.lr);
  }

  /** Sets the rates of the next epoch; in a compiled step, at every run. */
  step(): void {
    core.hostEffect(() => this._advance());
  }

  /** @internal What `step` does. */
  _advance(): void {
    this.lastEpoch++;
    this.assign(this.getLr());
  }

  /** The rates set last, one per group. */
  getLastLr(): readonly number[] {
    core.refuseInTrace("getLastLr", "the rate is read while a step is compiled", "read it outside the step");
    return this.lastLr;
  }

  /** @internal Epoch 0, from the present rates. Every constructor ends with it. */
  _start(): void {
    this.lastEpoch = 0;
    this.assign(this.initialLrs(this.lrs));
  }

  /** @internal Epoch 0, from the first rates: when a sequence comes to this schedule. */
  _restart(): void {
    this.lastEpoch = 0;
    this.assign(this.initialLrs(this.baseLrs));
  }

  /** Settings that are saved: PyTorch's names, and the properties that hold them. */
  protected get saved(): Saved {
    return {};
  }

  /** What else is saved after the rates; taken back by `restore`. */
  protected more(): Readonly<Record<string, unknown>> {
    return {};
  }

  /** Takes back what `more` gave, after a check. @throws {ArgumentError} */
  protected restore(_state: SchedulerStateDict): void {}

  private get savedHere(): Saved {
    return { base_lrs: "baseLrs", ...this.saved, last_epoch: "lastEpoch", _last_lr: "lastLr" };
  }

  /**
   * Settings and position as plain data under PyTorch's names; functions are left out. The rates themselves, scalars
   * per group, are in the state of the optimizer.
   * @throws {LifetimeError} in a compiled step
   * @see torch.optim.lr_scheduler.LRScheduler.state_dict
   */
  stateDict(): SchedulerStateDict {
    core.refuseInTrace("stateDict", "the state is read while a step is compiled", "read it outside the step");
    const { _last_lr, ...before } = readSaved(this, this.savedHere);
    const steps = { _step_count: this.lastEpoch + 1, _is_initial: false, _get_lr_called_within_step: false };
    return { ...before, ...steps, _last_lr, ...this.more() };
  }

  /**
   * Goes on from a state: takes its settings and position. Load the state of the optimizer too: it has the rates,
   * scalars per group.
   * @throws {ArgumentError} when it is not the state of such a schedule; nothing is changed then
   * @see torch.optim.lr_scheduler.LRScheduler.load_state_dict
   */
  loadStateDict(stateDict: SchedulerStateDict): void {
    const owner = this.constructor.name;
    const state = requireState(owner, stateDict);
    const before = this.stateDict();
    const more = Object.keys(this.more());
    writeSaved(owner, this, state, this.savedHere, more);
    try {
      this.restore(state);
    } catch (error) {
      writeSaved(owner, this, before, this.savedHere, more);
      throw error;
    }
  }

  /** The class with its settings and position. */
  toString(): string {
    const settings = Object.entries(readSaved(this, { ...this.saved, last_epoch: "lastEpoch" }));
    return `${this.constructor.name}(${settings.map(([name, v]) => `${name}=${pyValue(v)}`).join(", ")})`;
  }

  private assign(lrs: readonly number[]): void {
    const groups = this.optimizer.paramGroups;
    if (lrs.length !== groups.length || !lrs.every(NUMBER.is)) {
      throw new core.ArgumentError(`the rates of epoch ${this.lastEpoch} are ${core.shown(lrs)}`, {
        code: "argument/rates",
        op: this.constructor.name,
        hint: `the schedule must give ${groups.length} numbers, one per group: check its arguments and functions`,
      });
    }
    groups.forEach((g, i) => (g.lr = lrs[i]!));
    this.lastLr = lrs;
  }
}

/** @throws {ArgumentError} unless it is an optimizer */
export function requireOptimizer(owner: string, optimizer: AnyOptimizer): AnyOptimizer {
  if (optimizer instanceof Optimizer) return optimizer;
  throw new core.ArgumentError("the first argument is not an optimizer", {
    code: "argument/not-an-optimizer",
    op: owner,
    hint: "pass the optimizer whose learning rate is to change",
  });
}

/** One number for all groups, or a list. */
export const PER_GROUP: Kind = /* @__PURE__ */ either(
  NUMBER,
  /* @__PURE__ */ listOf(NUMBER, "numbers"),
  "a number, or one per group",
);

/** A value per group, from one value or a list. @throws {ArgumentError} for another kind or number of values */
export function perGroup<T>(
  owner: string,
  name: string,
  optimizer: AnyOptimizer,
  value: T | readonly T[],
  kind: Kind = NUMBER,
): T[] {
  const { length } = optimizer.paramGroups;
  const list = isList(value) ? [...value] : new Array<T>(length).fill(value);
  for (const v of list) checkValue(owner, name, v, kind);
  if (list.length === length) return list;
  throw new core.ArgumentError(`${name} has ${list.length} values for ${length} parameter groups`, {
    code: "argument/per-group",
    op: owner,
    hint: "give one value, or one per group",
  });
}

function isList<T>(value: T | readonly T[]): value is readonly T[] {
  return Array.isArray(value);
}

/** Sets the momentum of every group: `momentum`, or β₁ of `betas`. */
export function setMomentum(optimizer: AnyOptimizer, values: readonly number[]): void {
  optimizer.paramGroups.forEach((group: object, i) => {
    if ("betas" in group && Array.isArray(group.betas)) group.betas = [values[i], ...group.betas.slice(1)];
    else Reflect.set(group, "momentum", values[i]);
  });
}

/** Throws unless the optimizer has a momentum to cycle. @throws {ArgumentError} */
export function requireMomentum(owner: string, optimizer: AnyOptimizer): void {
  if ("momentum" in optimizer.defaults || "betas" in optimizer.defaults) return;
  throw new core.ArgumentError("the optimizer has neither momentum nor betas", {
    code: "argument/no-momentum",
    op: owner,
    hint: "pass cycleMomentum: false",
  });
}
