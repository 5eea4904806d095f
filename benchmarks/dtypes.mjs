// What the CPU backend takes for the same work in several dtypes: medians of eager calls on one thread.
//   node benchmarks/dtypes.mjs [--rounds 15] [--out benchmarks/results/dtypes.md]
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { cpu } from "@isoform/backend-cpu";
import * as core from "@isoform/core";
import { circumstances, median } from "./lib/measure.mjs";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "15" },
    out: { type: "string", default: "benchmarks/results/dtypes.md" },
  },
});
const backend = cpu({ threads: 1, relaxedSimd: "enable" });
await core.setBackend(backend);

const PADDED = { padding: [[1, 1], [1, 1]] }; // prettier-ignore
const FLOATS = ["float32", "float16", "bfloat16"];
const WHOLE = ["int32", "int64", "float64"];
/** Name, dtypes, shapes of the inputs, and the call. */
const CASES = [
  ["matmul 512", [...FLOATS, "int32"], [[512, 512]], (x) => core.matmul(x, x)],
  ["conv 3x3 64@56", [...FLOATS, "int32"], [[1, 64, 56, 56], [64, 64, 3, 3]], (x, w) => core.conv(x, w, PADDED)], // prettier-ignore
  ["sum of rows, 1M", [...FLOATS, ...WHOLE], [[1024, 1024]], (x) => core.sum(x, 1)],
  ["add, 1M", [...FLOATS, ...WHOLE], [[1024, 1024]], (x) => core.add(x, x)],
  ["eq, 1M", [...FLOATS, ...WHOLE], [[1024, 1024]], (x) => core.eq(x, x)],
  ["softmax, 1M", FLOATS, [[1024, 1024]], (x) => core.softmax(x, -1)],
  ["layer norm, 1M", FLOATS, [[1024, 1024]], (x) => core.layerNorm(x)],
  ["attention, 12 heads of 128 x 64", FLOATS, [[1, 12, 128, 64]], (x) => core.attention(x, x, x)],
];

function input(shape, dtype) {
  const data = Float32Array.from({ length: core.sizeOf(shape) }, (_, i) => 4 * Math.sin(i * 1.3));
  return core.keep(core.scope(() => core.cast(core.tensor(data, { shape }), dtype)));
}

const rows = CASES.flatMap(([name, dtypes, shapes, run]) =>
  dtypes.map((dtype) => {
    const inputs = shapes.map((shape) => input(shape, dtype));
    const times = [];
    for (let i = 0; i < Number(values.rounds) + 3; i++) {
      const start = performance.now();
      core.scope(() => void run(...inputs));
      times.push(performance.now() - start);
    }
    for (const t of inputs) t.dispose();
    return { name, dtype, ms: median(times.slice(3)) };
  }),
);
const { cpu: processor, node, date } = circumstances();
const table = rows.map((r) => `| ${r.name} | ${r.dtype} | ${r.ms.toPrecision(3)} |`);
const left = Object.keys(backend.fallbacks());
const text = `The same work in several dtypes: medians of ${values.rounds} eager calls on one thread. ${processor}, Node ${node}, ${date}.
Run by the reference kernels: ${left.join(", ") || "none"}.

| case | dtype | ms |
| --- | --- | ---: |
${table.join("\n")}
`;
writeFileSync(values.out, text);
console.log(text);
