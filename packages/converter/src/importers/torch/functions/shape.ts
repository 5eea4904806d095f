// Functions and methods that move or select elements, as IR nodes.
import type { IrValue } from "../../../ir/types.js";
import { intsOf, type CallRule, type Evaluator, type PyValue } from "../evaluate.js";
import { rest, tensor } from "./shared.js";

/** `x.reshape(…)`. */
export const reshape: CallRule = (e, a) => {
  const items = rest(a);
  const [first] = items;
  if (items.length === 1 && first?.kind === "sizes") return e.node("Reshape", [a.tensor(0), first.value], {});
  const x = a.tensor(0);
  const own = items.map((v, i): PyValue =>
    v.kind === "dim" && v.of === x && v.axis === i ? { kind: "number", value: 0, float: false } : v,
  );
  return e.node("Reshape", [x, e.sizes(own)], {});
};

/** `torch.flatten`. */
export const flatten: CallRule = (e, a) => {
  a.only("start_dim", "end_dim");
  const start = a.number(1, "start_dim", 0);
  const end = a.number(2, "end_dim", -1);
  const x = a.tensor(0);
  if (start === 1 && end === -1) return e.node("Flatten", [x], { axis: 1 });
  const rank = x.dims?.length;
  if (rank === undefined) throw a.error("the number of axes is not known");
  const last = end < 0 ? end + rank : end;
  const first = start < 0 ? start + rank : start;
  const sizes: PyValue[] = [];
  for (let i = 0; i < rank; i++) {
    if (i === first) sizes.push({ kind: "number", value: -1, float: false });
    else if (i < first || i > last) sizes.push({ kind: "dim", of: x, axis: i });
  }
  return e.node("Reshape", [x, e.sizes(sizes)], {});
};

/** `x.unflatten(dim, sizes)`. */
export const unflatten: CallRule = (e, a) => {
  const self = a.positional[0];
  if (self?.kind === "sequence" && !self.split && a.number(1, "dim") === -1) {
    if (a.ints(2, "sizes", 0).join() === self.sizes.join()) return { ...self, split: true };
  }
  const x = a.tensor(0);
  const rank = x.dims?.length;
  const parts = a.ints(2, "sizes", 0);
  const given = a.number(1, "dim");
  const axis = given < 0 ? given + (rank ?? 0) : given;
  if (rank === undefined) throw a.error("the number of axes is not known");
  const sizes: PyValue[] = [];
  for (let i = 0; i < rank; i++) {
    if (i === axis) for (const value of parts) sizes.push({ kind: "number", value, float: false });
    else sizes.push({ kind: "dim", of: x, axis: i });
  }
  return e.node("Reshape", [x, e.sizes(sizes)], {});
};

/** `x.transpose(dim0, dim1)`. */
export const transpose: CallRule = (e, a) => {
  const self = a.positional[0];
  if (self?.kind === "sequence" && self.split && a.number(1, "dim0") === 1 && a.number(2, "dim1") === 2)
    return tensor(self.y);
  const rank = a.tensor(0).dims?.length;
  if (rank === undefined) throw a.error("the number of axes is not known");
  const [i, j] = [a.number(1, "dim0"), a.number(2, "dim1")].map((d) => (d < 0 ? d + rank : d)) as [
    number,
    number,
  ];
  const perm = Array.from({ length: rank }, (_, k) => (k === i ? j : k === j ? i : k));
  return e.node("Transpose", [a.tensor(0)], { perm });
};
/** `torch.split`. */
export const split: CallRule = (e, a) => {
  a.only("dim");
  const sizes = intsOf(a.positional[1]!);
  if (!sizes || a.positional[1]?.kind !== "tuple") throw a.error("sizes must be a list of integers");
  return parts(
    e,
    "Split",
    [a.tensor(0), e.builder.ints(sizes)],
    { axis: a.number(2, "dim", 0) },
    sizes.length,
  );
};
/** `torch.chunk`. */
export const chunk: CallRule = (e, a) => {
  a.only("dim");
  const n = a.number(1, "chunks");
  return parts(e, "Split", [a.tensor(0)], { axis: a.number(2, "dim", 0), num_outputs: n }, n);
};
function parts(
  e: Evaluator,
  op: "Split",
  inputs: readonly IrValue[],
  attrs: { axis: number; num_outputs?: number },
  n: number,
): PyValue {
  const found = e.builder.node(op, inputs, attrs, { name: e.wanted, scope: e.scope, count: n });
  return { kind: "tuple", items: found.map((v) => tensor(v!)) };
}

/** `torch.squeeze`. */
export const squeeze: CallRule = (e, a) => {
  a.only("dim");
  const dim = a.get(1, "dim");
  const axes = dim ? intsOf(dim) : null;
  return e.node("Squeeze", axes ? [a.tensor(0), e.builder.ints(axes)] : [a.tensor(0)], {});
};
/** `torch.unsqueeze`. */
export const unsqueeze: CallRule = (e, a) =>
  e.node("Unsqueeze", [a.tensor(0), e.builder.ints([a.number(1, "dim")])], {});

/** `torch.clamp`. */
export const clamp: CallRule = (e, a) => {
  const x = a.positional[0]!;
  const bound = (i: number, name: string) => {
    const v = a.get(i, name);
    return v === undefined || v.kind === "none" ? null : e.operand(v, x);
  };
  return e.node("Clip", [a.tensor(0), bound(1, "min"), bound(2, "max")], {});
};

/** `torch.flip`. */
export const flip: CallRule = (e, a) => {
  const axes = a.ints(1, "dims", 1);
  const ends = axes.map(() => -(2 ** 31));
  const inputs = [axes.map(() => -1), ends, axes, axes.map(() => -1)].map((l) => e.builder.ints(l));
  return e.node("Slice", [a.tensor(0), ...inputs], {});
};

/** `x.to(dtype)`. */
export const to: CallRule = (e, a) => {
  const dtype = a.positional[1];
  if (dtype?.kind !== "dtype") throw a.error("only dtypes can be converted to");
  return e.node("Cast", [a.tensor(0)], { to: dtype.value });
};
