// `npm run bench`: us and the peers, interleaved. See README.md. Needs the built packages (`npm run build`).
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { chart } from "./lib/chart.mjs";
import { family } from "./lib/family.mjs";
import { circumstances } from "./lib/measure.mjs";
import { installPeers, peerVersions } from "./lib/peers.mjs";
import { table } from "./lib/table.mjs";
import { SUITES } from "./suites/index.mjs";

const PEERS = [
  "tfjs-wasm",
  "tfjs-cpu",
  "onnxruntime-web",
  "onnxruntime-node",
  "jax-js",
  "pytorch",
  "tensorflow",
];
const here = fileURLToPath(new URL("./", import.meta.url));

const HELP = `Usage: npm run bench -- [options]

  --suite NAME,...     suites to run (default: all; --list names them)
  --threads N,...      numbers of threads, each in its own processes (default: 1,2)
  --peers NAME,...     peers to run, or none (default: all)
  --python PATH        a Python with PyTorch and/or TensorFlow, for those peers
  --rounds N           repeats of each contender (default: 21)
  --strict             ours without relaxed SIMD (fused multiply-adds), which Node 20 has behind a flag of V8 only
  --json FILE          also writes the rows {suite, name, threads, oursMs, peers} there
  --out FOLDER         where results go (default: benchmarks/results; with --quick nowhere)
  --quick              the first case of each suite, few repeats: to see that it works, not to compare
  --list               the suites and their cases
  --help               this text
`;

function fail(message) {
  console.error(`${message}\nTry: npm run bench -- --help`);
  process.exit(2);
}

function options() {
  const text = { type: "string" };
  const flag = { type: "boolean", default: false };
  try {
    const { values } = parseArgs({
      options: {
        suite: text,
        threads: {
          type: "string",
          default: "1,2",
        },
        peers: text,
        python: text,
        rounds: text,
        json: text,
        out: text,
        strict: flag,
        quick: flag,
        list: flag,
        help: flag,
      },
    });
    return values;
  } catch (error) {
    return fail(error.message);
  }
}

/** A list given on the command line, each one of `known`. */
function chosen(what, given, known) {
  const names = given === undefined ? known : given.split(",").filter((n) => n !== "");
  const unknown = names.filter((n) => !known.includes(n));
  if (unknown.length > 0) fail(`unknown ${what} ${unknown.join(", ")}; there are ${known.join(", ")}`);
  return names;
}

function positive(what, text) {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) fail(`${what} must be a positive integer, not ${text}`);
  return value;
}

const values = options();
if (values.help) {
  console.log(HELP);
  process.exit(0);
}
const suites = chosen("suite", values.suite, Object.keys(SUITES));
if (values.list) {
  for (const name of suites) console.log([name, ...SUITES[name].map((c) => `  ${c.name}`)].join("\n"));
  process.exit(0);
}
const peers = values.peers === "none" ? [] : chosen("peer", values.peers, PEERS);
const threads = values.threads.split(",").map((n) => positive("--threads", n));
if (values.strict) process.env["ISOFORM_BENCH_STRICT"] = "1";
const rounds = positive("--rounds", values.rounds ?? (values.quick ? 3 : 21));
const out = values.out ?? (values.quick ? null : join(here, "results"));
for (const name of ["core", "backend-cpu", "api-torch", "converter"]) {
  if (!existsSync(fileURLToPath(import.meta.resolve(`@isoform/${name}`)))) {
    console.error(`@isoform/${name} is not built: run \`npm run build\` first`);
    process.exit(2);
  }
}

const inNode = peers.filter((p) => p !== "pytorch" && p !== "tensorflow");
const unavailable = inNode.length > 0 ? installPeers() : null;
const [rows, notices, facts] = [[], new Set(), []];
const say = (text) => console.error(text);
let good = true;
for (const n of threads) {
  say(`${n} thread(s)`);
  const task = {
    threads: n,
    suites,
    peers,
    python: values.python ?? null,
    unavailable,
    quick: values.quick,
    options: values.quick
      ? {
          rounds,
          repeatMs: 1,
          budgetMs: 200,
          restMs: 0,
          warmupMs: 10,
        }
      : {
          rounds,
          repeatMs: 15,
          budgetMs: 3e3,
          restMs: 40,
          warmupMs: 300,
        },
  };
  try {
    await family(task, {
      facts: (f) => facts.push(f),
      notice: (text) => {
        notices.add(text);
        say(`  ${text}`);
      },
      failure: (text) => {
        notices.add(text);
        say(`  ${text}`);
        good = false;
      },
      row: (row) => {
        rows.push(row);
        const best = Math.min(...Object.values(row.peers).filter((ms) => ms !== null));
        const ratio = Number.isFinite(best)
          ? `, ${(row.oursMs / best).toFixed(2)} of the fastest peer's`
          : "";
        say(`  ${row.suite}: ${row.name}: ${row.oursMs.toPrecision(3)} ms${ratio}`);
        for (const name of row.wrong) say(`    ${name}: ${row.notes[name]}`);
        good &&= row.wrong.length === 0;
      },
    });
  } catch (error) {
    say(error.stack ?? String(error));
    good = false;
  }
}

const run = { ...circumstances(), peerVersions: peerVersions(), families: facts, notices: [...notices] };
if (values.json !== undefined) {
  const plain = rows.map(({ suite, name, threads: t, oursMs, peers: p }) => ({
    suite,
    name,
    threads: t,
    oursMs,
    peers: p,
  }));
  writeFileSync(values.json, `${JSON.stringify(plain, null, 2)}\n`);
}
const markdown = table(rows, run);
if (out !== null && rows.length > 0) {
  mkdirSync(out, { recursive: true });
  for (const suite of new Set(rows.map((r) => r.suite))) {
    const result = { suite, ...run, rows: rows.filter((r) => r.suite === suite) };
    writeFileSync(join(out, `${suite}.json`), `${JSON.stringify(result, rounded, 2)}\n`);
  }
  writeFileSync(join(out, "bench.md"), markdown);
  writeFileSync(join(out, "bench.svg"), chart(rows, run));
}
console.log(markdown);
process.exitCode = good ? 0 : 1;

/** Four significant digits are more than the noise allows. */
function rounded(_key, value) {
  return typeof value === "number" && !Number.isInteger(value) ? Number(value.toPrecision(4)) : value;
}
