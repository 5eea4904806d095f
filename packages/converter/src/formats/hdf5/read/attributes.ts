// Attributes of groups and datasets, kept in the object header or in a fractal heap.
import { DTypeError } from "@isoform/core";
import { decodeUtf8 } from "../../bytes.js";
import { checkLimit } from "../../limits.js";
import { elementCount } from "../../raw-tensor.js";
import type { Hdf5Value } from "../types.js";
import { malformed } from "../errors.js";
import { walkBTree2 } from "./btree.js";
import { UNDEFINED_ADDRESS, type H5Context, type H5Reader } from "./context.js";
import { readDataspace, readDatatype, type Dataspace, type ElementType } from "./datatype.js";
import { openFractalHeap } from "./fractal-heap.js";
import type { GlobalHeap } from "./global-heap.js";
import { MESSAGE, resolveShared, sharedTarget, type Message } from "./object-header.js";
import { requireKnown, toStrings, toTensor } from "./values.js";

/** An attribute whose value is not decoded yet. */
export interface AttributeEntry {
  readonly name: string;
  readonly type: ElementType;
  readonly space: Dataspace;
  readonly data: Uint8Array;
}

/** All attributes of an object, by name. */
export function readAttributes(
  context: H5Context,
  messages: readonly Message[],
  path: string,
): ReadonlyMap<string, AttributeEntry> {
  const found = new Map<string, AttributeEntry>();
  const add = (entry: AttributeEntry): void => {
    if (found.has(entry.name))
      throw malformed(`two attributes are named ${JSON.stringify(entry.name)}`, path);
    found.set(entry.name, entry);
    checkLimit(context.limits, "entries", found.size, path);
  };
  for (const message of messages) {
    if (message.type === MESSAGE.attribute) {
      const own = resolveShared(context, message);
      add(readAttribute(context, context.over(own.data, own.position)));
    } else if (message.type === MESSAGE.attributeInfo) {
      const r = context.over(message.data, message.position);
      r.version("attribute information", 0);
      if (r.u8() & 1) r.skip(2);
      const heapAt = r.address();
      const tree = r.address();
      if (heapAt === UNDEFINED_ADDRESS || tree === UNDEFINED_ADDRESS) continue;
      const heap = openFractalHeap(context, heapAt);
      walkBTree2(context, tree, (record, { type }) => {
        if (type !== 8) throw malformed(`an index of attributes has the type ${type}`, record.place);
        const id = record.take(heap.idLength);
        if (record.u8() & 2) throw malformed("a shared attribute in dense storage", record.place);
        add(readAttribute(context, heap.read(id)));
      });
    }
  }
  return found;
}

function readAttribute(context: H5Context, r: H5Reader): AttributeEntry {
  const version = r.u8();
  if (version < 1 || version > 3) throw malformed(`attribute version ${version}`, r.place, "hdf5/version");
  const flags = r.u8();
  const nameSize = r.u16();
  const typeSize = r.u16();
  const spaceSize = r.u16();
  if (version === 3) r.skip(1);
  const padded = (n: number): number => (version === 1 ? Math.ceil(n / 8) * 8 : n);
  const part = (size: number): H5Reader => {
    const position = r.position;
    return context.over(r.take(padded(size)), position);
  };
  const nameReader = part(nameSize);
  const nameBytes = nameReader.take(nameSize);
  const zero = nameBytes.indexOf(0);
  const name = decodeUtf8(
    zero < 0 ? nameBytes : nameBytes.subarray(0, zero),
    context.name,
    nameReader.position,
  );
  const typeReader = part(typeSize);
  const spaceReader = part(spaceSize);
  const follow = (own: H5Reader, shared: boolean, kind: number): H5Reader => {
    if (!shared) return own;
    const target = sharedTarget(context, own, kind);
    return context.over(target.data, target.position);
  };
  const type = readDatatype(context, follow(typeReader, version > 1 && (flags & 1) !== 0, MESSAGE.datatype));
  const space = readDataspace(follow(spaceReader, version > 1 && (flags & 2) !== 0, MESSAGE.dataspace));
  return { name, type, space, data: r.bytes.subarray(r.offset) };
}

/**
 * Decodes the value of an attribute.
 * @throws {DTypeError}
 * @throws {ModelFormatError}
 * @throws {LimitExceededError}
 */
export function attributeValue(
  context: H5Context,
  heap: GlobalHeap,
  entry: AttributeEntry,
  path: string,
): Hdf5Value {
  const { type, space } = entry;
  if (space.shape === null) return null;
  requireKnown(type, path);
  const bytes = elementCount(space.shape, path) * type.size;
  checkLimit(context.limits, "headerBytes", bytes, path);
  if (entry.data.length < bytes)
    throw malformed(`an attribute of ${bytes} bytes has only ${entry.data.length}`, path, "format/truncated");
  const data = entry.data.subarray(0, bytes);
  if (type.storage === "number") return toTensor(context, heap, type, space.shape, data, path);
  const texts = toStrings(context, heap, type, data, path);
  return space.shape.length === 0 ? (texts[0] ?? "") : texts;
}

/** The text of an attribute value that must be one. @throws {DTypeError} (`hdf5/dtype`). */
export function expectText(value: Hdf5Value | undefined, path: string): string | undefined {
  if (value === undefined || typeof value === "string") return value;
  throw new DTypeError("the attribute is not text", { code: "hdf5/dtype", op: "HDF5", path });
}
