// Elementwise ops of a trace as IR nodes. What ONNX lacks is written so that it stays exact near 0.
import { dtypeKind, isFloat, itemSize, type BinaryFn, type CompareFn, type UnaryFn } from "@isoform/core";
import type { IrValue } from "../../../ir/types.js";
import { binary, NotExpressible, scalarLike, unary, type TraceCall, type RulesOf } from "../trace-call.js";

/** log(1 + x): by atanh near 0, where the sum would lose the digits of x. */
function log1p(t: TraceCall): IrValue {
  const x = t.x(0);
  const n = (v: number) => scalarLike(t, 0, v);
  const ratio = t.op("Div", [x, t.op("Add", [x, n(2)], {})], {});
  const near = t.op("Mul", [t.op("Atanh", [ratio], {}), n(2)], {});
  const far = t.op("Log", [t.op("Add", [x, n(1)], {})], {});
  return t.op("Where", [t.op("Less", [t.op("Abs", [x], {}), n(0.5)], {}), near, far], {});
}

/** eˣ − 1 as 2·e^(x/2)·sinh(x/2), which loses no digits near 0; below −80 it is −1 in every float type. */
function expm1(t: TraceCall): IrValue {
  const n = (v: number) => scalarLike(t, 0, v);
  const half = t.op("Mul", [t.op("Clip", [t.x(0), n(-80), null], {}), n(0.5)], {});
  const product = t.op("Mul", [t.op("Exp", [half], {}), t.op("Sinh", [half], {})], {});
  return t.op("Mul", [product, n(2)], {});
}

/** 2ᵇ of an integer b, from a table; 0 for b outside the width. */
function power(t: TraceCall, b: IrValue): { readonly value: IrValue; readonly inside: IrValue } {
  const bits = 8 * itemSize(t.dtype(0));
  const int64 = t.op("Cast", [b], { to: "int64" });
  const n = (v: number) => t.builder.literal([v], [], "int64");
  const clipped = t.op("Clip", [int64, n(0), n(bits - 1)], {});
  const signed = dtypeKind(t.dtype(0)) === "int";
  const wrap = (i: number): bigint => {
    const p = 1n << BigInt(i);
    return signed ? BigInt.asIntN(bits, p) : p;
  };
  const table = t.builder.literal(
    Array.from({ length: bits }, (_, i) => wrap(i)),
    [bits],
    t.dtype(0),
  );
  return {
    value: t.op("Gather", [table, clipped], { axis: 0 }),
    inside: t.op("Equal", [clipped, int64], {}),
  };
}

/** x · 2ᵇ; the product wraps as the shift does. */
function shiftLeft(t: TraceCall): IrValue {
  const { value, inside } = power(t, t.x(1));
  return t.op("Where", [inside, t.op("Mul", [t.x(0), value], {}), scalarLike(t, 0, 0)], {});
}

/** ⌊x / 2ᵇ⌋: less the remainder, x divides exactly. The sign bit has no positive power, so it goes by the sign. */
function shiftRight(t: TraceCall): IrValue {
  const x = t.x(0);
  const { value, inside } = power(t, t.x(1));
  const zero = scalarLike(t, 0, 0);
  if (dtypeKind(t.dtype(0)) !== "int") {
    return t.op("Where", [inside, t.op("Div", [x, value], {}), zero], {});
  }
  const least = t.op("Less", [value, zero], {});
  const safe = t.op("Where", [least, scalarLike(t, 0, 1), value], {});
  const exact = t.op("Sub", [x, t.op("Mod", [x, safe], { fmod: 0 })], {});
  const sign = t.op("Where", [t.op("Less", [x, zero], {}), scalarLike(t, 0, -1), zero], {});
  const small = t.op("And", [inside, t.op("Not", [least], {})], {});
  return t.op("Where", [small, t.op("Div", [exact, safe], {}), sign], {});
}

/** log(1 + e^(βx)) / β. Over a threshold of 15 the function is its argument in float32, so ONNX's needs no threshold. */
function softplus(t: TraceCall, beta: number, threshold: number | null): IrValue {
  const x = t.x(0);
  const scaled = beta === 1 ? x : t.op("Mul", [x, scalarLike(t, 0, beta)], {});
  const soft = t.op("Softplus", [scaled], {});
  const y = beta === 1 ? soft : t.op("Div", [soft, scalarLike(t, 0, beta)], {});
  if (threshold === null || (threshold >= 15 && t.dtype(0) !== "float64")) return y;
  return t.op("Where", [t.op("Greater", [scaled, scalarLike(t, 0, threshold)], {}), x, y], {});
}

/** Comparisons of bools by their numbers: ONNX orders numbers only. */
const order = (op: "Less" | "LessOrEqual") => (t: TraceCall) => {
  if (t.dtype(0) !== "bool") return t.op(op, t.operands(0, 1), {});
  return t.op(
    op,
    t.operands(0, 1).map((v) => t.op("Cast", [v], { to: "int32" })),
    {},
  );
};

/** A logical op of bools, a bitwise one of integers. */
const logical =
  (logic: "And" | "Or" | "Xor", bits: "BitwiseAnd" | "BitwiseOr" | "BitwiseXor") => (t: TraceCall) =>
    t.op(t.dtype(0) === "bool" ? logic : bits, t.operands(0, 1), {});

/** Elementwise ops. */
export const ELEMENTWISE_RULES: RulesOf<UnaryFn | BinaryFn | CompareFn | "where" | "cast" | "bitcast"> = {
  neg: unary("Neg"),
  abs: unary("Abs"),
  sign: unary("Sign"),
  exp: unary("Exp"),
  expm1,
  log: unary("Log"),
  log1p,
  sqrt: unary("Sqrt"),
  rsqrt: (t) => t.op("Reciprocal", [t.op("Sqrt", [t.x(0)], {})], {}),
  sin: unary("Sin"),
  cos: unary("Cos"),
  tan: unary("Tan"),
  asin: unary("Asin"),
  acos: unary("Acos"),
  atan: unary("Atan"),
  sinh: unary("Sinh"),
  cosh: unary("Cosh"),
  asinh: unary("Asinh"),
  acosh: unary("Acosh"),
  atanh: unary("Atanh"),
  tanh: unary("Tanh"),
  erf: unary("Erf"),
  floor: (t) => (isFloat(t.dtype(0)) ? t.op("Floor", [t.x(0)], {}) : t.x(0)),
  ceil: (t) => (isFloat(t.dtype(0)) ? t.op("Ceil", [t.x(0)], {}) : t.x(0)),
  round: (t) => (isFloat(t.dtype(0)) ? t.op("Round", [t.x(0)], {}) : t.x(0)),
  not: (t) => t.op(t.dtype(0) === "bool" ? "Not" : "BitwiseNot", [t.x(0)], {}),
  add: binary("Add"),
  sub: binary("Sub"),
  mul: binary("Mul"),
  div: binary("Div"),
  pow: binary("Pow"),
  max: binary("Max"),
  min: binary("Min"),
  rem: (t) => t.op("Mod", t.operands(0, 1), { fmod: 1 }),
  mod: (t) => {
    if (isFloat(t.dtype(0))) throw new NotExpressible("only of integers");
    return t.op("Mod", t.operands(0, 1), { fmod: 0 });
  },
  and: logical("And", "BitwiseAnd"),
  or: logical("Or", "BitwiseOr"),
  xor: logical("Xor", "BitwiseXor"),
  shl: shiftLeft,
  shr: shiftRight,
  eq: binary("Equal"),
  lt: order("Less"),
  le: order("LessOrEqual"),
  where: (t) => t.op("Where", t.operands(0, 1, 2), {}),
  cast: (t, a) => t.op("Cast", [t.x(0)], { to: a.dtype }),
  bitcast: (t, a) => t.op("BitCast", [t.x(0)], { to: a.dtype }),
  isNan: unary("IsNaN"),
  isInf: unary("IsInf"),
  isFinite: (t) => {
    const wrong = t.op("Or", [t.op("IsNaN", [t.x(0)], {}), t.op("IsInf", [t.x(0)], {})], {});
    return t.op("Not", [wrong], {});
  },
  square: (t) => t.op("Mul", [t.x(0), t.x(0)], {}),
  reciprocal: unary("Reciprocal"),
  clip: (t, a) => {
    const bound = (v: number | bigint | null) => (v === null ? null : scalarLike(t, 0, v));
    return t.op("Clip", [t.x(0), bound(a.min), bound(a.max)], {});
  },
  relu: unary("Relu"),
  relu6: (t) => t.op("Clip", [t.x(0), scalarLike(t, 0, 0), scalarLike(t, 0, 6)], {}),
  hardTanh: (t, a) => t.op("Clip", [t.x(0), scalarLike(t, 0, a.min), scalarLike(t, 0, a.max)], {}),
  thresholdedRelu: (t, a) => {
    if (a.value !== 0 || a.threshold < 0) throw new NotExpressible("a value other than 0");
    return t.op("ThresholdedRelu", [t.x(0)], { alpha: a.threshold });
  },
  softShrink: (t, a) => t.op("Shrink", [t.x(0)], { bias: a.lambda, lambd: a.lambda }),
  hardShrink: (t, a) => t.op("Shrink", [t.x(0)], { bias: 0, lambd: a.lambda }),
  sigmoid: unary("Sigmoid"),
  logSigmoid: (t) => t.op("Neg", [t.op("Softplus", [t.op("Neg", [t.x(0)], {})], {})], {}),
  softplus: (t, a) => softplus(t, a.beta, a.threshold),
  silu: (t) => t.op("Swish", [t.x(0)], { alpha: 1 }),
  mish: unary("Mish"),
  hardSwish: unary("HardSwish"),
  softsign: unary("Softsign"),
  gelu: (t, a) => t.op("Gelu", [t.x(0)], { approximate: a.approximate }),
  elu: (t, a) => t.op("Elu", [t.x(0)], { alpha: a.alpha }),
  celu: (t, a) => t.op("Celu", [t.x(0)], { alpha: a.alpha }),
  selu: unary("Selu"),
  leakyRelu: (t, a) => t.op("LeakyRelu", [t.x(0)], { alpha: a.slope }),
  hardSigmoid: (t, a) => t.op("HardSigmoid", [t.x(0)], { alpha: a.alpha, beta: a.beta }),
  softmax: (t, a) => t.op("Softmax", [t.x(0)], { axis: a.axis }),
  logSoftmax: (t, a) => t.op("LogSoftmax", [t.x(0)], { axis: a.axis }),
};
