// Whole recurrent layers against core's decompositions in float64: odd sizes, every layout, all options, and the same
// bits for every number of threads and in compiled programs.
import { reference } from "@isoform/backend-reference";
import {
  backward,
  bindAny,
  compile,
  compositeOps,
  createRuntime,
  gru,
  lstm,
  mul,
  rnn,
  scope,
  sum,
  tensor,
  valueAndGrads,
  withTape,
  type Runtime,
  type Tensor,
} from "@isoform/core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Bench, difference, LAYOUTS, random, type Layout, everything } from "../../../test/harness.js";
import { cpu } from "../../backend.js";
import type { Engine } from "../../engine.js";
import type { CpuView } from "../view.js";

const bench = new Bench();
const { engine } = bench;
const kernels = everything(engine).composites;
const ops = compositeOps();
let runtime: Runtime;
beforeAll(async () => {
  runtime = await createRuntime({ backends: [reference()] });
  runtime.use();
});
afterAll(() => runtime.dispose());

let cut = 0;
/** The same engine, whose calls run one after the other but are cut as for three threads. */
const three: Engine = {
  threads: 3,
  module: (key, define) => engine.module(key, define),
  descriptor: (words) => engine.descriptor(words),
  withScratch: (body) => engine.withScratch(body),
  parallel: (calls) => {
    cut = Math.max(cut, calls.length);
    engine.parallel(calls.toReversed());
  },
};
const parts = everything(three).composites;

type Id = "lstm" | "lstmGrad" | "gru" | "gruGrad" | "rnn" | "rnnGrad";
type Size = readonly [steps: number, batch: number, features: number, units: number];
type Shape = readonly number[];

/** Shapes of an op's inputs; those in the places of `optional` may be left out. */
const SHAPES: Readonly<Record<Id, (s: Size) => readonly Shape[]>> = {
  lstm: ([t, b, i, h]) => [[t, b, i], [b, h], [b, h], [4 * h, i], [4 * h, h], [4 * h], [4 * h]],
  lstmGrad: ([t, b, , h]) => [
    [t, b, 4 * h],
    [t, b, h],
    [4 * h, h],
    [t, b, h],
    [b, h],
    [b, h],
  ],
  gru: ([t, b, i, h]) => [[t, b, i], [b, h], [3 * h, i], [3 * h, h], [3 * h], [3 * h]],
  gruGrad: ([t, b, , h]) => [
    [t, b, 4 * h],
    [t, b, h],
    [3 * h, h],
    [t, b, h],
    [b, h],
  ],
  rnn: ([t, b, i, h]) => [[t, b, i], [b, h], [h, i], [h, h], [h], [h]],
  rnnGrad: ([t, b, , h]) => [
    [t, b, h],
    [h, h],
    [t, b, h],
    [b, h],
  ],
};
const OPTIONAL: Readonly<Record<Id, number>> = {
  lstm: 2,
  lstmGrad: 3,
  gru: 2,
  gruGrad: 2,
  rnn: 2,
  rnnGrad: 2,
};
const IDS = Object.keys(SHAPES) as Id[];

const attrsOf = (id: Id, reverse: boolean, save: boolean): object => {
  if (id.startsWith("lstm")) return { reverse, save, activations: ["sigmoid", "tanh", "tanh"] };
  if (id.startsWith("rnn")) return { reverse, activation: "tanh" };
  return { reverse, save, linearBeforeReset: true, activations: ["sigmoid", "tanh"] };
};

/** Inputs in a layout; of the optional ones those whose bit is in `given`. Gradient rules have a null at their end. */
function inputsOf(id: Id, size: Size, given: number, layout: Layout): (CpuView | null)[] {
  const shapes = SHAPES[id](size);
  const first = shapes.length - OPTIONAL[id];
  const next = random(size[1] + given);
  const views = shapes.map((shape, k) => {
    if (k >= first && !((given >> (k - first)) & 1)) return null;
    const size = shape.length === 2 ? 1 / Math.sqrt(shape[1]!) : 0.9;
    return bench.fill("float32", shape, () => (next() * 2 - 1) * size, layout);
  });
  return id.endsWith("Grad") ? [...views, null] : views;
}

function run(from: typeof kernels, id: Id, attrs: object, inputs: readonly (CpuView | null)[]): CpuView[] {
  const outputs = ops[id].infer(inputs, attrs).map((s) => bench.empty(s.dtype, s.shape));
  const kernel = from[id]!;
  expect(kernel.supports!(attrs, inputs)).toBe(true);
  kernel.run(attrs, inputs, outputs);
  return outputs;
}

/** Greatest difference of a kernel's results from the decomposition in float64. */
function worst(id: Id, attrs: object, inputs: readonly (CpuView | null)[]): number {
  const got = run(kernels, id, attrs, inputs).map((v) => bench.numbers(v));
  const want = scope(() => {
    const given = inputs.map((v) => v && tensor(bench.numbers(v), { shape: v.shape, dtype: "float64" }));
    return bindAny(ops[id], given, attrs).map((t) => Array.from(t.dataSync(), Number));
  });
  return Math.max(...got.map((g, i) => difference(g, want[i]!)));
}

const SIZES: readonly Size[] = [
  [1, 6, 1, 1],
  [7, 1, 5, 7],
  [2, 5, 3, 9],
  [4, 4, 8, 16],
  [5, 13, 10, 33],
];

describe.each(IDS)("%s", (id) => {
  it("is the decomposition, for odd sizes and with or without what may be left out", () => {
    for (const size of SIZES) {
      for (let given = 0; given < 2 ** OPTIONAL[id]; given++) {
        for (const reverse of [false, true]) {
          const attrs = attrsOf(id, reverse, given % 2 === 0);
          expect(worst(id, attrs, inputsOf(id, size, given, "contiguous"))).toBeLessThan(1e-6);
        }
      }
    }
  });

  it("is the decomposition in every layout", () => {
    for (const layout of LAYOUTS) {
      for (const reverse of [false, true]) {
        const attrs = attrsOf(id, reverse, true);
        expect(worst(id, attrs, inputsOf(id, [3, 6, 5, 10], 7, layout)), layout).toBeLessThan(1e-6);
        expect(worst(id, attrs, inputsOf(id, [6, 1, 5, 10], 7, layout)), layout).toBeLessThan(1e-6);
      }
    }
  });

  it("is the decomposition where the batch comes before the steps", () => {
    const swapped = (v: CpuView | null): CpuView | null => {
      if (v?.shape.length !== 3) return v;
      const [steps, batch, width] = v.shape as [number, number, number];
      const values = bench.numbers(v);
      const moved = bench.fill("float32", [batch, steps, width], (i) => values[i]!);
      return { ...moved, shape: v.shape, strides: [width, steps * width, 1] };
    };
    const inputs = inputsOf(id, [4, 3, 5, 9], 7, "contiguous").map(swapped);
    expect(worst(id, attrsOf(id, false, true), inputs)).toBeLessThan(1e-6);
  });

  it("is the decomposition for products of several blocks", () => {
    expect(worst(id, attrsOf(id, false, true), inputsOf(id, [2, 3, 530, 180], 7, "contiguous"))).toBeLessThan(
      1e-5,
    );
  });

  it("gives the same bits when it is cut for threads", () => {
    const inputs = inputsOf(id, [6, 22, 64, 130], 7, "contiguous");
    const attrs = attrsOf(id, true, true);
    const whole = run(kernels, id, attrs, inputs).map((v) => bench.read(v));
    cut = 0;
    const cutUp = run(parts, id, attrs, inputs).map((v) => bench.read(v));
    expect(cut).toBe(3);
    expect(cutUp).toEqual(whole);
  });

  it("leaves no scratch memory behind", () => {
    const inputs = inputsOf(id, [3, 5, 4, 6], 7, "transposed");
    const before = bench.engine.heap.stats().live;
    const outputs = run(kernels, id, attrsOf(id, false, false), inputs);
    for (const v of outputs) engine.heap.free(v.buffer, 4 * v.shape.reduce((a, b) => a * b, 1));
    expect(bench.engine.heap.stats().live).toBe(before);
  });

  it("leaves empty arrays, a few rows, other dtypes and other activations to the decomposition", () => {
    const kernel = kernels[id]!;
    const attrs = attrsOf(id, false, false);
    for (const size of [
      [0, 2, 3, 4],
      [2, 0, 3, 4],
      [2, 3, 4, 0],
      [1, 5, 3, 4],
    ] as const) {
      expect(kernel.supports!(attrs, inputsOf(id, size, 7, "contiguous"))).toBe(false);
    }
    const inputs = inputsOf(id, [2, 3, 4, 5], 0, "contiguous");
    const doubles = inputs.map((v) => v && bench.empty("float64", v.shape));
    expect(kernel.supports!(attrs, doubles)).toBe(false);
    const other = { ...attrs, activation: "relu", activations: ["hardSigmoid", "tanh", "tanh"] };
    expect(kernel.supports!(other, inputs)).toBe(false);
  });
});

describe("in a network", () => {
  type Layer = (...t: Tensor[]) => readonly Tensor[];
  const LAYERS: Readonly<Record<"lstm" | "gru" | "rnn", Layer>> = {
    lstm: (x, h, c, w, u, bi, bh) => lstm(x!, h!, c!, w!, u!, bi!, bh!, { reverse: true }),
    gru: (x, h, w, u, bi, bh) => gru(x!, h!, w!, u!, bi!, bh!),
    rnn: (x, h, w, u, bi, bh) => rnn(x!, h!, w!, u!, bi!, bh!),
  };
  const wave = (shape: Shape, seed: number): Tensor =>
    tensor(
      Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(i * 1.3 + seed) * 0.5),
      { shape },
    );
  const loss =
    (layer: Layer) =>
    (...t: Tensor[]): Tensor =>
      layer(...t)
        .map((y) => sum(mul(y, mul(y, y))))
        .reduce((a, b) => mul(a, b));

  it.each(["lstm", "gru", "rnn"] as const)(
    "%s: compiled and eager gradients are the same bits",
    async (id) => {
      for (const threads of [1, 2]) {
        const own = await createRuntime({ backends: [cpu({ threads })] });
        const device = own.use();
        const shapes = SHAPES[id]([9, 24, 40, 50]);
        const numbers = (t: Tensor) => Array.from(t.dataSync(), Number);
        scope(() => {
          const inputs = shapes.map(wave);
          const step = (...t: Tensor[]): Tensor[] => {
            const [value, grads] = valueAndGrads(loss(LAYERS[id]), [...t.keys()])(...t);
            return [value, ...grads];
          };
          const want = step(...inputs).map(numbers);
          const compiled = compile(step, { warmUp: false });
          for (let i = 0; i < 2; i++) expect(compiled(...inputs).map(numbers)).toEqual(want);
          expect(compiled.info().notice).toBeNull();
          compiled.dispose();
        });
        expect(device.memory().storages).toBe(0);
        own.dispose();
      }
      runtime.use();
    },
  );

  it.each(["lstm", "gru", "rnn"] as const)(
    "%s: gradients, and gradients of gradients, are the reference's",
    async (id) => {
      const results: number[][][] = [];
      for (const backend of [reference(), cpu({ threads: 1 })]) {
        const own = await createRuntime({ backends: [backend] });
        own.use();
        const found = scope(() => {
          const inputs = SHAPES[id]([3, 4, 2, 5]).map(wave);
          const wrt = [...inputs.keys()];
          const first = (...t: Tensor[]): Tensor =>
            valueAndGrads(
              loss(LAYERS[id]),
              wrt,
            )(...t)[1]
              .map((g) => sum(mul(g, g)))
              .reduce((a, b) => mul(a, b));
          const grads = valueAndGrads(loss(LAYERS[id]), wrt)(...inputs)[1];
          const second = valueAndGrads(first, wrt)(...inputs)[1];
          return [...grads, ...second].map((t) => Array.from(t.dataSync(), Number));
        });
        results.push(found);
        own.dispose();
      }
      const [want, got] = results as [number[][], number[][]];
      got.forEach((g, i) => {
        const size = Math.max(1e-3, ...want[i]!.map(Math.abs));
        expect(difference(g, want[i]!, size)).toBeLessThan(1e-5);
      });
      runtime.use();
    },
  );

  it("saves no gates where no gradient is recorded, and gives back what it saved", async () => {
    const own = await createRuntime({ backends: [cpu({ threads: 1 })] });
    const device = own.use();
    const [steps, batch, units] = [20, 8, 16];
    const inputs = scope(() =>
      SHAPES.lstm([steps, batch, 4, units])
        .map(wave)
        .map((t) => mul(t, 1)),
    );
    const before = device.memory();
    scope(() => void LAYERS.lstm(...inputs));
    expect(device.memory().peakBytes - before.bytes).toBeLessThan(1.1 * 4 * batch * units * (steps + 2));
    scope(() =>
      withTape(() => {
        const [y] = LAYERS.lstm(...inputs);
        backward([y!], [null], { sources: [] });
      }),
    );
    expect(device.memory().bytes).toBe(before.bytes);
    own.dispose();
    runtime.use();
  });
});
