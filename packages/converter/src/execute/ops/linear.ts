// Matrix products.
import * as core from "@isoform/core";
import type { Tensor } from "@isoform/core";
import type { LINEAR_OPS } from "../../ir/ops/linear.js";
import type { Call, OpRuns } from "../call.js";
import { HostTensor } from "../host.js";

function gemm(c: Call<"Gemm">): Tensor {
  const { alpha, beta, transA, transB } = c.attrs;
  const a = transA ? core.swapLast(c.t(0)) : c.t(0);
  const bias = beta === 0 ? null : c.opt(2);
  if (
    !transA &&
    transB &&
    alpha === 1 &&
    (bias === null || (beta === 1 && bias.rank === 1 && bias.shape[0] === c.shape(1)[0]))
  ) {
    return core.linear(a, c.t(1), bias);
  }
  const b = transB ? core.swapLast(c.t(1)) : c.t(1);
  let y = core.matmul(a, b);
  if (alpha !== 1) y = core.mul(y, alpha);
  if (bias === null) return y;
  return core.add(y, beta === 1 ? bias : core.mul(bias, beta));
}

/** Determinants of the last two axes by elimination with partial pivoting. */
function det(c: Call<"Det">): HostTensor {
  const { dtype, shape } = c.host(0);
  const data = c.host(0).numbers();
  const n = shape.at(-1) ?? 0;
  const batch = shape.slice(0, -2);
  const count = core.sizeOf(batch);
  const values = Array.from({ length: count }, (_, b) => {
    const m = Array.from({ length: n }, (_r, i) => data.slice((b * n + i) * n, (b * n + i + 1) * n));
    return determinant(m);
  });
  return new HostTensor(dtype, batch, values);
}

function determinant(m: number[][]): number {
  let product = 1;
  for (let k = 0; k < m.length; k++) {
    let best = k;
    for (let i = k + 1; i < m.length; i++) if (Math.abs(m[i]![k]!) > Math.abs(m[best]![k]!)) best = i;
    const pivot = m[best]!;
    if (pivot[k] === 0) return 0;
    if (best !== k) {
      m[best] = m[k]!;
      m[k] = pivot;
      product = -product;
    }
    product *= pivot[k]!;
    for (let i = k + 1; i < m.length; i++) {
      const row = m[i]!;
      const factor = row[k]! / pivot[k]!;
      for (let j = k; j < m.length; j++) row[j]! -= factor * pivot[j]!;
    }
  }
  return product;
}

/** Matrix products. */
export const LINEAR: OpRuns<keyof typeof LINEAR_OPS> = {
  Det: { host: [0], run: det },
  Einsum: { run: (c) => core.einsum(c.attrs.equation.replaceAll(" ", ""), c.all()) },
  Gemm: { run: gemm },
  Linear: { run: (c) => core.linear(c.t(0), c.t(1), c.opt(2)) },
  MatMul: { run: (c) => core.matmul(c.t(0), c.t(1)) },
};
