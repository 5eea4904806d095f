// One element of a dtype as a WebAssembly scalar: how it is read, written and converted. 16-bit floats are not here.
import type { DType } from "@isoform/core";
import { f32, f64, i32, i64, type Arg, type Emitter, type Expr, type ValueType } from "../wasm/index.js";

type Numeric = Exclude<ValueType, "v128">;

/** Scalar access to one dtype. */
export interface Scalar {
  readonly type: Numeric;
  readonly bytes: number;
  readonly signed: boolean;
  load(p: Arg<"i32">): Expr<Numeric>;
  /** `value` must have this scalar's type; narrow integers are cut off. */
  store(f: Emitter, p: Arg<"i32">, value: Expr): void;
}

const isType = <T extends ValueType>(type: T, value: Expr): value is Expr<T> => value.type === type;

function scalar<T extends Numeric>(
  type: T,
  bytes: number,
  signed: boolean,
  load: (p: Arg<"i32">) => Expr<T>,
  store: (f: Emitter, p: Arg<"i32">, value: Expr<T>) => void,
): Scalar {
  return {
    type,
    bytes,
    signed,
    load: (p) => load(p),
    store: (f, p, value) => {
      if (!isType(type, value)) throw new TypeError(`a ${type} is stored, not a ${value.type}`);
      store(f, p, value);
    },
  };
}

/** The dtypes that a WebAssembly scalar can hold. */
export const SCALARS: Readonly<Partial<Record<DType, Scalar>>> = {
  bool: scalar("i32", 1, false, i32.load8U, (f, p, v) => i32.store8(f, p, v)),
  uint8: scalar("i32", 1, false, i32.load8U, (f, p, v) => i32.store8(f, p, v)),
  int8: scalar("i32", 1, true, i32.load8S, (f, p, v) => i32.store8(f, p, v)),
  uint16: scalar("i32", 2, false, i32.load16U, (f, p, v) => i32.store16(f, p, v)),
  int16: scalar("i32", 2, true, i32.load16S, (f, p, v) => i32.store16(f, p, v)),
  uint32: scalar("i32", 4, false, i32.load, (f, p, v) => i32.store(f, p, v)),
  int32: scalar("i32", 4, true, i32.load, (f, p, v) => i32.store(f, p, v)),
  uint64: scalar("i64", 8, false, i64.load, (f, p, v) => i64.store(f, p, v)),
  int64: scalar("i64", 8, true, i64.load, (f, p, v) => i64.store(f, p, v)),
  float32: scalar("f32", 4, true, f32.load, (f, p, v) => f32.store(f, p, v)),
  float64: scalar("f64", 8, true, f64.load, (f, p, v) => f64.store(f, p, v)),
};

/** The widest float dtype's value of an i32, i64, f32 or f64 expression; signedness as in `from`. */
export function toF64(value: Expr, signed: boolean): Expr<"f64"> {
  if (isType("f64", value)) return value;
  if (isType("f32", value)) return f64.promoteF32(value);
  if (isType("i64", value)) return signed ? f64.convertI64S(value) : f64.convertI64U(value);
  if (isType("i32", value)) return signed ? f64.convertI32S(value) : f64.convertI32U(value);
  throw new TypeError("a vector is not a scalar");
}

/** `value` as float32, rounded once. */
export function toF32(value: Expr, signed: boolean): Expr<"f32"> {
  if (isType("f32", value)) return value;
  if (isType("f64", value)) return f32.demoteF64(value);
  if (isType("i64", value)) return signed ? f32.convertI64S(value) : f32.convertI64U(value);
  if (isType("i32", value)) return signed ? f32.convertI32S(value) : f32.convertI32U(value);
  throw new TypeError("a vector is not a scalar");
}

/** `value` as a 64-bit integer; floats truncate and saturate to the target's range. */
export function toI64(value: Expr, signed: boolean, targetSigned: boolean): Expr<"i64"> {
  if (isType("i64", value)) return value;
  if (isType("i32", value)) return signed ? i64.extendI32S(value) : i64.extendI32U(value);
  if (isType("f32", value)) return targetSigned ? i64.truncSatF32S(value) : i64.truncSatF32U(value);
  if (isType("f64", value)) return targetSigned ? i64.truncSatF64S(value) : i64.truncSatF64U(value);
  throw new TypeError("a vector is not a scalar");
}

/** `value` as an i32 for a target of up to 32 bits; floats truncate and saturate to the target's range. */
export function toI32(value: Expr, target: Scalar): Expr<"i32"> {
  if (isType("i32", value)) return value;
  if (isType("i64", value)) return i32.wrapI64(value);
  const wide = toF64(value, true);
  const bits = target.bytes * 8;
  const low = target.signed ? -(2 ** (bits - 1)) : 0;
  const high = target.signed ? 2 ** (bits - 1) - 1 : 2 ** bits - 1;
  if (bits === 32) return target.signed ? i32.truncSatF64S(wide) : i32.truncSatF64U(wide);
  return i32.truncSatF64S(f64.min(f64.max(wide, low), high));
}

/** 1 when `value` is not zero (NaN is not), else 0. */
export function isNonzero(value: Expr): Expr<"i32"> {
  if (isType("i32", value)) return i32.ne(value, 0);
  if (isType("i64", value)) return i64.ne(value, 0n);
  if (isType("f32", value)) return f32.ne(value, 0);
  if (isType("f64", value)) return f64.ne(value, 0);
  throw new TypeError("a vector is not a scalar");
}

/** `value`, read as `source`, converted for `target` as the cast op does. */
export function convertScalar(value: Expr, source: Scalar, target: Scalar, toBool: boolean): Expr {
  if (toBool) return isNonzero(value);
  switch (target.type) {
    case "f64":
      return toF64(value, source.signed);
    case "f32":
      return toF32(value, source.signed);
    case "i64":
      return toI64(value, source.signed, target.signed);
    case "i32":
      return toI32(value, target);
  }
}
