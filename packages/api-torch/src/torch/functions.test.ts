// Functions of the torch namespace and methods of the tensor against PyTorch: calls recorded by
// fixtures/generate/torch_functions.
import { readdirSync, readFileSync } from "node:fs";
import { reference } from "@isoform/backend-reference";
import { setBackend, type Device, type DType } from "@isoform/core";
import { beforeAll, describe, expect, it } from "vitest";
import { torch } from "../index.js";

interface Flat {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly data: readonly (number | string | boolean)[];
}
interface Case {
  readonly op: string;
  readonly forms: readonly ("function" | "method")[];
  readonly args: readonly unknown[];
  readonly options: Readonly<Record<string, unknown>>;
  readonly result: readonly Flat[];
  readonly grads: readonly (Flat & { readonly input: number })[];
}
const folder = new URL("../../../../fixtures/recorded/torch_functions/", import.meta.url);
const cases = readdirSync(folder).flatMap(
  (file) => JSON.parse(readFileSync(new URL(file, folder), "utf8")) as Case[],
);

let device: Device;
beforeAll(async () => {
  device = await setBackend(reference());
});

const camel = (name: string): string =>
  name.replaceAll(/(?<=[a-z0-9])_([a-z0-9])/g, (_, c: string) => c.toUpperCase());
const isFlat = (v: unknown): v is Flat => typeof v === "object" && v !== null && "shape" in v;

/** Arguments with their tensors made, which are added to `inputs` in order. */
function made(v: unknown, inputs: torch.Tensor[]): unknown {
  if (isFlat(v)) {
    const values = v.data.map((x) => (v.dtype === "int64" ? BigInt(Number(x)) : Number(x)));
    const t = torch.tensor(values as number[], { dtype: v.dtype }).reshape([...v.shape]);
    inputs.push(t);
    return t;
  }
  if (Array.isArray(v)) return v.map((x) => made(x, inputs));
  return v === "Infinity" || v === "-Infinity" || v === "NaN" ? Number(v) : v;
}

const outputs = (v: unknown): torch.Tensor[] =>
  v instanceof torch.Tensor ? [v] : Array.isArray(v) ? v.flatMap(outputs) : [];
const weights = (shape: readonly number[]): torch.Tensor => {
  const n = shape.reduce((p, d) => p * d, 1);
  const w = Array.from({ length: n }, (_, i) => 1 + ((7919 * i) % 101) / 101);
  return torch.tensor(w, { dtype: "float64" }).reshape([...shape]);
};

function expectClose(got: torch.Tensor, want: Flat): void {
  expect(got.shape).toEqual(want.shape);
  expect(got.dtype).toBe(want.dtype);
  const numbers = want.data.map(Number);
  const found = Array.from(got.dataSync(), Number);
  found.forEach((x, i) => {
    const y = numbers[i]!;
    const close = Object.is(x, y) || x === y || Math.abs(x - y) <= 1e-6 + 1e-6 * Math.abs(y);
    if (!close) expect(found).toEqual(numbers);
  });
}

type Form = "function" | "method";

/** The call of a case, and the tensors that it is given. */
function prepared(c: Case, as: Form): { inputs: torch.Tensor[]; call: () => unknown } {
  const inputs: torch.Tensor[] = [];
  const args = made(c.args, inputs) as unknown[];
  const options = Object.fromEntries(Object.entries(c.options).map(([k, v]) => [camel(k), made(v, inputs)]));
  const all = Object.keys(options).length > 0 ? [...args, options] : args;
  const call = (): unknown => {
    const first = args[0] as torch.Tensor;
    // In-place methods change a copy: a leaf that requires gradients must not be changed.
    const self = as === "function" ? torch : c.op.endsWith("_") ? first.clone() : first;
    const callee: unknown = Reflect.get(self, camel(c.op));
    expect(callee, `${as} ${camel(c.op)}`).toBeTypeOf("function");
    return Reflect.apply(callee as () => unknown, self, as === "method" ? all.slice(1) : all);
  };
  return { inputs, call };
}

async function run(c: Case, as: Form): Promise<void> {
  const { inputs, call } = prepared(c, as);
  for (const { input } of c.grads) inputs[input]!.requiresGrad_();
  const got = outputs(await call());
  expect(got.length).toBe(c.result.length);
  got.forEach((t, i) => expectClose(t, c.result[i]!));
  if (c.grads.length === 0) return;
  const terms = got.filter((t) => t.requiresGrad).map((t) => t.double().mul(weights(t.shape)).sum());
  terms.reduce((a, b) => a.add(b)).backward();
  for (const { input, ...want } of c.grads) {
    const leaf = inputs[input]!;
    expectClose(leaf.grad ?? torch.zerosLike(leaf), want);
  }
}

/** Outside of a scope, without garbage collection, memory is that of the arguments and the results. */
async function leavesNothing(c: Case, as: Form): Promise<void> {
  const { inputs, call } = prepared(c, as);
  const before = device.memory().storages;
  for (const t of outputs(await call())) if (!inputs.includes(t)) t.dispose();
  expect(device.memory().storages).toBe(before);
}

for (const as of ["function", "method"] as const) {
  const own = cases.filter((c) => c.forms.includes(as));
  const names = own.map((c, i) => [`${i} ${c.op} ${JSON.stringify(c.args).slice(0, 60)}`, c] as const);
  describe(as, () => {
    it.each(names)("%s", (_, c) => run(c, as));
    it.each(names)("%s leaves nothing behind", (_, c) => leavesNothing(c, as));
  });
}
