// Windows that overlap, lie apart, are dilated or reach into the padding.
import { afterAll, describe, it } from "vitest";
import type { DType, WindowAttrs } from "@isoform/core";
import { missingAdapter } from "../../testing/adapter.js";
import { Both, given, wave, type Layout } from "../../testing/both.js";

const missing = await missingAdapter();
const both = new Both();
afterAll(() => both.gpu.dispose?.());

const FORMS: readonly (readonly [shape: readonly number[], attrs: WindowAttrs])[] = [
  [
    [2, 3, 9, 8],
    {
      window: [2, 2],
      strides: [2, 2],
      padding: [
        [0, 0],
        [0, 0],
      ],
      dilation: [1, 1],
    },
  ],
  [
    [2, 9, 11],
    {
      window: [3, 3],
      strides: [2, 1],
      padding: [
        [1, 1],
        [2, 0],
      ],
      dilation: [1, 2],
    },
  ],
  [[3, 20], { window: [2], strides: [5], padding: [[3, 2]], dilation: [3] }],
  [
    [5, 6, 7],
    {
      window: [2, 3, 2],
      strides: [1, 2, 3],
      padding: [
        [0, 1],
        [1, 1],
        [0, 0],
      ],
      dilation: [1, 1, 1],
    },
  ],
];

function windowsOf(shape: readonly number[], a: WindowAttrs): number[] {
  const lead = shape.length - a.window.length;
  return shape.map((n, i) => {
    const d = i - lead;
    if (d < 0) return n;
    const reach = (a.window[d]! - 1) * a.dilation[d]! + 1;
    return Math.floor((n + a.padding[d]![0] + a.padding[d]![1] - reach) / a.strides[d]!) + 1;
  });
}

describe.skipIf(missing !== null)(`windows${missing ? `: ${missing}` : ""}`, () => {
  for (const [shape, attrs] of FORMS) {
    it(`of ${attrs.window.join("x")} over [${shape.join()}]`, async () => {
      for (const dtype of ["float32", "int8"] satisfies DType[]) {
        for (const layout of ["dense", "transposed"] satisfies Layout[]) {
          const x = given(dtype, shape, (i) => Math.round(wave(3)(i)), layout);
          const windows = windowsOf(shape, attrs);
          await both.same(
            [x],
            [[dtype, windows]],
            (b, [v], [out]) => b.kernels.reduceWindow("sum", v!, out!, attrs),
            1e-5,
          );
          const source = given(dtype, windows, wave(9), layout);
          await both.same(
            [x, source],
            [[dtype, shape]],
            (b, [v, s], [out]) => b.kernels.selectAndScatter("max", v!, s!, out!, attrs),
            1e-5,
          );
        }
      }
    });
  }

  it("gives NaN the preference", async () => {
    const [shape, attrs] = FORMS[1]!;
    const x = given("float32", shape, (i) => (i % 7 === 2 ? NaN : wave(3)(i)));
    const windows = windowsOf(shape, attrs);
    for (const kind of ["max", "min"] as const) {
      await both.same([x], [["float32", windows]], (b, [v], [out]) =>
        b.kernels.reduceWindow(kind, v!, out!, attrs),
      );
      await both.same(
        [x, given("float32", windows, wave(9))],
        [["float32", shape]],
        (b, [v, s], [out]) => b.kernels.selectAndScatter(kind, v!, s!, out!, attrs),
        1e-5,
      );
    }
  });
});
