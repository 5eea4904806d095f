// sort for float32 lines: keys and positions packed into one 64-bit number, so that every sort of them is stable.
// Short lines by insertion, long ones by least-significant-digit radix sort.
import type { Engine } from "../../engine.js";
import {
  f32,
  i32,
  i64,
  memoryFill,
  select,
  type Expr,
  type FunctionBuilder,
  type Local,
  type ModuleBuilder,
} from "../../wasm/index.js";
import { offsetTable } from "../window/geometry.js";
import { addressOf, countOf, type CpuView } from "../view.js";

/** Up to this length insertion beats the radix passes' fixed cost. */
const SHORT = 48;
const HISTOGRAM_BYTES = 1024;

/** An unsigned number in the order of `value`: NaN last, -0 equal to 0. */
function orderedKey(f: FunctionBuilder, value: Expr<"f32">): Expr<"i32"> {
  const v = f.let(f32.add(value, 0));
  const bits = f.let(i32.reinterpretF32(v));
  const key = i32.xor(bits, i32.or(i32.shrS(bits, 31), i32.const(-0x80000000)));
  return select(f32.ne(v, v), i32.const(-1), key);
}

function insertionSort(f: FunctionBuilder, pairs: Local<"i32">, n: Local<"i32">): void {
  f.for(1, n, 1, (j) => {
    const at = f.let(i32.add(pairs, i32.shl(j, 3)));
    const pair = f.let(i64.load(at));
    f.block((placed) => {
      f.loop((again) => {
        f.brIf(placed, i32.eq(at, pairs));
        const before = f.let(i64.load(i32.sub(at, 8)));
        f.brIf(placed, i64.leU(before, pair));
        i64.store(f, at, before);
        f.inc(at, -8);
        f.br(again);
      });
    });
    i64.store(f, at, pair);
  });
}

/** Four passes over the key's bytes; returns with the result in `from`. */
function radixSort(
  f: FunctionBuilder,
  from: Local<"i32">,
  to: Local<"i32">,
  histogram: Local<"i32">,
  n: Local<"i32">,
): void {
  const p = f.local("i32");
  const slot = f.local("i32");
  for (let byte = 4; byte < 8; byte++) {
    memoryFill(f, histogram, 0, HISTOGRAM_BYTES);
    f.set(p, from);
    const slotOf = (): Expr<"i32"> => i32.add(histogram, i32.shl(i32.load8U(p, byte), 2));
    f.repeat(n, () => {
      f.set(slot, slotOf());
      i32.store(f, slot, i32.add(i32.load(slot), 1));
      f.inc(p, 8);
    });
    f.if(i32.ne(i32.load(slot), n), () => {
      const sum = f.let(to);
      f.for(0, HISTOGRAM_BYTES, 4, (b) => {
        f.set(slot, i32.add(histogram, b));
        const count = f.let(i32.load(slot));
        i32.store(f, slot, sum);
        f.inc(sum, i32.shl(count, 3));
      });
      f.set(p, from);
      f.repeat(n, () => {
        f.set(slot, slotOf());
        const place = f.let(i32.load(slot));
        i64.store(f, place, i64.load(p));
        i32.store(f, slot, i32.add(place, 8));
        f.inc(p, 8);
      });
      const swap = f.let(from);
      f.set(from, to);
      f.set(to, swap);
    });
  }
}

/** Defines `sort(x, xStep, values, indices, step, n, flip, scratch)`: one line; `flip` is -1 for descending order. */
function defineSort(m: ModuleBuilder): void {
  const I = "i32";
  m.exportFunc(
    "sort",
    [I, I, I, I, I, I, I, I],
    null,
    (f, x, xStep, values, indices, step, n, flip, scratch) => {
      const pairs = f.let(i32.add(scratch, HISTOGRAM_BYTES));
      const spare = f.let(i32.add(pairs, i32.shl(n, 3)));
      const p = f.let(x);
      const pair = f.let(pairs);
      f.for(0, n, 1, (j) => {
        const key = i32.xor(orderedKey(f, f32.load(p)), flip);
        i64.store(f, pair, i64.or(i64.shl(i64.extendI32U(key), 32n), i64.extendI32U(j)));
        f.inc(p, xStep);
        f.inc(pair, 8);
      });
      f.if(
        i32.leS(n, SHORT),
        () => insertionSort(f, pairs, n),
        () => radixSort(f, pairs, spare, scratch, n),
      );
      f.repeat(n, () => {
        const place = f.let(i32.load(pairs));
        i32.store(f, values, i32.load(i32.add(x, i32.mul(place, xStep))));
        i64.store(f, indices, i64.extendI32U(place));
        f.inc(values, i32.shl(step, 2));
        f.inc(indices, i32.shl(step, 3));
        f.inc(pairs, 8);
      });
    },
  );
}

/** Sorts float32 views along an axis. */
export class SortKernel {
  private readonly engine: Engine;

  constructor(engine: Engine) {
    this.engine = engine;
  }

  run(x: CpuView, values: CpuView, indices: CpuView, axis: number, descending: boolean): void {
    if (countOf(x) === 0) return;
    const n = x.shape[axis]!;
    const sort = this.engine.module("sort", defineSort)["sort"]!;
    const bytes = HISTOGRAM_BYTES + 16 * n;
    const without = (list: readonly number[]): number[] => list.filter((_, d) => d !== axis);
    const others = without(x.shape);
    const from = offsetTable(others, without(x.strides));
    const to = offsetTable(others, without(values.strides));
    const step = values.strides[axis]!;
    this.engine.withScratch((scratch) => {
      const spare = scratch.take(bytes);
      for (let i = 0; i < from.length; i++) {
        const at = to[i]!;
        sort(
          addressOf(x) + from[i]! * 4,
          x.strides[axis]! * 4,
          addressOf(values) + at * 4,
          addressOf(indices) + at * 8,
          step,
          n,
          descending ? -1 : 0,
          spare,
        );
      }
    });
  }
}
