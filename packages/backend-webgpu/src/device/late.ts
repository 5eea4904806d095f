// A runner whose device comes later: kernels are there before `init` has found a GPU.
import { LifetimeError } from "@isoform/core";
import type { GpuLimits, KernelCall, Runner } from "../wgsl/kernel.js";
import type { GpuBuffer } from "./buffers.js";

/** Hands calls on to `target`, once that is set. */
export class LateRunner implements Runner {
  target: Runner | null = null;

  private get runner(): Runner {
    if (this.target) return this.target;
    throw notReady();
  }

  get limits(): GpuLimits {
    return this.runner.limits;
  }

  run(call: KernelCall): void {
    this.runner.run(call);
  }

  scratch(bytes: number): GpuBuffer {
    return this.runner.scratch(bytes);
  }

  release(buffer: GpuBuffer): void {
    this.runner.release(buffer);
  }
}

/** The backend is used before `init`. */
export function notReady(): LifetimeError {
  return new LifetimeError("the backend is not initialised", {
    code: "webgpu/not-initialised",
    backend: "webgpu",
    hint: "await setBackend(webgpu()) or createRuntime({ backends: [webgpu()] }) first",
  });
}

/** The backend is used after its end. */
export function disposed(): LifetimeError {
  return new LifetimeError("the backend was disposed", {
    code: "webgpu/disposed",
    backend: "webgpu",
    hint: "make a new one: createRuntime({ backends: [webgpu()] })",
  });
}
