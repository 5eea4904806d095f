// Sessions that run a model again: from the second run on a compiled program, with the results of the first.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { cpu } from "@isoform/backend-cpu";
import { bytesSource, readModel, Session, type RawTensor } from "@isoform/converter";
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
    const { model } = await readModel(bytesSource(new Uint8Array(readFileSync(file)), name));
    const session = new Session(model.graph, { device });
    for (const batch of [1, 2]) {
      const inputs = new Map(
        model.graph.inputs.map((v) => {
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

it("finds models", () => {
  expect(MODELS.length).toBeGreaterThanOrEqual(3);
  expect(scope(() => device.name)).toBe("cpu");
});
