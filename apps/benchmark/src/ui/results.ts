// The results: tiles, charts and tables of the run at hand and of imported ones.
import { METRICS, seriesOf, type Metric, type Series, type ShownRun } from "../state.js";
import { chart, Ruler } from "./chart.js";
import { h, show } from "./dom.js";
import { blocksOf, casesBySuite, ratiosOf, SCALES, tableOf, timesText } from "./figures.js";
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
  private readonly open: Set<string> = new Set();
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
    const own = this.runs.find((r) => !r.imported) ?? this.runs[0];
    show(this.summary, own !== undefined && own.result.rows.length > 0 && tiles(own.result));
    const base = series.find((s) => s.key === this.baseline.value) ?? series[0];
    this.baselineField.hidden = this.metric !== "speed";
    this.note.textContent = METRIC_NOTE[this.metric];
    this.showMeans(series, base);
    show(
      this.charts,
      ...[...casesBySuite(this.runs)].map(([suite, cases]) => {
        const blocks = blocksOf(cases, series, this.metric, base);
        if (blocks.length === 0) return null;
        const name = SUITE_TEXT[suite] ?? suite;
        const text = `${METRIC_TEXT[this.metric]} of ${name.toLowerCase()} on ${series.map((s) => s.label).join(", ")}; the table below has the figures`;
        return h(
          "article",
          { class: "panel" },
          h("h3", {}, name),
          chart(blocks, SCALES[this.metric], Math.max(260, this.width - 34), text, this.ruler),
          this.details(name, () => tableOf(name, cases, series)),
        );
      }),
    );
  }

  /** A table that is made when it is opened, and stays open while results come in. */
  private details(name: string, make: () => HTMLElement): HTMLElement {
    const place = h("div", {});
    const element = h(
      "details",
      { class: "figures", open: this.open.has(name) },
      h("summary", {}, `Table of ${name.toLowerCase()}`),
      place,
    );
    if (this.open.has(name)) place.append(make());
    element.addEventListener("toggle", () => {
      if (!element.open) this.open.delete(name);
      else if (!this.open.has(name)) {
        this.open.add(name);
        show(place, make());
      }
    });
    return element;
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
            `${s.label} `,
            h("strong", {}, timesText(mean)),
          ),
        ];
      }),
    );
  }
}
