// keras.ops: tensors from values.
import * as core from "@isoform/core";
import type { DType } from "@isoform/core";
import { session } from "../session.js";
import { asTensor, toTensor, type TensorLike } from "../tensor/like.js";
import type { Tensor } from "../tensor/tensor.js";
import { callOperation } from "../engine/operation.js";
import { apply1, input, tensor, type Arg, type Out } from "./apply.js";

interface DTypeOption {
  readonly dtype?: DType;
}

/** A tensor of a value. See `tf.constant`. */
export function convertToTensor(value: TensorLike, options: DTypeOption = {}): Tensor {
  core.checkOptions("ops.convertToTensor", options, ["dtype"]);
  return toTensor(value, options.dtype);
}
/** Same as `convertToTensor`. */
export function array(value: TensorLike, options: DTypeOption = {}): Tensor {
  return convertToTensor(value, options);
}
/** Zeros. */
export function zeros(shape: readonly number[], options: DTypeOption = {}): Tensor {
  return full(shape, 0, options);
}
/** Ones. */
export function ones(shape: readonly number[], options: DTypeOption = {}): Tensor {
  return full(shape, 1, options);
}
/** One value. */
export function full(shape: readonly number[], fillValue: number, options: DTypeOption = {}): Tensor {
  core.checkOptions("ops.full", options, ["dtype"]);
  return asTensor(core.full(shape, fillValue, options.dtype ?? session.floatx));
}
function like<A extends Arg>(name: string, x: A, value: number, options: DTypeOption): Out<A> {
  core.checkOptions(`ops.${name}`, options, ["dtype"]);
  const dtype = options.dtype ?? null;
  return apply1(name, x, { dtype }, (t) => core.full(t.shape, value, dtype ?? t.dtype));
}
/** Zeros in the shape of x. */
export function zerosLike<A extends Arg>(x: A, options: DTypeOption = {}): Out<A> {
  return like("ZerosLike", x, 0, options);
}
/** Ones in the shape of x. */
export function onesLike<A extends Arg>(x: A, options: DTypeOption = {}): Out<A> {
  return like("OnesLike", x, 1, options);
}
/** One value in the shape of x. */
export function fullLike<A extends Arg>(x: A, fillValue: number, options?: DTypeOption): Out<A>;
export function fullLike(x: Arg, fillValue: number, options: DTypeOption = {}): unknown {
  core.checkOptions("ops.fullLike", options, ["dtype"]);
  const dtype = options.dtype ?? null;
  return callOperation("FullLike", [input(x), fillValue], { dtype }, (t) =>
    core.full(tensor(t).shape, fillValue, dtype ?? tensor(t).dtype),
  );
}
/** `start, start + step, …` below `stop`; `arange(stop)` starts at 0. int32 unless there is a fraction. */
export function arange(start: number, stop?: number | null, step = 1, options: DTypeOption = {}): Tensor {
  core.checkOptions("ops.arange", options, ["dtype"]);
  const [from, to] = stop === undefined || stop === null ? [0, start] : [start, stop];
  const whole = [from, to, step].every(Number.isInteger);
  return asTensor(core.arange(from, to, step, options.dtype ?? (whole ? "int32" : session.floatx)));
}
/** `num` evenly spaced numbers from `start` to `stop`. */
export function linspace(
  start: number,
  stop: number,
  options: DTypeOption & { readonly num?: number; readonly endpoint?: boolean } = {},
): Tensor {
  core.checkOptions("ops.linspace", options, ["num", "endpoint", "dtype"]);
  const { num = 50, endpoint = true } = options;
  const step = (stop - start) / Math.max(1, endpoint ? num - 1 : num);
  return toTensor(
    Array.from({ length: num }, (_, i) => start + i * step),
    options.dtype ?? session.floatx,
  );
}
/** The identity matrix `[n, m]`, or ones on diagonal `k`. */
export function eye(
  n: number,
  options: DTypeOption & { readonly m?: number | null; readonly k?: number } = {},
): Tensor {
  core.checkOptions("ops.eye", options, ["m", "k", "dtype"]);
  const { k = 0, dtype = session.floatx } = options;
  const shape = [n, options.m ?? n];
  return core.scope(() =>
    asTensor(core.cast(core.eq(core.add(core.iota(shape, 0), k), core.iota(shape, 1)), dtype)),
  );
}
/** The identity matrix. */
export function identity(n: number, options: DTypeOption = {}): Tensor {
  return eye(n, options);
}
