// Data given to operations in place of tensors: it ends with an eager call and lives on in a model.
import { reference } from "@isoform/backend-reference";
import { scope, setBackend } from "@isoform/core";
import { describe, expect, it } from "vitest";
import { keras, tf } from "../index.js";

const device = await setBackend(reference());
const { ops } = keras;

describe("data in place of tensors", () => {
  const calls: Readonly<Record<string, () => tf.Tensor>> = {
    add: () => ops.add([1, 2], [3, 4]),
    "add of scalars": () => ops.add(1, 2),
    relu: () => ops.relu([[1, -2]]),
    concatenate: () => ops.concatenate([[1], [2]]),
    where: () => ops.where([true, false], [1, 2], [3, 4]),
    onesLike: () => ops.onesLike([1, 2]),
    zeros: () => ops.zeros([3]),
    arange: () => ops.arange(4),
    "tf.fill": () => tf.fill([2], 1),
  };
  it.each(Object.entries(calls))("%s leaves nothing behind", (_, call) => {
    const before = device.memory().storages;
    call().dispose();
    expect(device.memory().storages).toBe(before);
  });

  it("is part of a model that was made in a scope, and on another backend", async () => {
    const model = scope(() => {
      const x = keras.Input({ shape: [2] });
      return keras.Model({ inputs: x, outputs: ops.multiply(ops.add(x, [1, 2]), [10, 100]) });
    });
    const again = keras.models.modelFromJson(model.toJson());
    for (const m of [model, again]) {
      const y = (await m.predict(tf.constant([[1, 1]]))) as tf.Tensor;
      expect(await y.toArray()).toEqual([[20, 300]]);
    }
    await setBackend(reference());
    const y = (await model.predict(tf.constant([[1, 1]]))) as tf.Tensor;
    expect(await y.toArray()).toEqual([[20, 300]]);
  });
});
