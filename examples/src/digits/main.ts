// The main job of `npm start`: a digit classifier trained with Keras goes through ONNX and PyTorch and back to Keras,
// and must tell the same 1,000 handwritten digits in every format, on every backend.
import { writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { errorText } from "./charts.js";
import { loadRecorded, loadTestDigits } from "./data.js";
import { runJob, type JobResult } from "./job.js";
import { reportPage } from "./report.js";

const COUNT = 1000;
const FOLDER = fileURLToPath(new URL("../../../out/digits", import.meta.url));

/** Plain text table: titles, then rows; columns from `right` on are aligned to the right. */
function textTable(rows: readonly (readonly string[])[], right: number): string {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)));
  const line = (row: readonly string[]) =>
    row
      .map((cell, i) => (i >= right ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0)))
      .join("  ");
  const [titles = [], ...body] = rows.map(line);
  return [titles, widths.map((w) => "─".repeat(w)).join("  "), ...body].join("\n");
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`;
}

/** The tables that the job prints. */
export function resultText({ inspected, steps, runs, count }: JobResult): string {
  return [
    `${inspected.format}, ${inspected.producer}, ${inspected.parameters.toLocaleString("en")} parameters`,
    "",
    textTable(
      [
        ["layer", "type", "output", "parameters"],
        ...inspected.layers.map((l) => [l.name, l.op, l.output, String(l.parameters)]),
      ],
      3,
    ),
    "",
    textTable(
      [
        ["conversion", "", "transposes", "max abs error", "time"],
        ...steps.map((s) => [
          s.from,
          `→ ${s.to}`,
          String(s.transposes),
          errorText(s.maxAbs),
          seconds(s.milliseconds),
        ]),
      ],
      2,
    ),
    "",
    textTable(
      [
        ["model", "backend", "correct", "accuracy", "from digits.keras", "from Keras itself", "time"],
        ...runs.map((r) => [
          r.model,
          r.backend,
          `${r.correct}/${count}`,
          `${((100 * r.correct) / count).toFixed(1)} %`,
          errorText(r.fromSource),
          errorText(r.fromKeras),
          seconds(r.milliseconds),
        ]),
      ],
      2,
    ),
  ].join("\n");
}

/** Does the job, prints it, writes the report. Returns the exit code: 1 when anything differs. */
export async function digitsExample(
  print: (line: string) => void,
  folder: string = FOLDER,
  count: number = COUNT,
): Promise<number> {
  const started = performance.now();
  const recorded = loadRecorded();
  const digits = await loadTestDigits(count);
  const result = await runJob(digits, recorded, folder, (words) => print(`$ isoform ${words.join(" ")}`));
  print(`\n${resultText(result)}`);
  const page = join(folder, "report.html");
  writeFileSync(page, reportPage(result, digits, recorded));
  const total = ((performance.now() - started) / 1000).toFixed(1);
  for (const problem of result.problems) print(`✗ ${problem}`);
  if (result.problems.length === 0) {
    const correct = result.runs[0]?.correct ?? 0;
    print(`\n✓ ${correct} of ${count} digits in every format on every backend, as Keras itself (${total} s)`);
  }
  print(`  the files and a report to look at: ${relative(process.cwd(), page)}`);
  return result.problems.length === 0 ? 0 : 1;
}

if (process.argv[1] !== undefined && pathToFileURL(process.argv[1]).href === import.meta.url) {
  try {
    process.exitCode = await digitsExample((line) => console.log(line));
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
