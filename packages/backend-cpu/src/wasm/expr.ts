// Expressions of the assembler: immutable, typed trees that a FunctionBuilder writes out operand first.
// A tree used twice is evaluated twice; keep shared values in a local (`f.let`).
import { f32Bytes, f64Bytes, leb, signedLeb, signedLeb64 } from "./bytes.js";

/** Types of WebAssembly values; the lanes of a v128 are a matter of the instruction. */
export type ValueType = "i32" | "i64" | "f32" | "f64" | "v128";

/** Binary encoding of the value types. */
export const VALUE_CODES: Readonly<Record<ValueType, number>> = {
  i32: 0x7f,
  i64: 0x7e,
  f32: 0x7d,
  f64: 0x7c,
  v128: 0x7b,
};

/** A typed expression: the instruction with its immediates, applied to its operands. */
export interface Expr<T extends ValueType = ValueType> {
  readonly type: T;
  readonly code: readonly number[];
  readonly args: readonly Expr[];
  /** Value of an `i32.const`, for folding. */
  readonly constant?: number;
  /** What is written instead in modules that may use relaxed SIMD. */
  readonly relaxed?: Expr<T>;
}

/** A local variable or parameter; as an expression it reads the variable. */
export interface Local<T extends ValueType = ValueType> extends Expr<T> {
  readonly index: number;
}

/** What an operand may be: an expression, or a literal of its type. */
export type Arg<T extends ValueType> =
  | Expr<T>
  | (T extends "i64" ? bigint : T extends "v128" ? never : number);

/** An expression node. */
export function node<T extends ValueType>(
  type: T,
  code: readonly number[],
  args: readonly Expr[] = [],
): Expr<T> {
  return { type, code, args };
}

/** `i32.const`. */
export function constI32(value: number): Expr<"i32"> {
  return { type: "i32", code: [0x41, ...signedLeb(value)], args: [], constant: value | 0 };
}
/** `i64.const`. */
export function constI64(value: bigint): Expr<"i64"> {
  return node("i64", [0x42, ...signedLeb64(value)]);
}
/** `f32.const`. */
export function constF32(value: number): Expr<"f32"> {
  return node("f32", [0x43, ...f32Bytes(value)]);
}
/** `f64.const`. */
export function constF64(value: number): Expr<"f64"> {
  return node("f64", [0x44, ...f64Bytes(value)]);
}

/** A literal or expression as an expression of `type`. */
export function toExpr<T extends ValueType>(type: T, value: Arg<T>): Expr<T>;
export function toExpr(type: ValueType, value: Expr | number | bigint): Expr {
  if (typeof value === "bigint") return constI64(value);
  if (typeof value !== "number") return value;
  switch (type) {
    case "f32":
      return constF32(value);
    case "f64":
      return constF64(value);
    case "i64":
      return constI64(BigInt(value));
    default:
      return constI32(value);
  }
}

/** An instruction of one operand. */
export type Unary<A extends ValueType, R extends ValueType = A> = (a: Arg<A>) => Expr<R>;
/** An instruction of two operands. */
export type Binary<A extends ValueType, R extends ValueType = A> = (a: Arg<A>, b: Arg<A>) => Expr<R>;

/** Maker of one-operand instructions. */
export function unary<A extends ValueType, R extends ValueType>(a: A, r: R, code: number[]): Unary<A, R> {
  return (x) => node(r, code, [toExpr(a, x)]);
}
/** Maker of two-operand instructions. */
export function binary<A extends ValueType, R extends ValueType>(a: A, r: R, code: number[]): Binary<A, R> {
  return (x, y) => node(r, code, [toExpr(a, x), toExpr(a, y)]);
}

/** `select`: `a` when `condition` is not 0, else `b`. Both are evaluated. */
export function select<T extends ValueType>(condition: Arg<"i32">, a: Expr<T>, b: Expr<T>): Expr<T> {
  const typed = a.type === "v128" ? [0x1c, 1, VALUE_CODES[a.type]] : [0x1b];
  return node(a.type, typed, [a, b, toExpr("i32", condition)]);
}

/** A place to write instructions: what stores need of a FunctionBuilder. */
export interface Emitter {
  emit(args: readonly Expr[], code: readonly number[]): void;
}

/** Reads memory at `pointer + offset`; `offset` is a constant in bytes. */
export type Load<T extends ValueType> = (pointer: Arg<"i32">, offset?: number) => Expr<T>;
/** Writes `value` to memory at `pointer + offset`. */
export type Store<T extends ValueType> = (
  f: Emitter,
  pointer: Arg<"i32">,
  value: Arg<T>,
  offset?: number,
) => void;

/** Maker of load instructions; `align` is the log2 of the alignment hint. */
export function load<T extends ValueType>(type: T, code: number[], align: number): Load<T> {
  return (pointer, offset = 0) => node(type, [...code, align, ...leb(offset)], [toExpr("i32", pointer)]);
}
/** Maker of store instructions. */
export function store<T extends ValueType>(type: T, code: number[], align: number): Store<T> {
  return (f, pointer, value, offset = 0) =>
    f.emit([toExpr("i32", pointer), toExpr(type, value)], [...code, align, ...leb(offset)]);
}
