// The button that starts and stops, and the progress of the run.
import type { BenchEvent } from "@isoform/bench";
import { h, icon, ICONS, show } from "./dom.js";

const PHASES = {
  start: "starting",
  cold: "first run",
  warm: "warm runs",
  reference: "asking the reference",
  check: "comparing",
} as const;

/** Start, stop, progress. */
export class RunBar {
  readonly element: HTMLElement;
  private readonly start: HTMLButtonElement;
  private readonly stop: HTMLButtonElement;
  private readonly bar: HTMLElement;
  private readonly fill: HTMLElement = h("i", {});
  private readonly now: HTMLElement = h("p", { class: "now" });
  /** Said by screen readers: every tenth and the end, not every step. */
  private readonly said: HTMLElement = h("p", { class: "hidden", role: "status", "aria-live": "polite" });
  private tenth = -1;

  constructor(onCancel: () => void) {
    this.start = h("button", { type: "submit", class: "primary" }, icon(ICONS.run), h("span", {}, "Run"));
    this.stop = h(
      "button",
      { type: "button", class: "secondary", hidden: true },
      icon(ICONS.stop),
      h("span", {}, "Cancel"),
    );
    this.stop.addEventListener("click", onCancel);
    this.bar = h(
      "div",
      {
        class: "progress",
        role: "progressbar",
        "aria-label": "Rows measured",
        "aria-valuemin": 0,
        "aria-valuenow": 0,
        hidden: true,
      },
      this.fill,
    );
    this.element = h(
      "div",
      { class: "run-bar" },
      h("div", { class: "run-line" }, this.start, this.stop, this.now),
      this.bar,
      this.said,
    );
    // It lies over what scrolls: the style keeps the focus out from under it.
    new ResizeObserver(() => {
      const { height } = this.element.getBoundingClientRect();
      document.documentElement.style.setProperty("--run-bar", `${Math.ceil(height)}px`);
    }).observe(this.element);
  }

  /** Shows that a run begins. */
  begin(): void {
    this.tenth = -1;
    const focused = document.activeElement === this.start;
    this.start.hidden = true;
    this.stop.hidden = false;
    this.stop.disabled = false;
    this.bar.hidden = false;
    this.fill.style.width = "0";
    if (focused) this.stop.focus();
    show(this.now, "starting …");
  }

  /** Shows an event. */
  event(event: BenchEvent, caseTitle: string, contender: string): void {
    if (event.type === "contender") return;
    const part = event.total === 0 ? 0 : event.done / event.total;
    this.fill.style.width = `${(100 * part).toFixed(1)}%`;
    this.bar.setAttribute("aria-valuemax", String(event.total));
    this.bar.setAttribute("aria-valuenow", String(event.done));
    this.bar.setAttribute("aria-valuetext", `${event.done} of ${event.total}`);
    if (event.type === "phase")
      show(
        this.now,
        h("b", {}, `${event.done + 1}/${event.total}`),
        ` ${caseTitle}, ${contender}: ${PHASES[event.phase]}`,
      );
    const tenth = Math.floor(10 * part);
    if (tenth === this.tenth) return;
    this.tenth = tenth;
    this.said.textContent = `${event.done} of ${event.total} rows measured`;
  }

  /** Shows that cancelling takes a moment. */
  ending(): void {
    this.stop.disabled = true;
    show(this.now, "ending …");
  }

  /** Shows that the run is over, and how. */
  end(text: string): void {
    const focused = document.activeElement === this.stop || document.activeElement === document.body;
    this.start.hidden = false;
    this.stop.hidden = true;
    this.bar.hidden = true;
    if (focused) this.start.focus({ preventScroll: true });
    show(this.now, text);
    this.said.textContent = text;
  }

  /** Says something beside the button. */
  hint(text: string): void {
    show(this.now, text);
  }
}
