// Element types: names, sizes, kinds, typed arrays, and the one promotion table.
import { closest, DTypeError, OutOfMemoryError, shown } from "../errors.js";

/** All element types. `float16` and `bfloat16` are stored as their 16 bits; `bool` as one byte, 0 or 1. */
export const DTYPES = [
  "bool",
  "uint8",
  "int8",
  "uint16",
  "int16",
  "uint32",
  "int32",
  "uint64",
  "int64",
  "float16",
  "bfloat16",
  "float32",
  "float64",
] as const;

/** Name of an element type. */
export type DType = (typeof DTYPES)[number];
/** Group of element types: what arithmetic they follow. */
export type DTypeKind = "bool" | "uint" | "int" | "float";
/** The typed arrays that hold elements; 16-bit floats are held as Uint16Array, bool as Uint8Array. */
export type TypedArray =
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | BigUint64Array
  | BigInt64Array
  | Float32Array
  | Float64Array;

interface DTypeInfo {
  readonly bytes: number;
  readonly kind: DTypeKind;
  view(buffer: ArrayBufferLike, byteOffset: number, length: number): TypedArray;
}

const INFO: Record<DType, DTypeInfo> = {
  bool: { bytes: 1, kind: "bool", view: (b, o, n) => new Uint8Array(b, o, n) },
  uint8: { bytes: 1, kind: "uint", view: (b, o, n) => new Uint8Array(b, o, n) },
  int8: { bytes: 1, kind: "int", view: (b, o, n) => new Int8Array(b, o, n) },
  uint16: { bytes: 2, kind: "uint", view: (b, o, n) => new Uint16Array(b, o, n) },
  int16: { bytes: 2, kind: "int", view: (b, o, n) => new Int16Array(b, o, n) },
  uint32: { bytes: 4, kind: "uint", view: (b, o, n) => new Uint32Array(b, o, n) },
  int32: { bytes: 4, kind: "int", view: (b, o, n) => new Int32Array(b, o, n) },
  uint64: { bytes: 8, kind: "uint", view: (b, o, n) => new BigUint64Array(b, o, n) },
  int64: { bytes: 8, kind: "int", view: (b, o, n) => new BigInt64Array(b, o, n) },
  float16: { bytes: 2, kind: "float", view: (b, o, n) => new Uint16Array(b, o, n) },
  bfloat16: { bytes: 2, kind: "float", view: (b, o, n) => new Uint16Array(b, o, n) },
  float32: { bytes: 4, kind: "float", view: (b, o, n) => new Float32Array(b, o, n) },
  float64: { bytes: 8, kind: "float", view: (b, o, n) => new Float64Array(b, o, n) },
};

/**
 * @throws {DTypeError} for anything that is not an element type: a misspelt one, or that of a value that is
 *   no tensor
 */
function infoOf(dtype: DType): DTypeInfo {
  const found: DTypeInfo | undefined = typeof dtype === "string" ? INFO[dtype] : undefined;
  if (found?.bytes !== undefined) return found;
  const near = typeof dtype === "string" ? closest(dtype, DTYPES) : undefined;
  throw new DTypeError(
    dtype === undefined ? "a value is not a tensor" : `${shown(dtype)} is not an element type`,
    {
      code: "dtype/unknown",
      hint:
        dtype === undefined
          ? "make a tensor of it first"
          : near
            ? `did you mean \`${near}\`?`
            : `use one of ${DTYPES.join(", ")}`,
    },
  );
}

/** True when `name` is an element type. Never throws. */
export function isDType(name: unknown): name is DType {
  return typeof name === "string" && Object.hasOwn(INFO, name);
}
/**
 * Bytes of one element.
 * @throws {DTypeError} when `dtype` is not an element type
 */
export function itemSize(dtype: DType): number {
  return infoOf(dtype).bytes;
}
/**
 * Kind of an element type.
 * @throws {DTypeError} when `dtype` is not an element type
 */
export function dtypeKind(dtype: DType): DTypeKind {
  return infoOf(dtype).kind;
}
/**
 * True for float16, bfloat16, float32 and float64.
 * @throws {DTypeError} when `dtype` is not an element type
 */
export function isFloat(dtype: DType): boolean {
  return infoOf(dtype).kind === "float";
}
/**
 * True for signed and unsigned integers, not for bool.
 * @throws {DTypeError} when `dtype` is not an element type
 */
export function isInteger(dtype: DType): boolean {
  return infoOf(dtype).kind === "int" || infoOf(dtype).kind === "uint";
}
/**
 * A typed array over `length` elements of `buffer` from `byteOffset`, in bytes; it must be aligned.
 * @throws {DTypeError} when `dtype` is not an element type
 * @throws {RangeError} when the offset is not a multiple of the element's bytes, or the elements go beyond
 *   the buffer
 */
export function typedArrayView(
  dtype: DType,
  buffer: ArrayBufferLike,
  byteOffset: number,
  length: number,
): TypedArray {
  return infoOf(dtype).view(buffer, byteOffset, length);
}
/**
 * A new zeroed typed array of `length` elements.
 * @throws {DTypeError} when `dtype` is not an element type
 * @throws {OutOfMemoryError} when JavaScript has no room for it
 */
export function newTypedArray(dtype: DType, length: number): TypedArray {
  const { bytes, view } = infoOf(dtype);
  try {
    return view(new ArrayBuffer(length * bytes), 0, length);
  } catch (cause) {
    throw new OutOfMemoryError(`no room for ${length} elements of ${dtype}`, {
      code: "memory/host",
      hint: "use smaller tensors",
      cause,
    });
  }
}

const RANK: Record<DTypeKind, number> = { bool: 0, uint: 1, int: 1, float: 2 };

/**
 * The common element type of two: floats win over integers over bool; within a kind the wider wins; uint with
 * int gives the next wider int (uint64 with int gives float32); float16 with bfloat16 gives float32. The
 * lattice is PyTorch's, extended to the unsigned types.
 * @throws {DTypeError} when one of two different arguments is not an element type
 * @see torch.promote_types
 */
export function promoteTypes(a: DType, b: DType): DType {
  if (a === b) return a;
  const ka = dtypeKind(a);
  const kb = dtypeKind(b);
  if (RANK[ka] !== RANK[kb]) return RANK[ka] > RANK[kb] ? a : b;
  const sa = itemSize(a);
  const sb = itemSize(b);
  if (ka === kb) {
    if (sa === sb) return "float32";
    return sa > sb ? a : b;
  }
  const signed = ka === "int" ? a : b;
  const unsigned = ka === "int" ? b : a;
  if (itemSize(signed) > itemSize(unsigned)) return signed;
  switch (itemSize(unsigned)) {
    case 1:
      return "int16";
    case 2:
      return "int32";
    case 4:
      return "int64";
    default:
      return "float32";
  }
}

/**
 * Refuses a dtype that is not one of `allowed`; `name` is what the message calls it.
 * @throws {DTypeError} when `dtype` is not allowed
 */
export function requireDType(op: string, name: string, dtype: DType, allowed: readonly DType[]): void {
  if (allowed.includes(dtype)) return;
  throw new DTypeError(`${name} is ${dtype}`, {
    code: "dtype/not-allowed",
    op,
    hint: `cast it to one of ${allowed.join(", ")}`,
  });
}
