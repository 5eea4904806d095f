// Damaged and hostile ONNX models: typed errors only, nothing executed, nothing left behind.
import { afterAll, describe, expect, it } from "vitest";
import { cpu } from "@isoform/backend-cpu";
import { createRuntime, IsoformError, MT19937 } from "@isoform/core";
import { exportOnnxBytes } from "../../exporters/onnx/index.js";
import { Session } from "../../execute/session.js";
import {
  AttributeType,
  create,
  encodeModel,
  type GraphProto,
  type NodeProto,
} from "../../formats/onnx/index.js";
import { fromTypedArray, typedArrayOf } from "../../formats/raw-tensor.js";
import { GraphBuilder } from "../../ir/builder.js";
import { randomInputs } from "../../verify/inputs.js";
import { importOnnx, importOnnxModel } from "./index.js";

const runtime = await createRuntime({ backends: [cpu()] });
afterAll(() => runtime.dispose());
const device = runtime.use();

const floats = (shape: number[], seed: number) =>
  fromTypedArray(
    "float32",
    shape,
    Float32Array.from({ length: shape.reduce((p, d) => p * d, 1) }, (_, i) => Math.sin(i * 1.3 + seed)),
  );

function sample(): Uint8Array {
  const b = new GraphBuilder("sample");
  const x = b.input("x", "float32", ["n", 2, 6, 6]);
  const c = b.op("Conv", [x, b.weight("c.w", floats([3, 2, 3, 3], 1))], { pads: [1, 1, 1, 1] });
  const p = b.op("MaxPool", [b.op("Relu", [c], {})], { kernel_shape: [2, 2], strides: [2, 2] });
  const r = b.op("Reshape", [p, b.ints([0, -1])], {});
  const s = b.op("Slice", [r, b.ints([0]), b.ints([20]), b.ints([1])], {});
  const up = b.op("Resize", [p, null, b.literal([1, 1, 2, 2], [4], "float32")], { mode: "linear" });
  const y = b.op("Linear", [s, b.weight("d.w", floats([4, 20], 2)), b.weight("d.b", floats([4], 3))], {});
  const graph = b.finish([b.op("Softmax", [y], {}), up]);
  return exportOnnxBytes({ graph, producer: "test", metadata: new Map(), training: {}, notes: [] });
}

describe("damaged models", () => {
  it("give typed errors or run, whatever byte is changed", async () => {
    const clean = sample();
    const random = new MT19937(5);
    const codes = new Map<string, number>();
    for (let i = 0; i < 400; i++) {
      const bytes = clean.slice();
      bytes[random.next32() % bytes.length] = random.next32() & 255;
      try {
        const model = await importOnnx(bytes, { limits: { tensorBytes: 1e6 } });
        const session = new Session(model.graph, { device });
        try {
          const inputs = randomInputs(model.graph, { free: 6 });
          const small = [...inputs.values()].every((t) => t.data.byteLength < 1e5);
          if (small) await session.run(inputs);
        } finally {
          session.dispose();
        }
      } catch (error) {
        if (!(error instanceof IsoformError)) throw error;
        codes.set(error.code, (codes.get(error.code) ?? 0) + 1);
      }
    }
    expect(codes.size).toBeGreaterThan(2);
    expect(device.memory().storages).toBe(0);
  });

  it("give typed errors wherever they are cut off", async () => {
    const clean = sample();
    for (let n = 0; n < clean.length; n += 97) {
      await expect(importOnnx(clean.subarray(0, n))).rejects.toBeInstanceOf(IsoformError);
    }
  });
});

const opsetImport = [create("OperatorSetIdProto", { version: 20n })];
const floatType = create("TypeProto", {
  tensorType: create("TypeProtoTensor", {
    elemType: 1,
    shape: create("TensorShapeProto", { dim: [create("TensorShapeProtoDimension", { dimValue: 2n })] }),
  }),
});
const info = (name: string) => create("ValueInfoProto", { name, type: floatType });
const node = (opType: string, input: string[], output: string[], rest: Partial<NodeProto> = {}) =>
  create("NodeProto", { opType, input, output, ...rest });
const model = (graph: Partial<GraphProto>, rest: object = {}) =>
  create("ModelProto", {
    irVersion: 9n,
    opsetImport,
    graph: create("GraphProto", { name: "g", ...graph }),
    ...rest,
  });

describe("hostile models", () => {
  it("functions that call themselves end in a limit, not in the stack", async () => {
    const self = create("FunctionProto", {
      name: "Again",
      domain: "loop",
      input: ["a"],
      output: ["b"],
      node: [node("Again", ["a"], ["b"], { domain: "loop" })],
      opsetImport,
    });
    const proto = model(
      { input: [info("x")], output: [info("y")], node: [node("Again", ["x"], ["y"], { domain: "loop" })] },
      { functions: [self] },
    );
    await expect(importOnnxModel(proto)).rejects.toMatchObject({ code: "limit/nesting" });
  });

  it("subgraphs nested deeper than the limit are refused", async () => {
    let graph = create("GraphProto", {
      name: "leaf",
      output: [info("y")],
      node: [node("Identity", ["x"], ["y"])],
    });
    for (let i = 0; i < 12; i++) {
      const branch = create("AttributeProto", { name: "then_branch", type: AttributeType.GRAPH, g: graph });
      const other = create("AttributeProto", { name: "else_branch", type: AttributeType.GRAPH, g: graph });
      const attribute = i < 4 ? [branch, other] : [branch, { ...other, g: leaf() }];
      graph = create("GraphProto", {
        name: `g${i}`,
        output: [info("y")],
        node: [node("If", ["c"], ["y"], { attribute })],
      });
    }
    const c = create("TensorProto", { name: "c", dataType: 9, rawData: Uint8Array.of(1) });
    const proto = model({ ...graph, input: [info("x")], initializer: [c] });
    await expect(importOnnxModel(proto, { limits: { nesting: 8 } })).rejects.toMatchObject({
      code: "limit/nesting",
    });
  });

  it("names like __proto__ are names", async () => {
    const proto = model({
      input: [info("__proto__")],
      output: [info("constructor")],
      node: [node("Neg", ["__proto__"], ["toString"]), node("Abs", ["toString"], ["constructor"])],
    });
    const ir = await importOnnx(encodeModel(proto));
    const session = new Session(ir.graph, { device });
    const out = await session.run(
      new Map([["__proto__", fromTypedArray("float32", [2], Float32Array.of(-1, 2))]]),
    );
    session.dispose();
    expect([...out.keys()]).toEqual(["constructor"]);
    expect([...typedArrayOf(out.get("constructor")!)]).toEqual([1, 2]);
    expect(Object.prototype).not.toHaveProperty("kind");
  });

  it("all unsupported nodes are listed at once, ops named like object members too", async () => {
    const proto = model({
      input: [info("x")],
      output: [info("z")],
      node: [
        node("constructor", ["x"], ["y"], { name: "first" }),
        node("FusedThing", ["y"], ["z"], { name: "second", domain: "com.vendor" }),
      ],
    });
    await expect(importOnnxModel(proto)).rejects.toThrowError(
      /2 node\(s\)[\s\S]*first[\s\S]*com\.vendor\.FusedThing "second"/,
    );
  });

  it("a value used before it is made is refused", async () => {
    const proto = model({
      input: [info("x")],
      output: [info("y")],
      node: [node("Add", ["x", "later"], ["y"]), node("Neg", ["x"], ["later"])],
    });
    await expect(importOnnxModel(proto)).rejects.toMatchObject({ code: "onnx/graph" });
  });
});

function leaf(): GraphProto {
  return create("GraphProto", { name: "leaf", output: [info("y")], node: [node("Identity", ["x"], ["y"])] });
}
