// The backend as core sees it: memory, transfers, fallbacks and their counts, errors.
import {
  ArgumentError,
  BACKEND_CONTRACT,
  DTYPES,
  KERNEL_FAMILIES,
  OutOfMemoryError,
  type BufferView,
  type DType,
} from "@isoform/core";
import { describe, expect, it, vi } from "vitest";
import { cpu, cpuUnavailableReason } from "./index.js";

type View = BufferView<number>;

function setup() {
  const backend = cpu();
  const put = (dtype: DType, data: ArrayBufferView, shape: readonly number[]): View => {
    const buffer = backend.alloc(data.byteLength);
    backend.write(buffer, 0, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    const strides = shape.map((_, i) => shape.slice(i + 1).reduce((a, b) => a * b, 1));
    return { buffer, dtype, shape, strides, offset: 0 };
  };
  return { backend, put };
}

describe("cpu()", () => {
  it("follows the contract", () => {
    const { backend } = setup();
    expect(backend.contract).toBe(BACKEND_CONTRACT);
    expect(backend.capabilities.dtypes).toEqual(DTYPES);
    expect(Object.keys(backend.kernels).toSorted()).toEqual([...KERNEL_FAMILIES].toSorted());
  });

  it("writes and reads bytes at offsets", async () => {
    const { backend } = setup();
    const buffer = backend.alloc(16);
    backend.write(buffer, 4, new Uint8Array([1, 2, 3]));
    expect([...backend.readSync(buffer, 5, 2)]).toEqual([2, 3]);
    const copy = await backend.read(buffer, 4, 3);
    backend.write(buffer, 4, new Uint8Array([9]));
    expect([...copy]).toEqual([1, 2, 3]);
  });

  it("runs float32 natively and counts what it leaves to the reference", () => {
    const { backend, put } = setup();
    const a = put("float32", new Float32Array([1, 2, 3, 4]), [2, 2]);
    const out = put("float32", new Float32Array(4), [2, 2]);
    backend.kernels.matmul(a, a, out);
    expect([...new Float32Array(backend.readSync(out.buffer, 0, 16).buffer)]).toEqual([7, 10, 15, 22]);
    expect(backend.fallbacks()).toEqual({});
    const d = put("float64", new Float64Array([1, 2, 3, 4]), [2, 2]);
    const wide = put("float64", new Float64Array(4), [2, 2]);
    backend.kernels.matmul(d, d, wide);
    backend.kernels.matmul(d, d, wide);
    backend.kernels.unary("exp", d, wide);
    expect(new Float64Array(backend.readSync(wide.buffer, 0, 32).buffer)[1]).toBe(Math.exp(2));
    expect(backend.fallbacks()).toEqual({ "matmul:float64": 2, "unary:float64": 1 });
  });

  it("runs 64-bit elementwise functions and reductions natively, and falls back for products", () => {
    const { backend, put } = setup();
    const x = put("int64", new BigInt64Array([5n, -3n, 7n]), [3]);
    const out = put("int64", new BigInt64Array(3), [3]);
    const read = (address: number, n: number) => [
      ...new BigInt64Array(backend.readSync(address, 0, 8 * n).buffer),
    ];
    backend.kernels.binary("mul", x, x, out);
    expect(read(out.buffer, 3)).toEqual([25n, 9n, 49n]);
    const total = put("int64", new BigInt64Array(1), []);
    backend.kernels.reduce("sum", x, total, [0]);
    expect(read(total.buffer, 1)).toEqual([9n]);
    expect(backend.fallbacks()).toEqual({});
    backend.kernels.binary("pow", x, x, out);
    const square = { ...x, shape: [1, 3], strides: [3, 1] };
    backend.kernels.matmul(
      square,
      { ...x, shape: [3, 1], strides: [1, 1] },
      { ...total, shape: [1, 1], strides: [1, 1] },
    );
    expect(read(total.buffer, 1)).toEqual([83n]);
    expect(backend.fallbacks()).toEqual({ "binary:int64": 1, "matmul:int64": 1 });
  });

  it("survives growth of its memory between calls", () => {
    const { backend, put } = setup();
    const x = put("float32", new Float32Array([1, 2]), [2]);
    const big = backend.alloc(100 << 20);
    const y = put("float32", new Float32Array(2), [2]);
    backend.kernels.binary("add", x, x, y);
    const wide = put("float64", new Float64Array(2), [2]);
    backend.kernels.cast(y, wide);
    expect([...new Float64Array(backend.readSync(wide.buffer, 0, 16).buffer)]).toEqual([2, 4]);
    backend.free(big, 100 << 20);
  });

  it("gives all memory back", () => {
    const { backend } = setup();
    const before = backend.memory().live;
    const blocks = [0, 1, 63, 64, 65, 5000, 1 << 20].map((bytes) => [backend.alloc(bytes), bytes] as const);
    for (const [address, bytes] of blocks) backend.free(address, bytes);
    expect(backend.memory().live).toBe(before);
  });

  it("gives scratch memory back when a kernel runs out of it, and goes on working", () => {
    const backend = cpu({ maxMemory: 1 << 20 });
    const view = (shape: readonly number[]): View => ({
      buffer: backend.alloc(shape.reduce((a, b) => a * b, 4)),
      dtype: "float32",
      shape,
      strides: shape.map((_, i) => shape.slice(i + 1).reduce((a, b) => a * b, 1)),
      offset: 0,
    });
    const [x, w, out] = [view([1, 4, 100, 100]), view([64, 4, 3, 3]), view([1, 64, 50, 50])];
    const attrs = {
      strides: [2, 2],
      padding: [
        [1, 0],
        [1, 0],
      ],
      lhsDilation: [1, 1],
      rhsDilation: [1, 1],
      groups: 1,
    } as const;
    const { live } = backend.memory();
    expect(() => backend.kernels.conv(x, w, out, attrs)).toThrow(OutOfMemoryError);
    expect(backend.memory().live).toBe(live);
    backend.kernels.fill(x, 2);
    expect(new Float32Array(backend.readSync(x.buffer, 0, 4).buffer)[0]).toBe(2);
  });

  it("runs where WebAssembly SIMD is", () => {
    expect(cpuUnavailableReason()).toBeNull();
  });

  it("names unknown options and its memory limit", () => {
    const typo: object = { maxMemroy: 5 };
    expect(() => cpu(typo)).toThrow(ArgumentError);
    expect(() => cpu({ maxMemory: 1 << 20 }).alloc(1 << 21)).toThrow(OutOfMemoryError);
  });

  it("refuses option values that it cannot have", () => {
    for (const maxMemory of [NaN, -1, 0])
      expect(() => cpu({ maxMemory })).toThrow(
        expect.objectContaining({ name: "ArgumentError", code: "argument/out-of-range" }),
      );
    const text: object = { maxMemory: "1 GiB" };
    expect(() => cpu(text)).toThrow(ArgumentError);
    const word: object = { relaxedSimd: "no" };
    expect(() => cpu(word)).toThrow(ArgumentError);
  });

  it("turns relaxed SIMD on where the engine has it behind a flag, only when asked", () => {
    const there = cpu().relaxedSimd;
    expect(cpu({ relaxedSimd: false }).relaxedSimd).toBe(false);
    expect(cpu().relaxedSimd).toBe(there);
    expect(cpu({ relaxedSimd: "enable" }).relaxedSimd).toBe(true);
  });

  it("says when the page's policy forbids WebAssembly", () => {
    const real = Reflect.get(globalThis, "WebAssembly") as object;
    const refuse = function Module(): void {
      throw new Error("violates the Content Security Policy");
    };
    const stub: unknown = Object.create(real, { Module: { value: refuse } });
    vi.stubGlobal("WebAssembly", stub);
    try {
      expect(cpuUnavailableReason()).toContain("violates the Content Security Policy");
      expect(() => cpu()).toThrow(
        expect.objectContaining({
          name: "UnsupportedOpError",
          code: "backend/unavailable",
          hint: expect.stringContaining("wasm-unsafe-eval"),
        }),
      );
    } finally {
      vi.unstubAllGlobals();
    }
  });
});
