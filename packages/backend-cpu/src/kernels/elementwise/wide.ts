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
} from "../../wasm/index.js";
import { convertScalar, SCALARS, type Scalar } from "../scalars.js";
import { defineNd, innerParams } from "../strided/loop.js";

type Long = Expr<"i64">;
type Double = Expr<"f64">;
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

const isLong = (x: Local): x is Local<"i64"> => x.type === "i64";
const isDouble = (x: Local): x is Local<"f64"> => x.type === "f64";
const isWord = (x: Local): x is Local<"i32"> => x.type === "i32";
const long1 =
  (op: (x: Long) => Expr): Emit =>
  (_f, args) =>
    op(args.find(isLong)!);
const double1 =
  (op: (x: Double) => Expr): Emit =>
  (_f, args) =>
    op(args.find(isDouble)!);
type Longs = (a: Long, b: Long, f: FunctionBuilder) => Expr;
const long2 =
  (op: Longs): Emit =>
  (f, args) => {
    const [a, b] = args.filter(isLong);
    return op(a!, b!, f);
  };
const double2 =
  (op: (a: Double, b: Double) => Expr): Emit =>
  (_f, args) => {
    const [a, b] = args.filter(isDouble);
    return op(a!, b!);
  };

const word2 =
  (op: (a: Word, b: Word) => Expr): Emit =>
  (_f, args) => {
    const [a, b] = args.filter(isWord);
    return op(a!, b!);
  };

const same: Emit = (_f, [x]) => x!;
type Table<F extends string> = Readonly<Partial<Record<F, Emit>>>;

const DOUBLE_UNARY: Table<UnaryFn> = {
  neg: double1(f64.neg),
  abs: double1(f64.abs),
  sign: double1((x) => select(f64.lt(x, 0), f64.const(-1), select(f64.gt(x, 0), f64.const(1), x))),
  sqrt: double1(f64.sqrt),
  rsqrt: double1((x) => f64.div(1, f64.sqrt(x))),
  floor: double1(f64.floor),
  ceil: double1(f64.ceil),
  round: double1(f64.nearest),
};
const DOUBLE_BINARY: Table<BinaryFn> = {
  add: double2(f64.add),
  sub: double2(f64.sub),
  mul: double2(f64.mul),
  div: double2(f64.div),
  max: double2(f64.max),
  min: double2(f64.min),
};

const negative = (x: Long): Expr<"i32"> => i64.ltS(x, 0n);
const LONG_UNARY: Table<UnaryFn> = {
  neg: long1((x) => i64.sub(0n, x)),
  abs: long1((x) => select(negative(x), i64.sub(0n, x), x)),
  sign: long1((x) => select(negative(x), i64.const(-1n), i64.extendI32U(i64.ne(x, 0n)))),
  floor: same,
  ceil: same,
  round: same,
  not: long1((x) => i64.xor(x, -1n)),
};

/** `value` unless the divisor is 0, then 0. */
const unlessZero =
  (value: (a: Long, b: Long) => Long): Longs =>
  (a, b, f) => {
    const result = f.let(i64.const(0n));
    f.if(i64.ne(b, 0n), () => f.set(result, value(a, b)));
    return result;
  };
/** Shifts by less than 0 or by the width and more move every bit out. */
const inside = (b: Long): Expr<"i32"> => i64.ltU(b, 64n);
const orZero =
  (shift: (a: Long, b: Long) => Long): Longs =>
  (a, b) =>
    select(inside(b), shift(a, b), i64.const(0n));

function longBinary(signed: boolean): Table<BinaryFn> {
  const less = signed ? i64.ltS : i64.ltU;
  // The smallest integer divided by -1 would trap; it wraps to itself.
  const quotient = (a: Long, b: Long): Long => {
    const flips = i64.eq(b, -1n);
    return select(flips, i64.sub(0n, a), i64.divS(a, select(flips, i64.const(1n), b)));
  };
  return {
    add: long2(i64.add),
    sub: long2(i64.sub),
    mul: long2(i64.mul),
    div: long2(unlessZero(signed ? quotient : i64.divU)),
    rem: long2(unlessZero(signed ? i64.remS : i64.remU)),
    max: long2((a, b) => select(less(a, b), b, a)),
    min: long2((a, b) => select(less(b, a), b, a)),
    and: long2(i64.and),
    or: long2(i64.or),
    xor: long2(i64.xor),
    shl: long2(orZero(i64.shl)),
    shr: long2(signed ? (a, b) => i64.shrS(a, select(inside(b), b, i64.const(63n))) : orZero(i64.shrU)),
  };
}

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
  const tables: Partial<Record<DType, Table<UnaryFn>>> = {
    float64: DOUBLE_UNARY,
    int64: LONG_UNARY,
    uint64: { ...LONG_UNARY, abs: same, sign: long1((x) => i64.extendI32U(i64.ne(x, 0n))) },
  };
  return wide(dtype, [dtype], dtype, tables[dtype]?.[fn]);
}

/** A binary function on a dtype of 64 bits, or null when there is no native one. */
export function wideBinary(fn: BinaryFn, dtype: DType): WideFunction | null {
  const table = dtype === "float64" ? DOUBLE_BINARY : longBinary(dtype === "int64");
  return wide(dtype, [dtype, dtype], dtype, table[fn]);
}

/** A comparison on a dtype of 64 bits, or null on others. */
export function wideCompare(fn: CompareFn, dtype: DType): WideFunction | null {
  const signed = dtype === "int64";
  const longs = { eq: i64.eq, lt: signed ? i64.ltS : i64.ltU, le: signed ? i64.leS : i64.leU };
  const emit = dtype === "float64" ? double2(f64[fn]) : long2(longs[fn]);
  return wide(dtype, [dtype, dtype], "bool", emit);
}

/** Selection on a dtype of 64 bits, as raw bits, or null on others. */
export function wideWhere(dtype: DType): WideFunction | null {
  const emit: Emit = (f, [condition, ...values]) =>
    long2((a, b) => select([condition!].find(isWord)!, a, b))(f, values);
  return isWide(dtype) ? wide("int64", ["bool", "int64", "int64"], "int64", emit) : null;
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
  return { inputs: [scalar, scalar], output: scalar, emit: word2(emit) };
}

/** A cast between dtypes of which one has 64 bits, or null when there is none (those with 16-bit floats). */
export function wideCast(from: DType, to: DType): WideFunction | null {
  const [source, target] = [SCALARS[from], SCALARS[to]];
  if (!source || !target) return null;
  const emit: Emit = (_f, [x]) => convertScalar(x!, source, target, to === "bool");
  return { inputs: [source], output: target, emit };
}
