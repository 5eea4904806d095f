// The buffer pool: size classes, which buffer is handed out, which are destroyed.
import { describe, expect, it } from "vitest";
import { BufferPool, sizeClass } from "./buffers.js";

describe("sizeClass", () => {
  it("is 16 or a multiple of 256, holds the bytes and wastes less than a third", () => {
    for (let bytes = 0; bytes < 1e9; bytes = Math.ceil(bytes * 1.37) + 1) {
      const size = sizeClass(bytes);
      if (bytes <= 16) expect(size, String(bytes)).toBe(16);
      else expect(size % 256, String(bytes)).toBe(0);
      expect(size, String(bytes)).toBeGreaterThanOrEqual(bytes);
      if (bytes > 1024) expect(size / bytes, String(bytes)).toBeLessThan(1.34);
    }
  });

  it("has few classes", () => {
    const classes = new Set<number>();
    for (let bytes = 1; bytes < 2 ** 24; bytes += 997) classes.add(sizeClass(bytes));
    expect(classes.size).toBeLessThan(70);
  });
});

describe("BufferPool", () => {
  const destroyed: string[] = [];
  let made = 0;
  const limits = { maxBufferSize: 2 ** 28, maxStorageBufferBindingSize: 2 ** 27 } as GPUSupportedLimits;
  const createBuffer = ({ size }: GPUBufferDescriptor): GPUBuffer => {
    const label = String(made++);
    const buffer: Partial<GPUBuffer> = {
      size,
      label,
      destroy: () => {
        destroyed.push(label);
        return undefined;
      },
    };
    return buffer as GPUBuffer;
  };
  const pool = new BufferPool({ limits, createBuffer }, 2 ** 20);

  it("hands out the buffer made first, whatever the order in which they came back", () => {
    const buffers = Array.from({ length: 5 }, () => pool.alloc(1000));
    for (const i of [3, 0, 4, 1, 2]) pool.release(buffers[i]!);
    const again = Array.from({ length: 6 }, () => pool.alloc(900).gpu.label);
    expect(again).toEqual(["0", "1", "2", "3", "4", "5"]);
  });

  it("keeps single numbers apart and destroys those made last", () => {
    const buffers = [pool.alloc(4), pool.alloc(16), pool.alloc(17), pool.alloc(8)];
    expect(buffers.map((b) => b.gpu.size)).toEqual([16, 16, 256, 16]);
    for (const b of buffers) pool.release(b);
    pool.trim(16 + 256);
    expect(destroyed).toEqual([buffers[3]!.gpu.label, buffers[1]!.gpu.label]);
    expect(pool.stats.idleBytes).toBe(16 + 256);
  });
});
