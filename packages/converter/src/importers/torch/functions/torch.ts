// Functions of the torch namespace as IR nodes.
import type { IrValue } from "../../../ir/types.js";
import type { Arguments, CallRule, Evaluator, PyValue } from "../evaluate.js";
import { chunk, clamp, flatten, flip, split, squeeze, unsqueeze } from "./shape.js";
import { binary, sizesArg, tensor, unary } from "./shared.js";

/** `torch.*` without the prefix. */
export const TORCH: readonly (readonly [string, CallRule])[] = [
  ...(
    [
      ["abs", "Abs"],
      ["acos", "Acos"],
      ["acosh", "Acosh"],
      ["asin", "Asin"],
      ["asinh", "Asinh"],
      ["atan", "Atan"],
      ["atanh", "Atanh"],
      ["ceil", "Ceil"],
      ["cos", "Cos"],
      ["cosh", "Cosh"],
      ["erf", "Erf"],
      ["exp", "Exp"],
      ["floor", "Floor"],
      ["log", "Log"],
      ["neg", "Neg"],
      ["reciprocal", "Reciprocal"],
      ["round", "Round"],
      ["sigmoid", "Sigmoid"],
      ["sign", "Sign"],
      ["sin", "Sin"],
      ["sinh", "Sinh"],
      ["sqrt", "Sqrt"],
      ["tan", "Tan"],
      ["tanh", "Tanh"],
      ["logical_not", "Not"],
      ["isinf", "IsInf"],
      ["isnan", "IsNaN"],
    ] as const
  ).map(([k, op]): [string, CallRule] => [k, unary(op)]),
  ["square", (e, a) => e.node("Mul", [a.tensor(0), a.tensor(0)], {})],
  [
    "expm1",
    (e, a) =>
      e.node(
        "Sub",
        [
          e.op("Exp", [a.tensor(0)], {}),
          e.operand({ kind: "number", value: 1, float: true }, a.positional[0]!),
        ],
        {},
      ),
  ],
  ["maximum", binary("Max")],
  ["minimum", binary("Min")],
  ["logical_and", binary("And")],
  ["logical_or", binary("Or")],
  ["logical_xor", binary("Xor")],
  ["bitwise_and", binary("BitwiseAnd")],
  ["bitwise_or", binary("BitwiseOr")],
  ["bitwise_xor", binary("BitwiseXor")],
  ["bitwise_not", unary("BitwiseNot")],
  ["div", binary("Div")],
  [
    "fmod",
    (e, a) =>
      e.node(
        "Mod",
        [e.operand(a.positional[0]!, a.positional[1]!), e.operand(a.positional[1]!, a.positional[0]!)],
        { fmod: 1 },
      ),
  ],
  ["remainder", binary("Mod")],
  ["clamp", clamp],
  [
    "where",
    (e, a) =>
      e.node(
        "Where",
        [
          a.tensor(0),
          e.operand(a.positional[1]!, a.positional[2]!),
          e.operand(a.positional[2]!, a.positional[1]!),
        ],
        {},
      ),
  ],
  ["cat", cat],
  ["flatten", flatten],
  ["squeeze", squeeze],
  ["unsqueeze", unsqueeze],
  ["split", split],
  ["chunk", chunk],
  ["flip", flip],
  ["tile", (e, a) => e.node("Tile", [a.tensor(0), sizesArg(e, a, 1)], {})],
  ["tensor", (e, a) => tensorOf(e, a)],
  ["zeros", (e, a) => e.node("ConstantOfShape", [sizesArg(e, a, 0)], {})],
  ["ones", onesOf],
  ["ones_like", (e, a) => onesLike(e, a.tensor(0))],
  ["zeros_like", (e, a) => e.node("Sub", [a.tensor(0), a.tensor(0)], {})],
  [
    "full",
    (e, a) => e.node("Expand", [e.operand(a.positional[1]!, { kind: "none" }), sizesArg(e, a, 0)], {}),
  ],
  ["broadcast_shapes", (_e, a) => a.positional[1]!],
  ["broadcast_to", (e, a) => e.node("Expand", [a.tensor(0), sizesArg(e, a, 1)], {})],
  ["index_select", (e, a) => e.node("Gather", [a.tensor(0), a.tensor(2)], { axis: a.number(1, "dim") })],
  ["gather", (e, a) => e.node("GatherElements", [a.tensor(0), a.tensor(2)], { axis: a.number(1, "dim") })],
  [
    "triu",
    (e, a) =>
      e.node("Trilu", [a.tensor(0), e.builder.scalar(a.number(1, "diagonal", 0), "int64")], { upper: 1 }),
  ],
  [
    "tril",
    (e, a) =>
      e.node("Trilu", [a.tensor(0), e.builder.scalar(a.number(1, "diagonal", 0), "int64")], { upper: 0 }),
  ],
  ["cumsum", (e, a) => e.node("CumSum", [a.tensor(0), e.builder.scalar(a.number(1, "dim"), "int64")], {})],
  ["topk", topk],
  ["sort", sort],
  [
    "arange",
    (e, a) =>
      e.node(
        "Range",
        [0, 1, 2].map((i) => e.operand(a.positional[i]!, a.positional[0]!)),
        {},
      ),
  ],
  [
    "einsum",
    (e, a) =>
      e.node(
        "Einsum",
        a.positional.slice(1).map((_, i) => a.tensor(i + 1)),
        { equation: a.text(0, "equation", "") },
      ),
  ],
];

function cat(e: Evaluator, a: Arguments): PyValue {
  const list = a.positional[0];
  if (list?.kind !== "tuple") throw a.error("expected a list of tensors");
  const inputs = list.items.map((i) => (i.kind === "tensor" ? i.value : null));
  if (inputs.includes(null)) throw a.error("expected a list of tensors");
  return e.node("Concat", inputs, { axis: a.number(1, "dim", 0) });
}
function topk(e: Evaluator, a: Arguments): PyValue {
  const found = e.builder.node(
    "TopK",
    [a.tensor(0), e.builder.ints([a.number(1, "k")])],
    {
      axis: a.number(2, "dim", -1),
      largest: a.flag(3, "largest", true) ? 1 : 0,
      sorted: a.flag(4, "sorted", true) ? 1 : 0,
    },
    { name: e.wanted, scope: e.scope, outputs: [`${e.wanted}_values`, `${e.wanted}_indices`] },
  );
  return { kind: "tuple", items: found.map((v) => tensor(v!)) };
}
function sort(e: Evaluator, a: Arguments): PyValue {
  a.only("dim", "descending", "stable");
  const axis = a.number(-1, "dim", -1);
  const x = a.tensor(0);
  const n = x.dims?.at(axis);
  if (typeof n !== "number") throw a.error("the size of the sorted axis is not known");
  const found = e.builder.node(
    "TopK",
    [x, e.builder.ints([n])],
    { axis, largest: a.flag(-1, "descending", false) ? 1 : 0, sorted: 1 },
    { name: e.wanted, scope: e.scope, outputs: [`${e.wanted}_values`, `${e.wanted}_indices`] },
  );
  return { kind: "tuple", items: found.map((v) => tensor(v!)) };
}
function tensorOf(e: Evaluator, a: Arguments): PyValue {
  const v = a.positional[0]!;
  if (v.kind === "shape") return e.node("Shape", [v.of], {});
  if (v.kind === "number") return tensor(e.builder.scalar(v.value, v.float ? "float32" : "int64"));
  throw a.error(`a ${v.kind} cannot become a tensor`);
}
function onesOf(e: Evaluator, a: Arguments): PyValue {
  const shape = a.ints(0, "size", 1);
  const dtype = a.named.get("dtype");
  const n = shape.reduce((p, d) => p * d, 1);
  const kind = dtype?.kind === "dtype" ? dtype.value : "float32";
  const one = e.builder.literal([1], [], kind);
  if (n > 1e6) return e.node("Expand", [one, e.builder.ints(shape)], {});
  return tensor(e.op("Expand", [one, e.builder.ints(shape)], {}));
}
function onesLike(e: Evaluator, x: IrValue): PyValue {
  const shape = e.op("Shape", [x], {});
  return e.node("Expand", [e.builder.literal([1], [], "float32"), shape], {});
}
