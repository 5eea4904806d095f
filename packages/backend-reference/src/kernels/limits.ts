// The least and greatest value of every dtype: neutral elements of max and min.
import { dtypeKind, itemSize, type DType } from "@isoform/core";

/** Least value; −∞ for floats. */
export function lowest(dtype: DType): number {
  switch (dtypeKind(dtype)) {
    case "float":
      return -Infinity;
    case "int":
      return -(2 ** (itemSize(dtype) * 8 - 1));
    default:
      return 0;
  }
}

/** Greatest value of a dtype other than the 64-bit integers; ∞ for floats. */
export function highest(dtype: DType): number {
  switch (dtypeKind(dtype)) {
    case "float":
      return Infinity;
    case "int":
      return 2 ** (itemSize(dtype) * 8 - 1) - 1;
    case "uint":
      return 2 ** (itemSize(dtype) * 8) - 1;
    case "bool":
      return 1;
  }
}

/** Least value of a 64-bit integer dtype. */
export function lowestBig(dtype: DType): bigint {
  return dtype === "int64" ? -(2n ** 63n) : 0n;
}

/** Greatest value of a 64-bit integer dtype. */
export function highestBig(dtype: DType): bigint {
  return dtype === "int64" ? 2n ** 63n - 1n : 2n ** 64n - 1n;
}
