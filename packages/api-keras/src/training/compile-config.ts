// compile_config of files to options of compile: optimizer, loss and metrics become objects at once, so that what is
// unknown shows when the model is loaded.
import { ArgumentError, ModelFormatError } from "@isoform/core";
import { lookUpCustom } from "../config/custom.js";
import { configError, isObjectConfig, type Config } from "../config/object.js";
import { isPlainObject } from "../engine/structure.js";
import * as losses from "../losses/index.js";
import * as metrics from "../metrics/index.js";
import * as optimizers from "../optimizers/index.js";
import type { CompileOptions } from "./compiled.js";

const PATH = "config.compile_config";
type Read = (value: unknown, path: string) => unknown;

/**
 * Options of `compile` from its config.
 * @throws {ModelFormatError} when the config is malformed, or names an unknown optimizer, loss or metric
 */
export function compileOptions(config: Config): CompileOptions {
  const optimizer = config["optimizer"] ?? "rmsprop";
  const { loss_weights: lossWeights, run_eagerly: runEagerly, jit_compile: jitCompile } = config;
  const steps = config["steps_per_execution"];
  const options: Record<string, unknown> = {
    optimizer: restored(`${PATH}.optimizer`, () => optimizers.get(optimizer as optimizers.OptimizerLike)),
    loss: nested(config["loss"], `${PATH}.loss`, lossOf),
    metrics: nested(config["metrics"], `${PATH}.metrics`, metricOf),
    weightedMetrics: nested(config["weighted_metrics"], `${PATH}.weighted_metrics`, metricOf),
    lossWeights: nested(lossWeights, `${PATH}.loss_weights`, (v) => v),
    runEagerly: runEagerly === true,
    ...(typeof steps === "number" ? { stepsPerExecution: steps } : {}),
    ...(jitCompile === true ? { jitCompile } : {}),
  };
  return options as CompileOptions;
}

/** Lists, and objects by the names of outputs, with every leaf read. */
function nested(value: unknown, path: string, read: Read): unknown {
  if (value === null || value === undefined) return null;
  if (Array.isArray(value)) return value.map((v: unknown, i) => nested(v, `${path}[${i}]`, read));
  if (isPlainObject(value) && !("class_name" in value))
    return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, nested(v, `${path}.${k}`, read)]));
  return read(value, path);
}

/** The name of a function: as Keras writes functions, or bare. */
function functionName(value: unknown): string | null {
  if (typeof value === "string") return value;
  if (!isPlainObject(value) || value["class_name"] !== "function") return null;
  return typeof value["config"] === "string" ? value["config"] : null;
}

const isFunction = (value: unknown): value is (yTrue: never, yPred: never) => never =>
  typeof value === "function";

function lossOf(value: unknown, path: string): unknown {
  const name = functionName(value);
  if (name === null && !isObjectConfig(value)) throw configError("this is no loss", path, HINT);
  if (name === null) return restored(path, () => losses.get(value as losses.LossLike));
  const custom = lookUpCustom(name, isFunction);
  // Names are checked now and resolved with the first batch: what "crossentropy" means depends on its shape.
  return custom ?? name;
}

function metricOf(value: unknown, path: string): unknown {
  const name = functionName(value);
  if (name === null && !isObjectConfig(value)) throw configError("this is no metric", path, HINT);
  if (name === null) return restored(path, () => metrics.get(value as metrics.MetricLike));
  return lookUpCustom(name, isFunction) ?? name;
}

const HINT =
  "pass functions and classes of your own in customObjects under this name, or load with { compile: false }";

/** Runs `fn`; an argument that the file got wrong is a problem of the file. */
export function restored<T>(path: string, fn: () => T): T {
  try {
    return fn();
  } catch (error) {
    if (!(error instanceof ArgumentError)) throw error;
    const { problem, hint } = error;
    throw new ModelFormatError(problem, {
      code: "keras/compile-config",
      path,
      hint: hint ? `${hint}; ${HINT}` : HINT,
      cause: error,
    });
  }
}
