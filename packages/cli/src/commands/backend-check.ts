// `isoform backend check`: the conformance suite on a backend, as a table of ops and dtypes, and as a file.
import {
  checkBackend,
  manifestText,
  supportMark,
  supportMatrix,
  type ConformanceReport,
  type SuiteOptions,
} from "@isoform/conformance";
import { reference } from "@isoform/backend-reference";
import { ArgumentError, DTYPES, type Backend } from "@isoform/core";
import type { Arguments, Values } from "../args/table.js";
import type { Context, Report } from "../context.js";
import { EXIT, UsageError } from "../errors.js";
import type { Planned } from "../files/input.js";
import { plannedFile, writeFiles } from "../files/output.js";
import { backendMaker } from "../models/backend.js";
import { table } from "../terminal/table.js";
import { count, plural } from "../terminal/text.js";

/** Failures listed with their messages; the report has all. */
const LISTED = 20;

/** An error of the backend's that no call gave: thrown in a callback, or of a promise that nobody waits for. */
interface Stray {
  /** The case that ended last before it, or `dispose`. */
  readonly after: string;
  readonly message: string;
}

/**
 * Runs the suite. Exit 5 when a case fails, or the backend throws where nothing can be thrown: in `dispose`, or on its own.
 * @throws {UsageError} when options do not fit, or there is no such backend
 * @throws {UnsupportedOpError} when it cannot run here
 */
export async function backendCheck(
  args: Arguments<"backend check">,
  options: Values<"backend check">,
  context: Context,
): Promise<Report> {
  const target = outputOf(options.out, context);
  const make = await backendMaker(args.module, context.files, {
    export: options.export,
    options: optionsOf(options.options),
  });
  if (target) context.files.keep([target]);
  const backend = made(make, options.options);
  const strays: Stray[] = [];
  const report = await withoutCrash(strays, async (reached) => {
    const found = await runSuite(backend, options, context, reached);
    reached("dispose");
    ended(backend, strays);
    return found;
  });
  if (target) {
    const text = target.kind === "json" ? manifestText(report) : supportMatrix([report], DTYPES);
    writeFiles([{ path: target.path, typed: target.typed, parts: [new TextEncoder().encode(text)] }]);
  }
  const { passed, failed, expected, skipped } = report.totals;
  const fallbacks = Object.values(report.fallbacks).reduce((s, n) => s + n, 0);
  return {
    exit: failed > 0 || strays.length > 0 ? EXIT.mismatch : EXIT.ok,
    data: { module: args.module, report, out: options.out ?? null, ...(strays.length > 0 ? { strays } : {}) },
    lines: [
      ...matrixLines(report),
      "",
      ...levelLines(report),
      "",
      ...failureLines(report),
      ...strayLines(strays),
      `${report.backend}: ${count(passed)} passed, ${count(failed)} failed, ${count(expected)} known failures, ${count(skipped)} skipped`,
      ...(fallbacks > 0 ? [`${plural(fallbacks, "kernel call")} ran on another backend's code`] : []),
      ...(options.out === undefined ? [] : [`written to ${options.out}`]),
    ],
  };
}

/**
 * Runs `fn`, which says how far it is, while errors of the backend's that no call gives are collected: they would end the process,
 * and the report with it.
 */
async function withoutCrash<T>(
  strays: Stray[],
  fn: (reached: (place: string) => void) => Promise<T>,
): Promise<T> {
  let after = "the start";
  const collect = (error: unknown): void => void strays.push({ after, message: messageOf(error) });
  process.on("unhandledRejection", collect);
  process.on("uncaughtException", collect);
  try {
    const result = await fn((place) => (after = place));
    // Rejections come when the promises' turn is over.
    await new Promise((resolve) => setTimeout(resolve, 0));
    return result;
  } finally {
    process.off("unhandledRejection", collect);
    process.off("uncaughtException", collect);
  }
}

/** Ends the backend; what it throws then must not cost the report. */
function ended(backend: Backend, strays: Stray[]): void {
  try {
    backend.dispose?.();
  } catch (error) {
    strays.push({ after: "dispose", message: messageOf(error) });
  }
}

const messageOf = (error: unknown): string =>
  error instanceof Error ? String(error) : `a throw of ${String(error)}`;

/** The backend; what it says of its options is said of the command line. */
function made(make: () => Backend, options: string | undefined): Backend {
  try {
    return make();
  } catch (error) {
    if (options === undefined || !(error instanceof ArgumentError)) throw error;
    throw new UsageError(error.problem, {
      code: "usage/options",
      path: `--options ${options}`,
      hint: error.hint,
      cause: error,
    });
  }
}

async function runSuite(
  backend: Backend,
  { level = "L3", only }: Values<"backend check">,
  { onProgress, signal }: Context,
  reached: (place: string) => void,
): Promise<ConformanceReport> {
  const suite: SuiteOptions = {
    level,
    reference: () => reference(),
    ...(level === "L4" ? { models: (await import("@isoform/conformance/models")).models } : {}),
  };
  const cases = only?.split(";").map((c) => c.trim());
  const report = await checkBackend(() => backend, {
    ...suite,
    ...(cases ? { only: cases } : {}),
    signal,
    onProgress: ({ done, total, case: id, failed }) => {
      reached(id);
      onProgress({
        task: "check",
        phase: backend.name,
        done,
        total,
        unit: "cases",
        label: failed > 0 ? `${failed} failed, ${id}` : id,
      });
    },
  });
  if (cases && Object.values(report.totals).every((n) => n === 0)) {
    throw new UsageError("no case has such an id", {
      code: "usage/cases",
      path: `--only ${only}`,
      hint: `ids look like L1/add/float32/transposed; a beginning ends in *; the level is ${level}`,
    });
  }
  return report;
}

function optionsOf(text: string | undefined): object | undefined {
  if (text === undefined) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = null;
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  throw new UsageError("--options is no JSON object", {
    code: "usage/options",
    hint: `e.g. --options '{"threads":2}'`,
  });
}

function outputOf(
  typed: string | undefined,
  { files }: Context,
): (Planned & { readonly kind: "json" | "md" }) | undefined {
  if (typed === undefined) return undefined;
  const kind = /\.(json|md)$/.exec(typed)?.[1];
  if (kind !== "json" && kind !== "md") {
    throw new UsageError("reports are .json or .md files", {
      code: "usage/out",
      path: `--out ${typed}`,
      hint: "name a file that ends in .json or .md",
    });
  }
  return { ...plannedFile(files.path(typed), typed), kind };
}

function matrixLines(report: ConformanceReport): string[] {
  const dtypes = [...DTYPES.filter((d) => report.capabilities.dtypes.includes(d)), "-"];
  const used = dtypes.filter((d) => Object.values(report.ops).some((cells) => cells[d]));
  const rows = Object.keys(report.ops)
    .sort()
    .map((op) => [op, ...used.map((d) => supportMark(report.ops[op]?.[d]))]);
  const titles = used.map((d) => ({ title: d === "-" ? "other" : d }));
  return table([{ title: "op", max: 28 }, ...titles], rows);
}

function levelLines(report: ConformanceReport): string[] {
  const rows = Object.entries(report.levels)
    .filter(([, counts]) => Object.values(counts).some((n) => n > 0))
    .map(([level, c]) => [level, count(c.passed), count(c.failed), count(c.expected), count(c.skipped)]);
  const right = { align: "right" } as const;
  return table(
    [
      { title: "level" },
      { title: "passed", ...right },
      { title: "failed", ...right },
      { title: "known", ...right },
      { title: "skipped", ...right },
    ],
    rows,
  );
}

function failureLines(report: ConformanceReport): string[] {
  const failed = report.remarks.filter((r) => r.outcome === "failed");
  if (failed.length === 0) return [];
  const more = failed.length - LISTED;
  return [
    ...failed.slice(0, LISTED).map((r) => `✗ ${r.case}\n    ${r.reason.replaceAll("\n", "\n    ")}`),
    ...(more > 0 ? [`… and ${plural(more, "more failure")}: --out FILE.json has all`] : []),
    "",
  ];
}

function strayLines(strays: readonly Stray[]): string[] {
  if (strays.length === 0) return [];
  const more = strays.length - LISTED;
  return [
    ...strays.slice(0, LISTED).map(({ after, message }) => {
      const what =
        after === "dispose" ? "dispose, which must not throw" : `an error that no call gave, after ${after}`;
      return `✗ ${what}\n    ${message.replaceAll("\n", "\n    ")}`;
    }),
    ...(more > 0 ? [`… and ${plural(more, "more error")} that no call gave: --json has all`] : []),
    "",
  ];
}
