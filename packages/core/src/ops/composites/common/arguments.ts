// Checks of numbers and lists that users pass to composites.
import { ArgumentError, shown } from "../../../errors.js";

/** Smallest padding or step list entry: what `requireList` demands of each number. */
type Check = (n: number) => boolean;

const isWhole: Check = (n) => Number.isSafeInteger(n);
const isCount: Check = (n) => Number.isSafeInteger(n) && n >= 0;
const isPositive: Check = (n) => Number.isSafeInteger(n) && n >= 1;

function bad(op: string, name: string, value: unknown, needed: string): ArgumentError {
  return new ArgumentError(`${name} is ${shown(value)}`, {
    code: "argument/invalid",
    op,
    hint: `${name} must be ${needed}`,
  });
}

/**
 * Returns `value`.
 * @throws {ArgumentError} unless it is a number that is not NaN
 */
export function requireNumber(op: string, name: string, value: number): number {
  if (typeof value === "number" && !Number.isNaN(value)) return value;
  throw bad(op, name, value, "a number");
}

/**
 * Returns `value`.
 * @throws {ArgumentError} unless it is a number above 0 (Infinity allowed)
 */
export function requirePositiveNumber(op: string, name: string, value: number): number {
  if (typeof value === "number" && value > 0) return value;
  throw bad(op, name, value, "a number above 0");
}

/**
 * Returns `value`.
 * @throws {ArgumentError} unless it is a number of at least 0
 */
export function requireNonNegativeNumber(op: string, name: string, value: number): number {
  if (typeof value === "number" && value >= 0) return value;
  throw bad(op, name, value, "a number of at least 0");
}

/**
 * Returns `value`.
 * @throws {ArgumentError} unless it is an integer of any sign
 */
export function requireWhole(op: string, name: string, value: number): number {
  if (isWhole(value)) return value;
  throw bad(op, name, value, "an integer");
}

/**
 * Returns `value`.
 * @throws {ArgumentError} unless it is an integer of at least 0
 */
export function requireCount(op: string, name: string, value: number): number {
  if (isCount(value)) return value;
  throw bad(op, name, value, "an integer of at least 0");
}

/**
 * Returns `value`.
 * @throws {ArgumentError} unless it is an integer of at least 1
 */
export function requirePositive(op: string, name: string, value: number): number {
  if (isPositive(value)) return value;
  throw bad(op, name, value, "an integer of at least 1");
}

function requireList(
  op: string,
  name: string,
  list: readonly number[],
  length: number | undefined,
  check: Check,
  of: string,
) {
  if (Array.isArray(list) && (length === undefined || list.length === length) && list.every(check))
    return list;
  throw bad(op, name, list, length === undefined ? `a list of ${of}` : `${length} ${of}, one per axis`);
}

/**
 * Returns `list`.
 * @throws {ArgumentError} unless it has `length` integers of at least 0
 */
export function requireCounts(
  op: string,
  name: string,
  list: readonly number[],
  length?: number,
): readonly number[] {
  return requireList(op, name, list, length, isCount, "integers of at least 0");
}

/**
 * Returns `list`.
 * @throws {ArgumentError} unless it has `length` integers of at least 1
 */
export function requirePositives(
  op: string,
  name: string,
  list: readonly number[],
  length?: number,
): readonly number[] {
  return requireList(op, name, list, length, isPositive, "integers of at least 1");
}

/**
 * Returns `list`.
 * @throws {ArgumentError} unless it has `length` integers of any sign
 */
export function requireWholes(
  op: string,
  name: string,
  list: readonly number[],
  length?: number,
): readonly number[] {
  return requireList(op, name, list, length, isWhole, "integers");
}

/**
 * Returns `list`.
 * @throws {ArgumentError} unless it has `length` pairs of integers, of at least 0 unless `negative`
 */
export function requirePairs(
  op: string,
  name: string,
  list: readonly (readonly [number, number])[],
  length: number,
  negative = false,
): readonly (readonly [number, number])[] {
  const check = negative ? isWhole : isCount;
  const ok =
    Array.isArray(list) &&
    list.length === length &&
    list.every((p) => Array.isArray(p) && p.length === 2 && p.every(check));
  if (ok) return list;
  throw bad(
    op,
    name,
    list,
    `${length} pairs [low, high] of integers${negative ? "" : " of at least 0"}, one per axis`,
  );
}

/**
 * Returns `value`.
 * @throws {ArgumentError} unless it is one of `known`
 */
export function requireOneOf<T extends string>(op: string, name: string, value: T, known: readonly T[]): T {
  if (known.includes(value)) return value;
  throw bad(op, name, value, `one of ${known.join(", ")}`);
}
