// A domain is the arithmetic of one dtype, so that a kernel is written once for numbers and for bigints.
import type { BufferView, DType, ReduceKind } from "@isoform/core";
import { isBig, type Access } from "../elements.js";
import { bigintBinary, numberBinary } from "./arithmetic.js";
import { highest, highestBig, lowest, lowestBig } from "./limits.js";

/** A dense array of numbers or bigints. */
export interface Elements<T> {
  readonly length: number;
  [index: number]: T;
}

/** Loading, storing and combining the elements of one dtype. */
export interface Domain<T, B> {
  load(view: BufferView<B>): Elements<T>;
  /** A zeroed array for results. */
  make(size: number): Elements<T>;
  /** A copy that may be written to. */
  copy(data: Elements<T>): Elements<T>;
  store(out: BufferView<B>, data: Elements<T>): void;
  readonly add: (a: T, b: T) => T;
  readonly mul: (a: T, b: T) => T;
  /** The combining function of a reduction and its neutral element. */
  reducer(kind: ReduceKind): { readonly combine: (a: T, b: T) => T; readonly neutral: T };
  fromNumber(x: number): T;
}

function numberDomain<B>(access: Access<B>, dtype: DType): Domain<number, B> {
  const lazy = (fn: "add" | "mul") => (dtype === "bool" ? Math.max : numberBinary(fn, dtype));
  return {
    load: (view) => access.numbers(view),
    make: (size) => new Float64Array(size),
    copy: (data) => Float64Array.from(data),
    store: (out, data) => access.storeNumbers(out, data as Float64Array),
    add: lazy("add"),
    mul: lazy("mul"),
    reducer: (kind) => {
      switch (kind) {
        case "sum":
          return { combine: numberBinary("add", dtype), neutral: 0 };
        case "prod":
          return { combine: numberBinary("mul", dtype), neutral: 1 };
        case "max":
          return { combine: Math.max, neutral: lowest(dtype) };
        case "min":
          return { combine: Math.min, neutral: highest(dtype) };
      }
    },
    fromNumber: (x) => x,
  };
}

function bigintDomain<B>(access: Access<B>, dtype: DType): Domain<bigint, B> {
  const make = (size: number) => (dtype === "int64" ? new BigInt64Array(size) : new BigUint64Array(size));
  return {
    load: (view) => access.bigints(view),
    make,
    copy: (data) => {
      const out = make(data.length);
      for (let i = 0; i < data.length; i++) out[i] = data[i]!;
      return out;
    },
    store: (out, data) => access.storeBigints(out, data as BigInt64Array),
    add: bigintBinary("add", dtype),
    mul: bigintBinary("mul", dtype),
    reducer: (kind) => {
      switch (kind) {
        case "sum":
          return { combine: bigintBinary("add", dtype), neutral: 0n };
        case "prod":
          return { combine: bigintBinary("mul", dtype), neutral: 1n };
        case "max":
          return { combine: bigintBinary("max", dtype), neutral: lowestBig(dtype) };
        case "min":
          return { combine: bigintBinary("min", dtype), neutral: highestBig(dtype) };
      }
    },
    fromNumber: BigInt,
  };
}

/** Runs `kernel` in the domain of a dtype. */
export function inDomain<B>(
  access: Access<B>,
  dtype: DType,
  kernel: <T extends number | bigint>(d: Domain<T, B>) => void,
): void {
  if (isBig(dtype)) kernel(bigintDomain(access, dtype));
  else kernel(numberDomain(access, dtype));
}
