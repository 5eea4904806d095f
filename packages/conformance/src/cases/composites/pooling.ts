// Cases of pooling.
import {
  adaptiveAvgPool,
  adaptiveMaxPool,
  adaptiveMaxPoolWithIndices,
  avgPool,
  lpPool,
  maxPool,
  maxPoolWithIndices,
  maxUnpool,
  samePadding,
  type PoolOptions,
  type Tensor,
} from "@isoform/core";
import type { CompositeCase } from "../composite-case.js";
import { pooling } from "./frozen/pooling.gen.js";
import { casesFrom } from "./frozen/frozen.js";

const make = casesFrom(pooling);
const NO_GRAD = { grad: [] };
const SECOND = { second: true };

/** The same window, stride and padding on every pooled axis. */
function square(axes: number, window: number, stride = window, padding = 0): PoolOptions {
  const each = <T>(v: T): T[] => Array.from({ length: axes }, () => v);
  return { window: each(window), strides: each(stride), padding: each([padding, padding] as const) };
}

const DILATED: PoolOptions = { window: [2, 2], strides: [1, 1], dilation: [2, 3] };
const ADAPTIVE: readonly (readonly [op: string, run: (x: Tensor, size: readonly number[]) => Tensor])[] = [
  ["adaptiveAvgPool", adaptiveAvgPool],
  ["adaptiveMaxPool", adaptiveMaxPool],
];

/** Cases of pooling. */
export const poolingCases: readonly CompositeCase[] = [
  make("maxPool", "1-d", (x) => maxPool(x, { window: [2] }), SECOND),
  make("maxPool", "2-d, overlapping, padded", (x) => maxPool(x, square(2, 3, 2, 1)), SECOND),
  make("maxPool", "dilation", (x) => maxPool(x, DILATED)),
  make("maxPool", "ceil mode", (x) => maxPool(x, { ...square(2, 2), ceilMode: true })),
  make("maxPool", "ceil mode, window left out", (x) => maxPool(x, { ...square(1, 2, 3, 1), ceilMode: true })),
  make("maxPool", "one-sided padding", (x) =>
    maxPool(x, {
      ...square(2, 2),
      padding: [
        [0, 1],
        [0, 1],
      ],
    }),
  ),
  make("maxPool", "3-d", (x) => maxPool(x, square(3, 2, 1))),
  make("maxPool", "NaN and infinity", (x) => maxPool(x, { window: [2] }), NO_GRAD),
  make("maxPool", "no samples", (x) => maxPool(x, { window: [2] })),
  make("avgPool", "1-d", (x) => avgPool(x, { window: [2] }), SECOND),
  make("avgPool", "padding counted", (x) => avgPool(x, square(2, 3, 2, 1))),
  make("avgPool", "padding not counted", (x) =>
    avgPool(x, { ...square(2, 3, 2, 1), countIncludePad: false }),
  ),
  make("avgPool", "ceil mode, padding counted", (x) => avgPool(x, { ...square(2, 3, 2, 1), ceilMode: true })),
  make("avgPool", "ceil mode, padding not counted", (x) =>
    avgPool(x, { ...square(2, 3, 2, 1), ceilMode: true, countIncludePad: false }),
  ),
  make("avgPool", "Keras same, size 8 by 3 step 2", (x) =>
    avgPool(x, { window: [3], strides: [2], padding: [samePadding(8, 3, 2)], countIncludePad: false }),
  ),
  make("avgPool", "dilation", (x) => avgPool(x, { window: [3], strides: [1], dilation: [2] })),
  make("avgPool", "3-d", (x) => avgPool(x, square(3, 2, 1))),
  make("lpPool", "p 2", (x) => lpPool(x, { window: [2] }), SECOND),
  make("lpPool", "p 3, 2-d, overlapping", (x) => lpPool(x, { ...square(2, 2, 1), p: 3 })),
  make("lpPool", "ceil mode", (x) => lpPool(x, { window: [2], ceilMode: true })),
  make("lpPool", "zeros", (x) => lpPool(x, { window: [2] }), NO_GRAD),
  make("maxPoolWithIndices", "1-d", (x) => maxPoolWithIndices(x, { window: [2] }), SECOND),
  make("maxPoolWithIndices", "2-d, padded, overlapping", (x) => maxPoolWithIndices(x, square(2, 3, 2, 1))),
  make("maxPoolWithIndices", "dilation", (x) => maxPoolWithIndices(x, DILATED)),
  make("maxPoolWithIndices", "ceil mode, rank 3", (x) =>
    maxPoolWithIndices(x, { ...square(2, 2), ceilMode: true }),
  ),
  make("maxPoolWithIndices", "3-d", (x) => maxPoolWithIndices(x, square(3, 2, 1))),
  make("maxPoolWithIndices", "ties and -infinity", (x) => maxPoolWithIndices(x, square(1, 3, 3, 1)), NO_GRAD),
  make("maxUnpool", "2-d", (x, i) => maxUnpool(x, i, [4, 4])),
  make("maxUnpool", "1-d, larger", (x, i) => maxUnpool(x, i, [5])),
  ...ADAPTIVE.flatMap(([op, run]) => [
    make(op, "dividing", (x) => run(x, [1, 3]), SECOND),
    make(op, "overlapping cells", (x) => run(x, [3, 4])),
    make(op, "1-d, larger than the input", (x) => run(x, [5])),
    make(op, "global", (x) => run(x, [1, 1])),
  ]),
  make("adaptiveMaxPoolWithIndices", "overlapping cells", (x) => adaptiveMaxPoolWithIndices(x, [3, 4])),
  make("adaptiveMaxPoolWithIndices", "1-d, rank 2", (x) => adaptiveMaxPoolWithIndices(x, [3])),
];
