// The Python subset: printing and reading are inverse; other text is refused.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  binary,
  call,
  constant,
  dotted,
  float,
  float32,
  index,
  int,
  ints,
  list,
  method,
  name,
  str,
  type Expr,
} from "./ast.js";
import { parseExpr } from "./parse.js";
import { printExpr } from "./print.js";

const { expr } = fc.letrec<{ expr: Expr }>((tie) => ({
  expr: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.nat(1000).map(int),
    fc.double({ noNaN: true }).map(float),
    fc.string().map(str),
    fc.constantFrom(true, false, null).map(constant),
    fc.constantFrom("x", "self", "y_1").map(name),
    fc
      .tuple(tie("expr"), tie("expr"), fc.constantFrom("+", "-", "*", "/", "@", "**", "==", "&", "<="))
      .map(([a, b, op]) => binary(op as "+", a, b)),
    fc.array(tie("expr"), { maxLength: 3 }).map(list),
    tie("expr").map((e) => method(e, "reshape", [int(1)], { dim: e })),
    fc.tuple(tie("expr"), tie("expr")).map(([a, b]) => index(a, b)),
    tie("expr").map((operand): Expr => ({ kind: "unary", op: "~", operand })),
    fc.array(tie("expr"), { minLength: 1, maxLength: 2 }).map((a) => call("torch.cat", a)),
  ),
}));

describe("the Python subset", () => {
  it("reads what it prints", () => {
    fc.assert(
      fc.property(expr, (e) => {
        const text = printExpr(e);
        expect(printExpr(parseExpr(text, "test"))).toBe(text);
      }),
      { numRuns: 500 },
    );
  });

  it("reads calls, slices, tuples and negative numbers", () => {
    expect(parseExpr("x[:, 1:-1, ::2]", "t")).toMatchObject({ kind: "index", index: { kind: "tuple" } });
    expect(parseExpr("a, b", "t")).toMatchObject({ kind: "tuple" });
    expect(parseExpr("(3,)", "t")).toEqual(ints([3]));
    expect(parseExpr('float("-inf")', "t")).toEqual(float(-Infinity));
    expect(parseExpr("torch.float32", "t")).toEqual(dotted("torch.float32"));
  });

  it.each(["lambda x: x", "x if y else z", "f(", "[1", "1 2", "x = 1", '"abc', "`x`", "f(a=1, a=2)", ""])(
    "refuses %j with a typed error",
    (text) => {
      expect(() => parseExpr(text, "model.py line 3")).toThrowError(/model\.py line 3/);
    },
  );

  it("refuses deep nesting without a stack overflow", () => {
    expect(() => parseExpr("(".repeat(50_000), "t")).toThrowError(/nest deeper/);
    expect(() => parseExpr("-".repeat(50_000), "t")).toThrowError(/nest deeper/);
  });
});

it("writes float32 values in the fewest digits that give them back", () => {
  const written = (value: number) => printExpr(float32(value));
  expect([1e-5, 0.001, 0.1, 1 / 3, 1, 2 ** -149].map((v) => written(Math.fround(v)))).toEqual([
    "0.00001",
    "0.001",
    "0.1",
    "0.33333334",
    "1.0",
    "1e-45",
  ]);
  expect(written(0.1 + 1e-12)).toBe(String(0.1 + 1e-12));
  fc.assert(
    fc.property(fc.float({ noNaN: true, noDefaultInfinity: true }), (v) => {
      expect(Math.fround(Number(written(v)))).toBe(v);
    }),
  );
});
