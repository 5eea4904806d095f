// Base of callbacks and the list that calls them.
import { constructible, type Constructible } from "@isoform/core";
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

  setModel(model: ModelLayer): void {
    this.model = model;
  }
  setParams(params: CallbackParams): void {
    this.params = params;
  }
  onTrainBegin(_logs?: Logs): Hook {}
  onTrainEnd(_logs?: Logs): Hook {}
  onEpochBegin(_epoch: number, _logs?: Logs): Hook {}
  onEpochEnd(_epoch: number, _logs?: Logs): Hook {}
  onTrainBatchBegin(_batch: number, _logs?: Logs): Hook {}
  onTrainBatchEnd(_batch: number, _logs?: Logs): Hook {}
  onTestBegin(_logs?: Logs): Hook {}
  onTestEnd(_logs?: Logs): Hook {}
  onTestBatchBegin(_batch: number, _logs?: Logs): Hook {}
  onTestBatchEnd(_batch: number, _logs?: Logs): Hook {}
  onPredictBegin(_logs?: Logs): Hook {}
  onPredictEnd(_logs?: Logs): Hook {}
  onPredictBatchBegin(_batch: number, _logs?: Logs): Hook {}
  onPredictBatchEnd(_batch: number, _logs?: Logs): Hook {}
}

/** Names of the methods that are called. */
export type HookName = Exclude<keyof Callback, "model" | "params" | "setModel" | "setParams">;

/** Several callbacks, called in order. */
class CallbackListClass {
  readonly callbacks: readonly Callback[];

  constructor(callbacks: readonly Callback[], model: ModelLayer, params: CallbackParams) {
    this.callbacks = callbacks;
    for (const c of callbacks) {
      c.setModel(model);
      c.setParams(params);
    }
  }

  /** Whether a callback other than the base class' has this method. */
  has(hook: HookName): boolean {
    return this.callbacks.some((c) => c[hook] !== Callback.prototype[hook]);
  }

  /** Calls one method of all. */
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
/** Callbacks that are called together. */
export const CallbackList: Constructible<typeof CallbackListClass> =
  /* @__PURE__ */ constructible(CallbackListClass);
