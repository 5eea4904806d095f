// Bind groups, kept for reuse. WebGPU has no way to destroy one: each that is dropped holds the driver's memory until the garbage
// collector finds it, which sees a few bytes, and a program that makes one per dispatch runs the driver out of mappings.
import type { GpuBuffer } from "./buffers.js";
import type { BindingLayout } from "./pipelines.js";

/** Bind groups of a generation; two generations are kept. */
const GENERATION = 4096;

/** What a shader is given: its parameters, if any, and storage buffers. */
export interface Bindings {
  readonly layout: BindingLayout;
  /** The bytes of the parameters, a multiple of 16; 0 for none. */
  readonly uniformBytes: number;
  readonly buffers: readonly GpuBuffer[];
}

/** The bind groups of a device that were used last. */
export class BindGroupCache {
  private readonly device: Pick<GPUDevice, "createBindGroup">;
  private readonly uniform: GPUBuffer;
  private recent = new Map<string, GPUBindGroup>();
  private older = new Map<string, GPUBindGroup>();

  constructor(device: Pick<GPUDevice, "createBindGroup">, uniform: GPUBuffer) {
    this.device = device;
    this.uniform = uniform;
  }

  /** The bind group of `bindings`: uniform at 0, with a dynamic offset, then the buffers. */
  get(bindings: Bindings): GPUBindGroup {
    const key = keyOf(bindings);
    const found = this.recent.get(key);
    if (found) return found;
    const group = this.older.get(key) ?? this.make(bindings);
    if (this.recent.size >= GENERATION) {
      this.older = this.recent;
      this.recent = new Map();
    }
    this.recent.set(key, group);
    return group;
  }

  private make({ layout, uniformBytes, buffers }: Bindings): GPUBindGroup {
    const entries: GPUBindGroupEntry[] = buffers.map(({ gpu }, i) => ({
      binding: i + 1,
      resource: { buffer: gpu },
    }));
    if (uniformBytes > 0) {
      entries.push({ binding: 0, resource: { buffer: this.uniform, size: uniformBytes } });
    }
    return this.device.createBindGroup({ layout: layout.group, entries });
  }
}

function keyOf({ layout, uniformBytes, buffers }: Bindings): string {
  let key = `${layout.key}|${uniformBytes}`;
  for (const b of buffers) key += `|${b.id}`;
  return key;
}
