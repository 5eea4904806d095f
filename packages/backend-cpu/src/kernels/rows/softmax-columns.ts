// softmax and logSoftmax of float32 down columns: the rows of a panel of columns in the order of memory, with what
// belongs to a column in scratch memory.
import { f32x4, i32, memoryFill, select, type Local, type ModuleBuilder } from "../../wasm/index.js";
import { complete, DIFFERENCE_POWER, expOfDifference, importHostMath, log } from "../../math/index.js";
import { mapRow } from "./sweep.js";

const I = "i32";

/** Most columns in a panel: what belongs to them stays in the first-level cache. Fewer only scatter the reads. */
const PANEL = 1024;
/** Bytes of scratch memory of a call. */
export const PANEL_SCRATCH: number = 3 * PANEL * 4;
/** Terms that are added up before they go to a total, so that few roundings hit large sums. */
const BLOCK = 32;

/**
 * Defines `run(groups, length, n, out, x, step, scratch)`: groups of `length` rows of n columns, rows `step` bytes apart in
 * x and out; `scratch` is PANEL_SCRATCH bytes.
 */
export function defineSoftmaxColumns(m: ModuleBuilder, logarithm: boolean): void {
  const host = importHostMath(m);
  // As in softmax.ts, each pass is a function of its own.
  const maximum = m.func([I, I, I, I, I], null, (f, length, n, x, step, top) => {
    const [p, best] = [f.local(I), f.local(I)];
    f.set(best, top);
    mapRow(f, n, [best], best, 4, () => f32x4.const(Number.NEGATIVE_INFINITY));
    f.repeat(length, () => {
      f.set(p, x);
      f.set(best, top);
      mapRow(f, n, [p, best], best, 4, (load) => f32x4.pmax(load(best), load(p)));
      f.inc(x, step);
    });
  });
  const add = m.func([I, I, I], null, (f, n, sum, x) => {
    mapRow(f, n, [sum, x], sum, 4, (load) => f32x4.add(load(sum), load(x)));
  });
  const exponentials = m.func([I, I, I, I], null, (f, n, out, x, top) => {
    mapRow(f, n, [out, x, top], out, 8, (load) => expOfDifference(f, f32x4.sub(load(x), load(top))));
  });
  const total = m.func([I, I, I, I, I, I, I], null, (f, length, n, out, x, step, top, sum) => {
    const part = f.let(i32.add(sum, 4 * PANEL));
    const bytes = f.let(i32.shl(n, 2));
    memoryFill(f, sum, 0, bytes);
    f.while(i32.ne(length, 0), () => {
      const block = f.let(select(i32.ltU(length, BLOCK), length, i32.const(BLOCK)));
      f.inc(length, i32.sub(0, block));
      memoryFill(f, part, 0, bytes);
      f.repeat(block, () => {
        f.call(exponentials, n, out, x, top);
        f.call(add, n, part, out);
        f.inc(out, step);
        f.inc(x, step);
      });
      f.call(add, n, sum, part);
    });
  });
  const scale = m.func([I, I, I, I, I, I, I], null, (f, length, n, out, x, step, top, sum) => {
    const each = f.let(sum);
    mapRow(f, n, [each], each, 1, (load) => {
      if (!logarithm) return f32x4.div(f32x4.const(1), load(each));
      return complete(f, log, [f.let(f32x4.mul(load(each), f32x4.const(2 ** -DIFFERENCE_POWER)))], host);
    });
    const [to, from, shift] = [f.local(I), f.local(I), f.local(I)];
    f.repeat(length, () => {
      f.set(to, out);
      f.set(from, x);
      f.set(shift, top);
      f.set(each, sum);
      const pointers: Local<"i32">[] = logarithm ? [to, each, from, shift] : [to, each];
      mapRow(f, n, pointers, to, 4, (load) =>
        logarithm
          ? f32x4.sub(f32x4.sub(load(from), load(shift)), load(each))
          : f32x4.mul(load(to), load(each)),
      );
      f.inc(out, step);
      f.inc(x, step);
    });
  });
  m.exportFunc("run", [I, I, I, I, I, I, I], null, (f, groups, length, n, out, x, step, scratch) => {
    const sum = f.let(i32.add(scratch, 4 * PANEL));
    const group = f.let(i32.mul(step, length));
    const [left, width, to, from] = [f.local(I), f.local(I), f.local(I), f.local(I)];
    f.repeat(groups, () => {
      f.set(left, n);
      f.set(to, out);
      f.set(from, x);
      f.while(i32.ne(left, 0), () => {
        f.set(width, select(i32.ltU(left, PANEL), left, i32.const(PANEL)));
        f.call(maximum, length, width, from, step, scratch);
        f.call(total, length, width, to, from, step, scratch, sum);
        f.call(scale, length, width, to, from, step, scratch, sum);
        f.inc(left, i32.sub(0, width));
        for (const p of [to, from]) f.inc(p, i32.shl(width, 2));
      });
      for (const p of [out, x]) f.inc(p, group);
    });
  });
}
