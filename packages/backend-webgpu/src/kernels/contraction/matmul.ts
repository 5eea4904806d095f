// Matrix products: which kernel computes which, and how operands of any strides are seen by it.
import { dtypeKind, itemSize, sizeOf } from "@isoform/core";
import type { Runner } from "../../wgsl/kernel.js";
import { Addressing, type GpuView } from "../view.js";
import { wholeProduct } from "./integers.js";
import { matrixOperand } from "./operand.js";
import { Params } from "./params.js";
import { sumPartial } from "./partial.js";
import { isSmall, plainProduct } from "./plain.js";
import { boundTo, rowMajorPlacing, targetOf } from "./target.js";
import { isHalf, tiledCall, type TiledProduct } from "./tiled.js";
import { planProduct, type Tile } from "./tiles.js";
import { vectorProduct } from "./vector.js";

/** A batched product `[…, m, k] x […, k, n]`; `out` is row-major and at offset 0. */
export interface Product {
  readonly a: GpuView;
  readonly b: GpuView;
  readonly out: GpuView;
  /** Instead of the one that the rules give. */
  readonly tile?: Tile;
}

/** Sizes and strides of a product's matrices, batch axes apart. */
export interface ProductShape {
  readonly batch: readonly number[];
  readonly m: number;
  readonly n: number;
  readonly k: number;
  /** Views over the batch axes. */
  readonly aBatch: GpuView;
  readonly bBatch: GpuView;
  readonly aRow: number;
  readonly aDepth: number;
  readonly bDepth: number;
  readonly bColumn: number;
}

/** Reads sizes and strides off; batch axes along which b repeats become rows where a allows it. */
export function shapeOf(a: GpuView, b: GpuView): ProductShape {
  const rank = a.shape.length;
  const [m, k] = a.shape.slice(-2) as [number, number];
  const n = b.shape[rank - 1]!;
  const lead = (v: GpuView, axes: number): GpuView => ({
    ...v,
    shape: v.shape.slice(0, axes),
    strides: v.strides.slice(0, axes),
  });
  const [aRow, aDepth] = a.strides.slice(-2) as [number, number];
  const [bDepth, bColumn] = b.strides.slice(-2) as [number, number];
  let [rows, row, axes] = [m, aRow, rank - 2];
  while (axes > 0) {
    const [size, step] = [a.shape[axes - 1]!, a.strides[axes - 1]!];
    const joins = size === 1 || rows === 1 || step === row * rows;
    if (!joins || (size > 1 && b.strides[axes - 1] !== 0)) break;
    if (rows === 1 && size > 1) row = step;
    rows *= size;
    axes--;
  }
  const [aBatch, bBatch] = [lead(a, axes), lead(b, axes)];
  return { batch: aBatch.shape, m: rows, n, k, aBatch, bBatch, aRow: row, aDepth, bDepth, bColumn };
}

/** Runs a product. */
export function runProduct(runner: Runner, product: Product): void {
  const { a, b, out } = product;
  if (sizeOf(out.shape) === 0) return;
  const shape = shapeOf(a, b);
  if (product.tile === undefined && isSmall(shape, runner.limits.software)) {
    return plainProduct(runner, shape, out);
  }
  if (dtypeKind(a.dtype) !== "float") return wholeProduct(runner, shape, out);
  if (product.tile === undefined && (shape.m === 1 || shape.n === 1)) {
    return vectorProduct(runner, shape, out);
  }
  tiledProduct(runner, shape, product);
}

function tiledProduct(runner: Runner, shape: ProductShape, { out, tile }: Product): void {
  const { m, n, k, aBatch, bBatch } = shape;
  const size = { batch: sizeOf(shape.batch), m, n, k };
  const plan = planProduct(size, true, tile);
  const params = new Params();
  const addressing = new Addressing(shape.batch, [aBatch, bBatch]);
  const a = matrixOperand(
    {
      view: aBatch,
      stride: shape.aRow,
      depthStride: shape.aDepth,
      extent: m,
      depth: k,
      steps: aBatch.strides,
    },
    0,
    "at0",
    params,
    runner.limits,
  );
  const b = matrixOperand(
    {
      view: bBatch,
      stride: shape.bColumn,
      depthStride: shape.bDepth,
      extent: n,
      depth: k,
      steps: bBatch.strides,
    },
    1,
    "at1",
    params,
    runner.limits,
  );
  const vector = n % 4 === 0 && !b.source.deep;
  const direct = plan.splits === 1 && (vector || itemSize(out.dtype) === 4);
  const total = size.batch * m * n;
  const to = direct ? out.buffer : runner.scratch(plan.splits * total * 4);
  const dtype = direct ? out.dtype : "float32";
  const [rows, columns, batches] = [params.add(m), params.add(n), params.add(size.batch)];
  const first = params.addAll(addressing.params);
  const target = targetOf({
    dtype,
    operand: 2,
    vector,
    placing: rowMajorPlacing(rows, columns, batches),
  });
  const source: TiledProduct["a"] = {
    ...a.source,
    key: `${addressing.key}${a.source.key}`,
    setup: (c, names) => `${addressing.code(c, first, "batch")}\n${a.source.setup(c, names)}`,
  };
  runner.run(
    tiledCall({
      size,
      plan,
      a: source,
      b: b.source,
      target,
      operands: [a.operand, b.operand, boundTo(to, dtype, vector)],
      params,
      half: isHalf(runner.limits, aBatch.dtype, bBatch.dtype),
      goesOn: direct && itemSize(dtype) === 4,
    }),
  );
  if (direct) return;
  sumPartial(runner, to, plan.splits, out);
  runner.release(to);
}
