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
import type { Dim, IrGraph, IrValue } from "../ir/types.js";
import { usesOf } from "../ir/walk.js";

/** How random inputs are made. */
export interface RandomInputOptions {
  /** An integer from 0 to 2^32 - 1; default 0. */
  readonly seed?: number | undefined;
  /** Sizes of named dimensions, integers >= 0. */
  readonly dims?: ReadonlyMap<string, number> | undefined;
  /** Size of unnamed and other free dimensions but the first one, which is 2; default 32. */
  readonly free?: number | undefined;
}

/** Size of a free first dimension: two rows show mistakes that one does not. */
const BATCH = 2;

function sizeOfDim(d: Dim, axis: number, options: RandomInputOptions): number {
  if (typeof d === "number") return d;
  const named = d === null ? undefined : options.dims?.get(d);
  return named ?? (axis === 0 ? BATCH : (options.free ?? 32));
}

/** One more than the greatest index that is valid wherever the value is used as one; 2 when it is not. */
function indexLimit(graph: IrGraph, v: IrValue): number {
  const seen = new Set<IrValue>();
  const queue = [v];
  const limits: number[] = [];
  const uses = usesOf(graph);
  for (let at = queue.pop(); at; at = queue.pop()) {
    if (seen.has(at)) continue;
    seen.add(at);
    for (const node of uses.get(at) ?? []) {
      if (!node) continue;
      if (node.op === "Gather" && node.inputs[1] === at) {
        const rows = node.inputs[0]?.dims?.[0];
        if (typeof rows === "number") limits.push(rows);
      } else if (
        ["Cast", "Identity", "Reshape", "Transpose", "Unsqueeze", "Squeeze"].includes(node.op) &&
        node.inputs[0] === at
      ) {
        for (const out of node.outputs) if (out) queue.push(out);
      }
    }
  }
  return limits.length === 0
    ? 2
    : Math.max(
        1,
        limits.reduce((least, n) => Math.min(least, n)),
      );
}

/**
 * Random tensors for every input of a graph by name, of the declared shapes: floats standard normal, indices
 * within the tables they look up, other integers and bools 0 or 1.
 * @throws {UnsupportedOpError} when an input is not a tensor of a known dtype and rank
 * @throws {ArgumentError} when the seed is not an integer from 0 to 2^32 - 1, or a shape does not have 0 to
 * 2^31 - 1 elements
 * @see numpy.random.RandomState.randn
 */
export function randomInputs(graph: IrGraph, options: RandomInputOptions = {}): Map<string, RawTensor> {
  const random = new NumpyRandomState(options.seed ?? 0);
  return new Map(graph.inputs.map((v) => [v.name, randomTensor(graph, v, random, options)]));
}

function randomTensor(
  graph: IrGraph,
  v: IrValue,
  random: NumpyRandomState,
  options: RandomInputOptions,
): RawTensor {
  const { dtype, dims } = v;
  if (v.kind !== "tensor" || dtype === null || !isDType(dtype) || dims === null) {
    throw new UnsupportedOpError("no random input can be made for this type", {
      code: "verify/input",
      op: "verify",
      path: v.name,
      hint: "give the inputs yourself",
    });
  }
  const shape = dims.map((d, i) => sizeOfDim(d, i, options));
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
