// Gradients where a formula divides by 0: figures of PyTorch 2.13.
import { reference } from "@isoform/backend-reference";
import { setBackend } from "@isoform/core";
import { beforeAll, expect, it } from "vitest";
import { F, nn, torch } from "../../index.js";

beforeAll(async () => {
  await setBackend(reference());
});

const leaf = (values: number[] | number[][]) => torch.tensor(values).requiresGrad_();
const gradient = (x: torch.Tensor) => Array.from(x.grad!.dataSync(), Number);

it("binary cross entropy of probabilities of 0 and 1", () => {
  const t = torch.tensor([1, 0, 1, 0]);
  const x = leaf([50, 120, -120, -120]);
  const loss = nn.BCELoss()(x.sigmoid(), t);
  loss.backward();
  expect(loss.itemSync()).toBe(50);
  expect(gradient(x).map(Math.abs)).toEqual([0, 0, 0, 0]);
  const p = leaf([1, 1, 0, 0]);
  F.binaryCrossEntropy(p, t).backward();
  expect(gradient(p).map((g) => Math.fround(g / 1e11))).toEqual([0, 2.5, -2.5, 0].map(Math.fround));
  const q = leaf([0.25, 0.5, 0.75, 0.9]);
  F.binaryCrossEntropy(q, t, { reduction: "sum" }).backward();
  gradient(q).forEach((g, i) => expect(g).toBeCloseTo([-4, 2, -1 / 0.75, 10][i]!, 4));
  const half = torch.tensor([0.25, 0.5, 0.75, 0.9], { dtype: "float16" }).requiresGrad_();
  F.binaryCrossEntropy(half, t.half(), { reduction: "sum" }).backward();
  const found = Array.from(half.grad!.float().dataSync(), Number);
  found.forEach((g, i) => expect(g).toBeCloseTo([-4, 2, -1 / 0.75, 10][i]!, 1));
});

it("deviations of 0", () => {
  for (const of of [(x: torch.Tensor) => x.std(0), (x: torch.Tensor) => torch.stdMean(x, 0)[0]]) {
    const x = leaf([
      [5, 2],
      [5, 4],
    ]);
    of(x).sum().backward();
    gradient(x).forEach((g, i) => expect(g).toBeCloseTo([0, -Math.SQRT1_2, 0, Math.SQRT1_2][i]!, 5));
  }
});

it("likelihoods of which all are ignored", () => {
  const x = leaf([
    [1, 2],
    [3, 4],
  ]);
  const loss = F.nllLoss(x, torch.tensor([-100, -100], { dtype: "int64" }));
  loss.backward();
  expect(loss.itemSync()).toBeNaN();
  expect(gradient(x).map(Math.abs)).toEqual([0, 0, 0, 0]);
});

it("cosines of what is broadcast along their axis, and sums over no named axes", () => {
  const [a, b] = [torch.tensor([[1, 2]]), torch.tensor([[1], [3]])];
  for (const x of Array.from(F.cosineSimilarity(a, b, { dim: 1 }).dataSync(), Number)) {
    expect(x).toBeCloseTo(3 / Math.sqrt(10), 5);
  }
  expect(torch.tensor([1, 2]).sum([]).itemSync()).toBe(3);
});

it("rows of an embedding but for the padding", () => {
  const w = leaf([
    [1, 2],
    [3, 4],
    [5, 6],
  ]);
  const indices = torch.tensor([0, 1, 1, 2], { dtype: "int64" });
  F.embedding(indices, w, { paddingIdx: -2 }).sum().backward();
  expect(gradient(w)).toEqual([1, 1, 0, 0, 1, 1]);
  expect(() => F.embedding(indices, w, { paddingIdx: 3 })).toThrow();
});
