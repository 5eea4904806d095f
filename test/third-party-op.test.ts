// A third party's composite op: its own file, no registration, gradients and traces for free, a fused kernel if it likes.
import { afterAll, expect, it } from "vitest";
import { reference, type ReferenceBuffer } from "@isoform/backend-reference";
import {
  add,
  bind,
  bindAny,
  createRuntime,
  defineOp,
  disposeGraph,
  grad,
  mul,
  printGraph,
  scope,
  sum,
  tanh,
  tensor,
  trace,
  verifyGraph,
  type Backend,
  type Op,
  type Tensor,
} from "@isoform/core";

declare module "@isoform/core" {
  interface OpTable {
    "acme.snake": {
      readonly tier: "comp";
      readonly in: readonly ["x"];
      readonly attrs: { readonly rate: number };
    };
  }
}

/** x + tanh(rate·x), an op that core does not know. */
const snakeOp: Op<"acme.snake"> = defineOp("acme.snake", {
  infer: ([x]) => [x],
  decompose: ([x], { rate }) => [add(x, tanh(mul(x, rate)))],
});
const snake = (x: Tensor, rate: number): Tensor => bind(snakeOp, [x], { rate })[0];

const calls: number[] = [];
/** The reference backend with a fused kernel that only takes rate 2. */
function fused(): Backend<ReferenceBuffer> {
  const base = reference();
  return {
    ...base,
    name: "fused",
    alloc: (bytes) => base.alloc(bytes),
    free: (buffer, bytes) => base.free(buffer, bytes),
    write: (buffer, at, data) => base.write(buffer, at, data),
    read: (buffer, at, bytes) => base.read(buffer, at, bytes),
    readSync: (buffer, at, bytes) => base.readSync!(buffer, at, bytes),
    composites: {
      "acme.snake": {
        supports: (attrs) => "rate" in attrs && attrs.rate === 2,
        run: (_attrs, [x], [out]) => {
          calls.push(1);
          base.kernels.binary("add", x!, x!, out!);
        },
      },
    },
  };
}

const runtime = await createRuntime({ backends: [reference(), fused()] });
afterAll(() => runtime.dispose());

const expected = (x: number, rate: number) => x + Math.tanh(rate * x);

it("runs by its decomposition on a backend that does not know it", () => {
  runtime.use("reference");
  const values = scope(() => snake(tensor([0.5, -1], { dtype: "float64" }), 3).dataSync());
  expect([...values].map(Number)).toEqual([expected(0.5, 3), expected(-1, 3)]);
});

it("has gradients of any order and stays one node of a trace", () => {
  runtime.use("reference");
  const x = tensor([0.5], { dtype: "float64" });
  const d2 = grad((a) => sum(grad((b) => sum(snake(b, 1)))(a)))(x);
  const t = Math.tanh(0.5);
  expect(Number(d2.itemSync())).toBeCloseTo(-2 * t * (1 - t * t), 12);
  const graph = trace((a) => snake(a, 1), [{ shape: [2], dtype: "float32" }]);
  verifyGraph(graph);
  expect(printGraph(graph)).toContain("acme.snake %0 {rate=1}");
  const node = graph.nodes[0]!;
  expect(bindAny(node.op, [x], node.attrs)[0]!.shape).toEqual([1]);
  disposeGraph(graph);
});

it("uses a backend's fused kernel where it supports the attributes, and the decomposition elsewhere", () => {
  runtime.use("fused");
  const x = tensor([1, 2], { dtype: "float64" });
  expect([...snake(x, 2).dataSync()]).toEqual([2, 4]);
  expect(calls.length).toBe(1);
  expect(Number(snake(x, 3).dataSync()[0])).toBe(expected(1, 3));
  expect(calls.length).toBe(1);
});
