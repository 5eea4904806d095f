// What the page knows: the run at hand, runs that were imported, and how they are shown.
import type { BenchEvent, BenchResult } from "@isoform/bench";

/** A run on the page. */
export interface ShownRun {
  readonly result: BenchResult;
  /** Its number among the imported runs, from 1; null for the run of this page. */
  readonly imported: number | null;
}

/** Which figure the charts show. */
export const METRICS = ["time", "speed", "first", "memory"] as const;
/** Name of a figure. */
export type Metric = (typeof METRICS)[number];

/** A contender of a run, with the look it has in every chart. */
export interface Series {
  /** Unique over all runs. */
  readonly key: string;
  readonly run: ShownRun;
  readonly contender: string;
  readonly label: string;
  /** Index of the colour. */
  readonly color: number;
}

/** Colours by contender, so that one looks the same in every run. */
const FIXED: Readonly<Record<string, number>> = { reference: 0, "cpu-1": 1, webgpu: 4 };
const COLORS = 10;

/** All series of the runs, the page's own first. */
export function seriesOf(runs: readonly ShownRun[]): Series[] {
  const colors = new Map<string, number>(Object.entries(FIXED));
  const pick = (id: string): number => {
    const taken = new Set(colors.values());
    const color =
      colors.get(id) ?? [...Array(COLORS).keys()].find((c) => !taken.has(c)) ?? colors.size % COLORS;
    colors.set(id, color);
    return color;
  };
  return runs.flatMap((run, i) =>
    run.result.contenders.map(({ id, label }) => ({
      key: `${i} ${id}`,
      run,
      contender: id,
      // The number comes first: it is what a narrow chart has room for.
      label:
        run.imported === null
          ? label
          : `${run.imported}: ${label} on ${run.result.label || "another machine"}`,
      color: pick(id),
    })),
  );
}

/** The run with what an event told; the same run when it told nothing of it. */
export function withEvent(result: BenchResult, event: BenchEvent): BenchResult {
  if (event.type === "row") return { ...result, rows: [...result.rows, event.row] };
  if (event.type === "contender") {
    const contenders = result.contenders.map((c) =>
      c.id === event.contender ? { ...c, ...event.facts } : c,
    );
    return { ...result, contenders };
  }
  return result;
}
