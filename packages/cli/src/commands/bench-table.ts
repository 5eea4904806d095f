// The results of `isoform bench` as text: a table per suite with bars on a logarithmic scale.
import { formatMs, formatRate, logPosition, type BenchResult, type CaseFacts, type Row } from "@isoform/bench";
import type { Paint, Style } from "../terminal/color.js";
import { table } from "../terminal/table.js";
import { bytes, figure, harmless } from "../terminal/text.js";

const BAR = 24;
const PARTS = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];

/** A bar of `part` (0 to 1) of the width, to an eighth of a character. */
function bar(part: number): string {
  const eighths = Math.max(1, Math.round(part * BAR * 8));
  return "█".repeat(eighths >> 3) + (PARTS[eighths & 7] ?? "");
}

function checkText(row: Row): string {
  if (row.check === null) return row.state;
  const { ok, maxAbs, maxRel, at } = row.check;
  const text = `${figure(maxAbs)} abs, ${figure(maxRel)} rel`;
  return `${ok ? "ok" : "WRONG"} ${text}${at === null ? "" : " *"}`;
}

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
  readonly cells: readonly string[];
}

function suiteLines(result: BenchResult, suite: string, paint: Paint, columns: number): string[] {
  const facts = new Map(result.cases.filter((c) => c.suite === suite).map((c) => [c.id, c]));
  const labels = new Map(result.contenders.map((c) => [c.id, c.label]));
  let before = "";
  const shown = result.rows.flatMap((row): Shown[] => {
    const found = facts.get(row.case);
    if (found === undefined) return [];
    const { group, title } = found;
    const name = title.startsWith(group) ? title : `${group} ${title}`;
    const cells = [
      name === before ? "" : name,
      labels.get(row.contender) ?? row.contender,
      row.warm === null ? "" : formatMs(row.warm.median),
      row.coldMs === null ? "" : formatMs(row.coldMs),
      formatRate(row, found),
      row.peakBytes === null ? "" : bytes(row.peakBytes),
      checkText(row),
    ];
    before = name;
    return [{ row, facts: found, cells }];
  });
  if (shown.length === 0) return [];
  const lines = table(
    [
      { title: "case", max: 46 },
      { title: "backend", max: 24 },
      { title: "time", align: "right" },
      { title: "first", align: "right" },
      { title: "rate", align: "right" },
      { title: "memory", align: "right" },
      { title: "against reference" },
    ],
    shown.map((s) => s.cells),
  );
  const times = shown.flatMap(({ row }) => (row.warm === null ? [] : [row.warm.median]));
  const low = Math.min(...times) / 1.6;
  const high = Math.max(...times);
  const widest = lines.reduce((w, line) => Math.max(w, line.length), 0);
  // On a narrow terminal the figures stay whole and the bars go.
  const room = columns >= widest + BAR + 2 || columns < 80;
  const out = lines.map((line, i) => {
    const row = shown[i - 2]?.row;
    if (row?.warm == null || !room) return line;
    return `${line.padEnd(widest + 2)}${paint(styleOf(row), bar(logPosition(row.warm.median, low, high)))}`;
  });
  const failures = shown.flatMap(({ row, facts: f }) => [
    ...(row.failure === null ? [] : [`  ${labels.get(row.contender) ?? ""}, ${f.title}: ${row.failure.message}`]),
    ...row.notes.map((note) => `  ${labels.get(row.contender) ?? ""}, ${f.title}: ${note}`),
  ]);
  const starred = shown.some(({ row }) => row.check?.at != null);
  return [
    paint("bold", SUITE_TITLES[suite] ?? suite),
    ...out,
    ...(starred ? ["  * compared at smaller sizes: the reference is too slow at these"] : []),
    ...[...new Set(failures)].map(harmless),
    "",
  ];
}

/** The lines of a result. */
export function benchTable(result: BenchResult, paint: Paint, columns: number): string[] {
  const suites = [...new Set(result.cases.map((c) => c.suite))];
  return suites.flatMap((suite) => suiteLines(result, suite, paint, columns)).slice(0, -1);
}
