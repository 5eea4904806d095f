// Every layer, metric, loss, optimizer, schedule and callback with arguments and inputs that no program should pass:
// whatever is thrown is a typed error, and nothing stays in memory.
import { afterAll, describe, expect, it } from "vitest";
import { cpu } from "@isoform/backend-cpu";
import { createRuntime } from "@isoform/core";
import { keras, tf } from "@isoform/api-keras";
import { fault, lehmer, optionsOf, type Arguments } from "./support/hostile-keras.js";

const { layers } = keras;
const runtime = await createRuntime({ backends: [cpu()] });
const device = runtime.use();
afterAll(() => runtime.dispose());

type AnyFn = (...args: readonly unknown[]) => unknown;
type Table = Readonly<Record<string, unknown>>;

const values: readonly unknown[] = [
  undefined,
  null,
  NaN,
  Infinity,
  -1,
  0,
  1,
  1.5,
  3n,
  true,
  "x",
  Symbol("s"),
  [],
  [2, 3],
  [-1],
  [2, null],
  ["x"],
  [[1], [1, 2]],
  {},
  { x: 1 },
  new Map(),
  new Float32Array([1, 2]),
  () => 1,
];
const inputs: readonly (() => unknown)[] = [
  ...values.map((v) => () => v),
  ...[[], [0], [2], [2, 3], [2, 0, 3], [2, 3, 4], [1, 4, 4, 2], [1, 1, 4, 4, 2], [1, 1, 2, 4, 4, 2]].map(
    (shape) => () => tf.ones(shape),
  ),
  () => tf.cast(tf.ones([2, 3, 4]), "int32"),
  () => tf.cast(tf.ones([2, 3, 4]), "bool"),
  () => keras.Input([3, 4]),
  () => keras.Input([4, 4, 2]),
  () => [tf.ones([2, 3, 4]), tf.ones([2, 3, 4])],
  () => [tf.ones([2, 3, 4]), tf.ones([5])],
  () => [tf.ones([2, 3, 4]), [tf.ones([2, 3])]],
  () => ({ a: tf.ones([2, 3]) }),
];
/** Options of calls. */
const callOptions: readonly (() => unknown)[] = [
  () => undefined,
  () => ({ training: true }),
  () => ({ mask: tf.cast(tf.ones([2, 5]), "bool") }),
  () => ({ mask: "x", training: 1, initialState: 3, attentionMask: 3, key: "k" }),
  () => tf.ones([2, 3, 4]),
  () => [tf.ones([2, 3])],
  () => "x",
];

/** Arguments with which a layer can be made, where it needs any. */
const made: Readonly<Record<string, () => readonly unknown[]>> = {
  Activation: () => ["relu"],
  GroupedQueryAttention: () => [2, 2, 2],
  GroupQueryAttention: () => [2, 2, 2],
  MultiHeadAttention: () => [2, 3],
  Dense: () => [3],
  EinsumDense: () => ["abc,cd->abd", [null, 5]],
  Embedding: () => [5, 2],
  ReversibleEmbedding: () => [5, 2],
  InputLayer: () => [{ shape: [2] }],
  Lambda: () => [(x: unknown) => x],
  Dot: () => [1],
  SpectralNormalization: () => [layers.Dense(2)],
  CenterCrop: () => [2, 2],
  Resizing: () => [2, 2],
  CategoryEncoding: () => [3],
  Discretization: () => [[0, 1]],
  Rescaling: () => [2],
  RNN: () => [layers.GRUCell(2)],
  StackedRNNCells: () => [[layers.GRUCell(2)]],
  Bidirectional: () => [layers.GRU(2)],
  TimeDistributed: () => [layers.Dense(2)],
  Wrapper: () => [layers.Dense(2)],
  Permute: () => [[2, 1]],
  RepeatVector: () => [2],
  Reshape: () => [[-1]],
  GaussianNoise: () => [0.1],
};
function argumentsOf(name: string): readonly unknown[] {
  const found = made[name]?.();
  if (found) return found;
  if (/^(Separable)?Conv(olution)?(LSTM)?\dD/.test(name)) return [2, 2];
  if (/^(DepthwiseConv|Adaptive|RepeatVector)/.test(name)) return [2];
  if (/^(SimpleRNN|LSTM|GRU)/.test(name)) return [2];
  if (/Dropout/.test(name)) return [0.5];
  return [];
}

const isClass = (v: unknown): v is AnyFn => typeof v === "function" && "prototype" in v;
const classesOf = (table: Table) =>
  [...new Map(Object.entries(table).map((e) => [e[1], e] as const)).values()].filter(
    (e): e is [string, AnyFn] =>
      /^[A-Z]/.test(e[0]) && isClass(e[1]) && !["Layer", "Cell", "Input"].includes(e[0]),
  );
const construct =
  (Class: AnyFn) =>
  (...args: readonly unknown[]) =>
    Reflect.construct(Class, [...args]) as object;

/** Options that are read by modules with tests of their own. */
const OTHERS = /Initializer$|Regularizer$|Constraint$|^activation$|Activation$/;

/** Argument lists of a constructor: none, wrong ones by position, and each option with each value. */
function* constructions(Class: AnyFn, good: () => readonly unknown[]): Generator<Arguments> {
  const make = construct(Class);
  const known = optionsOf(make, [good, () => []]).filter((key) => !OTHERS.test(key));
  const random = lehmer(known.length + 1);
  yield () => [];
  for (const v of values) {
    if (random() < 0.4) continue;
    yield () => [v];
    yield () => [...good(), v];
    for (let i = 0; i < good().length; i++) yield () => good().map((g, k) => (k === i ? v : g));
    for (const key of known) if (random() < 0.05) yield () => [...good(), { [key]: v }];
  }
}

class Found {
  readonly #problems = new Map<string, string>();
  note(name: string, fn: AnyFn, make: Arguments): void {
    const f = fault(device, name, fn, make);
    if (f && !this.#problems.has(f.problem)) this.#problems.set(f.problem, f.call);
  }
  get text(): string {
    return [...this.#problems].map(([problem, call]) => `${call}: ${problem}`).join("\n");
  }
}

describe("layers", () => {
  const all = classesOf(layers);
  it("are all here", () => expect(all.length).toBeGreaterThan(80));
  it.each(all)("%s", (name, Class) => {
    const found = new Found();
    const make = construct(Class);
    const good = () => argumentsOf(name);
    const input = () => tf.ones([2, 3, 4]);
    for (const args of constructions(Class, good)) {
      found.note(
        name,
        (...given) => {
          const layer = make(...given) as keras.layers.Layer;
          try {
            return layer(input(), { training: true });
          } finally {
            layer.dispose();
          }
        },
        args,
      );
    }
    const run = (x: () => unknown, more: () => unknown) => {
      const call = (...given: readonly unknown[]) => {
        const layer = make(...good()) as AnyFn & { dispose(): void };
        try {
          return layer(...given);
        } finally {
          layer.dispose();
        }
      };
      found.note(`${name}()`, call, () => (more() === undefined ? [x()] : [x(), more()]));
    };
    for (const x of inputs) run(x, () => undefined);
    for (const more of callOptions) for (const x of [input, inputs.at(-4)!]) run(x, more);
    expect(found.text).toBe("");
  });
});

describe.each([
  ["metrics", keras.metrics],
  ["losses", keras.losses],
] as const)("%s", (_kind, table: Table) => {
  it.each(classesOf(table))("%s", (name, Class) => {
    const found = new Found();
    const good = () => (name === "MeanMetricWrapper" ? [() => 1] : []);
    const make = construct(Class);
    const use = (...given: readonly unknown[]) => {
      const object = make(...given) as AnyFn & { dispose?(): void };
      try {
        return object([[0, 1, 0]], [[0.1, 0.8, 0.1]]);
      } finally {
        object.dispose?.();
      }
    };
    for (const args of constructions(Class, good)) found.note(name, use, args);
    const random = lehmer(7);
    for (const a of inputs) {
      for (const b of inputs) {
        if (name === "Metric" || name === "Loss" || random() > 0.03) continue;
        const call = (...given: readonly unknown[]) => {
          const object = make(...good()) as AnyFn & { dispose?(): void };
          try {
            return object(...given);
          } finally {
            object.dispose?.();
          }
        };
        found.note(`${name}()`, call, () => [a(), b()]);
      }
    }
    expect(found.text).toBe("");
  });
});

it.each(classesOf(keras.optimizers))("%s", (name, Class) => {
  const found = new Found();
  const use = (...given: readonly unknown[]) => {
    const optimizer = construct(Class)(...given) as keras.optimizers.Optimizer;
    const v = new tf.Variable([1, 2]);
    try {
      optimizer.apply([tf.ones([2])], [v]);
    } finally {
      for (const s of [v, ...optimizer.variables]) s.dispose();
    }
  };
  if (name === "Optimizer") return;
  for (const args of constructions(Class, () => [])) found.note(name, use, args);
  expect(found.text).toBe("");
});

it.each(classesOf(keras.optimizers.schedules))("schedules.%s", (name, Class) => {
  const found = new Found();
  const good = () =>
    name.startsWith("Piecewise") ? [[1], [1, 2]] : /^(Exp|Inv)/.test(name) ? [0.1, 10, 0.5] : [0.1, 10];
  const use = (...given: readonly unknown[]) => Number((construct(Class)(...given) as AnyFn)(3));
  if (name === "LearningRateSchedule") return;
  for (const args of constructions(Class, good)) found.note(name, use, args);
  expect(found.text).toBe("");
});

it.each(classesOf(keras.callbacks))("%s", (name, Class) => {
  const found = new Found();
  const good = () => {
    if (name === "ModelCheckpoint") return ["a"];
    return name === "LearningRateScheduler" ? [() => 0.1] : [];
  };
  if (name === "CallbackList") return;
  for (const args of constructions(Class, good)) found.note(name, construct(Class), args);
  expect(found.text).toBe("");
});
