// What arguments of functions must be, by their names: the one place where axes, shapes, sizes and numbers are checked.
import {
  ArgumentError,
  DTypeError,
  ShapeError,
  checkOptions as checkNames,
  isDType,
  shown,
} from "@isoform/core";

import { dtypeHint } from "./nearest.js";

type Test = (value: unknown) => boolean;

interface Kind {
  readonly fits: Test;
  readonly needed: string;
  /** The error when it does not fit. */
  readonly Type?: typeof ArgumentError | typeof DTypeError | typeof ShapeError;
}

const isNull: Test = (v) => v === null;
const isNumber: Test = (v) => typeof v === "number";
const isWhole: Test = (v) => Number.isSafeInteger(v);
const isCount: Test = (v) => Number.isSafeInteger(v) && (v as number) >= 0;
const isString: Test = (v) => typeof v === "string";
const list =
  (of: Test): Test =>
  (v) =>
    Array.isArray(v) && v.every(of);
const either =
  (...tests: readonly Test[]): Test =>
  (v) =>
    tests.some((t) => t(v));
const kind = (needed: string, ...tests: readonly Test[]): Kind => ({ fits: either(...tests), needed });

const NUMBER = kind("a number", isNumber);
const NOT_NEGATIVE = kind("a number of at least 0", (v) => typeof v === "number" && v >= 0);
const NUMBER_OR_NULL = kind("a number or null", isNumber, isNull);
const NUMBERS = kind("a number, a list of numbers or null", isNumber, isNull, list(isNumber));
const WHOLE = kind("an integer", isWhole);
const WHOLE_OR_NULL = kind("an integer or null", isWhole, isNull);
const COUNT = kind("an integer of at least 0", isCount);
const COUNT_OR_NULL = kind("an integer of at least 0 or null", isCount, isNull);
const WHOLES = kind("a list of integers", list(isWhole));
const WHOLES_OR_NULL = kind("a list of integers or null", list(isWhole), isNull);
const ONE_OR_MORE = kind("an integer or a list of integers", isWhole, list(isWhole));
const SIZE_OR_SHAPE: Kind = {
  ...kind("a size or a list of sizes", isWhole, list(isWhole)),
  Type: ShapeError,
};
const AXES = kind("an axis, a list of axes or null", isWhole, list(isWhole), isNull);
const isPair: Test = (v) => list(isWhole)(v) && (v as readonly unknown[]).length === 2;

/** Kinds of arguments by the names that positional arguments and options have in all functions. */
const KINDS: Readonly<Record<string, Kind | undefined>> = {
  alpha: NUMBER,
  atol: NUMBER,
  axes: kind("axes", isWhole, isNull, list(either(isWhole, list(isWhole)))),
  axis: AXES,
  axis1: WHOLE,
  axis2: WHOLE,
  b: NUMBER,
  beta: NUMBER,
  classId: WHOLE_OR_NULL,
  constantValues: NUMBER,
  decimals: NUMBER,
  defaultValue: NUMBER,
  delta: NUMBER,
  destination: ONE_OR_MORE,
  dtype: { ...kind("an element type such as float32", isDType, isNull), Type: DTypeError },
  epsilon: NUMBER_OR_NULL,
  factor: NUMBER,
  gain: NUMBER,
  ignoreClass: WHOLE_OR_NULL,
  indicesOrSections: ONE_OR_MORE,
  inputAxes: WHOLES_OR_NULL,
  k: WHOLE,
  l1: NOT_NEGATIVE,
  l2: NOT_NEGATIVE,
  labelSmoothing: NUMBER,
  labelWeights: NUMBERS,
  m: COUNT_OR_NULL,
  maxVal: NUMBER,
  maxValue: NUMBER_OR_NULL,
  maxval: NUMBER,
  mean: NUMBER,
  minValue: NUMBER,
  minval: NUMBER,
  n: COUNT,
  name: kind("a string or null", isString, isNull),
  nan: NUMBER,
  neginf: NUMBER,
  negativeSlope: NUMBER,
  newshape: SIZE_OR_SHAPE,
  noiseShape: kind("a list of integers and nulls, or null", isNull, list(either(isCount, isNull))),
  num: COUNT,
  numClasses: COUNT,
  numLabels: COUNT_OR_NULL,
  numSamples: COUNT,
  offset: WHOLE,
  ord: kind('a number, "fro" or null', isNumber, isNull, (v) => v === "fro"),
  order: NUMBER,
  outputAxes: WHOLES_OR_NULL,
  padWidth: kind("an integer, or a pair [before, after] for every axis", isWhole, list(isPair)),
  posinf: NUMBER,
  probability: NUMBER,
  q: NUMBER,
  rate: NUMBER,
  repeats: ONE_OR_MORE,
  rtol: NUMBER,
  shape: SIZE_OR_SHAPE,
  shift: WHOLE,
  source: ONE_OR_MORE,
  startIndices: WHOLES,
  stddev: NUMBER,
  subscripts: kind("a string such as ij,jk->ik", isString),
  threshold: NUMBER_OR_NULL,
  thresholds: NUMBERS,
  topK: WHOLE_OR_NULL,
  value: NUMBER,
  xMax: NUMBER_OR_NULL,
  xMin: NUMBER_OR_NULL,
};

/**
 * Checks arguments by their names; names without a rule pass.
 * @throws {ArgumentError} when one is of another kind than its name says, naming what is needed
 */
export function checkArguments(owner: string, given: Readonly<Record<string, unknown>>): void {
  for (const name in given) {
    const rule = KINDS[name];
    if (rule !== undefined && !rule.fits(given[name])) throw misfit(owner, name, given[name], rule);
  }
}

/**
 * Checks the names of options and the values of those that are given.
 * @throws {ArgumentError} when the options are no object, one is unknown, or a value is of the wrong kind
 */
export function checkOptions(owner: string, options: object, known: readonly string[]): void {
  checkNames(owner, options, known);
  checkValues(owner, options);
}

/**
 * Checks the values of options, whatever else the object holds.
 * @throws {ArgumentError} when the options are no object, or a value is of the wrong kind
 */
export function checkValues(owner: string, options: object): void {
  if (typeof options !== "object" || options === null) checkNames(owner, options, []);
  const given = options as Readonly<Record<string, unknown>>;
  for (const name in given) {
    const rule = KINDS[name];
    const value = given[name];
    if (rule !== undefined && value !== undefined && !rule.fits(value))
      throw misfit(owner, name, value, rule);
  }
}

/** The error for an argument that is not what is needed. */
export function invalid(owner: string, name: string, value: unknown, needed: string): ArgumentError {
  return misfit(owner, name, value, { fits: isNull, needed });
}

function misfit(
  owner: string,
  name: string,
  value: unknown,
  { needed, Type = ArgumentError }: Kind,
): ArgumentError {
  return new Type(`${name} is ${shown(value)}`, {
    code: "argument/invalid",
    op: owner,
    hint: name === "dtype" ? dtypeHint(value, `dtype must be ${needed}`) : `${name} must be ${needed}`,
  });
}

/**
 * The shape that a tensor is to get, which may have an entry −1, as a list; one number is the size of the only
 * axis.
 * @throws {ShapeError} unless it is an integer or a list of integers
 */
export function newShape(owner: string, shape: number | readonly number[]): readonly number[] {
  if (!SIZE_OR_SHAPE.fits(shape)) throw misfit(owner, "shape", shape, SIZE_OR_SHAPE);
  return typeof shape === "number" ? [shape] : shape;
}

/**
 * The order that axes are to get; undefined for none.
 * @throws {ArgumentError} unless it is a list of integers, null or undefined
 */
export function newOrder(
  owner: string,
  axes: readonly number[] | null | undefined,
): readonly number[] | undefined {
  if (axes === null || axes === undefined) return undefined;
  if (!WHOLES.fits(axes)) throw misfit(owner, "axes", axes, WHOLES);
  return axes;
}

/**
 * A shape as a list of sizes; one number is the size of the only axis.
 * @throws {ShapeError} unless it is a size or a list of sizes
 */
export function shapeOf(owner: string, shape: number | readonly number[]): readonly number[] {
  const list = typeof shape === "number" ? [shape] : shape;
  if (!Array.isArray(list) || !list.every(isCount)) throw misfit(owner, "shape", shape, SIZE_OR_SHAPE);
  return list as readonly number[];
}
