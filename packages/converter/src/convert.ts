// From a model to the files of another format, read back from their own bytes and compared with the source.
import { ArgumentError, checkOptions, VerificationError, type Device } from "@isoform/core";
import { exportKeras } from "./exporters/keras/index.js";
import { exportOnnx } from "./exporters/onnx/index.js";
import { exportTorch } from "./exporters/torch/index.js";
import { bytesSource, decodeUtf8 } from "./formats/bytes.js";
import { readKerasFile, writeKerasFile } from "./formats/keras/index.js";
import { encodeModel } from "./formats/onnx/index.js";
import type { RawTensor } from "./formats/raw-tensor.js";
import { openSafetensors } from "./formats/safetensors/read.js";
import { writeSafetensors } from "./formats/safetensors/write.js";
import { readTorchFile } from "./formats/torch/read.js";
import { stateDictOf } from "./formats/torch/state-dict.js";
import { writeTorchStateDict } from "./formats/torch/write.js";
import { importKeras } from "./importers/keras/index.js";
import { importOnnx } from "./importers/onnx/index.js";
import { importTorchProgram } from "./importers/torch/index.js";
import { recoverLayers } from "./ir/passes/recover/index.js";
import type { IrModel } from "./ir/types.js";
import type { ProgressEvent } from "./progress.js";
import {
  countOps,
  graphWeightMappings,
  transposesOf,
  weightMappings,
  type ConversionReport,
  type TargetFormat,
  type WeightMapping,
} from "./report.js";
import { inferShapes } from "./execute/shapes.js";
import { simplify } from "./execute/simplify.js";
import { verifyModels, type Verification } from "./verify/verify.js";

/** Options of `writeModel`. */
export interface WriteOptions {
  /** ONNX operator set, 13 to 28; default 20. */
  readonly opset?: number | undefined;
  /** Fold what never changes, drop what nothing uses, recover layers from arithmetic; default true for Keras and PyTorch, false for ONNX. */
  readonly simplify?: boolean | undefined;
}

/** A model in another format. */
export interface WrittenModel {
  /** File names to bytes. ONNX and Keras are one file; PyTorch is model.py, state_dict.pt and model.safetensors. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  readonly weights: readonly WeightMapping[];
  readonly notes: readonly string[];
  /** Imports the model again, from the bytes alone. */
  readonly readBack: () => Promise<IrModel>;
}

/** Options of `convertModel`. */
export interface ConvertOptions extends WriteOptions {
  /** Where the check runs; without it the conversion is not verified. */
  readonly device?: Device | undefined;
  /** Inputs of the check by name; default: random ones. */
  readonly inputs?: ReadonlyMap<string, RawTensor> | undefined;
  /** Seed of random inputs, an integer from 0 to 2^32 - 1; default 0. */
  readonly seed?: number | undefined;
  /** Sizes of named dimensions of random inputs. */
  readonly dims?: ReadonlyMap<string, number> | undefined;
  /** Whole shapes of random inputs, by input name. */
  readonly shapes?: ReadonlyMap<string, readonly number[]> | undefined;
  /** Largest accepted maxRel of an output; default 1e-4. */
  readonly tolerance?: number | undefined;
  /** Cancels between steps and nodes: the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((event: ProgressEvent) => void) | undefined;
}

/** The result of a conversion. */
export interface Conversion {
  readonly files: ReadonlyMap<string, Uint8Array>;
  readonly report: ConversionReport;
}

type Writer = (model: IrModel, options: WriteOptions) => WrittenModel;

const WRITERS: Readonly<Record<TargetFormat, Writer>> = {
  onnx: writeOnnx,
  keras: writeKeras,
  torch: writeTorch,
};

/** Formats that `writeModel` knows. */
export const TARGET_FORMATS: readonly TargetFormat[] = ["onnx", "keras", "torch"];

function isTarget(name: string): name is TargetFormat {
  return Object.hasOwn(WRITERS, name);
}

/**
 * Writes a model in a format, without checking the result.
 * @throws {ArgumentError} when the format or an option is unknown, or `opset` is not an integer from 13 to 28
 * @throws {UnsupportedOpError} when the format cannot express nodes; the error lists all of them
 * @throws {DTypeError} when the format has no such element type of a weight
 * @throws {LimitExceededError} when a zip archive would have 4 GiB or more
 * @throws {IsoformError} (`ir/invalid`) when the graph made is not well-formed, which is a fault of this
 * package
 */
export function writeModel(model: IrModel, format: TargetFormat, options: WriteOptions = {}): WrittenModel {
  checkOptions("writeModel", options, ["opset", "simplify"]);
  if (!isTarget(format)) {
    throw new ArgumentError(`there is no format ${JSON.stringify(format)}`, {
      code: "argument/format",
      op: "writeModel",
      hint: `choose ${TARGET_FORMATS.join(", ")}`,
    });
  }
  return WRITERS[format](prepared(model, format, options), options);
}

/** Keras and PyTorch want known ranks and literal shapes; ONNX is written as it is unless asked otherwise. */
function prepared(
  model: IrModel,
  format: TargetFormat,
  { simplify: wanted = format !== "onnx" }: WriteOptions,
): IrModel {
  if (wanted) return { ...model, graph: recoverLayers(simplify(model.graph).graph) };
  inferShapes(model.graph);
  return model;
}

function writeOnnx(model: IrModel, { opset }: WriteOptions): WrittenModel {
  const { proto, graph } = exportOnnx(model, opset === undefined ? {} : { opset });
  const bytes = encodeModel(proto);
  return {
    files: new Map([["model.onnx", bytes]]),
    weights: graphWeightMappings(graph),
    notes: [],
    readBack: () => importOnnx(bytes),
  };
}

function writeKeras(model: IrModel): WrittenModel {
  const exported = exportKeras(model);
  const bytes = writeKerasFile(exported);
  return {
    files: new Map([["model.keras", bytes]]),
    weights: weightMappings(model, exported.weightMap),
    notes: exported.notes,
    readBack: async () => importKeras(await readKerasFile(bytesSource(bytes, "model.keras"))),
  };
}

function writeTorch(model: IrModel): WrittenModel {
  const exported = exportTorch(model);
  const text = new TextEncoder().encode(exported.source);
  const pt = writeTorchStateDict(exported.state);
  const safetensors = writeSafetensors(exported.state);
  return {
    files: new Map([
      ["model.py", text],
      ["state_dict.pt", pt],
      ["model.safetensors", safetensors],
    ]),
    weights: weightMappings(model, exported.weightMap),
    notes: [],
    readBack: async () => {
      const state = await stateDictOf(await readTorchFile(bytesSource(pt, "state_dict.pt")));
      await requireSame(state.tensors, safetensors);
      return importTorchProgram(decodeUtf8(text, "model.py"), state.tensors);
    },
  };
}

/** Both weight files of a PyTorch result must hold the same tensors. */
async function requireSame(state: ReadonlyMap<string, RawTensor>, safetensors: Uint8Array): Promise<void> {
  const other = await (await openSafetensors(bytesSource(safetensors, "model.safetensors"))).readAll();
  const missing = [...state.keys()].filter((name) => !other.has(name));
  if (missing.length === 0 && other.size === state.size) return;
  throw new VerificationError("state_dict.pt and model.safetensors hold different tensors", {
    code: "verify/weights",
    path: missing.slice(0, 5).join(", "),
  });
}

/**
 * Converts a model: writes it, reads the result back from its own bytes and, where there is a `device`, runs
 * both on the same inputs. Nothing is returned when the two differ.
 * @throws {UnsupportedOpError} when the format cannot express nodes; the error lists all of them
 * @throws {ConversionMismatchError} when the result computes something else; `report` has what was found
 * @throws {VerificationError} when the two weight files of a PyTorch result differ
 * @throws {ArgumentError} when the format or an option is unknown, `opset` is not an integer from 13 to 28,
 * or `inputs` or `shapes` do not fit the model
 * @throws {ShapeError} when `inputs` do not have the declared shapes, or the model accepts no random ones
 * @throws {DTypeError} when `inputs` do not have the declared dtypes, or the format has no element type of a
 * weight
 * @throws {LimitExceededError} when a zip archive would have 4 GiB or more, or a loop does not end
 * @throws {IsoformError} (`ir/invalid`) when the graph made is not well-formed, which is a fault of this
 * package
 */
export async function convertModel(
  model: IrModel,
  format: TargetFormat,
  options: ConvertOptions = {},
): Promise<Conversion> {
  checkOptions("convertModel", options, [
    "opset",
    "simplify",
    "device",
    "inputs",
    "seed",
    "dims",
    "shapes",
    "tolerance",
    "signal",
    "onProgress",
  ]);
  const { opset, simplify: simplified, device, ...checks } = options;
  const { signal, onProgress } = options;
  const step = (phase: string, done: number) =>
    onProgress?.({ task: "convert", phase, done, total: 3, unit: "steps" });
  step("write", 0);
  const written = writeModel(model, format, { opset, simplify: simplified });
  step("read back", 1);
  signal?.throwIfAborted();
  const result = await written.readBack();
  step("verify", 2);
  const verification = device
    ? await verifyModels(model, result, { ...checks, device, names: ["the source", "the result"] })
    : null;
  step("done", 3);
  const before = transposesOf(model.graph).length;
  const names = transposesOf(result.graph);
  const report: ConversionReport = {
    from: model.producer,
    to: format,
    layers: model.graph.nodes.length,
    ops: countOps(model.graph),
    transposes: { before, after: names.length, names },
    weights: written.weights,
    notes: [...model.notes, ...written.notes],
    verification,
    files: [...written.files].map(([name, data]) => ({ name, bytes: data.byteLength })),
  };
  if (verification && !verification.ok) throw mismatch(verification, report);
  return { files: written.files, report };
}

/** A mismatch; `report` carries everything that was found. Making one never throws. */
export class ConversionMismatchError extends VerificationError {
  override name = "ConversionMismatchError";
  readonly report: ConversionReport;

  constructor(
    problem: string,
    report: ConversionReport,
    info: ConstructorParameters<typeof VerificationError>[1],
  ) {
    super(problem, info);
    this.report = report;
  }
}

function mismatch(v: Verification, report: ConversionReport): ConversionMismatchError {
  const at = v.firstDiverging;
  const where = at ? `; the first layer that differs is ${at.op} ${JSON.stringify(at.layer)}` : "";
  return new ConversionMismatchError(
    `the result differs by ${v.maxAbs} (relative ${v.maxRel})${where}`,
    report,
    {
      code: "verify/mismatch",
      op: "convert",
      ...(at ? { path: at.layer } : {}),
      attrs: { maxAbs: v.maxAbs, maxRel: v.maxRel, tolerance: v.tolerance },
      hint: "nothing was written; please report the model",
    },
  );
}
