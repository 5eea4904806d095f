// The module of Winograd convolution: transformed weights, blocks of tiles through 16 small products, and the gradient
// of the weights by the same products turned round.
import {
  i32,
  v128,
  type Expr,
  type FunctionBuilder,
  type Local,
  type ModuleBuilder,
} from "../../wasm/index.js";
import { atMost, defineBlock, type BlockFunc } from "../matmul/block.js";
import { BLOCK_K, BLOCK_M, defineGemm } from "../matmul/gemm.js";
import { TILE_N } from "../matmul/tile.js";
import { loadGrid, storeGrid, transform, WEIGHTS, WEIGHTS_GRADIENT } from "./winograd-transforms.js";
import { defineTransform, defineUntile } from "./winograd-tiles.js";

const I = "i32";
/** Elements of a transformed tile. */
export const GRID = 16;

/**
 * Defines the exports
 * - `weights(to, gridStep, from, outputs, channels, outputStep, channelStep, rowStep, columnStep)`: U[16][outputs][channels]
 *   of 3x3 weights with any strides;
 * - `forward(...image of x, tilesX, tilesPerImage, first, end, block, v, mm, gridV, gridM, u, gridU, outputs, out,
 *   outImage, outChannel, outRow, outHeight, outWidth, spare)`: outputs of the tiles from `first` to `end`, `block` at a
 *   time;
 * - `gradient(...image of x, ...image of g, tilesX, tilesPerImage, tiles, block, v, d, gridV, gridD, packed, u, gridU,
 *   spare)`: U[16][channels][outputs] summed over all tiles;
 * - `untransform(out, channelStep, outputs, channels, u, gridU)`: gradients [channels][outputs][3][3] from U.
 */
export function defineWinograd(m: ModuleBuilder): void {
  defineWeights(m);
  defineForward(m, defineBlock(m, "rows", true));
}

function defineWeights(m: ModuleBuilder): void {
  m.exportFunc(
    "weights",
    [I, I, I, I, I, I, I, I, I],
    null,
    (f, to, gridStep, from, outputs, channels, outputStep, channelStep, rowStep, columnStep) => {
      const at = f.local("i32");
      const rowAt = f.local("i32");
      const grid = (src: Local<"i32">, lanes: number): Local<"v128">[][] => {
        f.set(rowAt, src);
        return [0, 1, 2].map(() => {
          f.set(at, rowAt);
          f.inc(rowAt, rowStep);
          return [0, 1, 2].map(() => {
            const v = f.let(v128.load32Zero(at));
            const p = f.let(at);
            for (let lane = 1; lane < lanes; lane++) {
              f.inc(p, channelStep);
              f.set(v, v128.load32Lane(p, v, lane));
            }
            f.inc(at, columnStep);
            return v;
          });
        });
      };
      f.repeat(outputs, () => {
        const src = f.let(from);
        const left = f.let(channels);
        f.while(i32.geS(left, 4), () => {
          storeGrid(f, to, gridStep, transform(f, WEIGHTS, grid(src, 4)));
          f.inc(src, i32.shl(channelStep, 2));
          f.inc(to, 16);
          f.inc(left, -4);
        });
        f.while(i32.gtS(left, 0), () => {
          const one = transform(f, WEIGHTS, grid(src, 1));
          storeGrid(f, to, gridStep, one, (p, v) => v128.store32Lane(f, p, v, 0));
          f.inc(src, channelStep);
          f.inc(to, 4);
          f.inc(left, -1);
        });
        f.inc(from, outputStep);
      });
    },
  );
}

/** Blocks of rows and of depth of one product whose B is already in panels. */
function panels(
  f: FunctionBuilder,
  block: BlockFunc,
  rows: Expr<"i32">,
  columns: Expr<"i32">,
  depth: Expr<"i32">,
  a: Expr<"i32">,
  b: Expr<"i32">,
  c: Expr<"i32">,
  cRow: Expr<"i32">,
  spare: Expr<"i32">,
): void {
  const aRow = f.let(i32.shl(depth, 2));
  const bPanel = f.let(i32.mul(depth, 4 * TILE_N));
  const p = f.let(i32.const(0));
  const [kc, mc] = [f.local("i32"), f.local("i32")];
  f.while(i32.ltS(p, depth), () => {
    f.set(kc, atMost(i32.sub(depth, p), BLOCK_K));
    const i = f.let(i32.const(0));
    f.while(i32.ltS(i, rows), () => {
      f.set(mc, atMost(i32.sub(rows, i), BLOCK_M));
      const aAt = i32.add(a, i32.add(i32.mul(i, aRow), i32.shl(p, 2)));
      const bAt = i32.add(b, i32.mul(p, 4 * TILE_N));
      const cAt = i32.add(c, i32.mul(i, cRow));
      f.call(block, mc, columns, kc, aAt, aRow, bAt, bPanel, 4 * TILE_N, cAt, cRow, i32.gtS(p, 0), spare);
      f.inc(i, mc);
    });
    f.inc(p, kc);
  });
}

function defineForward(m: ModuleBuilder, block: BlockFunc): void {
  const tile = defineTransform(m, 4);
  const untile = defineUntile(m);
  m.exportFunc(
    "forward",
    [I, I, I, I, I, I, I, I, I, I, I, I, I, I, I, I, I, I, I, I, I, I, I, I, I, I, I, I, I],
    null,
    // oxfmt-ignore
    (f, image, imageStep, channels, channelStep, rowStep, columnStep, height, width, top, left, tilesX, perImage, first, end, most, v, mm, gridV, gridM, u, gridU, outputs, out, outImage, outChannel, outRow, outHeight, outWidth, spare) => {
      const count = f.local("i32");
      const panel = f.let(i32.mul(channels, 4 * TILE_N));
      const rowM = f.let(i32.shl(most, 2));
      f.while(i32.ltS(first, end), () => {
        f.set(count, atMost(i32.sub(end, first), most));
        f.call(tile, image, imageStep, channels, channelStep, rowStep, columnStep, height, width, top, left, tilesX, perImage, first, count, v, gridV, 4 * TILE_N, 16, i32.sub(panel, 16));
        const columns = f.let(i32.and(i32.add(count, TILE_N - 1), -TILE_N));
        const [uAt, vAt, mAt] = [f.let(u), f.let(v), f.let(mm)];
        f.repeat(GRID, () => {
          panels(f, block, outputs, columns, channels, uAt, vAt, mAt, rowM, spare);
          f.inc(uAt, gridU);
          f.inc(vAt, gridV);
          f.inc(mAt, gridM);
        });
        f.call(untile, out, outImage, outputs, outChannel, outRow, outHeight, outWidth, tilesX, perImage, first, count, mm, gridM, rowM);
        f.inc(first, most);
      });
    },
  );
}

/** Defines `gradient` and `untransform`, in a module of their own: steps that do not train need neither. */
export function defineWinogradGradient(m: ModuleBuilder): void {
  const gemm = defineGemm(m, "rows", false);
  const tileX = defineTransform(m, 4);
  const tileG = defineTransform(m, 2);
  m.exportFunc(
    "gradient",
    [I, I, I, I, I, I, I, I, I, I, I, I, I, I, I, I, I, I, I, I, I, I, I, I, I, I, I, I, I, I],
    null,
    // oxfmt-ignore
    (f, image, imageStep, channels, channelStep, rowStep, columnStep, height, width, top, left, g, gImage, outputs, gChannel, gRow, gColumn, gHeight, gWidth, tilesX, perImage, tiles, most, v, d, gridV, gridD, packed, u, gridU, spare) => {
      const count = f.local("i32");
      const row = f.let(i32.shl(most, 2));
      const rowU = f.let(i32.shl(outputs, 2));
      const first = f.let(i32.const(0));
      f.while(i32.ltS(first, tiles), () => {
        f.set(count, atMost(i32.sub(tiles, first), most));
        f.call(tileX, image, imageStep, channels, channelStep, rowStep, columnStep, height, width, top, left, tilesX, perImage, first, count, v, gridV, row, 16, 16);
        f.call(tileG, g, gImage, outputs, gChannel, gRow, gColumn, gHeight, gWidth, 0, 0, tilesX, perImage, first, count, d, gridD, row, 16, 16);
        const depth = f.let(i32.and(i32.add(count, 3), -4));
        const [uAt, vAt, dAt] = [f.let(u), f.let(v), f.let(d)];
        f.repeat(GRID, () => {
          f.call(gemm, channels, outputs, depth, vAt, row, 4, dAt, 4, row, uAt, rowU, 0, i32.gtS(first, 0), packed, packed, spare, most, i32.const(1024));
          f.inc(uAt, gridU);
          f.inc(vAt, gridV);
          f.inc(dAt, gridD);
        });
        f.inc(first, most);
      });
    },
  );
  m.exportFunc(
    "untransform",
    [I, I, I, I, I, I],
    null,
    (f, out, channelStep, outputs, channels, u, gridU) => {
      f.repeat(channels, () => {
        const left = f.let(outputs);
        const to = f.let(out);
        const emit = (lanes: number): void => {
          const at = f.let(u);
          const grid =
            lanes === 4
              ? loadGrid(f, u, gridU)
              : [0, 1, 2, 3].map(() =>
                  [0, 1, 2, 3].map(() => {
                    const v = f.let(v128.load32Zero(at));
                    f.inc(at, gridU);
                    return v;
                  }),
                );
          transform(f, WEIGHTS_GRADIENT, grid)
            .flat()
            .forEach((v, i) => {
              for (let lane = 0; lane < lanes; lane++) v128.store32Lane(f, to, v, lane, 4 * (9 * lane + i));
            });
          f.inc(to, 36 * lanes);
          f.inc(u, 4 * lanes);
          f.inc(left, -lanes);
        };
        f.while(i32.geS(left, 4), () => emit(4));
        f.while(i32.gtS(left, 0), () => emit(1));
        f.inc(out, channelStep);
      });
    },
  );
}
