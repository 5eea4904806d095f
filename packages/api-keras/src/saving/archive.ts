// ModelArchive: a model as data, config and weights by the paths of .keras files. Reading and writing files is the
// converter's job.
import * as core from "@isoform/core";
import {
  ModelFormatError,
  ShapeError,
  closest,
  fromTypedArray,
  type DType,
  type TypedArray,
} from "@isoform/core";
import { camelToSnake, toSnakeCase } from "../names.js";
import { Layer } from "../engine/layer.js";
import { isPlainObject } from "../engine/structure.js";
import { ownVariables } from "../engine/tracking.js";
import { classNameOf, type ObjectConfig } from "../config/object.js";
import { ModelLayer } from "../models/model.js";
import { SeedGenerator } from "../random/seed.js";
import type { Variable } from "../tensor/variable.js";
import { OPTIMIZER, optimizerState, withExactRate } from "./optimizer-state.js";

/** One weight of a file. */
export interface ArchiveTensor {
  readonly dtype: DType;
  readonly shape: readonly number[];
  /** Row-major elements; 16-bit floats as their bits. */
  readonly data: TypedArray;
}
/** A model as data. */
export interface ModelArchive {
  /** The content of config.json. */
  readonly config: ObjectConfig;
  /** Datasets of model.weights.h5 by path, e.g. `layers/dense/vars/0`. */
  readonly weights: ReadonlyMap<string, ArchiveTensor>;
  /**
   * Names by the path of a group, e.g. `layers/dense` → `dense_7`: attributes of the file. The path of the model is
   * empty.
   */
  readonly names?: ReadonlyMap<string, string>;
}
/** What a loader gives: a `ModelArchive` from outside, of which nothing is known yet. */
export interface ArchiveSource {
  /** The content of config.json; null for weights alone. */
  readonly config: unknown;
  readonly weights: ReadonlyMap<string, ArchiveTensor>;
}

/** Where a file keeps a variable. */
export interface WeightPath {
  readonly path: string;
  readonly variable: Variable;
}

interface Places {
  readonly variables: WeightPath[];
  readonly seeds: { readonly path: string; readonly seed: SeedGenerator }[];
  readonly names: Map<string, string>;
}

/**
 * Paths of all variables in model.weights.h5, by Keras' rules: the layers of a model are numbered by class
 * (`layers/dense_1`), others stand under the snake_case names of the properties that hold them, in
 * alphabetical order, private ones last; each layer once. Never throws.
 * @see keras.Model.save_weights
 */
export function weightPaths(model: Layer): WeightPath[] {
  return placesOf(model).variables;
}

function placesOf(model: Layer): Places {
  const places: Places = { variables: [], seeds: [], names: new Map() };
  visit(model, "", new Set(), places);
  return places;
}

const join = (path: string, name: string) => (path === "" ? name : `${path}/${name}`);

function visit(item: Layer | SeedGenerator, path: string, seen: Set<object>, places: Places): void {
  if (seen.has(item)) return;
  seen.add(item);
  if (item instanceof SeedGenerator) {
    places.seeds.push({ path: join(path, "vars/0"), seed: item });
    return;
  }
  places.names.set(path, item.name);
  ownVariables(item).forEach((variable, i) =>
    places.variables.push({ path: join(path, `vars/${i}`), variable }),
  );
  for (const [name, child] of children(item)) visitValue(child, join(path, name), seen, places);
}

function visitValue(value: unknown, path: string, seen: Set<object>, places: Places): void {
  if (value instanceof Layer || value instanceof SeedGenerator) visit(value, path, seen, places);
  else if (Array.isArray(value) || isPlainObject(value)) container(Object.values(value), path, seen, places);
}

function fileClass(layer: Layer): string {
  const functional = layer instanceof ModelLayer && layer.$graph !== null && layer.constructor === ModelLayer;
  return functional ? "Functional" : classNameOf(layer);
}

function container(values: readonly unknown[], path: string, seen: Set<object>, places: Places): void {
  const used = new Map<string, number>();
  const unique = (name: string) => {
    const n = used.get(name) ?? 0;
    used.set(name, n + 1);
    return n === 0 ? name : `${name}_${n}`;
  };
  for (const value of values) {
    if (value instanceof Layer || value instanceof SeedGenerator) {
      const kind = value instanceof Layer ? fileClass(value) : "SeedGenerator";
      visit(value, join(path, unique(toSnakeCase(kind))), seen, places);
    } else if (Array.isArray(value) || isPlainObject(value)) {
      container(Object.values(value), join(path, unique("container")), seen, places);
    }
  }
}

/** Children in the order of files: layers of a model first, then properties by name, private ones last. */
function children(layer: Layer): [string, unknown][] {
  const key = (name: string) => (name.startsWith("_") ? `~${name}` : name);
  const own = Object.entries(layer)
    .map(([name, value]): [string, unknown] => [camelToSnake(name), value])
    .sort(([a], [b]) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0));
  const layers = layer instanceof ModelLayer && layer.layers.length > 0 && hasChain(layer);
  return layers ? [["layers", [...(layer as ModelLayer)._fileLayers()]], ...own] : own;
}

function hasChain(model: ModelLayer): boolean {
  return model.$graph !== null || classNameOf(model) === "Sequential";
}

/**
 * Config and weights of a model, with the state of its optimizer when it is compiled. Reads from the device.
 * @throws {LifetimeError} when the weights were released
 * @throws {ModelFormatError} when an operation of the model cannot be written
 * @see keras.Model.save
 */
export async function modelToArchive(model: ModelLayer): Promise<ModelArchive> {
  const places = placesOf(model);
  const weights = new Map<string, ArchiveTensor>();
  for (const { path, variable } of places.variables) {
    weights.set(path, { dtype: variable.dtype, shape: variable.shape, data: await variable.data() });
  }
  for (const { path, seed } of places.seeds)
    weights.set(path, { dtype: "uint32", shape: [2], data: seed.state });
  const optimizer = model.$compiled?.optimizer;
  if (optimizer) {
    for (const [path, tensor] of await optimizerState(optimizer)) weights.set(path, tensor);
    places.names.set(OPTIMIZER, optimizer.name);
  }
  const config = optimizer ? withExactRate(model.toConfig(), optimizer) : model.toConfig();
  return { config, weights, names: places.names };
}

/**
 * Sets all weights of a built model.
 * @throws {ShapeError} when weights are missing, unused or of another shape, listing all, or one has too few
 *   or too many elements
 * @throws {ModelFormatError} when the state of a seed is none
 * @see keras.Model.load_weights
 */
export function loadArchiveWeights(model: Layer, weights: ReadonlyMap<string, ArchiveTensor>): void {
  const places = placesOf(model);
  const problems: string[] = [];
  const missing: string[] = [];
  for (const { path, variable } of places.variables) {
    const found = weights.get(path);
    if (!found) missing.push(`${path} (${variable.path})`);
    else if (!core.sameShape(found.shape, variable.shape)) {
      problems.push(
        `${path}: is [${found.shape.join(",")}], ${variable.path} is [${variable.shape.join(",")}]`,
      );
    }
  }
  const known = new Set([...places.variables, ...places.seeds].map((p) => p.path));
  const unused = [...weights.keys()].filter(
    (p) => !known.has(p) && !p.startsWith("optimizer/") && !p.includes("seed_generator/"),
  );
  if (missing.length > 0) problems.push(`missing: ${missing.join(", ")}`);
  if (unused.length > 0) problems.push(`unused: ${unused.map((p) => suggest(p, known)).join(", ")}`);
  if (problems.length > 0) {
    throw new ShapeError(`the weights do not fit:\n  ${problems.join("\n  ")}`, {
      code: "model/weights",
      op: model.describe(),
      hint: "the weights belong to another model, or the model is not built",
    });
  }
  core.scope(() => {
    for (const { path, variable } of places.variables) {
      const { data, shape, dtype } = weights.get(path)!;
      variable.assign(fromTypedArray(data, { shape, dtype }));
    }
  });
  for (const { path, seed } of places.seeds) {
    const state = weights.get(path)?.data;
    if (state) seed._restore(word(state[0], path), word(state[1], path));
  }
}

/** A word of the state of a seed. @throws {ModelFormatError} when it is none */
function word(value: number | bigint | undefined, path: string): number {
  const number = Number(value);
  if (Number.isInteger(number) && number >= 0 && number < 2 ** 32) return number;
  throw new ModelFormatError(`${String(value)} is no seed`, {
    code: "keras/seed",
    path,
    hint: "the file is damaged",
  });
}

function suggest(path: string, known: Iterable<string>): string {
  const near = closest(path, known);
  return near ? `${path} (near ${near})` : path;
}
