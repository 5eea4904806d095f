// model.py: writing and reading are inverse, and other Python is refused, never run.
import { describe, expect, it } from "vitest";
import { binary, call, dotted, int, ints, method, name, index, str } from "../python/ast.js";
import type { TorchProgram } from "./program.js";
import { readProgram } from "./read.js";
import { identifier, writeProgram } from "./write.js";

const program: TorchProgram = {
  className: "Model",
  doc: ["Digits.", "Second line."],
  modules: new Map([
    ["conv1", call("nn.Conv2d", [int(3), int(8)], { kernel_size: ints([3, 3]) })],
    ["layer1.0.conv", call("nn.Conv2d", [int(8), int(8)], { kernel_size: ints([1, 1]) })],
    ["layer1.0.bn", call("nn.BatchNorm2d", [int(8)])],
    ["layer1.1", call("nn.Linear", [int(8), int(2)])],
  ]),
  tensors: new Map([
    ["scale", { kind: "parameter", shape: [1], dtype: "float32" }],
    ["table", { kind: "buffer", shape: [2, 3], dtype: "int64" }],
  ]),
  helpers: ["same_pad"],
  inputs: [
    { id: "image", name: 'in "put"', dtype: "float32", dims: ["batch", 28, null] },
    { id: "mask", name: "mask:0", dtype: null, dims: null },
  ],
  body: [
    { targets: ["x"], value: call("self.conv1", [name("image")]) },
    {
      targets: ["x_1"],
      value: call(index(index(dotted("self.layer1"), str("0")), str("conv")), [name("x")]),
    },
    {
      targets: ["a", null],
      value: method(binary("*", name("x_1"), dotted("self.scale")), "split", [int(4)], { dim: int(1) }),
    },
  ],
  outputs: [
    { id: "a", name: "a", dtype: "float32", dims: [] },
    { id: "x_1", name: "logits", dtype: "int64", dims: [2] },
  ],
};

describe("model.py", () => {
  const text = writeProgram(program);

  it("is read back equal", () => {
    const back = readProgram(text);
    expect(back).toEqual(program);
    expect(writeProgram(back)).toBe(text);
  });

  it("keeps dotted module paths, hence the names in the state dict", () => {
    expect(text).toContain('"0": nn.ModuleDict({');
    expect(text).toContain('x_1 = self.layer1["0"]["conv"](x)');
  });

  it.each([
    ["import os", "torch-program/import", text.replace("import torch\n", "import os\n")],
    ["a foreign call in __init__", "torch-program/line", text.replace("super().__init__()", "print(1)")],
    ["a foreign helper", "torch-program/line", text.replace("def same_pad(", "def evil(")],
    ["a changed helper", "torch-program/line", text.replace("pads = []", "pads = [1]")],
    ["code after return", "torch-program/line", `${text}\nprint(1)\n`],
    [
      "a loop in forward",
      "torch-program/line",
      text.replace("        x = self", "        for i in x: pass\n        x = self"),
    ],
  ])("refuses %s", (_, code, changed) => {
    expect(changed).not.toBe(text);
    expect(() => readProgram(changed)).toThrowError(expect.objectContaining({ code }));
  });

  it("gives typed errors for every truncation", () => {
    for (let n = 0; n < text.length - 1; n += 7) {
      try {
        readProgram(text.slice(0, n));
      } catch (error) {
        expect(error).toHaveProperty("code");
      }
    }
  });

  it("makes identifiers", () => {
    const taken = new Set<string>();
    expect(["conv2d/kernel:0", "1x", "class", "class", ""].map((w) => identifier(w, taken))).toEqual([
      "conv2d_kernel_0",
      "x_1x",
      "class_",
      "class__1",
      "x",
    ]);
  });
});
