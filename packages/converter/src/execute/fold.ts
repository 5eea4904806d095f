// Elementwise arithmetic on host tensors, with broadcasting and the wrap-around of the element type.
import { broadcastShapes, isDType, isFloat, rowMajor, sizeOf, type DType } from "@isoform/core";
import type { Call, Result } from "./call.js";
import { HOST_LIMIT, HostTensor, isBig, toScalar, type Scalar } from "./host.js";

type Num = number | bigint;
/** A function for numbers and one for 64-bit integers. */
export interface Pair {
  readonly num: (a: number, b: number) => number;
  readonly big: (a: bigint, b: bigint) => bigint;
}

/** All inputs as host tensors, or null when one is on the device. */
export function hostInputs(call: Call): HostTensor[] | null {
  const out: HostTensor[] = [];
  for (const v of call.inputs) {
    if (!(v instanceof HostTensor)) return null;
    out.push(v);
  }
  return out;
}

/** Elements of `x` broadcast to `shape`. */
export function broadcastHost(x: HostTensor, shape: readonly number[]): readonly Scalar[] {
  const lead = shape.length - x.shape.length;
  const strides = rowMajor(x.shape);
  const steps = shape.map((n, i) => (i < lead || x.shape[i - lead] !== n ? 0 : strides[i - lead]!));
  const out = new Array<Scalar>(sizeOf(shape));
  const index = new Array<number>(shape.length).fill(0);
  let at = 0;
  for (let i = 0; i < out.length; i++) {
    out[i] = x.values[at]!;
    for (let d = shape.length - 1; d >= 0; d--) {
      at += steps[d]!;
      if (++index[d]! < shape[d]!) break;
      at -= steps[d]! * shape[d]!;
      index[d] = 0;
    }
  }
  return out;
}

function commonShape(inputs: readonly HostTensor[]): readonly number[] | null {
  let shape: readonly number[] | null = [];
  for (const x of inputs) shape = shape && broadcastShapes(shape, x.shape);
  return shape && sizeOf(shape) <= HOST_LIMIT ? shape : null;
}

/** Folds an elementwise function of any number of inputs; `dtype` is of the result. */
export function foldMap(
  inputs: readonly HostTensor[],
  dtype: DType,
  fn: (values: readonly Scalar[]) => Num,
): HostTensor | null {
  const shape = commonShape(inputs);
  if (shape === null) return null;
  const columns = inputs.map((x) => broadcastHost(x, shape));
  const values = Array.from({ length: sizeOf(shape) }, (_, i) =>
    toScalar(dtype, fn(columns.map((c) => c[i]!))),
  );
  return new HostTensor(dtype, shape, values);
}

/** Folds a + b and the like: same dtype in and out, left to right over all inputs. */
export function foldArith(call: Call, pair: Pair): Result | null {
  const inputs = hostInputs(call);
  const first = inputs?.[0];
  if (!inputs || !first || !isDType(first.dtype)) return null;
  if (inputs.some((x) => x.dtype !== first.dtype)) return null;
  const big = isBig(first.dtype);
  return foldMap(inputs, first.dtype, (values) =>
    big
      ? values.map((v) => BigInt(v)).reduce((a, b) => pair.big(a, b))
      : values.map(Number).reduce((a, b) => pair.num(a, b)),
  );
}

/** Folds a comparison; the result is bool. */
export function foldCompare(call: Call, test: (a: Scalar, b: Scalar) => boolean): Result | null {
  const inputs = hostInputs(call);
  if (!inputs) return null;
  return foldMap(inputs, "bool", ([a, b]) => (test(a!, b!) ? 1 : 0));
}

/** Folds a function of one input that keeps the dtype. */
export function foldUnary(
  call: Call,
  num: (x: number) => number,
  big?: (x: bigint) => bigint,
): Result | null {
  const x = hostInputs(call)?.[0];
  if (!x || !isDType(x.dtype)) return null;
  if (isBig(x.dtype)) return big ? foldMap([x], x.dtype, ([v]) => big(BigInt(v!))) : null;
  return foldMap([x], x.dtype, ([v]) => num(Number(v)));
}

const text = (v: Scalar): number => {
  const t = String(v).trim();
  if (/^[+-]?inf(inity)?$/i.test(t)) return t.startsWith("-") ? -Infinity : Infinity;
  return /^nan$/i.test(t) ? NaN : Number(t);
};

/** Converts elements; text is parsed. Floats to integers truncate. */
export function castHost(x: HostTensor, dtype: DType): HostTensor {
  const values = x.values.map((v) => {
    const n: Num = typeof v === "string" ? text(v) : v;
    if (isFloat(dtype) || dtype === "bool" || typeof n === "bigint") return toScalar(dtype, n);
    return toScalar(dtype, Math.trunc(n));
  });
  return new HostTensor(dtype, x.shape, values);
}
