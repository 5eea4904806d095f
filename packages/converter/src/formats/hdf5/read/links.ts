// The links of a group: old symbol tables, link messages, and dense storage in a fractal heap.
import type { Hdf5Link } from "../types.js";
import { decodeUtf8 } from "../../bytes.js";
import { checkLimit } from "../../limits.js";
import { malformed } from "../errors.js";
import { walkBTree1, walkBTree2 } from "./btree.js";
import { UNDEFINED_ADDRESS, type H5Context, type H5Reader } from "./context.js";
import { openFractalHeap } from "./fractal-heap.js";
import { MESSAGE, type Message } from "./object-header.js";

/** A link with the object header it leads to (UNDEFINED_ADDRESS unless it is hard). */
export interface Link extends Hdf5Link {
  readonly address: number;
  /** Creation order, where the file tracks it. */
  readonly order: number | undefined;
}

const LINK_KINDS: Readonly<Record<number, Hdf5Link["kind"]>> = { 0: "hard", 1: "soft", 64: "external" };

/** True when the messages are those of a group. */
export function isGroup(messages: readonly Message[]): boolean {
  return messages.some(
    (m) => m.type === MESSAGE.symbolTable || m.type === MESSAGE.linkInfo || m.type === MESSAGE.link,
  );
}

/**
 * All links of a group: as created where the file tracks that, otherwise by name.
 * @throws {ModelFormatError} for two links of one name
 * @throws {LimitExceededError}
 */
export function readLinks(
  context: H5Context,
  messages: readonly Message[],
  path: string,
): ReadonlyMap<string, Link> {
  const links = new Map<string, Link>();
  const add = (link: Link): void => {
    if (links.has(link.name))
      throw malformed(`two links are named ${JSON.stringify(link.name)}`, `${context.name}: ${path || "/"}`);
    links.set(link.name, link);
    checkLimit(context.limits, "entries", links.size, `${context.name}: ${path || "/"}`);
  };
  for (const message of messages) {
    const r = context.over(message.data, message.position);
    if (message.type === MESSAGE.symbolTable) readSymbolTable(context, r, add);
    else if (message.type === MESSAGE.link) add(readLinkMessage(r));
    else if (message.type === MESSAGE.linkInfo) readDenseLinks(context, r, add);
  }
  const all = [...links.values()];
  const tracked = all.every((link) => link.order !== undefined);
  if (tracked) all.sort((a, b) => (a.order ?? 0) - (b.order ?? 0));
  else all.sort((a, b) => (a.name < b.name ? -1 : 1));
  return new Map(all.map((link) => [link.name, link]));
}

function readSymbolTable(context: H5Context, r: H5Reader, add: (link: Link) => void): void {
  const tree = r.address();
  const heap = context.from(r.address());
  heap.signature("HEAP");
  heap.version("a local heap", 0);
  heap.skip(3);
  const size = heap.length();
  heap.length();
  const segment = heap.address();
  const names = context.region(segment, size);
  walkBTree1(
    context,
    tree,
    0,
    (key) => key.length(),
    (_key, child) => {
      const node = context.from(child);
      node.signature("SNOD");
      node.version("a symbol table node", 1);
      node.skip(1);
      const count = node.u16();
      context.spend(count);
      for (let i = 0; i < count; i++) {
        const nameAt = node.uint(context.offsetSize);
        const address = node.address();
        const cache = node.u32();
        node.skip(20);
        const end = names.indexOf(0, nameAt);
        if (nameAt >= size || end < 0) throw malformed("the name of a link is out of its heap", node.place);
        const name = decodeUtf8(names.subarray(nameAt, end), context.name, context.base + segment + nameAt);
        add({ name, kind: cache === 2 ? "soft" : "hard", address, order: undefined });
      }
    },
  );
}

function readLinkMessage(r: H5Reader): Link {
  r.version("a link", 1);
  const flags = r.u8();
  const type = flags & 0x08 ? r.u8() : 0;
  const order = flags & 0x04 ? r.uint(8) : undefined;
  if (flags & 0x10) r.skip(1);
  const name = r.text(r.uint(1 << (flags & 3)));
  const kind = LINK_KINDS[type] ?? "user-defined";
  return { name, kind, address: kind === "hard" ? r.address() : UNDEFINED_ADDRESS, order };
}

function readDenseLinks(context: H5Context, r: H5Reader, add: (link: Link) => void): void {
  r.version("link information", 0);
  const flags = r.u8();
  if (flags & 1) r.skip(8);
  const heapAt = r.address();
  const tree = r.address();
  if (heapAt === UNDEFINED_ADDRESS || tree === UNDEFINED_ADDRESS) return;
  const heap = openFractalHeap(context, heapAt);
  walkBTree2(context, tree, (record, { type }) => {
    if (type !== 5) throw malformed(`an index of links has the type ${type}`, record.place);
    record.skip(4);
    add(readLinkMessage(heap.read(record.take(heap.idLength))));
  });
}
