// Every module of nn and a list of torch functions: traced, imported, written as ONNX, PyTorch and Keras, read back and
// compared. What a format refuses is listed with its reason; an unexpected success fails.
import { afterAll, describe, expect, it } from "vitest";
import { cpu } from "@isoform/backend-cpu";
import { createRuntime, disposeGraph, scope, UnsupportedOpError, type Device } from "@isoform/core";
import { nn, torch, traceModule } from "@isoform/api-torch";
import { convertModel, Session, type TargetFormat } from "@isoform/converter";
import {
  fromTypedArray,
  typedArrayOf,
  type RawTensor,
} from "../packages/converter/src/formats/raw-tensor.js";
import { importTrace } from "../packages/converter/src/importers/torch/trace.js";
import type { IrModel } from "../packages/converter/src/ir/types.js";
import { flattenOutputs } from "./support/torch-cases.js";
import { MODULE_CASES, type CaseInput, type TraceCase } from "./support/trace-cases.js";
import { FUNCTION_CASES } from "./support/trace-functions.js";
import { NOT_MODULES, REFUSED } from "./support/trace-refusals.js";

const runtime = await createRuntime({ backends: [cpu()] });
const device: Device = runtime.use();
afterAll(() => runtime.dispose());

const resized = (shape: readonly number[], n: number) => [n, ...shape.slice(1)];

/** The tensor of an input with a batch. */
function tensorOf(input: CaseInput, batch: number | null): torch.Tensor {
  const shape = batch === null ? input.shape : resized(input.shape, batch);
  const size = shape.reduce((p, n) => p * n, 1);
  if (!input.at) return torch.randn([...shape]);
  const flat = torch.tensor(Array.from({ length: size }, (_, i) => input.at!(i)));
  return flat.to(input.dtype).reshape([...shape]);
}

interface Imported {
  readonly model: IrModel;
  readonly inputs: ReadonlyMap<string, RawTensor>;
  /** The module's own results. */
  readonly want: readonly RawTensor[];
}

async function importCase(c: TraceCase): Promise<Imported> {
  torch.manualSeed(7);
  const module = c.make().eval();
  const sizes = c.batch === false ? [null] : [2, 3];
  const traces = sizes.map((n) =>
    traceModule(
      module,
      c.inputs.map(({ shape, dtype }) => ({ shape: n === null ? shape : resized(shape, n), dtype })),
    ),
  );
  try {
    const [traced, other] = traces;
    const model = await importTrace(traced!, { other });
    const xs = c.inputs.map((input) => tensorOf(input, c.batch === false ? null : 4));
    const want = scope(() =>
      torch.noGrad(() =>
        flattenOutputs(Reflect.apply(module, undefined, xs)).map((t) =>
          fromTypedArray(t.dtype, t.shape, t.dataSync().slice()),
        ),
      ),
    );
    const inputs = new Map(
      model.graph.inputs.map((v, i) => [
        v.name,
        fromTypedArray(xs[i]!.dtype, xs[i]!.shape, xs[i]!.dataSync().slice()),
      ]),
    );
    return { model, inputs, want };
  } finally {
    for (const t of traces) disposeGraph(t.graph);
    module.dispose();
  }
}

/** Largest difference, relative to the largest value; infinite for other shapes. */
function distance(a: RawTensor, b: RawTensor): number {
  const [x, y] = [typedArrayOf(a), typedArrayOf(b)];
  if (a.shape.join() !== b.shape.join()) return Infinity;
  let [worst, most] = [0, 1e-6];
  for (let i = 0; i < y.length; i++) {
    const [p, q] = [Number(x[i]), Number(y[i])];
    if (Object.is(p, q) || p === q) continue;
    worst = Math.max(worst, Number.isFinite(p) && Number.isFinite(q) ? Math.abs(p - q) : Infinity);
    most = Math.max(most, Math.abs(q));
  }
  return worst / most;
}

async function check(name: string, c: TraceCase): Promise<void> {
  const refused = REFUSED.import[name];
  if (refused) {
    await expect(importCase(c)).rejects.toThrow(refused);
    return;
  }
  const { model, inputs, want } = await importCase(c);
  const session = new Session(model.graph, { device });
  const got = [...(await session.run(inputs)).values()];
  session.dispose();
  expect(got.length).toBe(want.length);
  got.forEach((t, i) => expect(distance(t, want[i]!), `output ${i}`).toBeLessThan(2e-5));
  const wrong: string[] = [];
  for (const format of ["onnx", "torch", "keras"] as const) {
    const reason = REFUSED[format][name];
    const problem = await convert(model, format, inputs);
    if (problem === null && reason) wrong.push(`converts to ${format} now: take it off the list`);
    if (problem !== null && !(reason && problem.refused && reason.test(problem.text)))
      wrong.push(`to ${format}: ${problem.text}`);
  }
  expect(wrong).toEqual([]);
}

interface Problem {
  readonly refused: boolean;
  readonly text: string;
}

async function convert(
  model: IrModel,
  format: TargetFormat,
  inputs: ReadonlyMap<string, RawTensor>,
): Promise<Problem | null> {
  try {
    const { report } = await convertModel(model, format, { device, inputs, opset: 20 });
    return report.verification?.ok ? null : { refused: false, text: "not verified" };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return { refused: error instanceof UnsupportedOpError, text: error.message };
  }
}

describe("every module of nn", () => {
  it("has a case", () => {
    const classes = Object.keys(nn).filter((k) => /^[A-Z]/.test(k) && !NOT_MODULES.has(k));
    const covered = new Set(Object.keys(MODULE_CASES).map((k) => k.split(" ")[0]!));
    expect(classes.filter((k) => !covered.has(k))).toEqual([]);
    const known = new Set([...Object.keys(MODULE_CASES), ...Object.keys(FUNCTION_CASES)]);
    for (const list of Object.values(REFUSED))
      expect(Object.keys(list).filter((k) => !known.has(k))).toEqual([]);
  });
  it.each(Object.entries(MODULE_CASES))("%s", check);
});

describe("functions of torch", () => {
  it.each(Object.entries(FUNCTION_CASES))("%s", check);
});
