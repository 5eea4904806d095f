// at() and setAt() against PyTorch (NumPy for negative steps): cases recorded by fixtures/generate/torch_indexing.py.
import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { reference } from "@isoform/backend-reference";
import { setBackend, type TensorValue } from "@isoform/core";
import { nn, torch } from "../index.js";
import type { Index } from "./indexing.js";

type Written =
  | number
  | string
  | null
  | readonly number[]
  | { readonly tensor: TensorValue }
  | { readonly mask: TensorValue };
interface Flat {
  readonly shape: readonly number[];
  readonly values: readonly number[];
}
interface Case {
  readonly shape: readonly number[];
  readonly index: readonly Written[];
  readonly value?: TensorValue;
  readonly result: Flat;
}
const file = new URL("../../../../fixtures/recorded/torch_indexing.json", import.meta.url);
const { read, write } = JSON.parse(readFileSync(file, "utf8")) as {
  readonly read: readonly Case[];
  readonly write: readonly Case[];
};

beforeAll(async () => {
  await setBackend(reference());
});

const count = (shape: readonly number[]): torch.Tensor =>
  torch
    .arange(shape.reduce((p, n) => p * n, 1))
    .float()
    .reshape([...shape]);

function indexOf(i: Written): Index {
  if (typeof i !== "object" || i === null || Array.isArray(i)) return i as Index;
  if ("mask" in i) return torch.tensor(i.mask, { dtype: "bool" });
  return torch.tensor((i as { readonly tensor: TensorValue }).tensor, { dtype: "int64" });
}

const flat = (t: torch.Tensor): Flat => ({ shape: t.shape, values: Array.from(t.dataSync(), Number) });
const name = (c: Case): string =>
  `[${c.shape.join(",")}] at ${JSON.stringify(c.index)}${c.value === undefined ? "" : ` = ${JSON.stringify(c.value)}`}`;

describe("at", () => {
  it.each(read.map((c) => [name(c), c] as const))("%s", (_, c) => {
    expect(flat(count(c.shape).at(...c.index.map(indexOf)))).toEqual(c.result);
  });

  it("gives gradients where it read", () => {
    const x = count([3, 4]).requiresGrad_();
    x.at(torch.tensor([0, 2, 0]).long(), torch.tensor([1, 1, 1]).long())
      .sum()
      .backward();
    expect(x.grad!.toArraySync()).toEqual([
      [0, 2, 0, 0],
      [0, 0, 0, 0],
      [0, 1, 0, 0],
    ]);
    x.grad = null;
    x.at("::-2", [1, -1]).sum().backward();
    expect(x.grad!.toArraySync()).toEqual([
      [0, 1, 0, 1],
      [0, 0, 0, 0],
      [0, 1, 0, 1],
    ]);
  });

  it.each([
    [[5], "at: index 5 is outside axis 0 of size 3 (inputs: float32[3,4])\n  Fix: use an index from -3 to 2"],
    [[0, 0, 0], "at: 3 indices for 2 axes (inputs: float32[3,4])\n  Fix: use at most one index per axis"],
    [["...", "..."], "at: two '...' in one index (inputs: float32[3,4])\n  Fix: use at most one"],
    [
      ["1;2"],
      "at: \"1;2\" is not an index (inputs: float32[3,4])\n  Fix: write slices as 'start:stop' or 'start:stop:step', '...' for all other axes",
    ],
    [["::0"], "at: a slice step is 0 (inputs: float32[3,4])\n  Fix: use a positive or negative step"],
    [
      [":", [4]],
      "at: index 4 is outside axis 1 of size 4 (inputs: float32[3,4])\n  Fix: indices go from 0 to 3",
    ],
    [
      [1.5],
      "at: index 1.5 is outside axis 0 of size 3 (inputs: float32[3,4])\n  Fix: use an index from -3 to 2",
    ],
  ] as const)("%j is refused", (index, message) => {
    expect(() => count([3, 4]).at(...index)).toThrow(message);
  });

  it("refuses masks and index tensors that do not fit", () => {
    const x = count([3, 4]);
    expect(() => x.at(torch.tensor([true, false]))).toThrow(
      "at: the mask does not fit the tensor (inputs: float32[3,4], bool[2])\n  Fix: a mask here has the shape [3]",
    );
    expect(() => x.at(torch.tensor([0.5, 1]))).toThrow(
      "at: an index tensor must hold integers or booleans (inputs: float32[3,4], float32[2])\n  Fix: convert it with long() or bool()",
    );
  });
});

describe("setAt", () => {
  it.each(write.map((c) => [name(c), c] as const))("%s", (_, c) => {
    const x = count(c.shape);
    const value = typeof c.value === "number" ? c.value : torch.tensor(c.value!);
    expect(x.setAt(c.index.map(indexOf), value)).toBe(x);
    expect(flat(x)).toEqual(c.result);
  });

  it("keeps the dtype: fractions are dropped for integers", () => {
    const x = torch.arange(3);
    x.setAt([1], 2.7).setAt([2], torch.tensor([-1.5]));
    expect(x.toArraySync()).toEqual([0n, 2n, -1n]);
    const flags = torch.tensor([true, true, true]);
    expect(flags.setAt(["1:"], 0).toArraySync()).toEqual([true, false, false]);
  });

  it("gives gradients to the value, and none to what was overwritten", () => {
    const x = count([3]).requiresGrad_();
    const v = torch.tensor([2]).requiresGrad_();
    const y = x.mul(2);
    y.setAt([1], v);
    y.mul(y).sum().backward();
    expect(x.grad!.toArraySync()).toEqual([0, 0, 16]);
    expect(v.grad!.toArraySync()).toEqual([4]);
  });

  it("refuses a value that does not fit", () => {
    expect(() => count([3, 4]).setAt([0], torch.ones(3))).toThrow(
      "setAt: the value does not fit [4] (inputs: float32[3,4], float32[3])\n  Fix: its sizes must be equal or 1, counted from the last axis",
    );
    expect(() => nn.Parameter(count([3])).setAt([0], 1)).toThrow("a leaf that requires gradients");
  });
});
