// Options of fit, evaluate and predict, and what their values must be.
import { ArgumentError, shown } from "@isoform/core";
import type { Callback } from "../callbacks/callback.js";
import { isOptions, unknownOption } from "../config/options.js";
import { arrayOf, integer, optional, requireValue, type Rule } from "../config/values.js";
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
  /** 0 silent, 1 progress bar, 2 one line per epoch; `"auto"` (the default) and true are 1, false is 0. */
  readonly verbose?: 0 | 1 | 2 | "auto" | boolean;
  /** Callbacks, or one alone. */
  readonly callbacks?: Callback | readonly Callback[] | null;
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

/** Rules for the values of options, by name. */
type Rules<O> = { readonly [K in keyof O]-?: Rule };

const COUNT = integer(0);
/** A positive integer; null is the default. */
const SIZE: Rule = { ...optional(integer(1)), hint: integer(1).hint };
const FLAG: Rule = { test: (v) => typeof v === "boolean", hint: "use true or false" };
const FUNCTION: Rule = { test: (v) => typeof v === "function", hint: "pass a function" };
/** What has checks of its own. */
const ANYTHING: Rule = { test: () => true, hint: "" };
const SIGNAL: Rule = {
  test: (v) => typeof v === "object" && v !== null && "aborted" in v,
  hint: "pass the signal of an AbortController",
};
const VERBOSE: Rule = {
  test: (v) => v === 0 || v === 1 || v === 2 || v === "auto" || typeof v === "boolean",
  hint: 'use 0 (silent), 1 (progress bar), 2 (one line per epoch) or "auto"',
};
const CLASS_WEIGHT: Rule = optional({
  test: (v) =>
    typeof v === "object" &&
    v !== null &&
    Object.entries(v).length > 0 &&
    Object.entries(v).every(([k, w]) => /^\d+$/.test(k) && typeof w === "number" && w >= 0),
  hint: "pass a weight for each class number: { 0: 1, 1: 2.5 }",
});
const FREQUENCY: Rule = {
  test: (v) => integer(1).test(v) || arrayOf(integer(1)).test(v),
  hint: "use a positive integer, or an array of epochs, counted from 1",
};

const RUN_RULES: Rules<RunOptions> = {
  batchSize: SIZE,
  verbose: VERBOSE,
  callbacks: ANYTHING,
  write: FUNCTION,
  onProgress: FUNCTION,
  signal: SIGNAL,
};
/** Options of `fit`. */
export const FIT_RULES: Rules<FitOptions> = {
  ...RUN_RULES,
  epochs: COUNT,
  validationSplit: {
    test: (v) => typeof v === "number" && v >= 0 && v < 1,
    hint: "use a share between 0 and 1",
  },
  validationData: ANYTHING,
  shuffle: FLAG,
  classWeight: CLASS_WEIGHT,
  sampleWeight: ANYTHING,
  initialEpoch: COUNT,
  stepsPerEpoch: SIZE,
  validationSteps: SIZE,
  validationBatchSize: SIZE,
  validationFreq: FREQUENCY,
};
/** Options of `evaluate`. */
export const EVALUATE_RULES: Rules<EvaluateOptions> = {
  ...RUN_RULES,
  sampleWeight: ANYTHING,
  steps: SIZE,
  returnDict: FLAG,
};
/** Options of `predict`. */
export const PREDICT_RULES: Rules<PredictOptions> = { ...RUN_RULES, steps: SIZE };

/**
 * Checks the names and values of options; undefined stands for the default.
 * @throws {ArgumentError} when the options are no object, one is unknown, or a value does not fit
 */
export function checkRun(owner: string, options: object, rules: Readonly<Record<string, Rule>>): void {
  if (!isOptions(options) || Array.isArray(options)) {
    const value = typeof options === "number" ? shown(options) : "…";
    throw new ArgumentError(`the options are ${shown(options)}`, {
      code: "argument/options",
      op: owner,
      hint: `pass options by name: { batchSize: ${value} }`,
    });
  }
  const known = Object.keys(rules);
  for (const [key, value] of Object.entries(options)) {
    if (!known.includes(key)) throw unknownOption(owner, key, known);
    if (value !== undefined) requireValue<unknown>(owner, key, value, rules[key]!);
  }
}
