// ANSI colours, and the rules of when to use them.
import type { Host, TextSink } from "./host.js";

const CODES = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  cyan: [36, 39],
} as const;
/** Name of a style. */
export type Style = keyof typeof CODES;

/** Wraps text in a style, or returns it as it is. */
export type Paint = (style: Style, text: string) => string;

/** Text without styles. */
export const plain: Paint = (_, text) => text;

function ansi(style: Style, text: string): string {
  const [open, close] = CODES[style];
  return `\u001b[${open}m${text}\u001b[${close}m`;
}

/**
 * The paint of a stream: `--no-color` wins, then FORCE_COLOR (not `0`), then NO_COLOR (not empty, no-color.org), then
 * whether the stream is a terminal.
 */
export function paintFor(sink: TextSink, env: Host["env"], allowed: boolean): Paint {
  if (!allowed) return plain;
  const force = env["FORCE_COLOR"];
  if (force !== undefined) return force === "0" || force === "false" ? plain : ansi;
  if (env["NO_COLOR"]) return plain;
  return sink.isTTY === true && env["TERM"] !== "dumb" ? ansi : plain;
}
