// fixtures/keras-layers: every recorded layer read from its .keras file, outputs and gradients, on both backends.
import { afterAll, describe, expect, it } from "vitest";
import { cpu } from "@isoform/backend-cpu";
import { reference } from "@isoform/backend-reference";
import { createRuntime } from "@isoform/core";
import { keras } from "@isoform/api-keras";
import { haveShared } from "./support/fixtures.js";
import { callKerasCase, kerasCases, kerasModel, runKerasCase } from "./support/keras-cases.js";

const runtime = await createRuntime({ backends: [reference(), cpu()] });
afterAll(() => runtime.dispose());

describe.skipIf(!haveShared).each(["reference", "cpu"])("keras-layers on %s", (backend) => {
  it.each(kerasCases)("$name", async (entry) => {
    const device = runtime.use(backend);
    keras.backend.clearSession();
    const before = device.memory().storages;
    const { problems, outputs } = await runKerasCase(entry);
    expect(problems).toEqual([]);
    expect(outputs).toBeGreaterThan(0);
    expect(device.memory().storages - before, "storages left").toBe(0);
  });
});

describe.skipIf(!haveShared)("keras-layers in compiled functions", () => {
  it.each(kerasCases)("$name: the eager numbers", async (entry) => {
    const device = runtime.use("cpu");
    keras.backend.clearSession();
    const before = device.memory().storages;
    const eager = await callKerasCase(entry, false);
    const compiled = await callKerasCase(entry, true);
    expect(compiled).toEqual({ ...eager, programs: 2 });
    expect(device.memory().storages - before, "storages left").toBe(0);
  });
});

describe.skipIf(!haveShared)("keras-layers configs", () => {
  it.each(kerasCases.filter((c) => c.name !== "Lambda"))("$name: written as read", async (entry) => {
    runtime.use("cpu");
    keras.backend.clearSession();
    const model = await kerasModel(entry);
    const layers = model.layers.filter((l) => l.getConfig()["batch_shape"] === undefined);
    expect(layers.map((l) => keras.layers.serialize(l).class_name)).toEqual(
      // The manifest has Python's class name, the files have the exported one.
      entry.layers.map((l) =>
        l.class_name === "GroupedQueryAttention" ? "GroupQueryAttention" : l.class_name,
      ),
    );
    layers.forEach((l, i) => expect(l.getConfig()).toEqual(entry.layers[i]!.config));
  });
});
