// Elementwise arithmetic, comparison, logic, activations and conversion as PyTorch calls.
import { isFloat } from "@isoform/core";
import {
  binary,
  call,
  constant,
  dotted,
  float,
  int,
  method,
  type BinaryOp,
  type Expr,
} from "../../python/ast.js";
import { F, T, torchDType, type NodeEmit, type TorchRules } from "./emitter.js";

const unary =
  (name: string) =>
  (n: { t(i: number): Expr }): Expr =>
    call(name, [n.t(0)]);

/** Two operands with at least one tensor expression among them. */
function operands(n: Pick<NodeEmit, "x" | "t">): [Expr, Expr] {
  const [a, b] = [n.x(0), n.x(1)];
  return a.kind === "number" && b.kind === "number" ? [n.t(0), b] : [a, b];
}
const operator =
  (op: BinaryOp) =>
  (n: Pick<NodeEmit, "x" | "t">): Expr =>
    binary(op, ...operands(n));

/** n-ary ops as a chain. */
const chain =
  (join: (a: Expr, b: Expr) => Expr) =>
  (n: Pick<NodeEmit, "x" | "t" | "node">): Expr =>
    n.node.inputs.map((_, i) => (i === 0 ? n.t(0) : n.x(i))).reduce(join);

/** n-ary ops whose order does not matter, in pairs of pairs: calls in calls are read back only 100 deep. */
const pairs =
  (fn: string) =>
  (n: Pick<NodeEmit, "x" | "t" | "node">): Expr => {
    const tensor = (e: Expr): Expr => (e.kind === "number" ? T("tensor", [e]) : e);
    let level = n.node.inputs.map((_, i) => (i === 0 ? n.t(0) : tensor(n.x(i))));
    while (level.length > 1) {
      const next: Expr[] = [];
      for (let i = 0; i < level.length; i += 2) {
        const pair = level.slice(i, i + 2);
        next.push(pair.length === 2 ? T(fn, pair) : pair[0]!);
      }
      level = next;
    }
    return level[0]!;
  };

const tensorPair = (name: string) => (n: Pick<NodeEmit, "t">) => call(name, [n.t(0), n.t(1)]);

export const ELEMENTWISE: TorchRules = {
  Abs: unary("torch.abs"),
  Acos: unary("torch.acos"),
  Acosh: unary("torch.acosh"),
  Asin: unary("torch.asin"),
  Asinh: unary("torch.asinh"),
  Atan: unary("torch.atan"),
  Atanh: unary("torch.atanh"),
  Ceil: unary("torch.ceil"),
  Cos: unary("torch.cos"),
  Cosh: unary("torch.cosh"),
  Erf: unary("torch.erf"),
  Exp: unary("torch.exp"),
  Floor: unary("torch.floor"),
  Log: unary("torch.log"),
  Neg: unary("torch.neg"),
  Reciprocal: unary("torch.reciprocal"),
  Round: unary("torch.round"),
  Sign: unary("torch.sign"),
  Sin: unary("torch.sin"),
  Sinh: unary("torch.sinh"),
  Sqrt: unary("torch.sqrt"),
  Tan: unary("torch.tan"),
  Tanh: unary("torch.tanh"),
  BitwiseAnd: tensorPair("torch.bitwise_and"),
  BitwiseNot: unary("torch.bitwise_not"),
  BitwiseOr: tensorPair("torch.bitwise_or"),
  BitwiseXor: tensorPair("torch.bitwise_xor"),
  Not: unary("torch.logical_not"),
  IsInf: (n) => {
    if (!n.attrs.detect_negative || !n.attrs.detect_positive) throw n.error("infinities of one sign");
    return T("isinf", [n.t(0)]);
  },
  IsNaN: unary("torch.isnan"),
  Identity: (n) => n.t(0),
  Add: operator("+"),
  Sub: operator("-"),
  Mul: operator("*"),
  Div: (n) => {
    const dtype = n.dtype(0);
    if (dtype === null || isFloat(dtype)) return binary("/", ...operands(n));
    return T("div", operands(n), { rounding_mode: { kind: "string", value: "trunc" } });
  },
  Pow: operator("**"),
  Mod: (n) => T(n.attrs.fmod ? "fmod" : "remainder", operands(n)),
  Equal: operator("=="),
  Less: operator("<"),
  LessOrEqual: operator("<="),
  Greater: operator(">"),
  GreaterOrEqual: operator(">="),
  And: tensorPair("torch.logical_and"),
  Or: tensorPair("torch.logical_or"),
  Xor: tensorPair("torch.logical_xor"),
  Max: pairs("maximum"),
  Min: pairs("minimum"),
  Sum: chain((a, b) => binary("+", a, b)),
  Mean: (n) =>
    binary(
      "/",
      n.node.inputs.map((_, i) => n.t(i)).reduce((a, b) => binary("+", a, b)),
      int(n.node.inputs.length),
    ),
  Where: (n) => T("where", [n.t(0), n.x(1), n.x(2)]),
  Cast: (n) => method(n.t(0), "to", [dotted(`torch.${torchDType(n.attrs.to, n.path)}`)]),
  Clip: (n) => {
    if (!n.has(1) && !n.has(2)) return n.t(0);
    const bound = (i: number) => (n.has(i) ? n.x(i) : constant(null));
    return T("clamp", [n.t(0), bound(1), bound(2)]);
  },
  Relu: unary("F.relu"),
  Sigmoid: unary("torch.sigmoid"),
  Softplus: unary("F.softplus"),
  Softsign: unary("F.softsign"),
  Mish: unary("F.mish"),
  HardSwish: unary("F.hardswish"),
  Gelu: (n) => F("gelu", [n.t(0)], { approximate: { kind: "string", value: n.attrs.approximate } }),
  Elu: (n) => F("elu", [n.t(0)], { alpha: float(n.attrs.alpha) }),
  Celu: (n) => F("celu", [n.t(0)], { alpha: float(n.attrs.alpha) }),
  LeakyRelu: (n) => F("leaky_relu", [n.t(0)], { negative_slope: float(n.attrs.alpha) }),
  ThresholdedRelu: (n) => F("threshold", [n.t(0)], { threshold: float(n.attrs.alpha), value: float(0) }),
  Shrink: (n) => {
    const { bias, lambd } = n.attrs;
    if (bias === lambd) return F("softshrink", [n.t(0)], { lambd: float(lambd) });
    if (bias === 0) return F("hardshrink", [n.t(0)], { lambd: float(lambd) });
    throw n.error("a bias other than 0 and the threshold");
  },
  HardSigmoid: (n) =>
    T("clamp", [
      binary("+", binary("*", n.t(0), float(n.attrs.alpha)), float(n.attrs.beta)),
      float(0),
      float(1),
    ]),
  Selu: (n) => {
    const { alpha, gamma } = n.attrs;
    const below = binary("*", float(alpha), T("expm1", [n.t(0)]));
    return binary("*", float(gamma), T("where", [binary(">", n.t(0), int(0)), n.t(0), below]));
  },
  Swish: (n) => {
    const inner = n.attrs.alpha === 1 ? n.t(0) : binary("*", n.t(0), float(n.attrs.alpha));
    return n.attrs.alpha === 1 ? F("silu", [n.t(0)]) : binary("*", n.t(0), T("sigmoid", [inner]));
  },
  Softmax: (n) => F("softmax", [n.t(0)], { dim: int(n.attrs.axis) }),
  LogSoftmax: (n) => F("log_softmax", [n.t(0)], { dim: int(n.attrs.axis) }),
};
