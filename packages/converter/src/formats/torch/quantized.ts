// Values of PyTorch's quantised tensors: (q - zeroPoint) * scale in float32, as torch.dequantize.
import { ModelFormatError, UnsupportedOpError, type DType } from "@isoform/core";
import { describeRaw, fromTypedArray, typedArrayOf, type RawTensor } from "../raw-tensor.js";

const STORED: Readonly<Record<string, DType>> = { qint8: "int8", quint8: "uint8", qint32: "int32" };

function stored(tensor: RawTensor, path: string): ArrayLike<number | bigint> {
  const dtype = STORED[tensor.dtype];
  if (!dtype)
    throw new UnsupportedOpError(`${describeRaw(tensor)} cannot be dequantised`, {
      code: "unsupported/tensor",
      path,
    });
  return typedArrayOf({ ...tensor, dtype });
}

/**
 * One scale and zero point for all elements.
 * @throws {UnsupportedOpError} for an element type that is not q*
 */
export function dequantizePerTensor(
  tensor: RawTensor,
  scale: number,
  zeroPoint: number,
  path: string,
): RawTensor {
  const factor = Math.fround(scale);
  const values = Float32Array.from(stored(tensor, path), (q) => Math.fround(Number(q) - zeroPoint) * factor);
  return fromTypedArray("float32", tensor.shape, values);
}

/**
 * One scale and zero point per index of `axis`.
 * @throws {UnsupportedOpError} as above
 * @throws {ModelFormatError} when their number is not the size of `axis`
 */
export function dequantizePerChannel(
  tensor: RawTensor,
  scales: RawTensor,
  zeroPoints: RawTensor,
  axis: number,
  path: string,
): RawTensor {
  const q = stored(tensor, path);
  const factors = typedArrayOf(scales);
  const zeros = typedArrayOf(zeroPoints);
  const channels = tensor.shape[axis] ?? 0;
  if (factors.length !== channels || zeros.length !== channels)
    throw new ModelFormatError(`${factors.length} scales for ${channels} channels`, {
      code: "format/torch",
      path,
    });
  const inner = tensor.shape.slice(axis + 1).reduce((product, dim) => product * dim, 1);
  const values = Float32Array.from(q, (value, i) => {
    const channel = Math.floor(i / inner) % channels;
    return (
      Math.fround(Number(value) - Number(zeros[channel] ?? 0)) * Math.fround(Number(factors[channel] ?? 0))
    );
  });
  return fromTypedArray("float32", tensor.shape, values);
}
