// `isoform run`: the model on the inputs of a file.
import { ArgumentError } from "@isoform/core";
import { formatValue, Session } from "@isoform/converter";
import type { Arguments, Values } from "../args/table.js";
import type { Context, Report } from "../context.js";
import { EXIT } from "../errors.js";
import { plannedFile, writeFiles } from "../files/output.js";
import { backendMaker, startBackend } from "../models/backend.js";
import { readModel } from "../models/import.js";
import { refuseInputShape, refuseStatic } from "../models/input-shape.js";
import { outputsFile, readInputs, summarise, type TensorSummary } from "../models/tensors.js";
import { table } from "../terminal/table.js";
import { duration } from "../terminal/text.js";

/**
 * Runs a model and writes its outputs, named as in the model.
 * @throws {ArgumentError} when inputs are missing or unknown; errors of reading
 * @throws {ShapeError} when an input has another shape
 * @throws {DTypeError} when an input has another dtype
 * @throws {UnsupportedOpError} when nodes cannot run
 */
export async function run(args: Arguments<"run">, options: Values<"run">, context: Context): Promise<Report> {
  const { files } = context;
  const makeBackend = await backendMaker(options.backend, files);
  const { output } = options;
  const target = output === undefined ? undefined : plannedFile(files.path(output), output);
  if (options.input === undefined) throw new ArgumentError("no inputs are given", { code: "run/no-inputs" });
  const inputs = await readInputs(options.input, files);
  const read = await readModel(args.model, options, context);
  refuseStatic(options.static, read);
  refuseInputShape(options.inputShape, read, "leave it out: the tensors of --input have the shapes");
  const { model } = read;
  if (target !== undefined) files.keep([target]);
  const device = await startBackend(makeBackend);
  const session = new Session(model.graph, { device });
  const started = performance.now();
  const outputs = await session.run(inputs, { signal: context.signal, onProgress: context.onProgress });
  const milliseconds = performance.now() - started;
  session.dispose();
  context.signal.throwIfAborted();
  if (target !== undefined) writeFiles([outputsFile(target, outputs)]);
  const summaries = new Map([...outputs].map(([name, t]) => [name, summarise(t)]));
  return {
    exit: EXIT.ok,
    data: {
      model: args.model,
      backend: device.name,
      milliseconds,
      inputs: model.graph.inputs.map((v) => ({ name: v.name, dtype: v.dtype, dims: v.dims })),
      outputs: [...summaries].map(([name, summary]) => ({ name, ...summary })),
      output: options.output ?? null,
      fallbacks: device.fallbacks(),
    },
    lines: [
      ...table(
        [
          { title: "output", max: 48 },
          { title: "type" },
          { title: "min", align: "right" },
          { title: "mean", align: "right" },
          { title: "max", align: "right" },
          { title: "NaN or inf", align: "right" },
        ],
        [...summaries].map(([name, s]) => row(name, s)),
      ),
      ...(options.output === undefined ? [] : [`written to ${options.output}`]),
    ],
    remarks: [
      `${model.graph.inputs.map(formatValue).join("; ")} on ${device.name} in ${duration(milliseconds)}`,
    ],
  };
}

function number(v: number | null): string {
  return v === null ? "" : String(Number(v.toPrecision(5)));
}

function row(name: string, s: TensorSummary): string[] {
  return [
    name,
    `${s.dtype}[${s.shape.join(",")}]`,
    number(s.min),
    number(s.mean),
    number(s.max),
    String(s.notFinite),
  ];
}
