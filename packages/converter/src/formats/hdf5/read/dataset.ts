// A dataset: its guards, and its values from compact, contiguous or chunked storage.
import { LimitExceededError } from "@isoform/core";
import { checkLimit } from "../../limits.js";
import { elementCount, type RawDType, type RawTensor } from "../../raw-tensor.js";
import { malformed } from "../errors.js";
import { chunkBytes, listChunks, type Chunk } from "./chunks.js";
import { UNDEFINED_ADDRESS, type H5Context } from "./context.js";
import { readDataspace, readDatatype, type Dataspace, type ElementType } from "./datatype.js";
import { checkFilters, unfilter } from "./filters.js";
import type { GlobalHeap } from "./global-heap.js";
import { readFill, readFilters, readLayout, refuseOutside, type Filter, type Layout } from "./layout.js";
import { MESSAGE, resolveShared, type Message } from "./object-header.js";
import { requireKnown, toTensor } from "./values.js";

/** Datasets up to this size may be unpacked from any number of stored bytes. */
const BOMB_FLOOR = 16 * 2 ** 20;

/** The description of a dataset, and its values on request. */
export class DatasetReader {
  readonly #context: H5Context;
  readonly #heap: GlobalHeap;
  readonly #messages: readonly Message[];
  readonly #path: string;
  readonly #type: ElementType;
  readonly #space: Dataspace;
  readonly #layout: Layout;
  readonly #filters: readonly Filter[];
  #chunks: readonly Chunk[] | undefined;

  constructor(context: H5Context, heap: GlobalHeap, messages: readonly Message[], path: string) {
    this.#context = context;
    this.#heap = heap;
    this.#messages = messages;
    this.#path = `${context.name}: ${path}`;
    const message = (type: number, what: string): Message => {
      const own = messages.find((m) => m.type === type);
      if (!own) throw malformed(`the dataset has no ${what}`, this.#path);
      return resolveShared(context, own);
    };
    const type = message(MESSAGE.datatype, "element type");
    this.#type = readDatatype(context, context.over(type.data, type.position));
    const space = message(MESSAGE.dataspace, "shape");
    this.#space = readDataspace(context.over(space.data, space.position));
    this.#layout = readLayout(context, message(MESSAGE.layout, "data layout"));
    this.#filters = readFilters(context, messages);
  }

  get shape(): readonly number[] {
    return this.#space.shape ?? [0];
  }
  get dtype(): RawDType | null {
    return this.#type.dtype;
  }
  get typeName(): string {
    return this.#type.name;
  }

  /** Bytes of the elements as they lie in memory after unfiltering. */
  unpackedBytes(): number {
    const count = elementCount(this.shape, this.#path);
    const bytes = count * this.#type.size;
    if (!Number.isSafeInteger(bytes))
      throw new LimitExceededError(`the shape [${this.shape.join(",")}] has too many elements`, {
        code: "limit/elements",
        path: this.#path,
      });
    return bytes;
  }

  #listChunks(layout: Extract<Layout, { kind: "chunked" }>): readonly Chunk[] {
    this.#chunks ??= listChunks(this.#context, {
      layout,
      shape: this.shape,
      maxShape: this.#space.maxShape,
      filtered: this.#filters.length > 0,
      path: this.#path,
    });
    return this.#chunks;
  }

  /** Bytes that the values take in the file. */
  storedBytes(): number {
    const layout = this.#layout;
    refuseOutside(this.#messages, layout, this.#path);
    checkLimit(this.#context.limits, "tensorBytes", this.unpackedBytes(), this.#path);
    switch (layout.kind) {
      case "compact":
        return layout.data.length;
      case "contiguous":
        return layout.address === UNDEFINED_ADDRESS ? 0 : this.unpackedBytes();
      case "chunked":
        return this.#listChunks(layout).reduce((sum, chunk) => sum + chunk.size, 0);
      default:
        return 0;
    }
  }

  /**
   * All guards.
   * @throws {UnsafeModelError}
   * @throws {UnsupportedOpError}
   * @throws {DTypeError}
   * @throws {LimitExceededError}
   * @throws {ModelFormatError}
   */
  check(): void {
    const { limits } = this.#context;
    refuseOutside(this.#messages, this.#layout, this.#path);
    requireKnown(this.#type, this.#path);
    const declared = this.unpackedBytes();
    checkLimit(limits, "tensorBytes", declared, this.#path);
    checkFilters(this.#filters, this.#path);
    const layout = this.#layout;
    if (layout.kind !== "chunked" && this.#filters.length > 0)
      throw malformed("filters need chunks", this.#path);
    if (layout.kind === "chunked" && layout.elementSize !== this.#type.size)
      throw malformed("chunks and element type have different sizes", this.#path);
    if (layout.kind === "compact" && layout.data.length < declared)
      throw malformed(
        `${declared} bytes are declared, ${layout.data.length} stored`,
        this.#path,
        "format/truncated",
      );
    if (layout.kind === "contiguous" && layout.address !== UNDEFINED_ADDRESS) {
      if (layout.size !== undefined && layout.size < declared)
        throw malformed(
          `${declared} bytes are declared, ${layout.size} stored`,
          this.#path,
          "format/truncated",
        );
      if (declared > 0) this.#context.region(layout.address, declared);
    }
    this.#checkRatio(declared, this.storedBytes());
    if (layout.kind === "chunked") {
      const whole = chunkBytes(layout);
      for (const chunk of this.#listChunks(layout)) this.#checkRatio(whole, chunk.size);
    }
  }

  #checkRatio(unpacked: number, stored: number): void {
    if (unpacked <= BOMB_FLOOR) return;
    checkLimit(this.#context.limits, "ratio", Math.ceil(unpacked / Math.max(1, stored)), this.#path);
  }

  /** The values. */
  read(): RawTensor {
    this.check();
    const declared = this.unpackedBytes();
    const data = this.#bytes(declared);
    return toTensor(this.#context, this.#heap, this.#type, this.shape, data, this.#path);
  }

  #bytes(declared: number): Uint8Array {
    const layout = this.#layout;
    if (declared === 0) return new Uint8Array();
    if (layout.kind === "compact") return layout.data.subarray(0, declared);
    if (layout.kind === "contiguous" && layout.address !== UNDEFINED_ADDRESS)
      return this.#context.region(layout.address, declared);
    const out = new Uint8Array(declared);
    this.#fill(out);
    if (layout.kind === "chunked")
      for (const chunk of this.#listChunks(layout)) this.#place(chunk, layout, out);
    return out;
  }

  #fill(out: Uint8Array): void {
    const fill = readFill(this.#context, this.#messages);
    if (!fill) return;
    if (fill.length !== this.#type.size) throw malformed("the fill value is of another size", this.#path);
    if (fill.every((byte) => byte === 0)) return;
    out.set(fill);
    for (let done = fill.length; done < out.length; done *= 2)
      out.copyWithin(done, 0, Math.min(done, out.length - done));
  }

  /** Copies one chunk to its place, row by row. */
  #place(chunk: Chunk, layout: Extract<Layout, { kind: "chunked" }>, out: Uint8Array): void {
    const { shape } = this;
    const start = shape.map((_, i) => (chunk.at[i] ?? 0) * (layout.chunk[i] ?? 1));
    const extent = shape.map((n, i) => Math.min(layout.chunk[i] ?? 1, n - (start[i] ?? 0)));
    const partial = extent.some((n, i) => n < (layout.chunk[i] ?? 1));
    const stored = this.#context.region(chunk.address, chunk.size);
    const filters = layout.plainEdges && partial ? [] : this.#filters;
    const data = unfilter(stored, filters, chunk.mask, chunkBytes(layout), this.#type.size, this.#path);
    const size = layout.elementSize;
    const last = shape.length - 1;
    const run = (extent[last] ?? 1) * size;
    const at = extent.map(() => 0);
    for (;;) {
      let from = 0;
      let to = 0;
      for (let i = 0; i <= last; i++) {
        from = from * (layout.chunk[i] ?? 1) + (at[i] ?? 0);
        to = to * (shape[i] ?? 1) + (start[i] ?? 0) + (at[i] ?? 0);
      }
      out.set(data.subarray(from * size, from * size + run), to * size);
      let axis = last - 1;
      while (axis >= 0 && (at[axis] ?? 0) + 1 >= (extent[axis] ?? 1)) at[axis--] = 0;
      if (axis < 0) return;
      at[axis] = (at[axis] ?? 0) + 1;
    }
  }
}
