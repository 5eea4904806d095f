// Variables: tensors with a name whose value can be replaced. Weights, optimizer slots and statistics are variables.
import * as core from "@isoform/core";
import { ArgumentError, ShapeError, type DType } from "@isoform/core";
import { checkOptions, shapeOf } from "../config/arguments.js";
import { autoName, initScope, refuseInStep, scopedPath, session } from "../session.js";
import { notATensor, toTensor, type TensorLike } from "./like.js";
import { Tensor } from "./tensor.js";

const READ_HINT = "compute with the variable as a tensor, or compile the model with runEagerly: true";

/** Makes the first value of a variable. */
export type ValueMaker = (shape: readonly number[], dtype: DType) => core.Tensor;

/** Computes a one-element penalty of a variable. */
export type Penalty = (variable: Tensor) => Tensor;
/** Projects the value of a variable after an update. */
export type Projection = (variable: Tensor) => Tensor;

/** Options of `Variable`. */
export interface VariableOptions {
  /** Needed when the initial value is a function. */
  readonly shape?: readonly number[];
  /** Default: of the initial value, or float32. */
  readonly dtype?: DType;
  /** Whether tapes watch it and optimizers update it; default true. */
  readonly trainable?: boolean;
  readonly name?: string;
  readonly regularizer?: Penalty | null;
  readonly constraint?: Projection | null;
}

/**
 * A tensor with a replaceable value (`tf.Variable`, `keras.Variable`). It belongs to no scope; `dispose()`
 * frees it.
 * @throws {ArgumentError} when the value is a function and there is no `shape`, it is no data, or an option
 *   is unknown
 * @throws {ShapeError} when arrays are ragged, or the value has another shape than `shape`
 * @throws {DTypeError} when `dtype` is no element type, or an integer one for a fraction
 * @throws {LifetimeError} when the initial value was released
 */
export class Variable extends Tensor {
  /** Name without the path. */
  readonly name: string;
  /** Name behind those of the layers that made it, e.g. `dense/kernel`. */
  readonly path: string;
  readonly regularizer: Penalty | null;
  readonly constraint: Projection | null;

  constructor(initialValue: TensorLike | ValueMaker, options: VariableOptions = {}) {
    checkOptions("Variable", options, ["shape", "dtype", "trainable", "name", "regularizer", "constraint"]);
    super(initScope(() => firstValue(initialValue, options)));
    this.name = options.name ?? autoName("Variable");
    this.path = scopedPath(this.name);
    this.regularizer = options.regularizer ?? null;
    this.constraint = options.constraint ?? null;
    this._keep();
    this.trainable = options.trainable ?? true;
    session.revision++;
  }

  /** Whether tapes watch the variable on their own. */
  get trainable(): boolean {
    const { tracked } = this;
    core.traceGuard(() => this.tracked === tracked);
    return tracked;
  }
  private get tracked(): boolean {
    return (this._track & core.TRACK_TAPE) !== 0;
  }
  set trainable(value: boolean) {
    const watched = value && core.isFloat(this.dtype);
    this._track = watched ? this._track | core.TRACK_TAPE : this._track & ~core.TRACK_TAPE;
  }

  /** The variable itself: ops take it as a tensor. */
  get value(): this {
    return this;
  }

  /**
   * Replaces the value by one of the same shape, cast to the dtype.
   * @throws {ShapeError} naming the variable when the shape differs
   * @throws {ArgumentError} when the value is no data, or traced outside a compiled step
   * @throws {DTypeError} when numbers with a fraction are given for an integer dtype
   * @throws {LifetimeError} when the value was released
   */
  assign(value: TensorLike): this {
    core.noGrad(() => core.scope(() => this.#take(toTensor(value, this.dtype))));
    return this;
  }
  /**
   * Adds to the value, in whose shape the delta broadcasts.
   * @throws {ShapeError} when the sum has another shape, or the shapes do not broadcast
   * @throws {ArgumentError} when the delta is no data, or traced outside a compiled step
   * @throws {DTypeError} when the variable is bool, or numbers with a fraction are given for an integer dtype
   * @throws {LifetimeError} when the variable or the delta was released
   */
  assignAdd(delta: TensorLike): this {
    core.noGrad(() => core.scope(() => this.#take(core.add(this, toTensor(delta, this.dtype)))));
    return this;
  }
  /**
   * Subtracts from the value, in whose shape the delta broadcasts.
   * @throws {ShapeError} when the difference has another shape, or the shapes do not broadcast
   * @throws {ArgumentError} when the delta is no data, or traced outside a compiled step
   * @throws {DTypeError} when the variable is bool, or numbers with a fraction are given for an integer dtype
   * @throws {LifetimeError} when the variable or the delta was released
   */
  assignSub(delta: TensorLike): this {
    core.noGrad(() => core.scope(() => this.#take(core.sub(this, toTensor(delta, this.dtype)))));
    return this;
  }

  #take(next: core.Tensor): void {
    if (!core.sameShape(next.shape, this.shape)) {
      throw new ShapeError("the new value has another shape", {
        code: "shape/mismatch",
        op: "assign",
        path: this.path,
        inputs: [core.describe(this), core.describe(next)],
        hint: "the shape of a variable is fixed",
      });
    }
    if (core.ambient.trace?.stateful) return this._assign(next);
    if (next._traced !== null) {
      if (session.call?.abstract) return;
      throw new ArgumentError("a traced value cannot be assigned", {
        code: "trace/assign",
        op: "assign",
        path: this.path,
        hint: "trace the model in inference mode",
      });
    }
    this._assign(compact(next));
  }

  /**
   * The elements in row-major order.
   * @throws {LifetimeError} when released, traced, or in a step that is being compiled
   */
  override async data(): Promise<core.TypedArray> {
    refuseInStep(`data of ${this.path}`, READ_HINT);
    return super.data();
  }
  /**
   * The elements in row-major order, now.
   * @throws {LifetimeError} when released, traced, or in a step that is being compiled
   * @throws {ArgumentError} when the device is only read asynchronously
   */
  override dataSync(): core.TypedArray {
    refuseInStep(`dataSync of ${this.path}`, READ_HINT);
    return super.dataSync();
  }
  override dispose(): void {
    super.dispose();
    session.revision++;
  }

  override toString(): string {
    return `<Variable path=${this.path}, shape=(${this.shape.join(", ")}${this.rank === 1 ? "," : ""}), dtype=${this.dtype}>`;
  }
}

function firstValue(initial: TensorLike | ValueMaker, options: VariableOptions): core.TensorInit {
  return core.scope(() => {
    const value = typeof initial === "function" ? made(initial, options) : toTensor(initial, options.dtype);
    if (options.shape !== undefined) requireShapeOf(value, shapeOf("Variable", options.shape));
    const compacted = compact(value);
    const storage = compacted._live("Variable");
    storage.refs++;
    const { shape, dtype, _strides: strides, _offset: offset } = compacted;
    return { shape, dtype, storage, strides, offset, traced: null };
  });
}

function made(make: ValueMaker, options: VariableOptions): core.Tensor {
  const { shape, dtype = session.floatx } = options;
  if (shape === undefined) {
    throw new ArgumentError("a shape is needed with an initializer", {
      code: "argument/missing",
      op: "Variable",
      hint: "pass { shape: [...] }",
    });
  }
  const value: unknown = make(shapeOf("Variable", shape), dtype);
  if (value instanceof core.Tensor) return value;
  throw notATensor("the initializer of a Variable", value);
}

function requireShapeOf(value: core.Tensor, shape: readonly number[]): void {
  if (core.sameShape(value.shape, shape)) return;
  throw new ShapeError(`the value must have the shape [${shape.join(",")}]`, {
    code: "shape/mismatch",
    op: "Variable",
    inputs: [core.describe(value)],
    hint: "leave out shape, or give a value of this shape",
  });
}

/** t itself when it fills its memory in row-major order, else a copy: variables must not hold larger tensors alive. */
function compact(t: core.Tensor): core.Tensor {
  const storage = t._live("assign");
  const whole = storage.bytes === t.size * core.itemSize(t.dtype);
  if (whole && core.isContiguous({ shape: t.shape, strides: t._strides, offset: t._offset })) return t;
  return core.reshape(core.concat([core.reshape(t, [t.size])], 0), t.shape);
}
