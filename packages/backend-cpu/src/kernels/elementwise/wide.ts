// Elementwise functions of 64-bit dtypes, and casts from or to them: one scalar at a time.
import type { BinaryFn, CompareFn, DType, ReduceKind, UnaryFn } from "@isoform/core";
import {
  f64,
  i32,
  i64,
  select,
  type Expr,
  type FunctionBuilder,
  type Local,
  type ModuleBuilder,
  type ValueType,
} from "../../wasm/index.js";
import { convertScalar, SCALARS, type Scalar } from "../scalars.js";
import { defineNd, innerParams } from "../strided/loop.js";

type Long = Expr<"i64">;
type Word = Expr<"i32">;
type Emit = (f: FunctionBuilder, args: readonly Local[]) => Expr;

/** A function of scalars. */
export interface WideFunction {
  readonly inputs: readonly Scalar[];
  readonly output: Scalar;
  readonly emit: Emit;
}

/** Defines `run` over one axis and `nd` over more. */
export function defineWide(m: ModuleBuilder, { inputs, output, emit }: WideFunction): void {
  const run = m.exportFunc("run", innerParams(1 + inputs.length), null, (f, n, ...operands) => {
    f.while(n!, () => {
      const args = inputs.map((s, i) => f.let(s.load(operands[2 + 2 * i]!)));
      output.store(f, operands[0]!, emit(f, args));
      for (let i = 0; i < operands.length; i += 2) f.inc(operands[i]!, operands[i + 1]!);
      f.inc(n!, -1);
    });
  });
  defineNd(m, 1 + inputs.length, run);
}

/** Emits `op` on the arguments that are of a type. */
const on =
  <T extends ValueType>(type: T) =>
  (op: (...x: Expr<T>[]) => Expr): Emit =>
  (_f, args) =>
    op(...args.filter((x): x is Local<T> => x.type === type));
const onLongs = on("i64");
const onDoubles = on("f64");
const onWords = on("i32");

const same: Emit = (_f, [x]) => x!;
type Table<F extends string> = Readonly<Partial<Record<F, Emit>>>;

const DOUBLE_UNARY: Table<UnaryFn> = {
  neg: onDoubles(f64.neg),
  abs: onDoubles(f64.abs),
  sign: onDoubles((x) => select(f64.lt(x, 0), f64.const(-1), select(f64.gt(x, 0), f64.const(1), x))),
  sqrt: onDoubles(f64.sqrt),
  rsqrt: onDoubles((x) => f64.div(1, f64.sqrt(x))),
  floor: onDoubles(f64.floor),
  ceil: onDoubles(f64.ceil),
  round: onDoubles(f64.nearest),
};
const DOUBLE_BINARY: Table<BinaryFn> = {
  add: onDoubles(f64.add),
  sub: onDoubles(f64.sub),
  mul: onDoubles(f64.mul),
  div: onDoubles(f64.div),
  max: onDoubles(f64.max),
  min: onDoubles(f64.min),
};

const negative = (x: Long): Expr<"i32"> => i64.ltS(x, 0n);
const LONG_UNARY: Table<UnaryFn> = {
  neg: onLongs((x) => i64.sub(0n, x)),
  abs: onLongs((x) => select(negative(x), i64.sub(0n, x), x)),
  sign: onLongs((x) => select(negative(x), i64.const(-1n), i64.extendI32U(i64.ne(x, 0n)))),
  floor: same,
  ceil: same,
  round: same,
  not: onLongs((x) => i64.xor(x, -1n)),
};

/** `value` unless the divisor is 0, then 0. */
const unlessZero =
  (value: (a: Long, b: Long) => Long): Emit =>
  (f, args) =>
    onLongs((a, b) => {
      const result = f.let(i64.const(0n));
      f.if(i64.ne(b!, 0n), () => f.set(result, value(a!, b!)));
      return result;
    })(f, args);
/** Shifts by less than 0 or by the width and more move every bit out. */
const inside = (b: Long): Expr<"i32"> => i64.ltU(b, 64n);
const orZero =
  (shift: (a: Long, b: Long) => Long) =>
  (a: Long, b: Long): Long =>
    select(inside(b), shift(a, b), i64.const(0n));

function longBinary(signed: boolean): Table<BinaryFn> {
  const less = signed ? i64.ltS : i64.ltU;
  // The smallest integer divided by -1 would trap; it wraps to itself.
  const quotient = (a: Long, b: Long): Long => {
    const flips = i64.eq(b, -1n);
    return select(flips, i64.sub(0n, a), i64.divS(a, select(flips, i64.const(1n), b)));
  };
  return {
    add: onLongs(i64.add),
    sub: onLongs(i64.sub),
    mul: onLongs(i64.mul),
    div: unlessZero(signed ? quotient : i64.divU),
    rem: unlessZero(signed ? i64.remS : i64.remU),
    max: onLongs((a, b) => select(less(a, b), b, a)),
    min: onLongs((a, b) => select(less(b, a), b, a)),
    and: onLongs(i64.and),
    or: onLongs(i64.or),
    xor: onLongs(i64.xor),
    shl: onLongs(orZero(i64.shl)),
    shr: onLongs(signed ? (a, b) => i64.shrS(a, select(inside(b), b, i64.const(63n))) : orZero(i64.shrU)),
  };
}

const UNARY: Readonly<Partial<Record<DType, Table<UnaryFn>>>> = {
  float64: DOUBLE_UNARY,
  int64: LONG_UNARY,
  uint64: { ...LONG_UNARY, abs: same, sign: onLongs((x) => i64.extendI32U(i64.ne(x, 0n))) },
};
const BINARY: Readonly<Partial<Record<DType, Table<BinaryFn>>>> = {
  float64: DOUBLE_BINARY,
  int64: longBinary(true),
  uint64: longBinary(false),
};

const isWide = (dtype: DType): boolean => SCALARS[dtype]?.bytes === 8;

function wide(
  dtype: DType,
  inputs: readonly DType[],
  output: DType,
  emit: Emit | undefined,
): WideFunction | null {
  if (!isWide(dtype) || !emit) return null;
  return { inputs: inputs.map((d) => SCALARS[d]!), output: SCALARS[output]!, emit };
}

/** A unary function on a dtype of 64 bits, or null when there is no native one. */
export function wideUnary(fn: UnaryFn, dtype: DType): WideFunction | null {
  return wide(dtype, [dtype], dtype, UNARY[dtype]?.[fn]);
}

/** A binary function on a dtype of 64 bits, or null when there is no native one. */
export function wideBinary(fn: BinaryFn, dtype: DType): WideFunction | null {
  return wide(dtype, [dtype, dtype], dtype, BINARY[dtype]?.[fn]);
}

/** A comparison on a dtype of 64 bits, or null on others. */
export function wideCompare(fn: CompareFn, dtype: DType): WideFunction | null {
  const signed = dtype === "int64";
  const longs = { eq: i64.eq, lt: signed ? i64.ltS : i64.ltU, le: signed ? i64.leS : i64.leU };
  const emit = dtype === "float64" ? onDoubles(f64[fn]) : onLongs(longs[fn]);
  return wide(dtype, [dtype, dtype], "bool", emit);
}

/** Selection on a dtype of 64 bits, as raw bits, or null on others. */
export function wideWhere(dtype: DType): WideFunction | null {
  const emit: Emit = (f, args) =>
    onWords((condition) => onLongs((x, y) => select(condition, x, y))(f, args))(f, args);
  return wide(isWide(dtype) ? "int64" : dtype, ["bool", "int64", "int64"], "int64", emit);
}

/** The binary functions that reductions repeat. */
const REPEATED = { sum: "add", prod: "mul", max: "max", min: "min" } as const;

/**
 * A step of a reduction, of the result so far and an element: for 64-bit dtypes, integers and bool, else null. In the order of
 * the elements, as the reference does.
 */
export function wideReduction(kind: ReduceKind, dtype: DType): WideFunction | null {
  const scalar = SCALARS[dtype];
  if (scalar?.type !== "i32") return wideBinary(REPEATED[kind], dtype);
  const less = scalar.signed ? i32.ltS : i32.ltU;
  const emit = {
    sum: i32.add,
    prod: i32.mul,
    max: (a: Word, b: Word) => select(less(a, b), b, a),
    min: (a: Word, b: Word) => select(less(b, a), b, a),
  }[kind];
  return { inputs: [scalar, scalar], output: scalar, emit: onWords(emit) };
}

/** A cast between dtypes of which one has 64 bits, or null when there is none (those with 16-bit floats). */
export function wideCast(from: DType, to: DType): WideFunction | null {
  const [source, target] = [SCALARS[from], SCALARS[to]];
  if (!source || !target) return null;
  const emit: Emit = (_f, [x]) => convertScalar(x!, source, target, to === "bool");
  return { inputs: [source], output: target, emit };
}
