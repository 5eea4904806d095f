// Arguments that PyTorch refuses for their values: scalars that a dtype does not hold, indices outside an axis.
import * as core from "@isoform/core";
import type { DType, Tensor as CoreTensor } from "@isoform/core";

/**
 * A JavaScript scalar as an element of `dtype`; integers drop fractions.
 * @throws {ArgumentError} for what is no scalar
 * @throws {DTypeError} for a number that the integer dtype does not hold
 */
export function elementOf(op: string, value: number | bigint | boolean, dtype: DType): number | bigint {
  const number = typeof value === "boolean" ? Number(value) : value;
  if (typeof number !== "number" && typeof number !== "bigint") {
    throw new core.ArgumentError(`the value is ${core.shown(value)}`, {
      code: "argument/not-a-number",
      op,
      hint: "use a number",
    });
  }
  if (dtype === "bool" || core.isFloat(dtype)) return number;
  try {
    return core.integerRange(dtype)(typeof number === "number" ? Math.trunc(number) : number);
  } catch (error) {
    throw error instanceof core.IsoformError ? core.placeError(error, op) : error;
  }
}

/** Throws unless all are tensors; their names are for the message. @throws {ArgumentError} */
export function checkTensors(op: string, named: Readonly<Record<string, unknown>>): void {
  for (const name in named) {
    if (!(named[name] instanceof core.Tensor)) throw core.notTensor(op, named[name], name);
  }
}

/**
 * The axis, after a look at the indices into it where they can be read.
 * @throws {ArgumentError} when `dim` is no axis, `index` no tensor, or an entry outside 0…N − 1
 * @throws {DTypeError} unless index holds integers
 */
export function requireIndices(op: string, x: CoreTensor, dim: number, index: CoreTensor): number {
  const axis = core.normalizeAxis(op, dim, x.rank);
  core.requireInteger(op, core.requireTensor(op, index, "index"));
  core.countIndices(op, index, x.shape[axis]!, { what: `axis ${axis}` });
  return axis;
}
