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
import { DTYPES, type Backend } from "@isoform/core";
import type { Arguments, Values } from "../args/table.js";
import type { Context, Report } from "../context.js";
import { EXIT, UsageError } from "../errors.js";
import { checkFile, writeFiles } from "../files/output.js";
import { backendMaker } from "../models/backend.js";
import { table } from "../terminal/table.js";
import { count, plural } from "../terminal/text.js";

/** Failures listed with their messages; the report has all. */
const LISTED = 20;

/**
 * Runs the suite. Exit 5 when a case fails.
 * @throws {UsageError} when options do not fit, or there is no such backend
 * @throws {UnsupportedOpError} when it cannot run here
 */
export async function backendCheck(
  args: Arguments<"backend check">,
  options: Values<"backend check">,
  context: Context,
): Promise<Report> {
  const target = outputOf(options.out, context);
  const make = await backendMaker(args.module, context.host.cwd, {
    export: options.export,
    options: optionsOf(options.options),
  });
  const backend = make();
  const report = await runSuite(backend, options, context);
  backend.dispose?.();
  if (target) {
    const text = target.kind === "json" ? manifestText(report) : supportMatrix([report], DTYPES);
    writeFiles([{ path: target.path, parts: [new TextEncoder().encode(text)] }]);
  }
  const { passed, failed, expected, skipped } = report.totals;
  const fallbacks = Object.values(report.fallbacks).reduce((s, n) => s + n, 0);
  return {
    exit: failed > 0 ? EXIT.mismatch : EXIT.ok,
    data: { module: args.module, report, out: options.out ?? null },
    lines: [
      ...matrixLines(report),
      "",
      ...levelLines(report),
      "",
      ...failureLines(report),
      `${report.backend}: ${count(passed)} passed, ${count(failed)} failed, ${count(expected)} known failures, ${count(skipped)} skipped`,
      ...(fallbacks > 0 ? [`${plural(fallbacks, "kernel call")} ran on another backend's code`] : []),
      ...(options.out === undefined ? [] : [`written to ${options.out}`]),
    ],
  };
}

async function runSuite(
  backend: Backend,
  { level = "L3", only }: Values<"backend check">,
  { onProgress, signal }: Context,
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
    onProgress: ({ done, total, case: id, failed }) =>
      onProgress({
        task: "check",
        phase: backend.name,
        done,
        total,
        unit: "cases",
        label: failed > 0 ? `${failed} failed, ${id}` : id,
      }),
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
): { readonly path: string; readonly kind: "json" | "md" } | undefined {
  if (typed === undefined) return undefined;
  const kind = /\.(json|md)$/.exec(typed)?.[1];
  if (kind !== "json" && kind !== "md") {
    throw new UsageError("reports are .json or .md files", { code: "usage/out", path: `--out ${typed}` });
  }
  const path = files.path(typed);
  checkFile(path, typed);
  return { path, kind };
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
