// Types of ONNX values: element type, shape, and what kind of value it is.
import { int64ToNumber, ONNX_TO_RAW, type TypeProto } from "../../formats/onnx/index.js";
import type { RawDType } from "../../formats/raw-tensor.js";
import type { Dim, IrValue, ValueKind } from "../../ir/types.js";

/** What a TypeProto says of a value. */
export interface ValueType {
  readonly kind: ValueKind;
  readonly dtype: RawDType | null;
  readonly dims: readonly Dim[] | null;
}

/** Reads a type; sequences and optionals have the dtype and dims of what they hold. */
export function readType(type: TypeProto | undefined, path: string): ValueType {
  if (type?.sequenceType) return { ...readType(type.sequenceType.elemType, path), kind: "sequence" };
  if (type?.optionalType) return { ...readType(type.optionalType.elemType, path), kind: "optional" };
  const tensor = type?.tensorType ?? type?.sparseTensorType;
  const dims = tensor?.shape?.dim.map((d): Dim => {
    if (d.dimValue !== undefined) {
      const n = int64ToNumber(d.dimValue, path);
      return n >= 0 ? n : null;
    }
    return d.dimParam || null;
  });
  return { kind: "tensor", dtype: ONNX_TO_RAW.get(tensor?.elemType ?? 0) ?? null, dims: dims ?? null };
}

/** Fills in what is not known of a value yet. */
export function applyType(v: IrValue, type: ValueType): void {
  v.dtype ??= type.dtype;
  if (v.dims === null) {
    v.dims = type.dims;
    v.kind = type.kind;
    return;
  }
  if (type.dims?.length !== v.dims.length) return;
  v.dims = v.dims.map((d, i) => d ?? type.dims?.[i] ?? null);
}
