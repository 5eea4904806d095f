// Matrix products against the reference: every tile, dtype and layout, odd sizes, long sums.
import { type BufferView, type DType, type Kernels } from "@isoform/core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { missingAdapter } from "../../testing/adapter.js";
import { Against, type Layout, type Twin } from "../../testing/against.js";
import { GPU_DTYPES } from "../../wgsl/dtypes.js";
import { runProduct } from "./matmul.js";
import { TILES, type TileName } from "./tiles.js";

const missing = await missingAdapter();
const INTEGERS = GPU_DTYPES.filter((d) => d.includes("int"));
const BOUND: Readonly<Partial<Record<DType, number>>> = { float32: 1e-6, float16: 6e-4, bfloat16: 4.5e-3 };

type Shape = readonly number[];

describe.skipIf(missing !== null)("matmul", () => {
  let on: Against;
  beforeAll(async () => {
    on = await Against.open();
  });
  afterEach(() => on.clear());
  afterAll(() => on.close());

  async function check(dtype: DType, a: Shape, b: Shape, ...layouts: readonly Layout[]): Promise<void> {
    const x = on.tensor(dtype, a, 1, layouts[0]);
    const y = on.tensor(dtype, b, 2, layouts[1]);
    const out = on.output(dtype, [...a.slice(0, -1), b.at(-1)!]);
    const run = <B>(k: Kernels<B>, pick: (t: Twin) => BufferView<B>, to: BufferView<B>): void =>
      k.matmul(pick(x), pick(y), to);
    expect(await on.difference(out, run)).toBeLessThanOrEqual(BOUND[dtype] ?? 0);
  }

  describe("small", () => {
    it.each(GPU_DTYPES.filter((d) => d !== "bool"))("%s", async (dtype) => {
      await check(dtype, [5, 7], [7, 3]);
      await check(dtype, [2, 3, 4, 6], [2, 3, 6, 5], "transposed", "gapped");
      await check(dtype, [2, 3], [3, 1], "reversed", "offset");
      await check(dtype, [3, 2, 3], [3, 3, 4], "dense", "repeated");
    });
    it("without anything to add", () => check("float32", [4, 0], [0, 3]));
    it("nothing", () => check("float32", [0, 4], [4, 3]));
  });

  describe("integers in tiles", () => {
    it.each(INTEGERS)("%s", async (dtype) => {
      await check(dtype, [37, 41], [41, 44]);
      await check(dtype, [2, 33, 19], [2, 19, 35], "transposed", "repeated");
    });
  });

  describe("vectors", () => {
    it("row, matrix in rows", () => check("float32", [1, 300], [300, 130]));
    it("row, matrix transposed", () => check("float32", [1, 300], [300, 130], "dense", "transposed"));
    it("column", () => check("float32", [130, 301], [301, 1]));
    it("batches", () => check("float32", [3, 1, 1100], [3, 1100, 37], "dense", "repeated"));
    it("long", () => check("float32", [1, 20000], [20000, 1], "reversed", "gapped"));
    it.each(["float16", "bfloat16"] as const)("%s", async (dtype) => {
      await check(dtype, [1, 300], [300, 131]);
      await check(dtype, [129, 256], [256, 1]);
    });
  });

  it("16-bit floats and vectors without arrays of them", async () => {
    const before = on;
    on = await Against.open({ f16: false, subgroups: false });
    try {
      await check("float16", [40, 132], [132, 68]);
      await check("float16", [129, 256], [256, 1]);
    } finally {
      on.close();
      on = before;
    }
  });

  describe("16-bit floats in tiles", () => {
    it.each(["float16", "bfloat16"] as const)("%s", async (dtype) => {
      await check(dtype, [40, 132], [132, 68]);
      await check(dtype, [39, 33], [33, 67], "transposed", "transposed");
    });
  });

  it("rows of all batches at once", () => check("float32", [3, 20, 40], [3, 40, 64], "dense", "repeated"));
  it("batches that repeat", () => check("float32", [3, 40, 40], [3, 40, 36], "repeated", "dense"));
  it("sums in parts", () => check("float32", [20, 2300], [2300, 36]));
  it("not numbers", async () => {
    const every = (n: number, odd: number, other: number): (() => number) => {
      let i = 0;
      return () => (i++ % n === 0 ? odd : other);
    };
    const x = on.of("float32", [40, 40], every(77, NaN, 1));
    const y = on.of("float32", [40, 40], every(91, Infinity, -1));
    const out = on.output("float32", [40, 40]);
    expect(await on.difference(out, (k, pick, to) => k.matmul(pick(x), pick(y), to))).toBe(0);
  });

  describe.each(Object.keys(TILES) as TileName[])("tile %s", (name) => {
    async function product(
      sizes: Shape,
      layouts: readonly Layout[],
      dtype: DType = "float32",
    ): Promise<void> {
      const [m, n, k] = sizes as [number, number, number];
      const a = on.tensor(dtype, [m, k], 3, layouts[0]);
      const b = on.tensor(dtype, [k, n], 4, layouts[1]);
      const out = on.output(dtype, [m, n]);
      runProduct(on.runner, { a: a.gpu, b: b.gpu, out: out.gpu, tile: TILES[name] });
      on.exact.kernels.matmul(a.exact, b.exact, out.exact);
      expect(await on.apart(out)).toBeLessThanOrEqual(BOUND[dtype]!);
    }
    it("odd sizes", () => product([133, 131, 43], ["offset", "gapped"]));
    it("both transposed", () => product([36, 40, 44], ["transposed", "transposed"]));
    if (name !== "small" && name !== "big") return;
    it("16-bit floats", () => product([69, 68, 36], ["transposed", "offset"], "float16"));
    it("16-bit floats, whole vectors", () => product([132, 136, 44], ["dense", "dense"], "float16"));
    it("whole vectors", () => product([132, 136, 44], ["dense", "dense"]));
  });
});
