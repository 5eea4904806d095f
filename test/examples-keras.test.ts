// The Keras-style examples print exactly what they should.
import { beforeAll, describe, expect, it } from "vitest";
import { cpu } from "@isoform/backend-cpu";
import { setBackend } from "@isoform/core";
import { branching } from "../examples/src/keras/branching.js";
import { customLayer } from "../examples/src/keras/custom-layer.js";
import { gradientDescent } from "../examples/src/keras/gradient-descent.js";
import { gradients } from "../examples/src/keras/gradients.js";
import { mnistSummary } from "../examples/src/keras/mnist-summary.js";
import { twoInputs } from "../examples/src/keras/two-inputs.js";

beforeAll(async () => {
  await setBackend(cpu());
});

async function printed(example: (print: (line: string) => void) => void | Promise<void>): Promise<string> {
  const lines: string[] = [];
  await example((line) => lines.push(line));
  return lines.join("\n");
}

describe("examples in Keras style", () => {
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

  it("the summary of the 784-128-10 network", async () => {
    const text = await printed(mnistSummary);
    expect(text).toContain('Model: "sequential"');
    expect(text).toMatch(/│ dense \(Dense\) +│ \(None, 128\) +│ +100,480 │/);
    expect(text).toMatch(/│ dense_1 \(Dense\) +│ \(None, 10\) +│ +1,290 │/);
    expect(text).toContain("Total params: 101,770 (397.54 KB)");
    expect(text).toContain("Non-trainable params: 0 (0.00 B)");
  });

  it("two inputs", async () => {
    const text = await printed(twoInputs);
    expect(text).toContain('Model: "two_inputs"');
    expect(text).toContain("loss fell by half: true");
  });

  it("custom layer", async () => {
    expect(await printed(customLayer)).toBe(
      "weights: line/affine/scale, line/affine/shift\nscale 3.00, shift -1.00",
    );
  });

  it("branching", async () => {
    expect(await printed(branching)).toBe(
      "input 2: gradients in large/kernel, large/bias\ninput -1: gradients in small/kernel, small/bias",
    );
  });
});
