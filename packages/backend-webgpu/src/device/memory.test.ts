// A GPU without memory left, as the driver reports it: an event, some time after the allocation.
import { createRuntime, OutOfMemoryError, tensor, add } from "@isoform/core";
import { describe, expect, it } from "vitest";
import { webgpu } from "../index.js";
import { missingAdapter } from "../testing/adapter.js";
import { openDevice } from "./adapter.js";

const missing = await missingAdapter();

/** The event that a driver's report becomes; drivers in software get the process killed before they report anything. */
async function report(device: GPUDevice): Promise<void> {
  const { globals } = await import("webgpu");
  const Failure = Reflect.get(globals, "GPUOutOfMemoryError") as new (message: string) => GPUError;
  const error = new Failure("vkAllocateMemory");
  device.dispatchEvent(Object.assign(new Event("uncapturederror"), { error }));
}

describe.skipIf(missing !== null)("out of memory on the GPU", () => {
  it("rejects what is waited for, refuses what follows, and leaves new backends alone", async () => {
    const { device } = await openDevice(undefined);
    const backend = webgpu({ device });
    const runtime = await createRuntime({ backends: [backend] });
    runtime.use();
    const x = add(tensor([1, 2]), 1);
    const pending = x.data();
    await report(device);
    await expect(pending).rejects.toThrow(OutOfMemoryError);
    await expect(pending).rejects.toMatchObject({
      code: "memory/out-of-memory",
      backend: "webgpu",
      hint: expect.stringContaining("smaller"),
    });
    expect(() => add(x, 1)).toThrow(OutOfMemoryError);
    runtime.dispose();
    device.destroy();

    const next = await createRuntime({ backends: [webgpu()] });
    next.use();
    expect([...(await add(tensor([1, 2]), 1).data())]).toEqual([2, 3]);
    next.dispose();
  });
});
