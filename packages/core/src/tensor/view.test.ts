// Views against naive index arithmetic, on random shapes and chains of view operations.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  broadcastShapes,
  broadcastView,
  flipView,
  isContiguous,
  reshapeView,
  rowMajor,
  sizeOf,
  sliceView,
  transposeView,
  type View,
} from "./view.js";

/** The storage places of a view's elements in row-major order. */
function places(view: View): number[] {
  let out = [view.offset];
  view.shape.forEach((n, axis) => {
    out = out.flatMap((p) => Array.from({ length: n }, (_, i) => p + i * view.strides[axis]!));
  });
  return out;
}

const dense = (shape: readonly number[]): View => ({ shape, strides: rowMajor(shape), offset: 0 });
const shapes = fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 4 });

/** A view made by a random chain of transposes, slices, flips and broadcasts. */
const views = fc
  .tuple(shapes, fc.array(fc.tuple(fc.nat(3), fc.nat(), fc.nat(), fc.nat()), { maxLength: 4 }))
  .map(([shape, steps]) => {
    let view = dense(shape);
    for (const [kind, a, b, c] of steps) {
      const rank = view.shape.length;
      if (rank === 0) continue;
      const axis = a % rank;
      if (kind === 0) {
        const perm = view.shape.map((_, i) => (i + b) % rank);
        view = transposeView(view, perm);
      } else if (kind === 1) view = flipView(view, [axis]);
      else if (kind === 2) {
        const n = view.shape[axis]!;
        const start = b % (n + 1);
        const end = start + (c % (n - start + 1));
        view = sliceView(
          view,
          view.shape.map((_, i) => (i === axis ? start : 0)),
          view.shape.map((m, i) => (i === axis ? end : m)),
          view.shape.map((_, i) => (i === axis ? 1 + (b % 3) : 1)),
        );
      } else if (sizeOf(view.shape) < 200) view = broadcastView(view, [2, ...view.shape]);
    }
    return view;
  });

/** All shapes of a size with up to four axes. */
function shapesOfSize(size: number, axes: number): number[][] {
  if (axes === 0) return size === 1 ? [[]] : [];
  const out: number[][] = shapesOfSize(size, axes - 1);
  for (let n = 1; n <= size; n++) {
    if (size % n === 0) out.push(...shapesOfSize(size / n, axes - 1).map((s) => [n, ...s]));
  }
  return out;
}

describe("views", () => {
  it("reshape gives the same elements in the same order, or null", () => {
    fc.assert(
      fc.property(views, fc.nat(), (view, pick) => {
        const size = sizeOf(view.shape);
        const targets = size === 0 ? [[0], [3, 0]] : shapesOfSize(size, 3);
        const shape = targets[pick % targets.length]!;
        const out = reshapeView(view, shape);
        if (out !== null) {
          expect(out.shape).toEqual(shape);
          expect(places(out)).toEqual(places(view));
        } else expect(isContiguous(view)).toBe(false);
      }),
      { numRuns: 600 },
    );
  });

  it("reshape never needs a copy when a stride pattern exists", () => {
    fc.assert(
      fc.property(views, fc.nat(), (view, pick) => {
        const size = sizeOf(view.shape);
        if (size === 0) return;
        const targets = shapesOfSize(size, 3);
        const shape = targets[pick % targets.length]!;
        const all = places(view);
        const strides = shape.map((n, axis) => (n === 1 ? 0 : all[sizeOf(shape.slice(axis + 1))]! - all[0]!));
        const fits = places({ shape, strides, offset: view.offset }).every((p, i) => p === all[i]);
        expect(reshapeView(view, shape) !== null).toBe(fits);
      }),
      { numRuns: 600 },
    );
  });

  it("slices and flips pick the elements that indices name", () => {
    fc.assert(
      fc.property(views, fc.nat(), fc.nat(), fc.integer({ min: 1, max: 3 }), (view, a, b, step) => {
        if (view.shape.length === 0) return;
        const axis = a % view.shape.length;
        const n = view.shape[axis]!;
        const start = b % (n + 1);
        const ones = view.shape.map(() => 1);
        const part = sliceView(
          view,
          view.shape.map((_, i) => (i === axis ? start : 0)),
          view.shape,
          ones.with(axis, step),
        );
        const inner = sizeOf(view.shape.slice(axis + 1));
        const along = (i: number) => Math.floor(i / inner) % n;
        const kept = places(view).filter((_, i) => along(i) >= start && (along(i) - start) % step === 0);
        expect(places(part)).toEqual(kept);
        const back = flipView(flipView(view, [axis]), [axis]);
        expect(places(back)).toEqual(places(view));
        const flipped = places(flipView(view, [axis]));
        expect(places(view).map((_, i) => flipped[i + (n - 1 - 2 * along(i)) * inner])).toEqual(places(view));
      }),
      { numRuns: 500 },
    );
  });

  it("contiguous means row-major without gaps", () => {
    fc.assert(
      fc.property(views, (view) => {
        const all = places(view);
        expect(isContiguous(view)).toBe(all.every((p, i) => p === all[0]! + i));
      }),
      { numRuns: 400 },
    );
  });

  it("broadcasts shapes by NumPy's rule", () => {
    expect(broadcastShapes([3, 1], [2])).toEqual([3, 2]);
    expect(broadcastShapes([], [0])).toEqual([0]);
    expect(broadcastShapes([1], [0, 4])).toEqual([0, 4]);
    expect(broadcastShapes([2, 3], [3, 2])).toBeNull();
    expect(broadcastShapes([0], [2])).toBeNull();
    expect(places(broadcastView(dense([3, 1]), [2, 3, 2]))).toEqual([0, 0, 1, 1, 2, 2, 0, 0, 1, 1, 2, 2]);
  });
});
