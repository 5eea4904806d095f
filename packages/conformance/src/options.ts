// What a run of the suite is told: how far to go, which failures are known, where a driver may be less exact.
import { ArgumentError, checkOptions, type Backend } from "@isoform/core";
import type { Case, Level } from "./case.js";
import type { Allowance } from "./tolerance.js";

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

/** Wider bounds for float results where the driver or the device is at fault, not the backend. */
export interface ToleranceGrant {
  /** Id of a case, or a prefix ending in `*`, e.g. `L1/sin/float32*`. */
  readonly case: string;
  /** Largest |actual − expected| as a part of |expected|, added to `atol`; the suite's own bound where that is wider. */
  readonly rtol: number;
  /** Largest |actual − expected|, in the unit of the result. */
  readonly atol: number;
  /** What the driver gets wrong, not empty. */
  readonly reason: string;
  /** Where it is tracked or documented. */
  readonly issue: string;
}

/** The cases of level L4: `models` of `@isoform/conformance/models`. */
export interface ModelSuite {
  /** All model cases of a backend. Never throws. */
  cases(backend: Backend, hasReference: boolean): readonly Case[];
}

/** Options of every run. */
export interface SuiteOptions {
  /** Run levels up to this one. Default L3; L4 needs `models`. */
  readonly level?: Level;
  /** The models of level L4: `import { models } from "@isoform/conformance/models"`. */
  readonly models?: ModelSuite;
  /** Failures that are known; none unless given. */
  readonly expectedFailures?: readonly ExpectedFailure[];
  /** Wider bounds; none unless given. Integers and bools stay exact. */
  readonly tolerances?: readonly ToleranceGrant[];
  /**
   * A backend to compare with: differences are taken on it when the one under test has no float64, and losses of
   * models (L4) are those of it.
   */
  readonly reference?: () => Backend;
  /** Today as YYYY-MM-DD, for `until`; default: the clock's, in UTC. */
  readonly today?: string;
}

const SUITE_OPTIONS: readonly (keyof SuiteOptions)[] = [
  "level",
  "models",
  "expectedFailures",
  "tolerances",
  "reference",
  "today",
];

/** Throws for the first option that there is not; `more` are those of the function that was called. */
export function checkSuiteOptions(owner: string, options: object, more: readonly string[]): void {
  checkOptions(owner, options, [...SUITE_OPTIONS, ...more]);
}

/** Whether a text is a day of the calendar as YYYY-MM-DD. */
function isDay(text: unknown): boolean {
  if (typeof text !== "string" || !/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const time = new Date(`${text}T00:00:00Z`);
  // The 31st of February is taken for a day of March.
  return !Number.isNaN(time.getTime()) && time.toISOString().startsWith(text);
}

/** Today as the options say it, or as the clock does. @throws {ArgumentError} when it is no day */
export function todayOf({ today }: SuiteOptions): string {
  if (today === undefined) return new Date().toISOString().slice(0, 10);
  if (isDay(today)) return today;
  throw new ArgumentError(`today is ${String(today)}, which is no day`, {
    code: "conformance/today",
    op: "runConformance",
    path: "today",
    hint: "give a date YYYY-MM-DD",
  });
}

/** Whether a pattern of the options names a case. */
export const names = (pattern: string, c: Case): boolean =>
  pattern.endsWith("*") ? c.id.startsWith(pattern.slice(0, -1)) : c.id === pattern;

const isText = (v: unknown): boolean => typeof v === "string" && v !== "";

/** Throws for the first entry that names no case or lacks something. */
export function checkExpected(expected: readonly ExpectedFailure[], cases: readonly Case[]): void {
  for (const e of expected) {
    const complete = isText(e.reason) && isText(e.issue) && isDay(e.until);
    check(
      "expectedFailures",
      "expected-failure",
      e.case,
      cases,
      complete,
      `a reason, an issue and a date YYYY-MM-DD that exists, not ${String(e.until)}`,
    );
  }
}

/** Throws for the first entry that names no case or lacks something. */
export function checkTolerances(grants: readonly ToleranceGrant[], cases: readonly Case[]): void {
  const bound = (x: number): boolean => Number.isFinite(x) && x >= 0;
  for (const t of grants) {
    const complete =
      isText(t.reason) && isText(t.issue) && bound(t.rtol) && bound(t.atol) && t.rtol + t.atol > 0;
    check(
      "tolerances",
      "tolerance",
      t.case,
      cases,
      complete,
      "a reason, an issue and bounds of at least 0, one of them over 0",
    );
  }
}

function check(
  list: string,
  code: string,
  pattern: string,
  cases: readonly Case[],
  complete: boolean,
  wanted: string,
): void {
  const found = cases.some((c) => c.skip === undefined && names(pattern, c));
  if (found && complete) return;
  throw new ArgumentError(found ? `needs ${wanted}` : "names no case", {
    code: `conformance/${code}`,
    op: "runConformance",
    path: `${list} ${JSON.stringify(pattern)}`,
    hint: found ? "complete the entry" : "remove it, or give the id of a case that runs at this level",
  });
}

/** The allowance of a case: the first entry that names it. */
export function allowanceOf(
  grants: readonly (ToleranceGrant & Allowance)[],
  c: Case,
): (ToleranceGrant & Allowance) | undefined {
  return grants.find((t) => names(t.case, c));
}
