// Names that mean something to JavaScript are names like any other: of tensors, layers, inputs, outputs and options.
import { readFileSync } from "node:fs";
import { keras, tf } from "@isoform/api-keras";
import { nn } from "@isoform/api-torch";
import { cpu } from "@isoform/backend-cpu";
import { setBackend, type Tensor } from "@isoform/core";
import {
  bytesSource,
  openSafetensors,
  typedArrayOf,
  writeSafetensors,
  writeTorchStateDict,
  type RawTensor,
} from "@isoform/converter";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { cli } from "../support/cli.js";
import { floats } from "./support/bytes.js";
import { dense, kerasArchive, sequential } from "./support/keras.js";
import { graph, model, node, tensor, value } from "./support/onnx.js";
import { Sandbox, thrown, untouched } from "./support/sandbox.js";

const NAMES = ["__proto__", "constructor", "toString", "hasOwnProperty", "prototype", "valueOf"];
const raw = (...values: number[]): RawTensor => ({
  dtype: "float32",
  shape: [1, values.length],
  data: floats(...values),
});

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = new Sandbox();
  await setBackend(cpu());
});
afterAll(() => {
  sandbox.remove();
  untouched();
});

async function isoform(...argv: string[]): Promise<Record<string, unknown>> {
  const result = await cli([...argv, "--json"], { cwd: sandbox.folder });
  expect(result.code, result.err).toBe(0);
  untouched();
  return result.json();
}

async function tensors(file: string): Promise<Map<string, number[]>> {
  const all = await (
    await openSafetensors(bytesSource(new Uint8Array(readFileSync(sandbox.at(file)))))
  ).readAll();
  return new Map([...all].map(([name, t]) => [name, [...typedArrayOf(t)].map(Number)]));
}

describe.each(NAMES)("%s", (name) => {
  it("names inputs, weights, nodes and outputs of ONNX, through every conversion", async () => {
    const g = graph([node("Mul", [name, `${name}_w`], [`${name}_y`], { name })], {
      name,
      input: [value(name, [1, 2])],
      output: [value(`${name}_y`, [1, 2])],
      initializer: [tensor(`${name}_w`, [2], { rawData: floats(2, 3) })],
    });
    sandbox.put({ "n.onnx": model(g), "in.safetensors": writeSafetensors(new Map([[name, raw(5, 7)]])) });
    for (const file of ["n.onnx", "again.onnx", "program"]) {
      if (file !== "n.onnx") await isoform("convert", "n.onnx", file);
      await isoform("run", file, "--input", "in.safetensors", "--output", "out.safetensors");
      expect([...(await tensors("out.safetensors")).values()]).toEqual([[10, 21]]);
      if (file !== "program") expect([...(await tensors("out.safetensors")).keys()]).toEqual([`${name}_y`]);
    }
  });

  it("names layers of Keras", async () => {
    sandbox.put({
      "n.keras": kerasArchive(sequential([dense(name)], { name })),
      "in.safetensors": writeSafetensors(new Map([["input", raw(1, 1)]])),
    });
    const seen = JSON.stringify(await isoform("inspect", "n.keras"));
    expect(seen).toContain(`"${name}"`);
    await isoform("convert", "n.keras", "layer.onnx");
    await isoform("run", "layer.onnx", "--input", "in.safetensors", "--output", "out.safetensors");
    expect([...(await tensors("out.safetensors")).values()]).toEqual([[4, 6]]);
  });

  it("names tensors of state dicts", async () => {
    const state = new Map([
      [name, raw(1, 2)],
      [`${name}.${name}`, raw(3, 4)],
    ]);
    sandbox.put({ "n.pt": writeTorchStateDict(state), "n.safetensors": writeSafetensors(state) });
    for (const file of ["n.pt", "n.safetensors"]) {
      const { file: facts } = (await isoform("inspect", file)) as { file: { tensors: { name: string }[] } };
      expect(facts.tensors.map((t) => t.name)).toEqual([...state.keys()]);
    }
  });

  it("names parameters of modules and layers of models", async () => {
    const dict = () => nn.ModuleDict(new Map([[name, nn.Linear(2, 2, { bias: false })]]));
    if (name === "prototype") expect([...dict().stateDict().keys()]).toEqual(["prototype.weight"]);
    else expect(await thrown(dict)).toMatchObject({ name: "ArgumentError", code: "argument/module-name" });
    const made = keras.Sequential([
      keras.Input([2]),
      keras.layers.Dense(2, { name, kernelInitializer: "ones" }),
    ]);
    expect(made.getLayer(name).name).toBe(name);
    const y = made.call(tf.ones([1, 2])) as Tensor;
    expect([...y.dataSync()]).toEqual([2, 2]);
  });

  it("is no option", async () => {
    const options = JSON.parse(`{"${name}": {"polluted": true}}`) as object;
    const { name: error, message } = await thrown(() => keras.layers.Dense(2, options));
    expect(error).toBe("ArgumentError");
    expect(message).toContain(`unknown option "${name}"`);
    const other = await thrown(() => nn.Linear(2, 2, options));
    expect(other.message).toContain(`unknown option "${name}"`);
  });
});
