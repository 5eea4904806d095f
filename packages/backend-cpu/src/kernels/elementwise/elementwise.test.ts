// binary, compare, where and cast against the reference backend: odd tails, empty and 0-d tensors, every layout.
import { DTYPES, type BinaryFn, type DType } from "@isoform/core";
import { describe, expect, it } from "vitest";
import { Samples } from "../../../test/against-reference.js";
import { difference, LAYOUTS, random } from "../../../test/harness.js";

const samples = new Samples();
const { duel, bench } = samples;

const SHAPES = [[], [1], [7], [64], [5, 3], [2, 3, 5], [3, 1, 4, 17], [9, 33], [0], [3, 0, 2], [2, 3, 4, 5]];

describe.each(LAYOUTS)("%s inputs", (layout) => {
  it("binary", () => {
    const fns: BinaryFn[] = ["add", "sub", "mul", "div", "max", "min", "rem", "pow"];
    for (const fn of fns) {
      for (const shape of SHAPES) {
        const a = samples.f32(shape, layout, 2, true);
        for (const b of [samples.f32(shape, "contiguous", 3, true), samples.f32(shape, layout, 4)]) {
          const [r] = duel.run("binary", [{ dtype: "float32", shape }], (out) => [fn, a, b, out!]);
          expect(difference(r!.got, r!.want), `${fn} ${shape.join()}`).toBeLessThanOrEqual(
            fn === "pow" ? 1e-7 : 0,
          );
        }
      }
    }
  });

  it("large inputs", () => {
    for (const shape of [
      [70, 66],
      [5, 30, 31],
    ]) {
      const [a, b] = [samples.f32(shape, layout, 2, true), samples.f32(shape, "contiguous", 3, true)];
      for (const inputs of [
        [a, b],
        [b, a],
        [a, a],
      ] as const) {
        const [r] = duel.run("binary", [{ dtype: "float32", shape }], (out) => ["sub", ...inputs, out!]);
        expect(r!.got).toEqual(r!.want);
      }
      const cond = samples.ints("bool", shape, layout, 5);
      const [chosen] = duel.run("where", [{ dtype: "float32", shape }], (out) => [cond, a, b, out!]);
      expect(chosen!.got).toEqual(chosen!.want);
    }
  });

  it("compare and where", () => {
    for (const dtype of ["float32", "int32", "uint32", "int8", "uint8", "bool", "int16", "uint16"] as const) {
      for (const shape of SHAPES) {
        const make = (seed: number) =>
          dtype === "float32"
            ? samples.f32(shape, layout, seed, true)
            : samples.ints(dtype, shape, layout, seed);
        const [a, b] = [make(1), make(2)];
        for (const fn of ["eq", "lt", "le"] as const) {
          const [r] = duel.run("compare", [{ dtype: "bool", shape }], (out) => [fn, a, b, out!]);
          expect(r!.got).toEqual(r!.want);
        }
        const cond = samples.ints("bool", shape, layout, 5);
        const [r] = duel.run("where", [{ dtype, shape }], (out) => [cond, a, b, out!]);
        expect(r!.got).toEqual(r!.want);
      }
    }
  });
});

describe("integer arithmetic", () => {
  it.each(["int8", "uint8", "int16", "uint16", "int32", "uint32"] as const)("%s", (dtype) => {
    const n = 60;
    const extreme = {
      int8: -128,
      uint8: 255,
      int16: -32768,
      uint16: 65535,
      int32: -(2 ** 31),
      uint32: 2 ** 32 - 1,
    }[dtype];
    const next = random(3);
    const a = bench.fill(dtype, [n], (i) => (i % 5 === 0 ? extreme : Math.floor(next() * 250)));
    const b = bench.fill(dtype, [n], (i) =>
      i % 4 === 0 ? 0 : i % 4 === 1 ? extreme : i % 4 === 2 ? -1 : Math.floor(next() * 40),
    );
    for (const fn of [
      "add",
      "sub",
      "mul",
      "div",
      "rem",
      "max",
      "min",
      "and",
      "or",
      "xor",
      "shl",
      "shr",
    ] as const) {
      const [r] = duel.run("binary", [{ dtype, shape: [n] }], (out) => [fn, a, b, out!]);
      expect(r!.got, fn).toEqual(r!.want);
    }
  });
});

describe("cast", () => {
  const halves = new Set<DType>(["float16", "bfloat16"]);
  it.each(DTYPES)("from %s to every dtype", (from) => {
    const sample = [
      0,
      1,
      -1,
      2.5,
      -2.5,
      127.9,
      128,
      255.5,
      300,
      -129,
      65504,
      65520,
      70000,
      1e-7,
      3e9,
      -3e9,
      1e19,
      NaN,
      Infinity,
      -Infinity,
    ];
    const source = bench.fill("float64", [sample.length], (i) => sample[i]!, "gapped");
    const x = bench.empty(from, [sample.length]);
    duel.reference.cast(source, x);
    for (const to of DTYPES) {
      const wide = (t: DType) => t === "float64" || t === "int64" || t === "uint64";
      if ((halves.has(from) && wide(to)) || (halves.has(to) && wide(from))) continue;
      const [r] = duel.run("cast", [{ dtype: to, shape: [sample.length] }], (out) => [x, out!]);
      expect(r!.got, to).toEqual(r!.want);
    }
  });
});
