// Units of programs that work in parts: which kernels do, with what loops, and that they give what eager ops give. Loops
// that run on their own are counted, so that fusion which is lost fails here.
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import {
  compile,
  max,
  mul,
  scope,
  setBackend,
  sub,
  sum,
  tanh,
  tensor,
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

const bias = (channels: number): Shape => [1, channels, 1, 1];

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
  given("sums of columns", (x) => sum(mul(x!, x!), [0]), [40, 90]),
  given("sums along every other axis, of a copy", (x) => sum(mul(x!, x!), [0, 2, 4]), [3, 4, 5, 6, 7]),
];

describe.each([1, 2])("on %i threads", (threads) => {
  beforeAll(async () => {
    const backend = cpu({ threads });
    await setBackend(backend);
    return () => backend.dispose();
  });
  beforeEach(() => void vi.spyOn(Recorder.prototype, "partBytes", "get").mockReturnValue(256));

  it.each(TAILS)("a loop takes turns with the reduction of $name", ({ fn, shapes }) => {
    const { parts, loops } = fused(fn, shapes);
    expect(parts).toBeGreaterThan(1);
    expect(loops).toBe(0);
  });
  it.each(ALONE)("a loop runs on its own: $name", ({ fn, shapes }) => {
    expect(fused(fn, shapes).loops).toBe(1);
  });
});

it("parts of programs are as large as caches like them", async () => {
  await setBackend(cpu());
  const rows: Fn = (x) => sum(mul(x!, x!), [1]);
  expect(fused(rows, [[32, 1000]])).toEqual({ parts: 1, loops: 0 });
  expect(fused(rows, [[128, 1000]])).toEqual({ parts: 4, loops: 0 });
});
