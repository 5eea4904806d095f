// Writes a PyTorch program as model.py.
import { call, ints, str, type Expr } from "../python/ast.js";
import { formatString, printExpr } from "../python/print.js";
import { HELPERS } from "./helpers.js";
import type { ProgramTensor, ProgramValue, TorchProgram } from "./program.js";
import { uniqueName } from "../unique-name.js";

const IDENTIFIER = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** A module and its children by name. */
interface Tree {
  readonly leaf: Expr | null;
  readonly children: Map<string, Tree>;
}

function treeOf(modules: ReadonlyMap<string, Expr>): Tree {
  const root: Tree = { leaf: null, children: new Map() };
  for (const [path, leaf] of modules) {
    const parts = path.split(".");
    let at = root;
    parts.forEach((part, i) => {
      const last = i === parts.length - 1;
      let next = at.children.get(part);
      if (!next) at.children.set(part, (next = { leaf: last ? leaf : null, children: new Map() }));
      at = next;
    });
  }
  return root;
}

/** `self.a` or `self.a["0"]["b"]`: how the path of a module is written in forward. */
export function moduleRef(path: string): string {
  const [first = "", ...rest] = path.split(".");
  return `self.${first}${rest.map((part) => `[${formatString(part)}]`).join("")}`;
}

function tensorLine(path: string, t: ProgramTensor): string {
  const zeros = call("torch.zeros", [ints(t.shape)], {
    dtype: { kind: "attribute", object: { kind: "name", name: "torch" }, name: t.dtype },
  });
  if (t.kind === "buffer") return `self.register_buffer(${printExpr(str(path))}, ${printExpr(zeros)})`;
  return `self.${path} = nn.Parameter(${printExpr(zeros)})`;
}

/** Lines of `self.x = …` for modules, wrapped so that nested dictionaries stay readable. */
function moduleLines(tree: Tree): string[] {
  return [...tree.children].flatMap(([name, child]) => {
    if (child.leaf) return [`self.${name} = ${printExpr(child.leaf)}`];
    return wrapDict(`self.${name} = `, child, "");
  });
}

function wrapDict(prefix: string, tree: Tree, suffix: string): string[] {
  const lines = [`${prefix}nn.ModuleDict({`];
  for (const [name, child] of tree.children) {
    const key = `    ${formatString(name)}: `;
    if (child.leaf) lines.push(`${key}${printExpr(child.leaf)},`);
    else lines.push(...wrapDict(key.trimStart(), child, ",").map((l) => `    ${l}`));
  }
  lines.push(`})${suffix}`);
  return lines;
}

/** `image: "input" float32 [batch, 28, 28, 1]`: one line of forward's docstring. */
function describeValue(v: ProgramValue): string {
  const dims =
    v.dims === null
      ? "[...]"
      : `[${v.dims.map((d) => (typeof d === "string" ? formatString(d) : (d ?? "?"))).join(", ")}]`;
  return `${v.id}: ${formatString(v.name).replaceAll('"""', '\\"\\"\\"')} ${v.dtype ?? "?"} ${dims}`;
}

/** Text of model.py: imports torch alone, and defines the helpers used and one nn.Module. */
export function writeProgram(p: TorchProgram): string {
  const indent = (lines: readonly string[], n: number) =>
    lines.map((l) => (l === "" ? "" : " ".repeat(n) + l));
  const init = [
    "super().__init__()",
    ...moduleLines(treeOf(p.modules)),
    ...[...p.tensors].map(([path, t]) => tensorLine(path, t)),
  ];
  const body = p.body.map(
    ({ targets, value }) => `${targets.map((t) => t ?? "_").join(", ")} = ${printExpr(value)}`,
  );
  const outputs = p.outputs.map((v) => v.id);
  const result = outputs.length === 1 ? outputs[0]! : `(${outputs.join(", ")})`;
  const signature = ['"""', ...p.inputs.map(describeValue), "->", ...p.outputs.map(describeValue), '"""'];
  const doc = p.doc.map((l) => l.replaceAll("\\", "\\\\").replaceAll('"""', "'''"));
  return [
    `"""${doc[0] ?? ""}`,
    ...doc.slice(1),
    '"""',
    "import torch",
    "import torch.nn as nn",
    "import torch.nn.functional as F",
    "",
    "",
    ...p.helpers.flatMap((h) => [...HELPERS[h].split("\n"), "", ""]),
    `class ${p.className}(nn.Module):`,
    ...indent(
      [
        "def __init__(self):",
        ...indent(init, 4),
        "",
        `def forward(self, ${p.inputs.map((v) => v.id).join(", ")}):`,
      ],
      4,
    ),
    ...indent([...signature, ...body, `return ${result}`], 8),
    "",
  ].join("\n");
}

/** Characters of a name that its identifier keeps. */
const MAX_NAME = 200;

const KEYWORDS: ReadonlySet<string> = new Set(
  (
    "False None True and as assert async await break class continue def del elif else except finally for from global " +
    "if import in is lambda nonlocal not or pass raise return try while with yield self torch nn F match case type"
  ).split(" "),
);

/** `wanted` as a Python identifier that is not in `taken`, which it joins. */
export function identifier(wanted: string, taken: Set<string>): string {
  const plain = wanted.slice(0, MAX_NAME).replaceAll(/[^A-Za-z0-9_]+/g, "_");
  let base = plain.replace(/^_+|_+$/g, "");
  if (!IDENTIFIER.test(base)) base = base === "" ? "x" : `x_${base}`;
  if (KEYWORDS.has(base)) base = `${base}_`;
  const id = uniqueName(base, (n) => taken.has(n));
  taken.add(id);
  return id;
}
