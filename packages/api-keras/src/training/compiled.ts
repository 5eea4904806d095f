// What compile() sets up: optimizer, losses and metrics per output, and their running values.
import * as core from "@isoform/core";
import { ArgumentError, type Tensor as CoreTensor } from "@isoform/core";
import type { Config } from "../config/object.js";
import { isPlainObject } from "../engine/structure.js";
import * as losses from "../losses/index.js";
import * as metrics from "../metrics/index.js";
import { MeanMetric } from "../metrics/metric.js";
import * as optimizers from "../optimizers/index.js";
import { asTensor } from "../tensor/like.js";
import type { Tensor } from "../tensor/tensor.js";
import { checkCompile } from "./compile-check.js";
import type { LogTensors } from "./logs.js";

/** One thing for all outputs, or one per output in order or by name. */
export type PerOutput<T> = T | readonly (T | null)[] | Readonly<Record<string, T | null>>;
/** Metrics: a list, or lists per output. */
export type MetricsLike =
  | readonly (metrics.MetricLike | readonly metrics.MetricLike[] | null)[]
  | Readonly<Record<string, metrics.MetricLike | readonly metrics.MetricLike[] | null>>;

/** Options of `compile`, Keras' names and defaults. */
export interface CompileOptions {
  /** Default `"rmsprop"`. */
  readonly optimizer?: optimizers.OptimizerLike;
  readonly loss?: PerOutput<losses.LossLike> | null;
  readonly lossWeights?: readonly number[] | Readonly<Record<string, number>> | null;
  readonly metrics?: MetricsLike | null;
  /** Metrics that get sample and class weights. */
  readonly weightedMetrics?: MetricsLike | null;
  /** Run steps one operation at a time, e.g. to read values inside them; default false. */
  readonly runEagerly?: boolean;
  readonly stepsPerExecution?: number;
  /**
   * Whether steps become programs of the backend: `"auto"` (the default) where it has a compiler, true always, false
   * never, as `runEagerly`.
   */
  readonly jitCompile?: boolean | "auto";
  readonly autoScaleLoss?: boolean;
}
const KEYS = [
  "optimizer",
  "loss",
  "lossWeights",
  "metrics",
  "weightedMetrics",
  "runEagerly",
  "stepsPerExecution",
  "jitCompile",
  "autoScaleLoss",
];

/** Targets, or sample weights, of the outputs: null where there are none, undefined where they are missing. */
type Targets = readonly (CoreTensor | null | undefined)[];

interface Output {
  readonly name: string;
  readonly loss: losses.Loss | null;
  /** Whether it has a loss, which needs targets. */
  readonly hasLoss: boolean;
  readonly weight: number;
  /** Running loss, when there are several outputs. */
  readonly tracker: MeanMetric | null;
  readonly metrics: readonly metrics.Metric[];
  readonly weighted: readonly metrics.Metric[];
  /** Names under which values are logged. */
  readonly names: ReadonlyMap<metrics.Metric, string>;
}

/** The compiled state of a model. Losses and metrics are resolved with the first batch, when shapes are known. */
export class Compiled {
  readonly options: CompileOptions;
  readonly optimizer: optimizers.Optimizer;
  runEagerly: boolean;
  readonly #lossTracker: MeanMetric;
  #outputs: readonly Output[] | null = null;

  constructor(owner: string, options: CompileOptions) {
    checkCompile(owner, options, KEYS);
    this.options = options;
    this.runEagerly = options.runEagerly ?? false;
    this.optimizer = optimizers.get(options.optimizer ?? "rmsprop");
    this.#lossTracker = new MeanMetric({ name: "loss" });
  }

  /** Whether losses and metrics are resolved. */
  get built(): boolean {
    return this.#outputs !== null;
  }

  /** All metrics, the running loss first. */
  get metrics(): readonly { readonly name: string; readonly metric: metrics.Metric }[] {
    const own = (this.#outputs ?? []).flatMap((o) => [
      ...(o.tracker ? [{ name: `${o.name}_loss`, metric: o.tracker as metrics.Metric }] : []),
      ...[...o.metrics, ...o.weighted].map((m) => ({ name: o.names.get(m)!, metric: m })),
    ]);
    return [{ name: "loss", metric: this.#lossTracker as metrics.Metric }, ...own];
  }

  /** Fixes losses and metrics for outputs like these. */
  build(names: readonly string[], yTrue: Targets, yPred: readonly CoreTensor[]): void {
    if (this.#outputs !== null) return;
    const n = yPred.length;
    const lossOf = perOutput<losses.LossLike>("loss", this.options.loss ?? null, names, n, true);
    const metricsOf = metricsPerOutput("metrics", this.options.metrics ?? null, names, n);
    const weightedOf = metricsPerOutput("weightedMetrics", this.options.weightedMetrics ?? null, names, n);
    const weightOf = perOutput<number>("lossWeights", this.options.lossWeights ?? null, names, n, false);
    const used = new Map<string, number>();
    this.#outputs = yPred.map((p, i): Output => {
      const t = yTrue[i] ?? null;
      const name = names[i] ?? `output_${i}`;
      const loss = lossOf[i] ?? null;
      const resolve = (list: readonly metrics.MetricLike[]) =>
        t === null ? [] : list.map((m) => resolveMetric(m, t, p));
      const own = resolve(metricsOf[i] ?? []);
      const weighted = resolve(weightedOf[i] ?? []);
      const label = (m: metrics.Metric) => {
        const base = n > 1 ? `${name}_${m.name}` : m.name;
        const count = used.get(base) ?? 0;
        used.set(base, count + 1);
        return count === 0 ? base : `${base}_${count}`;
      };
      return {
        name,
        hasLoss: loss !== null,
        loss: loss === null || t === null ? null : resolveLoss(loss, t, p),
        weight: weightOf[i] ?? 1,
        tracker: n > 1 && loss !== null ? new MeanMetric({ name: `${name}_loss` }) : null,
        metrics: own,
        weighted,
        names: new Map([...own, ...weighted].map((m) => [m, label(m)])),
      };
    });
  }

  /** The loss of a batch: of all outputs, plus `extra`. @throws {ArgumentError} when there is none */
  loss(yTrue: Targets, yPred: readonly CoreTensor[], weights: Targets, extra: readonly CoreTensor[]): Tensor {
    const terms: CoreTensor[] = [];
    this.#checkTargets(yTrue, yPred.length);
    (this.#outputs ?? []).forEach((o, i) => {
      const t = yTrue[i];
      if (o.loss === null || !t) return;
      const value = o.loss(t, yPred[i]!, { sampleWeight: weights[i] ?? null });
      o.tracker?.updateState(core.detach(value), { sampleWeight: yPred[i]!.shape[0] ?? 1 });
      terms.push(o.weight === 1 ? value : core.mul(value, o.weight));
    });
    const all = [...terms, ...extra];
    if (all.length === 0) {
      const missing = yTrue.length === 0 && (this.options.loss ?? null) !== null;
      throw new ArgumentError(
        missing ? "there are no targets: y is missing" : "there is no loss to minimise",
        missing
          ? {
              code: "model/no-targets",
              op: "loss",
              hint: "pass fit(x, y), evaluate(x, y) and validationData: [x, y]; batches of iterables are [x, y]",
            }
          : {
              code: "model/no-loss",
              op: "compile",
              hint: "pass a loss to compile(), targets to fit(), or use addLoss in a layer",
            },
      );
    }
    return asTensor(all.reduce((a, b) => core.add(a, b)));
  }

  /** @throws {ArgumentError} when there are more targets than outputs, or an output with a loss has none */
  #checkTargets(yTrue: Targets, count: number): void {
    if (yTrue.length === 0) return;
    const outputs = this.#outputs ?? [];
    const names = outputs.map((o) => o.name);
    const hint = `the outputs are ${names.join(", ")}: give one array of targets each, in a list of tensors or an object by these names; null for none`;
    const info = { code: "model/targets", op: "fit", hint };
    if (yTrue.length > count)
      throw new ArgumentError(
        `y has ${yTrue.length} arrays for ${count} ${count === 1 ? "output" : "outputs"}`,
        info,
      );
    const missing = names.filter((_, i) => outputs[i]!.hasLoss && yTrue[i] === undefined);
    if (missing.length > 0)
      throw new ArgumentError(`y has no targets for ${missing.join(", ")}, which has a loss`, info);
  }

  /** Takes a batch into the running loss. */
  trackLoss(loss: CoreTensor, batchSize: number): void {
    this.#lossTracker.updateState(core.detach(loss), { sampleWeight: batchSize });
  }

  /** Takes a batch into the metrics. */
  updateMetrics(yTrue: Targets, yPred: readonly CoreTensor[], weights: Targets): void {
    (this.#outputs ?? []).forEach((o, i) => {
      const t = yTrue[i];
      if (!t) return;
      for (const m of o.metrics) m.updateState(t, yPred[i]!);
      for (const m of o.weighted) m.updateState(t, yPred[i]!, { sampleWeight: weights[i] ?? null });
    });
  }

  /** Current values by name. */
  results(): LogTensors {
    return Object.fromEntries(this.metrics.map(({ name, metric }) => [name, metric.result()]));
  }
  /** Starts an epoch. */
  reset(): void {
    for (const { metric } of this.metrics) metric.resetState();
  }
  dispose(): void {
    for (const { metric } of this.metrics) metric.dispose();
    this.optimizer.dispose();
  }

  /** What files keep of it. */
  getConfig(): Config {
    const o = this.options;
    const lossConfig = (v: unknown): unknown => mapNamed(v, (l) => losses.serialize(l as losses.LossLike));
    const metricConfig = (v: unknown): unknown =>
      mapNamed(v, (m) => metrics.serialize(m as metrics.MetricLike));
    return {
      optimizer: optimizers.serialize(this.optimizer),
      loss: lossConfig(o.loss ?? null),
      loss_weights: o.lossWeights ?? null,
      metrics: metricConfig(o.metrics ?? null),
      weighted_metrics: metricConfig(o.weightedMetrics ?? null),
      run_eagerly: this.runEagerly,
      steps_per_execution: o.stepsPerExecution ?? 1,
      jit_compile: o.jitCompile === true,
    };
  }
}

function mapNamed(value: unknown, fn: (leaf: unknown) => unknown): unknown {
  if (value === null || value === undefined) return null;
  if (Array.isArray(value)) return value.map((v) => mapNamed(v, fn));
  if (isPlainObject(value) && !("class_name" in value)) {
    return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, mapNamed(v, fn)]));
  }
  return fn(value);
}

const isChoice = (name: string, list: readonly string[]) => list.includes(name.toLowerCase());

function targetKind(t: CoreTensor, p: CoreTensor): "binary" | "sparse" | "categorical" {
  if (p.shape.at(-1) === 1) return "binary";
  return t.rank < p.rank || (t.shape.at(-1) === 1 && p.shape.at(-1)! > 1) ? "sparse" : "categorical";
}

/** `"accuracy"` means the accuracy that fits the shapes, as in Keras. */
function resolveMetric(like: metrics.MetricLike, t: CoreTensor, p: CoreTensor): metrics.Metric {
  if (typeof like !== "string" || !isChoice(like, ["accuracy", "acc"])) return metrics.get(like);
  const Class = {
    binary: metrics.BinaryAccuracy,
    sparse: metrics.SparseCategoricalAccuracy,
    categorical: metrics.CategoricalAccuracy,
  }[targetKind(t, p)];
  return new Class({ name: like });
}

function resolveLoss(like: losses.LossLike, t: CoreTensor, p: CoreTensor): losses.Loss {
  if (typeof like !== "string" || !isChoice(like, ["crossentropy", "ce"])) return losses.get(like);
  const name = {
    binary: "binary_crossentropy",
    sparse: "sparse_categorical_crossentropy",
    categorical: "categorical_crossentropy",
  };
  return losses.get(name[targetKind(t, p)]);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return isPlainObject(value) && !("class_name" in value);
}

/** One entry per output. @throws {ArgumentError} for unknown names and wrong lengths */
function perOutput<T>(
  what: string,
  given: PerOutput<T> | null,
  names: readonly string[],
  count: number,
  shared: boolean,
): (T | null)[] {
  if (given === null) return [];
  if (Array.isArray(given)) {
    if (given.length === count) return given as (T | null)[];
    throw mismatch(what, `${given.length} entries for ${count} outputs`, names);
  }
  if (isRecord(given)) {
    const unknown = Object.keys(given).find((k) => !names.includes(k));
    if (unknown !== undefined) throw mismatch(what, `no output ${JSON.stringify(unknown)}`, names);
    return names.map((n) => (given[n] ?? null) as T | null);
  }
  return Array.from({ length: shared ? count : 1 }, () => given as T);
}

function metricsPerOutput(
  what: string,
  given: MetricsLike | null,
  names: readonly string[],
  count: number,
): (readonly metrics.MetricLike[])[] {
  if (given === null) return [];
  const asList = (v: unknown): readonly metrics.MetricLike[] =>
    v === null || v === undefined ? [] : ((Array.isArray(v) ? v : [v]) as metrics.MetricLike[]);
  if (count === 1) {
    const flat = isRecord(given) ? Object.values(given) : (given as readonly unknown[]);
    return [flat.flatMap(asList)];
  }
  return perOutput<unknown>(what, given, names, count, false).map(asList);
}

function mismatch(what: string, problem: string, names: readonly string[]): ArgumentError {
  return new ArgumentError(`${what}: ${problem}`, {
    code: "model/outputs",
    op: "compile",
    hint: `the outputs are ${names.join(", ")}: pass one entry per output, or an object by these names`,
  });
}
