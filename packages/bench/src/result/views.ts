// Figures for people, the same in the terminal and in the app.
import type { BenchResult, CaseFacts, Row } from "./types.js";

const digits = (n: number): string => (n >= 100 ? n.toFixed(0) : n >= 10 ? n.toFixed(1) : n.toFixed(2));

/** Milliseconds in three figures: `12.3 µs`, `4.56 ms`, `1.20 s`. Never throws. */
export function formatMs(ms: number): string {
  if (ms < 1) return `${digits(ms * 1000)} µs`;
  return ms < 1000 ? `${digits(ms)} ms` : `${digits(ms / 1000)} s`;
}

/** The rate of a row: `41.2 GFLOP/s`, `80.5 MB/s`, or an empty text where it is not known. Never throws. */
export function formatRate(row: Row, facts: Pick<CaseFacts, "flops" | "bytes">): string {
  if (row.warm === null || row.warm.median === 0) return "";
  const work = facts.flops ?? facts.bytes;
  if (work === null) return "";
  const millions = work / row.warm.median / 1e3;
  const unit = facts.flops === null ? "B/s" : "FLOP/s";
  return millions < 1000 ? `${digits(millions)} M${unit}` : `${digits(millions / 1000)} G${unit}`;
}

/** Where a value lies between two others on a logarithmic scale, 0 to 1; 0 for values that are not over 0. Never throws. */
export function logPosition(value: number, low: number, high: number): number {
  if (!(value > 0) || !(low > 0) || !(high > low)) return 0;
  // Differences of logarithms: quotients of extreme numbers are infinite or 0.
  const part = (Math.log(value) - Math.log(low)) / (Math.log(high) - Math.log(low));
  return Math.min(1, Math.max(0, part));
}

/** How much faster one contender is than another. */
export interface SpeedUp {
  /** Id of the contender. */
  readonly contender: string;
  /** The geometric mean over the cases that both timed, at more than 0 ms, or null when there are none. */
  readonly mean: number | null;
  /** By id of the case: the baseline's median divided by the contender's. */
  readonly byCase: ReadonlyMap<string, number>;
}

/** Every contender of a result held against one of them by id. Never throws. */
export function speedUps(result: BenchResult, baseline: string): SpeedUp[] {
  const base = new Map<string, number>();
  for (const r of result.rows)
    if (r.contender === baseline && r.warm && r.warm.median > 0) base.set(r.case, r.warm.median);
  return result.contenders.map(({ id }) => {
    const byCase = new Map<string, number>();
    for (const r of result.rows) {
      const other = base.get(r.case);
      if (r.contender === id && r.warm && other !== undefined && r.warm.median > 0)
        byCase.set(r.case, other / r.warm.median);
    }
    const logs = [...byCase.values()].map(Math.log);
    const mean = logs.length === 0 ? null : Math.exp(logs.reduce((a, b) => a + b, 0) / logs.length);
    return { contender: id, mean, byCase };
  });
}
