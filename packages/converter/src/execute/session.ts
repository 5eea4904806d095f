// A model made ready to run on one device: weights uploaded once, runs without leaks.
import {
  ArgumentError,
  checkOptions,
  fromTypedArray,
  isDType,
  keep,
  ShapeError,
  DTypeError,
  Tensor,
  UnsupportedOpError,
  withDevice,
  type Device,
  type TypedArray,
} from "@isoform/core";
import { fromTypedArray as rawFromArray, typedArrayOf, type RawTensor } from "../formats/raw-tensor.js";
import { formatValue } from "../ir/print.js";
import type { IrGraph, IrNode, IrValue, IrWeight } from "../ir/types.js";
import { subgraphs, walkNodes } from "../ir/walk.js";
import { belongsOnHost, hostArray, hostFromRaw, HostTensor, rawFromHost } from "./host.js";
import { Ledger } from "./ledger.js";
import { isControl } from "./control.js";
import { narrow, runGraph, Schedules, type Context, type Steps } from "./machine.js";
import { OP_RUNS } from "./ops/index.js";
import { isTensorVal, type Val } from "./value.js";
import { Programs, type Given, type Slot, type Traced } from "./program.js";
import type { ProgressEvent } from "../progress.js";

/** A tensor given to a run: of a file, or already on the device. */
export type RunInput = RawTensor | Tensor;

/** Options of one run. */
export interface RunOptions {
  /**
   * Values of which the data is wanted, e.g. every layer's output; all unless given. Works with `onValue`
   * only.
   */
  readonly watch?: (value: IrValue, node: IrNode) => boolean;
  /** Receives the watched values in the order they are made. What it throws ends the run and is passed on. */
  readonly onValue?: (value: IrValue, data: RawTensor) => void;
  /**
   * Tensors to use in place of weights, of their shapes and dtypes, e.g. ones that are being differentiated.
   */
  readonly weights?: ReadonlyMap<IrValue, Tensor>;
  /** Ends the run between two nodes; the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Called after every node. */
  readonly onProgress?: (event: ProgressEvent) => void;
}

/** Options of a session. */
export interface SessionOptions {
  /** Where weights and results lie and ops run. */
  readonly device: Device;
  /** Most iterations of one loop of the model; default 100,000. Over it, LimitExceededError. */
  readonly maxIterations?: number;
}

/**
 * Every node that cannot run, subgraphs included, with the reason; empty when the graph can run. Never throws
 * for a graph of an importer.
 */
export function unsupportedNodes(graph: IrGraph): { readonly node: IrNode; readonly reason: string }[] {
  const out: { node: IrNode; reason: string }[] = [];
  walkNodes(graph, (node) => {
    if (isControl(node)) return;
    const reason = OP_RUNS[narrow(node).op].missing;
    if (reason !== undefined) out.push({ node, reason });
  });
  return out;
}

/**
 * Throws one error that lists every node that cannot run.
 * @throws {UnsupportedOpError} when there is one
 */
export function requireRunnable(graph: IrGraph): void {
  const list = unsupportedNodes(graph);
  if (list.length === 0) return;
  const lines = list.map(({ node, reason }) => `${node.op} ${JSON.stringify(node.name)}: ${reason}`);
  throw new UnsupportedOpError(`${list.length} node(s) cannot run:\n  ${lines.join("\n  ")}`, {
    code: "execute/unsupported",
    op: "run",
    attrs: { nodes: list.map(({ node }) => node.name) },
    hint: "the model can still be inspected and converted without verification",
  });
}

/**
 * A model ready to run. Weights go to the device when they are first needed and stay there until `dispose`.
 * @throws {UnsupportedOpError} when nodes cannot run; the error lists all of them
 */
export class Session {
  readonly graph: IrGraph;
  private readonly device: Device;
  private readonly maxIterations: number;
  private readonly schedules = new Schedules();
  private readonly hosts: Map<IrValue, HostTensor> = new Map();
  private readonly tensors: Map<IrValue, Tensor> = new Map();
  private readonly weightHosts: Set<HostTensor> = new Set();
  private readonly uploads: Map<HostTensor, Tensor> = new Map();
  private readonly weights: ReadonlyMap<IrValue, IrWeight>;
  private readonly programs: Programs = new Programs((inputs) => this.runAtOnce(inputs));

  /**
   * @throws {ArgumentError} when an option is unknown or `maxIterations` is not over 0
   * @throws {UnsupportedOpError} when nodes cannot run; the error lists all of them
   */
  constructor(graph: IrGraph, options: SessionOptions) {
    checkOptions("Session", options, ["device", "maxIterations"]);
    const { device, maxIterations = 100_000 } = options;
    if (!(maxIterations > 0))
      throw new ArgumentError(`maxIterations is ${maxIterations}`, {
        code: "argument/out-of-range",
        op: "Session",
        hint: "it is a number over 0",
      });
    requireRunnable(graph);
    this.graph = graph;
    this.weights = allWeights(graph);
    this.device = device;
    this.maxIterations = maxIterations;
  }

  /** Why repeated runs are not compiled programs, or null. */
  get notice(): string | null {
    return this.programs.notice;
  }

  /**
   * Runs the model. Inputs are by name; a model with one input takes it under any name. From the second run
   * with inputs of the same shapes on, it is one compiled program where the backend can make one and no node
   * needs data on the host. Device tensors given as inputs stay the caller's; their shapes are checked by the
   * ops alone.
   * @returns The outputs by name, in the model's order, each of the shape that the model gives it.
   * @throws {ArgumentError} when an input is missing or unknown
   * @throws {ShapeError} when an input does not have the declared shape, or an op refuses the shapes it gets
   * @throws {DTypeError} when an input does not have the declared dtype, or an op refuses a dtype
   * @throws {UnsupportedOpError} when an output is not a tensor (`runValues` gives those), or a node meets
   * values it has no form for
   * @throws {ModelFormatError} (`execute/failed`) when the inputs or attributes of a node do not fit its
   * operator
   * @throws {LimitExceededError} when a loop runs more than `maxIterations` times
   * @throws {OutOfMemoryError} when the device has no memory left
   */
  async run(
    inputs: ReadonlyMap<string, RunInput>,
    options: RunOptions = {},
  ): Promise<Map<string, RawTensor>> {
    const made = await this.runProgram(inputs, options);
    if (made !== null) return made;
    const ledger = new Ledger();
    try {
      const steps = this.steps(inputs, options, ledger);
      let state = steps.next();
      while (!state.done) state = steps.next(await answer(state.value));
      const out = new Map<string, RawTensor>();
      for (const [i, v] of this.graph.outputs.entries()) {
        const value = state.value[i]!;
        const raw = await readVal(value);
        if (raw === null)
          throw new UnsupportedOpError(`output ${v.name} is not a tensor`, { code: "execute/not-tensor" });
        out.set(v.name, raw);
      }
      return out;
    } finally {
      ledger.clear();
    }
  }

  /** The run as a compiled program; null where it goes node by node. */
  private async runProgram(
    inputs: ReadonlyMap<string, RunInput>,
    options: RunOptions,
  ): Promise<Map<string, RawTensor> | null> {
    if (Object.values(options).some((v) => v !== undefined)) return null;
    const given = matchInputs(this.graph, inputs);
    given.forEach((v, i) => {
      if (!(v instanceof Tensor)) checkInput(this.graph.inputs[i]!, v);
    });
    const onHost = (v: RunInput): boolean =>
      !(v instanceof Tensor) && (belongsOnHost(v.dtype, v.shape) || !isDType(v.dtype));
    const placed = given.map((v) => (!(v instanceof Tensor) && onHost(v) ? hostFromRaw(v) : v));
    if (!this.programs.wants(placed, this.device)) return null;
    const args = placed.map((v) =>
      v instanceof Tensor || v instanceof HostTensor ? v : uploadRaw(v, this.device),
    );
    const owned = args.flatMap((t, i) => (t instanceof Tensor && t !== given[i] ? [t] : []));
    let results: readonly Tensor[] = [];
    try {
      const { tensors, slots } = withDevice(this.device, () => this.programs.run(args));
      results = tensors;
      const out = new Map<string, RawTensor>();
      for (const [i, v] of this.graph.outputs.entries()) {
        const slot = slots[i]!;
        out.set(v.name, (await readVal(typeof slot === "number" ? tensors[slot]! : slot))!);
      }
      return out;
    } finally {
      for (const t of new Set([...owned, ...results])) t.dispose();
    }
  }

  /** Runs the graph on tensors at once; what is computed on the host stays there. */
  private runAtOnce(inputs: readonly Given[]): Traced {
    const ledger = new Ledger();
    for (const t of inputs) if (t instanceof Tensor) ledger.pin(t);
    const steps = runGraph(this.graph, inputs, null, this.context({}, ledger), this.schedules);
    let state = steps.next();
    while (!state.done) state = steps.next(state.value ? state.value.dataSync() : NOTHING);
    const tensors: Tensor[] = [];
    const slots = state.value.map((v): Slot => {
      if (v instanceof HostTensor) return v;
      if (v instanceof Tensor) return tensors.push(v) - 1;
      throw new UnsupportedOpError("the output is not a tensor", { code: "execute/not-tensor" });
    });
    return { tensors, slots };
  }

  /**
   * As `run`, but returns values of any kind (sequences, optionals) with their data read, in the order of the
   * graph's outputs; tensors keep their shapes. Always runs node by node.
   * @throws {ArgumentError} when an input is missing or unknown
   * @throws {ShapeError} when an input does not have the declared shape, or an op refuses the shapes it gets
   * @throws {DTypeError} when an input does not have the declared dtype, or an op refuses a dtype
   * @throws {ModelFormatError} (`execute/failed`) when the inputs or attributes of a node do not fit its
   * operator
   * @throws {LimitExceededError} when a loop runs more than `maxIterations` times
   */
  async runValues(inputs: ReadonlyMap<string, RunInput | Val>, options: RunOptions = {}): Promise<Val[]> {
    const ledger = new Ledger();
    try {
      const steps = this.steps(inputs, options, ledger);
      let state = steps.next();
      while (!state.done) state = steps.next(await answer(state.value));
      return await Promise.all(state.value.map(hostVal));
    } finally {
      ledger.clear();
    }
  }

  /**
   * Runs synchronously and returns device tensors, owned by the caller's scope, in the order and with the
   * shapes of the model's outputs: for gradients, with `weights` set to the tensors to differentiate.
   * @throws {ArgumentError} when an input is missing or unknown, or a node needs data on the host and the
   * device only reads asynchronously
   * @throws {ShapeError} when an input does not have the declared shape, or an op refuses the shapes it gets
   * @throws {DTypeError} when an input does not have the declared dtype, or an op refuses a dtype
   * @throws {UnsupportedOpError} when an output is not a tensor
   * @throws {ModelFormatError} (`execute/failed`) when the inputs or attributes of a node do not fit its
   * operator
   * @throws {LimitExceededError} when a loop runs more than `maxIterations` times
   */
  runSync(inputs: ReadonlyMap<string, RunInput>, options: RunOptions = {}): Tensor[] {
    const ledger = new Ledger();
    const steps = this.steps(inputs, options, ledger);
    let state = steps.next();
    while (!state.done) state = steps.next(state.value ? state.value.dataSync() : NOTHING);
    return state.value.map((v) => {
      if (v instanceof Tensor) return v;
      if (v instanceof HostTensor) return withDevice(this.device, () => uploadHost(v));
      throw new UnsupportedOpError("the output is not a tensor", { code: "execute/not-tensor" });
    });
  }

  /** Frees the weights and the compiled programs. A later run uploads the weights again. Never throws. */
  dispose(): void {
    this.programs.dispose();
    for (const t of [...this.tensors.values(), ...this.uploads.values()]) t.dispose();
    this.tensors.clear();
    this.uploads.clear();
  }

  private steps(
    inputs: ReadonlyMap<string, RunInput | Val>,
    options: RunOptions,
    ledger: Ledger,
  ): Steps<Val[]> {
    const given = matchInputs(this.graph, inputs);
    const values = given.map((v, i) => this.place(v, this.graph.inputs[i]!, ledger));
    return runGraph(this.graph, values, null, this.context(options, ledger), this.schedules);
  }

  private place(v: RunInput | Val, declared: IrValue, ledger: Ledger): Val {
    if (v instanceof Tensor) {
      ledger.pin(v);
      return v;
    }
    if (v instanceof HostTensor || "kind" in v) return v;
    checkInput(declared, v);
    return this.upload(v);
  }

  private upload(raw: RawTensor): Val {
    if (belongsOnHost(raw.dtype, raw.shape) || !isDType(raw.dtype)) return hostFromRaw(raw);
    return uploadRaw(raw, this.device);
  }

  private context(options: RunOptions, ledger: Ledger): Context {
    const { signal, watch, onValue, onProgress } = options;
    let done = 0;
    const total = this.graph.nodes.length;
    let paused = performance.now();
    const context: Context = {
      due: () => {
        if (performance.now() - paused < SLICE) return false;
        paused = performance.now();
        return true;
      },
      device: this.device,
      ledger,
      maxIterations: this.maxIterations,
      check: () => signal?.throwIfAborted(),
      weight: (v) => this.weight(v, options.weights, ledger),
      upload: (host) => {
        const t = this.uploads.get(host) ?? this.uploadHostTensor(host);
        if (this.uploads.has(host)) ledger.pin(t);
        return t;
      },
    };
    if (!onValue && !onProgress) return context;
    return {
      ...context,
      afterNode: (node, outputs) => {
        onProgress?.({
          task: "convert",
          phase: "run",
          done: Math.min(++done, total),
          total,
          unit: "nodes",
          label: node.name,
        });
        return onValue ? report(node, outputs, watch, onValue) : undefined;
      },
    };
  }

  private uploadHostTensor(host: HostTensor): Tensor {
    const t = uploadHost(host);
    if (this.weightHosts.has(host)) this.uploads.set(host, keep(t));
    return t;
  }

  private weight(
    v: IrValue,
    overrides: ReadonlyMap<IrValue, Tensor> | undefined,
    ledger: Ledger,
  ): Val | undefined {
    const ready = overrides?.get(v) ?? this.hosts.get(v) ?? this.tensors.get(v) ?? this.load(v);
    if (ready instanceof Tensor) ledger.pin(ready);
    return ready;
  }

  private load(v: IrValue): Tensor | HostTensor | undefined {
    const tensor = this.weights.get(v)?.tensor;
    if (!tensor) return undefined;
    if (belongsOnHost(tensor.dtype, tensor.shape) || !isDType(tensor.dtype)) {
      const host = hostFromRaw(tensor);
      this.hosts.set(v, host);
      this.weightHosts.add(host);
      return host;
    }
    const t = keep(uploadRaw(tensor, this.device));
    this.tensors.set(v, t);
    return t;
  }
}

/** Milliseconds that a run keeps the event loop to itself. */
const SLICE = 40;
const NOTHING = new Float32Array(0);

/** What a run is resumed with: data, or nothing after a turn of the event loop. */
async function answer(wanted: Tensor | null): Promise<TypedArray> {
  if (wanted) return wanted.data();
  await new Promise((resolve) => setTimeout(resolve, 0));
  return NOTHING;
}

function allWeights(graph: IrGraph): ReadonlyMap<IrValue, IrWeight> {
  const out = new Map(graph.weights);
  walkNodes(graph, (node) => {
    for (const [, inner] of subgraphs(node)) for (const [v, w] of inner.weights) out.set(v, w);
  });
  return out;
}

function* report(
  node: IrNode,
  outputs: readonly (Val | null)[],
  watch: RunOptions["watch"],
  onValue: NonNullable<RunOptions["onValue"]>,
): Steps<void> {
  for (const [i, v] of node.outputs.entries()) {
    const value = outputs[i];
    if (!v || !value || !isTensorVal(value) || (watch && !watch(v, node))) continue;
    if (value instanceof HostTensor) {
      onValue(v, rawFromHost(value));
      continue;
    }
    const data = yield value;
    onValue(v, rawFromArray(value.dtype, value.shape, data));
  }
}

/** Inputs in the model's order. @throws {ArgumentError} for missing and unknown names */
function matchInputs<T>(graph: IrGraph, inputs: ReadonlyMap<string, T>): T[] {
  const wanted = graph.inputs.map((v) => v.name);
  const [only] = inputs.values();
  if (wanted.length === 1 && inputs.size === 1 && only !== undefined) return [only];
  const missing = wanted.filter((n) => !inputs.has(n));
  const unknown = [...inputs.keys()].filter((n) => !wanted.includes(n));
  if (missing.length > 0 || unknown.length > 0) {
    throw new ArgumentError(
      `the inputs do not fit: missing ${missing.join(", ") || "none"}, unknown ${unknown.join(", ") || "none"}`,
      { code: "run/inputs", op: "run", hint: `the model has ${graph.inputs.map(formatValue).join("; ")}` },
    );
  }
  return wanted.flatMap((n) => {
    const v = inputs.get(n);
    return v === undefined ? [] : [v];
  });
}

/**
 * Checks shape and dtype against the declaration.
 * @throws {ShapeError}
 * @throws {DTypeError}
 */
function checkInput(declared: IrValue, given: RawTensor): void {
  const hint = `the model wants ${formatValue(declared)}`;
  const inputs = [`${given.dtype}[${given.shape.join(",")}]`];
  const path = declared.name;
  if (declared.kind === "tensor" && declared.dtype !== null && declared.dtype !== given.dtype) {
    throw new DTypeError(`input ${path} has another dtype`, {
      code: "run/dtype",
      op: "run",
      path,
      inputs,
      hint,
    });
  }
  const { dims } = declared;
  const fits =
    declared.kind !== "tensor" ||
    dims === null ||
    (dims.length === given.shape.length &&
      dims.every((d, i) => typeof d !== "number" || d === given.shape[i]));
  if (!fits)
    throw new ShapeError(`input ${path} has another shape`, {
      code: "run/shape",
      op: "run",
      path,
      inputs,
      hint,
    });
}

/** A tensor of a file on a device. */
export function uploadRaw(raw: RawTensor, device: Device): Tensor {
  if (!isDType(raw.dtype))
    throw new DTypeError(`${raw.dtype} cannot go to a device`, { code: "dtype/file-only" });
  const { dtype, shape } = raw;
  return withDevice(device, () => fromTypedArray(typedArrayOf(raw), { dtype, shape }));
}

function uploadHost(host: HostTensor): Tensor {
  const { dtype, data } = hostArray(host);
  return fromTypedArray(data, { dtype, shape: host.shape });
}

async function readVal(v: Val): Promise<RawTensor | null> {
  if (v instanceof HostTensor) return rawFromHost(v);
  if (!(v instanceof Tensor)) return null;
  const data: TypedArray = await v.data();
  return rawFromArray(v.dtype, v.shape, data);
}

/** The value with all device tensors replaced by host tensors. */
async function hostVal(v: Val): Promise<Val> {
  if (v instanceof Tensor) {
    const raw = await readVal(v);
    return raw ? hostFromRaw(raw) : v;
  }
  if (v instanceof HostTensor) return v;
  if (v.kind === "sequence") return { ...v, items: await Promise.all(v.items.map(hostVal)) };
  if (v.kind === "optional") return { ...v, item: v.item && (await hostVal(v.item)) };
  return v;
}
