// Ops that an opset lacks, written with older ones: the same numbers after export and import, at the oldest opsets.
import { afterAll, describe, expect, it } from "vitest";
import { reference } from "@isoform/backend-reference";
import { createRuntime } from "@isoform/core";
import { Session } from "../../../execute/session.js";
import { fromTypedArray, type RawTensor } from "../../../formats/raw-tensor.js";
import { importOnnx } from "../../../importers/onnx/index.js";
import { GraphBuilder } from "../../../ir/builder.js";
import type { IrGraph, IrModel, IrValue } from "../../../ir/types.js";
import { difference } from "../../../verify/difference.js";
import { exportOnnxBytes } from "../index.js";

const runtime = await createRuntime({ backends: [reference()] });
afterAll(() => runtime.dispose());
const device = runtime.use();

const wave = (shape: readonly number[], seed = 0): RawTensor =>
  fromTypedArray(
    "float32",
    shape,
    Float32Array.from({ length: shape.reduce((p, d) => p * d, 1) }, (_, i) => Math.sin(i * 1.9 + seed)),
  );

async function run(graph: IrGraph, x: RawTensor): Promise<RawTensor> {
  const session = new Session(graph, { device });
  const [out] = (await session.run(new Map([["x", x]]))).values();
  session.dispose();
  return out!;
}

interface Case {
  readonly name: string;
  /** Sizes of the input; the first is free. */
  readonly shape: readonly number[];
  /** Opset written; default 13, the oldest. */
  readonly opset?: number;
  build(b: GraphBuilder, x: IrValue): IrValue;
  readonly absent: string;
}

const image = [2, 4, 6, 6];
const rows = [2, 5, 8];
const p = (b: GraphBuilder, name: string, ...shape: number[]) => b.weight(name, wave(shape, shape.length));
const attention =
  (attrs: { q_num_heads: number; kv_num_heads: number; is_causal?: number }, width: number) =>
  (b: GraphBuilder, x: IrValue): IrValue => {
    const part = (name: string, n: number) => b.op("Linear", [x, p(b, name, n, 8)], {}, { name });
    const mask = b.literal(
      [1, 1, 0, 1, 1].flatMap((v) => [v, v, 1, 1, v]),
      [5, 5],
      "bool",
    );
    return b.op("Attention", [part("q", 8), part("k", width), part("v", width), mask], attrs);
  };

const CASES: readonly Case[] = [
  { name: "Gelu", shape: rows, absent: "Gelu", build: (b, x) => b.op("Gelu", [x], {}) },
  {
    name: "Gelu by tanh",
    shape: rows,
    absent: "Gelu",
    build: (b, x) => b.op("Gelu", [x], { approximate: "tanh" }),
  },
  { name: "Mish", shape: rows, absent: "Mish", build: (b, x) => b.op("Mish", [x], {}) },
  { name: "HardSwish", shape: rows, absent: "HardSwish", build: (b, x) => b.op("HardSwish", [x], {}) },
  { name: "Swish", shape: rows, absent: "Swish", build: (b, x) => b.op("Swish", [x], { alpha: 1.5 }) },
  {
    name: "SwiGLU",
    shape: rows,
    absent: "SwiGLU",
    build: (b, x) => b.op("SwiGLU", [x, b.op("Neg", [x], {})], {}),
  },
  {
    name: "LayerNormalization of two axes",
    shape: rows,
    absent: "LayerNormalization",
    build: (b, x) =>
      b.op("LayerNormalization", [x, p(b, "g", 5, 8), p(b, "b", 5, 8)], { axis: -2, epsilon: 1e-3 }),
  },
  {
    name: "RMSNormalization",
    shape: rows,
    absent: "RMSNormalization",
    build: (b, x) => b.op("RMSNormalization", [x, p(b, "g", 8)], { epsilon: 1e-3 }),
  },
  {
    name: "GroupNormalization",
    shape: image,
    absent: "GroupNormalization",
    build: (b, x) => b.op("GroupNormalization", [x, p(b, "g", 4), p(b, "b", 4)], { num_groups: 2 }),
  },
  {
    name: "Linear of three axes",
    shape: rows,
    absent: "Linear",
    build: (b, x) => b.op("Linear", [x, p(b, "w", 3, 8), p(b, "b", 3)], {}),
  },
  {
    name: "Linear of two axes",
    shape: [2, 8],
    absent: "Linear",
    build: (b, x) => b.op("Linear", [x, p(b, "w", 3, 8)], {}),
  },
  {
    name: "adaptive average, whole windows",
    shape: image,
    absent: "AdaptiveAveragePool",
    build: (b, x) => b.op("AdaptiveAveragePool", [x], { output_size: [3, 2] }),
  },
  {
    name: "adaptive average, overlapping windows",
    shape: image,
    absent: "AdaptiveAveragePool",
    build: (b, x) => b.op("AdaptiveAveragePool", [x], { output_size: [4, 5] }),
  },
  {
    name: "adaptive maximum",
    shape: image,
    absent: "AdaptiveMaxPool",
    build: (b, x) => b.op("AdaptiveMaxPool", [x], { output_size: [4, 1] }),
  },
  {
    name: "Attention with a mask",
    shape: rows,
    opset: 15,
    absent: "Attention",
    build: attention({ q_num_heads: 2, kv_num_heads: 2 }, 8),
  },
  {
    name: "causal Attention with grouped heads",
    shape: rows,
    opset: 15,
    absent: "Attention",
    build: attention({ q_num_heads: 4, kv_num_heads: 2, is_causal: 1 }, 4),
  },
  {
    name: "Resize of named axes",
    shape: [2, 6, 6, 3],
    absent: "",
    build: (b, x) => b.op("Resize", [x, null, null, b.ints([9, 4])], { axes: [1, 2], mode: "linear" }),
  },
  {
    name: "reduction axes",
    shape: image,
    absent: "",
    build: (b, x) => b.op("ReduceMean", [x, b.ints([2, 3])], { keepdims: 0 }),
  },
];

describe("lowering", () => {
  it.each(CASES)("$name", async ({ shape, build, absent, opset = 13 }) => {
    const b = new GraphBuilder("g");
    const x = b.input("x", "float32", ["n", ...shape.slice(1)]);
    const graph = b.finish([build(b, x)]);
    const model: IrModel = { graph, producer: "test", metadata: new Map(), training: {}, notes: [] };
    const back = await importOnnx(exportOnnxBytes(model, { opset }));
    expect(back.producer).toContain(`opset ${opset}`);
    expect(back.graph.nodes.map((n) => n.op)).not.toContain(absent);
    expect(back.graph.outputs.map((v) => v.name)).toEqual(graph.outputs.map((v) => v.name));
    const input = wave(shape, 4);
    const d = difference(await run(graph, input), await run(back.graph, input));
    expect(d.maxAbs).toBeLessThan(5e-6);
    expect(d.largest).toBeGreaterThan(1e-3);
  });
});
