// Sparse PyTorch tensors written out as dense ones.
import { ModelFormatError, UnsupportedOpError } from "@isoform/core";
import type { SparseRef } from "../pickle/tensor-ref.js";
import { describeRaw, rawBits, rawByteLength, typedArrayOf, type RawTensor } from "../raw-tensor.js";
import { contiguousStrides } from "../strided.js";

/**
 * The dense tensor. COO tensors may have dense dimensions behind the sparse ones; CSR and CSC are matrices.
 * @param indices The read `ref.indices`.
 * @param values The read `ref.values`.
 * @throws {ModelFormatError} for indices outside the shape
 * @throws {UnsupportedOpError} for an element given twice, whose sum is not defined without arithmetic, and
 * for batches of CSR or CSC matrices
 */
export function densify(
  ref: SparseRef,
  indices: readonly RawTensor[],
  values: RawTensor,
  path: string,
): RawTensor {
  const { shape } = ref;
  const blockRank = ref.layout === "sparse_coo" ? (indices[0]?.shape[0] ?? 0) : 2;
  const positions = ref.layout === "sparse_coo" ? coo(indices, shape, path) : compressed(ref, indices, path);
  const blockShape = shape.slice(blockRank);
  const blockBytes = blockShape.reduce((product, dim) => product * dim, 1) * (rawBits(values.dtype) / 8);
  const fits =
    values.shape[0] === positions.length &&
    values.shape.length === 1 + blockShape.length &&
    blockShape.every((dim, i) => values.shape[i + 1] === dim);
  if (!fits)
    throw bad(`${describeRaw(values)} values for ${positions.length} indices of [${shape.join(",")}]`, path);
  const data = new Uint8Array(rawByteLength(values.dtype, shape, path));
  const seen = new Set<number>();
  positions.forEach((position, i) => {
    if (seen.has(position))
      throw new UnsupportedOpError("a sparse tensor with repeated indices is not read", {
        code: "unsupported/tensor",
        path,
        hint: "call coalesce() on it before saving",
      });
    seen.add(position);
    data.set(values.data.subarray(i * blockBytes, (i + 1) * blockBytes), position * blockBytes);
  });
  return { dtype: values.dtype, shape, data };
}

function bad(problem: string, path: string): ModelFormatError {
  return new ModelFormatError(problem, { code: "format/torch", path });
}

function integers(tensor: RawTensor | undefined, path: string): number[] {
  if (tensor?.dtype !== "int64" && tensor?.dtype !== "int32") throw bad("indices are not integers", path);
  return Array.from<number | bigint, number>(typedArrayOf(tensor), Number);
}

/** Index of each block, counted in blocks of the dense dimensions. */
function coo(indices: readonly RawTensor[], shape: readonly number[], path: string): number[] {
  const table = integers(indices[0], path);
  const [rank, count, ...more] = indices[0]?.shape ?? [];
  if (rank === undefined || count === undefined || more.length > 0 || rank > shape.length)
    throw bad("indices are not a matrix of fitting size", path);
  const strides = contiguousStrides(shape.slice(0, rank));
  return Array.from({ length: count }, (_, column) => {
    let position = 0;
    for (let axis = 0; axis < rank; axis++) {
      const index = table[axis * count + column] ?? -1;
      if (index < 0 || index >= (shape[axis] ?? 0))
        throw bad(`the index ${index} is outside axis ${axis}`, path);
      position += index * (strides[axis] ?? 0);
    }
    return position;
  });
}

function compressed(ref: SparseRef, indices: readonly RawTensor[], path: string): number[] {
  const [rows, columns, ...more] = ref.shape;
  if (rows === undefined || columns === undefined || more.length > 0)
    throw new UnsupportedOpError(`a ${ref.layout} tensor of shape [${ref.shape.join(",")}] is not read`, {
      code: "unsupported/tensor",
      path,
      hint: "save it with to_dense()",
    });
  const starts = integers(indices[0], path);
  const inner = integers(indices[1], path);
  const byRow = ref.layout === "sparse_csr";
  const [outerSize, innerSize] = byRow ? [rows, columns] : [columns, rows];
  if (starts.length !== outerSize + 1 || starts[0] !== 0 || starts.at(-1) !== inner.length)
    throw bad("compressed indices do not fit", path);
  const positions: number[] = [];
  for (let outer = 0; outer < outerSize; outer++) {
    const end = starts[outer + 1] ?? 0;
    if (end < positions.length || end > inner.length) throw bad("compressed indices do not ascend", path);
    while (positions.length < end) {
      const index = inner[positions.length] ?? -1;
      if (index < 0 || index >= innerSize) throw bad(`the index ${index} is out of range`, path);
      positions.push(byRow ? outer * columns + index : index * columns + outer);
    }
  }
  return positions;
}
