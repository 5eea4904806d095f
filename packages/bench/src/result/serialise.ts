// Results as JSON text.
import type { BenchResult } from "./types.js";

/** The result as JSON, numbers that are not finite as strings. Never throws. */
export function serialiseResult(result: BenchResult): string {
  const finite = (_: string, value: unknown): unknown =>
    typeof value === "number" && !Number.isFinite(value) ? String(value) : value;
  return `${JSON.stringify(result, finite, 2)}\n`;
}
