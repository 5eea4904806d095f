// runConformance: registers the cases of a backend with any test runner.
import type { Backend } from "@isoform/core";
import { checkSuiteOptions, type SuiteOptions } from "./options.js";
import { planOf, type PlannedCase } from "./plan.js";
import type { ConformanceReport } from "./report.js";

/**
 * Options of `runConformance`. The runner is an argument: vitest, mocha, node:test, Deno and jest all fit.
 */
export interface ConformanceOptions extends SuiteOptions {
  /** The runner's group of cases. */
  describe(name: string, body: () => void): void;
  /** The runner's case; a rejection is its failure. */
  it(name: string, body: () => Promise<void>): void;
}

/**
 * Registers the conformance suite of a backend and returns its report, which fills up as the cases run, one after the
 * other. `makeBackend` must return at once: capabilities are declared, not probed. Cases that the capabilities rule
 * out are not registered but listed as skipped.
 * @param makeBackend Called once; `reference` once at most, by the first case that needs it.
 * @throws {ArgumentError} when an option or the level is unknown, the level is L4 without `models`, an expected failure or a
 * tolerance names no case that would run, or lacks a reason, an issue, a date YYYY-MM-DD or bounds, or what `makeBackend` gives
 * is no backend. What `makeBackend` throws is
 * passed on. Cases fail in the runner, with a VerificationError or what the backend threw.
 * @example
 * const report = runConformance(() => myBackend(), { describe, it });
 */
export function runConformance(makeBackend: () => Backend, options: ConformanceOptions): ConformanceReport {
  checkSuiteOptions("runConformance", options, ["describe", "it"]);
  const { report, cases } = planOf(makeBackend(), options);
  const groups = new Map<string, PlannedCase[]>();
  for (const c of cases) {
    const members = groups.get(c.group);
    if (members) members.push(c);
    else groups.set(c.group, [c]);
  }
  for (const [group, members] of groups) {
    options.describe(group, () => {
      for (const c of members) options.it(c.id, async () => void (await c.run()));
    });
  }
  return report;
}
