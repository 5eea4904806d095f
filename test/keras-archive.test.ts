// Models of api-keras written to .keras files by the converter's writer and read again.
import { beforeAll, beforeEach, expect, it } from "vitest";
import { cpu } from "@isoform/backend-cpu";
import { setBackend } from "@isoform/core";
import { keras, tf } from "@isoform/api-keras";
import { kerasBytes, kerasWeightSlots, loadKeras } from "@isoform/converter";
import { excess } from "./support/keras-cases.js";

const { layers } = keras;

beforeAll(async () => {
  await setBackend(cpu());
});
beforeEach(() => {
  keras.backend.clearSession();
  keras.utils.setRandomSeed(3);
});

const MODELS: Readonly<Record<string, { make(): keras.Model; shape: readonly number[] }>> = {
  sequential: {
    shape: [2, 8, 8, 1],
    make: () =>
      keras.Sequential([
        keras.Input([8, 8, 1]),
        layers.Conv2D(4, 3, { padding: "same", activation: "relu" }),
        layers.BatchNormalization(),
        layers.MaxPooling2D(2),
        layers.Dropout(0.3),
        layers.Conv2D(3, 3),
        layers.Flatten(),
        layers.Dense(5, { activation: "softmax" }),
      ]),
  },
  branching: {
    shape: [2, 6, 4],
    make: () => {
      const input = keras.Input([6, 4]);
      const a = layers.Bidirectional(layers.LSTM(3, { returnSequences: true }))(input);
      const b = layers.TimeDistributed(layers.Dense(6))(input);
      const attended = layers.MultiHeadAttention(2, 3)(a, b);
      const joined = layers.Add()([attended, b]);
      const scaled = joined.mul(0.5);
      return keras.Model(input, layers.Dense(2, { kernelRegularizer: "l2" })(layers.GRU(4)(scaled)));
    },
  },
  nested: {
    shape: [3, 4],
    make: () => {
      const encoder = keras.Sequential([keras.Input([4]), layers.Dense(3), layers.PReLU()], {
        name: "encoder",
      });
      const inner = keras.Input([3]);
      const head = keras.Model(inner, layers.LayerNormalization()(layers.Dense(2)(inner)), { name: "head" });
      const x = keras.Input([4]);
      return keras.Model(x, head(encoder(x)));
    },
  },
};

it.each(Object.keys(MODELS))("%s: outputs are the same after writing and reading", async (name) => {
  const { make, shape } = MODELS[name]!;
  const model = make();
  let bytes: Uint8Array = new Uint8Array();
  await model.save("model.keras", { saver: (archive) => void (bytes = kerasBytes(archive)) });
  const again = await keras.models.loadModel(bytes, { loader: loadKeras });
  const x = keras.random.normal(shape, { seed: 5 });
  const [a, b] = [model<tf.Tensor>(x), again<tf.Tensor>(x)];
  expect(excess(b.dataSync(), a.dataSync(), 0, 0)).toBeLessThanOrEqual(0);
  expect(again.toJSON()).toEqual(model.toJSON());
  expect(again.weights.map((v) => v.path.split("/").slice(-2))).toEqual(
    model.weights.map((v) => v.path.split("/").slice(-2)),
  );
});

it("agrees with the converter on where Keras keeps each weight", async () => {
  for (const { make } of Object.values(MODELS)) {
    const archive = await make().toArchive();
    const slots = kerasWeightSlots(JSON.parse(JSON.stringify(archive.config)));
    const ours = [...archive.weights.keys()].filter((p) => !p.includes("seed_generator"));
    expect(ours.toSorted()).toEqual(slots.map((s) => s.h5[0]).toSorted());
  }
});

it("names what does not fit", async () => {
  const model = MODELS["nested"]!.make();
  const archive = await model.toArchive();
  const weights = new Map(archive.weights);
  const first = [...weights.keys()][0]!;
  weights.delete(first);
  weights.set("layers/dense_9/vars/0", { dtype: "float32", shape: [1], data: new Float32Array(1) });
  expect(() => keras.saving.modelFromArchive({ ...archive, weights })).toThrow(
    new RegExp(`missing: ${first}[\\s\\S]*unused: layers/dense_9/vars/0`),
  );
  await expect(model.save("x.keras")).rejects.toThrow(/knows no files[\s\S]*saver/);
});
