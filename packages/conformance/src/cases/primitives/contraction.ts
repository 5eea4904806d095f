// Forward cases of matmul and conv.
import type { ConvAttrs } from "@isoform/core";
import { given, random, repeated } from "../inputs.js";
import type { Layout } from "../layout.js";
import { FLOATS, WIDE_FLOATS, type PrimitiveCase } from "./primitive-case.js";

type Sizes = readonly [a: readonly number[], b: readonly number[]];

const matmulForms: readonly (readonly [string, Sizes, (Layout | readonly Layout[])?])[] = [
  [
    "1 x 1",
    [
      [1, 1],
      [1, 1],
    ],
  ],
  [
    "2 x 3 x 4",
    [
      [2, 3],
      [3, 4],
    ],
  ],
  [
    "no rows",
    [
      [0, 3],
      [3, 2],
    ],
  ],
  [
    "nothing to add",
    [
      [2, 0],
      [0, 3],
    ],
  ],
  [
    "empty batch",
    [
      [0, 2, 3],
      [0, 3, 2],
    ],
  ],
  [
    "row by column",
    [
      [1, 9],
      [9, 1],
    ],
    "offset",
  ],
  [
    "column by row",
    [
      [7, 1],
      [1, 5],
    ],
    "stepped",
  ],
  [
    "both transposed",
    [
      [5, 3],
      [3, 7],
    ],
    "transposed",
  ],
  [
    "flipped",
    [
      [4, 5],
      [5, 3],
    ],
    "flipped",
  ],
  [
    "batches",
    [
      [2, 3, 4, 5],
      [2, 3, 5, 2],
    ],
    ["dense", "transposed"],
  ],
  [
    "odd sizes",
    [
      [13, 19],
      [19, 9],
    ],
  ],
];

const matmulCases: readonly PrimitiveCase[] = [
  ...matmulForms.map(([name, [a, b], layout], i): PrimitiveCase => ({
    op: "matmul",
    name,
    inputs: [random(a, 2 * i + 1), random(b, 2 * i + 2)],
    attrs: {},
    layout: layout ?? "dense",
    terms: a.at(-1)!,
    termSize: 9,
  })),
  {
    op: "matmul",
    name: "broadcast batch",
    inputs: [repeated(3, random([4, 5], 41)), random([3, 5, 2], 42)],
    attrs: {},
    layout: ["repeated", "dense"],
    terms: 5,
    termSize: 9,
  },
  {
    op: "matmul",
    name: "NaN and infinity",
    inputs: [given([2, 3], [NaN, 1, 2, Infinity, 1, 0]), given([3, 2], [1, 2, 3, 4, 5, -Infinity])],
    attrs: {},
    dtypes: FLOATS,
  },
  {
    op: "matmul",
    name: "37 x 130 x 41",
    inputs: [random([37, 130], 43), random([130, 41], 44)],
    attrs: {},
    dtypes: WIDE_FLOATS,
    terms: 130,
    termSize: 9,
  },
];

interface ConvForm {
  readonly name: string;
  readonly x: readonly number[];
  readonly w: readonly number[];
  readonly attrs?: Partial<ConvAttrs>;
  readonly layout?: Layout | readonly Layout[];
}

const convForms: readonly ConvForm[] = [
  { name: "1-d", x: [1, 1, 5], w: [1, 1, 3] },
  { name: "1 x 1", x: [2, 3, 2, 2], w: [4, 3, 1, 1] },
  { name: "empty batch", x: [0, 2, 4, 4], w: [3, 2, 3, 3] },
  { name: "no outputs", x: [1, 2, 4, 4], w: [0, 2, 3, 3] },
  { name: "no input channels", x: [1, 0, 4, 4], w: [2, 0, 3, 3] },
  {
    name: "padding and stride",
    x: [2, 2, 5, 7],
    w: [3, 2, 3, 2],
    attrs: {
      strides: [2, 1],
      padding: [
        [1, 1],
        [0, 2],
      ],
    },
  },
  {
    name: "negative padding",
    x: [1, 2, 7, 6],
    w: [2, 2, 2, 2],
    attrs: {
      padding: [
        [-1, -2],
        [1, -1],
      ],
    },
  },
  {
    name: "kernel dilation",
    x: [1, 2, 9, 8],
    w: [2, 2, 3, 2],
    attrs: {
      rhsDilation: [2, 3],
      padding: [
        [1, 0],
        [0, 1],
      ],
    },
  },
  {
    name: "input dilation",
    x: [1, 2, 3, 4],
    w: [2, 2, 3, 3],
    attrs: {
      lhsDilation: [2, 3],
      padding: [
        [2, 2],
        [2, 2],
      ],
    },
  },
  {
    name: "everything",
    x: [2, 4, 4, 5],
    w: [6, 2, 2, 3],
    attrs: {
      strides: [2, 3],
      padding: [
        [3, 1],
        [2, 4],
      ],
      lhsDilation: [3, 2],
      rhsDilation: [2, 2],
      groups: 2,
    },
  },
  {
    name: "depthwise, channels-last storage",
    x: [1, 4, 4, 4],
    w: [4, 1, 3, 3],
    attrs: {
      groups: 4,
      padding: [
        [1, 1],
        [1, 1],
      ],
    },
    layout: ["transposed", "dense"],
  },
  {
    name: "depthwise with multiplier, flipped kernel",
    x: [1, 2, 5, 5],
    w: [6, 1, 3, 3],
    attrs: { groups: 2 },
    layout: ["offset", "flipped"],
  },
  {
    name: "3-d",
    x: [1, 2, 3, 4, 3],
    w: [2, 2, 2, 2, 2],
    attrs: {
      strides: [1, 2, 1],
      padding: [
        [1, 0],
        [0, 0],
        [1, 1],
      ],
    },
    layout: "stepped",
  },
  { name: "stride beyond the kernel", x: [1, 1, 9, 9], w: [1, 1, 2, 2], attrs: { strides: [4, 3] } },
  {
    name: "padding only reaches the kernel",
    x: [1, 1, 1, 1],
    w: [2, 1, 3, 3],
    attrs: {
      padding: [
        [1, 1],
        [2, 2],
      ],
    },
  },
  {
    name: "odd tail",
    x: [2, 3, 7, 11],
    w: [5, 3, 3, 3],
    attrs: {
      padding: [
        [1, 1],
        [1, 1],
      ],
    },
  },
];

function convAttrs(x: readonly number[], a: Partial<ConvAttrs> = {}): ConvAttrs {
  const all = x.slice(2).map(() => 1);
  return {
    strides: all,
    padding: all.map((): [number, number] => [0, 0]),
    lhsDilation: all,
    rhsDilation: all,
    groups: 1,
    ...a,
  };
}

const convCases: readonly PrimitiveCase[] = [
  ...convForms.map(({ name, x, w, attrs, layout }, i): PrimitiveCase => ({
    op: "conv",
    name,
    inputs: [random(x, 60 + i), random(w, 90 + i)],
    attrs: convAttrs(x, attrs),
    layout: layout ?? "dense",
    terms: w.slice(1).reduce((p, n) => p * n, 1),
    termSize: 9,
  })),
  {
    op: "conv",
    name: "4 to 8 channels of 13 x 13",
    inputs: [random([1, 4, 13, 13], 61), random([8, 4, 3, 3], 62)],
    attrs: convAttrs([1, 4, 13, 13], {
      padding: [
        [1, 1],
        [1, 1],
      ],
    }),
    dtypes: WIDE_FLOATS,
    terms: 36,
    termSize: 9,
  },
];

/** Forward cases of matmul and conv. */
export const contractionCases: readonly PrimitiveCase[] = [...matmulCases, ...convCases];
