// Real Keras files and our own: the recorded outputs, from every container they come in.
import { existsSync, readFileSync } from "node:fs";
import { afterAll, describe, expect, it } from "vitest";
import { cpu } from "@isoform/backend-cpu";
import { createRuntime } from "@isoform/core";
import { Session } from "../../execute/session.js";
import { bytesSource } from "../../formats/bytes.js";
import { readKerasFile, type KerasFile } from "../../formats/keras/index.js";
import { openSafetensors } from "../../formats/safetensors/read.js";
import type { RawTensor } from "../../formats/raw-tensor.js";
import type { IrModel } from "../../ir/types.js";
import { DATA, present } from "../../testing/goldens.js";
import { difference } from "../../verify/difference.js";
import { importKeras } from "./index.js";

const OWN = new URL("../../../../../fixtures/models/", import.meta.url);
const runtime = await createRuntime({ backends: [cpu()] });
afterAll(() => runtime.dispose());
const device = runtime.use();

const open = (url: URL): Promise<KerasFile> =>
  readKerasFile(bytesSource(new Uint8Array(readFileSync(url)), url.pathname.split("/").at(-1) ?? ""));

async function check(model: IrModel, golden: URL): Promise<void> {
  const all = await (await openSafetensors(bytesSource(new Uint8Array(readFileSync(golden))))).readAll();
  const pick = (prefix: string) =>
    new Map(
      [...all].flatMap(([k, t]): [string, RawTensor][] =>
        k.startsWith(prefix) ? [[k.slice(prefix.length), t]] : [],
      ),
    );
  const outputs = pick("output.");
  const session = new Session(model.graph, { device });
  const found = await session.run(pick("input."));
  session.dispose();
  expect([...found.keys()]).toEqual([...outputs.keys()]);
  for (const [name, wanted] of outputs) {
    const { maxAbs, largest } = difference(wanted, found.get(name)!);
    expect(found.get(name)!.shape).toEqual(wanted.shape);
    expect(maxAbs, name).toBeLessThanOrEqual(1e-4 * largest);
  }
}

const count = (model: IrModel, op: string): number => model.graph.nodes.filter((n) => n.op === op).length;

describe("our own Keras models", () => {
  it.each(["cnn3", "lstm"])("%s gives its recorded outputs", async (name) => {
    const model = importKeras(await open(new URL(`${name}.keras`, OWN)));
    await check(model, new URL(`${name}.golden.safetensors`, OWN));
  });

  it("a convolutional net has transposes at its ends only", async () => {
    const model = importKeras(await open(new URL("cnn3.keras", OWN)));
    expect(count(model, "Transpose")).toBeLessThanOrEqual(2);
    expect(model.graph.nodes.findIndex((n) => n.op === "Transpose")).toBe(0);
  });

  it("every LSTM is one LSTM node", async () => {
    const model = importKeras(await open(new URL("lstm.keras", OWN)));
    const layers = model.graph.nodes.filter((n) => n.op === "LSTM").map((n) => n.name);
    expect(layers).toEqual(["memory", "summary"]);
    expect(count(model, "Scan") + count(model, "Loop")).toBe(0);
  });
});

const models = new URL("models/", DATA);
describe.skipIf(!present || !existsSync(models))("real Keras files", () => {
  it("crepe-tiny: weights of Keras 2.1 with the architecture of a .keras, and the .keras itself", async () => {
    const architecture = await open(new URL("crepe-tiny/crepe-tiny.keras", models));
    const golden = new URL("crepe-tiny/crepe-tiny.golden.safetensors", models);
    await check(importKeras(architecture), golden);
    await check(
      importKeras(await open(new URL("crepe-tiny/model-tiny.h5", models)), { architecture }),
      golden,
    );
  });

  it.each(["keras", "hdf5"])("mini_XCEPTION.%s", async (extension) => {
    const name = "fer2013_mini_XCEPTION.102-0.66";
    const model = importKeras(await open(new URL(`mini-xception/${name}.${extension}`, models)));
    await check(model, new URL(`mini-xception/${name}.golden.safetensors`, models));
    expect(model.graph.inputs[0]?.dims?.[0]).toBe("batch");
  });
});
