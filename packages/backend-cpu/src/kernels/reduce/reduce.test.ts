// reduce, argReduce and cumulative against the reference backend: odd tails, empty and 0-d tensors, every layout.
import type { ReduceKind } from "@isoform/core";
import { describe, expect, it } from "vitest";
import { Samples } from "../../../test/against-reference.js";
import { difference, LAYOUTS, random, everything } from "../../../test/harness.js";
import { EagerEngine, type Call } from "../../engine.js";

const samples = new Samples();
const { duel } = samples;

const without = (shape: readonly number[], axes: readonly number[]) =>
  shape.filter((_, i) => !axes.includes(i));

describe.each(LAYOUTS)("%s inputs", (layout) => {
  it("reduce", () => {
    for (const kind of ["sum", "prod", "max", "min"] as const) {
      for (const [shape, axes] of [
        [[], []],
        [[7], [0]],
        [[5, 3], [0]],
        [[5, 3], [1]],
        [[5, 40], [0]],
        [[70, 37], [0]],
        [[3, 1100], [1]],
        [
          [2, 3, 5],
          [0, 2],
        ],
        [[2, 3, 5], [1]],
        [
          [2, 3, 4, 5],
          [0, 2, 3],
        ],
        [
          [2, 3, 4, 5],
          [0, 2],
        ],
        [
          [2, 3, 2, 3, 2],
          [0, 2, 4],
        ],
        [[3, 0, 2], [1]],
        [[3, 0, 2], [0]],
        [[4, 6], []],
        [
          [2, 3, 4],
          [0, 1, 2],
        ],
      ] as const) {
        const x = samples.f32(shape, layout, 7);
        const [r] = duel.run("reduce", [{ dtype: "float32", shape: without(shape, axes) }], (out) => [
          kind,
          x,
          out!,
          axes,
        ]);
        expect(difference(r!.got, r!.want), `${kind} ${shape.join()} over ${axes.join()}`).toBeLessThan(2e-6);
      }
    }
  });

  it("argReduce and cumulative", () => {
    for (const [shape, axis] of [
      [[9], 0],
      [[5, 3], 0],
      [[5, 3], 1],
      [[2, 3, 5], 1],
      [[2, 1, 5], 1],
      [[4, 3, 23], 1],
      [[0, 3], 1],
    ] as const) {
      const x = samples.f32(shape, layout, 3, true);
      for (const kind of ["max", "min"] as const) {
        const [r] = duel.run("argReduce", [{ dtype: "int64", shape: without(shape, [axis]) }], (out) => [
          kind,
          x,
          out!,
          axis,
        ]);
        expect(r!.got).toEqual(r!.want);
      }
      for (const kind of ["sum", "prod", "max", "min"] as const) {
        for (const [exclusive, reverse] of [
          [false, false],
          [true, false],
          [false, true],
          [true, true],
        ] as const) {
          const attrs = { axis, exclusive, reverse };
          const [r] = duel.run("cumulative", [{ dtype: "float32", shape }], (out) => [kind, x, out!, attrs]);
          expect(difference(r!.got, r!.want)).toBe(0);
        }
      }
    }
  });
});

describe("NaN", () => {
  it.each(["max", "min"] as const)("wins in %s along rows and columns", (kind) => {
    for (const [shape, axes] of [
      [[70, 37], [0]],
      [[37, 70], [1]],
      [
        [6, 5, 40],
        [0, 1],
      ],
    ] as const) {
      const x = samples.f32(shape, "contiguous", 4, true);
      const out = [{ dtype: "float32", shape: without(shape, axes) }] as const;
      const [r] = duel.run("reduce", out, (o) => [kind, x, o!, axes]);
      expect(r!.want.some(Number.isNaN)).toBe(true);
      expect(r!.got).toEqual(r!.want);
    }
  });
});

/** Runs calls that are cut for several threads one after the other, backwards. */
class Cutting extends EagerEngine {
  cuts = 0;
  override get threads(): number {
    return 4;
  }
  override parallel(calls: readonly Call[]): void {
    this.cuts += calls.length - 1;
    for (const call of calls.toReversed()) super.parallel([call]);
  }
}

describe("several threads", () => {
  it("give the same bits, for rows, columns and one total", () => {
    const cutting = new Cutting(2 ** 28);
    const engines = [new EagerEngine(2 ** 28), cutting];
    for (const [shape, axes] of [
      [[301, 333], [0]],
      [[301, 333], [1]],
      [[333, 20_011], [0]],
      [
        [301, 333],
        [0, 1],
      ],
    ] as const) {
      const next = random(5);
      const data = Float32Array.from({ length: shape[0] * shape[1] }, () => next() * 4 - 2);
      for (const kind of ["sum", "max"] as const) {
        const [whole, parts] = engines.map((engine) => {
          const kernels = everything(engine).native;
          const x = engine.heap.alloc(data.byteLength);
          engine.heap.f32.set(data, x / 4);
          const kept = without(shape, axes);
          const n = kept.reduce((a, b) => a * b, 1);
          const out = engine.heap.alloc(n * 4);
          const view = { dtype: "float32", offset: 0 } as const;
          kernels.reduce(
            kind,
            { ...view, buffer: x, shape, strides: [shape[1], 1] },
            { ...view, buffer: out, shape: kept, strides: kept.map(() => 1) },
            axes,
          );
          return engine.heap.f32.slice(out / 4, out / 4 + n);
        });
        expect(parts, `${kind} ${shape.join()} over ${axes.join()}`).toEqual(whole);
      }
    }
    expect(cutting.cuts).toBeGreaterThan(8);
  });
});

describe("accuracy", () => {
  it("sums a million elements to float32 precision", () => {
    const x = samples.f32([1 << 20], "contiguous", 11);
    for (const kind of ["sum", "max"] satisfies ReduceKind[]) {
      const [r] = duel.run("reduce", [{ dtype: "float32", shape: [] }], (out) => [kind, x, out!, [0]]);
      expect(difference(r!.got, r!.want)).toBeLessThan(2e-6);
    }
  });
});
