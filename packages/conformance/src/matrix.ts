// The support matrix: reports of several backends as one Markdown table.
import type { DType } from "@isoform/core";
import { outcomeOf, type ConformanceReport, type Counts } from "./report.js";

/** What a cell says of an op in a dtype: `✓`, `✗ n`, `! n`, `–`, or nothing where there is no case. Never throws. */
export function supportMark(counts: Counts | undefined): string {
  if (counts === undefined) return "";
  const marks = { passed: "✓", failed: `✗ ${counts.failed}`, expected: `! ${counts.expected}`, skipped: "–" };
  return marks[outcomeOf(counts)];
}

/**
 * A Markdown table with a row per op and a column per backend and dtype: ✓ all cases passed, `✗ n` n failed,
 * `! n` n failures were announced, – all skipped, empty: no case. `dtypes` picks and orders the columns; a
 * dtype that a report's backend does not have gives no column there. Ops are sorted by name; `ops` picks them.
 * Never throws.
 */
export function supportMatrix(
  reports: readonly ConformanceReport[],
  dtypes: readonly DType[],
  ops: (op: string) => boolean = () => true,
): string {
  const columns = reports.flatMap((r) =>
    dtypes
      .filter((d) => r.capabilities.dtypes.includes(d))
      .map((d) => ({ report: r, dtype: d, title: `${r.backend} ${d}` })),
  );
  const rows = [...new Set(reports.flatMap((r) => Object.keys(r.ops)))].filter(ops).sort();
  const row = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [
    row(["op", ...columns.map((c) => c.title)]),
    row(["---", ...columns.map(() => "---")]),
    ...rows.map((op) => row([op, ...columns.map((c) => supportMark(c.report.ops[op]?.[c.dtype]))])),
    "",
  ].join("\n");
}
