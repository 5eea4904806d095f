// The chart and the table of one suite. They change in place: focus, scrolling and what is open stay as rows come in.
import type { CaseFacts } from "@isoform/bench";
import type { Series } from "../state.js";
import { h, show } from "./dom.js";
import { FiguresTable } from "./figures.js";

/** A suite on the page. */
export class SuitePanel {
  readonly element: HTMLElement;
  private readonly chart: HTMLElement = h("div", {});
  private readonly details: HTMLDetailsElement;
  private readonly name: string;
  private table: FiguresTable | null = null;
  private fill: (table: FiguresTable) => void = () => {};

  constructor(name: string) {
    this.name = name;
    this.details = h("details", { class: "figures" }, h("summary", {}, `Table of ${name.toLowerCase()}`));
    this.details.addEventListener("toggle", () => this.fillTable());
    this.element = h("article", { class: "panel" }, h("h3", {}, name), this.chart, this.details);
  }

  /** Shows these figures. */
  show(chart: SVGSVGElement, cases: readonly CaseFacts[], series: readonly Series[]): void {
    show(this.chart, chart);
    this.fill = (table) => table.show(cases, series);
    this.fillTable();
  }

  /** A table is made when it is opened, and not kept up to date while it is closed. */
  private fillTable(): void {
    if (!this.details.open) return;
    if (this.table === null) {
      this.table = new FiguresTable(this.name);
      this.details.append(this.table.element);
    }
    this.fill(this.table);
  }
}
