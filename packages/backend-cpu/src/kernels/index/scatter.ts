// scatter along one axis: rows of updates combined into a copy of x. "set" moves bytes; the others compute in float32.
import { itemSize, type DType, type ScatterMode, sizeOf } from "@isoform/core";
import type { Engine } from "../../engine.js";
import {
  f32,
  f32x4,
  i32,
  i64,
  v128,
  type Expr,
  type FunctionBuilder,
  type Local,
  type ModuleBuilder,
} from "../../wasm/index.js";
import { moveRun, type CopyKernel } from "../copy/copy.js";
import { SCALARS } from "../scalars.js";
import { addressOf, countOf, type CpuView } from "../view.js";
import { loadIndex } from "./gather.js";

type Combining = Exclude<ScatterMode, "set">;

/** Combines `rowBytes` of float32 at `update` into `to`. */
function combineRow(
  f: FunctionBuilder,
  mode: Combining,
  to: Local<"i32">,
  update: Local<"i32">,
  rowBytes: Expr<"i32">,
): void {
  const left = f.let(rowBytes);
  f.while(i32.geU(left, 16), () => {
    v128.store(f, to, f32x4[mode](v128.load(to), v128.load(update)));
    f.inc(to, 16);
    f.inc(update, 16);
    f.inc(left, -16);
  });
  f.while(i32.ne(left, 0), () => {
    f32.store(f, to, f32[mode](f32.load(to), f32.load(update)));
    f.inc(to, 4);
    f.inc(update, 4);
    f.inc(left, -4);
  });
}

/** Defines `scatter(out, indices, updates, outer, n, count, rowBytes)`. */
function defineScatter(m: ModuleBuilder, mode: ScatterMode, indexType: DType): void {
  const I = "i32";
  const bytesPerIndex = SCALARS[indexType]!.bytes;
  m.exportFunc(
    "scatter",
    [I, I, I, I, I, I, I],
    null,
    (f, out, indices, updates, outer, n, count, rowBytes) => {
      const limit = f.let(i64.extendI32U(n));
      f.repeat(outer, () => {
        const p = f.let(indices);
        f.repeat(count, () => {
          const index = f.let(loadIndex(indexType, p));
          f.if(i64.ltU(index, limit), () => {
            const to = f.let(i32.add(out, i32.mul(i32.wrapI64(index), rowBytes)));
            const from = f.let(updates);
            if (mode === "set") moveRun(f, 1, to, from, rowBytes);
            else combineRow(f, mode, to, from, rowBytes);
          });
          f.inc(updates, rowBytes);
          f.inc(p, bytesPerIndex);
        });
        f.inc(out, i32.mul(n, rowBytes));
      });
    },
  );
}

/** Scatters rows: "set" of any dtype, the other modes of float32. */
export class ScatterKernel {
  private readonly engine: Engine;
  private readonly copy: CopyKernel;

  constructor(engine: Engine, copy: CopyKernel) {
    this.engine = engine;
    this.copy = copy;
  }

  run(mode: ScatterMode, x: CpuView, indices: CpuView, updates: CpuView, out: CpuView, axis: number): void {
    if (countOf(out) === 0) return;
    this.copy.run(x, out);
    if (countOf(updates) === 0) return;
    const kernel = this.engine.module(`scatter:${mode}:${indices.dtype}`, (m) =>
      defineScatter(m, mode, indices.dtype),
    );
    this.engine.withScratch((scratch) => {
      kernel["scatter"]!(
        addressOf(out),
        addressOf(this.copy.dense(indices, scratch)),
        addressOf(this.copy.dense(updates, scratch)),
        sizeOf(x.shape.slice(0, axis)),
        x.shape[axis]!,
        countOf(indices),
        sizeOf(x.shape.slice(axis + 1)) * itemSize(x.dtype),
      );
    });
  }
}
