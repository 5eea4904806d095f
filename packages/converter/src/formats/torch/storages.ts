// The storages that a PyTorch pickle refers to: persistent ids, and the interface that containers fill.
import { ModelFormatError } from "@isoform/core";
import { checkLimit, type Limits } from "../limits.js";
import type { StorageRef } from "../pickle/tensor-ref.js";
import { intOf, itemsOf, stringOf, unexpected, type PickleValue } from "../pickle/value.js";
import { rawByteLength } from "../raw-tensor.js";
import { isUntyped, storageDType } from "./dtypes.js";

/** Gives the bytes of storages. */
export interface StorageReader {
  /** All bytes of the block `key`, little-endian. */
  read(key: string): Promise<Uint8Array>;
}

/** A block of elements that some tensors share. */
export interface StorageBlock {
  readonly key: string;
  readonly byteLength: number;
  /** Bytes of one number, for files of the other byte order; the dtype that first named the block decides. */
  readonly ref: StorageRef;
}

/** Collects the storages that a pickle names while it is read. */
export class StorageTable {
  /** Blocks in order of first mention. */
  readonly blocks: Map<string, StorageBlock> = new Map<string, StorageBlock>();
  readonly #limits: Limits;

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  /**
   * The value of a persistent id: `("storage", class, key, location, length[, view])`, or the class of
   * `("module", class, file, source)`, whose source text is ignored.
   * @throws {ModelFormatError}
   * @throws {LimitExceededError}
   */
  resolve(id: PickleValue, place: string): PickleValue {
    const [tag, type, key, location, length, view] = itemsOf(id, place);
    const tagName = stringOf(tag, place);
    if (type?.kind !== "global") throw unexpected("a class", type, place);
    if (tagName === "module") return type;
    if (tagName !== "storage")
      throw new ModelFormatError(`an unknown persistent id ${JSON.stringify(tagName)}`, {
        code: "format/torch",
        path: place,
      });
    const dtype = storageDType(type.name);
    if (!dtype) throw unexpected("a storage class", type, place);
    const whole: StorageRef = {
      key: key?.kind === "int" ? String(key.value) : stringOf(key, place),
      dtype,
      length: intOf(length, place),
      location: stringOf(location, place),
      start: 0,
    };
    this.#add(whole, place);
    const storage = view === undefined || view.kind === "none" ? whole : this.#view(whole, view, place);
    if (isUntyped(type.name) && storage.start !== 0) throw unexpected("a whole untyped storage", view, place);
    return { kind: "storage", storage };
  }

  #add(ref: StorageRef, place: string): void {
    const byteLength = rawByteLength(ref.dtype, [ref.length], place);
    checkLimit(this.#limits, "fileBytes", byteLength, place);
    const known = this.blocks.get(ref.key);
    if (!known) {
      checkLimit(this.#limits, "entries", this.blocks.size + 1, place);
      this.blocks.set(ref.key, { key: ref.key, byteLength, ref });
    } else if (known.byteLength !== byteLength)
      throw new ModelFormatError(`the storage ${ref.key} has ${byteLength} and ${known.byteLength} bytes`, {
        code: "format/torch",
        path: place,
      });
  }

  /** A legacy storage that is a part of another: `(key, first element, length)`. */
  #view(whole: StorageRef, view: PickleValue, place: string): StorageRef {
    const [, offset, size] = itemsOf(view, place);
    const start = intOf(offset, place);
    const length = intOf(size, place);
    if (start < 0 || length < 0 || start + length > whole.length)
      throw new ModelFormatError(
        `a view of ${length} elements from ${start} in a storage of ${whole.length}`,
        {
          code: "format/torch",
          path: place,
        },
      );
    return { ...whole, start, length };
  }
}
