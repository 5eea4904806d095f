// Gradients, Keras style: GradientTape, watched constants, nested tapes for second derivatives.
import { tf } from "@isoform/api-keras";
import { runAsScript, type Print } from "../run.js";

/** Prints the values and gradients of five small functions. */
export async function gradients(print: Print): Promise<void> {
  {
    const x = tf.Variable(2);
    using tape = tf.GradientTape();
    const y = x.pow(4).mul(2).add(x.pow(3)).add(x.pow(2).mul(3)).add(x.mul(5)).add(1);
    const dy = tape.gradient(y, x);
    print(`y=${await y.item()}, dy/dx=${await dy.item()}`);
  }
  {
    const x = tf.constant([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    using tape = tf.GradientTape();
    tape.watch(x);
    const dx = tape.gradient(tf.reduceSum(tf.square(x)), x);
    print(`d sum(x^2)/dx = ${JSON.stringify(await dx.toArray())}`);
  }
  {
    const x = tf.Variable(tf.ones([2, 3]));
    using tape = tf.GradientTape();
    const y3 = tf.reduceMean(tf.square(x.mul(3).add(2)));
    const dx = tape.gradient(y3, x);
    print(`y3=${await y3.item()}, dy3/dx = ${JSON.stringify(await dx.toArray())}`);
  }
  {
    const x = tf.Variable(1);
    const y = tf.Variable(2);
    using tape = tf.GradientTape();
    const f = x.square().add(x.mul(y)).add(y.square());
    const [dx, dy] = tape.gradient(f, [x, y]);
    print(`df/dx=${await dx!.item()}, df/dy=${await dy!.item()}`);
  }
  {
    const x = tf.Variable(3);
    using outer = tf.GradientTape();
    using inner = tf.GradientTape();
    const first = inner.gradient(x.pow(3), x);
    const second = outer.gradient(first, x);
    print(`d(x^3)=${await first.item()}, d2(x^3)=${await second.item()} at 3`);
  }
}

await runAsScript(import.meta.url, gradients);
