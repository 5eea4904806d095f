// The one interface to HDF5 files: what is in a file. No parsing here.
import type { RawDType, RawTensor } from "../raw-tensor.js";

/** How a name in a group refers to an object. Only hard links are ever followed. */
export interface Hdf5Link {
  readonly name: string;
  readonly kind: "hard" | "soft" | "external" | "user-defined";
}

/** An attribute: text, texts (of any shape, row-major), numbers, or null for an empty dataspace. */
export type Hdf5Value = string | readonly string[] | RawTensor | null;

/** What groups and datasets share. */
export interface Hdf5Object {
  /** Path from the root without a leading slash; `""` for the root. */
  readonly path: string;
  /** Names of the attributes, in file order. */
  attributeNames(): readonly string[];
  /**
   * One attribute, or undefined when there is none of that name.
   * @throws {DTypeError} when its element type is not read
   * @throws {ModelFormatError} when it is damaged
   * @throws {LimitExceededError} when it is over a limit
   */
  attribute(name: string): Hdf5Value | undefined;
}

/** A group: names that lead to groups and datasets. */
export interface Hdf5Group extends Hdf5Object {
  readonly kind: "group";
  /**
   * All links: in order of creation where the file tracks it, otherwise by name.
   * @throws {ModelFormatError} when the group is damaged
   */
  links(): readonly Hdf5Link[];
  /** True when `path` leads to an object through hard links alone. */
  has(path: string): boolean;
  /**
   * The object at `path` (`/`-separated, relative).
   * @throws {UnsafeModelError} (`hdf5/soft-link`, `hdf5/external-link`) when the path crosses such a link
   * @throws {ModelFormatError} (`hdf5/missing`) when it is not there
   * @throws {LimitExceededError} when it lies deeper than `nesting`
   */
  get(path: string): Hdf5Group | Hdf5Dataset;
  /** As `get`, for groups. @throws {ModelFormatError} (`hdf5/kind`) also when it is a dataset */
  group(path: string): Hdf5Group;
  /** As `get`, for datasets. @throws {ModelFormatError} (`hdf5/kind`) also when it is a group */
  dataset(path: string): Hdf5Dataset;
}

/** An n-dimensional array of numbers or text. */
export interface Hdf5Dataset extends Hdf5Object {
  readonly kind: "dataset";
  readonly shape: readonly number[];
  /** Element type, `string`, or null when this reader has none for it (then `typeName` tells what it is). */
  readonly dtype: RawDType | null;
  /** Element type in words, e.g. `float32`, `compound of 8 bytes`. */
  readonly typeName: string;
  /** Bytes that the values take in the file. */
  readonly storedBytes: number;
  /** Bytes that the values take once unpacked. */
  readonly unpackedBytes: number;
  /**
   * The values, row-major and little-endian; `bool` for the enumeration FALSE/TRUE. All guards run first:
   * external or virtual storage, unknown filters, declared size, ratio.
   * @throws {UnsafeModelError} when the values lie in another file or are virtual
   * @throws {UnsupportedOpError} when a filter or the layout is not read
   * @throws {DTypeError} when the element type is not read
   * @throws {LimitExceededError} when it is over `tensorBytes` or `ratio`
   * @throws {ModelFormatError} when it is damaged
   */
  read(): RawTensor;
  /** Checks all that `read` checks before it touches a value, and throws as it does. */
  check(): void;
}

/** An open file. Values are read from the bytes given, which must not change. */
export interface Hdf5File {
  readonly name: string;
  readonly root: Hdf5Group;
  /** Version of the superblock, 0 to 3. */
  readonly superblockVersion: number;
  /** Bytes before the HDF5 data. */
  readonly userBlock: number;
}
