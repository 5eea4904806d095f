// `isoform convert`: reads, converts, checks the result from its own bytes, and only then writes it.
import { UnsupportedOpError } from "@isoform/core";
import {
  ConversionMismatchError,
  convertModel,
  unsupportedNodes,
  writeModel,
  type Conversion,
  type ConversionReport,
  type IrModel,
} from "@isoform/converter";
import type { Arguments, Values } from "../args/table.js";
import type { Context, Report } from "../context.js";
import { errorData, EXIT, UsageError } from "../errors.js";
import { writeFiles } from "../files/output.js";
import { backendMaker, startBackend } from "../models/backend.js";
import { listedProblems } from "../models/describe-ir.js";
import { readModel } from "../models/import.js";
import { randomShapes, refuseStatic } from "../models/input-shape.js";
import { checkTarget, checkTargetWritable, findTarget, targetFiles, type Target } from "../models/target.js";
import { readInputs } from "../models/tensors.js";
import { verificationData, verificationLines } from "../models/verification.js";
import type { Paint } from "../terminal/color.js";
import { bytes, count, harmless, plural } from "../terminal/text.js";

/**
 * Converts a model. Exit 5, and nothing written, when the result computes something else than the source.
 * @throws {UnsupportedOpError} listing every node that cannot be converted; errors of reading and of the
 * target
 */
export async function convert(
  args: Arguments<"convert">,
  options: Values<"convert">,
  context: Context,
): Promise<Report> {
  const { files, signal, onProgress } = context;
  const makeBackend = await backendMaker(options.backend, files);
  // Said before the folder of a program is looked at, which is in use of course.
  files.note(files.path(args.in), args.in);
  files.keep([{ path: files.path(args.out), typed: args.out }]);
  const target = findTarget(args.out, options.to, options.force, files);
  if (!options.dryRun) checkTargetWritable(target);
  if (options.opset !== undefined && target.format !== "onnx") {
    throw new UsageError("--opset is for ONNX only", { code: "usage/opset", path: args.out });
  }
  const inputs = options.input === undefined ? undefined : await readInputs(options.input, files);
  const read = await readModel(args.in, options, context);
  const { model } = read;
  refuseStatic(options.static, read);
  const shapes = randomShapes(options.inputShape, read, options.input);
  checkTarget(target, options.force, files);
  signal.throwIfAborted();
  if (options.dryRun) return dryRun(model, target, options.opset, context.paint);
  const device = await startBackend(makeBackend);
  let conversion: Conversion;
  try {
    conversion = await convertModel(model, target.format, {
      opset: options.opset,
      device,
      inputs,
      shapes,
      seed: options.seed,
      tolerance: options.tolerance,
      signal,
      onProgress,
    });
  } catch (error) {
    if (error instanceof ConversionMismatchError) return mismatch(error, args, context.paint);
    throw error;
  }
  signal.throwIfAborted();
  const written = targetFiles(target, conversion.files);
  writeFiles(written);
  const { report } = conversion;
  const names = written.map((f) => f.typed ?? f.path);
  return {
    exit: EXIT.ok,
    data: { in: args.in, out: args.out, written: names, ...reportData(report) },
    lines: [
      `${harmless(report.from)} → ${target.format}: ${plural(report.layers, "layer")}, ${transposes(report)}`,
      ...verificationLines(report.verification, context.paint),
      ...noteLines(report.notes, context.paint),
      ...written.map(
        ({ parts }, i) => `written ${names[i] ?? ""} (${bytes(parts.reduce((n, p) => n + p.byteLength, 0))})`,
      ),
    ],
  };
}

function transposes({ transposes: t }: ConversionReport): string {
  return t.after === t.before
    ? `${plural(t.after, "transpose")}, as before`
    : `${plural(t.after, "transpose")} (${count(t.before)} in the source)`;
}

function noteLines(notes: readonly string[], paint: Paint): string[] {
  return notes.length === 0
    ? []
    : [paint("yellow", "not carried over exactly:"), ...notes.map((n) => `  ${harmless(n)}`)];
}

function reportData(report: ConversionReport): Record<string, unknown> {
  const { from, to, layers, ops, weights, notes, verification, files } = report;
  return {
    from,
    to,
    layers,
    ops: Object.fromEntries(ops),
    transposes: report.transposes,
    notes,
    verification: verificationData(verification),
    files,
    weights,
  };
}

function mismatch(error: ConversionMismatchError, args: Arguments<"convert">, paint: Paint): Report {
  const { report } = error;
  return {
    exit: EXIT.mismatch,
    data: { in: args.in, out: args.out, written: [], error: errorData(error), ...reportData(report) },
    lines: [
      ...verificationLines(report.verification, paint),
      ...noteLines(report.notes, paint),
      paint("red", "nothing was written: the result does not compute what the source computes"),
    ],
  };
}

/** Everything that stands in the way, without writing: exit 3 when there is something. */
function dryRun(model: IrModel, target: Target, opset: number | undefined, paint: Paint): Report {
  const running = unsupportedNodes(model.graph).map(
    ({ node, reason }) => `${node.op} ${JSON.stringify(node.name)}: ${reason}`,
  );
  let writing: readonly string[] = [];
  let notes = model.notes;
  try {
    notes = [...notes, ...writeModel(model, target.format, { opset }).notes];
  } catch (error) {
    if (!(error instanceof UnsupportedOpError)) throw error;
    writing = listedProblems(error);
  }
  const section = (title: string, problems: readonly string[]) =>
    problems.length === 0
      ? [`${paint("green", "✓")} ${title}`]
      : [
          `${paint("red", "✗")} ${title}: ${plural(problems.length, "problem")}`,
          ...problems.map((p) => `    ${harmless(p)}`),
        ];
  return {
    exit: running.length + writing.length === 0 ? EXIT.ok : EXIT.unsupported,
    data: { dryRun: true, to: target.format, unsupported: { write: writing, run: running }, notes },
    lines: [
      ...section(`every node has a form in ${target.format}`, writing),
      ...section("every node can be run for the check", running),
      ...noteLines(notes, paint),
    ],
  };
}
