import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { ArgumentError } from "../errors.js";
import type { TypedArray } from "../tensor/dtype.js";
import { TORCH_DEFAULT_SEED, TorchGenerator } from "./torch-streams.js";

// Recorded from PyTorch by fixtures/generate/random_streams.py; see provenance in the file.
interface Entry {
  readonly call: string;
  readonly dtype?: string;
  readonly data?: readonly (number | string)[];
  readonly size?: number;
  readonly sha256?: string;
}
interface Recorded {
  readonly torch: Readonly<Record<string, readonly Entry[]>>;
  readonly scalar: Readonly<Record<string, Readonly<Record<string, Entry>>>>;
  readonly state: { readonly base64: string; readonly randn3: number[]; readonly rand3: number[] };
}
const recorded = JSON.parse(
  readFileSync(new URL("../../../../fixtures/recorded/random_streams.json", import.meta.url), "utf8"),
) as Recorded;

function make(type: string, n: number): TypedArray {
  switch (type) {
    case "f32":
    case "float32":
      return new Float32Array(n);
    case "f64":
    case "float64":
      return new Float64Array(n);
    case "int64":
      return new BigInt64Array(n);
    case "int32":
      return new Int32Array(n);
    case "int16":
      return new Int16Array(n);
    case "int8":
      return new Int8Array(n);
    case "uint8":
      return new Uint8Array(n);
    default:
      throw new Error(type);
  }
}

function float(type: string, n: number): Float32Array | Float64Array {
  return type === "f64" ? new Float64Array(n) : new Float32Array(n);
}

/** Runs one recorded call, e.g. `uniform f32 -0.3 0.7 40`. */
function run(g: TorchGenerator, call: string): TypedArray {
  const words = call.split(" ");
  const n = Number(words.at(-1));
  const type = words[1] as string;
  const number = (i: number) => Number(words[i]);
  switch (words[0]) {
    case "rand":
      return g.uniform_(float(type, n));
    case "uniform":
      return g.uniform_(float(type, n), number(2), number(3));
    case "normal":
      return g.normal_(float(type, n), number(2), number(3));
    case "randint":
      return g.random_(make(type, n), BigInt(words[2] as string), BigInt(words[3] as string));
    case "random":
      return g.random_(make(type, n));
    case "randperm":
      return BigInt64Array.from(g.randperm(n), BigInt);
    case "bernoulli_":
      return g.bernoulli_(new Float32Array(n), number(1));
    case "bernoulli":
      return g.bernoulli(float(type, n).fill(number(2)));
    case "dropout":
      return g.dropoutMask(n, number(1));
    case "exponential":
      return g.exponential_(float(type, n), number(2));
    default:
      throw new Error(call);
  }
}

const sha256 = (a: ArrayBufferView) =>
  createHash("sha256")
    .update(new Uint8Array(a.buffer, a.byteOffset, a.byteLength))
    .digest("hex");

/**
 * The float64 logarithms and sines behind these are glibc's, which change between its versions and are not always
 * correctly rounded as ours are: their last bit may differ. Gives the scale of the value it is a bit of.
 */
function lastBitScale(call: string): number | undefined {
  if (!/^(normal|exponential) f64/.test(call)) return undefined;
  return call.startsWith("normal") ? Number(call.split(" ")[3]) : 1;
}

function check(actual: TypedArray, entry: Entry): void {
  const scale = lastBitScale(entry.call);
  if (entry.data === undefined) {
    expect(actual.length).toBe(entry.size);
    expect(sha256(actual), entry.call).toBe(entry.sha256);
  } else if (scale !== undefined) {
    entry.data.forEach((expected, i) => {
      const error = Math.abs(Number(actual[i]) - Number(expected));
      expect(error, entry.call).toBeLessThanOrEqual(2 ** -51 * (scale + Math.abs(Number(expected))));
    });
  } else {
    expect(Array.from(actual, String), entry.call).toEqual(entry.data.map(String));
  }
}

describe("TorchGenerator against recorded PyTorch 2.13", () => {
  for (const [seed, sequence] of Object.entries(recorded.torch)) {
    for (const build of ["vector", "scalar"] as const) {
      it(`seed ${seed}, ${build} build: a program of ${sequence.length} calls and its states`, () => {
        const g = new TorchGenerator(BigInt(seed), { build });
        sequence.forEach((entry, i) => {
          const expected = (build === "scalar" && recorded.scalar[seed]?.[String(i)]) || entry;
          // The bytes of a state hold a cached float64 normal, whose last bit is open too.
          if (entry.call === "state") {
            const bytes = g.getState();
            const hasCache = new DataView(bytes.buffer).getInt32(5040, true) !== 0;
            if (!hasCache) expect(sha256(bytes), `state after ${i / 2} calls`).toBe(expected.sha256);
          } else {
            check(run(g, entry.call), expected);
          }
        });
      });
    }
  }

  it("continues from the bytes of torch.get_rng_state()", () => {
    const g = new TorchGenerator().setState(Uint8Array.from(Buffer.from(recorded.state.base64, "base64")));
    expect(g.initialSeed()).toBe(5n);
    expect(Buffer.from(g.getState()).toString("base64")).toBe(recorded.state.base64);
    expect(Array.from(g.randn(3))).toEqual(recorded.state.randn3);
    expect(Array.from(g.rand(3))).toEqual(recorded.state.rand3);
  });
});

describe("TorchGenerator", () => {
  it("starts from PyTorch's default seed and takes the low 32 bits of others", () => {
    expect(new TorchGenerator().initialSeed()).toBe(TORCH_DEFAULT_SEED);
    expect(new TorchGenerator(-1).initialSeed()).toBe(2n ** 64n - 1n);
    expect(new TorchGenerator(2 ** 32 + 5).rand(4)).toEqual(new TorchGenerator(5).rand(4));
  });

  it("resumes exactly from a state or clone, with the cached normal", () => {
    const g = new TorchGenerator(9);
    g.randn(3);
    const state = g.getState();
    const copy = g.clone();
    const expected = [g.randn(3), g.randn(40), g.rand(700), g.randn(2)];
    const draw = (h: TorchGenerator) => [h.randn(3), h.randn(40), h.rand(700), h.randn(2)];
    expect(draw(copy)).toEqual(expected);
    expect(draw(new TorchGenerator().setState(state))).toEqual(expected);
  });

  it("reseeding forgets the cached normal", () => {
    const g = new TorchGenerator(9);
    const first = g.randn(1);
    g.manualSeed(9);
    expect(g.randn(1)).toEqual(first);
  });

  it("seed() takes entropy and can be repeated from its result", () => {
    const g = new TorchGenerator(0);
    const seed = g.seed();
    expect(seed).toBeLessThan(2n ** 53n);
    expect(g.rand(3)).toEqual(new TorchGenerator(seed).rand(3));
  });

  it("draws nothing for empty outputs", () => {
    const g = new TorchGenerator(4);
    g.rand(0);
    g.randn(0);
    g.randperm(0);
    g.randperm(1);
    g.dropoutMask(0, 0.5);
    expect(g.random32()).toBe(new TorchGenerator(4).random32());
  });

  it("64-bit draws have the first word high", () => {
    const words = new TorchGenerator(4);
    const expected = (BigInt(words.random32()) << 32n) | BigInt(words.random32());
    expect(new TorchGenerator(4).random64()).toBe(expected);
    expect(new TorchGenerator(4).random63()).toBe(expected & (2n ** 63n - 1n));
  });

  it("refuses bad arguments with typed errors", () => {
    const g = new TorchGenerator();
    const bad: readonly (() => unknown)[] = [
      () => g.manualSeed(1.5),
      () => g.manualSeed(2n ** 64n),
      () => g.rand(-1),
      () => g.randn(1.5),
      () => g.randperm(Number.NaN),
      () => g.uniform_(new Float32Array(1), 2, 1),
      () => g.uniform_(new Float32Array(1), -3e38, 3e38),
      () => g.normal_(new Float32Array(1), 0, -1),
      () => g.randint(3, 3, 1),
      () => g.randint(0.5, 3, 1),
      () => g.random_(new Uint8Array(1), 0, 257),
      () => g.random_(new Int8Array(1), -129, 0),
      () => g.bernoulli_(new Uint8Array(1), 1.5),
      () => g.bernoulli(Float32Array.of(Number.NaN)),
      () => g.dropoutMask(3, -0.1),
      () => g.exponential_(new Float32Array(1), 0),
      () => g.setState(new Uint8Array(5055)),
      () => g.setState(new Uint8Array(5056)),
    ];
    for (const call of bad) expect(call, call.toString()).toThrow(ArgumentError);
  });

  it("draws the same in one call as in several", () => {
    const [one, several] = [new TorchGenerator(7), new TorchGenerator(7)];
    const many = one.bernoulli_(new Uint8Array(10_001), 0.3);
    const pieces = [5000, 4096, 905].map((n) => several.bernoulli_(new Uint8Array(n), 0.3));
    expect(Array.from(many)).toEqual(pieces.flatMap((part) => Array.from(part)));
    const p = Float32Array.from({ length: 9000 }, (_, i) => i / 9000);
    const halves = [several.bernoulli(p.slice(0, 4500)), several.bernoulli(p.slice(4500))];
    const whole = new TorchGenerator(7);
    whole.bernoulli_(new Uint8Array(10_001), 0.3);
    expect(Array.from(whole.bernoulli(p))).toEqual(halves.flatMap((part) => Array.from(part)));
  });

  it("refuses every state with a broken register", () => {
    const good = new TorchGenerator(1).getState();
    for (const at of [8, 11, 12, 18, 20, 28, 5012]) {
      const bytes = good.slice();
      bytes[at] = 0x7f;
      expect(() => new TorchGenerator().setState(bytes), String(at)).toThrow(ArgumentError);
    }
  });
});
