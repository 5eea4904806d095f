// A compiled program: a list of dispatches with shaders of their own, and memory for what lies between them.
import { isContiguous, itemSize, sizeOf, type BufferView, type Executable } from "@isoform/core";
import type { GpuBuffer } from "../device/buffers.js";
import type { Pipeline } from "../device/pipelines.js";
import type { Stream } from "../device/stream.js";
import { Code, GROUP_SIZE, type KernelCall, type Operand } from "../wgsl/kernel.js";
import { declareArray, grid, shader } from "../wgsl/module.js";
import type { VirtualBuffer } from "./recorder.js";
import type { Batch, Identity } from "./schedule.js";

interface Binding {
  readonly buffer: VirtualBuffer;
  readonly operand: Operand;
  readonly name: string;
}

interface Step {
  readonly pipeline: Pipeline;
  readonly buffers: readonly VirtualBuffer[];
  readonly groups: readonly [number, number];
}

/** The bindings of a batch: one per buffer and element type, written to if any call does. */
function bindingsOf(batch: Batch, identity: Identity): Map<string, Binding> {
  const out = new Map<string, Binding>();
  const ids = new Map<GpuBuffer, number>();
  for (const { operands } of batch) {
    for (const o of operands) {
      const buffer = identity(o.buffer) as VirtualBuffer;
      if (!ids.has(buffer)) ids.set(buffer, ids.size);
      const key = bindingKey(ids.get(buffer)!, o);
      const found = out.get(key);
      const access = found && (found.operand.access !== "read" || o.access !== "read") ? "update" : o.access;
      out.set(key, { buffer, operand: { ...o, access }, name: `b${found ? found.name.slice(1) : out.size}` });
    }
  }
  return out;
}

const bindingKey = (id: number, o: Operand): string => `${id}:${o.type ?? "u32"}`;

/** The shader of a batch. */
function sourceOf(batch: Batch, bindings: ReadonlyMap<string, Binding>, identity: Identity): string {
  const ids = new Map<GpuBuffer, number>();
  for (const { operands } of batch) {
    for (const o of operands) {
      const buffer = identity(o.buffer);
      if (!ids.has(buffer)) ids.set(buffer, ids.size);
    }
  }
  const bodies = batch.map((call) => {
    const names = call.operands.map((o) => bindings.get(bindingKey(ids.get(identity(o.buffer))!, o))!.name);
    return call.code(new Code(call.operands, names, (i) => `${call.params[i]! >>> 0}u`));
  });
  let start = 0;
  const branches = batch.map((call, i) => {
    const from = start;
    start += call.groups;
    const shifted = from === 0 ? "" : `let group = group - ${from}u;\n`;
    return `if (group < ${start}u) {\n${shifted}${bodies[i]}\n}`;
  });
  const declarations = [...bindings.values()].map((b, i) => declareArray(i + 1, b.name, b.operand));
  const shared = Math.max(...batch.map((call) => call.shared ?? 0));
  const { sharedType } = batch.find((call) => call.shared) ?? batch[0]!;
  const body = branches.join(" else ");
  return shader(declarations.join("\n"), batch[0]!.size ?? GROUP_SIZE, shared, body, sharedType);
}

/** Gives temporaries memory; two have the same where one is done before the other begins. */
function placeTemporaries(
  stream: Stream,
  batches: readonly Batch[],
  identity: Identity,
): Map<GpuBuffer, GpuBuffer> {
  const last = new Map<GpuBuffer, number>();
  const used = (batch: Batch): Set<VirtualBuffer> =>
    new Set(batch.flatMap((call) => call.operands.map((o) => identity(o.buffer) as VirtualBuffer)));
  batches.forEach((batch, i) => {
    for (const b of used(batch)) last.set(b, i);
  });
  const placed = new Map<GpuBuffer, GpuBuffer>();
  let free: GpuBuffer[] = [];
  const ending = new Map<number, GpuBuffer[]>();
  batches.forEach((batch, i) => {
    free = [...free, ...(ending.get(i - 1) ?? [])];
    for (const b of used(batch)) {
      if (b.kind !== "temporary" || placed.has(b)) continue;
      const fitting = free.filter((f) => f.bytes >= b.bytes && f.bytes <= 4 * b.bytes + 1024);
      const best = fitting.sort((x, y) => x.bytes - y.bytes)[0];
      free = free.filter((f) => f !== best);
      const memory = best ?? stream.pool.alloc(b.bytes);
      placed.set(b, memory);
      const end = last.get(b)!;
      ending.set(end, [...(ending.get(end) ?? []), memory]);
    }
  });
  return placed;
}

/** What `makeProgram` is given. */
export interface Plan {
  readonly batches: readonly Batch[];
  readonly identity: Identity;
  readonly inputs: readonly VirtualBuffer[];
  readonly outputs: readonly VirtualBuffer[];
  /** By pair: input and output that are one memory, or null. */
  readonly shared: readonly (readonly [input: number, output: number] | null)[];
}

/** Makes shaders and memory of a plan. @throws {OutOfMemoryError} when there is no memory for temporaries */
export function makeProgram(stream: Stream, plan: Plan): Executable<GpuBuffer> {
  const { batches, identity, shared } = plan;
  const steps = batches.map((batch): Step => {
    const bindings = bindingsOf(batch, identity);
    const list = [...bindings.values()];
    const source = sourceOf(batch, bindings, identity);
    const readOnly = list.map((b) => b.operand.access === "read");
    const groups = batch.reduce((sum: number, call: KernelCall) => sum + call.groups, 0);
    return {
      pipeline: stream.pipelines.get(source, { uniform: false, readOnly }, () => source),
      buffers: list.map((b) => b.buffer),
      groups: grid(groups),
    };
  });
  const placed = placeTemporaries(stream, batches, identity);
  const outputOf = new Map<number, number>();
  for (const pair of shared) if (pair) outputOf.set(pair[0], pair[1]);

  const run = (inputs: readonly BufferView<GpuBuffer>[], outputs: readonly BufferView<GpuBuffer>[]): void => {
    const copies: GpuBuffer[] = [];
    const given = inputs.map((view, i): GpuBuffer => {
      const bytes = sizeOf(view.shape) * itemSize(view.dtype);
      const output = outputOf.get(i);
      const start = view.offset * itemSize(view.dtype);
      const into = output === undefined ? null : outputs[output]!.buffer;
      if (into === view.buffer || (into === null && start === 0 && isContiguous(view))) return view.buffer;
      const to = into ?? stream.pool.alloc(bytes);
      if (into === null) copies.push(to);
      copyBytes(stream, view.buffer, start, to, bytes);
      return to;
    });
    const resolve = (b: VirtualBuffer): GpuBuffer =>
      b.kind === "input"
        ? given[b.position]!
        : b.kind === "output"
          ? outputs[b.position]!.buffer
          : placed.get(b)!;
    for (const step of steps) {
      if (step.pipeline.error) throw step.pipeline.error;
      stream.dispatch({
        kind: "dispatch",
        pipeline: step.pipeline,
        buffers: step.buffers.map(resolve),
        params: null,
        groups: step.groups,
      });
    }
    for (const c of copies) stream.pool.release(c);
  };
  return {
    inPlace: shared.map((pair) => pair !== null),
    run,
    dispose: () => {
      for (const memory of new Set(placed.values())) stream.pool.release(memory);
    },
  };
}

/** Copies bytes; starts that are no whole words only occur for types smaller than one, at the end of a buffer. */
function copyBytes(stream: Stream, from: GpuBuffer, start: number, to: GpuBuffer, bytes: number): void {
  if (bytes > 0) stream.copy(from, start, to, 0, Math.ceil(bytes / 4) * 4);
}
