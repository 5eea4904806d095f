// How layers find their weights and sub-layers: among the values of their own properties.
import * as core from "@isoform/core";
import { ArgumentError, ShapeError, shown } from "@isoform/core";
import { toTensor, type TensorLike } from "../tensor/like.js";
import { Variable } from "../tensor/variable.js";
import { Layer } from "./layer.js";
import { isPlainObject } from "./structure.js";

/** Layers in a value: itself, or in arrays, maps and plain objects. */
export function layersIn(value: unknown, into: Set<Layer> = new Set()): Set<Layer> {
  if (value instanceof Layer) into.add(value);
  else if (Array.isArray(value)) for (const v of value) layersIn(v, into);
  else if (value instanceof Map) for (const v of value.values()) layersIn(v, into);
  else if (isPlainObject(value)) for (const v of Object.values(value)) layersIn(v, into);
  return into;
}

/** Layers among the properties of `owner`, in order of assignment. */
export function ownLayers(owner: Layer): Layer[] {
  const found = new Set<Layer>();
  for (const value of Object.values(owner)) layersIn(value, found);
  found.delete(owner);
  return [...found];
}

/** The layer and all below, each once. */
export function allLayers(owner: Layer, seen: Set<Layer> = new Set()): Layer[] {
  if (seen.has(owner)) return [];
  seen.add(owner);
  return [owner, ...owner.subLayers().flatMap((l) => allLayers(l, seen))];
}

/** Takes variables that were assigned as properties into the books. */
export function adoptVariables(owner: Layer): void {
  const { trainable, nonTrainable } = owner.$books;
  const visit = (value: unknown): void => {
    if (value instanceof Variable) {
      if (trainable.includes(value) || nonTrainable.includes(value)) return;
      (value.trainable ? trainable : nonTrainable).push(value);
    } else if (Array.isArray(value)) value.forEach(visit);
    else if (isPlainObject(value)) Object.values(value).forEach(visit);
  };
  Object.values(owner).forEach(visit);
}

/** Variables of the layer itself, in the order of files. */
export function ownVariables(owner: Layer): Variable[] {
  adoptVariables(owner);
  return [...owner.$books.trainable, ...owner.$books.nonTrainable];
}

/** All variables, each once, in Keras' order. */
export function weights(owner: Layer): Variable[] {
  const found = new Set<Variable>();
  for (const layer of allLayers(owner)) for (const v of ownVariables(layer)) found.add(v);
  return [...found];
}

/** Sets all weights. @throws {ShapeError} listing every problem */
export function setWeights(owner: Layer, values: readonly TensorLike[]): void {
  const variables = weights(owner);
  const fail = (problem: string): never => {
    throw new ShapeError(problem, {
      code: "layer/weights",
      op: `${owner.describe()}.setWeights`,
      hint: "pass one array per entry of `weights`, in that order",
    });
  };
  if (!Array.isArray(values)) {
    const promise = values instanceof Promise;
    throw new ArgumentError(`the weights are ${promise ? "a promise" : shown(values)}`, {
      code: "layer/weights",
      op: `${owner.describe()}.setWeights`,
      hint: promise
        ? "wait for them: setWeights(await other.getWeights())"
        : "pass an array of arrays, as getWeights() gives",
    });
  }
  if (values.length !== variables.length)
    fail(`${values.length} arrays given for ${variables.length} weights`);
  core.scope(() => {
    const tensors = variables.map((v, i) => shaped(values[i]!, v));
    const problems = variables.flatMap((v, i) => {
      const t = tensors[i]!;
      const fits = core.sameShape(t.shape, v.shape);
      return fits ? [] : [`${v.path}: is [${t.shape.join(",")}], the weight is [${v.shape.join(",")}]`];
    });
    if (problems.length > 0) fail(`the arrays do not fit:\n  ${problems.join("\n  ")}`);
    variables.forEach((v, i) => v.assign(tensors[i]!));
  });
}

/** A flat typed array is taken in the shape of the weight when it has its size. */
function shaped(value: TensorLike, like: Variable): core.Tensor {
  const t = toTensor(value, like.dtype);
  return ArrayBuffer.isView(value) && t.size === like.size ? core.reshape(t, like.shape) : t;
}
