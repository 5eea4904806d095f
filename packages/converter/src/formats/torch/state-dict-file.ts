// State dicts and checkpoints of tensors in files: .pt as torch.save writes them, and .safetensors.
import {
  ArgumentError,
  DTypeError,
  fromTypedArray as tensorOf,
  isDType,
  ModelFormatError,
} from "@isoform/core";
import { Tensor } from "@isoform/core";
import { withFile, writeFileWhole } from "../../files/local.js";
import { bytesSource, type ByteSource } from "../bytes.js";
import { OP } from "../pickle/opcodes.js";
import type { PickleValue } from "../pickle/value.js";
import {
  describeRaw,
  elementCount,
  fromTypedArray,
  typedArrayOf,
  type RawDType,
  type RawTensor,
} from "../raw-tensor.js";
import { openSafetensors } from "../safetensors/read.js";
import { writeSafetensors } from "../safetensors/write.js";
import { contiguousStrides } from "../strided.js";
import { writeZip } from "../zip/write.js";
import { keyName } from "./all-tensors.js";
import { storageClassOf } from "./dtypes.js";
import { readTorchFile } from "./read.js";
import { stateDictOf } from "./state-dict.js";
import { writeTorchStateDict } from "./write.js";

/** A file format of state dicts. */
export type StateDictFormat = "pt" | "safetensors";

const FORMATS: Readonly<Record<string, StateDictFormat>> = {
  pt: "pt",
  pth: "pt",
  bin: "pt",
  safetensors: "safetensors",
};

function formatOf(op: string, path: string): StateDictFormat {
  const ending = /\.([a-z]+)$/i.exec(String(path))?.[1]?.toLowerCase() ?? "";
  const format = Object.hasOwn(FORMATS, ending) ? FORMATS[ending] : undefined;
  if (format) return format;
  throw new ArgumentError(`the format of ${JSON.stringify(path)} is unknown`, {
    code: "argument/format",
    op,
    hint: "end the name in .pt, .pth, .bin or .safetensors",
  });
}

/**
 * Saves a state dict, or a checkpoint of any nested Maps, plain objects, lists, tensors, numbers, texts, booleans and
 * null, to a file of Node: `await saveStateDict(model.stateDict(), "net.pt")`, or `saveStateDict({ model:
 * model.stateDict(), optimizer: optimizer.stateDict(), epoch }, "run.pt")`. The ending of the name gives the format:
 * .pt, .pth and .bin are read by `torch.load(weights_only=True)`; .safetensors holds one Map of names and tensors. Maps
 * become OrderedDicts, objects dicts, of which names that are whole numbers become ints; tensors of any shape keep it,
 * and one that occurs several times stays shared. The file is replaced only when all is written.
 * @throws {ArgumentError} for another ending, a value that cannot be saved, or when the file cannot be written
 * @throws {DTypeError} when the format has no such element type
 * @throws {UnsupportedOpError} where there are no files: use `stateDictBytes`
 * @throws {LifetimeError} when a tensor was disposed
 * @see torch.save
 */
export async function saveStateDict(state: unknown, path: string): Promise<void> {
  const format = formatOf("saveStateDict", path);
  writeFileWhole("saveStateDict", path, await stateDictBytes(state, format), "stateDictBytes(state)");
}

/**
 * The bytes of the file that `saveStateDict` would write; tensors keep their shapes.
 * @throws {ArgumentError} for a value that cannot be saved
 * @throws {DTypeError} when the format has no such element type
 * @throws {LifetimeError} when a tensor was disposed
 * @see torch.save
 */
export async function stateDictBytes(state: unknown, format: StateDictFormat = "pt"): Promise<Uint8Array> {
  const raw = new Map<Tensor, RawTensor>();
  await collect(state, "the state", raw, new Set());
  const flat = flatOf(state, raw);
  if (flat) return format === "pt" ? writeTorchStateDict(flat) : writeSafetensors(flat);
  if (format === "pt") return new Checkpoint(raw).file(state);
  throw new ArgumentError("safetensors holds one Map of names and tensors", {
    code: "argument/nested",
    op: "stateDictBytes",
    hint: "save checkpoints as .pt",
  });
}

/**
 * The tensors of a file of Node by name, with their shapes: of a state dict, or of the weights in a checkpoint, see
 * `stateDictOf`. `model.loadStateDict(await loadStateDict("net.pt"))`; nothing in the file is run.
 * @throws {ArgumentError} for an ending other than .pt, .pth, .bin and .safetensors, or when it cannot be read
 * @throws {UnsupportedOpError} where there are no files: use `stateDictFrom`
 * @throws {ModelFormatError} when it is damaged or holds no state dict
 * @throws {UnsafeModelError} when it holds more than data
 * @throws {DTypeError} for element types that only files have
 * @see torch.load
 */
export async function loadStateDict(path: string): Promise<Map<string, Tensor>> {
  const format = formatOf("loadStateDict", path);
  return withFile("loadStateDict", path, (source) => readState(source, format));
}

/**
 * `loadStateDict` of the bytes of a .pt or .safetensors file; tensors keep their shapes.
 * @throws {ModelFormatError} when they are damaged or hold no state dict
 * @throws {UnsafeModelError} when they hold more than data
 * @throws {DTypeError} for element types that only files have
 * @see torch.load
 */
export async function stateDictFrom(bytes: Uint8Array, name = "bytes"): Promise<Map<string, Tensor>> {
  const json = bytes[8] === 0x7b && !(bytes[0] === 0x50 && bytes[1] === 0x4b);
  return readState(bytesSource(bytes, name), json ? "safetensors" : "pt");
}

/**
 * All that a .pt file of Node holds: dicts as plain objects, lists and tuples as lists, None as null, ints and floats
 * as numbers, tensors with their shapes. T says what is expected and is not checked; the `loadStateDict` methods check
 * what they are given.
 * @throws {ArgumentError} when it cannot be read
 * @throws {UnsupportedOpError} where there are no files: use `checkpointFrom`
 * @throws {ModelFormatError} when it is damaged or holds other things than these
 * @throws {UnsafeModelError} when it holds more than data
 * @throws {DTypeError} for element types that only files have
 * @see torch.load
 */
export async function loadCheckpoint<T = unknown>(path: string): Promise<T> {
  return withFile("loadCheckpoint", path, (source) => readNested<T>(source));
}

/**
 * `loadCheckpoint` of the bytes of a .pt file; tensors keep their shapes.
 * @throws {ModelFormatError} when they are damaged or hold other things than plain data
 * @throws {UnsafeModelError} when they hold more than data
 * @throws {DTypeError} for element types that only files have
 * @see torch.load
 */
export async function checkpointFrom<T = unknown>(bytes: Uint8Array, name = "bytes"): Promise<T> {
  return readNested<T>(bytesSource(bytes, name));
}

async function readState(source: ByteSource, format: StateDictFormat): Promise<Map<string, Tensor>> {
  const raw =
    format === "safetensors"
      ? await (await openSafetensors(source)).readAll()
      : (await stateDictOf(await readTorchFile(source))).tensors;
  return new Map([...raw].map(([name, t]) => [name, madeOf(t, `${source.name}: ${name}`)]));
}

function madeOf(raw: RawTensor, path: string): Tensor {
  const { dtype, shape } = raw;
  if (isDType(dtype)) return tensorOf(typedArrayOf(raw, path), { shape, dtype });
  const hint = "tensors compute in other element types: convert it first";
  throw new DTypeError(`no tensor can be made of ${describeRaw(raw)}`, {
    code: "dtype/file-only",
    path,
    hint,
  });
}

async function readNested<T>(source: ByteSource): Promise<T> {
  const file = await readTorchFile(source);
  const known = new Map<PickleValue, unknown>();
  const open = new Set<PickleValue>();
  const refuse = (problem: string, path: string) =>
    new ModelFormatError(problem, {
      code: "format/torch",
      path,
      hint: "read it with readTorchFile, which gives any pickle as data",
    });
  async function read(value: PickleValue, path: string): Promise<unknown> {
    if (known.has(value)) return known.get(value);
    if (open.has(value) || open.size > 500) throw refuse("a value contains itself, or lies too deep", path);
    open.add(value);
    const made = await plain(value, path);
    open.delete(value);
    known.set(value, made);
    return made;
  }
  async function list(items: readonly PickleValue[], path: string): Promise<unknown[]> {
    const made: unknown[] = [];
    for (const [i, item] of items.entries()) made.push(await read(item, `${path}[${i}]`));
    return made;
  }
  async function plain(value: PickleValue, path: string): Promise<unknown> {
    switch (value.kind) {
      case "none":
        return null;
      case "bool":
      case "float":
      case "str":
        return value.value;
      case "int":
        return Number.isSafeInteger(Number(value.value)) ? Number(value.value) : value.value;
      case "list":
      case "tuple":
      case "set":
        return list(value.items, path);
      case "tensor":
        return madeOf(await file.tensor(value.tensor, path), path);
      case "dict": {
        const made: [string, unknown][] = [];
        for (const [key, item] of value.entries) {
          const name = keyName(key);
          if (name === undefined) throw refuse(`a key of kind ${key.kind}`, path);
          made.push([name, await read(item, `${path}.${name}`)]);
        }
        return Object.fromEntries(made);
      }
      default:
        throw refuse(`a value of kind ${value.kind}`, path);
    }
  }
  return (await read(file.root, source.name)) as T;
}

const isPlain = (v: unknown): v is object =>
  typeof v === "object" && v !== null && !Array.isArray(v) && !(v instanceof Map) && !(v instanceof Tensor);

/** Names or places and values of what holds others, null for what does not. */
function entriesOf(value: unknown): [unknown, unknown][] | null {
  if (value instanceof Map) return [...(value as ReadonlyMap<unknown, unknown>)];
  if (Array.isArray(value)) return [...value.entries()];
  return isPlain(value) ? Object.entries(value).filter(([, v]) => v !== undefined) : null;
}

/** Reads all tensors from their devices. @throws {ArgumentError} for what cannot be saved */
async function collect(value: unknown, path: string, raw: Map<Tensor, RawTensor>, open: Set<unknown>) {
  if (value instanceof Tensor) {
    if (!raw.has(value)) raw.set(value, fromTypedArray(value.dtype, value.shape, await value.data()));
    return;
  }
  const entries = entriesOf(value);
  const scalar = value === null || ["number", "string", "boolean", "bigint"].includes(typeof value);
  if (open.has(value) || (entries === null && !scalar)) {
    throw new ArgumentError(`${path} ${open.has(value) ? "contains itself" : `is a ${typeof value}`}`, {
      code: "argument/not-saved",
      op: "saveStateDict",
      hint: "save Maps, plain objects, lists, tensors, numbers, texts, booleans and null",
    });
  }
  open.add(value);
  for (const [key, item] of entries ?? []) await collect(item, `${path}.${String(key)}`, raw, open);
  open.delete(value);
}

/** The tensors by name where the state is a Map of them. */
function flatOf(state: unknown, raw: ReadonlyMap<Tensor, RawTensor>): Map<string, RawTensor> | null {
  if (!(state instanceof Map)) return null;
  const flat = new Map<string, RawTensor>();
  for (const [name, t] of state as ReadonlyMap<unknown, unknown>) {
    if (typeof name !== "string" || !(t instanceof Tensor)) return null;
    flat.set(name, raw.get(t)!);
  }
  return flat;
}

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Writes nested values as one pickle of protocol 2 with the tensors beside it. */
class Checkpoint {
  readonly #raw: ReadonlyMap<Tensor, RawTensor>;
  readonly #keys = new Map<RawTensor, string>();
  readonly #parts: Uint8Array[] = [Uint8Array.of(OP.PROTO, 2)];

  constructor(raw: ReadonlyMap<Tensor, RawTensor>) {
    this.#raw = raw;
  }

  /** The bytes of the file. */
  file(state: unknown): Uint8Array {
    this.#value(state);
    this.#op(OP.STOP);
    const pickle = new Uint8Array(this.#parts.reduce((n, p) => n + p.length, 0));
    let at = 0;
    for (const part of this.#parts) {
      pickle.set(part, at);
      at += part.length;
    }
    const entries = [
      { name: "archive/data.pkl", data: pickle },
      { name: "archive/.format_version", data: utf8("1") },
      { name: "archive/.storage_alignment", data: utf8("64") },
      { name: "archive/byteorder", data: utf8("little") },
      ...[...this.#keys].map(([t, key]) => ({ name: `archive/data/${key}`, data: t.data })),
      { name: "archive/version", data: utf8("3\n") },
    ];
    return writeZip(entries, { alignment: 64 });
  }

  #op(...bytes: number[]): void {
    this.#parts.push(Uint8Array.from(bytes));
  }
  #global(module: string, name: string): void {
    this.#op(OP.GLOBAL);
    this.#parts.push(utf8(`${module}\n${name}\n`));
  }
  #text(text: string): void {
    const bytes = utf8(text);
    const head = new Uint8Array(5);
    head[0] = OP.BINUNICODE;
    new DataView(head.buffer).setUint32(1, bytes.length, true);
    this.#parts.push(head, bytes);
  }
  #int(value: number | bigint): void {
    const bytes = new Uint8Array(10);
    bytes.set([OP.LONG1, 8]);
    new DataView(bytes.buffer).setBigInt64(2, BigInt(value), true);
    this.#parts.push(bytes);
  }
  #ints(values: readonly number[]): void {
    this.#op(OP.MARK);
    for (const v of values) this.#int(v);
    this.#op(OP.TUPLE);
  }
  #orderedDict(): void {
    this.#global("collections", "OrderedDict");
    this.#op(OP.EMPTY_TUPLE, OP.REDUCE);
  }

  #value(value: unknown): void {
    if (value instanceof Tensor) return this.#tensor(this.#raw.get(value)!);
    if (value === null) return this.#op(OP.NONE);
    if (typeof value === "boolean") return this.#op(value ? OP.NEWTRUE : OP.NEWFALSE);
    if (typeof value === "string") return this.#text(value);
    if (typeof value === "bigint") return this.#int(value);
    if (typeof value === "number") {
      if (Number.isSafeInteger(value) && !Object.is(value, -0)) return this.#int(value);
      const bytes = new Uint8Array(9);
      bytes[0] = OP.BINFLOAT;
      new DataView(bytes.buffer).setFloat64(1, value, false);
      this.#parts.push(bytes);
      return;
    }
    const list = Array.isArray(value);
    if (value instanceof Map) this.#orderedDict();
    else this.#op(list ? OP.EMPTY_LIST : OP.EMPTY_DICT);
    this.#op(OP.MARK);
    for (const [key, item] of entriesOf(value) ?? []) {
      const name = isPlain(value) && /^(0|[1-9]\d{0,14})$/.test(String(key)) ? Number(key) : key;
      if (!list) this.#value(name);
      this.#value(item);
    }
    this.#op(list ? OP.APPENDS : OP.SETITEMS);
  }

  #tensor(t: RawTensor): void {
    const key = this.#keys.get(t) ?? String(this.#keys.size);
    this.#keys.set(t, key);
    const storage = storageClassOf(t.dtype);
    this.#global("torch._utils", storage ? "_rebuild_tensor_v2" : "_rebuild_tensor_v3");
    this.#op(OP.MARK, OP.MARK);
    this.#text("storage");
    if (storage) this.#global("torch", storage);
    else this.#global("torch.storage", "UntypedStorage");
    this.#text(key);
    this.#text("cpu");
    this.#int(storage ? elementCount(t.shape, key) : t.data.byteLength);
    this.#op(OP.TUPLE, OP.BINPERSID);
    this.#int(0);
    this.#ints(t.shape);
    this.#ints(contiguousStrides(t.shape));
    this.#op(OP.NEWFALSE);
    this.#orderedDict();
    if (!storage) this.#global("torch", t.dtype satisfies RawDType);
    this.#op(OP.TUPLE, OP.REDUCE);
  }
}
