// The recorded Keras layers: outputs and gradients of every case within its tolerances, on both backends.
import { readFileSync } from "node:fs";
import { afterAll, describe, expect, it } from "vitest";
import { cpu } from "@isoform/backend-cpu";
import { reference } from "@isoform/backend-reference";
import {
  add,
  createRuntime,
  grad,
  isDType,
  isFloat,
  mul,
  scope,
  sum,
  Tensor,
  withDevice,
  type Device,
} from "@isoform/core";
import { Session, uploadRaw } from "../../execute/session.js";
import { bytesSource } from "../../formats/bytes.js";
import { readKerasFile } from "../../formats/keras/index.js";
import { fromTypedArray, typedArrayOf, type RawTensor } from "../../formats/raw-tensor.js";
import { openSafetensors } from "../../formats/safetensors/read.js";
import { printGraph } from "../../ir/print.js";
import type { IrModel, IrValue } from "../../ir/types.js";
import { disassembleWeight } from "../../ir/weights.js";
import { DATA, dataBytes, present } from "../../testing/goldens.js";
import { importKeras, type CustomKerasLayers } from "./index.js";

interface Case {
  readonly name: string;
  readonly file: string;
  readonly golden: string;
  readonly atol: number;
  readonly rtol: number;
  readonly grad_atol: number;
  readonly grad_rtol: number;
}
const cases: readonly Case[] = present
  ? JSON.parse(readFileSync(new URL("fixtures/keras-layers/manifest.json", DATA), "utf8")).cases
  : [];

const runtime = await createRuntime({ backends: [cpu(), reference()] });
afterAll(() => runtime.dispose());
const devices = [runtime.use("cpu"), runtime.use("reference")];

/** What the Lambda of the fixture computes, x * 2 + 1, in TypeScript. */
const customLayers: CustomKerasLayers = new Map([
  [
    "Lambda",
    ({ builder, inputs, name }) => [
      builder.op(
        "Add",
        [builder.op("Mul", [inputs[0]!, builder.scalar(2)], {}), builder.scalar(1)],
        {},
        { name },
      ),
    ],
  ],
]);

async function load(c: Case): Promise<IrModel> {
  const file = await readKerasFile(bytesSource(dataBytes(`fixtures/keras-layers/${c.file}`), c.file));
  return importKeras(file, { customLayers });
}

async function goldenOf(c: Case): Promise<ReadonlyMap<string, RawTensor>> {
  const path = `fixtures/keras-layers/${c.golden}`;
  return (await openSafetensors(bytesSource(dataBytes(path), path))).readAll();
}

function withPrefix(all: ReadonlyMap<string, RawTensor>, prefix: string): Map<string, RawTensor> {
  return new Map(
    [...all].flatMap(([k, t]) => (k.startsWith(prefix) ? [[k.slice(prefix.length), t] as const] : [])),
  );
}

function expectClose(actual: RawTensor, wanted: RawTensor, atol: number, rtol: number, what: string): void {
  expect(`${actual.dtype}[${actual.shape.join()}]`, what).toBe(`${wanted.dtype}[${wanted.shape.join()}]`);
  const a = typedArrayOf(actual);
  const b = typedArrayOf(wanted);
  let worst = 0;
  for (let i = 0; i < b.length; i++) {
    const [x, y] = [Number(a[i]), Number(b[i])];
    const over = Math.abs(x - y) - rtol * Math.abs(y);
    worst = Math.max(worst, Number.isNaN(over) ? Infinity : over);
  }
  expect(worst, what).toBeLessThanOrEqual(atol);
}

/** Gradients of sum(outputs * cotangents), by the names of the Keras weights and by input. */
function gradients(
  model: IrModel,
  device: Device,
  inputs: ReadonlyMap<string, RawTensor>,
  cotangents: ReadonlyMap<string, RawTensor>,
): ReadonlyMap<string, RawTensor> {
  const session = new Session(model.graph, { device });
  const floats = (t: RawTensor) => isDType(t.dtype) && isFloat(t.dtype);
  const weights = [...model.graph.weights].filter(([, w]) => w.source !== null && floats(w.tensor));
  const given = [...inputs].filter(([, t]) => floats(t));
  const out = new Map<string, RawTensor>();
  withDevice(device, () =>
    scope(() => {
      const loss = (...tensors: Tensor[]): Tensor => {
        const overrides = new Map<IrValue, Tensor>(weights.map(([v], i) => [v, tensors[i]!]));
        const xs = new Map<string, RawTensor | Tensor>(inputs);
        given.forEach(([name], i) => xs.set(name, tensors[weights.length + i]!));
        const ys = session.runSync(xs, { weights: overrides });
        const parts = model.graph.outputs.flatMap((v, i) => {
          const c = cotangents.get(v.name);
          return c ? [sum(mul(ys[i]!, uploadRaw(c, device)))] : [];
        });
        return parts.reduce((a, b) => add(a, b));
      };
      const tensors = [...weights.map(([, w]) => w.tensor), ...given.map(([, t]) => t)].map((t) =>
        uploadRaw(t, device),
      );
      const all = grad(
        loss,
        tensors.map((_, i) => i),
      )(...tensors).map((g) => fromTypedArray(g.dtype, g.shape, g.dataSync().slice()));
      weights.forEach(([, w], i) => {
        for (const [name, t] of disassembleWeight(w.source!, all[i]!)) out.set(`param.${name}`, t);
      });
      given.forEach(([name], i) => out.set(`input.${name}`, all[weights.length + i]!));
    }),
  );
  session.dispose();
  return out;
}

describe.skipIf(!present)("keras-layers fixtures", () => {
  it.each(cases)("$name", async (c) => {
    const before = devices.map((device) => device.memory().storages);
    const model = await load(c);
    const all = await goldenOf(c);
    const inputs = withPrefix(all, "input.");
    const outputs = withPrefix(all, "output.");
    expect(model.graph.outputs.map((v) => v.name)).toEqual([...outputs.keys()]);
    expect(model.graph.inputs.map((v) => v.name)).toEqual([...inputs.keys()]);
    expect(
      model.graph.inputs.every((v) => v.dims?.[0] === "batch"),
      printGraph(model.graph),
    ).toBe(true);
    for (const device of devices) {
      const session = new Session(model.graph, { device });
      const found = await session.run(inputs);
      session.dispose();
      for (const [name, wanted] of outputs)
        expectClose(found.get(name)!, wanted, c.atol, c.rtol, `${device.backend.name} ${name}`);
      const expected = withPrefix(all, "grad.");
      if (expected.size === 0) continue;
      const computed = gradients(model, device, inputs, withPrefix(all, "cotangent."));
      for (const [name, wanted] of expected)
        expectClose(
          computed.get(name)!,
          wanted,
          c.grad_atol,
          c.grad_rtol,
          `${device.backend.name} grad.${name}`,
        );
    }
    expect(devices.map((device) => device.memory().storages)).toEqual(before);
  });
});
