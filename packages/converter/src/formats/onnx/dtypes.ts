// ONNX element types and this package's names for them.
import { UnsupportedOpError } from "@isoform/core";
import type { RawDType } from "../raw-tensor.js";

/** Element type of a RawTensor by ONNX TensorProto.DataType. */
export const ONNX_TO_RAW: ReadonlyMap<number, RawDType> = new Map<number, RawDType>([
  [1, "float32"],
  [2, "uint8"],
  [3, "int8"],
  [4, "uint16"],
  [5, "int16"],
  [6, "int32"],
  [7, "int64"],
  [8, "string"],
  [9, "bool"],
  [10, "float16"],
  [11, "float64"],
  [12, "uint32"],
  [13, "uint64"],
  [14, "complex64"],
  [15, "complex128"],
  [16, "bfloat16"],
  [17, "float8_e4m3fn"],
  [18, "float8_e4m3fnuz"],
  [19, "float8_e5m2"],
  [20, "float8_e5m2fnuz"],
  [21, "uint4"],
  [22, "int4"],
  [23, "float4_e2m1fn"],
  [24, "float8_e8m0fnu"],
  [25, "uint2"],
  [26, "int2"],
  [27, "float6_e2m3fn"],
  [28, "float6_e3m2fn"],
]);

/**
 * Element type of an ONNX code.
 * @param path Place in the model, for the message.
 * @throws {UnsupportedOpError} (`onnx/dtype`) when the code is missing, 0 or unknown
 * @see ONNX TensorProto.DataType
 */
export function rawDTypeOf(code: number | undefined, path: string): RawDType {
  const dtype = ONNX_TO_RAW.get(code ?? 0);
  if (dtype !== undefined) return dtype;
  throw new UnsupportedOpError(`the element type ${code ?? 0} is not an ONNX type`, {
    code: "onnx/dtype",
    op: "ONNX",
    path,
    hint: "element types are 1 (FLOAT) to 28 (FLOAT6E3M2)",
  });
}

/**
 * ONNX code of an element type.
 * @param path Place in the model, for the message.
 * @throws {UnsupportedOpError} (`onnx/dtype`) when ONNX does not have the type (complex32, quantised types)
 * @see ONNX TensorProto.DataType
 */
export function onnxDTypeOf(dtype: RawDType, path: string): number {
  for (const [code, name] of ONNX_TO_RAW) if (name === dtype) return code;
  throw new UnsupportedOpError(`ONNX has no element type ${dtype}`, { code: "onnx/dtype", op: "ONNX", path });
}
