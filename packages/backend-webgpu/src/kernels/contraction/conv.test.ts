// Convolutions against the reference: every kernel, dtype and layout, gradients' shapes, spread inputs, groups.
import type { BufferView, ConvAttrs, DType, Kernels } from "@isoform/core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { missingAdapter } from "../../testing/adapter.js";
import { Against, type Layout, type Twin } from "../../testing/against.js";
import { GPU_DTYPES } from "../../wgsl/dtypes.js";
import { convolutionOf } from "./conv-geometry.js";
import { productConvolution } from "./conv-product.js";
import { TILES } from "./tiles.js";

const missing = await missingAdapter();
const BOUND: Readonly<Partial<Record<DType, number>>> = { float32: 1e-6, float16: 6e-4, bfloat16: 4.5e-3 };

type Shape = readonly number[];

interface Form {
  readonly x: Shape;
  readonly w: Shape;
  readonly attrs?: Partial<ConvAttrs>;
  readonly layouts?: readonly Layout[];
}

const attrsOf = ({ x, attrs }: Form): ConvAttrs => {
  const ones = x.slice(2).map(() => 1);
  const padding = ones.map((): [number, number] => [0, 0]);
  return { strides: ones, padding, lhsDilation: ones, rhsDilation: ones, groups: 1, ...attrs };
};

function outputShape(form: Form): number[] {
  const { strides, padding, lhsDilation, rhsDilation } = attrsOf(form);
  const spatial = form.x.slice(2).map((n, d) => {
    const size = (n === 0 ? 0 : (n - 1) * lhsDilation[d]! + 1) + padding[d]![0] + padding[d]![1];
    const kernel = (form.w[d + 2]! - 1) * rhsDilation[d]! + 1;
    return Math.max(0, Math.floor((size - kernel) / strides[d]!) + 1);
  });
  return [form.x[0]!, form.w[0]!, ...spatial];
}

const pad = (...each: readonly number[]): ConvAttrs["padding"] => each.map((n) => [n, n] as const);

const PLAIN: Readonly<Record<string, Form>> = {
  "3 x 3": { x: [2, 8, 8, 8], w: [16, 8, 3, 3], attrs: { padding: pad(1, 1) } },
  "3 x 3, odd": { x: [3, 5, 7, 9], w: [9, 5, 3, 3], attrs: { padding: pad(1, 0), strides: [2, 1] } },
  "channels last": { x: [2, 8, 6, 7], w: [10, 8, 3, 3], layouts: ["last", "dense"] },
  "flipped kernel, cropped": {
    x: [2, 6, 9, 9],
    w: [8, 6, 2, 3],
    attrs: {
      padding: [
        [-1, 2],
        [3, -2],
      ],
    },
    layouts: ["gapped", "reversed"],
  },
  "groups, dilated": { x: [2, 6, 8, 12], w: [16, 3, 3, 3], attrs: { groups: 2, rhsDilation: [2, 1] } },
  "one axis": { x: [2, 12, 40], w: [24, 12, 5], attrs: { padding: pad(2), strides: [2] } },
  "three axes": { x: [1, 4, 5, 6, 7], w: [12, 4, 2, 3, 2], attrs: { padding: pad(1, 0, 1) } },
  "1 x 1": { x: [2, 20, 8, 8], w: [24, 20, 1, 1] },
  "1 x 1, strides and groups": { x: [1, 20, 8, 8], w: [24, 10, 1, 1], attrs: { strides: [2, 2], groups: 2 } },
  "1 x 1 on one place": { x: [40, 36, 1, 1], w: [48, 36, 1, 1] },
  depthwise: { x: [2, 12, 9, 9], w: [12, 1, 3, 3], attrs: { groups: 12, padding: pad(1, 1) } },
  "depthwise weight gradient": { x: [1, 12, 16, 16], w: [3, 4, 14, 14], attrs: { groups: 3 } },
  "long weight gradient of one channel": { x: [1, 1, 140, 140], w: [1, 1, 138, 138] },
  "weight gradient": { x: [8, 10, 12, 12], w: [16, 10, 10, 10] },
  "weight gradient with strides": { x: [8, 4, 11, 11], w: [16, 4, 5, 5], attrs: { rhsDilation: [2, 2] } },
  "weight gradient in parts": { x: [8, 20, 18, 18], w: [16, 20, 16, 16] },
  "three axes, few outputs": { x: [2, 2, 4, 5, 6], w: [2, 2, 2, 2, 2], attrs: { strides: [1, 2, 1] } },
  "four axes": { x: [1, 2, 3, 3, 4, 3], w: [8, 2, 2, 2, 2, 2], attrs: { padding: pad(0, 1, 0, 0) } },
};

const SPREAD: Readonly<Record<string, Form>> = {
  "by two": {
    x: [2, 8, 5, 6],
    w: [8, 8, 3, 3],
    attrs: { lhsDilation: [2, 2], padding: pad(2, 1) },
    layouts: ["dense", "reversed"],
  },
  "a kernel of one": { x: [2, 8, 5, 6], w: [9, 8, 1, 1], attrs: { lhsDilation: [2, 2] } },
  "with strides and dilation": {
    x: [2, 8, 5, 6],
    w: [8, 4, 3, 4],
    attrs: { lhsDilation: [3, 4], strides: [2, 2], rhsDilation: [1, 2], padding: pad(3, 2), groups: 2 },
  },
  depthwise: {
    x: [2, 4, 5, 5],
    w: [4, 1, 3, 3],
    attrs: { lhsDilation: [2, 1], groups: 4, padding: pad(1, 1) },
  },
  "into many parts": { x: [1, 3, 3, 4], w: [8, 3, 4, 4], attrs: { lhsDilation: [5, 7], padding: pad(3, 3) } },
};

describe.skipIf(missing !== null)("conv", () => {
  let on: Against;
  beforeAll(async () => {
    on = await Against.open();
  });
  afterEach(() => on.clear());
  afterAll(() => on.close());

  async function check(dtype: DType, form: Form): Promise<void> {
    const x = on.tensor(dtype, form.x, 1, form.layouts?.[0]);
    const w = on.tensor(dtype, form.w, 2, form.layouts?.[1]);
    const out = on.output(dtype, outputShape(form));
    const run = <B>(k: Kernels<B>, pick: (t: Twin) => BufferView<B>, to: BufferView<B>): void =>
      k.conv(pick(x), pick(w), to, attrsOf(form));
    expect(await on.difference(out, run)).toBeLessThanOrEqual(BOUND[dtype] ?? 0);
  }

  describe("float32", () => {
    it.each(Object.entries(PLAIN))("%s", (_, form) => check("float32", form));
    it.each(Object.entries(SPREAD))("spread, %s", (_, form) => check("float32", form));
    it("no channels", () => check("float32", { x: [1, 0, 4, 4], w: [9, 0, 3, 3] }));
    it("no images", () => check("float32", { x: [0, 2, 4, 4], w: [3, 2, 3, 3] }));
    it("nothing but padding", () =>
      check("float32", { x: [1, 2, 0], w: [8, 2, 1], attrs: { padding: pad(3) } }));
  });

  // Several vectors per invocation and step, which only large tiles have.
  describe("in large tiles", () => {
    it.each(["3 x 3, odd", "3 x 3", "channels last", "weight gradient with strides"])("%s", async (name) => {
      const form = PLAIN[name]!;
      const x = on.tensor("float32", form.x, 1, form.layouts?.[0]);
      const w = on.tensor("float32", form.w, 2, form.layouts?.[1]);
      const out = on.output("float32", outputShape(form));
      const attrs = attrsOf(form);
      productConvolution(on.runner, convolutionOf(x.gpu, w.gpu, out.gpu, attrs), TILES.big);
      on.exact.kernels.conv(x.exact, w.exact, out.exact, attrs);
      expect(await on.apart(out)).toBeLessThanOrEqual(BOUND.float32!);
    });
  });

  it("keeps infinite weights from padding", async () => {
    const x = on.tensor("float32", [1, 4, 4, 4], 3);
    let i = 0;
    const w = on.of("float32", [4, 1, 3, 3], () => (i++ % 9 === 0 ? Infinity : 1));
    const out = on.output("float32", [1, 4, 4, 4]);
    const attrs = { groups: 4, padding: pad(1, 1) };
    const all = attrsOf({ x: [1, 4, 4, 4], w: [4, 1, 3, 3], attrs });
    expect(await on.difference(out, (k, pick, to) => k.conv(pick(x), pick(w), to, all))).toBeLessThan(1e-6);
  });

  describe.each(["float16", "bfloat16"] as const)("%s", (dtype) => {
    it("product", () => check(dtype, PLAIN["3 x 3"]!));
    it("product of odd sizes", () => check(dtype, PLAIN["3 x 3, odd"]!));
    it("direct", () => check(dtype, PLAIN["depthwise"]!));
    it("long", () => check(dtype, PLAIN["depthwise weight gradient"]!));
    it("spread", () => check(dtype, SPREAD["by two"]!));
  });

  describe.each(GPU_DTYPES.filter((d) => d.includes("int")))("%s", (dtype) => {
    it("everything", () =>
      check(dtype, {
        x: [2, 4, 4, 5],
        w: [6, 2, 2, 3],
        attrs: {
          strides: [2, 3],
          padding: [
            [3, 1],
            [2, -1],
          ],
          lhsDilation: [3, 2],
          rhsDilation: [2, 2],
          groups: 2,
        },
      }));
  });
});
