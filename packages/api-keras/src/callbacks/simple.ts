// Small callbacks: History, LambdaCallback, LearningRateScheduler, TerminateOnNaN.
import { ArgumentError, constructible, type Constructible } from "@isoform/core";
import { callable } from "../config/values.js";
import { filled } from "../config/options.js";
import { standardOutput } from "../platform.js";
import type { Logs } from "../training/logs.js";
import { Callback, type HookName } from "./callback.js";

/** Values of every epoch: what `fit` returns. */
class HistoryClass extends Callback {
  /** Numbers of the epochs, from 0. */
  epoch: number[] = [];
  /** Values by name, one per epoch. */
  history: Record<string, number[]> = {};
  override onTrainBegin(): void {
    this.epoch = [];
    this.history = {};
  }
  override onEpochEnd(epoch: number, logs: Logs = {}): void {
    this.epoch.push(epoch);
    for (const [name, value] of Object.entries(logs)) (this.history[name] ??= []).push(value);
  }
}

/** Functions for some hooks. */
export type Hooks = { readonly [K in HookName]?: Callback[K] };
const HOOKS: readonly HookName[] = [
  "onTrainBegin",
  "onTrainEnd",
  "onEpochBegin",
  "onEpochEnd",
  "onTrainBatchBegin",
  "onTrainBatchEnd",
  "onTestBegin",
  "onTestEnd",
  "onTestBatchBegin",
  "onTestBatchEnd",
  "onPredictBegin",
  "onPredictEnd",
  "onPredictBatchBegin",
  "onPredictBatchEnd",
];

class LambdaCallbackClass extends Callback {
  constructor(hooks: Hooks = {}) {
    super();
    const given = filled<object>("LambdaCallback", hooks, Object.fromEntries(HOOKS.map((h) => [h, null])));
    for (const [name, fn] of Object.entries(given)) {
      if (fn === null) continue;
      Object.defineProperty(this, name, { value: callable("LambdaCallback", name, fn as unknown) });
    }
  }
}

class LearningRateSchedulerCallback extends Callback {
  readonly #schedule: (epoch: number, rate: number) => number;
  readonly #verbose: number;
  constructor(
    schedule: (epoch: number, rate: number) => number,
    options: { readonly verbose?: number } = {},
  ) {
    super();
    this.#schedule = callable("LearningRateScheduler", "schedule", schedule);
    this.#verbose = filled("LearningRateScheduler", options, { verbose: 0 }).verbose;
  }
  override onEpochBegin(epoch: number): void {
    const rate = this.#schedule(epoch, this.model.optimizer.learningRate);
    if (typeof rate !== "number" || !Number.isFinite(rate)) {
      throw new ArgumentError(`the schedule gave ${String(rate)}`, {
        code: "callback/rate",
        op: "LearningRateScheduler",
        hint: "return a number",
      });
    }
    this.model.optimizer.learningRate = rate;
    if (this.#verbose > 0) {
      standardOutput().write(
        `\nEpoch ${epoch + 1}: LearningRateScheduler setting learning rate to ${rate}.\n`,
      );
    }
  }
  override onEpochEnd(_epoch: number, logs: Logs = {}): void {
    Object.assign(logs, { learning_rate: this.model.optimizer.learningRate });
  }
}

class TerminateOnNaNCallback extends Callback {
  override onTrainBatchEnd(batch: number, logs: Logs = {}): void {
    const { loss } = logs;
    if (loss === undefined || Number.isFinite(loss)) return;
    standardOutput().write(`Batch ${batch}: Invalid loss, terminating training\n`);
    this.model.stopTraining = true;
  }
}

/**
 * A callback of functions: `LambdaCallback({ onEpochEnd: (epoch, logs) => … })`; logs are scalars by name.
 * @throws {ArgumentError} when a name is not that of a method of callbacks, or a value is no function
 * @see keras.callbacks.LambdaCallback
 */
export const LambdaCallback: Constructible<typeof LambdaCallbackClass> =
  /* @__PURE__ */ constructible(LambdaCallbackClass);
/**
 * Sets the learning rate, a scalar, at the start of every epoch: `(epoch, rate) => newRate`.
 * @throws {ArgumentError} when an option is unknown or the schedule is no function; in `fit` when the function does not give a finite number
 *   or the optimizer follows a schedule
 * @see keras.callbacks.LearningRateScheduler
 */
export const LearningRateScheduler: Constructible<typeof LearningRateSchedulerCallback> =
  /* @__PURE__ */ constructible(LearningRateSchedulerCallback);
/**
 * Stops training when the loss, a scalar, is NaN or infinite. Reads the loss of every batch. Never throws.
 * @see keras.callbacks.TerminateOnNaN
 */
export const TerminateOnNaN: Constructible<typeof TerminateOnNaNCallback> =
  /* @__PURE__ */ constructible(TerminateOnNaNCallback);

/** An instance of `History`. */
export type History = HistoryClass;
/**
 * Values of every epoch: what `fit` returns, as lists of scalars by name. Never throws.
 * @see keras.callbacks.History
 */
export const History: Constructible<typeof HistoryClass> = /* @__PURE__ */ constructible(HistoryClass);
