// A GPU without memory left, as the driver reports it: some time after the allocation, as an event on a device of the backend's
// own and in an error scope on one that is shared.
import { add, createRuntime, OutOfMemoryError, tensor } from "@isoform/core";
import { describe, expect, it } from "vitest";
import { webgpu } from "../index.js";
import { missingAdapter } from "../testing/adapter.js";
import { openDevice } from "./adapter.js";
import { Stream } from "./stream.js";

const missing = await missingAdapter();

/** What a driver reports; drivers in software get the process killed before they report anything. */
async function failure(): Promise<GPUError> {
  const { globals } = await import("webgpu");
  const Failure = Reflect.get(globals, "GPUOutOfMemoryError") as new (message: string) => GPUError;
  return new Failure("vkAllocateMemory");
}

describe.skipIf(missing !== null)("out of memory on the GPU", () => {
  it("rejects what is waited for, refuses what follows, and leaves new backends alone", async () => {
    const { device } = await openDevice(undefined);
    const error = await failure();
    const backend = webgpu({ device });
    const runtime = await createRuntime({ backends: [backend] });
    runtime.use();
    const x = add(tensor([1, 2]), 1);
    await x.data();
    const pop = device.popErrorScope.bind(device);
    device.popErrorScope = () => {
      void pop();
      return Promise.resolve(error);
    };
    const pending = add(x, 1).data();
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

  it("is an event on a device of the backend's own", async () => {
    const opened = await openDevice(undefined);
    const stream = new Stream(opened, 0);
    const report = async (): Promise<void> => {
      opened.device.dispatchEvent(Object.assign(new Event("uncapturederror"), { error: await failure() }));
    };
    stream.check();
    await report();
    expect(() => stream.check()).toThrow(OutOfMemoryError);
    stream.dispose();
  });
});
