// Forward cases of unary, binary, compare, where, cast and bitcast.
import {
  BINARY_FNS,
  COMPARE_FNS,
  DTYPES,
  itemSize,
  UNARY_FNS,
  type BinaryFn,
  type DType,
  type UnaryFn,
} from "@isoform/core";
import { integerRange, toDType } from "../../oracle/ndarray.js";
import {
  flags,
  given,
  random,
  repeated,
  specialPairs,
  specials,
  specialValues,
  type Input,
  type Range,
} from "../inputs.js";
import type { Layout } from "../layout.js";
import { FLOATS, type PrimitiveCase } from "./primitive-case.js";

interface Form {
  readonly name: string;
  readonly shape: readonly number[];
  readonly layouts: readonly [Layout, Layout];
  /** Number of repeats along a new first axis, for the first input. */
  readonly repeats?: number;
}

/** Shapes and layouts of elementwise cases. */
const FORMS: readonly Form[] = [
  { name: "0-d", shape: [], layouts: ["dense", "dense"] },
  { name: "one element at an offset", shape: [1], layouts: ["offset", "stepped"] },
  { name: "empty", shape: [0], layouts: ["dense", "dense"] },
  { name: "empty inner axis", shape: [2, 0, 3], layouts: ["transposed", "dense"] },
  { name: "odd tail at an offset", shape: [7], layouts: ["offset", "offset"] },
  { name: "transposed", shape: [3, 5], layouts: ["transposed", "dense"] },
  { name: "flipped and stepped", shape: [2, 3, 4], layouts: ["flipped", "stepped"] },
  { name: "broadcast", shape: [4, 5], layouts: ["repeated", "transposed"], repeats: 3 },
  { name: "transposed 4-d", shape: [2, 3, 2, 3], layouts: ["transposed", "flipped"] },
  { name: "259 elements", shape: [259], layouts: ["dense", "dense"] },
];

function inputOf(form: Form, which: 0 | 1, seed: number, range: Range): Input {
  if (form.repeats === undefined) return random(form.shape, seed, range);
  if (which === 0) return repeated(form.repeats, random(form.shape, seed, range));
  return random([form.repeats, ...form.shape], seed, range);
}

const UNARY_RANGE: Readonly<Partial<Record<UnaryFn, Range>>> = {
  log: { float: [0.05, 20] },
  log1p: { float: [-0.9, 20] },
  sqrt: { float: [0, 50] },
  rsqrt: { float: [0.05, 50] },
  sin: { float: [-50, 50] },
  cos: { float: [-50, 50] },
  tanh: { float: [-6, 6] },
  atan: { float: [-30, 30] },
  floor: { float: [-30, 30] },
  ceil: { float: [-30, 30] },
  round: { float: [-30, 30] },
};

const unaryCases = UNARY_FNS.flatMap((op): PrimitiveCase[] => [
  ...FORMS.map((form, i): PrimitiveCase => ({
    op,
    name: form.name,
    inputs: [inputOf(form, 0, i + 1, UNARY_RANGE[op] ?? {})],
    attrs: {},
    layout: [form.layouts[0]],
  })),
  { op, name: "specials", inputs: [specialValues], attrs: {}, layout: "stepped" },
  {
    op,
    name: "40,003 elements",
    inputs: [random([40003], 77, UNARY_RANGE[op] ?? {})],
    attrs: {},
    dtypes: op === "erf" || op === "not" ? [] : ["float32"],
  },
  {
    op,
    name: "tiny, large and half-way values",
    inputs: [
      given(
        [16],
        [1e-8, -1e-8, 1e-20, 1e4, -1e4, 88, -88, 700, 0.5, 1.5, 2.5, -0.5, -1.5, 2 ** 22 + 0.5, 9, -9],
      ),
    ],
    attrs: {},
    dtypes: FLOATS,
    // Trigonometric functions of 10⁴ need all bits of π; half precision inputs are far apart there.
    ...(op === "exp" || op === "expm1" ? { dtypes: ["float32", "float64"] as const } : {}),
  },
]);

const BINARY_RANGE: Readonly<Partial<Record<BinaryFn, readonly [Range, Range]>>> = {
  pow: [
    { float: [0.2, 3], int: [-5, 5] },
    { float: [-3, 3], int: [-2, 9] },
  ],
  shl: [{}, { int: [0, 9] }],
  shr: [{ int: [-128, 127] }, { int: [0, 9] }],
};

/** Second operands whose extremes would not end (powers) or mean nothing (shifts). */
function specialSeconds(op: BinaryFn, dtype: DType) {
  const [low, high] = integerRange(dtype);
  const bits = BigInt(itemSize(dtype) * 8);
  const list =
    op === "pow"
      ? [0n, 1n, 2n, 7n, 31n, 40n, -1n, -2n, -3n]
      : [0n, 1n, 7n, 8n, bits - 1n, bits, bits + 1n, -1n];
  return list.filter((v) => v >= low && v <= high).map((v) => toDType(dtype, v));
}

function special(op: BinaryFn): readonly [Input, Input] {
  if (op !== "pow" && op !== "shl" && op !== "shr") return specialPairs;
  const isFloat = (dtype: DType) => FLOATS.includes(dtype);
  const firsts = (dtype: DType) => specials(dtype);
  const seconds = (dtype: DType) => (isFloat(dtype) ? specials(dtype) : specialSeconds(op, dtype));
  return [
    (dtype) => ({
      shape: [firsts(dtype).length, seconds(dtype).length],
      dtype,
      data: firsts(dtype).flatMap((a) => seconds(dtype).map(() => a)),
    }),
    (dtype) => ({
      shape: [firsts(dtype).length, seconds(dtype).length],
      dtype,
      data: firsts(dtype).flatMap(() => seconds(dtype)),
    }),
  ];
}

const binaryCases = BINARY_FNS.flatMap((op): PrimitiveCase[] => {
  const [a, b] = BINARY_RANGE[op] ?? [{}, {}];
  return [
    ...FORMS.map((form, i): PrimitiveCase => ({
      op,
      name: form.name,
      inputs: [inputOf(form, 0, 2 * i + 1, a), inputOf(form, 1, 2 * i + 2, b)],
      attrs: {},
      layout: form.layouts,
    })),
    { op, name: "specials", inputs: special(op), attrs: {}, layout: ["dense", "transposed"] },
    {
      op,
      name: "201 x 199 elements, one transposed",
      inputs: [random([201, 199], 78, a), random([201, 199], 79, b)],
      attrs: {},
      layout: ["dense", "transposed"],
      dtypes: ["float32"],
    },
  ];
});

const compareCases = COMPARE_FNS.flatMap((op): PrimitiveCase[] => [
  ...FORMS.map((form, i): PrimitiveCase => ({
    op,
    name: form.name,
    // Few different values, so that some are equal.
    inputs: [0, 1].map((k) => {
      const input = inputOf(form, k === 0 ? 0 : 1, 2 * i + k + 1, { float: [-1, 1], int: [-2, 2] });
      return (dtype: DType) => {
        const x = input(dtype);
        return FLOATS.includes(dtype) ? { ...x, data: x.data.map((v) => Math.round(Number(v) * 4) / 4) } : x;
      };
    }),
    attrs: {},
    layout: form.layouts,
    exact: true,
  })),
  { op, name: "specials", inputs: specialPairs, attrs: {}, exact: true },
]);

const whereCases = FORMS.map((form, i): PrimitiveCase => {
  const shape = form.repeats === undefined ? form.shape : [form.repeats, ...form.shape];
  return {
    op: "where",
    name: form.name,
    inputs: [flags(shape, i), inputOf(form, 0, i + 50, {}), inputOf(form, 1, i + 90, {})],
    attrs: {},
    layout: [form.layouts[1], ...form.layouts],
    exact: true,
  };
});

const castCases = DTYPES.flatMap((to): PrimitiveCase[] => [
  ...FORMS.slice(0, 9).map((form, i): PrimitiveCase => ({
    op: "cast",
    name: `to ${to}, ${form.name}`,
    inputs: [inputOf(form, 0, i + 7, { float: [-40, 40] })],
    attrs: { dtype: to },
    layout: [form.layouts[0]],
  })),
  { op: "cast", name: `to ${to}, specials`, inputs: [specialValues], attrs: { dtype: to } },
  {
    op: "cast",
    name: `to ${to}, out of range`,
    inputs: [
      given([12], [1e10, -1e10, 300.7, -300.7, 65504, 70000, -70000, 127.5, -128.9, 255.9, 1e-9, -0.9]),
    ],
    attrs: { dtype: to },
  },
]);

const bitcastCases = DTYPES.flatMap((to): PrimitiveCase[] =>
  FORMS.slice(0, 9).map((form, i) => ({
    op: "bitcast",
    name: `to ${to}, ${form.name}`,
    inputs: [inputOf(form, 0, i + 3, to === "bool" ? { int: [0, 1] } : {})],
    attrs: { dtype: to },
    layout: [form.layouts[0]],
    dtypes: DTYPES.filter((d) => itemSize(d) === itemSize(to)),
    exact: true,
  })),
);

/** Forward cases of the elementwise primitives. */
export const elementwiseCases: readonly PrimitiveCase[] = [
  ...unaryCases,
  ...binaryCases,
  ...compareCases,
  ...whereCases,
  ...castCases,
  ...bitcastCases,
];
