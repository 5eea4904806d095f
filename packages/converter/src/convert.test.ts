// Conversions: read back from their own bytes, verified, refused on a mismatch with the first layer that differs.
import { afterAll, describe, expect, it } from "vitest";
import { cpu } from "@isoform/backend-cpu";
import { createRuntime } from "@isoform/core";
import { convertModel, writeModel } from "./convert.js";
import { fromTypedArray, type RawTensor } from "./formats/raw-tensor.js";
import { bytesSource, type ByteSource } from "./formats/bytes.js";
import { writeZip } from "./formats/zip/write.js";
import { exportOnnx } from "./exporters/onnx/index.js";
import { Session } from "./execute/session.js";
import { importOnnx } from "./importers/onnx/index.js";
import { GraphBuilder } from "./ir/builder.js";
import type { IrModel } from "./ir/types.js";
import { sameAs } from "./ir/weights.js";
import { readModel } from "./read-model.js";
import { dataBytes, present } from "./testing/goldens.js";
import { randomInputs } from "./verify/inputs.js";
import { verifyModels } from "./verify/verify.js";

const runtime = await createRuntime({ backends: [cpu()] });
afterAll(() => runtime.dispose());
const device = runtime.use();

const filled = (shape: number[], f: (i: number) => number): RawTensor =>
  fromTypedArray(
    "float32",
    shape,
    Float32Array.from({ length: shape.reduce((p, d) => p * d, 1) }, (_, i) => f(i)),
  );

/** Two convolutions and a dense layer; `fault` changes one weight of the second. */
function network(fault = 0): IrModel {
  const b = new GraphBuilder("net");
  const x = b.input("image", "float32", ["batch", 1, 6, 6]);
  const w = (name: string, shape: number[], f: (i: number) => number) =>
    b.weight(name, filled(shape, f), { source: sameAs(name, shape), trainable: true });
  const wave = (i: number) => Math.sin(i * 1.7) / 2;
  const c1 = b.op(
    "Conv",
    [x, w("conv1.weight", [3, 1, 3, 3], wave)],
    { pads: [1, 1, 1, 1] },
    { name: "conv1" },
  );
  const r1 = b.op("Relu", [c1], {}, { name: "relu1" });
  const second = w("conv2.weight", [2, 3, 3, 3], (i) => wave(i + 5) + (i === 7 ? fault : 0));
  const c2 = b.op("Conv", [r1, second], { strides: [2, 2] }, { name: "conv2" });
  const flat = b.op("Flatten", [c2], {}, { name: "flat" });
  const y = b.op("Linear", [flat, w("fc.weight", [4, 8], wave), w("fc.bias", [4], wave)], {}, { name: "fc" });
  return { graph: b.finish([y]), producer: "test", metadata: new Map(), training: {}, notes: [] };
}

describe("convertModel", () => {
  it.each(["onnx", "torch"] as const)("to %s keeps names and numbers, and says so", async (format) => {
    const { files, report } = await convertModel(network(), format, { device });
    expect(report.verification).toMatchObject({ ok: true });
    expect(report.verification!.maxAbs).toBeLessThan(1e-6);
    expect(report.transposes.after).toBe(0);
    expect([...files.keys()]).toEqual(
      format === "onnx" ? ["model.onnx"] : ["model.py", "state_dict.pt", "model.safetensors"],
    );
    const mapped = report.weights.find((m) => m.target === "conv2.weight");
    expect(mapped).toMatchObject({
      ir: "conv2.weight",
      source: [{ name: "conv2.weight", steps: [] }],
      steps: [],
    });
    expect(report.ops.get("Conv")).toBe(2);
    expect(device.memory().storages).toBe(0);
  });

  it("says which options it does not know", async () => {
    const options: object = { opsett: 18 };
    await expect(convertModel(network(), "onnx", options)).rejects.toMatchObject({
      code: "argument/unknown-option",
    });
  });

  it("lists every node that a format cannot express", () => {
    const b = new GraphBuilder("odd");
    const x = b.input("x", "float32", [1, 4, 8]);
    const y = b.op("CumProd", [x, b.scalar(1, "int64")], {}, { name: "products" });
    const z = b.op("TensorScatter", [y, x], {}, { name: "cache" });
    const model = { ...network(), graph: b.finish([z]) };
    expect(() => writeModel(model, "onnx")).toThrowError(/2 node\(s\)[\s\S]*products[\s\S]*cache/);
    expect(writeModel(model, "onnx", { opset: 26 }).files.size).toBe(1);
  });
});

describe("verifyModels", () => {
  it("finds the first layer that differs", async () => {
    const found = await verifyModels(network(), network(0.25), { device });
    expect(found.ok).toBe(false);
    expect(found.maxAbs).toBeGreaterThan(1e-3);
    expect(found.firstDiverging).toMatchObject({ layer: "conv2", op: "Conv" });
  });

  it("pairs renamed inputs by place, and refuses another number of them", async () => {
    const other = network();
    other.graph.inputs[0]!.name = "picture";
    expect((await verifyModels(network(), other, { device })).ok).toBe(true);
    const extra = network();
    const two = {
      ...extra,
      graph: { ...extra.graph, inputs: [...extra.graph.inputs, { ...extra.graph.inputs[0]!, name: "b" }] },
    };
    await expect(verifyModels(network(), two, { device })).rejects.toMatchObject({ code: "verify/inputs" });
  });

  it("draws indices inside the table that they look up", () => {
    const b = new GraphBuilder("lookup");
    const ids = b.input("ids", "int64", ["batch", 50]);
    const y = b.op(
      "Gather",
      [
        b.weight(
          "table",
          filled([7, 2], (i) => i),
        ),
        ids,
      ],
      {},
    );
    const inputs = randomInputs(b.finish([y]), { seed: 3 });
    const { data, shape } = inputs.get("ids")!;
    const values = new BigInt64Array(data.buffer, data.byteOffset, data.byteLength / 8);
    expect(shape).toEqual([2, 50]);
    expect([...values].every((v) => v >= 0n && v < 7n)).toBe(true);
    expect(new Set(values).size).toBeGreaterThan(4);
  });
});

describe.skipIf(!present)("real models", () => {
  it.each([
    ["resnet-cifar10/resnet20.torchscript_exporter.onnx", "torch"],
    ["ultraface/version-slim-320.onnx", "onnx"],
    ["ppocr/ch_ppocr_mobile_v2.0_cls_infer.onnx", "torch"],
  ] as const)("%s to %s", async (file, format) => {
    const model = await importOnnx(dataBytes(`models/${file}`), { name: file });
    const { report } = await convertModel(model, format, { device });
    expect(report.verification!.maxRel).toBeLessThan(1e-5);
    expect(report.transposes.after).toBeLessThanOrEqual(report.transposes.before);
  });
});

describe("readModel", () => {
  const sources = (files: ReadonlyMap<string, Uint8Array>) =>
    new Map([...files].map(([name, bytes]) => [name, bytesSource(bytes, name)]));

  it("reads what writeModel wrote, whatever weights file is there", async () => {
    const onnx = sources(writeModel(network(), "onnx").files);
    const { model, format } = await readModel(onnx.get("model.onnx")!);
    expect(format).toBe("onnx");
    expect((await verifyModels(network(), model, { device })).maxAbs).toBeLessThan(1e-6);
    const torch = sources(writeModel(network(), "torch").files);
    for (const weights of ["state_dict.pt", "model.safetensors"]) {
      const beside = new Map([[weights, torch.get(weights)!]]);
      const read = await readModel(torch.get("model.py")!, { beside });
      expect((await verifyModels(network(), read.model, { device })).ok).toBe(true);
    }
  });

  it("says what is missing", async () => {
    const torch = sources(writeModel(network(), "torch").files);
    await expect(readModel(torch.get("model.py")!)).rejects.toMatchObject({ code: "model/no-weights" });
    await expect(readModel(torch.get("state_dict.pt")!)).rejects.toMatchObject({
      code: "model/no-architecture",
    });
    await expect(readModel(torch.get("model.safetensors")!)).rejects.toMatchObject({
      code: "model/no-architecture",
    });
    const text = bytesSource(new TextEncoder().encode("hello"), "notes.txt");
    await expect(readModel(text)).rejects.toMatchObject({ code: "model/unknown-format" });
  });

  it("says which formats and options there are", async () => {
    const x = bytesSource(new Uint8Array(4), "x.onnx");
    const format: object = { format: "tf" };
    await expect(readModel(x, format)).rejects.toMatchObject({
      name: "ArgumentError",
      code: "argument/format",
    });
    const typo: object = { opst: 5 };
    const unknown = { name: "ArgumentError", code: "argument/unknown-option" };
    expect(() => exportOnnx(network(), typo)).toThrow(expect.objectContaining(unknown));
    expect(() => writeModel(network(), "onnx", typo)).toThrow(expect.objectContaining(unknown));
    const more = { device, ...typo };
    await expect(verifyModels(network(), network(), more)).rejects.toMatchObject(unknown);
    expect(() => new Session(network().graph, more)).toThrow(expect.objectContaining(unknown));
    expect(() => new Session(network().graph, { device, maxIterations: NaN })).toThrow(
      expect.objectContaining({ code: "argument/out-of-range" }),
    );
  });

  it("holds files to the limits before it reads them", async () => {
    let read = 0;
    const counted = (name: string, bytes: Uint8Array): ByteSource => {
      const source = bytesSource(bytes, name);
      return {
        name,
        size: source.size,
        read: (from, length) => {
          read += length;
          return source.read(from, length);
        },
      };
    };
    const over = (code: string) => ({ name: "LimitExceededError", code });
    const big = counted("big.onnx", new Uint8Array(5000));
    await expect(readModel(big, { limits: { fileBytes: 4999 } })).rejects.toMatchObject(
      over("limit/fileBytes"),
    );
    const text = counted("model.py", new Uint8Array(5000));
    await expect(readModel(text, { limits: { headerBytes: 4999 } })).rejects.toMatchObject(
      over("limit/headerBytes"),
    );
    expect(read).toBe(0);
    const zip = writeZip([1, 2, 3].map((n) => ({ name: `f${n}`, data: new Uint8Array(1) })));
    await expect(readModel(bytesSource(zip, "model"), { limits: { entries: 2 } })).rejects.toMatchObject(
      over("limit/entries"),
    );
  });
});
