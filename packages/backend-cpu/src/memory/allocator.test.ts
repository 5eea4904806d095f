// The allocator: no overlap, alignment, merging, exhaustion; and the heap's growth.
import { OutOfMemoryError } from "@isoform/core";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Allocator, BLOCK_ALIGN, blockBytes } from "./allocator.js";
import { Heap, RESERVED_BYTES } from "./heap.js";

describe("size classes", () => {
  it("round up by at most an eighth, in whole cache lines", () => {
    for (let bytes = 0; bytes < 70_000; bytes += 61) {
      const block = blockBytes(bytes);
      expect(block % BLOCK_ALIGN).toBe(0);
      expect(block).toBeGreaterThanOrEqual(Math.max(bytes, BLOCK_ALIGN));
      expect(block).toBeLessThanOrEqual(Math.max(BLOCK_ALIGN, bytes * 1.125 + BLOCK_ALIGN));
    }
    expect(blockBytes(2 ** 32 - 2 ** 17)).toBeGreaterThanOrEqual(2 ** 32 - 2 ** 17);
  });
});

describe("allocator", () => {
  it("never hands out overlapping or unaligned memory, and reuses all of it", () => {
    const step = fc.record({
      bytes: fc.oneof(fc.nat(300), fc.nat(50_000)),
      free: fc.boolean(),
      which: fc.nat(),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const limit = 1 << 20;
        const allocator = new Allocator(64, 4096, (end) => (end <= limit ? Math.min(limit, end * 2) : 4096));
        const live: { address: number; bytes: number }[] = [];
        for (const { bytes, free, which } of steps) {
          if (free && live.length > 0) {
            const [block] = live.splice(which % live.length, 1);
            allocator.free(block!.address, block!.bytes);
            continue;
          }
          const address = allocator.alloc(bytes);
          if (address < 0) continue;
          expect(address % BLOCK_ALIGN).toBe(0);
          expect(address + blockBytes(bytes)).toBeLessThanOrEqual(limit);
          for (const other of live) {
            const apart =
              address + blockBytes(bytes) <= other.address ||
              other.address + blockBytes(other.bytes) <= address;
            expect(apart).toBe(true);
          }
          live.push({ address, bytes });
          const { live: used, free: unused, top } = allocator.stats();
          expect(used).toBe(live.reduce((sum, b) => sum + blockBytes(b.bytes), 0));
          expect(used + unused).toBe(top - 64);
        }
        for (const { address, bytes } of live) allocator.free(address, bytes);
        expect(allocator.stats()).toMatchObject({ live: 0, blocks: 0 });
        expect(allocator.alloc(limit / 2)).toBeGreaterThan(0);
      }),
      { numRuns: 60 },
    );
  });

  it("merges neighbours instead of growing without end", () => {
    let committed = 1 << 16;
    const allocator = new Allocator(0, committed, (end) => (committed = Math.max(committed, end)));
    for (let round = 0; round < 50; round++) {
      const blocks = Array.from({ length: 64 }, () => allocator.alloc(16_000 + round * 64));
      for (const address of blocks) allocator.free(address, 16_000 + round * 64);
    }
    expect(committed).toBeLessThan(4 * 64 * 20_000);
  });
});

describe("heap", () => {
  it("keeps contents over growth and renews its views", () => {
    const heap = new Heap(2 ** 28);
    const first = heap.alloc(100);
    heap.f32[first / 4] = 42;
    const before = heap.u8;
    const big = heap.alloc(64 << 20);
    expect(before.length).toBe(0);
    expect(heap.u8.length).toBeGreaterThanOrEqual(big + (64 << 20));
    expect(heap.f32[first / 4]).toBe(42);
    expect(first).toBeGreaterThanOrEqual(RESERVED_BYTES);
  });

  it("throws a typed error at the limit and goes on working", () => {
    const heap = new Heap(1 << 20);
    const address = heap.alloc(300_000);
    expect(() => heap.alloc(900_000)).toThrow(OutOfMemoryError);
    expect(() => heap.alloc(2 ** 40)).toThrow(/in use, of 1048576/);
    heap.free(address, 300_000);
    expect(heap.alloc(900_000)).toBeGreaterThan(0);
  });
});
