// The chunk indexes of HDF5: from an index to the stored chunks of a dataset.
import { malformed } from "../errors.js";
import { checkLimit } from "../../limits.js";
import { walkBTree1, walkBTree2 } from "./btree.js";
import { UNDEFINED_ADDRESS, type H5Context, type H5Reader } from "./context.js";
import { walkExtensibleArray, walkFixedArray, type ArrayShape } from "./chunk-arrays.js";
import type { Layout } from "./layout.js";

/** A stored chunk. */
export interface Chunk {
  readonly address: number;
  /** Stored bytes, after filtering. */
  readonly size: number;
  /** Filters that were skipped, one bit each. */
  readonly mask: number;
  /** Index of the chunk per axis: its first element divided by the chunk extent. */
  readonly at: readonly number[];
}

/** What is known of a chunked dataset. */
export interface ChunkedDataset {
  readonly layout: Extract<Layout, { kind: "chunked" }>;
  readonly shape: readonly number[];
  readonly maxShape: readonly number[];
  readonly filtered: boolean;
  readonly path: string;
}

/** Bytes of one whole chunk. */
export function chunkBytes(layout: ChunkedDataset["layout"]): number {
  return layout.chunk.reduce((product, n) => product * n, layout.elementSize);
}

/** All stored chunks. @throws {ModelFormatError} for chunks outside the dataset or listed twice */
export function listChunks(context: H5Context, dataset: ChunkedDataset): readonly Chunk[] {
  const { layout, shape, path } = dataset;
  const { index } = layout;
  const full = chunkBytes(layout);
  const rank = shape.length;
  if (layout.chunk.length !== rank) throw malformed("chunks and dataset have different ranks", path);
  checkLimit(context.limits, "tensorBytes", full, path);
  const grid = shape.map((n, i) => Math.ceil(n / (layout.chunk[i] ?? 1)));
  const most = grid.reduce((product, n) => product * n, 1);
  const chunks: Chunk[] = [];
  const seen = new Set<number>();
  const add = (chunk: Chunk): void => {
    if (chunk.address === UNDEFINED_ADDRESS) return;
    let key = 0;
    for (let i = 0; i < rank; i++) {
      const at = chunk.at[i] ?? 0;
      // A dataset that was made smaller may keep chunks outside its extent.
      if (at >= (grid[i] ?? 0)) return;
      key = key * (grid[i] ?? 1) + at;
    }
    if (seen.has(key)) throw malformed("a chunk is stored twice", path);
    seen.add(key);
    context.region(chunk.address, chunk.size);
    chunks.push(chunk);
  };
  if (index.address === UNDEFINED_ADDRESS || most === 0) return chunks;

  const max = dataset.maxShape.map((n, i) => Math.ceil(n / (layout.chunk[i] ?? 1)));
  const arrayShape: ArrayShape = { filtered: dataset.filtered, chunkBytes: full, path };
  switch (index.kind) {
    case "single":
      add({ address: index.address, size: index.size ?? full, mask: index.mask, at: shape.map(() => 0) });
      break;
    case "implicit":
      for (let i = 0; i < most; i++) {
        context.spend(1);
        add({ address: index.address + i * full, size: full, mask: 0, at: gridPosition(i, grid) });
      }
      break;
    case "btree1":
      walkBTree1(
        context,
        index.address,
        1,
        (r) => readKey(r, layout.chunk, path),
        (key, address) => add({ ...key, address }),
      );
      break;
    case "btree2":
      walkBTree2(context, index.address, (record, tree) => {
        if (tree.type !== 10 && tree.type !== 11)
          throw malformed(`a chunk index has the type ${tree.type}`, path);
        const address = record.address();
        const sizeBytes = tree.recordSize - context.offsetSize - 4 - 8 * rank;
        const size = tree.type === 11 ? record.uint(sizeBytes) : full;
        const mask = tree.type === 11 ? record.u32() : 0;
        add({ address, size, mask, at: shape.map(() => record.uint(8)) });
      });
      break;
    case "fixed-array":
      walkFixedArray(context, index.address, arrayShape, (i, chunk) =>
        add({ ...chunk, at: gridPosition(i, max) }),
      );
      break;
    case "extensible-array": {
      const axis = Math.max(0, max.indexOf(Infinity));
      const order = [axis, ...max.keys()].filter((x, i) => i === 0 || x !== axis);
      const swizzled = order.map((x) => max[x] ?? 1);
      walkExtensibleArray(context, index.address, arrayShape, (i, chunk) => {
        const position = gridPosition(i, swizzled);
        const at = shape.map(() => 0);
        order.forEach((x, k) => (at[x] = position[k] ?? 0));
        add({ ...chunk, at });
      });
      break;
    }
  }
  return chunks;
}

function readKey(r: H5Reader, chunk: readonly number[], path: string): Omit<Chunk, "address"> {
  const size = r.u32();
  const mask = r.u32();
  const at = chunk.map((extent) => {
    const offset = r.uint(8);
    if (offset % extent !== 0) throw malformed("a chunk starts between two chunks", path);
    return offset / extent;
  });
  r.skip(8);
  return { size, mask, at };
}

/** Row-major position of number `index` in a grid; the first axis may be unlimited. */
function gridPosition(index: number, grid: readonly number[]): number[] {
  const at = grid.map(() => 0);
  let rest = index;
  for (let i = grid.length - 1; i > 0; i--) {
    const extent = Math.max(1, grid[i] ?? 1);
    at[i] = rest % extent;
    rest = Math.floor(rest / extent);
  }
  if (grid.length > 0) at[0] = rest;
  return at;
}
