// Random inputs that a model accepts: sizes are tried where it leaves them open, and an error says that they were guesses.
import {
  ArgumentError,
  checkOptions,
  IsoformError,
  ShapeError,
  UnsupportedOpError,
  type Device,
} from "@isoform/core";
import { Session, type RunOptions } from "../execute/session.js";
import { describeRaw, type RawTensor } from "../formats/raw-tensor.js";
import type { IrGraph, IrModel } from "../ir/types.js";
import type { ProgressEvent } from "../progress.js";
import { hasFreeSizes, inputShapes, type InputSizes } from "./input-shapes.js";
import { comparedWith } from "./input-uses.js";
import { randomOf } from "./inputs.js";

/** Options of `acceptedInputs`. */
export interface AcceptedInputOptions {
  /** Where the model is tried. */
  readonly device: Device;
  /** An integer from 0 to 2^32 - 1; default 0. */
  readonly seed?: number | undefined;
  /** Sizes of named dimensions, integers >= 0. */
  readonly dims?: ReadonlyMap<string, number> | undefined;
  /** Whole shapes of inputs, by input name. */
  readonly shapes?: ReadonlyMap<string, readonly number[]> | undefined;
  /** Cancels between nodes: the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((event: ProgressEvent) => void) | undefined;
}

/** Sizes tried for free dimensions until the model accepts them. */
const FREE_SIZES: readonly number[] = [32, 64, 224, 16, 96, 7, 256, 512, 128, 1];

/** Ways to guess, best first: two rows, two rows wherever the first free dimension stands, one row. */
const GUESSES: readonly InputSizes[] = [{}, { leading: true }, { batch: 1 }, { batch: 1, leading: true }];

/** The options that say what random inputs look like. */
export interface RandomSizes extends Pick<InputSizes, "dims" | "shapes" | "like"> {
  readonly seed?: number | undefined;
}

/** A run on inputs that were made up. */
export interface RandomRun {
  readonly inputs: ReadonlyMap<string, RawTensor>;
  readonly outputs: Map<string, RawTensor>;
}

/**
 * Random inputs that the model runs on. Where sizes are free, it is run on several until it accepts one; a whole number
 * that it compares with a constant is that constant first.
 * @throws {ShapeError} (`verify/random-inputs`) when it accepts none and its sizes are free; else what a node says
 * of the declared ones
 * @throws {ArgumentError} when `shapes` names no input or does not fit, or an option is unknown
 * @throws {UnsupportedOpError} when nodes cannot run, or no random input can be made
 * @throws {ModelFormatError} when the inputs or attributes of a node do not fit its operator
 * @throws {LimitExceededError} when a loop does not end
 */
export async function acceptedInputs(
  model: IrModel,
  options: AcceptedInputOptions,
): Promise<ReadonlyMap<string, RawTensor>> {
  checkOptions("acceptedInputs", options, ["device", "seed", "dims", "shapes", "signal", "onProgress"]);
  const { device, signal, onProgress, ...sizes } = options;
  const session = new Session(model.graph, { device });
  try {
    const run = { ...(signal ? { signal } : {}), ...(onProgress ? { onProgress } : {}) };
    return (await runRandom(model.graph, session, sizes, run)).inputs;
  } finally {
    session.dispose();
  }
}

/** Runs a graph on random inputs, of sizes that it accepts. @throws As `acceptedInputs` */
export async function runRandom(
  graph: IrGraph,
  session: Session,
  sizes: RandomSizes,
  run: RunOptions,
): Promise<RandomRun> {
  let first: { readonly error: unknown; readonly inputs: ReadonlyMap<string, RawTensor> } | undefined;
  let count = 0;
  for (const { shapes, compared } of guesses(graph, sizes)) {
    count++;
    const inputs = randomOf(graph, shapes, sizes.seed, compared);
    try {
      return { inputs, outputs: await session.run(inputs, run) };
    } catch (error) {
      if (!mayBeSizes(error)) throw error;
      first ??= { error, inputs };
    }
  }
  if (first === undefined || !hasFreeSizes(graph)) throw first?.error;
  throw refused(first.error, first.inputs, count);
}

interface Guess {
  readonly shapes: ReadonlyMap<string, readonly number[]>;
  /** Numbers that are compared with constants are those constants. */
  readonly compared: boolean;
}

/** What to try, each once. */
function* guesses(graph: IrGraph, { dims, shapes, like }: RandomSizes): Iterable<Guess> {
  const tried = new Set<string>();
  const comparisons = graph.inputs.some((v) => comparedWith(graph, v) !== null);
  for (const guess of GUESSES) {
    for (const compared of comparisons ? [true, false] : [false]) {
      for (const free of FREE_SIZES) {
        const made = inputShapes(graph, { dims, shapes, like, free, ...guess });
        const key = JSON.stringify([compared, ...made]);
        if (!tried.has(key)) yield { shapes: made, compared };
        tried.add(key);
      }
    }
  }
}

/** Whether other sizes may help. */
function mayBeSizes(error: unknown): boolean {
  return (
    error instanceof ShapeError ||
    error instanceof ArgumentError ||
    (error instanceof IsoformError && error.code.startsWith("execute/"))
  );
}

function refused(error: unknown, inputs: ReadonlyMap<string, RawTensor>, tries: number): unknown {
  if (!(error instanceof IsoformError) || error instanceof UnsupportedOpError) return error;
  const given = [...inputs].map(([name, t]) => `${name} ${describeRaw(t)}`).join(", ");
  const tried = tries > 1 ? `, nor on any of ${tries - 1} other sizes and values` : "";
  const op = error.op === undefined ? "" : `${error.op}: `;
  const shapes = Object.fromEntries([...inputs].map(([name, t]) => [name, t.shape]));
  return new ShapeError(
    `the model does not run on the random inputs that were made up for it (${given})${tried}: ${op}${error.problem}`,
    {
      code: "verify/random-inputs",
      ...(error.inputs ? { inputs: error.inputs } : {}),
      attrs: { shapes },
      hint: "give the tensors in `inputs`, or their shapes in `shapes`",
      cause: error,
    },
  );
}
