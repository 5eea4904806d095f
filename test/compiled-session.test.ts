// Sessions that run a model again: from the second run on a compiled program, with the results of the first.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { cpu } from "@isoform/backend-cpu";
import { bytesSource, importOnnx, readModel, Session, type RawTensor } from "@isoform/converter";
import { graph, model, node, value } from "./bad-input/support/onnx.js";
import { createRuntime, scope, type Device, type Runtime } from "@isoform/core";

let runtime: Runtime;
let device: Device;
beforeAll(async () => {
  runtime = await createRuntime({ backends: [cpu()] });
  device = runtime.use();
});
afterAll(() => runtime.dispose());

const root = join(import.meta.dirname, "..");
const shared = join(root, "..", "shared", "data", "models");
const MODELS = [
  join(root, "fixtures/models/cnn3.keras"),
  join(root, "fixtures/models/lstm.keras"),
  join(root, "examples/digits/digits.keras"),
  ...[
    "resnet-cifar10/resnet20.dynamo.onnx",
    "ultraface/version-RFB-320.onnx",
    "mini-xception/fer2013_mini_XCEPTION.102-0.66.keras",
  ].map((name) => join(shared, name)),
].filter((file) => existsSync(file));

function wave(shape: readonly number[]): RawTensor {
  const n = shape.reduce((a, b) => a * b, 1);
  const data = Float32Array.from({ length: n }, (_, i) => Math.sin(i * 0.37) * 0.5);
  return { dtype: "float32", shape: [...shape], data: new Uint8Array(data.buffer) };
}

describe.each(MODELS.map((file) => [file.split("/").at(-1)!, file] as const))("%s", (name, file) => {
  it("gives the same in every run and leaves nothing behind", { timeout: 120_000 }, async () => {
    const { model: read } = await readModel(bytesSource(new Uint8Array(readFileSync(file)), name));
    const session = new Session(read.graph, { device });
    for (const batch of [1, 2]) {
      const inputs = new Map(
        read.graph.inputs.map((v) => {
          const dims = (v.kind === "tensor" ? v.dims : null) ?? [];
          return [v.name, wave(dims.map((d, i) => (typeof d === "number" ? d : i === 0 ? batch : 8)))];
        }),
      );
      const first = await session.run(inputs);
      const second = await session.run(inputs);
      expect(session.notice).toBeNull();
      const before = device.memory().storages;
      const third = await session.run(inputs);
      expect(device.memory().storages).toBe(before);
      for (const [output, want] of first) {
        expect(second.get(output)!.shape).toEqual(want.shape);
        expect(Buffer.compare(second.get(output)!.data, want.data)).toBe(0);
        expect(Buffer.compare(third.get(output)!.data, want.data)).toBe(0);
      }
    }
    session.dispose();
  });
});

describe("small graphs", () => {
  const int64 = (...values: number[]): RawTensor => {
    const data = new BigInt64Array(values.map(BigInt));
    return { dtype: "int64", shape: [values.length], data: new Uint8Array(data.buffer) };
  };

  const graphOf = async (bytes: Uint8Array) => (await importOnnx(bytes, { name: "m.onnx" })).graph;

  it("make a program per values of inputs that live on the host", async () => {
    const bytes = model(
      graph(
        [node("Reshape", ["x", "shape"], ["r"]), node("Exp", ["r"], ["y"]), node("Shape", ["r"], ["s"])],
        {
          input: [value("x", [6]), value("shape", [2], 7)],
          output: [value("y", [2, 3]), value("s", [2], 7)],
        },
      ),
    );
    const session = new Session(await graphOf(bytes), { device });
    for (const dims of [
      [2, 3],
      [2, 3],
      [2, 3],
    ]) {
      const given = new Map([
        ["x", wave([6])],
        ["shape", int64(...dims)],
      ]);
      const [e, s] = (await session.run(given)).values();
      expect(e!.shape).toEqual(dims);
      expect(Buffer.compare(s!.data, int64(...dims).data)).toBe(0);
    }
    expect(session.notice).toBeNull();
    session.dispose();
  });

  it("run node by node, and say why, when a node needs data", async () => {
    const bytes = model(
      graph([node("NonZero", ["x"], ["y"])], { input: [value("x", [64])], output: [value("y", [1, 2], 7)] }),
    );
    const session = new Session(await graphOf(bytes), { device });
    const counts: number[] = [];
    for (let i = 0; i < 4; i++) {
      const values = new Float32Array(64);
      values.set([1, 0, i > 1 ? 2 : 0, 3]);
      const given: RawTensor = { dtype: "float32", shape: [64], data: new Uint8Array(values.buffer) };
      const [y] = (await session.run(new Map([["x", given]]))).values();
      counts.push(y!.shape[1]!);
    }
    expect(counts).toEqual([2, 2, 3, 3]);
    expect(session.notice).toContain("no value");
    session.dispose();
  });
});

it("finds models", () => {
  expect(MODELS.length).toBeGreaterThanOrEqual(3);
  expect(scope(() => device.name)).toBe("cpu");
});
