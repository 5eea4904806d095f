// The copy kernel: contiguous runs, 2-D transposes in tiles, and any other strides, for elements of 1 to 8 bytes.
import { isContiguous, itemSize, rowMajor, sizeOf } from "@isoform/core";
import type { Call, Engine, Exports, Scratch } from "../../engine.js";
import {
  i32,
  i64,
  memoryCopy,
  v128,
  type FunctionBuilder,
  type Local,
  type ModuleBuilder,
} from "../../wasm/index.js";
import { defineNd } from "../strided/loop.js";
import { Plan } from "../strided/plan.js";
import { partsOf, PIECE, runPlanned } from "../strided/runner.js";
import { addressOf, countOf, type CpuView } from "../view.js";
import { defineTranspose } from "./transpose.js";

/** From this size on `memory.copy` is worth its call. */
const LONG_RUN = 512;
/** A 2-D part smaller than this is not worth the transpose kernel's call. */
const SMALL_TILE = 64;

function moveElement(f: FunctionBuilder, bytes: number, to: Local<"i32">, from: Local<"i32">): void {
  if (bytes === 1) i32.store8(f, to, i32.load8U(from));
  else if (bytes === 2) i32.store16(f, to, i32.load16U(from));
  else if (bytes === 4) i32.store(f, to, i32.load(from));
  else i64.store(f, to, i64.load(from));
}

/** Moves `n` elements of `bytes` bytes; advances `to` and `from`. */
export function moveRun(
  f: FunctionBuilder,
  bytes: number,
  to: Local<"i32">,
  from: Local<"i32">,
  n: Local<"i32">,
): void {
  const left = f.let(i32.mul(n, bytes));
  const pass = (width: number, move: () => void): void => {
    f.while(i32.geU(left, width), () => {
      move();
      f.inc(to, width);
      f.inc(from, width);
      f.inc(left, -width);
    });
  };
  f.if(
    i32.geU(left, LONG_RUN),
    () => memoryCopy(f, to, from, left),
    () => {
      pass(16, () => v128.store(f, to, v128.load(from)));
      if (bytes < 8) pass(4, () => i32.store(f, to, i32.load(from)));
      else pass(8, () => i64.store(f, to, i64.load(from)));
      if (bytes < 4) pass(1, () => i32.store8(f, to, i32.load8U(from)));
    },
  );
}

function defineCopy(m: ModuleBuilder, bytes: number): void {
  const I = "i32";
  const run = m.exportFunc("run", [I, I, I, I, I], null, (f, n, out, outStride, x, xStride) => {
    f.if(
      i32.and(i32.eq(outStride, bytes), i32.eq(xStride, bytes)),
      () => moveRun(f, bytes, out, x, n),
      () => {
        f.while(i32.ne(n, 0), () => {
          moveElement(f, bytes, out, x);
          f.inc(out, outStride);
          f.inc(x, xStride);
          f.inc(n, -1);
        });
      },
    );
  });
  defineNd(m, 2, run);
  if (bytes === 4) defineTranspose(m);
}

/** Strides from this one on, in elements, touch a line of the cache for every element. */
const FAR = 16;
/** Smaller views are in the cache, however they lie. */
const LARGE = 1 << 12;

/** Whether a walk along the last axis goes from line to line of the cache, where one along another axis would not. */
export function liesAcross({ dtype, shape, strides }: CpuView): boolean {
  if (itemSize(dtype) !== 4 || sizeOf(shape) < LARGE) return false;
  const long = strides.filter((_, i) => shape[i]! > 1);
  return Math.abs(long.at(-1)!) >= FAR && long.includes(1) && !long.includes(0);
}

/** Copies between strided views of one shape and item size. */
export class CopyKernel {
  /** Where it runs. */
  readonly engine: Engine;
  private readonly plan = new Plan();
  private readonly byBytes: Exports[] = [];

  constructor(engine: Engine) {
    this.engine = engine;
  }

  run(x: CpuView, out: CpuView): void {
    const views = [out, x];
    const n = this.plan.build(out.shape, views);
    if (n === 0) return;
    const bytes = itemSize(out.dtype);
    const kernel = (this.byBytes[bytes] ??= this.engine.module(`copy:${bytes}`, (m) => defineCopy(m, bytes)));
    if (bytes === 4 && this.transpose(kernel, x, out)) return;
    runPlanned(this.engine, this.plan, kernel, views, n, []);
  }

  /** A row-major view of the same elements: `x` itself, or a copy in scratch memory. */
  dense(x: CpuView, scratch: Scratch): CpuView {
    // Axes of size 1 may have any stride.
    if (isContiguous(x)) return { ...x, strides: rowMajor(x.shape) };
    const buffer = scratch.take(countOf(x) * itemSize(x.dtype));
    const copy: CpuView = { buffer, dtype: x.dtype, shape: x.shape, strides: rowMajor(x.shape), offset: 0 };
    this.run(x, copy);
    return copy;
  }

  /** Takes plans whose innermost axis is contiguous in one view while another axis is in the other. */
  private transpose(kernel: Exports, x: CpuView, out: CpuView): boolean {
    const { rank, sizes } = this.plan;
    const [to, from] = this.plan.strides as [number[], number[]];
    if (rank < 2) return false;
    const across = to.slice(0, rank).indexOf(1);
    const along = from.slice(0, rank).indexOf(1);
    if (across < 0 || along < 0 || across === along) return false;
    if (sizes[across]! * sizes[along]! < SMALL_TILE) return false;
    const rest: number[] = [];
    for (let axis = 0; axis < rank; axis++) if (axis !== across && axis !== along) rest.push(axis);
    const [rows, columns, outRow, xColumn] = [
      sizes[along]!,
      sizes[across]!,
      to[along]! * 4,
      from[across]! * 4,
    ];
    const whole = rest.reduce((n, axis) => n * sizes[axis]!, rows * columns);
    const cut = partsOf(this.engine, whole) > 1;
    const piece = cut ? Math.max(16, Math.ceil(PIECE / columns / 16) * 16) : rows;
    const move = kernel["transpose"]!;
    const calls: Call[] = [];
    const visit = (depth: number, outAt: number, xAt: number): void => {
      if (depth === rest.length) {
        for (let row = 0; row < rows; row += piece) {
          const count = Math.min(piece, rows - row);
          const args = [count, columns, outAt + row * outRow, outRow, xAt + row * 4, 4, xColumn] as const;
          if (cut) calls.push([move, ...args]);
          else move(...args);
        }
        return;
      }
      const axis = rest[depth]!;
      for (let i = 0; i < sizes[axis]!; i++) {
        visit(depth + 1, outAt + i * to[axis]! * 4, xAt + i * from[axis]! * 4);
      }
    };
    visit(0, addressOf(out), addressOf(x));
    if (cut) this.engine.parallel(calls);
    return true;
  }
}
