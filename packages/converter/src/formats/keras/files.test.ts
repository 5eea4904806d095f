import { IsoformError } from "@isoform/core";
import { describe, expect, it } from "vitest";
import { referenceFile } from "../../../test/reference-hdf5.js";
import { bytesSource } from "../bytes.js";
import { Hdf5Builder } from "../hdf5/index.js";
import { fromTypedArray, rawEqual, type RawTensor } from "../raw-tensor.js";
import { writeZip } from "../zip/write.js";
import {
  assignKerasWeights,
  readKerasFile,
  writeKerasFile,
  writeKerasWeights,
  writeLegacyKerasFile,
  type KerasFile,
  type PlainJson,
} from "./index.js";

const layer = (className: string, config: Record<string, PlainJson>): PlainJson => ({
  module: "keras.layers",
  class_name: className,
  config,
});
const config: PlainJson = {
  module: "keras",
  class_name: "Sequential",
  config: {
    name: "m",
    layers: [
      layer("InputLayer", { name: "in", batch_shape: [null, 3] }),
      layer("Dense", { name: "a" }),
      layer("Dropout", { name: "drop" }),
      layer("Dense", { name: "b", use_bias: false }),
    ],
  },
  compile_config: { optimizer: "adam" },
};
const tensor = (...shape: number[]): RawTensor => {
  const count = shape.reduce((product, n) => product * n, 1);
  return fromTypedArray(
    "float32",
    shape,
    Float32Array.from({ length: count }, (_, i) => i + shape.length),
  );
};
const weights = new Map([
  ["a/kernel", tensor(3, 2)],
  ["a/bias", tensor(2)],
  ["b/kernel", tensor(2, 4)],
]);
const open = (bytes: Uint8Array, name = "m.keras"): Promise<KerasFile> =>
  readKerasFile(bytesSource(bytes, name));
const text = (value: string): Uint8Array => new TextEncoder().encode(value);

function expectWeights(file: KerasFile, architecture = file.config): void {
  const found = assignKerasWeights(architecture, file);
  expect([...found.keys()]).toEqual([...weights.keys()]);
  for (const [path, value] of weights) expect(rawEqual(found.get(path) ?? value, value)).toBe(true);
}

describe("what is written is read", () => {
  it(".keras", async () => {
    const iteration = fromTypedArray("int64", [], BigInt64Array.of(7n));
    const bytes = writeKerasFile({
      config,
      weights: new Map([...weights, ["optimizer/vars/0", iteration]]),
      assets: new Map([["assets/vocabulary.txt", text("a\nb")]]),
    });
    const file = await open(bytes);
    expect(file).toMatchObject({ kind: "keras", kerasVersion: "3.15.1", compile: { optimizer: "adam" } });
    expect(JSON.stringify(file.config)).toBe(JSON.stringify(config));
    expectWeights(file);
    if (file.weights?.layout !== "v3") throw new Error("expected the v3 layout");
    expect(file.weights.weights.get("layers/dense_1/vars/0")?.layerName).toBe("b");
    expect([...file.weights.optimizer.keys()]).toEqual(["optimizer/vars/0"]);
    expect(new TextDecoder().decode(await file.assets.get("assets/vocabulary.txt")?.())).toBe("a\nb");
    expect(Buffer.compare(writeKerasFile({ config, weights }), writeKerasFile({ config, weights }))).toBe(0);
  });

  it("weights only, and legacy files with and without config", async () => {
    const v3 = await open(writeKerasWeights(config, weights), "m.weights.h5");
    expect(v3).toMatchObject({ kind: "h5-weights", config: null });
    expectWeights(v3, (await open(text(JSON.stringify(config)), "m.json")).config);
    const full = await open(
      writeLegacyKerasFile({ config, weights, trainingConfig: { loss: "mse" } }),
      "m.h5",
    );
    expect(full).toMatchObject({ kind: "h5-model", kerasVersion: "3.15.1", compile: { loss: "mse" } });
    expectWeights(full);
    const only = await open(
      writeLegacyKerasFile({ config, weights, weightsOnly: true, kerasVersion: "2.2.4-tf" }),
      "w.h5",
    );
    expect(only).toMatchObject({ kind: "h5-weights", kerasVersion: "2.2.4-tf", config: null });
    expectWeights(only, full.config);
  });

  it("architecture JSON, plain or as a JSON text", async () => {
    const plain = JSON.stringify(config);
    for (const json of [plain, ` ${plain}\n`, JSON.stringify(plain)]) {
      const file = await open(text(json), "m.json");
      expect(file).toMatchObject({ kind: "config", weights: null, kerasVersion: null });
      expect(JSON.stringify(file.config)).toBe(plain);
    }
  });

  it("legacy name lists over 64,512 bytes are split and joined", async () => {
    const layers = Array.from({ length: 3000 }, (_, i) =>
      layer("Dense", { name: `a_layer_with_a_rather_long_name_${i}`, use_bias: false }),
    );
    const many: PlainJson = { class_name: "Sequential", config: { name: "m", layers } };
    const values = new Map(
      layers.map((_, i) => [`a_layer_with_a_rather_long_name_${i}/kernel`, tensor(1, 1)]),
    );
    const file = await open(writeLegacyKerasFile({ config: many, weights: values }), "m.h5");
    if (file.weights?.layout !== "legacy") throw new Error("expected the legacy layout");
    expect(file.weights.layers.size).toBe(3000);
    expect(assignKerasWeights(file.config, file).size).toBe(3000);
  });

  it("names what is missing or too many", () => {
    const without = new Map([...weights].slice(1));
    const more = new Map([...weights, ["c/kernel", tensor(1)]]);
    for (const write of [writeKerasFile, writeLegacyKerasFile]) {
      expect(() => write({ config, weights: without })).toThrow(/there is no weight "a\/kernel"/);
      expect(() => write({ config, weights: more })).toThrow(
        /no layer of the config has the weight "c\/kernel"/,
      );
    }
  });
});

const h5 = (): Uint8Array => writeKerasWeights(config, weights);
const archive = (entries: Record<string, Uint8Array>, options = {}): Uint8Array =>
  writeZip(
    Object.entries(entries).map(([name, data]) => ({ name, data })),
    options,
  );
const json = text(JSON.stringify(config));

describe("refused", () => {
  it.each([
    ["nothing", (): Uint8Array => new Uint8Array(), "keras/format"],
    ["another format", (): Uint8Array => text("hello, this is no model at all"), "keras/format"],
    ["an archive without weights", () => archive({ "config.json": json }), "keras/archive"],
    ["an archive without config", () => archive({ "model.weights.h5": h5() }), "keras/archive"],
    ["numpy weights", () => archive({ "config.json": json, "model.weights.npz": h5() }), "keras/archive"],
    [
      "a config that is a list",
      () => archive({ "config.json": text("[]"), "model.weights.h5": h5() }),
      "keras/config",
    ],
    [
      "a config cut off",
      () => archive({ "config.json": json.slice(0, 40), "model.weights.h5": h5() }),
      "format/json",
    ],
    [
      "duplicate keys",
      () => archive({ "config.json": text('{"a":1,"a":2}'), "model.weights.h5": h5() }),
      "format/json",
    ],
    [
      "weights that are no HDF5",
      () => archive({ "config.json": json, "model.weights.h5": json }),
      "hdf5/signature",
    ],
    ["JSON that is no model", () => text('{"weights": []}'), "keras/config"],
    ["an HDF5 file of something else", () => new Hdf5Builder().dataset("x", tensor(2)).toBytes(), "keras/h5"],
    [
      "a layer listed twice",
      () => new Hdf5Builder().group("a").attribute("", "layer_names", ["a", "a"]).toBytes(),
      "keras/h5",
    ],
    [
      "a layer that is not there",
      () => new Hdf5Builder().attribute("", "layer_names", ["a"]).toBytes(),
      "hdf5/missing",
    ],
  ])("%s", async (_name, make, code) => {
    await expect(open(make())).rejects.toMatchObject({ name: "ModelFormatError", code });
  });

  it.each(["soft", "external"])("an archive whose weights hold a %s link", async (kind) => {
    const bytes = await referenceFile("earliest", (file) => {
      const vars = file.create_group("layers").create_group("dense").create_group("vars");
      vars.create_dataset({ name: "1", data: Float32Array.of(1) });
      if (kind === "soft") vars.create_soft_link("/layers/dense/vars/1", "0");
      else vars.create_external_link("/etc/passwd", "/x", "0");
    });
    const file = archive({ "config.json": json, "model.weights.h5": bytes });
    await expect(open(file)).rejects.toMatchObject({ name: "UnsafeModelError", code: `hdf5/${kind}-link` });
    await expect(open(bytes, "m.weights.h5")).rejects.toMatchObject({ name: "UnsafeModelError" });
  });

  it("bombs: a deflated archive entry, and a nested config", async () => {
    const zeros = new Uint8Array(30_000_000);
    const bomb = archive({ "config.json": json, "model.weights.h5": zeros }, { deflate: true });
    await expect(readKerasFile(bytesSource(bomb), { limits: { ratio: 100 } })).rejects.toMatchObject({
      code: "limit/ratio",
    });
    const deep = text(`{"class_name":${'{"a":'.repeat(3000)}1${"}".repeat(3000)}}`);
    await expect(open(archive({ "config.json": deep, "model.weights.h5": h5() }))).rejects.toMatchObject({
      code: "limit/nesting",
    });
  });

  it("code in a config is text, and nothing of it runs", async () => {
    const lambda = layer("Lambda", {
      name: "l",
      function: { class_name: "__lambda__", config: { code: "4wEAAAA=", defaults: null, closure: null } },
    });
    const evil = layer("os.system", { name: "x", fn: "globalThis.__pwned = true" });
    const model: PlainJson = {
      module: "builtins",
      class_name: "Sequential",
      config: { name: "eval", layers: [lambda, evil] },
      safe_mode: false,
    };
    const file = await open(writeKerasFile({ config: model, weights: new Map() }));
    expect(JSON.stringify(file.config)).toBe(JSON.stringify(model));
    expect(assignKerasWeights(file.config, file).size).toBe(0);
    expect("__pwned" in globalThis).toBe(false);
  });
});

async function typed(bytes: Uint8Array, what: string): Promise<boolean> {
  try {
    const file = await readKerasFile(bytesSource(bytes, "x"), {
      limits: { entries: 500, tensorBytes: 2 ** 22 },
    });
    if (file.config && file.weights) assignKerasWeights(file.config, file);
    return true;
  } catch (error) {
    if (!(error instanceof IsoformError)) throw new Error(`${what}: ${String(error)}`, { cause: error });
    return false;
  }
}

describe("damaged files", () => {
  const files = {
    ".keras": writeKerasFile({ config, weights }),
    ".h5": writeLegacyKerasFile({ config, weights }),
    ".json": text(JSON.stringify(config)),
  };
  it.each(Object.entries(files))("%s: truncation at every byte", async (name, bytes) => {
    expect(await typed(bytes, "whole")).toBe(true);
    for (let n = 0; n < bytes.length; n += 1)
      expect(await typed(bytes.slice(0, n), `${name} cut at ${n}`)).toBe(false);
  });

  it.each(Object.entries(files))("%s: 700 mutations", async (name, bytes) => {
    let state = name.length;
    const next = (): number => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return state / 2 ** 32;
    };
    for (let round = 0; round < 700; round++) {
      const changed = bytes.slice();
      for (let i = 0; i < 1 + next() * 3; i++)
        changed[Math.floor(next() * changed.length)] = Math.floor(next() * 256);
      await typed(changed, `${name} round ${round}`);
    }
  });
});
