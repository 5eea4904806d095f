// What is wrong with the arrays of fit, evaluate and predict, said by the names of the arguments.
import * as core from "@isoform/core";
import {
  ArgumentError,
  ShapeError,
  shown,
  type Tensor,
  type TensorValue,
  type TypedArray,
} from "@isoform/core";
import { isPlainObject } from "../engine/structure.js";
import { isData, toTensor } from "../tensor/like.js";

/** Names of the parts of data, in order. */
export const ARGUMENTS: readonly string[] = ["x", "y", "sampleWeight"];
/** The most entries of a list that a message names. */
const LISTED = 4;

/** The error for what is no data. */
export function notData(owner: string, place: string, value: unknown): ArgumentError {
  const missing = value === undefined || value === null;
  return new ArgumentError(
    missing ? `${place} is missing` : `${place} is ${shown(value)}, which is not data`,
    {
      code: "argument/data",
      op: owner,
      hint: "pass tensors, typed arrays, nested arrays, or an iterable of [x, y] batches",
    },
  );
}

/** An array on the device. @throws {ArgumentError} naming the entry that is no number */
export function uploaded(owner: string, value: TensorValue | TypedArray, place: string): Tensor {
  try {
    return toTensor(value);
  } catch (error) {
    const wrong = error instanceof ArgumentError ? firstWrong(value, place) : null;
    if (wrong === null) throw error;
    throw new ArgumentError(`${wrong.place} is ${shown(wrong.value)} and not a number`, {
      code: "argument/data",
      op: owner,
      hint: "arrays hold numbers, in rows of equal length: use Number(text) for text, and fill in or leave out samples that are missing",
      cause: error,
    });
  }
}

interface Wrong {
  readonly place: string;
  readonly value: unknown;
}

/** The first leaf of nested arrays that is no number. */
function firstWrong(value: unknown, place: string): Wrong | null {
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) {
      const found = firstWrong(value[i], `${place}[${i}]`);
      if (found !== null) return found;
    }
    return null;
  }
  return isData(value) && !ArrayBuffer.isView(value) ? null : { place, value };
}

/**
 * Refuses lists that are meant for an array. A list of tensors or arrays stands for several inputs or outputs.
 * @throws {ArgumentError} when it is empty, or holds something between numbers that is none
 */
export function checkList(owner: string, list: readonly unknown[], place: string): void {
  if (list.length === 0) {
    throw new ArgumentError(`${place} is empty`, {
      code: "argument/data",
      op: owner,
      hint: "pass at least one sample",
    });
  }
  const isArray = (v: unknown) =>
    v instanceof core.Tensor || isData(v) || Array.isArray(v) || isPlainObject(v);
  const at = list.findIndex((v) => !isArray(v) && (v !== null || place === ARGUMENTS[0]));
  if (at < 0 && list.some(isArray)) return;
  const place2 = `${place}[${Math.max(0, at)}]`;
  throw new ArgumentError(`${place2} is ${shown(list[Math.max(0, at)])} and not a number or an array`, {
    code: "argument/data",
    op: owner,
    hint: "arrays hold numbers, in rows of equal length: fill in or leave out samples that are missing",
  });
}

interface Named {
  readonly place: string;
  readonly tensor: Tensor;
}

/** Tensors with what they are called. */
function named(value: unknown, place: string): Named[] {
  if (value instanceof core.Tensor) return [{ place, tensor: value }];
  if (Array.isArray(value)) return value.flatMap((v, i) => named(v, `${place}[${i}]`));
  if (isPlainObject(value)) return Object.entries(value).flatMap(([k, v]) => named(v, `${place}.${k}`));
  return [];
}

/**
 * The number of samples that all arrays have.
 * @throws {ShapeError} when there is none, or they have different ones
 */
export function rowsOf(owner: string, parts: readonly unknown[]): number {
  const all = parts.flatMap((p, i) => named(p, ARGUMENTS[i]!));
  const rows = all[0]?.tensor.shape[0];
  const scalar = all.find(({ tensor }) => tensor.rank === 0);
  if (rows === undefined || scalar !== undefined) {
    const { place } = scalar ?? { place: ARGUMENTS[0]! };
    throw new ShapeError(scalar === undefined ? `${place} has no arrays` : `${place} is a single number`, {
      code: "shape/mismatch",
      op: owner,
      hint: "the first axis counts the samples: pass [[…]] for one sample",
    });
  }
  if (all.every(({ tensor }) => tensor.shape[0] === rows)) return rows;
  const pair = all.length === 2 && all.every(({ place }) => ARGUMENTS.includes(place));
  const shapes = all.map(({ place, tensor }) => `${pair ? "" : `${place} `}${core.describe(tensor)}`);
  const cut =
    shapes.length > LISTED ? [...shapes.slice(0, LISTED), `… ${shapes.length - LISTED} more`] : shapes;
  throw new ShapeError("the arrays have different numbers of samples", {
    code: "shape/mismatch",
    op: owner,
    inputs: cut,
    hint: hintFor(parts, all),
  });
}

function hintFor(parts: readonly unknown[], all: readonly Named[]): string {
  const list = parts.findIndex((p) => Array.isArray(p) && p.length > 1);
  const stacked = all.find(
    ({ tensor }) => tensor.rank > 2 && all.some((o) => o.tensor.shape[0] === tensor.shape[1]),
  );
  if (list >= 0)
    return `${ARGUMENTS[list]} is a list, which stands for several inputs or outputs; a list of samples becomes one array by keras.ops.stack(list)`;
  if (stacked !== undefined && stacked.tensor.shape[0]! <= LISTED)
    return `nested arrays are one array: for several inputs or outputs pass a list of tensors, [tf.constant(a), tf.constant(b)], or an object by their names`;
  return "first axes must be equal";
}
