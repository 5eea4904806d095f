// The matmul kernel for float32: batches, strides, and the choice between GEMM and matrix-vector products.
import { SPARE, type Engine, type Exports } from "../../engine.js";
import type { FillKernel } from "../source/fill.js";
import { addressOf, type CpuView } from "../view.js";
import { BLOCK_K, BLOCK_M, BLOCK_N, defineGemm, TILE_M, TILE_N } from "./gemm.js";
import { defineGemv } from "./gemv.js";

/** A matrix in memory: address and byte strides. */
export interface Matrix {
  readonly address: number;
  readonly row: number;
  readonly column: number;
}

/** `n` rounded up to a multiple of `step`. */
export function roundUp(n: number, step: number): number {
  return Math.ceil(n / step) * step;
}

/** Block sizes of a product and the bytes of its packing buffer, A's panels first. */
export interface Blocking {
  readonly blockK: number;
  readonly blockN: number;
  readonly aBytes: number;
  readonly bytes: number;
}

/** The blocking of a product; the depth is split evenly. */
export function blocking(rows: number, columns: number, depth: number): Blocking {
  const blockK = Math.ceil(depth / Math.ceil(depth / BLOCK_K));
  const blockN = Math.min(BLOCK_N, roundUp(columns, TILE_N));
  const aBytes = roundUp(Math.min(rows, BLOCK_M), TILE_M) * blockK * 4;
  return { blockK, blockN, aBytes, bytes: aBytes + blockN * blockK * 4 };
}

/** Products of float32 matrices. */
export class MatmulKernel {
  private readonly engine: Engine;
  private readonly fill: FillKernel;
  private exports: Exports | undefined;

  constructor(engine: Engine, fill: FillKernel) {
    this.engine = engine;
    this.fill = fill;
  }

  /** The GEMM module; convolutions use its packing and tile loops too. */
  get module(): Exports {
    return (this.exports ??= this.engine.module("matmul", (m) => {
      defineGemm(m);
      defineGemv(m);
    }));
  }

  run(a: CpuView, b: CpuView, out: CpuView): void {
    const rank = out.shape.length;
    let m = out.shape[rank - 2]!;
    const n = out.shape[rank - 1]!;
    const k = a.shape[rank - 1]!;
    const batchShape = out.shape.slice(0, rank - 2);
    let batch = batchShape.reduce((x, y) => x * y, 1);
    if (batch * m * n === 0) return;
    const aStrides = a.strides.map((s) => s * 4);
    const bStrides = b.strides.map((s) => s * 4);
    const to = addressOf(out);
    if (k === 0) {
      this.fill.run(out, 0);
      return;
    }
    let batchRank = rank - 2;
    let aRow = aStrides[rank - 2]!;
    // [batch, m, k] x [k, n] is one product of batch * m rows when A's rows go on from batch to batch.
    while (batchRank > 0) {
      const axis = batchRank - 1;
      const size = batchShape[axis]!;
      const joins = bStrides[axis] === 0 && (m === 1 || aStrides[axis] === m * aRow);
      if (size !== 1 && !joins) break;
      if (m === 1) aRow = aStrides[axis]!;
      m *= size;
      batch /= size;
      batchRank--;
    }
    const index = batchShape.slice(0, batchRank).map(() => 0);
    let aAt = addressOf(a);
    let bAt = addressOf(b);
    for (let i = 0; i < batch; i++) {
      this.product(
        m,
        n,
        k,
        { address: aAt, row: aRow, column: aStrides[rank - 1]! },
        { address: bAt, row: bStrides[rank - 2]!, column: bStrides[rank - 1]! },
        to + i * m * n * 4,
        n * 4,
      );
      for (let axis = batchRank - 1; axis >= 0; axis--) {
        aAt += aStrides[axis]!;
        bAt += bStrides[axis]!;
        if (++index[axis]! < batchShape[axis]!) break;
        aAt -= aStrides[axis]! * batchShape[axis]!;
        bAt -= bStrides[axis]! * batchShape[axis]!;
        index[axis] = 0;
      }
    }
  }

  /** C[m, n] = A[m, k] B[k, n]; C's elements of a row adjacent, rows `cRow` bytes apart; k >= 1. */
  product(m: number, n: number, k: number, a: Matrix, b: Matrix, c: number, cRow: number): void {
    if (m === 1 && this.vector(n, k, a.address, a.column, b, c, 4)) return;
    if (n === 1) {
      const transposed = { address: a.address, row: a.column, column: a.row };
      if (this.vector(m, k, b.address, b.row, transposed, c, cRow)) return;
    }
    const { blockK, blockN, aBytes, bytes } = blocking(m, n, k);
    this.engine.withScratch((scratch) => {
      const packed = scratch.take(bytes);
      this.module["gemm"]!(
        m,
        n,
        k,
        a.address,
        a.row,
        a.column,
        b.address,
        b.row,
        b.column,
        c,
        cRow,
        packed,
        packed + aBytes,
        SPARE,
        blockK,
        blockN,
      );
    });
  }

  /** y = x B when B's rows or columns are adjacent; false when neither is. */
  private vector(
    n: number,
    k: number,
    x: number,
    xStep: number,
    b: Matrix,
    y: number,
    yStep: number,
  ): boolean {
    if (b.column === 4 && yStep === 4) {
      this.module["gemvColumns"]!(n, k, x, xStep, b.address, b.row, y);
      return true;
    }
    if (b.row === 4) {
      this.module["gemvRows"]!(n, k, x, xStep, b.address, b.column, y, yStep);
      return true;
    }
    return false;
  }
}
