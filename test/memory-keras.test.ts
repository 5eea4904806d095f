// 1,000 training steps by fit, and 1,000 predictions, leave nothing behind but variables and optimizer state.
import { afterAll, expect, it } from "vitest";
import { cpu } from "@isoform/backend-cpu";
import { createRuntime } from "@isoform/core";
import { keras } from "@isoform/api-keras";

const runtime = await createRuntime({ backends: [cpu()] });
const device = runtime.use();
afterAll(() => runtime.dispose());

it("fit, evaluate and predict", async () => {
  keras.utils.setRandomSeed(0);
  const { layers } = keras;
  const model = keras.Sequential([
    keras.Input([8]),
    layers.Dense(16, { activation: "relu" }),
    layers.BatchNormalization(),
    layers.Dropout(0.1),
    layers.Dense(3),
  ]);
  model.compile({
    optimizer: keras.optimizers.Adam({ learningRate: 1e-3 }),
    loss: keras.losses.SparseCategoricalCrossentropy({ fromLogits: true }),
    metrics: ["accuracy"],
  });
  const x = keras.random.normal([320, 8], { seed: 1 });
  const y = keras.random.randint([320], 0, 3, { seed: 2 });
  await model.fit(x, y, { epochs: 1, batchSize: 32, verbose: 0 });
  const base = device.memory().storages;
  await model.fit(x, y, { epochs: 100, batchSize: 32, verbose: 0 });
  expect(device.memory().storages).toBe(base);
  await model.evaluate(x, y, { verbose: 0 });
  expect(device.memory().storages).toBe(base);
  for (let i = 0; i < 100; i++) (await model.predict(x, { batchSize: 32, verbose: 0 })).dispose();
  expect(device.memory().storages).toBe(base);
});
