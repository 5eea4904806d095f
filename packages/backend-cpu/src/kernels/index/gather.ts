// gather along one axis: rows of bytes chosen by an index table.
import { itemSize, type DType, sizeOf } from "@isoform/core";
import type { Engine, Scratch } from "../../engine.js";
import { i32, i64, memoryFill, type Expr, type Local, type ModuleBuilder } from "../../wasm/index.js";
import { moveRun, type CopyKernel } from "../copy/copy.js";
import { SCALARS, toI64 } from "../scalars.js";
import { ranges } from "../matmul/plan.js";
import { partsOf } from "../strided/runner.js";
import { addressOf, countOf, type CpuView } from "../view.js";

/** The index at `p` as an unsigned 64-bit number, so that negative ones are out of every range. */
export function loadIndex(dtype: DType, p: Expr<"i32">): Expr<"i64"> {
  const scalar = SCALARS[dtype]!;
  return toI64(scalar.load(p), scalar.signed, scalar.signed);
}

type MoveRow = (to: Local<"i32">, from: Local<"i32">) => void;

/** Defines `gather(out, x, indices, outer, n, count, rowBytes, axisBytes, outerBytes)`. */
function defineGather(m: ModuleBuilder, indexType: DType): void {
  const I = "i32";
  const bytesPerIndex = SCALARS[indexType]!.bytes;
  m.exportFunc(
    "gather",
    [I, I, I, I, I, I, I, I, I],
    null,
    (f, out, x, indices, outer, n, count, rowBytes, axisBytes, outerBytes) => {
      const limit = f.let(i64.extendI32U(n));
      const rows = (move: MoveRow): void => {
        f.repeat(outer, () => {
          const p = f.let(indices);
          f.repeat(count, () => {
            const index = f.let(loadIndex(indexType, p));
            f.if(
              i64.ltU(index, limit),
              () => move(out, f.let(i32.add(x, i32.mul(i32.wrapI64(index), axisBytes)))),
              () => memoryFill(f, out, 0, rowBytes),
            );
            f.inc(out, rowBytes);
            f.inc(p, bytesPerIndex);
          });
          f.inc(x, outerBytes);
        });
      };
      f.if(
        i32.eq(rowBytes, 4),
        () => rows((to, from) => i32.store(f, to, i32.load(from))),
        () => rows((to, from) => moveRun(f, 1, f.let(to), from, rowBytes)),
      );
    },
  );
}

/** Gathers rows of any dtype with integer indices of any dtype. */
export class GatherKernel {
  private readonly engine: Engine;
  private readonly copy: CopyKernel;

  constructor(engine: Engine, copy: CopyKernel) {
    this.engine = engine;
    this.copy = copy;
  }

  run(x: CpuView, indices: CpuView, out: CpuView, axis: number): void {
    if (countOf(out) === 0) return;
    const bytes = itemSize(x.dtype);
    const n = x.shape[axis]!;
    const kernel = this.engine.module(`gather:${indices.dtype}`, (m) => defineGather(m, indices.dtype));
    this.engine.withScratch((scratch) => {
      const from = this.rows(x, axis, scratch);
      const list = this.copy.dense(indices, scratch);
      const outer = sizeOf(x.shape.slice(0, axis));
      const count = countOf(list);
      const row = sizeOf(x.shape.slice(axis + 1)) * bytes;
      const step = (from.strides[axis - 1] ?? 0) * bytes;
      // Threads share what is outside of the axis, or where there is only one of that, the indices.
      const one = outer === 1;
      const [shared, toNext, fromNext, listNext] = one
        ? [count, row, 0, itemSize(list.dtype)]
        : [outer, count * row, step, 0];
      this.engine.parallel(
        ranges(shared, 1, partsOf(this.engine, countOf(out))).map(([start, size]) => [
          kernel["gather"]!,
          addressOf(out) + start * toNext,
          addressOf(from) + start * fromNext,
          addressOf(list) + start * listNext,
          one ? 1 : size,
          n,
          one ? size : count,
          row,
          from.strides[axis]! * bytes,
          step,
        ]),
      );
    });
  }

  /** `x` itself when its rows are dense and its outer axes are one, else a copy. */
  private rows(x: CpuView, axis: number, scratch: Scratch): CpuView {
    let step = 1;
    for (let d = x.shape.length - 1; d > axis; d--) {
      if (x.shape[d] !== 1 && x.strides[d] !== step) return this.copy.dense(x, scratch);
      step *= x.shape[d]!;
    }
    return axis <= 1 ? x : this.copy.dense(x, scratch);
  }
}
