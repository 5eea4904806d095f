// Modules and functions of torch.nn against PyTorch: made, called and differentiated as recorded by
// fixtures/generate/torch_nn.py.
import { readFileSync } from "node:fs";
import { reference } from "@isoform/backend-reference";
import { setBackend, type DType } from "@isoform/core";
import { beforeAll, describe, expect, it } from "vitest";
import { nn, torch } from "../index.js";

interface Flat {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly data: readonly (number | string | boolean)[];
}
type Named<T> = Readonly<Record<string, T>>;
interface Called {
  readonly call: readonly unknown[];
  readonly callOptions: Named<unknown>;
  readonly callSeed?: number;
  readonly result: readonly Flat[];
  readonly grads?: readonly (Flat & { readonly input: number })[];
  readonly paramGrads?: Named<Flat>;
}
interface Made {
  readonly module: string;
  readonly args: readonly unknown[];
  readonly options: Named<unknown>;
}
interface ModuleCase extends Made, Partial<Called> {
  readonly seed: number;
  readonly train: boolean;
  readonly state: Named<Flat>;
}
interface FunctionCase extends Called {
  readonly function: string;
}
interface ClipCase {
  readonly clip: string;
  readonly gradients: readonly (Flat | null)[];
  readonly args: readonly number[];
  readonly options: Named<unknown>;
  readonly result: readonly Flat[];
  readonly after: readonly (Flat | null)[];
}
const file = new URL("../../../../fixtures/recorded/torch_nn.json", import.meta.url);
const cases = JSON.parse(readFileSync(file, "utf8")) as (ModuleCase | FunctionCase | ClipCase)[];

beforeAll(async () => {
  await setBackend(reference());
});

type AnyFunction = (...args: unknown[]) => unknown;
const FUNCTIONS: Named<AnyFunction> = {
  manhattan: (a, b) =>
    (a as torch.Tensor)
      .sub(b as torch.Tensor)
      .abs()
      .sum(-1),
};
const camel = (name: string): string =>
  name.replaceAll(/(?<=[a-z0-9])_([a-z0-9])/g, (_, c: string) => c.toUpperCase());
const has = <K extends string>(v: unknown, key: K): v is Record<K, unknown> =>
  typeof v === "object" && v !== null && key in v;
const isFlat = (v: unknown): v is Flat => has(v, "shape");
const isMade = (v: unknown): v is Made => has(v, "module");

/** Recorded arguments as they are given here; their tensors are added to `inputs` in order. */
function given(v: unknown, inputs: torch.Tensor[] = []): unknown {
  if (isFlat(v)) {
    const t = tensorOf(v);
    inputs.push(t);
    return t;
  }
  if (isMade(v)) return make(v);
  if (has(v, "function")) return FUNCTIONS[String(v.function)];
  if (Array.isArray(v)) return v.map((x) => given(x, inputs));
  if (typeof v === "object" && v !== null) return optionsOf(v as Named<unknown>, inputs);
  return v === "Infinity" || v === "-Infinity" || v === "NaN" ? Number(v) : v;
}
function optionsOf(options: Named<unknown>, inputs: torch.Tensor[] = []): Record<string, unknown> {
  return Object.fromEntries(Object.entries(options).map(([k, v]) => [camel(k), given(v, inputs)]));
}
function tensorOf(v: Flat): torch.Tensor {
  const values = v.data.map((x) => (v.dtype === "int64" ? BigInt(Number(x)) : Number(x)));
  return torch.tensor(values as number[], { dtype: v.dtype }).reshape([...v.shape]);
}
const withOptions = (args: readonly unknown[], options: object): unknown[] =>
  Object.keys(options).length > 0 ? [...args, options] : [...args];

function make(c: Made): nn.Module {
  const args = withOptions(given(c.args) as unknown[], optionsOf(c.options));
  return Reflect.apply(Reflect.get(nn, c.module) as AnyFunction, undefined, args) as nn.Module;
}

const outputs = (v: unknown): torch.Tensor[] =>
  v instanceof torch.Tensor ? [v] : Array.isArray(v) ? v.flatMap(outputs) : [];
const weights = (shape: readonly number[]): torch.Tensor => {
  const n = shape.reduce((p, d) => p * d, 1);
  const w = Array.from({ length: n }, (_, i) => 1 + ((7919 * i) % 101) / 101);
  return torch.tensor(w, { dtype: "float64" }).reshape([...shape]);
};

function expectClose(what: string, got: torch.Tensor | null, want: Flat): void {
  const zeros = got ?? torch.zeros([...want.shape], { dtype: want.dtype });
  expect(zeros.shape, what).toEqual(want.shape);
  expect(zeros.dtype, what).toBe(want.dtype);
  const numbers = want.data.map(Number);
  const found = Array.from(zeros.dataSync(), Number);
  const near = want.dtype === "float64" ? 1e-9 : 4e-6;
  const close = (x: number, y: number) =>
    Object.is(x, y) || x === y || Math.abs(x - y) <= near + near * Math.abs(y);
  if (!found.every((x, i) => close(x, numbers[i]!))) expect(found, what).toEqual(numbers);
}

/** Calls, and compares results and gradients. */
function check(c: Called, call: AnyFunction, parameters: readonly [string, torch.Tensor][]): void {
  const inputs: torch.Tensor[] = [];
  const args = given(c.call, inputs) as unknown[];
  for (const { input } of c.grads ?? []) inputs[input]!.requiresGrad_();
  if (c.callSeed !== undefined) torch.manualSeed(c.callSeed);
  const got = outputs(call(...withOptions(args, optionsOf(c.callOptions))));
  expect(got.length).toBe(c.result.length);
  got.forEach((t, i) => expectClose(`result ${i}`, t, c.result[i]!));
  if (!c.grads) return;
  const terms = got.filter((t) => t.requiresGrad).map((t) => t.double().mul(weights(t.shape)).sum());
  terms.reduce((a, b) => a.add(b)).backward();
  for (const { input, ...want } of c.grads)
    expectClose(`gradient of input ${input}`, inputs[input]!.grad, want);
  const byName = new Map(parameters);
  expect([...byName.keys()]).toEqual(Object.keys(c.paramGrads ?? {}));
  for (const [name, want] of Object.entries(c.paramGrads ?? {}))
    expectClose(`gradient of ${name}`, byName.get(name)!.grad, want);
}

const title = (name: string, i: number, c: object): [string, number] => [
  `${name} ${JSON.stringify(c)
    .replaceAll(/"data":\[[^\]]*\]/g, "…")
    .slice(0, 90)}`,
  i,
];
const titled = (kind: string): [string, number][] =>
  cases.flatMap((c, i) => (kind in c ? [title(String(Reflect.get(c, kind)), i, c)] : []));

describe("modules", () => {
  it.each(titled("module"))("%s", (_, i) => {
    const c = cases[i] as ModuleCase;
    torch.manualSeed(c.seed);
    const module = make(c);
    module.train(c.train);
    const state = module.stateDict();
    expect([...state.keys()]).toEqual(Object.keys(c.state));
    for (const [name, want] of Object.entries(c.state)) {
      expect(state.get(name)!.shape).toEqual(want.shape);
      expect(Array.from(state.get(name)!.dataSync(), Number), name).toEqual(
        want.data.map((v) => Math.fround(Number(v))),
      );
    }
    const { call, result } = c;
    if (!call || !result) return;
    const run = (...args: unknown[]): unknown => Reflect.apply(module, undefined, args);
    check({ callOptions: {}, ...c, call, result }, run, module.namedParameters());
  });
});

describe("functions", () => {
  it.each(titled("function"))("%s", (_, i) => {
    const c = cases[i] as FunctionCase;
    const path = c.function.split(".").map(camel);
    const target = path.reduce((at: unknown, key) => Reflect.get(Object(at), key), nn);
    expect(target, c.function).toBeTypeOf("function");
    check(c, target as AnyFunction, []);
  });
});

describe("as one program", () => {
  const compiles = (c: object) => "call" in c && !JSON.stringify(c).includes('"error_if_nonfinite":true');
  const able = [...titled("module"), ...titled("function")].filter(([, i]) => compiles(cases[i]!));
  it.each(able)("%s", (_, i) => {
    const c = cases[i] as Called & (ModuleCase | FunctionCase);
    let target: unknown;
    let parameters: torch.Tensor[] = [];
    if ("module" in c) {
      torch.manualSeed(c.seed);
      const module = make(c).train(c.train);
      parameters = module.parameters();
      target = module;
    } else
      target = c.function.split(".").reduce((at: unknown, key) => Reflect.get(Object(at), camel(key)), nn);
    const options = optionsOf(c.callOptions);
    const places = new Set(c.grads?.map((g) => g.input));
    const wanted = [...(c.grads ?? []), ...Object.values(c.paramGrads ?? {})];
    /** Results, and the gradients of inputs and parameters. */
    const call = (...args: unknown[]): torch.Tensor[] => {
      const all: torch.Tensor[] = [];
      const leaves = (v: unknown): unknown => {
        if (!(v instanceof torch.Tensor)) return Array.isArray(v) ? v.map(leaves) : v;
        const leaf = places.has(all.length) ? v.detach().requiresGrad_() : v;
        all.push(leaf);
        return leaf;
      };
      const given = args.map(leaves);
      const run = () => outputs(Reflect.apply(target as AnyFunction, nn, withOptions(given, options)));
      const got = wanted.length > 0 ? run() : torch.noGrad(run);
      const plain = got.map((t) => t.detach());
      if (wanted.length === 0) return plain;
      const terms = got.filter((t) => t.requiresGrad).map((t) => t.double().mul(weights(t.shape)).sum());
      const sources = [...all.filter((_, k) => places.has(k)), ...parameters];
      const found = torch.grad(
        terms.reduce((x, y) => x.add(y)),
        sources,
        { allowUnused: true },
      );
      return [...plain, ...found.map((g, k) => g ?? torch.zerosLike(sources[k]!))];
    };
    const compiled = torch.compile(call, { fullgraph: true });
    for (let run = 0; run < 3; run++) {
      if (c.callSeed !== undefined) torch.manualSeed(c.callSeed);
      const got = compiled(...(given(c.call) as unknown[]));
      [...c.result, ...wanted].forEach((want, k) => expectClose(`result ${k}`, got[k]!, want));
    }
    expect(compiled.info()).toMatchObject({ programs: 1, notice: null });
  });
});

describe("limits of gradients", () => {
  it.each(titled("clip"))("%s", (_, i) => {
    const c = cases[i] as ClipCase;
    const parameters = c.gradients.map((g) => {
      const p = nn.Parameter(torch.zeros(g ? [...g.shape] : [1]));
      p.grad = g && tensorOf(g);
      return p;
    });
    const call = Reflect.get(nn.utils, camel(c.clip)) as AnyFunction;
    const got = outputs(call(parameters, ...withOptions(given(c.args) as unknown[], optionsOf(c.options))));
    expect(got.length).toBe(c.result.length);
    got.forEach((t, k) => expectClose(`result ${k}`, t, c.result[k]!));
    c.after.forEach((want, k) => {
      if (want) expectClose(`gradient ${k}`, parameters[k]!.grad, want);
      else expect(parameters[k]!.grad).toBeNull();
    });
  });
});
