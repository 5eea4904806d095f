// Windows that overlap, lie apart, are dilated or reach into the padding.
import type { DType, WindowAttrs } from "@isoform/core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { missingAdapter } from "../../testing/adapter.js";
import { Against, wave, type Layout, type Twin } from "../../testing/against.js";

const missing = await missingAdapter();
type Shape = readonly number[];
type Form = readonly [shape: Shape, attrs: WindowAttrs];

function form(
  shape: Shape,
  window: Shape,
  strides: Shape,
  padding: WindowAttrs["padding"],
  dilation: Shape,
): Form {
  return [shape, { window, strides, padding, dilation }];
}

const OVERLAPPING = form(
  [2, 9, 11],
  [3, 3],
  [2, 1],
  [
    [1, 1],
    [2, 0],
  ],
  [1, 2],
);
const NONE = [0, 0] as const;
const FORMS: readonly Form[] = [
  form([2, 3, 9, 8], [2, 2], [2, 2], [NONE, NONE], [1, 1]),
  OVERLAPPING,
  form([3, 20], [2], [5], [[3, 2]], [3]),
  form([5, 6, 7], [2, 3, 2], [1, 2, 3], [[0, 1], [1, 1], NONE], [1, 1, 1]),
];

function windowsOf(shape: Shape, a: WindowAttrs): number[] {
  const lead = shape.length - a.window.length;
  return shape.map((n, i) => {
    const d = i - lead;
    if (d < 0) return n;
    const reach = (a.window[d]! - 1) * a.dilation[d]! + 1;
    return Math.floor((n + a.padding[d]![0] + a.padding[d]![1] - reach) / a.strides[d]!) + 1;
  });
}

describe.skipIf(missing !== null)("windows", () => {
  let on: Against;
  beforeAll(async () => {
    on = await Against.open();
  });
  afterEach(() => on.clear());
  afterAll(() => on.close());

  async function check(
    x: Twin,
    attrs: WindowAttrs,
    kind: "sum" | "max" | "min",
    layout: Layout = "dense",
  ): Promise<void> {
    const { dtype, shape } = x.gpu;
    const windows = windowsOf(shape, attrs);
    const reduced = on.output(dtype, windows);
    expect(
      await on.difference(reduced, (k, pick, o) => k.reduceWindow(kind, pick(x), o, attrs)),
    ).toBeLessThanOrEqual(1e-5);
    const source = on.filled(dtype, windows, wave(9), layout);
    const out = on.output(dtype, shape);
    const select = kind === "sum" ? "max" : kind;
    expect(
      await on.difference(out, (k, pick, o) => k.selectAndScatter(select, pick(x), pick(source), o, attrs)),
    ).toBeLessThanOrEqual(1e-5);
  }

  for (const [shape, attrs] of FORMS) {
    it(`of ${attrs.window.join("x")} over [${shape.join()}]`, async () => {
      for (const dtype of ["float32", "int8"] satisfies DType[]) {
        for (const layout of ["dense", "transposed"] satisfies Layout[]) {
          const x = on.filled(dtype, shape, (i) => Math.round(wave(3)(i)), layout);
          await check(x, attrs, "sum", layout);
        }
      }
    });
  }

  it("gives NaN the preference", async () => {
    const [shape, attrs] = OVERLAPPING;
    const x = on.filled("float32", shape, (i) => (i % 7 === 2 ? NaN : wave(3)(i)));
    for (const kind of ["max", "min"] as const) await check(x, attrs, kind);
  });
});
