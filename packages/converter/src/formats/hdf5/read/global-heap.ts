// Global heap collections: where variable-length text lies.
import { malformed } from "../errors.js";
import type { H5Context } from "./context.js";

/** Reads objects of global heap collections; each collection is indexed once. */
export class GlobalHeap {
  readonly #context: H5Context;
  readonly #collections = new Map<number, ReadonlyMap<number, { at: number; size: number }>>();

  constructor(context: H5Context) {
    this.#context = context;
  }

  /** The bytes of object `index` of the collection at `address`. @throws {ModelFormatError} */
  object(address: number, index: number): Uint8Array {
    let collection = this.#collections.get(address);
    if (!collection) {
      collection = this.#read(address);
      this.#collections.set(address, collection);
    }
    const found = collection.get(index);
    if (!found) throw malformed(`text ${index} is missing from its heap`, this.#context.place(address));
    return this.#context.region(found.at, found.size);
  }

  #read(address: number): ReadonlyMap<number, { at: number; size: number }> {
    const head = this.#context.from(address);
    head.signature("GCOL");
    head.version("a global heap", 1);
    head.skip(3);
    const size = head.length();
    const start = head.offset;
    const r = this.#context.at(address, size);
    r.skip(Math.min(start, size));
    const objects = new Map<number, { at: number; size: number }>();
    while (r.remaining >= 8 + this.#context.lengthSize) {
      const index = r.u16();
      r.skip(6);
      const length = r.length();
      if (index === 0) break;
      this.#context.spend(1);
      objects.set(index, { at: address + r.offset, size: length });
      r.skip(Math.min(Math.ceil(length / 8) * 8, Math.max(length, r.remaining)));
    }
    return objects;
  }
}
