// Units of programs that work in parts: which kernels do, with what loops, and that they give what eager ops give. Loops
// that run on their own are counted, so that fusion which is lost fails here.
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import {
  add,
  compile,
  conv,
  div,
  gelu,
  lt,
  matmul,
  max,
  maxPool,
  mul,
  relu,
  scope,
  setBackend,
  sqrt,
  sub,
  sum,
  tanh,
  tensor,
  transpose,
  valueAndGrads,
  verifyGraph,
  type Tensor,
} from "@isoform/core";
import { cpu } from "../backend.js";
import { FusedLoop } from "./fused.js";
import { Recorder } from "./recorder.js";

const wave = (shape: readonly number[], seed = 0): Tensor => {
  const n = shape.reduce((a, b) => a * b, 1);
  return tensor(
    Array.from({ length: n }, (_, i) => Math.sin(i * 1.3 + seed) * 1.5),
    { shape: [...shape] },
  );
};

type Shape = readonly number[];
type Fn = (...args: Tensor[]) => Tensor | readonly Tensor[];
interface Case {
  readonly name: string;
  readonly fn: Fn;
  /** Of the arguments. */
  readonly shapes: readonly Shape[];
}
const given = (name: string, fn: Fn, ...shapes: Shape[]): Case => ({ name, fn, shapes });

/** Holds a compiled function against the eager one: parts of its loops, and loops that run on their own. */
function fused(fn: Fn, shapes: readonly Shape[]): { parts: number; loops: number } {
  const part = vi.spyOn(FusedLoop.prototype, "part").mockClear();
  const record = vi.spyOn(FusedLoop.prototype, "record").mockClear();
  scope(() => {
    const args = shapes.map((shape, i) => wave(shape, i));
    const want = [fn(...args)].flat();
    const compiled = compile(fn, { warmUp: false, verify: verifyGraph });
    for (let run = 0; run < 2; run++) {
      compiled(...args).forEach((t, i) => expect(t.dataSync()).toEqual(want[i]!.dataSync()));
    }
    expect(compiled.info().notice).toBeNull();
    compiled.dispose();
  });
  return { parts: part.mock.calls.length, loops: record.mock.calls.length };
}
afterEach(() => vi.restoreAllMocks());

const same = { padding: [[1, 1] as const, [1, 1] as const] };
const pool = { window: [2, 2], strides: [2, 2], padding: [[0, 0] as const, [0, 0] as const] };
const bias = (channels: number): Shape => [1, channels, 1, 1];
const convolved =
  (options: Parameters<typeof conv>[2] = {}): Fn =>
  (x, w, b) =>
    relu(add(conv(x!, w!, options), b!));
const linear: Fn = (a, b, c) => relu(add(matmul(a!, b!), c!));

const HEADS: readonly Case[] = [
  given("each channel", convolved({ ...same, groups: 5 }), [1, 5, 9, 11], [5, 1, 3, 3], bias(5)),
  given("each channel of images", convolved({ ...same, groups: 3 }), [4, 3, 5, 7], [6, 1, 3, 3], bias(6)),
  given(
    "each channel, normalised, with another one added",
    (x, w, scale, shift, y) => add(relu(add(mul(conv(x!, w!, { ...same, groups: 5 }), scale!), shift!)), y!),
    [2, 5, 9, 11],
    [5, 1, 3, 3],
    bias(5),
    bias(5),
    [2, 5, 9, 11],
  ),
  given("pooling", (x) => add(maxPool(x!, pool), 1), [3, 4, 8, 10]),
];

const TAILS: readonly Case[] = [
  given("rows", (x, y) => sum(mul(sub(x!, y!), x!), [1]), [23, 37], [23, 37]),
  given(
    "rows that are needed themselves",
    (x) => {
      const y = mul(x!, x!);
      return [y, sum(y, [1])];
    },
    [23, 37],
  ),
  given("rows for the greatest", (x) => max(tanh(x!), [-1]), [4, 6, 35]),
  given("all there is", (x, y) => sum(mul(sub(x!, y!), x!)), [300, 400], [300, 400]),
  given("channels", (x, m) => sum(mul(sub(x!, m!), x!), [0, 2, 3]), [5, 7, 6, 5], bias(7)),
];

const ALONE: readonly Case[] = [
  given("products in batches", (a, b) => mul(matmul(a!, b!), 0.5), [3, 4, 5, 7], [3, 1, 7, 6]),
  given(
    "products with other ones added",
    (a, b, c) => relu(add(matmul(a!, b!), c!)),
    [5, 6, 7],
    [5, 7, 9],
    [5, 6, 9],
  ),
  given(
    "products with transposed ones added",
    (a, b, c) => relu(add(matmul(a!, b!), transpose(c!))),
    [5, 6, 7],
    [5, 7, 9],
    [9, 6, 5],
  ),
  given(
    "products that are needed themselves",
    (a, b) => {
      const c = matmul(a!, b!);
      return [c, add(relu(c), 1)];
    },
    [5, 6, 7],
    [5, 7, 9],
  ),
  given(
    "products of which a mask is made as well",
    (a, b, c) => {
      const y = add(matmul(a!, b!), c!);
      return [gelu(y), lt(y, 0)];
    },
    [5, 6, 7],
    [5, 7, 9],
    [9],
  ),
  given("1x1 of images", convolved(), [3, 5, 4, 5], [7, 5, 1, 1], bias(7)),
  given("1x1 in groups", convolved({ groups: 2 }), [2, 6, 9, 7], [4, 3, 1, 1], bias(4)),
  given("a vector's product", linear, [1, 50], [50, 90], [90]),
  given("a convolution by patches", convolved(same), [3, 3, 9, 16], [5, 3, 3, 3], bias(5)),
  given("few positions of many images", convolved(same), [9, 5, 3, 3], [7, 5, 3, 3], bias(7)),
  given(
    "one place of a convolution with gaps, which a copy puts in its place",
    (x, w, b) =>
      relu(
        add(
          conv(x!, w!, {
            lhsDilation: [2, 2],
            padding: [
              [-1, 0],
              [-1, 0],
            ],
            groups: 5,
          }),
          b!,
        ),
      ),
    [2, 5, 2, 2],
    [5, 1, 2, 2],
    bias(5),
  ),
  given("sums of columns", (x) => sum(mul(x!, x!), [0]), [40, 90]),
  given("sums along every other axis, of a copy", (x) => sum(mul(x!, x!), [0, 2, 4]), [3, 4, 5, 6, 7]),
  given(
    "a loop of many arrays after products",
    (a, b, p, m, v) => {
      const g = matmul(a!, b!);
      const [nextM, nextV] = [add(mul(m!, 0.9), g), add(mul(v!, 0.9), mul(g, g))];
      return [nextM, nextV, sub(p!, div(nextM, add(sqrt(nextV), 1)))];
    },
    [5, 6, 7],
    [5, 7, 9],
    [5, 6, 9],
    [5, 6, 9],
    [5, 6, 9],
  ),
];

describe.each([1, 2])("on %i threads", (threads) => {
  beforeAll(async () => {
    const backend = cpu({ threads });
    await setBackend(backend);
    return () => backend.dispose();
  });
  beforeEach(() => void vi.spyOn(Recorder.prototype, "partBytes", "get").mockReturnValue(256));

  it.each(HEADS)("a loop takes turns with $name", ({ fn, shapes }) => {
    const { parts, loops } = fused(fn, shapes);
    expect(parts).toBeGreaterThan(1);
    expect(loops).toBe(0);
  });
  it.each(TAILS)("a loop takes turns with the reduction of $name", ({ fn, shapes }) => {
    const { parts, loops } = fused(fn, shapes);
    expect(parts).toBeGreaterThan(1);
    expect(loops).toBe(0);
  });
  it.each(ALONE)("a loop runs on its own: $name", ({ fn, shapes }) => {
    expect(fused(fn, shapes).loops).toBe(1);
  });
  it("the gradient of pooling has the mask applied part by part", () => {
    const gradient: Fn = (x, g) =>
      valueAndGrads((y) => sum(mul(maxPool(relu(add(y!, 1)), pool), g!)), [0])(x!)[1];
    const { parts, loops } = fused(gradient, [
      [3, 4, 8, 10],
      [3, 4, 4, 5],
    ]);
    expect(parts).toBeGreaterThan(1);
    // The activation and its mask.
    expect(loops).toBe(1);
  });
});

it("parts of programs are as large as caches like them", async () => {
  await setBackend(cpu());
  const small = fused(convolved({ ...same, groups: 4 }), [[2, 4, 32, 32], [4, 1, 3, 3], bias(4)]);
  expect(small).toEqual({ parts: 1, loops: 0 });
  const large = fused(convolved({ ...same, groups: 4 }), [[8, 4, 64, 64], [4, 1, 3, 3], bias(4)]);
  expect(large).toEqual({ parts: 4, loops: 0 });
});
