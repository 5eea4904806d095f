// Where the elements of sliding windows lie: shared by conv, reduceWindow and selectAndScatter.
import { rowMajor, sizeOf } from "@isoform/core";

/** The geometry of a window over the spatial axes of an input. */
export interface WindowGeometry {
  /** Spatial sizes of the input. */
  readonly input: readonly number[];
  /** Spatial sizes of the output. */
  readonly output: readonly number[];
  readonly window: readonly number[];
  readonly strides: readonly number[];
  readonly padding: readonly (readonly [number, number])[];
  /** Steps between window elements. */
  readonly dilation: readonly number[];
  /** Steps between input elements. */
  readonly inputDilation: readonly number[];
}

/**
 * For window element k and output position p (both row-major), `places[k * positions + p]` is the flat spatial index
 * of the input element there, or −1 in padding and between dilated inputs.
 */
export function windowPlaces(g: WindowGeometry): Int32Array {
  const inputStrides = rowMajor(g.input);
  let places = new Int32Array([0]);
  let elements = 1;
  let positions = 1;
  for (let d = 0; d < g.window.length; d++) {
    const size = g.window[d]!;
    const count = g.output[d]!;
    const line = axisPlaces(g, d);
    const step = inputStrides[d]!;
    const next = new Int32Array(elements * size * positions * count);
    let at = 0;
    for (let e = 0; e < elements; e++) {
      for (let k = 0; k < size; k++) {
        for (let p = 0; p < positions; p++) {
          const before = places[e * positions + p]!;
          for (let o = 0; o < count; o++) {
            const here = line[k * count + o]!;
            next[at++] = before < 0 || here < 0 ? -1 : before + here * step;
          }
        }
      }
    }
    places = next;
    elements *= size;
    positions *= count;
  }
  return places;
}

/** The same for one axis. */
function axisPlaces(g: WindowGeometry, d: number): Int32Array {
  const out = new Int32Array(g.window[d]! * g.output[d]!);
  const spread = g.inputDilation[d]!;
  let at = 0;
  for (let k = 0; k < g.window[d]!; k++) {
    for (let o = 0; o < g.output[d]!; o++) {
      const i = o * g.strides[d]! + k * g.dilation[d]! - g.padding[d]![0];
      out[at++] = i < 0 || i % spread !== 0 || i / spread >= g.input[d]! ? -1 : i / spread;
    }
  }
  return out;
}

/** Number of elements of a window and of output positions. */
export function windowCounts(g: WindowGeometry): { readonly elements: number; readonly positions: number } {
  return { elements: sizeOf(g.window), positions: sizeOf(g.output) };
}
