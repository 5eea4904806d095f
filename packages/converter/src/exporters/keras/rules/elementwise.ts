// Elementwise arithmetic, comparison, logic and conversion: merge layers where Keras has them, operations elsewhere.
import { isFloat } from "@isoform/core";
import type { IrOp } from "../../../ir/ops/table.js";
import { kerasDType, KTensor, type Arg } from "../tensors.js";
import type { KerasRule, KerasRules, NodeExport } from "../node.js";
import { aligned, type Aligned } from "./align.js";

/** True when the tensors have provably the same sizes and are no scalars. */
function sameSizes(tensors: readonly KTensor[]): boolean {
  const [first] = tensors;
  if (!first || first.dims.length === 0) return false;
  return tensors.every(
    (t) => t.dims.length === first.dims.length && t.dims.every((d, i) => d !== null && d === first.dims[i]),
  );
}

function finish<K extends IrOp>(n: NodeExport<K>, t: KTensor, a: Aligned): void {
  n.out.set(n.result, { value: t, order: a.order, shuffle: a.shuffle });
}

/** Two or more operands: a merge layer for tensors of equal sizes, else a chain of operations. */
const merge =
  (layer: string | null, operation: string): KerasRule<IrOp> =>
  (n) => {
    const indices = n.node.inputs.map((_, i) => i);
    const a = aligned(n, indices);
    const dims = n.placedOut(a.order);
    const tensors = a.args.filter((arg) => arg instanceof KTensor);
    if (layer !== null && tensors.length === a.args.length && tensors.length > 1 && sameSizes(tensors)) {
      finish(n, n.layer(layer, tensors[0]!, dims, { args: [tensors] }), a);
      return;
    }
    const [first, ...rest] = a.args;
    if (first === undefined) throw n.error("there are no operands");
    const out = rest.reduce<Arg>((x, y, i) => {
      const last = i === rest.length - 1;
      return n.operation(operation, [x, y], dims, last ? {} : { part: `step_${i}`, dtype: n.outType() });
    }, first);
    if (!(out instanceof KTensor)) throw n.error("the only operand is a constant");
    finish(n, out, a);
  };

const binary =
  (operation: string): KerasRule<IrOp> =>
  (n) => {
    const a = aligned(n, [0, 1]);
    finish(n, n.operation(operation, a.args, n.placedOut(a.order)), a);
  };

const unary =
  (operation: string, config: { readonly [key: string]: number } = {}): KerasRule<IrOp> =>
  (n) => {
    const view = n.view(0);
    const t = n.operation(operation, [view.value], view.value.dims, { config });
    n.out.set(n.result, { ...view, value: t });
  };

const mean: KerasRule<"Mean"> = (n) => {
  const count = n.node.inputs.length;
  const a = aligned(
    n,
    n.node.inputs.map((_, i) => i),
  );
  const dims = n.placedOut(a.order);
  const tensors = a.args.filter((arg) => arg instanceof KTensor);
  if (tensors.length === count && sameSizes(tensors)) {
    finish(n, n.layer("Average", tensors[0]!, dims, { args: [tensors] }), a);
    return;
  }
  const sum = a.args.reduce((x, y, i) =>
    n.operation("Add", [x, y], dims, { part: `sum_${i}`, dtype: n.outType() }),
  );
  finish(n, n.operation("TrueDivide", [sum, count], dims), a);
};

const clip: KerasRule<"Clip"> = (n) => {
  const view = n.view(0);
  const limit = (i: number): number | null => (n.has(i) ? (n.literal(i, "a limit")[0] ?? null) : null);
  const [low, high] = [limit(1), limit(2)];
  const { dims } = view.value;
  const done = (t: KTensor) => n.out.set(n.result, { ...view, value: t });
  if (low === 0 && isFloat(n.dtype(0))) {
    done(n.layer("ReLU", view.value, dims, { config: { max_value: high, negative_slope: 0, threshold: 0 } }));
  } else if (low !== null && high !== null) {
    done(n.operation("Clip", [view.value], dims, { config: { x_min: low, x_max: high } }));
  } else if (low !== null) done(n.operation("Maximum", [view.value, low], dims));
  else if (high !== null) done(n.operation("Minimum", [view.value, high], dims));
  else n.out.set(n.result, view);
};

const div: KerasRule<"Div"> = (n) => {
  if (!isFloat(n.dtype(0)))
    throw n.error("division of integers rounds towards zero, which no Keras operation does");
  binary("TrueDivide")(n);
};

const cast: KerasRule<"Cast"> = (n) => {
  const view = n.view(0);
  const dtype = kerasDType(n.attrs.to, n.path);
  const t = n.operation("Cast", [view.value], view.value.dims, { config: { dtype } });
  n.out.set(n.result, { ...view, value: t });
};

const where: KerasRule<"Where"> = (n) => {
  const a = aligned(n, [0, 1, 2]);
  finish(n, n.operation("Where", a.args, n.placedOut(a.order)), a);
};

const mod: KerasRule<"Mod"> = (n) => {
  if (n.attrs.fmod) throw n.error("the remainder with the sign of the dividend has no Keras operation");
  binary("Mod")(n);
};

/** Elementwise ops. */
export const ELEMENTWISE_RULES: KerasRules = {
  Add: merge("Add", "Add"),
  Sum: merge("Add", "Add"),
  Sub: merge("Subtract", "Subtract"),
  Mul: merge("Multiply", "Multiply"),
  Max: merge("Maximum", "Maximum"),
  Min: merge("Minimum", "Minimum"),
  Mean: mean,
  Div: div,
  Pow: binary("Power"),
  Mod: mod,
  Greater: binary("Greater"),
  GreaterOrEqual: binary("GreaterEqual"),
  Less: binary("Less"),
  LessOrEqual: binary("LessEqual"),
  Equal: binary("Equal"),
  And: binary("LogicalAnd"),
  Or: binary("LogicalOr"),
  Xor: binary("LogicalXor"),
  Not: unary("LogicalNot"),
  Where: where,
  Clip: clip,
  Cast: cast,
  Abs: unary("Absolute"),
  Neg: unary("Negative"),
  Exp: unary("Exp"),
  Log: unary("Log"),
  Sqrt: unary("Sqrt"),
  Sin: unary("Sin"),
  Cos: unary("Cos"),
  Tan: unary("Tan"),
  Sinh: unary("Sinh"),
  Cosh: unary("Cosh"),
  Asin: unary("Arcsin"),
  Acos: unary("Arccos"),
  Atan: unary("Arctan"),
  Asinh: unary("Arcsinh"),
  Acosh: unary("Arccosh"),
  Atanh: unary("Arctanh"),
  Floor: unary("Floor"),
  Ceil: unary("Ceil"),
  Round: unary("Round", { decimals: 0 }),
  Sign: unary("Sign"),
  Erf: unary("Erf"),
  Reciprocal: unary("Reciprocal"),
  IsNaN: unary("Isnan"),
  IsInf: (n) => {
    if (!n.attrs.detect_negative || !n.attrs.detect_positive) throw n.error("infinities of one sign only");
    unary("Isinf")(n);
  },
};
