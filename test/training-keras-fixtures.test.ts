// Losses, optimizers and schedules of api-keras against the values recorded from Keras.
import { beforeAll, describe, expect, it } from "vitest";
import { cpu } from "@isoform/backend-cpu";
import { fromTypedArray, setBackend, type TypedArray } from "@isoform/core";
import { keras, tf } from "@isoform/api-keras";
import { haveShared, readRecorded, readSharedJson, sharedPath, type Recorded } from "./support/fixtures.js";

type Json = Record<string, unknown>;

const file = (name: string) =>
  haveShared ? readRecorded(sharedPath("fixtures", "training", name)) : new Map<string, Recorded>();
const json = (name: string) => (haveShared ? (readSharedJson("fixtures", "training", name) as Json) : {});

beforeAll(async () => {
  await setBackend(cpu());
});

function upload(t: Recorded | undefined): tf.Tensor {
  return tf.constant(fromTypedArray(t!.data, { shape: t!.shape, dtype: t!.dtype }));
}

/** Largest |a − b| − atol − rtol·|b|; at most 0 passes. */
function excess(a: TypedArray, b: TypedArray, atol: number, rtol: number): number {
  let worst = a.length === b.length ? -Infinity : Infinity;
  for (let i = 0; i < b.length; i++) {
    worst = Math.max(worst, Math.abs(Number(a[i]) - Number(b[i])) - atol - rtol * Math.abs(Number(b[i])));
  }
  return worst;
}

const camel = (o: Json): Json =>
  Object.fromEntries(
    Object.entries(o).map(([k, v]) => [k.replace(/_([a-z0-9])/g, (_, c: string) => c.toUpperCase()), v]),
  );

describe.skipIf(!haveShared)("losses", () => {
  const entries = Object.entries((json("losses.json")["losses"] ?? {}) as Json).filter(([k]) =>
    k.startsWith("keras."),
  );
  const tensors = file("losses.safetensors");
  const EXTRA: Json = { "keras.Huber_delta": { delta: 0.5 } };

  it.each(entries)("%s: value and gradient", (key, entry) => {
    const { loss: name, config } = entry as { loss: keyof typeof keras.losses; config: Json };
    const loss: unknown = Reflect.construct(keras.losses[name], [
      { ...camel(config), ...(EXTRA[key] as object) },
    ]);
    if (!(loss instanceof keras.losses.Loss)) throw new Error(`${name} is no loss`);
    const yTrue = upload(tensors.get(`${key}.y_true`));
    const yPred = upload(tensors.get(`${key}.y_pred`));
    using tape = tf.GradientTape();
    tape.watch(yPred);
    const value = loss(yTrue, yPred);
    const grad = tape.gradient(tf.reduceSum(value), yPred);
    expect(excess(value.dataSync(), tensors.get(`${key}.value`)!.data, 1e-6, 1e-5)).toBeLessThanOrEqual(0);
    expect(excess(grad.dataSync(), tensors.get(`${key}.grad`)!.data, 1e-6, 1e-4)).toBeLessThanOrEqual(0);
  });
});

describe.skipIf(!haveShared)("optimizers", () => {
  const entries = Object.entries((json("optimizers.json")["optimizers"] ?? {}) as Json).filter(([k]) =>
    k.startsWith("keras."),
  );
  const tensors = file("optimizers.safetensors");
  const rows = (name: string, k: number) => {
    const t = tensors.get(name)!;
    const size = t.shape.slice(1).reduce((p, n) => p * n, 1);
    return tf.constant(fromTypedArray(t.data.slice(k * size, (k + 1) * size), { shape: t.shape.slice(1) }));
  };
  const make = (entry: unknown) => {
    const { cls, args } = entry as { cls: string; args: Json };
    return keras.optimizers.get({ module: "keras.optimizers", class_name: cls, config: args });
  };
  // Steps of at least 1e-2 in float32: 2e-6 is one rounding in twenty steps.
  const [ATOL, RTOL] = [2e-6, 2e-5];

  it.each(entries)("%s: given gradients, weights after every step", (key, entry) => {
    const optimizer = make(entry);
    const w = tf.Variable(upload(tensors.get("w0")), { name: "w" });
    const b = tf.Variable(upload(tensors.get("b0")), { name: "b" });
    for (let k = 0; k < 20; k++) {
      optimizer.apply([rows("grads.w", k), rows("grads.b", k)], [w, b]);
      for (const [v, name] of [
        [w, "w"],
        [b, "b"],
      ] as const) {
        const want = rows(`${key}.fixed.${name}`, k + 1).dataSync();
        expect(excess(v.dataSync(), want, ATOL, RTOL), `step ${k} ${name}`).toBeLessThanOrEqual(0);
      }
    }
  });

  it.each(entries)("%s: regression", (key, entry) => {
    const optimizer = make(entry);
    const w = tf.Variable(upload(tensors.get("w0")), { name: "w" });
    const b = tf.Variable(upload(tensors.get("b0")), { name: "b" });
    const [X, Y] = [upload(tensors.get("regression.X")), upload(tensors.get("regression.Y"))];
    const losses: number[] = [];
    for (let k = 0; k < 20; k++) {
      using tape = tf.GradientTape();
      const loss = tf.reduceMean(tf.square(X.matmul(w).add(b).sub(Y)));
      optimizer.applyGradients(keras.utils.zip(tape.gradient(loss, [w, b]), [w, b]));
      losses.push(Number(loss.itemSync()));
    }
    const want = (name: string) => tensors.get(`${key}.regression.${name}`)!.data;
    expect(excess(Float32Array.from(losses), want("loss"), 1e-6, 1e-4)).toBeLessThanOrEqual(0);
    expect(excess(w.dataSync(), want("final_w"), 1e-5, 1e-4)).toBeLessThanOrEqual(0);
    expect(excess(b.dataSync(), want("final_b"), 1e-5, 1e-4)).toBeLessThanOrEqual(0);
  });

  it.each(entries)("%s: the config keeps Keras' keys and values", (_key, entry) => {
    const { all_settings: want } = entry as { all_settings: Json };
    const { name: _name, ...got } = make(entry).getConfig();
    const { name: _other, ...expected } = want;
    expect(got).toEqual(expected);
  });
});

describe.skipIf(!haveShared)("schedules", () => {
  const recorded = (json("schedules.json")["keras"] ?? {}) as Record<string, number[]>;
  const s = keras.optimizers.schedules;
  const SCHEDULES: Record<string, (step: number) => number> = {
    "ExponentialDecay(0.1, 5, 0.5)": s.ExponentialDecay(0.1, 5, 0.5),
    "ExponentialDecay(0.1, 5, 0.5, staircase)": s.ExponentialDecay(0.1, 5, 0.5, { staircase: true }),
    "InverseTimeDecay(0.1, 5, 0.5)": s.InverseTimeDecay(0.1, 5, 0.5),
    "PolynomialDecay(0.1, 10, 0.001, 2)": s.PolynomialDecay(0.1, 10, { endLearningRate: 0.001, power: 2 }),
    "PolynomialDecay(0.1, 10, 0.001, cycle)": s.PolynomialDecay(0.1, 10, {
      endLearningRate: 0.001,
      cycle: true,
    }),
    "CosineDecay(0.1, 20, 0.1)": s.CosineDecay(0.1, 20, { alpha: 0.1 }),
    "CosineDecay(0.0, 20, warmup_target=0.1, warmup_steps=5)": s.CosineDecay(0, 20, {
      warmupTarget: 0.1,
      warmupSteps: 5,
    }),
    "CosineDecayRestarts(0.1, 5)": s.CosineDecayRestarts(0.1, 5),
    "PiecewiseConstantDecay([5, 12], [0.1, 0.05, 0.01])": s.PiecewiseConstantDecay(
      [5, 12],
      [0.1, 0.05, 0.01],
    ),
  };

  it("has all nine", () => {
    expect(Object.keys(SCHEDULES).sort()).toEqual(Object.keys(recorded).sort());
  });
  it.each(Object.keys(recorded))("%s", (name) => {
    recorded[name]!.forEach((want, k) => {
      expect(Math.abs(SCHEDULES[name]!(k) - want), `step ${k}`).toBeLessThan(1e-7);
    });
  });
});
