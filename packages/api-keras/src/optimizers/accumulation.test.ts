// Gradient accumulation beside averages, bias correction and constraints: figures of Keras 3.15.
import { reference } from "@isoform/backend-reference";
import { setBackend } from "@isoform/core";
import { beforeAll, describe, expect, it } from "vitest";
import { keras, tf } from "../index.js";

beforeAll(async () => {
  await setBackend(reference());
});

async function expectClose(
  v: { data(): Promise<ArrayLike<number | bigint>> },
  want: readonly number[],
): Promise<void> {
  Array.from(await v.data(), Number).forEach((x, i) => expect(x).toBeCloseTo(want[i]!, 5));
}

describe("gradientAccumulationSteps: 2", () => {
  it("averages at every step, over updates", async () => {
    const v = keras.Variable([1, -2, 3]);
    const o = keras.optimizers.SGD({
      learningRate: 0.1,
      gradientAccumulationSteps: 2,
      useEma: true,
      emaMomentum: 0.5,
      emaOverwriteFrequency: 2,
    });
    for (let i = 1; i <= 4; i++) {
      o.apply([tf.constant([0.1 * i, 0.2 * i, -0.3 * i])], [v]);
      if (i === 2) await expectClose(v, [0.985, -2.03, 3.045]);
    }
    await expectClose(v, [0.9675, -2.065, 3.0975]);
  });

  it("corrects bias by the number of updates", async () => {
    const v = keras.Variable([1]);
    const o = keras.optimizers.Adam({ learningRate: 0.1, gradientAccumulationSteps: 2 });
    for (const g of [0.1, 0.2]) o.apply([tf.constant([g])], [v]);
    await expectClose(v, [0.9]);
    expect(o.iterations).toBe(1);
  });

  it("keeps constraints when nothing is updated", async () => {
    const v = keras.Variable([1, -2, 3], { constraint: keras.constraints.NonNeg() });
    const o = keras.optimizers.SGD({ learningRate: 0.1, gradientAccumulationSteps: 2 });
    o.apply([tf.constant([1, 1, 1])], [v]);
    await expectClose(v, [1, 0, 3]);
  });
});
