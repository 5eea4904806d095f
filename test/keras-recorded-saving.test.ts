// Models that real Keras saved in the middle of their training (fixtures/generate/keras_saving.py): loaded, they are
// compiled as they were, evaluate alike and go on training alike.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { cpu } from "@isoform/backend-cpu";
import { setBackend } from "@isoform/core";
import { keras, tf } from "@isoform/api-keras";
import { loadKeras } from "@isoform/converter";

interface Plain {
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly data: readonly number[];
}
type Nested = Plain | Readonly<Record<string, Plain>>;
interface Recorded {
  readonly models: readonly {
    readonly file: string;
    readonly x: Plain;
    readonly y: Nested;
    readonly outputs: Nested;
    readonly evaluate: Readonly<Record<string, number>>;
    readonly updates: number;
    readonly losses: readonly number[];
  }[];
  readonly optimizers: readonly {
    readonly options: object;
    readonly compile_config: CompileConfig;
    readonly state: Readonly<Record<string, readonly [string, readonly number[]]>>;
  }[];
  readonly losses: readonly Named[];
  readonly metrics: readonly Named[];
}
interface Named {
  readonly class_name: string;
  readonly config: Readonly<Record<string, unknown>>;
}
interface CompileConfig extends Record<string, unknown> {
  readonly optimizer: Named;
}

interface Oracle {
  readonly limit: number;
  readonly rows: readonly {
    readonly name: string;
    readonly ok: boolean;
    readonly errors: Readonly<Record<string, number>>;
  }[];
}

const fixtures = join(import.meta.dirname, "..", "fixtures");
const recorded = JSON.parse(
  readFileSync(join(fixtures, "recorded", "keras_saving.json"), "utf8"),
) as Recorded;

beforeAll(async () => {
  await setBackend(cpu());
});

const isPlain = (value: Nested): value is Plain => Array.isArray(value["data"]);
const each = <T>(value: Nested, fn: (leaf: Plain) => T): T | Record<string, T> =>
  isPlain(value) ? fn(value) : Object.fromEntries(Object.entries(value).map(([k, v]) => [k, fn(v)]));
const tensorOf = ({ data, shape, dtype }: Plain): tf.Tensor =>
  tf.constant([...data], { shape: [...shape], dtype: dtype === "int32" ? "int32" : "float32" });

/** Largest difference over the largest value, at least 1. */
function apart(ours: ArrayLike<number | bigint>, theirs: readonly number[]): number {
  const scale = Math.max(1, ...theirs.map(Math.abs));
  return Math.max(...theirs.map((v, i) => Math.abs(Number(ours[i]) - v))) / scale;
}

describe.each(recorded.models)("$file", ({ file, x, y, outputs, evaluate, updates, losses }) => {
  const load = () => keras.models.loadModel(join(fixtures, "models", "trained", file), { loader: loadKeras });

  it("evaluates at once, as Keras does", async () => {
    const model = await load();
    expect(model.compiled).toBe(true);
    expect(Number(model.optimizer.iterations)).toBe(updates);
    const predicted = await model.predict<tf.Tensor | Record<string, tf.Tensor>>(tensorOf(x));
    for (const [name, expected] of Object.entries(isPlain(outputs) ? { "": outputs } : outputs)) {
      const own = predicted instanceof tf.Tensor ? predicted : predicted[name]!;
      expect(apart(own.dataSync(), expected.data)).toBeLessThan(1e-5);
    }
    const options = { batchSize: 6, verbose: 0, returnDict: true } as const;
    const values = await model.evaluate(tensorOf(x), each(y, tensorOf), options);
    expect(Object.keys(values).toSorted()).toEqual(Object.keys(evaluate).toSorted());
    for (const [name, value] of Object.entries(evaluate))
      expect(apart([values[name]!], [value])).toBeLessThan(1e-5);
  });

  it("goes on training as Keras does", async () => {
    const model = await load();
    const own: number[] = [];
    for (const _ of losses) own.push((await model.trainOnBatch(tensorOf(x), each(y, tensorOf)))["loss"]!);
    expect(apart(own, losses)).toBeLessThan(2e-5);
    expect(model.optimizer.iterations).toBe(updates + losses.length);
  });
});

it("what this package saves was loaded and trained on by real Keras (fixtures/oracles/keras-saving.mjs)", () => {
  const oracle = JSON.parse(
    readFileSync(join(fixtures, "recorded", "keras_saving_oracle.json"), "utf8"),
  ) as Oracle;
  expect(oracle.rows.length).toBe(14);
  for (const { name, ok, errors } of oracle.rows) {
    expect([name, ok]).toEqual([name, true]);
    expect(Math.max(...Object.values(errors))).toBeLessThanOrEqual(oracle.limit);
  }
});

/** Rates as Keras keeps them. */
const rounded = (value: unknown): unknown =>
  JSON.parse(
    JSON.stringify(value, (key, v: unknown) =>
      key === "learning_rate" && typeof v === "number" ? Math.fround(v) : v,
    ),
  );

describe("compile_config", () => {
  const net = () => keras.Sequential([keras.Input([3]), keras.layers.Dense(2)], { name: "state" });

  it.each(
    recorded.optimizers.map(
      (o) => [`${o.compile_config.optimizer.class_name} ${JSON.stringify(o.options)}`, o] as const,
    ),
  )(
    "of %s is read and written back, with the state in Keras' places",
    async (_, { compile_config: config, state }) => {
      const model = net();
      model.compileFromConfig(config);
      expect(rounded(model.getCompileConfig())).toEqual(rounded(config));
      const { weights } = await model.toArchive();
      const own = [...weights].filter(([path]) => path.startsWith("optimizer/"));
      expect(own.map(([path, { dtype, shape }]) => [path, [dtype, [...shape]]])).toEqual(
        Object.entries(state),
      );
      model.dispose();
    },
  );

  /** Metrics that this package does not have. */
  const ABSENT = [
    "BinaryIoU",
    "IoU",
    "MeanIoU",
    "OneHotIoU",
    "OneHotMeanIoU",
    "PrecisionAtRecall",
    "R2Score",
    "RecallAtPrecision",
    "SensitivityAtSpecificity",
    "SpecificityAtSensitivity",
  ];
  const settings = [
    ...recorded.losses.map((loss) => ({ name: loss.class_name, loss, metrics: null })),
    ...recorded.metrics.map((metric) => ({ name: metric.class_name, loss: "mse", metrics: [metric] })),
  ];

  it.each(settings)("of $name is read and written back, or refused by name", ({ name, loss, metrics }) => {
    const [first] = recorded.optimizers;
    const model = net();
    const compile = () => model.compileFromConfig({ ...first!.compile_config, loss, metrics });
    if (ABSENT.includes(name)) {
      expect(compile).toThrow(`no metric "${name}"`);
      return;
    }
    compile();
    expect(rounded(model.getCompileConfig())).toMatchObject({ loss, metrics });
    model.dispose();
  });
});
