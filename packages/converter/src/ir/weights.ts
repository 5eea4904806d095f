// How a weight of the IR was made from tensors of the source: a record of exact rearrangements that can be
// applied, undone (for gradients and for writing back) and printed. No arithmetic ever happens here.
import { ArgumentError, itemSize, isDType } from "@isoform/core";
import { rawTensor, type RawTensor } from "../formats/raw-tensor.js";

/** One exact rearrangement of elements. */
export type WeightStep =
  | { readonly kind: "transpose"; readonly perm: readonly number[] }
  | { readonly kind: "reshape"; readonly shape: readonly number[] }
  /** `indices` is a permutation: entry i of the result is entry indices[i] of the input along `axis`. */
  | { readonly kind: "take"; readonly axis: number; readonly indices: readonly number[] }
  /** The entries `start … end − 1` along `axis`; undone by a pad. */
  | { readonly kind: "slice"; readonly axis: number; readonly start: number; readonly end: number }
  /** Zeros before and after along `axis`: what a part of a tensor is to the whole. */
  | { readonly kind: "pad"; readonly axis: number; readonly low: number; readonly high: number };

/** A source tensor with steps applied, or zeros of a shape where the source has nothing. */
export interface WeightPiece {
  /** Name in the source file; null = zeros. */
  readonly name: string | null;
  /** Shape in the source (for zeros: the shape itself). */
  readonly shape: readonly number[];
  readonly steps: readonly WeightStep[];
}

/** Pieces joined along `axis`; `axis` is null when there is exactly one. */
export interface WeightSource {
  readonly axis: number | null;
  readonly pieces: readonly WeightPiece[];
  /** Shape of the whole after joining; default: as joined. */
  readonly shape?: readonly number[];
}

/** A weight taken over as it is. */
export function sameAs(name: string, shape: readonly number[]): WeightSource {
  return { axis: null, pieces: [{ name, shape, steps: [] }] };
}

/** Shape after one step. */
export function stepShape(shape: readonly number[], step: WeightStep): readonly number[] {
  switch (step.kind) {
    case "transpose":
      return step.perm.map((p) => shape[p]!);
    case "reshape":
      return step.shape;
    case "take":
      return shape;
    case "slice":
      return resized(shape, step.axis, step.end - step.start);
    case "pad":
      return resized(shape, step.axis, step.low + shape[step.axis]! + step.high);
  }
}

const resized = (shape: readonly number[], axis: number, n: number): readonly number[] =>
  shape.map((m, i) => (i === axis ? n : m));

/** Shape of a piece after all its steps. */
export function pieceShape(piece: WeightPiece): readonly number[] {
  return piece.steps.reduce<readonly number[]>(stepShape, piece.shape);
}

/** Applies steps to a tensor. */
export function applySteps(tensor: RawTensor, steps: readonly WeightStep[]): RawTensor {
  return steps.reduce(applyStep, tensor);
}

function applyStep(tensor: RawTensor, step: WeightStep): RawTensor {
  switch (step.kind) {
    case "reshape":
      return rawTensor(tensor.dtype, step.shape, tensor.data);
    case "transpose":
      return permuteBytes(tensor, step.perm);
    case "take":
      return takeBytes(tensor, step.axis, step.indices);
    case "slice":
      return sliceBytes(tensor, step.axis, step.start, step.end);
    case "pad": {
      const { axis, low, high } = step;
      const edge = (n: number) => zeros(tensor.dtype, resized(tensor.shape, axis, n));
      return concatBytes([edge(low), tensor, edge(high)], axis);
    }
  }
}

/** The steps that undo `steps` on a tensor that had `shape` before them; what a slice left out becomes zeros. */
export function inverseSteps(shape: readonly number[], steps: readonly WeightStep[]): WeightStep[] {
  const out: WeightStep[] = [];
  let at = shape;
  for (const step of steps) {
    out.unshift(inverseStep(at, step));
    at = stepShape(at, step);
  }
  return out;
}

function inverseStep(before: readonly number[], step: WeightStep): WeightStep {
  switch (step.kind) {
    case "reshape":
      return { kind: "reshape", shape: before };
    case "transpose":
      return { kind: "transpose", perm: inversePerm(step.perm) };
    case "take":
      return { kind: "take", axis: step.axis, indices: inversePerm(step.indices) };
    case "slice": {
      const { axis, start, end } = step;
      return { kind: "pad", axis, low: start, high: before[axis]! - end };
    }
    case "pad": {
      const { axis, low } = step;
      return { kind: "slice", axis, start: low, end: low + before[axis]! };
    }
  }
}

/** The inverse of a permutation. */
export function inversePerm(perm: readonly number[]): number[] {
  const out = new Array<number>(perm.length);
  perm.forEach((p, i) => (out[p] = i));
  return out;
}

/** Bytes of one element; file-only types under a byte have no rearrangement. */
function elementBytes(tensor: RawTensor): number {
  if (isDType(tensor.dtype)) return itemSize(tensor.dtype);
  throw new ArgumentError(`a ${tensor.dtype} weight cannot be rearranged`, {
    code: "weights/dtype",
    hint: "convert it to a type of whole bytes first",
  });
}

/** Row-major axes permutation of raw bytes. */
export function permuteBytes(tensor: RawTensor, perm: readonly number[]): RawTensor {
  if (perm.every((p, i) => p === i)) return tensor;
  const { shape } = tensor;
  const bytes = elementBytes(tensor);
  const out = new Uint8Array(tensor.data.byteLength);
  const strides = new Array<number>(shape.length);
  let step = bytes;
  for (let i = shape.length - 1; i >= 0; i--) {
    strides[i] = step;
    step *= shape[i]!;
  }
  const size = perm.map((p) => shape[p]!);
  const stride = perm.map((p) => strides[p]!);
  const index = new Array<number>(size.length).fill(0);
  let from = 0;
  for (let to = 0; to < out.length; to += bytes) {
    for (let b = 0; b < bytes; b++) out[to + b] = tensor.data[from + b]!;
    for (let axis = size.length - 1; axis >= 0; axis--) {
      from += stride[axis]!;
      if (++index[axis]! < size[axis]!) break;
      from -= stride[axis]! * size[axis]!;
      index[axis] = 0;
    }
  }
  return rawTensor(tensor.dtype, size, out);
}

function takeBytes(tensor: RawTensor, axis: number, indices: readonly number[]): RawTensor {
  const { shape } = tensor;
  const inner = shape.slice(axis + 1).reduce((p, n) => p * n, elementBytes(tensor));
  const outer = shape.slice(0, axis).reduce((p, n) => p * n, 1);
  const n = shape[axis]!;
  const out = new Uint8Array(outer * indices.length * inner);
  for (let o = 0; o < outer; o++) {
    indices.forEach((from, i) => {
      const start = (o * n + from) * inner;
      out.set(tensor.data.subarray(start, start + inner), (o * indices.length + i) * inner);
    });
  }
  return rawTensor(tensor.dtype, [...shape.slice(0, axis), indices.length, ...shape.slice(axis + 1)], out);
}

/** Joins tensors of one dtype along an axis. */
export function concatBytes(tensors: readonly RawTensor[], axis: number): RawTensor {
  const first = tensors[0]!;
  const inner = first.shape.slice(axis + 1).reduce((p, n) => p * n, elementBytes(first));
  const outer = first.shape.slice(0, axis).reduce((p, n) => p * n, 1);
  const total = tensors.reduce((sum, t) => sum + t.shape[axis]!, 0);
  const out = new Uint8Array(outer * total * inner);
  let at = 0;
  for (let o = 0; o < outer; o++) {
    for (const t of tensors) {
      const bytes = t.shape[axis]! * inner;
      out.set(t.data.subarray(o * bytes, (o + 1) * bytes), at);
      at += bytes;
    }
  }
  return rawTensor(first.dtype, [...first.shape.slice(0, axis), total, ...first.shape.slice(axis + 1)], out);
}

/** The part `start … end` of a tensor along an axis. */
export function sliceBytes(tensor: RawTensor, axis: number, start: number, end: number): RawTensor {
  const inner = tensor.shape.slice(axis + 1).reduce((p, n) => p * n, elementBytes(tensor));
  const outer = tensor.shape.slice(0, axis).reduce((p, n) => p * n, 1);
  const n = tensor.shape[axis]!;
  const bytes = (end - start) * inner;
  const out = new Uint8Array(outer * bytes);
  for (let o = 0; o < outer; o++) {
    const from = (o * n + start) * inner;
    out.set(tensor.data.subarray(from, from + bytes), o * bytes);
  }
  return rawTensor(
    tensor.dtype,
    [...tensor.shape.slice(0, axis), end - start, ...tensor.shape.slice(axis + 1)],
    out,
  );
}

/**
 * Builds a weight from source tensors. `lookup` gives a source tensor by name.
 * Pieces without a name are zeros of the dtype of the first named piece.
 */
export function assembleWeight(source: WeightSource, lookup: (name: string) => RawTensor): RawTensor {
  const found = source.pieces.map((p) => (p.name === null ? null : lookup(p.name)));
  const dtype = found.find((t) => t !== null)?.dtype ?? "float32";
  const parts = source.pieces.map((piece, i) => {
    const tensor = found[i] ?? zeros(dtype, piece.shape);
    return applySteps(tensor, piece.steps);
  });
  const whole = source.axis === null ? parts[0]! : concatBytes(parts, source.axis);
  return source.shape ? rawTensor(whole.dtype, source.shape, whole.data) : whole;
}

/** Shape of a joined weight before its last reshape. */
function joinedShape(source: WeightSource): readonly number[] {
  const shapes = source.pieces.map(pieceShape);
  const { axis } = source;
  if (axis === null) return shapes[0]!;
  return shapes[0]!.map((n, i) => (i === axis ? shapes.reduce((sum, s) => sum + s[axis]!, 0) : n));
}

function zeros(dtype: RawTensor["dtype"], shape: readonly number[]): RawTensor {
  const bytes = isDType(dtype) ? itemSize(dtype) : 4;
  return rawTensor(dtype, shape, new Uint8Array(shape.reduce((p, n) => p * n, bytes)));
}

/**
 * Splits a tensor of an IR weight (or its gradient) back into the named source tensors. Of a source tensor that several
 * weights hold parts of, each gives its part among zeros: their sum is the whole.
 */
export function disassembleWeight(source: WeightSource, tensor: RawTensor): Map<string, RawTensor> {
  const out = new Map<string, RawTensor>();
  const whole = source.shape ? rawTensor(tensor.dtype, joinedShape(source), tensor.data) : tensor;
  let at = 0;
  for (const piece of source.pieces) {
    const axis = source.axis;
    let part = whole;
    if (axis !== null) {
      const n = pieceShape(piece)[axis]!;
      part = sliceBytes(whole, axis, at, at + n);
      at += n;
    }
    if (piece.name !== null) out.set(piece.name, applySteps(part, inverseSteps(piece.shape, piece.steps)));
  }
  return out;
}
