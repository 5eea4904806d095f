// The matmul kernel for float32 and for 32-bit integers: batches, strides, and the choice between GEMM and matrix-vector products.
import type { Call, Engine, Exports } from "../../engine.js";
import type { FillKernel } from "../source/fill.js";
import { addressOf, type CpuView } from "../view.js";
import { defineGemm } from "./gemm.js";
import { defineGemv } from "./gemv.js";
import { threadsFor, pieces, planProduct, ranges, type Matrix, type ProductPlan } from "./plan.js";
import { SPARE_BYTES, type Factors } from "./tile.js";

/** A batch axis: entries, and bytes from one to the next in A, B and C. */
interface BatchAxis {
  readonly count: number;
  readonly a: number;
  readonly b: number;
  readonly c: number;
}

const ONE: BatchAxis = { count: 1, a: 0, b: 0, c: 0 };

/** Products of matrices of float32, or of 32-bit integers, signed or not. */
export class MatmulKernel {
  private readonly engine: Engine;
  private readonly fill: FillKernel;
  /** What the matrices hold. */
  readonly factors: Factors;

  constructor(engine: Engine, fill: FillKernel, factors: Factors = "float32") {
    this.engine = engine;
    this.fill = fill;
    this.factors = factors;
  }

  private gemm({ aKind, bInPlace }: ProductPlan): Exports {
    return this.engine.module(`gemm:${this.factors}:${aKind}${bInPlace}`, (m) => {
      defineGemm(m, aKind, bInPlace, this.factors);
    });
  }

  run(a: CpuView, b: CpuView, out: CpuView): void {
    const rank = out.shape.length;
    let m = out.shape[rank - 2]!;
    const n = out.shape[rank - 1]!;
    const k = a.shape[rank - 1]!;
    if (out.shape.includes(0)) return;
    if (k === 0) {
      this.fill.run(out, 0);
      return;
    }
    const aStrides = a.strides.map((s) => s * 4);
    const bStrides = b.strides.map((s) => s * 4);
    let batchRank = rank - 2;
    let aRow = aStrides[rank - 2]!;
    // [batch, m, k] x [k, n] is one product of batch * m rows when A's rows go on from batch to batch.
    while (batchRank > 0) {
      const axis = batchRank - 1;
      const size = out.shape[axis]!;
      const joins = bStrides[axis] === 0 && (m === 1 || aStrides[axis] === m * aRow);
      if (size !== 1 && !joins) break;
      if (m === 1) aRow = aStrides[axis]!;
      m *= size;
      batchRank--;
    }
    const axes = batchAxes(out.shape.slice(0, batchRank), aStrides, bStrides, m * n * 4);
    const left: Matrix = { address: addressOf(a), row: aRow, column: aStrides[rank - 1]! };
    const right: Matrix = { address: addressOf(b), row: bStrides[rank - 2]!, column: bStrides[rank - 1]! };
    this.batches(m, n, k, left, right, addressOf(out), axes);
  }

  /** C[m, n] = A[m, k] B[k, n]; C's elements of a row adjacent, rows `cRow` bytes apart; k >= 1. */
  product(m: number, n: number, k: number, a: Matrix, b: Matrix, c: number, cRow: number): void {
    if (m === 1 && this.vector(n, k, a.address, a.column, b, c, 4)) return;
    if (n === 1) {
      const transposed = { address: a.address, row: a.column, column: a.row };
      if (this.vector(m, k, b.address, b.row, transposed, c, cRow)) return;
    }
    const plan = planProduct(m, n, k, a, b);
    this.engine.withScratch((scratch) => {
      this.engine.parallel(
        pieces(this.engine, m, n, k, plan).map((piece): Call => {
          const packedA = scratch.take(plan.aBytes + plan.bBytes + SPARE_BYTES);
          const packedB = packedA + plan.aBytes;
          return [
            this.gemm(plan)["gemm"]!,
            piece.rows,
            piece.columns,
            k,
            a.address + piece.row * a.row,
            a.row,
            a.column,
            b.address + piece.column * b.column,
            b.row,
            b.column,
            c + piece.row * cRow + piece.column * 4,
            cRow,
            plan.bInPlace ? 1 : 0,
            0,
            packedA,
            packedB,
            packedB + plan.bBytes,
            plan.blockK,
            plan.blockN,
          ];
        }),
      );
    });
  }

  /** Products over batch axes, innermost first: two of them in one call, the rest one by one. */
  private batches(
    m: number,
    n: number,
    k: number,
    a: Matrix,
    b: Matrix,
    c: number,
    axes: readonly BatchAxis[],
  ): void {
    if (axes.length === 0) {
      this.product(m, n, k, a, b, c, n * 4);
      return;
    }
    if (axes.length > 2) {
      const last = axes.at(-1)!;
      for (let i = 0; i < last.count; i++) {
        const nextA = { ...a, address: a.address + i * last.a };
        const nextB = { ...b, address: b.address + i * last.b };
        this.batches(m, n, k, nextA, nextB, c + i * last.c, axes.slice(0, -1));
      }
      return;
    }
    const [inner, outer = ONE] = axes as readonly [BatchAxis, BatchAxis?];
    const plan = planProduct(m, n, k, a, b);
    const work = m * n * k * inner.count * outer.count;
    const parts = threadsFor(this.engine, work);
    const cutOuter = outer.count >= inner.count;
    this.engine.withScratch((scratch) => {
      this.engine.parallel(
        ranges(cutOuter ? outer.count : inner.count, 1, parts).map(([start, count]): Call => {
          const cut = cutOuter ? outer : inner;
          const packedA = scratch.take(plan.aBytes + plan.bBytes + SPARE_BYTES);
          const packedB = packedA + plan.aBytes;
          return [
            this.gemm(plan)["gemmBatch"]!,
            cutOuter ? inner.count : count,
            inner.a,
            inner.b,
            inner.c,
            cutOuter ? count : outer.count,
            outer.a,
            outer.b,
            outer.c,
            m,
            n,
            k,
            a.address + start * cut.a,
            a.row,
            a.column,
            b.address + start * cut.b,
            b.row,
            b.column,
            c + start * cut.c,
            n * 4,
            plan.bInPlace ? 1 : 0,
            0,
            packedA,
            packedB,
            packedB + plan.bBytes,
            plan.blockK,
            plan.blockN,
          ];
        }),
      );
    });
  }

  /** y = x B when they are float32 and B's rows or columns are adjacent; else false. */
  private vector(
    n: number,
    k: number,
    x: number,
    xStep: number,
    b: Matrix,
    y: number,
    yStep: number,
  ): boolean {
    const byColumns = b.column === 4 && yStep === 4 && n > 1;
    if (this.factors !== "float32" || (!byColumns && b.row !== 4)) return false;
    const kernel = this.engine.module("gemv", defineGemv);
    const parts = threadsFor(this.engine, n * k);
    this.engine.parallel(
      ranges(n, 16, parts).map(([start, count]): Call => {
        const from = b.address + start * b.column;
        const to = y + start * yStep;
        return byColumns
          ? [kernel["gemvColumns"]!, count, k, x, xStep, from, b.row, to]
          : [kernel["gemvRows"]!, count, k, x, xStep, from, b.column, to, yStep];
      }),
    );
    return true;
  }
}

/** Batch axes longer than 1, innermost first, joined where all three matrices allow it. */
function batchAxes(
  shape: readonly number[],
  aStrides: readonly number[],
  bStrides: readonly number[],
  bytes: number,
): BatchAxis[] {
  const axes: BatchAxis[] = [];
  let c = bytes;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const count = shape[axis]!;
    const [a, b] = [aStrides[axis]!, bStrides[axis]!];
    const last = axes.at(-1);
    if (last !== undefined && a === last.a * last.count && b === last.b * last.count) {
      axes[axes.length - 1] = { ...last, count: last.count * count };
    } else if (count > 1) {
      axes.push({ count, a, b, c });
    }
    c *= count;
  }
  return axes;
}
