// Training facts travel through ONNX metadata; damaged metadata is a typed error, odd names are only names.
import { describe, expect, it } from "vitest";
import { create, decodeModel, encodeModel } from "../../formats/onnx/index.js";
import { fromTypedArray } from "../../formats/raw-tensor.js";
import { importOnnx, importOnnxModel } from "../../importers/onnx/index.js";
import { GraphBuilder } from "../../ir/builder.js";
import type { IrModel } from "../../ir/types.js";
import { exportOnnxBytes } from "./index.js";

function model(): IrModel {
  const b = new GraphBuilder("facts");
  const x = b.input("x", "float32", ["n", 2]);
  const weight = (name: string, trainable: boolean) =>
    b.weight(name, fromTypedArray("float32", [2], Float32Array.of(1, 2)), { trainable });
  const noisy = b.op(
    "Identity",
    [x],
    {},
    { name: "noise", scope: "encoder", facts: { layer: "GaussianNoise", stddev: 0.1 } },
  );
  const stats = [weight("mean", false), weight("variance", false)];
  const y = b.op(
    "BatchNormalization",
    [noisy, weight("gamma", true), weight("beta", true), ...stats],
    { momentum: 0.97, epsilon: 1e-3 },
    { name: "bn" },
  );
  const graph = b.finish([y]);
  return {
    graph,
    producer: "test",
    metadata: new Map([["author", "someone"]]),
    training: {
      optimizer: { class_name: "Adam", config: { learning_rate: 0.001, __proto__x: 1 } },
      loss: "mse",
    },
    notes: [],
  };
}

describe("training facts in ONNX", () => {
  it("come back: flags, momentum, layer facts, scopes, optimizer, foreign metadata", async () => {
    const back = await importOnnx(exportOnnxBytes(model(), { opset: 17 }));
    const flags = new Map([...back.graph.weights].map(([v, w]) => [v.name, w.trainable]));
    expect(Object.fromEntries(flags)).toEqual({ mean: false, variance: false, gamma: true, beta: true });
    const [noise, bn] = back.graph.nodes;
    expect(noise).toMatchObject({ scope: "encoder", facts: { layer: "GaussianNoise", stddev: 0.1 } });
    expect(bn?.attrs).toMatchObject({ momentum: Math.fround(0.97), epsilon: Math.fround(1e-3) });
    expect(back.training.loss).toBe("mse");
    expect(back.training.optimizer).toMatchObject({ class_name: "Adam", config: { learning_rate: 0.001 } });
    expect(back.metadata.get("author")).toBe("someone");
  });

  it.each([
    ["isoform.frozen", "{}"],
    ["isoform.frozen", "[1"],
    ["isoform.training", "[]"],
  ])("damaged %s is a typed error", async (key, value) => {
    const proto = decodeModel(exportOnnxBytes(model()));
    const rest = proto.metadataProps.filter((p) => p.key !== key);
    const metadataProps = [...rest, create("StringStringEntryProto", { key, value })];
    await expect(importOnnxModel({ ...proto, metadataProps })).rejects.toMatchObject({
      code: expect.stringMatching(/ir\/facts|format\/json/),
    });
  });

  it("a fact called __proto__ stays data", async () => {
    const proto = decodeModel(exportOnnxBytes(model()));
    const [first, ...others] = proto.graph!.node;
    const metadataProps = [
      create("StringStringEntryProto", { key: "isoform.facts", value: '{"__proto__":1}' }),
    ];
    const graph = { ...proto.graph!, node: [{ ...first!, metadataProps }, ...others] };
    const back = await importOnnx(encodeModel({ ...proto, graph }));
    expect(Object.keys(back.graph.nodes[0]?.facts ?? {})).toEqual(["__proto__"]);
  });
});
