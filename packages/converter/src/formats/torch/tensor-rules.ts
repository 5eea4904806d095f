// From the arguments of PyTorch's rebuild functions to checked tensor descriptions.
import { ModelFormatError } from "@isoform/core";
import { checkLimit, checkRatio, type Limits } from "../limits.js";
import { numpyArrayOf } from "../pickle/numpy.js";
import type { QuantizerRef, SparseRef, StorageRef, StridedRef, TensorRef } from "../pickle/tensor-ref.js";
import {
  boolOf,
  entriesOf,
  intOf,
  intsOf,
  itemsOf,
  numberOf,
  unexpected,
  type PickleTensor,
  type PickleValue,
} from "../pickle/value.js";
import { describeRaw, rawBits, rawByteLength, type RawDType } from "../raw-tensor.js";
import { contiguousStrides, stridedExtent } from "../strided.js";
import { torchDType } from "./dtypes.js";

type Args = readonly PickleValue[];

function bad(problem: string, path: string): ModelFormatError {
  return new ModelFormatError(problem, { code: "format/torch", path });
}

/** The tensor in `value`. @throws {ModelFormatError} */
export function tensorOf(value: PickleValue | undefined, path: string): TensorRef {
  if (value?.kind === "tensor") return value.tensor;
  throw unexpected("a tensor", value, path);
}

/** A tensor that holds its values itself, as all parts of sparse and quantised tensors do. @throws {ModelFormatError} */
function plainTensorOf(value: PickleValue | undefined, path: string): TensorRef {
  const ref = tensorOf(value, path);
  if (ref.layout === "strided" && !ref.quantizer) return ref;
  const what = ref.layout === "strided" ? "quantised" : ref.layout === "absent" ? "without values" : "sparse";
  throw bad(`a part of a sparse or quantised tensor is ${what} itself`, path);
}

function storageOf(value: PickleValue | undefined, path: string): StorageRef {
  if (value?.kind === "storage") return value.storage;
  throw unexpected("a storage", value, path);
}

function dtypeOf(value: PickleValue | undefined, path: string): RawDType {
  const dtype = value?.kind === "global" ? torchDType(value.name) : undefined;
  if (dtype) return dtype;
  throw unexpected("a dtype that can be read", value, path);
}

/** A strided tensor whose view is proven to lie inside its storage and within the limits. */
function strided(
  storage: StorageRef,
  offset: number,
  shape: readonly number[],
  strides: readonly number[],
  limits: Limits,
  path: string,
): StridedRef {
  const { dtype } = storage;
  if (shape.length !== strides.length)
    throw bad(`${shape.length} sizes, but ${strides.length} strides`, path);
  if (offset < 0 || strides.some((stride) => stride < 0)) throw bad("a negative offset or stride", path);
  const byteLength = rawByteLength(dtype, shape, path);
  checkLimit(limits, "tensorBytes", byteLength, path);
  const extent = stridedExtent(shape, strides, offset);
  if (extent > BigInt(storage.length))
    throw bad(
      `${describeRaw({ dtype, shape })} with strides [${strides.join(",")}] from ${offset} reaches element ${extent - 1n} of a storage of ${storage.length}`,
      path,
    );
  checkRatio(limits, (storage.length * rawBits(dtype)) / 8, byteLength, path);
  return { layout: "strided", dtype, shape, strides, offset, storage, requiresGrad: false, parameter: false };
}

function flag(metadata: PickleValue | undefined, name: string): boolean {
  const entry = entriesOf(metadata)?.find(([key]) => key.kind === "str" && key.value === name);
  return entry?.[1].kind === "bool" && entry[1].value;
}

function truthy(value: PickleValue | undefined): boolean {
  return value?.kind === "bool" ? value.value : value?.kind === "int" && value.value !== 0n;
}

/** `_rebuild_tensor(storage, offset, size, stride)` and `_rebuild_tensor_v2(…, requires_grad, hooks, metadata)`. */
export function rebuildTensor(args: Args, limits: Limits, path: string): PickleTensor {
  const [storage, offset, size, stride, requiresGrad, , metadata] = args;
  const view = strided(
    storageOf(storage, path),
    intOf(offset, path),
    intsOf(size, path),
    intsOf(stride, path),
    limits,
    path,
  );
  return tensor({ ...view, requiresGrad: truthy(requiresGrad), ...bits(metadata) });
}

/** `_rebuild_tensor_v3(storage, offset, size, stride, requires_grad, hooks, dtype, metadata)`: untyped storage. */
export function rebuildTensorV3(args: Args, limits: Limits, path: string): PickleTensor {
  const [storage, offset, size, stride, requiresGrad, , dtypeValue, metadata] = args;
  const dtype = dtypeOf(dtypeValue, path);
  const bytes = storageOf(storage, path);
  const itemBytes = rawBits(dtype) / 8;
  const byteLength = (bytes.length * rawBits(bytes.dtype)) / 8;
  if (bytes.start !== 0) throw bad("a view of an untyped storage", path);
  const typed: StorageRef = { ...bytes, dtype, length: Math.floor(byteLength / itemBytes) };
  const view = strided(typed, intOf(offset, path), intsOf(size, path), intsOf(stride, path), limits, path);
  return tensor({ ...view, requiresGrad: truthy(requiresGrad), ...bits(metadata) });
}

function tensor(ref: TensorRef): PickleTensor {
  return { kind: "tensor", tensor: ref };
}

function bits(metadata: PickleValue | undefined): { conjugate: boolean; negative: boolean } {
  return { conjugate: flag(metadata, "conj"), negative: flag(metadata, "neg") };
}

/** `_rebuild_parameter(data, requires_grad, hooks[, state])`, and `Parameter(data[, requires_grad])`. */
export function rebuildParameter(args: Args, path: string): PickleTensor {
  const [data, requiresGrad, , state] = args;
  const ref = tensorOf(data, path);
  const value: PickleTensor =
    ref.layout === "strided"
      ? tensor({ ...ref, parameter: true, requiresGrad: requiresGrad ? truthy(requiresGrad) : true })
      : tensor(ref);
  return state ? { ...value, attributes: state } : value;
}

/** `_rebuild_qtensor(storage, offset, size, stride, quantizer_params, requires_grad, hooks)`. */
export function rebuildQuantized(args: Args, limits: Limits, path: string): PickleTensor {
  const [storage, offset, size, stride, parameters] = args;
  const view = strided(
    storageOf(storage, path),
    intOf(offset, path),
    intsOf(size, path),
    intsOf(stride, path),
    limits,
    path,
  );
  const [scheme, scale, zeroPoint, axis] = itemsOf(parameters, path);
  const name = scheme?.kind === "global" ? scheme.name : "";
  if (name === "torch.per_tensor_affine") {
    const quantizer: QuantizerRef = {
      scheme: "per_tensor",
      scale: numberOf(scale, path),
      zeroPoint: intOf(zeroPoint, path),
    };
    return tensor({ ...view, quantizer });
  }
  if (name !== "torch.per_channel_affine" && name !== "torch.per_channel_affine_float_qparams")
    throw bad(`the quantisation scheme ${name || "given"} is unknown`, path);
  const channel = intOf(axis, path);
  if (channel < 0 || channel >= view.shape.length) throw bad(`quantised along axis ${channel}`, path);
  return tensor({
    ...view,
    quantizer: {
      scheme: "per_channel",
      scales: plainTensorOf(scale, path),
      zeroPoints: plainTensorOf(zeroPoint, path),
      axis: channel,
    },
  });
}

/** `_rebuild_sparse_tensor(layout, data)`. */
export function rebuildSparse(args: Args, path: string): PickleTensor {
  const [layout, data] = args;
  const name = layout?.kind === "global" ? layout.name : "";
  const parts = itemsOf(data, path);
  if (name === "torch.sparse_coo") {
    const [indices, values, size] = parts;
    const ref: SparseRef = {
      layout: "sparse_coo",
      shape: intsOf(size, path),
      indices: [plainTensorOf(indices, path)],
      values: plainTensorOf(values, path),
    };
    return tensor(ref);
  }
  if (name === "torch.sparse_csr" || name === "torch.sparse_csc") {
    const [compressed, plain, values, size] = parts;
    const ref: SparseRef = {
      layout: name === "torch.sparse_csr" ? "sparse_csr" : "sparse_csc",
      shape: intsOf(size, path),
      indices: [plainTensorOf(compressed, path), plainTensorOf(plain, path)],
      values: plainTensorOf(values, path),
    };
    return tensor(ref);
  }
  const size = parts.at(-1);
  return absent(
    size?.kind === "tuple" ? intsOf(size, path) : [],
    `its layout ${name || "is unknown and"} is not read`,
  );
}

/** `_rebuild_meta_tensor_no_storage(dtype, size, stride, requires_grad)`. */
export function rebuildMeta(args: Args, path: string): PickleTensor {
  return absent(intsOf(args[1], path), "it was saved from the meta device, without values");
}

function absent(shape: readonly number[], reason: string): PickleTensor {
  return tensor({ layout: "absent", shape, reason });
}

/** `_rebuild_device_tensor_from_numpy(data, dtype, device, requires_grad)`: values lie in the pickle. */
export function rebuildFromNumpy(args: Args, limits: Limits, path: string): PickleTensor {
  const [data, dtypeValue, , requiresGrad] = args;
  const array = data ? numpyArrayOf(data, path, limits) : undefined;
  if (!array) throw unexpected("a NumPy array", data, path);
  const dtype = dtypeOf(dtypeValue, path);
  if (dtype !== array.dtype) throw bad(`a ${dtype} tensor from a ${array.dtype} array`, path);
  const length = array.shape.reduce((product, dim) => product * dim, 1);
  const storage: StorageRef = { key: "", dtype, length, location: "cpu", start: 0, inline: array.data };
  const view = strided(storage, 0, array.shape, contiguousStrides(array.shape), limits, path);
  return tensor({ ...view, requiresGrad: boolOf(requiresGrad, path) });
}
