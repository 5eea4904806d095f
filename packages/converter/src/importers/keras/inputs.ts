// The inputs of the outermost model: names, element types and sizes. Sizes that the file leaves open stay open.
import { isDType, ModelFormatError } from "@isoform/core";
import {
  isModelClass,
  isPlainObject,
  modelLayers,
  type LayerEntry,
  type PlainJson,
} from "../../formats/keras/index.js";
import type { RawDType } from "../../formats/raw-tensor.js";
import type { Dim } from "../../ir/types.js";
import { readRefs } from "./inbound.js";
import { uniqueName } from "../../unique-name.js";

/** An input of a model. */
export interface ModelInput {
  readonly name: string;
  readonly dtype: RawDType;
  readonly dims: readonly Dim[];
}

/** Sizes given by the caller, by input or for the only one; null = open. */
export type InputShapes = readonly (readonly (number | null)[])[];

function sizes(v: PlainJson | undefined, path: string): readonly (number | null)[] | null {
  if (v === undefined || v === null) return null;
  if (!Array.isArray(v))
    throw new ModelFormatError("expected a list of sizes", { code: "keras/config", path });
  return (v as readonly PlainJson[]).map((n) => {
    if (n === null) return null;
    if (typeof n === "number" && Number.isSafeInteger(n) && n >= 0) return n;
    throw new ModelFormatError(`${JSON.stringify(n)} is no size`, { code: "keras/config", path });
  });
}

/** The shape that an input layer, or the first layer of a Sequential model, states. */
function statedShape(entry: LayerEntry): readonly (number | null)[] | null {
  const path = `${entry.path}.config`;
  for (const key of ["batch_shape", "batch_input_shape"]) {
    const found = sizes(entry.config[key], `${path}.${key}`);
    if (found) return found;
  }
  const rest = sizes(entry.config["shape"] ?? entry.config["input_shape"], `${path}.input_shape`);
  if (rest) return [null, ...rest];
  const features = entry.config["input_dim"];
  return entry.className === "Dense" && typeof features === "number" ? [null, features] : null;
}

/** Element type of a serialised dtype or dtype policy: of its variables for `mixed_*`. */
export function dtypeOfConfig(v: PlainJson | undefined): string {
  if (typeof v === "string") return v;
  const config = isPlainObject(v) ? v["config"] : undefined;
  const name = isPlainObject(config) ? config["name"] : undefined;
  return typeof name === "string" ? name : "float32";
}

function rawDType(entry: LayerEntry, fallback = "float32"): RawDType {
  const name = dtypeOfConfig(entry.config["dtype"] ?? fallback);
  if (name === "string") return "string";
  if (isDType(name)) return name;
  if (name.startsWith("mixed_")) return "float32";
  throw new ModelFormatError(`${JSON.stringify(name)} is no element type`, {
    code: "keras/config",
    path: `${entry.path}.config.dtype`,
  });
}

/** The batch is called `batch` in every input; other open sizes are named after the input and the axis. */
function named(name: string, shape: readonly (number | null)[]): Dim[] {
  return shape.map((n, axis) => n ?? (axis === 0 ? "batch" : `${name}_${axis}`));
}

/** The first layer that says something about the input of a Sequential model. */
function firstLayer(model: LayerEntry): LayerEntry | null {
  const [first] = modelLayers(model);
  if (!first) return null;
  if (!isModelClass(first) || statedShape(first)) return first;
  if (first.config["input_layers"] === undefined) return firstLayer(first) ?? first;
  return modelLayers(first).find((l) => l.className === "InputLayer") ?? first;
}

function sequentialInput(model: LayerEntry, given: InputShapes | undefined): ModelInput {
  const [outer] = modelLayers(model);
  const first = firstLayer(model);
  const built = sizes(model.config["build_input_shape"], `${model.path}.config.build_input_shape`);
  const shape = given?.[0] ?? (first && statedShape(first)) ?? built;
  if (!first || !outer || !shape)
    throw new ModelFormatError("the model does not say what its input is", {
      code: "keras/input-shape",
      path: `${model.path}.config.layers`,
      hint: "give the shape of the input (inputShapes, --input-shape)",
    });
  const own = outer.className === "InputLayer";
  const name = own ? outer.name : `${outer.name}_input`;
  const integers = outer.className === "Embedding";
  const dtype = own || !integers ? rawDType(first) : "int32";
  return { name, dtype, dims: named(name, shape) };
}

/** The inputs of a model in its order. @throws {ModelFormatError} when the model leaves one open */
export function modelInputs(model: LayerEntry, given: InputShapes | undefined): readonly ModelInput[] {
  if (model.config["input_layers"] === undefined) return [sequentialInput(model, given)];
  const layers = new Map(modelLayers(model).map((l) => [l.name, l]));
  const path = `${model.path}.config.input_layers`;
  return readRefs(model.config["input_layers"], path, (n) => layers.has(n)).map((ref, i) => {
    const entry = layers.get(ref.layer)!;
    const shape = given?.[i] ?? statedShape(entry);
    if (!shape)
      throw new ModelFormatError(`the input ${JSON.stringify(ref.layer)} has no shape`, {
        code: "keras/input-shape",
        path: entry.path,
        hint: "give the shape of the input (inputShapes, --input-shape)",
      });
    return { name: entry.name, dtype: rawDType(entry), dims: named(entry.name, shape) };
  });
}

/** Names of the outputs: those of the layers that make them; made unique where one layer makes several. */
export function modelOutputNames(model: LayerEntry): readonly string[] {
  const layers = modelLayers(model);
  if (model.config["input_layers"] === undefined) return layers.slice(-1).map((l) => l.name);
  const known = new Set(layers.map((l) => l.name));
  const taken = new Set<string>();
  return readRefs(model.config["output_layers"], `${model.path}.config.output_layers`, (n) =>
    known.has(n),
  ).map((ref) => {
    const name = uniqueName(ref.layer, (n) => taken.has(n));
    taken.add(name);
    return name;
  });
}
