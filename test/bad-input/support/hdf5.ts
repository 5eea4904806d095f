// HDF5 files with what honest writers leave out: links out of the file, external and virtual storage, huge sizes.
import { ByteSink } from "../../../packages/converter/src/formats/hdf5/write/byte-sink.js";
import { superblock } from "../../../packages/converter/src/formats/hdf5/write/builder.js";
import {
  attributeMessage,
  contiguousLayout,
  dataspace,
  linkInfoMessage,
  linkMessage,
  numberType,
  objectHeader,
  type OutMessage,
} from "../../../packages/converter/src/formats/hdf5/write/messages.js";
import { latin } from "./bytes.js";

const ROOT = 48;
const float32: OutMessage = { type: 3, data: numberType("float32", "x") };

/** The dataspace of a shape. */
export const shape = (...dims: readonly number[]): OutMessage => ({ type: 1, data: dataspace(dims) });
/** Contiguous values at an address. */
export const contiguous = (address: number, size: number): OutMessage => ({
  type: 8,
  data: contiguousLayout(address, size),
});
/** Values in other files (external file list). */
export const externalStorage: OutMessage = { type: 7, data: new Uint8Array(24) };
/** A virtual dataset: a mosaic of datasets of other files. */
export const virtualLayout: OutMessage = {
  type: 8,
  data: new ByteSink().u8(4, 3).uint(ROOT, 8).uint(1, 4).toBytes(),
};
/** Deflate. */
export const deflated: OutMessage = {
  type: 11,
  data: new ByteSink().u8(2, 1).uint(1, 2).uint(0, 2).uint(0, 2).toBytes(),
};
/** One chunk of `extent` float32 that takes `stored` bytes. */
export const oneChunk = (extent: number, stored: number): OutMessage => ({
  type: 8,
  data: new ByteSink()
    .u8(4, 2, 2, 2, 8)
    .uint(extent, 8)
    .uint(4, 8)
    .u8(1)
    .uint(stored, 8)
    .uint(0, 4)
    .uint(ROOT, 8)
    .toBytes(),
});

/** A soft link to a path of the same file. */
export function softLink(name: string, target: string): OutMessage {
  const data = new ByteSink()
    .u8(1, 0x08, 1, name.length)
    .bytes(latin(name))
    .uint(target.length, 2)
    .bytes(latin(target))
    .toBytes();
  return { type: 6, data };
}

/** A link to an object of another file. */
export function externalLink(name: string, file: string, target: string): OutMessage {
  const value = `\0${file}\0${target}\0`;
  const data = new ByteSink()
    .u8(1, 0x08, 64, name.length)
    .bytes(latin(name))
    .uint(value.length, 2)
    .bytes(latin(value))
    .toBytes();
  return { type: 6, data };
}

/** A hard link to an address; the root group of `hdf5Root` lies at `ROOT`. */
export const hardLink = (name: string, address: number = ROOT): OutMessage => linkMessage(name, address);

/** A text attribute of fixed length. */
export function textAttribute(name: string, ...texts: readonly string[]): OutMessage {
  return attributeMessage(name, texts, () => ({ address: 0, index: 0 }), "");
}

/** A file of a root group with these links and attributes. */
export function hdf5Root(...messages: readonly OutMessage[]): Uint8Array {
  const root = objectHeader([linkInfoMessage(), ...messages]);
  return new ByteSink()
    .bytes(superblock(ROOT, ROOT + root.length))
    .bytes(root)
    .toBytes();
}

/** A file with one float32 dataset at `path` whose header has these messages, and attributes at the root. */
export function hdf5Dataset(
  path: string,
  messages: readonly OutMessage[],
  attributes: readonly OutMessage[] = [],
): Uint8Array {
  const body = new ByteSink();
  const put = (bytes: Uint8Array): number => {
    const at = ROOT + body.position;
    body.bytes(bytes);
    return at;
  };
  let address = put(objectHeader([float32, ...messages]));
  const names = path.split("/");
  for (const [i, name] of names.toReversed().entries()) {
    const link = linkMessage(name, address);
    const own = i === names.length - 1 ? attributes : [];
    address = put(objectHeader([linkInfoMessage(), link, ...own]));
  }
  body.bytes(new Uint8Array(64));
  return new ByteSink()
    .bytes(superblock(address, ROOT + body.position))
    .bytes(body.toBytes())
    .toBytes();
}
