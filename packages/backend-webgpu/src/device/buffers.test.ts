// Size classes of the buffer pool.
import { describe, expect, it } from "vitest";
import { sizeClass } from "./buffers.js";

describe("sizeClass", () => {
  it("is 16 or a multiple of 256, holds the bytes and wastes less than a third", () => {
    for (let bytes = 0; bytes < 1e9; bytes = Math.ceil(bytes * 1.37) + 1) {
      const size = sizeClass(bytes);
      expect(size % (bytes <= 16 ? 16 : 256), String(bytes)).toBe(0);
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
