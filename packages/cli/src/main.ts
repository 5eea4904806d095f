// The entry point: parses, runs the command, prints its report or its error, gives the exit code.
import { readFileSync } from "node:fs";
import { parseArgs, type CommandLine } from "./args/parse.js";
import { COMMANDS } from "./args/table.js";
import type { Context, Report } from "./context.js";
import { errorData, errorText, EXIT, exitCodeOf } from "./errors.js";
import { paintFor } from "./terminal/color.js";
import { processHost, type Host } from "./terminal/host.js";
import { Progress } from "./terminal/progress.js";

/** Version of the JSON objects that `--json` prints. */
const SCHEMA = "isoform/1";

/** The version of this package. */
export function version(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
  const found =
    typeof manifest === "object" && manifest !== null && "version" in manifest ? manifest.version : "";
  return String(found);
}

/**
 * Runs `isoform` with the words after the command's name and gives its exit code (`EXIT`): 0 ok, 1 failure, 2
 * usage, 3 unsupported op or layer, 4 unsafe or malformed file, 5 verification mismatch, 6 limit exceeded,
 * 130 interrupted. Results go to stdout, progress and errors to stderr. Never throws for what a user can
 * cause; what the streams of `overrides` throw is passed on.
 * @param argv e.g. `["inspect", "model.onnx", "--json"]`
 * @param overrides Parts of the surroundings to replace; without `signal`, SIGINT of the process interrupts,
 * and a second one ends the process at once.
 */
export async function main(argv: readonly string[], overrides: Partial<Host> = {}): Promise<number> {
  const interrupt = new AbortController();
  const onInterrupt = (): void => {
    // The second time the user means it, whatever is still computing.
    if (interrupt.signal.aborted) process.exit(EXIT.interrupted);
    interrupt.abort();
  };
  const own = overrides.signal === undefined;
  if (own) process.on("SIGINT", onInterrupt);
  try {
    return await runLine(argv, processHost(interrupt.signal, overrides));
  } finally {
    if (own) process.off("SIGINT", onInterrupt);
  }
}

async function runLine(argv: readonly string[], host: Host): Promise<number> {
  let line: CommandLine;
  try {
    const parsed = await parseArgs(argv, version());
    if (parsed.kind === "text") {
      host.stdout.write(parsed.text);
      return EXIT.ok;
    }
    line = parsed.line;
  } catch (error) {
    const json = argv.includes("--json");
    const command =
      Object.keys(COMMANDS).find((name) => name.split(" ").every((w) => argv.includes(w))) ?? null;
    return fail(
      error,
      { command, json, color: !argv.includes("--no-color"), debug: argv.includes("--debug") },
      host,
    );
  }
  const { json, quiet, noColor, debug } = line.options;
  const paint = paintFor(host.stdout, host.env, !noColor);
  const progress = new Progress(host.stderr, { paint: paintFor(host.stderr, host.env, !noColor) });
  const { OpenFiles } = await import("./files/input.js");
  const files = new OpenFiles(host.cwd);
  const context: Context = {
    host,
    files,
    paint,
    onProgress: quiet ? () => {} : progress.report,
    signal: host.signal,
  };
  try {
    const report = await dispatch(line, context);
    progress.clear();
    if (!quiet) for (const remark of report.remarks ?? []) host.stderr.write(`${remark}\n`);
    if (json)
      writeJson(host, {
        command: line.command,
        ok: report.exit === EXIT.ok,
        exit: report.exit,
        ...report.data,
      });
    else host.stdout.write(report.lines.map((l) => `${l}\n`).join(""));
    return report.exit;
  } catch (error) {
    progress.clear();
    const { forCommandLine } = await import("./hints.js");
    return fail(
      forCommandLine(error, line.command),
      { command: line.command, json, color: !noColor, debug },
      host,
    );
  } finally {
    files.close();
  }
}

/** Runs the command; its code is loaded only now, so that help and usage errors are quick. */
async function dispatch(line: CommandLine, context: Context): Promise<Report> {
  switch (line.command) {
    case "inspect":
      return (await import("./commands/inspect.js")).inspect(line.args, line.options, context);
    case "convert":
      return (await import("./commands/convert.js")).convert(line.args, line.options, context);
    case "run":
      return (await import("./commands/run.js")).run(line.args, line.options, context);
    case "verify":
      return (await import("./commands/verify.js")).verify(line.args, line.options, context);
    case "backend check":
      return (await import("./commands/backend-check.js")).backendCheck(line.args, line.options, context);
    case "bench":
      return (await import("./commands/bench.js")).bench(line.args, line.options, context);
    case "doctor":
      return (await import("./commands/doctor.js")).doctor(context, version());
  }
}

interface Failing {
  readonly command: string | null;
  readonly json: boolean;
  readonly color: boolean;
  readonly debug: boolean;
}

function fail(error: unknown, { command, json, color, debug }: Failing, host: Host): number {
  const exit = exitCodeOf(error, host.signal);
  const paint = paintFor(host.stderr, host.env, color);
  if (exit === EXIT.interrupted) {
    host.stderr.write("interrupted; nothing was written\n");
    if (json)
      writeJson(host, { command, ok: false, exit, error: { name: "AbortError", code: "interrupted" } });
    return exit;
  }
  host.stderr.write(`${paint("red", "error")} ${errorText(error, debug)}\n`);
  if (json) writeJson(host, { command, ok: false, exit, error: errorData(error) });
  return exit;
}

function writeJson(host: Host, object: Readonly<Record<string, unknown>>): void {
  const text = JSON.stringify({ schema: SCHEMA, ...object }, (_, value: unknown) => {
    if (typeof value === "number" && !Number.isFinite(value)) return String(value);
    return typeof value === "bigint" ? String(value) : value;
  });
  host.stdout.write(`${text}\n`);
}
