// The assembler: encodings, control flow, and scalar instructions against what JavaScript computes.
import { describe, expect, it } from "vitest";
import {
  call,
  f32,
  f64,
  i32,
  i64,
  instantiate,
  memoryCopy,
  memoryFill,
  ModuleBuilder,
  newMemory,
  select,
  validate,
  type Expr,
  type FunctionBuilder,
} from "./index.js";
import { leb, signedLeb, signedLeb64 } from "./bytes.js";

const memory = newMemory(1, 1);
const bytes = new DataView(memory.buffer);

function build(define: (m: ModuleBuilder) => void) {
  const m = new ModuleBuilder({ initial: 1, maximum: 1 });
  define(m);
  const binary = m.build();
  expect(validate(binary)).toBe(true);
  return instantiate(binary, memory, { twice: (x: number) => 2 * x });
}
/** Value of an i32 expression of two i32 parameters. */
function evaluate(body: (a: Expr<"i32">, b: Expr<"i32">, f: FunctionBuilder) => Expr<"i32">) {
  const exports = build((m) => m.exportFunc("f", ["i32", "i32"], "i32", (f, a, b) => body(a, b, f)));
  return exports["f"]!;
}

describe("LEB128", () => {
  it("writes the shortest form", () => {
    expect(leb(0)).toEqual([0]);
    expect(leb(624485)).toEqual([0xe5, 0x8e, 0x26]);
    expect(leb(2 ** 32 - 1)).toEqual([0xff, 0xff, 0xff, 0xff, 0x0f]);
    expect(signedLeb(-123456)).toEqual([0xc0, 0xbb, 0x78]);
    expect(signedLeb(64)).toEqual([0xc0, 0]);
    expect(signedLeb(-64)).toEqual([0x40]);
    expect(signedLeb64(-(2n ** 63n))).toHaveLength(10);
  });
});

describe("scalar instructions", () => {
  const numbers = [0, 1, -1, 7, -8, 100, 0x7fffffff, -0x80000000];
  const table: readonly [keyof typeof i32 & string, (a: number, b: number) => number][] = [
    ["add", (a, b) => (a + b) | 0],
    ["sub", (a, b) => (a - b) | 0],
    ["mul", Math.imul],
    ["and", (a, b) => a & b],
    ["or", (a, b) => a | b],
    ["xor", (a, b) => a ^ b],
    ["shl", (a, b) => a << b],
    ["shrS", (a, b) => a >> b],
    ["shrU", (a, b) => (a >>> b) | 0],
    ["eq", (a, b) => Number(a === b)],
    ["ne", (a, b) => Number(a !== b)],
    ["ltS", (a, b) => Number(a < b)],
    ["ltU", (a, b) => Number(a >>> 0 < b >>> 0)],
    ["gtS", (a, b) => Number(a > b)],
    ["leS", (a, b) => Number(a <= b)],
    ["leU", (a, b) => Number(a >>> 0 <= b >>> 0)],
    ["geS", (a, b) => Number(a >= b)],
    ["geU", (a, b) => Number(a >>> 0 >= b >>> 0)],
  ];
  it.each(table)("i32 and i64 %s", (name, want) => {
    const f = evaluate((a, b) => (i32[name] as typeof i32.add)(a, b));
    const compares = /^(eq|ne|lt|gt|le|ge)/.test(name);
    const g = evaluate((a, b) => {
      const wide = [i64.extendI32S(a), i64.extendI32S(b)] as const;
      const result = (i64[name as keyof typeof i64] as typeof i64.add)(...wide);
      return compares ? (result as Expr as Expr<"i32">) : i32.wrapI64(result);
    });
    for (const a of numbers) {
      for (const b of numbers) {
        expect(f(a, b)).toBe(want(a, b));
        const shift = name.startsWith("sh");
        if (!shift || (b >= 0 && b < 32 && name !== "shrU")) expect(g(a, b)).toBe(want(a, b));
      }
    }
  });
  it("division", () => {
    expect(evaluate((a, b) => i32.divS(a, b))(-7, 2)).toBe(-3);
    expect(evaluate((a, b) => i32.divU(a, b))(-7, 2)).toBe(((2 ** 32 - 7) / 2) | 0);
    expect(evaluate((a, b) => i32.remS(a, b))(-7, 2)).toBe(-1);
    expect(evaluate((a, b) => i32.remU(a, b))(-7, 10)).toBe((2 ** 32 - 7) % 10);
    expect(evaluate((a) => i32.eqz(a))(0)).toBe(1);
  });
  it("folds literals without changing the value", () => {
    for (const [a, b] of [
      [3, 4],
      [-1, 2 ** 31 - 1],
      [65536, 65537],
    ] as const) {
      expect(i32.mul(a, b).constant).toBe(Math.imul(a, b));
      expect(i32.add(a, b).constant).toBe((a + b) | 0);
    }
    expect(evaluate((a) => i32.add(i32.mul(a, 1), 0))(5)).toBe(5);
  });
  it.each([
    ["add", (a: number, b: number) => a + b],
    ["sub", (a: number, b: number) => a - b],
    ["mul", (a: number, b: number) => a * b],
    ["div", (a: number, b: number) => a / b],
    ["min", Math.min],
    ["max", Math.max],
  ] as const)("f32 and f64 %s", (name, want) => {
    const exports = build((m) => {
      m.exportFunc("f", ["f32", "f32"], "f32", (_f, a, b) => f32[name](a, b));
      m.exportFunc("g", ["f64", "f64"], "f64", (_f, a, b) => f64[name](a, b));
    });
    for (const [a, b] of [
      [1.5, 2.25],
      [-3, 0.1],
      [NaN, 1],
      [Infinity, -2],
    ] as const) {
      const [x, y] = [Math.fround(a), Math.fround(b)];
      expect(exports["f"]!(x, y)).toBe(Math.fround(want(x, y)));
      expect(exports["g"]!(a, b)).toBe(want(a, b));
    }
  });
  it.each(["abs", "neg", "ceil", "floor", "trunc", "nearest", "sqrt"] as const)("f32 and f64 %s", (name) => {
    const want = {
      abs: Math.abs,
      neg: (x: number) => -x,
      ceil: Math.ceil,
      floor: Math.floor,
      trunc: Math.trunc,
      nearest: (x: number) => (Math.abs(x % 2) === 0.5 ? Math.trunc(x) : Math.round(x)),
      sqrt: Math.sqrt,
    }[name];
    const exports = build((m) => {
      m.exportFunc("f", ["f32"], "f32", (_f, a) => f32[name](a));
      m.exportFunc("g", ["f64"], "f64", (_f, a) => f64[name](a));
    });
    for (const x of [0.5, 2.5, 2.75, -0.25, -7.5]) {
      if (name === "nearest" && x === -7.5) continue;
      expect(exports["g"]!(x)).toBe(want(x));
      expect(exports["f"]!(x)).toBe(Math.fround(want(x)));
    }
  });
  it("conversions saturate", () => {
    const exports = build((m) => {
      m.exportFunc("s", ["f64"], "i32", (_f, a) => i32.truncSatF64S(a));
      m.exportFunc("w", ["f64"], "f64", (_f, a) => f64.convertI64S(i64.truncSatF64S(a)));
      m.exportFunc("v", ["f64"], "f64", (_f, a) => f64.convertI64U(i64.truncSatF64U(a)));
      m.exportFunc("r", ["f32"], "i32", (_f, a) => i32.reinterpretF32(a));
      m.exportFunc("d", ["f64"], "f64", (_f, a) => f64.promoteF32(f32.demoteF64(a)));
    });
    expect([1e10, -1e10, NaN, 2.9].map((x) => exports["s"]!(x))).toEqual([0x7fffffff, -0x80000000, 0, 2]);
    expect(exports["w"]!(1e30)).toBe(2 ** 63);
    expect(exports["v"]!(-5)).toBe(0);
    expect(exports["r"]!(1)).toBe(0x3f800000);
    expect(exports["d"]!(0.1)).toBe(Math.fround(0.1));
  });
});

describe("control flow", () => {
  it("for, while, repeat, if, block, select, call", () => {
    const exports = build((m) => {
      const twice = m.importFunc("twice", ["f64"], "f64");
      const square = m.func(["i32"], "i32", (_f, x) => i32.mul(x, x));
      m.exportFunc("sum", ["i32", "i32"], "i32", (f, from, to) => {
        const total = f.let(i32.const(0));
        f.for(from, i32.add(to, 0), 3, (i) => f.set(total, i32.add(total, call(square, i))));
        return total;
      });
      m.exportFunc("gcd", ["i32", "i32"], "i32", (f, a, b) => {
        f.while(i32.ne(b, 0), () => {
          const rest = f.let(i32.remU(a, b));
          f.set(a, b);
          f.set(b, rest);
        });
        return a;
      });
      m.exportFunc("find", ["i32"], "i32", (f, limit) => {
        const n = f.let(i32.const(0));
        f.block((done) => {
          f.loop((again) => {
            f.brIf(done, i32.gtS(call(square, n), limit));
            f.inc(n, 1);
            f.br(again);
          });
        });
        return n;
      });
      m.exportFunc("pick", ["i32"], "f64", (f, c) => {
        const x = f.local("f64");
        f.if(
          i32.eq(c, 2),
          () => f.set(x, call(twice, 21)),
          () => f.set(x, select(c, f64.const(1), f64.const(0))),
        );
        f.repeat(c, () => f.set(x, f64.add(x, 100)));
        f.if(i32.eq(c, 9), () => f.set(x, -1));
        return x;
      });
    });
    expect(exports["sum"]!(1, 10)).toBe(1 + 16 + 49);
    expect(exports["sum"]!(10, 1)).toBe(0);
    expect(exports["gcd"]!(48, 36)).toBe(12);
    expect(exports["find"]!(50)).toBe(8);
    expect([0, 1, 2, 9].map((c) => exports["pick"]!(c))).toEqual([0, 101, 242, -1]);
  });
  it("memory access with offsets, copy and fill", () => {
    const exports = build((m) => {
      m.exportFunc("f", ["i32"], "i32", (f, p) => {
        i32.store16(f, p, 0x8001, 2);
        i32.store8(f, p, 0xff, 5);
        i64.store32(f, p, -2n, 8);
        memoryFill(f, i32.add(p, 16), 7, 4);
        memoryCopy(f, i32.add(p, 20), p, 16);
        return i32.add(i32.load16S(p, 2), i32.add(i32.load8U(p, 5), i32.load8S(p, 5)));
      });
    });
    expect(exports["f"]!(64)).toBe(-0x7fff + 255 - 1);
    expect(bytes.getInt32(64 + 28, true)).toBe(-2);
    expect(bytes.getUint8(64 + 19)).toBe(7);
  });
  it("refuses imports after functions", () => {
    const m = new ModuleBuilder();
    m.func([], null, () => {});
    expect(() => m.importFunc("late", [], null)).toThrow("imports come before functions");
  });
  it("declares shared memory", () => {
    const m = new ModuleBuilder({ initial: 1, maximum: 2, shared: true });
    m.exportFunc("f", [], null, () => {});
    expect(validate(m.build())).toBe(true);
  });
});
