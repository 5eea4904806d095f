// The interpreter: runs a graph node by node as a generator that asks for device data when an op needs it on the
// host. The same steps serve synchronous runs (gradients) and asynchronous ones.
import {
  ArgumentError,
  IsoformError,
  ModelFormatError,
  placeError,
  scope,
  withDevice,
  type Device,
  type Tensor,
  type TypedArray,
} from "@isoform/core";
import type { IrGraph, IrNode, IrValue } from "../ir/types.js";
import { readValues } from "../ir/walk.js";
import { Call, hostInputsOf, type OpRun, type OpRuns, type Result, type Uploader } from "./call.js";
import { isControl, runControl } from "./control.js";
import { hostFromArray, HostTensor } from "./host.js";
import type { Ledger } from "./ledger.js";
import { OP_RUNS, type PlainOp } from "./ops/index.js";
import { isTensorVal, type Val } from "./value.js";

/** Steps of a run: yields tensors whose data it needs, is resumed with the data; null is a point to pause at. */
export type Steps<T> = Generator<Tensor | null, T, TypedArray>;

/** Values of a graph while it runs; subgraphs see those of the enclosing graph. */
export class Env {
  private readonly values: Map<IrValue, Val> = new Map();
  private readonly outer: Env | null;

  constructor(outer: Env | null) {
    this.outer = outer;
  }

  get(v: IrValue): Val | undefined {
    return this.values.get(v) ?? this.outer?.get(v);
  }
  set(v: IrValue, value: Val): void {
    this.values.set(v, value);
  }
  /** Removes a value of this graph itself. */
  take(v: IrValue): Val | undefined {
    const found = this.values.get(v);
    this.values.delete(v);
    return found;
  }
  own(): IterableIterator<Val> {
    return this.values.values();
  }
}

/** What a run is made of beside the graph. */
export interface Context extends Uploader {
  readonly device: Device | null;
  readonly ledger: Ledger;
  /** The value of a weight, uploaded once. */
  weight(v: IrValue): Val | undefined;
  /** Called after every node. */
  afterNode?(node: IrNode, outputs: readonly (Val | null)[]): Steps<void> | undefined;
  /** Most iterations of one loop. */
  readonly maxIterations: number;
  /** Throws when the caller gave up. */
  check(): void;
  /** True when the run should pause, so that timers and signals get their turn. */
  due?(): boolean;
}

/** For each node, the values of the graph that no later node reads. */
function lastReads(graph: IrGraph): Map<IrNode, IrValue[]> {
  const last = new Map<IrValue, IrNode>();
  for (const node of graph.nodes) {
    for (const v of readValues(node)) last.set(v, node);
    for (const v of node.outputs) if (v) last.set(v, node);
  }
  const kept = new Set(graph.outputs);
  const out = new Map<IrNode, IrValue[]>();
  for (const [v, node] of last) {
    if (kept.has(v)) continue;
    const list = out.get(node);
    if (list) list.push(v);
    else out.set(node, [v]);
  }
  return out;
}

/** The schedule of frees per graph, computed once per session. */
export class Schedules {
  private readonly made: Map<IrGraph, Map<IrNode, IrValue[]>> = new Map();

  of(graph: IrGraph): Map<IrNode, IrValue[]> {
    let found = this.made.get(graph);
    if (!found) this.made.set(graph, (found = lastReads(graph)));
    return found;
  }
}

/** Runs a graph; `inputs` are held by the caller, the results are held for the caller. */
export function* runGraph(
  graph: IrGraph,
  inputs: readonly (Val | null)[],
  outer: Env | null,
  ctx: Context,
  schedules: Schedules,
): Steps<Val[]> {
  const env = new Env(outer);
  const { ledger } = ctx;
  const read = (v: IrValue): Val => {
    const found = env.get(v) ?? ctx.weight(v);
    if (found === undefined) {
      throw new ArgumentError(`the value ${v.name} is missing`, { code: "execute/no-value", path: v.name });
    }
    return found;
  };
  graph.inputs.forEach((v, i) => {
    const given = inputs[i];
    if (!given) return;
    ledger.hold(given);
    env.set(v, given);
  });
  const frees = schedules.of(graph);
  for (const node of graph.nodes) {
    ctx.check();
    if (ctx.due?.() === true) yield null;
    const values = node.inputs.map((v) => (v === null ? null : read(v)));
    const controls = isControl(node);
    const outputs = controls
      ? yield* runControl(node, values, env, ctx, schedules)
      : yield* runNode(node, values, ctx);
    outputs.forEach((value, i) => {
      const v = node.outputs[i];
      if (!value) return;
      ledger.hold(value);
      if (v) env.set(v, value);
      else ledger.drop(value);
    });
    if (ctx.afterNode) {
      const more = ctx.afterNode(node, outputs);
      if (more) yield* more;
    }
    for (const v of frees.get(node) ?? []) ledger.drop(env.take(v) ?? null);
    if (controls) for (const v of outputs) ledger.drop(v);
  }
  const results = graph.outputs.map(read);
  for (const v of results) ledger.hold(v);
  for (const v of env.own()) ledger.drop(v);
  return results;
}

/** Brings a tensor to the host. */
export function* toHost(v: Val): Steps<Val> {
  if (!isTensorVal(v) || v instanceof HostTensor) return v;
  return hostFromArray(v.dtype, v.shape, yield v);
}

function* runNode(
  node: IrNode,
  values: readonly (Val | null)[],
  ctx: Context,
): Steps<readonly (Val | null)[]> {
  const plain = narrow(node);
  const inputs = [...values];
  for (const i of hostNeeds(plain, values, ctx)) {
    const v = inputs[i];
    if (v) inputs[i] = yield* toHost(v);
  }
  return applyOp(plain, inputs, ctx, ctx.device);
}

/** The inputs that a node needs on the host. */
export function hostNeeds<K extends PlainOp>(
  node: IrNode<K>,
  values: readonly (Val | null)[],
  uploader: Uploader,
): readonly number[] {
  const table: OpRuns<PlainOp> = OP_RUNS;
  const op: OpRun<K> = table[node.op];
  return hostInputsOf(op, new Call<K>(node, values, uploader));
}

/** Folds on the host when it can, runs on the device otherwise. */
export function applyOp<K extends PlainOp>(
  node: IrNode<K>,
  inputs: readonly (Val | null)[],
  uploader: Uploader,
  device: Device | null,
): readonly (Val | null)[] {
  const table: OpRuns<PlainOp> = OP_RUNS;
  const op: OpRun<K> = table[node.op];
  const call = new Call<K>(node, inputs, uploader);
  const onHost = inputs.every((v) => v === null || v instanceof HostTensor);
  const run = () => (onHost ? op.fold?.(call) : null) ?? scope(() => op.run(call));
  try {
    return asList(device === null ? run() : withDevice(device, run));
  } catch (error) {
    throw atNode(error, call);
  }
}

/** The error with the node it happened in. What no op foresaw is a model that no op can compute. */
function atNode(error: unknown, call: Call): unknown {
  const place = `${call.node.op} ${JSON.stringify(call.path)}`;
  const made = call.error(`cannot be computed: ${error instanceof Error ? error.message : String(error)}`);
  if (error instanceof IsoformError)
    return error.path === call.path ? error : placeError(error, place, made.inputs);
  return new ModelFormatError(made.problem, {
    code: "execute/failed",
    op: place,
    inputs: made.inputs,
    hint: "the inputs or attributes of the node do not fit its operator; check the model with onnx.checker",
    cause: error,
  });
}

function isPlainNode(node: IrNode): node is IrNode<PlainOp> {
  return !isControl(node);
}

/** A node that is not control flow. */
export function narrow(node: IrNode): IrNode<PlainOp> {
  if (isPlainNode(node)) return node;
  throw new ArgumentError("control flow has no implementation of its own", {
    code: "execute/control",
    op: node.op,
  });
}

function asList(result: Result): readonly (Val | null)[] {
  return isList(result) ? result : [result];
}

function isList(result: Result): result is readonly (Val | null)[] {
  return Array.isArray(result);
}
