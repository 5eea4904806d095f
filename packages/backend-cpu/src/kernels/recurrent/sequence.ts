// A recurrent layer's steps in one function: products with weights that were packed once, and a loop over the elements
// of the gates, step by step.
import {
  i32,
  v128,
  type Expr,
  type Func,
  type FunctionBuilder,
  type Local,
  type ModuleBuilder,
} from "../../wasm/index.js";
import type { V } from "../../math/index.js";
import { atMost, defineBlock } from "../matmul/block.js";
import { BLOCK_K } from "../matmul/gemm.js";
import { defineGemv } from "../matmul/gemv.js";
import { definePack } from "../matmul/pack.js";
import { TILE_M, TILE_N } from "../matmul/tile.js";

type Params = readonly "i32"[];

const words = (count: number): Params => Array.from({ length: count }, () => "i32");

/** An array that a cell reads or writes, by name. */
export interface Operand {
  readonly name: string;
  /** Blocks of `units` elements in a row. */
  readonly width: number;
  /** Whether all rows are the same one. */
  readonly fixed?: boolean;
}

/** Four units of a block of an operand, in a cell. */
export interface Lanes {
  read(name: string, block?: number): Local<"v128">;
  write(name: string, value: V, block?: number): void;
}

/** What a layer does with the gates of a step. */
export interface Cell {
  readonly operands: readonly Operand[];
  emit(f: FunctionBuilder, lanes: Lanes): void;
  /** Products before the cell. */
  readonly before: number;
  /** Products after the cell, 0 or 1; `add` when it is added to what the cell wrote. */
  readonly after: number;
  readonly add?: boolean;
}

/** `(rows, units, ...pointers)`: the cell for every unit of every row. */
function defineCell(m: ModuleBuilder, { operands, emit }: Cell): Func<Params, null> {
  return m.func(words(2 + operands.length), null, (f, rows, units, ...pointers) => {
    const bytes = f.let(i32.shl(units as Expr<"i32">, 2));
    const blocks = operands.map(({ width }, k) => {
      const list = [pointers[k] as Local<"i32">];
      while (list.length < width) list.push(f.let(i32.add(list.at(-1)!, bytes)));
      return list;
    });
    const index = new Map(operands.map(({ name }, k) => [name, blocks[k]!]));
    // Stores come last: V8 orders instructions by the stores that need them, so that two vectors' chains interleave.
    const visit = (j: Expr<"i32">, vectors: number): void => {
      const stores: (() => void)[] = [];
      const at = (name: string, block: number) => i32.add(index.get(name)![block]!, j);
      for (let k = 0; k < Math.max(1, vectors); k++) {
        emit(f, {
          read: (name, block = 0) =>
            f.let(vectors ? v128.load(at(name, block), 16 * k) : v128.load32Splat(at(name, block))),
          write: (name, value, block = 0) => {
            const v = f.let(value);
            stores.push(() => {
              if (vectors) v128.store(f, at(name, block), v, 16 * k);
              else v128.store32Lane(f, at(name, block), v, 0);
            });
          },
        });
      }
      for (const store of stores) store();
    };
    f.repeat(rows as Local<"i32">, () => {
      const j = f.let(i32.const(0));
      for (const vectors of [2, 1, 0]) {
        const step = Math.max(4, 16 * vectors);
        f.while(i32.leS(i32.add(j, step), bytes), () => {
          visit(j, vectors);
          f.inc(j, step);
        });
      }
      operands.forEach(({ width, fixed }, k) => {
        if (fixed) return;
        const step = f.let(i32.mul(bytes, width));
        for (const p of blocks[k]!) f.inc(p, step);
      });
    });
  });
}

/** Words that `run` takes for a product: columns, depth, A, bytes from row to row and from step to step, B, C. */
export const PRODUCT_WORDS = 7;

/**
 * Defines `run(steps, rows, units, spare, ...products, ...operands)`: the products before the cell, the cell, those
 * after it, `steps` times. C's rows have `columns` elements, A's columns are adjacent; of an operand come its pointer
 * and the bytes from step to step. B is packed by `pack(to, from, lines, depth, lineStride, depthStride)`; when
 * `single`, there is one row, and the columns of B, one after the other, are read in place. `spare` is 128 bytes.
 */
export function defineSequence(m: ModuleBuilder, cell: Cell, single: boolean, fused: boolean): void {
  const product = single ? defineGemv(m) : defineProduct(m, fused);
  const step = defineCell(m, cell);
  const count = cell.before + cell.after;
  m.exportFunc("run", words(4 + PRODUCT_WORDS * count + 2 * cell.operands.length), null, (f, ...given) => {
    const [steps, rows, units, spare, ...rest] = given as [
      Local<"i32">,
      Local<"i32">,
      Local<"i32">,
      Local<"i32">,
      ...Local<"i32">[],
    ];
    const products = Array.from({ length: count }, (_, k) =>
      rest.slice(PRODUCT_WORDS * k, PRODUCT_WORDS * (k + 1)),
    );
    const operands = rest.slice(PRODUCT_WORDS * count);
    const multiply = ([columns, depth, a, aRow, , b, c]: readonly Local<"i32">[]): void => {
      if (single) f.call(product, columns!, depth!, a!, 4, b!, i32.shl(depth!, 2), c!, 4);
      else f.call(product, rows, columns!, depth!, a!, aRow!, b!, c!, Number(cell.add ?? false), spare);
    };
    f.repeat(steps, () => {
      products.slice(0, cell.before).forEach(multiply);
      f.call(step, rows, units, ...operands.filter((_, k) => k % 2 === 0));
      products.slice(cell.before).forEach(multiply);
      for (const [, , a, , next] of products) f.inc(a!, next!);
      for (let k = 0; k < operands.length; k += 2) f.inc(operands[k]!, operands[k + 1]!);
    });
  });
}

/** `(rows, columns, depth, a, aRow, b, c, add, spare)`: C (+)= A B for packed B of any depth. */
function defineProduct(m: ModuleBuilder, fused: boolean): Func<Params, null> {
  m.export("pack", definePack(m, TILE_N));
  const block = defineBlock(m, "rows", fused);
  return m.func(words(9), null, (f, ...given) => {
    const [rows, columns, depth, a, aRow, b, c, add, spare] = given as Local<"i32">[];
    const panel = f.let(i32.mul(depth!, 4 * TILE_N));
    const cRow = f.let(i32.shl(columns!, 2));
    const tileStep = f.let(i32.mul(aRow!, TILE_M));
    f.while(i32.gtS(depth!, 0), () => {
      const part = f.let(atMost(depth!, BLOCK_K));
      f.call(
        block,
        rows!,
        columns!,
        part,
        a!,
        tileStep,
        aRow!,
        b!,
        panel,
        4 * TILE_N,
        c!,
        cRow,
        add!,
        spare!,
      );
      f.set(add!, 1);
      f.inc(a!, i32.shl(part, 2));
      f.inc(b!, i32.mul(part, 4 * TILE_N));
      f.inc(depth!, i32.sub(0, part));
    });
  });
}
