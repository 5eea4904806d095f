// Imports a Keras model: config and weights become the IR, in its canonical axis order.
import { ModelFormatError, UnsupportedOpError } from "@isoform/core";
import { ShapeProber } from "../../execute/shapes.js";
import {
  assignKerasWeights,
  isModelClass,
  isPlainObject,
  kerasWeightSlots,
  layerEntry,
  type KerasFile,
  type LayerEntry,
  type PlainObject,
} from "../../formats/keras/index.js";
import { GraphBuilder } from "../../ir/builder.js";
import { IR_OPS, parseSlots } from "../../ir/ops/table.js";
import { removeDeadCode } from "../../ir/passes/dead-code.js";
import type { IrGraph, IrModel, IrValue } from "../../ir/types.js";
import { verifyIr } from "../../ir/verify.js";
import { usesOf } from "../../ir/walk.js";
import { Layouts, plainView } from "../../layout/index.js";
import type { CustomKerasLayers } from "./custom.js";
import { dtypeOfConfig, modelInputs, modelOutputNames, type InputShapes } from "./inputs.js";
import type { Laid, Shared } from "./laid.js";
import { modernConfig } from "./legacy.js";
import { ModelWalker } from "./walker.js";

export type { CustomKerasCall, CustomKerasLayer, CustomKerasLayers } from "./custom.js";

/** Options of `importKeras`. */
export interface KerasImportOptions {
  /** Meanings of layers that are not Keras' own, by class name or by `Class:layer name` (`Lambda:my_lambda`). */
  readonly customLayers?: CustomKerasLayers | undefined;
  /** The file that holds the architecture, when the first one holds only weights. */
  readonly architecture?: KerasFile | undefined;
  /** Shapes of the inputs with the batch, null = open; for models that do not state them. */
  readonly inputShapes?: InputShapes | undefined;
}

/**
 * The model of a Keras file, in the axis order N, C, spatial inside; inputs and outputs keep the shapes and
 * the axis order of the file. Nothing of the file is executed.
 * @throws {UnsupportedOpError} when layers have no meaning here (the error lists all of them), or the model
 * is a Python class
 * @throws {ModelFormatError} when there is no architecture, the config is malformed, an option of a layer is
 * unknown, the inputs' shapes are not stated or given, or weights do not fit the config
 * @throws {LimitExceededError} when layers nest over 32 deep or come to over 1,000,000 calls, or a weight is
 * over a limit
 * @throws {IsoformError} (`ir/invalid`) when the graph made is not well-formed, which is a fault of this
 * package
 * @see keras.saving.load_model
 */
export function importKeras(file: KerasFile, options: KerasImportOptions = {}): IrModel {
  const source = options.architecture ?? file;
  if (!source.config)
    throw new ModelFormatError("the file holds weights but no architecture", {
      code: "keras/no-architecture",
      path: source.name,
      hint: "give the file with the architecture too (a .keras, a full-model .h5 or a model .json)",
    });
  const version = source.kerasVersion ?? file.kerasVersion;
  const kerasMajor = majorVersion(version, source.config);
  const config = modernConfig(source.config);
  const model = layerEntry(config, "config");
  if (!isModelClass(model) || model.custom)
    throw new UnsupportedOpError(`${model.className} is defined by Python code, not by its layers`, {
      code: "keras/unsupported",
      path: source.name,
      hint: "only Sequential and functional models say what they are made of",
    });
  const notes: string[] = [];
  const shared = makeShared(config, model, file, kerasMajor, notes);
  const graph = importGraph(model, shared, options, file.name);
  noteDTypes(config, notes);
  for (const path of shared.weights.keys())
    if (!shared.used.has(path))
      notes.push(`the weight ${path} is not used at inference and not carried over`);
  verifyIr(graph);
  const { compile } = file.compile ? file : source;
  return {
    graph,
    producer: `keras ${version ?? "of an unknown version"}`,
    metadata: new Map(
      Object.entries(file.metadata ?? {}).flatMap(([k, v]) => (typeof v === "string" ? [[k, v]] : [])),
    ),
    training: { optimizer: compile?.["optimizer"] ?? compile?.["optimizer_config"], loss: compile?.["loss"] },
    notes,
  };
}

/** Major version of Keras: stated, or told from the form of the config. */
function majorVersion(version: string | null, config: PlainObject): number {
  const stated = Number.parseInt(version ?? "", 10);
  if (stated >= 1) return stated;
  return "module" in config || "registered_name" in config ? 3 : 2;
}

function makeShared(
  config: PlainObject,
  model: LayerEntry,
  file: KerasFile,
  kerasMajor: number,
  notes: string[],
): Shared {
  const builder = new GraphBuilder(model.name);
  const prober = new ShapeProber();
  builder.onInput = (v) => prober.input(v);
  builder.onWeight = (v, w) => prober.weight(v, w);
  builder.onNode = (node) => prober.node(node);
  const layouts = new Layouts<IrValue>(
    {
      transpose: (v, perm, where) => builder.op("Transpose", [v], { perm }, { name: `${where}/transpose` }),
      take: (v, indices, where) =>
        builder.op("Gather", [v, builder.ints(indices)], { axis: -1 }, { name: `${where}/order` }),
    },
    (v, where) => builder.op("Flatten", [v], { axis: 1 }, { name: `${where}/flatten` }),
  );
  return {
    builder,
    layouts,
    weights: assignKerasWeights(config, file),
    trainable: new Map(kerasWeightSlots(config).map((slot) => [slot.path, slot.trainable])),
    kerasMajor,
    notes,
    used: new Set(),
    madeWeights: new Map(),
    reserved: new Set(modelOutputNames(model)),
  };
}

function importGraph(model: LayerEntry, shared: Shared, options: KerasImportOptions, name: string): IrGraph {
  const { builder, layouts } = shared;
  const inputs = modelInputs(model, options.inputShapes).map((input): Laid => {
    const v = builder.input(input.name, input.dtype, input.dims);
    return { ...plainView(v, input.dims.length), mask: null };
  });
  const walker = new ModelWalker(shared, options.customLayers ?? new Map());
  const outputs = walker.model(model, "", inputs);
  const { problems } = walker;
  if (problems.length > 0)
    throw new UnsupportedOpError(
      `${problems.length} layer(s) cannot be imported:\n  ${problems.join("\n  ")}`,
      {
        code: "import/keras-unsupported",
        op: "Keras",
        path: name,
        attrs: { layers: problems },
        hint: "say what they compute with the option customLayers, by class name",
      },
    );
  const names = modelOutputNames(model);
  const made = new Set<IrValue>(builder.inputs);
  const values = outputs.flatMap((x, i) => {
    if (x === null) return [];
    const wanted = names[i] ?? "output";
    let v = layouts.plain(x, wanted);
    const bare = builder.weights.has(v) || made.has(v);
    if (bare) v = builder.op("Identity", [v], {}, { name: `${wanted}/identity`, outputs: [wanted] });
    made.add(v);
    builder.rename(v, wanted);
    return [v];
  });
  return withoutUnusedOutputs(removeDeadCode(builder.finish(values)));
}

/** Optional outputs that nothing reads are left out. */
function withoutUnusedOutputs(graph: IrGraph): IrGraph {
  const uses = usesOf(graph);
  const nodes = graph.nodes.map((node) => {
    const slots = parseSlots(IR_OPS[node.op].out);
    const idle = (v: IrValue | null, i: number) => v !== null && !uses.has(v) && slots[i]?.optional === true;
    if (!node.outputs.some(idle)) return node;
    return { ...node, outputs: node.outputs.map((v, i) => (idle(v, i) ? null : v)) };
  });
  return { ...graph, nodes };
}

/** Says where the file computes in other types than the IR will. */
function noteDTypes(config: PlainObject, notes: string[]): void {
  const policies = new Set<string>();
  const visit = (v: PlainObject): void => {
    for (const [key, item] of Object.entries(v)) {
      if (key === "dtype") policies.add(dtypeOfConfig(item));
      else if (isPlainObject(item)) visit(item);
      else if (Array.isArray(item)) for (const inner of item) if (isPlainObject(inner)) visit(inner);
    }
  };
  visit(config);
  for (const name of policies)
    if (name.startsWith("mixed_"))
      notes.push(`the policy ${name} is not kept: everything is computed in float32`);
}
