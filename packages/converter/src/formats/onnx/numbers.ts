// Lists of 64-bit integers as plain numbers.
import { ArgumentError, LimitExceededError } from "@isoform/core";

/**
 * A 64-bit integer as a number.
 * @throws {LimitExceededError} (`onnx/int64`) when it is beyond ±(2^53 - 1)
 */
export function int64ToNumber(value: bigint | number, path: string): number {
  const number = Number(value);
  if (Number.isSafeInteger(number)) return number;
  throw new LimitExceededError(`${value} is over 2^53 - 1`, { code: "onnx/int64", path });
}

/**
 * A list of 64-bit integers as numbers, e.g. the dims of a tensor.
 * @throws {LimitExceededError} (`onnx/int64`) when one is beyond ±(2^53 - 1)
 */
export function int64sToNumbers(list: readonly bigint[] | BigInt64Array, path: string): number[] {
  return Array.from(list, (value) => int64ToNumber(value, path));
}

/**
 * Numbers as a list of 64-bit integers.
 * @param path Where they go, for messages.
 * @throws {ArgumentError} (`onnx/int64`) when one is not an integer
 */
export function numbersToInt64s(list: readonly number[], path = "integers"): bigint[] {
  return list.map((n) => {
    if (Number.isInteger(n)) return BigInt(n);
    throw new ArgumentError(`${n} is no integer`, {
      code: "onnx/int64",
      path,
      hint: "shapes, axes and the like are whole numbers",
    });
  });
}
