// What is drawn after manualSeed, and how state dicts are named, against fixtures/recorded/torch_init.json.
import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { reference } from "@isoform/backend-reference";
import { setBackend, type Tensor as CoreTensor } from "@isoform/core";
import { F, nn, torch } from "../index.js";

interface Flat {
  readonly shape: readonly number[];
  readonly values: readonly number[];
}
interface Made {
  readonly state: Readonly<Record<string, Flat>>;
  readonly parameters: readonly string[];
  readonly buffers: readonly string[];
  readonly modules: readonly string[];
  readonly next: number;
}
const file = new URL("../../../../fixtures/recorded/torch_init.json", import.meta.url);
const recorded = JSON.parse(readFileSync(file, "utf8")) as {
  readonly modules: Readonly<Record<string, Made>>;
  readonly init: Readonly<Record<string, Flat>>;
  readonly dropout: Readonly<Record<string, Flat & { readonly next: number }>>;
};

beforeAll(async () => {
  await setBackend(reference());
});

class Block extends nn.Module {
  norm: nn.BatchNorm1d;
  scale: nn.Parameter;
  fc: nn.Linear;
  constructor(n: number) {
    super();
    this.norm = nn.BatchNorm1d(n);
    this.scale = nn.Parameter(torch.ones(n));
    this.fc = nn.Linear(n, n, { bias: false });
  }
}
class Net extends nn.Module {
  first = nn.Linear(2, 3);
  declare steps: torch.Tensor;
  declare blocks: nn.ModuleList;
  constructor() {
    super();
    this.registerBuffer("steps", torch.zeros(1));
    this.blocks = nn.ModuleList([new Block(2), new Block(2)]);
    Reflect.set(this, "gain", nn.Parameter(torch.ones(1)));
    this.registerBuffer("cache", torch.zeros(1), { persistent: false });
    Reflect.set(this, "again", this.first);
    Reflect.set(this, "heads", nn.ModuleDict({ b: nn.Linear(1, 1), a: nn.Linear(1, 1) }));
    Reflect.set(this, "absent", null);
  }
}

const MODULES: Readonly<Record<string, () => nn.Module>> = {
  "nn.Linear(3, 2)": () => nn.Linear(3, 2),
  "nn.Bilinear(2, 3, 2)": () => nn.Bilinear(2, 3, 2),
  "nn.Conv1d(2, 3, 2)": () => nn.Conv1d(2, 3, 2),
  "nn.Conv2d(2, 4, 2, groups=2, bias=False)": () => nn.Conv2d(2, 4, 2, { groups: 2, bias: false }),
  "nn.ConvTranspose2d(2, 3, 2)": () => nn.ConvTranspose2d(2, 3, 2),
  "nn.Embedding(3, 2)": () => nn.Embedding(3, 2),
  "nn.Embedding(4, 2, padding_idx=1)": () => nn.Embedding(4, 2, { paddingIdx: 1 }),
  "nn.EmbeddingBag(3, 2)": () => nn.EmbeddingBag(3, 2),
  "nn.LSTM(2, 1, bidirectional=True)": () => nn.LSTM(2, 1, { bidirectional: true }),
  "nn.LSTM(2, 3, num_layers=2, proj_size=2, bias=False)": () =>
    nn.LSTM(2, 3, { numLayers: 2, projSize: 2, bias: false }),
  "nn.GRU(2, 2)": () => nn.GRU(2, 2),
  "nn.RNN(2, 2)": () => nn.RNN(2, 2),
  "nn.LSTMCell(2, 2)": () => nn.LSTMCell(2, 2),
  "nn.MultiheadAttention(4, 2)": () => nn.MultiheadAttention(4, 2),
  "nn.PReLU(3)": () => nn.PReLU({ numParameters: 3 }),
  "nn.BatchNorm2d(2)": () => nn.BatchNorm2d(2),
  "nn.LayerNorm([2, 2])": () => nn.LayerNorm([2, 2]),
  "nn.TransformerEncoderLayer(2, 1, dim_feedforward=2)": () =>
    nn.TransformerEncoderLayer(2, 1, { dimFeedforward: 2 }),
  "nn.Sequential(nn.Linear(2, 2), nn.Dropout(0.5), nn.Linear(2, 1))": () =>
    nn.Sequential(nn.Linear(2, 2), nn.Dropout(0.5), nn.Linear(2, 1)),
  "Net()": () => new Net(),
};

const INIT: Readonly<Record<string, (t: torch.Tensor) => torch.Tensor>> = {
  "uniform_(-1, 2)": (t) => nn.init.uniform_(t, -1, 2),
  "normal_(1, 0.5)": (t) => nn.init.normal_(t, { mean: 1, std: 0.5 }),
  "constant_(0.3)": (t) => nn.init.constant_(t, 0.3),
  xavier_uniform_: (t) => nn.init.xavierUniform_(t),
  "xavier_uniform_(gain=tanh)": (t) => nn.init.xavierUniform_(t, { gain: nn.init.calculateGain("tanh") }),
  xavier_normal_: (t) => nn.init.xavierNormal_(t),
  kaiming_uniform_: (t) => nn.init.kaimingUniform_(t),
  "kaiming_uniform_(relu, fan_out)": (t) =>
    nn.init.kaimingUniform_(t, { mode: "fan_out", nonlinearity: "relu" }),
  "kaiming_normal_(relu)": (t) => nn.init.kaimingNormal_(t, { nonlinearity: "relu" }),
};

const DROPOUT: Readonly<Record<string, () => torch.Tensor>> = {
  "dropout(0.3)": () => F.dropout(torch.ones(3, 7), { p: 0.3 }),
  "dropout(0.1)": () => F.dropout(torch.ones(17), { p: 0.1 }),
  "dropout(1)": () => F.dropout(torch.ones(4), { p: 1 }),
  "dropout1d(0.4)": () => F.dropout1d(torch.ones(2, 3, 2), { p: 0.4 }),
  "dropout2d(0.4)": () => F.dropout2d(torch.ones(2, 3, 2, 1), { p: 0.4 }),
  "dropout3d(0.4)": () => F.dropout3d(torch.ones(1, 5, 1, 2, 1), { p: 0.4 }),
};

const values = (t: CoreTensor): number[] => Array.from(t.dataSync(), Number);
const flat = (t: CoreTensor): Flat => ({ shape: t.shape, values: values(t) });

describe("modules after manualSeed(1)", () => {
  it.each(Object.keys(recorded.modules))("%s: names, order, values, and the draw after it", (expression) => {
    torch.manualSeed(1);
    const m = MODULES[expression]!();
    const want = recorded.modules[expression]!;
    const state = m.stateDict();
    expect([...state.keys()]).toEqual(Object.keys(want.state));
    expect(Object.fromEntries([...state].map(([k, t]) => [k, flat(t)]))).toEqual(want.state);
    expect(m.namedParameters().map(([n]) => n)).toEqual(want.parameters);
    expect(m.namedBuffers().map(([n]) => n)).toEqual(want.buffers);
    expect(m.namedModules().map(([n]) => n)).toEqual(want.modules);
    expect(torch.rand(1).itemSync()).toBe(want.next);
  });
});

describe("nn.init after manualSeed(2)", () => {
  it.each(Object.keys(recorded.init))("%s", (name) => {
    torch.manualSeed(2);
    const t = torch.empty(3, 2, 2);
    expect(INIT[name]!(t)).toBe(t);
    expect(flat(t)).toEqual(recorded.init[name]);
  });
});

describe("dropout after manualSeed(3)", () => {
  it.each(Object.keys(recorded.dropout))("%s", (name) => {
    torch.manualSeed(3);
    const y = DROPOUT[name]!();
    const { next, ...want } = recorded.dropout[name]!;
    expect(flat(y)).toEqual(want);
    expect(torch.rand(1).itemSync()).toBe(next);
  });

  it("does nothing outside training, and draws nothing", () => {
    torch.manualSeed(3);
    const x = torch.ones(3);
    expect(nn.Dropout(0.5).eval()(x)).toBe(x);
    expect(F.dropout(x, { p: 0.5, training: false })).toBe(x);
    const next = torch.rand(1).itemSync();
    torch.manualSeed(3);
    expect(torch.rand(1).itemSync()).toBe(next);
  });
});
