// Base of callbacks and the list that calls them.
import { ArgumentError, constructible, shown, type Constructible } from "@isoform/core";
import type { Logs } from "../training/logs.js";
import type { ModelLayer } from "../models/model.js";

/** What callbacks know of a run. */
export interface CallbackParams {
  readonly verbose: number;
  readonly epochs: number;
  /** Steps per epoch, null while unknown. */
  readonly steps: number | null;
}

type Hook = void | Promise<void>;

/**
 * Base class of callbacks (`keras.callbacks.Callback`). Methods may be async. `logs` hold plain numbers; batch logs are
 * read from the device only when some callback defines `onTrainBatchEnd` or `onTestBatchEnd`.
 */
export class Callback {
  /** The model in training; set before the first call. */
  model!: ModelLayer;
  params: CallbackParams = { verbose: 0, epochs: 1, steps: null };

  /** Sets `model`, before the first call of a run. Never throws. */
  setModel(model: ModelLayer): void {
    this.model = model;
  }
  /** Sets `params`, before the first call of a run. Never throws. */
  setParams(params: CallbackParams): void {
    this.params = params;
  }
  /** Called at the start of `fit`. Never throws unless a subclass does. */
  onTrainBegin(_logs?: Logs): Hook {}
  /** Called at the end of `fit`. Never throws unless a subclass does. */
  onTrainEnd(_logs?: Logs): Hook {}
  /** Called at the start of an epoch, counted from 0. Never throws unless a subclass does. */
  onEpochBegin(_epoch: number, _logs?: Logs): Hook {}
  /**
   * Called at the end of an epoch, counted from 0, with its values and those of the validation (`val_…`).
   * Never throws unless a subclass does.
   */
  onEpochEnd(_epoch: number, _logs?: Logs): Hook {}
  /** Called before a training batch, counted from 0 in each epoch. Never throws unless a subclass does. */
  onTrainBatchBegin(_batch: number, _logs?: Logs): Hook {}
  /**
   * Called after a training batch, with the running values of the epoch. Never throws unless a subclass does.
   */
  onTrainBatchEnd(_batch: number, _logs?: Logs): Hook {}
  /** Called at the start of `evaluate` or a validation. Never throws unless a subclass does. */
  onTestBegin(_logs?: Logs): Hook {}
  /**
   * Called at the end of `evaluate` or a validation, with its values. Never throws unless a subclass does.
   */
  onTestEnd(_logs?: Logs): Hook {}
  /**
   * Called before a batch of `evaluate` or a validation, counted from 0. Never throws unless a subclass does.
   */
  onTestBatchBegin(_batch: number, _logs?: Logs): Hook {}
  /**
   * Called after a batch of `evaluate` or a validation, with the running values. Never throws unless a
   * subclass does.
   */
  onTestBatchEnd(_batch: number, _logs?: Logs): Hook {}
  /** Called at the start of `predict`. Never throws unless a subclass does. */
  onPredictBegin(_logs?: Logs): Hook {}
  /** Called at the end of `predict`. Never throws unless a subclass does. */
  onPredictEnd(_logs?: Logs): Hook {}
  /** Called before a batch of `predict`, counted from 0. Never throws unless a subclass does. */
  onPredictBatchBegin(_batch: number, _logs?: Logs): Hook {}
  /** Called after a batch of `predict`, counted from 0. Never throws unless a subclass does. */
  onPredictBatchEnd(_batch: number, _logs?: Logs): Hook {}
}

/** Names of the methods that are called. */
export type HookName = Exclude<keyof Callback, "model" | "params" | "setModel" | "setParams">;

/**
 * The callbacks of an option: several, or one alone.
 * @throws {ArgumentError} when one is a class, an object of another kind or nothing
 */
export function callbacksOf(owner: string, given: unknown): readonly Callback[] {
  if (given instanceof Callback) return [given];
  const isOne = (v: unknown): v is Callback => v instanceof Callback;
  if (Array.isArray(given) && given.every(isOne)) return given;
  const at = Array.isArray(given) ? given.findIndex((v) => !isOne(v)) : -1;
  const value: unknown = at < 0 ? given : (given as readonly unknown[])[at];
  const isClass = typeof value === "function" && (value === Callback || value.prototype instanceof Callback);
  const name = isClass ? value.name.replace(/(Callback|Class)$/, "") : "";
  const place = at < 0 ? "callbacks" : `callbacks[${at}]`;
  throw new ArgumentError(`${place} is ${isClass ? `the class ${name}` : shown(value)}`, {
    code: "argument/callback",
    op: owner,
    hint: isClass
      ? `make a callback of it: ${name}(…)`
      : "pass callbacks such as keras.callbacks.EarlyStopping(); functions go into keras.callbacks.LambdaCallback({ onEpochEnd: … })",
  });
}

/** Several callbacks, called in order. */
class CallbackListClass {
  readonly callbacks: readonly Callback[];

  constructor(given: readonly Callback[], model: ModelLayer, params: CallbackParams) {
    const callbacks = callbacksOf("CallbackList", given);
    this.callbacks = callbacks;
    for (const c of callbacks) {
      c.setModel(model);
      c.setParams(params);
    }
  }

  /** Whether a callback other than the base class' has this method. Never throws. */
  has(hook: HookName): boolean {
    return this.callbacks.some((c) => c[hook] !== Callback.prototype[hook]);
  }

  /**
   * Calls one method of all, in order; waits for async ones. Never throws on its own: errors of callbacks
   * pass through.
   */
  async call(hook: HookName, ...args: unknown[]): Promise<void> {
    for (const c of this.callbacks) {
      const method: unknown = c[hook];
      if (method === Callback.prototype[hook]) continue;
      const result: unknown = Reflect.apply(method as () => unknown, c, args);
      if (result instanceof Promise) await result;
    }
  }
}

/** An instance of `CallbackList`. */
export type CallbackList = CallbackListClass;
/**
 * Callbacks that are called together; logs are scalars by name. Errors of callbacks pass through.
 * @throws {ArgumentError} when an entry is no callback
 * @see keras.callbacks.CallbackList
 */
export const CallbackList: Constructible<typeof CallbackListClass> =
  /* @__PURE__ */ constructible(CallbackListClass);
