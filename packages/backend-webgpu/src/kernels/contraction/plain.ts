// Small products of every dtype, one result per invocation: there is too little work for tiles to pay.
import { sizeOf } from "@isoform/core";
import { literalOf, perWord } from "../../wgsl/dtypes.js";
import { binaryExpression } from "../../wgsl/functions.js";
import { groupsFor, itemsOf, type Runner } from "../../wgsl/kernel.js";
import { Addressing, reads, writes, type GpuView } from "../view.js";
import type { ProductShape } from "./matmul.js";
import { Params } from "./params.js";

/** Multiplications for which software drivers take less time than to compile the shader of a tile. */
export const SMALL_IN_SOFTWARE: number = 2 ** 24;

/** Whether a product is small: few multiplications, or short sums. */
export function isSmall({ batch, m, n, k }: ProductShape, software: boolean): boolean {
  const results = sizeOf(batch) * m * n;
  if (software && results * k <= SMALL_IN_SOFTWARE) return true;
  return (k <= 128 && results * k <= 32768) || (k <= 16 && results <= 65536);
}

/** Computes results one by one. */
export function plainProduct(runner: Runner, shape: ProductShape, out: GpuView): void {
  const { m, n, k, aBatch, bBatch } = shape;
  const { dtype } = out;
  const count = sizeOf(shape.batch) * m * n;
  const params = new Params();
  const named = [count, m, n, k, shape.aRow, shape.aDepth, shape.bDepth, shape.bColumn].map((v) =>
    params.add(v),
  );
  const addressing = new Addressing(shape.batch, [aBatch, bBatch]);
  const first = params.addAll(addressing.params);
  runner.run({
    key: `plainProduct/${addressing.key}`,
    operands: [reads(aBatch), reads(bBatch), writes(out)],
    ...(perWord(dtype) === 1 ? { result: 2 } : {}),
    params: params.values,
    groups: groupsFor(itemsOf(dtype, count)),
    code: (c) => {
      const [all, rows, columns, depth, aRow, aDepth, bDepth, bColumn] = named.map((p) => p(c));
      const times = binaryExpression("mul", dtype, "x", "y");
      return c.storeMapped(2, "(group * 256u + lane)", all!, (index) => {
        return `let column = ${index} % ${columns};
let row = (${index} / ${columns}) % ${rows};
let batch = ${index} / (${columns} * ${rows});
${addressing.code(c, first, "batch")}
var a_at = at0 + row * ${aRow};
var b_at = at1 + column * ${bColumn};
var sum = ${literalOf(dtype, 0)};
for (var k_at = 0u; k_at < ${depth}; k_at++) {
let x = ${c.load(0, "a_at")};
let y = ${c.load(1, "b_at")};
sum = ${binaryExpression("add", dtype, "sum", times)};
a_at += ${aDepth};
b_at += ${bDepth};
}
let value = sum;`;
      });
    },
  });
}
