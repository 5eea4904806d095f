// The compiler of the WebGPU backend: fuses a graph, has the kernels record what they would run, joins calls that do not
// depend on each other, and makes one command buffer of it.
import {
  fuse,
  isContiguous,
  itemSize,
  rowMajor,
  sizeOf,
  type BufferView,
  type CompositeKernel,
  type Executable,
  type FusedUnit,
  type Graph,
  type GraphNode,
  type GraphVar,
  type Kernels,
  type TensorSpec,
  type Unit,
} from "@isoform/core";
import type { GpuBuffer } from "../device/buffers.js";
import type { Stream } from "../device/stream.js";
import { compositesOn, kernelsOn } from "../kernels/index.js";
import type { GpuView } from "../kernels/view.js";
import { fusable, fusedCall, withEpilogue } from "./fused.js";
import { makeProgram } from "./program.js";
import { Recorder, VirtualBuffer } from "./recorder.js";
import { schedule } from "./schedule.js";

type Pair = readonly [input: number, output: number];

class GraphRecorder {
  readonly inputs: readonly VirtualBuffer[];
  readonly outputs: readonly VirtualBuffer[];
  private readonly graph: Graph;
  private readonly recorder: Recorder;
  private readonly kernels: Kernels<GpuBuffer>;
  private readonly composites: Readonly<Record<string, CompositeKernel<GpuBuffer>>>;
  private readonly values = new Map<GraphVar, GpuView>();
  /** Results of fused loops: the loop's call, by its place, and what it reads element by element. */
  private readonly loops = new Map<
    GraphVar,
    { readonly call: number; readonly aligned: ReadonlySet<GpuBuffer> }
  >();

  private readonly units: readonly Unit[];
  /** Masks that only loops read: they take a word per element, so that they can be written from anywhere. */
  private readonly masks = new Set<GraphVar>();

  constructor(graph: Graph, recorder: Recorder) {
    this.graph = graph;
    this.recorder = recorder;
    this.kernels = kernelsOn(recorder);
    this.composites = compositesOn(recorder);
    this.inputs = graph.inputs.map((v, i) => new VirtualBuffer("input", i, bytesOf(v)));
    this.outputs = graph.outputs.map((v, i) => new VirtualBuffer("output", i, bytesOf(v)));
    graph.inputs.forEach((v, i) => this.values.set(v, dense(v, this.inputs[i]!)));
    this.units = fuse(graph, fusable(recorder.limits.storageBuffers));
    for (const unit of this.units) {
      if (unit.kind === "fused") for (const v of unit.writes) if (v.dtype === "bool") this.masks.add(v);
    }
    for (const v of graph.outputs) this.masks.delete(v);
    for (const unit of this.units) {
      const others = unit.kind === "op" ? [unit.node] : [unit.head, unit.tail];
      for (const node of others) for (const v of node?.inputs ?? []) if (v) this.masks.delete(v);
    }
  }

  record(): void {
    const { graph } = this;
    for (const unit of this.units) {
      if (unit.kind === "fused") this.loop(unit);
      else this.operation(unit.node);
    }
    graph.outputs.forEach((v, i) => {
      const view = this.values.get(v)!;
      if (view.buffer !== this.outputs[i]) this.kernels.copy(view, dense(v, this.outputs[i]!));
    });
  }

  /** Whether a program may compute an output in the memory of an input: its loop is the last to read that, in step. */
  sharable([input, output]: Pair): boolean {
    const v = this.graph.outputs[output]!;
    const loop = this.loops.get(v);
    if (!loop || this.graph.outputs.indexOf(v) !== output) return false;
    const memory = this.inputs[input]!;
    if (bytesOf(v) !== memory.bytes) return false;
    const later = this.recorder.calls.slice(loop.call + 1);
    if (later.some((call) => call.operands.some((o) => o.buffer === memory))) return false;
    const reads = this.recorder.calls[loop.call]!.operands.some((o) => o.buffer === memory);
    return !reads || loop.aligned.has(memory);
  }

  private result(v: GraphVar): GpuView {
    const output = this.graph.outputs.indexOf(v);
    if (this.masks.has(v)) {
      const words = { shape: v.shape, dtype: "uint32" } as const;
      const mask = dense(words, this.recorder.scratch(bytesOf(words)));
      this.values.set(v, mask);
      return mask;
    }
    const view = dense(v, output >= 0 ? this.outputs[output]! : this.recorder.scratch(bytesOf(v)));
    this.values.set(v, view);
    return view;
  }

  /** A loop; after a head whose kernel can go on with it, as part of that. */
  private loop(unit: FusedUnit): void {
    const { calls, limits } = this.recorder;
    const head = unit.head?.outputs[0];
    if (unit.head) this.operation(unit.head);
    const last = calls.at(-1);
    const others = unit.reads.filter((v) => v !== head).map((v) => this.values.get(v)!);
    const writes = unit.writes.map((v) => this.result(v));
    if (
      head &&
      last?.result !== undefined &&
      last.operands[last.result]!.buffer === this.values.get(head)!.buffer
    ) {
      const kept = this.neededOutside(head, unit);
      const joined = withEpilogue(last, unit, head, kept, others, writes, limits.storageBuffers);
      if (joined !== null) {
        const earlier = new Set(last.operands.map((o) => o.buffer));
        calls[calls.length - 1] = joined;
        this.remember(unit, calls.length - 1, others, earlier);
        return;
      }
    }
    const reads = unit.reads.map((v) => this.values.get(v)!);
    const call = fusedCall(unit, reads, writes);
    if (call === null) return;
    this.recorder.run(call);
    this.remember(unit, calls.length - 1, reads, new Set());
  }

  private neededOutside(v: GraphVar, unit: FusedUnit): boolean {
    const { nodes, outputs } = this.graph;
    return outputs.includes(v) || nodes.some((n) => n.inputs.includes(v) && !unit.nodes.includes(n));
  }

  /** Keeps which memory a loop reads in step with its results; `otherwise` is read in other ways by the same call. */
  private remember(
    unit: FusedUnit,
    place: number,
    reads: readonly GpuView[],
    otherwise: ReadonlySet<GpuBuffer>,
  ): void {
    const whole = (x: GpuView): boolean => isContiguous(x) && x.offset === 0 && bytesOf(x) === x.buffer.bytes;
    const odd = new Set([...otherwise, ...reads.filter((x) => !whole(x)).map((x) => x.buffer)]);
    const aligned = new Set(reads.map((x) => x.buffer).filter((b) => !odd.has(b)));
    for (const v of unit.writes) this.loops.set(v, { call: place, aligned });
  }

  private operation(node: GraphNode): void {
    const inputs = node.inputs.map((v) => (v === null ? null : this.values.get(v)!));
    if (node.op.view) {
      this.values.set(node.outputs[0]!, this.viewOf(node, inputs[0]!));
      return;
    }
    const outputs = node.outputs.map((v) => this.result(v));
    if (node.op.tier === "prim") {
      node.op.lower!(this.kernels as Kernels<unknown>, inputs as BufferView<unknown>[], outputs, node.attrs);
      return;
    }
    const kernel = this.composites[node.op.id]!;
    const fits = kernel.supports?.(node.attrs, inputs) !== false;
    const views = fits ? inputs : inputs.map((v) => (v === null || isContiguous(v) ? v : this.copied(v)));
    kernel.run(node.attrs, views, outputs);
  }

  private copied(view: GpuView): GpuView {
    const copy = dense(view, this.recorder.scratch(bytesOf(view)));
    this.kernels.copy(view, copy);
    return copy;
  }

  /** The view, with the dtype of the result: of the input's memory, or of a row-major copy. */
  private viewOf(node: GraphNode, x: GpuView): GpuView {
    const { dtype } = node.outputs[0]!;
    const view = node.op.view!(x, node.attrs);
    if (view !== null) return { ...view, buffer: x.buffer, dtype };
    const copy = this.copied(x);
    return { ...node.op.view!(copy, node.attrs)!, buffer: copy.buffer, dtype };
  }
}

const bytesOf = ({ shape, dtype }: TensorSpec): number => sizeOf(shape) * itemSize(dtype);

function dense({ shape, dtype }: TensorSpec, buffer: GpuBuffer): GpuView {
  return { buffer, dtype, shape, strides: rowMajor(shape), offset: 0 };
}

/** Compiles a graph. @throws {OutOfMemoryError} when its temporaries do not fit */
export function compileGraph(stream: Stream, graph: Graph, pairs: readonly Pair[]): Executable<GpuBuffer> {
  const { limits } = stream;
  const recorder = new Recorder(limits);
  const recorded = new GraphRecorder(graph, recorder);
  recorded.record();
  const { inputs, outputs } = recorded;
  const shared = pairs.map((pair) => (recorded.sharable(pair) ? pair : null));
  const same = new Map<GpuBuffer, GpuBuffer>();
  for (const pair of shared) if (pair) same.set(inputs[pair[0]]!, outputs[pair[1]]!);
  const identity = (b: GpuBuffer): GpuBuffer => same.get(b) ?? b;
  const batches = schedule(recorder.calls, limits, identity);
  return makeProgram(stream, { batches, identity, inputs, outputs, shared });
}
