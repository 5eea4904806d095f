// Descriptions of tensors whose values lie outside the pickle that names them.
import type { RawDType } from "../raw-tensor.js";

/** A block of elements in the file, shared by any number of tensors. */
export interface StorageRef {
  /** Key of the block, e.g. `0` for `data/0`. */
  readonly key: string;
  /** Element type of the storage class; `uint8` for untyped storages. */
  readonly dtype: RawDType;
  /** Elements. */
  readonly length: number;
  /** Device it was saved from, e.g. `cuda:0`; always read into ordinary memory. */
  readonly location: string;
  /** First element inside the block `key`, for legacy storages that are views. */
  readonly start: number;
  /** The bytes, when the pickle itself holds them. */
  readonly inline?: Uint8Array;
}

/** A dense tensor: a strided view of a storage. Sizes, strides and offset count elements and are checked. */
export interface StridedRef {
  readonly layout: "strided";
  readonly dtype: RawDType;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
  readonly offset: number;
  readonly storage: StorageRef;
  readonly requiresGrad: boolean;
  /** True for `nn.Parameter`. */
  readonly parameter: boolean;
  /** Values are to be conjugated (complex tensors only). */
  readonly conjugate?: boolean;
  /** Values are to be negated. */
  readonly negative?: boolean;
  readonly quantizer?: QuantizerRef;
}

/** How stored integers map to values: value = (q - zeroPoint) * scale. */
export type QuantizerRef =
  | { readonly scheme: "per_tensor"; readonly scale: number; readonly zeroPoint: number }
  | {
      readonly scheme: "per_channel";
      readonly scales: TensorRef;
      readonly zeroPoints: TensorRef;
      readonly axis: number;
    };

/** A sparse tensor as its parts: COO (indices), CSR or CSC (compressed and plain indices). */
export interface SparseRef {
  readonly layout: "sparse_coo" | "sparse_csr" | "sparse_csc";
  readonly shape: readonly number[];
  /** `[indices]` for COO, `[compressed, plain]` for CSR and CSC. */
  readonly indices: readonly TensorRef[];
  readonly values: TensorRef;
}

/** A tensor that is named but whose values are not in the file or cannot be read. */
export interface AbsentRef {
  readonly layout: "absent";
  readonly shape: readonly number[];
  /** Why, e.g. `it is on the meta device`. */
  readonly reason: string;
}

/** A tensor in a pickle. */
export type TensorRef = StridedRef | SparseRef | AbsentRef;
