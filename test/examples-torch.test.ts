// The PyTorch-style examples print exactly what they should.
import { beforeAll, describe, expect, it } from "vitest";
import { cpu } from "@isoform/backend-cpu";
import { setBackend } from "@isoform/core";
import { branching } from "../examples/src/torch/branching.js";
import { customModule } from "../examples/src/torch/custom-module.js";
import { gradientDescent } from "../examples/src/torch/gradient-descent.js";
import { gradients } from "../examples/src/torch/gradients.js";
import { twoInputs } from "../examples/src/torch/two-inputs.js";

beforeAll(async () => {
  await setBackend(cpu());
});

async function printed(example: (print: (line: string) => void) => void | Promise<void>): Promise<string> {
  const lines: string[] = [];
  await example((line) => lines.push(line));
  return lines.join("\n");
}

describe("examples in PyTorch style", () => {
  it("gradients", async () => {
    expect(await printed(gradients)).toBe(
      [
        "y=63, dy/dx=93",
        "d sum(x^2)/dx = [[2,4,6],[8,10,12]]",
        "y3=25, dy3/dx = [[5,5,5],[5,5,5]]",
        "df/dx=4, df/dy=5",
        "d(x^3)=27, d2(x^3)=18 at 3",
      ].join("\n"),
    );
  });

  it("gradient descent", async () => {
    expect(await printed(gradientDescent)).toBe(
      [
        "step 1: x = 3.4000, y = 4.0000",
        "step 2: x = 3.7200, y = 2.5600",
        "step 3: x = 3.9760, y = 1.6384",
        "step 4: x = 4.1808, y = 1.0486",
        "step 5: x = 4.3446, y = 0.6711",
      ].join("\n"),
    );
  });

  it("two inputs", async () => {
    expect(await printed(twoInputs)).toMatch(
      /^TwoInputs\(\n {2}\(conv\): Conv2d\(1, 4, kernel_size=\(3, 3\), stride=\(1, 1\), padding=\(1, 1\)\)\n[\s\S]*improved: true$/,
    );
  });

  it("custom module", async () => {
    expect(await printed(customModule)).toBe(
      [
        "Sequential(",
        "  (0): Affine(features=3)",
        "  (1): Linear(in_features=3, out_features=1, bias=False)",
        ")",
        "state: 0.scale, 0.shift, 0.calls, 1.weight",
        "calls: 1",
        "shift moved: true",
      ].join("\n"),
    );
  });

  it("branching", async () => {
    expect(await printed(branching)).toBe(
      "input 2: gradients in large.weight, large.bias\ninput -1: gradients in small.weight, small.bias",
    );
  });
});
