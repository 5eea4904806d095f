// The executor: gradients through the tape, shape arithmetic off the device, shape inference that freezes nothing,
// narrow element types, simplification, control flow, and no leaks.
import { afterAll, describe, expect, it } from "vitest";
import { reference } from "@isoform/backend-reference";
import {
  createRuntime,
  fromTypedArray as tensorOf,
  mul,
  sum,
  valueAndGrads,
  UnsupportedOpError,
} from "@isoform/core";
import {
  fromTypedArray,
  rawTensor,
  typedArrayOf,
  type RawDType,
  type RawTensor,
} from "../formats/raw-tensor.js";
import { GraphBuilder } from "../ir/builder.js";
import { decodeNarrow, encodeNarrow, roundNarrow } from "./narrow.js";
import { Session } from "./session.js";
import { inferShapes } from "./shapes.js";
import { simplify } from "./simplify.js";

const runtime = await createRuntime({ backends: [reference()] });
afterAll(() => runtime.dispose());
const device = runtime.use();

const floats = (shape: number[], ...values: number[]): RawTensor =>
  fromTypedArray("float32", shape, Float32Array.from(values));
const list = (t: RawTensor | undefined): number[] => (t ? Array.from(typedArrayOf(t), Number) : []);

/** y = x flattened by its own shape: Shape, Gather, Concat, Reshape, as exporters write it. */
function flattenByShape() {
  const b = new GraphBuilder("flatten");
  const x = b.input("x", "float32", ["batch", 2, 3]);
  const shape = b.op("Shape", [x], {});
  const batch = b.op("Unsqueeze", [b.op("Gather", [shape, b.scalar(0, "int64")], {}), b.ints([0])], {});
  const target = b.op("Concat", [batch, b.ints([-1])], { axis: 0 });
  const y = b.op("Reshape", [x, target], {}, { name: "y" });
  return b.finish([y]);
}

describe("runs", () => {
  it("keep shape arithmetic on the host and free everything", async () => {
    const session = new Session(flattenByShape(), { device });
    const before = device.memory();
    const out = await session.run(
      new Map([["x", floats([2, 2, 3], ...Array.from({ length: 12 }, (_, i) => i))]]),
    );
    expect(out.get("y")?.shape).toEqual([2, 6]);
    expect(device.memory().storages).toBe(before.storages);
    session.dispose();
  });

  it("check names, dtypes and shapes of inputs", async () => {
    const session = new Session(flattenByShape(), { device });
    const bad = (t: RawTensor) => session.run(new Map([["x", t]]));
    await expect(bad(floats([2, 2], 1, 2, 3, 4))).rejects.toMatchObject({ code: "run/shape", path: "x" });
    await expect(bad(fromTypedArray("int32", [1, 2, 3], new Int32Array(6)))).rejects.toMatchObject({
      code: "run/dtype",
    });
    await expect(session.run(new Map())).rejects.toMatchObject({ code: "run/inputs" });
  });

  it("wrap integers on the host as on devices", async () => {
    const b = new GraphBuilder("wrap");
    const x = b.input("x", "int32", [2]);
    const outputs = [
      b.op("Mul", [x, x], {}, { name: "product" }),
      b.op("ReduceSum", [x, null], { keepdims: 0 }, { name: "sum" }),
      b.op("ReduceProd", [x, null], { keepdims: 0 }, { name: "all" }),
    ];
    const session = new Session(b.finish(outputs), { device });
    const most = 2 ** 31 - 1;
    const out = await session.run(new Map([["x", fromTypedArray("int32", [2], Int32Array.of(most, most))]]));
    expect(outputs.map((o) => list(out.get(o.name)))).toEqual([[1, 1], [-2], [1]]);
    session.dispose();
  });

  it("give onnx's Gemm without C for a beta of 0, and its window of an even LRN", async () => {
    const b = new GraphBuilder("onnx");
    const x = b.input("x", "float32", [1, 3, 1]);
    const matrix = b.op("Flatten", [x], { axis: 1 });
    const [ones, c] = [b.input("ones", "float32", [3, 1]), b.input("c", "float32", [1])];
    const outputs = [
      b.op("Gemm", [matrix, ones, c], { beta: 0 }, { name: "gemm" }),
      b.op("LRN", [x], { size: 2, alpha: 2, beta: 1, bias: 1 }, { name: "lrn" }),
    ];
    const session = new Session(b.finish(outputs), { device });
    const out = await session.run(
      new Map([
        ["x", floats([1, 3, 1], 1, 2, 3)],
        ["ones", floats([3, 1], 1, 1, 1)],
        ["c", floats([1], Number.NaN)],
      ]),
    );
    expect(list(out.get("gemm"))).toEqual([6]);
    // Each channel and the one after it: 1 + 1 + 4, 1 + 4 + 9, 1 + 9.
    expect(list(out.get("lrn"))).toEqual([1 / 6, 2 / 14, 3 / 10].map(Math.fround));
    session.dispose();
  });

  it("list every node that cannot run at once", () => {
    const b = new GraphBuilder("random");
    const x = b.input("x", "float32", [2]);
    const y = b.op("RandomNormalLike", [x], {}, { name: "noise" });
    const z = b.op("Bernoulli", [y], {}, { name: "coin" });
    const attempt = () => new Session(b.finish([z]), { device });
    expect(attempt).toThrowError(UnsupportedOpError);
    expect(attempt).toThrowError(/2 node\(s\)[\s\S]*noise[\s\S]*coin/);
  });

  it("give gradients of weights through the tape", () => {
    const b = new GraphBuilder("dense");
    const x = b.input("x", "float32", [1, 2]);
    const w = b.weight("w", floats([2, 2], 1, 2, 3, 4));
    const y = b.op("Tanh", [b.op("Linear", [x, w], {})], {}, { name: "y" });
    const session = new Session(b.finish([y]), { device });
    const given = tensorOf(Float32Array.from([1, 2, 3, 4]), { shape: [2, 2] });
    const [value, grads] = valueAndGrads(
      (t) => {
        const [out] = session.runSync(new Map([["x", floats([1, 2], 0.1, -0.2)]]), {
          weights: new Map([[w, t]]),
        });
        return sum(mul(out!, out!));
      },
      [0],
    )(given);
    const f = (ws: readonly number[]) => {
      const r = [0, 1].map((i) => Math.tanh(0.1 * ws[2 * i]! - 0.2 * ws[2 * i + 1]!));
      return r.reduce((s, v) => s + v * v, 0);
    };
    const base = [1, 2, 3, 4];
    expect(Number(value.itemSync())).toBeCloseTo(f(base), 6);
    base.forEach((v, i) => {
      const at = (d: number) => f(base.map((u, k) => (k === i ? v + d : u)));
      expect(Number(grads[0]!.dataSync()[i])).toBeCloseTo((at(1e-4) - at(-1e-4)) / 2e-4, 4);
    });
    session.dispose();
  });

  it.each([
    ["without a count", null, "a loop without end"],
    ["that may stop", "computed", "a loop ran 25 times"],
    ["of 2^62 rounds", 2 ** 62, "a loop of 4611686018427388000 rounds"],
  ])("stop loops %s at the limit", async (_, count, problem) => {
    const b = new GraphBuilder("forever");
    const x = b.input("x", "float32", [1]);
    const rounds = typeof count === "number" ? b.scalar(count, "int64") : null;
    const inner = new GraphBuilder("body", b);
    inner.input("i", "int64", []);
    const go = inner.input("go", "bool", []);
    const state = inner.input("state", "float32", [1]);
    const next = inner.op("Add", [state, x], {});
    const on = count === "computed" ? inner.op("Equal", [state, state], {}) : inner.op("Identity", [go], {});
    const body = inner.finish([on, next]);
    const y = b.op("Loop", [rounds, null, x], { body }, { name: "loop" });
    const before = device.memory().storages;
    const session = new Session(b.finish([y]), { device, maxIterations: 25 });
    await expect(session.run(new Map([["x", floats([1], 1)]]))).rejects.toMatchObject({
      code: "limit/iterations",
      problem,
    });
    session.dispose();
    expect(device.memory().storages).toBe(before);
  });
});

describe("shape inference", () => {
  it("keeps named dimensions and follows them through arithmetic", () => {
    const graph = flattenByShape();
    expect(inferShapes(graph)).toEqual([]);
    expect(graph.outputs[0]).toMatchObject({ dims: ["batch", 6], dtype: "float32" });
  });

  it("leaves unknown what depends on data", () => {
    const b = new GraphBuilder("data");
    const x = b.input("x", "float32", ["n", 3]);
    const where = b.op("NonZero", [x], {}, { name: "where" });
    const graph = b.finish([where]);
    inferShapes(graph);
    expect(graph.outputs[0]?.dims).toBeNull();
  });

  it("multiplies names, and knows rows apart", () => {
    const b = new GraphBuilder("tile");
    const x = b.input("x", "float32", ["n", "m"]);
    const y = b.op("Concat", [x, x], { axis: 0 }, { name: "y" });
    const z = b.op("Transpose", [y], { perm: [1, 0] }, { name: "z" });
    const graph = b.finish([z]);
    inferShapes(graph);
    expect(graph.outputs[0]?.dims).toEqual(["m", "2*n"]);
  });
});

describe("simplification", () => {
  it("turns shape arithmetic into a Reshape target and computes the same", async () => {
    const graph = flattenByShape();
    const { graph: simple, before, after } = simplify(graph);
    expect([before, after]).toEqual([5, 1]);
    expect(simple.outputs.map((v) => v.name)).toEqual(["y"]);
    const x = floats([3, 2, 3], ...Array.from({ length: 18 }, (_, i) => i));
    for (const g of [graph, simple]) {
      const session = new Session(g, { device });
      const out = await session.run(new Map([["x", x]]));
      expect(out.get("y")?.shape).toEqual([3, 6]);
      expect(list(out.get("y"))).toEqual(list(x));
      session.dispose();
    }
  });
});

describe("narrow element types", () => {
  const types: RawDType[] = [
    "float8_e4m3fn",
    "float8_e4m3fnuz",
    "float8_e5m2",
    "float8_e5m2fnuz",
    "float8_e8m0fnu",
    "float6_e2m3fn",
    "float6_e3m2fn",
    "float4_e2m1fn",
    "int4",
    "uint4",
    "int2",
    "uint2",
  ];
  it.each(types)("%s: every code survives, every value rounds to itself", (dtype) => {
    const bits = { float8: 8, float6: 6, float4: 4, int4: 4, uint4: 4, int2: 2, uint2: 2 }[
      dtype.split("_")[0]!
    ]!;
    const codes = 2 ** bits;
    const packed = new Uint8Array((codes * bits) / 8);
    for (let i = 0; i < codes; i++) {
      for (let k = 0; k < bits; k++) packed[(i * bits + k) >> 3]! |= ((i >> k) & 1) << ((i * bits + k) & 7);
    }
    const values = decodeNarrow(rawTensor(dtype, [codes], packed));
    const again = decodeNarrow(encodeNarrow(dtype, [codes], values));
    expect(again).toEqual(values);
    for (const v of values) {
      if (Number.isFinite(v)) expect(roundNarrow(dtype, v)).toBe(v);
    }
  });

  it("knows the published limits", () => {
    expect(roundNarrow("float8_e4m3fn", 1e9)).toBe(448);
    expect(roundNarrow("float8_e4m3fn", 1e9, { saturate: false })).toBeNaN();
    expect(roundNarrow("float8_e4m3fnuz", 1e9)).toBe(240);
    expect(roundNarrow("float8_e5m2", 1e9)).toBe(57344);
    expect(roundNarrow("float8_e5m2", 1e9, { saturate: false })).toBe(Infinity);
    expect(roundNarrow("float4_e2m1fn", 100)).toBe(6);
    expect(roundNarrow("float4_e2m1fn", 2.5)).toBe(2);
    expect(roundNarrow("int4", 9)).toBe(-7);
  });
});
