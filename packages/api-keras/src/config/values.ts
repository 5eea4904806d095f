// Checks of the values of arguments and options: by name where names agree, else by the type of the default.
import { ArgumentError, DTypeError, isDType, shown } from "@isoform/core";
import { isPlainObject } from "../engine/structure.js";
import { dtypeHint, nearest } from "./nearest.js";

/** The error for a value of an argument or option. */
export function invalid(owner: string, name: string, value: unknown, hint: string): ArgumentError {
  return new ArgumentError(`${name} is ${shown(value)}`, { code: "argument/invalid", op: owner, hint });
}

/** The error for an argument that is not given. */
export function missing(owner: string, name: string, hint = `pass ${name}`): ArgumentError {
  return new ArgumentError(`${name} is missing`, { code: "argument/missing", op: owner, hint });
}

/** What a value must be, and how to say so. */
export interface Rule {
  readonly test: (value: unknown) => boolean;
  readonly hint: string;
}

const isNumber = (v: unknown): v is number => typeof v === "number" && !Number.isNaN(v);
const isInteger = (v: unknown): v is number => Number.isSafeInteger(v);
const listOf = (test: (v: unknown) => boolean) => (v: unknown) => Array.isArray(v) && v.every(test);
const orNull = (test: (v: unknown) => boolean) => (v: unknown) => v === null || test(v);

/** A number within bounds. */
export const between = (least: number, most: number): Rule => ({
  test: (v) => isNumber(v) && v >= least && v <= most,
  hint: most === Infinity ? `use a number from ${least}` : `use a number from ${least} to ${most}`,
});
/** An integer of at least `least`. */
export const integer = (least: number): Rule => ({
  test: (v) => isInteger(v) && v >= least,
  hint: least === 1 ? "use a positive integer" : `use an integer of at least ${least}`,
});
/** The rule, or null. */
export const optional = ({ test, hint }: Rule): Rule => ({ test: orNull(test), hint: `${hint}, or null` });
/** One value that meets the rule, or an array of such. */
export const oneOrMore = ({ test, hint }: Rule): Rule => ({
  test: (v) => test(v) || listOf(test)(v),
  hint: `${hint}, or an array of such`,
});
/** An array of values that meet the rule. */
export const arrayOf = ({ test, hint }: Rule): Rule => ({ test: listOf(test), hint: `${hint}, in an array` });

/** A number. */
export const NUMBER: Rule = { test: isNumber, hint: "use a number" };
const FLAG: Rule = { test: (v) => typeof v === "boolean", hint: "use true or false" };
/** A string. */
export const TEXT: Rule = { test: (v) => typeof v === "string", hint: "use a string" };
const FUNCTION: Rule = { test: (v) => typeof v === "function", hint: "pass a function" };
const RECORD: Rule = { test: isPlainObject, hint: "use an object" };
const SHARE: Rule = { ...between(0, 1), hint: "use a share from 0 to 1" };
const ANYTHING: Rule = { test: () => true, hint: "" };
const INTEGER: Rule = { test: isInteger, hint: "use an integer" };
const AXES = oneOrMore(INTEGER);
const POSITIVE_OR_NULL = optional(integer(1));

/** Options that mean the same wherever they are; those with rules of their layer alone are left to it. */
const BY_NAME: Readonly<Record<string, Rule>> = {
  name: optional(TEXT),
  trainable: FLAG,
  rate: SHARE,
  dropout: SHARE,
  recurrentDropout: SHARE,
  stddev: SHARE,
  seed: optional({
    test: (v) => isInteger(v) && v >= 0 && v < 2 ** 32,
    hint: "use an integer from 0 to 2³² − 1",
  }),
  axis: AXES,
  axes: AXES,
  sharedAxes: optional(AXES),
  attentionAxes: optional(AXES),
  noiseShape: optional(arrayOf(optional(integer(0)))),
  inputShape: optional(arrayOf(optional(integer(0)))),
  strides: ANYTHING,
  padding: ANYTHING,
  cropping: ANYTHING,
  size: ANYTHING,
  poolSize: ANYTHING,
  dilationRate: ANYTHING,
  outputPadding: ANYTHING,
  biasAxes: optional(TEXT),
  valueDim: POSITIVE_OR_NULL,
  slidingWindow: POSITIVE_OR_NULL,
  numBins: POSITIVE_OR_NULL,
  topK: POSITIVE_OR_NULL,
  numLabels: POSITIVE_OR_NULL,
  classId: optional(INTEGER),
  ignoreClass: optional(INTEGER),
  labelWeights: optional(arrayOf(NUMBER)),
  binBoundaries: optional(arrayOf(NUMBER)),
  thresholds: optional(oneOrMore(NUMBER)),
  threshold: optional(NUMBER),
  alpha: oneOrMore(NUMBER),
  logitSoftCap: optional(NUMBER),
  maxValue: optional(between(0, Infinity)),
  negativeSlope: between(0, Infinity),
  l1: between(0, Infinity),
  l2: between(0, Infinity),
  offset: oneOrMore(NUMBER),
  mergeMode: optional(TEXT),
  reduction: optional(TEXT),
  average: optional(TEXT),
  baseline: optional(NUMBER),
  initialValueThreshold: optional(NUMBER),
  warmupTarget: optional(NUMBER),
  weightDecay: optional(between(0, Infinity)),
  clipnorm: optional(between(0, Infinity)),
  clipvalue: optional(between(0, Infinity)),
  globalClipnorm: optional(between(0, Infinity)),
  beta1: SHARE,
  beta2: SHARE,
  rho: SHARE,
  epsilon: between(0, Infinity),
  patience: integer(0),
  startFromEpoch: integer(0),
  cooldown: integer(0),
  minLr: between(0, Infinity),
  lossScaleFactor: optional(NUMBER),
  emaMomentum: SHARE,
  emaOverwriteFrequency: optional(integer(0)),
  gradientAccumulationSteps: optional({
    test: (v) => isInteger(v) && v >= 0 && v !== 1,
    hint: "use an integer of at least 2",
  }),
  function: ANYTHING,
};

function ruleOf(fallback: unknown): Rule {
  if (typeof fallback === "boolean") return FLAG;
  if (typeof fallback === "number") return NUMBER;
  if (typeof fallback === "string") return TEXT;
  if (typeof fallback === "function") return FUNCTION;
  return isPlainObject(fallback) ? RECORD : ANYTHING;
}

/**
 * Checks a value against a rule.
 * @throws {ArgumentError} when it does not meet it
 */
export function requireValue<T>(owner: string, name: string, value: T, rule: Rule): T {
  if (value === undefined) throw missing(owner, name, `pass ${name}: ${rule.hint}`);
  if (rule.test(value)) return value;
  throw invalid(owner, name, value, rule.hint);
}

/**
 * Checks the value of an option by its name or default. A function for `owner` is called for errors only.
 * @throws {ArgumentError} when it is none that the option takes
 * @throws {DTypeError} when it is meant for a dtype and is none
 */
export function checkValue(
  owner: string | (() => string),
  name: string,
  value: unknown,
  fallback: unknown,
): void {
  if (value === fallback) return;
  const isDtype = name === "dtype" || name === "reverseDtype";
  const { test, hint } = Object.hasOwn(BY_NAME, name) ? BY_NAME[name]! : ruleOf(fallback);
  if (isDtype ? value === null || isDType(value) : test(value)) return;
  const place = typeof owner === "string" ? owner : owner();
  if (isDtype) return checkDType(place, value);
  throw invalid(place, name, value, hint);
}

/** Checks the name of a dtype; null stands for the default. @throws {DTypeError} when there is none */
export function checkDType(owner: string, dtype: unknown): void {
  if (dtype === null || dtype === undefined || isDType(dtype)) return;
  throw new DTypeError(`no dtype ${shown(dtype)}`, {
    code: "dtype/unknown",
    op: owner,
    hint: dtypeHint(dtype, 'use a dtype such as "float32"'),
  });
}

/**
 * A positive integer.
 * @throws {ArgumentError} when it is none
 */
export function positive(owner: string, name: string, value: number): number {
  return requireValue(owner, name, value, integer(1));
}

/**
 * A function.
 * @throws {ArgumentError} when it is none
 */
export function callable<T>(owner: string, name: string, value: T): T {
  if (typeof value === "function") return value;
  throw new ArgumentError(`${name} is not a function`, {
    code: "argument/invalid",
    op: owner,
    hint: `pass a function for ${name}`,
  });
}

/**
 * One of several strings.
 * @throws {ArgumentError} with the nearest one when it is none of them
 */
export function oneOf<T extends string>(owner: string, name: string, value: T, known: readonly T[]): T {
  if (known.includes(value)) return value;
  const near = typeof value === "string" ? nearest(value, known) : undefined;
  const all = known.map((k) => JSON.stringify(k)).join(", ");
  throw invalid(owner, name, value, near ? `did you mean "${near}"?` : `use one of ${all}`);
}

/**
 * `rank` integers of at least `least` from one or several.
 * @throws {ArgumentError} when they are not that many, or one is smaller
 */
export function sizes(
  owner: string,
  name: string,
  value: number | readonly number[],
  rank: number,
  least = 1,
): number[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : Array.from({ length: rank }, () => value);
  const { test } = integer(least);
  if (list.length === rank && list.every(test)) return list as number[];
  throw invalid(owner, name, value, `use an integer of at least ${least}, or ${rank} of them`);
}
