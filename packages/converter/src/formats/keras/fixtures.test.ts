import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { bytesSource } from "../bytes.js";
import { describeRaw, rawEqual } from "../raw-tensor.js";
import { openSafetensors } from "../safetensors/read.js";
import {
  assignKerasWeights,
  kerasWeightSlots,
  readKerasFile,
  writeKerasFile,
  type KerasFile,
} from "./index.js";

const data = new URL("../../../../../../shared/data/", import.meta.url);
const present = existsSync(new URL("README.md", data));
const read = (path: string): Promise<KerasFile> =>
  readKerasFile(bytesSource(readFileSync(new URL(path, data)), path));

interface Case {
  readonly name: string;
  readonly file: string;
  readonly weights: readonly {
    path: string;
    shape: number[];
    dtype: string;
    trainable: boolean;
    h5: string | string[];
  }[];
}
const cases: readonly Case[] = present
  ? JSON.parse(readFileSync(new URL("fixtures/keras-layers/manifest.json", data), "utf8")).cases
  : [];

describe.skipIf(!present)("keras-layers fixtures", () => {
  it("are all here", () => expect(cases).toHaveLength(74));

  it.each(cases)("$name: paths, order, datasets and flags", async (entry) => {
    const file = await read(`fixtures/keras-layers/${entry.file}`);
    expect(file).toMatchObject({ kind: "keras", kerasVersion: "3.15.1" });
    const slots = kerasWeightSlots(file.config);
    expect(slots.map((slot) => slot.path)).toEqual(entry.weights.map((w) => w.path));
    expect(slots.map((slot) => slot.trainable)).toEqual(entry.weights.map((w) => w.trainable));
    if (file.weights?.layout !== "v3") throw new Error("expected the v3 layout");
    const stored = file.weights.weights;
    for (const [i, slot] of slots.entries()) {
      const used = slot.h5.filter((path) => stored.has(path)).slice(0, 1);
      const truth = entry.weights[i]?.h5 ?? "";
      expect([...used, ...slot.copies].toSorted()).toEqual(
        (Array.isArray(truth) ? truth : [truth]).toSorted(),
      );
    }
    const tensors = assignKerasWeights(file.config, file);
    expect([...tensors].map(([path, t]) => [path, describeRaw(t)])).toEqual(
      entry.weights.map((w) => [w.path, describeRaw(w)]),
    );
    const again = await readKerasFile(bytesSource(writeKerasFile({ config: file.config, weights: tensors })));
    expect(again.config).toEqual(file.config);
    for (const [path, tensor] of assignKerasWeights(again.config, again))
      expect(rawEqual(tensor, tensors.get(path) ?? tensor), path).toBe(true);
    if (again.weights?.layout !== "v3") throw new Error("expected the v3 layout");
    expect([...again.weights.weights.keys()].toSorted()).toEqual([...stored.keys()].toSorted());
  });
});

describe.skipIf(!present)("container fixtures", () => {
  it.each(["seq", "small"])("keras_%s: every format holds the recorded weights", async (name) => {
    const golden = await openSafetensors(
      bytesSource(readFileSync(new URL(`fixtures/containers/keras_${name}.golden.safetensors`, data))),
    );
    const base = `fixtures/containers/keras_${name}`;
    const architecture = await read(`${base}.config.json`);
    expect(architecture).toMatchObject({ kind: "config", weights: null });
    const kinds = { keras: "keras", "deflated.keras": "keras", h5: "h5-model", "weights.h5": "h5-weights" };
    for (const [extension, kind] of Object.entries(kinds)) {
      const file = await read(`${base}.${extension}`);
      expect(file.kind).toBe(kind);
      const tensors = assignKerasWeights(file.config ?? architecture.config, file);
      const expected = [...golden.entries.keys()].filter((key) => key.startsWith("weight."));
      expect(tensors.size).toBe(expected.length);
      for (const key of expected) {
        // Keras puts the name of a Sequential model in front.
        const path = key.slice("weight.".length).replace(/^seq\//, "");
        const tensor = tensors.get(path);
        expect(tensor && rawEqual(tensor, await golden.read(key)), `${extension} ${path}`).toBe(true);
      }
      if (name === "seq" && file.weights && kind !== "h5-weights") {
        const { optimizer } = file.weights;
        expect("size" in optimizer ? optimizer.size : optimizer.length).toBe(12);
        expect(file.compile).not.toBeNull();
      }
    }
  });
});

describe.skipIf(!present)("real models", () => {
  it("crepe-tiny: .h5 with the architecture of its .keras, 38 equal tensors", async () => {
    const keras = await read("models/crepe-tiny/crepe-tiny.keras");
    const h5 = await read("models/crepe-tiny/model-tiny.h5");
    expect(h5).toMatchObject({ kind: "h5-weights", kerasVersion: "2.1.5", config: null });
    const a = assignKerasWeights(keras.config, keras);
    const b = assignKerasWeights(keras.config, h5);
    expect([...b.keys()]).toEqual([...a.keys()]);
    expect(a.size).toBe(38);
    for (const [path, tensor] of a) expect(rawEqual(tensor, b.get(path) ?? tensor), path).toBe(true);
  });

  it("mini-xception: Keras 2.0.5 .hdf5 equals its .keras", async () => {
    const keras = await read("models/mini-xception/fer2013_mini_XCEPTION.102-0.66.keras");
    const h5 = await read("models/mini-xception/fer2013_mini_XCEPTION.102-0.66.hdf5");
    expect(h5).toMatchObject({ kind: "h5-model", kerasVersion: "2.0.5" });
    const a = assignKerasWeights(keras.config, keras);
    const b = assignKerasWeights(h5.config, h5);
    expect(new Set(b.keys())).toEqual(new Set(a.keys()));
    expect(a.size).toBe(80);
    for (const [path, tensor] of a) expect(rawEqual(tensor, b.get(path) ?? tensor), path).toBe(true);
    expect(h5.weights?.layout === "legacy" && h5.weights.optimizer.length).toBe(105);
  });

  it("Lambda bytecode stays text", async () => {
    const file = await read("fixtures/keras-layers/lambda.keras");
    const text = JSON.stringify(file.config);
    expect(text).toContain("__lambda__");
    const again = await readKerasFile(
      bytesSource(writeKerasFile({ config: file.config, weights: new Map() })),
    );
    expect(JSON.stringify(again.config)).toBe(text);
  });
});
