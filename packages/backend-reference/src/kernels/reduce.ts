// reduce, argReduce, cumulative. Floats accumulate in float64 in row-major order and round once at the end.
import { rowMajor, sizeOf, type Kernels } from "@isoform/core";
import { isBig, offsets, splitAt, type Access } from "../elements.js";
import { inDomain, type Elements } from "./domain.js";

/** Reducing kernels. */
export function reduceKernels<B>(access: Access<B>): Pick<Kernels<B>, "reduce" | "argReduce" | "cumulative"> {
  return {
    reduce(kind, x, out, axes) {
      inDomain(access, x.dtype, (d) => {
        const { combine, neutral } = d.reducer(kind);
        const data = d.load(x);
        const result = d.make(sizeOf(out.shape));
        for (let i = 0; i < result.length; i++) result[i] = neutral;
        const to = offsets(x.shape, stridesIntoResult(x.shape, out.shape, axes));
        for (let i = 0; i < data.length; i++) {
          const at = to[i]!;
          result[at] = combine(result[at]!, data[i]!);
        }
        d.store(out, result);
      });
    },

    argReduce(kind, x, out, axis) {
      const data: Elements<number | bigint> = isBig(x.dtype) ? access.bigints(x) : access.numbers(x);
      const { outer, n, inner } = splitAt(x.shape, axis);
      const result = new Float64Array(outer * inner);
      for (let o = 0; o < outer; o++) {
        for (let i = 0; i < inner; i++) {
          result[o * inner + i] = firstExtremum(kind, data, o * n * inner + i, inner, n);
        }
      }
      access.storeNumbers(out, result);
    },

    cumulative(kind, x, out, { axis, exclusive, reverse }) {
      inDomain(access, x.dtype, (d) => {
        const { combine, neutral } = d.reducer(kind);
        const data = d.load(x);
        const result = d.make(data.length);
        const { outer, n, inner } = splitAt(x.shape, axis);
        const step = reverse ? -inner : inner;
        for (let o = 0; o < outer; o++) {
          for (let i = 0; i < inner; i++) {
            let at = o * n * inner + i + (reverse ? (n - 1) * inner : 0);
            let running = neutral;
            for (let j = 0; j < n; j++, at += step) {
              if (exclusive) result[at] = running;
              running = combine(running, data[at]!);
              if (!exclusive) result[at] = running;
            }
          }
        }
        d.store(out, result);
      });
    },
  };
}

/** Strides of the result for every axis of the input, 0 where the axis is reduced. */
function stridesIntoResult(
  shape: readonly number[],
  out: readonly number[],
  axes: readonly number[],
): number[] {
  const kept = rowMajor(out);
  let next = 0;
  return shape.map((_, axis) => (axes.includes(axis) ? 0 : kept[next++]!));
}

function firstExtremum(
  kind: "max" | "min",
  data: Elements<number | bigint>,
  start: number,
  step: number,
  n: number,
): number {
  let best = 0;
  let value = data[start]!;
  for (let j = 1; j < n; j++) {
    if (Number.isNaN(value)) return best;
    const v = data[start + j * step]!;
    if (Number.isNaN(v) || (kind === "max" ? v > value : v < value)) {
      best = j;
      value = v;
    }
  }
  return best;
}
