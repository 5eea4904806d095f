// Every public function says what it takes and gives (shapes), in which units, how it fails and what it follows.
import { readdirSync } from "node:fs";
import { join, relative } from "node:path";
import * as core from "@isoform/core";
import { describe, expect, it } from "vitest";
import { type Declared, PublicSurface } from "./support/public-surface.js";

const packages = join(import.meta.dirname, "..", "packages");
const surface = new PublicSurface();

/** A value reached by its public name, `nn.Linear`. */
function reach(root: unknown, name: string): unknown {
  return name
    .split(".")
    .reduce(
      (at: unknown, key) => (at !== null && at !== undefined ? Reflect.get(Object(at), key) : at),
      root,
    );
}

const TENSOR =
  /\b(Tensor|KerasTensor|TensorLike|Operand|Variable|Parameter|Shape|Spec|TensorSpec|ArrayLike)\b/;
const SHAPE = /shape|scalar|element|\[[^\]]*\]|axis|axes|broadcast|rank/i;
const SOURCE =
  /@see|\b(torch|keras|tf|numpy|np|onnx|ONNX|safetensors|WebAssembly)\b[.\s]|https?:|et al|RFC|IEEE|Isoform's own/;
const ANGLE = /(^|\.)(a?(sin|cos|tan)|atan2|arc(sin|cos|tan)2?|sinc|deg2rad|rad2deg)$/i;
/** Parameters that are a quantity, and a word that says in what. */
const UNITS: readonly (readonly [RegExp, RegExp])[] = [
  [/\b(timeout|delay|interval|elapsed)\w*\??:/i, /second|\bms\b/i],
  [/\b(bytes|byteLength|byteOffset|maxMemory|limitBytes)\??:/i, /byte/i],
];
/** APIs that exist to behave like another framework's. */
const FOLLOWS = new Set(["api-torch", "api-keras"]);
const JS_ERRORS = ["Error", "TypeError", "RangeError", "SyntaxError"];

function errorNames(namespace: object): string[] {
  return Object.entries(namespace)
    .filter(([, v]) => typeof v === "function" && v.prototype instanceof Error)
    .map(([name]) => name);
}

/** What the docstring of one declaration lacks, for a caller who cannot read the code. */
function lacks(d: Declared, callable: boolean, pkg: string, errors: ReadonlySet<string>): string[] {
  if (d.kind === "type" || !callable) return [];
  const doc = d.doc ?? "";
  const missing: string[] = [];
  if (doc === "") return ["a docstring"];
  const hidden = d.kind === "value";
  const takes = d.parameters > 0 || hidden;
  if (takes && !/@throws \{\w+\} \S|never throws/i.test(doc)) missing.push("errors (@throws {Type} when)");
  if ((TENSOR.test(d.signature) || (hidden && FOLLOWS.has(pkg))) && !SHAPE.test(doc)) missing.push("shapes");
  if (FOLLOWS.has(pkg) && d.kind !== "method" && !SOURCE.test(doc))
    missing.push("the source it follows (@see)");
  if (ANGLE.test(d.name) && !/radian/i.test(doc)) missing.push("the unit (radians)");
  for (const [name, unit] of UNITS)
    if (name.test(d.signature) && !unit.test(doc)) missing.push(`the unit (${unit.source})`);
  for (const [, type = ""] of doc.matchAll(/@throws \{(\w+)\}/g))
    if (!errors.has(type)) missing.push(`an error type that exists (${type})`);
  return missing;
}

describe("docstrings say shapes, units, errors and source", () => {
  for (const pkg of readdirSync(packages)) {
    it(pkg, async () => {
      const entry = join(packages, pkg, "src", "index.ts");
      const namespace: object = await import(entry);
      const errors = new Set([...JS_ERRORS, ...errorNames(core), ...errorNames(namespace)]);
      const declared = surface.declarations(entry);
      expect(declared.length).toBeGreaterThan(0);
      const found = declared.flatMap((d) => {
        const callable = d.kind !== "value" || typeof reach(namespace, d.name) === "function";
        const missing = lacks(d, callable, pkg, errors);
        return missing.length > 0
          ? [`${relative(packages, d.file)}:${d.line} ${d.name}: ${missing.join(", ")}`]
          : [];
      });
      expect(found).toEqual([]);
    });
  }
});
