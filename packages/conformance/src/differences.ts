// Gradients on a device, and the finite differences that they are held against.
import {
  add,
  isFloat,
  mul,
  noGrad,
  not,
  scope,
  sum,
  valueAndGrads,
  withDevice,
  type Device,
  type DType,
  type Tensor,
} from "@isoform/core";
import { spread, type CaseTensor } from "./cases/composite-case.js";
import { download, upload } from "./cases/layout.js";
import { countOf, toDType, type NDArray } from "./oracle/ndarray.js";

/** A function of tensors: an op with its attributes, or the front door of a composite. */
export type Apply = (inputs: readonly Tensor[]) => readonly Tensor[];

/** A case's tensor in a dtype: its own, or the float dtype under test. */
export function arrayOf(t: CaseTensor, dtype: DType): NDArray {
  const d = t.dtype ?? dtype;
  return {
    shape: t.shape,
    dtype: d,
    data: t.data.map((v) => toDType(d, typeof v === "boolean" ? Number(v) : v)),
  };
}

/** Fixed weights of an output, so that every element matters differently. */
export function weights(shape: readonly number[], seed: number): NDArray {
  return arrayOf(spread(shape, seed + 17, -1.5, 1), "float64");
}

/** Σ outputs·weights over the float outputs. */
function weighted(outputs: readonly Tensor[]): Tensor {
  let total: Tensor | null = null;
  outputs.forEach((out, k) => {
    if (!isFloat(out.dtype)) return;
    const w = upload({ ...weights(out.shape, k), dtype: out.dtype });
    const part = sum(mul(out, w));
    total = total === null ? part : add(total, part);
  });
  if (total === null) throw new TypeError("no float output");
  return total;
}

/** Gradients of Σ outputs·weights for the inputs `wrt`. */
export async function gradients(
  device: Device,
  apply: Apply,
  inputs: readonly NDArray[],
  wrt: readonly number[],
): Promise<NDArray[]> {
  const grads = withDevice(device, () => scope(() => gradientTensors(apply, inputs.map(upload), wrt)));
  return readAll(grads);
}

function gradientTensors(apply: Apply, inputs: readonly Tensor[], wrt: readonly number[]): Tensor[] {
  const loss = (...args: Tensor[]) => weighted(scope(() => apply(args.map(temporary))));
  return valueAndGrads(loss, wrt)(...inputs)[1];
}

/** A copy that is released when the op has run, unless the op saves its inputs: a rule must not use more than that. */
function temporary(x: Tensor): Tensor {
  return x.dtype === "bool" ? not(not(x)) : mul(x, 1);
}

/** Gradients of Σₖ gradientₖ·weights for the inputs `wrt`: second derivatives along a fixed direction. */
export async function secondGradients(
  device: Device,
  apply: Apply,
  inputs: readonly NDArray[],
  wrt: readonly number[],
): Promise<NDArray[]> {
  const outer = (...args: Tensor[]) => weighted(gradientTensors(apply, args, wrt));
  const grads = withDevice(device, () => scope(() => valueAndGrads(outer, wrt)(...inputs.map(upload))[1]));
  return readAll(grads);
}

async function readAll(tensors: readonly Tensor[]): Promise<NDArray[]> {
  const out: NDArray[] = [];
  for (const t of tensors) out.push(await download(t));
  for (const t of tensors) t.dispose();
  return out;
}

/** Value of Σ arrays·weights over the float arrays. */
export function weightedSum(arrays: readonly NDArray[]): number {
  let total = 0;
  arrays.forEach((x, k) => {
    if (!isFloat(x.dtype)) return;
    const w = weights(x.shape, k);
    x.data.forEach((v, i) => (total += Number(v) * Number(w.data[i])));
  });
  return total;
}

/** Makes a value once, for all dtypes of a case. */
export function once<A extends readonly unknown[], T>(make: (...args: A) => T): (...args: A) => T {
  let made: { readonly value: T } | null = null;
  return (...args) => (made ??= { value: make(...args) }).value;
}

const EPSILON = 1e-6;

/** Central differences of `f` by every element of the inputs `wrt`, in float64. */
export async function differences(
  f: (inputs: readonly NDArray[]) => number | Promise<number>,
  inputs: readonly NDArray[],
  wrt: readonly number[],
): Promise<NDArray[]> {
  const out: NDArray[] = [];
  for (const k of wrt) {
    const x = inputs[k]!;
    const data: number[] = [];
    for (let i = 0; i < countOf(x.shape); i++) {
      const moved = (step: number) =>
        inputs.with(k, { ...x, data: x.data.with(i, Number(x.data[i]) + step) });
      data.push(((await f(moved(EPSILON))) - (await f(moved(-EPSILON)))) / (2 * EPSILON));
    }
    out.push({ shape: x.shape, dtype: "float64", data });
  }
  return out;
}

/** Σ outputs·weights on a device, without gradients. */
export async function valueOn(device: Device, apply: Apply, inputs: readonly NDArray[]): Promise<number> {
  const outputs = withDevice(device, () => scope(() => noGrad(() => apply(inputs.map(upload)))));
  return weightedSum(await readAll(outputs));
}
