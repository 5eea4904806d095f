// Forward cases of movement ops, full, iota and randomBits.
import type { DType, PrimId } from "@isoform/core";
import { fixed, random, repeated, type Input } from "../inputs.js";
import type { Layout } from "../layout.js";
import type { PrimitiveCase } from "./primitive-case.js";

type Row = readonly [name: string, input: Input, attrs: object, layout?: Layout];

function cases(op: PrimId, rows: readonly Row[]): PrimitiveCase[] {
  return rows.map(([name, input, attrs, layout = "dense"]) => ({
    op,
    name,
    inputs: [input],
    attrs,
    layout,
    exact: true,
  }));
}

const reshapeCases = cases("reshape", [
  ["0-d to vector", random([], 1), { shape: [1] }],
  ["empty", random([0, 3], 2), { shape: [3, 0, 2] }],
  ["merge", random([2, 3, 4], 3), { shape: [6, 4] }],
  ["split", random([6, 4], 4), { shape: [2, 3, 4] }],
  ["transposed: needs a copy", random([3, 4], 5), { shape: [12] }, "transposed"],
  ["transposed: splits an axis", random([4, 6], 6), { shape: [2, 2, 3, 2] }, "transposed"],
  ["flipped", random([2, 6], 7), { shape: [3, 4] }, "flipped"],
  ["stepped, ones inserted", random([5], 8), { shape: [1, 5, 1] }, "stepped"],
  ["broadcast", repeated(4, random([3], 9)), { shape: [12] }, "repeated"],
  ["offset", random([24], 10), { shape: [2, 3, 4] }, "offset"],
]);

const transposeCases = cases("transpose", [
  ["0-d", random([], 1), { perm: [] }],
  ["empty", random([2, 0, 3], 2), { perm: [2, 0, 1] }],
  ["matrix", random([3, 4], 3), { perm: [1, 0] }],
  ["matrix back", random([3, 4], 4), { perm: [1, 0] }, "transposed"],
  ["rotate axes", random([2, 3, 4], 5), { perm: [1, 2, 0] }, "flipped"],
  ["4-d", random([2, 3, 4, 5], 6), { perm: [0, 2, 3, 1] }, "offset"],
  ["broadcast", repeated(3, random([4], 7)), { perm: [1, 0] }, "repeated"],
  ["33 x 65", random([33, 65], 8), { perm: [1, 0] }],
]);

const broadcastCases = cases("broadcastTo", [
  ["0-d to matrix", random([], 1), { shape: [2, 3] }],
  ["to itself", random([2, 3], 2), { shape: [2, 3] }, "transposed"],
  ["new axis", random([3], 3), { shape: [4, 3] }, "stepped"],
  ["inner axis", random([3, 1], 4), { shape: [3, 5] }, "flipped"],
  ["both", random([1, 3, 1], 5), { shape: [2, 4, 3, 2] }],
  ["to empty", random([1], 6), { shape: [0] }],
  ["of empty", random([0, 1], 7), { shape: [2, 0, 3] }],
]);

const sliceCases = cases("slice", [
  ["0-d", random([], 1), { starts: [], ends: [], steps: [] }],
  ["to nothing", random([4], 2), { starts: [2], ends: [2], steps: [1] }],
  ["of nothing", random([0, 3], 2), { starts: [0, 1], ends: [0, 3], steps: [2, 1] }],
  ["whole", random([2, 3], 3), { starts: [0, 0], ends: [2, 3], steps: [1, 1] }],
  ["part", random([4, 5], 4), { starts: [1, 2], ends: [3, 5], steps: [1, 1] }, "transposed"],
  ["steps", random([7, 8], 5), { starts: [1, 0], ends: [7, 8], steps: [2, 3] }, "flipped"],
  ["one element", random([3, 3], 6), { starts: [2, 1], ends: [3, 2], steps: [1, 1] }, "offset"],
  [
    "of a broadcast",
    repeated(4, random([3], 7)),
    { starts: [1, 1], ends: [4, 3], steps: [2, 1] },
    "repeated",
  ],
  ["step beyond the end", random([5], 8), { starts: [1], ends: [4], steps: [9] }, "stepped"],
]);

const flipCases = cases("flip", [
  ["one element", random([1], 8), { axes: [0] }, "offset"],
  ["vector", random([5], 1), { axes: [0] }],
  ["no axes", random([2, 3], 2), { axes: [] }],
  ["empty", random([0, 2], 3), { axes: [0, 1] }],
  ["both axes of a transposed matrix", random([3, 4], 4), { axes: [0, 1] }, "transposed"],
  ["back again", random([3, 4], 5), { axes: [0, 1] }, "flipped"],
  ["inner axis, stepped", random([2, 5], 6), { axes: [1] }, "stepped"],
  ["middle of 3-d", random([2, 3, 4], 7), { axes: [1] }, "offset"],
]);

const padCases = (
  [
    ["0-d", random([], 1), { low: [], high: [], interior: [] }],
    ["around", random([2, 3], 2), { low: [1, 0], high: [2, 1], interior: [0, 0] }],
    ["between", random([4], 3), { low: [0], high: [0], interior: [2] }],
    [
      "everything, transposed",
      random([3, 2], 4),
      { low: [1, 2], high: [0, 1], interior: [1, 3] },
      "transposed",
    ],
    ["empty with interior", random([0, 2], 5), { low: [2, 0], high: [1, 0], interior: [3, 1] }],
    ["one element with interior", random([1], 6), { low: [0], high: [1], interior: [5] }, "flipped"],
    [
      "3-d, stepped",
      random([2, 2, 3], 7),
      { low: [0, 1, 0], high: [1, 0, 2], interior: [0, 1, 0] },
      "stepped",
    ],
    ["nothing", random([2, 2], 8), { low: [0, 0], high: [0, 0], interior: [0, 0] }, "offset"],
  ] as const
).flatMap(([name, input, attrs, layout]): PrimitiveCase[] =>
  [0, 3].map((value) => ({
    op: "pad",
    name: `${name}, value ${value}`,
    inputs: [input],
    attrs: { ...attrs, value },
    layout: layout ?? "dense",
    exact: true,
  })),
);

const concatCases = (
  [
    ["one", [random([2, 3], 1)], 0, "dense"],
    ["single elements", [random([1], 26), random([1], 27)], 0, "stepped"],
    ["two rows", [random([1, 3], 2), random([2, 3], 3)], 0, ["transposed", "flipped"]],
    [
      "three columns",
      [random([2, 1], 4), random([2, 3], 5), random([2, 2], 6)],
      1,
      ["dense", "stepped", "transposed"],
    ],
    ["with an empty one", [random([0], 7), random([3], 8), random([0], 9)], 0, "dense"],
    ["all empty", [random([0, 2], 10), random([0, 2], 11)], 0, "dense"],
    ["middle of 3-d", [random([2, 2, 3], 12), random([2, 1, 3], 13)], 1, "offset"],
    ["broadcast", [repeated(3, random([2], 14)), random([3, 1], 15)], 1, ["repeated", "dense"]],
    ["nine parts", Array.from({ length: 9 }, (_, i) => random([2, i], 16 + i)), 1, "dense"],
  ] as const
).map(([name, inputs, axis, layout]): PrimitiveCase => ({
  op: "concat",
  name,
  inputs,
  attrs: { axis },
  layout,
  exact: true,
}));

const VALUES: readonly number[] = [0, 1, -2, 3.75, NaN, Infinity, -Infinity, 1000];

const fullCases = [
  ...([[], [1], [0], [2, 0], [7], [3, 4, 5], [1031]] as const).map((shape): PrimitiveCase => ({
    op: "full",
    name: `[${shape.join(",")}]`,
    inputs: [],
    attrs: (dtype: DType) => ({ shape, dtype, value: 3 }),
    exact: true,
  })),
  ...VALUES.map((value): PrimitiveCase => ({
    op: "full",
    name: `value ${value}`,
    inputs: [],
    attrs: (dtype: DType) => ({ shape: [3], dtype, value }),
  })),
  {
    op: "full",
    name: "bigint value",
    inputs: [],
    attrs: (dtype: DType) => ({ shape: [2], dtype, value: 2n ** 62n + 1n }),
    dtypes: ["int64", "uint64", "float64", "float32"],
  } satisfies PrimitiveCase,
];

const iotaCases = (
  [
    [[1], 0],
    [[0], 0],
    [[7], 0],
    [[3, 4], 0],
    [[3, 4], 1],
    [[2, 0, 3], 2],
    [[2, 3, 4], 1],
    [[120], 0],
  ] as const
).map(([shape, axis]): PrimitiveCase => ({
  op: "iota",
  name: `[${shape.join(",")}] along ${axis}`,
  inputs: [],
  attrs: (dtype: DType) => ({ shape, dtype, axis }),
  exact: true,
}));

const MOST = 2 ** 32 - 1;
const randomBitsCases = (
  [
    ["0-d", [1, 2, 3, 4], [], "dense"],
    ["empty", [1, 2, 3, 4], [0], "dense"],
    ["part of a block", [0, 0, 0, 0], [3], "dense"],
    ["odd tail", [7, 8, 9, 10], [13], "stepped"],
    ["matrix", [MOST, MOST, 5, 6], [3, 5], "flipped"],
    ["counter carries", [1, 2, MOST, 4], [9], "offset"],
    ["both counter words carry", [1, 2, MOST, MOST], [9], "dense"],
    ["1031 words", [11, 12, 13, 14], [1031], "dense"],
  ] as const
).map(([name, key, shape, layout]): PrimitiveCase => ({
  op: "randomBits",
  name,
  inputs: [fixed("uint32", [4], key)],
  attrs: { shape },
  layout,
  dtypes: ["uint32"],
  exact: true,
}));

/** Forward cases of movement ops and sources. */
export const movementCases: readonly PrimitiveCase[] = [
  ...reshapeCases,
  ...transposeCases,
  ...broadcastCases,
  ...sliceCases,
  ...flipCases,
  ...padCases,
  ...concatCases,
  ...fullCases,
  ...iotaCases,
  ...randomBitsCases,
];
