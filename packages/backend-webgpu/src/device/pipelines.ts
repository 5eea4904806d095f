// Compute pipelines: made once per shader, in the background, and kept.
import { IsoformError } from "@isoform/core";
import type { DeviceWatch } from "./watch.js";

/** A pipeline that is being made or is there. */
export interface Pipeline {
  gpu: GPUComputePipeline | null;
  /** Why it cannot be made. */
  error: IsoformError | null;
  /** Settles, never rejects, when `gpu` or `error` is there. */
  readonly ready: Promise<void>;
  readonly layout: BindingLayout;
}

/** Layouts of one signature. */
export interface BindingLayout {
  /** Different for different signatures. */
  readonly key: string;
  readonly group: GPUBindGroupLayout;
  readonly whole: GPUPipelineLayout;
}

/** What the bindings of a shader are: a uniform with its parameters at 0, then storage buffers. */
export interface Signature {
  readonly uniform: boolean;
  /** Of every storage buffer, whether the shader only reads it. */
  readonly readOnly: readonly boolean[];
}

/** The pipelines of a device, by key. */
export class PipelineCache {
  private readonly device: GPUDevice;
  private readonly watch: Pick<DeviceWatch, "guard">;
  private readonly pipelines = new Map<string, Pipeline>();
  private readonly layouts = new Map<string, BindingLayout>();

  constructor(device: GPUDevice, watch: Pick<DeviceWatch, "guard">) {
    this.device = device;
    this.watch = watch;
  }

  /** Pipelines made so far. */
  get size(): number {
    return this.pipelines.size;
  }

  /** The pipeline of `key`; `source` gives its shader, whose entry is `main`, when it is not there yet. */
  get(key: string, signature: Signature, source: () => string): Pipeline {
    return this.pipelines.get(key) ?? this.watch.guard(() => this.make(key, signature, source()));
  }

  private make(key: string, signature: Signature, code: string): Pipeline {
    const layout = this.layoutOf(signature);
    const module = this.device.createShaderModule({ code, label: key });
    const made = this.device.createComputePipelineAsync({
      label: key,
      layout: layout.whole,
      compute: { module, entryPoint: "main" },
    });
    const pipeline: Pipeline = {
      gpu: null,
      error: null,
      layout,
      ready: made.then(
        (gpu) => {
          pipeline.gpu = gpu;
        },
        (cause: unknown) => {
          pipeline.error = shaderError(key, cause, code);
        },
      ),
    };
    this.pipelines.set(key, pipeline);
    return pipeline;
  }

  private layoutOf({ uniform, readOnly }: Signature): BindingLayout {
    const key = `${uniform}${readOnly.join()}`;
    const found = this.layouts.get(key);
    if (found) return found;
    const entries: GPUBindGroupLayoutEntry[] = readOnly.map((r, i) => ({
      binding: i + 1,
      visibility: 4,
      buffer: { type: r ? "read-only-storage" : "storage" },
    }));
    if (uniform) {
      entries.push({ binding: 0, visibility: 4, buffer: { type: "uniform", hasDynamicOffset: true } });
    }
    const group = this.device.createBindGroupLayout({ entries });
    const layout = { key, group, whole: this.device.createPipelineLayout({ bindGroupLayouts: [group] }) };
    this.layouts.set(key, layout);
    return layout;
  }
}

function shaderError(key: string, cause: unknown, code: string): IsoformError {
  return new IsoformError(
    `the driver refused a shader: ${cause instanceof Error ? cause.message : String(cause)}`,
    {
      code: "webgpu/shader",
      backend: "webgpu",
      attrs: { key, code },
      hint: "update the graphics driver; if that does not help, please report it with the name of the GPU",
      cause,
    },
  );
}
