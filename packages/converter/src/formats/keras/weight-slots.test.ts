import { readFileSync } from "node:fs";
import { LimitExceededError, ModelFormatError } from "@isoform/core";
import { describe, expect, it } from "vitest";
import { resolveLimits } from "../limits.js";
import { rawTensor, type RawTensor } from "../raw-tensor.js";
import {
  assignKerasWeights,
  kerasWeightItems,
  kerasWeightSlots,
  parsePlainJson,
  type PlainJson,
} from "./index.js";
import type { KerasWeights, StoredWeight } from "./file.js";

type Weight = readonly [
  path: string,
  shape: readonly number[],
  datasets: readonly string[],
  trainable: boolean,
];
const recorded: {
  readonly keras: string;
  readonly cases: readonly {
    readonly name: string;
    readonly config: PlainJson;
    readonly weights: readonly Weight[];
  }[];
} = JSON.parse(
  readFileSync(new URL("../../../../../fixtures/recorded/keras_weights.json", import.meta.url), "utf8"),
);

/** Keras puts `stacked_rnn_cells` and the numbers of auto-generated cell names in paths only. */
const rnn = (path: string): string => path.replace(/\/lstm_cell_\d+\//, "/lstm_cell_1/");

describe(`as Keras ${recorded.keras} stores them`, () => {
  it.each(recorded.cases)("$name", ({ config, weights }) => {
    const items = kerasWeightItems(config);
    const opaque = items.filter((item) => item.kind === "opaque" && item.layer.className === "Custom");
    const slots = kerasWeightSlots(config);
    if (opaque.length > 0) {
      expect(slots).toEqual([]);
      expect(weights.map((w) => w[2][0])).toEqual([
        "layers/custom/vars/0",
        "layers/custom/vars/1",
        "layers/custom/inner/vars/0",
        "layers/custom/inner/vars/1",
      ]);
      return;
    }
    expect(slots.map((slot) => rnn(slot.path))).toEqual(weights.map(([path]) => rnn(path)));
    for (const [i, [path, , datasets, trainable]] of weights.entries()) {
      const slot = slots[i];
      expect(
        [...(slot?.h5.filter((h5) => datasets.includes(h5)) ?? []), ...(slot?.copies ?? [])].toSorted(),
        path,
      ).toEqual(datasets);
      expect(slot?.trainable, path).toBe(trainable);
    }
  });
});

const weight = (path: string, layerName?: string): StoredWeight => ({
  path,
  layerName,
  shape: [1],
  dtype: "uint8",
  read: (): RawTensor => rawTensor("uint8", [1], new TextEncoder().encode(path).slice(-1)),
});
const v3 = (...paths: string[]): KerasWeights => ({
  layout: "v3",
  weights: new Map(paths.map((path) => [path, weight(path)])),
  optimizer: new Map(),
});
const legacy = (layers: Record<string, readonly string[]>): KerasWeights => ({
  layout: "legacy",
  layers: new Map(
    Object.entries(layers).map(([name, list]) => [name, list.map((path) => weight(path, name))]),
  ),
  optimizer: [],
});
const layer = (className: string, config: Record<string, PlainJson>): PlainJson => ({
  class_name: className,
  config,
});
const model = (...layers: PlainJson[]): PlainJson => layer("Sequential", { name: "m", layers });
const dense = (name: string): PlainJson => layer("Dense", { name, units: 2 });
const assign = (config: PlainJson, weights: KerasWeights): string[] => [
  ...assignKerasWeights(config, { name: "m.keras", weights }).keys(),
];
const fails = (run: () => unknown, code: string): void =>
  expect(run).toThrow(expect.objectContaining({ name: "ModelFormatError", code }));

describe("version 3 files", () => {
  const vars = ["layers/dense/vars/0", "layers/dense/vars/1"];
  it("says which weight is missing, and which one is too many", () => {
    expect(assign(model(dense("a")), v3(...vars))).toEqual(["a/kernel", "a/bias"]);
    fails(() => assign(model(dense("a")), v3("layers/dense/vars/0")), "keras/missing-weight");
    fails(() => assign(model(dense("a")), v3(...vars, "layers/dense/vars/2")), "keras/extra-weight");
    fails(
      () =>
        assign(model(dense("a"), dense("a")), v3(...vars, "layers/dense_1/vars/0", "layers/dense_1/vars/1")),
      "keras/config",
    );
    expect(() => assignKerasWeights(model(), { name: "m.json", weights: null })).toThrow(/holds no weights/);
  });
  it("keeps the weights of unknown classes under their place", () => {
    const paths = [
      "layers/mine/b/vars/10",
      "layers/mine/b/vars/9",
      "layers/mine/vars/1",
      "layers/mine/vars/0",
    ];
    expect(assign(model(layer("Mine", { name: "x" })), v3(...paths))).toEqual([
      "x/vars/0",
      "x/vars/1",
      "x/b/vars/9",
      "x/b/vars/10",
    ]);
    const own: PlainJson = { class_name: "Dense", registered_name: "mine>Dense", config: { name: "x" } };
    expect(assign(model(own), v3("layers/dense/vars/0"))).toEqual(["x/vars/0"]);
  });
  it("accepts the attribute names of earlier versions", () => {
    const attention = layer("MultiHeadAttention", { name: "mha", use_bias: false });
    const parts = ["query", "key", "value", "output"].map(
      (p) => `layers/multi_head_attention/_${p}_dense/vars/0`,
    );
    expect(assign(model(attention), v3(...parts))).toHaveLength(4);
  });
});

describe("legacy files", () => {
  it("matches by name, also in another order", () => {
    const weights = legacy({ b: ["b/kernel:0", "b/bias:0"], a: ["a_1/kernel:0", "a_1/bias:0"], empty: [] });
    expect(assign(model(dense("a"), dense("b")), weights)).toEqual([
      "a/kernel",
      "a/bias",
      "b/kernel",
      "b/bias",
    ]);
  });
  it("matches by order when the names are others", () => {
    const weights = legacy({
      dense_7: ["dense_7/kernel:0", "dense_7/bias:0"],
      dense_8: ["dense_8/kernel:0", "dense_8/bias:0"],
    });
    const tensors = assignKerasWeights(model(dense("a"), dense("b")), { name: "x.h5", weights });
    expect([...tensors.keys()]).toEqual(["a/kernel", "a/bias", "b/kernel", "b/bias"]);
  });
  it("Keras 1: bare lists, layer names beside the config, weight names without slashes", () => {
    const config: PlainJson = {
      class_name: "Sequential",
      config: [
        { class_name: "Convolution2D", name: "c", config: {} },
        layer("BatchNormalization", { name: "n" }),
      ],
    };
    const weights = legacy({
      c: ["c_W", "c_b"],
      n: ["n_gamma", "n_beta", "n_running_mean", "n_running_std"],
    });
    expect(assign(config, weights)).toEqual([
      "c/kernel",
      "c/bias",
      "n/gamma",
      "n/beta",
      "n/moving_mean",
      "n/moving_variance",
    ]);
  });
  it("nested models: trainable weights first, statistics last", () => {
    const inner = layer("Model", {
      name: "in",
      layers: [layer("BatchNormalization", { name: "n" }), dense("d")],
    });
    const list = [
      "n/gamma:0",
      "n/beta:0",
      "d/kernel:0",
      "d/bias:0",
      "n/moving_mean:0",
      "n/moving_variance:0",
    ];
    const tensors = assignKerasWeights(model(inner), { name: "x.h5", weights: legacy({ in: list }) });
    expect([...tensors.keys()]).toEqual([
      "in/n/gamma",
      "in/n/beta",
      "in/n/moving_mean",
      "in/n/moving_variance",
      "in/d/kernel",
      "in/d/bias",
    ]);
  });
  it("CuDNN layers and Keras 2 Bidirectional", () => {
    const cell = layer("CuDNNLSTM", { name: "rnn" });
    const parts = ["kernel", "recurrent_kernel", "bias"];
    const names = ["forward", "backward"].flatMap((side) => parts.map((part) => `bi/${side}_rnn/${part}:0`));
    const bidirectional = layer("Bidirectional", { name: "bi", layer: cell });
    expect(assign(model(bidirectional), legacy({ bi: names }))).toEqual(
      names.map((n) => n.replace(":0", "")),
    );
  });
  it("refuses other counts, other names and left-over layers", () => {
    const one = model(dense("a"));
    fails(() => assign(one, legacy({ a: ["a/kernel:0"] })), "keras/weight-count");
    fails(() => assign(one, legacy({ a: ["a/bias:0", "a/kernel:0"] })), "keras/missing-weight");
    fails(
      () => assign(one, legacy({ a: ["a/kernel:0", "a/bias:0"], b: ["b/kernel:0"] })),
      "keras/extra-weight",
    );
    fails(() => assign(one, legacy({ b: ["x/k"], c: ["x/k"] })), "keras/weight-count");
  });
});

describe("hostile configs", () => {
  it("wrong kinds", () => {
    for (const config of [
      null,
      1,
      "x",
      [],
      {},
      { class_name: 3 },
      { class_name: "Sequential" },
      model(3),
      model({}),
    ] as PlainJson[])
      expect(() => kerasWeightItems(config)).toThrow(ModelFormatError);
    expect(() => kerasWeightItems(layer("Subclassed", { name: "x" }))).toThrow(/lists no layers/);
    expect(() => kerasWeightItems(model(layer("LSTM", {}), layer("Bidirectional", {})))).toThrow(
      /has no "layer"/,
    );
    expect(() => kerasWeightItems(model(layer("StackedRNNCells", {})))).toThrow(/has no "cells"/);
  });
  it("layers in layers without end", () => {
    let wrapped = dense("d");
    for (let i = 0; i < 100; i++) wrapped = layer("TimeDistributed", { layer: wrapped });
    expect(() => kerasWeightItems(model(wrapped))).toThrow(LimitExceededError);
    let nested = model(dense("d"));
    for (let i = 0; i < 100; i++) nested = model(nested);
    expect(() => kerasWeightItems(nested)).toThrow(LimitExceededError);
    const text = `${'{"a":'.repeat(5000)}1${"}".repeat(5000)}`;
    expect(() => parsePlainJson(text, "config.json", resolveLimits())).toThrow(LimitExceededError);
  });
  it("names of Object.prototype are names", () => {
    const text =
      '{"class_name":"Sequential","config":{"__proto__":{"polluted":true},"name":"constructor","layers":[{"class_name":"toString","config":{"name":"__proto__"}},{"class_name":"Dense","config":{"name":"hasOwnProperty","__proto__":{"use_bias":false}}}]}}';
    const config = parsePlainJson(text, "config.json", resolveLimits());
    expect(
      kerasWeightItems(config).map((item) => (item.kind === "weight" ? item.slot.path : item.layer.path)),
    ).toEqual(["__proto__", "hasOwnProperty/kernel", "hasOwnProperty/bias"]);
    expect(JSON.parse(JSON.stringify(config))).toEqual(JSON.parse(text));
    expect(Object.hasOwn(Object.prototype, "polluted")).toBe(false);
  });
});
