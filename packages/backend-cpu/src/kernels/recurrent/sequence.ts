// A recurrent layer's steps in one function: a product with weights that were packed once, and a loop over the elements
// of the gates, step by step.
import {
  f32x4,
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
import { definePack } from "../matmul/pack.js";
import { TILE_N } from "../matmul/tile.js";

type I = Local<"i32">;
type Params = readonly "i32"[];

const words = (count: number): Params => Array.from({ length: count }, () => "i32");

/** An array that a cell reads or writes. */
export interface Operand {
  readonly name: string;
  /** Blocks of `units` elements in a row. */
  readonly width: number;
  /** Whether one row is that of all. */
  readonly fixed: boolean;
}

/** Four units of a block of the arrays. */
export interface Lanes {
  /** The sum of the arrays with these names that are there. */
  read(names: string, block?: number): Local<"v128">;
  /** Does nothing where there is no such array. */
  write(name: string, value: V, block?: number): void;
}

/** What is done with the gates of a step. */
export interface Cell {
  emit(f: FunctionBuilder, lanes: Lanes): void;
  /** Backward: the array that gives dh0, after the cell. Forward, hT gives fromH before it. */
  readonly grad?: string;
  /** Whether that is added to what the cell wrote to dh0. */
  readonly add?: boolean;
}

/** `(rows, units, ...pointers)`: the cell for every unit of every row. */
function defineCell(m: ModuleBuilder, operands: readonly Operand[], emit: Cell["emit"]): Func<Params, null> {
  return m.func(words(2 + operands.length), null, (f, ...[rows, units, ...pointers]) => {
    const bytes = f.let(i32.shl(units as I, 2));
    const blocks = operands.map(({ width }, k) => {
      const list = [pointers[k] as I];
      while (list.length < width) list.push(f.let(i32.add(list.at(-1)!, bytes)));
      return list;
    });
    // Stores come last: V8 orders instructions by the stores that need them, so that two vectors' chains interleave.
    const visit = (j: I, vectors: number): void => {
      const stores: (() => void)[] = [];
      const at = (name: string, block: number): Expr<"i32">[] =>
        operands.flatMap((o, k) => (o.name === name ? i32.add(blocks[k]![block]!, j) : []));
      for (let k = 0; k < Math.max(1, vectors); k++) {
        const load = (p: Expr<"i32">): V => (vectors ? v128.load(p, 16 * k) : v128.load32Splat(p));
        emit(f, {
          read: (names, block = 0) =>
            f.let(
              names
                .split(" ")
                .flatMap((name) => at(name, block).map(load))
                .reduce((x, y) => f32x4.add(x, y)),
            ),
          write: (name, value, block = 0) => {
            for (const p of at(name, block)) {
              const v = f.let(value);
              stores.push(() => (vectors ? v128.store(f, p, v, 16 * k) : v128.store32Lane(f, p, v, 0)));
            }
          },
        });
      }
      for (const store of stores) store();
    };
    f.repeat(rows as I, () => {
      const j = f.let(i32.const(0));
      for (const vectors of [2, 1, 0]) {
        const step = Math.max(4, 16 * vectors);
        f.while(i32.leS(i32.add(j, step), bytes), () => {
          visit(j, vectors);
          f.inc(j, step);
        });
      }
      operands.forEach(({ width, fixed }, k) => {
        if (!fixed) for (const p of blocks[k]!) f.inc(p, i32.mul(bytes, width));
      });
    });
  });
}

/**
 * Defines `run(steps, rows, units, columns, depth, a, aRow, aNext, b, c, spare, ...operands)`: `steps` times the cell,
 * and C = A B before it or after it. Rows of A are `aRow` bytes apart, those of C adjacent; of an array come its
 * pointer and the bytes from step to step. B is packed by `pack(to, from, lines, depth, lineStride, depthStride)`;
 * `spare` is `SPARE_BYTES`.
 */
export function defineSequence(m: ModuleBuilder, cell: Cell, operands: readonly Operand[]): void {
  const product = defineProduct(m);
  const step = defineCell(m, operands, cell.emit);
  m.exportFunc("run", words(11 + 2 * operands.length), null, (f, ...given) => {
    const [steps, rows, units, columns, depth, a, aRow, aNext, b, c, spare, ...places] = given as I[];
    const multiply = (): void =>
      f.call(product, rows!, columns!, depth!, a!, aRow!, b!, c!, Number(cell.add ?? 0), spare!);
    f.repeat(steps!, () => {
      if (!cell.grad) multiply();
      f.call(step, rows!, units!, ...places.filter((_, k) => k % 2 === 0));
      if (cell.grad) multiply();
      f.inc(a!, aNext!);
      for (let k = 0; k < places.length; k += 2) f.inc(places[k]!, places[k + 1]!);
    });
  });
}

/** `(rows, columns, depth, a, aRow, b, c, add, spare)`: C (+)= A B for packed B of any depth. */
function defineProduct(m: ModuleBuilder): Func<Params, null> {
  m.export("pack", definePack(m));
  const block = defineBlock(m, "rows", true);
  return m.func(words(9), null, (f, ...given) => {
    const [rows, columns, depth, a, aRow, b, c, add, spare] = given as [I, I, I, I, I, I, I, I, I];
    const panel = f.let(i32.mul(depth, 4 * TILE_N));
    const cRow = f.let(i32.shl(columns, 2));
    f.while(i32.gtS(depth, 0), () => {
      const part = f.let(atMost(depth, BLOCK_K));
      f.call(block, rows, columns, part, a, aRow, b, panel, 4 * TILE_N, c, cRow, add, spare);
      f.set(add, 1);
      f.inc(a, i32.shl(part, 2));
      f.inc(b, i32.mul(part, 4 * TILE_N));
      f.inc(depth, i32.sub(0, part));
    });
  });
}
