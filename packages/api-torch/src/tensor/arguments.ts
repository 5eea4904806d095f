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

const DEVICES = /^(cuda|mps|xpu|gpu|webgpu|wasm|tpu|meta|hip|xla)(:\d+)?$/;

/**
 * The dtype that `x.to(target)` asks for, null for "cpu", which changes nothing: devices are chosen by `setBackend`.
 * @throws {UnsupportedOpError} for another device
 * @throws {DTypeError} for an unknown dtype
 */
export function targetOf(op: string, target: DType | "cpu"): DType | null {
  if (target === "cpu") return null;
  if (typeof target === "string" && DEVICES.test(target)) {
    throw new core.UnsupportedOpError(`"${target}" is a device, and tensors stay on the one that made them`, {
      code: "argument/device",
      op,
      hint: "choose the device once, before anything is made: await setBackend(webgpu())",
    });
  }
  core.itemSize(target);
  return target;
}
