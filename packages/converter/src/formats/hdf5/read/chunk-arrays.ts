// Fixed and extensible arrays: the chunk indexes of datasets with none or one unlimited axis.
import { malformed } from "../errors.js";
import { UNDEFINED_ADDRESS, type H5Context, type H5Reader } from "./context.js";

/** What an array needs to know of its dataset. */
export interface ArrayShape {
  readonly filtered: boolean;
  /** Bytes of an unfiltered chunk. */
  readonly chunkBytes: number;
  readonly path: string;
}

/** A chunk as an array stores it. */
export interface ArrayChunk {
  readonly address: number;
  readonly size: number;
  readonly mask: number;
}

type Visit = (index: number, chunk: ArrayChunk) => void;

function elementReader(
  context: H5Context,
  elementSize: number,
  client: number,
  shape: ArrayShape,
): (r: H5Reader) => ArrayChunk {
  const sizeBytes = elementSize - context.offsetSize - 4;
  const bad =
    client > 1 || (client === 0 ? elementSize !== context.offsetSize : sizeBytes < 1 || sizeBytes > 8);
  if (bad || (client === 1) !== shape.filtered)
    throw malformed("a chunk index does not fit its dataset", shape.path);
  if (client === 0) return (r) => ({ address: r.address(), size: shape.chunkBytes, mask: 0 });
  return (r) => ({ address: r.address(), size: r.uint(sizeBytes), mask: r.u32() });
}

/** Reads `count` elements at `r` in pages where the block is paged. */
function readPages(
  context: H5Context,
  at: number,
  count: number,
  pageSize: number,
  elementSize: number,
  present: (page: number) => boolean,
  visit: (r: H5Reader, index: number) => void,
): void {
  let page = 0;
  let address = at;
  for (let done = 0; done < count; done += pageSize, page++) {
    const here = Math.min(pageSize, count - done);
    context.spend(1);
    if (present(page)) {
      context.verify(address, here * elementSize);
      const r = context.at(address, here * elementSize);
      context.spend(here);
      for (let i = 0; i < here; i++) visit(r, done + i);
    }
    address += here * elementSize + 4;
  }
}

/** Visits the chunks of a fixed array. */
export function walkFixedArray(context: H5Context, address: number, shape: ArrayShape, visit: Visit): void {
  const h = context.from(address);
  h.signature("FAHD");
  h.version("a fixed array", 0);
  const client = h.u8();
  const elementSize = h.u8();
  const pageBits = h.u8();
  const count = h.length();
  const block = h.address();
  context.verify(address, h.offset);
  const element = elementReader(context, elementSize, client, shape);
  if (block === UNDEFINED_ADDRESS) return;
  const r = context.from(block);
  r.signature("FADB");
  r.version("a fixed array block", 0);
  if (r.u8() !== client) throw malformed("a chunk index does not fit its dataset", r.place);
  r.address();
  if (pageBits > 30) throw malformed("a chunk index has impossible pages", r.place);
  const pageSize = 2 ** pageBits;
  if (count <= pageSize) {
    context.spend(count);
    for (let i = 0; i < count; i++) visit(i, element(r));
    context.verify(block, r.offset);
    return;
  }
  const bitmap = r.take(Math.ceil(Math.ceil(count / pageSize) / 8));
  context.verify(block, r.offset);
  const present = (page: number): boolean => (((bitmap[page >> 3] ?? 0) << (page & 7)) & 0x80) !== 0;
  readPages(context, block + r.offset + 4, count, pageSize, elementSize, present, (p, i) =>
    visit(i, element(p)),
  );
}

/** Data blocks in a super block. */
function blocksIn(level: number): number {
  return 2 ** Math.floor(level / 2);
}

/** Visits the chunks of an extensible array. */
export function walkExtensibleArray(
  context: H5Context,
  address: number,
  shape: ArrayShape,
  visit: Visit,
): void {
  const h = context.from(address);
  h.signature("EAHD");
  h.version("an extensible array", 0);
  const client = h.u8();
  const elementSize = h.u8();
  const countBits = h.u8();
  const inIndex = h.u8();
  const minBlock = h.u8();
  const minPointers = h.u8();
  const pageBits = h.u8();
  for (let i = 0; i < 4; i++) h.length();
  const used = h.length();
  h.length();
  const indexBlock = h.address();
  context.verify(address, h.offset);
  const element = elementReader(context, elementSize, client, shape);
  const powers = [minBlock, minPointers].every((x) => x > 0 && Number.isInteger(Math.log2(x)));
  if (!powers || countBits > 64 || pageBits > 30)
    throw malformed("a chunk index has impossible sizes", h.place);
  if (indexBlock === UNDEFINED_ADDRESS) return;

  const r = context.from(indexBlock);
  r.signature("EAIB");
  r.version("an extensible array block", 0);
  if (r.u8() !== client) throw malformed("a chunk index does not fit its dataset", r.place);
  r.address();
  let next = 0;
  for (let i = 0; i < inIndex; i++) visit(next++, element(r));
  const firstSuper = 2 * Math.log2(minPointers);
  const superBlocks = 1 + countBits - Math.log2(minBlock);
  const offsetBytes = Math.ceil(countBits / 8);
  const pageSize = 2 ** pageBits;
  const elementsIn = (level: number): number => 2 ** Math.floor((level + 1) / 2) * minBlock;

  const dataBlock = (at: number, count: number, present: (page: number) => boolean): void => {
    const start = next;
    next += count;
    if (at === UNDEFINED_ADDRESS || start >= used) return;
    const b = context.from(at);
    b.signature("EADB");
    b.version("an extensible array block", 0);
    if (b.u8() !== client) throw malformed("a chunk index does not fit its dataset", b.place);
    b.address();
    b.skip(offsetBytes);
    if (count <= pageSize) {
      context.spend(count);
      for (let i = 0; i < count; i++) visit(start + i, element(b));
      context.verify(at, b.offset);
      return;
    }
    context.verify(at, b.offset);
    readPages(context, at + b.offset + 4, count, pageSize, elementSize, present, (p, i) =>
      visit(start + i, element(p)),
    );
  };

  const direct: { at: number; count: number }[] = [];
  for (let level = 0; level < Math.min(firstSuper, superBlocks); level++)
    for (let i = 0; i < blocksIn(level); i++) direct.push({ at: r.address(), count: elementsIn(level) });
  const supers: number[] = [];
  for (let level = firstSuper; level < superBlocks; level++) supers.push(r.address());
  context.verify(indexBlock, r.offset);
  for (const block of direct) dataBlock(block.at, block.count, () => true);

  supers.forEach((at, k) => {
    const level = firstSuper + k;
    const count = elementsIn(level);
    const blocks = blocksIn(level);
    if (at === UNDEFINED_ADDRESS || next >= used) {
      next += blocks * count;
      return;
    }
    const s = context.from(at);
    s.signature("EASB");
    s.version("an extensible array block", 0);
    if (s.u8() !== client) throw malformed("a chunk index does not fit its dataset", s.place);
    s.address();
    s.skip(offsetBytes);
    const bitmapBytes = count > pageSize ? Math.ceil(count / pageSize / 8) : 0;
    if (blocks * (bitmapBytes + context.offsetSize) > s.remaining)
      throw malformed("a chunk index block is larger than the file", s.place);
    const bitmaps = Array.from({ length: blocks }, () => s.take(bitmapBytes));
    const addresses = Array.from({ length: blocks }, () => s.address());
    context.verify(at, s.offset);
    addresses.forEach((block, i) => {
      const bitmap = bitmaps[i];
      dataBlock(block, count, (page) => (((bitmap?.[page >> 3] ?? 0) << (page & 7)) & 0x80) !== 0);
    });
  });
}
