// gather, scatter, sort.
import { itemSize, sizeOf, type Kernels, type ScatterMode } from "@isoform/core";
import { splitAt, type Access } from "../elements.js";
import { inDomain, type Domain, type Elements } from "./domain.js";

/** Index kernels. */
export function indexKernels<B>(access: Access<B>): Pick<Kernels<B>, "gather" | "scatter" | "sort"> {
  return {
    gather(x, indices, out, axis) {
      const { outer, n, inner } = splitAt(x.shape, axis);
      const rows = inner * itemSize(x.dtype);
      const from = bytesOf(access.dense(x));
      const to = bytesOf(access.dense(out));
      const places = access.numbers(indices);
      let at = 0;
      for (let o = 0; o < outer; o++) {
        for (let j = 0; j < places.length; j++, at += rows) {
          const place = places[j]!;
          if (place >= 0 && place < n) {
            const start = (o * n + place) * rows;
            for (let i = 0; i < rows; i++) to[at + i] = from[start + i]!;
          } else to.fill(0, at, at + rows);
        }
      }
    },

    scatter(mode, x, indices, updates, out, axis) {
      const { outer, n, inner } = splitAt(x.shape, axis);
      const places = access.numbers(indices);
      inDomain(access, x.dtype, (d) => {
        const combine = combiner(mode, d);
        const result = d.copy(d.load(x));
        const given = d.load(updates);
        let from = 0;
        for (let o = 0; o < outer; o++) {
          for (let j = 0; j < places.length; j++) {
            const place = places[j]!;
            const start = (o * n + place) * inner;
            const inside = place >= 0 && place < n;
            for (let i = 0; i < inner; i++, from++) {
              if (inside) result[start + i] = combine(result[start + i]!, given[from]!);
            }
          }
        }
        d.store(out, result);
      });
    },

    sort(x, values, indices, { axis, descending }) {
      const { outer, n, inner } = splitAt(x.shape, axis);
      const order = new Float64Array(sizeOf(x.shape));
      inDomain(access, x.dtype, (d) => {
        const data = d.load(x);
        const result = d.make(data.length);
        for (let o = 0; o < outer; o++) {
          for (let i = 0; i < inner; i++) {
            const start = o * n * inner + i;
            const line = sortedPlaces(data, start, inner, n, descending);
            for (let j = 0; j < n; j++) {
              order[start + j * inner] = line[j]!;
              result[start + j * inner] = data[start + line[j]! * inner]!;
            }
          }
        }
        d.store(values, result);
      });
      access.storeNumbers(indices, order);
    },
  };
}

function combiner<T extends number | bigint, B>(
  mode: ScatterMode,
  d: Domain<T, B>,
): (old: T, update: T) => T {
  switch (mode) {
    case "set":
      return (_old, update) => update;
    case "add":
      return d.add;
    case "mul":
      return d.mul;
    case "max":
    case "min":
      return d.reducer(mode).combine;
  }
}

/** Positions 0…n−1 of a line in sorted order; equal elements keep their order. */
function sortedPlaces(
  data: Elements<number | bigint>,
  start: number,
  step: number,
  n: number,
  descending: boolean,
): Uint32Array {
  const line = new Uint32Array(n);
  for (let j = 0; j < n; j++) line[j] = j;
  const at = (j: number) => data[start + j * step]!;
  return line.sort((i, j) => {
    const order = compare(at(i), at(j));
    return (descending ? -order : order) || i - j;
  });
}

/** Sign of a − b, with NaN above everything. */
function compare(a: number | bigint, b: number | bigint): number {
  if (a < b) return -1;
  if (a > b) return 1;
  return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
}

function bytesOf(data: ArrayBufferView): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}
