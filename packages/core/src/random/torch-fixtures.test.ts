// Every vector of the shared PyTorch recordings, for the vector and the scalar build. Needs ../shared/data.
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { NumpyRandomState } from "./numpy-streams.js";
import { TorchGenerator } from "./torch-streams.js";

const folder = new URL("../../../../../shared/data/fixtures/rng/", import.meta.url);
const available = existsSync(new URL("torch.json", folder));

interface Vector {
  readonly dtype: string;
  readonly data?: readonly number[];
  readonly first?: readonly number[];
  readonly last?: readonly number[];
  readonly sha256?: string;
}
interface Call extends Vector {
  readonly call: string;
}
type Value = Vector | readonly Call[] | readonly number[] | readonly (readonly number[])[];
type Seeds = Readonly<Record<string, Readonly<Record<string, Value>>>>;

const load = (name: string) =>
  (JSON.parse(readFileSync(new URL(name, folder), "utf8")) as { readonly seeds: Seeds }).seeds;

type Drawn = Float32Array | Float64Array | BigInt64Array;
const f32 = (n: number) => new Float32Array(n);
const int64 = (a: ArrayLike<number>) => BigInt64Array.from(a as number[], BigInt);

// PyTorch's initialisers, as far as they decide the bounds; the draws are the generator's.
const kaiming = (fan: number, slope = Math.sqrt(5)) =>
  Math.sqrt(3) * (Math.sqrt(2 / (1 + slope ** 2)) / Math.sqrt(fan));
const xavier = (fanIn: number, fanOut: number, gain = 1) =>
  Math.sqrt(3) * (gain * Math.sqrt(2 / (fanIn + fanOut)));
const within = (g: TorchGenerator, bound: number, n: number) => g.uniform_(f32(n), -bound, bound);

/** A linear or convolution layer: weight, then bias. */
function layer(g: TorchGenerator, weights: number, fan: number, biases: number) {
  return { weight: within(g, kaiming(fan), weights), bias: within(g, 1 / Math.sqrt(fan), biases) };
}

function recurrent(g: TorchGenerator, gates: number, part: string): Float32Array {
  const sizes = {
    weight_ih_l0: gates * 12,
    weight_hh_l0: gates * 16,
    bias_ih_l0: gates * 4,
    bias_hh_l0: gates * 4,
  };
  for (const [name, n] of Object.entries(sizes)) {
    const values = within(g, 0.5, n);
    if (name === part) return values;
  }
  throw new Error(part);
}

function attention(g: TorchGenerator): Record<string, Float32Array> {
  const out = layer(g, 64, 8, 8).weight;
  return { in_proj_weight: within(g, xavier(8, 24), 192), "out_proj.weight": out };
}

function truncated(g: TorchGenerator, n: number, std: number, limit: number): Float32Array {
  const out = g.normal_(f32(n), 0, std);
  while (out.some((v) => v < -limit || v > limit)) {
    const again = g.normal_(f32(n), 0, std);
    out.forEach((v, i) => (out[i] = v < -limit || v > limit ? (again[i] as number) : v));
  }
  return out;
}

function dropout(g: TorchGenerator, n: number, p: number, each = 1): Float32Array {
  const mask = g.dropoutMask(n, p);
  const scale = Math.fround(1 / Math.fround(1 - p));
  return Float32Array.from({ length: n * each }, (_, i) => (mask[Math.floor(i / each)] as number) * scale);
}

const HAND_WRITTEN: Readonly<Record<string, (g: TorchGenerator) => Drawn>> = {
  "bernoulli(full(64, 0.8))": (g) => g.bernoulli(f32(64).fill(0.8)),
  "dropout(ones(4,16), p=0.2)": (g) => dropout(g, 64, 0.2),
  "dropout(ones(4,16), p=0.5)": (g) => dropout(g, 64, 0.5),
  "dropout(ones(8), p=0.5)": (g) => dropout(g, 8, 0.5),
  "dropout2d(ones(4,16,2,2), p=0.5)": (g) => dropout(g, 64, 0.5, 4),
  "exponential_()(10)": (g) => g.exponential_(f32(10)),
  "randn(4,5)": (g) => g.randn(20),
  "randint(-5,7,(3,4))": (g) => g.randint(-5, 7, 12),
  "Linear(20,32).weight": (g) => layer(g, 640, 20, 32).weight,
  "Linear(20,32).bias": (g) => layer(g, 640, 20, 32).bias,
  "Linear(3,2).weight": (g) => layer(g, 6, 3, 2).weight,
  "Conv2d(3,8,3).weight": (g) => layer(g, 216, 27, 8).weight,
  "Conv2d(3,8,3).bias": (g) => layer(g, 216, 27, 8).bias,
  "Conv1d(4,6,5,groups=2).weight": (g) => layer(g, 60, 10, 6).weight,
  "ConvTranspose2d(3,8,3).weight": (g) => layer(g, 216, 72, 8).weight,
  "Embedding(10,4).weight": (g) => g.randn(40),
  "MultiheadAttention(8,2).in_proj_weight": (g) => attention(g)["in_proj_weight"] as Float32Array,
  "MultiheadAttention(8,2).out_proj.weight": (g) => attention(g)["out_proj.weight"] as Float32Array,
  "kaiming_uniform_(10,20)": (g) => within(g, kaiming(20, 0), 200),
  "kaiming_uniform_(10,20,a=sqrt5)": (g) => within(g, kaiming(20), 200),
  "kaiming_uniform_(6,3,3,3,fan_out,relu)": (g) =>
    within(g, Math.sqrt(3) * (Math.SQRT2 / Math.sqrt(54)), 162),
  "kaiming_normal_(10,20)": (g) => g.normal_(f32(200), 0, Math.SQRT2 / Math.sqrt(20)),
  "kaiming_normal_(6,3,3,3,fan_out,relu)": (g) => g.normal_(f32(162), 0, Math.SQRT2 / Math.sqrt(54)),
  "xavier_uniform_(10,20)": (g) => within(g, xavier(20, 10), 200),
  "xavier_uniform_(10,20,gain=tanh)": (g) => within(g, xavier(20, 10, 5 / 3), 200),
  "xavier_normal_(10,20)": (g) => g.normal_(f32(200), 0, Math.sqrt(2 / 30)),
  "trunc_normal_(10,20,std=0.02)": (g) => truncated(g, 200, 0.02, 2),
};

/** The draws of a recorded call: one of the above or a general form such as `normal_(2,3)(20)`. */
function run(g: TorchGenerator, call: string): Drawn {
  const special = HAND_WRITTEN[call];
  if (special) return special(g);
  const part = /^(LSTM|GRU|RNN)\(3,4\)\.(\w+)$/.exec(call);
  if (part)
    return recurrent(g, { LSTM: 4, GRU: 3, RNN: 1 }[part[1] as "LSTM" | "GRU" | "RNN"], part[2] as string);
  const match = /^(\w+)\((.*?)\)(?:\((\d+)\))?$/.exec(call.replace(/\((\d+)\)\)$/, "$1)"));
  const args = (match?.[2] ?? "").split(",").map((a) => a.trim());
  const number = (i: number) => {
    const [, base, power, less] = /^(-?[\d.]+)(?:\*\*(\d+))?(-1)?$/.exec(args[i] ?? "") ?? [];
    return Number(base) ** Number(power ?? 1) - (less ? 1 : 0);
  };
  const n = Number(match?.[3]);
  const wide = args[1] === "float64";
  switch (match?.[1]) {
    case "rand":
      return wide ? g.uniform_(new Float64Array(number(0))) : g.rand(number(0));
    case "randn":
      return wide ? g.normal_(new Float64Array(number(0))) : g.randn(number(0));
    case "normal_":
      return g.normal_(f32(n), number(0), number(1));
    case "uniform_":
      return g.uniform_(f32(n), number(0), number(1));
    case "randperm":
      return int64(g.randperm(number(0)));
    case "randint":
      return g.randint(number(0), number(1), number(2));
    case "bernoulli_":
      return g.bernoulli_(f32(n), number(0));
    default:
      throw new Error(`no such call: ${call}`);
  }
}

function check(actual: Drawn, call: string, expected: Vector): void {
  const numbers = Array.from(actual, Number);
  if (expected.sha256 !== undefined) {
    expect(numbers.slice(0, expected.first?.length), call).toEqual(expected.first);
    expect(numbers.slice(-(expected.last?.length ?? 0)), call).toEqual(expected.last);
    expect(createHash("sha256").update(new Uint8Array(actual.buffer)).digest("hex"), call).toBe(
      expected.sha256,
    );
  } else if (expected.dtype === "float64" && call.startsWith("randn")) {
    // The README of the recordings asks 1e-14: the last bit is glibc's.
    (expected.data ?? []).forEach((v, i) =>
      expect(Math.abs((numbers[i] as number) - v), call).toBeLessThan(1e-15),
    );
  } else {
    expect(numbers, call).toEqual(expected.data);
  }
}

/**
 * One complete epoch of a shuffling DataLoader: a draw for the workers, then the permutation. The sampler's own
 * generator permutes once more at the end, for the zero items beyond the last whole pass.
 */
function epoch(g: TorchGenerator, n: number, own = false): number[] {
  g.random63();
  const sampler = own ? g : new TorchGenerator(g.random63());
  const order = Array.from(sampler.randperm(n));
  sampler.randperm(n);
  return order;
}

describe.skipIf(!available)("TorchGenerator against the shared recordings", () => {
  const vectors = available ? load("torch.json") : {};
  const scalar = available ? load("torch_scalar.json") : {};

  for (const seed of ["0", "42", "123456789"]) {
    const record = vectors[seed] ?? {};
    const make = () => new TorchGenerator(Number(seed));

    it(`seed ${seed}: every call after manual_seed, vector build`, () => {
      let checked = 0;
      for (const [call, value] of Object.entries(record)) {
        if (!("dtype" in value) || call.startsWith("draws used")) continue;
        check(run(make(), call), call, value);
        checked++;
      }
      expect(checked).toBe(64);
    });

    it(`seed ${seed}: what the scalar build draws otherwise`, () => {
      const entries = Object.entries(scalar[seed] ?? {});
      expect(entries.length).toBeGreaterThan(20);
      for (const [call, value] of entries) {
        const g = new TorchGenerator(Number(seed), { build: "scalar" });
        if ("dtype" in value) check(run(g, call), call, value);
        else for (const step of value as readonly Call[]) check(run(g, step.call), step.call, step);
      }
    });

    it(`seed ${seed}: one program whose state carries over`, () => {
      const g = make();
      for (const step of record["sequence"] as readonly Call[]) check(run(g, step.call), step.call, step);
    });

    it(`seed ${seed}: loaders, samplers and splits`, () => {
      let g = make();
      expect([epoch(g, 10), epoch(g, 10), epoch(g, 10)]).toEqual(
        record["DataLoader(shuffle=True) of 10 items, 3 epochs"],
      );
      g = make();
      const batches = () => {
        const order = epoch(g, 1000);
        return [order.slice(0, 32), order.slice(32, 64)];
      };
      expect([batches(), batches()]).toEqual(
        record[
          "DataLoader(shuffle=True, batch_size=32, drop_last=True) of 1000 items, first two batches of 2 epochs"
        ],
      );
      g = make();
      expect([epoch(g, 10, true), epoch(g, 10, true), epoch(g, 10, true)]).toEqual(
        record["DataLoader(shuffle=True, generator=Generator().manual_seed(seed)) of 10 items, 3 epochs"],
      );
      const split = Array.from(make().randperm(10));
      expect([split.slice(0, 7), split.slice(7)]).toEqual(record["random_split(10 items, [7, 3])"]);
      const sampler = new TorchGenerator(make().random63());
      expect(Array.from(sampler.randint(0, 10, 10), Number)).toEqual(
        record["RandomSampler(10 items, replacement=True)"],
      );
      g = make();
      epoch(g, 10);
      expect(Array.from(g.rand(1))).toEqual(
        (record["draws used: rand(1) after DataLoader epoch of 10"] as Vector).data,
      );
    });
  }
});

const training = new URL("../../../../../shared/data/fixtures/training/", import.meta.url);

/** The tensors of a safetensors file, as far as this test needs types. */
function safetensors(name: string): (tensor: string) => number[] {
  const bytes = readFileSync(new URL(name, training));
  const start = 8 + Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.toString("utf8", 8, start)) as Record<
    string,
    { dtype: string; data_offsets: [number, number] }
  >;
  return (tensor) => {
    const entry = header[tensor];
    if (entry === undefined) throw new Error(`no tensor ${tensor}`);
    const [from, to] = entry.data_offsets;
    const data = new Uint8Array(bytes.subarray(start + from, start + to)).buffer;
    switch (entry.dtype) {
      case "F32":
        return Array.from(new Float32Array(data));
      case "I32":
        return Array.from(new Int32Array(data));
      case "I64":
        return Array.from(new BigInt64Array(data), Number);
      default:
        return Array.from(new Uint8Array(data));
    }
  };
}

describe.skipIf(!existsSync(training))("the random part of the notebook's program", () => {
  for (const draw of [1, 2]) {
    it(`draw ${draw}: data, initial weights, orders and masks`, () => {
      const tensor = safetensors(`notebook_mlp.draw${draw}.safetensors`);
      const numpy = new NumpyRandomState(0);
      for (let i = 1; i < draw; i++) {
        numpy.randn(20000);
        numpy.randint(0, 3, 1000);
      }
      expect(Array.from(Float32Array.from(numpy.randn(20000)))).toEqual(tensor("X"));
      expect(Array.from(numpy.randint(0, 3, 1000), Number)).toEqual(tensor("y"));

      const g = new TorchGenerator(0);
      const layers = [layer(g, 640, 20, 32), layer(g, 96, 32, 3)];
      ["net.0", "net.3"].forEach((name, i) => {
        expect(Array.from(layers[i]?.weight ?? [])).toEqual(tensor(`initial.${name}.weight`));
        expect(Array.from(layers[i]?.bias ?? [])).toEqual(tensor(`initial.${name}.bias`));
      });
      const order: number[] = [];
      const masks: number[] = [];
      for (let pass = 0; pass < 5; pass++) {
        order.push(...epoch(g, 1000));
        for (let batch = 0; batch < 32; batch++) {
          const mask = g.dropoutMask(32 * (batch < 31 ? 32 : 8), 0.2);
          if (pass === 0 && batch < 3) masks.push(...mask);
        }
      }
      expect(order).toEqual(tensor("order"));
      expect(masks).toEqual(tensor("dropout_masks"));
    });
  }
});
