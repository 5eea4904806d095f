// fixtures/torch-modules: every recorded module, outputs and gradients, on both backends; weights read from the .pt files.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { cpu } from "@isoform/backend-cpu";
import { reference } from "@isoform/backend-reference";
import {
  createRuntime,
  fromTypedArray,
  scope,
  type Tensor as CoreTensor,
  type TypedArray,
} from "@isoform/core";
import { nn, torch } from "@isoform/api-torch";
import {
  bytesSource,
  readTorchFile,
  stateDictOf,
  typedArrayOf,
} from "../packages/converter/src/formats/index-a.js";
import { isDType } from "@isoform/core";
import { haveShared, readRecorded, readSharedJson, sharedPath, type Recorded } from "./support/fixtures.js";
import { flattenOutputs, TORCH_CASES } from "./support/torch-cases.js";

interface Entry {
  readonly name: string;
  readonly state_dict: string;
  readonly golden: string;
  readonly input: Readonly<Record<string, unknown>>;
  readonly output: Readonly<Record<string, unknown>>;
  readonly atol: number;
  readonly rtol: number;
  readonly grad_atol: number;
  readonly grad_rtol: number;
}
interface Manifest {
  readonly cases: readonly Entry[];
}

const manifest = haveShared
  ? (readSharedJson("fixtures", "torch-modules", "manifest.json") as Manifest)
  : { cases: [] };
const runtime = await createRuntime({ backends: [cpu(), reference()] });
afterAll(() => runtime.dispose());

function upload(t: Recorded): torch.Tensor {
  return torch
    .fromTypedArray(t.data)
    .reshape([...t.shape])
    .to(t.dtype);
}

/** Largest |a − b| / (atol + rtol·|b|); up to 1 passes. */
function share(a: TypedArray, b: TypedArray, atol: number, rtol: number): number {
  let worst = a.length === b.length ? 0 : Infinity;
  for (let i = 0; i < b.length; i++) {
    const [x, y] = [Number(a[i]), Number(b[i])];
    worst = Math.max(worst, Number.isNaN(x) ? Infinity : Math.abs(x - y) / (atol + rtol * Math.abs(y)));
  }
  return worst;
}

/** Worst errors of a case, as shares of the tolerance. */
interface Worst {
  outputs: number;
  gradients: number;
}
/** By backend and case; written where scripts/torch-modules-table.mjs asks for it. */
const measured: Record<string, Record<string, Worst>> = { cpu: {}, reference: {} };
const record = process.env["RECORD_TORCH_MODULES"];
if (record) afterAll(() => writeFileSync(record, JSON.stringify(measured)));

async function stateOf(entry: Entry): Promise<Map<string, CoreTensor>> {
  const bytes = readFileSync(sharedPath("fixtures", "torch-modules", entry.state_dict));
  const { tensors } = await stateDictOf(await readTorchFile(bytesSource(bytes, entry.state_dict)));
  const out = new Map<string, CoreTensor>();
  for (const [name, t] of tensors) {
    if (isDType(t.dtype)) out.set(name, fromTypedArray(typedArrayOf(t), { shape: t.shape, dtype: t.dtype }));
  }
  return out;
}

function check(
  entry: Entry,
  module: nn.Module,
  golden: ReadonlyMap<string, Recorded>,
  prefix: "" | "train.",
  worst: Worst,
): string[] {
  const problems: string[] = [];
  const compare = (what: string, got: CoreTensor | null, atol: number, rtol: number) => {
    const want = golden.get(prefix + what);
    if (!want) return;
    if (got === null) problems.push(`${what}: nothing`);
    else {
      const part = share(got.dataSync(), want.data, atol, rtol);
      const kind = what.startsWith("grad.") ? "gradients" : "outputs";
      worst[kind] = Math.max(worst[kind], part);
      if (!(part <= 1) || got.shape.join() !== want.shape.join())
        problems.push(`${what}: ${part} of the tolerance`);
    }
  };
  const names = Object.keys(entry.input);
  const inputs = names.map((n) => upload(golden.get(`input.${n}`)!));
  for (const x of inputs) if (x.dtype === "float32") x.requiresGrad_(true);
  const outputs = flattenOutputs(Reflect.apply(module, undefined, inputs));
  const outputNames = Object.keys(entry.output);
  let loss: torch.Tensor | null = null;
  outputNames.forEach((n, i) => {
    const y = outputs[i] as torch.Tensor | undefined;
    compare(`output.${n}`, y ?? null, entry.atol, entry.rtol);
    if (!y?.requiresGrad) return;
    const term = y.mul(upload(golden.get(`cotangent.${n}`)!)).sum();
    loss = loss === null ? term : (loss as torch.Tensor).add(term);
  });
  module.zeroGrad();
  (loss as torch.Tensor | null)?.backward();
  for (const [n, p] of module.namedParameters())
    compare(`grad.param.${n}`, p.grad, entry.grad_atol, entry.grad_rtol);
  names.forEach((n, i) => compare(`grad.input.${n}`, inputs[i]!.grad, entry.grad_atol, entry.grad_rtol));
  const updated = [...golden.keys()].filter((k) => prefix !== "" && k.startsWith(`${prefix}updated.`));
  const buffers = new Map(module.namedBuffers());
  for (const k of updated)
    compare(
      k.slice(prefix.length),
      buffers.get(k.slice(`${prefix}updated.`.length)) ?? null,
      entry.atol,
      entry.rtol,
    );
  for (const x of inputs) x.grad?.dispose();
  return problems;
}

describe.skipIf(!haveShared)("torch modules", () => {
  it("covers every recorded module", () => {
    const missing = manifest.cases.map((c) => c.name).filter((n) => !(n in TORCH_CASES));
    expect(missing).toEqual([]);
  });

  it.skipIf(record)("the table in docs/ lists them all", () => {
    const table = readFileSync(join(import.meta.dirname, "..", "docs", "fixtures-torch-modules.md"), "utf8");
    const listed = [...table.matchAll(/^\| ([^|]+?) \| (?:\d[\d.e-]* \| ?){4}$/gm)].map((m) => m[1]!);
    expect(listed).toEqual(manifest.cases.map((c) => c.name));
  });

  for (const backend of ["cpu", "reference"]) {
    describe(backend, () => {
      it.each(manifest.cases.map((c) => [c.name, c] as const))("%s", async (name, entry) => {
        const device = runtime.use(backend);
        const before = device.memory().storages;
        const golden = readRecorded(join(sharedPath("fixtures", "torch-modules"), entry.golden));
        const module = TORCH_CASES[name]!.make();
        const state = await stateOf(entry);
        module.loadStateDict(state);
        for (const t of state.values()) t.dispose();
        module.eval();
        const worst = (measured[backend]![name] = { outputs: 0, gradients: 0 });
        expect(scope(() => check(entry, module, golden, "", worst))).toEqual([]);
        if ([...golden.keys()].some((k) => k.startsWith("train."))) {
          module.train();
          expect(scope(() => check(entry, module, golden, "train.", worst))).toEqual([]);
        }
        module.dispose();
        expect(device.memory().storages).toBe(before);
      });
    });
  }
});
