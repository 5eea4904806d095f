// Opens an HDF5 file: its tree of groups and datasets over hard links. Nothing outside the bytes is ever read.
import { checkLimit, resolveLimits, type Limits } from "../../limits.js";
import type { Hdf5Dataset, Hdf5File, Hdf5Group, Hdf5Link, Hdf5Object } from "../types.js";
import { malformed, unsafe, within } from "../errors.js";
import { ModelFormatError } from "@isoform/core";
import { attributeValue, readAttributes, type AttributeEntry } from "./attributes.js";
import { UNDEFINED_ADDRESS, type H5Context } from "./context.js";
import { DatasetReader } from "./dataset.js";
import { GlobalHeap } from "./global-heap.js";
import { isGroup, readLinks, type Link } from "./links.js";
import { MESSAGE, readObjectHeader, type Message } from "./object-header.js";
import { driver, readSuperblock } from "./superblock.js";

/** Options of `openHdf5`. */
export interface OpenHdf5Options {
  /** Name used in messages. */
  readonly name?: string;
  readonly limits?: Partial<Limits>;
}

/**
 * Opens an HDF5 file: superblocks 0 to 3, old and new groups, gzip, shuffle and Fletcher-32. Structures are
 * read when they are asked for; opening checks the superblock, the end of file and the root group.
 * @param bytes The whole file; tensors may be views of it.
 * @throws {ModelFormatError} when it is not an HDF5 file, is cut off or damaged, or its root is not a group
 * @throws {UnsafeModelError} when it is one part of a set of files
 * @throws {UnsupportedOpError} when the root's header uses a form that is not read
 * @throws {LimitExceededError} when it is over `fileBytes` or needs more work than an honest file
 * @throws {ArgumentError} when a limit is unknown or not a positive number
 * @see HDF5 File Format Specification Version 3.0
 */
export function openHdf5(bytes: Uint8Array, options: OpenHdf5Options = {}): Hdf5File {
  const limits = resolveLimits(options.limits);
  const { context, version, root, extension } = readSuperblock(bytes, options.name ?? "file.h5", limits);
  if (extension !== UNDEFINED_ADDRESS)
    for (const message of readObjectHeader(context, extension))
      if (message.type === MESSAGE.driver) throw driver(context.name);
  const opened = openObject(new FileState(context), root, "", 0);
  if (opened.kind !== "group") throw malformed("the root of the file is not a group", context.name);
  return { name: context.name, root: opened, superblockVersion: version, userBlock: context.base };
}

/** One object header with what was read from it so far; objects reached over several paths share it. */
interface Node {
  readonly messages: readonly Message[];
  links?: ReadonlyMap<string, Link>;
  attributes?: ReadonlyMap<string, AttributeEntry>;
}

class FileState {
  readonly context: H5Context;
  readonly heap: GlobalHeap;
  readonly #nodes = new Map<number, Node>();

  constructor(context: H5Context) {
    this.context = context;
    this.heap = new GlobalHeap(context);
  }

  node(address: number): Node {
    let node = this.#nodes.get(address);
    if (!node) {
      node = { messages: readObjectHeader(this.context, address) };
      this.#nodes.set(address, node);
      checkLimit(this.context.limits, "entries", this.#nodes.size, this.context.name);
    }
    return node;
  }
}

function openObject(file: FileState, address: number, path: string, depth: number): Hdf5Group | Hdf5Dataset {
  checkLimit(file.context.limits, "nesting", depth, `${file.context.name}: ${path}`);
  const place = `${file.context.name}: ${path || "/"}`;
  return within(place, () => objectAt(file, address, path, depth));
}

function objectAt(file: FileState, address: number, path: string, depth: number): Hdf5Group | Hdf5Dataset {
  const node = file.node(address);
  if (isGroup(node.messages)) return new Group(file, node, path, depth);
  if (node.messages.some((m) => m.type === MESSAGE.layout)) return new Dataset(file, node, path);
  throw malformed("an object is neither a group nor a dataset", `${file.context.name}: ${path || "/"}`);
}

abstract class Base implements Hdf5Object {
  readonly path: string;
  protected readonly file: FileState;
  protected readonly node: Node;

  constructor(file: FileState, node: Node, path: string) {
    this.file = file;
    this.node = node;
    this.path = path;
  }

  protected get place(): string {
    return `${this.file.context.name}: ${this.path || "/"}`;
  }

  #entries(): ReadonlyMap<string, AttributeEntry> {
    this.node.attributes ??= within(this.place, () =>
      readAttributes(this.file.context, this.node.messages, this.place),
    );
    return this.node.attributes;
  }

  attributeNames(): readonly string[] {
    return [...this.#entries().keys()];
  }

  attribute(name: string): ReturnType<Hdf5Object["attribute"]> {
    const entry = this.#entries().get(name);
    if (!entry) return undefined;
    const place = `${this.place}@${name}`;
    return within(place, () => attributeValue(this.file.context, this.file.heap, entry, place));
  }
}

class Group extends Base implements Hdf5Group {
  readonly kind = "group";
  readonly #depth: number;

  constructor(file: FileState, node: Node, path: string, depth: number) {
    super(file, node, path);
    this.#depth = depth;
  }

  #linkMap(): ReadonlyMap<string, Link> {
    this.node.links ??= within(this.place, () => readLinks(this.file.context, this.node.messages, this.path));
    return this.node.links;
  }

  links(): readonly Hdf5Link[] {
    return [...this.#linkMap().values()].map(({ name, kind }) => ({ name, kind }));
  }

  #child(name: string): Hdf5Group | Hdf5Dataset | undefined {
    const link = this.#linkMap().get(name);
    if (!link) return undefined;
    const path = this.path === "" ? name : `${this.path}/${name}`;
    if (link.kind !== "hard") throw refusedLink(link.kind, `${this.file.context.name}: ${path}`);
    return openObject(this.file, link.address, path, this.#depth + 1);
  }

  #find(path: string): Hdf5Group | Hdf5Dataset | undefined {
    const slash = path.indexOf("/");
    if (slash < 0) return this.#child(path);
    const child = this.#child(path.slice(0, slash));
    return child instanceof Group ? child.#find(path.slice(slash + 1)) : undefined;
  }

  has(path: string): boolean {
    const [head = "", ...rest] = path.split("/");
    const link = this.#linkMap().get(head);
    if (link?.kind !== "hard") return false;
    if (rest.length === 0) return true;
    const child = this.#child(head);
    return child instanceof Group && child.has(rest.join("/"));
  }

  get(path: string): Hdf5Group | Hdf5Dataset {
    const found = this.#find(path);
    if (found) return found;
    const names = this.links().map((link) => link.name);
    throw new ModelFormatError(`there is no ${JSON.stringify(path)}`, {
      code: "hdf5/missing",
      path: this.place,
      hint: `it holds: ${names.slice(0, 20).join(", ") || "nothing"}${names.length > 20 ? ", …" : ""}`,
    });
  }

  group(path: string): Hdf5Group {
    const found = this.get(path);
    if (found.kind === "group") return found;
    throw malformed(`${JSON.stringify(path)} is a dataset, not a group`, this.place, "hdf5/kind");
  }

  dataset(path: string): Hdf5Dataset {
    const found = this.get(path);
    if (found.kind === "dataset") return found;
    throw malformed(`${JSON.stringify(path)} is a group, not a dataset`, this.place, "hdf5/kind");
  }
}

class Dataset extends Base implements Hdf5Dataset {
  readonly kind = "dataset";
  readonly #reader: DatasetReader;

  constructor(file: FileState, node: Node, path: string) {
    super(file, node, path);
    this.#reader = new DatasetReader(file.context, file.heap, node.messages, path);
  }

  get shape(): readonly number[] {
    return this.#reader.shape;
  }
  get dtype(): Hdf5Dataset["dtype"] {
    return this.#reader.dtype;
  }
  get typeName(): string {
    return this.#reader.typeName;
  }
  get storedBytes(): number {
    return within(this.place, () => this.#reader.storedBytes());
  }
  get unpackedBytes(): number {
    return within(this.place, () => this.#reader.unpackedBytes());
  }
  read(): ReturnType<Hdf5Dataset["read"]> {
    return within(this.place, () => this.#reader.read());
  }
  check(): void {
    within(this.place, () => this.#reader.check());
  }
}

function refusedLink(kind: Hdf5Link["kind"], path: string): Error {
  const what = {
    soft: "a soft link",
    external: "a link to another file",
    "user-defined": "a user-defined link",
  };
  return unsafe(`${kind === "hard" ? "a link" : what[kind]} is never followed`, path, `hdf5/${kind}-link`);
}
