// 16-bit floats in kernels of float32: what these give for the widened values, rounded once.
import {
  argmax,
  attention,
  batchNormTrain,
  cast,
  conv,
  layerNorm,
  lstm,
  matmul,
  maxPool,
  rmsNorm,
  setBackend,
  slice,
  softmax,
  sort,
  sum,
  tensor,
  transpose,
  type Tensor,
} from "@isoform/core";
import { expect, it } from "vitest";
import { cpu } from "../backend.js";

const device = await setBackend(cpu());
const wave = (shape: readonly number[], seed: number): Tensor =>
  tensor(
    Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => 3 * Math.sin(i * 1.3 + seed)),
    { shape: [...shape] },
  );

const PROGRAMS: Readonly<Record<string, readonly [shapes: number[][], (...x: Tensor[]) => Tensor]>> = {
  softmax: [[[37, 45]], (x) => softmax(x, 1)],
  "softmax of columns": [[[7, 45, 3]], (x) => softmax(x, 1)],
  "layer norm of a slice": [[[9, 40], [30], [30]], (x, w, b) => layerNorm(slice(x, [0, 5], [9, 35]), w, b)],
  "RMS norm of a transpose": [[[33, 8], [33]], (x, w) => rmsNorm(transpose(x, [1, 0]), w)],
  attention: [
    [
      [2, 3, 20, 16],
      [2, 3, 24, 16],
      [2, 3, 24, 8],
    ],
    (q, k, v) => attention(q, k, v),
  ],
  lstm: [
    [
      [5, 3, 6],
      [3, 4],
      [3, 4],
      [16, 6],
      [16, 4],
    ],
    (x, h, c, w, u) => lstm(x, h, c, w, u)[0],
  ],
  "batch norm": [[[2, 5, 6, 6], [5], [5]], (x, w, b) => batchNormTrain(x, w, b)[0]],
  "statistics of batch norm": [[[2, 5, 6, 6]], (x) => batchNormTrain(x)[2]],
  matmul: [
    [
      [2, 20, 30],
      [1, 30, 17],
    ],
    (a, b) => matmul(a, b),
  ],
  conv: [
    [
      [2, 4, 12, 12],
      [6, 4, 3, 3],
    ],
    (x, w) =>
      conv(x, w, {
        padding: [
          [1, 1],
          [1, 1],
        ],
      }),
  ],
  "max pool": [[[2, 4, 12, 12]], (x) => maxPool(x, { window: [3, 3], strides: [2, 2] })],
  sum: [[[12, 300]], (x) => sum(x, 1)],
  sort: [[[5, 70]], (x) => sort(x)[0]],
  "place of the greatest": [[[5, 70]], (x) => argmax(x, 1)],
};

/** Results that are of another dtype than the inputs. */
const DTYPES: Readonly<Record<string, string>> = {
  "statistics of batch norm": "float32",
  "place of the greatest": "int64",
};

const CASES = Object.entries(PROGRAMS).flatMap(([name, program]) =>
  (["float16", "bfloat16"] as const).map((dtype) => [name, dtype, program] as const),
);
it.each(CASES)("%s of %s", (name, dtype, [shapes, program]) => {
  const before = device.fallbacks();
  const narrow = shapes.map((shape, i) => cast(wave(shape, i), dtype));
  const result = program(...narrow);
  const want = program(...narrow.map((x) => cast(x, "float32")));
  expect(result.dtype).toBe(DTYPES[name] ?? dtype);
  expect(result.toArraySync()).toEqual(cast(want, result.dtype).toArraySync());
  expect(device.fallbacks()).toEqual(before);
});

it.each(["int8", "uint8", "int16", "bool"] as const)("maxima, places and order of %s", (dtype) => {
  const before = device.fallbacks();
  const x = cast(wave([2, 3, 9, 9], 1), dtype);
  const programs: ((x: Tensor) => Tensor)[] = [
    (t) => sort(t, { descending: true })[0],
    (t) => sort(t, { axis: 2 })[1],
    (t) => argmax(t, 3),
  ];
  if (dtype !== "bool") programs.push((t) => maxPool(t, { window: [2, 2] }));
  for (const program of programs) {
    const result = program(x);
    expect(result.toArraySync()).toEqual(cast(program(cast(x, "float32")), result.dtype).toArraySync());
  }
  expect(device.fallbacks()).toEqual(before);
});
