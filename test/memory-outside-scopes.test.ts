// Outside of a scope, without garbage collection, modules and functions of the PyTorch style leave nothing behind but results.
import { reference } from "@isoform/backend-reference";
import { noGrad, setBackend, type Tensor } from "@isoform/core";
import { torch } from "@isoform/api-torch";
import { describe, expect, it } from "vitest";
import { flattenOutputs } from "./support/torch-cases.js";
import { MODULE_CASES, type CaseInput, type TraceCase } from "./support/trace-cases.js";
import { FUNCTION_CASES } from "./support/trace-functions.js";

const device = await setBackend(reference());

function made({ shape, dtype, at = (i) => 2 * Math.sin(3.7 * i) }: CaseInput): torch.Tensor {
  const numbers = Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => at(i));
  return torch.scope(() => torch.tensor(numbers, { dtype }).reshape([...shape]));
}

/** Storages that a call of `module` leaves. */
function left(module: ReturnType<TraceCase["make"]>, inputs: readonly Tensor[]): number {
  const before = device.memory().storages;
  for (const y of flattenOutputs(module(...inputs))) if (!inputs.includes(y)) y.dispose();
  return device.memory().storages - before;
}

describe.each([
  ["modules", MODULE_CASES],
  ["functions", FUNCTION_CASES],
])("%s", (_, cases) => {
  it.each(Object.entries(cases))("%s", (name, c) => {
    const inputs = c.inputs.map(made);
    const module = c.make();
    // Random slopes in training are not available.
    if (name !== "RReLU") expect(left(module, inputs), "with gradients").toBe(0);
    module.eval();
    expect(
      noGrad(() => left(module, inputs)),
      "without gradients",
    ).toBe(0);
  });
});
