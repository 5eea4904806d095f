import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { ArgumentError, UnsupportedOpError } from "../errors.js";
import { NumpyRandomState } from "./numpy-streams.js";
import type { NumpyInteger } from "./numpy-integers.js";

interface Entry {
  readonly call: string;
  readonly dtype: string;
  readonly data?: readonly (number | string)[];
  readonly sha256?: string;
}
type Drawn =
  | Float64Array
  | Float32Array
  | Int32Array
  | BigInt64Array
  | ReturnType<NumpyRandomState["randint"]>;

// Recorded from NumPy by fixtures/generate/random_streams.py; see provenance in the file.
const recorded = JSON.parse(
  readFileSync(new URL("../../../../fixtures/recorded/random_streams.json", import.meta.url), "utf8"),
) as { readonly numpy: Readonly<Record<string, readonly Entry[]>> };

const WEIGHTS = [0.1, 0.2, 0.3, 0.15, 0.25];

/** Runs one recorded call, e.g. `randint int8 -100 100 9`. */
function run(r: NumpyRandomState, call: string) {
  const words = call.split(" ");
  const number = (i: number) => Number(words[i]);
  switch (words[0]) {
    case "rand":
      return r.rand(number(1));
    case "randn":
      return words[1] === "float32" ? Float32Array.from(r.randn(number(2))) : r.randn(number(1));
    case "uniform":
      return r.uniform(number(1), number(2), number(3));
    case "normal":
      return r.normal(number(1), number(2), number(3));
    case "randint":
      return r.randint(BigInt(words[2] ?? 0), BigInt(words[3] ?? 0), number(4), words[1] as NumpyInteger);
    case "permutation":
      return r.permutation(number(1));
    case "choice": {
      const p = words.includes("weighted") ? { p: WEIGHTS } : {};
      return r.choice(number(1), number(2), { ...p, replace: !words.includes("distinct") });
    }
    case "binomial":
      return r.binomial(number(1), number(2), number(3));
    default:
      throw new Error(call);
  }
}

const sha256 = (a: ArrayBufferView) =>
  createHash("sha256")
    .update(new Uint8Array(a.buffer, a.byteOffset, a.byteLength))
    .digest("hex");

/** Array indices are int64 in NumPy and int32 here; randint's bool is a Uint8Array. */
function check(actual: Drawn, call: string, dtype: string, data?: readonly unknown[], hash?: string): void {
  if (hash !== undefined) {
    const wide =
      actual instanceof Int32Array && dtype === "int64" ? BigInt64Array.from(actual, BigInt) : actual;
    expect(sha256(wide), call).toBe(hash);
  } else {
    expect(Array.from(actual as ArrayLike<number | bigint>, String), call).toEqual(
      (data ?? []).map((v) => String(Number(v) === v || typeof v === "string" ? v : Number(v))),
    );
  }
}

describe("NumpyRandomState against recorded NumPy", () => {
  for (const [seed, sequence] of Object.entries(recorded.numpy)) {
    it(`seed ${seed}: a program of ${sequence.length} calls`, () => {
      const r = new NumpyRandomState(JSON.parse(seed) as number | number[]);
      for (const entry of sequence)
        check(run(r, entry.call), entry.call, entry.dtype, entry.data, entry.sha256);
    });
  }
});

describe("NumpyRandomState", () => {
  it("resumes exactly from a state or clone, with the cached normal", () => {
    const r = new NumpyRandomState(3);
    r.randn(3);
    const state = r.getState();
    const copy = r.clone();
    const draw = (s: NumpyRandomState) => [s.randn(4), s.randint(0, 9, 5), s.random64()];
    const expected = draw(r);
    expect(draw(copy)).toEqual(expected);
    const other = new NumpyRandomState();
    other.setState(state);
    expect(draw(other)).toEqual(expected);
  });

  it("shuffles rows and plain arrays alike", () => {
    const rows = new NumpyRandomState(5).shuffle(
      Int32Array.from({ length: 12 }, (_, i) => i),
      3,
    );
    const single = new NumpyRandomState(5).shuffle([0, 1, 2, 3]);
    expect(Array.from(rows)).toEqual(single.flatMap((i) => [3 * i, 3 * i + 1, 3 * i + 2]));
  });

  it("refuses bad arguments with typed errors", () => {
    const r = new NumpyRandomState(0);
    const bad: readonly (() => unknown)[] = [
      () => r.seed(-1),
      () => r.seed(2 ** 32),
      () => r.seed([1, 0.5]),
      () => r.seed([]),
      () => r.rand(-1),
      () => r.randint(3, 3, 1),
      () => r.randint(0, 257, 1, "uint8"),
      () => r.randint(0, 2, 1, "toString" as NumpyInteger),
      () => r.normal(0, -1, 1),
      () => r.uniform(0, Infinity, 1),
      () => r.shuffle([1, 2, 3], 2),
      () => r.choice(3, 4, { replace: false }),
      () => r.choice(2, 1, { p: [0.5, 0.6] }),
      () => r.choice(2, 1, { p: [-0.5, 1.5] }),
      () => r.choice(2, 1, { p: [1] }),
      () => r.choice(2, 2, { p: [1, 0], replace: false }),
      () => r.choice(0, 1),
      () => r.binomial(5, 2, 1),
    ];
    for (const call of bad) expect(call, call.toString()).toThrow(ArgumentError);
    expect(() => r.binomial(1000, 0.5, 1)).toThrow(UnsupportedOpError);
  });
});

const shared = new URL("../../../../../shared/data/fixtures/rng/numpy.json", import.meta.url);

interface Vector {
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly data?: readonly number[];
  readonly first?: readonly number[];
  readonly last?: readonly number[];
  readonly sha256?: string;
}
interface Notebook {
  readonly X: Vector;
  readonly y: Vector;
}
type Value = Vector | readonly (Vector & { readonly call: string })[] | readonly Notebook[];

const range = (n: number) => BigInt64Array.from({ length: n }, (_, i) => BigInt(i));
const SHARED: Readonly<Record<string, (r: NumpyRandomState) => Drawn>> = {
  "randn(1000,20).astype(float32)": (r) => Float32Array.from(r.randn(20000)),
  "randint(0,256,(4,5)) uint8": (r) => r.randint(0, 256, 20, "uint8"),
  "randint(0,1000,10) int32": (r) => r.randint(0, 1000, 10, "int32"),
  "randint(0,2**40,5)": (r) => r.randint(0, 2 ** 40, 5),
  "shuffle(arange(10))": (r) => r.shuffle(range(10)),
  "shuffle(arange(12).reshape(4,3))": (r) => r.shuffle(range(12), 3),
  "uniform(-1,1,5)": (r) => r.uniform(-1, 1, 5),
  "normal(2,3,5)": (r) => r.normal(2, 3, 5),
  "choice(10, 5)": (r) => r.choice(10, 5),
  "choice(10, 5, replace=False)": (r) => r.choice(10, 5, { replace: false }),
  "choice(4, 8, p=[.1,.2,.3,.4])": (r) => r.choice(4, 8, { p: [0.1, 0.2, 0.3, 0.4] }),
  "binomial(1, .3, 20)": (r) => r.binomial(1, 0.3, 20),
};

function runShared(r: NumpyRandomState, call: string): Drawn {
  const special = SHARED[call];
  if (special) return special(r);
  const [, name, inner] = /^(\w+)\((.*)\)$/.exec(call) ?? [];
  const args = (inner ?? "").split(",").map(Number);
  return run(r, name === "randint" ? `randint int64 ${args.join(" ")}` : `${name} ${args.join(" ")}`);
}

describe.skipIf(!existsSync(shared))("NumpyRandomState against the shared recordings", () => {
  const seeds = existsSync(shared)
    ? (JSON.parse(readFileSync(shared, "utf8")) as { readonly seeds: Record<string, Record<string, Value>> })
        .seeds
    : {};
  for (const seed of ["0", "42", "123456789"]) {
    const record = seeds[seed] ?? {};

    it(`seed ${seed}: every call after np.random.seed`, () => {
      let checked = 0;
      for (const [call, value] of Object.entries(record)) {
        if (!("dtype" in value)) continue;
        check(
          runShared(new NumpyRandomState(Number(seed)), call),
          call,
          value.dtype,
          value.data,
          value.sha256,
        );
        checked++;
      }
      expect(checked).toBe(21);
    });

    it(`seed ${seed}: one program, and the notebook's data`, () => {
      let r = new NumpyRandomState(Number(seed));
      for (const step of record["sequence"] as readonly (Vector & { readonly call: string })[]) {
        check(runShared(r, step.call), step.call, step.dtype, step.data, step.sha256);
      }
      r = new NumpyRandomState(Number(seed));
      for (const { X, y } of record["notebook data"] as readonly Notebook[]) {
        check(Float32Array.from(r.randn(20000)), "X", X.dtype, undefined, X.sha256);
        check(Int32Array.from(r.randint(0, 3, 1000), Number), "y", y.dtype, undefined, y.sha256);
      }
    });
  }
});
