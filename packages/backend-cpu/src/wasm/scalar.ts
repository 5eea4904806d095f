// Scalar instructions: i32, i64, f32, f64, conversions between them, and memory.copy / memory.fill.
import {
  binary,
  constF32,
  constF64,
  constI32,
  constI64,
  load,
  node,
  store,
  toExpr,
  unary,
  type Arg,
  type Binary,
  type Emitter,
  type Expr,
  type Load,
  type Store,
  type Unary,
  type ValueType,
} from "./expr.js";

/** Instructions that both integer types have. */
export interface IntOps<T extends "i32" | "i64"> {
  readonly eqz: Unary<T, "i32">;
  readonly eq: Binary<T, "i32">;
  readonly ne: Binary<T, "i32">;
  readonly ltS: Binary<T, "i32">;
  readonly ltU: Binary<T, "i32">;
  readonly gtS: Binary<T, "i32">;
  readonly leS: Binary<T, "i32">;
  readonly leU: Binary<T, "i32">;
  readonly geS: Binary<T, "i32">;
  readonly geU: Binary<T, "i32">;
  readonly add: Binary<T>;
  readonly sub: Binary<T>;
  readonly mul: Binary<T>;
  /** Traps on a zero divisor and on the overflow of MIN / -1. */
  readonly divS: Binary<T>;
  readonly divU: Binary<T>;
  readonly remS: Binary<T>;
  readonly remU: Binary<T>;
  readonly and: Binary<T>;
  readonly or: Binary<T>;
  readonly xor: Binary<T>;
  /** Shift counts are taken modulo the width. */
  readonly shl: Binary<T>;
  readonly shrS: Binary<T>;
  readonly shrU: Binary<T>;
  readonly load: Load<T>;
  readonly load8S: Load<T>;
  readonly load8U: Load<T>;
  readonly load16S: Load<T>;
  readonly load16U: Load<T>;
  readonly store: Store<T>;
  readonly store8: Store<T>;
  readonly store16: Store<T>;
}

/** Instructions that both float types have. */
export interface FloatOps<T extends "f32" | "f64"> {
  const(value: number): Expr<T>;
  readonly eq: Binary<T, "i32">;
  readonly ne: Binary<T, "i32">;
  readonly lt: Binary<T, "i32">;
  readonly gt: Binary<T, "i32">;
  readonly le: Binary<T, "i32">;
  readonly ge: Binary<T, "i32">;
  readonly abs: Unary<T>;
  readonly neg: Unary<T>;
  readonly ceil: Unary<T>;
  readonly floor: Unary<T>;
  readonly trunc: Unary<T>;
  /** Half to even. */
  readonly nearest: Unary<T>;
  readonly sqrt: Unary<T>;
  readonly add: Binary<T>;
  readonly sub: Binary<T>;
  readonly mul: Binary<T>;
  readonly div: Binary<T>;
  /** Gives NaN when either operand is NaN. */
  readonly min: Binary<T>;
  readonly max: Binary<T>;
  readonly load: Load<T>;
  readonly store: Store<T>;
}

function intOps<T extends "i32" | "i64">(
  t: T,
  test: number,
  arith: number,
  mem: readonly [number, number, number, number, number, number, number, number],
  align: number,
): IntOps<T> {
  const cmp = (i: number): Binary<T, "i32"> => binary(t, "i32", [test + i]);
  const op = (i: number): Binary<T> => binary(t, t, [arith + i]);
  return {
    eqz: unary(t, "i32", [test]),
    eq: cmp(1),
    ne: cmp(2),
    ltS: cmp(3),
    ltU: cmp(4),
    gtS: cmp(5),
    leS: cmp(7),
    leU: cmp(8),
    geS: cmp(9),
    geU: cmp(10),
    add: op(3),
    sub: op(4),
    mul: op(5),
    divS: op(6),
    divU: op(7),
    remS: op(8),
    remU: op(9),
    and: op(10),
    or: op(11),
    xor: op(12),
    shl: op(13),
    shrS: op(14),
    shrU: op(15),
    load: load(t, [mem[0]], align),
    load8S: load(t, [mem[1]], 0),
    load8U: load(t, [mem[2]], 0),
    load16S: load(t, [mem[3]], 1),
    load16U: load(t, [mem[4]], 1),
    store: store(t, [mem[5]], align),
    store8: store(t, [mem[6]], 0),
    store16: store(t, [mem[7]], 1),
  };
}

function floatOps<T extends "f32" | "f64">(
  t: T,
  test: number,
  arith: number,
  mem: readonly [number, number],
  align: number,
  literal: (value: number) => Expr<T>,
): FloatOps<T> {
  const cmp = (i: number): Binary<T, "i32"> => binary(t, "i32", [test + i]);
  const one = (i: number): Unary<T> => unary(t, t, [arith + i]);
  const two = (i: number): Binary<T> => binary(t, t, [arith + i]);
  return {
    const: literal,
    eq: cmp(0),
    ne: cmp(1),
    lt: cmp(2),
    gt: cmp(3),
    le: cmp(4),
    ge: cmp(5),
    abs: one(0),
    neg: one(1),
    ceil: one(2),
    floor: one(3),
    trunc: one(4),
    nearest: one(5),
    sqrt: one(6),
    add: two(7),
    sub: two(8),
    mul: two(9),
    div: two(10),
    min: two(11),
    max: two(12),
    load: load(t, [mem[0]], align),
    store: store(t, [mem[1]], align),
  };
}

/** i32 instructions. Sums and products fold literals, so address arithmetic needs no care. */
export interface I32Ops extends IntOps<"i32"> {
  const(value: number): Expr<"i32">;
  readonly wrapI64: Unary<"i64", "i32">;
  readonly truncSatF64S: Unary<"f64", "i32">;
  readonly truncSatF64U: Unary<"f64", "i32">;
  readonly reinterpretF32: Unary<"f32", "i32">;
}
/** i64 instructions. */
export interface I64Ops extends IntOps<"i64"> {
  const(value: bigint): Expr<"i64">;
  readonly store32: Store<"i64">;
  readonly extendI32S: Unary<"i32", "i64">;
  readonly extendI32U: Unary<"i32", "i64">;
  readonly truncSatF32S: Unary<"f32", "i64">;
  readonly truncSatF32U: Unary<"f32", "i64">;
  readonly truncSatF64S: Unary<"f64", "i64">;
  readonly truncSatF64U: Unary<"f64", "i64">;
}
/** f32 instructions. */
export interface F32Ops extends FloatOps<"f32"> {
  readonly convertI32S: Unary<"i32", "f32">;
  readonly convertI32U: Unary<"i32", "f32">;
  readonly convertI64S: Unary<"i64", "f32">;
  readonly convertI64U: Unary<"i64", "f32">;
  readonly demoteF64: Unary<"f64", "f32">;
}
/** f64 instructions. */
export interface F64Ops extends FloatOps<"f64"> {
  readonly convertI32S: Unary<"i32", "f64">;
  readonly convertI32U: Unary<"i32", "f64">;
  readonly convertI64S: Unary<"i64", "f64">;
  readonly convertI64U: Unary<"i64", "f64">;
  readonly promoteF32: Unary<"f32", "f64">;
}

const I32 = /* @__PURE__ */ intOps("i32", 0x45, 0x67, [0x28, 0x2c, 0x2d, 0x2e, 0x2f, 0x36, 0x3a, 0x3b], 2);

function folded(
  plain: Binary<"i32">,
  fold: (a: number, b: number) => number,
  neutral: number,
): Binary<"i32"> {
  return (a, b) => {
    const x = toExpr("i32", a);
    const y = toExpr("i32", b);
    if (x.constant !== undefined && y.constant !== undefined) return constI32(fold(x.constant, y.constant));
    if (y.constant === neutral) return x;
    return plain(x, y);
  };
}

const from = <A extends ValueType, R extends ValueType>(a: A, r: R, ...code: number[]): Unary<A, R> =>
  unary(a, r, code);

/** i32 instructions. */
export const i32: I32Ops = {
  ...I32,
  add: folded(I32.add, (a, b) => a + b, 0),
  sub: folded(I32.sub, (a, b) => a - b, 0),
  mul: folded(I32.mul, Math.imul, 1),
  shl: folded(I32.shl, (a, b) => a << b, 0),
  const: constI32,
  wrapI64: from("i64", "i32", 0xa7),
  truncSatF64S: from("f64", "i32", 0xfc, 2),
  truncSatF64U: from("f64", "i32", 0xfc, 3),
  reinterpretF32: from("f32", "i32", 0xbc),
};

/** i64 instructions. */
export const i64: I64Ops = {
  ...intOps("i64", 0x50, 0x79, [0x29, 0x30, 0x31, 0x32, 0x33, 0x37, 0x3c, 0x3d], 3),
  const: constI64,
  store32: store("i64", [0x3e], 2),
  extendI32S: from("i32", "i64", 0xac),
  extendI32U: from("i32", "i64", 0xad),
  truncSatF32S: from("f32", "i64", 0xfc, 4),
  truncSatF32U: from("f32", "i64", 0xfc, 5),
  truncSatF64S: from("f64", "i64", 0xfc, 6),
  truncSatF64U: from("f64", "i64", 0xfc, 7),
};

/** f32 instructions. */
export const f32: F32Ops = {
  ...floatOps("f32", 0x5b, 0x8b, [0x2a, 0x38], 2, constF32),
  convertI32S: from("i32", "f32", 0xb2),
  convertI32U: from("i32", "f32", 0xb3),
  convertI64S: from("i64", "f32", 0xb4),
  convertI64U: from("i64", "f32", 0xb5),
  demoteF64: from("f64", "f32", 0xb6),
};

/** f64 instructions. */
export const f64: F64Ops = {
  ...floatOps("f64", 0x61, 0x99, [0x2b, 0x39], 3, constF64),
  convertI32S: from("i32", "f64", 0xb7),
  convertI32U: from("i32", "f64", 0xb8),
  convertI64S: from("i64", "f64", 0xb9),
  convertI64U: from("i64", "f64", 0xba),
  promoteF32: from("f32", "f64", 0xbb),
};

/** `memory.copy` of `bytes` bytes; the ranges may overlap. */
export function memoryCopy(f: Emitter, to: Arg<"i32">, source: Arg<"i32">, bytes: Arg<"i32">): void {
  f.emit([toExpr("i32", to), toExpr("i32", source), toExpr("i32", bytes)], [0xfc, 10, 0, 0]);
}
/** `memory.fill` of `bytes` bytes with the low byte of `value`. */
export function memoryFill(f: Emitter, to: Arg<"i32">, value: Arg<"i32">, bytes: Arg<"i32">): void {
  f.emit([toExpr("i32", to), toExpr("i32", value), toExpr("i32", bytes)], [0xfc, 11, 0]);
}
/** `memory.size` in pages. */
export function memorySize(): Expr<"i32"> {
  return node("i32", [0x3f, 0]);
}
