// The life of a backend: options, a device that it shares with its owner, beginning and end in any order.
import { add, createRuntime, DeviceLostError, full, LifetimeError, tensor, withDevice } from "@isoform/core";
import { describe, expect, it } from "vitest";
import { webgpu, type WebGpuOptions } from "../index.js";
import { missingAdapter } from "../testing/adapter.js";
import { openDevice } from "./adapter.js";

const missing = await missingAdapter();
const sharedDevice = async (): Promise<GPUDevice> => (await openDevice(undefined)).device;
const later = (): Promise<void> => new Promise((wake) => setTimeout(wake, 100));

describe("options of webgpu", () => {
  it.each([
    [{ device: {} }, /webgpu: device is another object, not a GPUDevice/],
    [{ device: null }, /webgpu: device/],
    [{ powerPreference: "turbo" }, /powerPreference is "turbo", not "low-power" or "high-performance"/],
    [{ idleBytes: -1 }, /idleBytes is -1, not a number of bytes, 0 or more/],
    [{ idleBytes: Number.NaN }, /idleBytes is NaN/],
    [{ idleBytes: "1" }, /idleBytes is "1"/],
    [{ idleByte: 1 }, /did you mean `idleBytes`/],
  ])("%j are refused at once", (options, says) => {
    const make = (): unknown => Reflect.apply(webgpu, undefined, [options]);
    expect(make).toThrow(says);
    expect(make).toThrow(expect.objectContaining({ name: "ArgumentError" }));
  });

  it("may be left undefined", () => {
    const options: { [K in keyof WebGpuOptions]: undefined } = {
      powerPreference: undefined,
      idleBytes: undefined,
    };
    expect(() => Reflect.apply(webgpu, undefined, [options])).not.toThrow();
    expect(() => webgpu({ idleBytes: 0 })).not.toThrow();
  });
});

describe.skipIf(missing !== null)("a shared device", () => {
  it("goes on with the backend when its owner makes a mistake, which stays the owner's", async () => {
    const device = await sharedDevice();
    const heard: string[] = [];
    device.addEventListener("uncapturederror", (event) => {
      event.preventDefault();
      heard.push((event as GPUUncapturedErrorEvent).error.message);
    });
    const runtime = await createRuntime({ backends: [webgpu({ device })] });
    runtime.use();
    const x = full([3], 1);
    await x.data();
    device.createBuffer({ size: 16, usage: 0x1 | 0x80 });
    await later();
    expect([...(await add(x, 1).data())]).toEqual([2, 2, 2]);
    expect(heard).toHaveLength(1);
    runtime.dispose();
    device.destroy();
  });

  it("takes the backend along when a call of the backend fails", async () => {
    const device = await sharedDevice();
    const runtime = await createRuntime({ backends: [webgpu({ device })] });
    runtime.use();
    const make = device.createBuffer.bind(device);
    device.createBuffer = (wanted) => make({ ...wanted, usage: 0x1 | 0x80 });
    const x = full([3], 1);
    await later();
    await expect(x.data()).rejects.toMatchObject({ name: "DeviceLostError", code: "webgpu/driver-error" });
    runtime.dispose();
    device.destroy();
  });

  it("keeps no buffer and no listener of a backend that was disposed", async () => {
    const device = await sharedDevice();
    const there = new Set<GPUBuffer>();
    let made = 0;
    let listeners = 0;
    const make = device.createBuffer.bind(device);
    device.createBuffer = (wanted) => {
      const buffer = make(wanted);
      const destroy = buffer.destroy.bind(buffer);
      there.add(buffer);
      made++;
      buffer.destroy = () => {
        there.delete(buffer);
        return destroy();
      };
      return buffer;
    };
    const counting =
      (by: number, original: EventTarget["addEventListener"]): EventTarget["addEventListener"] =>
      (type, listener, options) => {
        listeners += by;
        original.call(device, type, listener, options);
      };
    device.addEventListener = counting(1, EventTarget.prototype.addEventListener);
    device.removeEventListener = counting(-1, EventTarget.prototype.removeEventListener);
    const runtime = await createRuntime({ backends: [webgpu({ device })] });
    runtime.use();
    const xs = Array.from({ length: 10 }, (_, i) => full([1000], i));
    await xs[0]!.data();
    const pending = add(xs[0]!, xs[1]!).data();
    runtime.dispose();
    await expect(pending).rejects.toBeInstanceOf(DeviceLostError);
    await later();
    expect(made).toBeGreaterThan(10);
    expect([there.size, listeners]).toEqual([0, 0]);

    const next = await createRuntime({ backends: [webgpu({ device })] });
    next.use();
    expect([...(await add(tensor([1, 2]), 1).data())]).toEqual([2, 3]);
    next.dispose();
    device.destroy();
  });

  it("that is lost already is refused by createRuntime", async () => {
    const device = await sharedDevice();
    device.destroy();
    const starting = createRuntime({ backends: [webgpu({ device })] });
    await expect(starting).rejects.toMatchObject({ name: "DeviceLostError", code: "webgpu/device-lost" });
  });

  it("that is lost after the start is refused by the next createRuntime", async () => {
    const device = await sharedDevice();
    const backend = webgpu({ device });
    await createRuntime({ backends: [backend] });
    device.destroy();
    await device.lost;
    await expect(createRuntime({ backends: [backend] })).rejects.toBeInstanceOf(DeviceLostError);
  });
});

describe.skipIf(missing !== null)("a backend that was disposed", () => {
  const refusal = {
    name: "LifetimeError",
    code: "webgpu/disposed",
    hint: expect.stringContaining("webgpu()"),
  };

  it("stays so when that happened while it started", async () => {
    const backend = webgpu();
    const starting = createRuntime({ backends: [backend] });
    backend.dispose?.();
    await expect(starting).rejects.toMatchObject(refusal);
    expect(() => backend.alloc(4)).toThrow(LifetimeError);
  });

  it("is refused by createRuntime, before and after it was started", async () => {
    const never = webgpu();
    never.dispose?.();
    await expect(createRuntime({ backends: [never] })).rejects.toMatchObject(refusal);
    const backend = webgpu();
    const runtime = await createRuntime({ backends: [backend] });
    runtime.dispose();
    runtime.dispose();
    await expect(createRuntime({ backends: [backend] })).rejects.toMatchObject(refusal);
    expect(() => withDevice(runtime.defaultDevice, () => full([2], 1))).toThrow(
      expect.objectContaining({ name: expect.stringMatching(/Error$/) }),
    );
  });
});
