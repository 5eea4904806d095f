// Gradient descent on f(x) = (x − 5)², Keras style: five steps of SGD from 3 with learning rate 0.1.
import { keras, tf } from "@isoform/api-keras";
import { runAsScript, type Print } from "../run.js";

/** Prints x after, and f before, every step. */
export async function gradientDescent(print: Print): Promise<void> {
  const x = tf.Variable(3);
  const optimizer = keras.optimizers.SGD({ learningRate: 0.1 });
  for (let step = 1; step <= 5; step++) {
    using tape = tf.GradientTape();
    const y = tf.square(x.sub(5));
    optimizer.applyGradients([[tape.gradient(y, x), x]]);
    print(`step ${step}: x = ${Number(await x.item()).toFixed(4)}, y = ${Number(await y.item()).toFixed(4)}`);
  }
}

await runAsScript(import.meta.url, gradientDescent);
