// matmul: batched matrix product. Floats accumulate in float64 in the order of k and round once at the end.
import { isFloat, sizeOf, type Kernels } from "@isoform/core";
import type { Access } from "../elements.js";
import { inDomain, type Elements } from "./domain.js";

interface Sizes {
  readonly batch: number;
  readonly m: number;
  readonly k: number;
  readonly n: number;
}

/** The matmul kernel. */
export function matmulKernels<B>(access: Access<B>): Pick<Kernels<B>, "matmul"> {
  return {
    matmul(a, b, out) {
      const rank = a.shape.length;
      const sizes = {
        batch: sizeOf(a.shape.slice(0, rank - 2)),
        m: a.shape[rank - 2]!,
        k: a.shape[rank - 1]!,
        n: b.shape[rank - 1]!,
      };
      if (isFloat(a.dtype)) {
        access.storeNumbers(out, floatProduct(access.numbers(a), access.numbers(b), sizes));
        return;
      }
      inDomain(access, a.dtype, (d) => {
        const result = d.make(sizeOf(out.shape));
        product(d.load(a), d.load(b), result, d.add, d.mul, sizes);
        d.store(out, result);
      });
    },
  };
}

function floatProduct(a: Float64Array, b: Float64Array, { batch, m, k, n }: Sizes): Float64Array {
  const out = new Float64Array(batch * m * n);
  for (let row = 0; row < batch * m; row++) {
    const bStart = Math.floor(row / m) * k * n;
    const to = row * n;
    for (let p = 0; p < k; p++) {
      const factor = a[row * k + p]!;
      const from = bStart + p * n;
      for (let j = 0; j < n; j++) out[to + j] = out[to + j]! + factor * b[from + j]!;
    }
  }
  return out;
}

function product<T>(
  a: Elements<T>,
  b: Elements<T>,
  out: Elements<T>,
  add: (a: T, b: T) => T,
  mul: (a: T, b: T) => T,
  { batch, m, k, n }: Sizes,
): void {
  for (let row = 0; row < batch * m; row++) {
    const bStart = Math.floor(row / m) * k * n;
    for (let p = 0; p < k; p++) {
      const factor = a[row * k + p]!;
      for (let j = 0; j < n; j++) {
        out[row * n + j] = add(out[row * n + j]!, mul(factor, b[bStart + p * n + j]!));
      }
    }
  }
}
