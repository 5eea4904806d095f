// Reads model.py in the form that write.ts gives it. The text is parsed as data; any other Python is refused by line.
import { LimitExceededError, ModelFormatError, UnsafeModelError } from "@isoform/core";
import { dottedPath, type Expr } from "../python/ast.js";
import { parseExpr } from "../python/parse.js";
import { HELPERS, type HelperName } from "./helpers.js";
import type { Assignment, ProgramTensor, ProgramValue, TorchProgram } from "./program.js";

const IMPORTS: ReadonlySet<string> = new Set([
  "import torch",
  "import torch.nn as nn",
  "import torch.nn.functional as F",
]);
const HINT = "only model.py files that isoform wrote can be read; nothing in the file is run";

/** Regular expressions keep a place on their stack for every character that a repetition takes. */
const MAX_STATEMENT = 1_000_000;

class Lines {
  readonly lines: readonly string[];
  at = 0;
  private readonly file: string;
  constructor(text: string, file: string) {
    this.lines = text.split(/\r?\n/);
    this.file = file;
    this.at = this.lines.findIndex((line) => line.length > MAX_STATEMENT);
    if (this.at >= 0) throw this.tooLong();
    this.at = 0;
  }
  get where(): string {
    return `${this.file} line ${this.at + 1}`;
  }
  get line(): string {
    return this.lines[this.at] ?? "";
  }
  get done(): boolean {
    return this.at >= this.lines.length;
  }
  skipBlank(): void {
    while (!this.done && this.line.trim() === "") this.at++;
  }
  refuse(problem: string): ModelFormatError {
    return new ModelFormatError(`${problem}: ${JSON.stringify(this.line.trim().slice(0, 80))}`, {
      code: "torch-program/line",
      path: this.where,
      hint: HINT,
    });
  }
  private tooLong(): LimitExceededError {
    return new LimitExceededError(`a statement is longer than ${MAX_STATEMENT} characters`, {
      code: "limit/statement",
      path: this.where,
      hint: HINT,
    });
  }
  /**
   * The statement at the cursor, lines of open brackets joined; moves past it.
   * @throws {LimitExceededError} (`limit/statement`) when it is longer than 1,000,000 characters
   */
  statement(): string {
    let text = "";
    let depth = 0;
    do {
      const line = this.line.trim();
      text += (text === "" ? "" : " ") + line;
      for (const c of line.replaceAll(/"(?:[^"\\]|\\.)*"/g, "")) {
        if ("([{".includes(c)) depth++;
        else if (")]}".includes(c)) depth--;
      }
      this.at++;
      if (text.length > MAX_STATEMENT) throw this.tooLong();
    } while (depth > 0 && !this.done);
    return text;
  }
}

/**
 * Parses model.py in the form that `exportTorch` gives it; nothing is run.
 * @param file File name for messages.
 * @throws {ModelFormatError} when a line is not of that form; the error names file and line
 * @throws {UnsafeModelError} when the file imports anything but torch
 * @throws {LimitExceededError} when expressions nest deeper than 100, or more than 100 calls, attributes and
 * subscripts are chained, or a statement is longer than 1,000,000 characters
 */
export function readProgram(text: string, file = "model.py"): TorchProgram {
  const src = new Lines(text, file);
  const doc = readDoc(src);
  readImports(src);
  const helpers = readHelpers(src);
  const className = /^class ([A-Za-z_][A-Za-z0-9_]*)\(nn\.Module\):$/.exec(src.line)?.[1];
  if (className === undefined) throw src.refuse("expected a class derived from nn.Module");
  src.at++;
  if (src.line.trim() !== "def __init__(self):") throw src.refuse("expected def __init__(self):");
  src.at++;
  const { modules, tensors } = readInit(src);
  const inputs = /^def forward\(self, ([A-Za-z0-9_, ]+)\):$/.exec(src.line.trim())?.[1];
  if (inputs === undefined) throw src.refuse("expected def forward(self, …):");
  src.at++;
  const signature = readSignature(src);
  const { body, outputs } = readForward(src);
  const named = (ids: readonly string[], given: readonly ProgramValue[]) => {
    if (ids.join() !== given.map((v) => v.id).join())
      throw src.refuse("the docstring of forward does not fit its names");
    return given;
  };
  return {
    className,
    doc,
    modules,
    tensors,
    helpers,
    inputs: named(inputs.split(", "), signature.inputs),
    body,
    outputs: named(outputs, signature.outputs),
  };
}

function readDoc(src: Lines): string[] {
  src.skipBlank();
  if (!src.line.startsWith('"""')) return [];
  const doc: string[] = [];
  let line = src.line.slice(3);
  while (!line.endsWith('"""')) {
    doc.push(line);
    src.at++;
    if (src.done) throw src.refuse("the docstring does not end");
    line = src.line;
  }
  src.at++;
  if (line !== '"""') doc.push(line.slice(0, -3));
  return doc;
}

function readImports(src: Lines): void {
  for (src.skipBlank(); /^(import|from) /.test(src.line); src.at++) {
    if (IMPORTS.has(src.line.trim())) continue;
    throw new UnsafeModelError(`${JSON.stringify(src.line.trim())} is not an allowed import`, {
      code: "torch-program/import",
      path: src.where,
      hint: HINT,
    });
  }
  src.skipBlank();
}

function readHelpers(src: Lines): HelperName[] {
  const found: HelperName[] = [];
  while (src.line.startsWith("def ")) {
    const match = Object.entries(HELPERS).find(([, text]) => {
      const lines = text.split("\n");
      return lines.every((l, i) => src.lines[src.at + i] === l);
    });
    const name = match?.[0];
    if (!isHelper(name)) throw src.refuse("an unknown function");
    found.push(name);
    src.at += HELPERS[name].split("\n").length;
    src.skipBlank();
  }
  return found;
}

function isHelper(name: string | undefined): name is HelperName {
  return name !== undefined && Object.hasOwn(HELPERS, name);
}

interface Init {
  readonly modules: Map<string, Expr>;
  readonly tensors: Map<string, ProgramTensor>;
}

function readInit(src: Lines): Init {
  const out: Init = { modules: new Map(), tensors: new Map() };
  for (src.skipBlank(); !src.line.trim().startsWith("def "); src.skipBlank()) {
    if (src.done) throw src.refuse("the class ends without forward");
    const { where } = src;
    const start = src.at;
    const text = src.statement();
    if (text === "super().__init__()") continue;
    const buffer = /^self\.register_buffer\(("(?:[^"\\]|\\.)*"), (.*)\)$/.exec(text);
    const assigned = /^self\.([A-Za-z_][A-Za-z0-9_]*) = (.*)$/.exec(text);
    src.at = buffer || assigned ? src.at : start;
    if (buffer?.[1] && buffer[2]) {
      const name = parseExpr(buffer[1], where);
      if (name.kind === "string")
        out.tensors.set(name.value, tensorOf("buffer", parseExpr(buffer[2], where), src));
    } else if (assigned?.[1] && assigned[2]) addModule(out, assigned[1], parseExpr(assigned[2], where), src);
    else throw src.refuse("an unknown statement in __init__");
  }
  return out;
}

function addModule(out: Init, path: string, e: Expr, src: Lines): void {
  const fn = e.kind === "call" ? dottedPath(e.fn) : null;
  if (e.kind !== "call" || fn === null) throw src.refuse("expected a call of an nn class");
  const [arg] = e.args;
  if (fn === "nn.ModuleDict" && arg?.kind === "dict") {
    for (const [key, child] of arg.entries) addModule(out, `${path}.${key}`, child, src);
  } else if (fn === "nn.Parameter" && arg) out.tensors.set(path, tensorOf("parameter", arg, src));
  else out.modules.set(path, e);
}

function tensorOf(kind: ProgramTensor["kind"], e: Expr, src: Lines): ProgramTensor {
  const shape = e.kind === "call" ? e.args[0] : undefined;
  const dtype = e.kind === "call" ? dottedPath(e.kwargs.get("dtype") ?? e) : null;
  if (
    e.kind !== "call" ||
    dottedPath(e.fn) !== "torch.zeros" ||
    shape?.kind !== "tuple" ||
    !dtype?.startsWith("torch.")
  ) {
    throw src.refuse("expected torch.zeros((…), dtype=torch.…)");
  }
  const sizes = shape.items.map((i) =>
    i.kind === "number" && Number.isInteger(i.value) && i.value >= 0 ? i.value : -1,
  );
  if (sizes.includes(-1)) throw src.refuse("expected a shape of non-negative integers");
  return { kind, shape: sizes, dtype: dtype.slice("torch.".length) };
}

/** The docstring of forward: inputs, an arrow, outputs. */
function readSignature(src: Lines): { inputs: ProgramValue[]; outputs: ProgramValue[] } {
  if (src.line.trim() !== '"""') throw src.refuse("expected the docstring of forward");
  const inputs: ProgramValue[] = [];
  const outputs: ProgramValue[] = [];
  let into = inputs;
  for (src.at++; src.line.trim() !== '"""'; src.at++) {
    if (src.done) throw src.refuse("the docstring of forward does not end");
    if (src.line.trim() === "->") into = outputs;
    else into.push(readValue(src));
  }
  src.at++;
  return { inputs, outputs };
}

function readValue(src: Lines): ProgramValue {
  const m = /^([A-Za-z_][A-Za-z0-9_]*): ("(?:[^"\\]|\\.)*") (\?|[a-z0-9_]+) \[(.*)\]$/.exec(src.line.trim());
  if (!m?.[1] || !m[2] || !m[3] || m[4] === undefined) throw src.refuse("expected name, type and sizes");
  const name = parseExpr(m[2], src.where);
  const list = m[4] === "..." ? null : parseExpr(`[${m[4].replaceAll(/(^|, )\?/g, "$1None")}]`, src.where);
  const dims = list?.kind === "list" ? list.items.map((e) => dimOf(e, src)) : null;
  return {
    id: m[1],
    name: name.kind === "string" ? name.value : m[1],
    dtype: m[3] === "?" ? null : m[3],
    dims,
  };
}

function dimOf(e: Expr, src: Lines): number | string | null {
  if (e.kind === "string") return e.value;
  if (e.kind === "constant" && e.value === null) return null;
  if (e.kind === "number" && Number.isInteger(e.value) && e.value >= 0) return e.value;
  throw src.refuse("expected a size");
}

function readForward(src: Lines): { body: Assignment[]; outputs: string[] } {
  const body: Assignment[] = [];
  for (src.skipBlank(); !src.done; src.skipBlank()) {
    const { where } = src;
    const text = src.statement();
    const result = /^return (.+)$/.exec(text)?.[1];
    if (result !== undefined) {
      const e = parseExpr(result, where);
      const names = (e.kind === "tuple" ? e.items : [e]).map((i) => (i.kind === "name" ? i.name : null));
      src.skipBlank();
      if (names.includes(null) || !src.done) throw src.refuse("expected names after return, at the end");
      return { body, outputs: names.filter((n) => n !== null) };
    }
    const m = /^([A-Za-z_][A-Za-z0-9_]*(?:, [A-Za-z_][A-Za-z0-9_]*)*) = (.+)$/.exec(text);
    if (!m?.[1] || !m[2]) {
      src.at--;
      throw src.refuse("an unknown statement in forward");
    }
    body.push({
      targets: m[1].split(", ").map((t) => (t === "_" ? null : t)),
      value: parseExpr(m[2], where),
    });
  }
  throw src.refuse("forward ends without return");
}
