import { describe, expect, it } from "vitest";
import { ArgumentError } from "../errors.js";
import { MT19937 } from "./mt19937.js";

const draws = (engine: MT19937, n: number) => Array.from({ length: n }, () => engine.next32());

describe("MT19937", () => {
  // First lines of mt19937ar.out, published with the reference program.
  it("gives the published numbers after init_by_array", () => {
    const engine = new MT19937();
    engine.seedByArray([0x123, 0x234, 0x345, 0x456]);
    expect(draws(engine, 10)).toEqual([
      1067595299, 955945823, 477289528, 4107218783, 4228976476, 3344332714, 3355579695, 227628506, 810200273,
      2591290167,
    ]);
  });

  // ISO C++ [rand.predef]: the 10000th draw of a default std::mt19937 is 4123659995.
  it("gives the 10000th draw the C++ standard requires", () => {
    const engine = new MT19937();
    expect(draws(engine, 3)).toEqual([3499211612, 581869302, 3890346734]);
    draws(engine, 9996);
    expect(engine.next32()).toBe(4123659995);
  });

  it("fills in bulk what it draws one by one", () => {
    const one = new MT19937(7);
    const many = one.clone().fill(new Uint32Array(2000));
    expect(Array.from(many)).toEqual(draws(one, 2000));
  });

  it("uses the low 32 bits of the seed", () => {
    expect(new MT19937(2 ** 40 + 9).next32()).toBe(new MT19937(9).next32());
    expect(new MT19937(-1).next32()).toBe(new MT19937(2 ** 32 - 1).next32());
  });

  it("continues from a saved state and leaves the copy alone", () => {
    for (const used of [0, 1, 623, 624, 625]) {
      const engine = new MT19937(3);
      draws(engine, used);
      const state = engine.getState();
      const expected = draws(engine, 700);
      const other = new MT19937();
      other.setState(state);
      expect(draws(other, 700)).toEqual(expected);
    }
  });

  it("refuses bad seeds and states", () => {
    expect(() => new MT19937(0.5)).toThrow(ArgumentError);
    expect(() => new MT19937().seedByArray([])).toThrow(ArgumentError);
    expect(() => new MT19937().setState({ key: new Uint32Array(3), position: 0 })).toThrow(ArgumentError);
    expect(() => new MT19937().setState({ key: new Uint32Array(624), position: 625 })).toThrow(ArgumentError);
  });
});
