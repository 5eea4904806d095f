// Imports a PyTorch program that isoform wrote (model.py and its state dict). The program is parsed, never run.
import { isDType } from "@isoform/core";
import { ShapeProber } from "../../execute/shapes.js";
import type { RawTensor } from "../../formats/raw-tensor.js";
import { GraphBuilder } from "../../ir/builder.js";
import type { IrModel, IrValue } from "../../ir/types.js";
import { verifyIr } from "../../ir/verify.js";
import { readProgram } from "../../torch-program/read.js";
import { Evaluator, type Tables } from "./evaluate.js";
import { FUNCTIONS, METHODS } from "./functions/index.js";
import { MODULES } from "./modules.js";
import { indexValue, OPERATORS } from "./operators.js";

const TABLES: Tables = {
  functions: FUNCTIONS,
  methods: METHODS,
  modules: MODULES,
  operators: OPERATORS,
  index: indexValue,
};

/**
 * The model of a model.py written by `exportTorch` and its state dict; inputs keep the shapes that the file
 * states.
 * @param file File name for messages.
 * @throws {ModelFormatError} when a line is not of the form that `exportTorch` writes, or a tensor is missing
 * or of another shape
 * @throws {UnsafeModelError} when the file imports anything but torch
 * @throws {UnsupportedOpError} when a call is not one that `exportTorch` writes
 * @throws {LimitExceededError} when expressions nest deeper than 100, or more than 100 calls, attributes and
 * subscripts are chained, or a statement is longer than 1,000,000 characters
 * @throws {IsoformError} (`ir/invalid`) when the graph made is not well-formed, which is a fault of this
 * package
 */
export function importTorchProgram(
  source: string,
  state: ReadonlyMap<string, RawTensor>,
  file = "model.py",
): IrModel {
  const program = readProgram(source, file);
  const builder = new GraphBuilder(program.className);
  const prober = new ShapeProber();
  builder.onInput = (v) => prober.input(v);
  builder.onWeight = (v, w) => prober.weight(v, w);
  builder.onNode = (node) => prober.node(node);
  const e = new Evaluator(program, state, builder, TABLES);
  for (const input of program.inputs) {
    const dtype = input.dtype !== null && isDType(input.dtype) ? input.dtype : null;
    e.variables.set(input.id, { kind: "tensor", value: builder.input(input.name, dtype, input.dims) });
  }
  e.run();
  const inputs = new Set(builder.inputs);
  const named = program.outputs.map((o) => {
    const v = e.variables.get(o.id);
    if (v?.kind === "sequence") return [v.build(), o.name] as const;
    if (v?.kind !== "tensor") throw e.error({ kind: "name", name: o.id }, "the result is not a tensor");
    const taken = inputs.has(v.value);
    const value = taken ? builder.op("Identity", [v.value], {}, { name: o.name }) : v.value;
    return [value, o.name] as const;
  });
  renameOutputs(builder, named);
  const outputs = named.map(([v]) => v);
  const graph = builder.finish(outputs);
  verifyIr(graph);
  const unused = [...state.keys()].filter((k) => !e.used.has(k));
  return {
    graph,
    producer: "pytorch program (isoform)",
    metadata: new Map(),
    training: {},
    notes: unused.length === 0 ? [] : [`unused tensors in the state dict: ${unused.join(", ")}`],
  };
}

/** Gives the outputs their names; values that had them by chance get others. */
function renameOutputs(builder: GraphBuilder, outputs: readonly (readonly [IrValue, string])[]): void {
  const wanted = new Map(outputs.map(([v, name]) => [name, v]));
  const values = [...builder.weights.keys(), ...builder.nodes.flatMap((n) => n.outputs)];
  for (const v of values) {
    if (v && wanted.has(v.name) && wanted.get(v.name) !== v) v.name = builder.uniqueName(`${v.name}_inner`);
  }
  for (const [v, name] of outputs) v.name = name;
}
