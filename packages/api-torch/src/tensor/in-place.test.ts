// In-place methods that the recorded calls do not suit: random values, detach_, identity and what they refuse.
import { beforeAll, describe, expect, it } from "vitest";
import { reference } from "@isoform/backend-reference";
import { ArgumentError, DTypeError, IsoformError, setBackend, ShapeError, type DType } from "@isoform/core";
import { nn, torch } from "../index.js";

beforeAll(async () => {
  await setBackend(reference());
});

const values = (t: torch.Tensor): number[] => Array.from(t.double().dataSync(), Number);
const zeros = (n: number, dtype: DType = "float32"): torch.Tensor => torch.zeros(n, { dtype });

describe("random values, as torch 2.13.0 draws them after manual_seed(7)", () => {
  it.each<readonly [string, (x: torch.Tensor) => torch.Tensor, DType, readonly number[]]>([
    [
      "uniform_(-1, 2)",
      (x) => x.uniform_(-1, 2),
      "float32",
      [0.6047676205635071, -0.40359044075012207, 0.9776350855827332],
    ],
    [
      "uniform_({ from: -1, to: 2 })",
      (x) => x.uniform_({ from: -1, to: 2 }),
      "float64",
      [-0.16185871028078802, -0.17891885904470306, 1.5862788842528763],
    ],
    [
      "normal_(1, 2)",
      (x) => x.normal_(1, 2),
      "float32",
      [0.7064098119735718, 2.572282552719116, 2.8936431407928467],
    ],
    [
      "normal_({ mean: 1, std: 2 })",
      (x) => x.normal_({ mean: 1, std: 2 }),
      "float64",
      [0.7064098050300096, 2.5722825974470718, 2.893643218007913],
    ],
    ["bernoulli_(0.3)", (x) => x.bernoulli_(0.3), "float32", [1, 1, 0, 0, 0, 0, 1, 0]],
    ["bernoulli_()", (x) => x.bernoulli_(), "int64", [1, 1, 0, 0, 0, 0, 1, 0]],
  ])("%s %#", (_, draw, dtype, want) => {
    torch.manualSeed(7);
    const x = zeros(want.length, dtype);
    expect(draw(x)).toBe(x);
    expect(x.dtype).toBe(dtype);
    values(x).forEach((v, i) => expect(v).toBeCloseTo(want[i]!, 14));
  });

  it("are those of torch.nn.init, for every float32 size", () => {
    for (const n of [0, 1, 15, 16, 40]) {
      torch.manualSeed(n);
      const expected = [nn.init.uniform_(zeros(n), -2, 3), nn.init.normal_(zeros(n), 1, 0.5)].map(values);
      torch.manualSeed(n);
      expect([zeros(n).uniform_(-2, 3), zeros(n).normal_(1, 0.5)].map(values)).toEqual(expected);
    }
  });

  it("draw nothing where they refuse", () => {
    torch.manualSeed(7);
    const leaf = zeros(3).requiresGrad_();
    expect(() => leaf.uniform_()).toThrow(ArgumentError);
    expect(() => leaf.bernoulli_()).toThrow(ArgumentError);
    expect(() => zeros(3, "int64").normal_()).toThrow(DTypeError);
    expect(() => zeros(3).uniform_(2, 1)).toThrow(ArgumentError);
    expect(() => zeros(3).normal_(0, -1)).toThrow(ArgumentError);
    expect(() => zeros(3).bernoulli_(1.5)).toThrow("p is 1.5");
    expect(values(zeros(1).uniform_(-1, 2))[0]).toBeCloseTo(0.6047676205635071, 14);
  });

  it("are drawn anew by every run of a compiled step", () => {
    const draw = (x: torch.Tensor): torch.Tensor => x.clone().normal_(1, 2).add(x.clone().bernoulli_(0.3));
    torch.manualSeed(7);
    const expected = [1, 2, 3].map(() => values(draw(zeros(4))));
    torch.manualSeed(7);
    const compiled = torch.compile(draw);
    expect([1, 2, 3].map(() => values(compiled(zeros(4))))).toEqual(expected);
    expect(compiled.info()).toMatchObject({ programs: 1, notice: null });
  });
});

describe("in place", () => {
  it("keeps identity, also where nothing changes", () => {
    const x = torch.tensor([1, 2, 3]).requiresGrad_();
    const y = x.mul(2);
    expect(
      y
        .copy_(y)
        .clamp_(-100, 100)
        .scatter_(0, torch.zeros(0, { dtype: "int64" }), 5),
    ).toBe(y);
    y.sum().backward();
    expect(values(x.grad!)).toEqual([2, 2, 2]);
  });

  it("does not reach other tensors over the same memory", () => {
    const x = torch.tensor([1, 2, 3]);
    const others = [x.tile(1), x.repeatInterleave(1), x.roll(0), x.rot90.call(x.reshape(1, 3), 0)];
    x.indexFill_(0, torch.tensor([0n]), 9);
    expect(values(x)).toEqual([9, 2, 3]);
    for (const o of others) expect(values(o)).toEqual([1, 2, 3]);
  });

  it("refuses another dtype or shape and changed leaves", () => {
    expect(() => zeros(3, "int64").exp_()).toThrow(DTypeError);
    expect(() => zeros(3, "int64").pow_(0.5)).toThrow(ShapeError);
    expect(() => zeros(3).addcmul_(torch.zeros(2, 3), torch.zeros(3))).toThrow(ShapeError);
    expect(() => zeros(3).maskedFill_(torch.ones(2, 3).bool(), 1)).toThrow(ShapeError);
    expect(() => zeros(3).fillDiagonal_(1)).toThrow("x is not a matrix");
    expect(() => zeros(3).requiresGrad_().relu_()).toThrow("a leaf that requires gradients");
  });

  it("detach_ makes a leaf; what was computed before keeps its gradients", () => {
    const x = torch.tensor([1]).requiresGrad_();
    const y = x.mul(2);
    const z = y.mul(3);
    expect(y.detach_()).toBe(y);
    expect([y.requiresGrad, y.isLeaf]).toEqual([false, true]);
    z.backward();
    expect(values(x.grad!)).toEqual([6]);
  });
});

describe("indices", () => {
  const x = (): torch.Tensor => torch.zeros(2, 3);
  const index = (...v: number[]): torch.Tensor => torch.tensor(v, { dtype: "int64" });

  it.each<readonly [string, () => unknown, typeof IsoformError]>([
    ["gather below 0", () => x().gather(1, index(-1).reshape(1, 1)), ArgumentError],
    ["scatter below 0", () => x().scatter(1, index(-1).reshape(1, 1), 1), ArgumentError],
    ["scatterAdd above", () => x().scatterAdd(1, index(3).reshape(1, 1), torch.ones(1, 1)), ArgumentError],
    ["indexAdd below 0", () => x().indexAdd(0, index(-1), torch.ones(1, 3)), ArgumentError],
    ["indexCopy above", () => x().indexCopy(0, index(2), torch.ones(1, 3)), ArgumentError],
    ["indexFill far below 0", () => x().indexFill(0, index(-3), 1), ArgumentError],
    ["take above", () => x().take(index(6)), ArgumentError],
    ["takeAlongDim of all below 0", () => x().takeAlongDim(index(-1)), ArgumentError],
    ["indexPut above", () => x().indexPut([index(2)], torch.tensor(1)), ArgumentError],
    ["an index of floats", () => x().scatter(1, torch.zeros(1, 1), 1), DTypeError],
    ["a source of another dtype", () => x().scatter(1, index(0).reshape(1, 1), index(1)), DTypeError],
    [
      "a source that is too small",
      () => x().scatterAdd(1, index(0, 1).reshape(1, 2), x().narrow(1, 0, 1)),
      ShapeError,
    ],
    ["slices of another shape", () => x().indexAdd(0, index(0), torch.ones(2, 3)), ShapeError],
    [
      "an unknown reduction",
      () => x().scatterReduce(1, index(0).reshape(1, 1), x(), "max" as "amax"),
      ArgumentError,
    ],
    ["repeats of another number", () => x().repeatInterleave(index(1, 2), 1), ShapeError],
    ["negative repeats", () => x().repeatInterleave(index(1, -2), 0), ArgumentError],
    ["shifts without axes", () => x().roll([1, 2]), ArgumentError],
    ["one axis twice", () => x().diagonal(0, 1, -1), ArgumentError],
    ["too wide windows", () => x().unfold(1, 4, 1), ShapeError],
    ["grids of matrices", () => torch.meshgrid(x()), ShapeError],
    ["grids of two dtypes", () => torch.meshgrid(zeros(2), index(1)), DTypeError],
  ])("%s", (_, call, error) => {
    expect(call).toThrow(error);
  });
});
