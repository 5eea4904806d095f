// The order of work on a device. Kernels and transfers become commands; commands are encoded and submitted in batches, in
// order, as soon as the pipelines that they need are there. Callers never wait but for values.
import type { IsoformError } from "@isoform/core";
import type { GpuLimits } from "../wgsl/kernel.js";
import type { OpenedDevice } from "./adapter.js";
import { BindGroupCache } from "./bind-groups.js";
import { BufferPool, type GpuBuffer } from "./buffers.js";
import { PipelineCache, type Pipeline } from "./pipelines.js";
import { DeviceWatch, lost } from "./watch.js";

/** One dispatch of a compute shader. */
export interface Dispatch {
  readonly kind: "dispatch";
  readonly pipeline: Pipeline;
  /** Storage buffers, bindings 1 and up. */
  readonly buffers: readonly GpuBuffer[];
  /** What the uniform at binding 0 holds, if the pipeline has one. */
  readonly params: Uint32Array | null;
  /** Workgroups along x and y. */
  readonly groups: readonly [number, number];
}

interface Write {
  readonly kind: "write";
  readonly buffer: GpuBuffer;
  readonly offset: number;
  readonly data: Uint8Array<ArrayBuffer>;
}

interface Copy {
  readonly kind: "copy";
  readonly from: GpuBuffer;
  readonly fromOffset: number;
  readonly to: GPUBuffer;
  readonly toOffset: number;
  readonly bytes: number;
  /** Called once the copy was submitted. */
  readonly done?: () => void;
}

type Command = Dispatch | Write | Copy;

/** What a device has done so far. */
export interface StreamStats {
  readonly dispatches: number;
  readonly submits: number;
  readonly bytesWritten: number;
  readonly bytesRead: number;
  readonly pipelines: number;
}

/** Commands after which a batch is submitted even if nobody waits. */
const BATCH = 256;
const UNIFORM_BYTES = 1 << 16;
const UNIFORM_ALIGNMENT = 256;
/** UNIFORM | COPY_SRC | COPY_DST; MAP_READ | COPY_DST. */
const [UNIFORM_USAGE, READ_USAGE] = [0x40 | 0x4 | 0x8, 0x1 | 0x8];

/** All work of one GPU device. */
export class Stream {
  readonly device: GPUDevice;
  readonly limits: GpuLimits;
  readonly pool: BufferPool;
  readonly pipelines: PipelineCache;
  private readonly own: boolean;
  private readonly watch: DeviceWatch;
  private readonly queue: Command[] = [];
  private readonly bindGroups: BindGroupCache;
  /** What the commands of a batch bring along: parameters of kernels, and small writes, copied from here in turn. */
  private readonly uniform: GPUBuffer;
  private readonly uniformData = new Uint8Array(UNIFORM_BYTES);
  private readonly staging: GPUBuffer[] = [];
  private readonly pendingReads = new Set<(error: IsoformError) => void>();
  /** Commands given and commands submitted; `GpuBuffer.lastUse` counts with the first. */
  private given = 0;
  private submitted = 0;
  private waiting = false;
  private scheduled = false;
  private failure: IsoformError | null = null;
  private readonly counts = { dispatches: 0, submits: 0, bytesWritten: 0, bytesRead: 0 };

  constructor({ device, limits, own }: Pick<OpenedDevice, "device" | "limits" | "own">, idleLimit: number) {
    this.device = device;
    this.limits = limits;
    this.own = own;
    this.watch = new DeviceWatch(device, own, (error) => this.fail(error));
    this.pool = new BufferPool({ limits: device.limits, createBuffer: this.createBuffer }, idleLimit);
    this.pipelines = new PipelineCache(device, this.watch);
    this.uniform = this.createBuffer({ size: UNIFORM_BYTES, usage: UNIFORM_USAGE, label: "parameters" });
    this.bindGroups = new BindGroupCache(device, this.uniform);
  }

  /** Figures since the start. */
  get stats(): StreamStats {
    return { ...this.counts, pipelines: this.pipelines.size };
  }

  /** @throws {DeviceLostError} when the device went away, {OutOfMemoryError} when it ran out of memory */
  check(): void {
    if (this.failure) throw this.failure;
  }

  /** Adds a dispatch. */
  dispatch(command: Dispatch): void {
    this.check();
    this.given++;
    for (const b of command.buffers) b.lastUse = this.given;
    this.push(command);
  }

  /** Writes whole words; `data` may be changed afterwards. */
  write(buffer: GpuBuffer, offset: number, data: Uint8Array): void {
    this.check();
    this.counts.bytesWritten += data.byteLength;
    if (buffer.lastUse <= this.submitted) {
      this.watch.guard(() =>
        this.device.queue.writeBuffer(buffer.gpu, offset, data as Uint8Array<ArrayBuffer>),
      );
      return;
    }
    buffer.lastUse = ++this.given;
    this.push({ kind: "write", buffer, offset, data: new Uint8Array(data) });
  }

  /** Copies whole words between buffers. */
  copy(from: GpuBuffer, fromOffset: number, to: GpuBuffer, toOffset: number, bytes: number): void {
    this.check();
    this.given++;
    from.lastUse = this.given;
    to.lastUse = this.given;
    this.push({ kind: "copy", from, fromOffset, to: to.gpu, toOffset, bytes });
  }

  /** The bytes of part of a buffer after everything that was given before. */
  async read(buffer: GpuBuffer, offset: number, bytes: number): Promise<Uint8Array> {
    this.check();
    if (bytes === 0) return new Uint8Array(0);
    const start = offset - (offset % 4);
    const size = Math.ceil((offset + bytes - start) / 4) * 4;
    const staging = this.stagingOf(size);
    let reject: (error: IsoformError) => void = () => {};
    const failed = new Promise<never>((_, no) => {
      reject = no;
      this.pendingReads.add(no);
    });
    failed.catch(() => {});
    let kept = false;
    try {
      const copied = new Promise<void>((done) => {
        this.given++;
        buffer.lastUse = this.given;
        this.push({
          kind: "copy",
          from: buffer,
          fromOffset: start,
          to: staging,
          toOffset: 0,
          bytes: size,
          done,
        });
      });
      this.drain();
      await Promise.race([copied, failed]);
      await Promise.race([this.mapped(staging, size), failed]);
      this.check();
      const words = new Uint8Array(staging.getMappedRange(0, size));
      const out = words.slice(offset - start, offset - start + bytes);
      staging.unmap();
      this.counts.bytesRead += bytes;
      kept = this.failure === null && this.staging.length < 8;
      if (kept) this.staging.push(staging);
      return out;
    } finally {
      if (!kept) staging.destroy();
      this.pendingReads.delete(reject);
    }
  }

  private async mapped(staging: GPUBuffer, size: number): Promise<void> {
    try {
      await this.watch.guard(() => staging.mapAsync(1, 0, size));
    } catch (cause) {
      // The device's own promise says why, a moment later.
      await new Promise((wake) => setTimeout(wake, 50));
      throw this.failure ?? lost("unknown", cause instanceof Error ? cause.message : String(cause));
    }
  }

  private stagingOf(bytes: number): GPUBuffer {
    const at = this.staging.findIndex((b) => b.size >= bytes && b.size <= bytes * 4 + 4096);
    if (at >= 0) return this.staging.splice(at, 1)[0]!;
    return this.createBuffer({ size: Math.max(256, bytes), usage: READ_USAGE, label: "read" });
  }

  private readonly createBuffer = (wanted: GPUBufferDescriptor): GPUBuffer =>
    this.watch.guard(() => this.device.createBuffer(wanted));

  private push(command: Command): void {
    this.queue.push(command);
    if (this.queue.length >= BATCH) this.drain();
    else if (!this.scheduled) {
      this.scheduled = true;
      queueMicrotask(() => {
        this.scheduled = false;
        if (this.failure === null) this.drain();
      });
    }
  }

  /** Encodes and submits commands in order, up to the first whose pipeline is not there; goes on when it is. */
  private drain(): void {
    if (this.waiting || this.failure) return;
    while (this.queue.length > 0) {
      const blocked = this.watch.guard(() => this.batch());
      if (this.failure || !blocked) continue;
      this.waiting = true;
      void blocked.ready.then(() => {
        this.waiting = false;
        if (blocked.error) this.fail(blocked.error);
        else this.drain();
      });
      return;
    }
    this.pool.trim();
  }

  /** Submits one command buffer; gives the pipeline that the next command waits for. */
  private batch(): Pipeline | null {
    const { device, queue } = this;
    const encoder = device.createCommandEncoder();
    let pass: GPUComputePassEncoder | null = null;
    let uniformAt = 0;
    let n = 0;
    let blocked: Pipeline | null = null;
    const done: (() => void)[] = [];
    /** Takes bytes along; their place, or -1 when there is no more room. */
    const bring = (data: Uint8Array): number => {
      const at = uniformAt;
      const end = at + Math.ceil(data.byteLength / UNIFORM_ALIGNMENT) * UNIFORM_ALIGNMENT;
      if (end > UNIFORM_BYTES) return -1;
      this.uniformData.set(data, at);
      uniformAt = end;
      return at;
    };
    const copy = (
      from: GPUBuffer,
      fromOffset: number,
      to: GPUBuffer,
      toOffset: number,
      bytes: number,
    ): void => {
      pass?.end();
      pass = null;
      encoder.copyBufferToBuffer(from, fromOffset, to, toOffset, bytes);
    };
    for (; n < queue.length; n++) {
      const command = queue[n]!;
      if (command.kind === "write") {
        const { buffer, offset, data } = command;
        if (n === 0) {
          device.queue.writeBuffer(buffer.gpu, offset, data);
          continue;
        }
        const at = bring(data);
        if (at < 0) break;
        copy(this.uniform, at, buffer.gpu, offset, data.byteLength);
        continue;
      }
      if (command.kind === "copy") {
        copy(command.from.gpu, command.fromOffset, command.to, command.toOffset, command.bytes);
        if (command.done) done.push(command.done);
        continue;
      }
      const { pipeline, params, groups } = command;
      if (pipeline.gpu === null) {
        blocked = pipeline;
        break;
      }
      const offsets: number[] = [];
      if (params) {
        const at = bring(new Uint8Array(params.buffer, params.byteOffset, params.byteLength));
        if (at < 0) break;
        offsets.push(at);
      }
      pass ??= encoder.beginComputePass();
      pass.setPipeline(pipeline.gpu);
      pass.setBindGroup(0, this.bind(command), offsets);
      pass.dispatchWorkgroups(groups[0], groups[1]);
      this.counts.dispatches++;
    }
    pass?.end();
    if (uniformAt > 0) device.queue.writeBuffer(this.uniform, 0, this.uniformData, 0, uniformAt);
    if (n > 0) {
      device.queue.submit([encoder.finish()]);
      this.counts.submits++;
    }
    queue.splice(0, n);
    this.submitted = this.given - queue.length;
    for (const d of done) d();
    return blocked;
  }

  private bind({ pipeline, buffers, params }: Dispatch): GPUBindGroup {
    return this.bindGroups.get({
      layout: pipeline.layout,
      uniformBytes: params ? Math.ceil(params.byteLength / 16) * 16 : 0,
      buffers,
    });
  }

  /** Ends everything that waits; later calls throw `error`. */
  private fail(error: IsoformError): void {
    if (this.failure) return;
    this.failure = error;
    this.queue.length = 0;
    for (const reject of this.pendingReads) reject(error);
    this.pendingReads.clear();
  }

  /** Ends the work; what waits is rejected. Nothing of it stays on a device that is not the backend's own. */
  dispose(): void {
    this.fail(lost("destroyed", "the backend was disposed"));
    this.watch.end();
    this.pool.dispose();
    for (const b of this.staging.splice(0)) b.destroy();
    this.uniform.destroy();
    if (this.own) this.device.destroy();
  }
}
