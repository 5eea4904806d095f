// Fractal heaps: where groups with many links and objects with many attributes keep them.
import { malformed, unsupported } from "../errors.js";
import { bytesFor, walkBTree2 } from "./btree.js";
import { UNDEFINED_ADDRESS, type H5Context, type H5Reader } from "./context.js";

/** An open heap; `read` gives the bytes of one object as a reader. */
export interface FractalHeap {
  readonly idLength: number;
  read(id: Uint8Array): H5Reader;
}

/** Opens the heap whose header is at `address`. */
export function openFractalHeap(context: H5Context, address: number): FractalHeap {
  const h = context.from(address);
  h.signature("FRHP");
  h.version("a fractal heap", 0);
  const idLength = h.u16();
  const filterLength = h.u16();
  h.skip(1);
  const maxObject = h.u32();
  h.length();
  const hugeTree = h.address();
  h.length();
  h.address();
  for (let i = 0; i < 8; i++) h.length();
  const width = h.u16();
  const startSize = h.length();
  const maxDirect = h.length();
  const heapBits = h.u16();
  h.u16();
  const root = h.address();
  const rootRows = h.u16();
  if (filterLength > 0)
    throw unsupported(
      "a filtered fractal heap is not read",
      h.place,
      "hdf5/filter",
      "save the file without link or attribute compression",
    );
  context.verify(address, h.offset);
  const powers = [width, startSize, maxDirect];
  if (powers.some((x) => x < 1 || !Number.isInteger(Math.log2(x))) || heapBits < 1 || heapBits > 64)
    throw malformed("a fractal heap's sizes are impossible", context.place(address));
  const offsetBytes = Math.ceil(heapBits / 8);
  const lengthBytes = Math.min(Math.ceil(Math.log2(maxDirect) / 8), bytesFor(maxObject));
  const directRows = Math.log2(maxDirect) - Math.log2(startSize) + 2;
  const rowSize = (row: number): number => startSize * 2 ** Math.max(0, row - 1);
  const firstBits = Math.log2(startSize) + Math.log2(width);

  const inDirect = (
    at: number,
    blockOffset: number,
    offset: number,
    length: number,
    size: number,
  ): H5Reader => {
    const r = context.from(at);
    r.signature("FHDB");
    r.version("a fractal heap block", 0);
    r.address();
    if (r.uint(offsetBytes) !== blockOffset) throw malformed("a heap block is at the wrong place", r.place);
    const within = offset - blockOffset;
    if (within < r.offset || within + length > size)
      throw malformed("a heap object is out of its block", r.place);
    return context.at(at + within, length);
  };

  const inIndirect = (
    at: number,
    rows: number,
    blockOffset: number,
    offset: number,
    length: number,
  ): H5Reader => {
    const r = context.from(at);
    r.signature("FHIB");
    r.version("a fractal heap block", 0);
    r.address();
    if (r.uint(offsetBytes) !== blockOffset) throw malformed("a heap block is at the wrong place", r.place);
    if (rows > heapBits + 2) throw malformed("a heap block has too many rows", r.place);
    let start = blockOffset;
    for (let row = 0; row < rows; row++) {
      const size = rowSize(row);
      if (offset >= start + size * width) {
        r.skip(width * context.offsetSize);
        start += size * width;
        continue;
      }
      const column = Math.floor((offset - start) / size);
      r.skip(column * context.offsetSize);
      const child = r.address();
      if (child === UNDEFINED_ADDRESS) throw malformed("a heap object is in no block", r.place);
      const childOffset = start + column * size;
      if (row < directRows) return inDirect(child, childOffset, offset, length, size);
      return inIndirect(child, Math.log2(size) - firstBits + 1, childOffset, offset, length);
    }
    throw malformed("a heap object is out of the heap", r.place);
  };

  const huge = (id: H5Reader): H5Reader => {
    const direct = idLength - 1 >= context.offsetSize + context.lengthSize;
    if (direct) return context.at(id.address(), id.length());
    const key = id.uint(Math.min(context.lengthSize, idLength - 1));
    let found: H5Reader | undefined;
    walkBTree2(context, hugeTree, (record) => {
      const at = record.address();
      const length = record.length();
      if (record.length() === key) found = context.at(at, length);
    });
    if (!found) throw malformed("a large heap object is missing", id.place);
    return found;
  };

  return {
    idLength,
    read(bytes: Uint8Array): H5Reader {
      const id = context.over(bytes, context.base + address);
      const first = id.u8();
      if (first >> 6 !== 0)
        throw malformed(`heap identifier version ${first >> 6}`, id.place, "hdf5/version");
      switch ((first >> 4) & 3) {
        case 0: {
          const offset = id.uint(offsetBytes);
          const length = id.uint(lengthBytes);
          if (root === UNDEFINED_ADDRESS) throw malformed("a heap object is in no block", id.place);
          if (rootRows === 0) return inDirect(root, 0, offset, length, startSize);
          return inIndirect(root, rootRows, 0, offset, length);
        }
        case 1:
          return huge(id);
        case 2: {
          const extended = idLength - 1 > 16;
          const length = (extended ? ((first & 15) << 8) | id.u8() : first & 15) + 1;
          const position = id.position;
          return context.over(id.take(length), position);
        }
        default:
          throw malformed("a heap identifier is of an unknown type", id.place);
      }
    },
  };
}
