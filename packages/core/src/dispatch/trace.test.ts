// Tracing, printing, evaluating: a traced graph gives what eager execution gives.
import { reference } from "@isoform/backend-reference";
import { beforeEach, describe, expect, it } from "vitest";
import {
  add,
  conv,
  disposeGraph,
  evaluateGraph,
  full,
  grad,
  inferSpecs,
  keep,
  LifetimeError,
  linear,
  matmul,
  max,
  mul,
  printGraph,
  relu,
  reshape,
  scope,
  setBackend,
  ShapeError,
  softmax,
  sort,
  sum,
  tensor,
  trace,
  transpose,
  verifyGraph,
  withName,
  type Device,
  type Tensor,
  type TensorSpec,
} from "../index.js";

let device: Device;
beforeEach(async () => {
  device = await setBackend(reference({ poison: true }));
});
const spec = (...shape: number[]): TensorSpec => ({ shape, dtype: "float32" });
const ramp = (...shape: number[]) =>
  tensor(
    Array.from({ length: shape.reduce((p, n) => p * n, 1) }, (_, i) => ((i * 7) % 11) / 4 - 1),
    { shape },
  );

const functions: readonly (readonly [
  string,
  readonly TensorSpec[],
  (...xs: Tensor[]) => Tensor | Tensor[],
])[] = [
  ["elementwise with scalars and broadcasting", [spec(2, 3), spec(3)], (a, b) => add(mul(a, b), 2)],
  ["views and contraction", [spec(2, 3), spec(2, 4)], (a, b) => matmul(transpose(a), b)],
  ["several outputs", [spec(2, 5)], (a) => [...sort(a), max(a, 1)]],
  ["an input as output", [spec(2)], (a) => [a, add(a, a), a]],
  ["composites", [spec(2, 3), spec(4, 3), spec(4)], (x, w, b) => softmax(relu(linear(x, w, b)), 1)],
  [
    "convolution",
    [spec(1, 2, 4, 4), spec(3, 2, 3, 3)],
    (x, w) =>
      reshape(
        conv(x, w, {
          padding: [
            [1, 1],
            [1, 1],
          ],
        }),
        [1, -1],
      ),
  ],
  ["a gradient", [spec(2, 3)], (x) => grad((t) => sum(mul(relu(t), t)))(x)],
];

describe("trace", () => {
  for (const [name, specs, fn] of functions) {
    it(`of ${name} evaluates to what eager execution gives`, () => {
      const before = device.memory().storages;
      scope(() => {
        const graph = trace(fn, specs);
        verifyGraph(graph);
        const inputs = specs.map((s) => ramp(...s.shape));
        const eager = fn(...inputs);
        const found = evaluateGraph(graph, inputs);
        const expected = Array.isArray(eager) ? eager : [eager];
        expect(found.map((t) => t.dataSync())).toEqual(expected.map((t) => t.dataSync()));
        expect(graph.outputs.map((v) => [v.dtype, v.shape])).toEqual(expected.map((t) => [t.dtype, t.shape]));
        disposeGraph(graph);
      });
      expect(device.memory().storages).toBe(before);
    });
  }

  it("computes nothing and prints one line per node", () => {
    const before = device.memory().peakBytes;
    const graph = trace((x, w) => withName("dense", () => relu(matmul(x, w))), [spec(2, 3), spec(3, 4)], {
      names: ["x", "w"],
    });
    expect(device.memory().peakBytes).toBe(before);
    expect(printGraph(graph)).toBe(
      [
        'graph(%0:float32[2,3] "x", %1:float32[3,4] "w") {',
        "  %2:float32[2,4] = matmul %0 %1  # dense",
        "  %3:float32[2,4] = relu %2  # dense",
        "  return %3",
        "}",
      ].join("\n"),
    );
  });

  it("holds constants until it is disposed", () => {
    const w = full([3], 2);
    const graph = trace((x) => mul(x, w), [spec(3)]);
    w.dispose();
    expect(device.memory().storages).toBe(1);
    scope(() => expect(evaluateGraph(graph, [full([3], 4)])[0]!.toArraySync()).toEqual([8, 8, 8]));
    disposeGraph(graph);
    expect(device.memory().storages).toBe(0);
  });

  it("releases values after their last use", () => {
    const graph = trace(
      (x) => {
        let y = x;
        for (let i = 0; i < 20; i++) y = mul(y, 1.5);
        return y;
      },
      [spec(1000)],
    );
    const x = keep(full([1000], 1));
    const base = device.memory().bytes;
    evaluateGraph(graph, [x])[0]!.dispose();
    expect(device.memory().peakBytes - base).toBeLessThan(4000 * 4);
    expect(device.memory().bytes).toBe(base);
  });

  it("infers without a trace left over", () => {
    expect(inferSpecs((x) => reshape(x, [-1]), [spec(2, 3)])).toEqual([spec(6)]);
  });

  it("refuses values while tracing, promises and traced tensors outside", () => {
    let escaped: Tensor | null = null;
    expect(() => trace((x) => add(x, Number(x.dataSync()[0])), [spec(1)])).toThrow(LifetimeError);
    expect(() => trace((() => Promise.resolve(full([1], 1))) as never, [])).toThrow(/must not be async/);
    trace((x) => (escaped = x), [spec(2)]);
    expect(() => add(escaped!, 1)).toThrow(/after its trace ended/);
    expect(device.memory().storages).toBe(0);
  });

  it("checks the inputs of an evaluation", () => {
    const graph = trace((x) => add(x, x), [spec(2)]);
    expect(() => evaluateGraph(graph, [])).toThrow(/0 inputs given/);
    expect(() => evaluateGraph(graph, [full([3], 1)])).toThrow(ShapeError);
    expect(() => evaluateGraph(graph, [full([2], 1, "float64")])).toThrow(/float32\[2\]/);
  });

  it("keeps the gradient of an evaluated graph", () => {
    const graph = trace((x) => sum(mul(x, x)), [spec(2)]);
    expect(grad((x) => evaluateGraph(graph, [x])[0]!)(tensor([3, 4])).toArraySync()).toEqual([6, 8]);
  });
});
