// Arithmetic, comparison and logic of keras.ops.
import { isDType, isFloat } from "@isoform/core";
import type { IrOp } from "../../../ir/ops/table.js";
import { dtypeOf, type Laid } from "../laid.js";
import type { LayerCall, LayerImporter, LayerTable } from "../layer.js";
import { asBool, operandAt, promoted, settingOf, tensorAt } from "./operands.js";

type BinaryOp = Extract<
  IrOp,
  | "Add"
  | "Sub"
  | "Mul"
  | "Div"
  | "Pow"
  | "Max"
  | "Min"
  | "Greater"
  | "GreaterOrEqual"
  | "Less"
  | "LessOrEqual"
  | "Equal"
  | "And"
  | "Or"
  | "Xor"
>;
type UnaryOp = Extract<
  IrOp,
  | "Abs"
  | "Neg"
  | "Exp"
  | "Log"
  | "Sqrt"
  | "Sin"
  | "Cos"
  | "Tan"
  | "Sinh"
  | "Cosh"
  | "Asin"
  | "Acos"
  | "Atan"
  | "Asinh"
  | "Acosh"
  | "Atanh"
  | "Floor"
  | "Ceil"
  | "Round"
  | "Sign"
  | "Erf"
  | "Reciprocal"
  | "IsNaN"
  | "IsInf"
  | "Not"
  | "Identity"
>;

/** Both operands, of one element type; either may be a number or an array. */
export function operands(c: LayerCall): readonly [Laid, Laid] {
  const like = c.inputs[0] ?? null;
  const a = operandAt(c, 0, like, "x1");
  const b = operandAt(c, 1, like, "x2");
  if (!a || !b) throw c.cfg.unsupported("an operand is neither a tensor nor a number");
  const [x, y] = promoted(c.site, [a, b]);
  return [x!, y!];
}

const binary =
  (op: BinaryOp, floats = false): LayerImporter =>
  (c) => {
    const pair = operands(c);
    const { values, like } = c.site.aligned(floats ? pair.map((x) => c.site.float(x)) : pair);
    return { ...like, value: c.site.op(op, values, {}), mask: null };
  };

const logical =
  (op: "And" | "Or" | "Xor"): LayerImporter =>
  (c) => {
    const pair = operands(c).map((x) => asBool(c, x));
    const { values, like } = c.site.aligned(pair);
    return { ...like, value: c.site.op(op, values, {}), mask: null };
  };

const unary =
  (op: UnaryOp, floats = true): LayerImporter =>
  (c) => {
    const given = tensorAt(c, 0, "x");
    const x = floats ? c.site.float(given) : given;
    return { ...c.site.map(x, (v) => c.site.op(op, [v], {})), mask: null };
  };

/** A function made of several ops of one tensor. */
const composed =
  (make: (c: LayerCall, x: Laid) => Laid): LayerImporter =>
  (c) => ({ ...make(c, c.site.float(tensorAt(c, 0, "x"))), mask: null });

const floorDivide: LayerImporter = (c) => {
  const [a, b] = operands(c);
  const { values, like } = c.site.aligned([a, b]);
  if (!isFloat(dtypeOf(a))) throw c.cfg.unsupported("whole-number division of integers");
  const quotient = c.site.op("Div", values, {}, "quotient");
  return { ...like, value: c.site.op("Floor", [quotient], {}), mask: null };
};

/** The remainder with the sign of the divisor. */
const mod: LayerImporter = (c) => {
  const [a, b] = operands(c);
  const { values, like } = c.site.aligned([a, b]);
  if (!isFloat(dtypeOf(a))) return { ...like, value: c.site.op("Mod", values, {}), mask: null };
  const floor = c.site.op("Floor", [c.site.op("Div", values, {}, "quotient")], {}, "floor");
  const whole = c.site.op("Mul", [floor, values[1]!], {}, "whole");
  return { ...like, value: c.site.op("Sub", [values[0]!, whole], {}), mask: null };
};

const notEqual: LayerImporter = (c) => {
  const { values, like } = c.site.aligned(operands(c));
  const equal = c.site.op("Equal", values, {}, "equal");
  return { ...like, value: c.site.op("Not", [equal], {}), mask: null };
};

const where: LayerImporter = (c) => {
  const { site } = c;
  const condition = operandAt(c, 0, null, "condition");
  const like = c.inputs.find((x) => x !== condition) ?? null;
  const a = operandAt(c, 1, like, "x1");
  const b = operandAt(c, 2, like, "x2");
  if (!condition || !a || !b) throw c.cfg.unsupported("an operand is neither a tensor nor a number");
  const { values, like: place } = site.aligned([asBool(c, condition), ...promoted(site, [a, b])]);
  return { ...place, value: site.op("Where", values, {}), mask: null };
};

const clip: LayerImporter = (c) => {
  const x = tensorAt(c, 0, "x");
  const low = settingOf(c, "x_min", 1);
  const high = settingOf(c, "x_max", 2);
  if (typeof low !== "number" || typeof high !== "number")
    throw c.cfg.unsupported("limits that are no numbers");
  const bounds = [low, high].map((n) => c.site.scalar(n, x));
  return { ...c.site.map(x, (v) => c.site.op("Clip", [v, ...bounds], {})), mask: null };
};

const cast: LayerImporter = (c) => {
  const to = settingOf(c, "dtype", 1);
  if (typeof to !== "string" || !isDType(to))
    throw c.cfg.unsupported(`conversion to ${JSON.stringify(to ?? null)}`);
  return { ...c.site.map(tensorAt(c, 0, "x"), (v) => c.site.op("Cast", [v], { to })), mask: null };
};

/** Elementwise operations. */
export const ELEMENTWISE_OPERATIONS: LayerTable = {
  Add: binary("Add"),
  Subtract: binary("Sub"),
  Multiply: binary("Mul"),
  Divide: binary("Div", true),
  TrueDivide: binary("Div", true),
  Power: binary("Pow"),
  Maximum: binary("Max"),
  Minimum: binary("Min"),
  Greater: binary("Greater"),
  GreaterEqual: binary("GreaterOrEqual"),
  Less: binary("Less"),
  LessEqual: binary("LessOrEqual"),
  Equal: binary("Equal"),
  NotEqual: notEqual,
  LogicalAnd: logical("And"),
  LogicalOr: logical("Or"),
  LogicalXor: logical("Xor"),
  LogicalNot: unary("Not", false),
  FloorDivide: floorDivide,
  Mod: mod,
  Where: where,
  Clip: clip,
  Cast: cast,
  Absolute: unary("Abs", false),
  Abs: unary("Abs", false),
  Negative: unary("Neg", false),
  Exp: unary("Exp"),
  Log: unary("Log"),
  Sqrt: unary("Sqrt"),
  Sin: unary("Sin"),
  Cos: unary("Cos"),
  Tan: unary("Tan"),
  Sinh: unary("Sinh"),
  Cosh: unary("Cosh"),
  Arcsin: unary("Asin"),
  Arccos: unary("Acos"),
  Arctan: unary("Atan"),
  Arcsinh: unary("Asinh"),
  Arccosh: unary("Acosh"),
  Arctanh: unary("Atanh"),
  Floor: unary("Floor"),
  Ceil: unary("Ceil"),
  Round: (c) => {
    if ((settingOf(c, "decimals") ?? 0) !== 0) throw c.cfg.unsupported("rounding to decimals");
    return unary("Round")(c);
  },
  Sign: unary("Sign", false),
  Erf: unary("Erf"),
  Reciprocal: unary("Reciprocal"),
  Isnan: unary("IsNaN"),
  Isinf: unary("IsInf"),
  Identity: unary("Identity", false),
  StopGradient: unary("Identity", false),
  Square: composed((c, x) => c.site.map(x, (v) => c.site.op("Mul", [v, v], {}))),
  Rsqrt: composed((c, x) =>
    c.site.map(x, (v) => c.site.op("Reciprocal", [c.site.op("Sqrt", [v], {}, "root")], {})),
  ),
  Expm1: composed((c, x) =>
    c.site.map(x, (v) => c.site.op("Sub", [c.site.op("Exp", [v], {}, "exp"), c.site.scalar(1, x)], {})),
  ),
  Log1p: composed((c, x) =>
    c.site.map(x, (v) => c.site.op("Log", [c.site.op("Add", [v, c.site.scalar(1, x)], {}, "sum")], {})),
  ),
  ZerosLike: (c) =>
    c.site.map(tensorAt(c, 0, "x"), (v) => c.site.op("Mul", [v, c.site.scalar(0, tensorAt(c, 0, "x"))], {})),
};
