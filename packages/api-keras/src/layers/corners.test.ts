// Corners of layers and metrics beside Keras 3.15: masks that shut everything, float16, weights of elements, narrow crops.
import { reference } from "@isoform/backend-reference";
import { setBackend } from "@isoform/core";
import { beforeAll, expect, it } from "vitest";
import { keras, tf } from "../index.js";

beforeAll(async () => {
  await setBackend(reference());
});

async function expectClose(t: tf.Tensor, want: readonly number[]): Promise<void> {
  Array.from(await tf.cast(t, "float32").data(), Number).forEach((x, i) =>
    expect(x).toBeCloseTo(want[i]!, 5),
  );
}

it("softmax with a mask: zeros where it shuts, in float16 as well", async () => {
  const softmax = (x: tf.Tensor, mask: boolean[][]) => keras.layers.Softmax()(x, { mask: tf.constant(mask) });
  const half = tf.constant([[1, 2]], { dtype: "float16" });
  await expectClose(
    keras.layers.Softmax({ dtype: "float16" })(half, { mask: tf.constant([[true, false]]) }),
    [1, 0],
  );
  await expectClose(softmax(tf.constant([[1, 2]]), [[false, false]]), [0, 0]);
});

it("binary accuracy of elements with weights of elements", async () => {
  const m = keras.metrics.BinaryAccuracy();
  const [t, p] = [
    [
      [
        [1, 0],
        [1, 1],
      ],
    ],
    [
      [
        [0.9, 0.8],
        [0.1, 0.6],
      ],
    ],
  ];
  m.updateState(tf.constant(t), tf.constant(p), {
    sampleWeight: tf.constant([
      [
        [0.1, 0.2],
        [0.3, 0.9],
      ],
    ]),
  });
  await expectClose(m.result(), [0.66667]);
});

it("a narrow crop keeps at least one column", () => {
  expect(keras.layers.CenterCrop(6, 2)(keras.ops.ones([1, 2, 3, 1])).shape).toEqual([1, 6, 2, 1]);
});

it("attention scores are 0 where all keys are shut", async () => {
  const layer = keras.layers.MultiHeadAttention(1, 2);
  const [query, value] = [
    tf.constant([[[1, 1]]]),
    tf.constant([
      [
        [1, 1],
        [1, 1],
      ],
    ]),
  ];
  const attentionMask = tf.constant([[[false, false]]]);
  const [, scores] = layer(query, value, { attentionMask, returnAttentionScores: true }) as [
    tf.Tensor,
    tf.Tensor,
  ];
  await expectClose(scores, [0, 0]);
});
