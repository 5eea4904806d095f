// The loops of fit, evaluate and predict: batches, callbacks, progress; steps themselves are methods of the model.
import * as core from "@isoform/core";
import { ArgumentError, LifetimeError, type Tensor as CoreTensor } from "@isoform/core";
import { Callback, CallbackList, callbacksOf } from "../callbacks/callback.js";
import { ProgbarLogger } from "../callbacks/progbar-logger.js";
import { History } from "../callbacks/simple.js";
import { isPlainObject } from "../engine/structure.js";
import type { ModelLayer } from "../models/model.js";
import { standardOutput } from "../platform.js";
import {
  ArrayBatches,
  SourceBatches,
  classWeights,
  isBatchSource,
  type Batch,
  type Batches,
} from "./data.js";
import { readLogs, type LogTensors, type Logs } from "./logs.js";
import {
  EVALUATE_RULES,
  FIT_RULES,
  PREDICT_RULES,
  checkRun,
  type EvaluateOptions,
  type FitOptions,
  type PredictOptions,
  type ProgressEvent,
  type RunOptions,
} from "./options.js";
import { rest } from "./pace.js";
import { arrayParts, trainingSources } from "./sources.js";

const verbosity = (options: RunOptions) =>
  options.verbose === undefined || options.verbose === "auto" ? 1 : Number(options.verbose);

function callbackList(
  owner: string,
  model: ModelLayer,
  own: readonly Callback[],
  options: RunOptions,
  epochs: number,
  steps: number | null,
): CallbackList {
  const verbose = verbosity(options);
  const all = [...callbacksOf(owner, options.callbacks ?? [])];
  if (verbose > 0 && !all.some((c) => c instanceof ProgbarLogger))
    all.push(new ProgbarLogger({ write: options.write }));
  return new CallbackList([...all, ...own], model, { verbose, epochs, steps });
}

interface Run {
  readonly owner: "fit" | "evaluate" | "predict";
  readonly phase: string;
  readonly batches: Batches;
  readonly callbacks: CallbackList;
  readonly hook: "Train" | "Test" | "Predict";
  readonly options: RunOptions;
  /** One step, inside a scope; what it returns is logged. */
  step(batch: Batch): LogTensors | null;
  /** Values when a step returns none. */
  current(): LogTensors;
}

/** One pass over the batches. Returns the number of steps and the last values. */
async function pass(run: Run, model: ModelLayer): Promise<{ last: LogTensors | null }> {
  const { callbacks, hook, options, batches } = run;
  const begin = `on${hook}BatchBegin` as const;
  const end = `on${hook}BatchEnd` as const;
  const bars = callbacks.callbacks.filter((c): c is ProgbarLogger => c instanceof ProgbarLogger);
  const others = callbacks.callbacks.some(
    (c) => !(c instanceof ProgbarLogger) && c[end] !== Callback.prototype[end],
  );
  let step = 0;
  let last: LogTensors | null = null;
  for await (const make of batches.epoch()) {
    stopIfAborted(options, run.owner);
    if (callbacks.has(begin)) await callbacks.call(begin, step);
    last = guardScope(run.owner, () =>
      core.scope(() => {
        const logs = run.step(make());
        return logs === null ? null : { ...logs };
      }),
    );
    if (verbosity(options) > 0) sayNotice(model, options);
    const wanted =
      others ||
      (options.onProgress !== undefined && hook !== "Predict") ||
      bars.some((b) => b._wantsLogs(step));
    const logs = wanted && hook !== "Predict" ? await readNow(last, run) : {};
    await callbacks.call(end, step, logs);
    options.onProgress?.(event(run, step + 1, logs));
    step++;
    await rest();
    if (model.stopTraining && hook === "Train") break;
  }
  if (step === 0) {
    throw new ArgumentError("the data gave no batches", {
      code: "argument/data",
      op: run.owner,
      hint: "pass at least one batch; a generator can be read once: pass a function that makes it",
    });
  }
  return { last };
}

/** One line, once, when steps cannot be compiled. */
function sayNotice(model: ModelLayer, options: RunOptions): void {
  const notice = model.$steps.tell();
  if (notice === null) return;
  const write = options.write ?? ((text: string) => standardOutput().write(text));
  write(`${model.describe()} runs its steps one operation at a time: ${notice}\n`);
}

function event(run: Run, done: number, logs: Logs): ProgressEvent {
  const total = run.batches.steps;
  const base = { task: run.owner, phase: run.phase, done, unit: "steps", metrics: logs } as const;
  return total === null ? base : { ...base, total };
}

async function readNow(last: LogTensors | null, run: Run): Promise<Record<string, number>> {
  if (last !== null) return readLogs(last);
  const results = core.scope(() => run.current());
  const logs = await readLogs(results);
  for (const t of Object.values(results)) if (t instanceof core.Tensor) t.dispose();
  return logs;
}

function stopIfAborted(options: RunOptions, owner: string): void {
  if (!options.signal?.aborted) return;
  throw new LifetimeError("aborted by the caller", {
    code: "run/aborted",
    op: owner,
    cause: options.signal.reason,
  });
}

/** A step must be synchronous. */
function guardScope<T>(owner: string, fn: () => T): T {
  if (core.ambient.scope !== null && core.ambient.tapes > 0) {
    throw new LifetimeError("called inside the block of a tape", {
      code: "lifetime/scope-order",
      op: owner,
      hint: "end the tape first: this call is asynchronous",
    });
  }
  return fn();
}

function validatesAt(epoch: number, freq: number | readonly number[]): boolean {
  return typeof freq === "number" ? (epoch + 1) % freq === 0 : freq.includes(epoch + 1);
}

/** See `Model.fit`. */
export async function fit(model: ModelLayer, x: unknown, y: unknown, options: FitOptions): Promise<History> {
  checkRun("fit", options, FIT_RULES);
  const compiled = model._requireCompiled("fit");
  const { epochs = 1, initialEpoch = 0, classWeight = null } = options;
  const { train, validation } = trainingSources(x, y, options);
  const history = new History();
  try {
    const callbacks = callbackList("fit", model, [history], options, epochs, train.steps);
    model.stopTraining = false;
    model.history = history;
    await callbacks.call("onTrainBegin");
    for (let epoch = initialEpoch; epoch < epochs; epoch++) {
      compiled.reset();
      await callbacks.call("onEpochBegin", epoch);
      const run: Run = {
        owner: "fit",
        phase: `epoch ${epoch + 1}/${epochs}`,
        batches: train,
        callbacks,
        hook: "Train",
        options,
        step: (batch) => model.$steps.train(withClassWeight(batch, classWeight)),
        current: () => compiled.results(),
      };
      const { last } = await pass(run, model);
      const logs = await readNow(last, run);
      if (validation && validatesAt(epoch, options.validationFreq ?? 1)) {
        const values = await test(model, validation, callbacks, options, "fit");
        for (const [name, value] of Object.entries(values)) logs[`val_${name}`] = value;
      }
      await callbacks.call("onEpochEnd", epoch, logs);
      if (model.stopTraining) break;
    }
    if (compiled.optimizer.built) compiled.optimizer.finalizeVariableValues();
    await callbacks.call("onTrainEnd");
  } finally {
    validation?.dispose();
    train.dispose();
  }
  return history;
}

function withClassWeight(batch: Batch, weights: Readonly<Record<number, number>> | null): Batch {
  if (weights === null) return batch;
  const [x, y, w] = batch;
  if (!(y instanceof core.Tensor)) {
    throw new ArgumentError("classWeight needs one tensor of targets", {
      code: "argument/class-weight",
      op: "fit",
    });
  }
  const own: CoreTensor = classWeights(y, weights);
  return [x, y, w instanceof core.Tensor ? core.mul(own, w) : own];
}

async function test(
  model: ModelLayer,
  batches: Batches,
  callbacks: CallbackList,
  options: RunOptions,
  owner: "fit" | "evaluate",
): Promise<Record<string, number>> {
  const compiled = model._requireCompiled(owner);
  compiled.reset();
  await callbacks.call("onTestBegin");
  const { onProgress: _quiet, ...rest } = options;
  const run: Run = {
    owner,
    phase: "evaluate",
    batches,
    callbacks,
    hook: "Test",
    options: owner === "fit" ? rest : options,
    step: (batch) => model.$steps.test(batch),
    current: () => compiled.results(),
  };
  const { last } = await pass(run, model);
  const logs = await readNow(last, run);
  await callbacks.call("onTestEnd", logs);
  return logs;
}

/** See `Model.evaluate`. */
export async function evaluate(
  model: ModelLayer,
  x: unknown,
  y: unknown,
  options: EvaluateOptions,
): Promise<number[] | Record<string, number>> {
  checkRun("evaluate", options, EVALUATE_RULES);
  const compiled = model._requireCompiled("evaluate");
  const batches = isBatchSource(x)
    ? new SourceBatches(x, options.steps ?? null)
    : new ArrayBatches(
        arrayParts("evaluate", x, y, options.sampleWeight),
        options.batchSize ?? 32,
        false,
        options.steps ?? null,
      );
  try {
    const callbacks = callbackList("evaluate", model, [], options, 1, batches.steps);
    const logs = await test(model, batches, callbacks, options, "evaluate");
    if (options.returnDict) return logs;
    const names = compiled.metrics.map((m) => m.name).filter((n) => n in logs);
    return [...names, ...Object.keys(logs).filter((n) => !names.includes(n))].map((n) => logs[n]!);
  } finally {
    batches.dispose();
  }
}

/** See `Model.predict`. */
export async function predict(model: ModelLayer, x: unknown, options: PredictOptions): Promise<unknown> {
  checkRun("predict", options, PREDICT_RULES);
  const batches = isBatchSource(x)
    ? new SourceBatches(x, options.steps ?? null)
    : new ArrayBatches(
        arrayParts("predict", x, null, null),
        options.batchSize ?? 32,
        false,
        options.steps ?? null,
      );
  const parts: unknown[] = [];
  try {
    const callbacks = callbackList("predict", model, [], options, 1, batches.steps);
    await callbacks.call("onPredictBegin");
    const run: Run = {
      owner: "predict",
      phase: "predict",
      batches,
      callbacks,
      hook: "Predict",
      options,
      step: (batch) => {
        parts.push(keepAll(model.$steps.predict(batch)));
        return null;
      },
      current: () => ({}),
    };
    await pass(run, model);
    const result = core.scope(() => keepAll(joinParts(parts)));
    await callbacks.call("onPredictEnd");
    return result;
  } finally {
    if (parts.length > 1) for (const p of parts) disposeAll(p);
    batches.dispose();
  }
}

/** Takes tensors out of the scope of a step. */
function keepAll(value: unknown): unknown {
  const found = new Set<CoreTensor>();
  core.collectTensors(value, found);
  for (const t of found) core.keep(t);
  return value;
}
function disposeAll(value: unknown): void {
  const found = new Set<CoreTensor>();
  core.collectTensors(value, found);
  for (const t of found) t.dispose();
}

/** Results of batches joined along the first axis. */
function joinParts(parts: readonly unknown[]): unknown {
  const first = parts[0];
  if (parts.length === 1) return first;
  if (first instanceof core.Tensor)
    return core.concat(
      parts.filter((p): p is CoreTensor => p instanceof core.Tensor),
      0,
    );
  if (Array.isArray(first)) return first.map((_, i) => joinParts(parts.map((p) => (p as unknown[])[i])));
  if (isPlainObject(first)) {
    return Object.fromEntries(
      Object.keys(first).map((k) => [k, joinParts(parts.map((p) => (p as Record<string, unknown>)[k]))]),
    );
  }
  return first;
}
