// The trace interpreter: runs a function on values without data and writes down the ops as a graph.
import { LifetimeError } from "../errors.js";
import type { Graph, GraphNode, GraphVar } from "../ir/graph.js";
import type { AnyOp, TensorSpec } from "../ops/table.js";
import type { TypedArray } from "../tensor/dtype.js";
import { describe, Tensor, type TensorClass } from "../tensor/tensor.js";
import { ambient } from "./ambient.js";

/** Something the host does before every run of a traced step, and the value that it gives, if any. */
export interface HostInput {
  readonly variable: GraphVar | null;
  /** Elements in row-major order; a number for one element. */
  readonly fill: () => TypedArray | number | void;
}

/** Collects nodes while a function is traced. */
export class GraphBuilder {
  protected readonly constantsMade: Set<Tensor> = new Set();
  /** True when assignments to tensors and values of the host become part of the graph, as in a compiled step. */
  readonly stateful: boolean = false;
  readonly inputs: GraphVar[] = [];
  readonly constants: Map<GraphVar, Tensor> = new Map();
  readonly nodes: GraphNode[] = [];
  protected readonly lifted: Map<Tensor, GraphVar> = new Map();
  private nextId = 0;

  newVar(spec: TensorSpec, name?: string): GraphVar {
    return { id: this.nextId++, shape: spec.shape, dtype: spec.dtype, name };
  }

  input(spec: TensorSpec, Class: TensorClass, name?: string): Tensor {
    const v = this.newVar(spec, name);
    this.inputs.push(v);
    return tracedTensor(v, Class);
  }

  /** The graph value of a tensor; tensors with data become constants. */
  varOf(t: Tensor): GraphVar {
    if (t._traced) return t._traced;
    let v = this.lifted.get(t);
    if (v === undefined) {
      t._live("trace");
      v = this.newVar(t);
      t._retain();
      this.lifted.set(t, v);
      this.constants.set(v, t);
    }
    return v;
  }

  /** The graph value that a second handle on `t` must stand for; null when the handle may share the data. */
  valueOf(_t: Tensor): GraphVar | null {
    return null;
  }

  /** Takes note that `t` gets the value of `next`; false when this trace leaves assignments to their caller. */
  assign(_t: Tensor, _next: Tensor): boolean {
    return false;
  }

  /** A value of the host as a traced tensor; only of a stateful trace. */
  host(spec: TensorSpec, _fill: () => TypedArray | number, Class: TensorClass): Tensor {
    return this.input(spec, Class);
  }

  /** Something the host does before every run. */
  effect(_run: () => void): void {}

  /** What APIs keep in mind while a step is traced. */
  readonly notes: Map<unknown, unknown> = new Map();

  /** A condition that a program made of this trace depends on. */
  guard(_holds: () => boolean): void {}

  /** A check at the end of the function, in the trace. */
  whenDone(_check: () => void): void {}

  /** Takes note of a tensor of JavaScript data that was made while tracing. */
  made(t: Tensor): void {
    this.constantsMade.add(t);
  }

  /** Whether the values of a tensor with data are the same at every run. */
  isConstant(_t: Tensor): boolean {
    return true;
  }

  /** What to do when the trace ends, e.g. forget traced tensors that were stored somewhere. */
  readonly endings: (() => void)[] = [];

  /** A check of the values of an integer tensor, made on the host before every run where it is an argument's. */
  check(_v: GraphVar, _test: (given: Tensor) => void): void {}

  /** Runs `fn` with its ops recorded; lets go of the constants when it throws. */
  run<T>(fn: () => T): T {
    const { trace, scope, names } = ambient;
    Object.assign(ambient, { trace: this, scope: null });
    let result: T | undefined;
    try {
      return (result = fn());
    } finally {
      Object.assign(ambient, { trace, scope, names });
      this.end();
      if (!result) for (const t of this.lifted.keys()) t._release();
    }
  }

  /** Ends what was begun. From now on the graph alone holds tensors made meanwhile, and those that somebody keeps. */
  protected end(): void {
    for (const run of this.endings) run();
    for (const t of this.constantsMade) t._leaveScope();
  }

  record(
    op: AnyOp,
    inputs: readonly (Tensor | null)[],
    attrs: object,
    specs: readonly TensorSpec[],
    Class: TensorClass,
  ): Tensor[] {
    const vars = inputs.map((t) => (t === null ? null : this.varOf(t)));
    const outputs = specs.map((s) => this.newVar(s));
    this.nodes.push({ op, inputs: vars, attrs, outputs, scope: ambient.names.join(".") });
    return outputs.map((v) => tracedTensor(v, Class));
  }
}

/** A tensor without data that stands for a value of a graph. */
export function tracedTensor(v: GraphVar, Class: TensorClass): Tensor {
  return new Class({ shape: v.shape, dtype: v.dtype, storage: null, strides: [], offset: 0, traced: v });
}

/** The error for a traced tensor outside of its trace. */
export function escaped(op: string, t: Tensor): LifetimeError {
  return new LifetimeError("a traced tensor is used after its trace ended", {
    code: "trace/escaped",
    op,
    inputs: [describe(t)],
    hint: "return it, or rebind() one from outside",
  });
}

/** What a traced function returned, as a list. @throws {LifetimeError} for something else than tensors */
export function resultsOf(op: string, value: unknown): readonly Tensor[] {
  const list: unknown = value instanceof Tensor ? [value] : value;
  if (Array.isArray(list) && list.every((t) => t instanceof Tensor)) return list;
  throw new LifetimeError("the function must return tensors", {
    code: "trace/bad-result",
    op,
    hint: "return tensors; a traced function must not be async",
  });
}

/** Options of `trace`. */
export interface TraceOptions {
  /** Names of the inputs, in order. */
  readonly names?: readonly string[];
  /** Class of the tensors that `fn` is called with. */
  readonly tensorClass?: TensorClass;
}

/**
 * Runs `fn` once on traced tensors of the given shapes and dtypes and returns the graph of what it did;
 * nothing is computed. Composites stay single nodes, except where gradients are recorded through one without
 * a rule of its own: trace inside `noGrad` when parameters ask for gradients that nobody wants here. Tensors
 * with data that `fn` uses become constants, held until `disposeGraph`. Errors of `fn` pass through.
 * @throws {LifetimeError} when `fn` returns a promise or something that is not tensors, or reads or uses a
 *   tensor without a value
 */
export function trace(
  fn: (...args: Tensor[]) => Tensor | readonly Tensor[],
  specs: readonly TensorSpec[],
  options: TraceOptions = {},
): Graph {
  const builder = new GraphBuilder();
  const Class = options.tensorClass ?? Tensor;
  const args = specs.map((s, i) => builder.input(s, Class, options.names?.[i]));
  return builder.run(() => ({
    outputs: resultsOf("trace", fn(...args)).map((t) => builder.varOf(t)),
    inputs: builder.inputs,
    constants: builder.constants,
    nodes: builder.nodes,
  }));
}

/**
 * Shapes and dtypes that `fn` would give, by tracing and discarding: the abstract interpreter. Errors of `fn`
 * pass through.
 * @throws {LifetimeError} as `trace`
 * @see jax.eval_shape
 */
export function inferSpecs(
  fn: (...args: Tensor[]) => Tensor | readonly Tensor[],
  specs: readonly TensorSpec[],
  options: TraceOptions = {},
): TensorSpec[] {
  const graph = trace(fn, specs, options);
  for (const t of graph.constants.values()) t._release();
  return graph.outputs.map(({ shape, dtype }) => ({ shape, dtype }));
}
