// The registry, device errors, and the handshake between two copies of core.
import { reference } from "@isoform/backend-reference";
import { afterEach, describe, expect, it, vi } from "vitest";
import {
  add,
  ambient,
  ArgumentError,
  createRuntime,
  currentDevice,
  DTypeError,
  full,
  LifetimeError,
  OutOfMemoryError,
  setBackend,
  UnsupportedOpError,
  withDevice,
} from "../index.js";

afterEach(() => {
  ambient.device = null;
});

describe("runtime", () => {
  it("names the missing backend and the nearest one", async () => {
    const runtime = await createRuntime({ backends: [reference()] });
    expect(() => runtime.device("referense")).toThrow(/did you mean "reference"/);
    expect(() => runtime.device("x")).toThrow(ArgumentError);
    expect(() => currentDevice()).toThrow(/setBackend/);
    await expect(createRuntime({ backends: [] })).rejects.toThrow(ArgumentError);
    await expect(createRuntime({ backends: [{ ...reference(), contract: 99 }] })).rejects.toThrow(
      /contract 99/,
    );
  });

  it("refuses to mix devices", async () => {
    const a = await setBackend(reference());
    const b = await setBackend({ ...reference(), name: "other" });
    const x = withDevice(a, () => full([2], 1));
    const y = withDevice(b, () => full([2], 1));
    expect(() => add(x, y)).toThrow(UnsupportedOpError);
    expect(() => add(x, y)).toThrow(/reference and other/);
  });

  it("gives typed errors for dtypes, memory and disposed devices", async () => {
    const limited = { ...reference(), capabilities: { syncRead: false, dtypes: ["float32" as const] } };
    delete limited.readSync;
    const device = await setBackend(limited);
    expect(() => full([2], 1, "int32")).toThrow(DTypeError);
    const t = full([2], 1);
    expect(() => t.dataSync()).toThrow(/await tensor.data\(\)/);
    expect([...(await t.data())]).toEqual([1, 1]);
    expect(() => full([2 ** 51], 1)).toThrow(OutOfMemoryError);
    device.dispose();
    expect(() => full([2], 1)).toThrow(LifetimeError);
  });

  it("releases the outputs of an op that fails", async () => {
    const backend = reference();
    const kernels = {
      ...backend.kernels,
      sort: () => {
        throw new RangeError("broken kernel");
      },
    };
    const device = await setBackend({ ...backend, kernels });
    const { sort } = await import("../index.js");
    const x = full([4], 1);
    expect(() => sort(x)).toThrow(RangeError);
    expect(device.memory().storages).toBe(1);
  });

  it("refuses a second copy of core", async () => {
    await createRuntime({ backends: [reference()] });
    vi.resetModules();
    const second = await import("../index.js");
    expect(second.ambient).not.toBe(ambient);
    await expect(second.createRuntime({ backends: [reference()] })).rejects.toThrow(
      /two copies of @isoform\/core/,
    );
    vi.resetModules();
  });
});
