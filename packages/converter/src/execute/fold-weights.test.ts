// Weights behind views: reshaped, sliced and transposed weights stay weights with their names, of any size.
import { describe, expect, it } from "vitest";
import { fromTypedArray, typedArrayOf } from "../formats/raw-tensor.js";
import { GraphBuilder } from "../ir/builder.js";
import { assembleWeight, disassembleWeight, sameAs } from "../ir/weights.js";
import { foldWeights } from "./fold-weights.js";
import { simplify } from "./simplify.js";

const numbers = (n: number) =>
  fromTypedArray(
    "float32",
    [n],
    Float32Array.from({ length: n }, (_, i) => i),
  );

describe("foldWeights", () => {
  it.each([16, 17, 5000])("makes a reshaped weight of %i elements a weight", (n) => {
    const b = new GraphBuilder("g");
    const x = b.input("x", "float32", ["N", n, 1]);
    const w = b.weight("slope.weight", numbers(n), { source: sameAs("slope.weight", [n]), trainable: true });
    const y = b.op("PRelu", [x, b.op("Reshape", [w, b.ints([n, 1])], {})], {});
    const graph = foldWeights(simplify(b.finish([y])).graph);
    expect(graph.nodes.map((node) => node.op)).toEqual(["PRelu"]);
    const slope = graph.nodes[0]!.inputs[1]!;
    const weight = graph.weights.get(slope)!;
    expect(slope.name).toBe("slope.weight");
    expect(weight.tensor.shape).toEqual([n, 1]);
    expect(weight.source?.pieces[0]?.name).toBe("slope.weight");
  });

  it("says which rows of the source a slice is, and gives them back among zeros", () => {
    const b = new GraphBuilder("g");
    const x = b.input("x", "float32", ["N", 30]);
    const w = b.weight("in_proj", numbers(90), { source: sameAs("in_proj", [90]) });
    const cut = b.op("Slice", [w, b.ints([30]), b.ints([60]), b.ints([0])], {});
    const graph = foldWeights(b.finish([b.op("Add", [x, cut], {})]));
    const [, weight] = [...graph.weights].find(([v]) => v === graph.nodes[0]!.inputs[1])!;
    expect(typedArrayOf(weight.tensor)[0]).toBe(30);
    expect(typedArrayOf(assembleWeight(weight.source!, () => numbers(90)))).toEqual(
      typedArrayOf(weight.tensor),
    );
    const back = typedArrayOf(disassembleWeight(weight.source!, weight.tensor).get("in_proj")!);
    expect([back.length, back[29], back[30], back[59], back[60]]).toEqual([90, 0, 30, 59, 0]);
  });
});
