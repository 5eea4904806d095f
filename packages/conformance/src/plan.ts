// A run of the suite before any runner has it: which cases there are, and what running one does to the report.
import { ArgumentError, DTYPES, VerificationError, type Backend, type FallbackCounts } from "@isoform/core";
import { LEVELS, type Case, type Level } from "./case.js";
import { compositeCasesOf } from "./levels/composites.js";
import { forwardCases } from "./levels/forward.js";
import { gradientCasesOf } from "./levels/gradients.js";
import { memoryCases } from "./levels/memory.js";
import { programCases } from "./levels/programs.js";
import {
  allowanceOf,
  checkExpected,
  checkTolerances,
  names,
  todayOf,
  type ExpectedFailure,
  type ModelSuite,
  type SuiteOptions,
} from "./options.js";
import { emptyReport, record, type ConformanceReport, type Outcome } from "./report.js";
import { Session } from "./session.js";

/** A case with everything that its run needs. */
export interface PlannedCase {
  readonly id: string;
  /** `L1 add`: what runners group by. */
  readonly group: string;
  /**
   * Runs it and puts its end into the report; rejects where the case counts as failed. With `late`, the case also fails
   * when that gives an error first.
   */
  run(late?: Promise<Error>): Promise<Outcome>;
  /** Puts it into the report as failed, without running it. */
  giveUp(reason: string): void;
}

/** The cases that will run, and the report that they fill. Skipped ones are in the report already. */
export interface Plan {
  readonly report: ConformanceReport;
  readonly cases: readonly PlannedCase[];
}

/** @throws {ArgumentError} when an option is wrong */
export function planOf(backend: Backend, options: SuiteOptions, only?: (id: string) => boolean): Plan {
  const level = options.level ?? "L3";
  checkBackendShape(backend);
  const session = new Session(backend, options.reference);
  const all = casesOf(backend, level, options.reference !== undefined, options.models);
  const expected = options.expectedFailures ?? [];
  const grants = (options.tolerances ?? []).map((t) => ({ ...t, used: false }));
  checkExpected(expected, all);
  checkTolerances(grants, all);
  const cases = only ? all.filter((c) => only(c.id)) : all;
  const report = emptyReport(backend, level, expected, grants);
  const today = todayOf(options);
  const planned: PlannedCase[] = [];
  for (const c of cases) {
    if (c.skip !== undefined) {
      record(report, c, "skipped", c.skip);
      continue;
    }
    const known = expected.find((e) => names(e.case, c));
    const allowance = allowanceOf(grants, c);
    planned.push({
      id: c.id,
      group: `${c.level} ${c.subject}`,
      run: async (late) => {
        const start = (): Promise<void> => c.run(session, allowance);
        try {
          return await runCase(c, late ? () => orLate(start(), late) : start, known, today, report);
        } finally {
          report.fallbacks = fallbacksOf(backend);
        }
      },
      giveUp: (reason) => record(report, c, "failed", reason),
    });
  }
  return { report, cases: planned };
}

async function runCase(
  c: Case,
  start: () => Promise<void>,
  known: ExpectedFailure | undefined,
  today: string,
  report: ConformanceReport,
): Promise<Outcome> {
  let error: unknown;
  let failed = false;
  try {
    await start();
  } catch (e) {
    failed = true;
    error = e;
  }
  const end = (outcome: Outcome, reason?: string): Outcome => {
    record(report, c, outcome, reason);
    return outcome;
  };
  if (!failed && known === undefined) return end("passed");
  if (failed && known !== undefined && today <= known.until) return end("expected", known.reason);
  const problem = failed && known === undefined ? error : misjudged(c, known!, failed, error);
  end("failed", String(problem));
  throw problem;
}

/** Why an expected failure is not accepted: the case passes, or the date is over. */
function misjudged(c: Case, known: ExpectedFailure, failed: boolean, cause: unknown): VerificationError {
  const entry = `expectedFailures ${JSON.stringify(known.case)}`;
  return failed
    ? new VerificationError(
        `still fails, and ${entry} expired on ${known.until} (${known.reason}; ${known.issue}): ${String(cause)}`,
        {
          code: "conformance/expired",
          path: c.id,
          hint: "mend the backend and remove the entry, or look at the issue again and give the entry a later date",
          cause,
        },
      )
    : new VerificationError(`passes although it is expected to fail (${known.reason})`, {
        code: "conformance/unexpected-pass",
        path: c.id,
        hint: `remove ${JSON.stringify(known.case)} from expectedFailures`,
      });
}

/** @throws {ArgumentError} when a value has not what cases are chosen by */
function checkBackendShape(backend: Backend): void {
  const { name, capabilities, kernels } = Object(backend) as Partial<Backend>;
  const lacks = [
    ...(Array.isArray(capabilities?.dtypes) ? [] : ["capabilities.dtypes"]),
    ...(typeof kernels === "object" && kernels !== null ? [] : ["kernels"]),
  ];
  if (lacks.length === 0) return;
  throw new ArgumentError(`what was made is no backend: it has no ${lacks.join(" and no ")}`, {
    code: "conformance/backend",
    op: "runConformance",
    backend: typeof name === "string" ? name : undefined,
    hint: "give a function that returns a backend at once; docs/writing-a-backend.md has the contract",
  });
}

/** The counts of a backend. Where it throws, the case of the contract says so. */
function fallbacksOf(backend: Backend): FallbackCounts {
  try {
    return backend.fallbacks?.() ?? {};
  } catch {
    return {};
  }
}

async function orLate(run: Promise<void>, late: Promise<Error>): Promise<void> {
  const fail = async (): Promise<never> => {
    throw await late;
  };
  await Promise.race([run, fail()]);
}

/** All cases of a backend up to a level. */
export function casesOf(
  backend: Backend,
  level: Level,
  hasReference: boolean,
  models?: ModelSuite,
): readonly Case[] {
  if (!LEVELS.includes(level))
    throw new ArgumentError(`there is no level ${JSON.stringify(level)}`, {
      code: "conformance/level",
      op: "runConformance",
      hint: `choose ${LEVELS.join(", ")}`,
    });
  if (level === "L4" && models === undefined)
    throw new ArgumentError("level L4 needs the models", {
      code: "conformance/models",
      op: "runConformance",
      hint: 'pass `models` of "@isoform/conformance/models", which needs @isoform/api-keras, @isoform/api-torch and @isoform/converter',
    });
  const wanted = LEVELS.slice(0, LEVELS.indexOf(level) + 1);
  // What is no dtype, the case of the contract names.
  const dtypes = backend.capabilities.dtypes.filter((d) => DTYPES.includes(d));
  const makers: Record<Level, () => readonly Case[]> = {
    L0: () => memoryCases(backend),
    L1: () => forwardCases(dtypes),
    L2: () => gradientCasesOf(dtypes, hasReference),
    L3: () => [...compositeCasesOf(backend, hasReference), ...programCases(backend)],
    L4: () => models?.cases(backend, hasReference) ?? [],
  };
  return wanted.flatMap((l) => makers[l]());
}
