// One step of training or testing: forward, loss, gradients, update, metrics.
import * as core from "@isoform/core";
import { checkOptions } from "@isoform/core";
import type { ModelLayer } from "../models/model.js";
import { session } from "../session.js";
import { Tape } from "../tape.js";
import { Tensor } from "../tensor/tensor.js";
import { batchSizeOf, toTensors, type Batch, type DataLike } from "./data.js";
import { readLogs, type LogTensors } from "./logs.js";
import { rest } from "./pace.js";
import { flattenOutputs, matchOutputs } from "./targets.js";

function outputNames(model: ModelLayer): readonly string[] {
  return model.$graph === null ? [] : model.outputNames;
}

interface Flat {
  readonly yTrue: readonly (Tensor | null | undefined)[];
  readonly yPred: readonly Tensor[];
  readonly weights: readonly (Tensor | null | undefined)[];
}

function flatten(model: ModelLayer, y: unknown, yPred: unknown, w: unknown): Flat {
  const names = outputNames(model);
  const predictions = flattenOutputs(yPred, names).filter((t): t is Tensor => t !== null);
  const targets = matchOutputs("y", y, yPred, names);
  const given = matchOutputs("sampleWeight", w, yPred, names);
  const weights = given.length === 1 ? predictions.map(() => given[0]!) : given;
  return { yTrue: targets, yPred: predictions, weights };
}

/** See `Model.computeLoss`. */
export function computeLoss(model: ModelLayer, y: unknown, yPred: unknown, w: unknown): Tensor {
  const compiled = model._requireCompiled("computeLoss");
  const flat = flatten(model, y, yPred, w);
  compiled.build(outputNames(model), flat.yTrue, flat.yPred);
  return compiled.loss(flat.yTrue, flat.yPred, flat.weights, model.losses);
}

function updateMetrics(model: ModelLayer, y: unknown, yPred: unknown, w: unknown): void {
  const compiled = model._requireCompiled("updateMetrics");
  if (!compiled.built) return;
  const flat = flatten(model, y, yPred, w);
  compiled.updateMetrics(flat.yTrue, flat.yPred, flat.weights);
}

/** See `Model.trainStep`. */
export function trainStep(model: ModelLayer, batch: Batch): LogTensors | null {
  const [x, y, w] = batch;
  const compiled = model._requireCompiled("fit");
  using tape = new Tape();
  const before = session.compiledStep;
  session.compiledStep = true;
  let loss: Tensor;
  let yPred: unknown;
  try {
    yPred = model<unknown>(x as never, { training: true });
    loss = model.computeLoss(x, y, yPred, w);
  } finally {
    session.compiledStep = before;
    session.logits = null;
  }
  tape.stopRecording(() => compiled.trackLoss(loss, batchSizeOf(x)));
  const variables = model.trainableWeights;
  const scaled = compiled.optimizer.scaleLoss(loss);
  const gradients = tape.gradient(scaled, variables);
  compiled.optimizer.apply(gradients, variables);
  updateMetrics(model, y, yPred, w);
  return null;
}

/** See `Model.testStep`. */
export function testStep(model: ModelLayer, batch: Batch): LogTensors | null {
  const [x, y, w] = batch;
  const yPred = model<unknown>(x as never, { training: false });
  const loss = model.computeLoss(x, y, yPred, w);
  model._requireCompiled("evaluate").trackLoss(loss, batchSizeOf(x));
  updateMetrics(model, y, yPred, w);
  return null;
}

/** Options of `trainOnBatch` and `testOnBatch`. */
export interface BatchOptions {
  readonly sampleWeight?: DataLike | null;
  /** Keep running values of earlier batches; default: the values are of this batch alone. */
  readonly keepMetrics?: boolean;
}

/** A step on data of the caller, with the values read. */
export async function onBatch(
  model: ModelLayer,
  owner: string,
  step: (batch: Batch) => LogTensors | null,
  [x, y, options]: readonly [DataLike, DataLike | null | undefined, BatchOptions],
): Promise<Record<string, number>> {
  checkOptions(owner, options, ["sampleWeight", "keepMetrics"]);
  const compiled = model._requireCompiled(owner);
  if (!options.keepMetrics) compiled.reset();
  const logs = core.scope(() => {
    const batch: Batch = [toTensors(x), toTensors(y ?? null), toTensors(options.sampleWeight ?? null)];
    return { ...(step(batch) ?? compiled.results()) };
  });
  const values = await readLogs(logs);
  for (const t of Object.values(logs)) if (t instanceof core.Tensor) t.dispose();
  await rest();
  return values;
}
