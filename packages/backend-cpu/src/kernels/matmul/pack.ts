// Packing of panels of B for the GEMM tile: columns side by side, step by step along k.
// Every stride pattern costs only its packing: unit stride across, unit stride along k (4x4 transposes), any other.
import { f32, f32x4, i32, v128, type Func, type Local, type ModuleBuilder } from "../../wasm/index.js";
import { transpose4 } from "../copy/transpose.js";
import { atMost } from "./block.js";
import { TILE_N } from "./tile.js";

/** Function `(to, from, lines, depth, lineStride, depthStride)`; strides in bytes, `lines` any number. */
export type PackFunc = Func<readonly ["i32", "i32", "i32", "i32", "i32", "i32"], null>;

/** Defines the packing function of panels as wide as a tile; missing lines of the last panel are 0. */
export function definePack(m: ModuleBuilder): PackFunc {
  const step = TILE_N * 4;
  return m.func(
    ["i32", "i32", "i32", "i32", "i32", "i32"],
    null,
    (f, to, from, lines, depth, lineStride, depthStride) => {
      const [src, left] = [f.local("i32"), f.local("i32")];
      const loop = (steps: number, body: () => void): void =>
        f.while(i32.geS(left, steps), () => {
          body();
          f.inc(src, steps === 1 ? depthStride : 16);
          f.inc(to, step * steps);
          f.inc(left, -steps);
        });

      const adjacent = (): void =>
        loop(1, () => {
          for (let i = 0; i < step; i += 16) v128.store(f, to, v128.load(src, i), i);
        });
      /** Four steps that lie side by side in every line. */
      const transposed = (): void =>
        loop(4, () => {
          const line = f.let(src);
          for (let group = 0; group < TILE_N; group += 4) {
            const rows: Local<"v128">[] = [];
            for (let i = 0; i < 4; i++) {
              rows.push(f.let(v128.load(line)));
              f.inc(line, lineStride);
            }
            transpose4(f, rows).forEach((column, i) => v128.store(f, to, column, i * step + group * 4));
          }
        });
      /** What is left: a few lines, a few steps, or neither side by side. */
      const oneByOne = (): void => {
        const end = f.let(i32.shl(atMost(lines, TILE_N), 2));
        loop(1, () => {
          for (let i = 0; i < TILE_N; i += 4) v128.store(f, to, f32x4.const(0), 4 * i);
          const line = f.let(src);
          f.for(0, end, 4, (i) => {
            f32.store(f, i32.add(to, i), f32.load(line));
            f.inc(line, lineStride);
          });
        });
      };

      f.while(i32.gtS(lines, 0), () => {
        f.set(src, from);
        f.set(left, depth);
        f.if(i32.geS(lines, TILE_N), () => {
          f.if(i32.eq(lineStride, 4), adjacent);
          f.if(i32.eq(depthStride, 4), transposed);
        });
        oneByOne();
        f.inc(from, i32.mul(lineStride, TILE_N));
        f.inc(lines, -TILE_N);
      });
    },
  );
}
