// withFallback: what is missing runs on the other backend, in order, counted, with errors where they can be caught.
import { reference, type ReferenceBuffer } from "@isoform/backend-reference";
import { afterEach, describe, expect, it } from "vitest";
import {
  add,
  ambient,
  ArgumentError,
  compile,
  concat,
  createRuntime,
  DeviceLostError,
  exp,
  flip,
  KERNEL_FAMILIES,
  matmul,
  mul,
  neg,
  OutOfMemoryError,
  scope,
  setBackend,
  softmax,
  sort,
  sum,
  tensor,
  transpose,
  UnsupportedOpError,
  withFallback,
  type Backend,
  type Kernels,
  type PartialBackend,
} from "../index.js";

afterEach(() => {
  ambient.device = null;
});

type Buffer = ReferenceBuffer;

/** The reference backend without some families. */
function without(...families: readonly (keyof Kernels<Buffer>)[]): PartialBackend<Buffer> {
  const backend = reference({ poison: true });
  const kept = Object.entries(backend.kernels).filter(([f]) => !families.some((x) => x === f));
  return { ...backend, name: "partial", kernels: Object.fromEntries(kept) };
}

/** The same with reads that take a turn of the event loop, and none at once. */
function slow(partial: PartialBackend<Buffer>): PartialBackend<Buffer> {
  const { readSync: _, ...rest } = partial;
  return {
    ...rest,
    capabilities: { ...partial.capabilities, syncRead: false },
    read: async (buffer, at, bytes) => {
      const data = await partial.read(buffer, at, bytes);
      await new Promise((resolve) => setTimeout(resolve, 1));
      return data;
    },
  };
}

const numbers = async (t: { data(): Promise<ArrayLike<number | bigint>> }): Promise<number[]> =>
  Array.from(await t.data(), Number);

describe("a backend that reads synchronously", () => {
  it("has missing families computed at once, and counts them", async () => {
    const device = await setBackend(withFallback(without("matmul", "sort"), reference()));
    const a = tensor([1, 2, 3, 4], { shape: [2, 2] });
    expect([...matmul(a, transpose(a)).dataSync()]).toEqual([5, 11, 11, 25]);
    expect([...sort(tensor([3, 1, 2], { dtype: "int32" }))[0].dataSync()]).toEqual([1, 2, 3]);
    expect(device.fallbacks()).toEqual({ "matmul:float32": 1, "sort:int32": 1 });
  });

  it("writes only the strided part that copy and fill are given", async () => {
    await setBackend(withFallback(without("copy", "fill"), reference()));
    const rows = concat([tensor([[1], [2]]), tensor([[3], [4]])], 1);
    expect([...rows.dataSync()]).toEqual([1, 3, 2, 4]);
    const backwards = add(flip(tensor([1, 2, 3]), [0]), 0);
    expect([...backwards.dataSync()]).toEqual([3, 2, 1]);
  });

  it("takes an UnsupportedOpError of a kernel for a missing one, and lets other errors through", async () => {
    const partial = without();
    const kernels: Partial<Kernels<Buffer>> = {
      ...partial.kernels,
      unary: () => {
        throw new UnsupportedOpError("later", { code: "backend/not-written" });
      },
      reduce: () => {
        throw new OutOfMemoryError("full", { code: "memory/out-of-memory" });
      },
    };
    const device = await setBackend(withFallback({ ...partial, kernels }, reference()));
    expect([...neg(tensor([1, 2])).dataSync()]).toEqual([-1, -2]);
    expect(device.fallbacks()).toEqual({ "unary:float32": 1 });
    const x = tensor([1]);
    const before = device.memory().storages;
    expect(() => sum(x)).toThrow(OutOfMemoryError);
    expect(device.memory().storages).toBe(before);
  });

  it("runs a fused kernel that is refused as the reference's, or says that there is none", async () => {
    const refuse = {
      run: (): void => {
        throw new UnsupportedOpError("not fused", { code: "backend/not-written" });
      },
    };
    const partial = { ...without(), composites: { softmax: refuse } };
    const other: Backend<Buffer> = reference();
    const fused: Backend<Buffer> = {
      ...other,
      composites: { softmax: { run: (_, [x], [out]) => other.kernels.unary("neg", x!, out!) } },
    };
    const device = await setBackend(withFallback(partial, fused));
    expect([...softmax(tensor([1, 2])).dataSync()]).toEqual([-1, -2]);
    expect(device.fallbacks()).toEqual({ "softmax:float32": 1 });
    await setBackend(withFallback(partial, reference()));
    expect(() => softmax(tensor([1, 2]))).toThrow(/not fused/);
  });

  it("hands over contiguous inputs where the other backend wants them", async () => {
    const other: Backend<Buffer> = { ...reference(), contiguous: ["unary"] };
    const strict: Backend<Buffer> = {
      ...other,
      kernels: {
        ...other.kernels,
        unary: (fn, x, out) => {
          expect(x.strides).toEqual(out.strides);
          other.kernels.unary(fn, x, out);
        },
      },
    };
    await setBackend(withFallback(without("unary"), strict));
    const x = transpose(tensor([1, 2, 3, 4, 5, 6], { shape: [2, 3] }));
    expect([...neg(x).dataSync()]).toEqual([-1, -4, -2, -5, -3, -6]);
  });

  it("refuses a reference that cannot help", () => {
    const { readSync: _, ...blind } = reference();
    expect(() => withFallback(without(), blind)).toThrow(ArgumentError);
    const narrow = { ...reference(), capabilities: { syncRead: true, dtypes: ["float32" as const] } };
    expect(() => withFallback(without(), narrow)).toThrow(/has no bool/);
  });
});

describe("a backend that does not", () => {
  it("keeps the order of kernels, writes and frees around a fallback", async () => {
    const device = await setBackend(withFallback(slow(without("matmul", "unary")), reference()));
    const results = scope(() => {
      const a = tensor([1, 2, 3, 4], { shape: [2, 2] });
      const product = matmul(a, a);
      const after = add(mul(product, 2), neg(product));
      const second = matmul(after, a);
      // The temporaries are freed here, while all of it waits.
      return [after, sum(second)] as const;
    });
    expect(await numbers(results[0])).toEqual([7, 10, 15, 22]);
    expect(await numbers(results[1])).toEqual([7 + 30 + 14 + 40 + 15 + 66 + 30 + 88]);
    for (const t of results) t.dispose();
    expect(device.memory().storages).toBe(0);
    expect(device.fallbacks()).toEqual({ "matmul:float32": 2, "unary:float32": 1 });
  });

  it("keeps what was written, although the caller changes it afterwards", async () => {
    const device = await setBackend(withFallback(slow(without("unary")), reference()));
    const x = neg(tensor([1]));
    const { backend } = device;
    const b = backend.alloc(4);
    const data = new Uint8Array(Float32Array.of(5).buffer);
    backend.write(b, 0, data);
    data.fill(0);
    expect([...new Float32Array((await backend.read(b, 0, 4)).buffer)]).toEqual([5]);
    expect(await numbers(x)).toEqual([-1]);
    // The queue is empty again: this goes straight through.
    expect(await numbers(add(x, 1))).toEqual([0]);
  });

  it("lets errors in the queue reach the next read, and every read of what was not computed", async () => {
    const partial = slow(without("unary"));
    let full = true;
    const kernels: Partial<Kernels<Buffer>> = {
      ...partial.kernels,
      reduce: (...args) => {
        if (full) throw new OutOfMemoryError("full", { code: "memory/out-of-memory" });
        without().kernels.reduce!(...args);
      },
    };
    await setBackend(withFallback({ ...partial, kernels }, reference()));
    const good = neg(tensor([1, 2]));
    const bad = sum(good);
    const worse = mul(bad, 2);
    await expect(good.data()).rejects.toThrow(/reduce: full/);
    expect(await numbers(good)).toEqual([-1, -2]);
    await expect(worse.data()).rejects.toThrow(OutOfMemoryError);
    await expect(bad.data()).rejects.toThrow(OutOfMemoryError);
    full = false;
    bad.dispose();
    worse.dispose();
    expect(await numbers(sum(neg(good)))).toEqual([3]);
  });

  it("gives errors that are no Isoform errors a type", async () => {
    const partial = slow(without("unary"));
    const kernels: Partial<Kernels<Buffer>> = {
      ...partial.kernels,
      reduce: () => {
        throw new RangeError("past the end");
      },
    };
    await setBackend(withFallback({ ...partial, kernels }, reference()));
    await expect(sum(exp(tensor([1]))).data()).rejects.toThrow(DeviceLostError);
  });

  it("rejects reads that wait when it is disposed of", async () => {
    const device = await setBackend(withFallback(slow(without("unary")), reference()));
    const x = neg(tensor([1]));
    const first = x.data();
    const y = add(x, 1).data();
    device.dispose();
    await expect(first).rejects.toThrow(DeviceLostError);
    await expect(y).rejects.toThrow(DeviceLostError);
    await new Promise((resolve) => setTimeout(resolve, 5));
  });

  it("runs graphs op by op, so that compiled steps fall back too", async () => {
    const partial = slow(without("matmul"));
    const never = () => {
      throw new Error("compiled");
    };
    const backend = withFallback({ ...partial, compile: never }, reference());
    expect(backend.compile).toBeUndefined();
    const device = await setBackend(backend);
    const step = compile((x) => matmul(x, x));
    const x = tensor([2, 0, 0, 2], { shape: [2, 2] });
    for (let i = 0; i < 3; i++) expect(await numbers(step(x)[0]!)).toEqual([4, 0, 0, 4]);
    expect(step.info().notice).toBeNull();
    expect(device.fallbacks()).toEqual({ "matmul:float32": 3 });
  });
});

describe("a backend that lacks kernels", () => {
  it("is refused by name, with what helps", async () => {
    const lacking = { ...without("sort", "conv"), kernels: {} } as Backend<Buffer>;
    await expect(createRuntime({ backends: [lacking] })).rejects.toMatchObject({
      name: "ArgumentError",
      code: "runtime/missing-kernels",
      problem: `no kernels for ${KERNEL_FAMILIES.join()}`,
      hint: "use withFallback",
    });
  });

  it("and what is no backend at all too, with how to get one", async () => {
    const wrong = async (given: unknown): Promise<unknown> =>
      setBackend(given as Backend).catch((e: unknown) => e);
    expect(await wrong("webgpu")).toMatchObject({
      code: "runtime/no-backend",
      problem: '"webgpu" has no capabilities',
      hint: expect.stringMatching(/call `await setBackend\(cpu\(\)\)` first, with `import \{ cpu \}/),
    });
    expect(await wrong(reference)).toMatchObject({ problem: "a function has no capabilities" });
    expect(await wrong(undefined)).toMatchObject({ name: "ArgumentError" });
    const { contract: _, ...unversioned } = reference();
    expect(await wrong(unversioned)).toMatchObject({
      code: "runtime/contract-version",
      problem: "contract undefined, not 1",
      backend: "reference",
    });
    const { capabilities: __, ...mute } = reference();
    expect(await wrong(mute)).toMatchObject({
      problem: expect.stringMatching(/^\{"name":…,"contract":….{0,200}\} has no capabilities$/),
    });
  });
});
