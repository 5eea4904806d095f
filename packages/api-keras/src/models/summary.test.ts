// The tables of `summary()` against those that Keras printed for the same models.
import { readFileSync } from "node:fs";
import { beforeAll, beforeEach, expect, it } from "vitest";
import { setBackend } from "@isoform/core";
import { reference } from "@isoform/backend-reference";
import { keras } from "../index.js";

const { layers } = keras;

const golden = new Map(
  readFileSync(new URL("../../test/summary.golden.txt", import.meta.url), "utf8")
    .split("@@@ ")
    .slice(1)
    .map(
      (part) => [part.slice(0, part.indexOf("\n")), part.slice(part.indexOf("\n") + 1).trimEnd()] as const,
    ),
);

beforeAll(async () => {
  await setBackend(reference());
});
beforeEach(() => keras.backend.clearSession());

function check(name: string, model: keras.Model, options: object = {}): void {
  let text = "";
  model.summary({ ...options, printFn: (t) => void (text = t) });
  expect(text).toBe(golden.get(name));
}

function classifier(): keras.Sequential {
  return keras.Sequential([
    keras.Input([784]),
    layers.Dense(128, { activation: "relu" }),
    layers.Dropout(0.2),
    layers.Dense(10),
  ]);
}

it("prints 784-128-10 with 100,480 + 1,290 = 101,770 parameters", () => check("classifier", classifier()));

it("counts the state of the optimizer", () => {
  const model = classifier();
  model.compile({ optimizer: "adam", loss: "mse" });
  model.optimizer.build(model.trainableVariables);
  check("compiled", model);
});

it("shows connections of branching models and shortens long names", () => {
  const input = keras.Input([28, 28, 1]);
  const h = layers.Conv2D(8, 3, { activation: "relu" })(input);
  const pooled = layers.MaxPooling2D()(h);
  const a = layers.Flatten()(pooled);
  const b = layers.GlobalAveragePooling2D()(h);
  const joined = layers.Concatenate()([a, b]);
  const first = layers.Dense(10, { activation: "softmax", name: "probabilities_with_a_long_name" })(joined);
  const second = layers.Dense(1)(b);
  check("branching", keras.Model(input, [first, second]));
});

it("shows what is not built yet, and then is", () => {
  const model = keras.Sequential([layers.Dense(4), layers.BatchNormalization(), layers.Dense(3)]);
  check("unbuilt", model);
  model.build([null, 5]);
  check("built", model);
});

it("opens nested models", () => {
  const inner = keras.Sequential([layers.Dense(3), layers.BatchNormalization()]);
  const model = keras.Sequential([keras.Input([4]), inner, layers.Dense(2)]);
  check("nested", model, { expandNested: true, showTrainable: true });
});

it("shows several outputs of a layer", () => {
  const tokens = keras.Input([7], { name: "tokens" });
  const embedded = layers.Embedding(1000, 16)(tokens);
  const [sequence, h] = layers.LSTM(8, { returnSequences: true, returnState: true })<keras.KerasTensor[]>(
    embedded,
  );
  const tags = layers.Dense(2)(layers.LSTM(8)(sequence!));
  check("chain", keras.Model(tokens, tags, { name: "tagger" }));
  check("states", keras.Model(tokens, [tags, h!]));
});

it("shows shared layers and operations", () => {
  const dense = layers.Dense(4);
  const [a, b] = [keras.Input([3]), keras.Input([3])];
  check("shared", keras.Model([a, b], layers.Add()([dense(a), dense(b)])));
  const c = keras.Input([3]);
  const y = keras.ops.mean(layers.Dense(4)(c).mul(2), { axis: -1 });
  check("ops", keras.Model(c, y));
});

it("takes a line length", () => {
  const model = keras.Sequential([keras.Input([784]), layers.Dense(128), layers.BatchNormalization()]);
  check("narrow", model, { lineLength: 50 });
});
