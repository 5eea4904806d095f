// Bind groups are found again: a program that repeats itself makes none after its first rounds, and few are kept.
import { add, createRuntime, exp, mul, scope, sum, tensor, type Tensor } from "@isoform/core";
import { describe, expect, it } from "vitest";
import { webgpu } from "../index.js";
import { missingAdapter } from "../testing/adapter.js";
import { openDevice } from "./adapter.js";
import { BindGroupCache } from "./bind-groups.js";
import type { GpuBuffer } from "./buffers.js";
import type { BindingLayout } from "./pipelines.js";

const missing = await missingAdapter();

describe.skipIf(missing !== null)("bind groups", () => {
  it("are made in the first rounds of a loop only", async () => {
    const { device } = await openDevice(undefined);
    let made = 0;
    const create = device.createBindGroup.bind(device);
    device.createBindGroup = (descriptor) => {
      made++;
      return create(descriptor);
    };
    const runtime = await createRuntime({ backends: [webgpu({ device })] });
    runtime.use();
    let state: Tensor = tensor(Float32Array.from({ length: 300 }, (_, i) => i / 300));
    const round = async (): Promise<void> => {
      const [next, total] = scope(() => {
        const grown = add(mul(exp(mul(state, 0.5)), 0.5), 0.25);
        return [grown, sum(mul(grown, grown))];
      });
      state.dispose();
      state = next!;
      await total!.data();
      total!.dispose();
    };
    for (let i = 0; i < 5; i++) await round();
    const first = made;
    for (let i = 0; i < 20; i++) await round();
    expect(first).toBeGreaterThan(4);
    expect(made).toBe(first);
    runtime.dispose();
    device.destroy();
  });
});

describe("the cache of bind groups", () => {
  it("knows buffers, layouts and parameters apart and keeps a bounded number", () => {
    let made = 0;
    const device = { createBindGroup: () => ({ label: String(made++) }) as GPUBindGroup };
    const cache = new BindGroupCache(device, {} as GPUBuffer);
    const of = (key: string, uniformBytes: number, ...ids: number[]): string =>
      cache.get({
        layout: { key } as BindingLayout,
        uniformBytes,
        buffers: ids.map((id) => ({ id }) as GpuBuffer),
      }).label;
    const labels = [of("a", 0, 1, 2), of("b", 0, 1, 2), of("a", 16, 1, 2), of("a", 0, 2, 1), of("a", 0, 12)];
    expect(new Set(labels).size).toBe(5);
    expect(of("a", 0, 1, 2)).toBe(labels[0]);
    for (let id = 0; id < 20_000; id++) of("c", 0, id);
    expect(of("c", 0, 19_999)).toBe(String(made - 1));
    const before = made;
    of("a", 0, 1, 2);
    expect(made).toBe(before + 1);
  });
});
