// reduceWindow and selectAndScatter over the trailing axes.
import { sizeOf, type BufferView, type Kernels, type WindowAttrs } from "@isoform/core";
import type { Access } from "../elements.js";
import { inDomain } from "./domain.js";
import { windowCounts, windowPlaces, type WindowGeometry } from "./window-places.js";

function geometry(x: BufferView<unknown>, output: readonly number[], a: WindowAttrs): WindowGeometry {
  const lead = x.shape.length - a.window.length;
  return {
    input: x.shape.slice(lead),
    output: output.slice(lead),
    window: a.window,
    strides: a.strides,
    padding: a.padding,
    dilation: a.dilation,
    inputDilation: a.window.map(() => 1),
  };
}

/** Window kernels. */
export function windowKernels<B>(access: Access<B>): Pick<Kernels<B>, "reduceWindow" | "selectAndScatter"> {
  return {
    reduceWindow(kind, x, out, attrs) {
      const g = geometry(x, out.shape, attrs);
      const { elements, positions } = windowCounts(g);
      const inner = sizeOf(g.input);
      const places = windowPlaces(g);
      inDomain(access, x.dtype, (d) => {
        const { combine, neutral } = d.reducer(kind);
        const data = d.load(x);
        const result = d.make(sizeOf(out.shape));
        for (let to = 0; to < result.length; to++) {
          const start = Math.floor(to / positions) * inner;
          const p = to % positions;
          let value = neutral;
          for (let k = 0; k < elements; k++) {
            const at = places[k * positions + p]!;
            if (at >= 0) value = combine(value, data[start + at]!);
          }
          result[to] = value;
        }
        d.store(out, result);
      });
    },

    selectAndScatter(kind, x, source, out, attrs) {
      const g = geometry(x, source.shape, attrs);
      const { elements, positions } = windowCounts(g);
      const inner = sizeOf(g.input);
      const places = windowPlaces(g);
      inDomain(access, x.dtype, (d) => {
        const data = d.load(x);
        const given = d.load(source);
        const result = d.make(data.length);
        for (let from = 0; from < given.length; from++) {
          const start = Math.floor(from / positions) * inner;
          const p = from % positions;
          let best = -1;
          for (let k = 0; k < elements; k++) {
            const at = places[k * positions + p]!;
            if (at >= 0 && (best < 0 || beats(kind, data[start + at]!, data[best]!))) best = start + at;
          }
          if (best >= 0) result[best] = d.add(result[best]!, given[from]!);
        }
        d.store(out, result);
      });
    },
  };
}

/** Whether `a` takes the place of the earlier `b`; NaN beats all but an earlier NaN. */
function beats(kind: "max" | "min", a: number | bigint, b: number | bigint): boolean {
  if (Number.isNaN(b)) return false;
  return Number.isNaN(a) || (kind === "max" ? a > b : a < b);
}
