// The compiler of the CPU backend: fuses a graph, has the kernels record what they would do, and makes one program of it.
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
import type { EagerEngine, Engine } from "../engine.js";
import { liesAcross } from "../kernels/copy/copy.js";
import type { CpuView } from "../kernels/view.js";
import { FUSABLE, FusedLoop } from "./fused.js";
import { makeProgram } from "./program.js";
import { decode, Recorder, type Block } from "./recorder.js";

/** The backend's kernels on an engine; those in JavaScript are called as `hosted` says. */
export type KernelMaker = (
  engine: Engine,
  hosted: (reference: Partial<Kernels<number>>) => Partial<Kernels<number>>,
) => {
  readonly kernels: Kernels<number>;
  readonly composites: Readonly<Record<string, CompositeKernel<number>>>;
};

/** With more operands than this, a loop takes what cache there is, and gains nothing from one that is there already. */
const MOST_OPERANDS = 6;

const isView = (value: unknown): value is CpuView =>
  typeof value === "object" && value !== null && "buffer" in value && "strides" in value;

/** Kernels that are run by JavaScript in the middle of a program. */
function hosted(recorder: Recorder, reference: Partial<Kernels<number>>): Partial<Kernels<number>> {
  const record =
    (kernel: (...args: never) => void) =>
    (...args: readonly unknown[]): void => {
      const touches = args.filter(isView).map((v) => v.buffer);
      recorder.host(touches, (real) => {
        const now = args.map((a) => (isView(a) ? { ...a, buffer: real(a.buffer) } : a));
        Reflect.apply(kernel, reference, now);
      });
    };
  return Object.fromEntries(Object.entries(reference).map(([family, kernel]) => [family, record(kernel)]));
}

class GraphRecorder {
  private readonly graph: Graph;
  private readonly units: readonly Unit[];
  private readonly recorder: Recorder;
  private readonly kernels: Kernels<number>;
  private readonly composites: Readonly<Record<string, CompositeKernel<number>>>;
  private readonly values = new Map<GraphVar, CpuView>();
  private readonly outputBlocks: readonly number[];
  /** By block address: the last unit that reads it, and whether that unit reads something else of it than all, in order. */
  private readonly lastRead = new Map<number, { unit: number; odd: boolean }>();
  private readonly writer = new Map<GraphVar, number>();
  private readonly copies = new Map<GraphVar, CpuView>();

  constructor(graph: Graph, recorder: Recorder, kernelsOn: KernelMaker) {
    this.graph = graph;
    this.recorder = recorder;
    const { kernels, composites } = kernelsOn(recorder, (reference) => hosted(recorder, reference));
    this.kernels = kernels;
    this.composites = composites;
    this.units = fuse(graph, FUSABLE);
    for (const v of graph.inputs) this.values.set(v, this.dense(v, this.blockOf("input", v)));
    this.outputBlocks = graph.outputs.map((v) => this.blockOf("output", v));
  }

  private blockOf(kind: "input" | "output" | "temporary", v: TensorSpec): number {
    return this.recorder.block(kind, sizeOf(v.shape) * itemSize(v.dtype));
  }

  private dense({ shape, dtype }: TensorSpec, buffer: number): CpuView {
    return { buffer, dtype, shape, strides: rowMajor(shape), offset: 0 };
  }

  /** Where a new value goes: the memory of the output that it is, or a temporary. */
  private result(v: GraphVar, unit: number): CpuView {
    const output = this.graph.outputs.indexOf(v);
    const buffer = output >= 0 ? this.outputBlocks[output]! : this.blockOf("temporary", v);
    const view = this.dense(v, buffer);
    this.values.set(v, view);
    this.writer.set(v, unit);
    return view;
  }

  private read(v: GraphVar, unit: number, wholeOf: readonly number[] | null): CpuView {
    const view = this.values.get(v)!;
    const whole =
      wholeOf !== null && isContiguous(view) && view.offset === 0 && sizeOf(view.shape) === sizeOf(wholeOf);
    const found = this.lastRead.get(view.buffer);
    this.lastRead.set(view.buffer, { unit, odd: !whole || (found?.unit === unit && found.odd) });
    return view;
  }

  /** Records everything; says for each pair whether the output may take the input's memory. */
  record(pairs: readonly (readonly [number, number])[]): boolean[] {
    this.units.forEach((unit, i) => {
      if (unit.kind === "fused") this.recordFused(unit, i);
      else this.bound(unit.node, i)();
    });
    this.graph.outputs.forEach((v, j) => {
      const buffer = this.outputBlocks[j]!;
      const view = this.values.get(v)!;
      if (view.buffer === buffer) return;
      this.kernels.copy(this.read(v, this.units.length, null), this.dense(v, buffer));
    });
    this.shareTemporaries();
    return pairs.map(([input, output]) => this.mayShare(input, output));
  }

  /** A loop, and its head or tail, in parts where that can be. */
  private recordFused(unit: FusedUnit, i: number): void {
    const { recorder } = this;
    const head = unit.head && this.bound(unit.head, i);
    const reads = unit.reads.map((v) => this.straight(v, i) ?? this.read(v, i, unit.shape));
    const writes = unit.writes.map((v) => this.result(v, i));
    const tail = unit.tail && this.bound(unit.tail, i);
    const views = [...writes, ...reads];
    const loop = new FusedLoop(recorder, unit, views);
    const size = sizeOf(unit.shape);
    if (!(head && views.length <= MOST_OPERANDS && recorder.inParts(head, size, null, loop))) {
      head?.();
      if (tail && recorder.inParts(tail, size, unit.passing, loop)) return;
      loop.record();
    }
    tail?.();
  }

  /** A row-major copy of a value that lies across, for all loops; kernels read it as it is, as they do eagerly. */
  private straight(v: GraphVar, unit: number): CpuView | undefined {
    if (liesAcross(this.values.get(v)!) && !this.copies.has(v))
      this.copies.set(v, this.copied(this.read(v, unit, null)));
    return this.copies.get(v);
  }

  /** A loop's results take the memory of what it reads for the last time. */
  private shareTemporaries(): void {
    const { blocks } = this.recorder;
    const addressOf = (v: GraphVar): number => this.values.get(v)!.buffer;
    const blockAt = (v: GraphVar): Block => blocks[decode(addressOf(v))!.block]!;
    this.units.forEach((unit, i) => {
      if (unit.kind !== "fused") return;
      let free = unit.reads.filter((v) => {
        const last = this.lastRead.get(addressOf(v))!;
        return blockAt(v).kind === "temporary" && last.unit === i && !last.odd;
      });
      for (const v of unit.writes) {
        const from = free.find((r) => blockAt(r).bytes === blockAt(v).bytes);
        if (!from || blockAt(v).kind !== "temporary") continue;
        this.recorder.inherit(addressOf(v), addressOf(from));
        free = free.filter((r) => addressOf(r) !== addressOf(from));
      }
    });
  }

  private mayShare(input: number, output: number): boolean {
    const v = this.graph.outputs[output]!;
    const writer = this.writer.get(v);
    if (writer === undefined || this.units[writer]!.kind !== "fused") return false;
    if (this.graph.outputs.indexOf(v) !== output) return false;
    const last = this.lastRead.get(this.values.get(this.graph.inputs[input]!)!.buffer);
    return !last || last.unit < writer || (last.unit === writer && !last.odd);
  }

  private copied(view: CpuView): CpuView {
    const copy = this.dense(view, this.blockOf("temporary", view));
    this.kernels.copy(view, copy);
    return copy;
  }

  /** What records an operation. */
  private bound(node: GraphNode, unit: number): () => void {
    const inputs = node.inputs.map((v) => (v === null ? null : this.read(v, unit, null)));
    if (node.op.view) {
      this.values.set(node.outputs[0]!, this.viewOf(node, inputs[0]!));
      return () => {};
    }
    const outputs = node.outputs.map((v) => this.result(v, unit));
    if (node.op.tier === "prim") {
      const kernels = this.kernels as Kernels<unknown>;
      return () => node.op.lower!(kernels, inputs as BufferView<unknown>[], outputs, node.attrs);
    }
    const kernel = this.composites[node.op.id]!;
    return () => {
      const fits = kernel.supports?.(node.attrs, inputs) !== false;
      const views = fits ? inputs : inputs.map((v) => (v === null || isContiguous(v) ? v : this.copied(v)));
      kernel.run(node.attrs, views, outputs);
    };
  }

  /** The view, with the dtype of the result: of the input's memory, or of a row-major copy. */
  private viewOf(node: GraphNode, x: CpuView): CpuView {
    const { dtype } = node.outputs[0]!;
    const view = node.op.view!(x, node.attrs);
    if (view !== null) return { ...view, buffer: x.buffer, dtype };
    const copy = this.copied(x);
    return { ...node.op.view!(copy, node.attrs)!, buffer: copy.buffer, dtype };
  }
}

/** Compiles a graph for an engine. @throws {OutOfMemoryError} when its temporaries do not fit */
export function compileGraph(
  engine: EagerEngine,
  kernelsOn: KernelMaker,
  graph: Graph,
  pairs: readonly (readonly [number, number])[],
): Executable<number> {
  const recorder = new Recorder(engine);
  const inPlace = new GraphRecorder(graph, recorder, kernelsOn).record(pairs);
  return makeProgram(engine, recorder, inPlace);
}
