// Gradient cases of unary, binary, where and cast. Values keep away from kinks and poles.
import type { BinaryFn, UnaryFn } from "@isoform/core";
import { spread, values, type CaseTensor } from "../composite-case.js";
import type { GradientCase } from "./gradient-case.js";

interface UnaryForm {
  readonly range: readonly [number, number];
  readonly second?: boolean;
}

/** Ranges, and whether second derivatives are checked; `not` has no gradient. */
const UNARY: Readonly<Record<Exclude<UnaryFn, "not">, UnaryForm>> = {
  neg: { range: [-3, 3], second: true },
  abs: { range: [-3.1, 3], second: true },
  sign: { range: [-3.1, 3] },
  exp: { range: [-3, 3], second: true },
  expm1: { range: [-3, 3], second: true },
  log: { range: [0.1, 5], second: true },
  log1p: { range: [-0.8, 5], second: true },
  sqrt: { range: [0.2, 5], second: true },
  rsqrt: { range: [0.3, 5], second: true },
  sin: { range: [-4, 4], second: true },
  cos: { range: [-4, 4], second: true },
  atan: { range: [-4, 4], second: true },
  tanh: { range: [-3, 3], second: true },
  erf: { range: [-2.5, 2.5], second: true },
  floor: { range: [-3.07, 3.11] },
  ceil: { range: [-3.07, 3.11] },
  round: { range: [-3.07, 3.11] },
};

const unaryCases = (Object.keys(UNARY) as (keyof typeof UNARY)[]).flatMap((op): GradientCase[] => {
  const { range, second = false } = UNARY[op];
  return [
    { op, name: "matrix", inputs: [spread([3, 4], 1, ...range)], attrs: {} },
    { op, name: "0-d", inputs: [spread([], 3, ...range)], attrs: {}, second },
    { op, name: "vector", inputs: [spread([5], 4, ...range)], attrs: {}, second },
  ];
});

type Differentiable = Exclude<BinaryFn, "and" | "or" | "xor" | "shl" | "shr">;

const BINARY: Readonly<Record<Differentiable, readonly [CaseTensor, CaseTensor]>> = {
  add: [spread([2, 3], 1), spread([2, 3], 2)],
  sub: [spread([2, 3], 3), spread([2, 3], 4)],
  mul: [spread([2, 3], 5, -3, 3), spread([2, 3], 6, -3, 3)],
  div: [spread([2, 3], 7, -3, 3), spread([2, 3], 8, 0.5, 3)],
  pow: [spread([2, 3], 9, 0.3, 3), spread([2, 3], 10, -2, 3)],
  max: [spread([2, 3], 11), spread([2, 3], 12)],
  min: [spread([2, 3], 13), spread([2, 3], 14)],
  rem: [spread([2, 3], 15, -7, 7), values([2, 3], [2.1, -1.7, 1.3, 3.3, -2.9, 2.3])],
};

const binaryCases = (Object.keys(BINARY) as Differentiable[]).map((op): GradientCase => ({
  op,
  name: "both inputs",
  inputs: BINARY[op],
  attrs: {},
  second: true,
}));

/** Forward and backward meet zero and negative bases; the derivative by the exponent is only defined above zero. */
const powCases: readonly GradientCase[] = [
  {
    op: "pow",
    name: "negative and zero bases, whole exponents",
    inputs: [values([6], [-1.5, -0.7, -2, 1e-9, -1.2, 0.4]), values([6], [2, 3, 1, 2, 0, 4])],
    attrs: {},
    wrt: [0],
  },
  {
    op: "pow",
    name: "negative divisor in the exponent",
    inputs: [spread([4], 3, 0.5, 2), spread([4], 5, -3, -1)],
    attrs: {},
    second: true,
  },
  {
    op: "div",
    name: "negative divisor",
    inputs: [spread([4], 3, -2, 2), spread([4], 5, -3, -0.5)],
    attrs: {},
    second: true,
  },
];

const selectCases: readonly GradientCase[] = [
  {
    op: "where",
    name: "both branches",
    inputs: [
      values([2, 3], [true, false, true, false, false, true], "bool"),
      spread([2, 3], 1),
      spread([2, 3], 2),
    ],
    attrs: {},
    second: true,
  },
  { op: "cast", name: "float64 to float32", inputs: [spread([4], 1)], attrs: { dtype: "float32" } },
  { op: "cast", name: "to the other width", inputs: [spread([2, 2], 1)], attrs: { dtype: "float64" } },
];

/** Gradient cases of elementwise primitives. */
export const elementwiseGradients: readonly GradientCase[] = [
  ...unaryCases,
  ...binaryCases,
  ...powCases,
  ...selectCases,
];
