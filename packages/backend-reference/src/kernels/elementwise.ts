// unary, binary, compare, where.
import { isFloat, type Kernels } from "@isoform/core";
import { copyWords, isBig, type Access } from "../elements.js";
import { bigintBinary, bigintUnary, numberBinary, numberUnary } from "./arithmetic.js";
import type { Elements } from "./domain.js";

type Elementwise<B> = Pick<Kernels<B>, "unary" | "binary" | "compare" | "where">;

function map<T>(f: (x: T) => T, x: Elements<T>, out: Elements<T>): void {
  for (let i = 0; i < out.length; i++) out[i] = f(x[i]!);
}

function zip<T>(f: (a: T, b: T) => T, a: Elements<T>, b: Elements<T>, out: Elements<T>): void {
  for (let i = 0; i < out.length; i++) out[i] = f(a[i]!, b[i]!);
}

/** The four commonest float functions without a call per element. */
function arithmetic(fn: string, a: Float64Array, b: Float64Array, out: Float64Array): boolean {
  const n = out.length;
  switch (fn) {
    case "add":
      for (let i = 0; i < n; i++) out[i] = a[i]! + b[i]!;
      return true;
    case "sub":
      for (let i = 0; i < n; i++) out[i] = a[i]! - b[i]!;
      return true;
    case "mul":
      for (let i = 0; i < n; i++) out[i] = a[i]! * b[i]!;
      return true;
    case "div":
      for (let i = 0; i < n; i++) out[i] = a[i]! / b[i]!;
      return true;
    default:
      return false;
  }
}

/** Elementwise kernels. */
export function elementwiseKernels<B>(access: Access<B>): Elementwise<B> {
  return {
    unary(fn, x, out) {
      if (isBig(x.dtype)) {
        const data = access.bigints(x);
        const result = data.slice();
        map(bigintUnary(fn, x.dtype), data, result);
        access.storeBigints(out, result);
        return;
      }
      const data = access.numbers(x);
      const result = new Float64Array(data.length);
      map(numberUnary(fn, x.dtype), data, result);
      access.storeNumbers(out, result);
    },

    binary(fn, a, b, out) {
      if (isBig(a.dtype)) {
        const data = access.bigints(a);
        const result = data.slice();
        zip<bigint>(bigintBinary(fn, a.dtype), data, access.bigints(b), result);
        access.storeBigints(out, result);
        return;
      }
      const data = access.numbers(a);
      const other = access.numbers(b);
      const result = new Float64Array(data.length);
      if (!isFloat(a.dtype) || !arithmetic(fn, data, other, result)) {
        zip(numberBinary(fn, a.dtype), data, other, result);
      }
      access.storeNumbers(out, result);
    },

    compare(fn, a, b, out) {
      const x: Elements<number | bigint> = isBig(a.dtype) ? access.bigints(a) : access.numbers(a);
      const y: Elements<number | bigint> = isBig(a.dtype) ? access.bigints(b) : access.numbers(b);
      const result = access.dense(out) as Uint8Array;
      switch (fn) {
        case "eq":
          for (let i = 0; i < result.length; i++) result[i] = x[i] === y[i] ? 1 : 0;
          return;
        case "lt":
          for (let i = 0; i < result.length; i++) result[i] = x[i]! < y[i]! ? 1 : 0;
          return;
        case "le":
          for (let i = 0; i < result.length; i++) result[i] = x[i]! <= y[i]! ? 1 : 0;
          return;
        default:
          fn satisfies never;
      }
    },

    where(cond, a, b, out) {
      copyWords(access.words(b), access.words(out));
      const flags = access.dense(cond) as Uint8Array;
      const from = access.dense(a);
      select(
        flags,
        bytesOf(from),
        bytesOf(access.dense(out)),
        flags.length === 0 ? 1 : from.byteLength / flags.length,
      );
    },
  };
}

function bytesOf(data: ArrayBufferView): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/** Copies the elements whose flag is set, byte by byte. */
function select(flags: Uint8Array, from: Uint8Array, to: Uint8Array, size: number): void {
  for (let i = 0; i < flags.length; i++) {
    if (flags[i] === 0) continue;
    for (let j = i * size; j < (i + 1) * size; j++) to[j] = from[j]!;
  }
}
