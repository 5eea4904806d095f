// Sizes and values of random inputs: what is declared, what is given, what is guessed, and what is said when it fails.
import { cpu } from "@isoform/backend-cpu";
import { ArgumentError, createRuntime, ShapeError } from "@isoform/core";
import { afterAll, describe, expect, it } from "vitest";
import { fromTypedArray, typedArrayOf, type RawTensor } from "../formats/raw-tensor.js";
import { GraphBuilder } from "../ir/builder.js";
import type { Dim, IrModel } from "../ir/types.js";
import { dataBytes, present } from "../testing/goldens.js";
import { importOnnx } from "../importers/onnx/index.js";
import { acceptedInputs } from "./accepted.js";
import { hasFreeSizes, inputShapes } from "./input-shapes.js";
import { comparedWith } from "./input-uses.js";
import { verifyModels } from "./verify.js";

const runtime = await createRuntime({ backends: [cpu({ threads: 1 })] });
afterAll(() => runtime.dispose());
const device = runtime.use();

/** x · w[width, 4] plus a state summed over its first axis: the batches of both must be the same. */
function model(width: number, x: readonly Dim[], state: readonly Dim[]): IrModel {
  const b = new GraphBuilder("m");
  const [input, states] = [b.input("x", "float32", x), b.input("state", "float32", state)];
  const weight = fromTypedArray("float32", [width, 4], new Float32Array(width * 4).fill(1));
  const product = b.op("MatMul", [input, b.weight("w", weight)], {}, { name: "product" });
  const sum = b.op("ReduceSum", [states, b.ints([0])], { keepdims: 0 }, { name: "sum" });
  return irModel(b, b.op("Add", [product, sum], {}, { name: "y" }));
}

function irModel(b: GraphBuilder, y: ReturnType<GraphBuilder["value"]>): IrModel {
  return { graph: b.finish([y]), producer: "test", metadata: new Map(), training: {}, notes: [] };
}

const shapesOf = (inputs: ReadonlyMap<string, RawTensor>) =>
  Object.fromEntries([...inputs].map(([name, t]) => [name, t.shape]));

describe("sizes of inputs", () => {
  const { graph } = model(96, ["batch", "samples"], [2, "batch", 4]);

  it("have one size for each name, that of the first axis where a name is one", () => {
    expect(Object.fromEntries(inputShapes(graph))).toEqual({ x: [2, 32], state: [2, 2, 4] });
    expect(Object.fromEntries(inputShapes(graph, { shapes: new Map([["x", [3, 96]]]) }))).toEqual({
      x: [3, 96],
      state: [2, 3, 4],
    });
    const like = new Map([["state", [2, 5, 4]]]);
    expect(Object.fromEntries(inputShapes(graph, { like, dims: new Map([["samples", 9]]) }))).toEqual({
      x: [5, 9],
      state: [2, 5, 4],
    });
    expect(hasFreeSizes(graph)).toBe(true);
    expect(hasFreeSizes(model(4, [1, 4], [2, 1, 4]).graph)).toBe(false);
  });

  it.each([
    ["y", [1], /no input "y"/],
    ["x", [1], /\[1\] is not one of the input x: float32\[batch,samples\]/],
    ["state", [3, 1, 4], /is not one of the input state/],
    ["x", [1.5, 2], /\[1.5,2\]/],
  ])("refuse %s = %j", (name, shape, says) => {
    const make = () => inputShapes(graph, { shapes: new Map([[name, shape]]) });
    expect(make).toThrow(ArgumentError);
    expect(make).toThrow(says);
  });

  it("refuse two sizes for one name", () => {
    const shapes = new Map([
      ["x", [3, 96]],
      ["state", [2, 4, 4]],
    ]);
    expect(() => inputShapes(graph, { shapes })).toThrow(/\[2,4,4\]/);
  });
});

describe("inputs that a model accepts", () => {
  it("are found where the batch stands elsewhere, with a name and without", async () => {
    const named = await acceptedInputs(model(96, ["batch", "samples"], [2, "batch", 4]), { device });
    expect(shapesOf(named)).toEqual({ x: [2, 96], state: [2, 2, 4] });
    const unnamed = await acceptedInputs(model(96, [null, null], [2, null, 4]), { device });
    expect(shapesOf(unnamed)).toEqual({ x: [2, 96], state: [2, 2, 4] });
  });

  it("are found by one row where two do not fit", async () => {
    const found = await acceptedInputs(model(4, [null, 4], [2, 1, 4]), { device });
    expect(shapesOf(found)).toEqual({ x: [2, 4], state: [2, 1, 4] });
    const frozen = model(4, ["batch", 4], [2, "batch", 4]);
    const b = new GraphBuilder("frozen");
    const x = b.input("x", "float32", ["batch", 4]);
    const y = b.op("Reshape", [x, b.ints([1, 2, 2])], {}, { name: "frozen" });
    expect(shapesOf(await acceptedInputs(irModel(b, y), { device }))).toEqual({ x: [1, 4] });
    expect(shapesOf(await acceptedInputs(frozen, { device }))).toEqual({ x: [2, 4], state: [2, 2, 4] });
  });

  it("have the constant that a number is compared with", async () => {
    const b = new GraphBuilder("rate");
    const rate = b.input("rate", "int64", []);
    const same = b.op("Equal", [rate, b.scalar(16000, "int64")], {}, { name: "same" });
    const m = irModel(b, b.op("Cast", [same], { to: "float32" }, { name: "y" }));
    expect(comparedWith(m.graph, m.graph.inputs[0]!)).toBe(16000);
    const found = await acceptedInputs(m, { device });
    expect([...typedArrayOf(found.get("rate")!)]).toEqual([16000n]);
  });

  it("are said to be made up when none is accepted", async () => {
    const error: unknown = await acceptedInputs(model(33, ["batch", "n"], [2, "batch", 4]), { device }).catch(
      (e: unknown) => e,
    );
    expect(error).toBeInstanceOf(ShapeError);
    expect(error).toMatchObject({
      code: "verify/random-inputs",
      attrs: { shapes: { x: [2, 32], state: [2, 2, 4] } },
      hint: expect.stringContaining("`shapes`"),
    });
    expect(String(error)).toMatch(
      /made up for it \(x float32\[2,32\], state float32\[2,2,4\]\), nor on any of \d+ other.*MatMul "product"/s,
    );
    const shapes = new Map([["x", [3, 33]]]);
    const given = await acceptedInputs(model(33, ["batch", "n"], [2, "batch", 4]), { device, shapes });
    expect(shapesOf(given)).toEqual({ x: [3, 33], state: [2, 3, 4] });
  });

  it("leave the error of declared sizes as it is", async () => {
    await expect(acceptedInputs(model(5, [1, 4], [2, 1, 4]), { device })).rejects.toMatchObject({
      op: expect.stringContaining('MatMul "product"'),
    });
  });

  it.skipIf(!present)("run all recurrent models whose sizes are free", { timeout: 60_000 }, async () => {
    for (const name of ["silero_vad", "silero_vad_16k_op15", "silero_vad_half", "silero_vad_op18_ifless"]) {
      const m = await importOnnx(dataBytes(`models/silero-vad/${name}.onnx`), { name });
      const found = shapesOf(await acceptedInputs(m, { device }));
      expect([name, found["state"]]).toEqual([name, [2, 2, 128]]);
    }
  });
});

describe("models of different inputs", () => {
  const b = model(4, ["batch", 4], [3, "batch", 4]);

  it("are told apart by name, shape and whose shape the tensor has", async () => {
    const a = model(4, ["batch", 4], [2, "batch", 4]);
    await expect(verifyModels(a, b, { device, names: ["a.onnx", "b.onnx"] })).rejects.toMatchObject({
      name: "ShapeError",
      code: "verify/input-shapes",
      problem: "the models take different inputs: state: float32[2,batch,4] and state: float32[3,batch,4]",
      hint: expect.stringMatching(/made from what a\.onnx declares, and b\.onnx does not take them/),
    });
    const given = new Map([
      ["x", fromTypedArray("float32", [1, 4], new Float32Array(4))],
      ["state", fromTypedArray("float32", [2, 1, 4], new Float32Array(8))],
    ]);
    await expect(verifyModels(a, b, { device, inputs: given })).rejects.toThrow(
      /the second model: input state has another shape/,
    );
    await expect(verifyModels(b, a, { device, inputs: given })).rejects.toThrow(
      /the first model: input state/,
    );
  });

  it("are run on the sizes that only one declares", async () => {
    const found = await verifyModels(b, model(4, [5, 4], [3, 5, 4]), { device });
    expect(found).toMatchObject({ ok: true, inputs: [{ type: "float32[5,4]" }, { type: "float32[3,5,4]" }] });
  });
});
