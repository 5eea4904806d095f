// Sizes for the inputs of a model: those that are declared, those that the caller gives, and guesses for the rest.
import { ArgumentError, closest } from "@isoform/core";
import { formatValue } from "../ir/print.js";
import type { Dim, IrGraph, IrValue } from "../ir/types.js";

/** What sizes are made of. */
export interface InputSizes {
  /** Sizes of named dimensions. */
  readonly dims?: ReadonlyMap<string, number> | undefined;
  /** Whole shapes, by input name. */
  readonly shapes?: ReadonlyMap<string, readonly number[]> | undefined;
  /** Declared shapes of another model that takes the same tensors: a size that is free here may be known there. */
  readonly like?: ReadonlyMap<string, readonly Dim[] | null> | undefined;
  /** Size of free first dimensions; default 2: two rows show mistakes that one does not. */
  readonly batch?: number | undefined;
  /** Size of the other free dimensions; default 32. */
  readonly free?: number | undefined;
  /** Take the first free dimension of every input for its batch, wherever it stands: `[2, ?, 128]` is a state of two layers. */
  readonly leading?: boolean | undefined;
}

/**
 * A shape for every input of known rank, by name. A named dimension has one size wherever it stands.
 * @throws {ArgumentError} (`argument/input-shapes`) when a given shape is of no input, or does not fit
 */
export function inputShapes(graph: IrGraph, sizes: InputSizes = {}): Map<string, readonly number[]> {
  const { shapes = new Map<string, readonly number[]>(), batch = 2, free = 32 } = sizes;
  const named = namedSizes(graph, sizes);
  checkNames(graph, shapes);
  const out = new Map<string, readonly number[]>();
  for (const v of graph.inputs) {
    const { dims } = v;
    const given = shapes.get(v.name);
    if (given !== undefined) checkFit(v, given, named);
    if (given !== undefined) out.set(v.name, given);
    else if (dims !== null) {
      const first = batchAxis(dims, sizes.leading);
      out.set(
        v.name,
        dims.map((d, axis) => {
          if (typeof d === "number") return d;
          const size = d === null ? likeSize(sizes, v, axis) : named.get(d);
          return size ?? (axis === first ? batch : free);
        }),
      );
    }
  }
  return out;
}

/** Whether a size of an input is not declared. Never throws. */
export function hasFreeSizes(graph: IrGraph): boolean {
  return graph.inputs.some((v) => v.dims?.some((d) => typeof d !== "number") === true);
}

/** The axis that is taken for the batch. */
function batchAxis(dims: readonly Dim[], leading = false): number {
  return leading ? dims.findIndex((d) => typeof d !== "number") : 0;
}

function likeSize({ like }: InputSizes, v: IrValue, axis: number): number | undefined {
  const other = like?.get(v.name);
  const size = other?.length === v.dims?.length ? other?.[axis] : undefined;
  return typeof size === "number" ? size : undefined;
}

/** One size for every named dimension: as given, as a given shape has it, as another model has it, else a guess. */
function namedSizes(graph: IrGraph, sizes: InputSizes): Map<string, number> {
  const { batch = 2, free = 32 } = sizes;
  const out = new Map(sizes.dims);
  const each = (size: (v: IrValue, axis: number) => number | undefined): void => {
    for (const v of graph.inputs) {
      for (const [axis, d] of (v.dims ?? []).entries()) {
        const found = typeof d === "string" && !out.has(d) ? size(v, axis) : undefined;
        if (typeof d === "string" && found !== undefined) out.set(d, found);
      }
    }
  };
  each((v, axis) => sizes.shapes?.get(v.name)?.[axis]);
  each((v, axis) => likeSize(sizes, v, axis));
  each((v, axis) => (axis === batchAxis(v.dims ?? [], sizes.leading) ? batch : undefined));
  each(() => free);
  return out;
}

function checkNames(graph: IrGraph, shapes: ReadonlyMap<string, readonly number[]>): void {
  const names = graph.inputs.map((v) => v.name);
  const wrong = [...shapes.keys()].find((name) => !names.includes(name));
  if (wrong === undefined) return;
  const near = closest(wrong, names);
  throw new ArgumentError(`the model has no input ${JSON.stringify(wrong)}`, {
    code: "argument/input-shapes",
    path: "shapes",
    hint: near === undefined ? `its inputs are ${declared(graph)}` : `did you mean ${JSON.stringify(near)}?`,
  });
}

function declared(graph: IrGraph): string {
  return graph.inputs.map(formatValue).join("; ") || "none";
}

function checkFit(v: IrValue, shape: readonly number[], named: ReadonlyMap<string, number>): void {
  const { dims } = v;
  const sound = shape.every((n) => Number.isSafeInteger(n) && n >= 0);
  const fits =
    dims === null ||
    (dims.length === shape.length &&
      dims.every((d, i) => d === null || (typeof d === "number" ? d : named.get(d)) === shape[i]));
  if (sound && fits) return;
  throw new ArgumentError(`the shape [${shape.join(",")}] is not one of the input ${formatValue(v)}`, {
    code: "argument/input-shapes",
    path: `shapes: ${v.name}`,
    hint: sound
      ? "give one size for each axis: those that are declared, and for each name the same one everywhere"
      : "sizes are whole numbers",
  });
}
