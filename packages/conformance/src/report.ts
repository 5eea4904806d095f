// The report of a run, which is a backend's capability manifest: plain data, from which a support matrix is made.
import { ModelFormatError, type Backend, type Capabilities, type FallbackCounts } from "@isoform/core";
import { LEVELS, type Case, type Level } from "./case.js";
import type { ExpectedFailure, ToleranceGrant } from "./options.js";

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

/** A tolerance that was granted, and whether a result needed it. */
export type GrantedTolerance = ToleranceGrant & { readonly used: boolean };

/** The result of a suite, as JSON: `conformance.json`. */
export interface ConformanceReport {
  /** The format: `isoform-conformance/1`. Fields may be added within it; none is renamed or removed. */
  readonly schema: typeof REPORT_SCHEMA;
  readonly suite: string;
  readonly contract: number;
  readonly backend: string;
  /** Levels up to this one were run. */
  readonly level: Level;
  readonly capabilities: Capabilities;
  readonly totals: Counts;
  readonly levels: Record<Level, Counts>;
  /** By op or subject, then by dtype (`-` when there is none). */
  readonly ops: Record<string, Record<string, Counts>>;
  readonly expectedFailures: readonly ExpectedFailure[];
  readonly tolerances: readonly GrantedTolerance[];
  readonly remarks: Remark[];
  /** Kernels that ran on another backend's code, by `family:dtype`. */
  fallbacks: FallbackCounts;
}

/** The format of reports. */
export const REPORT_SCHEMA = "isoform-conformance/1";

/** Version of the suite; the major number is that of the backend contract. */
export const SUITE_VERSION = "1.1.0";

const none = (): Counts => ({ passed: 0, failed: 0, expected: 0, skipped: 0 });

/** A report with nothing in it. */
export function emptyReport(
  backend: Pick<Backend, "name" | "contract" | "capabilities">,
  level: Level,
  expectedFailures: readonly ExpectedFailure[] = [],
  tolerances: readonly GrantedTolerance[] = [],
): ConformanceReport {
  return {
    schema: REPORT_SCHEMA,
    suite: SUITE_VERSION,
    contract: backend.contract,
    backend: backend.name,
    level,
    capabilities: backend.capabilities,
    totals: none(),
    levels: { L0: none(), L1: none(), L2: none(), L3: none(), L4: none() },
    ops: {},
    expectedFailures,
    tolerances,
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

/** How all cases of an op in a dtype ended together: one failure is a failure. Never throws. */
export function outcomeOf(counts: Counts): Outcome {
  if (counts.failed > 0) return "failed";
  if (counts.expected > 0) return "expected";
  return counts.passed > 0 ? "passed" : "skipped";
}

/**
 * A report as the text of a `conformance.json`: ops in alphabetical order, one a line. Skipped cases are counted, but
 * not listed. Never throws.
 */
export function manifestText(report: ConformanceReport): string {
  const { ops, remarks, ...rest } = report;
  const listed = remarks.filter((r) => r.outcome !== "skipped");
  const lines = Object.keys(ops)
    .sort()
    .map((op) => `    ${JSON.stringify(op)}: ${JSON.stringify(ops[op])}`);
  const head = JSON.stringify({ ...rest, remarks: listed }, null, 2).replace(/\n}$/, "");
  return `${head},\n  "ops": {\n${lines.join(",\n")}\n  }\n}\n`;
}

/**
 * The report in a `conformance.json`.
 * @param text What `manifestText` or `JSON.stringify` made of a report.
 * @throws {ModelFormatError} when it is no JSON, or no report of a format that this version reads
 */
export function readManifest(text: string): ConformanceReport {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw notAReport("it is no JSON", cause);
  }
  if (typeof value !== "object" || value === null || !("schema" in value))
    throw notAReport("it has no schema");
  if (value.schema !== REPORT_SCHEMA) throw notAReport(`its schema is ${JSON.stringify(value.schema)}`);
  const wrong = Object.entries(FIELDS).filter(([key, fits]) => !fits(Reflect.get(value, key)));
  if (wrong.length > 0) throw notAReport(`wrong or missing: ${wrong.map(([key]) => key).join(", ")}`);
  return value as ConformanceReport;
}

const isObject = (v: unknown): v is Readonly<Record<string, unknown>> =>
  typeof v === "object" && v !== null && !Array.isArray(v);
const isText = (v: unknown): boolean => typeof v === "string";
const isCounts = (v: unknown): boolean =>
  isObject(v) && Object.keys(none()).every((key) => Number.isInteger(v[key]));
const allCounts = (v: unknown): boolean => isObject(v) && Object.values(v).every(isCounts);

/** What readers of reports rely on. */
const FIELDS: Readonly<Record<string, (v: unknown) => boolean>> = {
  suite: isText,
  contract: Number.isInteger,
  backend: isText,
  level: isText,
  capabilities: (v) => isObject(v) && Array.isArray(v["dtypes"]) && typeof v["syncRead"] === "boolean",
  totals: isCounts,
  levels: (v) => isObject(v) && LEVELS.every((l) => isCounts(v[l])),
  ops: (v) => isObject(v) && Object.values(v).every(allCounts),
  expectedFailures: Array.isArray,
  tolerances: Array.isArray,
  remarks: Array.isArray,
  fallbacks: isObject,
};

function notAReport(problem: string, cause?: unknown): ModelFormatError {
  return new ModelFormatError(`not a conformance report: ${problem}`, {
    code: "conformance/report",
    hint: `reports are JSON of schema ${REPORT_SCHEMA}, written by \`isoform backend check\` or manifestText`,
    cause,
  });
}

/**
 * What a committed report no longer says rightly of a run: one line per op and dtype. An op that the committed report
 * lacks counts only where it did not pass, so that a new composite, which every backend has by its decomposition, makes
 * no report stale. A run of fewer levels says nothing of the subjects of the others. Never throws.
 */
export function staleLines(committed: ConformanceReport, run: ConformanceReport): string[] {
  const lines: string[] = [];
  const further = LEVELS.indexOf(committed.level) > LEVELS.indexOf(run.level);
  for (const key of ["suite", "contract", "backend", ...(further ? [] : (["level"] as const))] as const)
    if (committed[key] !== run[key]) lines.push(`${key}: ${committed[key]}, now ${run[key]}`);
  const [was, is] = [committed.capabilities, run.capabilities];
  if (was.dtypes.join() !== is.dtypes.join())
    lines.push(`dtypes: ${was.dtypes.join()}, now ${is.dtypes.join()}`);
  const subjects = new Set([...Object.keys(committed.ops), ...Object.keys(run.ops)]);
  for (const op of [...subjects].sort()) {
    const [before, now] = [committed.ops[op] ?? {}, run.ops[op] ?? {}];
    for (const dtype of new Set([...Object.keys(before), ...Object.keys(now)])) {
      const old = before[dtype] ? outcomeOf(before[dtype]) : "no case";
      const found = now[dtype] ? outcomeOf(now[dtype]) : "no case";
      const isNew = old === "no case" && (found === "passed" || found === "skipped");
      const isBeyond = further && run.ops[op] === undefined;
      if (old !== found && !isNew && !isBeyond) lines.push(`${op} ${dtype}: ${old}, now ${found}`);
    }
  }
  const families = (counts: FallbackCounts): string => Object.keys(counts).sort().join();
  if (families(committed.fallbacks) !== families(run.fallbacks))
    lines.push(`fallbacks: ${families(committed.fallbacks)}, now ${families(run.fallbacks)}`);
  return lines;
}
