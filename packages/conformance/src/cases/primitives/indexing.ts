// Forward cases of gather and scatter.
import type { DType, ScatterMode } from "@isoform/core";
import { fixed, random, repeated, type Input } from "../inputs.js";
import type { Layout } from "../layout.js";
import type { PrimitiveCase } from "./primitive-case.js";

interface Form {
  readonly name: string;
  readonly x: Input;
  readonly shape: readonly number[];
  readonly axis: number;
  readonly indices: readonly [shape: readonly number[], data: readonly number[], dtype: DType];
  readonly layouts: readonly [Layout, Layout];
}

const FORMS: readonly Form[] = [
  {
    name: "one",
    x: random([3], 1),
    shape: [3],
    axis: 0,
    indices: [[1], [2], "int64"],
    layouts: ["dense", "dense"],
  },
  {
    name: "0-d index",
    x: random([3, 2], 2),
    shape: [3, 2],
    axis: 0,
    indices: [[], [1], "int32"],
    layouts: ["transposed", "dense"],
  },
  {
    name: "no indices",
    x: random([3, 2], 3),
    shape: [3, 2],
    axis: 1,
    indices: [[0], [], "int64"],
    layouts: ["dense", "dense"],
  },
  {
    name: "empty x with indices outside",
    x: random([0, 2], 4),
    shape: [0, 2],
    axis: 0,
    indices: [[2], [0, 1], "int64"],
    layouts: ["dense", "dense"],
  },
  {
    name: "repeats",
    x: random([4, 3], 5),
    shape: [4, 3],
    axis: 0,
    indices: [[6], [3, 0, 3, 3, 1, 0], "int64"],
    layouts: ["flipped", "stepped"],
  },
  {
    name: "outside",
    x: random([3, 2], 6),
    shape: [3, 2],
    axis: 0,
    indices: [[5], [-1, 0, 3, 2, 100], "int32"],
    layouts: ["stepped", "dense"],
  },
  {
    name: "middle axis, matrix of indices",
    x: random([2, 5, 3], 7),
    shape: [2, 5, 3],
    axis: 1,
    indices: [[2, 3], [4, 0, 2, 2, 1, 3], "int64"],
    layouts: ["transposed", "transposed"],
  },
  {
    name: "last axis, uint8 indices",
    x: random([2, 3, 5], 8),
    shape: [2, 3, 5],
    axis: 2,
    indices: [[4], [4, 4, 0, 1], "uint8"],
    layouts: ["offset", "flipped"],
  },
  {
    name: "broadcast",
    x: repeated(3, random([4], 9)),
    shape: [3, 4],
    axis: 1,
    indices: [[3], [3, 1, 1], "uint32"],
    layouts: ["repeated", "offset"],
  },
  {
    name: "many",
    x: random([50, 7], 10),
    shape: [50, 7],
    axis: 0,
    indices: [[90], Array.from({ length: 90 }, (_, i) => (i * 37) % 50), "int64"],
    layouts: ["dense", "dense"],
  },
];

const gatherCases = FORMS.map(({ name, x, axis, indices: [shape, data, dtype], layouts }): PrimitiveCase => ({
  op: "gather",
  name,
  inputs: [x, fixed(dtype, shape, data)],
  attrs: { axis },
  layout: layouts,
  exact: true,
}));

const MODES: readonly ScatterMode[] = ["set", "add", "mul", "max", "min"];

const scatterCases = MODES.flatMap((mode) =>
  FORMS.map((form, i): PrimitiveCase => {
    const [shape, data, dtype] = form.indices;
    const updates = [...form.shape.slice(0, form.axis), ...shape, ...form.shape.slice(form.axis + 1)];
    return {
      op: "scatter",
      name: `${mode}, ${form.name}`,
      inputs: [form.x, fixed(dtype, shape, data), random(updates, 30 + i)],
      attrs: { axis: form.axis, mode },
      layout: [...form.layouts, "transposed"],
      terms: 5,
      termSize: mode === "mul" ? 81 : 3,
    };
  }),
);

/** Forward cases of gather and scatter. */
export const indexingCases: readonly PrimitiveCase[] = [...gatherCases, ...scatterCases];
