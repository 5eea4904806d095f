// Names that people read (printed modules, classes in messages, names of errors) are the same in minified builds.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { rolldown } from "rolldown";
import { afterAll, beforeAll, expect, it } from "vitest";
import * as core from "@isoform/core";

const CODE = `
export * as core from "@isoform/core";
export { nn, optim, torch } from "@isoform/api-torch";
export { reference } from "@isoform/backend-reference";
`;
interface Minified {
  readonly core: typeof core;
  readonly nn: typeof import("@isoform/api-torch").nn;
  readonly optim: typeof import("@isoform/api-torch").optim;
  readonly torch: typeof import("@isoform/api-torch").torch;
  readonly reference: typeof import("@isoform/backend-reference").reference;
}

const folder = mkdtempSync(join(import.meta.dirname, ".minified-"));
let built: Minified;
beforeAll(async () => {
  const input = join(folder, "entry.js");
  writeFileSync(input, CODE);
  const bundle = await rolldown({ input, platform: "browser", logLevel: "silent" });
  const { output } = await bundle.generate({ format: "esm", minify: true });
  const file = join(folder, "out.mjs");
  // A second copy of core in one process is refused: this one has a registration of its own.
  writeFileSync(file, output[0].code.replaceAll("isoform.core.version", "isoform.core.minified"));
  built = (await import(pathToFileURL(file).href)) as Minified;
});
afterAll(() => rmSync(folder, { recursive: true }));

const classes = (namespace: object): [string, { readonly name: string }][] =>
  Object.entries(namespace).filter(([key, v]) => typeof v === "function" && /^[A-Z]/.test(key));

it("of modules, optimizers and schedules", () => {
  for (const namespace of [built.nn, built.optim, built.optim.lrScheduler]) {
    const found = classes(namespace);
    expect(found.length).toBeGreaterThan(10);
    for (const [key, value] of found)
      if (!/^(Module|Optimizer|LRScheduler)$/.test(key)) expect(value.name).toBe(key);
  }
});

it("of errors", () => {
  const found = classes(core).filter(([, v]) => (v as { prototype?: unknown }).prototype instanceof Error);
  expect(found.length).toBeGreaterThan(10);
  for (const [key] of found) {
    const Class = Reflect.get(built.core, key) as new (text: string, info: object) => Error;
    const error = new Class("it failed", { code: "a/b" });
    expect(String(error)).toBe(`${key}: it failed`);
    expect(JSON.parse(JSON.stringify(error))).toMatchObject({ name: key, code: "a/b" });
  }
});

it("in printed modules and messages", async () => {
  const runtime = await built.core.createRuntime({ backends: [built.reference()] });
  runtime.use();
  const model = built.nn.Sequential(built.nn.Linear(2, 3), built.nn.ReLU());
  expect(String(model)).toBe(
    "Sequential(\n  (0): Linear(in_features=2, out_features=3, bias=True)\n  (1): ReLU()\n)",
  );
  expect(() => model(built.torch.ones(1, 3))).toThrow(/^Linear at 0: x has 3 features/);
  expect(() => built.optim.SGD(model.parameters(), { lr: -1 })).toThrow(/^SGD: /);
  runtime.dispose();
});
