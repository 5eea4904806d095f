// Writes pickles of protocol 2 value by value; enough for state dicts, readable by every Python since 2.3.
import { ArgumentError } from "@isoform/core";
import { OP } from "./opcodes.js";

/** Builds one pickle. Calls mirror the stack: push the parts, then the call that joins them. */
export class PickleWriter {
  #bytes = new Uint8Array(1024);
  #length = 0;

  constructor() {
    this.#put(OP.PROTO, 2);
  }

  #grow(count: number): void {
    if (this.#length + count <= this.#bytes.length) return;
    const bytes = new Uint8Array(Math.max(this.#bytes.length * 2, this.#length + count));
    bytes.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = bytes;
  }

  #put(...bytes: readonly number[]): void {
    this.#grow(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  #putBytes(bytes: Uint8Array): void {
    this.#grow(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  #put32(value: number): void {
    this.#put(value & 255, (value >>> 8) & 255, (value >>> 16) & 255, (value >>> 24) & 255);
  }

  /** @throws {ArgumentError} for half of a surrogate pair, which UTF-8 cannot hold */
  string(text: string): this {
    if (/\p{Surrogate}/u.test(text))
      throw new ArgumentError(`the text ${JSON.stringify(text)} is not valid Unicode`, {
        code: "argument/unicode",
      });
    const bytes = new TextEncoder().encode(text);
    this.#put(OP.BINUNICODE);
    this.#put32(bytes.length);
    this.#putBytes(bytes);
    return this;
  }

  /** A whole number up to 2^53. */
  int(value: number): this {
    if (value >= 0 && value < 256) this.#put(OP.BININT1, value);
    else if (value >= -(2 ** 31) && value < 2 ** 31) {
      this.#put(OP.BININT);
      this.#put32(value);
    } else {
      this.#put(OP.LONG1, 8);
      const bytes = new Uint8Array(8);
      new DataView(bytes.buffer).setBigInt64(0, BigInt(value), true);
      this.#putBytes(bytes);
    }
    return this;
  }

  bool(value: boolean): this {
    this.#put(value ? OP.NEWTRUE : OP.NEWFALSE);
    return this;
  }

  global(module: string, name: string): this {
    this.#put(OP.GLOBAL);
    this.#putBytes(new TextEncoder().encode(`${module}\n${name}\n`));
    return this;
  }

  /** Starts a tuple or the items of a dict. */
  mark(): this {
    this.#put(OP.MARK);
    return this;
  }

  /** Ends a tuple of everything since the last mark. */
  tuple(): this {
    this.#put(OP.TUPLE);
    return this;
  }

  /** A tuple of integers. */
  ints(values: readonly number[]): this {
    this.mark();
    for (const value of values) this.int(value);
    return this.tuple();
  }

  /** An empty `collections.OrderedDict`. */
  orderedDict(): this {
    this.global("collections", "OrderedDict");
    this.#put(OP.EMPTY_TUPLE, OP.REDUCE);
    return this;
  }

  /** Adds all keys and values since the last mark to the dict before it. */
  setItems(): this {
    this.#put(OP.SETITEMS);
    return this;
  }

  /** Calls the global below with the tuple on top. */
  reduce(): this {
    this.#put(OP.REDUCE);
    return this;
  }

  /** Makes the value on top a persistent id. */
  persistentId(): this {
    this.#put(OP.BINPERSID);
    return this;
  }

  /** The finished pickle. */
  finish(): Uint8Array {
    this.#put(OP.STOP);
    return this.#bytes.slice(0, this.#length);
  }
}
