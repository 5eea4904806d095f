// Random inputs for a model: the same seed gives the same numbers, everywhere.
import {
  isDType,
  isFloat,
  newTypedArray,
  NumpyRandomState,
  elementWriter,
  UnsupportedOpError,
} from "@isoform/core";
import { fromTypedArray, type RawTensor } from "../formats/raw-tensor.js";
import type { IrGraph, IrValue } from "../ir/types.js";
import { inputShapes } from "./input-shapes.js";
import { comparedWith, indexLimit } from "./input-uses.js";

/** How random inputs are made. */
export interface RandomInputOptions {
  /** An integer from 0 to 2^32 - 1; default 0. */
  readonly seed?: number | undefined;
  /** Sizes of named dimensions, integers >= 0. */
  readonly dims?: ReadonlyMap<string, number> | undefined;
  /** Whole shapes of inputs, by input name; they must fit the declared ones. Inputs that are not here get sizes as below. */
  readonly shapes?: ReadonlyMap<string, readonly number[]> | undefined;
  /** Size of unnamed and other free dimensions but the first one, which is 2; default 32. */
  readonly free?: number | undefined;
}

/**
 * Random tensors for every input of a graph by name, of the declared shapes: floats standard normal, indices
 * within the tables they look up, other integers and bools 0 or 1. A named dimension has one size wherever it
 * stands, and that of the first dimension when it is one anywhere.
 * @throws {UnsupportedOpError} when an input is not a tensor of a known dtype and rank
 * @throws {ArgumentError} when the seed is not an integer from 0 to 2^32 - 1, a shape does not have 0 to
 * 2^31 - 1 elements, or `shapes` names no input or does not fit a declared shape
 * @see numpy.random.RandomState.randn
 */
export function randomInputs(graph: IrGraph, options: RandomInputOptions = {}): Map<string, RawTensor> {
  const { seed, dims, shapes, free } = options;
  return randomOf(graph, inputShapes(graph, { dims, shapes, free }), seed);
}

/**
 * Random inputs of shapes that `inputShapes` gave. With `compared`, a whole number that the model compares with a constant
 * is that constant, as of a sampling rate, which few values make sense for.
 * @throws {UnsupportedOpError} when an input is not a tensor of a known dtype and rank
 * @throws {ArgumentError} as `randomInputs`
 */
export function randomOf(
  graph: IrGraph,
  shapes: ReadonlyMap<string, readonly number[]>,
  seed = 0,
  compared = false,
): Map<string, RawTensor> {
  const random = new NumpyRandomState(seed);
  return new Map(
    graph.inputs.map((v) => {
      const made = randomTensor(graph, v, random, shapes.get(v.name));
      const constant = compared ? comparedWith(graph, v) : null;
      return [v.name, constant === null ? made : filled(made, constant)];
    }),
  );
}

function randomTensor(
  graph: IrGraph,
  v: IrValue,
  random: NumpyRandomState,
  shape: readonly number[] | undefined,
): RawTensor {
  const { dtype } = v;
  if (v.kind !== "tensor" || dtype === null || !isDType(dtype) || shape === undefined) {
    throw new UnsupportedOpError("no random input can be made for this type", {
      code: "verify/input",
      op: "verify",
      path: v.name,
      hint: "give the inputs yourself",
    });
  }
  const count = shape.reduce((p, n) => p * n, 1);
  const limit = indexLimit(graph, v);
  const numbers = isFloat(dtype) && limit === 2 ? random.randn(count) : random.rand(count);
  const data = newTypedArray(dtype, count);
  const write = elementWriter(dtype);
  const whole = !isFloat(dtype) || limit !== 2;
  for (let i = 0; i < count; i++)
    write(data, i, whole ? Math.floor(Number(numbers[i]) * limit) : Number(numbers[i]));
  return fromTypedArray(dtype, shape, data);
}

/** A tensor of the same type with one value everywhere. */
function filled({ dtype, shape, data }: RawTensor, value: number): RawTensor {
  if (!isDType(dtype)) return { dtype, shape, data };
  const count = shape.reduce((p, n) => p * n, 1);
  const out = newTypedArray(dtype, count);
  const write = elementWriter(dtype);
  for (let i = 0; i < count; i++) write(out, i, value);
  return fromTypedArray(dtype, shape, out);
}
