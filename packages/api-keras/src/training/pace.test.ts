// Runs of many short epochs, batches and calls let timers and signals have their turn.
import { describe, expect, it } from "vitest";
import { setBackend } from "@isoform/core";
import { cpu } from "@isoform/backend-cpu";
import { keras, tf } from "../index.js";

const { layers } = keras;

await setBackend(cpu());

const x = tf.ones([64, 2]);
const y = tf.ones([64, 1]);

function regression(jitCompile: boolean): keras.Model {
  const model = keras.Sequential([keras.Input([2]), layers.Dense(1)]);
  model.compile({ optimizer: "sgd", loss: "mse", jitCompile: jitCompile ? "auto" : false });
  return model;
}

/** How often a timer of 5 ms came up during a call. */
async function ticks(run: () => Promise<unknown>): Promise<number> {
  let count = 0;
  const timer = setInterval(() => count++, 5);
  try {
    await run();
  } finally {
    clearInterval(timer);
  }
  return count;
}

describe.each([
  ["compiled", true],
  ["eager", false],
])("%s steps", (_, jitCompile) => {
  it("stop at a signal that a timer sets, however short the epochs are", async () => {
    const model = regression(jitCompile);
    const abort = new AbortController();
    let epochs = 0;
    const count = new keras.callbacks.LambdaCallback({ onEpochEnd: () => void epochs++ });
    const timer = setTimeout(() => abort.abort("enough"), 20);
    const run = model.fit(x, y, {
      epochs: 100_000,
      verbose: 0,
      signal: abort.signal,
      callbacks: count,
    });
    await expect(run).rejects.toThrow(/aborted/);
    clearTimeout(timer);
    expect(epochs).toBeLessThan(100_000);
  });

  it("let timers run between short calls", async () => {
    const model = regression(jitCompile);
    const until = async (fn: () => Promise<unknown>) => {
      const end = Date.now() + 250;
      while (Date.now() < end) await fn();
    };
    expect(await ticks(() => until(() => model.fit(x, y, { verbose: 0 })))).toBeGreaterThan(1);
    expect(await ticks(() => until(() => model.evaluate(x, y, { verbose: 0 })))).toBeGreaterThan(1);
    const predict = async () => (await model.predict(x, { verbose: 0 })).dispose();
    expect(await ticks(() => until(predict))).toBeGreaterThan(1);
    expect(await ticks(() => until(() => model.trainOnBatch(x, y)))).toBeGreaterThan(1);
    expect(await ticks(() => until(() => model.testOnBatch(x, y)))).toBeGreaterThan(1);
  });

  it("stop evaluate and predict at a signal that a timer sets", async () => {
    const model = regression(jitCompile);
    const endless = () =>
      (function* () {
        for (;;) yield [x, y];
      })();
    for (const run of ["evaluate", "predict"] as const) {
      const abort = new AbortController();
      setTimeout(() => abort.abort(), 20);
      const options = { verbose: 0, signal: abort.signal } as const;
      const result =
        run === "evaluate" ? model.evaluate(endless, null, options) : model.predict(endless, options);
      await expect(result).rejects.toThrow(/aborted/);
    }
  });
});
