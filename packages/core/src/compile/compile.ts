// compile: a function of tensors becomes a program of the backend, once per shapes and dtypes of its arguments.
import { ambient, noGrad, TRACK_GRAD } from "../dispatch/ambient.js";
import { NOT_WARM } from "../dispatch/host.js";
import { resultsOf } from "../dispatch/trace.js";
import { allocate, bufferView, contiguousCopy, own } from "../dispatch/execute.js";
import {
  ArgumentError,
  checkOptions,
  IsoformError,
  LifetimeError,
  requireFunction,
  shown,
} from "../errors.js";
import { evaluateGraph } from "../ir/evaluate.js";
import type { Graph } from "../ir/graph.js";
import type { AnyOp, TensorSpec } from "../ops/table.js";
import type { Backend, BufferView, Executable } from "../runtime/backend.js";
import { Storage, type Device } from "../runtime/device.js";
import { withDevice } from "../runtime/runtime.js";
import { elementWriter } from "../tensor/convert.js";
import { itemSize, newTypedArray, type TypedArray } from "../tensor/dtype.js";
import { scope } from "../tensor/scope.js";
import { describe, Tensor, type TensorClass } from "../tensor/tensor.js";
import { isContiguous, rowMajor, sizeOf } from "../tensor/view.js";
import { lower, type Keeps } from "./lower.js";
import { simplify } from "./simplify.js";
import { traceStep, type StepGraph } from "./step-trace.js";

declare const performance: { now(): number };

/** Options of `compile`. */
export interface CompileOptions {
  /**
   * Run the first call as it is, so that state that the function makes at its first call (optimizer slots) exists when
   * it is traced. Default true.
   */
  readonly warmUp?: boolean;
  /** Most programs kept; the one used least recently goes. Default 16. */
  readonly maxPrograms?: number;
  /** What else programs depend on, e.g. whether a module is in training mode. */
  readonly key?: () => string;
  /** Looks at the graph after every pass, e.g. `verifyGraph`, which throws when one is not well-formed. */
  readonly verify?: (graph: Graph) => void;
}

/** Facts about a compiled function. */
export interface CompileInfo {
  /** Programs made so far, one per shapes and dtypes. */
  readonly programs: number;
  /** Milliseconds that the last program took to make. */
  readonly lastCompileMs: number;
  /** Why calls run without a program, or null. */
  readonly notice: string | null;
}

/** A compiled function of tensors. */
export interface CompiledFunction {
  (...args: Tensor[]): Tensor[];
  info(): CompileInfo;
  /** Frees the programs; the next call makes them again. */
  dispose(): void;
}

/** Calls in a row that may run eagerly to make state first. */
const MAX_COLD_RUNS = 4;

type StepFn = (...args: Tensor[]) => Tensor | readonly Tensor[] | null | undefined | void;

/** Composites for which the backend has a fused kernel that takes row-major inputs of these shapes. */
function keepsOf(backend: Backend): Keeps {
  const table = backend.composites ?? {};
  return (op: AnyOp, inputs: readonly (TensorSpec | null)[], attrs: object) => {
    const kernel = Object.hasOwn(table, op.id) ? table[op.id] : undefined;
    if (kernel === undefined) return false;
    const views = inputs.map((t) => t && { ...denseView(t), buffer: undefined });
    return kernel.supports?.(attrs, views) !== false;
  };
}

function denseView({ shape, dtype }: TensorSpec): Omit<BufferView<unknown>, "buffer"> {
  return { shape, dtype, strides: rowMajor(shape), offset: 0 };
}

const asList = (value: unknown): readonly Tensor[] => resultsOf("compile", value ?? []);

/** What a backend without a compiler runs: the graph, op by op. */
function interpreted(graph: Graph, device: Device): Executable<unknown> {
  return {
    inPlace: [],
    run: (inputs, outputs) => {
      withDevice(device, () =>
        scope(() => {
          const args = inputs.map((view) => borrowed(view, device));
          const results = evaluateGraph(graph, args);
          results.forEach((t, i) => device.backend.kernels.copy(bufferView(t), outputs[i]!));
          for (const t of args) t._storage = null;
        }),
      );
    },
    dispose: () => {},
  };
}

/** A tensor over memory that someone else owns. */
function borrowed(view: BufferView<unknown>, device: Device): Tensor {
  const { shape, dtype, strides, offset } = view;
  const storage = new Storage(device, view.buffer, 0);
  return new Tensor({ shape, dtype, storage, strides, offset, traced: null });
}

/** One program with the state that it reads and replaces. */
class Program {
  readonly key: string;
  private readonly tracks: readonly number[];
  private readonly step: StepGraph;
  private readonly device: Device;
  private readonly constants: readonly Tensor[];
  private readonly executable: Executable<unknown>;
  private readonly staging: {
    readonly storage: Storage;
    readonly data: TypedArray;
    readonly view: BufferView<unknown>;
  }[] = [];
  private readonly outputs: readonly TensorSpec[];
  private readonly classes: readonly TensorClass[];

  constructor(key: string, step: StepGraph, device: Device, options: CompileOptions) {
    this.key = key;
    this.step = step;
    this.tracks = step.captured.map((t) => t._track & TRACK_GRAD);
    this.device = device;
    const check = (g: Graph): Graph => {
      options.verify?.(g);
      return g;
    };
    check(step.graph);
    const lowered = check(withDevice(device, () => lower(step.graph, keepsOf(device.backend))));
    const small = check(simplify(lowered));
    const inputs = [...small.inputs, ...small.constants.keys()];
    const graph = { ...small, inputs, constants: new Map() };
    this.constants = [...small.constants.values()];
    this.outputs = graph.outputs;
    this.classes = step.results.map((t) => t._resultClass());
    const hosts = step.hosts.flatMap((h) => h.variable ?? []);
    const firstState = step.args + hosts.length;
    const pairs = step.written.map((k, i) => [firstState + k, step.results.length + i] as const);
    try {
      this.executable = device.backend.compile?.(graph, pairs) ?? interpreted(graph, device);
    } catch (error) {
      for (const t of this.constants) t._release();
      throw error;
    }
    for (const spec of hosts) {
      const size = sizeOf(spec.shape);
      const storage = device.alloc(spec.dtype, size);
      device.exclude(storage);
      const view = { ...denseView(spec), buffer: storage.buffer };
      this.staging.push({ storage, data: newTypedArray(spec.dtype, size), view });
    }
  }

  /** Whether what the program was made for still holds. */
  fits(): boolean {
    const { captured, guards } = this.step;
    for (let i = 0; i < captured.length; i++) {
      if ((captured[i]!._track & TRACK_GRAD) !== this.tracks[i]) return false;
    }
    for (const holds of guards) if (!holds()) return false;
    return true;
  }

  /** Whether the program writes to one of its arguments, which the function would have seen under both names. */
  writesTo(args: readonly Tensor[]): boolean {
    const { captured, written } = this.step;
    return args.some((t) => written.some((k) => captured[k] === t));
  }

  run(args: readonly Tensor[]): Tensor[] {
    const { step, device } = this;
    this.check(args);
    this.stage();
    const made: Tensor[] = [];
    const copies: Tensor[] = [];
    const dense = (t: Tensor): BufferView<unknown> => {
      t._live("compile");
      if (isContiguous(t._view)) return bufferView(t);
      const copy = contiguousCopy(t, Tensor);
      copies.push(copy);
      return bufferView(copy);
    };
    const result = (spec: TensorSpec, Class: TensorClass): Tensor => {
      const t = allocate(device, spec, Class);
      made.push(t);
      return t;
    };
    let results: Tensor[];
    let updates: (Tensor | null)[];
    try {
      const state = step.captured.map(dense);
      const inputs = [
        ...args.map(dense),
        ...this.staging.map((s) => s.view),
        ...state,
        ...this.constants.map(dense),
      ];
      results = step.results.map((_, i) => result(this.outputs[i]!, this.classes[i]!));
      updates = step.written.map((k, i) => {
        const t = step.captured[k]!;
        const inPlace =
          this.executable.inPlace[i] === true &&
          t._storage!.refs === 1 &&
          isContiguous(t._view) &&
          t._storage!.bytes === t.size * itemSize(t.dtype);
        return inPlace ? null : result(this.outputs[step.results.length + i]!, Tensor);
      });
      const into = [
        ...results.map(bufferView),
        ...updates.map((t, i) => (t === null ? state[step.written[i]!]! : bufferView(t))),
      ];
      this.executable.run(inputs, into);
    } catch (error) {
      for (const t of made) t.dispose();
      throw error;
    } finally {
      for (const t of copies) t.dispose();
    }
    updates.forEach((next, i) => {
      const t = step.captured[step.written[i]!]!;
      if (next === null) t._version++;
      else {
        t._assign(next);
        next.dispose();
      }
    });
    for (const t of results) own(t);
    return results;
  }

  /** Values of the host, in the order of the program. */
  private stage(): void {
    let k = 0;
    for (const { variable, fill } of this.step.hosts) {
      const value = fill();
      if (variable === null) continue;
      const { storage, data } = this.staging[k++]!;
      if (typeof value === "number") elementWriter(variable.dtype)(data, 0, value);
      else if (value) data.set(value as never);
      const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
      this.device.backend.write(storage.buffer, 0, bytes);
    }
  }

  private check(args: readonly Tensor[]): void {
    if (!this.device.capabilities.syncRead) return;
    for (const { arg, captured, from, test } of this.step.checks) {
      const given = captured ?? args[arg]!;
      noGrad(() => scope(() => test(from === null ? given : evaluateGraph(from, [given])[0]!)));
    }
  }

  dispose(): void {
    this.executable.dispose();
    for (const t of [...this.step.captured, ...this.constants]) t._release();
    for (const { storage } of this.staging) storage.release();
  }
}

/** The program of a traced step; when it cannot be made, the step lets go of its tensors. */
function programOf(key: string, step: StepGraph, device: Device, options: CompileOptions): Program {
  try {
    return new Program(key, step, device, options);
  } catch (error) {
    for (const t of step.captured) t._release();
    throw error;
  }
}

/**
 * A function that runs as one program of the backend: traced at its first call with new shapes or dtypes,
 * simplified, fused, planned and compiled, then replayed. It gives the numbers of the eager function. Tensors
 * from outside that it assigns to (parameters, optimizer state) are updated; numbers that change from call to
 * call must come from `hostNumber`, `hostTensor` or `hostEffect`; other JavaScript runs while tracing only.
 * Where a program cannot be made, e.g. because the function reads values, calls run eagerly and
 * `info().notice` says why. Errors of `fn` pass through.
 * @throws {ArgumentError} when `fn`, `key` or `verify` is no function, `maxPrograms` not a positive integer, or
 *   an option unknown
 * @throws {LifetimeError} when the compiled function is called without tensors and no backend is set, or with
 *   a released tensor
 * @see torch.compile, tf.function, jax.jit
 */
export function compile(fn: StepFn, options: CompileOptions = {}): CompiledFunction {
  checkOptions("compile", options, ["warmUp", "maxPrograms", "key", "verify"]);
  const { warmUp = true, maxPrograms = 16 } = options;
  requireFunction("compile", fn);
  if (options.key !== undefined) requireFunction("compile: key", options.key);
  if (options.verify !== undefined) requireFunction("compile: verify", options.verify);
  if (!(Number.isInteger(maxPrograms) && maxPrograms > 0)) {
    throw new ArgumentError(`maxPrograms is ${shown(maxPrograms)}`, {
      code: "argument/range",
      op: "compile",
      hint: "use a positive integer",
    });
  }
  /** The one used last at the end. */
  const programs: Program[] = [];
  let coldRuns = 0;
  let warm = !warmUp;
  let made = 0;
  let lastCompileMs = 0;
  let notice: string | null = null;
  const eager = (args: Tensor[]): Tensor[] => [...asList(fn(...args))];

  const programFor = (args: readonly Tensor[], device: Device): Program => {
    const key = `${options.key?.() ?? ""}:${device.name}:${args.map((t) => `${describe(t)}`).join(";")}`;
    const at = programs.findLastIndex((p) => p.key === key && p.fits());
    if (at >= 0) {
      if (at < programs.length - 1) programs.push(...programs.splice(at, 1));
      return programs[programs.length - 1]!;
    }
    const start = performance.now();
    const classes = args.map((t) => t._resultClass());
    const step = withDevice(device, () => traceStep((given) => asList(fn(...given)), args, classes));
    const program = programOf(key, step, device, options);
    programs.push(program);
    made++;
    lastCompileMs = performance.now() - start;
    if (programs.length > maxPrograms) programs.shift()!.dispose();
    return program;
  };

  const call = (...args: Tensor[]): Tensor[] => {
    const recorded = args.some((t) => t._track & ambient.mask);
    if (ambient.trace !== null || notice !== null || recorded) return eager(args);
    if (!warm) {
      warm = true;
      return eager(args);
    }
    const device = args[0]?.device ?? ambient.device;
    if (!device) {
      throw new LifetimeError("no backend is set", { code: "runtime/no-backend", op: "compile" });
    }
    let program: Program;
    try {
      program = programFor(args, device);
      coldRuns = 0;
    } catch (error) {
      const results = eager(args);
      const cold = error instanceof IsoformError && error.code === NOT_WARM && coldRuns++ < MAX_COLD_RUNS;
      if (!cold) notice = error instanceof Error ? error.message : String(error);
      return results;
    }
    return program.writesTo(args) ? eager(args) : program.run(args);
  };
  return Object.assign(call, {
    info: () => ({ programs: made, lastCompileMs, notice }),
    dispose: () => {
      for (const p of programs) p.dispose();
      programs.length = 0;
    },
  });
}
