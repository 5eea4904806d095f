// Runs kernel calls one by one, as they come.
import { eagerShader, grid } from "../wgsl/module.js";
import type { GpuLimits, KernelCall, Runner } from "../wgsl/kernel.js";
import type { GpuBuffer } from "./buffers.js";
import type { Stream } from "./stream.js";

/** A runner that gives every call to the stream at once. */
export class EagerRunner implements Runner {
  readonly limits: GpuLimits;
  private readonly stream: Stream;

  constructor(stream: Stream, limits: GpuLimits = stream.limits) {
    this.stream = stream;
    this.limits = limits;
  }

  run(call: KernelCall): void {
    const { stream } = this;
    stream.check();
    if (call.groups === 0) return;
    const { operands, params } = call;
    const readOnly = operands.map((o) => o.access === "read");
    const key = `${call.key}|${operands.map((o) => `${o.dtype}${o.access[0]}`).join()}|${params.length}`;
    const signature = { uniform: params.length > 0, readOnly };
    const pipeline = stream.pipelines.get(key, signature, () => eagerShader(call));
    if (pipeline.error) throw pipeline.error;
    let data: Uint32Array | null = null;
    if (params.length > 0) {
      data = new Uint32Array(Math.ceil(params.length / 4) * 4);
      params.forEach((v, i) => (data![i] = v));
    }
    stream.dispatch({
      kind: "dispatch",
      pipeline,
      buffers: operands.map((o) => o.buffer),
      params: data,
      groups: grid(call.groups),
    });
  }

  scratch(bytes: number): GpuBuffer {
    return this.stream.pool.alloc(bytes);
  }

  release(buffer: GpuBuffer): void {
    this.stream.pool.release(buffer);
  }
}
