// The report of a run: plain data, from which a support matrix is made.
import type { DType, FallbackCounts } from "@isoform/core";
import type { Case, Level } from "./case.js";

/** How a case ended. `expected` is a failure that was announced. */
export type Outcome = "passed" | "failed" | "expected" | "skipped";

/** Counts of outcomes. */
export interface Counts {
  passed: number;
  failed: number;
  expected: number;
  skipped: number;
}

/** A case that did not pass. */
export interface Remark {
  readonly case: string;
  readonly outcome: Exclude<Outcome, "passed">;
  readonly reason: string;
}

/** The result of a suite, as JSON. */
export interface ConformanceReport {
  readonly suite: string;
  readonly contract: number;
  readonly backend: string;
  readonly dtypes: readonly DType[];
  readonly totals: Counts;
  readonly levels: Record<Level, Counts>;
  /** By op or subject, then by dtype (`-` when there is none). */
  readonly ops: Record<string, Record<string, Counts>>;
  readonly remarks: Remark[];
  /** Kernels that ran on another backend's code, by `family:dtype`. */
  fallbacks: FallbackCounts;
}

/** Version of the suite; the major number is that of the backend contract. */
export const SUITE_VERSION = "1.0.0";

const none = (): Counts => ({ passed: 0, failed: 0, expected: 0, skipped: 0 });

/** A report with nothing in it. */
export function emptyReport(backend: string, contract: number, dtypes: readonly DType[]): ConformanceReport {
  return {
    suite: SUITE_VERSION,
    contract,
    backend,
    dtypes,
    totals: none(),
    levels: { L0: none(), L1: none(), L2: none(), L3: none() },
    ops: {},
    remarks: [],
    fallbacks: {},
  };
}

/** Adds the end of a case. */
export function record(report: ConformanceReport, c: Case, outcome: Outcome, reason = ""): void {
  const byDtype = (report.ops[c.subject] ??= {});
  const cell = (byDtype[c.dtype ?? "-"] ??= none());
  for (const counts of [report.totals, report.levels[c.level], cell]) counts[outcome]++;
  if (outcome !== "passed") report.remarks.push({ case: c.id, outcome, reason });
}
