// Products of a matrix and a vector, in float32: several invocations add up one result, so that loads are adjacent.
import { itemSize, sizeOf } from "@isoform/core";
import { combineParts, plus } from "../../wgsl/combine.js";
import { GROUP_SIZE, type Code, type Runner } from "../../wgsl/kernel.js";
import { Addressing, type GpuView } from "../view.js";
import type { ProductShape } from "./matmul.js";
import { floatArray, loadFour } from "./operand.js";
import { Params } from "./params.js";
import { sumPartial } from "./partial.js";
import { boundTo } from "./target.js";

/** Workgroups that keep a GPU busy, and the least steps of k of a part. */
const [ENOUGH, LEAST_STEPS] = [128, 2048];

/** Invocations that add up one result. */
function lanesOf(deep: boolean, count: number, k: number): number {
  if (!deep) return count >= 16384 ? 4 : 8;
  return k >= 1024 ? 64 : k >= 64 ? 32 : 8;
}

/** A product whose `m` or `n` is 1. */
export function vectorProduct(runner: Runner, shape: ProductShape, out: GpuView): void {
  const { k } = shape;
  const row = shape.m === 1;
  const count = row ? shape.n : shape.m;
  const [matrix, vector] = row ? [shape.bBatch, shape.aBatch] : [shape.aBatch, shape.bBatch];
  const [step, depthStep] = row ? [shape.bColumn, shape.bDepth] : [shape.aRow, shape.aDepth];
  const vectorStep = row ? shape.aDepth : shape.bDepth;
  const deep = depthStep === 1 || (step !== 1 && Math.abs(depthStep) <= Math.abs(step));
  const four =
    depthStep === 1 &&
    vectorStep === 1 &&
    [k, step, matrix.offset, vector.offset, ...matrix.strides, ...vector.strides].every((s) => s % 4 === 0);
  const batches = sizeOf(shape.batch);
  const slices = lanesOf(deep, count, k);
  const items = GROUP_SIZE / slices;
  const blocks = Math.ceil(count / items);
  const wanted = Math.ceil(ENOUGH / (blocks * batches));
  const parts = Math.max(1, Math.min(wanted, Math.floor(k / LEAST_STEPS)));
  const perSplit = Math.max(1, Math.ceil(k / parts / (4 * slices))) * 4 * slices;
  const splits = Math.max(1, Math.ceil(k / perSplit));

  const subgroups = runner.limits.subgroups && deep;
  const params = new Params();
  const given = [count, k, blocks, batches, splits, perSplit, step, depthStep, vectorStep];
  const named = given.map((v) => params.add(v));
  const addressing = new Addressing(shape.batch, [matrix, vector]);
  const first = params.addAll(addressing.params);
  const direct = splits === 1 && itemSize(out.dtype) === 4;
  const to = direct ? out.buffer : runner.scratch(splits * batches * count * 4);
  const [matrixType, vectorType] = [matrix, vector].map((v) => floatArray(v.dtype, four, runner.limits));
  const element = (c: Code, i: number, view: GpuView, at: string): string =>
    view.dtype === "float32" ? `${c.array(i)}[${at}]` : c.load(i, `(${at})`);

  const code = (c: Code): string => {
    const [n, depth, perRow, batchCount, splitCount, part, itemStep, kStep, vStep] = named.map((p) => p(c));
    const load = (k_: string): string =>
      `${element(c, 0, matrix, `matrix_at + ${k_} * ${kStep}`)} * ${element(c, 1, vector, `at1 + ${k_} * ${vStep}`)}`;
    const loop = four
      ? `for (var k = k_start + 4u * slice; k < k_end; k += ${4 * slices}u) {
sums += ${loadFour(c, 0, matrix.dtype, matrixType!, "matrix_at + k")} * ${loadFour(c, 1, vector.dtype, vectorType!, "at1 + k")};
}`
      : `var k = k_start + slice;
for (; k + ${3 * slices}u < k_end; k += ${4 * slices}u) {
${[0, 1, 2, 3].map((j) => `sums.${"xyzw"[j]} += ${load(`(k + ${j * slices}u)`)};`).join("\n")}
}
for (; k < k_end; k += ${slices}u) { sums.x += ${load("k")}; }`;
    const index = "((split * " + batchCount + " + batch) * " + n + " + item)";
    return `let block = group % ${perRow};
let batch = (group / ${perRow}) % ${batchCount};
let split = group / (${perRow} * ${batchCount});
if (split < ${splitCount}) {
${deep ? `let slice = lane % ${slices}u; let item = block * ${items}u + lane / ${slices}u;` : `let slice = lane / ${items}u; let item = block * ${items}u + lane % ${items}u;`}
${addressing.code(c, first, "batch")}
let k_start = split * ${part};
let k_end = min(${depth}, k_start + ${part});
var sums = vec4<f32>();
if (item < ${n}) {
let matrix_at = at0 + item * ${itemStep};
${loop}
}
var sum = (sums.x + sums.y) + (sums.z + sums.w);
${combineParts({
  variable: "sum",
  type: "f32",
  combine: plus,
  parts: `${slices}u`,
  part: "slice",
  step: deep ? "1u" : `${items}u`,
  subgroups,
  all: false,
})}
if (slice == 0u && item < ${n}) {
let to = ${index};
${c.goesOn ? c.storeResult(2, "to", "sum") : `${c.array(2)}[to] = sum;`}
}
}`;
  };
  runner.run({
    key: `vector/${deep ? "deep" : "along"}${four ? 4 : 1}x${slices}/${row ? "r" : "c"}${subgroups ? "s" : ""}${addressing.key}`,
    operands: [
      { buffer: matrix.buffer, dtype: matrix.dtype, access: "read", type: matrixType! },
      { buffer: vector.buffer, dtype: vector.dtype, access: "read", type: vectorType! },
      boundTo(to, direct ? out.dtype : "float32", false),
    ],
    ...(direct ? { result: 2 } : {}),
    params: params.values,
    groups: blocks * batches * splits,
    shared: GROUP_SIZE,
    code,
  });
  if (direct) return;
  sumPartial(runner, to, splits, out);
  runner.release(to);
}
