// checkBackend: runs the cases itself, one after the other, for commands and pages that have no test runner.
import { VerificationError, type Backend } from "@isoform/core";
import { checkSuiteOptions, type SuiteOptions } from "./options.js";
import { planOf, type PlannedCase } from "./plan.js";
import type { ConformanceReport } from "./report.js";

/** How far a check is. */
export interface CheckProgress {
  /** Cases that have ended. */
  readonly done: number;
  /** Cases that will run. */
  readonly total: number;
  /** Id of the case that ended last. */
  readonly case: string;
  /** Cases that failed so far. */
  readonly failed: number;
  /** Why the case failed, if it did. */
  readonly problem?: string;
}

/** Options of `checkBackend`. */
export interface CheckOptions extends SuiteOptions {
  /** Run only these cases: ids, or prefixes ending in `*`, e.g. `["L1/add/*"]`. Default: all. */
  readonly only?: readonly string[];
  /**
   * Milliseconds after which a case that has not ended fails. Default 60,000. After three such cases in a row the others fail
   * without being run.
   */
  readonly caseTimeout?: number;
  /** Told of every case that ended. */
  readonly onProgress?: (progress: CheckProgress) => void;
  /** Ends the check between two cases; the promise then rejects with its reason. */
  readonly signal?: AbortSignal;
}

/** How long cases may run before the event loop gets a turn, in milliseconds. */
const SLICE = 50;

/** After so many cases in a row that did not end, the others fail without being run: each would take as long. */
const MOST_HANGING = 3;

const isTimeout = (error: unknown): boolean =>
  error instanceof VerificationError && error.code === "conformance/timeout";

/**
 * Runs the conformance suite of a backend and returns its report; failures are in it, nothing is thrown for them.
 * Cases run one after the other; other work of the page or process gets its turn between them.
 * @throws {ArgumentError} as `runConformance`. What `makeBackend` throws, and the reason of `signal`, are passed on.
 * @example
 * const report = await checkBackend(() => myBackend(), { level: "L1", onProgress: console.log });
 */
export async function checkBackend(
  makeBackend: () => Backend,
  options: CheckOptions = {},
): Promise<ConformanceReport> {
  checkSuiteOptions("checkBackend", options, ["only", "caseTimeout", "onProgress", "signal"]);
  const { only, caseTimeout = 60_000, onProgress, signal } = options;
  const chosen = (id: string): boolean =>
    only === undefined || only.some((p) => (p.endsWith("*") ? id.startsWith(p.slice(0, -1)) : p === id));
  const { report, cases } = planOf(makeBackend(), options, chosen);
  let turn = performance.now();
  let hanging = 0;
  for (const [done, c] of cases.entries()) {
    signal?.throwIfAborted();
    let problem: string | undefined;
    if (hanging >= MOST_HANGING) {
      problem = `not run: ${MOST_HANGING} cases in a row did not end within ${caseTimeout} ms`;
      c.giveUp(problem);
    } else {
      try {
        await inTime(c, caseTimeout);
        hanging = 0;
      } catch (error) {
        problem = String(error);
        hanging = isTimeout(error) ? hanging + 1 : 0;
      }
    }
    const progress = { done: done + 1, total: cases.length, case: c.id, failed: report.totals.failed };
    onProgress?.(problem === undefined ? progress : { ...progress, problem });
    if (performance.now() - turn > SLICE) {
      await new Promise((resolve) => setTimeout(resolve, 0));
      turn = performance.now();
    }
  }
  return report;
}

/** A case that hangs must not stop the check: its end is put into the report by the time limit instead. */
async function inTime(c: PlannedCase, limit: number): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<VerificationError>((resolve) => {
    const error = new VerificationError(`not done after ${limit} ms`, {
      code: "conformance/timeout",
      path: c.id,
      hint: "a promise of the backend that never settles, or give more time: caseTimeout",
    });
    timer = setTimeout(() => resolve(error), limit);
  });
  try {
    await c.run(late);
  } finally {
    clearTimeout(timer);
  }
}
