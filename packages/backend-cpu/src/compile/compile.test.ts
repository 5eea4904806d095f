// Compiled programs against the eager ops: training steps, fused loops in every layout, fallbacks, memory, errors.
import { beforeAll, describe, expect, it } from "vitest";
import {
  add,
  broadcastTo,
  cast,
  compile,
  conv,
  div,
  eq,
  exp,
  gather,
  hostNumber,
  keep,
  log1p,
  lt,
  matmul,
  maximum,
  mean,
  minimum,
  mul,
  neg,
  rebind,
  relu,
  reshape,
  scope,
  setBackend,
  sigmoid,
  slice,
  softmaxCrossEntropy,
  sqrt,
  sub,
  sum,
  tanh,
  tensor,
  transpose,
  valueAndGrads,
  where,
  type Device,
  verifyGraph,
  type Tensor,
} from "@isoform/core";
import { cpu } from "../backend.js";

let device: Device;
beforeAll(async () => {
  device = await setBackend(cpu());
});
const numbers = (t: Tensor) => Array.from(t.dataSync(), Number);
const wave = (shape: readonly number[], seed = 0): Tensor => {
  const n = shape.reduce((a, b) => a * b, 1);
  return tensor(
    Array.from({ length: n }, (_, i) => Math.sin(i * 1.3 + seed) * 1.5),
    { shape: [...shape] },
  );
};

/** The compiled function gives exactly what the eager one gives, at the first run and at the second. */
function same(fn: (...args: Tensor[]) => Tensor | readonly Tensor[], ...args: Tensor[]): void {
  const want = fn(...args);
  const compiled = compile(fn, { warmUp: false, verify: verifyGraph });
  for (let run = 0; run < 2; run++) {
    const got = compiled(...args);
    expect(compiled.info().notice).toBeNull();
    (Array.isArray(want) ? want : [want]).forEach((t: Tensor, i) => {
      expect([got[i]!.dtype, ...got[i]!.shape]).toEqual([t.dtype, ...t.shape]);
      expect(numbers(got[i]!)).toEqual(numbers(t));
    });
  }
  compiled.dispose();
}

describe("fused loops", () => {
  it.each([[[]], [[1]], [[3]], [[4]], [[17]], [[2, 3]], [[5, 64]], [[3, 1, 7]], [[0]], [[2, 0]]])(
    "%j",
    (shape) => {
      same((a, b) => add(mul(a, 2), relu(sub(b, exp(a)))), wave(shape), wave(shape, 1));
      same((a) => [add(a, 1), mul(add(a, 1), a), tanh(sigmoid(a))], wave(shape));
    },
  );
  it("broadcasts rows, columns and scalars", () => {
    same(
      (a, row, column, one) => add(mul(add(a, row), column), one),
      wave([6, 9]),
      wave([9], 1),
      wave([6, 1], 2),
      wave([], 3),
    );
  });
  it("walks rows that are shorter than a vector down their columns", () => {
    for (const shape of [
      [40, 2],
      [23, 3],
      [2, 3],
      [5, 7, 3],
      [1, 2],
    ]) {
      const [rows, columns] = shape.slice(-2) as [number, number];
      same(
        (a, row, column, wide) => {
          const b = add(mul(a, row), slice(wide, [0, 1], [rows, columns + 1]));
          return [mul(b, column), lt(b, 0), cast(b, "int32")];
        },
        wave(shape),
        wave([columns], 1),
        wave([rows, 1], 2),
        wave([rows, columns + 3], 3),
      );
    }
  });
  it("bounds by numbers as between arrays: NaN stays, zeros keep the sign that they had", () => {
    const x = tensor([-0, 0, 1, -1, NaN, Infinity, -Infinity, 1e-40, -1e-40, 6, 7]);
    for (const bound of [0, -0, 6, -1e-40, Infinity, NaN]) {
      for (const f of [maximum, minimum]) {
        same((y) => [f(y, bound), neg(f(y, bound))], x);
      }
    }
  });
  it("reads transposed, sliced and gapped inputs", () => {
    same(
      (a, b) => add(transpose(a, [1, 0]), slice(b, [1, 0], [4, 10], [1, 2])),
      wave([5, 3]),
      wave([4, 10], 1),
    );
  });
  it("reads large inputs that lie across, once and in several loops", () => {
    same(
      (a, b) => {
        const across = transpose(a, [1, 0]);
        return [add(across, b), sum(mul(across, across), -1), add(transpose(exp(a), [1, 0]), across)];
      },
      wave([70, 90]),
      wave([90, 70], 1),
    );
    same((a, b) => add(transpose(a, [0, 2, 3, 1]), b), wave([2, 20, 15, 14]), wave([20], 1));
  });
  it("has chains of long functions in several loops", () => {
    same((a) => tanh(log1p(exp(mul(a, 2)))), wave([9, 33]));
  });
  it("compares, selects and casts", () => {
    same(
      (a, b) => where(lt(a, b), cast(eq(cast(a, "int32"), cast(b, "int32")), "float32"), maximum(a, b)),
      wave([23]),
      wave([23], 1),
    );
  });
  it("does not wait for itself: a sum in between splits the loop", () => {
    same(
      (a) => {
        const e = exp(a);
        return div(e, sum(e, -1, { keepDims: true }));
      },
      wave([4, 11]),
    );
  });
});

describe("programs", () => {
  it("run kernels of every kind", () => {
    same((a, b) => matmul(a, transpose(b, [1, 0])), wave([7, 13]), wave([5, 13], 1));
    same(
      (x, w) =>
        relu(
          conv(x, w, {
            strides: [1, 1],
            padding: [
              [1, 1],
              [1, 1],
            ],
          }),
        ),
      wave([2, 3, 8, 8]),
      wave([4, 3, 3, 3], 1),
    );
    same((x) => sum(reshape(transpose(x, [0, 2, 1]), [6, 4]), 1), wave([2, 4, 3]));
    same((x) => gather(x, tensor([2, 0, 2], { dtype: "int32" }), 0), wave([3, 5]));
  });
  it("run what has no native kernel in JavaScript, in its place", () => {
    same((x) => cast(add(mul(cast(x, "float64"), 3), 0.1), "float32"), wave([9]));
    same((x) => add(cast(add(cast(x, "int64"), 5), "float32"), 1), wave([9]));
  });
  it("give back their memory", () => {
    const f = compile((x: Tensor) => sum(exp(mul(x, 2))), { warmUp: false });
    scope(() => void f(wave([64, 64])));
    f.dispose();
    const used = device.memory();
    scope(() => void f(wave([64, 64])));
    f.dispose();
    expect(device.memory().bytes).toBe(used.bytes);
  });
});

/** An MLP with Adam over tensors that live outside. */
function mlp() {
  const w = [wave([20, 32]), wave([32], 1), wave([32, 3], 2), wave([3], 3)].map((t) => keep(mul(t, 0.2)));
  const slots = w.map((p) => [keep(mul(p, 0)), keep(mul(p, 0))] as const);
  let t = 0;
  const step = (x: Tensor, y: Tensor) =>
    scope(() => {
      const loss = (...p: Tensor[]) =>
        mean(softmaxCrossEntropy(add(matmul(relu(add(matmul(x, p[0]!), p[1]!)), p[2]!), p[3]!), y));
      const [value, grads] = valueAndGrads(loss, [0, 1, 2, 3])(...w);
      const rate = hostNumber(() => (0.01 * Math.sqrt(1 - 0.999 ** ++t)) / (1 - 0.9 ** t));
      w.forEach((p, i) => {
        const [m, v] = slots[i]!;
        rebind(m, add(m, mul(sub(grads[i]!, m), 0.1)));
        rebind(v, add(v, mul(sub(mul(grads[i]!, grads[i]!), v), 0.001)));
        rebind(p, sub(p, div(mul(m, rate), add(sqrt(v), 1e-7))));
      });
      return value;
    });
  return { w, step };
}

describe("training steps", () => {
  it("give the eager losses and weights bit for bit", () => {
    const [a, b] = [mlp(), mlp()];
    const compiled = compile(b.step, { verify: verifyGraph });
    for (let i = 0; i < 20; i++) {
      scope(() => {
        const x = wave([32, 20], i);
        const y = tensor(
          Array.from({ length: 32 }, (_, k) => (k + i) % 3),
          { dtype: "int32" },
        );
        expect(numbers(compiled(x, y)[0]!)).toEqual(numbers(a.step(x, y)));
      });
    }
    expect(compiled.info().notice).toBeNull();
    a.w.forEach((p, i) => expect(numbers(b.w[i]!)).toEqual(numbers(p)));
  });
  it("update state that is not in row-major order", () => {
    const p = scope(() => keep(transpose(wave([3, 4]), [1, 0])));
    const was = numbers(p);
    const step = compile(() => scope(() => void rebind(p, add(p, 1))), { warmUp: false });
    step();
    expect(step.info().notice).toBeNull();
    expect(numbers(p)).toEqual(was.map((v) => Math.fround(v + 1)));
    step();
    expect(numbers(p)).toEqual(was.map((v) => Math.fround(Math.fround(v + 1) + 1)));
  });
  it("leave other handles on old values alone", () => {
    const p = keep(wave([4]));
    const step = compile(
      (x: Tensor) =>
        scope(() => {
          rebind(p, add(p, x));
          return sum(p);
        }),
      { warmUp: false },
    );
    const before = reshape(p, [2, 2]);
    const was = numbers(before);
    step(wave([4], 1));
    expect(numbers(before)).toEqual(was);
    step(wave([4], 1));
    expect(numbers(before)).toEqual(was);
    const x = numbers(wave([4], 1));
    expect(numbers(p)).toEqual(was.map((v, i) => Math.fround(Math.fround(v + x[i]!) + x[i]!)));
    expect(broadcastTo(p, [1, 4]).shape).toEqual([1, 4]);
  });
});

it("compares, selects and counts 64-bit integers in the program", () => {
  const labels = tensor([3n, -100n, 0n, 2n ** 53n + 1n], { dtype: "int64" });
  const guesses = tensor([3n, 1n, 0n, 2n ** 53n], { dtype: "int64" });
  const before = device.fallbacks();
  same(
    (x, y) => {
      const right = eq(x, y);
      return [sum(cast(right, "int64")), where(lt(x, 0), mul(y, 2), sub(y, x))];
    },
    labels,
    guesses,
  );
  expect(device.fallbacks()).toEqual(before);
});

it("multiplies, convolves and reduces 16-bit floats in the program", () => {
  const half = (shape: number[], seed: number) => cast(wave(shape, seed), "float16");
  const before = device.fallbacks();
  const around = {
    strides: [1, 1],
    padding: [
      [1, 1],
      [1, 1],
    ],
  } as const;
  same(
    (a, b, x, w) => {
      const product = relu(matmul(a, b));
      const depthwise = relu(conv(x, w, { ...around, groups: 8 }));
      return [product, sum(mul(a, a), 1), sum(exp(neg(a))), depthwise, sum(relu(depthwise), 3)];
    },
    half([130, 70], 1),
    broadcastTo(half([70, 1], 2), [70, 90]),
    half([2, 8, 40, 40], 3),
    half([8, 1, 3, 3], 4),
  );
  expect(device.fallbacks()).toEqual(before);
});

it("multiplies and convolves 32-bit integers in the program, wrapping", () => {
  const whole = (shape: number[], seed: number, scale = 100) => cast(mul(wave(shape, seed), scale), "int32");
  const before = device.fallbacks();
  same(
    (a, b, x, w, d) => [
      add(matmul(a, b), 1),
      matmul(slice(a, [0, 0], [1, 70]), b),
      conv(x, w, {
        strides: [2, 1],
        padding: [
          [1, 0],
          [2, 1],
        ],
        rhsDilation: [1, 2],
        groups: 2,
      }),
      conv(x, d, {
        strides: [1, 1],
        padding: [
          [1, 1],
          [1, 1],
        ],
        groups: 8,
      }),
      conv(x, slice(w, [0, 0, 0, 0], [6, 4, 1, 1]), { lhsDilation: [2, 2], groups: 2 }),
    ],
    whole([33, 70], 1, 2 ** 30),
    transpose(whole([45, 70], 2), [1, 0]),
    whole([2, 8, 19, 17], 3),
    whole([6, 4, 3, 3], 4),
    whole([8, 1, 3, 3], 5),
  );
  expect(device.fallbacks()).toEqual(before);
});
