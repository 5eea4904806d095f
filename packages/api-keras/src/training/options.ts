// Options of fit, evaluate and predict.
import type { Callback } from "../callbacks/callback.js";
import type { DataLike } from "./data.js";

/** Progress of a long call, the same in every package of Isoform. */
export interface ProgressEvent {
  readonly task: "fit" | "evaluate" | "predict";
  /** `epoch 2/5` in fit. */
  readonly phase: string;
  readonly done: number;
  readonly total?: number;
  readonly unit: "steps";
  readonly label?: string;
  readonly metrics?: Readonly<Record<string, number>>;
}

/** The part of an AbortSignal used here. */
export interface AbortSignalLike {
  readonly aborted: boolean;
  readonly reason?: unknown;
}

/** Options of every run. */
export interface RunOptions {
  /** Default 32. Not for iterables, which bring their own batches. */
  readonly batchSize?: number | null;
  /** 0 silent, 1 progress bar, 2 one line per epoch; `"auto"` (the default) is 1. */
  readonly verbose?: 0 | 1 | 2 | "auto";
  readonly callbacks?: readonly Callback[] | null;
  /** Gets the text of the progress bar; default standard output. */
  readonly write?: (text: string) => void;
  /** Called after every step. */
  readonly onProgress?: (event: ProgressEvent) => void;
  /** Stops between two batches with the signal's reason. */
  readonly signal?: AbortSignalLike;
}
/** Options of `fit`. */
export interface FitOptions extends RunOptions {
  readonly epochs?: number;
  /** Share of the last rows that is kept for validation. */
  readonly validationSplit?: number;
  /** `[x, y]`, `[x, y, sampleWeight]` or an iterable of batches. */
  readonly validationData?: unknown;
  /** Whether rows come in another order at every epoch; default true. */
  readonly shuffle?: boolean;
  /** Weight of each class in the loss. */
  readonly classWeight?: Readonly<Record<number, number>> | null;
  /** Weight of each sample in the loss. */
  readonly sampleWeight?: DataLike | null;
  readonly initialEpoch?: number;
  readonly stepsPerEpoch?: number | null;
  readonly validationSteps?: number | null;
  readonly validationBatchSize?: number | null;
  /** Validate every so many epochs, or at the listed ones (from 1). */
  readonly validationFreq?: number | readonly number[];
}
/** Options of `evaluate`. */
export interface EvaluateOptions extends RunOptions {
  readonly sampleWeight?: DataLike | null;
  readonly steps?: number | null;
  /** Give an object of values by name instead of a list. */
  readonly returnDict?: boolean;
}
/** Options of `predict`. */
export interface PredictOptions extends RunOptions {
  readonly steps?: number | null;
}

/** Options that every run takes. */
export const RUN_KEYS: readonly string[] = [
  "batchSize",
  "verbose",
  "callbacks",
  "write",
  "onProgress",
  "signal",
];
/** Options of `fit`. */
export const FIT_KEYS: readonly string[] = [
  ...RUN_KEYS,
  "epochs",
  "validationSplit",
  "validationData",
  "shuffle",
  "classWeight",
  "sampleWeight",
  "initialEpoch",
  "stepsPerEpoch",
  "validationSteps",
  "validationBatchSize",
  "validationFreq",
];
/** Options of `evaluate`. */
export const EVALUATE_KEYS: readonly string[] = [...RUN_KEYS, "sampleWeight", "steps", "returnDict"];
/** Options of `predict`. */
export const PREDICT_KEYS: readonly string[] = [...RUN_KEYS, "steps"];
