// Walks the tiles of Winograd convolution: images into transformed tiles, products back into images. A tile is 4x4 of
// the padded input and 2x2 of the output; tiles go row by row through all images, four at a time.
import {
  call,
  f32x4,
  i32,
  v128,
  type Expr,
  type Func,
  type FunctionBuilder,
  type Local,
  type ModuleBuilder,
} from "../../wasm/index.js";
import {
  acrossTiles,
  clamp,
  INPUT,
  loadGrid,
  OUTPUT,
  OUTPUT_GRADIENT,
  pairs,
  storeGrid,
  transform,
} from "./winograd-transforms.js";

const I = "i32";

/** Parameters that say where an image lies; strides in bytes. */
export const IMAGE = ["i32", "i32", "i32", "i32", "i32", "i32", "i32", "i32", "i32", "i32"] as const;
type ImageTypes = typeof IMAGE;

/**
 * `(image, imageStep, channels, channelStep, rowStep, columnStep, height, width, top, left, ...)`: `top` and `left` are
 * the padding before the first tile; then `(tilesX, tilesPerImage, first, count, to, gridStep, channelTo, evenStep,
 * oddStep)`: `count` tiles from tile `first`, whose grid elements are `gridStep` bytes apart, channels `channelTo`,
 * groups of four `evenStep` and `oddStep` in turn.
 */
export type TilesFunc = Func<
  readonly [...ImageTypes, "i32", "i32", "i32", "i32", "i32", "i32", "i32", "i32", "i32"],
  null
>;

interface Place {
  readonly y: Local<"i32">;
  readonly x: Local<"i32">;
  /** Address of the first channel of the tile's image. */
  readonly image: Local<"i32">;
}

/** Where tile `index` starts, in units of `size` rows and columns. */
function place(
  f: FunctionBuilder,
  p: { image: Expr<"i32">; imageStep: Expr<"i32">; tilesX: Expr<"i32">; perImage: Expr<"i32"> },
  index: Expr<"i32">,
): Place {
  const n = f.let(i32.divS(index, p.perImage));
  const rest = f.let(i32.sub(index, i32.mul(n, p.perImage)));
  const row = f.let(i32.divS(rest, p.tilesX));
  return {
    y: f.let(i32.shl(row, 1)),
    x: f.let(i32.shl(i32.sub(rest, i32.mul(row, p.tilesX)), 1)),
    image: f.let(i32.add(p.image, i32.mul(n, p.imageStep))),
  };
}

/** `(plane, y, x, height, width, rowStep, columnStep)`: four elements of a row, 0 outside of the image. */
type EdgeFunc = Func<readonly ["i32", "i32", "i32", "i32", "i32", "i32", "i32"], "v128">;

function defineEdge(m: ModuleBuilder): EdgeFunc {
  return m.func([I, I, I, I, I, I, I], "v128", (f, plane, y, x, height, width, rowStep, columnStep) => {
    const v = f.let(f32x4.const(0));
    f.if(i32.ltU(y, height), () => {
      const at = f.let(i32.add(plane, i32.add(i32.mul(y, rowStep), i32.mul(x, columnStep))));
      const inside = i32.and(i32.geS(x, 0), i32.leS(i32.add(x, 4), width));
      f.if(
        i32.and(inside, i32.eq(columnStep, 4)),
        () => f.set(v, v128.load(at)),
        () => {
          for (let lane = 0; lane < 4; lane++) {
            f.if(i32.ltU(x, width), () => f.set(v, v128.load32Lane(at, v, lane)));
            f.inc(at, columnStep);
            f.inc(x, 1);
          }
        },
      );
    });
    return v;
  });
}

/**
 * Defines the walk over tiles of `size` rows and columns (4 of an input, 2 of a gradient of outputs) that transforms
 * them. Tiles past `count`, up to a multiple of 4, become 0.
 */
export function defineTransform(m: ModuleBuilder, size: 2 | 4): TilesFunc {
  const edge = defineEdge(m);
  return m.func(
    [...IMAGE, I, I, I, I, I, I, I, I, I],
    null,
    // oxfmt-ignore
    (f, image, imageStep, channels, channelStep, rowStep, columnStep, height, width, top, left, tilesX, perImage, first, count, to, gridStep, channelTo, evenStep, oddStep) => {
      const odd = f.let(i32.const(0));
      const index = f.let(first);
      f.while(i32.gtS(count, 0), () => {
        const inside = f.let(i32.const(1));
        const places = [0, 1, 2, 3].map((i) => {
          const at = place(f, { image, imageStep, tilesX, perImage }, i32.add(index, i));
          f.set(at.y, i32.sub(at.y, top));
          f.set(at.x, i32.sub(at.x, left));
          const exists = f.let(i32.gtS(count, i));
          f.if(i32.eqz(exists), () => f.set(at.y, -size));
          const rows = i32.and(i32.geS(at.y, 0), i32.leS(i32.add(at.y, size), height));
          const columns = i32.and(i32.geS(at.x, 0), i32.leS(i32.add(at.x, size), width));
          const whole = f.let(i32.and(rows, columns));
          f.set(inside, i32.and(inside, whole));
          const plane = f.let(at.image);
          const corner = f.let(i32.add(plane, i32.add(i32.mul(at.y, rowStep), i32.mul(at.x, columnStep))));
          return { ...at, plane, corner, whole };
        });
        const dst = f.let(to);
        const emit = (row: (r: number) => Expr<"v128">[]): void => {
          f.repeat(channels, () => {
            const grid: Local<"v128">[][] = [];
            for (let r = 0; r < size; r++) grid.push(acrossTiles(f, row(r)).slice(0, size));
            storeGrid(f, dst, gridStep, transform(f, size === 4 ? INPUT : OUTPUT_GRADIENT, grid));
            f.inc(dst, channelTo);
            for (const p of places) {
              f.inc(p.plane, channelStep);
              f.inc(p.corner, channelStep);
            }
          });
        };
        const contiguous = f.let(i32.and(inside, i32.eq(columnStep, 4)));
        f.if(
          contiguous,
          () => {
            const at = places.map(() => f.local("i32"));
            emit((r) =>
              places.map((p, i) => {
                f.set(at[i]!, r === 0 ? p.corner : i32.add(at[i]!, rowStep));
                return f.let(size === 4 ? v128.load(at[i]!) : v128.load64Zero(at[i]!));
              }),
            );
          },
          () => {
            f.if(
              inside,
              () => {
                const at = f.local("i32");
                emit((r) =>
                  places.map((p) => {
                    f.set(at, i32.add(p.corner, i32.mul(rowStep, r)));
                    const v = f.let(v128.load32Zero(at));
                    for (let lane = 1; lane < size; lane++) {
                      f.inc(at, columnStep);
                      f.set(v, v128.load32Lane(at, v, lane));
                    }
                    return v;
                  }),
                );
              },
              () => {
                const adjacent = i32.eq(columnStep, 4);
                for (const p of places) f.set(p.whole, i32.and(p.whole, adjacent));
                emit((r) =>
                  places.map((p) => {
                    const v = f.local("v128");
                    f.if(
                      p.whole,
                      () => {
                        const at = i32.add(p.corner, i32.mul(rowStep, r));
                        f.set(v, size === 4 ? v128.load(at) : v128.load64Zero(at));
                      },
                      () => f.set(v, call(edge, p.plane, i32.add(p.y, r), p.x, height, width, rowStep, columnStep)),
                    );
                    return v;
                  }),
                );
              },
            );
          },
        );
        f.inc(to, evenStep);
        f.if(odd, () => f.set(to, i32.add(i32.sub(to, evenStep), oddStep)));
        f.set(odd, i32.eqz(odd));
        f.inc(index, 4);
        f.inc(count, -4);
      });
    },
  );
}

/**
 * `(image, imageStep, channels, channelStep, rowStep, height, width, tilesX, tilesPerImage, first, count, from,
 * gridStep, channelFrom)`: outputs of tiles; columns of the image are adjacent.
 */
export type UntileFunc = Func<
  readonly ["i32", "i32", "i32", "i32", "i32", "i32", "i32", "i32", "i32", "i32", "i32", "i32", "i32", "i32"],
  null
>;

/** Defines the walk that turns products into the 2x2 outputs of every tile. */
export function defineUntile(m: ModuleBuilder): UntileFunc {
  return m.func(
    [I, I, I, I, I, I, I, I, I, I, I, I, I, I],
    null,
    // oxfmt-ignore
    (f, image, imageStep, channels, channelStep, rowStep, height, width, tilesX, perImage, first, count, from, gridStep, channelFrom) => {
      const index = f.let(first);
      f.while(i32.gtS(count, 0), () => {
        const whole = f.let(i32.const(1));
        const places = [0, 1, 2, 3].map((i) => {
          const at = place(f, { image, imageStep, tilesX, perImage }, i32.add(index, i));
          const rows = clamp(f, i32.sub(height, at.y), 2);
          const columns = clamp(f, i32.sub(width, at.x), 2);
          f.if(i32.leS(count, i), () => f.set(rows, 0));
          f.set(whole, i32.and(whole, i32.and(i32.eq(rows, 2), i32.eq(columns, 2))));
          const corner = f.let(i32.add(at.image, i32.add(i32.mul(at.y, rowStep), i32.shl(at.x, 2))));
          return { rows, columns, corner };
        });
        const src = f.let(from);
        const emit = (put: (pair: Local<"v128">, i: number, row: number) => void): void => {
          f.repeat(channels, () => {
            const grid = transform(f, OUTPUT, loadGrid(f, src, gridStep));
            grid.forEach(([l, r], row) => {
              const both = pairs(f, l!, r!);
              for (let i = 0; i < 4; i++) put(both[i >> 1]!, i, row);
            });
            f.inc(src, channelFrom);
            for (const p of places) f.inc(p.corner, channelStep);
          });
        };
        const address = (i: number, row: number): Expr<"i32"> =>
          row === 0 ? places[i]!.corner : i32.add(places[i]!.corner, rowStep);
        f.if(
          whole,
          () => emit((pair, i, row) => v128.store64Lane(f, address(i, row), pair, i & 1)),
          () => {
            emit((pair, i, row) => {
              f.if(i32.gtS(places[i]!.rows, row), () => {
                const at = f.let(address(i, row));
                f.if(i32.gtS(places[i]!.columns, 0), () => v128.store32Lane(f, at, pair, 2 * (i & 1)));
                f.if(i32.gtS(places[i]!.columns, 1), () => v128.store32Lane(f, at, pair, 2 * (i & 1) + 1, 4));
              });
            });
          },
        );
        f.inc(from, 16);
        f.inc(index, 4);
        f.inc(count, -4);
      });
    },
  );
}
