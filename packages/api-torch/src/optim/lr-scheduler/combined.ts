// Schedules made of other schedules of the same optimizer.
import * as core from "@isoform/core";
import { ANY, checkValue, listOf, NUMBER } from "../../checks.js";
import type { AnyOptimizer } from "../optimizer.js";
import { LRScheduler } from "./scheduler.js";
import { requireState, writeSaved, type SchedulerStateDict } from "./state-dict.js";

function requireSame(
  owner: string,
  optimizer: AnyOptimizer | undefined,
  schedulers: readonly LRScheduler[],
): AnyOptimizer {
  checkValue(owner, "schedulers", schedulers, listOf(ANY, "a list of schedules"));
  const strange = schedulers.findIndex((s) => !(s instanceof LRScheduler) || s.optimizer !== optimizer);
  if (optimizer !== undefined && strange < 0) return optimizer;
  throw new core.ArgumentError(
    schedulers.length === 0 ? "no schedules given" : `schedule ${strange} is not one of this optimizer`,
    { code: "argument/schedules", op: owner, hint: "pass schedules made with the same optimizer" },
  );
}

const NESTED = ["_last_lr", "_schedulers"];

/** The states of several schedules, taken over by all or none. @throws {ArgumentError} */
function loadAll(owner: string, schedulers: readonly LRScheduler[], given: unknown): void {
  const states: readonly unknown[] = Array.isArray(given) ? given : [];
  if (states.length !== schedulers.length) {
    throw new core.ArgumentError(`the state has ${states.length} schedules instead of ${schedulers.length}`, {
      code: "scheduler/state-dict",
      op: `${owner}.loadStateDict`,
      hint: "make the schedule with the schedules that it had when it was saved",
    });
  }
  const before = schedulers.map((s) => s.stateDict());
  try {
    schedulers.forEach((s, i) => s.loadStateDict(requireState(owner, states[i])));
  } catch (error) {
    schedulers.forEach((s, i) => s.loadStateDict(before[i]!));
    throw error;
  }
}

/** One schedule after another; the next one starts afresh at its milestone. */
export class SequentialLR extends LRScheduler {
  static override readonly name: string = "SequentialLR";
  private readonly schedulers: readonly LRScheduler[];
  private milestones: readonly number[];

  constructor(optimizer: AnyOptimizer, schedulers: readonly LRScheduler[], milestones: readonly number[]) {
    super(optimizer);
    requireSame("SequentialLR", schedulers?.length === 0 ? undefined : optimizer, schedulers);
    checkValue("SequentialLR", "milestones", milestones, listOf(NUMBER, "a list of epochs"));
    if (milestones.length !== schedulers.length - 1) {
      throw new core.ArgumentError(`${milestones.length} milestones for ${schedulers.length} schedules`, {
        code: "argument/milestones",
        op: "SequentialLR",
        hint: "give one milestone fewer than schedules",
      });
    }
    this.schedulers = [...schedulers];
    this.milestones = [...milestones];
    this._start();
  }

  /** Milestones, position and the states of the schedules. */
  override stateDict(): SchedulerStateDict {
    return {
      _milestones: [...this.milestones],
      last_epoch: this.lastEpoch,
      _last_lr: [...this.getLastLr()],
      _schedulers: this.schedulers.map((s) => s.stateDict()),
    };
  }
  override loadStateDict(stateDict: SchedulerStateDict): void {
    const state = requireState("SequentialLR", stateDict);
    const own = { _milestones: this.milestones, last_epoch: this.lastEpoch };
    writeSaved("SequentialLR", own, state, { _milestones: "_milestones", last_epoch: "last_epoch" }, NESTED);
    loadAll("SequentialLR", this.schedulers, state["_schedulers"]);
    this.milestones = own._milestones;
    this.lastEpoch = own.last_epoch;
  }
  private get current(): LRScheduler {
    return this.schedulers[this.milestones.filter((m) => m <= this.lastEpoch).length]!;
  }

  override getLr(): number[] {
    return this.current.getLr();
  }
  override _advance(): void {
    this.lastEpoch++;
    if (this.milestones.includes(this.lastEpoch)) this.current._restart();
    else this.current._advance();
  }
  override getLastLr(): readonly number[] {
    return this.current.getLastLr();
  }
  override _start(): void {
    this.lastEpoch = 0;
    this.current._restart();
  }
  override _restart(): void {
    this._start();
  }
}

/** Several schedules at once: their factors multiply. */
export class ChainedScheduler extends LRScheduler {
  static override readonly name: string = "ChainedScheduler";
  private readonly schedulers: readonly LRScheduler[];

  constructor(schedulers: readonly LRScheduler[]) {
    super(requireSame("ChainedScheduler", schedulers?.[0]?.optimizer, schedulers));
    this.schedulers = [...schedulers];
  }

  /** The rates and the states of the schedules. */
  override stateDict(): SchedulerStateDict {
    return {
      _last_lr: [...this.getLastLr()],
      _schedulers: this.schedulers.map((s) => s.stateDict()),
    };
  }
  override loadStateDict(stateDict: SchedulerStateDict): void {
    const state = requireState("ChainedScheduler", stateDict);
    writeSaved("ChainedScheduler", {}, state, {}, NESTED);
    loadAll("ChainedScheduler", this.schedulers, state["_schedulers"]);
    this.lastEpoch = this.schedulers[0]!.lastEpoch;
  }
  override getLr(): number[] {
    return this.lrs;
  }
  override _advance(): void {
    this.lastEpoch++;
    for (const s of this.schedulers) s._advance();
  }
  override getLastLr(): readonly number[] {
    return this.lrs;
  }
  override _restart(): void {
    this.lastEpoch = 0;
    for (const s of this.schedulers) s._restart();
  }
}
