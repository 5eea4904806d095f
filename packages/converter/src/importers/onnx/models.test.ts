// Real ONNX files against the outputs that onnxruntime recorded, as they are and after a round trip through the exporter.
import { afterAll, describe, expect, it } from "vitest";
import { cpu } from "@isoform/backend-cpu";
import { createRuntime } from "@isoform/core";
import { exportOnnxBytes } from "../../exporters/onnx/index.js";
import { Session } from "../../execute/session.js";
import { rawEqual } from "../../formats/raw-tensor.js";
import type { IrModel } from "../../ir/types.js";
import { dataBytes, outputsOf, present, readGolden } from "../../testing/goldens.js";
import { ONNX_CASES } from "../../testing/onnx-models.js";
import { difference } from "../../verify/difference.js";
import { importOnnx } from "./index.js";

const runtime = await createRuntime({ backends: [cpu()] });
afterAll(() => runtime.dispose());
const device = runtime.defaultDevice;

async function check(model: IrModel, file: string, goldenPath: string): Promise<void> {
  const golden = await readGolden(`models/${goldenPath}.golden.safetensors`);
  const before = device.memory().storages;
  const session = new Session(model.graph, { device });
  const outputs = await session.run(golden.inputs);
  session.dispose();
  const expected = outputsOf(golden, file.split("/").at(-1) ?? "");
  for (const [name, actual] of outputs) {
    const wanted = expected.get(name) ?? [...expected.values()][[...outputs.keys()].indexOf(name)]!;
    expect(actual.shape).toEqual(wanted.shape);
    const { maxAbs, largest } = difference(wanted, actual);
    expect(maxAbs, `${file} ${name}`).toBeLessThanOrEqual(1e-4 * Math.max(largest, 1e-2));
  }
  expect(device.memory().storages).toBe(before);
}

describe.skipIf(!present)("real ONNX files", () => {
  it.each(ONNX_CASES)("$file gives $golden", async ({ file, golden }) => {
    await check(await importOnnx(dataBytes(`models/${file}`), { name: file }), file, golden);
  });

  const files = [...new Map(ONNX_CASES.map((c) => [c.file, c])).values()];
  it.each(files)("$file survives ONNX -> Isoform -> ONNX at several opsets", async ({ file, golden }) => {
    const model = await importOnnx(dataBytes(`models/${file}`), { name: file });
    for (const opset of [17, 20, 23]) {
      const back = await importOnnx(exportOnnxBytes(model, { opset }));
      expect(back.graph.inputs.map((v) => v.name)).toEqual(model.graph.inputs.map((v) => v.name));
      expect(back.graph.outputs.map((v) => v.name)).toEqual(model.graph.outputs.map((v) => v.name));
      const weights = new Map([...back.graph.weights].map(([v, w]) => [v.name, w.tensor]));
      for (const [v, w] of model.graph.weights) {
        const now = weights.get(v.name);
        if (now) expect(rawEqual(now, w.tensor), v.name).toBe(true);
      }
      if (opset === 20) await check(back, file, golden);
    }
  });

  it("keeps dynamic dimensions dynamic", async () => {
    const model = await importOnnx(dataBytes("models/resnet-cifar10/resnet20.torchscript_exporter.onnx"));
    const back = await importOnnx(exportOnnxBytes(model));
    expect(back.graph.inputs[0]?.dims).toEqual(model.graph.inputs[0]?.dims);
    expect(typeof back.graph.outputs[0]?.dims?.[0]).toBe("string");
  });
});
