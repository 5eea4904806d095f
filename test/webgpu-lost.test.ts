// A GPU that goes away in the middle of a step: everything that waits is rejected with a typed error, and training goes on from
// the last checkpoint on a new device with the numbers of a run without interruption.
import { F, nn, optim, torch } from "@isoform/api-torch";
import { webgpu } from "@isoform/backend-webgpu";
import { findGpu } from "../packages/backend-webgpu/src/device/adapter.js";
import { missingAdapter } from "../packages/backend-webgpu/src/testing/adapter.js";
import {
  createRuntime,
  DeviceLostError,
  fromTypedArray,
  scope,
  type Tensor as CoreTensor,
} from "@isoform/core";
import { describe, expect, it } from "vitest";

const missing = await missingAdapter();
const STEPS = 20;
const EVERY = 4;

interface Training {
  readonly net: nn.Module<[x: torch.Tensor], torch.Tensor>;
  readonly optimizer: optim.AnyOptimizer;
}

/** Values of the parameters, and of Adam's moments. */
interface Checkpoint {
  readonly step: number;
  readonly net: ReadonlyMap<string, Float32Array>;
  readonly moments: readonly Readonly<Record<string, Float32Array | number>>[];
}

function make(): Training {
  torch.manualSeed(1);
  const net = nn.Sequential(nn.Linear(6, 16), nn.Tanh(), nn.Linear(16, 3));
  return { net, optimizer: optim.Adam(net.parameters(), { lr: 0.01 }) };
}

const batch = (step: number): [torch.Tensor, torch.Tensor] => [
  torch
    .fromTypedArray(Float32Array.from({ length: 48 }, (_, i) => Math.sin(i * 0.37 + 0.1 * step)))
    .reshape(8, 6),
  torch.fromTypedArray(Int32Array.from({ length: 8 }, (_, i) => i % 3)).long(),
];

/** One step; `middle` is called between the forward and the backward pass. */
function stepOf({ net, optimizer }: Training, step: number, middle?: () => void): torch.Tensor {
  return scope(() => {
    const [x, y] = batch(step);
    optimizer.zeroGrad();
    const loss = F.crossEntropy(net(x), y);
    middle?.();
    loss.backward();
    optimizer.step();
    return loss.detach();
  });
}

const valuesOf = async (t: CoreTensor): Promise<Float32Array> => Float32Array.from(await t.data(), Number);

async function save({ net, optimizer }: Training, step: number): Promise<Checkpoint> {
  const weights = new Map<string, Float32Array>();
  for (const [name, t] of net.stateDict()) weights.set(name, await valuesOf(t));
  const moments: Record<string, Float32Array | number>[] = [];
  for (const entries of Object.values(optimizer.stateDict().state)) {
    const own: Record<string, Float32Array | number> = {};
    for (const [name, v] of Object.entries(entries))
      own[name] = typeof v === "number" ? v : await valuesOf(v);
    moments.push(own);
  }
  return { step, net: weights, moments };
}

function restore({ net, optimizer }: Training, from: Checkpoint): void {
  scope(() => {
    const shapes = new Map([...net.stateDict()].map(([name, t]) => [name, t.shape]));
    const tensorOf = (data: Float32Array, shape: readonly number[]): CoreTensor =>
      fromTypedArray(data, { shape });
    net.loadStateDict(
      new Map([...from.net].map(([name, data]) => [name, tensorOf(data, shapes.get(name)!)])),
    );
    const params = [...net.parameters()];
    const state = from.moments.map((entries, i) =>
      Object.fromEntries(
        Object.entries(entries).map(([name, v]) => [
          name,
          typeof v === "number" ? v : tensorOf(v, params[i]!.shape),
        ]),
      ),
    );
    optimizer.loadStateDict({ ...optimizer.stateDict(), state: { ...state } });
  });
}

/** Runs `body` on a new GPU device. */
async function onDevice<T>(body: (device: GPUDevice) => Promise<T>): Promise<T> {
  const adapter = (await (await findGpu()).requestAdapter())!;
  const device = await adapter.requestDevice();
  const runtime = await createRuntime({ backends: [webgpu({ device })] });
  runtime.use();
  try {
    return await body(device);
  } finally {
    runtime.dispose();
    device.destroy();
  }
}

/** Trains from a checkpoint on; gives the losses from there, and the last weights. */
async function train(from: Checkpoint | null): Promise<{ losses: number[]; end: Checkpoint }> {
  return onDevice(async () => {
    const t = make();
    if (from) restore(t, from);
    const losses: number[] = [];
    for (let step = from?.step ?? 0; step < STEPS; step++) {
      const loss = stepOf(t, step);
      losses.push(Number(await loss.item()));
      loss.dispose();
    }
    return { losses, end: await save(t, STEPS) };
  });
}

/** Where in a step the device goes: before it, between its passes, before its values are read, while they are. */
const MOMENTS = ["before", "middle", "after", "reading"] as const;

/** Trains until the device is destroyed at one moment of one step; gives the last checkpoint and what the read said. */
async function interrupted(
  at: number,
  moment: (typeof MOMENTS)[number],
): Promise<{ last: Checkpoint | null; error: unknown; milliseconds: number }> {
  return onDevice(async (device) => {
    const t = make();
    let last: Checkpoint | null = null;
    let lostAt = 0;
    const destroy = (when: (typeof MOMENTS)[number], step: number): void => {
      if (step !== at || when !== moment) return;
      lostAt = performance.now();
      device.destroy();
    };
    for (let step = 0; step < STEPS; step++) {
      if (step % EVERY === 0 && step > 0) last = await save(t, step);
      destroy("before", step);
      try {
        const loss = stepOf(t, step, () => destroy("middle", step));
        destroy("after", step);
        const read = loss.item();
        destroy("reading", step);
        await read;
      } catch (error) {
        return { last, error, milliseconds: performance.now() - lostAt };
      }
    }
    throw new Error("the device was not missed");
  });
}

describe.skipIf(missing !== null)("a lost device", () => {
  it("rejects what waits, and training goes on from the checkpoint as if nothing had happened", async () => {
    const whole = await train(null);
    expect(whole.losses.at(-1)).toBeLessThan(whole.losses[0]!);
    for (let point = 0; point < 20; point++) {
      const { last, error, milliseconds } = await interrupted(point, MOMENTS[point % MOMENTS.length]!);
      expect(error, `point ${point}: ${String(error)}`).toBeInstanceOf(DeviceLostError);
      expect(milliseconds, `point ${point}`).toBeLessThan(1000);
      const again = await train(last);
      expect(again.losses, `point ${point}`).toEqual(whole.losses.slice(last?.step ?? 0));
      expect(again.end, `point ${point}`).toEqual(whole.end);
    }
  });

  it("rejects several reads at once, and refuses later calls", async () => {
    await onDevice(async (device) => {
      const x = torch.ones(4);
      const reads = [x.add(1).data(), x.add(2).data(), x.add(3).data()];
      device.destroy();
      const settled = await Promise.allSettled(reads);
      for (const r of settled) expect(r).toMatchObject({ reason: expect.any(DeviceLostError) });
      expect(() => x.add(1)).toThrow(DeviceLostError);
      await expect(x.data()).rejects.toBeInstanceOf(DeviceLostError);
    });
  });
});
