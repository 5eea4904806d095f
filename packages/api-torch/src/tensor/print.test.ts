// Tensors print as in PyTorch: texts recorded by fixtures/generate/torch_reprs.py.
import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { reference } from "@isoform/backend-reference";
import { setBackend, type DType } from "@isoform/core";
import { F, nn, torch } from "../index.js";
import { fixed, scientific } from "./format-number.js";

type Value = number | boolean | string;
interface Printed {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly values:
    | readonly Value[]
    | { readonly start: number; readonly step: number; readonly count: number };
  readonly requiresGrad: boolean;
  readonly parameter: boolean;
  readonly text: string;
}
const file = new URL("../../../../fixtures/recorded/torch_reprs.json", import.meta.url);
const recorded = JSON.parse(readFileSync(file, "utf8")) as {
  readonly tensors: readonly Printed[];
  readonly graph: Readonly<Record<string, string>>;
};

beforeAll(async () => {
  await setBackend(reference());
});

function valuesOf({ values, dtype }: Printed): (number | bigint | boolean)[] {
  if ("start" in values) {
    return Array.from({ length: values.count }, (_, i) => values.start + i * values.step);
  }
  return values.map((v) => {
    if (typeof v !== "string") return v;
    return dtype === "int64" ? BigInt(v) : Number(v.replace("inf", "Infinity"));
  });
}

function build(p: Printed): torch.Tensor {
  const t = torch.tensor(valuesOf(p), { dtype: p.dtype }).reshape([...p.shape]);
  if (p.parameter) return nn.Parameter(t, { requiresGrad: p.requiresGrad });
  return p.requiresGrad ? t.requiresGrad_() : t;
}

describe("print(tensor)", () => {
  it.each(recorded.tensors.map((p) => [p.name, p] as const))("%s", async (_, p) => {
    expect(await build(p).repr()).toBe(p.text);
  });

  const GRAPH: Readonly<Record<string, (x: torch.Tensor, w: torch.Tensor) => torch.Tensor>> = {
    add: (x) => x.add(1),
    sub: (x, w) => x.sub(w),
    mul: (x) => x.mul(2),
    div: (x, w) => x.div(w.exp()),
    neg: (x) => x.neg(),
    pow: (x) => x.pow(2),
    matmul: (x, w) => x.matmul(w),
    exp: (x) => x.exp(),
    log: (x) => x.log(),
    sqrt: (x) => x.sqrt(),
    abs: (x) => x.abs(),
    tanh: (x) => x.tanh(),
    sigmoid: (x) => x.sigmoid(),
    relu: (x) => x.relu(),
    sum: (x) => x.sum(),
    mean: (x) => x.mean(),
    max: (x) => x.max(),
    reshape: (x) => x.reshape(4),
    transpose: (x) => x.transpose(0, 1),
    softmax: (x) => x.softmax(1),
    "log softmax": (x) => x.logSoftmax(1),
    linear: (x, w) => F.linear(x, w, torch.zeros(2)),
    cat: (x, w) => torch.cat([x, w]),
    clone: (x) => x.clone(),
    where: (x, w) => torch.where(x.gt(2), x, w),
  };

  it.each(Object.keys(recorded.graph))("grad_fn of %s", async (name) => {
    const x = torch.tensor(
      [
        [1, 2],
        [3, 4],
      ],
      { requiresGrad: true },
    );
    const w = torch.tensor(
      [
        [1, 0],
        [0.5, 2],
      ],
      { requiresGrad: true },
    );
    expect(await GRAPH[name]!(x, w).repr()).toBe(recorded.graph[name]);
  });

  it("torch.print joins its arguments and reads the tensors", () => {
    const lines: string[] = [];
    const log = vi.spyOn(console, "log").mockImplementation((line: string) => void lines.push(line));
    torch.print("x =", torch.tensor([1, 2]), nn.ReLU(), 3);
    log.mockRestore();
    expect(lines).toEqual(["x = tensor([1., 2.]) ReLU() 3"]);
  });

  it("toString never reads", () => {
    expect(String(torch.ones(2, 3))).toBe("torch.Tensor(float32[2,3])");
  });
});

describe("Python's number formats", () => {
  it.each([
    [0.03125, "0.0312"],
    [0.09375, "0.0938"],
    [-0.03125, "-0.0312"],
    [0.1, "0.1000"],
    [-0, "-0.0000"],
    [1234567.00005, "1234567.0000"],
  ])("fixed(%d)", (v, text) => expect(fixed(v, 4)).toBe(text));

  it.each([
    [1000050, "1.0000e+06"],
    [1000150, "1.0002e+06"],
    [-1e-7, "-1.0000e-07"],
    [0, "0.0000e+00"],
    [1.5e300, "1.5000e+300"],
  ])("scientific(%d)", (v, text) => expect(scientific(v, 4)).toBe(text));
});
