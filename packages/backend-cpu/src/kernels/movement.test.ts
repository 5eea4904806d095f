// copy, fill, iota, randomBits, gather, scatter and sort against the reference backend: odd tails, empty and 0-d tensors, every layout.
import { DTYPES } from "@isoform/core";
import { describe, expect, it } from "vitest";
import { Samples } from "../../test/against-reference.js";
import { difference, LAYOUTS, random } from "../../test/harness.js";

const samples = new Samples();
const { duel, bench } = samples;

const SHAPES = [[], [1], [7], [64], [5, 3], [2, 3, 5], [3, 1, 4, 17], [9, 33], [0], [3, 0, 2], [2, 3, 4, 5]];
const SPECIAL = [NaN, Infinity, -Infinity, 0, -0, 1e-40, 3e38];

describe.each(LAYOUTS)("%s inputs", (layout) => {
  it("copy of every item size", () => {
    for (const dtype of ["uint8", "float16", "float32", "float64", "int64"] as const) {
      for (const shape of [...SHAPES, [40, 50], [2, 19, 21], [3, 16, 16, 2]]) {
        const x = bench.fill(dtype, shape, (i) => i % 251, layout);
        const [r] = duel.run("copy", [{ dtype, shape }], (out) => [x, out!]);
        expect(r!.got).toEqual(r!.want);
      }
    }
  });

  it("gather and scatter", () => {
    for (const [shape, axis, count] of [
      [[7], 0, 5],
      [[4, 3], 0, 6],
      [[4, 3], 1, 2],
      [[2, 5, 19], 1, 4],
      [[2, 3, 4, 5], 2, 3],
      [[2, 3, 4], 2, 0],
    ] as const) {
      for (const type of ["int64", "int32", "uint8"] as const) {
        const low = type === "uint8" ? 0 : -1;
        const next = random(5);
        const indices = bench.fill(
          type,
          [count],
          () => low + Math.floor(next() * (shape[axis]! + 1 - low)),
          layout,
        );
        const shapeOut = shape.map((s, i) => (i === axis ? count : s));
        for (const dtype of ["float32", "int64", "uint8", "float16"] as const) {
          const x = bench.fill(dtype, shape, (i) => i % 100, layout);
          const [r] = duel.run("gather", [{ dtype, shape: shapeOut }], (out) => [x, indices, out!, axis]);
          expect(r!.got).toEqual(r!.want);
        }
        const x = samples.f32(shape, layout, 1);
        const updates = samples.f32(shapeOut, layout, 2);
        for (const mode of ["set", "add", "mul", "max", "min"] as const) {
          const [r] = duel.run("scatter", [{ dtype: "float32", shape }], (out) => [
            mode,
            x,
            indices,
            updates,
            out!,
            axis,
          ]);
          expect(difference(r!.got, r!.want)).toBeLessThan(1e-6);
        }
      }
    }
  });

  it("sort", () => {
    for (const [shape, axis] of [
      [[9], 0],
      [[5, 3], 0],
      [[2, 70], 1],
      [[300], 0],
      [[2, 3, 4], 1],
      [[0, 3], 1],
    ] as const) {
      const next = random(9);
      const x = bench.fill(
        "float32",
        shape,
        (i) => (i % 7 === 3 ? SPECIAL[i % 5]! : Math.floor(next() * 20) - 10),
        layout,
      );
      for (const descending of [false, true]) {
        const out = [
          { dtype: "float32", shape },
          { dtype: "int64", shape },
        ] as const;
        const [v, i] = duel.run("sort", out, (a, b) => [x, a!, b!, { axis, descending }]);
        expect(i!.got).toEqual(i!.want);
        expect(v!.got).toEqual(v!.want);
      }
    }
  });
});

describe("sources", () => {
  it("fill, also of strided parts", () => {
    for (const dtype of DTYPES) {
      for (const value of [0, 1, -3.7, 300, NaN, Infinity, 5n]) {
        const strided = (v: { buffer: number }) => ({
          buffer: v.buffer,
          dtype,
          shape: [3, 4],
          strides: [10, 2],
          offset: 1,
        });
        const whole = [{ dtype, shape: [30] }];
        const [r] = duel.run("fill", whole, (out) => [strided(out!), value]);
        expect(r!.got).toEqual(r!.want);
        const [dense] = duel.run("fill", whole, (out) => [out!, value]);
        expect(dense!.got).toEqual(dense!.want);
      }
    }
  });
  it("copy into a part", () => {
    const x = samples.f32([4, 5], "contiguous");
    const part = (v: { buffer: number }) => ({
      buffer: v.buffer,
      dtype: "float32" as const,
      shape: [4, 5],
      strides: [-16, 2],
      offset: 50,
    });
    const [r] = duel.run("copy", [{ dtype: "float32", shape: [80] }], (out) => [x, part(out!)]);
    expect(r!.got).toEqual(r!.want);
  });
  it("iota", () => {
    for (const dtype of ["float32", "float64", "int32", "int64", "uint8"] as const) {
      for (const axis of [0, 1, 2]) {
        const [r] = duel.run("iota", [{ dtype, shape: [3, 4, 5] }], (out) => [out!, axis]);
        expect(r!.got).toEqual(r!.want);
      }
    }
  });
  it("randomBits", () => {
    for (const [n, counter] of [
      [1, 0],
      [16, 5],
      [103, 0xffffffff],
      [40, 0xfffffffe],
    ] as const) {
      const key = bench.fill("uint32", [4], (i) => [0xdeadbeef, 7, counter, 0xffffffff][i]!, "reversed");
      const [r] = duel.run("randomBits", [{ dtype: "uint32", shape: [n] }], (out) => [key, out!]);
      expect(r!.got).toEqual(r!.want);
    }
  });
});
