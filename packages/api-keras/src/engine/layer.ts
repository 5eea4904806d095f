// Base class of layers: options, weights, sub-layers, configs. What happens in a call is in call.ts.
import * as core from "@isoform/core";
import { ArgumentError, UnsupportedOpError, type DType } from "@isoform/core";
import {
  classNameOf,
  objectConfig,
  type Config,
  type Configurable,
  type ObjectConfig,
} from "../config/object.js";
import { isOptions, resolveOptions, writeOptions, type AnyDefaults } from "../config/options.js";
import { arrayOf, checkValue, integer, invalid, requireValue } from "../config/values.js";
import { layerFromConfig, plainConfig, type ConfigReader } from "../config/layer-config.js";
import * as constraints from "../constraints.js";
import { camelToSnake } from "../names.js";
import * as initializers from "../initializers/index.js";
import * as regularizers from "../regularizers.js";
import { SeedGenerator } from "../random/seed.js";
import { autoName, initScope, refuseInStep, session } from "../session.js";
import type { TensorLike } from "../tensor/like.js";
import type { Tensor } from "../tensor/tensor.js";
import { Variable } from "../tensor/variable.js";
import { inferSymbolic } from "./abstract.js";
import { buildLayer, callLayer, runLayer } from "./call.js";
import { dtypePolicy, type DTypePolicy, type DTypePolicyLike } from "./dtype-policy.js";
import { checkInputSpec, checkTakes, type InputSpec, type Takes } from "./input-spec.js";
import { KerasTensor, isKerasTensor, type SymbolicShape } from "./keras-tensor.js";
import type { Node, Operation } from "./node.js";
import { isPlainObject, mapLeaves } from "./structure.js";
import * as tracking from "./tracking.js";

/** Options of every layer. */
export interface LayerOptions {
  /** Default: the class name in snake_case with a number, `dense_1`. */
  readonly name?: string | null;
  readonly trainable?: boolean;
  /** Dtype of weights and computation, or a policy; default the session's. */
  readonly dtype?: DTypePolicyLike;
  readonly activityRegularizer?: regularizers.RegularizerLike;
  /** Shape of the input without the batch axis, for the first layer of a Sequential model. */
  readonly inputShape?: SymbolicShape;
}
const BASE_OPTIONS = ["name", "trainable", "dtype", "activityRegularizer", "inputShape", "autocast"];

const FREEZE_HINT = "freeze layers between steps, or compile the model with runEagerly: true";

/** What `call` gets besides its inputs. */
export interface CallOptions {
  readonly training: boolean;
  /** The mask of the first input, or of each when it is a list. */
  readonly mask?: Tensor | readonly (Tensor | null)[] | null;
}

/** Options of `addWeight`. */
export interface WeightOptions {
  readonly shape?: readonly number[];
  readonly initializer?: initializers.InitializerLike;
  readonly dtype?: DType;
  readonly trainable?: boolean;
  readonly regularizer?: regularizers.RegularizerLike;
  readonly constraint?: constraints.ConstraintLike;
  readonly name?: string;
}

/** One shape, or shapes in the structure of the inputs. */
export type Shapes = SymbolicShape | readonly SymbolicShape[] | Readonly<Record<string, SymbolicShape>>;
/** Inputs with data. */
export type Inputs = TensorLike | readonly TensorLike[] | Readonly<Record<string, TensorLike>>;
/** Inputs of a functional model. */
export type SymbolicInputs = KerasTensor | readonly KerasTensor[] | Readonly<Record<string, KerasTensor>>;

/** @internal State of a layer that is not an option. */
export interface Books {
  readonly trainable: Variable[];
  readonly nonTrainable: Variable[];
  readonly losses: core.Tensor[];
  readonly nodes: Node[];
  readonly defaults: AnyDefaults;
  readonly options: Record<string, unknown>;
  /** Shapes that `build` was called with. */
  buildShapes: readonly unknown[] | null;
  isTrainable: boolean;
}

/** A layer is called like a function: with symbolic tensors it becomes part of a model, with data it computes. */
export interface Layer {
  <R = KerasTensor>(inputs: SymbolicInputs, ...rest: readonly unknown[]): R;
  <R = Tensor>(inputs: Inputs, ...rest: readonly unknown[]): R;
}

/**
 * Base class of layers and models. Subclasses make weights in `build(inputShape)` with `addWeight` (or in the
 * constructor, when the shapes are known) and compute in `call(inputs, { training, mask })`. Layers, arrays
 * of layers and variables that are assigned as properties are found by themselves. Everything `call` makes
 * and does not return is released.
 * @throws {ArgumentError} when an option is unknown, the name has a slash, the dtype or regularizer is
 *   unknown, or an argument of a call is not a tensor
 * @throws {ShapeError} when the input of a call does not meet `inputSpec`
 * @see keras.layers.Layer
 */
export class Layer implements Operation, Configurable {
  /** Keras' name of the class. */
  static readonly className?: string;
  /** Options that are given by position, in order. */
  static readonly positional: readonly string[] = [];
  /** Keras' names of the arguments of `build` when there are several, e.g. `query_shape`; for files. */
  static readonly buildNames: readonly string[] = [];
  /** Names of the tensors that a call needs by position. */
  static readonly callArguments: readonly string[] = ["inputs"];

  declare name: string;
  /** Whether the weights exist. */
  declare built: boolean;
  /** Whether the mask of the input passes on to the output. */
  declare supportsMasking: boolean;
  /** What inputs must look like; one entry per input when it is a list. */
  declare inputSpec: InputSpec | readonly InputSpec[] | null;
  /** What the first argument of a call holds; null for one tensor when `inputSpec` is one, else for anything. */
  declare takes: Takes | null;
  declare dtypePolicy: DTypePolicy;
  declare activityRegularizer: regularizers.RegularizerFn | null;
  /** Whether float inputs are cast to the compute dtype. */
  declare autocast: boolean;
  /** @internal */ declare $books: Books;

  /** @param defaults options of the subclass in Keras' order; they become properties of the layer */
  constructor(options: LayerOptions = {}, defaults: AnyDefaults = {}) {
    const self = core.callableInstance<Layer>(new.target.prototype, callLayer);
    const className = classNameOf(self);
    const given = isOptions(options) ? options : {};
    for (const key of ["name", "trainable", "inputShape"] as const)
      checkValue(className, key, given[key] ?? null, null);
    let made: string | null = null;
    const name = () => (made ??= checkName(className, given.name ?? autoName(className)));
    const place = () => `${className} ${JSON.stringify(name())}`;
    const resolved = resolveOptions(className, defaults, options, BASE_OPTIONS, place);
    const hidden = (key: string, value: unknown) =>
      Object.defineProperty(self, key, { value, writable: true, configurable: true, enumerable: false });
    const books: Books = {
      trainable: [],
      nonTrainable: [],
      losses: [],
      nodes: [],
      defaults,
      options: resolved,
      buildShapes: null,
      isTrainable: options.trainable ?? true,
    };
    hidden("$books", books);
    hidden("name", name());
    hidden("built", false);
    hidden("supportsMasking", false);
    hidden("inputSpec", null);
    hidden("takes", null);
    hidden("dtypePolicy", dtypePolicy(options.dtype));
    hidden("activityRegularizer", regularizers.get(options.activityRegularizer ?? null));
    hidden("autocast", true);
    hidden("_inputShape", options.inputShape ?? null);
    for (const [key, value] of Object.entries(resolved)) hidden(key, value);
    const build = self.build;
    hidden("build", (...shapes: unknown[]) =>
      buildLayer(self, shapes, (...s) => Reflect.apply(build, self, s)),
    );
    return self;
  }

  // ---- for subclasses

  /**
   * Makes the weights. Called once, with the shape (or structure of shapes) of each positional argument.
   * @throws {ShapeError} when a size that weights depend on is unknown, or the layer does not take the shape
   * @throws {ArgumentError} when the options do not fit the shape
   */
  build(..._inputShapes: never[]): void {}

  /**
   * Computes the outputs; shapes are the layer's.
   * @throws {UnsupportedOpError} unless a subclass defines it
   */
  call(..._args: never[]): unknown {
    throw new UnsupportedOpError("no call() is defined", {
      code: "layer/no-call",
      op: this.describe(),
      hint: "define call(inputs, options) in the class",
    });
  }

  /** The mask `[batch, time]` of the output, from that of the input. Never throws unless a subclass does. */
  computeMask(_inputs: unknown, mask: unknown): unknown {
    return this.supportsMasking ? mask : null;
  }

  /**
   * The shape of the output for a shape of the input; null marks unknown axes. Builds nothing that is built.
   * @throws {ShapeError} when the layer does not take the shape, or a size that weights depend on is unknown
   * @throws {UnsupportedOpError} when the layer has no `call`
   */
  computeOutputShape(inputShape: Shapes): Shapes {
    const inputs = mapLeaves(inputShape, isShape, (s) => new KerasTensor(s, this.computeDtype));
    const result = this.inferCall([inputs], {});
    return mapLeaves(result, isKerasTensor, (t) => t.shape) as Shapes;
  }

  /**
   * Adds a weight of `shape`, a scalar by default. Its path is the name behind those of the layers being
   * built.
   * @throws {ArgumentError} when an option, initializer, regularizer or constraint is unknown, or `shape` is
   *   not an array of sizes
   * @throws {DTypeError} when the dtype is unknown
   * @throws {ShapeError} when the initializer gives another shape
   */
  addWeight(options: WeightOptions = {}): Variable {
    core.checkOptions(`${this.describe()}.addWeight`, options, [
      "shape",
      "initializer",
      "dtype",
      "trainable",
      "regularizer",
      "constraint",
      "name",
    ]);
    const owner = `${this.describe()}.addWeight`;
    const shape = requireValue(owner, "shape", options.shape ?? [], arrayOf(integer(0)));
    for (const key of ["name", "trainable"] as const) checkValue(owner, key, options[key] ?? null, null);
    const initializer = initializers.get(
      options.initializer ?? (shape.length === 0 ? "zeros" : "glorot_uniform"),
    );
    const trainable = options.trainable ?? true;
    const variable = new Variable(initializer, {
      shape,
      dtype: options.dtype ?? this.variableDtype,
      trainable: trainable && this.$books.isTrainable,
      name: options.name ?? "variable",
      regularizer: regularizers.get(options.regularizer ?? null),
      constraint: constraints.get(options.constraint ?? null),
    });
    (trainable ? this.$books.trainable : this.$books.nonTrainable).push(variable);
    return variable;
  }

  /**
   * Adds a one-element tensor, or several, to the losses of the running call.
   * @throws {ArgumentError} when the loss is neither a tensor nor an array of tensors
   */
  addLoss(loss: core.Tensor | readonly core.Tensor[]): void {
    const { losses } = this.$books;
    const list: readonly unknown[] = Array.isArray(loss) ? loss : [loss];
    const isTensor = (v: unknown): v is core.Tensor => v instanceof core.Tensor;
    if (!list.every(isTensor)) {
      throw invalid(`${this.describe()}.addLoss`, "the loss", loss, "pass a tensor, or an array of tensors");
    }
    core.atTraceEnd(() => (losses.length = 0));
    for (const t of list) {
      losses.push(t);
      session.call?.escaping.push(t as Tensor);
    }
  }

  // ---- weights

  /** Layers assigned to properties, each once. */
  subLayers(): Layer[] {
    return tracking.ownLayers(this);
  }
  /** @internal Seed generators assigned to properties. */
  _seedGenerators(): SeedGenerator[] {
    return Object.values(this).filter((v): v is SeedGenerator => v instanceof SeedGenerator);
  }
  /**
   * All variables of the layer and those below, of any shape: own trainable ones first, then own others, then
   * those of layers.
   */
  get weights(): Variable[] {
    return tracking.weights(this);
  }
  /** Same as `weights`, of any shape: random state is not a variable here. */
  get variables(): Variable[] {
    return tracking.weights(this);
  }
  /** Variables that are trained, of any shape. */
  get trainableWeights(): Variable[] {
    return this.trainable ? tracking.weights(this).filter((v) => v.trainable) : [];
  }
  /** Variables that are trained, of any shape. */
  get trainableVariables(): Variable[] {
    return this.trainableWeights;
  }
  /** Variables that are not trained, of any shape. */
  get nonTrainableWeights(): Variable[] {
    return this.trainable ? tracking.weights(this).filter((v) => !v.trainable) : tracking.weights(this);
  }
  /** Variables that are not trained, of any shape. */
  get nonTrainableVariables(): Variable[] {
    return this.nonTrainableWeights;
  }
  /**
   * Whether the weights are trained. Setting it applies to all layers below.
   * @throws {LifetimeError} when a step that is being compiled changes it
   */
  get trainable(): boolean {
    const { $books } = this;
    const { isTrainable } = $books;
    core.traceGuard(() => $books.isTrainable === isTrainable);
    return isTrainable;
  }
  set trainable(value: boolean) {
    if (value !== this.$books.isTrainable) refuseInStep(`trainable of ${this.describe()}`, FREEZE_HINT);
    this.$books.isTrainable = value;
    tracking.adoptVariables(this);
    for (const v of this.$books.trainable) v.trainable = value;
    for (const layer of this.subLayers()) layer.trainable = value;
  }
  /**
   * Penalties of the last call and of the weights, one element each.
   * @throws {ShapeError} when a regularizer of a weight does not take its shape
   */
  get losses(): core.Tensor[] {
    const own = tracking.allLayers(this).flatMap((l) => l.$books.losses);
    const penalties = this.trainableWeights.flatMap((v) => (v.regularizer ? [v.regularizer(v)] : []));
    return [...own, ...penalties];
  }
  /** Number of elements of all weights. @throws {ArgumentError} before the layer is built */
  countParams(): number {
    if (!this.built) {
      throw new ArgumentError("the layer has no weights yet", {
        code: "layer/not-built",
        op: this.describe(),
        hint: "call it, or build(inputShape), first",
      });
    }
    return this.weights.reduce((n, v) => n + v.size, 0);
  }
  /** Values of all weights as typed arrays, in the order of `weights`. Reads from the device. */
  async getWeights(): Promise<core.TypedArray[]> {
    return Promise.all(this.weights.map((v) => v.data()));
  }
  /**
   * Replaces the values of all weights. Nothing is changed when anything is wrong.
   * @throws {ShapeError} when number or shapes differ, listing all, or an array is ragged
   * @throws {ArgumentError} when the values are no array (say, a promise), or one is neither a tensor nor an array of
   *   numbers
   * @throws {DTypeError} when a fraction is given for an integer weight
   */
  setWeights(values: readonly TensorLike[]): void {
    tracking.setWeights(this, values);
  }
  /** Frees all weights. */
  dispose(): void {
    for (const v of this.weights) v.dispose();
  }

  // ---- dtypes

  /** Dtype of the weights. */
  get variableDtype(): DType {
    return this.dtypePolicy.variableDtype;
  }
  /** Dtype of the computation. */
  get computeDtype(): DType {
    return this.dtypePolicy.computeDtype;
  }
  /** Same as `variableDtype`. */
  get dtype(): DType {
    return this.dtypePolicy.variableDtype;
  }

  // ---- configs

  /** The options with Keras' names and values: what is stored in files. */
  getConfig(): Config {
    const { defaults, options } = this.$books;
    const base = { name: this.name, trainable: this.trainable, dtype: this.dtypePolicy.serialize() };
    const own = writeOptions(defaults, options, (_key, value) => plainConfig(value));
    if (this.activityRegularizer === null) return { ...base, ...own };
    return { ...base, activity_regularizer: regularizers.serialize(this.activityRegularizer), ...own };
  }

  /**
   * A layer of this class from `getConfig()`.
   * @throws {ArgumentError} when an option is unknown or missing, or a layer inside needs a reader
   * @throws {UnsafeModelError} when it is a Lambda layer whose function the caller did not give
   */
  static fromConfig(config: Config, reader?: ConfigReader): Layer {
    return layerFromConfig(this, config, reader);
  }

  /** @internal The record without build_config. */
  _record(): ObjectConfig {
    return objectConfig(this, "keras.layers");
  }
  /** @internal What a file says about building; null when there is nothing to build. */
  _buildConfig(): Config | null {
    const shapes = this.$books.buildShapes;
    if (shapes === null || shapes.length === 0) return null;
    if (shapes.length === 1) return { input_shape: shapes[0] };
    const names = (this.constructor as typeof Layer).buildNames;
    const entries = shapes.flatMap((shape, i): [string | undefined, unknown][] =>
      isPlainObject(shape)
        ? Object.entries(shape).map(([k, v]) => [`${camelToSnake(k)}_shape`, v])
        : [[names[i], shape]],
    );
    const known = entries.filter(([name]) => name !== undefined && names.includes(name));
    if (known.length === 1) return { input_shape: shapes[0] };
    return known.length === 0 ? null : { shapes_dict: Object.fromEntries(known) };
  }
  /** @internal Makes the weights as a file says. */
  _buildFromConfig(config: Config): void {
    if (this.built) return;
    const { input_shape: single, shapes_dict: several } = config;
    const names = (this.constructor as typeof Layer).buildNames;
    const shapes = isPlainObject(several) ? names.map((name) => several[name]) : [single];
    const given = shapes.filter((s) => s !== undefined && s !== null);
    if (given.length > 0) Reflect.apply(this.build, this, given);
  }

  // ---- functional models

  /** @internal */
  get inboundNodes(): Node[] {
    return this.$books.nodes;
  }
  /** Symbolic input of the first symbolic call. */
  get input(): unknown {
    return single(this.firstNode().inputs);
  }
  /** Symbolic output of the first symbolic call. */
  get output(): unknown {
    return this.firstNode().result;
  }
  private firstNode(): Node {
    const node = this.inboundNodes[0];
    if (node) return node;
    throw new ArgumentError("the layer was never called on a symbolic tensor", {
      code: "layer/no-node",
      op: this.describe(),
      hint: "call it on keras.Input(...) first",
    });
  }
  /**
   * @internal Runs one call of a functional model on data.
   * @throws {ShapeError} when the layer does not take the shapes
   */
  executeNode(args: readonly unknown[], kwargs: Readonly<Record<string, unknown>>): unknown {
    return Reflect.apply(callLayer, null, [
      this,
      Object.keys(kwargs).length > 0 ? [...args, kwargs] : [...args],
    ]);
  }
  /**
   * @internal Symbolic result of a call.
   * @throws {ShapeError} when the layer does not take the shapes
   * @throws {UnsupportedOpError} when the layer has no `call`
   */
  inferCall(args: readonly unknown[], kwargs: Readonly<Record<string, unknown>>): unknown {
    const training = kwargs["training"] === true;
    return inferSymbolic((real, options) => runLayer(this, real, options), args, kwargs, training);
  }
  /** @internal Refuses a first argument of a call, or shapes, that the layer does not take. */
  _checkInputs(input: unknown, shapes: readonly unknown[]): void {
    const { inputSpec, takes } = this;
    checkTakes(this.describe(), takes, inputSpec, input);
    if (inputSpec === null) return;
    const first = shapes[0];
    const list = isShape(first) ? [first] : Array.isArray(first) ? first.filter(isShape) : [];
    const specs = Array.isArray(inputSpec) ? inputSpec : [inputSpec];
    specs.forEach((spec: InputSpec, i) => {
      const shape = list[i];
      if (shape) checkInputSpec(this.describe(), spec, shape);
    });
  }

  /** Replaces options by what they stand for, e.g. one number by one per axis; configs hold the new values. */
  protected settle(values: Readonly<Record<string, unknown>>): void {
    for (const [key, value] of Object.entries(values)) {
      this.$books.options[key] = value;
      Object.defineProperty(this, key, { value, writable: true, configurable: true, enumerable: false });
    }
  }

  /** `Dense "dense_1"`, for error messages. */
  describe(): string {
    return `${classNameOf(this)} ${JSON.stringify(this.name)}`;
  }
  /** `<Dense name=dense_1, built=True>`. */
  toString(): string {
    return `<${classNameOf(this)} name=${this.name}, built=${this.built ? "True" : "False"}>`;
  }
  /** Runs `fn` outside scopes, traces and recording: variables made inside stay. */
  protected outside<T>(fn: () => T): T {
    return initScope(fn);
  }
}

/** True for one shape: an array of sizes and nulls. */
export function isShape(value: unknown): value is SymbolicShape {
  return Array.isArray(value) && value.every((n) => n === null || typeof n === "number");
}

/** The shapes of a list of inputs; empty for anything else. */
export function shapeList(value: unknown): readonly SymbolicShape[] {
  return Array.isArray(value) && value.length > 0 && value.every(isShape) ? (value as SymbolicShape[]) : [];
}

function single<T>(list: readonly T[]): T | readonly T[] {
  return list.length === 1 ? list[0]! : list;
}

function checkName(className: string, name: string): string {
  if (!name.includes("/")) return name;
  throw new ArgumentError(`the name ${JSON.stringify(name)} contains a slash`, {
    code: "argument/name",
    op: className,
    hint: "slashes separate the parts of weight paths; use an underscore",
  });
}
