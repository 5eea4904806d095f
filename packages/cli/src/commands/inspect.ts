// `isoform inspect`: what a file holds, and what can be done with it. Nothing of the file is run.
import { ModelFormatError, UnsupportedOpError } from "@isoform/core";
import type { Dim } from "@isoform/converter";
import type { Arguments, Values } from "../args/table.js";
import type { Context, Report } from "../context.js";
import { EXIT } from "../errors.js";
import { describeFile, type FileFacts, type LayerFacts, type TensorFacts } from "../models/describe-file.js";
import { describeIr, listedProblems, type Ability, type IrFacts } from "../models/describe-ir.js";
import { importModel } from "../models/import.js";
import { refuseInputShape, refuseStatic } from "../models/input-shape.js";
import { openModel } from "../models/open.js";
import type { Paint } from "../terminal/color.js";
import { table } from "../terminal/table.js";
import { bytes, count, harmless, plural } from "../terminal/text.js";

const ROWS = 100;

/**
 * Describes a model file. A file that is sound but needs something (an architecture, layers that are not known) is
 * described as far as possible, with what it needs; that is no failure.
 */
export async function inspect(
  args: Arguments<"inspect">,
  options: Values<"inspect">,
  context: Context,
): Promise<Report> {
  const opened = await openModel(args.model, context.files, { from: options.from, unknownClasses: "data" });
  const file = await describeFile(opened);
  let ir: IrFacts | null = null;
  let needs: readonly string[] = [];
  if (!file.architecture && options.model === undefined) {
    needs = [file.tensors.length > 0 ? "an architecture: --model FILE#EXPORT and --input-shape" : "weights"];
  } else {
    try {
      const read = await importModel(opened, options, context);
      refuseStatic(options.static, read);
      refuseInputShape(options.inputShape, read, "leave it out: inspect shows what the file declares");
      ir = describeIr(read.model);
    } catch (error) {
      if (error instanceof UnsupportedOpError) needs = listedProblems(error);
      else if (file.weightless && error instanceof ModelFormatError && error.code === "keras/missing-weight")
        needs = ["weights: a .weights.h5 file, with this one as its --model", error.problem];
      else throw error;
    }
  }
  return {
    exit: EXIT.ok,
    data: { file, model: ir, needs },
    lines: linesOf(file, ir, needs, options.all, context.paint),
  };
}

function linesOf(
  file: FileFacts,
  ir: IrFacts | null,
  needs: readonly string[],
  all: boolean,
  paint: Paint,
): string[] {
  const facts: (readonly [string, string])[] = [
    ["format", file.format],
    ["size", bytes(file.bytes)],
    ...Object.entries(file.details),
    ...(ir ? modelFacts(ir) : tensorTotals(file.tensors)),
  ];
  const width = Math.max(...facts.map(([k]) => k.length));
  const lines = [
    paint("bold", harmless(file.path)),
    ...facts.map(([k, v]) => `  ${paint("dim", harmless(k).padEnd(width))}  ${harmless(v)}`),
  ];
  if (ir) lines.push("", ...layerTable(ir, all), "", ...abilities(ir, paint));
  else if (file.layers) lines.push("", ...classTable(file.layers, all));
  else if (Object.keys(file.classes).length > 0) lines.push("", `layers: ${harmless(tally(file.classes))}`);
  else lines.push("", ...tensorTable(file.tensors, all));
  if (needs.length > 0)
    lines.push(
      "",
      paint("yellow", "To run or convert it, it needs"),
      ...needs.map((n) => `  ${harmless(n)}`),
    );
  if (ir && ir.notes.length > 0)
    lines.push("", paint("yellow", "Not carried over exactly"), ...ir.notes.map((n) => `  ${harmless(n)}`));
  return lines;
}

/** `[?, 28, 28, 1]`. */
export function dims(d: readonly Dim[] | null): string {
  return d === null ? "?" : `[${d.map((n) => n ?? "?").join(", ")}]`;
}

function modelFacts(ir: IrFacts): (readonly [string, string])[] {
  const { parameters } = ir;
  const fixed = parameters.notTrainable > 0 ? `, ${count(parameters.notTrainable)} of them not trained` : "";
  return [
    ["made by", ir.producer],
    ...ir.inputs.map((v) => ["input", `${v.name}  ${v.dtype ?? "?"} ${dims(v.dims)}`] as const),
    ...ir.outputs.map((v) => ["output", `${v.name}  ${v.dtype ?? "?"} ${dims(v.dims)}`] as const),
    ["parameters", `${count(parameters.count)} (${bytes(parameters.bytes)})${fixed}`],
    ["ops", tally(ir.ops)],
    ["training", ir.training === null ? "no configuration" : "optimizer or loss configured"],
  ];
}

function tally(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .map(([name, n]) => `${n} ${name}`)
    .join(", ");
}

function cut<T>(rows: readonly T[], all: boolean): { readonly shown: readonly T[]; readonly more: string[] } {
  if (all || rows.length <= ROWS) return { shown: rows, more: [] };
  return { shown: rows.slice(0, ROWS), more: [`… and ${rows.length - ROWS} more; --all shows them`] };
}

function layerTable(ir: IrFacts, all: boolean): string[] {
  const { shown, more } = cut(ir.layers, all);
  const columns = [
    { title: "Layer (type)", max: 60 },
    { title: "Output shape" },
    { title: "Param #", align: "right" },
  ] as const;
  return [
    ...table(
      columns,
      shown.map((l) => [`${l.name} (${l.op})`, dims(l.output), count(l.parameters)]),
    ),
    ...more,
  ];
}

/** Layers of a file of which no model can be made: their shapes and parameters are not known. */
function classTable(layers: readonly LayerFacts[], all: boolean): string[] {
  const { shown, more } = cut(layers, all);
  const columns = [{ title: "Layer", max: 60 }, { title: "Type" }] as const;
  return [
    ...table(
      columns,
      shown.map((l) => [l.name, l.class]),
    ),
    ...more,
  ];
}

function tensorTotals(tensors: readonly TensorFacts[]): (readonly [string, string])[] {
  const elements = tensors.reduce((sum, t) => sum + t.shape.reduce((a, b) => a * b, 1), 0);
  return tensors.length === 0
    ? []
    : [["tensors", `${plural(tensors.length, "tensor")}, ${count(elements)} elements`]];
}

function tensorTable(tensors: readonly TensorFacts[], all: boolean): string[] {
  if (tensors.length === 0) return ["no tensors"];
  const { shown, more } = cut(tensors, all);
  const columns = [{ title: "Tensor", max: 72 }, { title: "dtype" }, { title: "shape" }] as const;
  return [
    ...table(
      columns,
      shown.map((t) => [t.name, t.dtype, `[${t.shape.join(", ")}]`]),
    ),
    ...more,
  ];
}

function abilities(ir: IrFacts, paint: Paint): string[] {
  const list: (readonly [string, Ability])[] = [["run", ir.run], ...Object.entries(ir.targets)];
  return list.flatMap(([name, { ok, problems }]) => {
    const title = name === "run" ? "runs here" : `converts to ${name}`;
    if (ok) return [`${paint("green", "✓")} ${title}`];
    return [
      `${paint("red", "✗")} ${title}: ${plural(problems.length, "problem")}`,
      ...problems.map((p) => `    ${harmless(p)}`),
    ];
  });
}
