// Writes the list of what exists of Keras into docs/api-keras.md: the names that packages/api-keras exports, beside
// those of Keras in docs/coverage/keras.json. `--check` only compares, and exits 1 when the file is out of date.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { rolldown } from "rolldown";
import { root } from "./lib.mjs";

const target = join(root, "docs", "api-keras.md");
const { keras, tf } = await exported();

/** The namespaces of the package, from its sources. */
async function exported() {
  const build = await rolldown({
    input: join(root, "packages", "api-keras", "src", "index.ts"),
    platform: "node",
    resolve: {
      alias: { "@isoform/core": join(root, "packages", "core", "src", "index.ts") },
      conditionNames: ["@isoform/source", "import", "default"],
    },
    transform: { target: "es2022" },
    logLevel: "silent",
  });
  try {
    const { output } = await build.generate({ format: "esm", codeSplitting: false });
    return await import(`data:text/javascript;base64,${Buffer.from(output[0].code).toString("base64")}`);
  } finally {
    await build.close();
  }
}

const isClass = (name) => /^[A-Z]/.test(name);
/** `binary_crossentropy` as `binaryCrossentropy`. */
const camel = (name) => name.replaceAll(/(?<=.)_([a-z0-9])/g, (_, c) => c.toUpperCase());
const names = (space, test = () => true) =>
  Object.keys(space)
    .filter((name) => test(name) && typeof space[name] !== "object")
    .toSorted((a, b) => a.localeCompare(b, "en"));
const functions = (name) => !isClass(name);

/** Title, the namespace and the sections of Keras' names it is to hold. */
const groups = [
  ["keras.layers", names(keras.layers, (n) => isClass(n) && n !== "Input"), ["layers"]],
  ["keras.layers, functions", ["Input", ...names(keras.layers, functions)], ["layerFunctions"]],
  ["keras.models", names(keras.models), []],
  ["keras.losses", names(keras.losses, isClass), ["losses"]],
  ["keras.losses, functions", names(keras.losses, functions), ["lossFunctions"]],
  ["keras.metrics", names(keras.metrics, isClass), ["metrics"]],
  ["keras.metrics, functions", names(keras.metrics, functions), ["metricFunctions"]],
  ["keras.optimizers", names(keras.optimizers), ["optimizers"]],
  ["keras.optimizers.schedules", names(keras.optimizers.schedules), ["schedules"]],
  ["keras.callbacks", names(keras.callbacks), []],
  ["keras.activations", names(keras.activations, functions), ["activations"]],
  ["keras.initializers", names(keras.initializers), ["initializers"]],
  ["keras.regularizers", names(keras.regularizers), ["regularizers"]],
  ["keras.constraints", names(keras.constraints), ["constraints"]],
  ["keras.ops", names(keras.ops), ["ops"]],
  ["keras.random", names(keras.random), ["random"]],
  ["keras.utils", names(keras.utils), []],
  ["keras.saving", names(keras.saving), []],
  ["keras.backend", names(keras.backend), []],
  ["tf", names(tf), []],
  ["tf.nn", names(tf.nn), []],
  ["tf.random", names(tf.random), []],
];

const coverage = JSON.parse(readFileSync(join(root, "docs", "coverage", "keras.json"), "utf8"));
const rowsOf = (ids) =>
  coverage.sections.filter((s) => ids.includes(s.id)).flatMap((s) => s.rows.filter((row) => !row.notPlanned));
const unknown = groups
  .flatMap(([, , ids]) => ids)
  .filter((id) => !coverage.sections.some((s) => s.id === id));
if (unknown.length > 0) throw new Error(`docs/coverage/keras.json has no section ${unknown.join(", ")}`);

/** Whether a row of Keras' names exists, under its name or another one of Keras'. */
const exists = (row, own) =>
  [row.name, ...(row.aliases ?? [])].some((n) => own.includes(n) || own.includes(camel(n)));

const code = (list) => list.map((n) => `\`${n}\``).join(", ");
let [found, all] = [0, 0];
const lines = groups.map(([title, own, ids]) => {
  const rows = rowsOf(ids);
  const missing = rows.filter((row) => !exists(row, own)).map((row) => row.name);
  found += rows.length - missing.length;
  all += rows.length;
  const count = rows.length === 0 ? "" : ` (${rows.length - missing.length} of ${rows.length})`;
  return `- **${title}**${count}: ${code(own)}.${missing.length === 0 ? "" : ` Not here: ${code(missing)}.`}`;
});
const body = [
  `Of the ${all} names of ${coverage.framework} ${coverage.version} in the [table of coverage](coverage/keras.md), without those that are not planned, ${found} exist`,
  `and ${all - found} do not. Numbers in brackets count names of Keras: what is snake_case there is camelCase here, and one of`,
  "several names for the same thing is enough.",
  "",
  ...lines,
].join("\n");

const before = readFileSync(target, "utf8");
const pattern = /(<!-- table:names -->)[^]*?(<!-- \/table -->)/;
if (!pattern.test(before)) throw new Error("docs/api-keras.md has no place for the table of names");
const text = before.replace(pattern, (_, start, end) => `${start}\n\n${body}\n\n${end}`);
if (process.argv.includes("--check")) {
  if (text !== before) {
    console.error("docs/api-keras.md is out of date: run node scripts/api-keras-table.mjs");
    process.exit(1);
  }
} else writeFileSync(target, text);
