// Interleaved timing: every round runs each contender once, so that load and frequency changes hit all alike.
import { cpus, loadavg } from "node:os";

/** Middle value. */
export function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

/** Median and least milliseconds of every contender (name -> function, sync or async) after `warmup` rounds. */
export async function interleave(contenders, { rounds, warmup = 3 }) {
  const times = Object.fromEntries(Object.keys(contenders).map((name) => [name, []]));
  for (let round = -warmup; round < rounds; round++) {
    for (const [name, run] of Object.entries(contenders)) {
      const start = performance.now();
      const pending = run();
      if (pending instanceof Promise) await pending;
      if (round >= 0) times[name].push(performance.now() - start);
    }
  }
  const of = (summary) => Object.fromEntries(Object.entries(times).map(([name, t]) => [name, summary(t)]));
  return { median: of(median), least: of((t) => Math.min(...t)) };
}

/** Where and when a result was measured. */
export function circumstances() {
  return {
    date: new Date().toISOString().slice(0, 10),
    node: process.version,
    cpu: cpus()[0]?.model ?? "unknown",
    cores: cpus().length,
    load: loadavg().map((l) => Math.round(l * 100) / 100),
  };
}
