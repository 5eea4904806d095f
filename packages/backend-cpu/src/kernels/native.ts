// The native kernels that every backend has, behind the contract's signatures. Each says false where it has no native code.
import { broadcastView, type KernelFamily, type Kernels, sizeOf } from "@isoform/core";
import type { Engine } from "../engine.js";
import { CopyKernel } from "./copy/copy.js";
import { ElementwiseFamilies } from "./elementwise/family.js";
import { GatherKernel } from "./index/gather.js";
import { ScatterKernel } from "./index/scatter.js";
import { MatmulKernel } from "./matmul/matmul.js";
import { ReduceKernel } from "./reduce/reduce.js";
import { ScanKernels } from "./reduce/scan.js";
import { WideReductions } from "./reduce/wide.js";
import { SCALARS } from "./scalars.js";
import { FillKernel } from "./source/fill.js";
import { defineIota } from "./source/iota.js";
import { definePhilox } from "./source/philox.js";
import { addressOf, countOf, isF32, isInteger32, type Address, type CpuView } from "./view.js";

/** Kernels that say whether they could do the call. */
export type NativeKernels = {
  readonly [F in KernelFamily]: (...args: Parameters<Kernels<Address>[F]>) => boolean;
};

/** A kernel for calls whose argument `view` is float32. */
export function onF32<A extends readonly unknown[]>(
  view: number,
  run: (...args: A) => void,
): (...args: A) => boolean {
  return (...args) => {
    const fits = isF32(args[view] as CpuView);
    if (fits) run(...args);
    return fits;
  };
}

/** Kernels that others are made of. */
export interface Basics {
  readonly copy: CopyKernel;
  readonly fill: FillKernel;
  readonly reduce: ReduceKernel;
  readonly matmul: MatmulKernel;
  readonly integerMatmul: MatmulKernel;
}

/** Kernels that every backend has. */
type Own = Partial<NativeKernels> & Pick<NativeKernels, "cast">;

/** Native kernels on an engine, and what they are made of. */
export function nativeKernels(engine: Engine): Basics & { readonly kernels: Own } {
  const copy = new CopyKernel(engine);
  const elementwise = new ElementwiseFamilies(copy);
  const fill = new FillKernel(engine);
  const reduce = new ReduceKernel(engine, copy);
  const scan = new ScanKernels(engine);
  const wide = new WideReductions(engine, { copy, fill });
  const matmul = new MatmulKernel(engine, fill);
  const integerMatmul = new MatmulKernel(engine, fill, "int32");
  const gather = new GatherKernel(engine, copy);
  const scatter = new ScatterKernel(engine, copy);
  const kernels: Own = {
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
        sizeOf(shape.slice(0, axis)),
        shape[axis]!,
        sizeOf(shape.slice(axis + 1)),
      );
      return true;
    },
    randomBits: (key, out) => {
      const philox = engine.module("philox", definePhilox)["philox"]!;
      philox(addressOf(out), countOf(out), addressOf(key), key.strides[0]! * 4);
      return true;
    },
    reduce: (kind, x, out, axes) => {
      if (!isF32(x)) return wide.reduce(kind, x, out, axes);
      reduce.run(kind, x, out, axes);
      return true;
    },
    argReduce: onF32(1, (...args) => scan.argReduce(...args)),
    cumulative: (kind, x, out, attrs) => {
      if (!isF32(x)) return wide.cumulative(kind, x, out, attrs);
      scan.cumulative(kind, x, out, attrs);
      return true;
    },
    copy: (x, out) => {
      copy.run(x, out);
      return true;
    },
    matmul: (a, b, out) => {
      if (a.shape.at(-1) === 1) {
        const spread = (v: CpuView): CpuView => ({ ...v, ...broadcastView(v, out.shape) });
        return elementwise.binary("mul", spread(a), spread(b), out);
      }
      const kernel = isF32(a) ? matmul : isInteger32(a) ? integerMatmul : null;
      kernel?.run(a, b, out);
      return kernel !== null;
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
  };
  return { copy, fill, reduce, matmul, integerMatmul, kernels };
}
