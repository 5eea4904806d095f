// The suite as vitest tests: `@isoform/conformance/vitest`.
import { IsoformError, VerificationError, type Backend } from "@isoform/core";
import { afterAll, describe, it } from "vitest";
import { checkSuiteOptions, type SuiteOptions } from "./options.js";
import { staleLines, type ConformanceReport } from "./report.js";
import { runConformance } from "./run.js";

/** Options of `conformanceTests`. */
export interface ConformanceTestOptions extends SuiteOptions {
  /** Milliseconds that one case may take. Default: vitest's `testTimeout`. */
  readonly timeout?: number;
  /**
   * The committed report, from `readManifest`: the tests fail when a whole run finds that it says something else, but
   * not for new ops that pass.
   */
  readonly manifest?: ConformanceReport;
  /** Told of the report when the last case has ended. */
  readonly onReport?: (report: ConformanceReport) => void | Promise<void>;
}

/**
 * Registers the conformance suite of a backend as vitest tests, in the group that this is called in, and returns its
 * report, which fills up as they run. `vitest -t "L1/add/"` runs the cases whose ids begin so.
 * @throws as `runConformance`, its ArgumentError as an Error of that name and message. In the tests: VerificationError when `manifest` is stale.
 * @example
 * conformanceTests(() => myBackend(), { level: "L3" });
 */
export function conformanceTests(
  makeBackend: () => Backend,
  options: ConformanceTestOptions = {},
): ConformanceReport {
  const { timeout, manifest, onReport, ...suite } = options;
  let registered = 0;
  const report = shownWhole(() => {
    checkSuiteOptions("conformanceTests", options, ["timeout", "manifest", "onReport"]);
    return runConformance(makeBackend, {
      ...suite,
      describe,
      it: (name, body) => {
        registered++;
        const run = (): Promise<void> => body().catch(rethrow);
        if (timeout === undefined) it(name, run);
        else it(name, run, timeout);
      },
    });
  });
  afterAll(async () => {
    await onReport?.(report);
    const { passed, failed, expected } = report.totals;
    // A filtered run says nothing of the rest.
    if (manifest && passed + failed + expected === registered) shownWhole(() => checkFresh(manifest, report));
  });
  return report;
}

function shownWhole<T>(fn: () => T): T {
  try {
    return fn();
  } catch (error) {
    return rethrow(error);
  }
}

/** Vitest shows errors by their `toJSON`, which leaves out place and fix; a plain error shows the whole message. */
function rethrow(error: unknown): never {
  if (!(error instanceof IsoformError)) throw error;
  const shown = new Error(error.message, { cause: error.cause });
  shown.name = error.name;
  if (error.stack !== undefined) shown.stack = error.stack;
  throw shown;
}

function checkFresh(manifest: ConformanceReport, report: ConformanceReport): void {
  const stale = staleLines(manifest, report);
  if (stale.length === 0) return;
  throw new VerificationError(`the committed conformance.json is stale:\n  ${stale.join("\n  ")}`, {
    code: "conformance/stale",
    backend: report.backend,
    hint: "make it again: isoform backend check . --level L4 --out conformance.json",
  });
}
