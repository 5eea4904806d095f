// Elementwise arithmetic, comparison and logic on core ops; integer shape arithmetic folds on the host.
import * as core from "@isoform/core";
import { broadcastShapes, isDType, isFloat, promoteTypes, type Tensor } from "@isoform/core";
import type { ELEMENTWISE_OPS } from "../../ir/ops/elementwise.js";
import type { RawDType } from "../../formats/raw-tensor.js";
import type { IrOp } from "../../ir/ops/table.js";
import type { Call, OpRun, OpRuns, Result } from "../call.js";
import { foldArith, foldCompare, foldMap, foldUnary, hostInputs, type Pair } from "../fold.js";
import { checkHostSize, HostTensor, type Scalar } from "../host.js";
import { castsOnHost, castTo } from "./cast.js";

type Unary = (x: Tensor) => Tensor;
type Binary = (a: Tensor, b: Tensor) => Tensor;

function unary<K extends IrOp>(
  fn: Unary,
  num?: (x: number) => number,
  big?: (x: bigint) => bigint,
): OpRun<K> {
  return {
    ...(num ? { fold: (c: Call<K>) => foldUnary(c, num, big) } : {}),
    run: (c) => fn(c.t(0)),
  };
}

function binary<K extends IrOp>(fn: Binary, pair?: Pair): OpRun<K> {
  return {
    ...(pair ? { fold: (c: Call<K>) => foldArith(c, pair) } : {}),
    run: (c) => fn(c.t(0), c.t(1)),
  };
}

function compare<K extends IrOp>(fn: Binary, test: (a: Scalar, b: Scalar) => boolean): OpRun<K> {
  return { fold: (c) => foldCompare(c, test), run: (c) => fn(c.t(0), c.t(1)) };
}

function variadic<K extends IrOp>(fn: Binary, pair: Pair): OpRun<K> {
  return { fold: (c) => foldArith(c, pair), run: (c) => c.all().reduce(fn) };
}

/** Integer division toward zero, 0 for a zero divisor as on devices. */
const divBig = (a: bigint, b: bigint): bigint => (b === 0n ? 0n : a / b);
const modBig = (a: bigint, b: bigint): bigint => (b === 0n ? 0n : ((a % b) + b) % b);

function divide(c: Call<"Div">): Result | null {
  const dtype = c.spec(0).dtype;
  const whole = isDType(dtype) && !isFloat(dtype);
  return foldArith(c, { num: (a, b) => (whole ? (b === 0 ? 0 : Math.trunc(a / b)) : a / b), big: divBig });
}

/** Products of integers are exact modulo 2^32, as on devices, where those of numbers would be rounded. */
function multiply(c: Call<"Mul">): Result | null {
  const dtype = c.spec(0).dtype;
  const whole = isDType(dtype) && !isFloat(dtype);
  return foldArith(c, { num: whole ? Math.imul : (a, b) => a * b, big: (a, b) => a * b });
}

/** x^y with the dtype of x; mixed dtypes meet in their common one. */
function power(c: Call<"Pow">): Tensor {
  const x = c.t(0);
  const y = c.t(1);
  if (x.dtype === y.dtype) return core.pow(x, y);
  const both = promoteTypes(x.dtype, y.dtype);
  return core.cast(core.pow(core.cast(x, both), core.cast(y, both)), x.dtype);
}

function mean(c: Call<"Mean">): Tensor {
  return core.div(c.all().reduce(core.add), c.count);
}

function where(c: Call<"Where">): Tensor {
  const x = c.t(1);
  const y = c.t(2);
  return core.where(c.t(0), x, y);
}

function foldWhere(c: Call<"Where">): Result | null {
  const inputs = hostInputs(c);
  const dtype = inputs?.[1]?.dtype;
  if (!inputs || !dtype) return null;
  if (isDType(dtype)) return foldMap(inputs, dtype, ([cond, a, b]) => (cond ? num(a!) : num(b!)));
  return null;
}

function num(v: Scalar): number | bigint {
  return typeof v === "string" ? NaN : v;
}

/** Where on text, which devices do not have. */
function whereText(c: Call<"Where">): HostTensor | null {
  const inputs = hostInputs(c);
  if (!inputs || inputs[1]!.dtype !== "string") return null;
  const [cond, a, b] = inputs as [HostTensor, HostTensor, HostTensor];
  const shape = broadcastShapes(broadcastShapes(cond.shape, a.shape) ?? [], b.shape) ?? [];
  const pick = core.sizeOf(shape);
  checkHostSize(pick, c.node.op);
  const spread = (x: HostTensor) =>
    x.size === 1 ? Array.from({ length: pick }, () => x.values[0]!) : x.values;
  const [cs, as, bs] = [spread(cond), spread(a), spread(b)];
  return new HostTensor(
    "string",
    shape,
    cs.map((v, i) => (v ? as[i]! : bs[i]!)),
  );
}

function clip(c: Call<"Clip">): Tensor {
  let x = c.t(0);
  if (c.has(1)) x = core.maximum(x, c.t(1));
  return c.has(2) ? core.minimum(x, c.t(2)) : x;
}

function shift(c: Call<"BitShift">): Tensor {
  return c.attrs.direction === "LEFT" ? core.shl(c.t(0), c.t(1)) : core.shr(c.t(0), c.t(1));
}

function infinite(c: Call<"IsInf">): Tensor {
  const x = c.t(0);
  const { detect_positive: up, detect_negative: down } = c.attrs;
  if (up && down) return core.isInf(x);
  if (up) return core.eq(x, Infinity);
  return down ? core.eq(x, -Infinity) : core.zeros(x.shape, "bool");
}

/** Bit casts between sizes regroup the last axis. */
function bitcast(c: Call<"BitCast">): Tensor {
  const { to } = c.attrs;
  if (!isDType(to)) throw c.error(`cannot reinterpret bits as ${to}`);
  return core.bitcast(c.t(0), to);
}

/** Inference mode is the identity with a mask of ones; training mode with ratio 0 too. */
function dropout(c: Call<"Dropout">): Result {
  const ratio = c.has(1) ? c.scalar(1) : 0.5;
  const training = c.has(2) && c.scalar(2) !== 0;
  if (training && ratio !== 0)
    throw c.error("training-mode dropout is random", "export the model in inference mode");
  const x = c.t(0);
  return [x, c.wants(1) ? core.full(x.shape, 1, "bool") : null];
}

/** Conversions on the host: of types that devices do not have, and of small tensors. */
function castNode(c: Call<"Cast" | "CastLike">, to: RawDType): Result {
  const { saturate, round_mode: roundMode } = c.attrs;
  return castTo(c, to, { saturate: saturate !== 0, roundMode });
}

const equal = (a: Scalar, b: Scalar): boolean => a === b;

/** Elementwise ops. */
export const ELEMENTWISE: OpRuns<keyof typeof ELEMENTWISE_OPS> = {
  Abs: unary(core.abs, Math.abs, (x) => (x < 0n ? -x : x)),
  Acos: unary(core.acos),
  Acosh: unary(core.acosh),
  Add: binary(core.add, { num: (a, b) => a + b, big: (a, b) => a + b }),
  And: {
    fold: (c) => foldCompare(c, (a, b) => Boolean(a) && Boolean(b)),
    run: (c) => core.and(c.t(0), c.t(1)),
  },
  Asin: unary(core.asin),
  Asinh: unary(core.asinh),
  Atan: unary(core.atan),
  Atanh: unary(core.atanh),
  BitCast: { run: bitcast },
  BitShift: { run: shift },
  BitwiseAnd: binary(core.and),
  BitwiseNot: unary(core.not),
  BitwiseOr: binary(core.or),
  BitwiseXor: binary(core.xor),
  Cast: {
    host: (c) => (castsOnHost(c.spec(0).dtype, c.attrs.to) ? [0] : []),
    fold: (c) => castNode(c, c.attrs.to),
    run: (c) => castNode(c, c.attrs.to),
  },
  CastLike: {
    host: (c) => (castsOnHost(c.spec(0).dtype, c.spec(1).dtype) ? [0] : []),
    run: (c) => castNode(c, c.spec(1).dtype),
  },
  Ceil: unary(core.ceil, Math.ceil),
  Clip: { run: clip },
  Cos: unary(core.cos),
  Cosh: unary(core.cosh),
  Div: { fold: divide, run: (c) => core.div(c.t(0), c.t(1)) },
  Equal: compare(core.eq, equal),
  Erf: unary(core.erf),
  Exp: unary(core.exp),
  Floor: unary(core.floor, Math.floor),
  Greater: compare(core.gt, (a, b) => a > b),
  GreaterOrEqual: compare(core.ge, (a, b) => a >= b),
  IsInf: { run: infinite },
  IsNaN: unary(core.isNan),
  Less: compare(core.lt, (a, b) => a < b),
  LessOrEqual: compare(core.le, (a, b) => a <= b),
  Log: unary(core.log),
  Max: variadic(core.maximum, { num: (a, b) => Math.max(a, b), big: (a, b) => (a > b ? a : b) }),
  Mean: { run: mean },
  Min: variadic(core.minimum, { num: (a, b) => Math.min(a, b), big: (a, b) => (a < b ? a : b) }),
  Mod: {
    fold: (c) => (c.attrs.fmod ? null : foldArith(c, { num: (a, b) => ((a % b) + b) % b, big: modBig })),
    run: (c) => (c.attrs.fmod ? core.rem(c.t(0), c.t(1)) : core.mod(c.t(0), c.t(1))),
  },
  Mul: { fold: multiply, run: (c) => core.mul(c.t(0), c.t(1)) },
  Neg: unary(
    core.neg,
    (x) => -x,
    (x) => -x,
  ),
  Not: { fold: (c) => foldUnary(c, (x) => (x ? 0 : 1)), run: (c) => core.not(c.t(0)) },
  Or: {
    fold: (c) => foldCompare(c, (a, b) => Boolean(a) || Boolean(b)),
    run: (c) => core.or(c.t(0), c.t(1)),
  },
  Pow: { run: power },
  Reciprocal: unary(core.reciprocal),
  Round: unary(core.round),
  Sign: unary(core.sign),
  Sin: unary(core.sin),
  Sinh: unary(core.sinh),
  Sqrt: unary(core.sqrt, Math.sqrt),
  Sub: binary(core.sub, { num: (a, b) => a - b, big: (a, b) => a - b }),
  Sum: variadic(core.add, { num: (a, b) => a + b, big: (a, b) => a + b }),
  Tan: unary(core.tan),
  Where: { fold: (c) => whereText(c) ?? foldWhere(c), run: where },
  Xor: binary(core.xor),
  Identity: { fold: (c) => c.value(0), run: (c) => c.value(0) },
  Dropout: { host: [1, 2], run: dropout },
};
