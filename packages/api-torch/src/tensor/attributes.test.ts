// What a tensor is, and new tensors beside one.
import { beforeAll, describe, expect, it } from "vitest";
import { reference } from "@isoform/backend-reference";
import { ArgumentError, setBackend, ShapeError } from "@isoform/core";
import { torch } from "../index.js";

beforeAll(async () => {
  await setBackend(reference());
});

const range = (...shape: number[]): torch.Tensor =>
  torch.arange(shape.reduce((p, n) => p * n, 1)).reshape(shape);

describe("accessors", () => {
  it("T and mT", () => {
    expect(range(2, 3).T.toArraySync()).toEqual([
      [0n, 3n],
      [1n, 4n],
      [2n, 5n],
    ]);
    expect([range(2, 3, 4).T.shape, range(2, 3, 4).mT.shape, range(3).T.shape]).toEqual([
      [4, 3, 2],
      [2, 4, 3],
      [3],
    ]);
    expect(() => range(3).mT).toThrow(ShapeError);
    const x = torch.ones(2, 3).requiresGrad_();
    x.mT.matmul(torch.ones(2, 1)).sum().backward();
    expect(x.grad!.shape).toEqual([2, 3]);
  });

  it("sizes", () => {
    const x = torch.zeros(2, 3, { dtype: "float16" });
    expect([x.ndim, x.ndimension(), x.nelement(), x.numel(), torch.numel(x)]).toEqual([2, 2, 6, 6, 6]);
    expect([x.itemsize, x.elementSize(), x.nbytes, range(0, 2).nbytes]).toEqual([2, 2, 12, 0]);
    expect([x.isContiguous(), x.cpu() === x]).toEqual([true, true]);
  });

  it("kinds", () => {
    const kinds = (["bool", "int8", "float16", "bfloat16", "float64"] as const).map((d) =>
      torch.isFloatingPoint(torch.zeros(1, { dtype: d })),
    );
    expect(kinds).toEqual([false, false, true, true, true]);
    expect([range(1).isComplex(), torch.isComplex(range(1))]).toEqual([false, false]);
  });
});

describe("dtypes", () => {
  it("by name", () => {
    const x = torch.tensor([1.5, -1]);
    expect([x.half(), x.bfloat16(), x.char(), x.short(), x.byte()].map((t) => t.dtype)).toEqual([
      "float16",
      "bfloat16",
      "int8",
      "int16",
      "uint8",
    ]);
    expect(x.typeAs(range(1)).toArraySync()).toEqual([1n, -1n]);
    expect(() => x.typeAs("int64" as never)).toThrow(ArgumentError);
  });
});

describe("new tensors", () => {
  it("have the dtype of the one they are made beside", () => {
    const x = torch.zeros(2, { dtype: "float64" });
    const made = [x.newTensor([1, 2]), x.newZeros(2, 3), x.newOnes([2]), x.newEmpty(), x.newFull([2], 7)];
    expect(made.map((t) => `${t.dtype} ${t.shape.join(",")}`)).toEqual([
      "float64 2",
      "float64 2,3",
      "float64 2",
      "float64 ",
      "float64 2",
    ]);
    expect(made.every((t) => t instanceof torch.Tensor)).toBe(true);
    expect(range(1).newFull([1], 2.9).toArraySync()).toEqual([2n]);
    const leaf = range(1).newOnes(2, { dtype: "float32", requiresGrad: true });
    expect([leaf.dtype, leaf.requiresGrad]).toEqual(["float32", true]);
    expect(() => x.newZeros(-1)).toThrow(ShapeError);
    expect(() => x.newZeros(1, { dtyp: "int64" } as never)).toThrow('unknown option "dtyp"');
  });
});
