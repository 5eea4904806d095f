// Products of integers of any width, which wrap around: tiles in workgroup memory, four columns per invocation.
import { sizeOf, type DType } from "@isoform/core";
import { bitsOf, computeType, isWide, literalOf, perWord } from "../../wgsl/dtypes.js";
import { binaryExpression, castExpression } from "../../wgsl/functions.js";
import type { Code, Runner } from "../../wgsl/kernel.js";
import { mapElements } from "../pointwise.js";
import { Addressing, reads, writes, type GpuView } from "../view.js";
import type { ProductShape } from "./matmul.js";
import { Params } from "./params.js";

/** Rows and columns of a tile, and steps of k between two barriers. */
const [TILE, DEPTH] = [32, 16];

/** The 32-bit type in which results of narrow integers are kept until they are packed. */
export function wideTypeOf(dtype: DType): DType {
  return computeType(dtype) === "i32" ? "int32" : "uint32";
}

/** Runs a product whose results fill whole words, or go through memory of 32-bit elements. */
export function wholeProduct(runner: Runner, shape: ProductShape, out: GpuView): void {
  if (shape.n % perWord(out.dtype) === 0) return product(runner, shape, out, out.dtype);
  const dtype = wideTypeOf(out.dtype);
  const buffer = runner.scratch(sizeOf(out.shape) * 4);
  const between = { ...out, dtype, buffer };
  product(runner, shape, between, dtype);
  mapElements(runner, "cast", [between], out, (v) => castExpression(dtype, out.dtype, v!));
  runner.release(buffer);
}

function product(runner: Runner, shape: ProductShape, out: GpuView, dtype: DType): void {
  const { m, n, k, aBatch, bBatch } = shape;
  const from = aBatch.dtype;
  const wide = isWide(from);
  const words = wide ? 2 : 1;
  const params = new Params();
  const [down, across] = [Math.ceil(m / TILE), Math.ceil(n / TILE)];
  const batch = sizeOf(shape.batch);
  const given = [m, n, k, down, across, batch].map((v) => params.add(v));
  const strides = [shape.aRow, shape.aDepth, shape.bDepth, shape.bColumn].map((v) => params.add(v));
  const addressing = new Addressing(shape.batch, [aBatch, bBatch]);
  const first = params.addAll(addressing.params);
  const type = computeType(from);
  const put = (at: string, value: string): string =>
    wide
      ? `{ let w = ${value}; shared_words[2u * (${at})] = w.x; shared_words[2u * (${at}) + 1u] = w.y; }`
      : `shared_words[${at}] = bitcast<u32>(${value});`;
  const take = (at: string): string =>
    wide
      ? `vec2<u32>(shared_words[2u * (${at})], shared_words[2u * (${at}) + 1u])`
      : `bitcast<${type}>(shared_words[${at}])`;
  const bStart = TILE * DEPTH;
  const zero = literalOf(from, 0);
  const code = (c: Code): string => {
    const [rows, columns, depth, tilesDown, tilesAcross, batches] = given.map((p) => p(c));
    const [aRow, aDepth, bDepth, bColumn] = strides.map((p) => p(c));
    const sums = [0, 1, 2, 3].map((j) => `var sum${j} = ${zero};`);
    const adds = [0, 1, 2, 3].map((j) => {
      const times = binaryExpression(
        "mul",
        from,
        "x",
        take(`${bStart}u + step * ${TILE}u + tx * 4u + ${j}u`),
      );
      return `sum${j} = ${binaryExpression("add", from, `sum${j}`, times)};`;
    });
    return `let m = ${rows};
let n = ${columns};
let batch = group / (${tilesDown} * ${tilesAcross});
if (batch < ${batches}) {
let row0 = ((group / ${tilesAcross}) % ${tilesDown}) * ${TILE}u;
let column0 = (group % ${tilesAcross}) * ${TILE}u;
${addressing.code(c, first, "batch")}
let tx = lane % ${TILE / 4}u;
let ty = lane / ${TILE / 4}u;
${sums.join("\n")}
for (var k_at = 0u; k_at < ${depth}; k_at += ${DEPTH}u) {
for (var i = lane; i < ${TILE * DEPTH}u; i += 256u) {
var value = ${zero};
let row = row0 + i / ${DEPTH}u;
let k = k_at + i % ${DEPTH}u;
if (row < m && k < ${depth}) { value = ${c.load(0, `(at0 + row * ${aRow} + k * ${aDepth})`)}; }
${put("i", "value")}
var other = ${zero};
let column = column0 + i % ${TILE}u;
let l = k_at + i / ${TILE}u;
if (column < n && l < ${depth}) { other = ${c.load(1, `(at1 + l * ${bDepth} + column * ${bColumn})`)}; }
${put(`${bStart}u + i`, "other")}
}
workgroupBarrier();
let steps = (min(${depth} - k_at, ${DEPTH}u) + 1u) / 2u * 2u;
for (var step = 0u; step < steps; step++) {
let x = ${take(`ty * ${DEPTH}u + step`)};
${adds.join("\n")}
}
workgroupBarrier();
}
let row = row0 + ty;
let column = column0 + tx * 4u;
if (row < m) {
let to = (batch * m + row) * n + column;
${stores(c, dtype)}
}
}`;
  };
  runner.run({
    key: `wholeProduct/${addressing.key}`,
    operands: [reads(aBatch), reads(bBatch), writes({ ...out, dtype })],
    params: params.values,
    groups: down * across * batch,
    shared: 2 * TILE * DEPTH * words,
    sharedType: "u32",
    code,
  });
}

/** Writes four sums of a row, whole words of them. */
function stores(c: Code, dtype: DType): string {
  const per = perWord(dtype);
  const bits = 32 / per;
  const lines: string[] = [];
  for (let j = 0; j < 4; j += per) {
    if (per === 1) {
      lines.push(`if (column + ${j}u < n) { ${c.store(2, `(to + ${j}u)`, `sum${j}`)} }`);
      continue;
    }
    const parts = Array.from({ length: per }, (_, i) => `(${bitsOf(dtype, `sum${j + i}`)} << ${i * bits}u)`);
    lines.push(`if (column + ${j}u < n) { ${c.array(2)}[(to + ${j}u) / ${per}u] = ${parts.join(" | ")}; }`);
  }
  return lines.join("\n");
}
