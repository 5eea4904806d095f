import { describe, expect, it } from "vitest";
import { ArgumentError } from "../errors.js";
import { Philox4x32 } from "./philox.js";
import type { PhiloxCounter, PhiloxKey } from "./philox.js";

const ONES = 0xffffffff;
// Known answers published with Random123 (kat_vectors, philox4x32, 10 rounds): counter, key, block.
const KNOWN: readonly (readonly [PhiloxCounter, PhiloxKey, readonly number[]])[] = [
  [
    [0, 0, 0, 0],
    [0, 0],
    [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8],
  ],
  [
    [ONES, ONES, ONES, ONES],
    [ONES, ONES],
    [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
  ],
  [
    [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
    [0xa4093822, 0x299f31d0],
    [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
  ],
];

describe("Philox4x32", () => {
  it("gives the published blocks", () => {
    for (const [counter, key, block] of KNOWN) {
      expect(Array.from(Philox4x32.fill(key, counter, new Uint32Array(4)))).toEqual(block);
    }
  });

  it("makes any part of the stream alone", () => {
    const key: PhiloxKey = [11, 22];
    const start: PhiloxCounter = [ONES - 2, ONES, ONES, 5];
    const whole = Philox4x32.fill(key, start, new Uint32Array(43));
    for (const block of [0, 1, 2, 3, 7, 10]) {
      const generator = new Philox4x32(key, start);
      generator.skip(block);
      const part = generator.fill(new Uint32Array(3));
      expect(Array.from(part)).toEqual(Array.from(whole.subarray(4 * block, 4 * block + 3)));
    }
  });

  it("carries the counter through all four words", () => {
    const generator = new Philox4x32([0, 0], [ONES, ONES, ONES, ONES]);
    generator.fill(new Uint32Array(5));
    expect(generator.counter).toEqual([1, 0, 0, 0]);
    generator.skip(2 ** 40 + 3);
    expect(generator.counter).toEqual([4, 256, 0, 0]);
  });

  it("continues from where the clone was taken", () => {
    const generator = new Philox4x32([1, 2]);
    generator.fill(new Uint32Array(9));
    const copy = generator.clone();
    expect(copy.fill(new Uint32Array(8))).toEqual(generator.fill(new Uint32Array(8)));
  });

  it("refuses keys and counters of the wrong form", () => {
    expect(() => new Philox4x32([0.5, 1])).toThrow(ArgumentError);
    expect(() => new Philox4x32([0, 1]).skip(-1)).toThrow(ArgumentError);
  });
});
