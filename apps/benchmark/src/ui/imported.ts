// The imported runs: their list, their numbers, and what is wrong with files that are none.
import { IsoformError } from "@isoform/core";
import type { BenchResult } from "@isoform/bench";
import type { ShownRun } from "../state.js";
import { hatchOf } from "./chart.js";
import { h, svg, takeOut } from "./dom.js";
import { errorText, readRun } from "./transfer.js";

/** Runs from files, each with a number that it keeps. */
export class Imported {
  readonly element: HTMLElement = h("ul", { class: "imported", "aria-label": "Imported runs" });
  private readonly runs: Map<number, BenchResult> = new Map();
  private readonly onChange: () => void;
  private readonly focusLast: HTMLElement;

  /** @param focusLast Gets the focus when the last run is removed */
  constructor(onChange: () => void, focusLast: HTMLElement) {
    this.onChange = onChange;
    this.focusLast = focusLast;
  }

  /** The runs, in the order of their list. */
  shown(): ShownRun[] {
    return [...this.runs].map(([imported, result]) => ({ result, imported }));
  }

  /** Takes the runs of files; gives what is wrong with the others, a text for each. */
  async take(files: readonly File[]): Promise<string[]> {
    const troubles: string[] = [];
    for (const file of files) {
      try {
        this.add(await readRun(file));
      } catch (error) {
        const noJson = error instanceof IsoformError && error.code === "format/json";
        const more = noJson ? "; import a file that isoform bench or the benchmark app wrote" : "";
        troubles.push(`Not imported. ${errorText(error)}${more}`);
      }
    }
    this.onChange();
    return troubles;
  }

  private add(result: BenchResult): void {
    const number = Math.max(0, ...this.runs.keys()) + 1;
    this.runs.set(number, result);
    const name = result.label || result.machine.adapter || result.machine.userAgent.slice(0, 40);
    const remove = h(
      "button",
      { type: "button", class: "quiet", "aria-label": `Remove run ${number}, of ${name}` },
      "×",
    );
    const text = `${name}, ${result.created.slice(0, 10)}`;
    const item = h(
      "li",
      {},
      swatch(number),
      h("b", {}, String(number)),
      h("span", { title: text }, text),
      remove,
    );
    remove.addEventListener("click", () => {
      this.runs.delete(number);
      takeOut(item, this.focusLast);
      this.onChange();
    });
    this.element.append(item);
  }
}

/** The hatching of a run, as its bars have it. */
function swatch(number: number): SVGSVGElement {
  const size = { width: 20, height: 13, rx: 3 };
  return svg(
    "svg",
    { class: "swatch", width: 20, height: 13, "aria-hidden": "true" },
    svg("rect", { ...size, class: "s0" }),
    svg("rect", { ...size, class: `hatch ${hatchOf(number)}` }),
  );
}
