// Every function of the Keras API with arguments that no program should pass: whatever is thrown is a typed error, and
// nothing stays in memory.
import { afterAll, describe, expect, it } from "vitest";
import { cpu } from "@isoform/backend-cpu";
import { IsoformError, createRuntime } from "@isoform/core";
import { keras, tf } from "@isoform/api-keras";
import {
  fault,
  lehmer,
  optionsOf,
  release,
  succeeds,
  text,
  type Arguments,
} from "./support/hostile-keras.js";

const runtime = await createRuntime({ backends: [cpu()] });
const device = runtime.use();
afterAll(() => runtime.dispose());

type AnyFn = (...args: readonly unknown[]) => unknown;

const released = () => {
  const t = tf.constant([1, 2]);
  t.dispose();
  return t;
};
const tensors: readonly (() => unknown)[] = [
  () =>
    tf.constant(
      [
        [1, 2, 3],
        [4, 5, 6],
      ],
      { dtype: "float32" },
    ),
  () => tf.constant([0, 1], { dtype: "int32" }),
  () =>
    tf.constant([
      [true, false],
      [false, true],
    ]),
  () => tf.constant(0.5),
  () => tf.zeros([0, 3]),
  () => tf.ones([1, 4, 4, 2]),
  released,
  () => keras.Input([2, null]),
];
const values: readonly unknown[] = [
  undefined,
  null,
  NaN,
  -Infinity,
  -1,
  0,
  1,
  2,
  1.5,
  2 ** 40,
  3n,
  true,
  "x",
  "float32",
  Symbol("s"),
  [],
  [0, 1],
  [2, 3],
  [-2, 3],
  [1.5, 2],
  [2 ** 40, 2 ** 40],
  [2, null],
  ["x"],
  [3n],
  [[1, 2], [3]],
  [
    [1, 1],
    [0, 0],
  ],
  {},
  { x: 1 },
  { class_name: 5, config: null },
  new DataView(new ArrayBuffer(8)),
  new Float32Array([1, 2]),
  () => 1,
];
const hostile: readonly (() => unknown)[] = [...tensors, ...values.map((v) => () => v)];
const all =
  (makers: readonly (() => unknown)[]): Arguments =>
  () =>
    makers.map((make) => make());

/** No argument, each one, and a sample of two, three and four. */
function* argumentLists(seed: number): Generator<Arguments> {
  const random = lehmer(seed);
  const pick = () => hostile[Math.floor(random() * hostile.length)]!;
  yield all([]);
  for (const a of hostile) yield all([a]);
  for (const a of hostile) yield all([tensors[0]!, a]);
  for (let i = 0; i < 300; i++) yield all([pick(), pick()]);
  for (let i = 0; i < 100; i++) yield all([pick(), pick(), pick()]);
  for (let i = 0; i < 50; i++) yield all([pick(), pick(), pick(), pick()]);
}

/** Arguments that many functions take, before options. */
const usual: readonly Arguments[] = [
  [tensors[0]!],
  [tensors[0]!, () => 1],
  [tensors[0]!, tensors[0]!],
  [() => [2, 3]],
  [() => [2, 3], () => 1],
  [tensors[5]!],
  [tensors[5]!, () => 2],
  [() => [2, 3], () => 0, () => 5],
  [tensors[0]!, () => [0, 0], () => [1, 1]],
  [tensors[0]!, tensors[0]!, tensors[0]!],
  [tensors[5]!, tensors[5]!, tensors[5]!],
  [() => 0, () => 1],
  [() => 1, () => 5, () => 1],
  [],
].map(all);

/** The faults of a function, one call for each problem. */
function faultsOf(name: string, fn: AnyFn, seed = 1): string {
  const found = new Map<string, string>();
  const note = (make: Arguments) => {
    const f = fault(device, name, fn, make);
    if (f && !found.has(f.problem)) found.set(f.problem, f.call);
  };
  for (const make of argumentLists(seed)) note(make);
  const fitting = usual.filter((make) => succeeds(fn, make));
  for (const option of optionsOf(fn, usual)) {
    for (const before of fitting)
      for (const value of hostile) note(() => [...before(), { [option]: value() }]);
  }
  return [...found].map(([problem, call]) => `${call}: ${problem}`).join("\n");
}

function callable(value: unknown): AnyFn {
  const isClass = typeof value === "function" && /^class\b/.test(Function.prototype.toString.call(value));
  return (...args) =>
    isClass ? Reflect.construct(value, args) : (Reflect.apply(value as AnyFn, undefined, args) as unknown);
}

/** Functions of a namespace by name. `Tensor` is made by functions, never by programs. */
function functionsOf(space: object): [string, AnyFn][] {
  return Object.entries(space)
    .filter(([name, value]) => typeof value === "function" && name !== "Tensor")
    .map(([name, value]) => [name, callable(value)]);
}

/** Abstract classes only serve as a base. */
const ABSTRACT = new Set(["Initializer", "RandomInitializer", "Constraint", "Regularizer"]);

const spaces = {
  ops: keras.ops,
  activations: keras.activations,
  losses: keras.losses,
  metrics: keras.metrics,
  initializers: keras.initializers,
  constraints: keras.constraints,
  regularizers: keras.regularizers,
  random: keras.random,
  utils: keras.utils,
  models: { Input: keras.Input, Model: keras.Model, Sequential: keras.Sequential },
  tf,
  "tf.nn": tf.nn,
  "tf.random": tf.random,
};

describe.each(Object.entries(spaces))("%s", (spaceName, space) => {
  it.each(functionsOf(space).filter(([name]) => !ABSTRACT.has(name)))("%s", (name, fn) => {
    const faults = faultsOf(`${spaceName}.${name}`, fn);
    expect(faults, faults).toBe("");
  });
});

/** Objects that are called, and methods, each on an object of its own. */
function methodsOf(make: () => object, names: readonly string[]): [string, AnyFn][] {
  return names.map((name) => [
    name,
    (...args) => {
      const self = make();
      try {
        const method: unknown = name === "" ? self : Reflect.get(self, name);
        return Reflect.apply(method as AnyFn, self, args) as unknown;
      } finally {
        release(self);
      }
    },
  ]);
}

const made = (space: object, skip: ReadonlySet<string>): [string, () => object][] =>
  Object.entries(space)
    .filter(([name, value]) => typeof value === "function" && /^[A-Z]/.test(name) && !skip.has(name))
    .map(([name, value]) => [name, () => Reflect.construct(value as AnyFn, []) as object]);

const matrix = () =>
  tf.constant([
    [1, 2, 3],
    [4, 5, 6],
  ]);
const own = (value: object) =>
  Object.getOwnPropertyNames(Object.getPrototypeOf(value)).filter(
    (name) =>
      typeof Object.getOwnPropertyDescriptor(Object.getPrototypeOf(value), name)?.value === "function",
  );
const quiet = (names: readonly string[]) =>
  names.filter((name) => !/^(constructor|_.*|data|dataSync|repr|dispose|toString)$/.test(name));
const instances: [string, () => object, readonly string[]][] = [
  ...made(keras.initializers, ABSTRACT).map(([n, m]): [string, () => object, string[]] => [n, m, [""]]),
  ...made(keras.constraints, ABSTRACT).map(([n, m]): [string, () => object, string[]] => [n, m, [""]]),
  ...made(keras.regularizers, ABSTRACT).map(([n, m]): [string, () => object, string[]] => [n, m, [""]]),
  ...made(keras.losses, new Set(["Loss"])).map(([n, m]): [string, () => object, string[]] => [n, m, [""]]),
  ...made(keras.metrics, new Set(["Metric", "MeanMetricWrapper"])).map(
    ([n, m]): [string, () => object, string[]] => [n, m, ["", "updateState"]],
  ),
  ["Tensor", matrix, quiet(own(tf.zeros([1])))],
  ["KerasTensor", () => keras.Input([2, null]), quiet(own(keras.Input([1])))],
  ["Variable", () => tf.Variable([[1, 2, 3]]), ["assign", "assignAdd", "assignSub"]],
];

describe.each(instances)("%s", (name, make, methods) => {
  it.each(methodsOf(make, methods))(`${name}.%s`, (method, fn) => {
    const faults = faultsOf(`${name}.${method}`, fn);
    expect(faults, faults).toBe("");
  });
});

const WAYS = ["compile", "fit", "evaluate", "predict", "trainOnBatch", "testOnBatch", "setWeights"] as const;
const OPTIONS = [
  "batchSize",
  "verbose",
  "callbacks",
  "write",
  "onProgress",
  "signal",
  "epochs",
  "validationSplit",
  "validationData",
  "shuffle",
  "classWeight",
  "sampleWeight",
  "initialEpoch",
  "stepsPerEpoch",
  "validationSteps",
  "validationBatchSize",
  "validationFreq",
  "steps",
  "returnDict",
  "optimizer",
  "loss",
  "lossWeights",
  "metrics",
  "weightedMetrics",
  "runEagerly",
  "stepsPerExecution",
  "jitCompile",
];

describe("training", () => {
  const rows = [
    [1, 2],
    [3, 4],
  ];
  const trained = () => {
    const model = keras.Sequential([keras.Input([2]), keras.layers.Dense(1)]);
    model.compile({ optimizer: "sgd", loss: "mse", metrics: ["mae"], jitCompile: false });
    return model;
  };
  /** What is thrown and no typed error, and tensors that stay. */
  async function faultOf(way: (typeof WAYS)[number], args: readonly unknown[]): Promise<string> {
    const before = device.memory().storages;
    const model = trained();
    let problem = "";
    try {
      release(await (Reflect.apply(model[way] as AnyFn, model, args) as unknown));
      if (way === "compile") await model.fit(rows, rows.slice(), { verbose: 0 });
    } catch (error) {
      if (!(error instanceof IsoformError)) problem = String(error instanceof Error ? error.stack : error);
      else if (error.message.length > 4000) problem = `a message of ${error.message.length} characters`;
    }
    release(model);
    const left = device.memory().storages - before;
    // Fewer after a collection of garbage of an earlier test.
    return problem === "" && left > 0 ? `left ${left} storages` : problem;
  }
  // Not epochs without end.
  const given = values.filter((v) => v !== 2 ** 40);
  const quietly = { verbose: 0, write: () => undefined };
  const calls: readonly [(typeof WAYS)[number], readonly unknown[]][] = WAYS.flatMap((way) => {
    const data = way === "predict" ? [rows] : way === "compile" ? [] : [rows, [[1], [2]]];
    return [
      ...given.map((v): [(typeof WAYS)[number], unknown[]] => [way, [v, v, quietly]]),
      ...given.map((v): [(typeof WAYS)[number], unknown[]] => [way, [rows, v, quietly]]),
      ...given.map((v): [(typeof WAYS)[number], unknown[]] => [way, [...data, v]]),
      ...OPTIONS.flatMap((o) =>
        given.map((v): [(typeof WAYS)[number], unknown[]] => [
          way,
          [...data, way === "compile" ? { [o]: v } : { ...quietly, [o]: v }],
        ]),
      ),
    ];
  });
  it.each(WAYS)("%s", async (way) => {
    const found = new Map<string, string>();
    for (const [name, args] of calls) {
      if (name !== way) continue;
      const problem = await faultOf(way, args);
      if (problem !== "" && !found.has(problem)) found.set(problem, `${way}(${args.map(text).join(", ")})`);
    }
    const faults = [...found].map(([problem, call]) => `${call}: ${problem}`).join("\n");
    expect(faults, faults).toBe("");
  });
});
