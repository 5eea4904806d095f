// Tracing a step: a function that also reads and replaces tensors from outside (parameters, optimizer state, statistics)
// and uses numbers that the host gives anew every time. State becomes inputs and outputs of the graph.
import { escaped, GraphBuilder, tracedTensor, type HostInput } from "../dispatch/trace.js";
import { UnsupportedOpError } from "../errors.js";
import type { Graph, GraphNode, GraphVar } from "../ir/graph.js";
import { cast } from "../ops/prims/select.js";
import type { TensorSpec } from "../ops/table.js";
import type { Storage } from "../runtime/device.js";
import { isFloat, type TypedArray } from "../tensor/dtype.js";
import { describe, Tensor, type TensorClass } from "../tensor/tensor.js";

/** A traced step. Inputs of the graph: arguments, then values of the host, then captured tensors. */
export interface StepGraph {
  readonly graph: Graph;
  readonly args: number;
  /** What the host does before every run, in the order of the program. */
  readonly hosts: readonly HostInput[];
  /** Tensors from outside that are read or replaced; the step holds a reference to each. */
  readonly captured: readonly Tensor[];
  /** Which captured tensors get a new value; the graph's outputs behind the results, in this order. */
  readonly written: readonly number[];
  readonly results: readonly Tensor[];
  readonly checks: readonly InputCheck[];
  /** What must hold for a program of this step to be used. */
  readonly guards: readonly (() => boolean)[];
}

/** A check of integer values of an argument or a captured tensor before every run. */
export interface InputCheck {
  /** Position of the argument; not used where there is a captured tensor. */
  readonly arg: number;
  readonly captured: Tensor | null;
  /** How the checked values come from it; null where they are its own. */
  readonly from: Graph | null;
  readonly test: (given: Tensor) => void;
}

interface Saved {
  readonly storage: Storage | null;
  readonly version: number;
}

/** Ops that hand values of an integer argument on unchanged. */
const SAME_VALUES: ReadonlySet<string> = new Set(["reshape", "cast", "broadcastTo", "transpose"]);

class StepBuilder extends GraphBuilder {
  override readonly stateful: boolean = true;
  readonly hosts: HostInput[] = [];
  readonly saved: Map<Tensor, Saved> = new Map();
  readonly guards: (() => boolean)[] = [];
  readonly finals: (() => void)[] = [];
  private readonly own: WeakSet<GraphVar> = new WeakSet();
  readonly checks: { readonly v: GraphVar; readonly test: InputCheck["test"] }[] = [];

  override newVar(spec: TensorSpec, name?: string): GraphVar {
    const v = super.newVar(spec, name);
    this.own.add(v);
    return v;
  }

  override varOf(t: Tensor): GraphVar {
    const v = super.varOf(t);
    if (this.own.has(v)) return v;
    throw escaped("compile", t);
  }

  override isConstant(t: Tensor): boolean {
    return this.constantsMade.has(t);
  }

  override valueOf(t: Tensor): GraphVar {
    return this.varOf(t);
  }

  override assign(t: Tensor, next: Tensor): boolean {
    const v = this.varOf(next);
    if (t._traced && this.inputs.includes(t._traced)) {
      throw new UnsupportedOpError("a compiled function changes an argument in place", {
        code: "compile/argument-changed",
        op: "compile",
        inputs: [describe(t)],
      });
    }
    const before = t._traced === null || this.saved.has(t);
    if (before && next._node !== null) {
      throw new UnsupportedOpError("a tensor from outside would become part of the recorded graph", {
        code: "trace/recorded-state",
        op: "compile",
        inputs: [describe(t)],
        hint: "detach the new value, or assign it inside noGrad",
      });
    }
    if (t._traced === null) {
      this.varOf(t);
      this.saved.set(t, { storage: t._storage, version: t._version });
      t._storage = null;
    }
    t._traced = v;
    return true;
  }

  override host(spec: TensorSpec, fill: () => TypedArray | number, Class: TensorClass): Tensor {
    const variable = this.newVar(spec);
    this.hosts.push({ variable, fill });
    return tracedTensor(variable, Class);
  }

  override effect(run: () => void): void {
    this.hosts.push({ variable: null, fill: run });
  }

  override guard(holds: () => boolean): void {
    this.guards.push(holds);
  }

  override whenDone(check: () => void): void {
    this.finals.push(check);
  }

  override check(v: GraphVar, test: InputCheck["test"]): void {
    this.checks.push({ v, test });
  }

  /** Tensors from outside, in the order of their first use. */
  get captured(): [Tensor, GraphVar][] {
    return [...this.lifted];
  }

  protected override end(): void {
    for (const [t, { storage, version }] of this.saved) {
      t._traced = null;
      t._storage = storage;
      t._version = version;
    }
    super.end();
  }
}

/**
 * Traces one run of a step; nothing is computed and no tensor changes. What the step stores in plain
 * variables during the trace would be traced tensors: only tensors that exist before the trace can be state.
 * @throws {LifetimeError} when the step reads values
 */
export function traceStep(
  fn: (args: readonly Tensor[]) => readonly Tensor[],
  specs: readonly TensorSpec[],
  classes: readonly TensorClass[],
): StepGraph {
  const builder = new StepBuilder();
  const args = specs.map((s, i) => builder.input(s, classes[i] ?? Tensor));
  const [results, outputs] = builder.run(() => {
    const made = fn(args);
    for (const check of builder.finals) check();
    const states = [...builder.saved.keys()].map((t) => t._traced!);
    return [made, [...made.map((t) => builder.varOf(t)), ...states]];
  });
  const captured = builder.captured;
  const index = new Map(captured.map(([t], i) => [t, i]));
  const hosts = builder.hosts;
  return {
    graph: {
      inputs: [...builder.inputs, ...hosts.flatMap((h) => h.variable ?? []), ...captured.map(([, v]) => v)],
      constants: new Map(),
      nodes: builder.nodes,
      outputs,
    },
    args: specs.length,
    hosts,
    captured: captured.map(([t]) => t),
    written: [...builder.saved.keys()].map((t) => index.get(t)!),
    results,
    checks: resolveChecks(builder),
    guards: builder.guards,
  };
}

/** Most ops of a computation that is repeated before a run, for a check of its result. */
const MAX_CHECKED_OPS = 16;

/** Checks of values that come from one argument or captured tensor. Others cannot be made before the run. */
function resolveChecks(builder: StepBuilder): InputCheck[] {
  const makers = new Map(builder.nodes.flatMap((n) => n.outputs.map((v) => [v, n] as const)));
  return builder.checks.flatMap(({ v, test }): InputCheck[] => {
    let at: GraphVar = v;
    let whole = false;
    for (
      let node = makers.get(at);
      node !== undefined && SAME_VALUES.has(node.op.id) && node.inputs[0];
      node = makers.get(at)
    ) {
      at = node.inputs[0];
      whole ||= isFloat(at.dtype);
    }
    const from = makers.has(at) ? derivation(builder, makers, v) : null;
    const source = from?.inputs[0] ?? at;
    const arg = builder.inputs.indexOf(source);
    const captured = builder.captured.find(([, of]) => of === source)?.[0] ?? null;
    if (arg < 0 && captured === null) return [];
    const integers = (given: Tensor) => test(cast(given, "int64"));
    return [{ arg, captured, from, test: whole && from === null ? integers : test }];
  });
}

/** How a value comes from one input of the step and constants, or null when it does not, or in too many ops. */
function derivation(
  builder: StepBuilder,
  makers: ReadonlyMap<GraphVar, GraphNode>,
  v: GraphVar,
): Graph | null {
  const found = new Set<GraphNode>();
  const inputs = new Set<GraphVar>();
  const open = [v];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    const node = makers.get(at);
    if (node === undefined) inputs.add(at);
    else if (!found.has(node)) {
      found.add(node);
      for (const from of node.inputs) if (from !== null) open.push(from);
    }
    if (inputs.size > 1 || found.size > MAX_CHECKED_OPS) return null;
  }
  const nodes = builder.nodes.filter((n) => found.has(n));
  return inputs.size === 0 ? null : { inputs: [...inputs], constants: new Map(), nodes, outputs: [v] };
}
