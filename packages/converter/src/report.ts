// What a conversion tells: layers, inserted transposes, the weight map, everything approximated, the numeric check.
import type { IrGraph, IrModel } from "./ir/types.js";
import type { WeightPiece, WeightSource, WeightStep } from "./ir/weights.js";
import { walkNodes } from "./ir/walk.js";
import type { Verification } from "./verify/verify.js";

/** Formats that can be written. */
export type TargetFormat = "onnx" | "keras" | "torch";

/** Where one tensor of the result comes from. */
export interface WeightMapping {
  /** Name in the result. */
  readonly target: string;
  /** Name in the IR; null for constants that the exporter made. */
  readonly ir: string | null;
  /** Tensors of the source that it is made of, each with its exact rearrangement; empty for literals. */
  readonly source: readonly WeightPiece[];
  /** Axis on which the pieces are joined; null when there is at most one. */
  readonly joinedOn: number | null;
  /** Rearrangement from the IR weight to the result. */
  readonly steps: readonly WeightStep[];
}

/** The report of one conversion. */
export interface ConversionReport {
  /** What the source was. */
  readonly from: string;
  readonly to: TargetFormat;
  /** Nodes of the IR at the top level. */
  readonly layers: number;
  /** How often each op occurs in the IR. */
  readonly ops: ReadonlyMap<string, number>;
  /** Transposes of the written model (ONNX: nodes of the file; else of the model read back from it). */
  readonly transposes: { readonly before: number; readonly after: number; readonly names: readonly string[] };
  readonly weights: readonly WeightMapping[];
  /** What could not be carried over exactly, one sentence each. */
  readonly notes: readonly string[];
  /** Null when the conversion was not verified. */
  readonly verification: Verification | null;
  readonly files: readonly { readonly name: string; readonly bytes: number }[];
}

/** Number of nodes per op, subgraphs included, sorted by op. Never throws. */
export function countOps(graph: IrGraph): Map<string, number> {
  const out = new Map<string, number>();
  walkNodes(graph, (node) => out.set(node.op, (out.get(node.op) ?? 0) + 1));
  return new Map([...out].toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** Names of all Transpose nodes, subgraphs included. Never throws. */
export function transposesOf(graph: IrGraph): string[] {
  const out: string[] = [];
  walkNodes(graph, (node) => {
    if (node.op === "Transpose") out.push(node.name);
  });
  return out;
}

const NO_SOURCE: WeightSource = { axis: null, pieces: [] };

/** The weight map of an exporter that says which IR weight each tensor holds. */
export function weightMappings(
  model: IrModel,
  targets: ReadonlyMap<string, { readonly from: string | null; readonly steps: readonly WeightStep[] }>,
): WeightMapping[] {
  const sources = new Map<string, WeightSource | null>();
  const collect = (graph: IrGraph) => {
    for (const [v, w] of graph.weights) sources.set(v.name, w.source);
  };
  collect(model.graph);
  walkNodes(model.graph, (_, owner) => collect(owner));
  return [...targets].map(([target, { from, steps }]) => {
    const source = (from === null ? null : sources.get(from)) ?? NO_SOURCE;
    return { target, ir: from, source: source.pieces, joinedOn: source.axis, steps };
  });
}

/** The weight map of a graph that was written as it is. */
export function graphWeightMappings(graph: IrGraph): WeightMapping[] {
  return [...graph.weights].map(([v, w]) => {
    const source = w.source ?? NO_SOURCE;
    return { target: v.name, ir: v.name, source: source.pieces, joinedOn: source.axis, steps: [] };
  });
}
