// runConformance: registers the cases of a backend with any test runner.
import { ArgumentError, VerificationError, type Backend } from "@isoform/core";
import { LEVELS, type Case, type Level } from "./case.js";
import { compositeCasesOf } from "./levels/composites.js";
import { forwardCases } from "./levels/forward.js";
import { gradientCasesOf } from "./levels/gradients.js";
import { memoryCases } from "./levels/memory.js";
import { programCases } from "./levels/programs.js";
import { emptyReport, record, type ConformanceReport } from "./report.js";
import { Session } from "./session.js";

/** A failure that is known, with its reason; the suite fails when the case passes after all. */
export interface ExpectedFailure {
  /** Id of a case, or a prefix ending in `*`; every case it names must fail. */
  readonly case: string;
  /** Why it fails, not empty. */
  readonly reason: string;
  /** Where it is tracked. */
  readonly issue: string;
  /** The last day (YYYY-MM-DD) on which the failure is accepted. */
  readonly until: string;
}

/**
 * Options of `runConformance`. The runner is an argument: vitest, mocha, node:test, Deno and jest all fit.
 */
export interface ConformanceOptions {
  /** Run levels up to this one. Default L3, all of them. */
  readonly level?: Level;
  /** Failures that are known; none unless given. */
  readonly expectedFailures?: readonly ExpectedFailure[];
  /** A backend with float64, on which differences are taken when the one under test has none. */
  readonly reference?: () => Backend;
  /** Today as YYYY-MM-DD, for `until`; default: the clock's, in UTC. */
  readonly today?: string;
  /** The runner's group of cases. */
  describe(name: string, body: () => void): void;
  /** The runner's case; a rejection is its failure. */
  it(name: string, body: () => Promise<void>): void;
}

/**
 * Registers the conformance suite of a backend and returns its report, which fills up as the cases run.
 * `makeBackend` must return at once: capabilities are declared, not probed. Cases that the capabilities rule
 * out are not registered but listed as skipped.
 * @param makeBackend Called once; `reference` once at most, by the first case that needs it.
 * @throws {ArgumentError} when the level is unknown, or an expected failure names no case that would run, or lacks a reason, an issue
 * or a date YYYY-MM-DD. What `makeBackend` throws is passed on. Cases fail in the runner, with a
 * VerificationError or what the backend threw.
 * @example
 * const report = runConformance(() => myBackend(), { describe, it });
 */
export function runConformance(makeBackend: () => Backend, options: ConformanceOptions): ConformanceReport {
  const backend = makeBackend();
  const session = new Session(backend, options.reference);
  const report = emptyReport(backend.name, backend.contract, backend.capabilities.dtypes);
  const cases = casesOf(backend, options.level ?? "L3", options.reference !== undefined);
  const expected = options.expectedFailures ?? [];
  checkExpected(expected, cases);
  const today = options.today ?? new Date().toISOString().slice(0, 10);

  for (const [group, members] of grouped(cases)) {
    options.describe(group, () => {
      for (const c of members) {
        if (c.skip !== undefined) {
          record(report, c, "skipped", c.skip);
          continue;
        }
        const known = expected.find((e) => names(e, c));
        options.it(c.id, async () => {
          await runCase(c, known, today, session, report);
          report.fallbacks = backend.fallbacks?.() ?? {};
        });
      }
    });
  }
  return report;
}

function grouped(cases: readonly Case[]): Map<string, Case[]> {
  const groups = new Map<string, Case[]>();
  for (const c of cases) {
    const name = `${c.level} ${c.subject}`;
    const members = groups.get(name);
    if (members) members.push(c);
    else groups.set(name, [c]);
  }
  return groups;
}

async function runCase(
  c: Case,
  known: ExpectedFailure | undefined,
  today: string,
  session: Session,
  report: ConformanceReport,
): Promise<void> {
  let error: unknown;
  let failed = false;
  try {
    await c.run(session);
  } catch (e) {
    failed = true;
    error = e;
  }
  if (!failed && known === undefined) return record(report, c, "passed");
  if (failed && known !== undefined && today <= known.until)
    return record(report, c, "expected", known.reason);
  const reason = failed ? String(error) : `passes although it is expected to fail (${known!.reason})`;
  record(report, c, "failed", reason);
  if (failed) throw error;
  throw new VerificationError(reason, {
    code: "conformance/unexpected-pass",
    path: c.id,
    hint: `remove ${JSON.stringify(known!.case)} from expectedFailures`,
  });
}

/** All cases of a backend up to a level. */
export function casesOf(backend: Backend, level: Level, hasReference: boolean): Case[] {
  if (!LEVELS.includes(level))
    throw new ArgumentError(`there is no level ${JSON.stringify(level)}`, {
      code: "conformance/level",
      op: "runConformance",
      hint: `choose ${LEVELS.join(", ")}`,
    });
  const wanted = LEVELS.slice(0, LEVELS.indexOf(level) + 1);
  const { dtypes } = backend.capabilities;
  const makers: Record<Level, () => Case[]> = {
    L0: () => memoryCases(backend),
    L1: () => forwardCases(dtypes),
    L2: () => gradientCasesOf(dtypes, hasReference),
    L3: () => [...compositeCasesOf(backend, hasReference), ...programCases(backend)],
  };
  return wanted.flatMap((l) => makers[l]());
}

const names = (e: ExpectedFailure, c: Case): boolean =>
  e.case.endsWith("*") ? c.id.startsWith(e.case.slice(0, -1)) : e.case === c.id;

function checkExpected(expected: readonly ExpectedFailure[], cases: readonly Case[]): void {
  for (const e of expected) {
    const found = cases.some((c) => c.skip === undefined && names(e, c));
    const complete = e.reason !== "" && e.issue !== "" && /^\d{4}-\d{2}-\d{2}$/.test(e.until);
    if (found && complete) continue;
    throw new ArgumentError(found ? "needs a reason, an issue and a date YYYY-MM-DD" : "names no case", {
      code: "conformance/expected-failure",
      op: "runConformance",
      path: `expectedFailures ${JSON.stringify(e.case)}`,
    });
  }
}
