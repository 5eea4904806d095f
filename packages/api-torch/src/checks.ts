// What users pass, checked by name and kind: arguments and options of functions, modules, optimizers and schedules.
import * as core from "@isoform/core";

/** What an argument may be: a test, and what the hint tells to use. */
export interface Kind {
  readonly is: (value: unknown) => boolean;
  readonly use: string;
  /** Code of the error; `argument/invalid` by default. */
  readonly code?: string;
}
/** Kinds of options by name. */
export type Kinds = Readonly<Record<string, Kind>>;

const whole = (v: unknown, least: number): boolean => Number.isSafeInteger(v) && Number(v) >= least;
const within = (v: unknown, low: number, high: number): boolean =>
  typeof v === "number" && v >= low && v <= high;

/** Any number but NaN. */
export const NUMBER: Kind = { is: (v) => within(v, -Infinity, Infinity), use: "a number" };
/** A number of at least 0. */
export const NOT_NEGATIVE: Kind = {
  is: (v) => within(v, 0, Infinity),
  use: "0 or more",
  code: "argument/range",
};
/** A number above 0. */
export const ABOVE_ZERO: Kind = {
  is: (v) => within(v, Number.MIN_VALUE, Infinity),
  use: "more than 0",
  code: "argument/range",
};
/** A probability. */
export const PROBABILITY: Kind = { is: (v) => within(v, 0, 1), use: "0 to 1", code: "argument/range" };
/** An integer of any sign. */
export const INTEGER: Kind = { is: (v) => whole(v, -Infinity), use: "an integer" };
/** An integer of at least 0. */
export const COUNT: Kind = { is: (v) => whole(v, 0), use: "a non-negative integer" };
/** An integer of at least 1. */
export const POSITIVE: Kind = {
  is: (v) => whole(v, 1),
  use: "an integer of at least 1",
  code: "argument/range",
};
/** What is checked elsewhere. */
export const ANY: Kind = { is: () => true, use: "anything" };
/** A boolean. */
export const FLAG: Kind = { is: (v) => typeof v === "boolean", use: "true or false" };
/** A function. */
export const FUNCTION: Kind = { is: (v) => typeof v === "function", use: "a function" };
/** A string. */
export const TEXT: Kind = { is: (v) => typeof v === "string", use: "a string" };
/** A tensor. */
export const TENSOR: Kind = { is: (v) => v instanceof core.Tensor, use: "a tensor: make one of it first" };

/** Null, or something of a kind. */
export function orNull(kind: Kind): Kind {
  return { ...kind, is: (v) => v === null || kind.is(v), use: `${kind.use}, or null` };
}
/** A kind whose errors have another code. */
export function coded(code: string, kind: Kind): Kind {
  return { ...kind, code };
}
/** One of some names. */
export function oneOf(...names: readonly string[]): Kind {
  const quoted = names.map((n) => `'${n}'`);
  return {
    is: (v) => names.some((n) => n === v),
    use: `${quoted.slice(0, -1).join(", ")} or ${quoted.at(-1)}`,
  };
}
/** A list of one kind; `length` entries when it is given. */
export function listOf(kind: Kind, use: string, length?: number): Kind {
  const fits = (v: readonly unknown[]) =>
    (length === undefined || v.length === length) && [...v].every(kind.is);
  return { is: (v) => Array.isArray(v) && fits(v), use };
}
/** Something of one of two kinds. */
export function either(a: Kind, b: Kind, use = `${a.use}, or ${b.use}`): Kind {
  return { is: (v) => a.is(v) || b.is(v), use };
}
/** A non-negative integer for all of n axes, or one per axis. */
export function perAxis(n: number): Kind {
  const use = `one non-negative integer, or ${n} of them`;
  return coded("argument/per-axis", either(COUNT, listOf(COUNT, use, n), use));
}

/**
 * The value of an argument.
 * @param call How the function is called, for the hint when the value is missing.
 * @throws {ArgumentError} (`argument/invalid`) naming the argument when the value is not of its kind
 */
export function checkValue<T>(op: string, name: string, value: T, kind: Kind, call?: string): T {
  if (kind.is(value)) return value;
  throw new core.ArgumentError(`${name} is ${value === undefined ? "missing" : core.shown(value)}`, {
    code: kind.code ?? "argument/invalid",
    op,
    hint: `use ${kind.use}${call === undefined || value !== undefined ? "" : `: ${call}`}`,
  });
}

/**
 * Checks names and values of options; undefined stands for the default.
 * @throws {ArgumentError} for what is no object, an unknown name, or a value of another kind
 */
export function checkOptions(op: string, options: object, kinds: Kinds): void {
  core.checkOptions(op, options, Object.keys(kinds));
  for (const [name, value] of Object.entries(options)) {
    if (value !== undefined) checkValue<unknown>(op, name, value, kinds[name]!);
  }
}

/** The defaults with what is given in their place; undefined stands for the default. */
export function withDefaults<T extends object>(defaults: T, given: object): T {
  return { ...defaults, ...Object.fromEntries(Object.entries(given).filter(([, v]) => v !== undefined)) };
}
