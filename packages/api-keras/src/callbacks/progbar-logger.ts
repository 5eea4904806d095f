// ProgbarLogger: draws the progress bar during fit, evaluate and predict.
import { constructible, type Constructible } from "@isoform/core";
import { callable } from "../config/values.js";
import { filled } from "../config/options.js";
import { standardOutput } from "../platform.js";
import type { Logs } from "../training/logs.js";
import { Progbar, type BarOutput } from "../training/progbar.js";
import { Callback, type CallbackParams } from "./callback.js";

/** Options of `ProgbarLogger`. */
export interface ProgbarLoggerOptions {
  /** Gets the text; default standard output. */
  readonly write?: ((text: string) => void) | undefined;
  /** Whether lines may be rewritten; default: whether standard output is a terminal, false with `write`. */
  readonly dynamic?: boolean | undefined;
}

/** Prints progress as Keras does. Added by `fit`, `evaluate` and `predict` unless `verbose` is 0. */
class ProgbarLoggerClass extends Callback {
  readonly #out: BarOutput;
  #bar: Progbar | null = null;
  #target: number | null = null;
  #seen = 0;
  #inFit = false;

  constructor(options: ProgbarLoggerOptions = {}) {
    super();
    const standard = standardOutput();
    const defaults: { write: ((text: string) => void) | null; dynamic: boolean | null } = {
      write: null,
      dynamic: null,
    };
    const { write, dynamic } = filled("ProgbarLogger", options, defaults);
    if (write !== null) callable("ProgbarLogger", "write", write);
    this.#out = {
      write: write ?? ((text) => standard.write(text)),
      dynamic: dynamic ?? (write ? false : standard.dynamic),
      now: () => Date.now(),
    };
  }

  override setParams(params: CallbackParams): void {
    super.setParams(params);
    this.#target = params.steps;
  }
  #begin(): void {
    this.#seen = 0;
    this.#bar = new Progbar(this.#target, this.params.verbose, this.#out);
  }
  /** @internal True when logs would be shown now. */
  _wantsLogs(batch: number): boolean {
    return this.#bar?.wantsLogs(batch + 1) ?? false;
  }
  #step(batch: number, logs: Logs): void {
    this.#seen = batch + 1;
    this.#bar?.update(this.#seen, logs);
  }
  #end(logs: Logs): void {
    this.#target ??= this.#seen;
    this.#bar?.finalize(this.#target, logs);
  }

  override onTrainBegin(): void {
    this.#inFit = true;
  }
  override onEpochBegin(epoch: number): void {
    this.#begin();
    if (this.params.epochs > 1) this.#out.write(`Epoch ${epoch + 1}/${this.params.epochs}\n`);
  }
  override onTrainBatchEnd(batch: number, logs: Logs = {}): void {
    this.#step(batch, logs);
  }
  override onEpochEnd(_epoch: number, logs: Logs = {}): void {
    this.#end(logs);
  }
  override onTestBegin(): void {
    if (!this.#inFit) this.#begin();
  }
  override onTestBatchEnd(batch: number, logs: Logs = {}): void {
    if (!this.#inFit) this.#step(batch, logs);
  }
  override onTestEnd(logs: Logs = {}): void {
    if (!this.#inFit) this.#end(logs);
  }
  override onPredictBegin(): void {
    this.#begin();
  }
  override onPredictBatchEnd(batch: number): void {
    this.#step(batch, {});
  }
  override onPredictEnd(): void {
    this.#end({});
  }
}

/** An instance of `ProgbarLogger`. */
export type ProgbarLogger = ProgbarLoggerClass;
/**
 * Prints the progress of training as Keras does; logs are scalars by name. Errors of `write` pass through.
 * @throws {ArgumentError} when an option is unknown or `write` is no function
 * @see keras.callbacks.ProgbarLogger
 */
export const ProgbarLogger: Constructible<typeof ProgbarLoggerClass> =
  /* @__PURE__ */ constructible(ProgbarLoggerClass);
