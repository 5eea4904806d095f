// Backends of parts: what is there agrees with the whole backend, what is missing says what to add.
import {
  add,
  ArgumentError,
  attention as attend,
  batchNorm,
  compile,
  conv,
  lstm,
  matmul,
  maxPool,
  mul,
  scope,
  setBackend,
  sort,
  tensor,
  UnsupportedOpError,
  reshape,
  fromTypedArray,
  relu,
  softmax,
  sum,
  valueAndGrads,
  type Tensor,
} from "@isoform/core";
import { describe, expect, it } from "vitest";
import {
  attention,
  batchNormalization,
  convolution,
  cpu,
  cpuOf,
  fallback,
  pooling,
  recurrence,
  sorting,
  workers,
  type CpuPart,
} from "./index.js";

const wave = (shape: readonly number[], seed: number): Tensor => {
  const n = shape.reduce((a, b) => a * b, 1);
  return reshape(fromTypedArray(Float32Array.from({ length: n }, (_, i) => Math.sin(i * 1.7 + seed))), shape);
};
const pool = { window: [2, 2], strides: [2, 2], padding: [[0, 0] as const, [0, 0] as const] };

const USES: Readonly<Record<string, () => Tensor>> = {
  convolution: () => conv(wave([1, 2, 5, 5], 1), wave([3, 2, 3, 3], 2)),
  pooling: () => maxPool(wave([1, 2, 6, 6], 1), pool),
  sorting: () => sort(wave([7], 3))[0],
  fallback: () => matmul(tensor([[1, 2]], { dtype: "int64" }), tensor([[3], [4]], { dtype: "int64" })),
};
const STEPS: readonly (readonly [op: string, part: CpuPart, program: () => Tensor])[] = [
  [
    "lstm",
    recurrence,
    () => {
      const [x, w, u] = [wave([4, 3, 5], 1), wave([16, 5], 2), wave([16, 4], 3)];
      return lstm(x, wave([3, 4], 4), wave([3, 4], 5), w, u)[0]!;
    },
  ],
  [
    "batchNorm",
    batchNormalization,
    () => batchNorm(wave([2, 3, 4], 1), wave([3], 2), tensor([0.5, 1, 2]), wave([3], 3), wave([3], 4)),
  ],
  [
    "attention",
    attention,
    () => attend(wave([2, 5, 4], 1), wave([2, 7, 4], 2), wave([2, 7, 3], 3), null, { causal: true }),
  ],
];
const training = (): Tensor => {
  const [x, w] = [wave([4, 3], 1), wave([3, 5], 2)];
  const [loss, [g]] = valueAndGrads(
    (v: Tensor) => sum(mul(softmax(relu(matmul(x, v)), 1), wave([4, 5], 3))),
    [0],
  )(w);
  return add(g!, loss);
};

async function results(
  parts: readonly CpuPart[] | null,
  ...programs: (() => Tensor)[]
): Promise<unknown[][]> {
  const backend = parts === null ? cpu({ threads: 1 }) : cpuOf(parts, { threads: 1 });
  await setBackend(backend);
  return scope(() => programs.map((program) => [...program().dataSync()]));
}
const caught = (program: () => unknown): unknown => {
  try {
    return program();
  } catch (error) {
    return error;
  }
};

describe("cpuOf", () => {
  const PARTS = { convolution, pooling, sorting, fallback };

  it.each(Object.entries(PARTS))("with %s alone computes what cpu() computes", async (name, part) => {
    const [want, got] = [await results(null, USES[name]!), await results([part], USES[name]!)];
    expect(got).toEqual(want);
  });

  it.each(Object.keys(PARTS))(
    "without %s says what to add, eagerly and when a step is compiled",
    async (name) => {
      await setBackend(cpuOf([]));
      const step = compile(USES[name]!);
      for (const program of [USES[name]!, () => step(), () => step()]) {
        const error = caught(() => scope(() => void program()));
        expect(error).toBeInstanceOf(UnsupportedOpError);
        expect(error).toMatchObject({
          code: "backend/part-missing",
          hint: expect.stringContaining(`\`${name}\``),
        });
      }
    },
  );

  it("names the fallback where the part of a family is there", async () => {
    await setBackend(cpuOf([convolution]));
    const ints = (shape: number[]): Tensor =>
      reshape(tensor(new Array(9).fill(1), { dtype: "int64" }), shape);
    const error = caught(() => conv(ints([1, 1, 3, 3]), ints([1, 1, 3, 3])));
    expect(error).toMatchObject({ hint: expect.stringContaining("`fallback`") });
  });

  it("needs no parts for a training step", async () => {
    const [want, got] = [await results(null, training), await results([], training)];
    expect(got).toEqual(want);
    expect(Math.max(...(want[0] as number[]).map(Math.abs))).toBeGreaterThan(0.1);
  });

  it.each(STEPS)("%s is computed step by step without its part", async (op, part, program) => {
    expect(Object.keys(cpuOf([part]).composites ?? {})).toContain(op);
    expect(Object.keys(cpuOf([]).composites ?? {})).not.toContain(op);
    const [fused, plain] = [await results([part], program), await results([], program)];
    (plain[0] as number[]).forEach((v, k) => expect(v).toBeCloseTo((fused[0] as number[])[k]!, 5));
  });

  it("computes on one thread without workers, and says so", async () => {
    expect(cpuOf([], { threads: 2 })).toMatchObject({
      threads: 1,
      notice: expect.stringContaining("workers"),
    });
    expect(cpuOf([]).notice).toBeNull();
    const two = cpuOf([workers], { threads: 2 });
    await two.startThreads();
    expect(two).toMatchObject({ threads: 2, notice: null });
    two.dispose();
  });

  it("refuses what is no list of parts", () => {
    const wrong: unknown[] = [null, undefined, {}, "convolution", [null], ["convolution"], [{}]];
    for (const parts of wrong) {
      expect(caught(() => Reflect.apply(cpuOf, null, [parts]))).toBeInstanceOf(ArgumentError);
    }
  });

  it("has parts that go by their names", () => {
    const parts = {
      attention,
      batchNormalization,
      convolution,
      fallback,
      pooling,
      recurrence,
      sorting,
      workers,
    };
    for (const [name, part] of Object.entries(parts)) expect(part.name).toBe(name);
  });
});
