// Matrix product, convolution and sliding windows from their definitions.
import { dtypeKind, type ConvAttrs, type DType, type ReduceKind, type WindowAttrs } from "@isoform/core";
import { at, build, countOf, indices, wrap, type NDArray, type Value } from "./ndarray.js";
import { firstExtremum, fold, line } from "./reduce.js";

/** Σ aᵢ·bᵢ in float64, or exactly for integers. */
function dot(dtype: DType, a: readonly Value[], b: readonly Value[]): Value {
  if (dtypeKind(dtype) === "float") return a.reduce<number>((s, v, i) => s + Number(v) * Number(b[i]), 0);
  return wrap(
    dtype,
    a.reduce<bigint>((s, v, i) => s + BigInt(v) * BigInt(b[i]!), 0n),
  );
}

/** `[..., m, k] x [..., k, n]`. */
export function matmul(a: NDArray, b: NDArray): NDArray {
  const rank = a.shape.length;
  const [k, n] = [b.shape[rank - 2]!, b.shape[rank - 1]!];
  const steps = Array.from({ length: k }, (_, p) => p);
  const columns = new Map<string, Value[]>();
  return build([...a.shape.slice(0, -1), n], a.dtype, (index) => {
    const batch = index.slice(0, -2);
    const [i, j] = [index[rank - 2]!, index[rank - 1]!];
    const row = line(a, rank - 1, [...batch, i, 0]);
    const key = [...batch, j].join();
    const column = columns.get(key) ?? steps.map((p) => at(b, [...batch, p, j]));
    columns.set(key, column);
    return dot(a.dtype, row, column);
  });
}

const spreadSize = (n: number, step: number): number => (n === 0 ? 0 : (n - 1) * step + 1);

/** x `[N, C, ...]` with w `[O, C/groups, ...]`. */
export function conv(x: NDArray, w: NDArray, a: ConvAttrs): NDArray {
  const kernel = w.shape.slice(2);
  const input = x.shape.slice(2);
  const spatial = kernel.map((k, d) => {
    const size = spreadSize(input[d]!, a.lhsDilation[d]!) + a.padding[d]![0] + a.padding[d]![1];
    return Math.max(0, Math.floor((size - spreadSize(k, a.rhsDilation[d]!)) / a.strides[d]!) + 1);
  });
  const perGroup = w.shape[1]!;
  const outputsPerGroup = w.shape[0]! / a.groups;
  return build([x.shape[0]!, w.shape[0]!, ...spatial], x.dtype, (index) => {
    const [n, o] = [index[0]!, index[1]!];
    const group = Math.floor(o / outputsPerGroup);
    const inputs: Value[] = [];
    const factors: Value[] = [];
    for (const tap of indices([perGroup, ...kernel])) {
      const place = kernel.map(
        (_, d) => index[d + 2]! * a.strides[d]! + tap[d + 1]! * a.rhsDilation[d]! - a.padding[d]![0],
      );
      const real = place.every(
        (i, d) => i >= 0 && i % a.lhsDilation[d]! === 0 && i / a.lhsDilation[d]! < input[d]!,
      );
      if (!real) continue;
      const from = [n, group * perGroup + tap[0]!, ...place.map((i, d) => i / a.lhsDilation[d]!)];
      inputs.push(at(x, from));
      factors.push(at(w, [o, ...tap]));
    }
    return dot(x.dtype, inputs, factors);
  });
}

/** The places of x that the window at an output index covers, in window order; padding is left out. */
function covered(x: NDArray, index: readonly number[], a: WindowAttrs): number[][] {
  const lead = x.shape.length - a.window.length;
  const out: number[][] = [];
  for (const tap of indices(a.window)) {
    const place = a.window.map(
      (_, d) => index[lead + d]! * a.strides[d]! + tap[d]! * a.dilation[d]! - a.padding[d]![0],
    );
    if (place.every((i, d) => i >= 0 && i < x.shape[lead + d]!))
      out.push([...index.slice(0, lead), ...place]);
  }
  return out;
}

function windowShape(x: NDArray, a: WindowAttrs): number[] {
  const lead = x.shape.length - a.window.length;
  return x.shape.map((n, i) => {
    if (i < lead) return n;
    const d = i - lead;
    const reach = (a.window[d]! - 1) * a.dilation[d]! + 1;
    return Math.floor((n + a.padding[d]![0] + a.padding[d]![1] - reach) / a.strides[d]!) + 1;
  });
}

/** The reduction of every window. */
export function reduceWindow(x: NDArray, a: WindowAttrs & { readonly kind: ReduceKind }): NDArray {
  return build(windowShape(x, a), x.dtype, (index) =>
    fold(
      a.kind,
      x.dtype,
      covered(x, index, a).map((place) => at(x, place)),
    ),
  );
}

/** Every source element added where its window first has its extremum. */
export function selectAndScatter(
  x: NDArray,
  source: NDArray,
  a: WindowAttrs & { readonly kind: "max" | "min" },
): NDArray {
  const received = new Map<string, Value[]>();
  build(source.shape, x.dtype, (index) => {
    const places = covered(x, index, a);
    const v = at(source, index);
    if (places.length > 0) {
      const chosen =
        places[
          firstExtremum(
            a.kind,
            places.map((p) => at(x, p)),
          )
        ]!.join();
      received.set(chosen, [...(received.get(chosen) ?? []), v]);
    }
    return v;
  });
  return build(x.shape, x.dtype, (index) => fold("sum", x.dtype, received.get(index.join()) ?? []));
}

/** Number of terms of each output of a convolution: for tolerances. */
export function convTerms(w: NDArray): number {
  return countOf(w.shape.slice(1));
}
