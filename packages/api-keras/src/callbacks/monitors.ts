// Callbacks that watch a value: EarlyStopping, ModelCheckpoint, ReduceLROnPlateau.
import { ArgumentError, constructible, type Constructible, type TypedArray } from "@isoform/core";
import { integer, invalid, requireValue } from "../config/values.js";
import { oneOf, filled } from "../config/options.js";
import { standardOutput } from "../platform.js";
import { checkWeightsPath, requireSaver, type Saver } from "../saving/files.js";
import type { Logs } from "../training/logs.js";
import { Callback } from "./callback.js";

/** Whether greater or smaller values are better. */
export type MonitorMode = "auto" | "min" | "max";

/** Metrics for which more is better when the mode is `auto`. */
const GREATER =
  /(^|_)(acc|accuracy|auc|precision|recall|f1_score|fbeta_score|iou|r2_score|true_positives|true_negatives|cosine_similarity)($|_)/;

/** Compares values of a monitored metric. */
class Monitor {
  readonly name: string;
  readonly greater: boolean;
  constructor(owner: string, name: string, mode: MonitorMode) {
    oneOf(owner, "mode", mode, ["auto", "min", "max"]);
    this.name = name;
    const key = name.replace(/^val_/, "");
    this.greater = mode === "max" || (mode === "auto" && (GREATER.test(key) || key.endsWith("accuracy")));
  }
  get worst(): number {
    return this.greater ? -Infinity : Infinity;
  }
  better(value: number, than: number, minDelta: number): boolean {
    return this.greater ? value - minDelta > than : value + minDelta < than;
  }
  /** @throws {ArgumentError} naming the values there are */
  value(owner: string, logs: Logs): number {
    const found = logs[this.name];
    if (found !== undefined) return found;
    throw new ArgumentError(`there is no value ${JSON.stringify(this.name)} to monitor`, {
      code: "callback/monitor",
      op: owner,
      hint: `values are ${Object.keys(logs).join(", ")}; val_… need validation data`,
    });
  }
}

const say = (text: string) => standardOutput().write(`${text}\n`);

/** Options of `EarlyStopping`. */
export interface EarlyStoppingOptions {
  readonly monitor?: string;
  readonly minDelta?: number;
  /** Epochs without improvement before training stops. */
  readonly patience?: number;
  readonly verbose?: number;
  readonly mode?: MonitorMode;
  /** A value that must be beaten within `patience`. */
  readonly baseline?: number | null;
  readonly restoreBestWeights?: boolean;
  readonly startFromEpoch?: number;
}

class EarlyStoppingCallback extends Callback {
  readonly #monitor: Monitor;
  readonly #o: Required<EarlyStoppingOptions>;
  #wait = 0;
  #best = 0;
  #bestEpoch = 0;
  #bestWeights: TypedArray[] | null = null;
  /** Epoch at which training stopped, 0 when it did not. */
  stoppedEpoch = 0;

  constructor(options: EarlyStoppingOptions = {}) {
    super();
    const defaults = {
      monitor: "val_loss",
      minDelta: 0,
      patience: 0,
      verbose: 0,
      mode: "auto" as const,
      baseline: null,
      restoreBestWeights: false,
      startFromEpoch: 0,
    };
    this.#o = filled<Required<EarlyStoppingOptions>>("EarlyStopping", options, defaults);
    this.#monitor = new Monitor("EarlyStopping", this.#o.monitor, this.#o.mode);
  }
  override onTrainBegin(): void {
    this.#wait = 0;
    this.stoppedEpoch = 0;
    this.#best = this.#monitor.worst;
    this.#bestWeights = null;
    this.#bestEpoch = 0;
  }
  override async onEpochEnd(epoch: number, logs: Logs = {}): Promise<void> {
    if (epoch < this.#o.startFromEpoch) return;
    const current = this.#monitor.value("EarlyStopping", logs);
    if (this.#o.restoreBestWeights) this.#bestWeights ??= await this.model.getWeights();
    this.#wait++;
    if (this.#monitor.better(current, this.#best, Math.abs(this.#o.minDelta))) {
      this.#best = current;
      this.#bestEpoch = epoch;
      if (this.#o.restoreBestWeights) this.#bestWeights = await this.model.getWeights();
      const { baseline } = this.#o;
      if (baseline === null || this.#monitor.better(current, baseline, Math.abs(this.#o.minDelta)))
        this.#wait = 0;
      return;
    }
    if (this.#wait >= this.#o.patience && epoch > 0) {
      this.stoppedEpoch = epoch;
      this.model.stopTraining = true;
    }
  }
  override onTrainEnd(): void {
    if (this.stoppedEpoch > 0 && this.#o.verbose > 0) say(`Epoch ${this.stoppedEpoch + 1}: early stopping`);
    if (this.#o.restoreBestWeights && this.#bestWeights) {
      if (this.#o.verbose > 0) {
        say(`Restoring model weights from the end of the best epoch: ${this.#bestEpoch + 1}.`);
      }
      this.model.setWeights(this.#bestWeights);
    }
  }
}

/** Options of `ModelCheckpoint`. */
export interface ModelCheckpointOptions {
  /** Does the writing, as this package knows no files: `saveKeras` of @isoform/converter. */
  readonly saver: Saver;
  readonly monitor?: string;
  readonly verbose?: number;
  /** Write only when the monitored value is better than any before. */
  readonly saveBestOnly?: boolean;
  /** As `model.saveWeights`; the path then ends with `.weights.h5`. */
  readonly saveWeightsOnly?: boolean;
  readonly mode?: MonitorMode;
  /** After every epoch, or after a number of batches. */
  readonly saveFreq?: "epoch" | number;
  readonly initialValueThreshold?: number | null;
}

class ModelCheckpointCallback extends Callback {
  readonly #path: string;
  readonly #monitor: Monitor;
  readonly #o: Required<ModelCheckpointOptions>;
  #best: number;
  #epoch = 0;
  #batches = 0;

  constructor(filepath: string, options: ModelCheckpointOptions) {
    super();
    const owner = "ModelCheckpoint";
    const defaults = {
      saver: null,
      monitor: "val_loss",
      verbose: 0,
      saveBestOnly: false,
      saveWeightsOnly: false,
      mode: "auto" as const,
      saveFreq: null,
      initialValueThreshold: null,
    };
    const { saver, ...rest } = filled<Partial<ModelCheckpointOptions>>(
      owner,
      options ?? {},
      defaults as object,
    );
    const everyBatches = integer(1);
    const saveFreq = rest.saveFreq ?? "epoch";
    if (saveFreq !== "epoch")
      requireValue(owner, "saveFreq", saveFreq, {
        ...everyBatches,
        hint: 'use "epoch" or a number of batches',
      });
    this.#o = { ...(rest as Required<ModelCheckpointOptions>), saveFreq, saver: requireSaver(owner, saver) };
    // The values of batches are read from the device for callbacks that define this method only.
    if (saveFreq === "epoch") this.onTrainBatchEnd = Callback.prototype.onTrainBatchEnd;
    this.#path = checkPath(owner, filepath);
    if (this.#o.saveWeightsOnly) checkWeightsPath(owner, filepath);
    this.#monitor = new Monitor("ModelCheckpoint", this.#o.monitor, this.#o.mode);
    this.#best = this.#o.initialValueThreshold ?? this.#monitor.worst;
  }
  override onEpochBegin(epoch: number): void {
    this.#epoch = epoch;
  }
  override onTrainBatchEnd(_batch: number, logs: Logs = {}): void | Promise<void> {
    const { saveFreq } = this.#o;
    if (saveFreq !== "epoch" && ++this.#batches % saveFreq === 0) return this.#save(logs);
  }
  override async onEpochEnd(epoch: number, logs: Logs = {}): Promise<void> {
    this.#epoch = epoch;
    if (this.#o.saveFreq === "epoch") await this.#save(logs);
  }
  async #save(logs: Logs): Promise<void> {
    if (this.#o.saveBestOnly) {
      const current = this.#monitor.value("ModelCheckpoint", logs);
      if (!this.#monitor.better(current, this.#best, 0)) return;
      this.#best = current;
    }
    const path = fillPath(this.#path, { epoch: this.#epoch + 1, ...logs });
    const { saver, saveWeightsOnly } = this.#o;
    await (saveWeightsOnly ? this.model.saveWeights(path, { saver }) : this.model.save(path, { saver }));
    if (this.#o.verbose > 0) say(`Epoch ${this.#epoch + 1}: saving model to ${path}`);
  }
}

const PLACE = /\{(\w+)(?::(0?)(\d*)(?:\.(\d+))?([df]?))?\}/g;
/** The most digits that JavaScript writes behind the point. */
const MOST_DIGITS = 100;

/** A path whose places can be filled in. @throws {ArgumentError} when one asks for too many digits */
function checkPath(owner: string, path: string): string {
  if (typeof path !== "string") throw invalid(owner, "filepath", path, "pass a string");
  for (const [, , , width, digits] of path.matchAll(PLACE)) {
    if (Math.max(Number(width ?? 0), Number(digits ?? 0)) > MOST_DIGITS)
      throw invalid(owner, "filepath", path, `ask for at most ${MOST_DIGITS} digits`);
  }
  return path;
}

/**
 * `{epoch:02d}` and `{val_loss:.2f}` as in Python's format strings; names without a value stay.
 * @throws {ArgumentError} when more than 100 digits are asked for
 * @see keras.callbacks.ModelCheckpoint
 */
export function fillPath(path: string, values: Readonly<Record<string, number>>): string {
  return checkPath("fillPath", path).replace(
    PLACE,
    (whole, name: string, zero: string, width: string, digits: string | undefined) => {
      const value = values[name];
      if (value === undefined) return whole;
      const text = digits === undefined ? String(value) : value.toFixed(Number(digits));
      return text.padStart(Number(width || 0), zero === "0" ? "0" : " ");
    },
  );
}

/** Options of `ReduceLROnPlateau`. */
export interface ReduceLROnPlateauOptions {
  readonly monitor?: string;
  readonly factor?: number;
  readonly patience?: number;
  readonly verbose?: number;
  readonly mode?: MonitorMode;
  readonly minDelta?: number;
  readonly cooldown?: number;
  readonly minLr?: number;
}

class ReduceLROnPlateauCallback extends Callback {
  readonly #monitor: Monitor;
  readonly #o: Required<ReduceLROnPlateauOptions>;
  #best = 0;
  #wait = 0;
  #cooldown = 0;

  constructor(options: ReduceLROnPlateauOptions = {}) {
    super();
    const defaults = {
      monitor: "val_loss",
      factor: 0.1,
      patience: 10,
      verbose: 0,
      mode: "auto" as const,
      minDelta: 1e-4,
      cooldown: 0,
      minLr: 0,
    };
    this.#o = filled<Required<ReduceLROnPlateauOptions>>("ReduceLROnPlateau", options, defaults);
    if (this.#o.factor >= 1) {
      throw new ArgumentError(`factor is ${this.#o.factor}`, {
        code: "argument/invalid",
        op: "ReduceLROnPlateau",
        hint: "use a factor below 1",
      });
    }
    this.#monitor = new Monitor("ReduceLROnPlateau", this.#o.monitor, this.#o.mode);
    this.#best = this.#monitor.worst;
  }
  override onTrainBegin(): void {
    this.#best = this.#monitor.worst;
    this.#wait = 0;
    this.#cooldown = 0;
  }
  override onEpochEnd(epoch: number, logs: Logs = {}): void {
    const { optimizer } = this.model;
    Object.assign(logs, { learning_rate: optimizer.learningRate });
    const current = this.#monitor.value("ReduceLROnPlateau", logs);
    if (this.#cooldown > 0) {
      this.#cooldown--;
      this.#wait = 0;
    }
    if (this.#monitor.better(current, this.#best, this.#o.minDelta)) {
      this.#best = current;
      this.#wait = 0;
    } else if (this.#cooldown === 0) {
      this.#wait++;
      if (this.#wait < this.#o.patience) return;
      const old = optimizer.learningRate;
      if (old <= this.#o.minLr) return;
      optimizer.learningRate = Math.max(old * this.#o.factor, this.#o.minLr);
      if (this.#o.verbose > 0)
        say(`\nEpoch ${epoch + 1}: ReduceLROnPlateau reducing learning rate to ${optimizer.learningRate}.`);
      this.#cooldown = this.#o.cooldown;
      this.#wait = 0;
    }
  }
}

/**
 * Stops training when a value, a scalar per epoch, stops getting better: `monitor` `"val_loss"`, `patience` 0
 * epochs.
 * @throws {ArgumentError} when an option is unknown or `mode` is not one of its values; in `fit` when there
 *   is no value of the name `monitor`
 * @see keras.callbacks.EarlyStopping
 */
export const EarlyStopping: Constructible<typeof EarlyStoppingCallback> =
  /* @__PURE__ */ constructible(EarlyStoppingCallback);
/**
 * Saves the model during training: `ModelCheckpoint("digits-{epoch:02d}.keras", { saver: saveKeras })`, with
 * `saveKeras` of @isoform/converter. `filepath` may also hold values, `{val_loss:.2f}`; epochs count from 1; the
 * monitored value is a scalar. Errors of the saver pass through.
 * @throws {ArgumentError} when `saver` is missing, an option is unknown, `mode` is not one of its values,
 *   `filepath` asks for more than 100 digits, or with `saveWeightsOnly` does not end with `.weights.h5`; with
 *   `saveBestOnly` in `fit` when there is no value of the name `monitor`
 * @see keras.callbacks.ModelCheckpoint
 */
export const ModelCheckpoint: Constructible<typeof ModelCheckpointCallback> =
  /* @__PURE__ */ constructible(ModelCheckpointCallback);
/**
 * Lowers the learning rate when a value, a scalar per epoch, stops getting better: `monitor` `"val_loss"`,
 * times `factor` 0.1 after `patience` 10 epochs.
 * @throws {ArgumentError} when an option is unknown, `factor` is not below 1 or `mode` is not one of its
 *   values; in `fit` when there is no value of the name `monitor` or the optimizer follows a schedule
 * @see keras.callbacks.ReduceLROnPlateau
 */
export const ReduceLROnPlateau: Constructible<typeof ReduceLROnPlateauCallback> =
  /* @__PURE__ */ constructible(ReduceLROnPlateauCallback);
