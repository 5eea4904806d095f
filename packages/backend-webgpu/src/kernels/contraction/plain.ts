// Small products of every dtype, one result per invocation: there is too little work for tiles to pay.
import { sizeOf } from "@isoform/core";
import { literalOf } from "../../wgsl/dtypes.js";
import { binaryExpression } from "../../wgsl/functions.js";
import { groupsFor, itemsOf, type Runner } from "../../wgsl/kernel.js";
import { Addressing, reads, writes, type GpuView } from "../view.js";
import type { ProductShape } from "./matmul.js";
import { Params } from "./params.js";
import type { Epilogue } from "./target.js";

/** Whether a product is small: few multiplications, or short sums. */
export function isSmall({ batch, m, n, k }: ProductShape): boolean {
  const results = sizeOf(batch) * m * n;
  return (k <= 128 && results * k <= 32768) || (k <= 16 && results <= 65536);
}

/** Computes results one by one. */
export function plainProduct(
  runner: Runner,
  shape: ProductShape,
  out: GpuView,
  epilogue?: Epilogue,
): void {
  const { m, n, k, aBatch, bBatch } = shape;
  const { dtype } = out;
  const count = sizeOf(shape.batch) * m * n;
  const params = new Params();
  const named = [count, m, n, k, shape.aRow, shape.aDepth, shape.bDepth, shape.bColumn].map((v) => params.add(v));
  const addressing = new Addressing(shape.batch, [aBatch, bBatch]);
  const first = params.addAll(addressing.params);
  const extra = epilogue ? params.addAll(epilogue.params) : 0;
  runner.run({
    key: `plainProduct/${addressing.key}/${epilogue?.key ?? ""}`,
    operands: [reads(aBatch), reads(bBatch), writes(out), ...(epilogue?.operands ?? [])],
    params: params.values,
    groups: groupsFor(itemsOf(dtype, count)),
    code: (c) => {
      const [all, rows, columns, depth, aRow, aDepth, bDepth, bColumn] = named.map((p) => p(c));
      const times = binaryExpression("mul", dtype, "x", "y");
      return c.storeMapped(2, "(group * 256u + lane)", all!, (index) => {
        const place = { c, value: "sum", row: "row", column: "column", batch: "batch", index };
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
let value = ${epilogue ? epilogue.apply({ ...place, operand: 3, param: extra }) : "sum"};`;
      });
    },
  });
}
