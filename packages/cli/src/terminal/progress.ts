// Progress on stderr: a bar on a terminal, one line per 10 % elsewhere, nothing for what ends at once.
import type { Paint } from "./color.js";
import type { TextSink } from "./host.js";
import { bytes, harmless } from "./text.js";

/** What is shown of progress; the events of the converter and of the conformance suite fit. */
export interface ShownProgress {
  /** What is done, e.g. `convert`. */
  readonly task: string;
  /** A part of it; each has a bar of its own. */
  readonly phase: string;
  readonly done: number;
  readonly total?: number;
  /** What is counted; `bytes` are shown as sizes. */
  readonly unit: string;
  readonly label?: string;
}

/** Options of `Progress`. */
export interface ProgressOptions {
  readonly paint: Paint;
  /** Milliseconds of any monotonic clock. */
  readonly now?: () => number;
  /** A phase that ends within this many milliseconds is not shown (default 400). */
  readonly delay?: number;
}

const WIDTH = 24;
const REDRAW = 80;

/** Shows progress events of one command. */
export class Progress {
  private readonly sink: TextSink;
  private readonly paint: Paint;
  private readonly now: () => number;
  private readonly delay: number;
  private started = 0;
  private phase = "";
  private tenth = -1;
  private drawn = -Infinity;
  private onScreen = false;

  constructor(sink: TextSink, options: ProgressOptions) {
    this.sink = sink;
    this.paint = options.paint;
    this.now = options.now ?? (() => performance.now());
    this.delay = options.delay ?? 400;
  }

  /** Takes an event; may be called for every node. */
  readonly report = (event: ShownProgress): void => {
    const now = this.now();
    const phase = `${event.task}: ${event.phase}`;
    if (phase !== this.phase) {
      this.phase = phase;
      this.started = now;
      this.tenth = -1;
    }
    if (now - this.started < this.delay) return;
    if (this.sink.isTTY === true) this.draw(event, now);
    else this.line(event);
  };

  /** Takes the bar off the screen, before other text is written. */
  clear(): void {
    if (!this.onScreen) return;
    this.sink.write("\r\u001b[2K");
    this.onScreen = false;
    this.drawn = -Infinity;
  }

  private draw(event: ShownProgress, now: number): void {
    const { total, done } = event;
    if (now - this.drawn < REDRAW && done !== total) return;
    this.drawn = now;
    const part = total ? Math.min(1, done / total) : 0;
    const full = Math.round(part * WIDTH);
    const bar = total
      ? `${this.paint("cyan", "━".repeat(full))}${this.paint("dim", "━".repeat(WIDTH - full))} `
      : "";
    const room = Math.max(10, (this.sink.columns ?? 80) - WIDTH - 2);
    const label = event.label === undefined ? "" : ` ${event.label}`;
    const text = `${event.phase} ${amount(event)}${harmless(label)}`.slice(0, room);
    this.sink.write(`\r\u001b[2K${bar}${text}`);
    this.onScreen = true;
  }

  private line(event: ShownProgress): void {
    const { total, done } = event;
    if (!total) return;
    const tenth = Math.floor((10 * Math.min(done, total)) / total);
    if (tenth <= this.tenth) return;
    this.tenth = tenth;
    this.sink.write(`${event.phase} ${amount(event)}\n`);
  }
}

function amount({ done, total, unit }: ShownProgress): string {
  const show = (n: number) => (unit === "bytes" ? bytes(n) : String(n));
  const suffix = unit === "bytes" ? "" : ` ${unit}`;
  if (!total) return `${show(done)}${suffix}`;
  return `${Math.floor((100 * Math.min(done, total)) / total)} % (${show(done)}/${show(total)}${suffix})`;
}
