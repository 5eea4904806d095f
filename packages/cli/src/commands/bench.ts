// `isoform bench`: the engine of @isoform/bench on the backends of this Node.
import { cpus, totalmem } from "node:os";
import {
  benchCases,
  BENCH_SIZES,
  modelCase,
  runBenchmark,
  serialiseResult,
  SUITES,
  type BenchCase,
  type BenchEvent,
  type BenchResult,
} from "@isoform/bench";
import { closest } from "@isoform/core";
import { acceptedInputs, hasFreeSizes, requireRunnable } from "@isoform/converter";
import type { Arguments, Values } from "../args/table.js";
import type { Context, Report } from "../context.js";
import { EXIT, UsageError, type ExitCode } from "../errors.js";
import { plannedFile, writeFiles } from "../files/output.js";
import { contendersOf, threadsOf } from "../models/contenders.js";
import { BACKENDS, startBackend } from "../models/backend.js";
import { readModel } from "../models/import.js";
import { measuredShapes, refuseStatic } from "../models/input-shape.js";
import { harmless, plural } from "../terminal/text.js";
import { benchTable } from "./bench-table.js";

/** Time of one row: to know, and to see that it works. */
const THOROUGH = { budgetMs: 500, minSamples: 5 };
const QUICK = { budgetMs: 40, minSamples: 3 };

/**
 * Measures the cases on the backends.
 * @throws {UsageError} when a suite, a backend or a number of threads is not one; errors of reading a model
 */
export async function bench(
  args: Arguments<"bench">,
  options: Values<"bench">,
  context: Context,
): Promise<Report> {
  const { files, host } = context;
  const { out } = options;
  const target = out === undefined ? undefined : plannedFile(files.path(out), out);
  const suites = suitesOf(options.suite, args.file);
  const threads = threadsOf(options.threads);
  const contenders = contendersOf(options.backends ?? "cpu", threads, files);
  const cases: BenchCase[] = [];
  if (suites.length > 0) {
    const [full, small] = BENCH_SIZES;
    cases.push(...benchCases({ suites, size: options.quick ? small : full }));
  }
  if (args.file !== undefined) cases.push(await fileCase(args.file, options, context));
  if (target !== undefined) files.keep([target]);
  const titles = new Map(cases.map((c) => [c.id, `${c.group} ${c.title}`]));
  const result = await runBenchmark({
    cases,
    contenders,
    settings: options.quick ? QUICK : THOROUGH,
    signal: context.signal,
    machine: { processor: cpus()[0]?.model.trim() ?? null, cores: cpus().length, memoryBytes: totalmem() },
    onEvent: (event) => context.onProgress(progressOf(event, titles)),
  });
  if (target !== undefined)
    writeFiles([{ ...target, parts: [new TextEncoder().encode(serialiseResult(result))] }]);
  // Without a terminal there is no edge.
  const columns = host.stdout.isTTY === true ? (host.stdout.columns ?? 80) : Infinity;
  return {
    exit: exitOf(result),
    data: { quick: options.quick, out: options.out ?? null, result },
    lines: benchTable(result, context.paint, columns),
    remarks: remarksOf(result, options.quick, options.out),
  };
}

/** The model on random inputs that it accepts: where sizes are free and not given, they are tried first. */
async function fileCase(file: string, options: Values<"bench">, context: Context): Promise<BenchCase> {
  const read = await readModel(file, options, context);
  refuseStatic(options.static, read);
  const shapes = measuredShapes(options.inputShape, read);
  const { graph } = read.model;
  if (shapes === undefined && !hasFreeSizes(graph)) return modelCase(read.model, { name: file });
  requireRunnable(graph);
  const device = await startBackend(BACKENDS.cpu);
  try {
    const { signal } = context;
    const inputs = await acceptedInputs(read.model, { device, shapes, signal });
    return modelCase(read.model, { name: file, inputs });
  } finally {
    device.dispose();
  }
}

function suitesOf(text: string | undefined, file: string | undefined): readonly string[] {
  if (text === undefined) return file === undefined ? SUITES : [];
  const names = text
    .split(",")
    .map((s) => s.trim())
    .filter((s) => s !== "");
  const known: readonly string[] = SUITES;
  const wrong = names.find((n) => !known.includes(n));
  if (names.length > 0 && wrong === undefined) return names;
  const near = wrong === undefined ? undefined : closest(wrong, SUITES);
  throw new UsageError(wrong === undefined ? "no suite is named" : `unknown suite ${JSON.stringify(wrong)}`, {
    code: "usage/suite",
    hint: near === undefined ? `there are ${SUITES.join(", ")}` : `did you mean ${near}?`,
  });
}

type Progress = Parameters<Context["onProgress"]>[0];

function progressOf(event: BenchEvent, titles: ReadonlyMap<string, string>): Progress {
  const base = { task: "bench", phase: "bench", unit: "rows" } as const;
  if (event.type === "contender") return { ...base, done: 0 };
  if (event.type === "row") return { ...base, done: event.done, total: event.total };
  const label = `${event.contender}: ${titles.get(event.case) ?? event.case}`;
  return { ...base, done: event.done, total: event.total, label };
}

/** Wrong results come first: a benchmark of wrong numbers is none. */
function exitOf({ rows }: BenchResult): ExitCode {
  if (rows.some((r) => r.state === "wrong")) return EXIT.mismatch;
  if (rows.some((r) => r.state === "failed")) return EXIT.failure;
  const done = rows.some((r) => r.warm !== null);
  const lacking = rows.some((r) => r.state === "unsupported");
  return lacking || !done ? EXIT.unsupported : EXIT.ok;
}

function remarksOf(result: BenchResult, quick: boolean, out: string | undefined): string[] {
  const { machine, contenders, rows } = result;
  const compared = rows.filter((r) => r.check !== null);
  const right = compared.filter((r) => r.check?.ok === true).length;
  const notices = contenders.flatMap((c) => (c.notice === null ? [] : [`${c.label}: ${c.notice}`]));
  return [
    `${machine.userAgent} on ${machine.processor ?? "an unknown processor"}, ${plural(machine.cores ?? 1, "thread")}`,
    `${right} of ${plural(compared.length, "result")} agree with the reference`,
    ...notices,
    ...(quick ? ["small sizes: these times say little about speed"] : []),
    ...(out === undefined ? [] : [`written to ${out}`]),
  ].map(harmless);
}
