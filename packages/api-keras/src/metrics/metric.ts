// Base of metrics: state that grows batch by batch, and the mean of a function per sample.
import * as core from "@isoform/core";
import { UnsupportedOpError, constructible, type Constructible } from "@isoform/core";
import { callable } from "../config/values.js";
import { filled, given } from "../config/options.js";
import { classNameOf, snakeKeys, type Config, type Configurable } from "../config/object.js";
import { divideNoNan, reduceWeighted } from "../losses/reduce.js";
import { autoName, nameScope } from "../session.js";
import { asTensor, toTensor, type TensorLike } from "../tensor/like.js";
import type { Tensor } from "../tensor/tensor.js";
import { Variable } from "../tensor/variable.js";

/** Options of every metric. */
export interface MetricOptions {
  readonly name?: string | null;
  readonly dtype?: core.DType | null;
}
/** Defaults of every metric. */
export const METRIC: Required<MetricOptions> = { name: null, dtype: null };
/** Options of `updateState`. */
export interface UpdateOptions {
  readonly sampleWeight?: TensorLike | null;
}

/** A metric is called like a function: it updates and gives the new result. */
export interface Metric {
  (yTrue: TensorLike, yPred: TensorLike, options?: UpdateOptions): Tensor;
}

/**
 * Base class. Subclasses make state with `addVariable` and define `update` and `compute`. Called like a
 * function it takes a batch of targets and predictions, of shapes the metric says, and gives the new result.
 * @throws {UnsupportedOpError} when it is called and a subclass defines no `update` or `compute`
 * @throws {ArgumentError} when an option, or one of a call, is unknown
 * @throws {DTypeError} when the dtype is unknown
 * @see keras.metrics.Metric
 */
export class Metric implements Configurable {
  static readonly className?: string;
  declare name: string;
  declare readonly dtype: core.DType;
  /** @internal */ declare readonly $state: Variable[];

  constructor(options: MetricOptions = {}) {
    const self = core.callableInstance<Metric>(new.target.prototype, (metric, [yTrue, yPred, rest]) => {
      metric.updateState(yTrue as TensorLike, yPred as TensorLike, (rest ?? {}) as UpdateOptions);
      return metric.result();
    });
    const Class = new.target as { readonly className?: string; readonly name: string };
    const owner = Class.className ?? Class.name;
    const { name, dtype } = filled<MetricOptions>(owner, options, METRIC);
    const hidden = (key: string, value: unknown, writable = false) =>
      Object.defineProperty(self, key, { value, writable });
    hidden("name", name ?? autoName(owner), true);
    hidden("dtype", dtype ?? "float32");
    hidden("$state", []);
    return self;
  }

  /** Adds state, first and after `resetState` of one value. */
  protected addVariable(
    name: string,
    shape: readonly number[],
    options: { readonly dtype?: core.DType } = {},
  ): Variable {
    const variable = nameScope(
      this.name,
      () =>
        new Variable((s, dtype) => core.zeros(s, dtype), {
          shape,
          name,
          trainable: false,
          dtype: options.dtype ?? this.dtype,
        }),
    );
    this.$state.push(variable);
    return variable;
  }

  /**
   * Takes a batch into the state: targets and predictions `[N, ...]`, weights that broadcast with them.
   * @throws {ArgumentError} when an option is unknown
   * @throws {ShapeError} when targets, predictions or sample weights do not fit each other
   * @throws {UnsupportedOpError} unless a subclass defines `update`
   */
  updateState(yTrue: TensorLike, yPred: TensorLike, options: UpdateOptions = {}): void {
    const weight = this.sampleWeight(options);
    core.noGrad(() =>
      core.scope(() => {
        this.update(toTensor(yTrue), toTensor(yPred), weight === null ? null : toTensor(weight));
      }),
    );
  }
  /** The weights of an update. @throws {ArgumentError} when an option is unknown */
  protected sampleWeight(options: UpdateOptions): TensorLike | null {
    const given = filled<Required<UpdateOptions>>(`${this.name}.updateState`, options, {
      sampleWeight: null,
    });
    return given.sampleWeight;
  }
  /** What `updateState` does, for subclasses. @throws {UnsupportedOpError} unless defined */
  protected update(_yTrue: Tensor, _yPred: Tensor, _sampleWeight: Tensor | null): void {
    throw new UnsupportedOpError("no update() is defined", {
      code: "metric/no-update",
      op: this.constructor.name,
      hint: "define update(yTrue, yPred, sampleWeight) and compute() in the class",
    });
  }
  /**
   * The value over all batches since the last reset, mostly a scalar.
   * @throws {UnsupportedOpError} unless a subclass defines `compute`
   * @throws {LifetimeError} after `dispose`
   */
  result(): Tensor {
    return core.noGrad(() => core.scope(() => asTensor(this.compute())));
  }
  /** What `result` gives, for subclasses. */
  protected compute(): core.Tensor {
    throw new UnsupportedOpError("no compute() is defined", {
      code: "metric/no-compute",
      op: this.constructor.name,
      hint: "define update(yTrue, yPred, sampleWeight) and compute() in the class",
    });
  }
  /** Starts again. */
  resetState(): void {
    core.scope(() => {
      for (const v of this.$state) v.assign(core.zerosLike(v));
    });
  }
  /** The state; shapes are the metric's, mostly scalars. */
  get variables(): readonly Variable[] {
    return this.$state;
  }
  /** `<BinaryAccuracy name=binary_accuracy>`. */
  toString(): string {
    return `<${classNameOf(this)} name=${this.name}>`;
  }
  /** The options, with Keras' names. */
  getConfig(): Config {
    return { name: this.name, dtype: this.dtype };
  }
  /** Frees the state. */
  dispose(): void {
    for (const v of this.$state) v.dispose();
  }
}

/** Weighted mean of values. */
export class MeanMetric extends Metric {
  static override readonly className: string = "Mean";
  readonly #total: Variable;
  readonly #count: Variable;
  constructor(options: MetricOptions = {}) {
    super(named("mean", options));
    this.#total = this.addVariable("total", []);
    this.#count = this.addVariable("count", []);
  }
  /** `updateState(values, { sampleWeight })`. */
  override updateState(
    values: TensorLike,
    second?: TensorLike | UpdateOptions,
    third: UpdateOptions = {},
  ): void {
    const weight = this.sampleWeight(isOptions(second) ? second : third);
    core.noGrad(() => core.scope(() => this.add(toTensor(values), weight, null)));
  }
  /** @internal Takes values per sample, weights and a mask into the mean. */
  protected add(values: core.Tensor, sampleWeight: TensorLike | null, mask: core.Tensor | null): void {
    const v = core.cast(values, this.dtype);
    const weight = sampleWeight === null ? null : core.cast(toTensor(sampleWeight), this.dtype);
    this.#total.assignAdd(core.sum(reduceWeighted(v, weight, mask, "none")));
    const one = core.full(v.shape, 1, this.dtype);
    const counted =
      weight === null && mask === null ? v.size : core.sum(reduceWeighted(one, weight, mask, "none"));
    this.#count.assignAdd(counted);
  }
  protected override compute(): core.Tensor {
    return divideNoNan(this.#total, this.#count);
  }
}

/** Weighted sum of values. */
export class SumMetric extends Metric {
  static override readonly className: string = "Sum";
  readonly #total: Variable;
  constructor(options: MetricOptions = {}) {
    super(named("sum", options));
    this.#total = this.addVariable("total", []);
  }
  /** `updateState(values, { sampleWeight })`. */
  override updateState(
    values: TensorLike,
    second?: TensorLike | UpdateOptions,
    third: UpdateOptions = {},
  ): void {
    const weight = this.sampleWeight(isOptions(second) ? second : third);
    core.noGrad(() =>
      core.scope(() => {
        const v = core.cast(toTensor(values), this.dtype);
        const w = weight === null ? null : core.cast(toTensor(weight), this.dtype);
        this.#total.assignAdd(core.sum(reduceWeighted(v, w, null, "none")));
      }),
    );
  }
  protected override compute(): core.Tensor {
    return core.add(this.#total, 0);
  }
}

function isOptions(value: unknown): value is UpdateOptions {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

/** The options of a metric with the name of its class, unless they give one. */
export function named(name: string, options: MetricOptions): MetricOptions {
  return given(options, { name: options?.name ?? name });
}

/** A value per sample. */
export type MetricFn = (yTrue: core.Tensor, yPred: core.Tensor) => core.Tensor;

/** Weighted mean of a function of targets and predictions. */
class MeanMetricWrapperClass extends MeanMetric {
  static override readonly className: string = "MeanMetricWrapper";
  declare readonly fn: MetricFn;
  declare readonly fnOptions: object;
  constructor(fn: MetricFn, options: MetricOptions = {}, fnOptions: object = {}) {
    callable("MeanMetricWrapper", "fn", fn);
    super(named(fn.name || "mean_metric_wrapper", options));
    Object.defineProperty(this, "fn", { value: fn });
    Object.defineProperty(this, "fnOptions", { value: fnOptions });
  }
  override updateState(
    yTrue: TensorLike,
    yPred?: TensorLike | UpdateOptions,
    options: UpdateOptions = {},
  ): void {
    const weight = this.sampleWeight(options);
    core.noGrad(() =>
      core.scope(() => {
        const p = toTensor(yPred as TensorLike);
        this.add(toTensor(this.fn(toTensor(yTrue), p)), weight, p.kerasMask);
      }),
    );
  }
  override getConfig(): Config {
    return { ...super.getConfig(), ...snakeKeys(this.fnOptions) };
  }
}

/** An instance of `MeanMetricWrapper`. */
export type MeanMetricWrapper = MeanMetricWrapperClass;
/**
 * Weighted mean of a function of targets and predictions `[N, ...]` that gives a value per sample: a scalar.
 * Errors of the function pass through.
 * @throws {ArgumentError} when an option is unknown, `fn` is no function, or it gives neither a tensor nor
 *   numbers
 * @throws {ShapeError} when the weights do not broadcast with the values of the function
 * @see keras.metrics.MeanMetricWrapper
 */
export const MeanMetricWrapper: Constructible<typeof MeanMetricWrapperClass> =
  /* @__PURE__ */ constructible(MeanMetricWrapperClass);
