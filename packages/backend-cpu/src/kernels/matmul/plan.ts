// How a product is laid out: what is packed, block sizes, scratch, and how it is cut into parallel calls.
import type { Engine, Part } from "../../engine.js";
import { BLOCK_K, BLOCK_M, BLOCK_N, type AKind } from "./gemm.js";
import { TILE_M, TILE_N } from "./tile.js";

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

/** Products of fewer multiplications, some 25 µs of them, are not worth a second thread. */
const PARALLEL_WORK = 2 ** 18;

/** Threads for a product of `work` multiplications. */
export function threadsFor(engine: Engine, work: number): number {
  return work < PARALLEL_WORK ? 1 : engine.threads;
}

const LINE = 64;
const L1_SETS = 64;
/** Half the ways of a 32 KiB cache of 8: the rest is for the other operand and for C. */
const L1_WAYS = 4;

function gcd(a: number, b: number): number {
  return b === 0 ? a : gcd(b, a % b);
}

/** True when `steps` lines of the cache, `stride` bytes apart, stay in L1 while they are read again and again. */
export function staysInL1(steps: number, stride: number): boolean {
  const distance = Math.abs(stride);
  if (distance < LINE) return steps * distance <= L1_SETS * L1_WAYS * LINE;
  const sets = distance % LINE === 0 ? L1_SETS / gcd(distance / LINE, L1_SETS) : L1_SETS;
  return steps <= sets * L1_WAYS;
}

/** Block sizes, what is packed, and the bytes of the packing buffers. */
export interface ProductPlan {
  readonly aKind: AKind;
  readonly bInPlace: boolean;
  readonly blockK: number;
  readonly blockN: number;
  readonly aBytes: number;
  readonly bBytes: number;
}

/** Columns of B that have this few rows of A to meet are read in place whatever their strides. */
const FEW_ROWS = 8;

/** A transposed A meets so few columns of B at most that packing it would not pay. */
const FEW_COLUMNS = 32;

/** The plan of C[m, n] = A[m, k] B[k, n]; the depth is split evenly. */
export function planProduct(m: number, n: number, k: number, a: Matrix, b: Matrix): ProductPlan {
  const blockK = Math.ceil(k / Math.ceil(k / BLOCK_K));
  const blockN = Math.min(BLOCK_N, roundUp(n, TILE_N));
  let aKind: AKind = "packed";
  if (a.column === 4) aKind = "rows";
  else if (a.row === 4 && n <= FEW_COLUMNS && staysInL1(blockK, a.column)) aKind = "steps";
  const near = m <= FEW_ROWS || staysInL1(blockK, b.row);
  const bInPlace = aKind === "rows" && n >= TILE_N && b.column === 4 && b.row !== 0 && near;
  return {
    aKind,
    bInPlace,
    blockK,
    blockN,
    aBytes: aKind === "packed" ? Math.min(m, BLOCK_M) * blockK * 4 : 0,
    bBytes: bInPlace ? (n % TILE_N === 0 ? 0 : blockK * TILE_N * 4) : blockN * blockK * 4,
  };
}

/** A part of a product: rows from `row`, columns from `column`. */
export interface Piece {
  readonly row: number;
  readonly rows: number;
  readonly column: number;
  readonly columns: number;
}

/** Columns of a piece: two panels, a cache line of C. */
const PIECE_N = 2 * TILE_N;

/** Cuts `size` into `parts` ranges (or the next whole number) of whole `unit`s, or fewer: `[start, length]`, none longer than the first. */
export function ranges(size: number, unit: number, parts: number): [number, number][] {
  const units = Math.ceil(size / unit);
  const count = Math.max(1, Math.min(Math.ceil(parts), units));
  const result: [number, number][] = [];
  for (let i = 0; i < count; i++) {
    const start = Math.ceil((i * units) / count) * unit;
    result.push([start, Math.min(size, Math.ceil(((i + 1) * units) / count) * unit) - start]);
  }
  return result;
}

/** Most parts of one list of calls: every one of them is code. */
const MOST_PARTS = 128;

/** Makes calls in lists, which may run at the same time. */
export function launch(engine: Engine, lists: readonly (readonly Part[])[]): void {
  if (engine.parts) engine.parts.run(lists);
  else engine.parallel(lists.flatMap((parts) => parts.map((p) => p.call)));
}

/**
 * Makes the calls of `size` units of `bytes` each, in multiples of `unit`: a list for each of `threads`, whose maker
 * `list` gives, so that the calls of a list may share scratch memory; of several parts where the engine wants them.
 */
export function inParts(
  engine: Engine,
  size: number,
  unit: number,
  threads: number,
  bytes: number,
  list: (index: number) => (start: number, count: number) => Part,
): void {
  const { parts } = engine;
  if (!parts && threads === 1) return engine.parallel([list(0)(0, size).call]);
  launch(
    engine,
    ranges(size, unit, threads).map(([first, length], i) => {
      const make = list(i);
      const most = parts ? Math.min(MOST_PARTS, Math.ceil((length * bytes) / parts.bytes)) : 1;
      return ranges(length, unit, most).map(([start, count]) => make(first + start, count));
    }),
  );
}

/** Cuts a product for the engine's threads, along the operand that is cheaper to read twice. */
export function pieces(engine: Engine, m: number, n: number, k: number, plan: ProductPlan): Piece[] {
  const parts = threadsFor(engine, m * n * k);
  if (parts === 1) return [{ row: 0, rows: m, column: 0, columns: n }];
  const wide = n >= PIECE_N * parts && (n >= m || plan.aKind !== "packed") && !(plan.bInPlace && m > n);
  if (wide) {
    return ranges(n, PIECE_N, parts).map(([column, columns]) => ({ row: 0, rows: m, column, columns }));
  }
  return ranges(m, TILE_M, parts).map(([row, rows]) => ({ row, rows, column: 0, columns: n }));
}
