// Arguments that no program should pass to core: a typed error, at once, and nothing computed.
import { reference } from "@isoform/backend-reference";
import { beforeAll, describe, expect, it } from "vitest";
import {
  ArgumentError,
  IsoformError,
  LimitExceededError,
  ShapeError,
  checkOptions,
  compile,
  conv,
  cumulative,
  maxUnpool,
  reduceWindow,
  resize,
  reshapeView,
  scatter,
  setBackend,
  shown,
  tensor,
  tile,
  unfold,
  zeros,
  NumpyRandomState,
  type Tensor,
} from "../index.js";

beforeAll(() => setBackend(reference()));

const wrong = (value: unknown) => value as never;
const x = (): Tensor => zeros([1, 2, 4], "float32");
const w = (): Tensor => zeros([2, 2, 2], "float32");
const rows = (): Tensor => zeros([3, 2], "float32");
const places = (): Tensor => tensor([0, 1], { dtype: "int64" });

const calls: readonly (readonly [string, () => unknown, typeof IsoformError])[] = [
  [
    "reshapeView to another size",
    () => reshapeView({ shape: [4], strides: [1], offset: 0 }, [3]),
    ShapeError,
  ],
  ["reshapeView to more", () => reshapeView({ shape: [2, 3], strides: [3, 1], offset: 0 }, [7]), ShapeError],
  ...[
    { strides: [0.5] },
    { strides: [0] },
    { rhsDilation: [0] },
    { lhsDilation: [-1] },
    { groups: 0.5 },
    { groups: 0 },
    { padding: [[0, NaN]] },
    { padding: [0] },
    { strides: [1, 1] },
    { stride: [1] },
    null,
  ].map((o): readonly [string, () => unknown, typeof IsoformError] => [
    `conv ${JSON.stringify(o)}`,
    () => conv(x(), w(), wrong(o)),
    ArgumentError,
  ]),
  ["scatter mode", () => scatter(rows(), places(), zeros([2, 2]), { mode: wrong("foo") }), ArgumentError],
  ["cumulative kind", () => cumulative(rows(), { kind: wrong("foo"), axis: 0 }), ArgumentError],
  ["reduceWindow kind", () => reduceWindow(rows(), { kind: wrong("foo"), window: [2] }), ArgumentError],
  ["reduceWindow window", () => reduceWindow(rows(), wrong({ kind: "max" })), ArgumentError],
  [
    "reduceWindow padding",
    () => reduceWindow(rows(), wrong({ kind: "max", window: [2], padding: [1] })),
    ArgumentError,
  ],
  ["resize to no end", () => resize(x(), { size: [2 ** 40] }), LimitExceededError],
  ["unfold", () => unfold(x(), wrong({})), ArgumentError],
  ["maxUnpool", () => maxUnpool(rows(), places(), wrong(undefined)), ArgumentError],
  ["tile", () => tile(rows(), wrong(undefined)), ArgumentError],
  ["tile by a number", () => tile(rows(), wrong(2)), ArgumentError],
  ["compile null", () => compile(wrong(null)), ArgumentError],
  ["compile option", () => compile((t) => t, wrong({ maxProgram: 1 })), ArgumentError],
  ["compile options", () => compile((t) => t, wrong(null)), ArgumentError],
  ["compile key", () => compile((t) => t, { key: wrong("train") }), ArgumentError],
  ["checkOptions null", () => checkOptions("f", wrong(null), ["a"]), ArgumentError],
  ["checkOptions 5", () => checkOptions("f", wrong(5), ["a"]), ArgumentError],
  ["checkOptions list", () => checkOptions("f", [1], ["a"]), ArgumentError],
  ["dtype of another type", () => zeros([1], wrong(3n)), IsoformError],
  ["dtype named like a method", () => zeros([1], wrong("toString")), IsoformError],
];

describe("typed errors", () => {
  it.each(calls)("%s", (_, call, Type) => {
    expect(call).toThrow(Type);
  });
});

describe("NumpyRandomState draws nothing from empty ranges, as NumPy", () => {
  it("randint and choice of size 0", () => {
    const r = new NumpyRandomState(0);
    expect(r.choice(0, 0)).toEqual(new Int32Array(0));
    expect(r.choice(0, 0, { replace: false })).toEqual(new Int32Array(0));
    expect(r.randint(5, 5, 0)).toEqual(new BigInt64Array(0));
    expect(r.randint(6, 5, 0, "uint8")).toEqual(new Uint8Array(0));
    expect(() => r.randint(5, 5, 1)).toThrow(ArgumentError);
    expect(() => r.choice(0, 1)).toThrow(ArgumentError);
    expect(r.rand(1)).toEqual(new NumpyRandomState(0).rand(1));
  });
});

describe("shown", () => {
  it.each([
    [1.5, "1.5"],
    [3n, "3"],
    [undefined, "undefined"],
    [null, "null"],
    ["x", '"x"'],
    ["y".repeat(200), `"${"y".repeat(60)}…"`],
    [Symbol("s"), "Symbol(s)"],
    [() => 1, "a function"],
    [[1, [2, [3, [4]]]], "[1,[2,[3,[…]]]]"],
    [Array.from({ length: 20 }, () => 0), "[0,0,0,0,0,0,0,0,0,0,0,0,…]"],
    [{}, "{}"],
    [Object.create(null), "{}"],
    [new Map(), "a Map"],
  ])("%s", (value, text) => {
    expect(shown(value)).toBe(text);
  });
});
