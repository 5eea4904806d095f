// The progress bar, as Keras users know it: `469/469 ━━━━━━━━━━━━━━━━━━━━ 1s 2ms/step - accuracy: 0.9 - loss: 0.3`.
import type { Logs } from "./logs.js";

/** Where a bar is written and how. */
export interface BarOutput {
  write(text: string): void;
  /** Lines may be rewritten in place: a terminal. */
  readonly dynamic: boolean;
  /** Milliseconds; for tests. */
  now(): number;
}

const WIDTH = 20;
const INTERVAL = 50;
/** Without a terminal, at least this long between two lines of an epoch. */
const LINE_INTERVAL = 1000;

const BOLD = ["\u001b[1m", "\u001b[0m"] as const;
const GREEN = ["\u001b[32m", "\u001b[0m"] as const;
const WHITE = ["\u001b[37m", "\u001b[0m"] as const;

/**
 * Shows the progress of one epoch. In a terminal the line is rewritten at most every 50 ms; elsewhere a line is written
 * for every tenth of the epoch that takes at least a second, and one at the end (as Keras with `verbose: 2`).
 */
export class Progbar {
  readonly #out: BarOutput;
  readonly #verbose: number;
  #target: number | null;
  readonly #start: number;
  #afterFirst: number | null = null;
  #lastUpdate = 0;
  #lastTenth = 0;
  #width = 0;

  constructor(target: number | null, verbose: number, out: BarOutput) {
    this.#target = target;
    this.#verbose = verbose;
    this.#out = out;
    this.#start = out.now();
    this.#lastUpdate = this.#start;
  }

  /** Step `current` (from 1) is done; `logs` are shown as they are. */
  update(current: number, logs: Logs): void {
    const now = this.#out.now();
    const perStep = this.#stepTime(current, now);
    if (this.#verbose !== 1) return;
    if (this.#out.dynamic) {
      if (now - this.#lastUpdate < INTERVAL) return;
      this.#draw(current, logs, now, perStep, false);
    } else {
      const tenth = this.#target === null ? 0 : Math.floor((10 * current) / this.#target);
      if (tenth <= this.#lastTenth || tenth >= 10 || now - this.#lastUpdate < LINE_INTERVAL) return;
      this.#lastTenth = tenth;
      this.#out.write(this.#line(current, logs, now, perStep));
    }
    this.#lastUpdate = now;
  }

  /** True when `update` would show something now: only then logs need to be read. */
  wantsLogs(current: number): boolean {
    if (this.#verbose !== 1) return false;
    const due = this.#out.now() - this.#lastUpdate;
    if (this.#out.dynamic) return due >= INTERVAL;
    const tenth = this.#target === null ? 0 : Math.floor((10 * current) / this.#target);
    return due >= LINE_INTERVAL && tenth > this.#lastTenth;
  }

  /** The epoch ended after `steps` steps. */
  finalize(steps: number, logs: Logs): void {
    this.#target ??= steps;
    const now = this.#out.now();
    const perStep = this.#stepTime(this.#target, now);
    if (this.#verbose === 1 && this.#out.dynamic) this.#draw(this.#target, logs, now, perStep, true);
    else if (this.#verbose > 0) this.#out.write(this.#line(this.#target, logs, now, perStep));
  }

  #stepTime(current: number, now: number): number {
    if (current === 0) return 0;
    if (current === 1) this.#afterFirst ??= now;
    if (this.#afterFirst !== null && current > 1) return (now - this.#afterFirst) / (current - 1) / 1000;
    return (now - this.#start) / current / 1000;
  }

  #count(current: number): string {
    const target = String(this.#target);
    return `${String(current).padStart(target.length)}/${target}`;
  }

  #line(current: number, logs: Logs, now: number, perStep: number): string {
    const seconds = `${((now - this.#start) / 1000).toFixed(0)}s`;
    return `${this.#count(current)} - ${seconds} -${stepText(perStep)}${metricsText(logs)}\n`;
  }

  #draw(current: number, logs: Logs, now: number, perStep: number, last: boolean): void {
    const parts: (readonly [text: string, style?: readonly [string, string]])[] = [];
    if (this.#target === null) parts.push([`${String(current).padStart(7)}/Unknown`]);
    else {
      const filled = Math.floor((WIDTH * current) / this.#target);
      parts.push([this.#count(current), BOLD], [" "]);
      if (filled > 0) parts.push(["━".repeat(filled), GREEN]);
      parts.push(["━".repeat(WIDTH - filled), WHITE]);
    }
    const left = this.#target === null || last ? null : perStep * (this.#target - current);
    const time = left === null ? `${((now - this.#start) / 1000).toFixed(0)}s` : etaText(left);
    parts.push([" "], [time, BOLD], [stepText(perStep)], [metricsText(logs)]);
    const plain = parts.map(([text]) => text).join("");
    const styled = parts.map(([text, style]) => (style ? style[0] + text + style[1] : text)).join("");
    const rest = " ".repeat(Math.max(0, this.#width - plain.length));
    this.#out.write(`${"\b".repeat(this.#width)}\r${styled}${rest}${last ? "\n" : ""}`);
    this.#width = plain.length;
  }
}

function etaText(seconds: number): string {
  const s = Math.floor(seconds);
  const two = (n: number) => String(n).padStart(2, "0");
  if (seconds > 3600) return `${Math.floor(s / 3600)}:${two(Math.floor((s % 3600) / 60))}:${two(s % 60)}`;
  return seconds > 60 ? `${Math.floor(s / 60)}:${two(s % 60)}` : `${s}s`;
}

function stepText(seconds: number): string {
  if (seconds >= 1 || seconds === 0) return ` ${seconds.toFixed(0)}s/step`;
  if (seconds >= 1e-3) return ` ${(seconds * 1e3).toFixed(0)}ms/step`;
  return ` ${(seconds * 1e6).toFixed(0)}us/step`;
}

function metricsText(logs: Logs): string {
  return Object.entries(logs)
    .map(([name, v]) => ` - ${name}: ${Math.abs(v) > 1e-3 ? v.toFixed(4) : exponent(v)}`)
    .join("");
}

/** `1.0000e-05`, with two digits in the exponent as Python writes it. */
function exponent(v: number): string {
  return Number.isFinite(v) ? v.toExponential(4).replace(/e([+-])(\d)$/, "e$10$2") : String(v).toLowerCase();
}
