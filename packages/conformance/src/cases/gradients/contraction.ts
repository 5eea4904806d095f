// Gradient cases of matmul, conv and windows, with every attribute.
import type { ConvAttrs, WindowAttrs } from "@isoform/core";
import { spread } from "../composite-case.js";
import type { GradientCase } from "./gradient-case.js";

const matmulCases: readonly GradientCase[] = [
  { op: "matmul", name: "matrices", inputs: [spread([2, 3], 1), spread([3, 2], 2)], attrs: {}, second: true },
  { op: "matmul", name: "batches", inputs: [spread([2, 2, 3], 3), spread([2, 3, 1], 4)], attrs: {} },
  { op: "matmul", name: "nothing to add", inputs: [spread([2, 0], 5), spread([0, 3], 6)], attrs: {} },
];

interface ConvForm {
  readonly name: string;
  readonly x: readonly number[];
  readonly w: readonly number[];
  readonly attrs?: Partial<ConvAttrs>;
  readonly second?: boolean;
}

const convForms: readonly ConvForm[] = [
  { name: "1-d", x: [1, 1, 4], w: [1, 1, 2], second: true },
  { name: "channels", x: [2, 2, 4], w: [3, 2, 2] },
  { name: "stride that leaves a rest", x: [1, 1, 6], w: [1, 1, 2], attrs: { strides: [3] }, second: true },
  {
    name: "padding",
    x: [1, 2, 3, 3],
    w: [2, 2, 2, 2],
    attrs: {
      padding: [
        [1, 0],
        [2, 1],
      ],
    },
  },
  { name: "padding beyond the kernel", x: [1, 1, 2], w: [1, 1, 2], attrs: { padding: [[3, 2]] } },
  { name: "negative padding", x: [1, 1, 6], w: [1, 1, 2], attrs: { padding: [[-1, -2]] } },
  {
    name: "negative padding, stride",
    x: [1, 1, 8],
    w: [1, 1, 2],
    attrs: { padding: [[-1, 1]], strides: [2] },
  },
  { name: "kernel dilation", x: [1, 1, 7], w: [2, 1, 3], attrs: { rhsDilation: [2], padding: [[1, 0]] } },
  { name: "input dilation", x: [1, 1, 4], w: [1, 1, 3], attrs: { lhsDilation: [3], padding: [[2, 1]] } },
  {
    name: "input dilation, stride, padding",
    x: [1, 1, 4],
    w: [1, 1, 3],
    attrs: { lhsDilation: [2], strides: [3], padding: [[1, 2]] },
  },
  { name: "groups", x: [1, 4, 4], w: [6, 2, 2], attrs: { groups: 2 } },
  {
    name: "depthwise",
    x: [2, 3, 3, 3],
    w: [3, 1, 2, 2],
    attrs: {
      groups: 3,
      padding: [
        [1, 0],
        [0, 1],
      ],
    },
  },
  {
    name: "everything",
    x: [2, 4, 3, 4],
    w: [2, 2, 2, 3],
    attrs: {
      strides: [2, 3],
      padding: [
        [2, 1],
        [1, 3],
      ],
      lhsDilation: [3, 2],
      rhsDilation: [2, 2],
      groups: 2,
    },
  },
  {
    name: "3-d",
    x: [1, 1, 2, 3, 2],
    w: [1, 1, 2, 2, 1],
    attrs: {
      padding: [
        [0, 1],
        [0, 0],
        [1, 0],
      ],
    },
  },
  { name: "empty batch", x: [0, 1, 4], w: [2, 1, 2] },
];

const convCases = convForms.map(({ name, x, w, attrs = {}, second = false }, i): GradientCase => {
  const ones = x.slice(2).map(() => 1);
  const none = ones.map((): [number, number] => [0, 0]);
  return {
    op: "conv",
    name,
    inputs: [spread(x, i + 1), spread(w, i + 51)],
    attrs: { strides: ones, padding: none, lhsDilation: ones, rhsDilation: ones, groups: 1, ...attrs },
    second,
  };
});

interface WindowForm {
  readonly name: string;
  readonly x: readonly number[];
  readonly attrs: Pick<WindowAttrs, "window"> & Partial<WindowAttrs>;
}

const windowForms: readonly WindowForm[] = [
  { name: "pooling", x: [1, 4, 4], attrs: { window: [2, 2], strides: [2, 2] } },
  { name: "overlap and padding", x: [2, 5], attrs: { window: [3], strides: [2], padding: [[1, 1]] } },
  { name: "stride that leaves a rest", x: [1, 8], attrs: { window: [2], strides: [3] } },
  { name: "dilation", x: [7], attrs: { window: [3], dilation: [2], padding: [[1, 2]] } },
  { name: "windows of padding only", x: [3], attrs: { window: [2], padding: [[3, 3]] } },
  {
    name: "2-d with everything",
    x: [2, 5, 6],
    attrs: {
      window: [2, 3],
      strides: [2, 1],
      padding: [
        [1, 0],
        [2, 1],
      ],
      dilation: [2, 1],
    },
  },
  { name: "one window of everything", x: [2, 3, 2], attrs: { window: [3, 2], strides: [2, 1] } },
  { name: "windows of everything, padded", x: [2, 3], attrs: { window: [3], padding: [[1, 0]] } },
];

/** Forms whose maximum is −∞ somewhere. */
const onlyPadding: readonly string[] = ["windows of padding only"];

function windowAttrs(a: WindowForm["attrs"]): WindowAttrs {
  const ones = a.window.map(() => 1);
  return { strides: ones, padding: a.window.map((): [number, number] => [0, 0]), dilation: ones, ...a };
}

function outputShape(x: readonly number[], a: WindowAttrs): number[] {
  const lead = x.length - a.window.length;
  return x.map((n, i) => {
    const d = i - lead;
    if (d < 0) return n;
    const size = n + a.padding[d]![0] + a.padding[d]![1];
    return Math.floor((size - (a.window[d]! - 1) * a.dilation[d]! - 1) / a.strides[d]!) + 1;
  });
}

const windowCases = windowForms.flatMap(({ name, x, attrs }, i): GradientCase[] => {
  const a = windowAttrs(attrs);
  return [
    ...(["sum", "max", "min"] as const)
      .filter((kind) => kind === "sum" || !onlyPadding.includes(name))
      .map((kind): GradientCase => ({
        op: "reduceWindow",
        name: `${kind}, ${name}`,
        inputs: [spread(x, i + 1)],
        attrs: { ...a, kind },
        second: i === 0 || i === 3,
      })),
    ...(["max", "min"] as const).map((kind): GradientCase => ({
      op: "selectAndScatter",
      name: `${kind}, ${name}`,
      inputs: [spread(x, i + 1), spread(outputShape(x, a), i + 31)],
      attrs: { ...a, kind },
      // x only chooses: its derivative is zero between ties.
      wrt: [0, 1],
      second: i === 0,
    })),
  ];
});

/** Gradient cases of contractions and windows. */
export const contractionGradients: readonly GradientCase[] = [
  ...matmulCases,
  ...convCases,
  ...windowCases,
  {
    op: "reduceWindow",
    name: "prod",
    inputs: [spread([4], 1)],
    attrs: { ...windowAttrs({ window: [2] }), kind: "prod" },
    refused: true,
  },
];
