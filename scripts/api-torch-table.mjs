// Writes the tables of docs/api-torch.md from the sources of packages/api-torch. `--check` only compares, and exits 1
// when the file is out of date.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./lib.mjs";

const source = join(root, "packages", "api-torch", "src");
const target = join(root, "docs", "api-torch.md");
const read = (...path) => readFileSync(join(source, ...path), "utf8");

/** First sentence of a docstring, on one line. */
function summary(comment) {
  const text = comment
    .replaceAll(/^\s*\* ?/gm, "")
    .replaceAll(/\s+/g, " ")
    .split("@throws")[0]
    .trim();
  const end = text.search(/(?<!\bal)[.:](\s|$)/);
  return (end < 0 ? text : text.slice(0, end)).replaceAll("|", "\\|");
}

/** Documented declarations of a file, `pattern` matching from the name on: [name, summary]. */
function documented(text, pattern) {
  const found = new Map();
  for (const m of text.matchAll(new RegExp(`/\\*\\*((?:[^*]|\\*(?!/))*)\\*/\\n${pattern}`, "g"))) {
    if (!found.has(m[2]) && !m[1].includes("@internal")) found.set(m[2], summary(m[1]));
  }
  return [...found];
}

/** What Python calls it, where that is not the name in snake_case. */
const PYTHON = {
  at: "x[…]",
  setAt: "x[…] = v",
  repr: "repr(x)",
  fromTypedArray: "from_numpy",
  grad: "autograd.grad",
  calculateFans: "_calculate_fan_in_and_fan_out",
};

/** `crossEntropy` as `cross_entropy`. */
function python(name) {
  return PYTHON[name] ?? name.replaceAll(/([a-z0-9])([A-Z])/g, (_, a, b) => `${a}_${b.toLowerCase()}`);
}

const FUNCTION = "export (?:async )?(?:function|const) (\\w+)";
function table(rows, withPython, names = {}) {
  const cells = rows
    .sort(([a], [b]) => a.localeCompare(b, "en"))
    .map(([name, text]) =>
      withPython
        ? `| \`${name}\` | \`${names[name] ?? python(name)}\` | ${text} |`
        : `| \`${name}\` | ${text} |`,
    );
  const head = withPython ? "| Here | PyTorch | |\n| --- | --- | --- |" : "| | |\n| --- | --- |";
  return `${head}\n${cells.join("\n")}`;
}

const exported = /export (?:\*|\{([^}]*)\}) from "\.\/([\w-]+)\.js";/g;
/** Functions that an index file exports: all of a file, or the listed ones. */
function reexported(index, folder) {
  return [...index.matchAll(exported)].flatMap(([, names, file]) => {
    const all = documented(read(...folder, `${file}.ts`), FUNCTION);
    const listed = names?.split(",").map((n) => n.trim().replace(/^type .*/, ""));
    return listed ? all.filter(([name]) => listed.includes(name)) : all;
  });
}

/** Everything that torch.ts exports from its folder; `var` is a reserved word, so its declaration has another name. */
function torchFunctions() {
  const statements = read("torch.ts").split(/(?<=;)\n/);
  const own = statements.filter((s) => s.includes('"./torch/') && !s.includes("dtypes"));
  const variance = documented(read("torch", "reductions.ts"), "const (variance)").map(([, text]) => [
    "var",
    text,
  ]);
  return [...reexported(own.join("\n").replaceAll("./torch/", "./"), ["torch"]), ...variance];
}

const CLASS = "export const (\\w+): Constructible";
const nn = documented(read("nn", "index.ts"), CLASS).filter(([n]) => n !== "Parameter");
const sections = {
  modules: table(
    nn.filter(([n]) => !n.endsWith("Loss")),
    false,
  ),
  losses: table(
    nn.filter(([n]) => n.endsWith("Loss")),
    false,
  ),
  functional: table(reexported(read("nn", "functional", "index.ts"), ["nn", "functional"]), true),
  utils: table(
    [
      ...reexported(read("nn", "utils", "index.ts"), ["nn", "utils"]),
      ...documented(read("nn", "utils", "rnn.ts"), FUNCTION).map(([name, text]) => [`rnn.${name}`, text]),
    ],
    true,
  ),
  init: table(documented(read("nn", "init.ts"), FUNCTION), true),
  optimizers: table(documented(read("optim", "index.ts"), CLASS), false),
  schedules: table(documented(read("optim", "lr-scheduler", "index.ts"), CLASS), false),
  functions: table(torchFunctions(), true),
  methods: table(
    ["tensor", ...readdirSync(join(source, "tensor", "methods")).map((f) => `methods/${f.slice(0, -3)}`)]
      .flatMap((file) => documented(read("tensor", `${file}.ts`), "  (?:get |async )?(\\w+)\\("))
      .filter(([n]) => !n.startsWith("_")),
    true,
    { grad: "grad" },
  ),
};
let text = readFileSync(target, "utf8");
for (const [name, body] of Object.entries(sections)) {
  const pattern = new RegExp(`(<!-- table:${name} -->)[^]*?(<!-- /table -->)`);
  if (!pattern.test(text)) throw new Error(`docs/api-torch.md has no place for the table of ${name}`);
  text = text.replace(pattern, (_, before, after) => `${before}\n\n${body}\n\n${after}`);
}
if (process.argv.includes("--check")) {
  if (text !== readFileSync(target, "utf8")) {
    console.error("docs/api-torch.md is out of date: run node scripts/api-torch-table.mjs");
    process.exit(1);
  }
} else writeFileSync(target, text);
