// Rows as bars and as tables: which figure, which text.
import { formatMs, formatRate, speedUps, type BenchResult, type CaseFacts, type Row } from "@isoform/bench";
import type { Metric, Series, ShownRun } from "../state.js";
import type { Bar, Block, Scale } from "./chart.js";
import { h, show } from "./dom.js";

/** `1.2 MB`, with decimal prefixes. */
export function bytesText(n: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  const i = n < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(n) / 3));
  const v = n / 1000 ** i;
  return `${i === 0 ? v.toFixed(0) : v >= 100 ? v.toFixed(0) : v.toPrecision(2)} ${units[i] ?? ""}`;
}

/** `41×`, `0.52×`. */
export const timesText = (r: number): string =>
  `${r >= 100 ? r.toFixed(0) : r >= 10 ? r.toFixed(1) : r.toPrecision(2)}×`;

/** Axes name decades in full numbers. */
const tickMs = (ms: number): string => {
  const [n, unit] =
    ms < 1e-3 ? [ms * 1e6, "ns"] : ms < 1 ? [ms * 1e3, "µs"] : ms < 1000 ? [ms, "ms"] : [ms / 1000, "s"];
  return `${Number(n.toPrecision(3))} ${unit}`;
};
const tickTimes = (r: number): string => `${Number(r.toPrecision(3))}×`;

/** How each figure reads. */
export const SCALES: Readonly<Record<Metric, Scale>> = {
  time: { format: tickMs, base: null },
  first: { format: tickMs, base: null },
  memory: { format: (n) => bytesText(n).replace(/\.0 /, " "), base: null },
  speed: { format: tickTimes, base: 1 },
};

/** The rows of a run by case and contender. */
export function rowsOf(run: ShownRun): ReadonlyMap<string, Row> {
  return new Map(run.result.rows.map((r) => [`${r.case} ${r.contender}`, r]));
}

/** Cases of all runs by suite, in their first order. */
export function casesBySuite(runs: readonly ShownRun[]): ReadonlyMap<string, readonly CaseFacts[]> {
  const seen = new Set<string>();
  const out = new Map<string, CaseFacts[]>();
  for (const { result } of runs) {
    for (const c of result.cases) {
      if (seen.has(c.id)) continue;
      seen.add(c.id);
      const list = out.get(c.suite);
      if (list === undefined) out.set(c.suite, [c]);
      else list.push(c);
    }
  }
  return out;
}

const titleOf = (c: CaseFacts): string => (c.title.startsWith(c.group) ? c.title : `${c.group}: ${c.title}`);

function absent(row: Row): string {
  if (row.state === "skipped") return `skipped: ${row.failure?.message ?? ""}`;
  return `${row.state}: ${row.failure?.message ?? ""}`;
}

/** What a row says, in one text. */
function detailOf(series: Series, row: Row): string {
  const parts = [
    row.warm === null
      ? null
      : `${formatMs(row.warm.median)}, 10 to 90 %: ${formatMs(row.warm.p10)} to ${formatMs(row.warm.p90)}`,
    row.coldMs === null ? null : `first run ${formatMs(row.coldMs)}`,
    row.peakBytes === null ? null : `at most ${bytesText(row.peakBytes)}`,
    checkText(row) || null,
    ...row.notes,
  ];
  return `${series.label}\n${parts.filter((p) => p !== null).join("\n")}`;
}

function bar(series: Series, row: Row, metric: Metric, ratio: number | undefined): Bar {
  const common = {
    label: series.label,
    color: series.color,
    imported: series.run.imported,
    range: null,
    mark: null,
    correct: row.check === null ? null : row.check.ok,
    detail: detailOf(series, row),
  };
  const none = (text: string): Bar => ({
    ...common,
    value: null,
    text,
    correct: null,
    detail: `${series.label}: ${text}`,
  });
  if (row.warm === null) return none(absent(row));
  switch (metric) {
    case "time": {
      const { median, p10, p90 } = row.warm;
      return { ...common, value: median, text: formatMs(median), range: [p10, p90], mark: row.coldMs };
    }
    case "first":
      return row.coldMs === null
        ? none("not measured")
        : { ...common, value: row.coldMs, text: formatMs(row.coldMs) };
    case "memory":
      return row.peakBytes === null || row.peakBytes === 0
        ? none("not counted")
        : { ...common, value: row.peakBytes, text: bytesText(row.peakBytes) };
    case "speed":
      return ratio === undefined
        ? none("the baseline has no time")
        : { ...common, value: ratio, text: timesText(ratio) };
  }
}

/** Times of every series against one of them, by series and case. */
export function ratiosOf(
  series: readonly Series[],
  baseline: Series | undefined,
): ReadonlyMap<string, ReadonlyMap<string, number>> {
  if (baseline === undefined) return new Map();
  const base = baseline.run.result.rows.filter((r) => r.contender === baseline.contender);
  return new Map(
    series.map((s) => {
      // One result of two runs, so that the engine's own comparison does the arithmetic.
      const joined: BenchResult = {
        ...s.run.result,
        contenders: s.run.result.contenders.filter((c) => c.id === s.contender),
        rows: [
          ...s.run.result.rows.filter((r) => r.contender === s.contender),
          ...base.map((r) => ({ ...r, contender: " baseline" })),
        ],
      };
      return [s.key, speedUps(joined, " baseline")[0]?.byCase ?? new Map<string, number>()] as const;
    }),
  );
}

/** The blocks of a chart: cases that have a row. */
export function blocksOf(
  cases: readonly CaseFacts[],
  series: readonly Series[],
  metric: Metric,
  baseline: Series | undefined,
): Block[] {
  const rows = new Map(series.map((s) => [s.key, rowsOf(s.run)]));
  const ratios =
    metric === "speed" ? ratiosOf(series, baseline) : new Map<string, ReadonlyMap<string, number>>();
  return cases.flatMap((c) => {
    const bars = series.flatMap((s) => {
      const row = rows.get(s.key)?.get(`${c.id} ${s.contender}`);
      return row === undefined ? [] : [bar(s, row, metric, ratios.get(s.key)?.get(c.id))];
    });
    return bars.length === 0 ? [] : [{ title: titleOf(c), bars }];
  });
}

/** `2.9e−7`: with a minus sign, at which lines do not break. */
export const errorText = (v: number): string =>
  v === 0 ? "0" : Number.isFinite(v) ? v.toExponential(1).replace("-", "−") : "∞";

function checkText(row: Row): string {
  if (row.check === null)
    return row.contender === "reference" ? "the reference" : row.state === "unchecked" ? "not compared" : "";
  const { ok, maxAbs, maxRel, at } = row.check;
  return `${ok ? "ok" : "WRONG"}, ${errorText(maxAbs)} abs, ${errorText(maxRel)} rel${at === null ? "" : `, at ${at}`}`;
}

const HEADS = [
  "Case",
  "Backend",
  "Warm median",
  "10 % to 90 %",
  "First run",
  "Rate",
  "Peak memory",
  "Against reference",
  "Notes",
];

/** A cell whose text may be long: it wraps. */
const long = (text: string): HTMLElement => h("span", { class: "long-text" }, text);
/** One whose end is not needed: the list of runs has it too. */
const cut = (text: string): HTMLElement => h("span", { class: "long-text cut", title: text }, text);

function tableRow(c: CaseFacts, s: Series, row: Row): HTMLTableRowElement {
  const { warm } = row;
  const notes = [...(row.failure === null ? [] : [`${row.state}: ${row.failure.message}`]), ...row.notes];
  const cells = [
    cut(s.label),
    warm === null ? row.state : formatMs(warm.median),
    warm === null ? "" : `${formatMs(warm.p10)} to ${formatMs(warm.p90)}`,
    row.coldMs === null ? "" : formatMs(row.coldMs),
    formatRate(row, c),
    row.peakBytes === null ? "" : bytesText(row.peakBytes),
    checkText(row),
    long(notes.join("; ")),
  ];
  return h(
    "tr",
    { class: row.state === "wrong" || row.state === "failed" ? "bad" : null },
    h("th", { scope: "row" }, long(titleOf(c))),
    ...cells.map((cell) => h("td", {}, cell)),
  );
}

/** All figures of a suite as a table, which says the same as the charts. */
export class FiguresTable {
  readonly element: HTMLElement;
  private readonly body: HTMLElement = h("tbody", {});

  constructor(suite: string) {
    const heads = HEADS.map((t) => h("th", { scope: "col" }, t));
    this.element = h(
      "div",
      { class: "table", role: "region", tabindex: 0, "aria-label": `Figures of ${suite}` },
      h("table", {}, h("thead", {}, h("tr", {}, ...heads)), this.body),
    );
  }

  /** Shows these rows in place of those before; the place it is scrolled to stays. */
  show(cases: readonly CaseFacts[], series: readonly Series[]): void {
    const rows = new Map(series.map((s) => [s.key, rowsOf(s.run)]));
    show(
      this.body,
      ...cases.flatMap((c) =>
        series.flatMap((s) => {
          const row = rows.get(s.key)?.get(`${c.id} ${s.contender}`);
          return row === undefined ? [] : [tableRow(c, s, row)];
        }),
      ),
    );
  }
}
