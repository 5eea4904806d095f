// Primitives without tensor data inputs: full, iota, randomBits; and tensors from JavaScript data.
import { ambient } from "../../dispatch/ambient.js";
import { bind } from "../../dispatch/bind.js";
import { allocate, own } from "../../dispatch/execute.js";
import { ArgumentError, IsoformError, placeError, shown } from "../../errors.js";
import { currentDevice } from "../../runtime/runtime.js";
import { elementWriter, storedValue, type TensorValue } from "../../tensor/convert.js";
import { isDType, itemSize, newTypedArray, type DType, type TypedArray } from "../../tensor/dtype.js";
import { Tensor, type TensorClass } from "../../tensor/tensor.js";
import { sizeOf } from "../../tensor/view.js";
import { dtypeError, normalizeAxis, requireNumeric, requireShape, shapeError } from "../infer.js";
import { definePrim, type Op } from "../table.js";
import { cast } from "./select.js";

declare module "../table.js" {
  interface OpTable {
    full: {
      readonly tier: "prim";
      readonly in: readonly [];
      readonly attrs: {
        readonly shape: readonly number[];
        readonly dtype: DType;
        readonly value: number | bigint;
      };
    };
    iota: {
      readonly tier: "prim";
      readonly in: readonly [];
      readonly attrs: { readonly shape: readonly number[]; readonly dtype: DType; readonly axis: number };
    };
    randomBits: {
      readonly tier: "prim";
      readonly in: readonly ["key"];
      readonly attrs: { readonly shape: readonly number[] };
    };
  }
}

/** The `full` primitive. */
export const fullOp: Op<"full"> = definePrim("full", {
  family: "fill",
  infer: (_inputs, { shape, dtype }) => {
    requireShape("full", shape);
    itemSize(dtype);
    return [{ shape, dtype }];
  },
  lower: (k, _inputs, [out], { value }) => k.fill(out, value),
});

/** The `iota` primitive. */
export const iotaOp: Op<"iota"> = definePrim("iota", {
  family: "iota",
  infer: (_inputs, { shape, dtype, axis }) => {
    requireShape("iota", shape);
    normalizeAxis("iota", axis, shape.length);
    itemSize(dtype);
    requireNumeric("iota", { shape, dtype });
    return [{ shape, dtype }];
  },
  lower: (k, _inputs, [out], { axis }) => k.iota(out, axis),
});

/** The `randomBits` primitive. */
export const randomBitsOp: Op<"randomBits"> = definePrim("randomBits", {
  family: "randomBits",
  infer: ([key], { shape }) => {
    requireShape("randomBits", shape);
    if (key.dtype !== "uint32") throw dtypeError("randomBits", [key], "the key must be uint32");
    if (key.shape.length !== 1 || key.shape[0] !== 4) {
      throw shapeError(
        "randomBits",
        "the key must have 4 words",
        [key],
        "pass key0, key1, counter0, counter1",
      );
    }
    return [{ shape, dtype: "uint32" }];
  },
  lower: (k, [key], [out]) => k.randomBits(key, out),
});

type Element = number | bigint | boolean;

/**
 * A tensor of one value, default float32; in an integer dtype a fraction is cut off.
 * @throws {ArgumentError} unless the value is a number, bigint or boolean, or when no backend is set
 * @throws {ShapeError} when a size is negative or fractional
 * @throws {DTypeError} when the device lacks the dtype, or it is not an element type
 * @see torch.full, ONNX ConstantOfShape
 */
export function full(shape: readonly number[], value: number | bigint, dtype: DType = "float32"): Tensor {
  if (typeof value !== "number" && typeof value !== "bigint") {
    throw new ArgumentError(`the value is ${shown(value)}`, {
      code: "argument/not-a-number",
      op: "full",
      hint: "use a number",
    });
  }
  return bind(fullOp, [], { shape, dtype, value: isDType(dtype) ? storedValue(dtype, value) : value })[0];
}
/**
 * Zeros of a shape, default float32.
 * @throws {ShapeError} when a size is negative or fractional
 * @throws {DTypeError} when the device lacks the dtype, or it is not an element type
 * @throws {ArgumentError} when no backend is set
 * @see torch.zeros
 */
export function zeros(shape: readonly number[], dtype: DType = "float32"): Tensor {
  return full(shape, 0, dtype);
}
/**
 * Ones of a shape, default float32.
 * @throws {ShapeError} when a size is negative or fractional
 * @throws {DTypeError} when the device lacks the dtype, or it is not an element type
 * @throws {ArgumentError} when no backend is set
 * @see torch.ones
 */
export function ones(shape: readonly number[], dtype: DType = "float32"): Tensor {
  return full(shape, 1, dtype);
}
/**
 * Zeros of a tensor's shape and dtype, on the current device.
 * @throws {ArgumentError} when no backend is set
 * @throws {DTypeError} when the current device lacks the dtype
 * @see torch.zeros_like
 */
export function zerosLike(x: Tensor): Tensor {
  return full(x.shape, 0, x.dtype);
}
/**
 * Ones of a tensor's shape and dtype, on the current device.
 * @throws {ArgumentError} when no backend is set
 * @throws {DTypeError} when the current device lacks the dtype
 * @see torch.ones_like
 */
export function onesLike(x: Tensor): Tensor {
  return full(x.shape, 1, x.dtype);
}
/**
 * The index along `axis` at every element, from 0; default int64.
 * @throws {ShapeError} when a size is negative or fractional
 * @throws {DTypeError} for bool
 * @throws {ArgumentError} when there is no such axis, or no backend is set
 * @see StableHLO iota
 */
export function iota(shape: readonly number[], axis: number, dtype: DType = "int64"): Tensor {
  return bind(iotaOp, [], { shape, dtype, axis: normalizeAxis("iota", axis, shape.length) })[0];
}
/**
 * `start, start + step, …` below `stop` (above it for a negative step): shape
 * `[max(0, ⌈(stop − start)/step⌉)]`. Default step 1, default dtype int64.
 * @throws {ArgumentError} when start, stop or step is not finite, step is 0, or no backend is set
 * @throws {DTypeError} when an element is a fraction in an integer dtype
 * @throws {OutOfMemoryError} when there is no room for the elements
 * @see torch.arange, numpy.arange, ONNX Range
 */
export function arange(start: number, stop: number, step = 1, dtype: DType = "int64"): Tensor {
  if (![start, stop, step].every((v) => Number.isFinite(v)) || step === 0) {
    throw new ArgumentError(`start, stop and step are ${shown([start, stop, step])}`, {
      code: "argument/range",
      op: "arange",
      hint: "use finite numbers, and a step that is not 0",
    });
  }
  const n = Math.max(0, Math.ceil((stop - start) / step));
  return generate("arange", n, (i) => start + i * step, dtype);
}

/**
 * `n` numbers by their places, shape `[n]`.
 * @throws {ShapeError} unless n is a size
 * @throws {OutOfMemoryError} when there is no room for them
 * @throws {DTypeError} for a value that the dtype does not have
 */
export function generate(
  op: string,
  n: number,
  at: (i: number) => number,
  dtype: DType,
  tensorClass: TensorClass = Tensor,
): Tensor {
  requireShape(op, [n]);
  return upload(op, written(n, at, dtype), [n], dtype, tensorClass);
}
/**
 * Counter-based uint32 words (Philox4x32-10) of any shape from a uint32 key `[4]`: two words of key, two of
 * counter. Equal keys give equal words.
 * @throws {DTypeError} unless the key is uint32
 * @throws {ShapeError} unless the key is `[4]`, or when `shape` is not a shape
 * @see J. Salmon, M. Moraes, R. Dror, D. Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011
 */
export function randomBits(key: Tensor, shape: readonly number[]): Tensor {
  return bind(randomBitsOp, [key], { shape })[0];
}

/** Options of `tensor` and `fromTypedArray`. */
export interface TensorOptions {
  /** Default: float32 for numbers, int64 for bigints, bool for booleans, the array's own for typed arrays. */
  readonly dtype?: DType;
  readonly shape?: readonly number[];
  /** An API's own tensor class. */
  readonly tensorClass?: TensorClass;
}

/**
 * A tensor from a JavaScript value, nested arrays or a typed array, on the current device.
 * @throws {ShapeError} for ragged arrays or a `shape` of another size
 * @throws {DTypeError} for numbers that an integer dtype does not hold, or a dtype that the device lacks or
 *   that is none
 * @throws {ArgumentError} for values that are not numbers, bigints, booleans or arrays, or when no backend is
 *   set
 * @see torch.tensor, numpy.array
 */
export function tensor(value: TensorValue | TypedArray, options: TensorOptions = {}): Tensor {
  if (ArrayBuffer.isView(value)) return fromTypedArray(value, options);
  const flat: Element[] = [];
  const found = flatten(value, flat);
  const shape = options.shape ?? found;
  if (sizeOf(shape) !== flat.length) throw wrongSize(shape, flat.length);
  const dtype = options.dtype ?? dtypeOfValue(flat[0]);
  return upload(
    "tensor",
    written(flat.length, (i) => flat[i]!, dtype),
    shape,
    dtype,
    options.tensorClass ?? Tensor,
  );
}

/**
 * A tensor of a typed array's elements, by default 1-d; Uint16Array with a 16-bit float dtype is taken as
 * bits, Uint8Array as bool, and with any other dtype the elements are cast, fractions cut off. The data is
 * copied.
 * @throws {ShapeError} when `shape` has not as many elements
 * @throws {DTypeError} when the device lacks the dtype, or it is not an element type
 * @throws {ArgumentError} for another array, or when no backend is set
 * @see torch.from_numpy
 */
export function fromTypedArray(data: TypedArray, options: TensorOptions = {}): Tensor {
  const op = "fromTypedArray";
  const own_ = dtypeOfArray(data);
  const dtype = options.dtype ?? own_;
  const shape = options.shape ?? [data.length];
  if (sizeOf(shape) !== data.length) throw wrongSize(shape, data.length);
  const Class = options.tensorClass ?? Tensor;
  const bits = data instanceof Uint16Array && itemSize(dtype) === 2;
  const bools = data instanceof Uint8Array && dtype === "bool";
  if (dtype === own_ || bits || bools) return upload(op, () => data, shape, dtype, Class);
  const plain = upload(op, () => data, shape, own_, Class);
  const out = cast(plain, dtype);
  plain.dispose();
  return out;
}

const written = (n: number, at: (i: number) => Element, dtype: DType) => (): TypedArray => {
  const data = newTypedArray(dtype, n);
  const write = elementWriter(dtype);
  for (let i = 0; i < n; i++) write(data, i, at(i));
  return data;
};

/** The data is made when the device has room for it. */
function upload(
  op: string,
  make: () => TypedArray,
  shape: readonly number[],
  dtype: DType,
  Class: TensorClass,
): Tensor {
  const device = currentDevice();
  requireShape("tensor", shape);
  const t = allocate(device, { shape: [...shape], dtype }, Class);
  try {
    const { buffer, byteOffset, byteLength } = make();
    if (byteLength > 0)
      device.backend.write(t._storage!.buffer, 0, new Uint8Array(buffer, byteOffset, byteLength));
  } catch (error) {
    t.dispose();
    throw error instanceof IsoformError && error.op === undefined ? placeError(error, op) : error;
  }
  ambient.trace?.made(t);
  return own(t);
}

function kindOf(value: unknown): string {
  if (value === null || typeof value !== "object") return value === null ? "null" : typeof value;
  return value.constructor?.name ?? "an object";
}

/** Arrays deeper than this are taken for ones that contain themselves. */
const DEEPEST = 64;

function flatten(value: TensorValue, into: Element[], depth = 0): number[] {
  if (typeof value === "number" || typeof value === "bigint" || typeof value === "boolean") {
    into.push(value);
    return [];
  }
  if (depth > DEEPEST) {
    throw new ArgumentError(`arrays are nested more than ${DEEPEST} deep`, {
      code: "argument/nesting",
      op: "tensor",
      hint: "an array may not contain itself",
    });
  }
  if (!Array.isArray(value)) {
    throw new ArgumentError(`expected a number, a boolean or nested arrays of them, got ${kindOf(value)}`, {
      code: "argument/not-array",
      op: "tensor",
      hint: "Number(text) for text, NaN for what is missing; typed arrays go to fromTypedArray",
    });
  }
  let inner: number[] | null = null;
  for (const v of value) {
    const s = flatten(v, into, depth + 1);
    if (inner !== null && (s.length !== inner.length || s.some((n, i) => n !== inner![i]))) {
      throw shapeError(
        "tensor",
        "the nested arrays are ragged",
        [],
        "all arrays of one level need the same length",
      );
    }
    inner = s;
  }
  return [value.length, ...(inner ?? [])];
}

function wrongSize(shape: readonly number[], length: number): Error {
  return shapeError(
    "tensor",
    `${length} values do not fill [${shape.join(",")}]`,
    [],
    `${sizeOf(shape)} values are needed`,
  );
}

function dtypeOfValue(v: Element | undefined): DType {
  if (typeof v === "boolean") return "bool";
  return typeof v === "bigint" ? "int64" : "float32";
}

/**
 * Dtype whose elements a typed array holds; Uint16Array counts as uint16, Uint8Array as uint8.
 * @throws {ArgumentError} for another array
 */
export function dtypeOfArray(data: TypedArray): DType {
  if (data instanceof Float32Array) return "float32";
  if (data instanceof Float64Array) return "float64";
  if (data instanceof Int32Array) return "int32";
  if (data instanceof BigInt64Array) return "int64";
  if (data instanceof Uint8Array) return "uint8";
  if (data instanceof Int8Array) return "int8";
  if (data instanceof Int16Array) return "int16";
  if (data instanceof Uint16Array) return "uint16";
  if (data instanceof Uint32Array) return "uint32";
  if (data instanceof BigUint64Array) return "uint64";
  throw new ArgumentError(`${shown(data)} is not an array of elements`, {
    code: "argument/not-a-typed-array",
    op: "fromTypedArray",
    hint: "new Uint8Array(data) of bytes, tensor(data) for JavaScript arrays",
  });
}
