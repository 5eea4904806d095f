// Writes HDF5 files: superblock 2, groups with their links in the header, contiguous datasets, attributes.
import { ArgumentError } from "@isoform/core";
import { rawTensor, type RawTensor } from "../../raw-tensor.js";
import { MESSAGE } from "../read/object-header.js";
import type { Hdf5Value } from "../types.js";
import { lookup3 } from "../checksum.js";
import { ByteSink } from "./byte-sink.js";
import {
  attributeInfoMessage,
  attributeMessage,
  contiguousLayout,
  dataspace,
  FILL_MESSAGE,
  linkInfoMessage,
  linkMessage,
  numberType,
  objectHeader,
  type HeapPlace,
  type OutMessage,
} from "./messages.js";

interface OutObject {
  readonly attributes: Map<string, Hdf5Value>;
  /** Undefined for groups. */
  readonly tensor: RawTensor | undefined;
  readonly children: Map<string, OutObject>;
}

const SUPERBLOCK_BYTES = 48;
const HEAP_MINIMUM = 4096;
const HEAP_OBJECTS = 50_000;
const GROUP_INFO = 0x0a;

/**
 * Builds an HDF5 file in memory that HDF5 1.8 and later read. Paths are `/`-separated from the root; missing groups are made.
 * @example new Hdf5Builder().dataset("layer/kernel", tensor).attribute("layer", "name", "dense").toBytes()
 */
export class Hdf5Builder {
  readonly #root: OutObject = newObject(undefined);

  #at(path: string): OutObject {
    let object = this.#root;
    for (const name of path.split("/").filter((part) => part !== "")) {
      if (object.tensor) throw occupied(path);
      let child = object.children.get(name);
      if (!child) {
        child = newObject(undefined);
        object.children.set(name, child);
      }
      object = child;
    }
    return object;
  }

  /**
   * Makes the group `path` and those above it, if they are not there.
   * @throws {ArgumentError} when a dataset is in the way
   */
  group(path: string): this {
    if (this.#at(path).tensor) throw occupied(path);
    return this;
  }

  /**
   * Adds a dataset of the tensor's shape; its bytes are kept, not copied.
   * @throws {ArgumentError} when the path is taken or empty, or lies below a dataset
   * @throws {DTypeError} when HDF5 has no such element type
   * @throws {ModelFormatError} when data and shape disagree
   */
  dataset(path: string, tensor: RawTensor): this {
    numberType(tensor.dtype, path);
    const parts = path.split("/").filter((part) => part !== "");
    const name = parts.pop();
    const parent = this.#at(parts.join("/"));
    if (name === undefined || parent.tensor || parent.children.has(name)) throw occupied(path);
    parent.children.set(name, newObject(rawTensor(tensor.dtype, tensor.shape, tensor.data, path)));
    return this;
  }

  /**
   * Sets an attribute of the group or dataset at `path` (`""` is the root), which becomes a group when there
   * is none. The value is checked when the file is written.
   * @throws {ArgumentError} when `path` lies below a dataset
   */
  attribute(path: string, name: string, value: Hdf5Value): this {
    this.#at(path).attributes.set(name, value);
    return this;
  }

  /**
   * The bytes of the file.
   * @throws {ArgumentError} when an attribute is over 64 kB
   * @throws {DTypeError} when HDF5 has no element type of an attribute
   */
  toBytes(): Uint8Array {
    const sink = new ByteSink();
    const { heap, places } = layHeap(collectTexts(this.#root), SUPERBLOCK_BYTES);
    const body: Uint8Array[] = [];
    let position = SUPERBLOCK_BYTES;
    const put = (bytes: Uint8Array): number => {
      const at = position;
      const padded = Math.ceil(bytes.byteLength / 8) * 8;
      body.push(bytes);
      if (padded > bytes.byteLength) body.push(new Uint8Array(padded - bytes.byteLength));
      position += padded;
      return at;
    };
    put(heap);
    const place = (text: string): HeapPlace => places.get(text) ?? { address: 0, index: 0 };
    const root = putObject(this.#root, "", put, place);
    const head = superblock(root, position);
    sink.bytes(head);
    for (const part of body) sink.bytes(part);
    return sink.toBytes();
  }
}

function newObject(tensor: RawTensor | undefined): OutObject {
  return { attributes: new Map(), tensor, children: new Map() };
}

function occupied(path: string): ArgumentError {
  return new ArgumentError(`${JSON.stringify(path)} is already taken or lies below a dataset`, {
    code: "hdf5/path",
    op: "HDF5",
    path,
  });
}

function putObject(
  object: OutObject,
  path: string,
  put: (bytes: Uint8Array) => number,
  place: (text: string) => HeapPlace,
): number {
  const messages: OutMessage[] = [];
  if (object.tensor) {
    const { dtype, shape, data } = object.tensor;
    const address = put(data);
    messages.push(
      { type: MESSAGE.dataspace, data: dataspace(shape) },
      { type: MESSAGE.datatype, data: numberType(dtype, path) },
      { type: MESSAGE.fill, data: Uint8Array.from(FILL_MESSAGE) },
      { type: MESSAGE.layout, data: contiguousLayout(address, data.byteLength) },
    );
  } else {
    messages.push(linkInfoMessage(), { type: GROUP_INFO, data: Uint8Array.from([0, 0]) });
    for (const [name, child] of object.children)
      messages.push(linkMessage(name, putObject(child, `${path}/${name}`, put, place)));
  }
  if (object.attributes.size > 0) messages.push(attributeInfoMessage());
  for (const [name, value] of object.attributes)
    messages.push(attributeMessage(name, value, place, path || "/"));
  return put(objectHeader(messages));
}

function collectTexts(root: OutObject): ReadonlySet<string> {
  const texts = new Set<string>();
  const visit = (object: OutObject): void => {
    for (const value of object.attributes.values())
      if (typeof value === "string" && value !== "") texts.add(value);
    for (const child of object.children.values()) visit(child);
  };
  visit(root);
  return texts;
}

/** The global heap collections for `texts`, and where each one lies. */
function layHeap(
  texts: ReadonlySet<string>,
  start: number,
): { heap: Uint8Array; places: ReadonlyMap<string, HeapPlace> } {
  const places = new Map<string, HeapPlace>();
  const heap = new ByteSink();
  const all = [...texts];
  for (let from = 0; from < all.length; from += HEAP_OBJECTS) {
    const address = start + heap.position;
    const objects = new ByteSink();
    all.slice(from, from + HEAP_OBJECTS).forEach((text, i) => {
      const bytes = new TextEncoder().encode(text);
      objects
        .uint(i + 1, 2)
        .uint(1, 2)
        .uint(0, 4)
        .uint(bytes.length, 8)
        .bytes(bytes)
        .align(8);
      places.set(text, { address, index: i + 1 });
    });
    // The rest of a collection is object 0, whose size counts its own head of 16 bytes.
    const size = Math.max(HEAP_MINIMUM, 16 + objects.position + 16);
    const free = size - 16 - objects.position;
    heap.text("GCOL").u8(1, 0, 0, 0).uint(size, 8).bytes(objects.toBytes());
    heap
      .uint(0, 8)
      .uint(free, 8)
      .bytes(new Uint8Array(free - 16));
  }
  return { heap: heap.toBytes(), places };
}

/** A version 2 superblock of a file of `end` bytes. */
export function superblock(root: number, end: number): Uint8Array {
  const bytes = new ByteSink()
    .u8(0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a)
    .u8(2, 8, 8, 0)
    .uint(0, 8)
    .nowhere()
    .uint(end, 8)
    .uint(root, 8)
    .toBytes();
  return new ByteSink().bytes(bytes).uint(lookup3(bytes), 4).toBytes();
}
