// A runner that writes down kernel calls over buffers that do not exist yet.
import { IsoformError } from "@isoform/core";
import type { GpuBuffer } from "../device/buffers.js";
import type { GpuLimits, KernelCall, Runner } from "../wgsl/kernel.js";

/** Where the memory of a buffer comes from. */
export type BufferKind = "input" | "output" | "temporary";

/** A buffer of a program. */
export class VirtualBuffer implements GpuBuffer {
  readonly kind: BufferKind;
  /** Which input or output of the program it is. */
  readonly position: number;
  readonly bytes: number;
  readonly id = -1;
  lastUse = 0;

  constructor(kind: BufferKind, position: number, bytes: number) {
    this.kind = kind;
    this.position = position;
    this.bytes = bytes;
  }

  /** There is none before the program runs. */
  get gpu(): GPUBuffer {
    throw new IsoformError("a kernel touched memory while it was recorded", {
      code: "webgpu/recording",
      backend: "webgpu",
      hint: "please report this with the model",
    });
  }
}

/** Writes down what kernels would run. */
export class Recorder implements Runner {
  readonly limits: GpuLimits;
  readonly calls: KernelCall[] = [];

  constructor(limits: GpuLimits) {
    this.limits = limits;
  }

  run(call: KernelCall): void {
    if (call.groups > 0) this.calls.push(call);
  }

  scratch(bytes: number): VirtualBuffer {
    return new VirtualBuffer("temporary", -1, bytes);
  }

  /** When memory is free again is known from the calls. */
  release(): void {}
}
