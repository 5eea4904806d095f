// Functional gradients: values, nesting, higher orders by both ways, and what they leave.
import { reference } from "@isoform/backend-reference";
import { beforeEach, describe, expect, it } from "vitest";
import {
  add,
  backward,
  exp,
  grad,
  log,
  matmul,
  mul,
  noGrad,
  pow,
  scope,
  setBackend,
  ShapeError,
  sin,
  sum,
  tensor,
  transpose,
  TRACK_GRAD,
  TRACK_TAPE,
  valueAndGrad,
  valueAndGrads,
  withTape,
  type Device,
  type Tensor,
} from "../index.js";

let device: Device;
beforeEach(async () => {
  device = await setBackend(reference({ poison: true }));
});
const f64 = (values: number[], shape?: number[]) =>
  tensor(values, { dtype: "float64", ...(shape ? { shape } : {}) });
const numbers = (t: Tensor) => [...(t.dataSync() as Float64Array)];

describe("grad", () => {
  it("differentiates a polynomial", () => {
    const f = (x: Tensor) =>
      sum(add(add(mul(pow(x, 4), 2), pow(x, 3)), add(add(mul(pow(x, 2), 3), mul(x, 5)), 1)));
    const [y, dy] = valueAndGrad(f)(f64([2]));
    expect([numbers(y), numbers(dy)]).toEqual([[63], [93]]);
  });

  it("takes several arguments, and zeros where there is no dependence", () => {
    const f = (x: Tensor, y: Tensor) => sum(add(mul(x, x), mul(x, y)));
    const [value, grads] = valueAndGrads(f, [0, 1])(f64([1]), f64([2]));
    expect([numbers(value), ...grads.map(numbers)]).toEqual([[3], [4], [1]]);
    expect(numbers(grad((_x: Tensor, y: Tensor) => sum(add(y, mul(y, 0))), 0)(f64([1]), f64([2])))).toEqual([
      0,
    ]);
    expect(numbers(grad((x: Tensor) => sum(x))(f64([1, 2])))).toEqual([1, 1]);
  });

  it("nests to any order", () => {
    const f = (x: Tensor) => sum(sin(x));
    let g = f;
    const expected = [Math.sin, Math.cos, (v: number) => -Math.sin(v), (v: number) => -Math.cos(v), Math.sin];
    for (const value of expected) {
      expect(numbers(g(f64([0.7])))[0]).toBeCloseTo(value(0.7), 12);
      const inner = g;
      g = (x: Tensor) => sum(grad(inner)(x));
    }
  });

  it("agrees with createGraph", () => {
    const x = f64([0.3, -0.5]);
    const loss = (t: Tensor) => sum(mul(exp(mul(t, t)), t));
    const nested = grad((t: Tensor) => sum(grad(loss)(t)))(x);
    const taped = scope(() => {
      const leaf = f64([0.3, -0.5]);
      leaf._track = TRACK_TAPE;
      return withTape(() => {
        const first = backward([loss(leaf)], [null], { sources: [leaf] }, { createGraph: true }).get(leaf)!;
        return backward([sum(first)], [null], { sources: [leaf] }).get(leaf)!;
      });
    });
    numbers(nested).forEach((v, i) => expect(numbers(taped)[i]).toBeCloseTo(v, 12));
    // (t e^(t²))'' = e^(t²) (4t³ + 6t)
    expect(numbers(nested)[0]).toBeCloseTo(Math.exp(0.09) * (4 * 0.027 + 1.8), 10);
  });

  it("does not confuse inner and outer variables", () => {
    // d/dx (x · d/dy (x + y)) = 1, not 2
    const f = (x: Tensor) => sum(mul(x, grad((y: Tensor) => sum(add(x, y)))(f64([1]))));
    expect(numbers(grad(f)(f64([5])))).toEqual([1]);
    // The inner function closes over the outer variable.
    const h = (x: Tensor) => sum(mul(x, grad((y: Tensor) => sum(mul(mul(x, x), log(y))))(x)));
    // x · (x² / y at y = x) = x²: derivative 2x when the inner variable is held apart from x
    expect(numbers(grad(h)(f64([3])))[0]).toBeCloseTo(6, 10);
  });

  it("works inside noGrad and leaves outer graphs alone", () => {
    const x = f64([2]);
    expect(numbers(noGrad(() => grad((t: Tensor) => sum(mul(t, t)))(x)))).toEqual([4]);
    const w = f64([3]);
    w._track = TRACK_GRAD;
    const y = exp(w);
    grad((t: Tensor) => sum(mul(t, y)))(y);
    expect(numbers(backward([sum(y)], [null], { bit: TRACK_GRAD }).get(w)!)[0]).toBeCloseTo(Math.exp(3), 10);
  });

  it("has Hessian-vector products that are symmetric", () => {
    const a = f64([1, 2, 3, 4], [2, 2]);
    const f = (x: Tensor) => sum(pow(matmul(matmul(transpose(x), a), x), 2));
    const hvp = (x: Tensor, v: Tensor) => grad((t: Tensor) => sum(mul(grad(f)(t), v)))(x);
    const x = f64([0.5, -1], [2, 1]);
    const e0 = numbers(hvp(x, f64([1, 0], [2, 1])));
    const e1 = numbers(hvp(x, f64([0, 1], [2, 1])));
    expect(e0[1]).toBeCloseTo(e1[0]!, 10);
  });

  it("leaves only its results", () => {
    const x = f64([1, 2, 3]);
    const before = device.memory().storages;
    for (let i = 0; i < 50; i++) {
      grad((t: Tensor) => sum(grad((u: Tensor) => sum(mul(exp(u), u)))(t)))(x).dispose();
    }
    expect(device.memory().storages).toBe(before);
    expect(() => grad((t: Tensor) => mul(t, t))(x)).toThrow(ShapeError);
    expect(() =>
      grad(() => {
        throw new RangeError("stop");
      })(x),
    ).toThrow(RangeError);
    expect(device.memory().storages).toBe(before);
  });
});

describe("memory of a backward pass", () => {
  const size = 1000;
  const bytes = 8 * size;
  /** sin(sin(… x)): every step saves its input. */
  const chain = (x: Tensor, steps: number): Tensor => {
    let y = x;
    for (let i = 0; i < steps; i++) y = sin(y);
    return sum(y);
  };

  it.each([4, 12])("frees gradients and saved tensors of %i steps as it goes", (steps) => {
    const x = f64(Array.from({ length: size }, (_, i) => i / size));
    const before = device.memory();
    scope(() => grad((t) => chain(t, steps))(x)).dispose();
    // The saved inputs, and what one rule needs: its gradient, the factor, the result.
    expect(device.memory().peakBytes - before.bytes).toBeLessThan((steps + 4) * bytes);
    expect(device.memory().bytes).toBe(before.bytes);
  });

  it("keeps what a second pass needs", () => {
    const x = f64([0.1, 0.2]);
    scope(() => {
      const y = withTape(() => {
        x._track |= TRACK_TAPE;
        return chain(x, 3);
      });
      const once = () => numbers(backward([y], [null], { sources: [x] }, { retainGraph: true }).get(x)!);
      expect(once()).toEqual(once());
    });
    x._track = 0;
  });

  it("adds gradients that reach a tensor by several ways, and hands each leaf its own", () => {
    const [a, b] = [f64([2, 3]), f64([5, 7])];
    scope(() => {
      const [da, db] = valueAndGrads((p, q) => sum(add(add(p, q), add(p, mul(p, q)))), [0, 1])(a, b)[1]!;
      expect([numbers(da!), numbers(db!)]).toEqual([
        [7, 9],
        [3, 4],
      ]);
    });
  });
});
