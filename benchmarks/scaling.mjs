// What a second thread gains, and what the machine has to give: per round one process of ours with one thread, two such
// processes beside each other, and one with two threads. Two processes share nothing, so that what they lose to each other
// is the machine's: no program on two threads can gain more.
//   node benchmarks/scaling.mjs [--suite matmul,conv] [--rounds 31]
import { writeFileSync } from "node:fs";
import { setTimeout as rest } from "node:timers/promises";
import { parseArgs } from "node:util";
import { openRemote } from "./engines/remote.mjs";
import { circumstances, median } from "./lib/measure.mjs";
import { SUITES } from "./suites/index.mjs";

const HELP = `Usage: node benchmarks/scaling.mjs [options]

  --suite NAME,...     suites to run (default: matmul,conv): ${Object.keys(SUITES).join(", ")}
  --rounds N           rounds of each case (default: 31)
  --help               this text

Writes benchmarks/results/scaling.md.`;
const { values } = parseArgs({
  options: {
    help: { type: "boolean", default: false },
    suite: { type: "string", default: "matmul,conv" },
    rounds: { type: "string", default: "31" },
  },
});
if (values.help) {
  console.log(HELP);
  process.exit(0);
}
const suites = values.suite.split(",");
const rounds = Number(values.rounds);
const unknown = suites.find((s) => !Object.hasOwn(SUITES, s));
if (unknown !== undefined || !Number.isInteger(rounds) || rounds < 1) {
  console.error(
    unknown === undefined
      ? `--rounds ${values.rounds}?`
      : `there is no suite ${unknown}: ${Object.keys(SUITES)}`,
  );
  process.exit(2);
}

const REPEAT_MS = 30;
const REST_MS = 40;
const [one, other, both] = [
  await openRemote("ours", 1),
  await openRemote("ours", 1),
  await openRemote("ours", 2),
];
const rows = [];
for (const suite of suites) {
  for (const [index, { name }] of SUITES[suite].entries()) {
    const [a, b, two] = await Promise.all([one, other, both].map((p) => p.prepare({ suite, index })));
    for (let i = 0; i < 3; i++)
      for (const c of [a, b, two]) await c.measure(Math.ceil(100 / Math.max(1, c.firstMs)));
    const calls = Math.max(1, Math.round(REPEAT_MS / (await a.measure(5)) / 0.2));
    const seen = [];
    for (let r = 0; r < rounds; r++) {
      await rest(REST_MS);
      const alone = await a.measure(calls);
      await rest(REST_MS);
      const beside = await Promise.all([a.measure(calls), b.measure(calls)]);
      await rest(REST_MS);
      await two.measure(1);
      const threads = await two.measure(calls);
      seen.push({ alone, gain: alone / threads, most: (2 * alone) / ((beside[0] + beside[1]) / 2) });
    }
    const of = (key) => median(seen.map((s) => s[key]));
    rows.push({ suite, name, ms: of("alone") / calls, gain: of("gain"), most: of("most") });
    console.error(`  ${suite}: ${name}: ${of("gain").toFixed(2)} of ${of("most").toFixed(2)}`);
    for (const c of [a, b, two]) await c.dispose();
  }
}
for (const p of [one, other, both]) p.close();

const { cpu, cores, node, date } = circumstances();
const table = rows.map(
  (r) => `| ${r.suite} | ${r.name} | ${r.ms.toPrecision(3)} | ${r.gain.toFixed(2)} | ${r.most.toFixed(2)} |`,
);
const text = `What a second thread gains: medians of ${rounds} rounds, in each of which one thread, two processes of one thread beside each
other, and two threads took turns. ${cpu}, ${cores} cores, Node ${node}, ${date}.

| suite | case | ms, one thread | two threads gain | two processes get done |
| --- | --- | ---: | ---: | ---: |
${table.join("\n")}
`;
writeFileSync(new URL("results/scaling.md", import.meta.url), text);
console.log(text);
