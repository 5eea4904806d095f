// Packing of GEMM panels straight from an image: element (k, j) of the matrix is at x + taps[k] + positions[j], so
// im2col never exists as a whole.
import { f32, i32, v128, type Func, type Local, type ModuleBuilder } from "../../wasm/index.js";

const WIDTH = 8;

/** Function `(to, x, taps, positions, columns, depth)`. */
export type PackPatchesFunc = Func<readonly ["i32", "i32", "i32", "i32", "i32", "i32"], null>;

/** Defines the packing function. `positions` must be readable up to a multiple of 8 columns. */
export function definePackPatches(m: ModuleBuilder): PackPatchesFunc {
  const I = "i32";
  return m.func([I, I, I, I, I, I], null, (f, to, x, taps, positions, columns, depth) => {
    f.while(i32.gtS(columns, 0), () => {
      for (let half = 0; half < WIDTH; half += 4) {
        const base: Local<"i32">[] = [];
        for (let i = 0; i < 4; i++) base.push(f.let(i32.add(x, i32.load(positions, 4 * (half + i)))));
        const adjacent = base
          .slice(1)
          .map((b, i) => i32.eq(i32.sub(b, base[0]!), 4 * (i + 1)))
          .reduce((a, b) => i32.and(a, b));
        const dst = f.let(to);
        const tap = f.let(taps);
        const offset = f.local("i32");
        const overDepth = (move: () => void): void => {
          f.repeat(depth, () => {
            f.set(offset, i32.load(tap));
            move();
            f.inc(tap, 4);
            f.inc(dst, 4 * WIDTH);
          });
        };
        f.if(
          adjacent,
          () => overDepth(() => v128.store(f, dst, v128.load(i32.add(base[0]!, offset)), 4 * half)),
          () => {
            overDepth(() => {
              base.forEach((b, i) => f32.store(f, dst, f32.load(i32.add(b, offset)), 4 * (half + i)));
            });
          },
        );
      }
      f.inc(to, i32.mul(depth, 4 * WIDTH));
      f.inc(positions, 4 * WIDTH);
      f.inc(columns, -WIDTH);
    });
  });
}
