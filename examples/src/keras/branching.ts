// A model that branches on its input in plain TypeScript, Keras style: gradients follow the branch taken.
import { keras, tf } from "@isoform/api-keras";
import { runAsScript, type Print } from "../run.js";

class Branching extends keras.Model {
  small = keras.layers.Dense(1, { name: "small" });
  large = keras.layers.Dense(1, { name: "large" });
  override call(inputs: tf.Tensor): tf.Tensor {
    const mean = Number(tf.reduceMean(inputs).itemSync());
    let y = mean > 0 ? this.large(inputs) : this.small(inputs);
    for (let i = 0; i < Math.min(3, Math.abs(Math.round(mean))); i++) y = y.tanh();
    return y;
  }
}

/** Prints which branch got a gradient for two inputs. */
export function branching(print: Print): void {
  keras.utils.setRandomSeed(0);
  const model = new Branching();
  for (const value of [2, -1]) model(tf.fill([1, 2], value));
  for (const value of [2, -1]) {
    using tape = tf.GradientTape();
    const y = model(tf.fill([1, 2], value));
    const variables = model.trainableVariables;
    const grads = tape.gradient(y, variables, { unconnectedGradients: "none" });
    const reached = variables.filter((_, i) => grads[i] !== null);
    print(
      `input ${value}: gradients in ${reached.map((v) => v.path.split("/").slice(-2).join("/")).join(", ")}`,
    );
  }
}

await runAsScript(import.meta.url, branching);
