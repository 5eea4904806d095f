// The results of `isoform bench` as text: a table per suite with bars on a logarithmic scale.
import {
  formatMs,
  formatRate,
  logPosition,
  type BenchResult,
  type CaseFacts,
  type Row,
} from "@isoform/bench";
import type { Paint, Style } from "../terminal/color.js";
import { table, type Column } from "../terminal/table.js";
import { bytes, figure, harmless } from "../terminal/text.js";

const BAR = 24;
const PARTS = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];

/** A bar of `part` (0 to 1) of the width, to an eighth of a character. */
function bar(part: number): string {
  const eighths = Math.max(1, Math.round(part * BAR * 8));
  return "█".repeat(eighths >> 3) + (PARTS[eighths & 7] ?? "");
}

function checkText(row: Row, short: boolean): string {
  if (row.check === null)
    return row.contender === "reference" && row.warm !== null ? "the reference" : row.state;
  const { ok, maxAbs, maxRel, at } = row.check;
  const text = short ? figure(maxRel) : `${figure(maxAbs)} abs, ${figure(maxRel)} rel`;
  return `${ok ? "ok" : "WRONG"} ${text}${at === null ? "" : " *"}`;
}

/** What a table leaves out so that its bars fit, from nothing to all that can be spared. */
const FORMS = [
  { name: 80, short: false, leaves: [] },
  { name: 44, short: false, leaves: [] },
  { name: 44, short: true, leaves: [] },
  { name: 44, short: true, leaves: ["memory"] },
  { name: 36, short: true, leaves: ["memory", "first"] },
] as const;
type Form = (typeof FORMS)[number];

function styleOf(row: Row): Style {
  if (row.state === "wrong" || row.state === "failed") return "red";
  return row.contender === "reference" ? "dim" : "cyan";
}

const SUITE_TITLES: Readonly<Record<string, string>> = {
  ops: "Operations",
  models: "Models",
  training: "Training steps",
  file: "Model file",
};

interface Shown {
  readonly row: Row;
  readonly facts: CaseFacts;
  /** Name of the case; empty where the row above has the same. */
  readonly name: string;
  readonly label: string;
}

const COLUMNS: readonly Column[] = [
  { title: "case" },
  { title: "backend", max: 24 },
  { title: "time", align: "right" },
  { title: "first", align: "right" },
  { title: "rate", align: "right" },
  { title: "memory", align: "right" },
  { title: "against reference" },
];

function cellsOf({ row, facts, name, label }: Shown, form: Form): string[] {
  return [
    name,
    label,
    row.warm === null ? "" : formatMs(row.warm.median),
    row.coldMs === null ? "" : formatMs(row.coldMs),
    formatRate(row, facts),
    row.peakBytes === null ? "" : bytes(row.peakBytes),
    checkText(row, form.short),
  ];
}

function tableOf(shown: readonly Shown[], form: Form): string[] {
  const left: readonly string[] = form.leaves;
  const kept = COLUMNS.map((c) => !left.includes(c.title));
  const pick = <T>(list: readonly T[]): T[] => list.filter((_, i) => kept[i]);
  return table(
    pick(COLUMNS).map((c) => (c.title === "case" ? { ...c, max: form.name } : c)),
    shown.map((s) => pick(cellsOf(s, form))),
  );
}

const widestOf = (lines: readonly string[]): number => lines.reduce((w, line) => Math.max(w, line.length), 0);

/** Why rows have no figures, each reason once. */
function reasons(shown: readonly Shown[]): string[] {
  const cases = new Map<string, number>();
  for (const { row, label } of shown) {
    const texts = [...(row.failure === null ? [] : [`${row.state}: ${row.failure.message}`]), ...row.notes];
    for (const text of texts) {
      // A contender that could not start is skipped from then on, for one and the same reason.
      const key = harmless(`${label}: ${text.replace(/^(skipped|unsupported|failed): /, "")}`);
      cases.set(key, (cases.get(key) ?? 0) + 1);
    }
  }
  return [...cases].map(([text, n]) => `  ${text}${n > 1 ? ` (${n} rows)` : ""}`);
}

function suiteLines(result: BenchResult, suite: string, paint: Paint, columns: number): string[] {
  const facts = new Map(result.cases.filter((c) => c.suite === suite).map((c) => [c.id, c]));
  const labels = new Map(result.contenders.map((c) => [c.id, c.label]));
  let before = "";
  const shown = result.rows.flatMap((row): Shown[] => {
    const found = facts.get(row.case);
    if (found === undefined) return [];
    const { group, title } = found;
    const full = title.startsWith(group) ? title : `${group}: ${title}`;
    const name = full === before ? "" : full;
    before = full;
    return [{ row, facts: found, name, label: labels.get(row.contender) ?? row.contender }];
  });
  if (shown.length === 0) return [];
  const tables = FORMS.map((form) => tableOf(shown, form));
  const fitting = tables.find((lines) => widestOf(lines) + 2 + BAR <= columns);
  const lines = fitting ?? tables.find((t) => widestOf(t) <= columns) ?? tables.at(-1) ?? [];
  const widest = widestOf(lines);
  const times = shown.flatMap(({ row }) => (row.warm === null ? [] : [row.warm.median]));
  const [low, high] = [Math.min(...times) / 1.6, Math.max(...times)];
  const out = lines.map((line, i) => {
    const row = shown[i - 2]?.row;
    if (fitting === undefined || row === undefined || row.warm === null) return line;
    return `${line.padEnd(widest + 2)}${paint(styleOf(row), bar(logPosition(row.warm.median, low, high)))}`;
  });
  const starred = shown.some(({ row }) => row.check !== null && row.check.at !== null);
  return [
    paint("bold", SUITE_TITLES[suite] ?? suite),
    ...out,
    ...(starred ? ["  * compared at smaller sizes: the reference is too slow at these"] : []),
    ...reasons(shown),
    "",
  ];
}

/** The lines of a result. */
export function benchTable(result: BenchResult, paint: Paint, columns: number): string[] {
  const suites = [...new Set(result.cases.map((c) => c.suite))];
  return suites.flatMap((suite) => suiteLines(result, suite, paint, columns)).slice(0, -1);
}
