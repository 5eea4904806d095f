// What the recorded calls do not show: results that are no tensors, readings while compiling, gradients of gradients, errors.
import { reference } from "@isoform/backend-reference";
import { ArgumentError, DTypeError, setBackend, ShapeError, UnsupportedOpError } from "@isoform/core";
import { beforeAll, describe, expect, it } from "vitest";
import { torch } from "../index.js";

beforeAll(async () => {
  await setBackend(reference());
});

const f64 = (values: readonly number[]): torch.Tensor => torch.tensor([...values], { dtype: "float64" });

describe("equal", () => {
  it("compares shapes and elements of any dtype", async () => {
    const x = torch.tensor([1, 2]);
    expect(await x.equal(torch.tensor([1, 2]))).toBe(true);
    expect(await torch.equal(x, torch.tensor([1n, 2n]))).toBe(true);
    expect(await torch.equal(x, torch.tensor([[1, 2]]))).toBe(false);
    expect(await torch.equal(x, torch.tensor([1, 3]))).toBe(false);
    expect(await torch.equal(torch.tensor([2n ** 53n]), torch.tensor([2n ** 53n + 1n]))).toBe(false);
    expect(await torch.equal(torch.tensor([NaN]), torch.tensor([NaN]))).toBe(false);
    expect(await torch.equal(torch.tensor([]), torch.tensor([]))).toBe(true);
    await expect(x.equal(3 as never)).rejects.toThrow(ArgumentError);
  });
});

describe("functions that read", () => {
  const x = (): torch.Tensor => torch.tensor([1n, 0n, 2n]);
  it.each([
    ["nonzero", () => torch.nonzero(x())],
    ["argwhere", () => torch.argwhere(x())],
    ["unique", () => torch.unique(x())],
    ["bincount", () => torch.bincount(x())],
    ["maskedSelect", () => torch.maskedSelect(x(), x().bool())],
  ])("%s", (_, call) => {
    expect(call()).toBeInstanceOf(torch.Tensor);
  });
  it("do not read in a step that is compiled", () => {
    const step = torch.compile((t: torch.Tensor) => torch.nonzero(t), { fullgraph: true });
    expect(() => {
      for (let i = 0; i < 3; i++) step(x());
    }).toThrow(UnsupportedOpError);
  });
  it("refuse what does not fit", () => {
    expect(() => torch.bincount(torch.tensor([-1n]))).toThrow(ArgumentError);
    expect(() => torch.bincount(torch.tensor([1.5]))).toThrow(DTypeError);
    expect(() => torch.bincount(torch.tensor([[1n]]))).toThrow(ShapeError);
    expect(() => torch.unique(x(), { dim: 0 })).toThrow(UnsupportedOpError);
    expect(() => torch.maskedSelect(x(), x())).toThrow(DTypeError);
    expect(() => torch.maskedSelect(x(), torch.tensor([true, false]))).toThrow(ShapeError);
  });
  it("takes the gradient back to what was selected", () => {
    const t = f64([1, 2, 3]).requiresGrad_();
    torch
      .maskedSelect(t, torch.tensor([true, false, true]))
      .sum()
      .backward();
    expect(t.grad?.toArraySync()).toEqual([1, 0, 1]);
  });
});

describe("erfc", () => {
  it("is accurate where 1 − erf(x) is not, in both precisions", () => {
    // scipy.special.erfc
    const points = [0.3, 0.6, 2, 3.9, 4.1, 6, 10, 26];
    const want = [
      0.6713732405408726, 0.3961439091520741, 0.004677734981047266, 3.479224859723182e-8, 6.70002765408492e-9,
      2.1519736712498913e-17, 2.088487583762545e-45, 5.663192408856143e-296,
    ];
    f64(points)
      .erfc()
      .dataSync()
      .forEach((v: number | bigint, i: number) => {
        expect(Math.abs(Number(v) / want[i]! - 1)).toBeLessThan(1e-14);
      });
    const single = torch.tensor([4.1, 6, 9]).erfc().toArraySync() as number[];
    [6.700027e-9, 2.1519737e-17, 4.13703174e-37].forEach((y, i) => {
      expect(Math.abs(single[i]! / y - 1)).toBeLessThan(2e-5);
    });
  });
  it("has gradients of all orders", () => {
    const x = f64([0.2, 5]).requiresGrad_();
    const [first] = torch.autograd.grad(x.erfc().sum(), x, { createGraph: true });
    const [second] = torch.autograd.grad(first!.sum(), x);
    const slope = (v: number) => (-2 / Math.sqrt(Math.PI)) * Math.exp(-v * v);
    (first!.toArraySync() as number[]).forEach((g, i) => expect(g).toBeCloseTo(slope([0.2, 5][i]!), 14));
    (second!.toArraySync() as number[]).forEach((g, i) => {
      const v = [0.2, 5][i]!;
      expect(g).toBeCloseTo(-2 * v * slope(v), 14);
    });
  });
});

describe("compiled", () => {
  it.each([
    ["quantile", (t: torch.Tensor) => t.quantile(0.3, 1)],
    ["median", (t: torch.Tensor) => t.median(1)[0]],
    ["median of all", (t: torch.Tensor) => t.median()],
    ["cummax", (t: torch.Tensor) => t.cummax(1)[0]],
    ["logcumsumexp", (t: torch.Tensor) => t.logcumsumexp(1)],
    ["erfc", (t: torch.Tensor) => t.erfc()],
    ["hypot", (t: torch.Tensor) => t.hypot(2)],
    ["histc", (t: torch.Tensor) => t.histc(4)],
    ["matrixPower", (t: torch.Tensor) => t.matmul(t.t()).matrixPower(3)],
    ["cdist", (t: torch.Tensor) => torch.cdist(t, t)],
  ])("%s gives what it gives eagerly", (_, fn) => {
    const x = torch.tensor([
      [0.1, 0.9, 0.4],
      [2, -1, 0.5],
    ]);
    const step = torch.compile(fn, { fullgraph: true });
    const want = fn(x).toArraySync();
    for (let i = 0; i < 3; i++) expect(step(x).toArraySync()).toEqual(want);
  });
  it.each([
    ["quantile", (t: torch.Tensor) => t.quantile(0.3, 1)],
    ["median of all", (t: torch.Tensor) => t.median()],
    ["cummax", (t: torch.Tensor) => t.cummax(1)[0]],
    ["logcumsumexp", (t: torch.Tensor) => t.logcumsumexp(1)],
    ["erfc", (t: torch.Tensor) => t.erfc()],
    ["hypot", (t: torch.Tensor) => t.hypot(2)],
  ])("the gradient of %s is what it is eagerly", (_, fn) => {
    const w = torch.tensor([
      [0.1, 0.9, 0.4],
      [2, -1, 0.5],
    ]);
    w.requiresGrad_();
    const x = torch.tensor([1, 2, 3]);
    const slope = (t: torch.Tensor) => torch.autograd.grad(fn(w.mul(t)).sum(), w)[0]!;
    const step = torch.compile(slope, { fullgraph: true });
    const want = slope(x).toArraySync();
    for (let i = 0; i < 3; i++) expect(step(x).toArraySync()).toEqual(want);
  });
});

describe("arguments", () => {
  let x: torch.Tensor;
  beforeAll(() => {
    x = f64([1, 2, 3]);
  });
  it.each([
    ["quantile above 1", () => x.quantile(2), ArgumentError],
    ["quantile above 1 in a tensor", () => x.quantile(f64([0.5, 2])), ArgumentError],
    ["quantile of nothing", () => f64([]).quantile(0.5), ShapeError],
    ["quantile of integers", () => x.long().quantile(0.5), DTypeError],
    [
      "quantile by what is no interpolation",
      () => x.quantile(0.5, 0, { interpolation: "cubic" as never }),
      ArgumentError,
    ],
    ["kthvalue 0", () => x.kthvalue(0), ArgumentError],
    ["kthvalue above the size", () => x.kthvalue(4), ShapeError],
    ["cross without an axis of 3", () => f64([1, 2]).cross(f64([1, 2])), ShapeError],
    ["matrixPower below 0", () => torch.eye(2).matrixPower(-1), ArgumentError],
    ["matrixPower of what is not square", () => torch.zeros([2, 3]).matrixPower(2), ShapeError],
    ["addmm onto more", () => torch.zeros([3, 2, 2]).addmm(torch.eye(2), torch.eye(2)), ShapeError],
    ["addcdiv of integers", () => x.addcdiv(x.long(), x.long()), DTypeError],
    ["isclose with a negative tolerance", () => x.isclose(x, { rtol: -1 }), ArgumentError],
    ["histc with ends in the wrong order", () => x.histc(3, 2, 1), ArgumentError],
    ["cdist of other sizes", () => torch.cdist(torch.eye(2), torch.eye(3)), ShapeError],
    ["a misspelt option", () => x.median({ dmi: 0 } as never), ArgumentError],
    ["logit with eps above a half", () => x.logit(0.7), ArgumentError],
  ])("%s is refused", (_, call, type) => {
    expect(call).toThrow(type);
  });
});
