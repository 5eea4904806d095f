// Layers written out as arithmetic come back as layers, with the same numbers; near misses stay as they are.
import { afterAll, describe, expect, it } from "vitest";
import { reference } from "@isoform/backend-reference";
import { createRuntime } from "@isoform/core";
import { Session } from "../../../execute/session.js";
import { inferShapes } from "../../../execute/shapes.js";
import { fromTypedArray, type RawTensor } from "../../../formats/raw-tensor.js";
import { difference } from "../../../verify/difference.js";
import { GraphBuilder } from "../../builder.js";
import type { IrGraph, IrValue } from "../../types.js";
import { verifyIr } from "../../verify.js";
import { sameAs } from "../../weights.js";
import { recoverLayers } from "./index.js";

const runtime = await createRuntime({ backends: [reference()] });
afterAll(() => runtime.dispose());
const device = runtime.use();

const wave = (...shape: number[]): RawTensor =>
  fromTypedArray(
    "float32",
    shape,
    Float32Array.from({ length: shape.reduce((p, d) => p * d, 1) }, (_, i) => Math.sin(i * 2.3) * 1.5),
  );
const weight = (b: GraphBuilder, name: string, ...shape: number[]) =>
  b.weight(name, wave(...shape), { source: sameAs(name, shape), trainable: true });

function build(
  make: (b: GraphBuilder, x: IrValue) => IrValue,
  dims: (string | number)[] = ["n", 3, 4],
): IrGraph {
  const b = new GraphBuilder("g");
  const x = b.input("x", "float32", dims);
  const graph = b.finish([make(b, x)]);
  inferShapes(graph);
  return graph;
}

async function run(graph: IrGraph, x: RawTensor): Promise<RawTensor> {
  const session = new Session(graph, { device });
  const [out] = (await session.run(new Map([["x", x]]))).values();
  session.dispose();
  return out!;
}

const erf = (b: GraphBuilder, x: IrValue) =>
  b.op("Add", [b.op("Erf", [b.op("Div", [x, b.scalar(Math.SQRT2)], {})], {}), b.scalar(1)], {});

const CASES: [string, string[], (b: GraphBuilder, x: IrValue) => IrValue][] = [
  ["x·(1+erf)·0.5", ["Gelu"], (b, x) => b.op("Mul", [b.op("Mul", [x, erf(b, x)], {}), b.scalar(0.5)], {})],
  ["(0.5·x)·(1+erf)", ["Gelu"], (b, x) => b.op("Mul", [b.op("Mul", [x, b.scalar(0.5)], {}), erf(b, x)], {})],
  ["x·(0.5·(1+erf))", ["Gelu"], (b, x) => b.op("Mul", [x, b.op("Mul", [erf(b, x), b.scalar(0.5)], {})], {})],
  ["x·sigmoid(x)", ["Swish"], (b, x) => b.op("Mul", [b.op("Sigmoid", [x], {}), x], {})],
  [
    "x·hardsigmoid(x)",
    ["HardSwish"],
    (b, x) => b.op("Mul", [x, b.op("HardSigmoid", [x], { alpha: 1 / 6 })], {}),
  ],
  [
    "x·tanh(softplus(x))",
    ["Mish"],
    (b, x) => b.op("Mul", [x, b.op("Tanh", [b.op("Softplus", [x], {})], {})], {}),
  ],
  [
    "layer normalisation",
    ["LayerNormalization"],
    (b, x) => {
      const axes = b.ints([-1]);
      const d = b.op("Sub", [x, b.op("ReduceMean", [x, axes], {})], {});
      const variance = b.op("ReduceMean", [b.op("Pow", [d, b.scalar(2)], {}), axes], {});
      const root = b.op("Sqrt", [b.op("Add", [variance, b.scalar(1e-3)], {})], {});
      const scaled = b.op("Mul", [b.op("Div", [d, root], {}), weight(b, "gamma", 4)], {});
      return b.op("Add", [scaled, weight(b, "beta", 4)], {});
    },
  ],
  [
    "MatMul and Add",
    ["Linear"],
    (b, x) => b.op("Add", [weight(b, "bias", 5), b.op("MatMul", [x, weight(b, "w", 4, 5)], {})], {}),
  ],
  ["MatMul alone", ["Linear"], (b, x) => b.op("MatMul", [x, weight(b, "w", 4, 5)], {})],
  [
    "sigmoid read twice stays",
    ["Sigmoid", "Mul", "Add"],
    (b, x) => {
      const gate = b.op("Sigmoid", [x], {});
      return b.op("Add", [b.op("Mul", [x, gate], {}), gate], {});
    },
  ],
  [
    "another slope stays",
    ["HardSigmoid", "Mul"],
    (b, x) => b.op("Mul", [x, b.op("HardSigmoid", [x], {})], {}),
  ],
];

describe("recoverLayers", () => {
  it.each(CASES)("%s", async (_, ops, make) => {
    const graph = build(make);
    const recovered = recoverLayers(graph);
    verifyIr(recovered);
    expect(recovered.nodes.map((n) => n.op)).toEqual(ops);
    expect(recovered.outputs.map((v) => v.name)).toEqual(graph.outputs.map((v) => v.name));
    const x = wave(2, 3, 4);
    expect(difference(await run(graph, x), await run(recovered, x)).maxAbs).toBeLessThan(2e-6);
  });

  it("keeps the names and sources of weights, and turns a shared matrix once", () => {
    const graph = build(
      (b, x) => {
        const w = weight(b, "shared", 4, 4);
        const first = b.op("Gemm", [x, w, weight(b, "bias", 4)], {});
        return b.op("Gemm", [first, w], {});
      },
      ["n", 4],
    );
    const recovered = recoverLayers(graph);
    expect(recovered.nodes.map((n) => n.op)).toEqual(["Linear", "Linear"]);
    expect(recovered.nodes[0]!.inputs[1]).toBe(recovered.nodes[1]!.inputs[1]);
    const [turned] = [...recovered.weights].find(([v]) => v.name === "shared.T") ?? [];
    expect(recovered.weights.get(turned!)?.source?.pieces).toMatchObject([
      { name: "shared", steps: [{ kind: "transpose", perm: [1, 0] }] },
    ]);
  });
});
