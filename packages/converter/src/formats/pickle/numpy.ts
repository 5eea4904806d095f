// NumPy arrays and scalars inside pickles: from pickled data to raw tensors.
import { DTypeError, ModelFormatError } from "@isoform/core";
import { checkLimit, resolveLimits, type Limits } from "../limits.js";
import { rawBits, rawByteLength, type RawDType, type RawTensor } from "../raw-tensor.js";
import { swapBytes, toContiguous } from "../strided.js";
import {
  boolOf,
  intsOf,
  itemsOf,
  stringOf,
  unexpected,
  type PickleBytes,
  type PickleObject,
  type PickleValue,
} from "./value.js";

const DTYPE_NAMES: ReadonlyMap<string, RawDType> = new Map<string, RawDType>([
  ["b1", "bool"],
  ["i1", "int8"],
  ["i2", "int16"],
  ["i4", "int32"],
  ["i8", "int64"],
  ["u1", "uint8"],
  ["u2", "uint16"],
  ["u4", "uint32"],
  ["u8", "uint64"],
  ["f2", "float16"],
  ["f4", "float32"],
  ["f8", "float64"],
  ["c8", "complex64"],
  ["c16", "complex128"],
]);

/** True when `value` is a NumPy array or scalar; `numpyArrayOf` reads its shape. Never throws. */
export function isNumpyArray(value: PickleValue): value is PickleObject {
  return value.kind === "object" && /^numpy\.(ndarray|scalar|frombuffer)$/.test(value.type);
}

/**
 * The array, of any shape, or the scalar, of shape [], as a tensor, little-endian and row-major; undefined
 * when `value` is neither.
 * @param path Place in the file, for messages.
 * @throws {DTypeError} when it holds objects, strings, dates or records
 * @throws {ModelFormatError} when its parts are not those of an array, or shape and data disagree
 * @throws {LimitExceededError} when it is over `tensorBytes`
 * @see numpy.ndarray
 */
export function numpyArrayOf(
  value: PickleValue,
  path: string,
  limits: Limits = resolveLimits(),
): RawTensor | undefined {
  if (!isNumpyArray(value)) return undefined;
  if (value.type === "numpy.scalar") {
    const [dtype, data] = value.args;
    return array(dtype, [], false, data, path, limits);
  }
  if (value.type === "numpy.frombuffer") {
    const [data, dtype, shape, order] = value.args;
    return array(dtype, intsOf(shape, path), stringOf(order, path) === "F", data, path, limits);
  }
  const [, shape, dtype, fortran, data] = itemsOf(value.state, path);
  return array(
    dtype,
    intsOf(shape, path),
    fortran?.kind !== "none" && truth(fortran, path),
    data,
    path,
    limits,
  );
}

function truth(value: PickleValue | undefined, path: string): boolean {
  return value?.kind === "int" ? value.value !== 0n : boolOf(value, path);
}

function array(
  dtypeValue: PickleValue | undefined,
  shape: readonly number[],
  fortran: boolean,
  data: PickleValue | undefined,
  path: string,
  limits: Limits,
): RawTensor {
  const { dtype, bigEndian } = dtypeOf(dtypeValue, path);
  const byteLength = rawByteLength(dtype, shape, path);
  checkLimit(limits, "tensorBytes", byteLength, path);
  const bytes = dataOf(data, path);
  if (bytes.byteLength !== byteLength)
    throw new ModelFormatError(
      `${dtype}[${shape.join(",")}] needs ${byteLength} bytes, not ${bytes.byteLength}`,
      {
        code: "format/tensor-size",
        path,
      },
    );
  const little = bigEndian ? swapBytes(bytes, dtype) : bytes;
  if (!fortran || shape.length < 2) return { dtype, shape, data: little };
  let stride = 1;
  const strides = shape.map((dim) => {
    const own = stride;
    stride *= Math.max(1, dim);
    return own;
  });
  return { dtype, shape, data: toContiguous(little, rawBits(dtype) / 8, shape, strides, 0) };
}

/** Array bytes; Python 2 pickles hold them as a string, which may have been valid UTF-8. */
function dataOf(data: PickleValue | undefined, path: string): PickleBytes["value"] {
  if (data?.kind === "bytes") return data.value;
  if (data?.kind === "str") return new TextEncoder().encode(data.value);
  throw unexpected("array bytes", data, path);
}

function dtypeOf(value: PickleValue | undefined, path: string): { dtype: RawDType; bigEndian: boolean } {
  if (value?.kind !== "object" || value.type !== "numpy.dtype")
    throw unexpected("a NumPy dtype", value, path);
  const name = stringOf(value.args[0], path);
  const dtype = DTYPE_NAMES.get(name);
  if (!dtype)
    throw new DTypeError(`a NumPy array of dtype ${JSON.stringify(name)} cannot be read`, {
      code: "dtype/numpy",
      path,
      hint: "only bool, integer, float and complex arrays are read; object arrays never",
    });
  const state = value.state ? itemsOf(value.state, path) : [];
  const order = state[1]?.kind === "str" ? state[1].value : "<";
  return { dtype, bigEndian: order === ">" };
}
