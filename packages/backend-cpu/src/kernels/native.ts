// The native kernels of every family, behind the contract's signatures. Each says false where it has no native code.
import type { BufferView } from "@isoform/core";
import type { NativeKernels } from "../backend.js";
import type { Engine } from "../engine.js";
import { ConvKernel } from "./conv/conv.js";
import { CopyKernel } from "./copy/copy.js";
import { ElementwiseFamilies } from "./elementwise/family.js";
import { GatherKernel } from "./index/gather.js";
import { ScatterKernel } from "./index/scatter.js";
import { SortKernel } from "./index/sort.js";
import { MatmulKernel } from "./matmul/matmul.js";
import { ReduceKernel } from "./reduce/reduce.js";
import { ScanKernels } from "./reduce/scan.js";
import { SCALARS } from "./scalars.js";
import { FillKernel } from "./source/fill.js";
import { defineIota } from "./source/iota.js";
import { definePhilox } from "./source/philox.js";
import { addressOf, countOf } from "./view.js";
import { PoolKernel } from "./window/pool.js";

const isF32 = (view: BufferView<number>): boolean => view.dtype === "float32";
const product = (sizes: readonly number[]): number => sizes.reduce((a, b) => a * b, 1);

/** Native kernels on an engine. */
export function nativeKernels(engine: Engine): NativeKernels {
  const elementwise = new ElementwiseFamilies(engine);
  const copy = new CopyKernel(engine);
  const fill = new FillKernel(engine);
  const reduce = new ReduceKernel(engine, copy);
  const scan = new ScanKernels(engine);
  const matmul = new MatmulKernel(engine, fill);
  const conv = new ConvKernel(engine, { copy, fill, matmul });
  const pool = new PoolKernel(engine, { copy, fill, reduce });
  const gather = new GatherKernel(engine, copy);
  const scatter = new ScatterKernel(engine, copy);
  const sort = new SortKernel(engine);
  return {
    unary: (fn, x, out) => elementwise.unary(fn, x, out),
    binary: (fn, a, b, out) => elementwise.binary(fn, a, b, out),
    compare: (fn, a, b, out) => elementwise.compare(fn, a, b, out),
    where: (cond, a, b, out) => elementwise.where(cond, a, b, out),
    cast: (x, out) => elementwise.cast(x, out),
    fill: (out, value) => {
      fill.run(out, value);
      return true;
    },
    iota: (out, axis) => {
      if (!SCALARS[out.dtype]) return false;
      const { shape } = out;
      const kernel = engine.module(`iota:${out.dtype}`, (m) => defineIota(m, out.dtype));
      kernel["iota"]!(
        addressOf(out),
        product(shape.slice(0, axis)),
        shape[axis]!,
        product(shape.slice(axis + 1)),
      );
      return true;
    },
    randomBits: (key, out) => {
      const philox = engine.module("philox", definePhilox)["philox"]!;
      philox(addressOf(out), countOf(out), addressOf(key), key.strides[0]! * 4);
      return true;
    },
    reduce: (kind, x, out, axes) => {
      if (!isF32(x)) return false;
      reduce.run(kind, x, out, axes);
      return true;
    },
    argReduce: (kind, x, out, axis) => {
      if (!isF32(x)) return false;
      scan.argReduce(kind, x, out, axis);
      return true;
    },
    cumulative: (kind, x, out, attrs) => {
      if (!isF32(x)) return false;
      scan.cumulative(kind, x, out, attrs);
      return true;
    },
    copy: (x, out) => {
      copy.run(x, out);
      return true;
    },
    matmul: (a, b, out) => {
      if (!isF32(a)) return false;
      matmul.run(a, b, out);
      return true;
    },
    conv: (x, w, out, attrs) => {
      if (!isF32(x)) return false;
      conv.run(x, w, out, attrs);
      return true;
    },
    reduceWindow: (kind, x, out, attrs) => {
      if (!isF32(x)) return false;
      pool.reduceWindow(kind, x, out, attrs);
      return true;
    },
    selectAndScatter: (kind, x, source, out, attrs) => {
      if (!isF32(x)) return false;
      pool.selectAndScatter(kind, x, source, out, attrs);
      return true;
    },
    gather: (x, indices, out, axis) => {
      if (!SCALARS[indices.dtype]) return false;
      gather.run(x, indices, out, axis);
      return true;
    },
    scatter: (mode, x, indices, updates, out, axis) => {
      if ((mode !== "set" && !isF32(x)) || !SCALARS[indices.dtype]) return false;
      scatter.run(mode, x, indices, updates, out, axis);
      return true;
    },
    sort: (x, values, indices, { axis, descending }) => {
      if (!isF32(x)) return false;
      sort.run(x, values, indices, axis, descending);
      return true;
    },
  };
}
