// Text tables: columns as wide as their widest cell, numbers to the right.
import { harmless } from "./text.js";

/** One column. */
export interface Column {
  readonly title: string;
  readonly align?: "left" | "right";
  /** Cells longer than this are cut with `…`. */
  readonly max?: number;
}

/** Columns wide on a terminal: wide East Asian characters count two. */
function width(text: string): number {
  let n = 0;
  for (const c of text)
    n += /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60]/.test(c) ? 2 : 1;
  return n;
}

function cut(text: string, max: number): string {
  return width(text) <= max ? text : `${[...text].slice(0, max - 1).join("")}…`;
}

/** The lines of a table with a rule under the titles. Cells are made harmless. */
export function table(columns: readonly Column[], rows: readonly (readonly string[])[]): string[] {
  const cells = rows.map((row) =>
    columns.map(({ max }, i) => {
      const text = harmless(row[i] ?? "").replaceAll(/[\t\n]/g, " ");
      return max === undefined ? text : cut(text, max);
    }),
  );
  const widths = columns.map((c, i) =>
    cells.reduce((w, row) => Math.max(w, width(row[i] ?? "")), width(c.title)),
  );
  const line = (row: readonly string[]) =>
    columns
      .map(({ align }, i) => {
        const text = row[i] ?? "";
        const space = " ".repeat(Math.max(0, (widths[i] ?? 0) - width(text)));
        return align === "right" ? space + text : text + space;
      })
      .join("  ")
      .trimEnd();
  return [line(columns.map((c) => c.title)), line(widths.map((w) => "─".repeat(w))), ...cells.map(line)];
}
