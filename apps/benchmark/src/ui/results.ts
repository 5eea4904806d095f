// The results: tiles, charts and tables of the run at hand and of imported ones.
import { METRICS, seriesOf, type Metric, type Series, type ShownRun } from "../state.js";
import { chart, Ruler } from "./chart.js";
import { h, show } from "./dom.js";
import { blocksOf, casesBySuite, ratiosOf, SCALES, timesText } from "./figures.js";
import { SuitePanel } from "./suite-panel.js";
import { tiles } from "./tiles.js";

const METRIC_TEXT: Readonly<Record<Metric, string>> = {
  time: "Time",
  speed: "Speed-up",
  first: "First run",
  memory: "Memory",
};
const METRIC_NOTE: Readonly<Record<Metric, string>> = {
  time: "Milliseconds of one run, less is better: the bar is the median, the line covers 10 to 90 of 100 batches, the diamond is the first run with its compilation.",
  speed: "How many times as fast as the baseline, more is better.",
  first: "Milliseconds until the first result, compilation included, less is better.",
  memory: "Most bytes of tensors at one time, less is better.",
};
const SUITE_TEXT: Readonly<Record<string, string>> = {
  ops: "Operations",
  models: "Models",
  training: "Training",
  file: "Your model",
};

/** The part of the page that shows results. */
export class Results {
  readonly element: HTMLElement;
  private readonly summary: HTMLElement = h("div", {});
  private readonly charts: HTMLElement = h("div", { class: "charts" });
  private readonly note: HTMLElement = h("p", { class: "metric-note" });
  private readonly means: HTMLElement = h("p", { class: "means" });
  private readonly baseline: HTMLSelectElement = h("select", { id: "baseline" });
  private readonly baselineField: HTMLElement;
  private readonly toolbar: HTMLElement;
  private readonly empty: HTMLElement;
  /** By suite. */
  private readonly panels: Map<string, SuitePanel> = new Map();
  private runs: readonly ShownRun[] = [];
  private metric: Metric = "time";
  private width = 0;
  private readonly ruler: Ruler = new Ruler();

  constructor(empty: HTMLElement) {
    this.empty = empty;
    this.baselineField = h(
      "span",
      { class: "baseline" },
      h("label", { for: "baseline" }, "Baseline"),
      this.baseline,
    );
    this.baseline.addEventListener("change", () => this.draw());
    const metrics = h(
      "fieldset",
      { class: "segmented metrics" },
      h("legend", { class: "hidden" }, "What the charts show"),
      h(
        "div",
        { class: "segments" },
        ...METRICS.map((m) => {
          const input = h("input", { type: "radio", name: "metric", value: m, checked: m === this.metric });
          input.addEventListener("change", () => {
            this.metric = m;
            this.draw();
          });
          return h("label", {}, input, h("span", {}, METRIC_TEXT[m]));
        }),
      ),
    );
    this.toolbar = h("div", { class: "toolbar", hidden: true }, metrics, this.baselineField);
    this.element = h(
      "section",
      { id: "results", "aria-labelledby": "results-title", tabindex: -1 },
      h("h2", { id: "results-title", class: "hidden" }, "Results"),
      empty,
      this.summary,
      this.toolbar,
      this.note,
      this.means,
      this.charts,
    );
    new ResizeObserver(() => {
      const width = Math.floor(this.charts.clientWidth);
      if (Math.abs(width - this.width) < 2) return;
      this.width = width;
      this.draw();
    }).observe(this.charts);
  }

  /** Shows these runs. */
  update(runs: readonly ShownRun[]): void {
    this.runs = runs.filter((r) => r.result.cases.length > 0);
    this.draw();
  }

  private draw(): void {
    const some = this.runs.some((r) => r.result.rows.length > 0);
    this.empty.hidden = some;
    this.toolbar.hidden = !some;
    this.note.hidden = !some;
    if (!some) return (show(this.charts), show(this.summary), show(this.means));
    const series = seriesOf(this.runs);
    this.fillBaselines(series);
    const own = this.runs.find((r) => r.imported === null) ?? this.runs[0];
    show(this.summary, own !== undefined && own.result.rows.length > 0 && tiles(own.result));
    const base = series.find((s) => s.key === this.baseline.value) ?? series[0];
    this.baselineField.hidden = this.metric !== "speed";
    this.note.textContent = METRIC_NOTE[this.metric];
    this.showMeans(series, base);
    this.place(
      [...casesBySuite(this.runs)].flatMap(([suite, cases]) => {
        const blocks = blocksOf(cases, series, this.metric, base);
        if (blocks.length === 0) return [];
        const name = SUITE_TEXT[suite] ?? suite;
        const text = `${METRIC_TEXT[this.metric]} of ${name.toLowerCase()} on ${series.map((s) => s.label).join(", ")}; the table below has the figures`;
        const panel = this.panels.get(suite) ?? new SuitePanel(name);
        this.panels.set(suite, panel);
        const width = Math.max(260, this.width - 34);
        panel.show(chart(blocks, SCALES[this.metric], width, text, this.ruler), cases, series);
        return [panel.element];
      }),
    );
  }

  /** Puts in what is new and takes out what is gone; what stays is not moved, so that it keeps the focus. */
  private place(panels: readonly HTMLElement[]): void {
    for (const old of this.charts.querySelectorAll(":scope > article"))
      if (!panels.some((p) => p === old)) old.remove();
    for (const [i, panel] of panels.entries()) {
      const there = this.charts.children[i];
      if (there !== panel) this.charts.insertBefore(panel, there ?? null);
    }
  }

  private fillBaselines(series: readonly Series[]): void {
    const before = this.baseline.value;
    const keys = series.map((s) => s.key);
    const now = [...this.baseline.options].map((o) => o.value);
    const labels = [...this.baseline.options].map((o) => o.text);
    if (keys.join("\n") === now.join("\n") && labels.join("\n") === series.map((s) => s.label).join("\n"))
      return;
    show(this.baseline, ...series.map((s) => h("option", { value: s.key }, s.label)));
    this.baseline.value = keys.includes(before) ? before : (keys[0] ?? "");
  }

  private showMeans(series: readonly Series[], base: Series | undefined): void {
    this.means.hidden = this.metric !== "speed";
    if (this.metric !== "speed") return;
    const ratios = ratiosOf(series, base);
    show(
      this.means,
      ...series.flatMap((s) => {
        const values = [...(ratios.get(s.key)?.values() ?? [])];
        if (values.length === 0 || s.key === base?.key) return [];
        const mean = Math.exp(values.reduce((n, v) => n + Math.log(v), 0) / values.length);
        return [
          h(
            "span",
            { class: "mean" },
            h("i", { class: `dot s${s.color}` }),
            h("span", {}, s.label),
            h("strong", {}, timesText(mean)),
          ),
        ];
      }),
    );
  }
}
