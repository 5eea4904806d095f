// The two B-trees of HDF5: version 1 (old groups and chunks) and version 2 (dense links, attributes, chunks).
import { malformed } from "../errors.js";
import { UNDEFINED_ADDRESS, type H5Context, type H5Reader } from "./context.js";

/**
 * Visits the children of all leaf nodes of a version 1 B-tree, left to right.
 * @param kind 0 for groups, 1 for chunks.
 * @param readKey Reads one key; the key before a child is handed to `visit`.
 */
export function walkBTree1<K>(
  context: H5Context,
  root: number,
  kind: 0 | 1,
  readKey: (r: H5Reader) => K,
  visit: (key: K, child: number) => void,
): void {
  const seen = new Set<number>();
  const node = (address: number, expected: number): void => {
    if (seen.has(address))
      throw malformed("the nodes of a B-tree refer to each other", context.place(address));
    seen.add(address);
    const r = context.from(address);
    r.signature("TREE");
    const type = r.u8();
    const level = r.u8();
    const used = r.u16();
    if (type !== kind || (expected >= 0 && level !== expected) || level > 32)
      throw malformed("a B-tree node is of the wrong kind or level", r.place);
    r.address();
    r.address();
    context.spend(used);
    for (let i = 0; i < used; i++) {
      const key = readKey(r);
      const child = r.address();
      if (child === UNDEFINED_ADDRESS) throw malformed("a B-tree child is nowhere", r.place);
      if (level === 0) visit(key, child);
      else node(child, level - 1);
    }
  };
  node(root, -1);
}

/** Bytes needed for the number `limit`. */
export function bytesFor(limit: number): number {
  let bytes = 1;
  for (let rest = Math.floor(limit / 256); rest > 0; rest = Math.floor(rest / 256)) bytes++;
  return bytes;
}

/** A version 2 B-tree: its record type and all records, in key order. */
export interface BTree2 {
  readonly type: number;
  readonly recordSize: number;
}

/** Visits the records of a version 2 B-tree in order; `visit` gets a reader of exactly one record. */
export function walkBTree2(
  context: H5Context,
  address: number,
  visit: (record: H5Reader, tree: BTree2) => void,
): void {
  const header = context.from(address);
  header.signature("BTHD");
  header.version("a B-tree", 0);
  const type = header.u8();
  const nodeSize = header.u32();
  const recordSize = header.u16();
  const depth = header.u16();
  header.skip(2);
  const root = header.address();
  const rootRecords = header.u16();
  header.length();
  context.verify(address, header.offset);
  if (recordSize === 0 || nodeSize < 16 + recordSize || depth > 16)
    throw malformed("a B-tree's sizes are impossible", header.place);
  if (root === UNDEFINED_ADDRESS) return;

  const overhead = 10;
  const perNode = [Math.floor((nodeSize - overhead) / recordSize)];
  const countSize = bytesFor(perNode[0] ?? 0);
  const totals = [perNode[0] ?? 0];
  const totalSizes = [0];
  for (let level = 1; level <= depth; level++) {
    const pointer = context.offsetSize + countSize + (totalSizes[level - 1] ?? 0);
    const most = Math.floor((nodeSize - overhead - pointer) / (recordSize + pointer));
    if (most < 1) throw malformed("a B-tree's sizes are impossible", header.place);
    perNode.push(most);
    totals.push((most + 1) * (totals[level - 1] ?? 0) + most);
    totalSizes.push(bytesFor(totals[level] ?? 0));
  }

  const seen = new Set<number>();
  const node = (at: number, records: number, level: number): void => {
    if (seen.has(at)) throw malformed("the nodes of a B-tree refer to each other", context.place(at));
    seen.add(at);
    if (records > (perNode[level] ?? 0))
      throw malformed("a B-tree node has too many records", context.place(at));
    const r = context.from(at);
    r.signature(level === 0 ? "BTLF" : "BTIN");
    r.version("a B-tree node", 0);
    if (r.u8() !== type) throw malformed("a B-tree node is of the wrong type", r.place);
    context.spend(records);
    const values = Array.from({ length: records }, () => {
      const position = r.position;
      return context.over(r.take(recordSize), position);
    });
    const children: { at: number; records: number }[] = [];
    if (level > 0)
      for (let i = 0; i <= records; i++) {
        children.push({ at: r.address(), records: r.uint(countSize) });
        if (level > 1) r.skip(totalSizes[level - 1] ?? 0);
      }
    context.verify(at, r.offset);
    for (let i = 0; i <= records; i++) {
      const child = children[i];
      if (child) node(child.at, child.records, level - 1);
      const value = values[i];
      if (value) visit(value, { type, recordSize });
    }
  };
  node(root, rootRecords, depth);
}
