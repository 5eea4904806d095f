// IR -> model.py + state dict -> IR: the same outputs, layer by layer families, without any framework.
import { afterAll, describe, expect, it } from "vitest";
import { reference } from "@isoform/backend-reference";
import { createRuntime, NumpyRandomState, type DType } from "@isoform/core";
import { Session } from "../../execute/session.js";
import { inferShapes } from "../../execute/shapes.js";
import { exportTorch } from "../../exporters/torch/index.js";
import { fromTypedArray, rawEqual, typedArrayOf, type RawTensor } from "../../formats/raw-tensor.js";
import { GraphBuilder } from "../../ir/builder.js";
import type { Dim, IrModel, IrValue } from "../../ir/types.js";
import { sameAs } from "../../ir/weights.js";
import { importTorchProgram } from "./index.js";

const runtime = await createRuntime({ backends: [reference()] });
afterAll(() => runtime.dispose());

const random = new NumpyRandomState(1);
function randn(...shape: number[]): RawTensor {
  const n = shape.reduce((p, d) => p * d, 1);
  return fromTypedArray("float32", shape, Float32Array.from(random.randn(n)));
}

interface Case {
  readonly name: string;
  readonly input: {
    readonly dims: readonly Dim[];
    readonly shape: readonly number[];
    readonly dtype?: DType;
  };
  build(b: GraphBuilder, x: IrValue): IrValue | readonly IrValue[];
  readonly contains?: RegExp;
}

const w = (b: GraphBuilder, name: string, ...shape: number[]) =>
  b.weight(name, randn(...shape), { source: sameAs(name, shape), trainable: true });
const positive = (b: GraphBuilder, name: string, n: number) => {
  const t = fromTypedArray(
    "float32",
    [n],
    Float32Array.from(random.rand(n), (v) => v + 0.5),
  );
  return b.weight(name, t, { source: sameAs(name, [n]), trainable: false });
};
const image = { dims: ["batch", 3, 9, 8] as const, shape: [2, 3, 9, 8] };
const rows = { dims: ["batch", 6] as const, shape: [3, 6] };
const sequence = { dims: [5, "batch", 4] as const, shape: [5, 2, 4] };

const CASES: readonly Case[] = [
  {
    name: "conv, asymmetric padding, batch norm, relu",
    input: image,
    build: (b, x) => {
      const c = b.op("Conv", [x, w(b, "layer1.0.conv.weight", 4, 3, 3, 3), w(b, "layer1.0.conv.bias", 4)], {
        pads: [0, 1, 1, 2],
        strides: [2, 1],
      });
      const n = b.op(
        "BatchNormalization",
        [
          c,
          positive(b, "layer1.0.bn.weight", 4),
          w(b, "layer1.0.bn.bias", 4),
          w(b, "layer1.0.bn.running_mean", 4),
          positive(b, "layer1.0.bn.running_var", 4),
        ],
        { epsilon: 1e-3 },
      );
      return b.op("Relu", [n], {});
    },
    contains: /self\.layer1\["0"\]\["conv"\]\(F\.pad\(/,
  },
  {
    name: "conv SAME_UPPER of a dynamic size",
    input: { dims: ["batch", 3, "h", "w"], shape: [1, 3, 7, 10] },
    build: (b, x) =>
      b.op("Conv", [x, w(b, "c.weight", 2, 3, 3, 2), null], { auto_pad: "SAME_UPPER", strides: [2, 3] }),
    contains: /same_pad/,
  },
  {
    name: "grouped, dilated conv",
    input: { dims: ["n", 4, 12], shape: [2, 4, 12] },
    build: (b, x) =>
      b.op("Conv", [x, w(b, "k", 6, 2, 3), w(b, "kb", 6)], { group: 2, dilations: [2], pads: [1, 1] }),
  },
  {
    name: "conv transpose",
    input: image,
    build: (b, x) =>
      b.op("ConvTranspose", [x, w(b, "t", 3, 2, 3, 3), null], {
        strides: [2, 2],
        pads: [0, 1, 1, 1],
        output_padding: [1, 0],
      }),
  },
  {
    name: "linear, gemm, matmul",
    input: rows,
    build: (b, x) => {
      const l = b.op("Linear", [x, w(b, "fc.weight", 5, 6), w(b, "fc.bias", 5)], {});
      const g = b.op("Gemm", [l, w(b, "gw", 5, 4), w(b, "gb", 4)], {});
      return b.op("MatMul", [g, w(b, "mw", 4, 3)], {});
    },
    contains: /nn\.Linear\(6, 5\)/,
  },
  {
    name: "elementwise with scalars",
    input: rows,
    build: (b, x) => {
      const a = b.op("Add", [b.op("Mul", [x, b.scalar(2)], {}), b.scalar(0.5)], {});
      const c = b.op("Clip", [a, b.scalar(-1), b.scalar(1)], {});
      const d = b.op(
        "Div",
        [b.op("Exp", [c], {}), b.op("Sqrt", [b.op("Add", [b.op("Mul", [x, x], {}), b.scalar(1)], {})], {})],
        {},
      );
      return b.op("Where", [b.op("Greater", [x, b.scalar(0)], {}), d, b.op("Neg", [x], {})], {});
    },
  },
  {
    name: "activations",
    input: rows,
    build: (b, x) => {
      const parts = [
        b.op("Gelu", [x], {}),
        b.op("Elu", [x], { alpha: 0.7 }),
        b.op("LeakyRelu", [x], { alpha: 0.2 }),
        b.op("HardSigmoid", [x], {}),
        b.op("Selu", [x], {}),
        b.op("Swish", [x], {}),
        b.op("Softplus", [x], {}),
        b.op("Softmax", [x], { axis: -1 }),
        b.op("HardSwish", [x], {}),
        b.op("ThresholdedRelu", [x], { alpha: 0.3 }),
        b.op("Celu", [x], { alpha: 0.5 }),
        b.op("Mish", [x], {}),
      ];
      return b.op("Concat", parts, { axis: 1 });
    },
  },
  {
    name: "pools",
    input: image,
    build: (b, x) => [
      b.op("MaxPool", [x], { kernel_shape: [3, 2], strides: [2, 2], pads: [1, 0, 1, 1] }),
      b.op("AveragePool", [x], { kernel_shape: [3, 3], strides: [2, 2], pads: [0, 0, 1, 1] }),
      b.op("AveragePool", [x], { kernel_shape: [2, 2], strides: [2, 2], pads: [1, 1, 1, 1] }),
      b.op("GlobalAveragePool", [x], {}),
      b.op("AdaptiveAveragePool", [x], { output_size: [3, 2] }),
    ],
  },
  {
    name: "sums of odd powers, averages with wide padding, no bounds, a last axis",
    input: image,
    build: (b, x) => {
      const odd = b.op("LpPool", [x], { kernel_shape: [2, 3], strides: [2, 1], p: 3 });
      const one = b.op("LpPool", [x], { kernel_shape: [2, 2], strides: [1, 1], p: 1 });
      const wide = b.op("AveragePool", [x], {
        kernel_shape: [1, 3],
        pads: [0, 2, 0, 2],
        count_include_pad: 1,
      });
      const all = b.op("Flatten", [b.op("Clip", [x, null, null], {})], { axis: 4 });
      return [odd, one, wide, all];
    },
    contains: /F\.lp_pool2d\(torch\.abs\(x\)/,
  },
  {
    name: "reshape, transpose, flatten, slice, pad, split",
    input: image,
    build: (b, x) => {
      const t = b.op("Transpose", [x], { perm: [0, 2, 3, 1] });
      const r = b.op("Reshape", [t, b.ints([0, -1, 6])], {});
      const s = b.op("Slice", [r, b.ints([1, 0]), b.ints([9, -1]), b.ints([1, 2]), b.ints([2, 1])], {});
      const p = b.op("Pad", [s, b.ints([0, 1, 2, 0]), b.scalar(1.5), b.ints([1, 2])], {});
      const [u, v] = b.node("Split", [p, b.ints([2, 5])], { axis: 2 }, { count: 2 });
      return [
        b.op("Flatten", [u!], {}),
        b.op("Squeeze", [b.op("ReduceMean", [v!, b.ints([1])], {}), b.ints([1])], {}),
      ];
    },
  },
  {
    name: "shape arithmetic",
    input: image,
    build: (b, x) => {
      const shape = b.op("Shape", [x], {});
      const n = b.op("Gather", [shape, b.ints([0])], { axis: 0 });
      return b.op("Reshape", [x, b.op("Concat", [n, b.ints([-1, 4])], { axis: 0 })], {});
    },
  },
  {
    name: "norms",
    input: { dims: ["n", 4, 5], shape: [2, 4, 5] },
    build: (b, x) => {
      const l = b.op("LayerNormalization", [x, w(b, "ln.weight", 5), w(b, "ln.bias", 5)], {
        axis: -1,
        epsilon: 1e-3,
      });
      const g = b.op("GroupNormalization", [l, w(b, "gn.weight", 4), w(b, "gn.bias", 4)], { num_groups: 2 });
      const r = b.op("RMSNormalization", [g, w(b, "rms.weight", 5)], { axis: -1 });
      return b.op("PRelu", [r, b.weight("slope", randn(4, 1), { source: sameAs("slope", [4, 1]) })], {});
    },
  },
  ...(["forward", "reverse", "bidirectional"] as const).flatMap((direction): Case[] => {
    const d = direction === "bidirectional" ? 2 : 1;
    const make = (op: "LSTM" | "GRU" | "RNN", gates: number, attrs: object): Case => ({
      name: `${op} ${direction} ${JSON.stringify(attrs)}`,
      input: sequence,
      build: (b, x) => {
        const inputs = [
          x,
          w(b, "W", d, gates * 3, 4),
          w(b, "R", d, gates * 3, 3),
          w(b, "B", d, 2 * gates * 3),
        ];
        const outputs = op === "LSTM" ? ["y", "h", "c"] : ["y", "h"];
        return b.node(op, inputs, { direction, hidden_size: 3, ...attrs }, { outputs }).map((v) => v!);
      },
    });
    const plain = [
      make("LSTM", 4, {}),
      make("GRU", 3, { linear_before_reset: 1 }),
      make("RNN", 1, { activations: new Array(d).fill("Relu") }),
    ];
    return direction === "bidirectional" ? plain : [...plain, make("GRU", 3, { linear_before_reset: 0 })];
  }),
  {
    name: "embedding",
    input: { dims: ["n", 4], shape: [2, 4], dtype: "int64" },
    build: (b, x) => b.op("Gather", [w(b, "emb.weight", 7, 3), x], { axis: 0 }),
    contains: /nn\.Embedding\(7, 3\)/,
  },
];

describe("IR -> PyTorch program -> IR", () => {
  it.each(CASES.map((c) => [c.name, c] as const))("%s", async (_, c) => {
    const b = new GraphBuilder("model");
    const { dtype = "float32", dims, shape } = c.input;
    const x = b.input("x", dtype, dims);
    const y = c.build(b, x);
    const graph = b.finish(Array.isArray(y) ? y : [y as IrValue]);
    inferShapes(graph);
    const model: IrModel = { graph, producer: "test", metadata: new Map(), training: {}, notes: [] };
    const out = exportTorch(model);
    if (c.contains) expect(out.source).toMatch(c.contains);
    const back = importTorchProgram(out.source, out.state);
    expect(back.notes).toEqual([]);
    expect(back.graph.outputs.map((v) => v.name)).toEqual(graph.outputs.map((v) => v.name));
    const data =
      dtype === "int64"
        ? fromTypedArray("int64", shape, BigInt64Array.from(random.randint(0, 7, 8), BigInt))
        : randn(...shape);
    const device = runtime.use();
    const inputs = new Map([["x", data]]);
    const want = await new Session(graph, { device }).run(inputs);
    const got = await new Session(back.graph, { device }).run(inputs);
    for (const [name, t] of want) {
      expect(got.get(name)?.shape, name).toEqual(t.shape);
      const [p, q] = [typedArrayOf(got.get(name)!), typedArrayOf(t)];
      for (let i = 0; i < q.length; i++) expect(Number(p[i])).toBeCloseTo(Number(q[i]), 4);
    }
    const again = [...exportTorch(back).state.values()];
    for (const [name, t] of out.state)
      expect(
        again.some((u) => rawEqual(u, t)),
        `${name} survives bit for bit`,
      ).toBe(true);
  });
});
