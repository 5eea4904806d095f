// Gradient cases of movement ops and indexing.
import { spread, values, type CaseTensor } from "../composite-case.js";
import type { GradientCase } from "./gradient-case.js";

const ints = (shape: readonly number[], data: readonly number[]): CaseTensor =>
  values(shape, data.map(BigInt), "int64");

const movementCases: readonly GradientCase[] = [
  { op: "reshape", name: "merge", inputs: [spread([2, 3], 1)], attrs: { shape: [6] } },
  { op: "transpose", name: "rotate", inputs: [spread([2, 3, 2], 2)], attrs: { perm: [1, 2, 0] } },
  {
    op: "broadcastTo",
    name: "new and inner axes",
    inputs: [spread([3, 1], 3)],
    attrs: { shape: [2, 3, 2] },
    second: true,
  },
  { op: "broadcastTo", name: "of a scalar", inputs: [spread([], 4)], attrs: { shape: [2, 2] } },
  { op: "broadcastTo", name: "to size zero", inputs: [spread([1, 2], 4)], attrs: { shape: [0, 2] } },
  {
    op: "slice",
    name: "steps",
    inputs: [spread([5, 4], 5)],
    attrs: { starts: [1, 0], ends: [5, 3], steps: [3, 2] },
  },
  {
    op: "slice",
    name: "to nothing",
    inputs: [spread([3], 6)],
    attrs: { starts: [2], ends: [2], steps: [1] },
  },
  { op: "flip", name: "one axis", inputs: [spread([2, 3], 7)], attrs: { axes: [1] } },
  {
    op: "pad",
    name: "around and between",
    inputs: [spread([3, 2], 8)],
    attrs: { low: [1, 0], high: [0, 2], interior: [2, 1], value: 3 },
  },
  {
    op: "pad",
    name: "between only",
    inputs: [spread([3], 9)],
    attrs: { low: [0], high: [0], interior: [3], value: 0 },
  },
  {
    op: "concat",
    name: "three",
    inputs: [spread([2, 1], 1), spread([2, 3], 2), spread([2, 0], 3)],
    attrs: { axis: 1 },
  },
  {
    op: "concat",
    name: "only the second is wanted",
    inputs: [spread([1, 2], 1), spread([2, 2], 2)],
    attrs: { axis: 0 },
    wrt: [1],
  },
];

const gatherCases: readonly GradientCase[] = [
  {
    op: "gather",
    name: "repeats and outside",
    inputs: [spread([3, 2], 1), ints([5], [2, 0, 2, -1, 3])],
    attrs: { axis: 0 },
    second: true,
  },
  {
    op: "gather",
    name: "middle axis, matrix of indices",
    inputs: [spread([2, 3, 2], 2), ints([2, 2], [2, 0, 1, 1])],
    attrs: { axis: 1 },
  },
  {
    op: "gather",
    name: "0-d index, last axis",
    inputs: [spread([2, 3], 3), ints([], [1])],
    attrs: { axis: 1 },
  },
  { op: "gather", name: "no indices", inputs: [spread([2, 3], 3), ints([0], [])], attrs: { axis: 0 } },
];

const scatterCases = (["set", "add", "max", "min"] as const).flatMap((mode): GradientCase[] => [
  {
    op: "scatter",
    name: `${mode}, rows`,
    inputs: [spread([4, 2], 1), ints([2], [3, 0]), spread([2, 2], 5)],
    attrs: { axis: 0, mode },
    second: true,
  },
  {
    op: "scatter",
    name: `${mode}, repeats and outside`,
    inputs: [spread([3, 2], 2), ints([5], [2, 0, 2, -1, 3]), spread([5, 2], 7)],
    attrs: { axis: 0, mode },
  },
  {
    op: "scatter",
    name: `${mode}, inner axis, matrix of indices`,
    inputs: [spread([2, 4], 3), ints([2, 2], [3, 0, 3, 1]), spread([2, 2, 2], 11)],
    attrs: { axis: 1, mode },
  },
  {
    op: "scatter",
    name: `${mode}, no indices`,
    inputs: [spread([2, 2], 3), ints([0], []), spread([0, 2], 4)],
    attrs: { axis: 0, mode },
  },
  {
    op: "scatter",
    name: `${mode}, only x is wanted`,
    inputs: [spread([3], 3), ints([2], [1, 1]), spread([2], 9)],
    attrs: { axis: 0, mode },
    wrt: [0],
  },
  {
    op: "scatter",
    name: `${mode}, only the updates are wanted`,
    inputs: [spread([3], 3), ints([2], [1, 1]), spread([2], 9)],
    attrs: { axis: 0, mode },
    wrt: [2],
  },
]);

/** Gradient cases of movement and index ops. */
export const movementGradients: readonly GradientCase[] = [
  ...movementCases,
  ...gatherCases,
  ...scatterCases,
  {
    op: "scatter",
    name: "mul",
    inputs: [spread([3], 1), ints([2], [0, 2]), spread([2], 2)],
    attrs: { axis: 0, mode: "mul" },
    refused: true,
  },
];
