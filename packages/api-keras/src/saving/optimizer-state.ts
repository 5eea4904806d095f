// The state of an optimizer as files keep it: `optimizer/vars/0` counts the updates, `1` is the learning rate unless it
// follows a schedule, then come its variables in Keras' order.
import * as core from "@isoform/core";
import { ModelFormatError, ShapeError, fromTypedArray } from "@isoform/core";
import { isObjectConfig, type ObjectConfig } from "../config/object.js";
import type { Optimizer } from "../optimizers/index.js";
import { standardOutput } from "../platform.js";
import type { ArchiveTensor } from "./archive.js";

/** The group of the optimizer in a file. */
export const OPTIMIZER = "optimizer";
const PLACE = /^optimizer\/vars\/(\d+)$/;
const place = (i: number) => `${OPTIMIZER}/vars/${i}`;

/** The state by path. Reads from the device. @throws {LifetimeError} when the optimizer was disposed */
export async function optimizerState(optimizer: Optimizer): Promise<[path: string, ArchiveTensor][]> {
  const state: ArchiveTensor[] = [
    { dtype: "int64", shape: [], data: BigInt64Array.of(BigInt(optimizer._applied)) },
  ];
  if (optimizer._hasRateVariable)
    state.push({ dtype: "float32", shape: [], data: Float32Array.of(optimizer.learningRate) });
  for (const v of optimizer.variables) state.push({ dtype: v.dtype, shape: v.shape, data: await v.data() });
  return state.map((tensor, i) => [place(i), tensor]);
}

/**
 * The record of a model with the learning rate in double precision, as updates use it, so that training goes on bit for
 * bit: Keras writes the float32 value, and reads either.
 */
export function withExactRate(record: ObjectConfig, optimizer: Optimizer): ObjectConfig {
  const compile = record.compile_config;
  const own = compile?.["optimizer"];
  if (!compile || !isObjectConfig(own) || !optimizer._hasRateVariable) return record;
  const exact = optimizer.learningRate;
  if (own.config["learning_rate"] !== Math.fround(exact)) return record;
  const config = { ...own.config, learning_rate: exact };
  return { ...record, compile_config: { ...compile, optimizer: { ...own, config } } };
}

/** The tensors of the optimizer in a file, in order; empty when there are none. */
function stored(weights: ReadonlyMap<string, ArchiveTensor>): ArchiveTensor[] {
  const found = [...weights].flatMap(([path, tensor]) => {
    const number = PLACE.exec(path)?.[1];
    return number === undefined ? [] : [[Number(number), tensor] as const];
  });
  found.sort(([a], [b]) => a - b);
  const gap = found.findIndex(([number], i) => number !== i);
  if (gap >= 0) throw damaged(`${place(gap)} is missing`, place(gap));
  return found.map(([, tensor]) => tensor);
}

/**
 * Gives a built optimizer the state of a file, if the file has one. A state of another number of variables is left,
 * with a line on standard output, as in Keras.
 * @throws {ModelFormatError} when count or learning rate are no such numbers, or a variable is missing
 * @throws {ShapeError} when variables have other shapes, listing all
 */
export function loadOptimizerState(
  optimizer: Optimizer,
  weights: ReadonlyMap<string, ArchiveTensor>,
  owner: string,
): void {
  const [count, ...rest] = stored(weights);
  if (count === undefined) return;
  const iterations = scalar(count, place(0), (n) => Number.isSafeInteger(n) && n >= 0);
  const rate = optimizer._hasRateVariable ? rest.shift() : undefined;
  if (optimizer._hasRateVariable && rate === undefined)
    throw damaged("the learning rate is missing", place(1));
  const learningRate = rate && scalar(rate, place(1), Number.isFinite);
  const { variables } = optimizer;
  const untrained = rest.length === 0 && iterations === 0;
  if (rest.length !== variables.length && !untrained) {
    standardOutput().write(
      `${owner}: the state of the optimizer was left out: the file has ${rest.length} variables, ${optimizer.name} ${variables.length}\n`,
    );
    return;
  }
  checkShapes(rest, optimizer, owner);
  core.scope(() =>
    rest.forEach(({ data, shape, dtype }, i) => variables[i]!.assign(fromTypedArray(data, { shape, dtype }))),
  );
  optimizer._setIterations(iterations);
  // The config may hold the same rate in double precision.
  if (learningRate !== undefined && Math.fround(optimizer.learningRate) !== learningRate)
    optimizer.learningRate = learningRate;
}

function checkShapes(tensors: readonly ArchiveTensor[], optimizer: Optimizer, owner: string): void {
  const problems = tensors.flatMap(({ shape }, i) => {
    const v = optimizer.variables[i]!;
    const fits = core.sameShape(shape, v.shape);
    return fits ? [] : [`${v.path}: is [${shape.join(",")}], the variable is [${v.shape.join(",")}]`];
  });
  if (problems.length === 0) return;
  throw new ShapeError(`the state of the optimizer does not fit:\n  ${problems.join("\n  ")}`, {
    code: "model/optimizer-state",
    op: owner,
    hint: "load with { compile: false } and compile the model anew",
  });
}

function scalar({ shape, data }: ArchiveTensor, path: string, test: (n: number) => boolean): number {
  const value = Number(data[0]);
  if (shape.length === 0 && data.length === 1 && test(value)) return value;
  throw damaged(`a scalar was expected, not [${shape.join(",")}] of ${String(data[0])}`, path);
}

function damaged(problem: string, path: string): ModelFormatError {
  return new ModelFormatError(problem, {
    code: "keras/optimizer-state",
    path,
    hint: "load with { compile: false } and compile the model anew",
  });
}
