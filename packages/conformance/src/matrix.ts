// The support matrix: reports of several backends as one Markdown table.
import type { DType } from "@isoform/core";
import type { ConformanceReport, Counts } from "./report.js";

/** What a cell says of an op in a dtype. */
function mark(counts: Counts | undefined): string {
  if (counts === undefined) return "";
  if (counts.failed > 0) return `✗ ${counts.failed}`;
  if (counts.expected > 0) return `! ${counts.expected}`;
  return counts.passed > 0 ? "✓" : "–";
}

/**
 * A Markdown table with a row per op and a column per backend and dtype: ✓ all cases passed, `✗ n` n failed,
 * `! n` n failures were announced, – all skipped, empty: no case. `dtypes` picks and orders the columns; a
 * dtype that a report's backend does not have gives no column there. Ops are sorted by name; subjects without
 * a dtype stay empty. Never throws.
 */
export function supportMatrix(reports: readonly ConformanceReport[], dtypes: readonly DType[]): string {
  const columns = reports.flatMap((r) =>
    dtypes
      .filter((d) => r.dtypes.includes(d))
      .map((d) => ({ report: r, dtype: d, title: `${r.backend} ${d}` })),
  );
  const ops = [...new Set(reports.flatMap((r) => Object.keys(r.ops)))].sort();
  const row = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [
    row(["op", ...columns.map((c) => c.title)]),
    row(["---", ...columns.map(() => "---")]),
    ...ops.map((op) => row([op, ...columns.map((c) => mark(c.report.ops[op]?.[c.dtype]))])),
    "",
  ].join("\n");
}
