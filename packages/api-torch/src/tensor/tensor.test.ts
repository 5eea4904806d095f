// Tensor methods: dtype rules, axes by position or name, shapes, functions of the torch namespace.
import { inspect } from "node:util";
import { beforeAll, describe, expect, it } from "vitest";
import { reference } from "@isoform/backend-reference";
import { DTypeError, setBackend, type DType } from "@isoform/core";
import { F, nn, torch } from "../index.js";

beforeAll(async () => {
  await setBackend(reference());
});

const matrix = (): torch.Tensor =>
  torch.tensor([
    [1, 2, 3],
    [4, 5, 6],
  ]);

describe("dtypes", () => {
  const make = (dtype: DType): torch.Tensor => torch.ones(2, { dtype });

  it.each<readonly [string, (x: torch.Tensor) => torch.Tensor, DType, DType]>([
    ["sum of int32", (x) => x.sum(), "int32", "int64"],
    ["sum of bool", (x) => x.sum(), "bool", "int64"],
    ["prod of uint8", (x) => x.prod(), "uint8", "int64"],
    ["cumsum of int8", (x) => x.cumsum(0), "int8", "int64"],
    ["sum of float16", (x) => x.sum(), "float16", "float16"],
    ["int64 / int64", (x) => x.div(x), "int64", "float32"],
    ["bool / bool", (x) => x.div(x), "bool", "float32"],
    ["int64 / 2", (x) => x.div(2), "int64", "float32"],
    ["float64 / 2", (x) => x.div(2), "float64", "float64"],
    ["int64, divided and truncated", (x) => x.div(2, { roundingMode: "trunc" }), "int64", "int64"],
    ["int64, divided and floored", (x) => x.div(2, { roundingMode: "floor" }), "int64", "int64"],
    ["int64 + 1", (x) => x.add(1), "int64", "int64"],
    ["int64 + 0.5", (x) => x.add(0.5), "int64", "float32"],
    ["bool + 1", (x) => x.add(1), "bool", "int64"],
    ["float16 + 0.5", (x) => x.add(0.5), "float16", "float16"],
    ["comparison", (x) => x.lt(1), "float32", "bool"],
    ["argmax", (x) => x.argmax(), "float32", "int64"],
    ["any", (x) => x.any(), "float32", "bool"],
    ["logicalNot", (x) => x.logicalNot(), "int64", "bool"],
    ["max of int32", (x) => x.max(), "int32", "int32"],
    ["onesLike", (x) => torch.onesLike(x), "int8", "int8"],
    ["int64 + float16", (x) => x.add(torch.ones(2, { dtype: "float16" })), "int64", "float16"],
    ["uint8 + int8", (x) => x.add(torch.ones(2, { dtype: "int8" })), "uint8", "int16"],
    ["0-d beside a vector", (x) => x.mul(torch.tensor(2)), "float32", "float32"],
  ])("%s", (_, fn, from, to) => {
    expect(fn(make(from)).dtype).toBe(to);
  });

  it("creation", () => {
    const dtypes = [torch.tensor([1]), torch.tensor([1n]), torch.tensor(true), torch.arange(3)].map(
      (t) => t.dtype,
    );
    expect(dtypes).toEqual(["float32", "int64", "bool", "int64"]);
    expect([torch.arange(0, 1, 0.5).dtype, torch.arange(3, { dtype: torch.float }).dtype]).toEqual([
      "float32",
      "float32",
    ]);
    expect([torch.long, torch.int, torch.double, torch.half]).toEqual([
      "int64",
      "int32",
      "float64",
      "float16",
    ]);
  });

  it("means of integers are refused, as in PyTorch", () => {
    expect(() => torch.arange(3).mean()).toThrow("mean: the dtype is not allowed here (inputs: int64[3])");
    expect(() => torch.arange(3).std()).toThrow("std: the dtype is not allowed here");
  });

  it("division", () => {
    const x = torch.tensor([-7n, 7n]);
    expect(x.div(2).toArraySync()).toEqual([-3.5, 3.5]);
    expect(x.div(2, { roundingMode: "trunc" }).toArraySync()).toEqual([-3n, 3n]);
    expect(x.div(2, { roundingMode: "floor" }).toArraySync()).toEqual([-4n, 3n]);
    expect(x.remainder(3).toArraySync()).toEqual([2n, 1n]);
    expect(x.fmod(3).toArraySync()).toEqual([-1n, 1n]);
  });
});

describe("reductions", () => {
  it("axes by position and by name", () => {
    const x = matrix();
    expect(x.sum().toArraySync()).toBe(21);
    expect(x.sum(0).toArraySync()).toEqual([5, 7, 9]);
    expect(x.sum({ dim: 0 }).toArraySync()).toEqual([5, 7, 9]);
    expect(x.sum(-1, { keepdim: true }).toArraySync()).toEqual([[6], [15]]);
    expect(x.sum({ dim: [0, 1], keepdim: true }).shape).toEqual([1, 1]);
    expect(x.sum({ keepdim: true }).shape).toEqual([1, 1]);
    expect(x.mean([0]).toArraySync()).toEqual([2.5, 3.5, 4.5]);
    expect(x.var({ dim: 1, correction: 0 }).toArraySync()).toEqual([2 / 3, 2 / 3].map(Math.fround));
    expect(x.std(1).toArraySync()).toEqual([1, 1]);
    expect(x.amax(1).toArraySync()).toEqual([3, 6]);
    expect(x.norm(1, 0).toArraySync()).toEqual([5, 7, 9]);
    expect(x.any({ dim: 1 }).toArraySync()).toEqual([true, true]);
    expect(x.gt(3).all(1).toArraySync()).toEqual([false, true]);
    expect(() => x.sum({ dims: 0 } as never)).toThrow(
      'sum: unknown option "dims"\n  Fix: did you mean `dim`?',
    );
    expect(() => x.sum(0, { keepDim: true } as never)).toThrow("did you mean `keepdim`?");
  });

  it("values and positions", () => {
    const x = torch.tensor([
      [3, 1, 3],
      [0, 2, 1],
    ]);
    expect(x.max(1).map((t) => t.toArraySync())).toEqual([
      [3, 2],
      [0n, 1n],
    ]);
    expect(x.min({ dim: 0, keepdim: true }).map((t) => t.shape)).toEqual([
      [1, 3],
      [1, 3],
    ]);
    expect([x.argmax().itemSync(), x.argmin(1).toArraySync()]).toEqual([0n, [1n, 0n]]);
    expect(x.argmax({ dim: 1, keepdim: true }).shape).toEqual([2, 1]);
    expect(x.sort({ descending: true })[0].toArraySync()).toEqual([
      [3, 3, 1],
      [2, 1, 0],
    ]);
    expect(x.topk(2, { largest: false })[0].toArraySync()).toEqual([
      [1, 3],
      [0, 1],
    ]);
    expect(torch.max(x, torch.ones(3)).toArraySync()).toEqual([
      [3, 1, 3],
      [1, 2, 1],
    ]);
  });

  it("clamp", () => {
    const x = torch.tensor([-1, 0.5, 2]);
    expect(x.clamp(0, 1).toArraySync()).toEqual([0, 0.5, 1]);
    expect(x.clamp({ min: 0 }).toArraySync()).toEqual([0, 0.5, 2]);
    expect(x.clamp(null, 1).toArraySync()).toEqual([-1, 0.5, 1]);
    expect(() => x.clamp({})).toThrow("clamp: no limit is given");
  });
});

describe("shapes", () => {
  it("changes of shape", () => {
    const x = torch.arange(12);
    expect(x.reshape(3, -1).shape).toEqual([3, 4]);
    expect(x.view([2, 6]).shape).toEqual([2, 6]);
    expect(x.reshape(3, 4).t().shape).toEqual([4, 3]);
    expect(x.reshape(1, 3, 1, 4).squeeze().shape).toEqual([3, 4]);
    expect(x.reshape(1, 3, 1, 4).squeeze(1).shape).toEqual([1, 3, 1, 4]);
    expect(x.unsqueeze(-1).shape).toEqual([12, 1]);
    expect(x.reshape(2, 2, 3).flatten(1).shape).toEqual([2, 6]);
    expect(x.unflatten(0, [3, -1]).shape).toEqual([3, 4]);
    expect(x.reshape(3, 4).permute(1, 0).shape).toEqual([4, 3]);
    expect(torch.ones(3, 1).expand(-1, 4).shape).toEqual([3, 4]);
    expect(torch.ones(2).repeat(3, 2).shape).toEqual([3, 4]);
    expect(x.split(5).map((t) => t.shape[0])).toEqual([5, 5, 2]);
    expect(x.split([1, 11]).map((t) => t.shape[0])).toEqual([1, 11]);
    expect(x.chunk(5).map((t) => t.shape[0])).toEqual([3, 3, 3, 3]);
    expect(x.flip(0).at(0).itemSync()).toBe(11n);
    expect([x.dim(), x.numel()]).toEqual([1, 12]);
  });

  it("joins", () => {
    const [a, b] = [torch.ones(2, 1), torch.zeros(2, 1)];
    expect(torch.cat([a, b], 1).toArraySync()).toEqual([
      [1, 0],
      [1, 0],
    ]);
    expect(torch.cat([a, b], { dim: -1 }).shape).toEqual([2, 2]);
    expect(torch.stack([a, b]).shape).toEqual([2, 2, 1]);
  });
});

describe("functions", () => {
  it("do what the methods do", () => {
    const x = matrix();
    expect(torch.sum(x, 1).toArraySync()).toEqual([6, 15]);
    expect(torch.flatten(x).shape).toEqual([6]);
    expect(torch.softmax(x, 1).toArraySync()).toEqual(x.softmax(1).toArraySync());
    expect(torch.where(x.gt(3), x, 0).toArraySync()).toEqual([
      [0, 0, 0],
      [4, 5, 6],
    ]);
    expect(torch.einsum("ij->ji", x).shape).toEqual([3, 2]);
    expect(torch.arange(1, 10, 4).toArraySync()).toEqual([1n, 5n, 9n]);
    expect(torch.linspace(0, 1, 5).toArraySync()).toEqual([0, 0.25, 0.5, 0.75, 1]);
    expect(torch.eye(2).toArraySync()).toEqual([
      [1, 0],
      [0, 1],
    ]);
  });

  it("allclose", async () => {
    const x = torch.tensor([1, Infinity]);
    expect(await torch.allclose(x, torch.tensor([1.000001, Infinity]))).toBe(true);
    expect(await torch.allclose(x, torch.tensor([1.001, Infinity]))).toBe(false);
    expect(await torch.allclose(x, torch.tensor([[1, Infinity]]))).toBe(false);
    const nan = torch.tensor([NaN]);
    expect(await torch.allclose(nan, nan)).toBe(false);
    expect(await torch.allclose(nan, nan, { equalNan: true })).toBe(true);
  });

  it("is text in templates and for console.log, and nothing for operators", () => {
    const x = torch.tensor([1, 2]);
    expect(`${x}`).toBe("torch.Tensor(float32[2])");
    expect(inspect({ x })).toBe("{ x: tensor([1., 2.]) }");
    expect(JSON.stringify({ x })).toBe('{"x":"torch.Tensor(float32[2])"}');
    const plus = (a: unknown): unknown => (a as number) + 1;
    for (const misuse of [
      plus,
      Number,
      (a: unknown) => (a as number) > 1,
      (a: unknown) => Math.sqrt(a as number),
    ])
      expect(() => misuse(x)).toThrow(/where JavaScript needs a number[^]*await x\.item\(\)/);
    x.dispose();
    expect(inspect(x)).toBe("torch.Tensor(float32[2], released)");
  });

  it("stays on its device, which setBackend chose", () => {
    const x = torch.tensor([1, 2]);
    expect(x.to("cpu")).toBe(x);
    expect(x.to(torch.tensor([1n])).dtype).toBe("int64");
    expect(nn.Linear(1, 2).to("cpu").half().weight.dtype).toBe("float16");
    for (const move of [() => x.to("cuda" as "cpu"), () => nn.Linear(1, 2).to("cuda:0" as "cpu")])
      expect(move).toThrow(/is a device[^]*await setBackend/);
    expect(() => x.to("float" as "cpu")).toThrow(DTypeError);
  });

  it("clamped by nothing is a copy", () => {
    const x = torch.tensor([1, 2]);
    x.clamp({ min: -Infinity }).add_(1);
    expect(x.toArraySync()).toEqual([1, 2]);
  });

  it("of floats are no classes", () => {
    const floats = torch.tensor([0, 1]);
    for (const loss of [F.crossEntropy, F.nllLoss])
      expect(() => loss(torch.zeros(2, 3), floats)).toThrow(/classes are integers: use target\.long\(\)/);
  });

  it("optional numbers by position or by name", () => {
    const x = torch.tensor([-2, 2]);
    expect(F.leakyRelu(x, 0.5).toArraySync()).toEqual([-1, 2]);
    expect(F.leakyRelu(x, { negativeSlope: 0.5 }).toArraySync()).toEqual([-1, 2]);
    expect(F.hardtanh(x, { maxVal: 0.5 }).toArraySync()).toEqual([-1, 0.5]);
    expect(F.softmax(x, { dim: 0 }).toArraySync()).toEqual(F.softmax(x, 0).toArraySync());
    expect(() => F.leakyRelu(x, { negative_slope: 1 } as never)).toThrow("did you mean `negativeSlope`?");
    expect(() => F.elu(x, 1, 2)).toThrow("elu: 2 optional arguments\n  Fix: optional are: alpha");
  });
});
