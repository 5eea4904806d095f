// Training from fixed weights and batch order: the loss curves of api-keras against those recorded from Keras.
import { beforeAll, describe, expect, it } from "vitest";
import { cpu } from "@isoform/backend-cpu";
import {
  fromTypedArray,
  reshape,
  scope,
  setBackend,
  transpose,
  type Tensor as CoreTensor,
} from "@isoform/core";
import { keras, tf } from "@isoform/api-keras";
import {
  haveShared,
  maxRelative,
  mnistDigits,
  readRecorded,
  readSharedJson,
  sharedPath,
  type Recorded,
} from "./support/fixtures.js";

const { layers } = keras;

interface Run {
  readonly shape: readonly number[];
  make(): keras.Sequential;
  /** The recorded PyTorch weights in Keras' layout and order. */
  weights(t: (name: string) => CoreTensor): CoreTensor[];
}

/** Conv kernel `[out, in, h, w]` as `[h, w, in, out]`. */
const kernel = (w: CoreTensor) => transpose(w, [2, 3, 1, 0]);
const RUNS: Readonly<Record<string, Run>> = {
  mlp: {
    shape: [784],
    make: () =>
      keras.Sequential([
        keras.Input([784]),
        layers.Dense(128, { activation: "relu" }),
        layers.Dense(64, { activation: "relu" }),
        layers.Dense(10),
      ]),
    weights: (t) => ["0", "2", "4"].flatMap((i) => [transpose(t(`torch.${i}.weight`)), t(`torch.${i}.bias`)]),
  },
  cnn: {
    shape: [28, 28, 1],
    make: () =>
      keras.Sequential([
        keras.Input([28, 28, 1]),
        layers.Conv2D(32, 3, { activation: "relu" }),
        layers.MaxPooling2D(2),
        layers.Conv2D(64, 3, { activation: "relu" }),
        layers.MaxPooling2D(2),
        layers.Flatten(),
        layers.Dense(10),
      ]),
    weights: (t) => {
      const dense = transpose(reshape(t("torch.7.weight"), [10, 64, 5, 5]), [2, 3, 1, 0]);
      return [
        kernel(t("torch.0.weight")),
        t("torch.0.bias"),
        kernel(t("torch.3.weight")),
        t("torch.3.bias"),
        reshape(dense, [1600, 10]),
        t("torch.7.bias"),
      ];
    },
  },
  lstm: {
    shape: [28, 28],
    make: () => keras.Sequential([keras.Input([28, 28]), layers.LSTM(32), layers.Dense(10)]),
    weights: (t) => [...recorded("lstm")].map(t),
  },
  gru: {
    shape: [28, 28],
    make: () => keras.Sequential([keras.Input([28, 28]), layers.GRU(32), layers.Dense(10)]),
    weights: (t) => [...recorded("gru")].map(t),
  },
};

/** Names of the weights recorded in Keras' layout, in order. */
function recorded(kind: string): string[] {
  return [...initial(kind).keys()].filter((k) => k.startsWith("keras.")).sort();
}
function initial(kind: string): Map<string, Recorded> {
  return readRecorded(sharedPath("fixtures", "training", `digits_${kind}.initial.safetensors`));
}

interface Digits {
  readonly runs: Readonly<
    Record<
      string,
      {
        readonly steps: number;
        readonly curves: Readonly<Record<string, { readonly loss: readonly number[] }>>;
      }
    >
  >;
}

describe.skipIf(!haveShared)("digits, Keras curves", () => {
  const digits = haveShared
    ? (readSharedJson("fixtures", "training", "digits.json") as Digits)
    : { runs: {} };
  const order = haveShared
    ? Array.from(
        readRecorded(sharedPath("fixtures", "training", "digits_order.safetensors")).get("order")!.data,
        Number,
      )
    : [];
  const { x, y } = haveShared ? mnistDigits() : { x: new Float32Array(), y: new Int32Array() };

  beforeAll(async () => {
    await setBackend(cpu());
  });

  function model(kind: string): keras.Sequential {
    const made = RUNS[kind]!.make();
    const start = initial(kind);
    scope(() => {
      const t = (name: string) => fromTypedArray(start.get(name)!.data, { shape: start.get(name)!.shape });
      made.setWeights(RUNS[kind]!.weights(t));
    });
    return made;
  }

  function batch(kind: string, step: number): [x: tf.Tensor, y: tf.Tensor] {
    const rows = order.slice(64 * step, 64 * (step + 1));
    const data = new Float32Array(64 * 784);
    rows.forEach((r, i) => data.set(x.subarray(r * 784, (r + 1) * 784), i * 784));
    const labels = Int32Array.from(rows, (r) => y[r]!);
    return [tf.constant(data, { shape: [64, ...RUNS[kind]!.shape] }), tf.constant(labels)];
  }

  const lossFn = keras.losses.SparseCategoricalCrossentropy({ fromLogits: true });

  /** The loop of TensorFlow: one tape per step. */
  function withTape(kind: string, epsilon: number): number[] {
    const net = model(kind);
    const optimizer = keras.optimizers.Adam({ learningRate: 1e-3, epsilon });
    const losses: number[] = [];
    for (let step = 0; step < digits.runs[kind]!.steps; step++) {
      using tape = tf.GradientTape();
      const [xb, yb] = batch(kind, step);
      const loss = lossFn(yb, net<tf.Tensor>(xb, { training: true }));
      const gradients = tape.gradient(loss, net.trainableVariables);
      optimizer.applyGradients(keras.utils.zip(gradients, net.trainableVariables));
      losses.push(Number(loss.itemSync()));
    }
    optimizer.dispose();
    net.dispose();
    return losses;
  }

  /** `fit` over a generator of the recorded batches. Batch logs are running means, from which the losses follow. */
  async function withFit(kind: string, epsilon: number): Promise<number[]> {
    const net = model(kind);
    net.compile({ optimizer: keras.optimizers.Adam({ learningRate: 1e-3, epsilon }), loss: lossFn });
    const { steps } = digits.runs[kind]!;
    function* batches() {
      for (let step = 0; step < steps; step++) yield batch(kind, step);
    }
    const losses: number[] = [];
    const onTrainBatchEnd = () => net.resetMetrics();
    const collect = keras.callbacks.LambdaCallback({
      onTrainBatchEnd: (_batch, logs) => {
        losses.push(logs!["loss"]!);
        onTrainBatchEnd();
      },
    });
    await net.fit(batches, null, { verbose: 0, callbacks: [collect] });
    net.dispose();
    return losses;
  }

  it.each([
    ["mlp", "keras.optimizers.Adam(1e-3)", 1e-7, "tape"],
    ["mlp", "keras.optimizers.Adam(1e-3, epsilon=1e-8)", 1e-8, "tape"],
    ["mlp", "keras.optimizers.Adam(1e-3)", 1e-7, "fit"],
    ["cnn", "keras.optimizers.Adam(1e-3)", 1e-7, "fit"],
    ["cnn", "keras.optimizers.Adam(1e-3, epsilon=1e-8)", 1e-8, "tape"],
    ["lstm", "keras.optimizers.Adam(1e-3)", 1e-7, "tape"],
    ["lstm", "keras.optimizers.Adam(1e-3, epsilon=1e-8)", 1e-8, "fit"],
    ["gru", "keras.optimizers.Adam(1e-3)", 1e-7, "fit"],
    ["gru", "keras.optimizers.Adam(1e-3, epsilon=1e-8)", 1e-8, "tape"],
  ] as const)("%s, %s, %s, %s: every loss within 1e-4 relative", async (kind, curve, epsilon, style) => {
    const losses = style === "tape" ? withTape(kind, epsilon) : await withFit(kind, epsilon);
    const wanted = digits.runs[kind]!.curves[curve]!.loss;
    expect(losses.length).toBe(wanted.length);
    const off = maxRelative(losses, wanted);
    console.log(
      `${kind} ${curve} ${style}: worst relative difference ${off.toExponential(2)} over ${wanted.length} steps`,
    );
    expect(off).toBeLessThan(1e-4);
  });
});
