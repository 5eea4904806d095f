// Data layout, filter pipeline, fill value and external-file messages: where the values of a dataset lie.
import { decodeUtf8 } from "../../bytes.js";
import { malformed, unsafe, unsupported } from "../errors.js";
import type { H5Context, H5Reader } from "./context.js";
import { MESSAGE, resolveShared, type Message } from "./object-header.js";

/** How the chunks of a dataset are found. */
export type ChunkIndex =
  | {
      readonly kind: "btree1" | "btree2" | "fixed-array" | "extensible-array" | "implicit";
      readonly address: number;
    }
  | {
      readonly kind: "single";
      readonly address: number;
      readonly size: number | undefined;
      readonly mask: number;
    };

/** Where the values lie. */
export type Layout =
  | { readonly kind: "compact"; readonly data: Uint8Array }
  | { readonly kind: "contiguous"; readonly address: number; readonly size: number | undefined }
  | {
      readonly kind: "chunked";
      /** Chunk extent per axis of the dataset. */
      readonly chunk: readonly number[];
      readonly elementSize: number;
      readonly index: ChunkIndex;
      /** Chunks that reach over the edge are stored unfiltered. */
      readonly plainEdges: boolean;
    }
  | { readonly kind: "virtual" };

/** One filter of a pipeline. */
export interface Filter {
  readonly id: number;
  readonly name: string;
  readonly values: readonly number[];
}

const CHUNK_INDEX = ["", "single", "implicit", "fixed-array", "extensible-array", "btree2"] as const;

/** Reads the layout message. */
export function readLayout(context: H5Context, message: Message): Layout {
  const r = context.over(message.data, message.position);
  const version = r.u8();
  if (version === 1 || version === 2) return readOldLayout(r);
  // Version 5 (HDF5 2.0) only widens the chunk sizes inside the indexes, which tell their own width.
  if (version < 3 || version > 5)
    throw unsupported(
      `data layout version ${version} is not read`,
      r.place,
      "hdf5/version",
      "save the file for an older library version (libver='v110')",
    );
  const kind = r.u8();
  switch (kind) {
    case 0:
      return { kind: "compact", data: r.take(r.u16()) };
    case 1:
      return { kind: "contiguous", address: r.address(), size: r.length() };
    case 2:
      return version === 3 ? readChunked3(r) : readChunked4(r);
    case 3:
      return { kind: "virtual" };
    default:
      throw malformed(`data layout class ${kind} is unknown`, r.place);
  }
}

function readOldLayout(r: H5Reader): Layout {
  const rank = r.u8();
  const kind = r.u8();
  r.skip(5);
  if (rank > 33 || kind > 2) throw malformed("an old data layout is impossible", r.place);
  const address = kind === 0 ? 0 : r.address();
  const dims = Array.from({ length: rank }, () => r.u32());
  if (kind === 0) return { kind: "compact", data: r.take(r.u32()) };
  if (kind === 1) return { kind: "contiguous", address, size: undefined };
  return chunked(r, dims.slice(0, -1), dims.at(-1) ?? 0, { kind: "btree1", address }, false);
}

function readChunked3(r: H5Reader): Layout {
  const rank = r.u8();
  const address = r.address();
  const dims = Array.from({ length: rank }, () => r.u32());
  return chunked(r, dims.slice(0, -1), dims.at(-1) ?? 0, { kind: "btree1", address }, false);
}

function readChunked4(r: H5Reader): Layout {
  const flags = r.u8();
  const rank = r.u8();
  const width = r.u8();
  if (width < 1 || width > 8) throw malformed("a chunk size is impossible", r.place);
  const dims = Array.from({ length: rank }, () => r.uint(width));
  const number = r.u8();
  const kind = CHUNK_INDEX[number];
  const shape = dims.slice(0, -1);
  const elementSize = dims.at(-1) ?? 0;
  const plainEdges = (flags & 1) !== 0;
  if (!kind) throw malformed(`chunk index ${number} is unknown`, r.place);
  if (kind === "single") {
    const size = flags & 2 ? r.length() : undefined;
    const mask = flags & 2 ? r.u32() : 0;
    return chunked(r, shape, elementSize, { kind, address: r.address(), size, mask }, plainEdges);
  }
  r.skip({ implicit: 0, "fixed-array": 1, "extensible-array": 5, btree2: 6 }[kind]);
  return chunked(r, shape, elementSize, { kind, address: r.address() }, plainEdges);
}

function chunked(
  r: H5Reader,
  chunk: readonly number[],
  elementSize: number,
  index: ChunkIndex,
  plainEdges: boolean,
): Layout {
  if (chunk.length === 0 || elementSize === 0 || chunk.some((n) => n === 0))
    throw malformed("a chunk has no elements", r.place);
  return { kind: "chunked", chunk, elementSize, index, plainEdges };
}

/** Reads the filter pipeline; empty when there is none. */
export function readFilters(context: H5Context, messages: readonly Message[]): readonly Filter[] {
  const message = messages.find((m) => m.type === MESSAGE.filters);
  if (!message) return [];
  const shared = resolveShared(context, message);
  const r = context.over(shared.data, shared.position);
  const version = r.u8();
  const count = r.u8();
  if (version !== 1 && version !== 2)
    throw malformed(`filter pipeline version ${version}`, r.place, "hdf5/version");
  if (version === 1) r.skip(6);
  if (count > 32) throw malformed(`a pipeline of ${count} filters is impossible`, r.place);
  const filters: Filter[] = [];
  for (let i = 0; i < count; i++) {
    const id = r.u16();
    const nameLength = version === 1 || id >= 256 ? r.u16() : 0;
    r.u16();
    const valueCount = r.u16();
    const padded = version === 1 ? Math.ceil(nameLength / 8) * 8 : nameLength;
    const place = r.position;
    const nameBytes = r.take(padded);
    const zero = nameBytes.indexOf(0);
    const name = decodeUtf8(zero < 0 ? nameBytes : nameBytes.subarray(0, zero), context.name, place);
    const values = Array.from({ length: valueCount }, () => r.u32());
    if (version === 1 && valueCount % 2 === 1) r.skip(4);
    filters.push({ id, name, values });
  }
  return filters;
}

/** The bytes of the fill value, or undefined for zeros. */
export function readFill(context: H5Context, messages: readonly Message[]): Uint8Array | undefined {
  const message =
    messages.find((m) => m.type === MESSAGE.fill) ?? messages.find((m) => m.type === MESSAGE.oldFill);
  if (!message) return undefined;
  const shared = resolveShared(context, message);
  const r = context.over(shared.data, shared.position);
  if (message.type === MESSAGE.oldFill) return nonEmpty(r.take(r.u32()));
  const version = r.u8();
  if (version < 1 || version > 3) throw malformed(`fill value version ${version}`, r.place, "hdf5/version");
  if (version === 3) return r.u8() & 0x20 ? nonEmpty(r.take(r.u32())) : undefined;
  r.skip(2);
  const defined = r.u8();
  return version === 1 || defined ? nonEmpty(r.take(r.u32())) : undefined;
}

function nonEmpty(bytes: Uint8Array): Uint8Array | undefined {
  return bytes.length > 0 ? bytes : undefined;
}

/** Refuses values that lie outside this file. @throws {UnsafeModelError} */
export function refuseOutside(messages: readonly Message[], layout: Layout, path: string): void {
  if (messages.some((m) => m.type === MESSAGE.external))
    throw unsafe("the values lie in another file (external storage)", path, "hdf5/external-storage");
  if (layout.kind === "virtual")
    throw unsafe("the values come from other datasets (virtual dataset)", path, "hdf5/virtual-dataset");
}
