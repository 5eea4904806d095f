// The elementwise functions of the contract as WGSL expressions, by dtype. Values are of the dtype's compute type; what
// overflows a narrow integer is cut off when it is stored.
import {
  dtypeKind,
  itemSize,
  type BinaryFn,
  type CompareFn,
  type DType,
  type ReduceKind,
  type UnaryFn,
} from "@isoform/core";
import { computeType, isWide, literalOf } from "./dtypes.js";

/** A unary function as an expression. */
export function unaryExpression(fn: UnaryFn, dtype: DType, x: string): string {
  const kind = dtypeKind(dtype);
  if (kind === "float") return FLOAT_UNARY[fn](x);
  if (kind === "bool") return `(1u - ${x})`;
  const wide = isWide(dtype);
  const signed = kind === "int";
  switch (fn) {
    case "neg":
      return wide ? `w_neg(${x})` : signed ? `(-(${x}))` : `(0u - ${x})`;
    case "abs":
      return !signed ? x : wide ? `w_abs(${x})` : `abs(${x})`;
    case "sign":
      if (wide) {
        const one = `vec2<u32>(min(1u, ${x}.x | ${x}.y), 0u)`;
        return signed ? `select(${one}, vec2<u32>(0xffffffffu), w_negative(${x}))` : one;
      }
      return signed ? `sign(${x})` : `min(${x}, 1u)`;
    case "not":
      return `(~(${x}))`;
    default:
      return x;
  }
}

const call =
  (name: string) =>
  (x: string): string =>
    `${name}(${x})`;

const FLOAT_UNARY: Readonly<Record<UnaryFn, (x: string) => string>> = {
  neg: (x) => `(-(${x}))`,
  abs: call("abs"),
  sign: call("f_sign"),
  exp: call("f_exp"),
  expm1: call("f_expm1"),
  log: call("f_log"),
  log1p: call("f_log1p"),
  sqrt: call("f_sqrt"),
  rsqrt: call("f_rsqrt"),
  sin: call("f_sin"),
  cos: call("f_cos"),
  atan: call("f_atan"),
  tanh: call("f_tanh"),
  erf: call("f_erf"),
  floor: call("floor"),
  ceil: call("ceil"),
  round: call("round"),
  not: (x) => x,
};

const FLOAT_BINARY: Readonly<Partial<Record<BinaryFn, (a: string, b: string) => string>>> = {
  add: (a, b) => `(${a} + ${b})`,
  sub: (a, b) => `(${a} - ${b})`,
  mul: (a, b) => `(${a} * ${b})`,
  div: (a, b) => `(${a} / ${b})`,
  pow: (a, b) => `f_pow(${a}, ${b})`,
  max: (a, b) => `f_max(${a}, ${b})`,
  min: (a, b) => `f_min(${a}, ${b})`,
  rem: (a, b) => `f_rem(${a}, ${b})`,
};

function wideBinary(fn: BinaryFn, signed: boolean, a: string, b: string): string {
  const less = signed ? "w_slt" : "w_ult";
  const inside = `(${b}.y == 0u && ${b}.x < 64u)`;
  switch (fn) {
    case "add":
    case "sub":
    case "mul":
      return `w_${fn}(${a}, ${b})`;
    case "div":
    case "rem":
    case "pow":
      return `${signed ? "w_s" : "w_u"}${fn}(${a}, ${b})`;
    case "max":
      return `select(${a}, ${b}, ${less}(${a}, ${b}))`;
    case "min":
      return `select(${a}, ${b}, ${less}(${b}, ${a}))`;
    case "and":
      return `(${a} & ${b})`;
    case "or":
      return `(${a} | ${b})`;
    case "xor":
      return `(${a} ^ ${b})`;
    case "shl":
      return `select(vec2<u32>(0u), w_shl(${a}, ${b}.x & 63u), ${inside})`;
    case "shr":
      return signed
        ? `w_sar(${a}, select(63u, ${b}.x & 63u, ${inside}))`
        : `select(vec2<u32>(0u), w_shr(${a}, ${b}.x & 63u), ${inside})`;
  }
}

/** A binary function as an expression. */
export function binaryExpression(fn: BinaryFn, dtype: DType, a: string, b: string): string {
  const kind = dtypeKind(dtype);
  if (kind === "float") return FLOAT_BINARY[fn]!(a, b);
  if (isWide(dtype)) return wideBinary(fn, kind === "int", a, b);
  const signed = kind === "int";
  const prefix = signed ? "i" : "u";
  const bits = itemSize(dtype) * 8;
  const count = signed ? `bitcast<u32>(${b})` : b;
  const inside = `(${count} < ${bits}u)`;
  switch (fn) {
    case "add":
      return `(${a} + ${b})`;
    case "sub":
      return `(${a} - ${b})`;
    case "mul":
      return `(${a} * ${b})`;
    case "div":
      return `${prefix}_div(${a}, ${b})`;
    case "rem":
      return `${prefix}_rem(${a}, ${b})`;
    case "pow":
      return `${prefix}_pow(${a}, ${b})`;
    case "max":
      return `max(${a}, ${b})`;
    case "min":
      return `min(${a}, ${b})`;
    case "and":
      return `(${a} & ${b})`;
    case "or":
      return `(${a} | ${b})`;
    case "xor":
      return `(${a} ^ ${b})`;
    case "shl":
      return `select(${signed ? "0" : "0u"}, ${a} << (${count} & 31u), ${inside})`;
    case "shr":
      return signed
        ? `(${a} >> select(${bits - 1}u, ${count} & 31u, ${inside}))`
        : `select(0u, ${a} >> (${count} & 31u), ${inside})`;
  }
}

/** A comparison as a WGSL bool. */
export function compareExpression(fn: CompareFn, dtype: DType, a: string, b: string): string {
  if (dtypeKind(dtype) === "float") return `f_${fn}(${a}, ${b})`;
  if (isWide(dtype)) {
    const less = dtypeKind(dtype) === "int" ? "w_slt" : "w_ult";
    return fn === "eq" ? `w_eq(${a}, ${b})` : fn === "lt" ? `${less}(${a}, ${b})` : `!${less}(${b}, ${a})`;
  }
  return `(${a} ${fn === "eq" ? "==" : fn === "lt" ? "<" : "<="} ${b})`;
}

/** A value of dtype `from` as one of dtype `to`, by the rules of the `cast` family. */
export function castExpression(from: DType, to: DType, x: string): string {
  if (from === to) return x;
  const [kind, target] = [dtypeKind(from), dtypeKind(to)];
  const wide = isWide(from);
  if (target === "bool") {
    if (kind === "float") return `select(1u, 0u, ${x} == 0.0f && !is_nan(${x}))`;
    return wide ? `min(1u, ${x}.x | ${x}.y)` : `select(1u, 0u, ${x} == ${literalOf(from, 0)})`;
  }
  if (target === "float") {
    if (kind === "float") return x;
    if (wide) return kind === "int" ? `w_sfloat(${x})` : `w_ufloat(${x})`;
    return kind === "int" ? `i_float(${x})` : `u_float(${x})`;
  }
  if (isWide(to)) {
    if (kind === "float") return target === "int" ? `w_from_float(${x})` : `w_from_float_unsigned(${x})`;
    if (wide) return x;
    if (kind !== "int") return `vec2<u32>(${x}, 0u)`;
    return `vec2<u32>(bitcast<u32>(${x}), bitcast<u32>((${x}) >> 31u))`;
  }
  if (kind === "float") {
    if (target === "int") {
      if (itemSize(to) === 4) return `f_to_i32(${x})`;
      const most = 2 ** (itemSize(to) * 8 - 1);
      return `clamp(f_to_i32(${x}), ${-most}, ${most - 1})`;
    }
    return itemSize(to) === 4 ? `f_to_u32(${x})` : `min(f_to_u32(${x}), ${2 ** (itemSize(to) * 8) - 1}u)`;
  }
  const low = wide ? `${x}.x` : computeType(from) === "i32" ? `bitcast<u32>(${x})` : `u32(${x})`;
  return target === "int" ? `bitcast<i32>(${low})` : low;
}

/** How a reduction combines two values, and the value that changes nothing. */
export function reducer(
  kind: ReduceKind,
  dtype: DType,
): { readonly combine: (a: string, b: string) => string; readonly neutral: string } {
  const fn = kind === "sum" ? "add" : kind === "prod" ? "mul" : kind;
  const combine = (a: string, b: string): string =>
    dtype === "bool" ? `${fn}(${a}, ${b})` : binaryExpression(fn, dtype, a, b);
  return { combine, neutral: literalOf(dtype, neutralOf(kind, dtype)) };
}

function neutralOf(kind: ReduceKind, dtype: DType): number | bigint {
  if (kind === "sum") return 0;
  if (kind === "prod") return 1;
  const sort = dtypeKind(dtype);
  const bits = BigInt(itemSize(dtype) * 8);
  if (sort === "float") return kind === "max" ? -Infinity : Infinity;
  if (sort === "bool") return kind === "max" ? 0 : 1;
  if (sort === "uint") return kind === "max" ? 0 : 2n ** bits - 1n;
  return kind === "max" ? -(2n ** (bits - 1n)) : 2n ** (bits - 1n) - 1n;
}
