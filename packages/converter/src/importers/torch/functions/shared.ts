// What the rules of functions and methods share.
import { UnsupportedOpError } from "@isoform/core";
import type { IrOp } from "../../../ir/ops/table.js";
import type { IrValue } from "../../../ir/types.js";
import { intsOf, type Arguments, type CallRule, type Evaluator, type PyValue } from "../evaluate.js";

/** A tensor value. */
export const tensor = (value: IrValue): PyValue => ({ kind: "tensor", value });

/** An op of one tensor. */
export const unary =
  (op: IrOp): CallRule =>
  (e, a) =>
    e.node(op, [a.tensor(0)], {});
/** An op of two operands. */
export const binary =
  (op: IrOp): CallRule =>
  (e, a) => {
    const [x, y] = [a.positional[0]!, a.positional[1]!];
    return e.node(op, [e.operand(x, y), e.operand(y, x)], {});
  };

/** Reductions: `dim` (all when left out) and `keepdim`. */
export const reduce =
  (op: IrOp): CallRule =>
  (e, a) => {
    a.only("dim", "keepdim");
    const dim = a.get(1, "dim");
    const axes = dim ? intsOf(dim) : null;
    const keepdims = a.flag(2, "keepdim", false) ? 1 : 0;
    return e.node(op, axes ? [a.tensor(0), e.builder.ints(axes)] : [a.tensor(0)], { keepdims });
  };
/** Index of an extreme value. */
export const arg =
  (op: "ArgMax" | "ArgMin"): CallRule =>
  (e, a) => {
    a.only("dim", "keepdim");
    return e.node(op, [a.tensor(0)], {
      axis: a.number(1, "dim"),
      keepdims: a.flag(2, "keepdim", false) ? 1 : 0,
    });
  };

/** Spatial axes of a pool from its name: `max_pool2d`. */
export const rankOf = (a: Arguments): number => Number(/(\d)d$/.exec(a.fn)?.[1] ?? 2);
/** The same padding on both sides. */
export const both = (pads: readonly number[]): number[] => [...pads, ...pads];
/** Values of `permute(0, 2, 1)`, `reshape(…)`: the arguments after the tensor. */
export const rest = (a: Arguments): readonly PyValue[] => {
  const items = a.positional.slice(1);
  const [first] = items;
  return items.length === 1 && first?.kind === "tuple" ? first.items : items;
};

/** Sizes as a 1-d int64 value. */
export function sizesArg(e: Evaluator, a: Arguments, i: number): IrValue {
  const v = a.positional[i];
  if (v?.kind === "sizes") return v.value;
  if (v?.kind === "tuple") return e.sizes(v.items);
  if (v?.kind === "tensor") return v.value;
  throw new UnsupportedOpError("expected sizes", { code: "torch-program/size", op: a.fn, path: e.wanted });
}
