// The order of a program's calls: those that do not depend on each other are computed by one dispatch, in which a workgroup
// finds by its number whose work it does. A dispatch costs more than most of these calls take.
import { GROUP_SIZE, type GpuLimits, type KernelCall } from "../wgsl/kernel.js";
import type { GpuBuffer } from "../device/buffers.js";

/** Calls that run at the same time. */
export type Batch = readonly KernelCall[];

/** Buffers that may be the same memory have one identity. */
export type Identity = (buffer: GpuBuffer) => GpuBuffer;

/** For every call, the first step at which all that it waits for is done. */
function levels(calls: readonly KernelCall[], identity: Identity): number[] {
  const written = new Map<GpuBuffer, number>();
  const read = new Map<GpuBuffer, number>();
  return calls.map((call) => {
    let level = 0;
    for (const { buffer, access } of call.operands) {
      const b = identity(buffer);
      level = Math.max(level, (written.get(b) ?? -1) + 1);
      if (access !== "read") level = Math.max(level, (read.get(b) ?? -1) + 1);
    }
    for (const { buffer, access } of call.operands) {
      const table = access === "read" ? read : written;
      const b = identity(buffer);
      table.set(b, Math.max(level, table.get(b) ?? -1));
    }
    return level;
  });
}

/** Arrays that a shader of these calls binds. */
export function bindingsOf(calls: readonly KernelCall[], identity: Identity): number {
  const seen = new Map<GpuBuffer, Set<string>>();
  for (const { operands } of calls) {
    for (const o of operands) {
      const b = identity(o.buffer);
      const types = seen.get(b) ?? new Set();
      types.add(o.type ?? "u32");
      seen.set(b, types);
    }
  }
  let count = 0;
  for (const types of seen.values()) count += types.size;
  return count;
}

/** Whether two calls see one buffer as arrays of different types, one of them to write to it, which WebGPU forbids. */
function clashes(calls: readonly KernelCall[], identity: Identity): boolean {
  const seen = new Map<GpuBuffer, { type: string; written: boolean }>();
  for (const { operands } of calls) {
    for (const o of operands) {
      const type = o.type ?? "u32";
      const written = o.access !== "read";
      const found = seen.get(identity(o.buffer));
      if (found && found.type !== type && (found.written || written)) return true;
      seen.set(identity(o.buffer), { type, written: written || (found?.written ?? false) });
    }
  }
  return false;
}

/** Whether calls use workgroup memory as arrays of one type, as a shader has one such array. */
function sharesMemory(calls: readonly KernelCall[]): boolean {
  const types = calls.filter((call) => call.shared).map((call) => call.sharedType ?? "f32");
  return new Set(types).size <= 1;
}

/** Most calls of one shader: drivers take long over large ones. */
const MOST_CALLS = 12;

/** Batches in an order in which each comes after what it needs. */
export function schedule(calls: readonly KernelCall[], limits: GpuLimits, identity: Identity): Batch[] {
  const level = levels(calls, identity);
  const batches: { level: number; calls: KernelCall[] }[] = [];
  const order = calls.map((_, i) => i).sort((a, b) => level[a]! - level[b]! || a - b);
  for (const i of order) {
    const call = calls[i]!;
    const size = call.size ?? GROUP_SIZE;
    const open = batches.find((b) => {
      if (b.level !== level[i] || b.calls.length >= MOST_CALLS) return false;
      if ((b.calls[0]!.size ?? GROUP_SIZE) !== size) return false;
      const all = [...b.calls, call];
      return (
        sharesMemory(all) && bindingsOf(all, identity) <= limits.storageBuffers && !clashes(all, identity)
      );
    });
    if (open) open.calls.push(call);
    else batches.push({ level: level[i]!, calls: [call] });
  }
  return batches.map((b) => b.calls);
}
