// Model: layers put together, as a functional graph or by subclassing, with training and configs.
import * as core from "@isoform/core";
import { ArgumentError, checkOptions, constructible, type Constructible } from "@isoform/core";
import { Graph, inputName, type SymbolicStructure } from "../engine/graph.js";
import { KerasTensor, isKerasTensor } from "../engine/keras-tensor.js";
import { Layer, type LayerOptions } from "../engine/layer.js";
import { isPlainObject } from "../engine/structure.js";
import type { History } from "../callbacks/simple.js";
import type { Metric } from "../metrics/metric.js";
import type { Optimizer } from "../optimizers/index.js";
import { standardOutput, terminalWidth } from "../platform.js";
import { autoName } from "../session.js";
import type { Tensor } from "../tensor/tensor.js";
import { layerRecord } from "../config/layer-config.js";
import { isOptions } from "../config/options.js";
import { classNameOf, objectConfig, type Config, type ObjectConfig } from "../config/object.js";
import { functionalConfig } from "../saving/functional.js";
import { modelToArchive, type ModelArchive } from "../saving/archive.js";
import {
  loadWeights,
  saveModel,
  saveWeights,
  type LoadWeightsOptions,
  type SaveOptions,
} from "../saving/files.js";
import { compileOptions, restored } from "../training/compile-config.js";
import { Compiled, type CompileOptions } from "../training/compiled.js";
import { toTensors, type Batch, type BatchSource, type DataLike } from "../training/data.js";
import { readLogs, type LogTensors } from "../training/logs.js";
import * as loop from "../training/loop.js";
import type { EvaluateOptions, FitOptions, PredictOptions } from "../training/options.js";
import { Steps, type StepsInfo } from "../training/programs.js";
import * as steps from "../training/steps.js";
import { summaryText, type SummaryOptions } from "./summary.js";

/** Options of `Model`. */
export type ModelOptions = Pick<LayerOptions, "name" | "trainable" | "dtype">;
/** `Model({ inputs, outputs, name })`. */
export interface ModelParts extends ModelOptions {
  readonly inputs: SymbolicStructure;
  readonly outputs: SymbolicStructure;
}

/** See `Model`. */
export class ModelLayer extends Layer {
  static override readonly className: string = "Model";
  /** @internal */ declare $graph: Graph | null;
  /** @internal */ declare $compiled: Compiled | null;
  /** @internal */ declare $steps: Steps;
  /** @internal Tensors of a config that are arguments of operations. */ declare $constants: Tensor[];
  /** Set to true, e.g. by a callback, to end training after the running batch. */
  declare stopTraining: boolean;
  /** Values of the last call of `fit`, which also gives them back; null before the first. */
  declare history: History | null;

  constructor(
    inputs?: SymbolicStructure | ModelParts | ModelOptions,
    outputs?: SymbolicStructure,
    options: ModelOptions = {},
  ) {
    const parts = readParts(inputs, outputs, options);
    const graph = parts.inputs === null ? null : new Graph(parts.inputs, parts.outputs!);
    const plain = graph !== null && new.target.className === "Model";
    const name = parts.options.name ?? (plain ? autoName("Functional") : null);
    super(name === null ? parts.options : { ...parts.options, name });
    Object.defineProperty(this, "$graph", { value: graph, writable: true });
    Object.defineProperty(this, "$constants", { value: [] });
    Object.defineProperty(this, "$compiled", { value: null, writable: true });
    Object.defineProperty(this, "$steps", { value: new Steps(this) });
    Object.defineProperty(this, "stopTraining", { value: false, writable: true });
    Object.defineProperty(this, "history", { value: null, writable: true, configurable: true });
    if (graph !== null) this.built = true;
  }

  /** Layers of the model, in Keras' order. */
  get layers(): readonly Layer[] {
    return this.subLayers();
  }
  override subLayers(): Layer[] {
    const own = super.subLayers();
    if (this.$graph === null) return own;
    const layers = this.$graph.layers;
    return [...layers, ...own.filter((l) => !layers.includes(l))];
  }

  /**
   * Symbolic inputs, flat, with their shapes.
   * @throws {ArgumentError} for models without a graph
   */
  get inputs(): readonly KerasTensor[] {
    return this.requireGraph("inputs").inputList;
  }
  /**
   * Symbolic outputs, flat, with their shapes.
   * @throws {ArgumentError} for models without a graph
   */
  get outputs(): readonly KerasTensor[] {
    return this.requireGraph("outputs").outputList;
  }
  override get input(): unknown {
    return this.$graph === null ? super.input : one(this.$graph.inputList);
  }
  override get output(): unknown {
    return this.$graph === null ? super.output : one(this.$graph.outputList);
  }
  /** Names of the inputs. */
  get inputNames(): string[] {
    return this.inputs.map(inputName);
  }
  /** Names of the layers that give the outputs. */
  get outputNames(): string[] {
    return this.outputs.map((t) => t.history!.operation.name);
  }
  /** Shapes of the inputs, null where unknown. */
  get inputShape(): unknown {
    return one(this.inputs.map((t) => t.shape));
  }
  /** Shapes of the outputs, null where unknown. */
  get outputShape(): unknown {
    return one(this.outputs.map((t) => t.shape));
  }

  private requireGraph(what: string): Graph {
    if (this.$graph) return this.$graph;
    throw new ArgumentError(`the model has no symbolic ${what}`, {
      code: "model/no-graph",
      op: this.describe(),
      hint: "only functional and built Sequential models have them",
    });
  }

  /**
   * A layer by name, or by position in `layers`.
   * @throws {ArgumentError} when there is none, with the nearest name
   */
  getLayer(which: string | number): Layer {
    const { layers } = this;
    const found = typeof which === "number" ? layers.at(which) : layers.find((l) => l.name === which);
    if (found) return found;
    const near =
      typeof which === "string"
        ? core.closest(
            which,
            layers.map((l) => l.name),
          )
        : undefined;
    throw new ArgumentError(`no layer ${JSON.stringify(which)}`, {
      code: "model/unknown-layer",
      op: this.describe(),
      hint: near ? `did you mean "${near}"?` : `the layers are ${layers.map((l) => l.name).join(", ")}`,
    });
  }

  override call(inputs: unknown, ...rest: unknown[]): unknown {
    if (this.$graph === null) return super.call(inputs as never, ...(rest as never[]));
    return this.$graph.run(this.$graph.flatten(this.describe(), inputs));
  }

  /**
   * Prints the table of layers (`keras.Model.summary`).
   * @throws {ArgumentError} when an option is unknown or `layerRange` matches no layers
   */
  summary(options: SummaryOptions = {}): void {
    checkOptions("summary", options, [
      "lineLength",
      "positions",
      "printFn",
      "expandNested",
      "showTrainable",
      "layerRange",
    ]);
    const sized = (v: Sized) => {
      const size = core.sizeOf(v.shape);
      return { size, bytes: size * core.itemSize(v.dtype) };
    };
    const text = summaryText(
      {
        name: this.name,
        layers: this.layers,
        sequential: classNameOf(this) === "Sequential",
        trainableWeights: this.trainableWeights.map(sized),
        nonTrainableWeights: this.nonTrainableWeights.map(sized),
        graph: this.$graph,
        optimizerWeights: this._optimizerWeights()?.map(sized) ?? null,
      },
      options,
      terminalWidth(),
    );
    if (options.printFn) options.printFn(text);
    else standardOutput().write(`${text}\n`);
  }

  /** @internal Optimizer state as files count it, with the count of updates and the rate. */
  _optimizerWeights(): readonly Sized[] | null {
    const optimizer = this.$compiled?.optimizer;
    if (!optimizer?.built) return null;
    const scalars: Sized[] = [{ shape: [], dtype: "int32" }];
    if (optimizer._hasRateVariable) scalars.push({ shape: [], dtype: "float32" });
    return [...scalars, ...optimizer.variables];
  }

  // ---- training

  /**
   * Sets optimizer, loss and metrics (`keras.Model.compile`).
   * @throws {ArgumentError} when an option or a name is unknown, a value is none of what it stands for, or `metrics` is
   *   no list
   */
  compile(options: CompileOptions = {}): void {
    const compiled = new Compiled(`${this.describe()}.compile`, options);
    this.$steps.dispose();
    this.$compiled?.dispose();
    this.$compiled = compiled;
  }
  /**
   * What `compile` had set when a config was written, or null: `compile_config` of files.
   * @see keras.Model.get_compile_config
   */
  getCompileConfig(): Config | null {
    return this.$compiled?.getConfig() ?? null;
  }
  /**
   * `compile` with a config of `getCompileConfig`, or of a file. The slots of the optimizer are made if the model is
   * built.
   * @throws {ModelFormatError} when the config is malformed, or names an unknown optimizer, loss or metric
   * @see keras.Model.compile_from_config
   */
  compileFromConfig(config: Config): void {
    const options = compileOptions(config);
    restored("config.compile_config", () => this.compile(options));
    if (this.built) this.optimizer.build(this.trainableWeights);
  }
  /**
   * What became of the steps of `fit`, `evaluate` and `predict`, which are compiled to one program per shape of the
   * batches: how many programs, and in `notice` why steps run one operation at a time, if they do.
   */
  get compileInfo(): StepsInfo {
    return this.$steps.info();
  }
  /**
   * Whether steps run one operation at a time, as set by `compile` or here.
   * @throws {ArgumentError} before `compile`
   */
  get runEagerly(): boolean {
    return this._requireCompiled("runEagerly").runEagerly;
  }
  set runEagerly(value: boolean) {
    this._requireCompiled("runEagerly").runEagerly = value;
  }
  /** Whether `compile` was called. */
  get compiled(): boolean {
    return this.$compiled !== null;
  }
  /** The optimizer of `compile`. @throws {ArgumentError} before it */
  get optimizer(): Optimizer {
    return this._requireCompiled("optimizer").optimizer;
  }
  /** The loss or losses as `compile` got them, null for none. @throws {ArgumentError} before it */
  get loss(): CompileOptions["loss"] {
    return this._requireCompiled("loss").options.loss ?? null;
  }
  /**
   * The running loss and the metrics, in the order of `metricsNames`; those of `compile` are known after the first
   * batch.
   * @throws {ArgumentError} before `compile`
   */
  get metrics(): readonly Metric[] {
    return this._requireCompiled("metrics").metrics.map((m) => m.metric);
  }
  /** Names of the values that training logs; those of the metrics are known after the first batch. */
  get metricsNames(): string[] {
    return this._requireCompiled("metricsNames").metrics.map((m) => m.name);
  }
  /** @internal */
  _requireCompiled(what: string): Compiled {
    if (this.$compiled) return this.$compiled;
    throw new ArgumentError("the model is not compiled", {
      code: "model/not-compiled",
      op: `${this.describe()}.${what}`,
      hint: 'call compile({ optimizer: "adam", loss: "mse" }) first',
    });
  }

  /**
   * Trains for a number of epochs (`keras.Model.fit`). `x` and `y` are tensors, typed or nested arrays
   * `[N, ...]`, or lists or objects of them for several inputs and outputs; or `x` is an iterable (sync or
   * async, or a function that makes one) of `[x, y, sampleWeight]` batches. Everything a step makes is
   * released; the event loop runs between batches.
   * @returns the values of every epoch
   * @throws {ArgumentError} when the model is not compiled, an option is unknown or out of range, `x` or `y` is no
   *   data or gives no batches, there is no loss, or losses, metrics and targets do not fit the outputs
   * @throws {ShapeError} when inputs, targets or sample weights do not fit the model or each other
   * @throws {LifetimeError} when `signal` is aborted, or inside the block of a tape
   */
  async fit(x: DataLike | BatchSource, y?: DataLike | null, options: FitOptions = {}): Promise<History> {
    return loop.fit(this, x, y, options);
  }
  /**
   * Loss and metrics on data, in the order of `metricsNames`, or by name with `returnDict`.
   * @throws {ArgumentError} when the model is not compiled, an option is unknown or out of range, or `x` is
   *   no data
   * @throws {ShapeError} when inputs, targets or sample weights do not fit the model or each other
   * @throws {LifetimeError} when `signal` is aborted, or inside the block of a tape
   */
  evaluate(
    x: DataLike | BatchSource,
    y: DataLike | null | undefined,
    options: EvaluateOptions & { readonly returnDict: true },
  ): Promise<Record<string, number>>;
  evaluate(x: DataLike | BatchSource, y?: DataLike | null, options?: EvaluateOptions): Promise<number[]>;
  async evaluate(
    x: DataLike | BatchSource,
    y?: DataLike | null,
    options: EvaluateOptions = {},
  ): Promise<number[] | Record<string, number>> {
    return loop.evaluate(this, x, y, options);
  }
  /**
   * Outputs in inference mode, all batches joined along the first axis; they belong to the caller.
   * @throws {ArgumentError} when an option is unknown or out of range, or `x` is no data
   * @throws {ShapeError} when the inputs do not fit the model
   * @throws {LifetimeError} when `signal` is aborted, or inside the block of a tape
   */
  async predict<R = Tensor>(x: DataLike | BatchSource, options: PredictOptions = {}): Promise<R> {
    return (await loop.predict(this, x, options)) as R;
  }

  /**
   * One update with one batch `[N, ...]`; the values of the batch by name.
   * @throws {ArgumentError} when the model is not compiled, an option is unknown, or there is no loss
   * @throws {ShapeError} when inputs, targets or sample weights do not fit the model or each other
   */
  async trainOnBatch(
    x: DataLike,
    y?: DataLike | null,
    options: steps.BatchOptions = {},
  ): Promise<Record<string, number>> {
    return steps.onBatch(this, "trainOnBatch", (batch) => this.$steps.train(batch), [x, y, options]);
  }
  /**
   * Loss and metrics of one batch `[N, ...]`.
   * @throws {ArgumentError} when the model is not compiled, an option is unknown, or there is no loss
   * @throws {ShapeError} when inputs, targets or sample weights do not fit the model or each other
   */
  async testOnBatch(
    x: DataLike,
    y?: DataLike | null,
    options: steps.BatchOptions = {},
  ): Promise<Record<string, number>> {
    return steps.onBatch(this, "testOnBatch", (batch) => this.$steps.test(batch), [x, y, options]);
  }
  /**
   * Outputs of one batch `[N, ...]` in inference mode.
   * @throws {ArgumentError} when x is no data
   * @throws {ShapeError} when the inputs do not fit the model
   */
  predictOnBatch<R = Tensor>(x: DataLike): R {
    return core.scope(() => this.$steps.predict([toTensors(x), null, null])) as R;
  }

  /**
   * One update: what `fit` does with a batch. Override for custom training; return values by name to log
   * them.
   * @throws {ArgumentError} when the model is not compiled or there is no loss
   * @throws {ShapeError} when inputs, targets or sample weights do not fit the model or each other
   */
  trainStep(batch: Batch): LogTensors | null {
    return steps.trainStep(this, batch);
  }
  /**
   * What `evaluate` does with a batch.
   * @throws {ArgumentError} when the model is not compiled or there is no loss
   * @throws {ShapeError} when inputs, targets or sample weights do not fit the model or each other
   */
  testStep(batch: Batch): LogTensors | null {
    return steps.testStep(this, batch);
  }
  /**
   * What `predict` does with a batch.
   * @throws {ArgumentError} when the batch has another number of inputs than the model
   * @throws {ShapeError} when the inputs do not fit the model
   */
  predictStep(batch: Batch): unknown {
    return this<unknown>(batch[0] as never, { training: false });
  }
  /**
   * The loss of a batch, a scalar, with penalties of layers and weights. Override for custom losses.
   * @throws {ArgumentError} when the model is not compiled, there is no loss, or losses and metrics do not
   *   fit the outputs
   * @throws {ShapeError} when inputs, targets or sample weights do not fit the model or each other
   */
  computeLoss(_x: unknown, y: unknown, yPred: unknown, sampleWeight: unknown): Tensor {
    return steps.computeLoss(this, y, yPred, sampleWeight);
  }
  /** Current values of loss and metrics. Reads from the device. */
  async getMetricsResult(): Promise<Record<string, number>> {
    return readLogs(this._requireCompiled("getMetricsResult").results());
  }
  /** Starts running loss and metrics again. */
  resetMetrics(): void {
    this.$compiled?.reset();
  }

  // ---- saving

  override getConfig(): Config {
    return this.$graph === null || this.constructor !== ModelLayer
      ? super.getConfig()
      : functionalConfig(this, this.$graph);
  }
  override _record(): ObjectConfig {
    if (this.$graph === null || this.constructor !== ModelLayer) return objectConfig(this, "keras");
    return {
      module: "keras.src.models.functional",
      class_name: "Functional",
      config: this.getConfig(),
      registered_name: "Functional",
    };
  }
  /** The whole record: class, config, input shape and `compile` settings. What config.json of a .keras file holds. */
  toConfig(): ObjectConfig {
    const record = layerRecord(this);
    const compile = this.getCompileConfig();
    return compile === null ? record : { ...record, compile_config: compile };
  }
  /** `toConfig()`: what `JSON.stringify(model)` writes. */
  toJSON(): ObjectConfig {
    return this.toConfig();
  }
  /** The record as JSON text (`keras.Model.to_json`). */
  toJson(): string {
    return JSON.stringify(this.toConfig());
  }
  /**
   * Config and weights by the paths of .keras files, with the state of the optimizer when the model is compiled.
   * Reads from the device.
   */
  async toArchive(): Promise<ModelArchive> {
    return modelToArchive(this);
  }
  /**
   * Saves all of the model: `save("digits.keras", { saver: saveKeras })`, with `saveKeras` of @isoform/converter.
   * The file holds the layers, the weights, what `compile` had set and the state of the optimizer; real Keras loads
   * it, and so does `keras.models.loadModel`. Errors of the saver pass through.
   * @throws {ArgumentError} when there is no saver or an option is unknown
   * @throws {LifetimeError} after `dispose`
   */
  async save(path: string, options: SaveOptions = {}): Promise<void> {
    return saveModel(this, path, options);
  }
  /**
   * Saves the weights, and the state of the optimizer: `saveWeights("digits.weights.h5", { saver: saveKeras })`.
   * Errors of the saver pass through.
   * @throws {ArgumentError} when there is no saver, an option is unknown or the path does not end with `.weights.h5`
   * @throws {LifetimeError} after `dispose`
   */
  async saveWeights(path: string, options: SaveOptions = {}): Promise<void> {
    return saveWeights(this, path, options);
  }
  /**
   * Loads weights into the built model: `loadWeights("digits.weights.h5", { loader: loadKeras })`, from a
   * `.weights.h5` or `.keras` file. As in Keras an optimizer gets its state too if its slots are made already, by
   * updates or by `optimizer.build`. Errors of the loader pass through.
   * @throws {ArgumentError} when there is no loader, it gives no archive or an option is unknown
   * @throws {ShapeError} when weights are missing, unused or of another shape, listing all
   * @throws {ModelFormatError} when the state of a seed or of the optimizer is damaged
   */
  async loadWeights<S = string>(source: S, options: LoadWeightsOptions<S> = {}): Promise<void> {
    return loadWeights(this, source, options);
  }
  /** @internal Layers in the order of files. */
  _fileLayers(): readonly Layer[] {
    return this.layers;
  }

  /** Frees weights, optimizer state, metrics and compiled steps. */
  override dispose(): void {
    this.$steps.dispose();
    super.dispose();
    for (const t of this.$constants.splice(0)) t.dispose();
    this.$compiled?.dispose();
  }
}

interface Sized {
  readonly shape: readonly number[];
  readonly dtype: core.DType;
}

function one<T>(list: readonly T[]): T | readonly T[] {
  return list.length === 1 ? list[0]! : list;
}

interface Parts {
  readonly inputs: SymbolicStructure | null;
  readonly outputs: SymbolicStructure | null;
  readonly options: ModelOptions;
}

function isParts(value: unknown): value is ModelParts {
  return isPlainObject(value) && "inputs" in value && "outputs" in value;
}

const OPTION_NAMES = ["name", "trainable", "dtype"];

function readParts(
  inputs: SymbolicStructure | ModelParts | ModelOptions | undefined,
  outputs: SymbolicStructure | undefined,
  options: ModelOptions,
): Parts {
  if (inputs === undefined) {
    checkOptions("Model", options, OPTION_NAMES);
    return { inputs: null, outputs: null, options };
  }
  if (outputs !== undefined) {
    checkOptions("Model", options, OPTION_NAMES);
    return { inputs: inputs as SymbolicStructure, outputs, options };
  }
  if (isParts(inputs)) {
    const { inputs: from, outputs: to, ...rest } = inputs;
    checkOptions("Model", rest, OPTION_NAMES);
    return { inputs: from, outputs: to, options: rest };
  }
  if (isKerasTensor(inputs) || Array.isArray(inputs)) {
    throw new ArgumentError("outputs are missing", {
      code: "argument/missing",
      op: "Model",
      hint: "pass keras.Model(inputs, outputs)",
    });
  }
  if (!isOptions(inputs)) checkOptions("Model", inputs as object, OPTION_NAMES);
  return { inputs: null, outputs: null, options: inputs as ModelOptions };
}

/**
 * A model: `Model(inputs, outputs)` from symbolic tensors, or a class that extends it and defines `call`. A
 * functional model takes inputs of the shapes of `inputs`; only the first axis may differ.
 * @throws {ArgumentError} when an option is unknown, outputs are missing, no symbolic tensors (a layer that is not
 *   called), or do not come from the inputs, or a call has another number of inputs
 * @throws {ShapeError} when the inputs of a call have other shapes
 * @see keras.Model
 */
export const Model: Constructible<typeof ModelLayer> = /* @__PURE__ */ constructible(ModelLayer);
export type Model = ModelLayer;
