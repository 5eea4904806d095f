// The IR: weight sources are exact and reversible, the verifier finds every fault, names stay unique.
import { describe, expect, it } from "vitest";
import { fromTypedArray, rawEqual, typedArrayOf, type RawTensor } from "../formats/raw-tensor.js";
import { GraphBuilder } from "./builder.js";
import { removeDeadCode } from "./passes/dead-code.js";
import { rewriteGraph } from "./passes/rewrite.js";
import { printGraph } from "./print.js";
import { IrError, verifyIr } from "./verify.js";
import {
  applySteps,
  assembleWeight,
  disassembleWeight,
  inverseSteps,
  type WeightSource,
  type WeightStep,
} from "./weights.js";

const counting = (...shape: number[]): RawTensor => {
  const n = shape.reduce((p, d) => p * d, 1);
  return fromTypedArray(
    "float32",
    shape,
    Float32Array.from({ length: n }, (_, i) => i),
  );
};
const numbers = (t: RawTensor): number[] => Array.from(typedArrayOf(t), Number);

describe("weight sources", () => {
  const chains: WeightStep[][] = [
    [{ kind: "transpose", perm: [3, 2, 0, 1] }],
    [
      { kind: "reshape", shape: [4, 15] },
      { kind: "take", axis: 0, indices: [2, 0, 3, 1] },
      { kind: "transpose", perm: [1, 0] },
    ],
    [
      { kind: "take", axis: 3, indices: [4, 0, 1, 3, 2] },
      { kind: "reshape", shape: [60] },
    ],
  ];
  it.each(chains)("steps are undone exactly (%#)", (...steps) => {
    const t = counting(2, 2, 3, 5);
    const there = applySteps(t, steps);
    expect(there.shape).not.toEqual(t.shape);
    expect(rawEqual(applySteps(there, inverseSteps(t.shape, steps)), t)).toBe(true);
  });

  it("a transposed matrix has its elements where they belong", () => {
    expect(numbers(applySteps(counting(2, 3), [{ kind: "transpose", perm: [1, 0] }]))).toEqual([
      0, 3, 1, 4, 2, 5,
    ]);
  });

  it("pieces are joined, zeros filled in, and taken apart again", () => {
    const source: WeightSource = {
      axis: 1,
      pieces: [
        { name: "b", shape: [6], steps: [{ kind: "reshape", shape: [1, 6] }] },
        { name: null, shape: [1, 2], steps: [] },
      ],
    };
    const whole = assembleWeight(source, () => counting(6));
    expect(whole.shape).toEqual([1, 8]);
    expect(numbers(whole)).toEqual([0, 1, 2, 3, 4, 5, 0, 0]);
    const parts = disassembleWeight(source, whole);
    expect([...parts.keys()]).toEqual(["b"]);
    expect(rawEqual(parts.get("b")!, counting(6))).toBe(true);
  });
});

function small() {
  const b = new GraphBuilder("small");
  const x = b.input("x", "float32", ["batch", 4]);
  const w = b.weight("w", counting(3, 4));
  const y = b.op("Gemm", [x, w], { transB: 1 }, { name: "dense" });
  const z = b.op("Relu", [y], {}, { name: "relu" });
  return { b, x, w, y, z, graph: b.finish([z]) };
}

describe("graphs", () => {
  it("are built with defaults filled in and print one line per node", () => {
    const { graph } = small();
    verifyIr(graph);
    const text = printGraph(graph);
    expect(text).toContain("dense: ?[*] = Gemm(x, w) {transB=1 alpha=1 beta=1 transA=0}  # dense");
    expect(text).toContain("weight w: float32[3,4]");
  });

  it("give equal literals one value and unequal names", () => {
    const b = new GraphBuilder("g");
    expect(b.ints([1, 2])).toBe(b.ints([1, 2]));
    expect(b.ints([1, 2])).not.toBe(b.ints([2, 1]));
    expect(b.scalar(-0)).not.toBe(b.scalar(0));
    expect([b.uniqueName("__proto__"), b.uniqueName("__proto__")]).toEqual(["__proto__", "__proto___1"]);
  });

  it("are refused with every fault listed at once", () => {
    const { graph, x, y } = small();
    const stranger = { name: "stranger", kind: "tensor", dtype: null, dims: null } as const;
    const broken = {
      ...graph,
      outputs: [stranger],
      nodes: [
        { ...graph.nodes[0]!, inputs: [x] },
        { ...graph.nodes[1]!, inputs: [stranger] },
        { ...graph.nodes[1]!, outputs: [y] },
      ],
    };
    let text = "";
    try {
      verifyIr(broken);
    } catch (error) {
      expect(error).toBeInstanceOf(IrError);
      text = error instanceof Error ? error.message : "";
    }
    expect(text).toContain("input B is missing");
    expect(text).toContain("stranger is used before its definition");
    expect(text).toContain("dense is defined twice");
    expect(text).toContain("outputs: stranger is never defined");
  });

  it("are rewritten under the old names, and lose what nothing uses", () => {
    const { b, z, graph } = small();
    b.op("Tanh", [z], {}, { name: "unused" });
    const clean = removeDeadCode({ ...graph, nodes: b.nodes });
    expect(clean.nodes.map((n) => n.op)).toEqual(["Gemm", "Relu"]);
    const rewritten = rewriteGraph(clean, {
      Relu: (node, to) => [to.op("Clip", [node.inputs[0]!, to.scalar(0)], {}, { name: node.name })],
    });
    verifyIr(rewritten);
    expect(rewritten.outputs.map((v) => v.name)).toEqual(["relu"]);
    expect(rewritten.nodes.map((n) => n.op)).toEqual(["Gemm", "Clip"]);
  });
});
