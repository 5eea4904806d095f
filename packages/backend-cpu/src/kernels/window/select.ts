// selectAndScatter on dense planes: finds the first extremum under every window and adds the source's element there.
import { f32, i32, type ModuleBuilder } from "../../wasm/index.js";
import type { Windows } from "./geometry.js";

/**
 * For output position p and window element k, `places[p * taps + k]` is the byte offset of the image element in its
 * plane, or -1 in padding.
 */
export function windowPlaces(w: Windows, image: readonly number[]): Int32Array {
  let places = new Int32Array([0]);
  let positions = 1;
  let taps = 1;
  w.window.forEach((size, d) => {
    const count = w.output[d]!;
    const step = image.slice(d + 1).reduce((a, b) => a * b, 4);
    const next = new Int32Array(positions * count * taps * size);
    let at = 0;
    for (let p = 0; p < positions; p++) {
      for (let o = 0; o < count; o++) {
        const first = o * w.strides[d]! - w.padding[d]![0];
        for (let t = 0; t < taps; t++) {
          const before = places[p * taps + t]!;
          for (let k = 0; k < size; k++) {
            const i = first + k * w.dilation[d]!;
            next[at++] = before < 0 || i < 0 || i >= image[d]! ? -1 : before + i * step;
          }
        }
      }
    }
    places = next;
    positions *= count;
    taps *= size;
  });
  return places;
}

/** Defines `select(out, x, source, planes, planeBytes, positions, taps, places)`. */
export function defineSelect(m: ModuleBuilder, kind: "max" | "min"): void {
  const I = "i32";
  m.exportFunc(
    "select",
    [I, I, I, I, I, I, I, I],
    null,
    (f, out, x, source, planes, planeBytes, positions, taps, places) => {
      const place = f.local("i32");
      const best = f.local("f32");
      const at = f.local("i32");
      const v = f.local("f32");
      const offset = f.local("i32");
      f.repeat(planes, () => {
        f.set(place, places);
        f.repeat(positions, () => {
          f.set(at, -1);
          f.repeat(taps, () => {
            f.set(offset, i32.load(place));
            f.if(i32.geS(offset, 0), () => {
              f.set(v, f32.load(i32.add(x, offset)));
              const better = kind === "max" ? f32.gt(v, best) : f32.lt(v, best);
              const nan = i32.and(f32.ne(v, v), f32.eq(best, best));
              f.if(i32.or(i32.ltS(at, 0), i32.or(better, nan)), () => {
                f.set(best, v);
                f.set(at, offset);
              });
            });
            f.inc(place, 4);
          });
          f.if(i32.geS(at, 0), () => {
            const to = i32.add(out, at);
            f32.store(f, to, f32.add(f32.load(to), f32.load(source)));
          });
          f.inc(source, 4);
        });
        f.inc(x, planeBytes);
        f.inc(out, planeBytes);
      });
    },
  );
}
