// selectAndScatter on dense planes: finds the first extremum under every window and adds the source's element there.
// Windows of two axes that lie within the image are done four at a time, those over its edges one by one from a table.
import { sizeOf } from "@isoform/core";
import {
  f32,
  f32x4,
  i32,
  i32x4,
  v128,
  type FunctionBuilder,
  type Local,
  type ModuleBuilder,
} from "../../wasm/index.js";
import type { V } from "../../math/index.js";
import type { Windows } from "./geometry.js";
import { everySecond } from "./separable.js";

/** Windows within the image. */
export interface Interior {
  /** First output row and column, and how many; none where there is no such rectangle. */
  readonly at: readonly [number, number];
  readonly size: readonly [number, number];
  /**
   * Arguments of `select`: rows, columns; bytes to the first window in the image and in the source; bytes from row to
   * row of windows in both; bytes between windows; rows and columns of a window; bytes of an image row.
   */
  readonly walk: readonly number[];
}

/** The windows of two axes without gaps that lie within the image. */
export function interior(
  { window, output, strides, padding, dilation }: Windows,
  image: readonly number[],
): Interior {
  const flat = image.length === 2 && dilation.every((d) => d === 1);
  const first = padding.map(([low], d) => Math.max(0, Math.ceil(low / strides[d]!)));
  const size = image.map((n, d) => {
    const end = Math.floor((n - window[d]! + padding[d]![0]) / strides[d]!) + 1;
    return flat ? Math.max(0, Math.min(end, output[d]!) - first[d]!) : 0;
  });
  const [y = 0, x = 0] = first;
  const [rows = 0, columns = 0] = size;
  if (rows * columns === 0) return { at: [0, 0], size: [0, 0], walk: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0] };
  const [down, right] = strides as [number, number];
  const row = image[1]! * 4;
  const corner = (y * down - padding[0]![0]) * row + (x * right - padding[1]![0]) * 4;
  const sourceRow = output[1]! * 4;
  return {
    at: [y, x],
    size: [rows, columns],
    walk: [rows, columns, corner, y * sourceRow + x * 4, down * row, sourceRow, right * 4, ...window, row],
  };
}

const indexOf = (flat: number, shape: readonly number[]): number[] => {
  const index = shape.map(() => 0);
  for (let d = shape.length - 1; d >= 0; d--) {
    index[d] = flat % shape[d]!;
    flat = Math.floor(flat / shape[d]!);
  }
  return index;
};

/**
 * For every window but those of `inner`: the byte offset of its element in the source's plane, then for every element
 * under it the byte offset in the image's plane, or -1 in padding.
 */
export function windowPlaces(w: Windows, image: readonly number[], inner: Interior): Int32Array {
  const words: number[] = [];
  const taps = sizeOf(w.window);
  const positions = sizeOf(w.output);
  const elements = Array.from({ length: taps }, (_, tap) => indexOf(tap, w.window));
  for (let p = 0; p < positions; p++) {
    const position = indexOf(p, w.output);
    const within = (d: 0 | 1): boolean =>
      position[d]! >= inner.at[d] && position[d]! < inner.at[d] + inner.size[d];
    if (inner.size[0] > 0 && within(0) && within(1)) {
      p += inner.size[1] - 1;
      continue;
    }
    words.push(p * 4);
    for (const element of elements) {
      let offset = 0;
      for (let d = 0; d < image.length && offset >= 0; d++) {
        const i = position[d]! * w.strides[d]! - w.padding[d]![0] + element[d]! * w.dilation[d]!;
        offset = i < 0 || i >= image[d]! ? -1 : offset * image[d]! + i;
      }
      words.push(offset < 0 ? -1 : offset * 4);
    }
  }
  return Int32Array.from(words);
}

/** Adds the source's element to `out` at `at`. */
function give(f: FunctionBuilder, out: Local<"i32">, value: ReturnType<typeof f32.load>): void {
  f32.store(f, out, f32.add(f32.load(out), value));
}

/**
 * Defines `select(out, x, source, planes, planeBytes, sourceBytes, positions, taps, places, ...walk)`, with the places
 * of `windowPlaces` and an `Interior`'s walk.
 */
export function defineSelect(m: ModuleBuilder, kind: "max" | "min"): void {
  const I = "i32";
  const edges = m.func([I, I, I, I, I, I], null, (f, out, x, source, positions, taps, places) => {
    const best = f.local("f32");
    const at = f.local(I);
    const v = f.local("f32");
    const offset = f.local(I);
    const given = f.local(I);
    f.repeat(positions, () => {
      f.set(at, -1);
      f.set(given, i32.load(places));
      f.inc(places, 4);
      f.repeat(taps, () => {
        f.set(offset, i32.load(places));
        f.if(i32.geS(offset, 0), () => {
          f.set(v, f32.load(i32.add(x, offset)));
          const better = kind === "max" ? f32.gt(v, best) : f32.lt(v, best);
          const nan = i32.and(f32.ne(v, v), f32.eq(best, best));
          f.if(i32.or(i32.ltS(at, 0), i32.or(better, nan)), () => {
            f.set(best, v);
            f.set(at, offset);
          });
        });
        f.inc(places, 4);
      });
      f.if(i32.geS(at, 0), () => give(f, f.let(i32.add(out, at)), f32.load(i32.add(source, given))));
    });
  });
  // oxfmt-ignore
  const within = m.func([I, I, I, I, I, I, I, I, I, I, I], null, (f, out, x, source, rows, columns, down, sourceRow, step, height, width, rowBytes) => {
    const [from, to, given, left] = [f.local(I), f.local(I), f.local(I), f.local(I)];
    const [p, offset] = [f.local(I), f.local(I)];
    /** Some windows beside each other, by vectors; `read` gives the elements of one at `p`. */
    const group = (vectors: number, lanes: number, read: (vector: number) => V): void => {
      f.set(p, from);
      f.set(offset, 0);
      const best = Array.from({ length: vectors }, (_, v) => f.let(read(v)));
      const places = best.map(() => f.let(i32x4.const(0)));
      f.repeat(height, () => {
        f.repeat(width, () => {
          const here = f.let(i32x4.splat(offset));
          const values = best.map((_, v) => f.let(read(v)));
          // Also where the value is the first NaN.
          const better = best.map((b, v) => {
            const loses = kind === "max" ? f32x4.le(values[v]!, b) : f32x4.ge(values[v]!, b);
            return f.let(v128.andnot(f32x4.eq(b, b), loses));
          });
          better.forEach((mask, v) => {
            f.set(best[v]!, v128.bitselect(values[v]!, best[v]!, mask));
            f.set(places[v]!, v128.bitselect(here, places[v]!, mask));
          });
          f.inc(p, 4);
          f.inc(offset, 4);
        });
        const next = i32.sub(rowBytes, i32.shl(width, 2));
        f.inc(p, next);
        f.inc(offset, next);
      });
      for (let i = 0; i < vectors * lanes; i++) {
        const place = i32x4.extract(places[Math.floor(i / lanes)]!, i % lanes);
        give(f, f.let(i32.add(to, place)), f32.load(given, 4 * i));
        f.inc(to, step);
      }
      f.inc(from, i32.mul(step, vectors * lanes));
      f.inc(given, 4 * vectors * lanes);
      f.inc(left, -vectors * lanes);
    };
    f.repeat(rows, () => {
      f.set(from, x);
      f.set(to, out);
      f.set(given, source);
      f.set(left, columns);
      const all = (bytes: number, read: (vector: number) => V): void =>
        f.if(i32.eq(step, bytes), () => {
          for (const vectors of [2, 1]) f.while(i32.geU(left, 4 * vectors), () => group(vectors, 4, read));
        });
      all(4, (v) => v128.load(p, 16 * v));
      all(8, (v) => everySecond(p, 32 * v));
      f.while(i32.ne(left, 0), () => group(1, 1, () => v128.load32Splat(p)));
      f.inc(x, down);
      f.inc(out, down);
      f.inc(source, sourceRow);
    });
  });
  // oxfmt-ignore
  m.exportFunc("select", [I, I, I, I, I, I, I, I, I, I, I, I, I, I, I, I, I, I, I], null, (f, out, x, source, planes, planeBytes, sourceBytes, positions, taps, places, rows, columns, corner, first, ...walk) => {
    f.repeat(planes, () => {
      f.call(edges, out, x, source, positions, taps, places);
      f.call(within, i32.add(out, corner), i32.add(x, corner), i32.add(source, first), rows, columns, ...walk);
      f.inc(x, planeBytes);
      f.inc(out, planeBytes);
      f.inc(source, sourceBytes);
    });
  });
}
