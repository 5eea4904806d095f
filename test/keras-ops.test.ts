// keras.ops against what Keras 3.15 gives (test/support/keras-ops.golden.json, written by scripts/keras_ops_golden.py):
// on tensors, in functional models, and in models read back from their config.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { beforeAll, expect, it } from "vitest";
import { cpu } from "@isoform/backend-cpu";
import { setBackend } from "@isoform/core";
import { keras, tf } from "@isoform/api-keras";
import { operationCases, operationInputs } from "./support/keras-ops.js";

interface Golden {
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly symbolic: readonly (number | null)[];
  readonly values: readonly number[];
}
const goldenUrl = new URL("support/keras-ops.golden.json", import.meta.url);
/** A folder for the configs that the golden script reads. */
const dump = process.env["KERAS_OPS_CONFIGS"];

beforeAll(async () => {
  await setBackend(cpu());
  if (dump) mkdirSync(dump, { recursive: true });
});

/** Keras 3.15 gives the symbolic result of these the axes of the input as well; its values have the right shape. */
const wrongInKeras = new Set(["adaptiveAveragePool", "adaptiveMaxPool"]);

function list<T>(value: T | readonly T[]): readonly T[] {
  return Array.isArray(value) ? (value as readonly T[]) : [value as T];
}
const numbers = (t: tf.Tensor) => Array.from(t.dataSync(), Number);

function model(name: string): keras.Model {
  keras.backend.clearSession();
  const [a, b] = [keras.Input([4, 6]), keras.Input([4, 6])];
  const made = operationCases.get(name)!(a, b);
  return keras.Model([a, b], made as keras.KerasTensor);
}

const golden: Readonly<Record<string, readonly Golden[]>> = dump
  ? {}
  : (JSON.parse(readFileSync(goldenUrl, "utf8")) as Record<string, Golden[]>);

it.each([...operationCases.keys()])("%s", (name) => {
  const [x, y] = operationInputs();
  const direct = list(operationCases.get(name)!(x, y)) as tf.Tensor[];
  const functional = model(name);
  const symbolic = list(functional<tf.Tensor | tf.Tensor[]>([x, y]));
  expect(symbolic.map(numbers)).toEqual(direct.map(numbers));
  const config = functional.toConfig();
  if (dump) {
    const inputs = [x, y].map(numbers);
    writeFileSync(`${dump}/${name}.json`, JSON.stringify({ name, inputs, config }));
    return;
  }
  const again = list(keras.models.modelFromConfig(config)<tf.Tensor | tf.Tensor[]>([x, y]));
  expect(again.map(numbers)).toEqual(direct.map(numbers));
  const expected = golden[name]!;
  expect(direct.map((t) => [t.dtype, ...t.shape])).toEqual(expected.map((g) => [g.dtype, ...g.shape]));
  const shapes = expected.map((g) => (wrongInKeras.has(name) ? [null, ...g.shape.slice(1)] : g.symbolic));
  expect(functional.outputs.map((t) => t.shape)).toEqual(shapes);
  direct.forEach((t, i) => {
    const values = numbers(t);
    expected[i]!.values.forEach((value, j) => {
      expect(Math.abs(values[j]! - value), `[${i}][${j}]`).toBeLessThanOrEqual(2e-6 + 2e-5 * Math.abs(value));
    });
  });
});
