// A functional model with two inputs, Keras style: an image branch and a vector branch joined before the head.
import { keras, tf } from "@isoform/api-keras";
import { runAsScript, type Print } from "../run.js";

const { layers } = keras;

/** Trains a few epochs on made-up data and prints the summary and whether the loss fell. */
export async function twoInputs(print: Print): Promise<void> {
  keras.utils.setRandomSeed(0);
  const image = keras.Input([8, 8, 1], { name: "image" });
  const facts = keras.Input([3], { name: "facts" });
  const a = layers.GlobalAveragePooling2D()(
    layers.Conv2D(4, 3, { padding: "same", activation: "relu" })(image),
  );
  const b = layers.Dense(4, { activation: "relu" })(facts);
  const outputs = layers.Dense(2, { name: "class" })(layers.Concatenate()([a, b]));
  const model = keras.Model([image, facts], outputs, { name: "two_inputs" });
  model.summary({ printFn: print });

  const images = tf.random.normal([32, 8, 8, 1], { seed: 1 });
  const vectors = tf.random.normal([32, 3], { seed: 2 });
  const labels = vectors.at(":", 0).gt(0).cast("int32");
  model.compile({
    optimizer: keras.optimizers.Adam({ learningRate: 0.05 }),
    loss: keras.losses.SparseCategoricalCrossentropy({ fromLogits: true }),
    metrics: ["accuracy"],
  });
  const history = await model.fit([images, vectors], labels, { epochs: 15, batchSize: 16, verbose: 0 });
  const losses = history.history["loss"]!;
  print(`loss fell by half: ${losses.at(-1)! < losses[0]! / 2}`);
}

await runAsScript(import.meta.url, twoInputs);
