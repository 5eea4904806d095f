// Forward cases of reduce, argReduce, cumulative, sort.
import type { ReduceKind } from "@isoform/core";
import { given, random, repeated, specials, type Input } from "../inputs.js";
import type { Layout } from "../layout.js";
import { WIDE_FLOATS, type PrimitiveCase } from "./primitive-case.js";

const KINDS: readonly ReduceKind[] = ["sum", "prod", "max", "min"];

interface Form {
  readonly name: string;
  readonly input: Input;
  readonly axes: readonly number[];
  readonly terms: number;
  readonly layout?: Layout;
}

/** Specials in rows, each beside an ordinary value, so that a row shows how one special goes through. */
const specialRows: Input = (dtype) => {
  const list = specials(dtype);
  const ordinary = random([list.length], 5)(dtype).data;
  return { shape: [list.length, 2], dtype, data: list.flatMap((v, i) => [v, ordinary[i]!]) };
};

const FORMS: readonly Form[] = [
  { name: "0-d, no axes", input: random([], 1), axes: [], terms: 1 },
  { name: "no axes", input: random([3, 4], 2), axes: [], terms: 1, layout: "transposed" },
  { name: "empty axis", input: random([2, 0, 3], 3), axes: [1], terms: 0 },
  { name: "empty result", input: random([0, 4], 4), axes: [1], terms: 4 },
  { name: "odd vector at an offset", input: random([13], 5), axes: [0], terms: 13, layout: "offset" },
  { name: "first axis", input: random([5, 4, 3], 6), axes: [0], terms: 5 },
  { name: "middle axis, stepped", input: random([3, 5, 4], 7), axes: [1], terms: 5, layout: "stepped" },
  { name: "outer axes, flipped", input: random([3, 4, 5], 8), axes: [0, 2], terms: 15, layout: "flipped" },
  { name: "all axes, transposed", input: random([4, 5], 9), axes: [0, 1], terms: 20, layout: "transposed" },
  { name: "broadcast", input: repeated(6, random([5], 10)), axes: [0], terms: 6, layout: "repeated" },
  { name: "specials", input: specialRows, axes: [1], terms: 2 },
];

const reduceCases = KINDS.flatMap((kind): PrimitiveCase[] => [
  ...FORMS.map((form): PrimitiveCase => ({
    op: "reduce",
    name: `${kind}, ${form.name}`,
    inputs: [kind === "prod" ? shrunk(form.input) : form.input],
    attrs: { kind, axes: form.axes },
    terms: form.terms,
    termSize: 3,
    ...(form.layout ? { layout: form.layout } : {}),
  })),
  {
    op: "reduce",
    name: `${kind}, 3000 elements`,
    inputs: [random([30, 100], 11, kind === "prod" ? { float: [0.97, 1.03] } : {})],
    attrs: { kind, axes: [0, 1] },
    dtypes: kind === "prod" ? WIDE_FLOATS : [...WIDE_FLOATS, "int32", "int64"],
    terms: 3000,
    termSize: 3,
    // Each of the 3,000 factors may add half an ulp.
  },
  {
    op: "reduce",
    name: `${kind}, wide rows`,
    inputs: [random([3, 259], 12, kind === "prod" ? { float: [0.97, 1.03] } : {})],
    attrs: { kind, axes: [1] },
    terms: 259,
    termSize: 3,
    dtypes:
      kind === "prod"
        ? WIDE_FLOATS
        : [...WIDE_FLOATS, "float16", "bfloat16", "int8", "uint8", "int32", "int64"],
  },
]);

/** Products of the same inputs stay in the range of float16. */
function shrunk(input: Input): Input {
  return (dtype) => {
    const x = input(dtype);
    if (!dtype.includes("float") || x.data.some((v) => !Number.isFinite(Number(v)))) return x;
    return { ...x, data: x.data.map((v) => Math.max(-1.5, Math.min(1.5, Number(v)))) };
  };
}

const ties: Input = given([4, 6], [3, 1, 3, 2, 1, 3, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 6, 5, 4, 3, 2, 1]);
const nans: Input = given([3, 4], [1, NaN, 3, NaN, NaN, 0, 0, Infinity, -Infinity, 5, Infinity, 5]);

const argReduceCases = (["max", "min"] as const).flatMap((kind): PrimitiveCase[] =>
  (
    [
      ["one element", random([1], 1), 0, "dense"],
      ["empty result", random([0, 3], 2), 1, "dense"],
      ["vector at an offset", random([37], 3), 0, "offset"],
      ["first axis", random([5, 4, 3], 4), 0, "dense"],
      ["middle axis, flipped", random([3, 5, 4], 5), 1, "flipped"],
      ["last axis, transposed", random([3, 4, 5], 6), 2, "transposed"],
      ["broadcast", repeated(4, random([3], 7)), 0, "repeated"],
      ["ties", ties, 1, "stepped"],
      ["NaN", nans, 1, "dense"],
      ["NaN down the columns", nans, 0, "transposed"],
      ["1031 elements", random([1031], 8), 0, "dense"],
    ] as const
  ).map(([name, input, axis, layout]) => ({
    op: "argReduce",
    name: `${kind}, ${name}`,
    inputs: [input],
    attrs: { kind, axis },
    layout,
    exact: true,
  })),
);

const cumulativeCases = KINDS.flatMap((kind): PrimitiveCase[] =>
  [false, true].flatMap((exclusive) =>
    [false, true].flatMap((reverse) =>
      (
        [
          ["one element", random([1], 1), 0, "dense"],
          ["empty axis", random([2, 0], 2), 1, "dense"],
          ["vector at an offset", random([9], 3), 0, "offset"],
          ["first axis, stepped", random([4, 3, 2], 4), 0, "stepped"],
          ["middle axis, flipped", random([2, 4, 3], 5), 1, "flipped"],
          ["last axis, transposed", random([3, 5], 6), 1, "transposed"],
          ["broadcast", repeated(4, random([3], 7)), 0, "repeated"],
          ["specials", specialRows, 1, "dense"],
        ] as const
      ).map(([name, input, axis, layout]): PrimitiveCase => ({
        op: "cumulative",
        name: `${kind}${exclusive ? ", exclusive" : ""}${reverse ? ", reverse" : ""}, ${name}`,
        inputs: [kind === "prod" ? shrunk(input) : input],
        attrs: { kind, axis, exclusive, reverse },
        layout,
        terms: 9,
        termSize: 3,
      })),
    ),
  ),
);

const sortCases = [false, true].flatMap((descending): PrimitiveCase[] =>
  (
    [
      ["one element", random([1], 1), 0, "dense"],
      ["empty", random([0], 2), 0, "dense"],
      ["empty other axis", random([0, 3], 2), 1, "dense"],
      ["vector at an offset", random([19], 3), 0, "offset"],
      ["first axis", random([5, 4, 3], 4), 0, "dense"],
      ["middle axis, flipped", random([3, 5, 4], 5), 1, "flipped"],
      ["last axis, transposed", random([3, 4, 5], 6), 2, "transposed"],
      ["broadcast", repeated(4, random([3], 7)), 0, "repeated"],
      ["ties keep their order", ties, 1, "stepped"],
      ["NaN", nans, 1, "dense"],
      ["1031 elements", random([1031], 8), 0, "dense"],
    ] as const
  ).map(([name, input, axis, layout]) => ({
    op: "sort",
    name: `${descending ? "descending" : "ascending"}, ${name}`,
    inputs: [input],
    attrs: { axis, descending },
    layout,
    exact: true,
  })),
);

/** Forward cases of reductions and sort. */
export const reductionCases: readonly PrimitiveCase[] = [
  ...reduceCases,
  ...argReduceCases,
  ...cumulativeCases,
  ...sortCases,
];
