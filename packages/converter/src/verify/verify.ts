// Runs two models on the same inputs and compares every output; on a mismatch it finds the first layer that differs.
import { ArgumentError, checkOptions, IsoformError, ShapeError, type Device } from "@isoform/core";
import { describeRaw, type RawTensor } from "../formats/raw-tensor.js";
import { Session, type RunOptions } from "../execute/session.js";
import { formatValue } from "../ir/print.js";
import type { IrGraph, IrModel, IrNode, IrValue } from "../ir/types.js";
import type { ProgressEvent } from "../progress.js";
import { runRandom, type RandomRun } from "./accepted.js";
import { difference, unorderedDifference, type Difference } from "./difference.js";

/** Options of `verifyModels`. */
export interface VerifyOptions {
  readonly device: Device;
  /** Inputs by the first model's names; default: random ones. */
  readonly inputs?: ReadonlyMap<string, RawTensor> | undefined;
  /** Seed of random inputs, an integer from 0 to 2^32 - 1; default 0. */
  readonly seed?: number | undefined;
  /** Sizes of named dimensions of random inputs. */
  readonly dims?: ReadonlyMap<string, number> | undefined;
  /** Whole shapes of random inputs, by the first model's names. */
  readonly shapes?: ReadonlyMap<string, readonly number[]> | undefined;
  /** What errors call the models; default `the first model` and `the second model`. */
  readonly names?: readonly [string, string] | undefined;
  /** Largest accepted maxRel; default 1e-4. */
  readonly tolerance?: number | undefined;
  /** Cancels between nodes: the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((event: ProgressEvent) => void) | undefined;
}

const OPTIONS = ["device", "inputs", "seed", "dims", "shapes", "names", "tolerance", "signal", "onProgress"];
const NAMES = ["the first model", "the second model"] as const;

/** One output of both models. */
export interface OutputComparison extends Difference {
  readonly name: string;
  /** Name in the second model. */
  readonly otherName: string;
  readonly shape: readonly number[];
  readonly ok: boolean;
}

/** A layer whose outputs differ although those of all layers before it agree. */
export interface DivergingLayer extends Difference {
  readonly layer: string;
  readonly op: string;
  readonly otherLayer: string;
  /** True when the two keep their elements in different orders and were compared sorted. */
  readonly unordered: boolean;
}

/** The result of a verification. */
export interface Verification {
  readonly ok: boolean;
  readonly tolerance: number;
  readonly maxAbs: number;
  readonly maxRel: number;
  readonly outputs: readonly OutputComparison[];
  readonly inputs: readonly { readonly name: string; readonly type: string; readonly random: boolean }[];
  readonly firstDiverging: DivergingLayer | null;
  /** Layers of both models with the same name that were compared; 0 when all outputs agree. */
  readonly layersCompared: number;
}

/**
 * Runs two models on the same inputs and compares every output; on a mismatch it finds the first layer that
 * differs. Inputs and outputs are paired by name, else by place. A mismatch is a result (`ok: false`), not an
 * error.
 * @throws {ArgumentError} when inputs or outputs cannot be paired, given inputs or shapes do not fit, or an
 * option is unknown
 * @throws {ShapeError} when given inputs do not have the declared shapes, the first model accepts no random
 * ones, or the second takes other shapes than the first
 * @throws {DTypeError} when given inputs do not have the declared dtypes
 * @throws {UnsupportedOpError} when nodes cannot run, or no random input can be made
 * @throws {ModelFormatError} when the inputs or attributes of a node do not fit its operator
 * @throws {LimitExceededError} when a loop does not end
 */
export async function verifyModels(a: IrModel, b: IrModel, options: VerifyOptions): Promise<Verification> {
  checkOptions("verifyModels", options, OPTIONS);
  const { device, tolerance = 1e-4, signal } = options;
  const names = pairNames(a.graph, b.graph);
  const first = new Session(a.graph, { device });
  const second = new Session(b.graph, { device });
  try {
    const run = {
      ...(signal ? { signal } : {}),
      ...(options.onProgress ? { onProgress: options.onProgress } : {}),
    };
    const { inputs, outputs } = await runFirst(a.graph, b.graph, names, first, options, run);
    const renamed = new Map([...inputs].map(([name, t]) => [names.get(name) ?? name, t]));
    const others = await inModel(options.names?.[1] ?? NAMES[1], () => second.run(renamed, run));
    const compared = compareOutputs(outputs, others, tolerance);
    const ok = compared.every((c) => c.ok);
    const found = ok
      ? null
      : await compareLayers(a.graph, b.graph, first, second, inputs, renamed, tolerance);
    return {
      ok,
      tolerance,
      maxAbs: compared.reduce((most, c) => Math.max(most, c.maxAbs), 0),
      maxRel: compared.reduce((most, c) => Math.max(most, c.maxRel), 0),
      outputs: compared,
      inputs: [...inputs].map(([name, t]) => ({
        name,
        type: describeRaw(t),
        random: options.inputs === undefined,
      })),
      firstDiverging: found?.diverging ?? null,
      layersCompared: found?.count ?? 0,
    };
  } finally {
    first.dispose();
    second.dispose();
  }
}

/** Inputs of the first graph to those of the second: by name, else by place. */
function pairNames(a: IrGraph, b: IrGraph): Map<string, string> {
  const [left, right] = [a.inputs.map((v) => v.name), b.inputs.map((v) => v.name)];
  if (left.length !== right.length) {
    throw new ArgumentError(`the models have ${left.length} and ${right.length} inputs`, {
      code: "verify/inputs",
      op: "verify",
      hint: `they are ${left.join(", ")} and ${right.join(", ")}`,
    });
  }
  const others = new Set(right);
  const sameNames = left.every((n) => others.has(n));
  return new Map(left.map((n, i) => [n, sameNames ? n : right[i]!]));
}

/** Runs the first graph, on the inputs that are given or on random ones that it accepts. */
async function runFirst(
  graph: IrGraph,
  other: IrGraph,
  names: ReadonlyMap<string, string>,
  session: Session,
  options: VerifyOptions,
  run: RunOptions,
): Promise<RandomRun> {
  const [called, otherCalled] = options.names ?? NAMES;
  const { inputs, seed, dims, shapes } = options;
  if (inputs) return { inputs, outputs: await inModel(called, () => session.run(inputs, run)) };
  const values = new Map(other.inputs.map((v) => [v.name, v]));
  const pairs = graph.inputs.flatMap((v) => {
    const w = values.get(names.get(v.name) ?? v.name);
    return w === undefined ? [] : [[v, w] as const];
  });
  for (const [v, w] of pairs) {
    if (!apart(v, w)) continue;
    throw new ShapeError(`the models take different inputs: ${formatValue(v)} and ${formatValue(w)}`, {
      code: "verify/input-shapes",
      op: "verify",
      hint:
        `random inputs are made from what ${called} declares, and ${otherCalled} does not take them: ` +
        "compare models of the same input shapes",
    });
  }
  const like = new Map(pairs.map(([v, w]) => [v.name, w.dims]));
  return runRandom(graph, session, { seed, dims, shapes, like }, run);
}

/** Whether no tensor has the declared shapes of both. */
function apart(v: IrValue, w: IrValue): boolean {
  if (v.dims === null || w.dims === null) return false;
  if (v.dims.length !== w.dims.length) return true;
  return v.dims.some((d, i) => {
    const e = w.dims?.[i];
    return typeof d === "number" && typeof e === "number" && d !== e;
  });
}

/** What a run says of its inputs, with the model's name: there are two. */
async function inModel<T>(called: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof IsoformError) || !error.code.startsWith("run/")) throw error;
    const Same = error.constructor as new (problem: string, info: IsoformError) => IsoformError;
    throw new Same(`${called}: ${error.problem}`, error);
  }
}

function compareOutputs(
  a: ReadonlyMap<string, RawTensor>,
  b: ReadonlyMap<string, RawTensor>,
  tolerance: number,
): OutputComparison[] {
  if (a.size !== b.size) {
    throw new ArgumentError(`the models have ${a.size} and ${b.size} outputs`, {
      code: "verify/outputs",
      op: "verify",
    });
  }
  const byName = [...a.keys()].every((name) => b.has(name));
  const others = [...b];
  return [...a].map(([name, expected], i) => {
    const [otherName, actual] = byName ? [name, b.get(name)!] : others[i]!;
    const fits =
      expected.shape.length === actual.shape.length && expected.shape.every((n, d) => n === actual.shape[d]);
    const found = fits
      ? difference(expected, actual)
      : { maxAbs: Infinity, maxRel: Infinity, largest: 0, at: 0 };
    return { name, otherName, shape: expected.shape, ...found, ok: found.maxRel <= tolerance };
  });
}

/** Layer names without what exporters may change: case and separators. */
const key = (name: string): string =>
  name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "_")
    .replaceAll(/^_|_$/g, "");

interface Seen {
  readonly node: IrNode;
  readonly data: RawTensor;
}

/** First outputs of the named layers of a run. */
async function layerOutputs(
  graph: IrGraph,
  session: Session,
  inputs: ReadonlyMap<string, RawTensor>,
  wanted: ReadonlySet<string>,
): Promise<Map<string, Seen>> {
  const nodes = new Map<IrValue, IrNode>();
  for (const node of graph.nodes) if (node.outputs[0]) nodes.set(node.outputs[0], node);
  const out = new Map<string, Seen>();
  await session.run(inputs, {
    watch: (v, node) => nodes.get(v) === node && wanted.has(key(node.name)),
    onValue: (v, data) => {
      const node = nodes.get(v);
      if (node) out.set(key(node.name), { node, data });
    },
  });
  return out;
}

async function compareLayers(
  a: IrGraph,
  b: IrGraph,
  first: Session,
  second: Session,
  inputs: ReadonlyMap<string, RawTensor>,
  renamed: ReadonlyMap<string, RawTensor>,
  tolerance: number,
): Promise<{ diverging: DivergingLayer | null; count: number }> {
  const here = new Set(a.nodes.map((n) => key(n.name)));
  const shared = new Set(b.nodes.map((n) => key(n.name)).filter((n) => here.has(n)));
  const expected = await layerOutputs(a, first, inputs, shared);
  const actual = await layerOutputs(b, second, renamed, shared);
  let count = 0;
  let diverging: DivergingLayer | null = null;
  for (const [name, { node, data }] of expected) {
    const other = actual.get(name);
    if (!other || size(other.data) !== size(data)) continue;
    count++;
    const ordered =
      data.shape.every((n, i) => n === other.data.shape[i]) && data.shape.length === other.data.shape.length;
    const d = ordered ? difference(data, other.data) : unorderedDifference(data, other.data);
    if (d.maxRel <= tolerance || diverging) continue;
    diverging = { ...d, layer: node.name, op: node.op, otherLayer: other.node.name, unordered: !ordered };
  }
  return { diverging, count };
}

function size(t: RawTensor): number {
  return t.shape.reduce((p, n) => p * n, 1);
}
