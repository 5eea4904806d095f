// Forward cases of reduceWindow and selectAndScatter.
import type { ReduceKind, WindowAttrs } from "@isoform/core";
import { given, random, repeated, type Input } from "../inputs.js";
import type { Layout } from "../layout.js";
import type { PrimitiveCase } from "./primitive-case.js";

interface WindowForm {
  readonly name: string;
  readonly input: Input;
  readonly attrs: WindowAttrs;
  readonly layout?: Layout;
}

function windows(window: readonly number[], rest: Partial<WindowAttrs> = {}): WindowAttrs {
  const ones = window.map(() => 1);
  return {
    window,
    strides: ones,
    padding: window.map((): [number, number] => [0, 0]),
    dilation: ones,
    ...rest,
  };
}

const withSpecials: Input = given([1, 3, 4], [1, NaN, 3, 4, Infinity, 6, 7, 8, -Infinity, 2, 0, 1]);

const WINDOW_FORMS: readonly WindowForm[] = [
  { name: "1-d", input: random([7], 1), attrs: windows([3]) },
  { name: "one element", input: random([1], 11), attrs: windows([1]), layout: "offset" },
  { name: "no window axes", input: random([2, 3], 2), attrs: windows([]) },
  { name: "empty batch", input: random([0, 1, 4, 4], 3), attrs: windows([2, 2]) },
  { name: "pooling", input: random([2, 3, 6, 6], 4), attrs: windows([2, 2], { strides: [2, 2] }) },
  {
    name: "overlap and padding",
    input: random([1, 2, 5, 7], 5),
    attrs: windows([3, 2], {
      strides: [2, 1],
      padding: [
        [1, 1],
        [0, 1],
      ],
    }),
    layout: "transposed",
  },
  {
    name: "dilation",
    input: random([2, 7, 8], 6),
    attrs: windows([2, 3], { dilation: [3, 2] }),
    layout: "flipped",
  },
  {
    name: "stride beyond the window",
    input: random([9, 9], 7),
    attrs: windows([2, 2], { strides: [3, 4] }),
    layout: "stepped",
  },
  {
    name: "windows of padding only",
    input: random([1, 3], 8),
    attrs: windows([2], { padding: [[3, 3]] }),
    layout: "offset",
  },
  {
    name: "3-d",
    input: random([1, 3, 4, 3], 9),
    attrs: windows([2, 2, 2], {
      padding: [
        [1, 0],
        [0, 0],
        [0, 1],
      ],
    }),
  },
  { name: "broadcast", input: repeated(2, random([4, 5], 10)), attrs: windows([3, 3]), layout: "repeated" },
  {
    name: "ties",
    input: given([4, 4], [1, 1, 2, 2, 1, 1, 2, 2, 3, 3, 0, 0, 3, 3, 0, 0]),
    attrs: windows([3, 3]),
  },
  { name: "NaN and infinity", input: withSpecials, attrs: windows([2, 2]) },
];

const reduceWindowCases = (["sum", "prod", "max", "min"] satisfies ReduceKind[]).flatMap((kind) =>
  WINDOW_FORMS.map((form): PrimitiveCase => ({
    op: "reduceWindow",
    name: `${kind}, ${form.name}`,
    inputs: [form.input],
    attrs: { ...form.attrs, kind },
    layout: form.layout ?? "dense",
    terms: form.attrs.window.reduce((p, n) => p * n, 1),
    termSize: kind === "prod" ? 700 : 3,
  })),
);

/** Output shape of the windows of a form, to size the source. */
function positions(form: WindowForm): number[] {
  const { shape } = form.input("float32");
  const { window, strides, padding, dilation } = form.attrs;
  const lead = shape.length - window.length;
  return shape.map((n, i) => {
    if (i < lead) return n;
    const d = i - lead;
    return (
      Math.floor((n + padding[d]![0] + padding[d]![1] - (window[d]! - 1) * dilation[d]! - 1) / strides[d]!) +
      1
    );
  });
}

const selectAndScatterCases = (["max", "min"] as const).flatMap((kind) =>
  WINDOW_FORMS.map((form, i): PrimitiveCase => ({
    op: "selectAndScatter",
    name: `${kind}, ${form.name}`,
    inputs: [form.input, random(positions(form), 100 + i)],
    attrs: { ...form.attrs, kind },
    layout: [form.layout ?? "dense", form.layout === "repeated" ? "flipped" : (form.layout ?? "dense")],
    terms: 9,
    termSize: 3,
  })),
);

/** Forward cases of windows. */
export const windowCases: readonly PrimitiveCase[] = [...reduceWindowCases, ...selectAndScatterCases];
