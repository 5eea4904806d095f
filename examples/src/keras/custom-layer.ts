// Your own layer, Keras style: weights made in build, a forward in call, and a config that can be saved.
import { keras, tf } from "@isoform/api-keras";
import { runAsScript, type Print } from "../run.js";

/** y = scale·x + shift with one scale and shift per feature. */
class Affine extends keras.layers.Layer {
  declare scale: tf.Variable;
  declare shift: tf.Variable;
  override build(inputShape: readonly (number | null)[]): void {
    const features = inputShape.at(-1)!;
    this.scale = this.addWeight({ name: "scale", shape: [features], initializer: "ones" });
    this.shift = this.addWeight({ name: "shift", shape: [features], initializer: "zeros" });
  }
  override call(inputs: tf.Tensor): tf.Tensor {
    return inputs.mul(this.scale).add(this.shift);
  }
}

/** Fits y = 3x − 1 and prints what the layer learned. */
export async function customLayer(print: Print): Promise<void> {
  keras.utils.setRandomSeed(0);
  const affine = new Affine({ name: "affine" });
  const model = keras.Sequential([keras.Input([1]), affine], { name: "line" });
  const x = tf.constant([[-2], [-1], [0], [1], [2]]);
  const y = x.mul(3).sub(1);
  model.compile({ optimizer: keras.optimizers.SGD({ learningRate: 0.1 }), loss: "mse" });
  await model.fit(x, y, { epochs: 60, batchSize: 5, verbose: 0 });
  print(`weights: ${model.weights.map((w) => w.path).join(", ")}`);
  const [scale, shift] = await Promise.all(model.weights.map((w) => w.item()));
  print(`scale ${Number(scale).toFixed(2)}, shift ${Number(shift).toFixed(2)}`);
}

await runAsScript(import.meta.url, customLayer);
