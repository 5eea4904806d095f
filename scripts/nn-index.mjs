// Writes packages/api-torch/src/nn/index.ts: one callable export per module class of nn/modules. Run it after adding one.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./lib.mjs";

const FILES = [
  "linear",
  "activation",
  "conv",
  "pooling",
  "padding",
  "vision",
  "normalization",
  "dropout",
  "container",
  "sparse",
  "recurrent",
  "attention",
  "loss",
  "margin-loss",
];
const folder = join(root, "packages", "api-torch", "src", "nn");
const head = [
  "// torch.nn: modules that may be made without `new`, parameters, functional and init. Written by scripts/nn-index.mjs.",
  'import { constructible, type Constructible } from "@isoform/core";',
  'import { Parameter as ParameterClass } from "../tensor/parameter.js";',
  'import { Module as ModuleClass } from "./module.js";',
];
const body = [];
for (const file of FILES) {
  const text = readFileSync(join(folder, "modules", `${file}.ts`), "utf8");
  const space = file.replace("-l", "L");
  head.push(`import * as ${space} from "./modules/${file}.js";`);
  for (const [, doc, name] of text.matchAll(/\/\*\* ([^\n]*?) ?\*\/\nexport class (\w+)/g)) {
    const type = ["ModuleList", "ModuleDict"].includes(name)
      ? `<M extends ModuleClass = ModuleClass> = ${space}.${name}<M>`
      : ` = ${space}.${name}`;
    body.push(
      `/** ${doc} */`,
      `export const ${name}: Constructible<typeof ${space}.${name}> = /* @__PURE__ */ constructible(${space}.${name});`,
      `export type ${name}${type};`,
    );
  }
}
const fixed = `
export * as functional from "./functional/index.js";
export * as init from "./init.js";
export type { ForwardHook, LoadResult, StateDict } from "./module.js";

/** Base class of models and layers; see nn/module.ts. Extend it, or make subclasses callable with \`define\`. */
export const Module: typeof ModuleClass = ModuleClass;
export type Module<I extends readonly unknown[] = readonly never[], O = unknown> = ModuleClass<I, O>;
/** A tensor that modules register and optimizers update. */
export const Parameter: Constructible<typeof ParameterClass> = /* @__PURE__ */ constructible(ParameterClass);
export type Parameter = ParameterClass;
/** Makes a user's module class callable without \`new\`. */
export const define: typeof constructible = constructible;
`;
writeFileSync(join(folder, "index.ts"), `${head.join("\n")}\n${fixed}\n${body.join("\n")}\n`);
